// F1: what a text says of how the tests went, held against how they went. It reads statements, not conditions and wishes ("once all tests
// pass"), and where it cannot tell which of two things is meant it takes the one that the results bear out: a fact is refused for nothing.

import * as word from './claim-words.ts';
import { namedWrongly, withoutNames } from './named-tests.ts';
import { clausesOf, plainOf, sentencesOf, tokensOf } from './statements.ts';

/** How the tests went. `error` counts as failed; what was skipped is in neither number. */
export interface TestOutcome {
  readonly passed: number;
  readonly failed: number;
  readonly results: readonly { readonly name: string; readonly status: 'passed' | 'failed' | 'error' | 'skipped' }[];
}

type Direction = 'pass' | 'fail';
type Amount =
  | { readonly kind: 'all' | 'none' | 'not-all' | 'some' | 'one' | 'unsaid' }
  | { readonly kind: 'number'; readonly count: number; readonly isExact: boolean };

/** What a text is about: "it works" may speak of the whole solution or of the lines that are quoted. */
export type Subject = 'solution' | 'lines';

/** The statement that the results contradict, as a fact for the model; null: there is none. No outcome: no results were given. */
export function contradictionIn(
  text: string,
  outcome: TestOutcome | null,
  subject: Subject = 'solution',
): string | null {
  const plain = plainOf(text);
  for (const sentence of sentencesOf(outcome === null ? plain : withoutNames(plain, outcome))) {
    const found = outcome === null ? inventedIn(sentence) : contradictedIn(sentence, outcome, subject);
    if (found !== null) return found;
  }
  if (outcome === null) return null;
  return namedWrongly(plain, outcome);
}

/** Whether it says that the whole solution is wrong, or that something in it is. */
export function saysDefect(text: string): boolean {
  return sentencesOf(plainOf(text)).some((sentence) =>
    clausesOf(sentence).some(
      (clause) => !clause.isConditional && tokensOf(clause.text).some((token) => DEFECT.has(token)),
    ),
  );
}

const DEFECT: ReadonlySet<string> = new Set([
  ...word.WRONG,
  ...'bug bugs mistake mistakes error fehler error errores erreur erreurs błąd błędy crashes crash fails fail'.split(
    ' ',
  ),
]);

function contradictedIn(sentence: string, outcome: TestOutcome, subject: Subject): string | null {
  for (const { text, isConditional } of clausesOf(sentence)) {
    if (isConditional) continue;
    const tokens = tokensOf(text);
    const ofTests = testsContradiction(text, tokens, outcome);
    if (ofTests !== null) return ofTests;
    const verdict = solutionClaim(text, tokens, subject);
    if (verdict === 'right' && (outcome.failed > 0 || outcome.passed === 0))
      return `it says that the solution is correct, but ${counted(outcome)}`;
    if (verdict === 'wrong' && outcome.failed === 0 && outcome.passed > 0)
      return `it says that the solution is wrong, but ${counted(outcome)}`;
  }
  return null;
}

/** Where no results were given, nobody can know how many tests pass. */
function inventedIn(sentence: string): string | null {
  for (const { text, isConditional } of clausesOf(sentence)) {
    const tokens = tokensOf(text);
    if (isConditional || directionOf(tokens) === null) continue;
    const amount = amountOf(text, tokens);
    if (ratioIn(text) !== null || amount.kind === 'all' || amount.kind === 'none')
      return 'it says how many tests pass or fail, but no test results were given';
  }
  return null;
}

function testsContradiction(text: string, tokens: readonly string[], outcome: TestOutcome): string | null {
  const direction = directionOf(tokens);
  if (direction === null) return null;
  const ratio = ratioIn(text);
  const { passed, failed } = outcome;
  if (ratio !== null) {
    const isTrue = ratio.of === passed + failed && ratio.count === (direction === 'pass' ? passed : failed);
    return isTrue ? null : `it says that ${ratio.count} of ${ratio.of} tests ${direction}, but ${counted(outcome)}`;
  }
  const amount = amountOf(text, tokens);
  if (holds(amount, direction, outcome)) return null;
  const said = amount.kind === 'number' ? `${amount.count} tests` : AMOUNT_WORDS[amount.kind];
  return `it says that ${said} ${direction}, but ${counted(outcome)}`;
}

const AMOUNT_WORDS = {
  all: 'all tests',
  none: 'none of the tests',
  'not-all': 'not all tests',
  some: 'some tests',
  one: 'a test that does',
  unsaid: 'the tests',
} as const;

function holds(amount: Amount, direction: Direction, { passed, failed }: TestOutcome): boolean {
  const [said, others] = direction === 'pass' ? [passed, failed] : [failed, passed];
  switch (amount.kind) {
    case 'all':
      return others === 0 && said > 0;
    case 'none':
      return said === 0;
    case 'not-all':
      return others > 0;
    case 'unsaid':
      return said > 0 && (direction === 'fail' || others === 0);
    case 'number':
      return amount.isExact ? said === amount.count : said >= amount.count;
    default:
      return said > 0;
  }
}

/** Null: it says nothing of tests, or of both ways at once. */
function directionOf(tokens: readonly string[]): Direction | null {
  if (!tokens.some((token) => word.TEST.has(token))) return null;
  const saysOf = (set: ReadonlySet<string>) =>
    tokens.some((token, at) => set.has(token) && tokens[at + 1] !== 'to' && tokens[at - 1] !== 'to');
  const says = { pass: saysOf(word.PASS), fail: saysOf(word.FAIL) };
  if (says.pass === says.fail) return null;
  const isTurned = turns(tokens) && !tokens.some((token, at) => isNone(tokens, at) || word.NONE.has(token));
  const said: Direction = says.pass ? 'pass' : 'fail';
  return isTurned ? opposite(said) : said;
}

const opposite = (direction: Direction): Direction => (direction === 'pass' ? 'fail' : 'pass');

/** A "not" that belongs to the verb; the one before "all" belongs to that, and one anywhere in a sentence about all is read as "not all". */
function turns(tokens: readonly string[]): boolean {
  if (tokens.some((token) => word.ALL.has(token))) return false;
  return tokens.some((token, at) => word.NOT.has(token) || (token === word.NO && !isNone(tokens, at)));
}

/** "no test", "no single test": of "no" alone, what follows decides between none and not. */
function isNone(tokens: readonly string[], at: number): boolean {
  if (tokens[at] !== word.NO) return false;
  return [at + 1, at + 2].some((next) => word.TEST.has(tokens[next] ?? ''));
}

function amountOf(text: string, tokens: readonly string[]): Amount {
  const has = (set: ReadonlySet<string>) => tokens.some((token) => set.has(token));
  if (has(word.OTHERS)) return { kind: 'some' };
  if (tokens.some((token, at) => word.NONE.has(token) || isNone(tokens, at))) return { kind: 'none' };
  const isNarrowed = narrows(tokens);
  if (has(word.ALL) && !isNarrowed) {
    const isPart = has(word.EXCEPT) || has(word.ALMOST) || has(word.NOT) || tokens.includes(word.NO);
    return { kind: isPart ? 'not-all' : 'all' };
  }
  if (has(word.SOME) || isNarrowed) return { kind: 'some' };
  const count = numberBeforeTest(tokens);
  if (count !== null) {
    const isExact =
      !/\b(?:at least|mindestens|al menos|au moins|co najmniej|least|more than|still)\b/.test(text) && count > 1;
    return { kind: 'number', count, isExact };
  }
  const isOne = has(word.ONE_TEST) && !tokens.some((token) => word.TEST.has(token) && !word.ONE_TEST.has(token));
  return { kind: isOne ? 'one' : 'unsaid' };
}

/** Some of the tests alone: "tests for negative numbers pass". Beside "all", "with" tells how they pass: "with ease". */
function narrows(tokens: readonly string[]): boolean {
  const first = tokens.findIndex((token) => word.TEST.has(token));
  const after = tokens.slice(first + 1);
  const verb = after.findIndex((token) => word.PASS.has(token) || word.FAIL.has(token));
  const hasAll = tokens.some((token) => word.ALL.has(token));
  const looked = verb < 0 || !hasAll ? after : after.slice(0, verb);
  return looked.some((token) => word.NARROWING.has(token) && !(hasAll && word.WITH.has(token)));
}

function numberBeforeTest(tokens: readonly string[]): number | null {
  for (const [at, token] of tokens.entries()) {
    const count = word.NUMBERS.get(token) ?? (/^\d{1,4}$/.test(token) ? Number(token) : null);
    if (count !== null && [at + 1, at + 2, at + 3].some((next) => word.TEST.has(tokens[next] ?? ''))) return count;
  }
  return null;
}

/** "3 of 5", "3/5 tests". */
function ratioIn(text: string): { count: number; of: number } | null {
  const [, count, of] =
    /\b(\d{1,4})\s*(?:\/|of|out of|von|de|sur|z)\s*(?:the |all |your |den |las |les )?(\d{1,4})\b/.exec(text) ?? [];
  return count === undefined || of === undefined ? null : { count: Number(count), of: Number(of) };
}

function solutionClaim(text: string, tokens: readonly string[], subject: Subject): 'right' | 'wrong' | null {
  if (word.RIGHT_PHRASES.some((phrase) => phrase.test(text))) return 'right';
  if (word.WRONG_PHRASES.some((phrase) => phrase.test(text))) return 'wrong';
  for (const [at, token] of tokens.entries()) {
    const isMeant = word.SOLUTION.has(token) || (subject === 'solution' && word.PRONOUN.has(token));
    const claim = isMeant ? claimAfter(tokens.slice(at + 1)) : null;
    if (claim !== null) return claim;
  }
  return null;
}

/** What follows the solution's name: linking words, perhaps a "not", the judgement, and then nothing that narrows it. */
function claimAfter(tokens: readonly string[]): 'right' | 'wrong' | null {
  let isTurned = false;
  for (const [at, token] of tokens.entries()) {
    const isRight = word.RIGHT.has(token);
    if (isRight || word.WRONG.has(token)) {
      const rest = tokens.slice(at + 1);
      const isWhole =
        rest[0] === undefined || word.UNNARROWED.has(rest[0]) || /^(?:for|in) (?:all|every)\b/.test(rest.join(' '));
      if (!isWhole || rest.some((next, place) => place > 0 && word.NARROWING.has(next) && rest[place - 1] !== 'as'))
        return null;
      return isRight === isTurned ? 'wrong' : 'right';
    }
    if (word.NOT.has(token) || token === word.NO) isTurned = true;
    else if (!word.LINKING.has(token)) return null;
  }
  return null;
}

function counted({ passed, failed }: TestOutcome): string {
  if (passed + failed === 0) return 'no test ran';
  return failed === 0 ? `all ${passed} tests pass` : `${failed} of ${passed + failed} tests fail`;
}
