// The ladder of hints: which rung a student stands on, and the test that a hint starts from. Both are code's to say, never the model's: the
// solution is handed to a model from the third rung on, so whoever moves a rung moves what can leak.

import { MOST_SOLUTION_SHARE } from '../checks/overlap.ts';
import type { HintGenerationVariables } from '../documents.ts';

export type HintLevel = 1 | 2 | 3 | 4;

/** The first at which the reference solution stands in the prompt. */
const SOLUTION_FROM: HintLevel = 3;

export interface Rung {
  readonly mostWords: number;
  /** Lines of code that don't stand in what the student has: an example, or at the last rung a corrected piece. */
  readonly mostCodeLines: number;
  /** Below that much of the solution may show, with the hints before it. */
  readonly mostSolutionShare: number;
}

/** Of the solutions of 29 real exercises the best three lines show 0.39 at the median: the last rung could not be kept below the limit of the others. */
const LAST_SHARE = 0.67;

export const RUNGS: Readonly<Record<HintLevel, Rung>> = {
  1: { mostWords: 60, mostCodeLines: 0, mostSolutionShare: MOST_SOLUTION_SHARE },
  2: { mostWords: 120, mostCodeLines: 1, mostSolutionShare: MOST_SOLUTION_SHARE },
  3: { mostWords: 160, mostCodeLines: 8, mostSolutionShare: MOST_SOLUTION_SHARE },
  4: { mostWords: 160, mostCodeLines: 3, mostSolutionShare: LAST_SHARE },
};

export interface Standing {
  readonly level: HintLevel;
  /** Whether asking again can lead higher. */
  readonly hasNext: boolean;
  /** Why it is lower than was asked for; null: it isn't. */
  readonly held: string | null;
}

export type TestResult = NonNullable<HintGenerationVariables['test_results']>[number];

/**
 * A rung for each hint that was given, and one more from the third attempt on: a ladder of vague hints alone misleads. Asked for by number, it is
 * that rung or the one reached, whichever is lower. Who hasn't begun gets no step shown, and where all tests pass there is nothing to mend.
 */
export function standingOf(variables: HintGenerationVariables): Standing {
  const { previous_hints: hints, attempts, hint_level: asked } = variables;
  const top = topRung(variables);
  const earned = 1 + hints.length + ((attempts ?? 0) >= 3 ? 1 : 0);
  const reached = rungAt(Math.min(earned, top));
  const level = asked === 'auto' ? reached : rungAt(Math.min(asked, reached));
  const held =
    asked === 'auto' || asked <= level
      ? null
      : `level ${asked} was asked for; after ${hints.length} hints and ${attempts ?? 'unknown'} attempts ${level} is the highest`;
  return { level, hasNext: level < top, held };
}

function topRung(variables: HintGenerationVariables): HintLevel {
  const { code, starter_code: starter, attempts, test_results: results, hint_type: kind } = variables;
  if (
    kind !== 'optimize' &&
    results !== null &&
    results.length > 0 &&
    results.every((each) => each.status === 'passed')
  )
    return 1;
  const hasBegun = code.trim() !== '' && code.trim() !== starter?.trim() && attempts !== 0;
  return hasBegun ? 4 : 2;
}

export function rungAt(number: number): HintLevel {
  return number >= 4 ? 4 : number >= 3 ? 3 : number >= 2 ? 2 : 1;
}

/** Null below the rung from which it is shown, and where there is none. */
export function solutionShown(variables: HintGenerationVariables, level: HintLevel): string | null {
  return level >= SOLUTION_FROM ? variables.reference_solution : null;
}

/**
 * Of the tests that failed the one with the shortest input, as that is the one to trace by hand: first among those that say what came out and
 * what should have.
 */
export function failingTest(results: readonly TestResult[] | null): TestResult | null {
  const failing = (results ?? []).filter(({ status }) => status === 'failed' || status === 'error');
  const told = failing.filter(({ input, expected, actual }) => input !== null && expected !== null && actual !== null);
  const candidates = told.length > 0 ? told : failing;
  const lengthOf = (test: TestResult) => test.input?.length ?? Number.POSITIVE_INFINITY;
  return candidates.reduce<TestResult | null>(
    (best, each) => (best === null || lengthOf(each) < lengthOf(best) ? each : best),
    null,
  );
}
