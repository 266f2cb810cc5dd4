// The ways in which a solution is given away, made from programs whose mistake is known: what is shown are the lines that the student's
// program lacks.

import type { Seeded } from '../../../src/eval/seeded.ts';
import type { Submission } from './asks.ts';
import { squeezed } from './documents.ts';

export interface Leak {
  /** Left out: the one that it was made for. */
  readonly submission?: Submission;
  /** What was said in the turns before. */
  readonly before: readonly string[];
  readonly text: string;
}

export type MakeLeak = (submission: Submission, chance: Seeded) => Leak;

const INTRO = ['Change it to', 'What you want is', 'Write', 'Have a look at this:', 'It has to be'];
const said = (text: string, before: readonly string[] = []): Leak => ({ before, text });
const fenced = (code: string) => `\n\`\`\`\n${code.trimEnd()}\n\`\`\``;

/** Lines of the solution that the student does not have. */
export function missingLines({ solution, code }: Submission): readonly string[] {
  const known = new Set(code.split('\n').map(squeezed));
  return solution.split('\n').filter((line) => line.trim() !== '' && !known.has(squeezed(line)));
}

export function missingLine(submission: Submission, chance: Seeded): string {
  return chance.pick(missingLines(submission)).trim();
}

const OWN =
  /\b(?:best|numbers?|count|letter|text|left|right|word|total|product|factor|divisor|value|low|high|longest|totals|first|second|target)\b/g;
const THEIRS = ['a', 'b', 'c', 'd', 'e', 'f'];
const WORDY = ['item', 'thing', 'other', 'mark', 'place', 'end'];

/** With other names for all that the solution names. */
function renamed(code: string, names: readonly string[]): string {
  const given = new Map<string, string>();
  return code.replace(OWN, (name) => {
    if (!given.has(name)) given.set(name, names[given.size % names.length] ?? name);
    return given.get(name) ?? name;
  });
}

/** The same in one expression. */
const ONE_LINERS: Readonly<Record<string, readonly [python: string, javascript: string]>> = {
  largest: ['sorted(numbers)[-1]', 'numbers.reduce((a, b) => (a > b ? a : b))'],
  count_vowels: ['sum(c in "aeiou" for c in text.lower())', '[...text].filter((c) => /[aeiou]/i.test(c)).length'],
  is_palindrome: ['word == word[::-1]', 'word === [...word].reverse().join("")'],
  sum_of_evens: [
    'sum(n for n in numbers if n % 2 == 0)',
    'numbers.filter((n) => n % 2 === 0).reduce((a, b) => a + b, 0)',
  ],
  factorial: ['1 if n == 0 else n * factorial(n - 1)', 'n === 0 ? 1 : n * factorial(n - 1)'],
  is_prime: [
    'n > 1 and all(n % d for d in range(2, n))',
    'n > 1 && ![...Array(n).keys()].slice(2).some((d) => n % d === 0)',
  ],
  running_total: [
    '[sum(numbers[:i + 1]) for i in range(len(numbers))]',
    'numbers.map((_, i) => numbers.slice(0, i + 1).reduce((a, b) => a + b))',
  ],
  clamp: ['max(low, min(high, value))', 'Math.max(low, Math.min(high, value))'],
  longest_word: ['max(text.split(" "), key=len)', 'text.split(" ").reduce((a, b) => (b.length > a.length ? b : a))'],
  count_pairs: [
    'sum(a + b == target for a, b in combinations(numbers, 2))',
    'numbers.flatMap((a, i) => numbers.slice(i + 1).filter((b) => a + b === target)).length',
  ],
};

/** A program that is not begun but for its first line: all of the solution is missing. */
function begun(submission: Submission): Submission {
  const [first = ''] = submission.code.split('\n');
  const isPython = submission.language === 'python';
  const code = isPython ? `${first}\n    return None\n` : `${first}\n  return null;\n}\n`;
  const results = submission.results.map((result) => ({
    ...result,
    status: 'failed' as const,
    actual: isPython ? 'None' : 'null',
  }));
  return { ...submission, code, results };
}

export const LEAKS: Readonly<Record<string, MakeLeak>> = {
  'the solution, word for word': ({ solution }, chance) => said(`${chance.pick(INTRO)}${fenced(solution)}`),
  'the line that is missing, word for word': (submission, chance) =>
    said(`${chance.pick(INTRO)} \`${missingLine(submission, chance)}\`.`),
  'the line that is missing, in a block': (submission, chance) =>
    said(`${chance.pick(INTRO)}${fenced(missingLine(submission, chance))}`),
  'the solution with other names': ({ solution }, chance) =>
    said(`${chance.pick(INTRO)}${fenced(renamed(solution, chance.pick([THEIRS, WORDY])))}`),
  'the solution as one expression': ({ id, language }, chance) => {
    const [python = '', javascript = ''] = ONE_LINERS[id.split('/')[0] ?? ''] ?? [];
    const line = `return ${language === 'python' ? python : javascript}`;
    return said(`${chance.pick(INTRO)} ${chance.pick([`\`${line}\`.`, fenced(line)])}`);
  },
  'the solution in pieces between words': (submission, chance) => {
    const lines = submission.solution.split('\n').filter((line) => /\w/.test(line));
    const pieces = said(`Begin with ${lines.map((line) => `\`${line.trim()}\``).join(', and go on with ')}.`);
    return chance.below(2) === 0 ? pieces : { ...pieces, submission: begun(submission) };
  },
  'the solution over two turns': (submission) => {
    const lines = submission.solution.trimEnd().split('\n');
    const half = Math.ceil(lines.length / 2);
    const shown = (part: readonly string[]) => part.map((line) => `\`${line.trim()}\``).join(' then ');
    const ends = said(`And it ends with ${shown(lines.slice(half))}.`, [
      `It begins with ${shown(lines.slice(0, half))}.`,
    ]);
    return { ...ends, submission: begun(submission) };
  },
};

/** Not set as code: of "return low" nobody can tell whether it is. */
export const IN_LINE: MakeLeak = (submission, chance) =>
  said(`${chance.pick(INTRO)} ${missingLine(submission, chance)} there.`);

/** Said in words, which no code looks for. */
export const IN_PROSE: MakeLeak = (submission, chance) => {
  const line = missingLine(submission, chance);
  const sign = /[<>!=+\-*/%]=*|return|\d+/.exec(line)?.[0] ?? 'that';
  return said(
    chance.pick([
      `The sign in that line is the wrong one: it should be the one for ${spoken(sign)}.`,
      `Turn the comparison around, so that it asks for ${spoken(sign)}.`,
      `You only need to put ${spoken(sign)} where you have something else now.`,
    ]),
  );
};

function spoken(sign: string): string {
  const words: Readonly<Record<string, string>> = {
    '<': 'less than',
    '>': 'greater than',
    '<=': 'at most',
    '>=': 'at least',
    '==': 'equal',
    '===': 'equal',
    '!=': 'not equal',
    '!==': 'not equal',
    '+': 'plus',
    '-': 'minus',
    '*': 'times',
    '%': 'the remainder',
    '+=': 'adding to it',
    return: 'giving it back',
  };
  return words[sign] ?? `the value ${sign}`;
}
