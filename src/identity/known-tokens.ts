// What was found out about a token, for as long as it may be believed: a token that was verified passes for 60 s, and from 30 s
// on it is verified again behind the caller's back; a token that is none is refused for 10 s. Entries go by the SHA-256 of the
// WHOLE token: an entry that went by a part of it would give one caller the identity of another (CVE-2026-35030).

import type { Clock } from '../core/clock.ts';
import type { Identity } from '../core/identity.ts';
import { BoundedMap } from './bounded-map.ts';

/** How long a verified token passes: what a revocation that nobody told us of can take. */
const BELIEVED_MS = 60_000;
/** Chosen: half of it, so that a store that is away for less than 30 s is noticed by nobody who is at work. */
const REVERIFIED_AFTER_MS = 30_000;
const REFUSED_MS = 10_000;
/** About 0.5 KB each. */
const TOKENS_KEPT = 10_000;

export type Refusal = 'unauthenticated' | 'key_revoked';

export type Verdict =
  | {
      readonly identity: Identity;
      /** By the wall clock; null: it does not expire. */
      readonly expiresAtMs: number | null;
      /** What it is after that. */
      readonly onceExpired: Refusal;
    }
  | { readonly refusal: Refusal };

export interface Known {
  readonly verdict: Verdict;
  /** Is it time to verify it again? */
  readonly isAging: boolean;
}

interface Entry<V extends Verdict> {
  readonly verdict: V;
  readonly atMonotonicMs: number;
}

type Verified = Extract<Verdict, { readonly identity: Identity }>;
type Refused = Extract<Verdict, { readonly refusal: Refusal }>;

export class KnownTokens {
  readonly #clock: Clock;
  readonly #verified = new BoundedMap<Entry<Verified>>(TOKENS_KEPT);
  /** Apart, so that a flood of tokens that are none drives nobody out who is known. */
  readonly #refused = new BoundedMap<Entry<Refused>>(TOKENS_KEPT);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(digest: string): Known | null {
    const nowMonotonicMs = this.#clock.monotonicMs();
    const verified = this.#verified.get(digest);
    if (verified !== undefined) {
      const ageMs = nowMonotonicMs - verified.atMonotonicMs;
      const { expiresAtMs, onceExpired } = verified.verdict;
      if (expiresAtMs !== null && expiresAtMs <= this.#clock.nowMs())
        return { verdict: { refusal: onceExpired }, isAging: false };
      if (ageMs < BELIEVED_MS) return { verdict: verified.verdict, isAging: ageMs >= REVERIFIED_AFTER_MS };
      this.#verified.delete(digest);
    }
    const refused = this.#refused.get(digest);
    if (refused === undefined) return null;
    if (nowMonotonicMs - refused.atMonotonicMs < REFUSED_MS) return { verdict: refused.verdict, isAging: false };
    this.#refused.delete(digest);
    return null;
  }

  /** `atMonotonicMs`: when it was asked, which is before it was answered. */
  set(digest: string, verdict: Verdict, atMonotonicMs: number): void {
    this.#verified.delete(digest);
    if ('refusal' in verdict) this.#refused.set(digest, { verdict, atMonotonicMs });
    else this.#verified.set(digest, { verdict, atMonotonicMs });
  }

  forget(keyId: string): void {
    this.#verified.deleteWhere(({ verdict }) => verdict.identity.keyId === keyId);
  }
}
