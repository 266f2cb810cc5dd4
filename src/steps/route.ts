// Step 2. A model name becomes the targets that can answer, in order.

import type { Target } from '../core/catalog.ts';
import { type LLMError, llmError } from '../core/errors.ts';
import type { Parts } from '../core/parts.ts';
import type { Call } from '../core/request.ts';

/** Throws `model_not_found`, with near names; `permission_denied` for a model that the caller may not ask; `all_providers_unavailable`. */
export function route(model: string | undefined, { caller }: Call, parts: Parts): readonly [Target, ...Target[]] {
  const named = parts.catalog.targetsFor(model ?? null, parts.clock.nowMs());
  const lists = [caller.allowedModels ?? null, parts.policy.allowedModelsOf(caller.tenant)];
  const allowed = lists.reduce<readonly Target[]>(
    (targets, list) => (list === null ? targets : targets.filter((target) => isOn(list, target, model))),
    named,
  );
  const [first, ...rest] = allowed;
  if (first !== undefined) return [first, ...rest];
  if (named.length > 0) throw notAllowed(lists);
  throw llmError(
    'all_providers_unavailable',
    'No provider is configured for this model; `codementor-llm doctor` says what is missing',
  );
}

/** A list names routes of ours, models, or `provider/model`. */
function isOn(list: readonly string[], { provider, card }: Target, asked: string | undefined): boolean {
  return list.some((name) => name === asked || name === card.model || name === `${provider.id}/${card.model}`);
}

function notAllowed(lists: readonly (readonly string[] | null)[]): LLMError {
  const [first, second] = lists.filter((list) => list !== null);
  const both = second === undefined ? first : first?.filter((name) => second.includes(name));
  const may = both === undefined || both.length === 0 ? 'none at all' : both.join(', ');
  return llmError('permission_denied', `This key may not ask that model; it may ask ${may}`, { param: 'model' });
}
