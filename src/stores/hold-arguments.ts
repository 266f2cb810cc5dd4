// What every window store makes of the arguments of a hold, wherever it keeps its counts.

import { type Amounts, WINDOWS, type Window, windowId } from '../core/windows.ts';

/** How long an expired hold can still be corrected by a late settle. */
export const KNOWN_AFTER_EXPIRY_MS = 24 * 3_600_000;

/** Throws for what is no whole number: a fraction or NaN would pass every comparison and stay in the sums for ever. */
export function checkAmounts({ requests, tokens, nanoUsd, inFlight }: Amounts): void {
  if (isAmount(requests) && isAmount(tokens) && isAmount(nanoUsd) && isAmount(inFlight)) return;
  throw new RangeError(
    `Amounts are whole numbers from 0, not ${JSON.stringify({ requests, tokens, nanoUsd, inFlight })}`,
  );
}

function isAmount(amount: number): boolean {
  return Number.isSafeInteger(amount) && amount >= 0;
}

/** The windows named now, then those that the hold has drawn on before and that aren't named again: they stay its windows. */
export function withEarlier(earlier: readonly Window[], windows: readonly Window[]): readonly Window[] {
  if (windows === earlier) return windows;
  const ids = new Set(windows.map(windowId));
  return [...windows, ...earlier.filter((window) => !ids.has(windowId(window)))];
}

export function isGauge({ name }: Pick<Window, 'name'>): boolean {
  return WINDOWS[name].period.type === 'gauge';
}
