// Step 2. A model name becomes the targets that can answer, in order.

import { allowedTargets, modelListsOf } from '../core/allowed-models.ts';
import type { Target } from '../core/catalog.ts';
import { type LLMError, llmError } from '../core/errors.ts';
import type { Parts } from '../core/parts.ts';
import type { Call } from '../core/request.ts';

/** Throws `model_not_found`, with near names; `permission_denied` for a model that the caller may not ask; `all_providers_unavailable`. */
export function route(
  model: string | undefined,
  { caller }: Pick<Call, 'caller'>,
  parts: Parts,
): readonly [Target, ...Target[]] {
  const named = parts.catalog.targetsFor(model ?? null, parts.clock.nowMs());
  const lists = modelListsOf(caller, parts.policy);
  const [first, ...rest] = allowedTargets(named, model, lists);
  if (first !== undefined) return [first, ...rest];
  if (named.length > 0) throw notAllowed(lists);
  throw llmError(
    'all_providers_unavailable',
    'No provider is configured for this model; `codementor-llm doctor` says what is missing',
  );
}

function notAllowed([first = [], second]: readonly (readonly string[])[]): LLMError {
  const both = second === undefined ? first : first.filter((name) => second.some((other) => areOne(name, other)));
  const may = both.length === 0 ? 'none at all' : both.join(', ');
  return llmError('permission_denied', `This key may not ask that model; it may ask ${may}`, { param: 'model' });
}

/** One of them may have its provider before it. */
function areOne(name: string, other: string): boolean {
  return name === other || name.endsWith(`/${other}`) || other.endsWith(`/${name}`);
}
