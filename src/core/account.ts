// What a vendor allows our account: windows of their own, apart from the caller's, drawn for one attempt just before its dispatch.
// A refusal means the next target; it is never told to a caller as a limit of theirs.

import type { Target } from './catalog.ts';
import type { Bound, Charge } from './charge.ts';
import { asLLMError } from './errors.ts';
import { leaseMsOf, type Parts } from './parts.ts';
import type { HoldRefusal } from './window-store.ts';
import type { Window } from './windows.ts';

export interface AccountDraw {
  /** Gives back what was not used. */
  settle(charge: Charge): void;
  /** Nothing was sent after all. */
  release(): void;
}

export type AccountAnswer =
  | { readonly granted: true; readonly draw: AccountDraw | null }
  | { readonly granted: false; readonly reason: string; readonly retryAfterMs: number | null };

/** Without windows for this account nothing is asked. */
export async function drawOnAccount(
  attemptId: string,
  { provider }: Target,
  bound: Bound,
  parts: Pick<Parts, 'windows' | 'policy' | 'clock' | 'report'>,
): Promise<AccountAnswer> {
  const windows = parts.policy.accountWindowsOf(provider);
  if (windows.length === 0) return { granted: true, draw: null };
  const { clock, policy } = parts;
  const tokens = bound.inputTokens + bound.outputTokens;
  const amounts = { requests: 1, inFlight: 1, tokens, nanoUsd: 0 };
  const leaseMs = leaseMsOf(policy);
  try {
    const result = await parts.windows.hold(attemptId, windows, amounts, clock.nowMs(), leaseMs);
    if (!result.granted) return { granted: false, ...whyNot(result, clock.nowMs()) };
    return { granted: true, draw: drawOf(attemptId, windows, parts) };
  } catch (thrown) {
    const { message, retryAfterMs } = asLLMError(thrown);
    return { granted: false, reason: message, retryAfterMs };
  }
}

function whyNot({ refused, unavailable }: HoldRefusal, nowMs: number) {
  if (unavailable !== undefined) return { reason: unavailable.message, retryAfterMs: unavailable.retryAfterMs };
  const { window, resetsAtMs } = refused;
  const retryAfterMs = resetsAtMs === null ? null : Math.max(1, resetsAtMs - nowMs);
  const until = resetsAtMs === null ? '' : ` until ${new Date(resetsAtMs).toISOString()}`;
  return { reason: `the account is at its ${window.name}${until}`, retryAfterMs };
}

function drawOf(
  attemptId: string,
  windows: readonly Window[],
  { windows: store, clock, report }: Pick<Parts, 'windows' | 'clock' | 'report'>,
): AccountDraw {
  const settle = (requests: number, tokens: number) => {
    const actual = { requests, inFlight: 0, tokens, nanoUsd: 0 };
    store.settle(attemptId, actual, clock.nowMs(), windows).catch((error: unknown) => {
      report('error', 'settle_failed', { attempt_id: attemptId, error });
    });
  };
  return {
    settle: ({ state, tokens }) => settle(state === 'released' ? 0 : 1, tokens),
    release: () => settle(0, 0),
  };
}
