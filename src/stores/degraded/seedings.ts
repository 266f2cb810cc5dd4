// Filling the windows of a tag again, once for all who wait for it, and within a deadline: whoever asks for a tenant whose windows
// the store has lost waits for this, and is refused when it fails. It is never let through.

import type { Clock } from '../../core/clock.ts';
import { LLMError } from '../../core/errors.ts';

/** Others write down what they have (some 300 ms), then the ledger is asked. */
const DEADLINE_MS = 2_000;
const RETRY_AFTER_MS = 2_000;

/** The store answers, but what a tenant has used is not known there and could not be had from the ledger. */
export class SeedingFailed extends LLMError {
  constructor(cause: unknown) {
    super(
      'store_unavailable',
      'What this tenant has used so far is not known at the moment: the store has lost it and the ledger cannot tell; ask again in a moment',
      { cause, retryAfterMs: RETRY_AFTER_MS },
    );
  }
}

export type Seed = (tag: string) => Promise<void>;

/** Rejects with SeedingFailed. One that takes longer than anybody waits goes on alone: a second beside it would only slow it down. */
export function singleFlight(seed: Seed, clock: Clock): Seed {
  const running = new Map<string, Promise<void>>();
  return (tag) => {
    const known = running.get(tag);
    if (known !== undefined) return withDeadline(known, clock);
    const started = seed(tag).finally(() => running.delete(tag));
    running.set(tag, started);
    return withDeadline(started, clock);
  };
}

function withDeadline(work: Promise<void>, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(DEADLINE_MS, () => reject(new SeedingFailed(`It took more than ${DEADLINE_MS} ms`)));
    work.then(resolve, (cause: unknown) => reject(new SeedingFailed(cause))).finally(cancel);
  });
}
