// Step 2. A model name becomes the targets that can answer, in order.

import type { Target } from '../core/catalog.ts';
import { llmError } from '../core/errors.ts';
import type { Parts } from '../core/parts.ts';

/** Throws `model_not_found`, with near names; `all_providers_unavailable` when the name leads nowhere. */
export function route(model: string | undefined, parts: Parts): readonly [Target, ...Target[]] {
  const [first, ...rest] = parts.catalog.targetsFor(model ?? null, parts.clock.nowMs());
  if (first === undefined) {
    throw llmError(
      'all_providers_unavailable',
      'No provider is configured for this model; `codementor-llm doctor` says what is missing',
    );
  }
  return [first, ...rest];
}
