// Readers for bodies of OpenAI's family, beside those of core/json.ts: what these vendors write for "nothing", and what is a count.

import { llmError } from '../core/errors.ts';
import { isObject, type Json, type JsonObject, numberAt, stringAt } from '../core/json.ts';
import type { Usage } from '../core/response.ts';

/** Each new call is looked for among those before it: without a bound a hostile answer of 8 MiB would block for seconds. */
export const CALLS_MOST = 1_000;

/** What an event of a stream says. */
export function eventIn(data: string, vendor: string): JsonObject {
  let event: Json;
  try {
    event = JSON.parse(data);
  } catch {
    throw llmError('provider_bad_reply', `${vendor} sent an event that is no JSON`);
  }
  if (isObject(event)) return event;
  throw llmError('provider_bad_reply', `${vendor} sent an event that is no object`);
}

/** Ids of tool calls. Two calls of one id could not be told apart by anybody after us, and their results neither. */
export class CallIds {
  readonly #taken = new Set<string>();

  /** The vendor's, where it gave one that no other call of the answer has. */
  take(vendorId: string | null): string {
    const position = this.#taken.size;
    let id = vendorId ?? `call_${position}`;
    while (this.#taken.has(id)) id += `_${position}`;
    this.#taken.add(id);
    return id;
  }
}

/** The member as text that isn't empty: vendors fill absent fields with ''. */
export function textAt(parent: Json | undefined, key: string): string | null {
  const text = stringAt(parent, key);
  return text === '' ? null : text;
}

/** A count is a whole number from 0; anything else was not told. */
export function tokensAt(parent: JsonObject | null, key: string): number | null {
  const tokens = parent === null ? null : numberAt(parent, key);
  return Number.isSafeInteger(tokens) && tokens !== null && tokens >= 0 ? tokens : null;
}

/** For providerMetadata: of these members, those that are words or numbers. */
export function pick(
  from: JsonObject,
  keys: readonly string[],
  into: Record<string, string | number>,
  prefix = '',
): void {
  for (const key of keys) {
    const value = stringAt(from, key) ?? numberAt(from, key);
    if (value !== null) into[prefix + key] = value;
  }
}

export function isSameUsage(usage: Usage, other: Usage | null): boolean {
  return (
    usage.inputTokens === other?.inputTokens &&
    usage.cacheReadTokens === other.cacheReadTokens &&
    usage.cacheWriteTokens === other.cacheWriteTokens &&
    usage.outputTokens === other.outputTokens &&
    usage.reasoningTokens === other.reasoningTokens
  );
}
