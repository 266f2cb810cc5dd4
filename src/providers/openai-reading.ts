// Readers for bodies of OpenAI's family, beside those of core/json.ts: what these vendors write for "nothing", and what is a count.

import { type Json, type JsonObject, numberAt, stringAt } from '../core/json.ts';

/** The member as text that isn't empty: vendors fill absent fields with ''. */
export function textAt(parent: Json, key: string): string | null {
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
