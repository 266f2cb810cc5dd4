// H2 where it is exact: a line of the solution that the learner does not have, found wherever it is written, and nothing else.

import { describe, expect, it } from 'vitest';
import { missingLineIn } from '../../../src/prompts/checks/missing-lines.ts';

const SOLUTION =
  'def largest(numbers):\n    best = numbers[0]\n    for n in numbers:\n        if n > best:\n            best = n  # newer\n    return best\n';
const CODE =
  'def largest(numbers):\n    best = 0\n    for n in numbers:\n        if n < best:\n            best = n\n    return best\n';
const found = (text: string, solution = SOLUTION, inSight: readonly string[] = [CODE]) =>
  missingLineIn(text, { solution, inSight });

describe('H2: a line that is missing', () => {
  it.each([
    'Write `best = numbers[0]`.',
    'Write `best=numbers[ 0 ]` there.',
    'Begin with best = numbers[0] and go on.',
    'So:\n```\nbest = numbers[0]\nfor n in numbers:\n```',
    'Turn it around: `if n > best`.',
    'It is `x = 1; if n > best: pass`.',
  ])('is found in %j', (text) => expect(found(text)).not.toBeNull());

  it.each([
    'Look at `best = 0`: what if all numbers are negative?',
    'What does `return best` give back?',
    'Where does `numbers[0]` stand in the list?',
    'You start with `best`, and `n` is compared with it.',
    'Is n greater than best, or less?',
    '`best = n` is right.',
    'Think of `worst = numbers[0]`, say.',
    '',
  ])('is not found in %j', (text) => expect(found(text)).toBeNull());

  it('is one of two words only where it is set as code', () => {
    const solution = 'def f(low):\n    return low\n';
    expect(found('Should it return low values?', solution, [])).toBeNull();
    expect(found('Write `return low`.', solution, [])).toBe('return low');
  });

  it('is none where the learner has it before them', () => {
    expect(found('Write `best = numbers[0]`.', SOLUTION, [CODE, 'A hint before: `best = numbers[0]`'])).toBeNull();
  });

  it('is looked for in long texts, too', () => {
    const long = 'best = other\n'.repeat(4_000);
    const solution = `${SOLUTION}${Array.from({ length: 3_000 }, (_, at) => `    pass_on(${at})\n`).join('')}`;
    expect(found(long, solution, [long, solution])).toBeNull();
    expect(found(`${long}\`pass_on(2999)\``, solution, [long])).toBe('pass_on(2999)');
  });
});
