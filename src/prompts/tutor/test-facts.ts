// What test results say by themselves: verdict, score, what changed since the attempt before. Nobody else may say it: a model is told these
// as facts, and what a caller reads of them never went through one.

import type { TestOutcome } from '../checks/claims.ts';

export type TestStatus = 'passed' | 'failed' | 'error' | 'skipped';
export interface NamedStatus {
  readonly name: string;
  readonly status: TestStatus;
}
export interface TestResult extends NamedStatus {
  readonly input: string | null;
  readonly expected: string | null;
  readonly actual: string | null;
  readonly message: string | null;
}

export interface TestSummary extends TestOutcome {
  /** `error`: none ran to its end. */
  readonly verdict: 'pass' | 'partial' | 'fail' | 'error';
  /** Those that passed by those that ran; 0: none ran. */
  readonly score: number;
  readonly skipped: number;
}

export function summaryOf(results: readonly NamedStatus[]): TestSummary {
  const count = (status: TestStatus) => results.filter((result) => result.status === status).length;
  const passed = count('passed');
  const failed = count('failed') + count('error');
  const isPass = passed > 0 && failed === 0;
  const verdict = isPass ? 'pass' : passed > 0 ? 'partial' : count('failed') > 0 ? 'fail' : 'error';
  return { verdict, score: shareOf(passed, passed + failed), passed, failed, skipped: count('skipped'), results };
}

/** In ten-thousandths, so that equal results give equal text. */
function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 10_000) / 10_000;
}

/** More failing tests say little that the first ones do not, and each costs tokens. */
const FAILING_SHOWN = 5;
const SHOWN_CHARACTERS = 400;

export interface FailingTest {
  readonly name: string;
  readonly input: string | null;
  readonly expected: string | null;
  readonly actual: string | null;
  readonly message: string | null;
}

export function failingOf(results: readonly TestResult[]): readonly FailingTest[] {
  return results
    .filter(({ status }) => isFailing(status))
    .slice(0, FAILING_SHOWN)
    .map(({ name, input, expected, actual, message }) => ({
      name,
      input: clipped(input),
      expected: clipped(expected),
      actual: clipped(actual),
      message: clipped(message),
    }));
}

/** Beginning and end: a trace names its cause last, an output differs anywhere. */
function clipped(text: string | null): string | null {
  if (text === null || text.length <= SHOWN_CHARACTERS) return text;
  const half = SHOWN_CHARACTERS / 2;
  return `${text.slice(0, half).toWellFormed()} … ${text.slice(-half).toWellFormed()}`;
}

function isFailing(status: TestStatus): boolean {
  return status === 'failed' || status === 'error';
}

export interface Progress {
  readonly newly_passing: readonly string[];
  readonly newly_failing: readonly string[];
  /** Null: no score of before is known. */
  readonly score_change: number | null;
}

/** A test that was not there before is not newly anything. */
export function progressOf(now: TestSummary, before: readonly NamedStatus[], previousScore: number | null): Progress {
  const old = new Map(before.map(({ name, status }) => [name, status]));
  const turned = (from: (status: TestStatus) => boolean, to: (status: TestStatus) => boolean) =>
    now.results.filter(({ name, status }) => to(status) && from(old.get(name) ?? 'skipped')).map(({ name }) => name);
  const isPassed = (status: TestStatus) => status === 'passed';
  const scoreBefore = previousScore ?? (before.length === 0 ? null : summaryOf(before).score);
  return {
    newly_passing: turned(isFailing, isPassed),
    newly_failing: turned(isPassed, isFailing),
    score_change: scoreBefore === null ? null : Math.round((now.score - scoreBefore) * 10_000) / 10_000,
  };
}
