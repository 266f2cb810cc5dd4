// A hold as the memory of one process keeps it: what it has drawn, and where. It knows no counts.

import { type Amounts, amountFor, type Window } from '../../core/windows.ts';
import { isGauge, KNOWN_AFTER_EXPIRY_MS } from '../hold-arguments.ts';

export interface Draw {
  readonly window: Window;
  place: number;
  amount: number;
}

export interface Hold {
  /** Windows belong to this moment, also across midnight: calendar draws stay in its period whatever the time of a raise. */
  readonly heldAtMs: number;
  readonly draws: Map<string, Draw>;
  windows: readonly Window[];
  amounts: Amounts;
  expiresAtMs: number;
  note: string | null;
  state: 'open' | 'expired' | 'settled';
}

export function newHold(windows: readonly Window[], amounts: Amounts, heldAtMs: number, expiresAtMs: number): Hold {
  return { heldAtMs, draws: new Map(), windows, amounts, expiresAtMs, note: null, state: 'open' };
}

export function isForgotten({ expiresAtMs }: Hold, nowMs: number): boolean {
  return expiresAtMs + KNOWN_AFTER_EXPIRY_MS <= nowMs;
}

/** What the hold is to have of a window. One that has expired is charged: it may grow, but only a settle lowers it. */
export function amountOf(hold: Hold, window: Window, draw: Draw | undefined, amounts: Amounts): number {
  const asked = amountFor(window.name, amounts);
  if (hold.state === 'open') return asked;
  return isGauge(window) ? 0 : Math.max(asked, draw?.amount ?? 0);
}
