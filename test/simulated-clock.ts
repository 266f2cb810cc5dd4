// Time that the test turns. Timers run in the order of their due time, then of their setting; nothing runs unless the
// test advances. `advanceAsync` lets promises settle between timers, as real time would.

import type { Clock } from '../src/core/clock.ts';

interface Timer {
  readonly dueAtMs: number;
  readonly action: () => void;
}

export class SimulatedClock implements Clock {
  #elapsedMs = 0;
  #wallOffsetMs: number;
  readonly #timers = new Set<Timer>();

  /** Starts at 2026-01-01T00:00:00Z unless told otherwise. */
  constructor(startAtMs: number = Date.UTC(2026, 0, 1)) {
    this.#wallOffsetMs = startAtMs;
  }

  /** How many timers wait: none may be left when a test's work is done. */
  get pending(): number {
    return this.#timers.size;
  }

  nowMs(): number {
    return this.#wallOffsetMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, action: () => void): () => void {
    const timer: Timer = { dueAtMs: this.#elapsedMs + Math.max(0, delayMs), action };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** The wall clock jumps; durations and timers do not notice. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** Runs every timer that falls due, those set meanwhile included. */
  advance(byMs: number): void {
    const untilMs = this.#elapsedMs + byMs;
    for (let timer = this.#next(untilMs); timer !== null; timer = this.#next(untilMs)) this.#run(timer);
    this.#elapsedMs = untilMs;
  }

  /** The same; after each timer, and at both ends, everything that waits on promises alone goes on first. */
  async advanceAsync(byMs: number): Promise<void> {
    const untilMs = this.#elapsedMs + byMs;
    await settled();
    for (let timer = this.#next(untilMs); timer !== null; timer = this.#next(untilMs)) {
      this.#run(timer);
      await settled();
    }
    this.#elapsedMs = untilMs;
    await settled();
  }

  #next(untilMs: number): Timer | null {
    let first: Timer | null = null;
    for (const timer of this.#timers) {
      if (timer.dueAtMs > untilMs) continue;
      if (first === null || timer.dueAtMs < first.dueAtMs) first = timer;
    }
    return first;
  }

  #run(timer: Timer): void {
    this.#timers.delete(timer);
    this.#elapsedMs = Math.max(this.#elapsedMs, timer.dueAtMs);
    timer.action();
  }
}

/** A turn of the event loop: every promise chain that waits for no I/O has run to its end by then. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
