// Who may ask, put together: keys and tokens from the configuration and the store, as the public face shows them.

import { type Config, ConfigError } from '../config.ts';
import type { Chance, Clock } from '../core/clock.ts';
import type { KeyStore, RevocationNotices } from '../core/identity.ts';
import type { Report } from '../core/parts.ts';
import { Authenticator } from '../identity/identity.ts';
import type { JwtRules } from '../identity/json-web-tokens.ts';
import { KeyRing } from '../identity/key-ring.ts';
import { derivedFrom, pepperIn, randomPepper } from '../identity/pepper.ts';
import { fetchDocument } from '../transport/fetch-document.ts';
import type { LLMService } from './face.ts';

export interface IdentityParts {
  readonly config: Config;
  readonly keys: KeyStore;
  /** Those of the configuration, which a reload changes. */
  readonly tiers: () => readonly string[];
  /** Why a name leads to no model and to no route of the configuration; null: it does. */
  readonly whyNoModel: (name: string) => string | null;
  /** Where the embedded mode keeps its pepper; null: nowhere, since the keys end with the process. */
  readonly pepperFile: string | null;
  /** Other instances verify the same keys: then each must be given the same pepper. */
  readonly isShared: boolean;
  /** Null: there is no other instance. */
  readonly notices: RevocationNotices | null;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly report: Report;
}

export interface OpenedIdentity {
  readonly keys: LLMService['keys'];
  readonly identity: LLMService['identity'];
  /** Those that have or had a key. */
  tenants(): Promise<readonly string[]>;
  /** A secret for one purpose, the same wherever the pepper is; the pepper cannot be found from it. */
  secretFor(purpose: string): string;
  /** Closes the store too. */
  close(): Promise<void>;
}

/** Throws a ConfigError where a pepper is wanted and none is set. */
export function openIdentity(parts: IdentityParts): OpenedIdentity {
  const { config, keys, notices, clock, chance, report } = parts;
  const pepper = pepperOf(parts);
  const authenticator = new Authenticator({
    keys,
    pepper,
    adminKey: config.adminKey?.reveal() ?? null,
    jwt: jwtRulesOf(config),
    fetchDocument,
    trustedProxies: config.trustedProxies ?? [],
    clock,
    report,
  });
  const ring = new KeyRing({
    keys,
    pepper,
    authenticator,
    notices,
    tiers: parts.tiers,
    whyNoModel: parts.whyNoModel,
    clock,
    chance,
    report,
  });
  const unsubscribe = notices?.subscribe((keyId) => authenticator.forget(keyId));
  return {
    keys: {
      create: (key) => ring.create(key),
      list: (query) => ring.list(query),
      revoke: (id) => ring.revoke(id),
    },
    identity: {
      required: () => authenticator.required(),
      authenticate: (token, from) => authenticator.authenticate(token, from),
    },
    tenants: () => keys.tenants(),
    secretFor: (purpose) => derivedFrom(pepper, purpose),
    async close() {
      unsubscribe?.();
      await keys.close();
    },
  };
}

function pepperOf({ config, pepperFile, isShared }: IdentityParts): string {
  if (config.keyPepper !== null) return config.keyPepper.reveal();
  if (isShared) {
    const write = 'set it to a secret of at least 32 characters, the same for all instances, since DATABASE_URL is set';
    throw new ConfigError([{ where: 'LLM_KEY_PEPPER', found: null, write }]);
  }
  return pepperFile === null ? randomPepper() : pepperIn(pepperFile);
}

function jwtRulesOf({ jwt }: Config): JwtRules | null {
  if (jwt === null) return null;
  return {
    jwksUrl: jwt.jwks_url,
    issuer: jwt.issuer,
    audience: jwt.audience,
    algorithms: jwt.algorithms,
    tenantClaim: jwt.tenant_claim ?? null,
    userClaim: jwt.user_claim ?? 'sub',
    tierClaim: jwt.tier_claim ?? null,
  };
}
