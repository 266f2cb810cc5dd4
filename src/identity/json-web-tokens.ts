// Tokens of somebody else's sign-in (JWT), verified with the keys that it publishes (JWKS). What may be trusted comes from the
// configuration alone: a token names neither its algorithm nor a place to fetch a key from (`jku`, `x5u`, `jwk` are not looked at).

import { createRemoteJWKSet, customFetch, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { isName } from '../core/check-words.ts';
import type { Clock } from '../core/clock.ts';
import { LLMError, llmError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { arrayAt, type Json } from '../core/json.ts';
import type { Verdict } from './known-tokens.ts';

export interface JwtRules {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  /** Asymmetric ones alone: with HS256 the public key would be the secret. */
  readonly algorithms: readonly string[];
  /** Null: all tokens are of tenant `default`. */
  readonly tenantClaim: string | null;
  readonly userClaim: string;
  /** Null: tokens name no tier. */
  readonly tierClaim: string | null;
}

/** The text of one document over HTTP, bounded and without redirects; rejects when it cannot be had. */
export type FetchDocument = (url: string, signal: AbortSignal) => Promise<string>;

/** Longer than any that fits well into a header; what is longer is not even looked at. */
const LONGEST_TOKEN = 8_192;
/** Three parts: JWS. A JWE has five. */
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Clocks of two machines are seldom farther apart. It is for `nbf` and `iat`; `exp` is exact. */
const LEEWAY_SECONDS = 60;
const FETCH_TIMEOUT_MS = 3_000;
/** A token that names an unknown key leads to one look at most in so long, whoever sends how many. */
const COOLDOWN_MS = 30_000;
/** When the published keys are looked at again, behind the caller's back. */
const REFRESH_MS = 600_000;
/** How long keys are used that could not be looked at again: one that its owner has withdrawn counts so long at the most. */
const STALE_MS = 3_600_000;
/** After a fetch that failed, others fail at once for so long: a flood of tokens is no flood of fetches. */
const FAILED_MS = 1_000;

export function looksLikeJwt(token: string): boolean {
  return token.length <= LONGEST_TOKEN && COMPACT_JWS.test(token);
}

export class JsonWebTokens {
  readonly #rules: JwtRules;
  readonly #clock: Clock;
  readonly #keys: JWTVerifyGetKey & { reload(): Promise<void>; jwks(): unknown };
  #loadedMonotonicMs = Number.NEGATIVE_INFINITY;
  #failedMonotonicMs = Number.NEGATIVE_INFINITY;

  constructor(rules: JwtRules, fetchDocument: FetchDocument, clock: Clock) {
    this.#rules = rules;
    this.#clock = clock;
    this.#keys = createRemoteJWKSet(new URL(rules.jwksUrl), {
      timeoutDuration: FETCH_TIMEOUT_MS,
      cooldownDuration: COOLDOWN_MS,
      // Whether they are too old is decided here: keys that are there go on while their publisher is away.
      cacheMaxAge: Number.POSITIVE_INFINITY,
      [customFetch]: (url, { signal }) => this.#published(url, signal, fetchDocument),
    });
  }

  /** Throws `auth_unavailable` when the keys cannot be had. */
  async verify(token: string): Promise<Verdict> {
    await this.#freshen();
    const nowMs = this.#clock.nowMs();
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        algorithms: [...this.#rules.algorithms],
        issuer: this.#rules.issuer,
        audience: this.#rules.audience,
        requiredClaims: ['exp'],
        clockTolerance: LEEWAY_SECONDS,
        currentDate: new Date(nowMs),
      });
      return this.#verdictOf(payload, nowMs);
    } catch (thrown) {
      if (isAboutTheToken(thrown)) return REFUSED;
      throw unavailable(thrown);
    }
  }

  #verdictOf(payload: JWTPayload, nowMs: number): Verdict {
    const { exp, iat } = payload;
    const identity = this.#identityOf(payload);
    const expiresAtMs = exp === undefined ? 0 : exp * 1_000;
    const isFromTheFuture = iat !== undefined && iat * 1_000 > nowMs + LEEWAY_SECONDS * 1_000;
    if (identity === null || isFromTheFuture || expiresAtMs <= nowMs) return REFUSED;
    return { identity, expiresAtMs, onceExpired: 'unauthenticated' };
  }

  /** Null: a claim that the configuration asks for is not there, or is no name. */
  #identityOf(payload: JWTPayload): Identity | null {
    const { tenantClaim, userClaim, tierClaim } = this.#rules;
    const tenant = tenantClaim === null ? 'default' : payload[tenantClaim];
    const userId = payload[userClaim];
    const tier = tierClaim === null ? null : (payload[tierClaim] ?? null);
    if (!isName(tenant) || !isName(userId) || !(tier === null || isName(tier))) return null;
    // These are users of keys that name nobody; no token may pass for one.
    if (userId.startsWith('key:')) return null;
    const { sub } = payload;
    return { role: 'user', tenant, userId, tier, allowedModels: null, keyId: `jwt:${isName(sub) ? sub : userId}` };
  }

  /** Looks for newer keys when those at hand have become old; waits for it only when they are too old to be used. */
  async #freshen(): Promise<void> {
    const ageMs = this.#clock.monotonicMs() - this.#loadedMonotonicMs;
    if (this.#keys.jwks() === undefined || ageMs < REFRESH_MS) return;
    const reload = this.#keys.reload();
    if (ageMs < STALE_MS) {
      reload.catch(() => {});
      return;
    }
    await reload.catch((thrown: unknown) => {
      throw unavailable(thrown);
    });
  }

  async #published(url: string, signal: AbortSignal, fetchDocument: FetchDocument): Promise<Response> {
    if (this.#clock.monotonicMs() - this.#failedMonotonicMs < FAILED_MS) throw unavailable(null);
    try {
      const text = await fetchDocument(url, signal);
      const document: Json = JSON.parse(text);
      if (arrayAt(document, 'keys') === null) throw new Error('What is published there are no keys');
      this.#loadedMonotonicMs = this.#clock.monotonicMs();
      return new Response(text);
    } catch (thrown) {
      this.#failedMonotonicMs = this.#clock.monotonicMs();
      throw unavailable(thrown);
    }
  }
}

const REFUSED: Verdict = { refusal: 'unauthenticated' };

/** Everything else is about the keys, or a fault of ours: then the token may be right. */
function isAboutTheToken(thrown: unknown): boolean {
  return [
    errors.JWTClaimValidationFailed,
    errors.JWTExpired,
    errors.JWTInvalid,
    errors.JWSInvalid,
    errors.JWSSignatureVerificationFailed,
    errors.JOSEAlgNotAllowed,
    errors.JOSENotSupported,
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys,
  ].some((about) => thrown instanceof about);
}

function unavailable(cause: unknown): LLMError {
  if (cause instanceof LLMError) return cause;
  return llmError('auth_unavailable', 'The keys that tokens are signed with cannot be had now; ask again in a second', {
    cause,
    retryAfterMs: FAILED_MS,
  });
}
