// The operator's wishes: environment, YAML file and defaults become one typed Config, or one error with all that is wrong.
// Nothing else reads process.env. Which wins: an option in code, the environment, the file, the default.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { modelFaults, portFaults, tierFaults, type WhyNoModel, type Written } from './config/cross-checks.ts';
import { readTables, type Tables } from './config/document.ts';
import { ConfigError, type Fault, shown } from './config/faults.ts';
import type { Config, ConfiguredPrice } from './config/loaded-config.ts';
import { namedModels } from './config/named-models.ts';
import { notesOn } from './config/notes.ts';
import { ownFaults } from './config/own-providers.ts';
import {
  accountFaults,
  entryFaults,
  type KeyProblem,
  keyFormFaults,
  type ServerFaults,
  standingFaults,
} from './config/provider-faults.ts';
import { moreKeysIn, namedServersIn, serversIn, standingOf } from './config/providers.ts';
import { type Overrides, originsOf, readSettings, type Variable, writtenSettings } from './config/resolution.ts';
import { CONFIG_FILE, CONFIG_VARIABLE, type Settings, VENDOR_IDS, VENDOR_SETTINGS } from './config/settings.ts';
import { readYaml } from './config/yaml-file.ts';
import { namesOfOwn, type OwnProvider } from './core/own-provider.ts';
import type { ServerSettings } from './core/provider-settings.ts';

export { ConfigError } from './config/faults.ts';
export type { Config } from './config/loaded-config.ts';
export { namedModels, PRICED } from './config/named-models.ts';
export { optionFaults } from './config/own-providers.ts';
export { policyOf } from './config/policy.ts';
export { Secret } from './config/secret.ts';

export interface LoadOptions {
  /** Default: the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where the file and a relative DATA_DIR are looked for. Default: the working folder. */
  readonly cwd?: string;
  readonly overrides?: Overrides;
  /** From when on the models must answer. Left out: at no time, so that one which has ended is no fault here. */
  readonly nowMs?: number;
  /** Left out: names, keys and servers are not checked here. */
  readonly known?: Known;
  /** Providers that the application hands in. Left out: none. */
  readonly own?: readonly OwnProvider[];
  /** Found by who asks, to be told with all others. */
  readonly faults?: readonly Fault[];
}

/** Given by who knows the models and the vendors, which this part does not. */
export interface Known {
  readonly whyNoModel: WhyNoModel;
  /** Whose model a name means; null: nobody's. */
  readonly providerOf: (model: string, servers: ReturnType<typeof namedServersIn>) => string | null;
  /** When its vendor will shut a model down, or has, as a sentence; null: nothing is known of that. */
  readonly endOf: (model: string, nowMs: number) => string | null;
  readonly keyProblem: KeyProblem;
  readonly serverFaults: ServerFaults;
}

const NOTHING_KNOWN: Known = {
  whyNoModel: () => null,
  providerOf: () => null,
  endOf: () => null,
  keyProblem: () => null,
  serverFaults: () => [],
};

/** Throws one ConfigError with everything that is wrong. */
export function loadConfig(options: LoadOptions = {}): Config {
  const { env = process.env, cwd = process.cwd(), overrides = {}, own: handedIn = [] } = options;
  const own = namesOfOwn(handedIn);
  const { known = NOTHING_KNOWN, nowMs = Number.NEGATIVE_INFINITY } = options;
  const variable: Variable = (name) => env[name]?.trim() || null;
  const { file, filePath, fileName, faults: fileFaults } = openFile(cwd, variable);
  const yaml = readYaml(file?.text ?? '', fileName, variable);
  const written = {
    settings: writtenSettings(overrides, variable, yaml, fileName),
    content: yaml.content,
    fileName,
    own,
  };
  const { settings, faults: settingFaults } = readSettings(written.settings, yaml.referring);
  const { tables, faults: tableFaults } = readTables(yaml, fileName);
  const faults = [
    ...(options.faults ?? []),
    ...fileFaults,
    ...yaml.faults,
    ...settingFaults,
    ...tableFaults,
    ...crossFaults(written, known, nowMs),
    ...ownFaults(handedIn, yaml.content),
  ];
  if (settings === null || faults.length > 0) throw new ConfigError(faults);
  const servers = serversIn(yaml.content);
  const standing = standingOf(settings, servers, yaml.content, own);
  const tenants = new Map(Object.entries(tables.tenants ?? {}));
  const routes = new Map(Object.entries(tables.routes ?? {}).map(([name, { targets }]) => [name, targets]));
  return {
    ...settings,
    dataDir: resolve(cwd, settings.dataDir),
    promptsDir: settings.promptsDir === null ? null : resolve(cwd, settings.promptsDir),
    primaryProvider: standing.primary,
    providers: standing.providers,
    own: standing.own,
    tiers: new Map(Object.entries(tables.tiers ?? {})),
    tenants,
    users: new Map(Object.entries(tables.users ?? {})),
    accounts: new Map(Object.entries(tables.accounts ?? {})),
    jwt: tables.jwt ?? null,
    catalog: { ...standing, routes, prices: (tables.prices ?? []).map(configuredPrice), servers },
    secrets: secretsIn(settings, servers, yaml.content),
    file: file?.path ?? null,
    filePath,
    origins: originsOf(settings, written.settings, yaml.content),
    notes: notesOn({
      settings,
      standing,
      routes,
      env,
      providerOf: (model) => known.providerOf(model, [...namedServersIn(yaml.content), ...own]),
      named: namedModels({ servers, tenants, prices: tables.prices ?? [], routes }),
      endOf: (model) => known.endOf(model, nowMs),
    }),
  };
}

/** Of what was written, whether or not each value alone is one. */
function crossFaults(written: Written, known: Known, nowMs: number): readonly Fault[] {
  return [
    ...tierFaults(written),
    ...modelFaults(written, known.whyNoModel, nowMs),
    ...keyFormFaults(written, known.keyProblem),
    ...standingFaults(written),
    ...entryFaults(written, known.serverFaults),
    ...accountFaults(written),
    ...portFaults(written),
  ];
}

function secretsIn(settings: Settings, servers: readonly ServerSettings[], content: unknown): Config['secrets'] {
  return [
    ...VENDOR_IDS.map((id) => settings[VENDOR_SETTINGS[id].apiKey]),
    ...VENDOR_IDS.flatMap((id) => moreKeysIn(content, id)),
    ...servers.flatMap(({ apiKey, moreApiKeys, headers }) => [apiKey ?? null, ...moreApiKeys, ...headers.values()]),
    settings.adminKey,
    settings.keyPepper,
    settings.redisUrl,
    settings.databaseUrl,
  ].filter((secret) => secret !== null);
}

interface OpenedFile {
  readonly file: { readonly path: string; readonly text: string } | null;
  /** Where it is, or would be. */
  readonly filePath: string;
  /** As errors name it. */
  readonly fileName: string;
  readonly faults: readonly Fault[];
}

function openFile(cwd: string, variable: Variable): OpenedFile {
  const named = variable(CONFIG_VARIABLE);
  const fileName = named ?? CONFIG_FILE;
  const path = resolve(cwd, fileName);
  try {
    return { file: { path, text: readFileSync(path, 'utf8') }, filePath: path, fileName, faults: [] };
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isAbsent && named === null) return { file: null, filePath: path, fileName, faults: [] };
    const where = named === null ? path : CONFIG_VARIABLE;
    const write = isAbsent ? 'name a file that is there' : 'name a file that can be read';
    return { file: null, filePath: path, fileName, faults: [{ where, found: shown(fileName), write }] };
  }
}

type PriceRow = NonNullable<Tables['prices']>[number];

function configuredPrice({ model, from, input, cached_input, output, source }: PriceRow): ConfiguredPrice {
  return { model, from: from ?? null, input, cachedInput: cached_input ?? null, output, source: source ?? null };
}
