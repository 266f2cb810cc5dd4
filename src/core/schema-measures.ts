// What a JSON schema means by the length of a text, the type of a value and a multiple of a number: not what the language means by them.

import type { Json } from './json.ts';

/** As the schema counts them: a pair of surrogates is one. */
export function charactersIn(text: string): number {
  let pairs = 0;
  for (let at = 1; at < text.length; at++) {
    const isPair = (text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
    if (isPair) pairs++;
  }
  return text.length - pairs;
}

export function kindOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** 0.3 is a multiple of 0.1, whatever their quotient is in binary. */
export function isMultiple(value: number, of: number): boolean {
  if (value % of === 0) return true;
  const quotient = value / of;
  return Math.abs(quotient - Math.round(quotient)) <= 2 * Number.EPSILON * Math.abs(quotient);
}
