// Sums of money in a report: exact, and unknown as soon as one part of them is.

import { type AttemptReport, formatUsd, parseUsd, picoUsd } from '../index.ts';

/** Of decimal strings; null where one is not known. */
export function sumUsd(costs: readonly (string | null)[]): string | null {
  let sum = 0n;
  for (const cost of costs) {
    if (cost === null) return null;
    sum += parseUsd(cost);
  }
  return formatUsd(picoUsd(sum));
}

/** A target that was passed over cost nothing. */
export function costOfAttempts(attempts: readonly AttemptReport[]): string | null {
  return sumUsd(attempts.flatMap(({ outcome, costUsd }) => (outcome === 'skipped' ? [] : [costUsd])));
}

/** Rounded down; null: not known, or there is nothing to divide by. */
export function perOne(cost: string | null, count: number): string | null {
  return cost === null || count === 0 ? null : formatUsd(picoUsd(parseUsd(cost) / BigInt(count)));
}
