// JSON that is not whole yet: what is shown of it is what will be there, as far as it has come.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isObject, type Json } from '../../src/core/json.ts';
import { partialObject } from '../../src/core/partial-json.ts';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 300);

/** Whether this is the value, or a beginning of it. */
function begins(part: Json | undefined, whole: Json | undefined): boolean {
  if (typeof part === 'string' && typeof whole === 'string') return whole.startsWith(part);
  if (Array.isArray(part) && Array.isArray(whole))
    return part.length <= whole.length && part.every((each, index) => begins(each, whole[index]));
  if (!isObject(part) || !isObject(whole)) return Object.is(part, whole);
  return Object.entries(part).every(([name, each]) => Object.hasOwn(whole, name) && begins(each, whole[name]));
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom('"\\', '\\u00e9', '😀', '__proto__'),
);
const anyObject = fc.dictionary(
  anyText,
  fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<Json>(null, true, false, -0.5, 1e21, 1e-7, 12),
      anyText,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(anyText, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).value,
  { maxKeys: 5, noNullPrototype: true },
);

/** As models write it: any letter may stand as an escape. */
const escaped = (text: string) =>
  text.replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

describe('a JSON object that is not whole yet', () => {
  it.each([
    ['', null],
    ['```json\n', null],
    ['```json\n{"a": "b', { a: 'b' }],
    ['{', {}],
    ['{"a', {}],
    ['{"a"', {}],
    ['{"a":', {}],
    ['{"a": 1', {}],
    ['{"a": 1}', { a: 1 }],
    ['{"a": 12, "b": tru', { a: 12 }],
    ['{"a": true, "b": "', { a: true, b: '' }],
    ['{"a": [1, 2', { a: [1] }],
    ['{"a": [1, {"b": "c\\', { a: [1, { b: 'c' }] }],
    ['{"a": "\\\\\\u00e', { a: '\\' }],
    ['{"a": "\\\\', { a: '\\' }],
    ['{"a": "x\\ud83d', { a: 'x' }],
    ['{"a": "x\\ud83d\\ude0', { a: 'x' }],
    ['{"a": "x\\ud83d\\ude00', { a: 'x😀' }],
    ['{"a": "x😀'.slice(0, -1), { a: 'x' }],
    ['{"a": "b"}} and more', { a: 'b' }],
    ['{"a": "b", no', { a: 'b' }],
    ['{"a": "b\nc", "d": 1}', {}],
    ['{"__proto__": {"polluted": 1}, "b": "c', JSON.parse('{"__proto__": {"polluted": 1}, "b": "c"}')],
  ])('%j is %j', (text, value) => {
    expect(partialObject(text)).toEqual(value);
  });

  it('is the beginning of what it comes to be, wherever it stops; and once it is whole, all of it', () => {
    fc.assert(
      fc.property(anyObject, fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true }), (made, isEscaped, cut) => {
        const plain = JSON.stringify(made);
        const text = isEscaped ? escaped(plain) : plain;
        const whole: Json = JSON.parse(text);
        expect(partialObject(text)).toEqual(whole);
        const part = partialObject(text.slice(0, Math.floor(cut * text.length)));
        expect(part === null || begins(part, whole), `${text} at ${cut}`).toBe(true);
      }),
      { numRuns },
    );
  });

  it('never loses what it has shown, letter by letter', () => {
    const text = JSON.stringify({ a: 'x"y\\z😀', b: [1, [2, { c: 'd' }]], e: { f: null, g: -1.5 } });
    let before: Json = {};
    for (let length = 1; length <= text.length; length++) {
      const now = partialObject(text.slice(0, length));
      expect(begins(before, now ?? {})).toBe(true);
      before = now ?? {};
    }
  });

  it('takes any text and never throws, however deep it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0d8 tre1-') }), (text) => {
        expect(() => partialObject(`{${text}`)).not.toThrow();
      }),
      { numRuns },
    );
    expect(partialObject(`{"a": ${'['.repeat(100_000)}`)).toEqual({ a: expect.anything() });
    expect(partialObject('{"a":'.repeat(100_000))).not.toBeNull();
  });
});
