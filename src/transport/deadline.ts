// A point in time that is pushed on with every byte. Pushing costs no timer: the one that is armed looks, when it fires, whether
// the point has moved, and waits for the rest.

import type { Clock } from '../core/clock.ts';

export class Deadline {
  readonly #clock: Clock;
  readonly #onPassed: () => void;
  #dueMonotonicMs = Number.POSITIVE_INFINITY;
  #armedMonotonicMs = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, onPassed: () => void) {
    this.#clock = clock;
    this.#onPassed = onPassed;
  }

  moveTo(dueMonotonicMs: number): void {
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
    if (this.#clock.monotonicMs() < this.#dueMonotonicMs) this.#arm();
    else this.#onPassed();
  }
}
