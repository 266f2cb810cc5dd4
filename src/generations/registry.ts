// Which answers there are: those under way, and for a while those that have ended, so that a client that lost its connection finds
// the rest.

import type { Clock } from '../core/clock.ts';
import type { Caller } from '../core/request.ts';
import type { Generation } from './generation.ts';
import type { KeptAnswers } from './kept-answers.ts';

export type Owner = Pick<Caller, 'tenant' | 'userId'>;

interface Entry {
  readonly generation: Generation;
  readonly owner: Owner;
  /** Null: it is under way. */
  kept: { readonly sinceMs: number; readonly giveUp: () => void } | null;
}

export class Generations {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #keptMs: number;
  readonly #entries = new Map<string, Entry>();
  readonly #kept: KeptAnswers;
  /** In the order of their ends. */
  readonly #ended = new Set<Entry>();

  /** `keptMs`: how long those that have ended are kept, as long as `kept` has room for them. */
  constructor(clock: Pick<Clock, 'monotonicMs'>, keptMs: number, kept: KeptAnswers) {
    this.#clock = clock;
    this.#keptMs = keptMs;
    this.#kept = kept;
  }

  add(generation: Generation, owner: Owner): void {
    this.#entries.set(generation.id, { generation, owner, kept: null });
  }

  /** It has ended. Kept are those whose readers may come back. */
  end(generation: Generation, isKept: boolean): void {
    const entry = this.#entries.get(generation.id);
    if (entry === undefined || entry.kept !== null) return;
    if (!isKept) {
      this.#entries.delete(generation.id);
      return;
    }
    this.#ended.add(entry);
    const giveUp = this.#kept.keep(generation, () => this.#forget(entry));
    entry.kept = { sinceMs: this.#clock.monotonicMs(), giveUp };
    this.#forgetOld();
  }

  /** Null: there is none, or it is another's; nobody learns which. */
  find(id: string, isOwner: (owner: Owner) => boolean): Generation | null {
    this.#forgetOld();
    const entry = this.#entries.get(id);
    return entry !== undefined && isOwner(entry.owner) ? entry.generation : null;
  }

  #forgetOld(): void {
    const oldestMs = this.#clock.monotonicMs() - this.#keptMs;
    for (const entry of this.#ended) {
      if (entry.kept === null || entry.kept.sinceMs > oldestMs) return;
      this.#forget(entry);
      entry.kept.giveUp();
    }
  }

  #forget(entry: Entry): void {
    this.#ended.delete(entry);
    this.#entries.delete(entry.generation.id);
  }
}
