// Makes, lists and revokes API keys. What a key may be is checked here, once, for the library, the gateway and the command line.

import { isName } from '../core/check-words.ts';
import type { Chance, Clock } from '../core/clock.ts';
import { type LLMError, llmError } from '../core/errors.ts';
import type { KeyQuery, KeyStore, RevocationNotices, Role, StoredKey } from '../core/identity.ts';
import { didYouMean } from '../core/near-names.ts';
import type { Report } from '../core/parts.ts';
import type { Authenticator } from './identity.ts';
import { makeKey, storedHashOf } from './keys.ts';

export interface NewKey {
  readonly tenant: string;
  /** Default `user`. */
  readonly role?: Role;
  /** Whose key it is: of a `user` key, and of no other. */
  readonly userId?: string | null;
  /** A tier of the configuration; the configuration's word for the user stands over it. */
  readonly tier?: string | null;
  /** The only models it may ask, as routes or `provider/model`. Default: all. */
  readonly allowedModels?: readonly string[] | null;
  /** Default: it does not expire. */
  readonly expiresAtMs?: number | null;
}

export interface IssuedKey extends StoredKey {
  /** The key itself. It is shown now and never again. */
  readonly key: string;
  /** Was the gateway open until now? From here on it wants a key. */
  readonly first: boolean;
}

export interface KeyRingOptions {
  readonly keys: KeyStore;
  readonly pepper: string;
  readonly authenticator: Authenticator;
  /** Null: no other instance has to be told. */
  readonly notices: RevocationNotices | null;
  /** The tiers that there are now. */
  readonly tiers: () => readonly string[];
  /** Null when a name leads to a model or is a route, now or as soon as its provider is configured; else why not. */
  readonly whyNoModel: (name: string) => string | null;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly report: Report;
}

const ROLES: ReadonlySet<unknown> = new Set<Role>(['admin', 'server', 'user']);
const MODELS_MOST = 100;
/** The last moment that JavaScript can write as a date. */
const LAST_MS = 8.64e15;

export class KeyRing {
  readonly #options: KeyRingOptions;

  constructor(options: KeyRingOptions) {
    this.#options = options;
  }

  /** Throws `invalid_request` for what no key can be. */
  async create(wanted: NewKey): Promise<IssuedKey> {
    const { keys, pepper, authenticator, chance, clock, report } = this.#options;
    const stored = this.#checked(wanted, chance.id('key'), clock.nowMs());
    const first = !(await authenticator.required());
    const key = makeKey();
    await keys.create(stored, storedHashOf(key, pepper));
    authenticator.require();
    const { id, tenant, role } = stored;
    report('info', 'key_created', { key_id: id, tenant, role });
    return { ...stored, key, first };
  }

  list(query: KeyQuery = {}): ReturnType<KeyStore['list']> {
    return this.#options.keys.list(query);
  }

  /** Takes effect in this process at once. Throws `not_found` for an id that is none. */
  async revoke(id: string): Promise<StoredKey> {
    const { keys, authenticator, notices, clock, report } = this.#options;
    const revoked = await keys.revoke(id, clock.nowMs());
    if (revoked === null) throw llmError('not_found', 'There is no key of this id', { param: 'id' });
    authenticator.forget(id);
    report('info', 'key_revoked', { key_id: id, tenant: revoked.tenant });
    // Whom the notice does not reach, looks the key up within a minute.
    await notices?.publish(id).catch((error: unknown) => report('warn', 'revocation_not_told', { key_id: id, error }));
    return revoked;
  }

  #checked(wanted: NewKey, id: string, nowMs: number): StoredKey {
    const { tenant, role = 'user', userId = null, tier = null, allowedModels = null, expiresAtMs = null } = wanted;
    if (!isName(tenant)) throw invalid('tenant', 'is 1 to 256 printable ASCII characters');
    if (!ROLES.has(role)) throw invalid('role', 'is admin, server or user');
    if (role === 'user' && !isName(userId))
      throw invalid('userId', 'is the name of whoever the key is for, 1 to 256 printable ASCII characters');
    // Such are the users of keys that name nobody.
    if (userId?.startsWith('key:')) throw invalid('userId', 'does not begin with key:');
    if (role !== 'user' && userId !== null) throw invalid('userId', `belongs to a user's key only; leave it out`);
    const tiers = this.#options.tiers();
    if (tier !== null && !tiers.includes(tier))
      throw invalid('tier', `${tiersToName(tiers)}.${didYouMean(String(tier), tiers)}`);
    if (allowedModels !== null && !isListOfNames(allowedModels))
      throw invalid('allowedModels', `is a list of 1 to ${MODELS_MOST} names; leave it out for all models`);
    this.#checkModels(allowedModels ?? []);
    if (expiresAtMs !== null && !(Number.isSafeInteger(expiresAtMs) && expiresAtMs > nowMs && expiresAtMs <= LAST_MS))
      throw invalid('expiresAtMs', 'is a moment to come');
    return { id, tenant, userId, role, tier, allowedModels, createdAtMs: nowMs, expiresAtMs, revokedAtMs: null };
  }

  /** A key with a slip in its list would be made, and then refused at every question. */
  #checkModels(names: readonly string[]): void {
    for (const [index, name] of names.entries()) {
      const [param, why] = [`allowedModels[${index}]`, this.#options.whyNoModel(name)];
      if (why !== null) throw llmError('invalid_request', `${param}: ${why}`, { param });
    }
  }
}

/** A configuration may have any number of tiers; a message is for reading. */
const TIERS_NAMED = 20;

function tiersToName(tiers: readonly string[]): string {
  if (tiers.length === 0) return 'is one of the configuration’s tiers, and it has none: leave it out';
  const more = tiers.length > TIERS_NAMED ? ', …' : '';
  return `is one of the configuration’s tiers: ${tiers.slice(0, TIERS_NAMED).join(', ')}${more}`;
}

function isListOfNames(value: unknown): boolean {
  return Array.isArray(value) && value.length >= 1 && value.length <= MODELS_MOST && value.every(isName);
}

function invalid(param: string, what: string): LLMError {
  return llmError('invalid_request', `${param} ${what}`, { param });
}
