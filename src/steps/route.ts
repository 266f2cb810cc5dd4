// Step 2. A model name becomes the targets that can answer, in order, as far as the caller's key allows them.

import type { Target } from '../core/catalog.ts';
import { llmError } from '../core/errors.ts';
import type { Parts } from '../core/parts.ts';
import type { Caller } from '../core/request.ts';

/**
 * Throws `model_not_found`, with near names; `permission_denied` when the key allows none of the targets;
 * `all_providers_unavailable` when the name leads nowhere.
 */
export function route(model: string | undefined, caller: Caller, parts: Parts): readonly [Target, ...Target[]] {
  const found = parts.catalog.targetsFor(model ?? null, parts.clock.nowMs());
  const [first, ...rest] = found.filter((target) => isAllowed(target, model, caller));
  if (first !== undefined) return [first, ...rest];
  if (found.length > 0) throw notAllowed(caller.allowedModels ?? []);
  throw llmError(
    'all_providers_unavailable',
    'No provider is configured for this model; `codementor-llm doctor` says what is missing',
  );
}

/** By the name that was asked, which may be a route's, or as the one target that it is. */
function isAllowed({ provider, card }: Target, asked: string | undefined, { allowedModels = null }: Caller): boolean {
  if (allowedModels === null) return true;
  const names = [...(asked === undefined ? [] : [asked]), `${provider.id}/${card.model}`];
  return names.some((name) => allowedModels.includes(name));
}

function notAllowed(allowed: readonly string[]) {
  const message = `This key may not ask this model; it may ask ${allowed.slice(0, 10).join(', ') || 'none'}`;
  return llmError('permission_denied', message, { param: 'model' });
}
