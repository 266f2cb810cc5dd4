// Calls of a store that may be away: behind the breaker, and again when the windows it asked for had to be seeded first.

import { type SharedWindowStore, UnseededError } from '../../core/window-store.ts';
import type { Breaker } from '../breaker.ts';
import { type Seed, SeedingFailed } from './seedings.ts';

/** Others that count other windows by their rules end what was just filled, each once: more than two at one moment are rare. */
const SEEDINGS_MOST = 3;

export interface StoreCallsParts {
  readonly shared: SharedWindowStore;
  readonly breaker: Breaker;
  readonly seed: Seed;
  readonly isOutage: (error: unknown) => boolean;
  /** A call found no answer. */
  readonly failed: () => void;
}

export class StoreCalls {
  readonly #parts: StoreCallsParts;

  constructor(parts: StoreCallsParts) {
    this.#parts = parts;
  }

  /** Rejects with SeedingFailed where the windows are not known and cannot be made known. */
  async run<T>(work: (shared: SharedWindowStore) => Promise<T>): Promise<T> {
    for (let seedings = 0; ; seedings++) {
      try {
        return await this.once(work);
      } catch (error) {
        if (!(error instanceof UnseededError)) throw error;
        if (seedings === SEEDINGS_MOST) throw new SeedingFailed(error);
        await this.#parts.seed(error.tag);
      }
    }
  }

  /** Rejects with UnseededError, too. */
  async once<T>(work: (shared: SharedWindowStore) => Promise<T>): Promise<T> {
    const { breaker, shared, failed } = this.#parts;
    try {
      return await breaker.run(() => work(shared));
    } catch (error) {
      if (this.isOutage(error)) failed();
      throw error;
    }
  }

  /** A store that answers but has lost its data is no outage: its windows are refused until they are seeded, never decided alone. */
  isOutage(error: unknown): boolean {
    return !(error instanceof SeedingFailed) && this.#parts.isOutage(error);
  }

  /** It has to be told another time, for whichever of these reasons. */
  isForLater(error: unknown): boolean {
    return error instanceof SeedingFailed || error instanceof UnseededError || this.#parts.isOutage(error);
  }
}
