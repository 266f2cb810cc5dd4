// What a value takes of memory, roughly: its texts and its numbers, wherever in it they stand.

import { LLMError } from './errors.ts';
import { withheldIn } from './withheld-answer.ts';

/** Of a text that has a letter beyond Latin-1, as V8 keeps it; of any other it is one. So this is at most twice what there is. */
const CHARACTER_BYTES = 2;
/** Of a field or an item: a number, or where the value stands. */
const PLACE_BYTES = 8;

/** In bytes. What is not data (a function, the cause of an error) counts for nothing, but for an answer that was withheld. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length * CHARACTER_BYTES;
  if (typeof value !== 'object' || value === null) return PLACE_BYTES;
  const inner =
    value instanceof LLMError ? [value.message, value.detail, withheldIn(value)?.parts] : Object.values(value);
  let bytes = 0;
  for (const one of inner) bytes += PLACE_BYTES + sizeOf(one);
  return bytes;
}
