// The time of a store that several processes share, as far as this one can tell: what the store last said, and how long ago that
// was by a clock that never jumps. So the wall clock of this machine, which may be wrong or set anew, decides nothing.

import type { Clock } from '../../core/clock.ts';

export class StoreTime {
  readonly #clock: Clock;
  /** Until the store has said anything, this machine's word is all there is. */
  #offsetMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = clock.nowMs() - clock.monotonicMs();
  }

  nowMs(): number {
    return Math.round(this.#clock.monotonicMs() + this.#offsetMs);
  }

  /** The store has just said that it is this late. It is wrong by the time that the answer took: a call's deadline at most. */
  told(atMs: number): void {
    this.#offsetMs = atMs - this.#clock.monotonicMs();
  }
}
