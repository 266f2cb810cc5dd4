// Sums of money in a report: exact, and unknown as soon as one part of them is.

import { formatUsd, parseUsd, picoUsd } from '../index.ts';

/** Of decimal strings; null where one is not known. */
export function sumUsd(costs: readonly (string | null)[]): string | null {
  let sum = 0n;
  for (const cost of costs) {
    if (cost === null) return null;
    sum += parseUsd(cost);
  }
  return formatUsd(picoUsd(sum));
}

/** Rounded down; null: not known, or there is nothing to divide by. */
export function perOne(cost: string | null, count: number): string | null {
  return cost === null || count === 0 ? null : formatUsd(picoUsd(parseUsd(cost) / BigInt(count)));
}
