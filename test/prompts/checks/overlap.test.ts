// H2, H3 and H6: how much of a solution a hint gives away, whether what it names exists, and whether it was given before. The exercises are
// real ones where they lie beside the project.

import { describe, expect, it } from 'vitest';
import { codeTokensOf } from '../../../src/prompts/checks/code-tokens.ts';
import { ungroundedIn } from '../../../src/prompts/checks/grounded.ts';
import {
  MOST_REPEATED_SHARE,
  MOST_SOLUTION_SHARE,
  repeats,
  solutionShare,
} from '../../../src/prompts/checks/overlap.ts';

const STATEMENT = 'Write `largest(numbers)`: it returns the largest of the numbers, and `None` for an empty list.';
const STUDENT =
  'def largest(numbers):\n    biggest = 0\n    for n in numbers:\n        if n > biggest:\n            biggest = n\n    return biggest\n';
const STARTER = 'def largest(numbers):\n    pass\n';
const SOLUTION =
  'def largest(numbers):\n    # the first one is the start\n    if not numbers:\n        return None\n    best = numbers[0]\n' +
  '    for each in numbers[1:]:\n        if each > best:\n            best = each\n    return best\n';
const context = { solution: SOLUTION, student: STUDENT, starter: STARTER, statement: STATEMENT };
const share = (text: string) => solutionShare(text, context);
const fenced = (code: string) => `Try this:\n\`\`\`python\n${code}\`\`\`\n`;

describe('the share of a solution in a text', () => {
  it.each([
    ['as it is', fenced(SOLUTION)],
    [
      'with other names',
      fenced(SOLUTION.replaceAll('best', 'top').replaceAll('each', 'v').replaceAll('numbers', 'xs')),
    ],
    [
      'with other spaces and comments',
      fenced(SOLUTION.replaceAll('    ', '\t').replace('# the first one is the start', '# begin')),
    ],
    ['without a fence', SOLUTION],
    [
      'the lines that matter',
      fenced('if not numbers:\n    return None\nbest = numbers[0]\nfor each in numbers[1:]:\n    pass\n'),
    ],
    [
      'in pieces',
      'Begin with `if not numbers:` and then `return None`. Behind it write `best = numbers[0]` and `for each in numbers[1:]:`, with ' +
        '`if each > best:` in it.',
    ],
  ])('H2: is too high for the solution %s', (_, text) =>
    expect(share(text)).toBeGreaterThanOrEqual(MOST_SOLUTION_SHARE),
  );

  it.each([
    ['a question', 'What is `biggest` before the loop, and what happens when all numbers are below that?'],
    ['the code of the learner', fenced(STUDENT)],
    ['the starter and the statement', `${STATEMENT}\n${fenced(STARTER)}`],
    ['an example in another theme', fenced('longest = words[0]\nfor word in words:\n    print(len(word))\n')],
    ['nothing', ''],
  ])('H2: is low for %s', (_, text) => expect(share(text)).toBeLessThan(MOST_SOLUTION_SHARE));

  it('H2: is nothing where the learner has the solution already', () => {
    expect(solutionShare(fenced(SOLUTION), { ...context, student: SOLUTION })).toBe(0);
    expect(solutionShare(fenced(SOLUTION), { ...context, solution: '' })).toBe(0);
  });
});

describe('what was said before', () => {
  const hint = 'Look at the value of biggest before the loop begins: is it right for negative numbers?';

  it('H6: is repeated where most of it stands in one of the texts before', () => {
    expect(repeats(hint, [hint])).toBe(1);
    expect(repeats(hint.toUpperCase(), ['Something else.', `${hint} Try it.`])).toBe(1);
    expect(repeats(`${hint} Then run it.`, [hint])).toBeGreaterThan(MOST_REPEATED_SHARE);
    expect(repeats('Now think of the empty list: what should be returned?', [hint])).toBe(0);
    expect(repeats(hint, [])).toBe(0);
    expect(repeats('Try it!', ['try it'])).toBe(1);
    expect(repeats('', [''])).toBe(0);
  });
});

describe('what a hint names', () => {
  const grounds = {
    sources: [STUDENT, STATEMENT],
    tests: ['test_negative', 'empty list', 'returns the largest'],
    lines: 6,
  };
  const problems = (text: string) => ungroundedIn(text, grounds);

  it.each([
    'Look at `biggest`: what is it before `for n in numbers`?',
    'The list may be empty: `if not numbers` or `len(numbers) == 0` tells.',
    'Python raises a `ValueError`, and `max([])` does so too.',
    'Look at line 2 and lines 3 and 4.',
    'The test test_negative fails, and so does the test "returns the largest".',
    'An example:\n```python\nwords = ["a"]\nlongest = words[0]\n```',
    'Use `sorted(numbers)[-1]`, `float("-inf")` or `math.inf`.',
    'The number `42` and the value `"hello"`.',
    'Call `print(n)` inside of `largest`.',
  ])('H3: exists in %j', (text) => expect(problems(text)).toEqual([]));

  it.each([
    [
      'Look at `maximum_value` once more.',
      'names maximum_value, which stands nowhere in the code, the statement or the tests',
    ],
    [
      'Your `find_largest()` stops early.',
      'names find_largest, which stands nowhere in the code, the statement or the tests',
    ],
    ['Look at line 12.', 'names line 12, and the code has 6'],
    ['Sieh dir Zeile 40 an.', 'names line 40, and the code has 6'],
    ['The test test_zero fails.', 'names test_zero, which stands nowhere in the code, the statement or the tests'],
    ['The test "handles duplicates" fails.', 'names a test "handles duplicates", and there is none'],
  ])('H3: does not exist in %j', (text, problem) => expect(problems(text)).toEqual([problem]));
});

describe('the tokens of code', () => {
  const tokens = (text: string) => codeTokensOf(text, { isCode: true }).map((token) => token.text);

  it.each([
    ['x += 1  # one', ['x', '+=', '1']],
    ['a // b', ['a', '//', 'b']],
    ['let y = 1; // why', ['let', 'y', '=', '1', ';']],
    ["/* no */ f(\"it's\", 'x')", ['f', '(', '"it\'s"', ',', "'x'", ')']],
    ['"""doc\nstring""" x', ['"""doc\nstring"""', 'x']],
    ["don't", ['don', "'", 't']],
    ['größe = 3.5', ['größe', '=', '3.5']],
    ['"never closed', ['"', 'never', 'closed']],
    ['`a b`', ['`a b`']],
  ])('of %j', (text, expected) => expect(tokens(text)).toEqual(expected));

  it('are all of a text, whatever it is, and read in one pass', () => {
    for (const odd of [
      '\\"'.repeat(100_000),
      "'".repeat(100_001),
      '`'.repeat(99_999),
      '"\\'.repeat(99_999),
      '/*'.repeat(99_999),
    ]) {
      const found = codeTokensOf(odd, { isCode: false });
      expect(found.map(({ text }) => text).join('')).toBe(odd);
    }
  });
});
