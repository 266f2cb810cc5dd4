// What an answer of the Chat Completions dialect cost in tokens. Vendors agree on the names and not on what is in which.

import { type JsonObject, objectAt } from '../../core/json.ts';
import type { Usage } from '../../core/response.ts';
import { tokensAt } from '../reading.ts';
import type { AnswerFacts } from './dialect.ts';

/** At the top, else in the extension, where Groq had it alone until 2025; there may also stand something else by that name. */
export function usageIn(chunk: JsonObject, extension: JsonObject | null): JsonObject | null {
  const candidates = [objectAt(chunk, 'usage'), extension === null ? null : objectAt(extension, 'usage')];
  return candidates.find((usage) => tokensAt(usage, 'prompt_tokens') !== null) ?? null;
}

export function chatUsage(usage: JsonObject, { reasoningApart, cachedTokensInUsage }: AnswerFacts): Usage {
  const prompt = objectAt(usage, 'prompt_tokens_details');
  const reasoningTokens = tokensAt(objectAt(usage, 'completion_tokens_details'), 'reasoning_tokens');
  const written = tokensAt(usage, 'completion_tokens');
  const apart = reasoningApart === true && isApart(usage, reasoningTokens) ? reasoningTokens : null;
  return {
    inputTokens: tokensAt(usage, 'prompt_tokens'),
    cacheReadTokens:
      tokensAt(prompt, 'cached_tokens') ?? (cachedTokensInUsage === true ? tokensAt(usage, 'cached_tokens') : null),
    cacheWriteTokens: tokensAt(prompt, 'cache_write_tokens'),
    outputTokens: written !== null && apart !== null ? written + apart : written,
    reasoningTokens,
  };
}

/** The vendor's own sum decides: one that has begun to count reasoning in must not be counted twice. */
function isApart(usage: JsonObject, reasoningTokens: number | null): boolean {
  const parts = [tokensAt(usage, 'prompt_tokens'), tokensAt(usage, 'completion_tokens'), reasoningTokens];
  const whole = parts.reduce((sum, tokens) => (sum === null || tokens === null ? null : sum + tokens), 0);
  return whole !== null && whole === tokensAt(usage, 'total_tokens');
}
