// Which answers there are: those under way, and for a while those that have ended, so that a client that lost its connection finds
// the rest. Bounded by what they hold, not only by time: a burst of long answers must not fill the memory.

import type { Clock } from '../core/clock.ts';
import type { Caller } from '../core/request.ts';
import type { Generation } from './generation.ts';

/** Events of all that have ended together; a word takes some 12 bytes, anything else 100 to 150, so this is at most 30 MB. */
const KEPT_EVENTS = 200_000;

export type Owner = Pick<Caller, 'tenant' | 'userId'>;

interface Entry {
  readonly generation: Generation;
  readonly owner: Owner;
  endedAtMs: number | null;
}

export class Generations {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #keptMs: number;
  readonly #entries = new Map<string, Entry>();
  /** In the order of their ends. */
  readonly #ended = new Set<Entry>();
  #keptEvents = 0;

  /** `keptMs`: how long those that have ended are kept. */
  constructor(clock: Pick<Clock, 'monotonicMs'>, keptMs: number) {
    this.#clock = clock;
    this.#keptMs = keptMs;
  }

  add(generation: Generation, owner: Owner): void {
    this.#entries.set(generation.id, { generation, owner, endedAtMs: null });
  }

  /** It has ended. Kept are those whose readers may come back. */
  end({ id, length }: Generation, isKept: boolean): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.endedAtMs !== null) return;
    if (!isKept) {
      this.#entries.delete(id);
      return;
    }
    entry.endedAtMs = this.#clock.monotonicMs();
    this.#ended.add(entry);
    this.#keptEvents += length;
    this.#forget();
  }

  /** Null: there is none, or it is another's; nobody learns which. */
  find(id: string, isOwner: (owner: Owner) => boolean): Generation | null {
    this.#forget();
    const entry = this.#entries.get(id);
    return entry !== undefined && isOwner(entry.owner) ? entry.generation : null;
  }

  #forget(): void {
    const oldestMs = this.#clock.monotonicMs() - this.#keptMs;
    for (const entry of this.#ended) {
      if ((entry.endedAtMs ?? 0) > oldestMs && this.#keptEvents <= KEPT_EVENTS) return;
      this.#ended.delete(entry);
      this.#entries.delete(entry.generation.id);
      this.#keptEvents -= entry.generation.length;
    }
  }
}
