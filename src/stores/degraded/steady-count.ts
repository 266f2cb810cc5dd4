// How many instances there are, taken at its most of the last moments: when the shared store is back, the first instance that it
// hears may be told that it is the only one, and would take the whole of each limit for its share.

import type { Clock } from '../../core/clock.ts';

/** All instances are heard again within a second; a number that is too high only makes shares too small. */
const STANDS_MS = 30_000;

export class SteadyCount {
  readonly #count: () => number;
  readonly #clock: Clock;
  #most = 1;
  #seenAtMonotonicMs = 0;

  constructor(count: () => number, clock: Clock) {
    this.#count = count;
    this.#clock = clock;
  }

  /** To be looked at every now and then, also when nobody needs it. */
  look(): number {
    const told = Math.max(1, Math.trunc(this.#count()) || 1);
    const nowMs = this.#clock.monotonicMs();
    if (told >= this.#most || nowMs - this.#seenAtMonotonicMs > STANDS_MS) {
      this.#most = told;
      this.#seenAtMonotonicMs = nowMs;
    }
    return this.#most;
  }
}
