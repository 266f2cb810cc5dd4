// How an answer of the AI SDK ended and what it used, by the versions of its specification: version 2 has the reason as a word and
// the usage flat, 3 and 4 have the reason with the vendor's own word beside it and the usage by kinds.

import { isObject, type Json, type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import type { FinishReason, Usage } from '../../core/response.ts';
import { pick, tokensAt } from '../reading.ts';
import type { SpecVersion } from './model.ts';

const REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ['stop', 'stop'],
  ['length', 'length'],
  ['content-filter', 'content_filter'],
  ['tool-calls', 'tool_calls'],
  ['other', 'other'],
]);

export type Finish =
  | { readonly type: 'whole'; readonly reason: FinishReason; readonly raw: string | null }
  /** The vendor never said why it ended, so nobody knows that the answer is whole. */
  | { readonly type: 'cut' }
  | { readonly type: 'failed' };

export function finishOf(part: JsonObject, version: SpecVersion): Finish {
  const told = part['finishReason'];
  const unified = isObject(told) ? stringAt(told, 'unified') : typeof told === 'string' ? told : null;
  const raw = isObject(told) ? stringAt(told, 'raw') : null;
  if (unified === 'error') return { type: 'failed' };
  const reason = REASONS.get(unified ?? '');
  // `unknown` (version 2), `interrupted` (4), and `other` without a word of the vendor's, which is what the packages of version 3
  // begin with and end with when their stream just stops.
  if (reason === undefined || (reason === 'other' && raw === null && version !== 'v2')) return { type: 'cut' };
  return { type: 'whole', reason, raw };
}

export function usageOf(told: Json | undefined, version: SpecVersion): Usage | null {
  if (!isObject(told)) return null;
  const usage = version === 'v2' ? flatUsage(told) : nestedUsage(told);
  return Object.values(usage).every((tokens) => tokens === null) ? null : usage;
}

function flatUsage(told: JsonObject): Usage {
  const [input, cacheReadTokens] = [tokensAt(told, 'inputTokens'), tokensAt(told, 'cachedInputTokens')];
  // Some packages of this version tell the rest of the prompt alone: what was read from a cache cannot be more than the whole.
  const isRest = input !== null && cacheReadTokens !== null && cacheReadTokens > input;
  return {
    inputTokens: isRest ? input + cacheReadTokens : input,
    cacheReadTokens,
    cacheWriteTokens: null,
    outputTokens: tokensAt(told, 'outputTokens'),
    reasoningTokens: tokensAt(told, 'reasoningTokens'),
  };
}

function nestedUsage(told: JsonObject): Usage {
  const [input, output] = [objectAt(told, 'inputTokens'), objectAt(told, 'outputTokens')];
  return {
    inputTokens: tokensAt(input, 'total'),
    cacheReadTokens: tokensAt(input, 'cacheRead'),
    cacheWriteTokens: tokensAt(input, 'cacheWrite'),
    outputTokens: tokensAt(output, 'total'),
    reasoningTokens: tokensAt(output, 'reasoning'),
  };
}

/** Words and figures that only this vendor tells, by field name. */
export function toldBeside(part: JsonObject): Readonly<Record<string, string | number>> {
  const beside: Record<string, string | number> = {};
  const metadata = objectAt(part, 'providerMetadata') ?? {};
  for (const name of Object.keys(metadata)) {
    const fields = objectAt(metadata, name);
    if (fields !== null) pick(fields, Object.keys(fields).slice(0, MOST_BESIDE), beside);
  }
  return beside;
}

/** Chosen: more than any package tells. */
const MOST_BESIDE = 32;
