// What the operator decides and may change while the service runs: the windows of callers, the models they may ask, prices, routes.
// A reload reads everything anew and takes all of it or nothing; a request keeps the rules it began with to its end.

import { createCatalog } from '../catalog/catalog.ts';
import { endAhead, whyRetired } from '../catalog/model-ends.ts';
import { namedModel, namedServers, whyNoModel } from '../catalog/model-names.ts';
import { outputLimitOf } from '../catalog/vendor-cards.ts';
import { type Config, type Known, type LoadOptions, loadConfig, optionFaults, policyOf } from '../config.ts';
import type { Catalog } from '../core/catalog.ts';
import { systemClock } from '../core/clock.ts';
import { createProviders, keyProblem, serverFaults } from '../providers/index.ts';
import { MEMORY, type ServiceOptions } from './face.ts';

export interface Rules {
  readonly config: Config;
  readonly policy: ReturnType<typeof policyOf>;
  readonly catalog: Catalog;
}

const OPTIONS: readonly (keyof ServiceOptions)[] = [
  'env',
  'cwd',
  'dataDir',
  'providers',
  'logs',
  'promptSecret',
  'clock',
  'chance',
];

/** Throws a ConfigError with everything that is wrong. */
export function readRules(options: ServiceOptions): Rules {
  const { env, cwd, dataDir, providers: handedIn = [], clock = systemClock } = options;
  const overrides = dataDir === undefined || dataDir === MEMORY ? {} : { dataDir };
  const config = loadConfig({
    overrides,
    known: KNOWN,
    own: handedIn,
    nowMs: clock.nowMs(),
    faults: optionFaults(options, OPTIONS),
    ...(env && { env }),
    ...(cwd !== undefined && { cwd }),
  });
  const own = handedIn.filter(({ id }) => config.own.some((asked) => asked.id === id));
  const catalog = createCatalog({ ...config.catalog, own, providers: createProviders(config, outputLimitOf) });
  return { config, policy: policyOf(config), catalog };
}

/** What this version knows of models and vendors, for a configuration to be checked against. */
export const KNOWN: Known = {
  whyNoModel,
  providerOf: (model, servers) => namedModel(model, servers)?.provider ?? null,
  endOf: (name, atMs) => endAhead(name, atMs) ?? whyRetired(name, atMs),
  keyProblem,
  serverFaults,
};

/** As a service reads it: with all that is wrong at once, names, keys and servers too. */
export function readConfig(options: Pick<LoadOptions, 'env' | 'cwd' | 'overrides'> = {}): Config {
  return loadConfig({ ...options, known: KNOWN, nowMs: systemClock.nowMs() });
}

/** Null when a name on a list of models can lead somewhere: a route, a model, or one of a provider that is not configured. */
export function whyNoName(name: string, { own, catalog: { routes, servers } }: Config): string | null {
  return whyNoModel(name, { servers: [...namedServers(servers), ...own], routes: [...routes.keys()] });
}

/** Whether other kinds of windows are counted by these rules than by those, in any tenant. */
export function countsOthers(rules: Rules, before: Rules): boolean {
  // A tenant that has no row, here or there, has what all the others without one have.
  const tenants = new Set(['', ...rules.config.tenants.keys(), ...before.config.tenants.keys()]);
  return [...tenants].some((tenant) => rules.policy.kindsOf(tenant).join() !== before.policy.kindsOf(tenant).join());
}

/** Then tokens are counted exactly before each request: the vocabulary (65 MB) is loaded beforehand, and not at all otherwise. */
export function limitsTokensOrMoney({ tiers, tenants, users }: Config): boolean {
  const rows = [...tiers.values(), ...tenants.values(), ...users.values()];
  return rows.some((row) =>
    [row.tokens_per_minute, row.tokens_per_day, row.usd_per_day, row.usd_per_month].some(
      (limit) => limit !== undefined,
    ),
  );
}
