// Who asks: a token becomes an Identity, or a refusal that says why. What was verified is remembered for a minute, so a store
// that is away for moments stops nobody; when it cannot be asked and nothing is known, that is 503: never 401, and never open.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { LLMError, llmError } from '../core/errors.ts';
import type { ClientAddress, Identity, KeyStore, StoredKey } from '../core/identity.ts';
import type { Report } from '../core/parts.ts';
import { ClientAddresses } from './client-address.ts';
import { type FetchDocument, JsonWebTokens, type JwtRules, looksLikeJwt } from './json-web-tokens.ts';
import { isKey, storedHashOf } from './keys.ts';
import { KnownTokens, type Refusal, type Verdict } from './known-tokens.ts';
import { SignInLimit } from './sign-in-limit.ts';

export interface IdentityOptions {
  readonly keys: KeyStore;
  readonly pepper: string;
  /** Works without any store; null: there is none. */
  readonly adminKey: string | null;
  /** Null: no tokens but keys are taken. */
  readonly jwt: JwtRules | null;
  readonly fetchDocument: FetchDocument;
  /** Addresses and networks whose X-Forwarded-For counts. */
  readonly trustedProxies: readonly string[];
  readonly clock: Clock;
  readonly report: Report;
}

/** Longer than any key or token that is taken; what is longer is not even hashed. */
const LONGEST_TOKEN = 8_192;
/** How long "no key was ever stored" is believed. A key that is made in this process counts at once. */
const OPEN_FOR_MS = 1_000;
const RETRY_AFTER_MS = 1_000;

const ADMIN: Identity = {
  role: 'admin',
  tenant: 'default',
  userId: null,
  tier: null,
  allowedModels: null,
  keyId: 'admin',
};

export class Authenticator {
  readonly #options: IdentityOptions;
  readonly #adminDigest: Buffer | null;
  readonly #tokens: JsonWebTokens | null;
  readonly #addresses: ClientAddresses;
  readonly #signIns: SignInLimit;
  readonly #known: KnownTokens;
  /** Look-ups under way, one for each token. */
  #flights = new Map<string, Promise<Verdict>>();
  #isRequired: boolean;
  #openUntilMonotonicMs = Number.NEGATIVE_INFINITY;
  /** The look-up under way of whether there is a key at all. */
  #looking: Promise<boolean> | null = null;

  constructor(options: IdentityOptions) {
    const { adminKey, jwt, clock } = options;
    this.#options = options;
    this.#adminDigest = adminKey === null ? null : digestOf(adminKey);
    this.#tokens = jwt === null ? null : new JsonWebTokens(jwt, options.fetchDocument, clock);
    this.#addresses = new ClientAddresses(options.trustedProxies);
    this.#signIns = new SignInLimit(clock);
    this.#known = new KnownTokens(clock);
    this.#isRequired = adminKey !== null || jwt !== null;
  }

  /** Is a key wanted? Not as long as there is no admin key, no JWKS and no key was ever stored. Throws `auth_unavailable`. */
  async required(): Promise<boolean> {
    const { clock, keys } = this.#options;
    if (this.#isRequired) return true;
    if (clock.monotonicMs() < this.#openUntilMonotonicMs) return false;
    // Everybody who asks meanwhile waits for the one answer.
    this.#looking ??= keys.any().finally(() => {
      this.#looking = null;
    });
    const isThereAKey = await this.#looking.catch(unavailable);
    if (isThereAKey) this.#isRequired = true;
    else this.#openUntilMonotonicMs = clock.monotonicMs() + OPEN_FOR_MS;
    return this.#isRequired;
  }

  /** From now on a key is wanted: one was stored. */
  require(): void {
    this.#isRequired = true;
  }

  /**
   * Throws `unauthenticated`, `key_revoked` (revoked or expired), `auth_unavailable`; and `rate_limited` for an address from
   * which too many sign-ins have failed, unless the token is known.
   */
  async authenticate(token: string | null, from: ClientAddress | null = null): Promise<Identity> {
    if (token === null || token === '')
      throw llmError('unauthenticated', 'This needs a key: send Authorization: Bearer …, or x-api-key');
    const digest = token.length > LONGEST_TOKEN ? null : digestOf(token);
    const name = digest?.toString('base64') ?? '';
    const known = digest === null ? null : this.#known.get(name);
    if (known !== null && 'identity' in known.verdict) {
      if (known.isAging) this.#verifyBehind(token, name);
      return known.verdict.identity;
    }
    const network = from === null ? null : this.#addresses.networkOf(from);
    if (network !== null) this.#signIns.check(network);
    const verdict = known?.verdict ?? (digest === null ? UNKNOWN : await this.#verdictOn(token, digest, name));
    if ('identity' in verdict) return verdict.identity;
    if (network !== null && this.#signIns.failed(network))
      this.#options.report('warn', 'sign_ins_limited', { network });
    throw this.#refused(verdict.refusal, token);
  }

  /** A revocation takes effect here at once: what is known of the key is dropped, and what a look-up under way finds is not kept. */
  forget(keyId: string): void {
    this.#known.forget(keyId);
    this.#flights = new Map();
  }

  #refused(refusal: Refusal, token: string): LLMError {
    if (refusal === 'key_revoked')
      return llmError('key_revoked', 'This key was revoked or has expired; ask the operator for another');
    const message =
      this.#tokens !== null && looksLikeJwt(token)
        ? 'This token is not accepted here: it has ended, or its signature, issuer or audience is not the one that is wanted'
        : 'This key is not known here: was it copied whole, and was it made for this gateway?';
    return llmError('unauthenticated', message);
  }

  async #verdictOn(token: string, digest: Buffer, name: string): Promise<Verdict> {
    // Digests have one length, so the comparison takes one time whatever was sent.
    if (this.#adminDigest !== null && timingSafeEqual(digest, this.#adminDigest)) return ADMITTED;
    if (!isKey(token) && !(this.#tokens !== null && looksLikeJwt(token))) return UNKNOWN;
    return this.#flights.get(name) ?? this.#verify(token, name);
  }

  #verify(token: string, name: string): Promise<Verdict> {
    const atMonotonicMs = this.#options.clock.monotonicMs();
    const flights = this.#flights;
    const flight = this.#lookUp(token)
      .then((verdict) => {
        // After a revocation the flights are others: what was found before it may be what it took back.
        if (flights === this.#flights) this.#known.set(name, verdict, atMonotonicMs);
        return verdict;
      })
      .finally(() => flights.delete(name));
    flights.set(name, flight);
    return flight;
  }

  async #lookUp(token: string): Promise<Verdict> {
    const { keys, pepper, clock } = this.#options;
    if (this.#tokens !== null && !isKey(token)) return this.#tokens.verify(token);
    const key = await keys.byHash(storedHashOf(token, pepper)).catch(unavailable);
    return key === null ? UNKNOWN : verdictOf(key, clock.nowMs());
  }

  /** Nobody waits for it; a failure leaves what is known as it is, until it is too old. */
  #verifyBehind(token: string, name: string): void {
    if (this.#flights.has(name)) return;
    this.#verify(token, name).catch((error: unknown) => {
      this.#options.report('warn', 'key_not_reverified', { error });
    });
  }
}

const UNKNOWN: Verdict = { refusal: 'unauthenticated' };
/** Never remembered: comparing it costs less than looking it up, and a guess must not get past the limit. */
const ADMITTED: Verdict = { identity: ADMIN, expiresAtMs: null, onceExpired: 'key_revoked' };

function verdictOf(key: StoredKey, nowMs: number): Verdict {
  const { role, tenant, userId, tier, allowedModels, id, expiresAtMs, revokedAtMs } = key;
  if (revokedAtMs !== null || (expiresAtMs !== null && expiresAtMs <= nowMs)) return { refusal: 'key_revoked' };
  return {
    identity: { role, tenant, userId, tier, allowedModels, keyId: id },
    expiresAtMs,
    onceExpired: 'key_revoked',
  };
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function unavailable(cause: unknown): never {
  if (cause instanceof LLMError && cause.code === 'auth_unavailable') throw cause;
  throw llmError('auth_unavailable', 'The store of the keys does not answer; ask again in a second', {
    cause,
    retryAfterMs: RETRY_AFTER_MS,
  });
}
