// Requests that bear a key of their caller's (`Idempotency-Key`): sent again, they are answered by the first, whose answer goes on
// without its reader since he is expected back. Keys are one user's own, in this process; what never began leaves none.

import { createHash } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { llmError } from '../core/errors.ts';
import { canonicalJson } from '../core/json.ts';
import type { Generation } from '../generations/generation.ts';
import type { Owner } from '../generations/registry.ts';

/** As the drafts and Stripe have it: at least a day, as far as the memory for it lasts. */
const KEPT_MS = 24 * 3_600_000;
const KEYS_MOST = 10_000;
/** Events of all kept answers together, some 30 MB at most. */
const KEPT_EVENTS = 200_000;
const ASK_AGAIN_MS = 1_000;
const LONGEST_KEY = 255;

export interface Begun {
  readonly generation: Generation;
  /** Null: it is not a turn of one. */
  readonly conversationId: string | null;
}

interface Entry {
  readonly fingerprint: string;
  readonly begunAtMs: number;
  begun: Begun | Promise<Begun>;
}

/** One request under its key. */
export interface OnceUnderKey {
  /** The same request sent before; null: it is the first. Throws `idempotency_mismatch`, and `in_progress` for who wants a whole answer. */
  find(isStream: boolean): Begun | Promise<Begun> | null;
  /** What fails before it begins is as if it never was. */
  keep(begun: Begun | Promise<Begun>): void;
}

export class OnceByKey {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Throws `invalid_request` for what is no key. */
  under(owner: Owner, key: string, asked: unknown): OnceUnderKey {
    if (!/^[\x20-\x7e]+$/.test(key) || key.length > LONGEST_KEY)
      throw llmError('invalid_request', `Idempotency-Key: write 1 to ${LONGEST_KEY} printable ASCII characters`, {
        param: 'idempotency-key',
      });
    const name = JSON.stringify([owner.tenant, owner.userId, key]);
    const fingerprint = createHash('sha256').update(canonicalJson(asked)).digest('hex');
    return {
      find: (isStream) => this.#find(name, fingerprint, isStream),
      keep: (begun) => this.#keep(name, fingerprint, begun),
    };
  }

  #find(name: string, fingerprint: string, isStream: boolean): Begun | Promise<Begun> | null {
    const entry = this.#entries.get(name);
    if (entry === undefined) return null;
    const isDone = isReplayable(entry.begun);
    if (isDone === false || this.#clock.monotonicMs() - entry.begunAtMs >= KEPT_MS) {
      this.#entries.delete(name);
      return null;
    }
    if (entry.fingerprint !== fingerprint)
      throw llmError('idempotency_mismatch', 'This Idempotency-Key was used for another request: take a new one', {
        param: 'idempotency-key',
      });
    if (isStream || isDone === true) return entry.begun;
    throw llmError('in_progress', 'The first request with this Idempotency-Key is being answered; ask again', {
      retryAfterMs: ASK_AGAIN_MS,
    });
  }

  #keep(name: string, fingerprint: string, begun: Begun | Promise<Begun>): void {
    const entry: Entry = { fingerprint, begunAtMs: this.#clock.monotonicMs(), begun };
    this.#entries.set(name, entry);
    if (begun instanceof Promise) {
      begun.then(
        (known) => {
          entry.begun = known;
        },
        () => {
          if (this.#entries.get(name) === entry) this.#entries.delete(name);
        },
      );
    }
    this.#forget();
  }

  #forget(): void {
    const oldestMs = this.#clock.monotonicMs() - KEPT_MS;
    let events = 0;
    for (const { begun } of this.#entries.values()) if (!(begun instanceof Promise)) events += begun.generation.length;
    for (const [name, { begun, begunAtMs }] of this.#entries) {
      if (begunAtMs > oldestMs && events <= KEPT_EVENTS && this.#entries.size <= KEYS_MOST) return;
      if (!(begun instanceof Promise)) events -= begun.generation.length;
      this.#entries.delete(name);
    }
  }
}

/** Null: it is under way. False: nothing was asked for it, so it may be tried again. */
function isReplayable(begun: Begun | Promise<Begun>): boolean | null {
  if (begun instanceof Promise || !begun.generation.ended) return null;
  const { failure } = begun.generation;
  return failure === null || (failure.detail.attempts ?? []).some(({ outcome }) => outcome !== 'skipped');
}
