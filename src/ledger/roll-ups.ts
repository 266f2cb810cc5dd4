// Keeps the roll-ups up with the rows: once a minute, whatever hours are over and have changed since. Nobody waits for it, and no
// figure depends on it; a question that comes before it only takes longer.

import type { Clock } from '../core/clock.ts';
import type { Report } from '../core/parts.ts';
import type { LedgerStore } from '../core/stores.ts';

const EVERY_MS = 60_000;
/** An hour's last rows are still being closed when it is over: an answer takes two minutes at most by default. */
const REST_MS = 300_000;

export interface RollUpParts {
  readonly ledger: Pick<LedgerStore, 'rollUp'>;
  readonly clock: Clock;
  readonly report: Report;
}

/** Goes its rounds from now on. What comes back ends them. */
export function createRollUps({ ledger, clock, report }: RollUpParts): () => void {
  let stopTimer = () => {};
  let stopped = false;
  /** The ledger did not answer last time: said once, not every minute. */
  let failing = false;
  const round = async () => {
    try {
      const beforeMs = clock.nowMs() - REST_MS;
      for (let hours = 1; hours > 0 && !stopped; ) hours = await ledger.rollUp(beforeMs);
      failing = false;
    } catch (error) {
      if (!failing && !stopped) report('warn', 'roll_up_failed', { error });
      failing = true;
    }
  };
  const next = () => {
    if (!stopped) stopTimer = clock.after(EVERY_MS, () => void round().then(next));
  };
  next();
  return () => {
    stopped = true;
    stopTimer();
  };
}
