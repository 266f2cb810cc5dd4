// Answers that have ended and are kept for whoever comes back, of the whole process: by their ids for a while, by the keys of their
// requests for a day. All of them together are bounded by what they hold, or a burst of long ones would fill the memory.

import type { Generation } from './generation.ts';

/** As much as the cache in memory. */
const BYTES_MOST = 64 * 1_048_576;

export class KeptAnswers {
  readonly #bytesMost: number;
  /** In the order of their ends, each with what those who keep it do to forget it. */
  readonly #kept = new Map<Generation, Set<() => void>>();
  #bytes = 0;

  constructor(bytesMost = BYTES_MOST) {
    this.#bytesMost = bytesMost;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Keeps one that has ended: whoever reads it meanwhile keeps what he has. `forget` is called when there is no more room for it, at once
   * for one that would take all the room there is; the oldest go first. What comes back gives it up before that.
   */
  keep(answer: Generation, forget: () => void): () => void {
    const keepers = this.#kept.get(answer) ?? new Set();
    if (keepers.size === 0) this.#bytes += answer.bytes;
    this.#kept.set(answer, keepers.add(forget));
    for (const [oldest] of this.#kept) {
      if (this.#bytes <= this.#bytesMost) break;
      this.#drop(oldest);
    }
    return () => {
      if (keepers.delete(forget) && keepers.size === 0) this.#drop(answer);
    };
  }

  #drop(answer: Generation): void {
    const keepers = this.#kept.get(answer);
    if (keepers === undefined) return;
    this.#kept.delete(answer);
    this.#bytes -= answer.bytes;
    for (const forget of [...keepers]) forget();
    keepers.clear();
  }
}
