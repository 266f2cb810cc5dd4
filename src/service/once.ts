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

export class OnceByKey {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** The same request again; null: it is the first. Throws `idempotency_mismatch`, and `in_progress` for who wants a whole answer. */
  find(owner: Owner, key: string, asked: unknown, isStream: boolean): Begun | Promise<Begun> | null {
    if (!/^[\x20-\x7e]+$/.test(key) || key.length > LONGEST_KEY)
      throw llmError('invalid_request', `Idempotency-Key: write 1 to ${LONGEST_KEY} printable ASCII characters`, {
        param: 'idempotency-key',
      });
    const name = nameOf(owner, key);
    const entry = this.#entries.get(name);
    if (entry === undefined) return null;
    const isDone = isReplayable(entry.begun);
    if (isDone === false || this.#clock.monotonicMs() - entry.begunAtMs >= KEPT_MS) {
      this.#entries.delete(name);
      return null;
    }
    if (entry.fingerprint !== fingerprintOf(asked))
      throw llmError('idempotency_mismatch', 'This Idempotency-Key was used for another request: take a new one', {
        param: 'idempotency-key',
      });
    if (isStream || isDone === true) return entry.begun;
    throw llmError('in_progress', 'The first request with this Idempotency-Key is being answered; ask again', {
      retryAfterMs: ASK_AGAIN_MS,
    });
  }

  /** What fails before it begins is as if it never was. */
  keep(owner: Owner, key: string, asked: unknown, begun: Begun | Promise<Begun>): void {
    const name = nameOf(owner, key);
    const entry: Entry = { fingerprint: fingerprintOf(asked), begunAtMs: this.#clock.monotonicMs(), begun };
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

function nameOf({ tenant, userId }: Owner, key: string): string {
  return JSON.stringify([tenant, userId, key]);
}

function fingerprintOf(asked: unknown): string {
  return createHash('sha256').update(canonicalJson(asked)).digest('hex');
}
