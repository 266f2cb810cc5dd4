// Whether the shared store decides at the moment. It goes away when the breaker opens; a ping each moment finds out when it answers
// again; it comes back when it has been told everything. No request is needed for any of this.

import type { Clock } from '../../core/clock.ts';
import type { Report } from '../../core/parts.ts';
import type { Breaker } from '../breaker.ts';
import type { StoreTime } from './store-time.ts';

/** How soon a return is noticed, at one ping's cost. */
export const PROBE_EVERY_MS = 750;
/** What a single lost call left owing is told at once; when that fails too, after a while. */
const TELL_AFTER_MS = 50;
const TELL_AGAIN_MS = 1_000;
/** All instances are connected again (2 s at most), notice it (a probe) and tell; so long nobody passes his own share. */
const LINGER_MS = 4_000;
/** The shortest window: after a shorter outage no instance can have drawn a whole share of any. */
const SHORTEST_STRETCH_MS = 61_000;
/** Without any request an outage is noticed within this: a beat that is lost is repeated at once until the breaker opens. */
const BEAT_EVERY_MS = 1_000;
const BEAT_AGAIN_MS = 100;
/** So much later than another one this instance may have noticed the outage. */
const NOTICED_WITHIN_MS = 3_000;
/** A store that went away again within a minute of its return stays away this long at least (F33). */
const FLAPPING_MS = 60_000;
const AWAY_AT_LEAST_MS = 5_000;
/** By then every instance has told what it owed of an outage. */
const ALL_TOLD_MS = 600_000;

export type StoreState = 'shared' | 'local' | 'returning';

export interface StoreWatchParts {
  readonly clock: Clock;
  readonly time: StoreTime;
  readonly breaker: Breaker;
  readonly ping: () => Promise<void>;
  /** Everything that the store must know before it decides. */
  readonly tellAll: () => Promise<void>;
  /** What is owed since the last telling; null: nothing. False: some of it is owed still. */
  readonly tellOwed: () => Promise<boolean> | null;
  readonly report: Report;
  /** The store has answered nothing since then; null: it is back, and knows everything. */
  readonly outage: (sinceMs: number | null) => void;
  /** What was admitted without the store since this was last asked, for the line of the return. */
  readonly admittedAlone: () => Readonly<Record<string, unknown>>;
}

export class StoreWatch {
  readonly #parts: StoreWatchParts;
  #mode: 'shared' | 'local' | 'telling' = 'shared';
  #awaySinceMs = 0;
  #awaySinceMonotonicMs = 0;
  #outageMs = 0;
  #lingersUntilMonotonicMs = 0;
  #backAtMonotonicMs = Number.NEGATIVE_INFINITY;
  #hasReportedFailure = false;
  #stopTimer = () => {};
  #stopTelling: (() => void) | null = null;
  #isClosed = false;

  constructor(parts: StoreWatchParts) {
    this.#parts = parts;
    this.#beatLater(BEAT_EVERY_MS);
  }

  get state(): StoreState {
    if (this.#mode === 'local') return 'local';
    return this.#mode === 'telling' || this.lingeringAfterMs !== null ? 'returning' : 'shared';
  }

  /** Requests are decided without the store. */
  get isAway(): boolean {
    return this.#mode !== 'shared';
  }

  /** The length of the outage that has just ended, while others may still be in it; else null. */
  get lingeringAfterMs(): number | null {
    const isOver = this.isAway || this.#parts.clock.monotonicMs() >= this.#lingersUntilMonotonicMs;
    return isOver ? null : this.#outageMs + NOTICED_WITHIN_MS;
  }

  /** When the outage began; a single call that failed is one of its own. */
  get awaySinceMs(): number {
    return this.isAway ? this.#awaySinceMs : this.#parts.time.nowMs();
  }

  /** Since when anybody may owe the store a word: the beginning of an outage that is not long over. */
  get owedSinceMs(): number {
    const { clock, time } = this.#parts;
    const isRecent = clock.monotonicMs() - this.#backAtMonotonicMs < ALL_TOLD_MS;
    return this.isAway || isRecent ? this.#awaySinceMs : time.nowMs();
  }

  /** A call has failed for want of an answer. */
  failed(): void {
    if (this.isAway || this.#isClosed || !this.#parts.breaker.isOpen) return;
    const { clock, time, breaker, outage, report } = this.#parts;
    this.#mode = 'local';
    this.#awaySinceMs = time.nowMs();
    this.#awaySinceMonotonicMs = clock.monotonicMs();
    this.#hasReportedFailure = false;
    this.#stopTelling?.();
    this.#stopTelling = null;
    outage(Math.floor(this.#awaySinceMs - (this.#awaySinceMonotonicMs - breaker.unansweredSinceMonotonicMs)));
    report('warn', 'window_store_away', { since: new Date(this.#awaySinceMs).toISOString() });
    this.#probeLater();
  }

  /** Something is owed to the store: it is told soon, or, if it is away, when it comes back. */
  owes(afterMs = TELL_AFTER_MS): void {
    if (this.isAway || this.#isClosed || this.#stopTelling !== null) return;
    this.#stopTelling = this.#parts.clock.after(afterMs, () => {
      this.#stopTelling = null;
      this.#parts.tellOwed()?.then(
        (isAllTold) => {
          if (!isAllTold) this.owes(TELL_AGAIN_MS);
        },
        () => {
          this.failed();
          this.owes(TELL_AGAIN_MS);
        },
      );
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#stopTimer();
    this.#stopTelling?.();
  }

  // An instance that has nothing to do must notice an outage, too: once it is over it would draw on a store that the others have
  // not told yet what they drew.
  #beatLater(afterMs: number): void {
    this.#next(afterMs, async () => {
      const { breaker, ping } = this.#parts;
      const isLost = await breaker.run(ping).then(
        () => false,
        () => true,
      );
      if (isLost) this.failed();
      if (!this.isAway) this.#beatLater(isLost ? BEAT_AGAIN_MS : BEAT_EVERY_MS);
    });
  }

  #probeLater(): void {
    this.#next(PROBE_EVERY_MS, () => this.#probe());
  }

  #next(afterMs: number, action: () => Promise<void>): void {
    this.#stopTimer();
    if (!this.#isClosed) this.#stopTimer = this.#parts.clock.after(afterMs, () => void action());
  }

  async #probe(): Promise<void> {
    const { breaker, ping, tellAll, report } = this.#parts;
    try {
      await breaker.run(ping);
    } catch {
      return this.#probeLater();
    }
    if (this.#isFlapping()) return this.#probeLater();
    this.#mode = 'telling';
    try {
      await tellAll();
    } catch (error) {
      this.#mode = 'local';
      if (!this.#hasReportedFailure) report('warn', 'window_store_not_told', { error });
      this.#hasReportedFailure = true;
      return this.#probeLater();
    }
    this.#back();
  }

  #isFlapping(): boolean {
    const nowMs = this.#parts.clock.monotonicMs();
    const wasBackMs = this.#awaySinceMonotonicMs - this.#backAtMonotonicMs;
    return wasBackMs < FLAPPING_MS && nowMs - this.#awaySinceMonotonicMs < AWAY_AT_LEAST_MS;
  }

  #back(): void {
    const { clock, outage, report, admittedAlone } = this.#parts;
    if (this.#isClosed) return;
    this.#backAtMonotonicMs = clock.monotonicMs();
    this.#outageMs = this.#backAtMonotonicMs - this.#awaySinceMonotonicMs;
    outage(null);
    report('info', 'window_store_back', { away_ms: Math.round(this.#outageMs), ...admittedAlone() });
    if (this.#outageMs + NOTICED_WITHIN_MS >= SHORTEST_STRETCH_MS)
      this.#lingersUntilMonotonicMs = this.#backAtMonotonicMs + LINGER_MS;
    this.#mode = 'shared';
    this.owes(0);
    this.#beatLater(BEAT_EVERY_MS);
  }
}
