// A point in time that is pushed on with every byte. Pushing costs no timer: the one that is armed looks, when it fires, whether
// the point has moved, and waits for the rest.

import type { Clock } from '../core/clock.ts';

/** A timer that is so late was held up by this process, which heard nothing meanwhile. Chosen: beyond what a busy loop does. */
const DEAF_MS = 50;
/** So long it may then read what has lain there. Timers run before sockets are read; one turn of the loop would do. */
const CATCH_UP_MS = 100;

export class Deadline {
  readonly #clock: Clock;
  readonly #onPassed: () => void;
  #dueMonotonicMs = Number.POSITIVE_INFINITY;
  #armedMonotonicMs = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | null = null;
  /** Of the point that is due now: only once. */
  #isCatchingUp = false;

  constructor(clock: Clock, onPassed: () => void) {
    this.#clock = clock;
    this.#onPassed = onPassed;
  }

  moveTo(dueMonotonicMs: number): void {
    this.#isCatchingUp = false;
    this.#dueMonotonicMs = dueMonotonicMs;
    if (this.#armedMonotonicMs > dueMonotonicMs) this.#arm();
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#dueMonotonicMs = Number.POSITIVE_INFINITY;
    this.#armedMonotonicMs = Number.POSITIVE_INFINITY;
  }

  #arm(): void {
    this.#cancel?.();
    this.#armedMonotonicMs = this.#dueMonotonicMs;
    if (this.#dueMonotonicMs === Number.POSITIVE_INFINITY) return;
    this.#cancel = this.#clock.after(this.#dueMonotonicMs - this.#clock.monotonicMs(), () => this.#look());
  }

  #look(): void {
    this.#cancel = null;
    this.#armedMonotonicMs = Number.POSITIVE_INFINITY;
    const nowMonotonicMs = this.#clock.monotonicMs();
    const lateMs = nowMonotonicMs - this.#dueMonotonicMs;
    if (lateMs < 0) this.#arm();
    else if (lateMs >= DEAF_MS && !this.#isCatchingUp) {
      this.#isCatchingUp = true;
      this.#dueMonotonicMs = nowMonotonicMs + CATCH_UP_MS;
      this.#arm();
    } else this.#onPassed();
  }
}
