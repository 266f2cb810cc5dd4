// The operator's decisions as the steps read them: the windows of a caller first of all. A user's own window wins over the
// tier's, the tier's over the defaults; what is left out stays as the next one has it. A user is named alone, for every tenant,
// or as `tenant/user`, which stands over that.

import { accountOf } from '../core/health.ts';
import type { Policy } from '../core/parts.ts';
import type { Caller } from '../core/request.ts';
import { keyPart, kindOf, unlimited, type Window, type WindowName } from '../core/windows.ts';
import type { WindowLimits } from './document.ts';
import type { Config } from './loaded-config.ts';

/** Calls of one user under way at once, when nobody says otherwise. */
const DEFAULT_IN_FLIGHT = 32;
// Windows are the same objects for every call of a caller, as long as so many callers are not passed.
const CALLERS_KEPT = 10_000;

const WINDOW_NAMES = [
  'requests_per_minute',
  'requests_per_day',
  'tokens_per_minute',
  'tokens_per_day',
  'in_flight',
  'usd_per_day',
  'usd_per_month',
] as const satisfies readonly WindowName[];

type CallerName = Pick<Caller, 'tenant' | 'userId'>;

export function policyOf(config: Config): Policy & {
  /** The name of the caller's tier; null: none, so the default windows apply. */
  tierOf(caller: Caller): string | null;
  /** The kinds of all windows that are counted in this tenant. One that is new here was not counted before. */
  kindsOf(tenant: string): readonly string[];
} {
  const defaults: WindowLimits = {
    requests_per_minute: config.groqRateLimitRpm,
    requests_per_day: config.groqRateLimitRpd,
    in_flight: DEFAULT_IN_FLIGHT,
  };
  // The first slash of a row's name ends the tenant, so a name with one is never another tenant's: whoever may choose a user's name
  // must not choose the limits of `acme/vip` along with it.
  const userRow = ({ tenant, userId }: CallerName) =>
    (tenant.includes('/') ? undefined : config.users.get(`${tenant}/${userId}`)) ??
    (userId.includes('/') ? undefined : config.users.get(userId));
  /** The configuration's word for a user, that of the key, the default; a key's tier that is configured no more is none. */
  const tierOf = (caller: Caller) => {
    const ofKey = caller.tier ?? null;
    return userRow(caller)?.tier ?? (ofKey !== null && config.tiers.has(ofKey) ? ofKey : config.defaultTier);
  };
  const levelsOf = (caller: Caller) => [userRow(caller), config.tiers.get(tierOf(caller) ?? '')] as const;
  /** What any user may have of any tier: it is counted for all users, so that another tier gives nobody a fresh budget. */
  const everyLevel = [defaults, ...config.tiers.values(), ...config.users.values()];
  const windowsFor = (caller: CallerName, levels: readonly WindowLimits[]): CallerWindows => {
    const tenant = config.tenants.get(caller.tenant) ?? {};
    const timezone = tenant.timezone ?? 'UTC';
    const tenantKey = keyPart(caller.tenant);
    const ofUser = { scope: 'user', scopeKey: `${tenantKey}/${keyPart(caller.userId)}`, timezone } as const;
    const limited = [
      ...windowsIn([userRow(caller) ?? {}, ...levels, defaults], ofUser),
      ...windowsIn([tenant], { scope: 'tenant', scopeKey: tenantKey, timezone }),
    ];
    const others = windowsIn(everyLevel, ofUser).filter(
      ({ name }) => !limited.some((window) => window.scope === 'user' && window.name === name),
    );
    return { limited, counted: others.length === 0 ? limited : [...limited, ...unlimited(others)] };
  };
  const kept = new Map<string, CallerWindows>();
  const keptFor = (caller: Caller): CallerWindows => {
    const tier = tierOf(caller) ?? '';
    const key = `${keyPart(caller.tenant)}/${keyPart(caller.userId)}/${keyPart(tier)}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    if (kept.size >= CALLERS_KEPT) kept.clear();
    const windows = windowsFor(caller, [config.tiers.get(tier) ?? {}]);
    kept.set(key, windows);
    return windows;
  };
  return {
    temperature: config.temperature,
    maxTokens: config.maxTokens,
    contextMaxMessages: config.contextMaxMessages,
    contextMaxTokens: config.contextMaxTokens,
    cacheTtlMs: config.cacheTtlSeconds * 1_000,
    cacheScope: config.cacheScope,
    retry: {
      maxRetries: config.maxRetries,
      baseMs: config.retryBaseMs,
      factor: config.retryFactor,
      jitter: config.retryJitter,
    },
    breaker: { failures: config.breakerFailures, windowMs: config.breakerWindowMs, openMs: config.breakerOpenMs },
    attemptTimeoutMs: Math.round(config.groqTimeoutSeconds * 1_000),
    connectTimeoutMs: config.connectTimeoutMs,
    idleTimeoutMs: config.idleTimeoutMs,
    totalTimeoutMs: config.totalTimeoutMs,
    onCancel: config.cancelUpstream,
    fetchesMedia: config.mediaFetch === 'on',
    tierOf,
    accountWindowsOf(provider) {
      const limits = config.accounts.get(provider.id);
      if (limits === undefined) return [];
      const scopeKey = `account:${keyPart(accountOf(provider))}`;
      return windowsIn([limits], { scope: 'account', scopeKey, timezone: 'UTC' });
    },
    allowedModelsOf: (tenant) => config.tenants.get(tenant)?.allowed_models ?? null,
    maxTokensOf(caller) {
      const [user, tier] = levelsOf(caller);
      return user?.max_tokens ?? tier?.max_tokens ?? null;
    },
    windowsOf: (caller) => keptFor(caller).limited,
    countedOf: (caller) => keptFor(caller).counted,
    kindsOf: (tenant) => windowsFor({ tenant, userId: '' }, everyLevel).limited.map(kindOf).sort(),
  };
}

/** The windows of a caller that have a limit, and with them those that are counted without one. */
interface CallerWindows {
  readonly limited: readonly Window[];
  readonly counted: readonly Window[];
}

/** The first level that sets a window decides it. */
function windowsIn(levels: readonly WindowLimits[], of: Pick<Window, 'scope' | 'scopeKey' | 'timezone'>): Window[] {
  return WINDOW_NAMES.flatMap((name) => {
    const limit = levels.find((level) => level[name] !== undefined)?.[name];
    return limit === undefined ? [] : [{ ...of, name, limit }];
  });
}
