// What a text says of a test that it names. A name may hold another (`empty list`, `list`) or read like a statement, so the longest that stands
// there is meant, and nothing else within it.

import * as word from './claim-words.ts';
import type { TestOutcome } from './claims.ts';
import { clausesOf, plainOf, sentencesOf, tokensOf } from './statements.ts';

interface Names {
  /** By their plain form; of two tests with one name and two results nothing is said. */
  readonly tests: ReadonlyMap<string, { readonly name: string; readonly isPassed: boolean | null }>;
  /** Null: there are none. The longest first: a statement about `empty list` is none about `list`. */
  readonly pattern: RegExp | null;
}

/** A name that is shorter could be any word. */
const LEAST_NAME = 3;
/** A text has a dozen strings, and each is read with the same names. */
const NAMES = new WeakMap<TestOutcome, Names>();

function namesOf(outcome: TestOutcome): Names {
  const known = NAMES.get(outcome);
  if (known !== undefined) return known;
  const tests = new Map<string, { name: string; isPassed: boolean | null }>();
  for (const { name, status } of outcome.results) {
    const plain = plainOf(name).trim();
    if (plain.length < LEAST_NAME) continue;
    const isPassed = status === 'skipped' ? null : status === 'passed';
    const other = tests.get(plain);
    tests.set(plain, { name, isPassed: other === undefined || other.isPassed === isPassed ? isPassed : null });
  }
  const longestFirst = [...tests.keys()].sort((one, other) => other.length - one.length);
  const alternatives = longestFirst.map((plain) => plain.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|');
  const pattern =
    tests.size === 0 ? null : new RegExp(`(?<![\\p{L}\\p{N}_])(?:${alternatives})(?![\\p{L}\\p{N}_])`, 'gu');
  const names = { tests, pattern };
  NAMES.set(outcome, names);
  return names;
}

/** A test's own name may read like a statement, so each stands as "test" where statements are looked for. */
export function withoutNames(text: string, outcome: TestOutcome): string {
  const { pattern } = namesOf(outcome);
  return pattern === null ? text : text.replace(pattern, (name) => (/[_ ]/.test(name) ? 'test' : name));
}

/** A letter of nobody's for each test, which stands for its name while a text is taken apart: a name may have commas and conjunctions. */
const FIRST_LETTER = 0xe000;
const MOST_LETTERS = 0x1900;
const LETTER = /[\ue000-\uf8ff]/g;

/** The test that is said to have passed and failed, or failed and passed, as a fact for the model; null: there is none. */
export function namedWrongly(plain: string, outcome: TestOutcome): string | null {
  const { tests, pattern } = namesOf(outcome);
  if (pattern === null) return null;
  const order = [...tests.keys()].slice(0, MOST_LETTERS);
  const letters = new Map(order.map((name, at) => [name, String.fromCharCode(FIRST_LETTER + at)]));
  const text = plain.replace(LETTER, '').replace(pattern, (name) => letters.get(name) ?? name);
  for (const sentence of sentencesOf(text))
    for (const clause of clausesOf(sentence))
      for (const { 0: letter, index } of clause.isConditional ? [] : clause.text.matchAll(LETTER)) {
        const test = tests.get(order[letter.charCodeAt(0) - FIRST_LETTER] ?? '');
        const said = saidNext(tokensOf(clause.text.slice(index + 1)));
        if (test === undefined || test.isPassed === null || said === null || (said === 'pass') === test.isPassed)
          continue;
        return `it says that a test ${said === 'pass' ? 'passes that failed' : 'fails that passed'}: ${JSON.stringify(test.name)}`;
      }
  return null;
}

const FILLING: ReadonlySet<string> = new Set('test still also now currently does do did is are has'.split(' '));

function saidNext(tokens: readonly string[]): 'pass' | 'fail' | null {
  let isTurned = false;
  for (const [at, token] of tokens.entries()) {
    const said = word.PASS.has(token) || word.FINE.has(token) ? 'pass' : word.FAIL.has(token) ? 'fail' : null;
    // In German the "not" stands behind: "besteht noch nicht".
    const isTurnedBehind =
      said === 'pass' && !isTurned && tokens.slice(at + 1, at + 3).some((next) => word.NOT.has(next));
    if (said !== null) return (said === 'pass') === (isTurned || isTurnedBehind) ? 'fail' : 'pass';
    if (word.NOT.has(token)) isTurned = true;
    else if (!FILLING.has(token)) return null;
  }
  return null;
}
