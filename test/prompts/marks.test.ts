// What strangers wrote goes to a model marked line by line, and comes back as it was.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutHidden } from '../../src/prompts/checks/hidden.ts';
import { mark, secretsOf, strip, withoutMarks } from '../../src/prompts/marks.ts';

const TOKEN = 'q7f3ab';
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 500);

/** What may be mistaken for the end of a line or for a mark, in any order with anything else. */
const piece = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('\r\n', '\n', '\r', '\n\r', '\t', '\v', '\f', '\u2028', '\u2029', '\x85', '\x1c', '', ' '),
  fc.constantFrom(
    `${TOKEN}·0001│ `,
    `${TOKEN}·0001│`,
    `${TOKEN}·`,
    'zzzzzz·0002│ ',
    '│ ',
    '·0003│ ',
    'מרחב',
    '👩‍💻',
    '\u200b',
  ),
);
const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));

describe('a mark', () => {
  it('stands before each line with its number, and leaves the line as it is', () => {
    expect(mark('if x:\r\n\treturn 1\n\n  y', TOKEN)).toBe(
      `${TOKEN}·0001│ if x:\r\n${TOKEN}·0002│ \treturn 1\n${TOKEN}·0003│ \n${TOKEN}·0004│   y`,
    );
  });

  it('stands behind no end of a text, and before a text without lines', () => {
    expect(mark('a\n', TOKEN)).toBe(`${TOKEN}·0001│ a\n`);
    expect(mark('', TOKEN)).toBe(`${TOKEN}·0001│ `);
  });

  it('stands also behind what only some take for the end of a line, and counts the lines that editors count', () => {
    expect(mark('a\u2028b\fc\nd', TOKEN)).toBe(
      `${TOKEN}·0001│ a\u2028${TOKEN}·0001│ b\f${TOKEN}·0001│ c\n${TOKEN}·0002│ d`,
    );
  });

  it('is taken off again to the letter, whatever the text is, looks like or ends in', () => {
    fc.assert(
      fc.property(text, (original) => {
        expect(strip(mark(original, TOKEN), TOKEN)).toBe(original);
      }),
      { numRuns: RUNS },
    );
  });

  it('leaves what is shown of a text with hidden characters as it is without them', () => {
    fc.assert(
      fc.property(text, (original) => {
        const shown = withoutHidden(original).text;
        expect(strip(mark(shown, TOKEN), TOKEN)).toBe(shown);
      }),
      { numRuns: RUNS },
    );
  });

  it('leaves no line without one, so that no line can say that the data ends here', () => {
    fc.assert(
      fc.property(text, (original) => {
        const lines = mark(original, TOKEN).split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/);
        const unmarked = lines.filter((line) => !/^q7f3ab·\d{4}│ /.test(line));
        expect(unmarked.filter((line) => line !== '')).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('is taken out of what a model wrote, wherever it copied it to', () => {
    expect(withoutMarks(`See ${TOKEN}·0012│ x = 1 and ${TOKEN}·0013│y, line ${TOKEN}·7.`, TOKEN)).toBe(
      'See x = 1 and y, line .',
    );
    expect(withoutMarks('zzzzzz·0012│ x', TOKEN)).toBe('zzzzzz·0012│ x');
  });
});

describe('what marks and canaries are made of', () => {
  const of = (secret: string, hash: string, name: string) => secretsOf(secret, hash, { name, level: 1 });

  it('is the same for the same request, in whatever order its variables come', () => {
    expect(secretsOf('s', 'h', { a: 1, b: 'x' })).toEqual(secretsOf('s', 'h', { b: 'x', a: 1 }));
  });

  it('is another for another secret, template or variable, and none of it says anything of another', () => {
    const all = [of('s', 'h', 'ann'), of('t', 'h', 'ann'), of('s', 'i', 'ann'), of('s', 'h', 'bob')];
    const words = all.flatMap(({ token, canary }) => [token, canary]);
    expect(new Set(words).size).toBe(words.length);
    for (const { token, canary } of all) {
      expect(token).toMatch(/^[a-z2-7]{6}$/);
      expect(canary).toMatch(/^c-[a-z2-7]{16}$/);
    }
  });
});
