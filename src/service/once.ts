// Requests that bear a key of their caller's (`Idempotency-Key`): sent again, they are answered by the first, whose answer goes on
// without its reader since he is expected back. Keys are one user's own; what never began leaves none.

import { createHash } from 'node:crypto';
import type { Chance, Clock } from '../core/clock.ts';
import { llmError } from '../core/errors.ts';
import { canonicalJson } from '../core/json.ts';
import type { Generation } from '../generations/generation.ts';
import type { KeptAnswers } from '../generations/kept-answers.ts';
import type { Owner } from '../generations/registry.ts';
import { type Begun, inProgress, isReplayable, type KeyClaims, mismatch } from './key-claims.ts';

/** As the drafts and Stripe have it: at least a day, as far as the memory for it lasts. */
export const KEY_KEPT_MS = 24 * 3_600_000;
const KEYS_MOST = 10_000;
const LONGEST_KEY = 255;

interface Entry {
  readonly fingerprint: string;
  readonly begunAtMs: number;
  begun: Begun | Promise<Begun>;
  /** Its answer is kept for nobody else's sake. */
  giveUp: () => void;
}

/** A request under its key. */
export interface Keyed {
  readonly owner: Owner;
  readonly key: string;
  /** All that makes it this request. */
  readonly asked: unknown;
  readonly isStream: boolean;
  /** Makes the answer under this id, when it is the first. */
  readonly begin: (generationId: string) => Promise<Begun>;
}

export interface OnceOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly chance: Chance;
  /** A key is forgotten with its answer. */
  readonly kept: KeptAnswers;
  /** Null: keys hold in this process alone. */
  readonly claims: KeyClaims | null;
}

export class OnceByKey {
  readonly #options: OnceOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: OnceOptions) {
    this.#options = options;
  }

  /**
   * The answer to the first request under the key. Rejects with `invalid_request` for what is no key, `idempotency_mismatch` for
   * another request, and `in_progress` for who wants whole what is being made.
   */
  async run({ owner, key, asked, isStream, begin }: Keyed): Promise<Begun> {
    if (!/^[\x20-\x7e]+$/.test(key) || key.length > LONGEST_KEY)
      throw llmError('invalid_request', `Idempotency-Key: write 1 to ${LONGEST_KEY} printable ASCII characters`, {
        param: 'idempotency-key',
      });
    const name = JSON.stringify([owner.tenant, owner.userId, key]);
    const fingerprint = createHash('sha256').update(canonicalJson(asked)).digest('hex');
    const known = this.#find(name, fingerprint, isStream);
    if (known !== null) return known;
    const { claims, chance } = this.#options;
    const generationId = chance.id('gen');
    if (claims === null) return this.#keep(name, fingerprint, begin(generationId));
    const first = claims.first({ name, fingerprint, generationId, isStream, begin });
    return this.#keep(name, fingerprint, first);
  }

  #find(name: string, fingerprint: string, isStream: boolean): Begun | Promise<Begun> | null {
    const entry = this.#entries.get(name);
    if (entry === undefined) return null;
    const { begun } = entry;
    const isDone = begun instanceof Promise ? null : isReplayable(begun);
    if (isDone === false || this.#options.clock.monotonicMs() - entry.begunAtMs >= KEY_KEPT_MS) {
      this.#drop(name, entry);
      return null;
    }
    if (entry.fingerprint !== fingerprint) throw mismatch();
    if (isStream || isDone === true) return begun;
    throw inProgress();
  }

  async #keep(name: string, fingerprint: string, beginning: Promise<Begun>): Promise<Begun> {
    const begunAtMs = this.#options.clock.monotonicMs();
    const entry: Entry = { fingerprint, begunAtMs, begun: beginning, giveUp: () => {} };
    this.#entries.set(name, entry);
    this.#forgetOld();
    try {
      const begun = await beginning;
      entry.begun = begun;
      // Who has it keeps it; here it is read as long as somebody reads it.
      if (begun.isHere) begun.generation.whenEnded(() => this.#ended(name, entry, begun.generation));
      else this.#drop(name, entry);
      return begun;
    } catch (error) {
      this.#drop(name, entry);
      throw error;
    }
  }

  #ended(name: string, entry: Entry, answer: Generation): void {
    if (this.#entries.get(name) === entry)
      entry.giveUp = this.#options.kept.keep(answer, () => this.#drop(name, entry));
  }

  #drop(name: string, entry: Entry): void {
    if (this.#entries.get(name) === entry) this.#entries.delete(name);
    entry.giveUp();
  }

  #forgetOld(): void {
    const oldestMs = this.#options.clock.monotonicMs() - KEY_KEPT_MS;
    for (const [name, entry] of this.#entries) {
      if (entry.begunAtMs > oldestMs && this.#entries.size <= KEYS_MOST) return;
      this.#drop(name, entry);
    }
  }
}
