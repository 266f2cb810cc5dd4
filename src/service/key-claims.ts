// Keys of requests among the processes that share a Redis: who claims a key first makes the answer, the others read it from him. While
// Redis is away no key can be claimed, and a request that bears one is refused: twice paid is what the key is there to prevent.

import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { type LLMError, llmError } from '../core/errors.ts';
import type { Peers } from '../core/peers.ts';
import type { Generation } from '../generations/generation.ts';
import type { FoundElsewhere, SharedGenerations } from '../generations/shared-generations.ts';

const ASK_AGAIN_MS = 1_000;
const GIVE_BACK_AGAIN_MS = 1_000;
/** Some 2 MB. A claim that is forgotten here is forgotten by time alone. */
const OWED_MOST = 10_000;

export interface Begun {
  readonly generation: Generation;
  /** Null: it is not a turn of one. */
  readonly conversationId: string | null;
  /** This process makes it. */
  readonly isHere: boolean;
}

export interface First {
  /** The owner's and the key. */
  readonly name: string;
  /** Of the request. */
  readonly fingerprint: string;
  readonly generationId: string;
  readonly isStream: boolean;
  readonly begin: (generationId: string) => Promise<Begun>;
}

export interface KeyClaimsOptions {
  readonly peers: Peers;
  readonly generations: Pick<SharedGenerations, 'find'>;
  readonly keptMs: number;
  readonly clock: Pick<Clock, 'after'>;
}

const claimText = z.object({ fingerprint: z.string(), peer: z.string(), generationId: z.string() });
type Claim = z.output<typeof claimText>;

export class KeyClaims {
  readonly #peers: Peers;
  readonly #generations: Pick<SharedGenerations, 'find'>;
  readonly #keptMs: number;
  readonly #clock: Pick<Clock, 'after'>;
  /** Claims that came to nothing, by their texts, which Redis may have: also those of which it did not say so in time. */
  readonly #owed = new Map<string, string>();
  #isGivingBack = false;
  #cancel = () => {};

  constructor({ peers, generations, keptMs, clock }: KeyClaimsOptions) {
    this.#peers = peers;
    this.#generations = generations;
    this.#keptMs = keptMs;
    this.#clock = clock;
  }

  /** Begins it, or finds what was begun elsewhere. */
  async first({ name, fingerprint, generationId, isStream, begin }: First): Promise<Begun> {
    const peers = this.#peers;
    const key = `once:${name}`;
    const own = JSON.stringify({ fingerprint, peer: peers.id, generationId } satisfies Claim);
    // An answer that the others could not read would be theirs to wait for in vain.
    if (!(await peers.hasRoom())) throw noRoom();
    for (;;) {
      const giveBack = () => this.#giveBack(key, own);
      const text = await peers.claim(key, own, this.#keptMs).catch((error: unknown) => {
        giveBack();
        throw error;
      });
      if (text === own) return beginOwn(() => begin(generationId), giveBack);
      const claim = this.#owed.has(text) ? null : claimFrom(text);
      const found = claim === null ? null : await this.#elsewhere(claim, fingerprint, isStream);
      if (found !== null) return { ...found, isHere: false };
      // It came to nothing there, so this request is the first.
      await peers.release(key, text);
    }
  }

  /** What is owed by then is given back by time alone. */
  close(): void {
    this.#owed.clear();
    this.#cancel();
  }

  #giveBack(key: string, claim: string): void {
    this.#owed.set(claim, key);
    const [oldest = claim] = this.#owed.keys();
    if (this.#owed.size > OWED_MOST) this.#owed.delete(oldest);
    if (!this.#isGivingBack) void this.#giveAllBack();
  }

  async #giveAllBack(): Promise<void> {
    this.#isGivingBack = true;
    try {
      for (const [claim, key] of this.#owed) {
        await this.#peers.release(key, claim);
        this.#owed.delete(claim);
      }
      this.#isGivingBack = false;
    } catch {
      // It was closed meanwhile.
      if (this.#owed.size === 0) return;
      this.#cancel = this.#clock.after(GIVE_BACK_AGAIN_MS, () => void this.#giveAllBack());
    }
  }

  /** Null: nothing was asked for it. */
  async #elsewhere(claim: Claim, fingerprint: string, isStream: boolean): Promise<FoundElsewhere | null> {
    if (claim.fingerprint !== fingerprint) throw mismatch();
    const found = await this.#settled(claim);
    if (found === null) throw inProgress();
    const isDone = isReplayable(found);
    if (isDone === false) return null;
    if (!isStream && isDone === null) throw inProgress();
    return found;
  }

  /** Null: it is not written yet. Of a process that is dead it is what was written, or lost. */
  async #settled({ generationId, peer }: Claim): Promise<FoundElsewhere | null> {
    const found = await this.#generations.find(generationId);
    if (found?.generation.ended || (await this.#peers.isAlive(peer))) return found;
    // Its last words may have come between the two questions.
    const last = await this.#generations.find(generationId);
    if (last?.generation.ended) return last;
    throw lost();
  }
}

async function beginOwn(begin: () => Promise<Begun>, giveBack: () => void): Promise<Begun> {
  try {
    const begun = await begin();
    begun.generation.whenEnded(() => {
      if (isReplayable(begun) === false) giveBack();
    });
    return begun;
  } catch (error) {
    giveBack();
    throw error;
  }
}

function claimFrom(text: string): Claim | null {
  try {
    return claimText.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Null: it is under way. False: nothing was asked for it, so it may be tried again. */
export function isReplayable({ generation }: Pick<Begun, 'generation'>): boolean | null {
  if (!generation.ended) return null;
  const { failure } = generation;
  // Nobody knows what was asked for what was lost.
  if (failure === null || failure.code === 'generation_lost') return true;
  return (failure.detail.attempts ?? []).some(({ outcome }) => outcome !== 'skipped');
}

export function inProgress(): LLMError {
  return llmError('in_progress', 'The first request with this Idempotency-Key is being answered; ask again', {
    retryAfterMs: ASK_AGAIN_MS,
  });
}

export function mismatch(): LLMError {
  return llmError('idempotency_mismatch', 'This Idempotency-Key was used for another request: take a new one', {
    param: 'idempotency-key',
  });
}

function noRoom(): LLMError {
  const message =
    'Redis is nearly full, so other instances could not be told of this answer: ask again, or without the Idempotency-Key';
  return llmError('store_unavailable', message, { retryAfterMs: 5_000 });
}

function lost(): LLMError {
  const message =
    'The instance that took the first request with this Idempotency-Key has died; see the usage, then ask under a new key';
  return llmError('generation_lost', message, { param: 'idempotency-key' });
}
