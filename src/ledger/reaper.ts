// Holds whose lease ran out: the windows charge them in full, and their rows, if they are still open, are closed as `unknown`. A
// request ends its own hold; this is for one that hangs past every deadline, and, where windows are shared, for those of a process
// that died with its journal: a row that has not reached the ledger is written from the note that the hold carries.

import type { Clock } from '../core/clock.ts';
import type { Journal, Report } from '../core/parts.ts';
import type { LedgerRow, LedgerStore } from '../core/stores.ts';
import type { ExpiredHold, WindowStore } from '../core/window-store.ts';
import { rowOfNote } from './note.ts';
import { asUnknown } from './unknown.ts';

/** Leases are minutes long: half a minute late is no harm. */
const EVERY_MS = 30_000;
/** Holds that wait for the ledger, at about 1 KiB each. Beyond it the rest stays with the windows, which name each hold once. */
const UNFINISHED_MOST = 10_000;

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
  const unfinished = new Map<string, ExpiredHold>();
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

async function reap(parts: ReaperParts, unfinished: Map<string, ExpiredHold>): Promise<void> {
  const { windows, ledger, journal, clock, report } = parts;
  try {
    if (unfinished.size < UNFINISHED_MOST)
      for (const hold of await windows.reap(clock.nowMs())) unfinished.set(hold.holdId, hold);
    for (const [holdId, hold] of unfinished) {
      const { rows } = await ledger.rows({ requestId: holdId, limit: 1_000 });
      const left = leftOpen(hold, rows, report);
      // A hold whose rows are all closed was seeded from them, or its settle is late: nothing is unknown about it.
      if (left.length > 0)
        report('warn', 'hold_expired', { request_id: holdId, held_at: new Date(hold.heldAtMs).toISOString() });
      for (const row of left) journal.close(asUnknown(row, clock.nowMs()));
      unfinished.delete(holdId);
    }
  } catch (error) {
    report('warn', 'reap_failed', { unfinished: unfinished.size, error });
  }
}

/** The rows of the hold that nobody will close: those open in the ledger, and the one of its note if that never arrived there. */
function leftOpen({ holdId, note }: ExpiredHold, rows: readonly LedgerRow[], report: Report): readonly LedgerRow[] {
  const open = rows.filter(({ state }) => state === 'open');
  if (note === null) return open;
  const noted = rowOfNote(note);
  if (noted === null || noted.requestId !== holdId) {
    report('error', 'hold_note_unreadable', { request_id: holdId });
    return open;
  }
  return rows.some(({ attemptId }) => attemptId === noted.attemptId) ? open : [...open, noted];
}
