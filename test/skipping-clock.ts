// Real time in which a test may skip ahead, for whole services on real servers: what waits for the network waits as long as it takes,
// and nobody waits for a minute to pass. The wall clock may besides be wrong, or stand still at a moment.

import type { Clock } from '../src/core/clock.ts';

interface Timer {
  readonly dueAtMs: number;
  readonly fire: () => void;
}

export class SkippingClock implements Clock {
  #aheadMs = 0;
  /** By how much the wall clock is wrong. */
  wrongByMs = 0;
  /** Where the wall clock stands still; null: it goes. */
  standsAtMs: number | null = null;
  readonly #timers = new Set<Timer>();

  nowMs(): number {
    return this.standsAtMs ?? Date.now() + this.#aheadMs + this.wrongByMs;
  }

  monotonicMs(): number {
    return performance.now() + this.#aheadMs;
  }

  after(delayMs: number, action: () => void, keepsAlive = false): () => void {
    const real = setTimeout(() => timer.fire(), Math.min(Math.max(0, delayMs), 2 ** 31 - 1));
    if (!keepsAlive) real.unref();
    const cancel = () => {
      clearTimeout(real);
      this.#timers.delete(timer);
    };
    const timer: Timer = {
      dueAtMs: this.monotonicMs() + delayMs,
      fire: () => {
        cancel();
        action();
      },
    };
    this.#timers.add(timer);
    return cancel;
  }

  /** So much later, all timers that have fallen due meanwhile have run. To be called while no request is under way. */
  skip(byMs: number): void {
    this.#aheadMs += byMs;
    const nowMs = this.monotonicMs();
    const due = [...this.#timers].filter(({ dueAtMs }) => dueAtMs <= nowMs).sort((a, b) => a.dueAtMs - b.dueAtMs);
    for (const timer of due) if (this.#timers.has(timer)) timer.fire();
  }
}
