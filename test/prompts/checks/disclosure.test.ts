// G3 and I27: a secret of the instructions in whatever disguise it leaves, and the filter of a text that comes in pieces.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CanaryFilter } from '../../../src/prompts/checks/canary-filter.ts';
import { disclosureIn, disclosuresOf } from '../../../src/prompts/checks/disclosure.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 2_000);

const CANARY = 'c-k7m2qz4tb9xw3hfa';
const TOKEN = 'q7f3xy';
const SYSTEM =
  'You are a tutor who reviews the code of learners with patience and never tells them the solution of an exercise before they tried.\n' +
  'The statement of the exercise is as follows and you may repeat as much of it as helps: "Write a function that returns the largest of three numbers that it is given".\n' +
  `${TOKEN}·0001│ def f(): return "these are words of the learner and they may be quoted back to them as they are"`;
const STATEMENT = 'Write a function that returns the largest of three numbers that it is given';
const facts = { canary: CANARY, token: TOKEN, systemText: SYSTEM, given: () => [STATEMENT] };
const told = (text: string) => disclosureIn(text, facts);
const base64 = (text: string) => Buffer.from(text).toString('base64');
const hex = (text: string) => Buffer.from(text).toString('hex');
const reversed = (text: string) => [...text].reverse().join('');

const codesOf = (text: string) => [...text].map((each) => each.codePointAt(0) ?? 0);

describe('a secret of the instructions', () => {
  it.each([
    ['as it is', CANARY],
    ['within a text', `The word is ${CANARY}, as you asked.`],
    ['in capitals', CANARY.toUpperCase()],
    ['spaced', [...CANARY].join(' ')],
    ['dotted', [...CANARY].join('.')],
    ['in lines', [...CANARY].join('\n')],
    ['set in bold, letter by letter', [...CANARY].map((each) => `**${each}**`).join('')],
    ['with characters that nobody sees', [...CANARY].join('\u200b')],
    ['in full width', [...CANARY].map((each) => String.fromCodePoint((each.codePointAt(0) ?? 0) + 0xfee0)).join('')],
    ['reversed', reversed(CANARY)],
    ['reversed and spaced', [...reversed(CANARY)].join(' ')],
    ['in hexadecimal', hex(CANARY)],
    ['in hexadecimal capitals', hex(CANARY).toUpperCase()],
    ['in bytes', [...Buffer.from(CANARY)].map((byte) => `0x${byte.toString(16)}`).join(', ')],
    ['in escapes', [...Buffer.from(CANARY)].map((byte) => `\\x${byte.toString(16)}`).join('')],
    ['in percent signs', [...Buffer.from(CANARY)].map((byte) => `%${byte.toString(16)}`).join('')],
    ['in base64', base64(CANARY)],
    ['in base64 with one character before it', base64(`x${CANARY}`)],
    ['in base64 with two characters before it', base64(`xy${CANARY}!`)],
    ['in base64 within a text', base64(`The canary is ${CANARY}, and that is all.`)],
    ['in base64 for addresses', Buffer.from(`??>${CANARY}`).toString('base64url')],
    ['in base64 in lines', base64(`...${CANARY}...`).replace(/.{8}/g, '$&\n')],
    ['in base64 of capitals', base64(CANARY.toUpperCase())],
    ['reversed in base64', base64(reversed(CANARY))],
    [
      'in entities',
      codesOf(CANARY)
        .map((code) => `&#${code};`)
        .join(''),
    ],
    [
      'in entities of hexadecimal',
      codesOf(CANARY)
        .map((code) => `&#x00${code.toString(16)};`)
        .join(''),
    ],
    [
      'in escapes of four digits',
      codesOf(CANARY)
        .map((code) => `\\u00${code.toString(16)}`)
        .join(''),
    ],
    [
      'in escapes in braces',
      codesOf(CANARY)
        .map((code) => `\\u{${code.toString(16)}}`)
        .join(''),
    ],
    ['partly in entities', `${CANARY.slice(0, 5)}&#${CANARY.charCodeAt(5)};${CANARY.slice(6)}`],
    ['with marks on its letters', [...CANARY].map((each) => `${each}\u0301`).join('')],
    [
      'reversed in entities',
      codesOf(reversed(CANARY))
        .map((code) => `&#${code};`)
        .join(''),
    ],
  ])('G3: is found %s', (_, text) => expect(told(text)).toMatch(/^repeats a secret/));

  it.each([
    'Look at the second line of your loop: where does it stop?',
    CANARY.slice(0, -1),
    base64('a text that has nothing to hide'),
    hex('a text that has nothing to hide'),
    'c-k7m2 and qz4tb9xw',
    '',
  ])('G3: %j gives nothing away', (text) => expect(told(text)).toBeNull());

  it('G3: is the mark of the lines, and twelve words of the instructions in a row', () => {
    expect(told(`${TOKEN}·0001│ def f()`)).toBe('repeats the mark of the lines it was shown');
    const words = SYSTEM.split(' ');
    expect(told(words.slice(3, 15).join(' ').toUpperCase())).toBe('repeats 12 words in a row of its instructions');
    expect(told(words.slice(3, 14).join(' '))).toBeNull();
    for (const hidden of ['\u200b', '\u00ad', '\u0301', '\u2060'])
      expect(told(words.slice(3, 15).join(' ').replace(/\b\w/g, `$&${hidden}`))).toMatch(/^repeats 12 words/);
    expect(told(words.slice(3, 15).join('_ '))).toMatch(/^repeats 12 words/);
    const entities = codesOf(words.slice(3, 15).join(' ')).map((code) => `&#${code};`);
    expect(told(entities.join(''))).toMatch(/^repeats 12 words/);
    expect(told([...TOKEN].join('\u00ad'))).toBe('repeats the mark of the lines it was shown');
    expect(told('&#9999999; \\u{ffffff} &#; \\x')).toBeNull();
  });

  it('G3: is neither what the caller gave nor what stands in a marked line', () => {
    expect(told(`As it says: ${STATEMENT}.`)).toBeNull();
    expect(told('These are words of the learner and they may be quoted back to them as they are')).toBeNull();
  });

  it('what the caller gave, which may be large, is read only for an answer that repeats something, and then once', () => {
    let readings = 0;
    const given = () => {
      readings += 1;
      return [STATEMENT];
    };
    const check = disclosuresOf({ ...facts, given });
    expect([check('Look at the second line of your loop: where does it stop?'), readings]).toEqual([null, 0]);
    expect([check(STATEMENT), check(`${STATEMENT}!`), readings]).toEqual([null, null, 1]);
    expect(check(SYSTEM.slice(0, 120))).toBe('repeats 12 words in a row of its instructions');
  });
});

describe('the filter of a text in pieces', () => {
  const canary = fc.oneof(
    fc.constant(CANARY),
    // Such as repeat themselves, and are begun again within themselves.
    fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom('a', 'b') }),
  );
  const pieces = canary.chain((word) => {
    const beginning = fc.nat(word.length).map((length) => word.slice(0, length));
    const ending = fc.nat(word.length).map((length) => word.slice(length));
    const any = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 6 }),
      fc.string({ unit: fc.constantFrom('a', 'b', 'c') }),
    );
    const piece = fc.oneof(fc.constant(word), beginning, ending, any);
    return fc.record({ word: fc.constant(word), pieces: fc.array(piece, { maxLength: 30 }) });
  });
  const through = (filter: CanaryFilter, chunks: readonly string[]) =>
    chunks.map((chunk) => filter.push(chunk)).join('') + filter.end();
  const PLACEHOLDER = /█/g;

  it('I27: lets the canary never leave, however the text is cut', () => {
    fc.assert(
      fc.property(pieces, ({ word, pieces: chunks }) => {
        const out = through(new CanaryFilter(word), chunks);
        expect(out).not.toContain(word);
        // However it is cut, it comes to the same.
        expect(out).toBe(through(new CanaryFilter(word), [chunks.join('')]));
        expect(out).toBe(
          through(
            new CanaryFilter(word),
            [...chunks.join('')].flatMap((each) => each.split('')),
          ),
        );
        // What is no canary is all there.
        const found = chunks.join('').split(word).length - 1;
        expect(out.match(PLACEHOLDER)?.length ?? 0).toBeGreaterThanOrEqual(found);
        expect(out.length).toBe(chunks.join('').length - found * (word.length - 1));
      }),
      { numRuns: RUNS },
    );
  });

  it('I27: changes no byte of a text without it, and holds back no more than its length less one', () => {
    fc.assert(
      fc.property(pieces, ({ word, pieces: chunks }) => {
        const whole = chunks.join('');
        fc.pre(!whole.includes(word));
        const filter = new CanaryFilter(word);
        let out = '';
        let read = 0;
        for (const chunk of chunks) {
          out += filter.push(chunk);
          read += chunk.length;
          expect(read - out.length).toBeLessThan(word.length);
        }
        expect(out + filter.end()).toBe(whole);
      }),
      { numRuns: RUNS },
    );
  });
});
