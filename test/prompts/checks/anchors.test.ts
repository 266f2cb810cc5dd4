// R1: where a quotation stands in a file. The property makes files and quotations of them, untouched and as models write them down.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anchorOf, anchorsIn } from '../../../src/prompts/checks/anchors.ts';
import { Effort, nearest, Runs } from '../../../src/prompts/checks/nearest.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 1_000);

const CODE = `def total(items):
    result = 0
    for item in items:
        result += item.price * item.count
    return result


def mean(items):
    if not items:
        return 0
    return total(items) / len(items)
`;

describe('the anchor of a quotation', () => {
  it.each([
    ['a line', 'result = 0', 2, 2],
    ['a line with its indentation', '    result = 0\n', 2, 2],
    ['two lines', 'result = 0\n    for item in items:', 2, 3],
    ['the first of duplicates', 'items', 1, 1],
    ['lines with other indentation', 'for item in items:\n  result += item.price*item.count', 3, 4],
    ['lines set as one', 'if not items: return 0', 9, 10],
    ['the end of the file', 'return total(items) / len(items)\n', 11, 11],
    ['a line with a letter less', 'result += item.price * item.cont', 4, 4],
    ['a line with other words', 'result += items.price * items.count', 4, 4],
    ['a line with hidden characters', 'resu\u200blt = 0', 2, 2],
    ['lines with carriage returns', 'result = 0\r\n    for item in items:\r\n', 2, 3],
  ])('R1: is found for %s', (_, quote, startLine, endLine) => {
    expect(anchorOf(quote, CODE)).toEqual({ startLine, endLine });
    expect(anchorOf(quote, CODE.replaceAll('\n', '\r\n'))).toEqual({ startLine, endLine });
    expect(anchorOf(quote, CODE.replaceAll('\n', '\r'))).toEqual({ startLine, endLine });
  });

  it.each([
    ['nothing', ''],
    ['white space', ' \n\t'],
    ['what is not there', 'while True:\n    break'],
    ['a short line with one letter changed', 'result = 1'],
    ['something half alike', 'result -= item.weight * item.number'],
    ['the file and more', `${CODE}print(total([]))`],
  ])('R1: is none for %s', (_, quote) => expect(anchorOf(quote, CODE)).toBeNull());

  it('R1: is none where two places are equally near and are not the same', () => {
    const twins = 'total_a = compute_total(items, 1)\ntotal_b = compute_total(items, 1)\n';
    expect(anchorOf('total_c = compute_total(items, 1)', twins)).toBeNull();
    expect(anchorOf('total_b = compute_totl(items, 1)', twins)).toEqual({ startLine: 2, endLine: 2 });
    expect(anchorOf('some_value = compute_totl(same)', 'some_value = compute_total(same)\n'.repeat(2))).toEqual({
      startLine: 1,
      endLine: 1,
    });
  });

  const word = fc.constantFrom('total', 'count', 'items', 'index', 'value', 'price', 'result', 'x', 'i', 'len', 'sum');
  const line = fc
    .tuple(
      fc.nat(3),
      fc.array(fc.tuple(word, fc.constantFrom(' = ', ' + ', '(', ')', ' * ', '[0]', ', ')), {
        minLength: 1,
        maxLength: 6,
      }),
    )
    .map(([depth, parts]) => '    '.repeat(depth) + parts.flat().join(''));
  const file = fc.array(fc.oneof({ weight: 9, arbitrary: line }, fc.constant('')), { minLength: 1, maxLength: 60 });
  const changed = (quote: string, kind: number, at: number): string => {
    if (kind === 0) return quote;
    if (kind === 1) return quote.replaceAll('    ', '  ');
    if (kind === 2) return quote.replace(/[ \t]+/g, ' ').trim();
    if (kind === 3) return quote.replaceAll('\n', '\r\n');
    const place = at % quote.length;
    return quote.slice(0, place) + quote.slice(place + 1);
  };

  it('R1: is the right one or none for 99 of 100 quotations of a file, whatever a model changes of their white space or one letter', () => {
    let right = 0;
    let none = 0;
    let all = 0;
    const kinds = fc.nat(4);
    fc.assert(
      fc.property(file, fc.nat(), fc.integer({ min: 1, max: 4 }), kinds, fc.nat(), (lines, from, count, kind, at) => {
        const start = from % lines.length;
        const quoted = lines.slice(start, start + count);
        fc.pre(quoted[0]?.trim() !== '' && quoted.at(-1)?.trim() !== '');
        const found = anchorOf(changed(quoted.join('\n'), kind, at), lines.join('\n'));
        all += 1;
        if (found === null) none += 1;
        else {
          // Of duplicates the first, so it is right where the same stands.
          const there = lines
            .slice(found.startLine - 1, found.endLine)
            .join('')
            .replace(/\s/g, '');
          if (there.includes(quoted.join('').replace(/\s/g, ''))) right += 1;
          expect(found.startLine).toBeGreaterThanOrEqual(1);
          expect(found.endLine).toBeLessThanOrEqual(lines.length);
        }
      }),
      { numRuns: RUNS, seed: 20_261_126 },
    );
    console.log(
      `R1: of ${all} quotations ${right} right, ${none} not anchored, ${all - right - none} wrong (seed 20261126)`,
    );
    expect((right + none) / all).toBeGreaterThanOrEqual(0.99);
    expect(right / all).toBeGreaterThan(0.9);
  });
});

describe('the nearest stretch of a text', () => {
  const distance = (one: string, other: string): number => {
    let row = Array.from({ length: other.length + 1 }, (_, at) => at);
    for (const [index, letter] of [...one].entries()) {
      const next = [index + 1];
      for (const [at, each] of [...other].entries())
        next.push(Math.min((row[at] ?? 0) + (letter === each ? 0 : 1), (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
      row = next;
    }
    return row.at(-1) ?? 0;
  };
  const letters = (most: number) => fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: most });

  it('R1: is as near as any stretch is, and none where none is near enough', () => {
    fc.assert(
      fc.property(letters(8), letters(14), fc.nat(4), (pattern, text, most) => {
        const starts = [...text].map((_, at) => at);
        const all = starts.flatMap((start) =>
          starts.filter((end) => end >= start).map((end) => text.slice(start, end + 1)),
        );
        const least = Math.min(pattern.length, ...all.map((each) => distance(pattern, each)));
        const found = nearest(pattern, text, most, {
          where: [{ start: 0, end: text.length - 1 }],
          effort: new Effort(),
        });
        if (found !== null) expect(distance(pattern, text.slice(found.start, found.end + 1))).toBe(least);
        if (least > most) expect(found).toBeNull();
        // With one place alone it is found.
        const alone = all.filter((each) => distance(pattern, each) === least);
        if (least <= most && least < pattern.length && alone.length === 1) expect(found).not.toBeNull();
      }),
      { numRuns: RUNS },
    );
  });

  it('R1: is the same where only the places are looked at that have a piece of it', () => {
    const long = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), minLength: 20, maxLength: 60 });
    const part = fc.oneof(long, fc.constant(''));
    let hits = 0;
    fc.assert(
      fc.property(
        long,
        part,
        part,
        fc.array(fc.tuple(fc.nat(59), fc.nat(2)), { maxLength: 4 }),
        (pattern, before, behind, edits) => {
          const text = `${before}${edits.reduce(edited, pattern)}${behind}${edits.slice(1).reduce(edited, pattern)}`;
          const most = Math.floor(pattern.length / 10);
          const effort = new Effort();
          const where = new Runs(text).stretchesWith(pattern, most, effort);
          const everywhere = nearest(pattern, text, most, { where: [{ start: 0, end: text.length - 1 }], effort });
          expect(nearest(pattern, text, most, { where, effort })).toEqual(everywhere);
          if (everywhere !== null) hits += 1;
        },
      ),
      { numRuns: RUNS },
    );
    expect(hits).toBeGreaterThan(RUNS / 4);
  });

  it('R1: is looked for with an effort that has an end, and what stands there to the letter is found after it', () => {
    const content = 'ab'.repeat(30_000);
    const find = anchorsIn(`${content}\nresult = compute_total(items, 1)`);
    const near = 'result = compute_totl(items, 1)';
    expect(find(near)).toEqual({ startLine: 2, endLine: 2 });
    for (let round = 0; round < 3; round += 1)
      expect(find(`${'ab'.repeat(50)}${'c'.repeat(20)}${'ba'.repeat(40)}`)).toBeNull();
    expect(find(near)).toBeNull();
    expect(find('result = compute_total(items,1)')).toEqual({ startLine: 2, endLine: 2 });
  });
});

function edited(text: string, [at, kind]: [number, number]): string {
  const place = at % text.length;
  return text.slice(0, place) + ['', 'e', `e${text[place]}`][kind] + text.slice(place + 1);
}
