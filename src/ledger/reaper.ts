// Holds whose lease ran out: the windows charge them in full, and their rows, if they are still open, are closed as `unknown`.
// A request ends its own hold; this is for one that hangs past every deadline.

import type { Clock } from '../core/clock.ts';
import type { Journal, Report } from '../core/parts.ts';
import type { LedgerStore, WindowStore } from '../core/stores.ts';
import { asUnknown } from './unknown.ts';

/** Leases are minutes long: half a minute late is no harm. */
const EVERY_MS = 30_000;

export interface ReaperParts {
  readonly windows: WindowStore;
  readonly ledger: LedgerStore;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly report: Report;
}

/** Goes its rounds from now on. What comes back ends them. */
export function createReaper(parts: ReaperParts): () => void {
  // A store names an expired hold once, so one whose rows could not be read stays here for the next round.
  const unfinished = new Set<string>();
  let stopTimer = () => {};
  let stopped = false;
  const next = () => {
    if (!stopped) stopTimer = parts.clock.after(EVERY_MS, () => void reap(parts, unfinished).then(next, next));
  };
  next();
  return () => {
    stopped = true;
    stopTimer();
  };
}

async function reap({ windows, ledger, journal, clock, report }: ReaperParts, unfinished: Set<string>): Promise<void> {
  try {
    for (const { holdId, heldAtMs } of await windows.reap(clock.nowMs())) {
      unfinished.add(holdId);
      report('warn', 'hold_expired', { request_id: holdId, held_at: new Date(heldAtMs).toISOString() });
    }
    for (const holdId of unfinished) {
      const { rows } = await ledger.rows({ requestId: holdId, limit: 1_000 });
      for (const row of rows) if (row.state === 'open') journal.close(asUnknown(row, clock.nowMs()));
      unfinished.delete(holdId);
    }
  } catch (error) {
    report('warn', 'reap_failed', { unfinished: unfinished.size, error });
  }
}
