// Keeps a store that does not answer from costing its deadline at every call: after a few failures in a row the calls fail at once,
// and one probe at a time finds out when it is back. Only outages count; what the store answers, be it a refusal, is an answer.

import type { Clock } from '../core/clock.ts';

export interface BreakerOptions {
  readonly clock: Clock;
  /** Whether an error means that the store could not be asked. */
  readonly isOutage: (error: unknown) => boolean;
  /** What a call gets while the breaker is open. */
  readonly refusal: () => Error;
  /** Outages in a row that open it. Default 3: one lost reply is chance, and three cost 150 ms at a deadline of 50. */
  readonly failures?: number;
  /** How long it stays open before a probe. Default 5 s: a store that comes and goes must not make the limits flap. */
  readonly openMs?: number;
}

const FAILURES = 3;
const OPEN_MS = 5_000;

export class Breaker {
  readonly #options: BreakerOptions;
  #outagesInARow = 0;
  #unansweredSinceMonotonicMs = 0;
  #openUntilMonotonicMs: number | null = null;
  #isProbing = false;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  /** True from the opening until a probe has succeeded. */
  get isOpen(): boolean {
    return this.#openUntilMonotonicMs !== null;
  }

  /** The first outage of those in a row; no call has been answered since. */
  get unansweredSinceMonotonicMs(): number {
    return this.#outagesInARow === 0 ? this.#options.clock.monotonicMs() : this.#unansweredSinceMonotonicMs;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    const isProbe = this.isOpen;
    if (isProbe && !this.#mayProbe()) throw this.#options.refusal();
    this.#isProbing ||= isProbe;
    try {
      const result = await work();
      this.#succeeded(isProbe);
      return result;
    } catch (error) {
      if (this.#options.isOutage(error)) this.#failed(isProbe);
      else this.#succeeded(isProbe);
      throw error;
    } finally {
      if (isProbe) this.#isProbing = false;
    }
  }

  /** Opens it at once: a connection that was closed needs no further proof. */
  trip(): void {
    this.#openUntilMonotonicMs = this.#options.clock.monotonicMs() + (this.#options.openMs ?? OPEN_MS);
  }

  #mayProbe(): boolean {
    return !this.#isProbing && this.#options.clock.monotonicMs() >= (this.#openUntilMonotonicMs ?? 0);
  }

  /** An answer to what was asked before the opening says nothing about now; only a probe closes it. */
  #succeeded(isProbe: boolean): void {
    if (this.isOpen && !isProbe) return;
    this.#outagesInARow = 0;
    this.#openUntilMonotonicMs = null;
  }

  #failed(isProbe: boolean): void {
    if (this.#outagesInARow++ === 0) this.#unansweredSinceMonotonicMs = this.#options.clock.monotonicMs();
    if (isProbe || this.#outagesInARow >= (this.#options.failures ?? FAILURES)) this.trip();
  }
}
