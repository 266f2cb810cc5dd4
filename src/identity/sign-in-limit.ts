// Failed sign-ins by network: sixty in any minute, and the sixty-first is refused before anything is looked up. Only failures
// count, so nobody who has a key ever meets it, unless a neighbour behind the same address fails sixty times.

import type { Clock } from '../core/clock.ts';
import { llmError } from '../core/errors.ts';
import { BoundedMap } from './bounded-map.ts';

const FAILURES = 60;
const MINUTE_MS = 60_000;
/** At 60 numbers each about 5 MB at the worst. */
const NETWORKS_KEPT = 10_000;

export class SignInLimit {
  readonly #clock: Clock;
  /** The moments of the last failures, oldest first, at most 60. */
  readonly #failures = new BoundedMap<number[]>(NETWORKS_KEPT);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws `rate_limited` for a network that has failed too often. */
  check(network: string): void {
    const [oldest, ...others] = this.#failures.get(network) ?? [];
    if (oldest === undefined || others.length + 1 < FAILURES) return;
    const retryAfterMs = oldest + MINUTE_MS - this.#clock.monotonicMs();
    if (retryAfterMs <= 0) return;
    throw llmError(
      'rate_limited',
      `${FAILURES} sign-ins from this address have failed within a minute; mend the key, and ask again later`,
      { retryAfterMs },
    );
  }

  /** True: it was the last that is let through, worth a line in the log. */
  failed(network: string): boolean {
    const failures = this.#failures.get(network) ?? [];
    failures.push(this.#clock.monotonicMs());
    if (failures.length > FAILURES) failures.shift();
    this.#failures.set(network, failures);
    return failures.length === FAILURES && (failures[0] ?? 0) + MINUTE_MS > this.#clock.monotonicMs();
  }
}
