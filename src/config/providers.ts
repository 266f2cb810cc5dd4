// Who can be asked, who answers callers that name no model, and who stands in when that fails.

import type { NamedOwn } from '../core/own-provider.ts';
import {
  type Hidden,
  isVendorId,
  type OpenAiApi,
  type ProviderSettings,
  type ServerSettings,
  type VendorId,
  type VendorSettings,
} from '../core/provider-settings.ts';
import { valueAt } from './document.ts';
import { providerSchema, serverSettings } from './provider-schema.ts';
import { type Settings, VENDOR_IDS, VENDOR_SETTINGS, variableOf } from './settings.ts';

/** The servers of the YAML file that are described without a fault. Read one by one, so that all faults are told along with theirs. */
export function serversIn(content: unknown): readonly ServerSettings[] {
  const rows = valueAt(content, ['providers']);
  if (typeof rows !== 'object' || rows === null) return [];
  return Object.entries(rows).flatMap(([id, written]) => {
    const row = isVendorId(id) ? null : providerSchema.safeParse(written);
    return row?.success ? [serverSettings(id, row.data)] : [];
  });
}

/** One that may have faults: what of it can be read all the same, and the names of what cannot. */
export function legibleServer(
  id: string,
  written: object,
): { readonly server: ServerSettings; readonly unread: ReadonlySet<unknown> } {
  const unread = new Set<unknown>();
  const issues = providerSchema.safeParse(written).error?.issues ?? [];
  for (const issue of issues) {
    const [top] = issue.path;
    for (const name of issue.code === 'unrecognized_keys' && top === undefined ? issue.keys : [top]) unread.add(name);
  }
  const legible = Object.entries(written).filter(([name]) => !unread.has(name));
  return { server: serverSettings(id, providerSchema.parse(Object.fromEntries(legible))), unread };
}

/** Their names and those of the models that they list, as far as they are written, also where something else of them is wrong. */
export function namedServersIn(
  content: unknown,
): readonly { readonly id: string; readonly models: readonly string[] }[] {
  const rows = valueAt(content, ['providers']);
  if (typeof rows !== 'object' || rows === null) return [];
  return Object.entries(rows).flatMap(([id, row]) => {
    if (isVendorId(id)) return [];
    const listed = valueAt(row, ['models']);
    const names = [
      valueAt(row, ['model']),
      ...(Array.isArray(listed) ? listed.map((model) => valueAt(model, ['name'])) : []),
    ];
    return [{ id, models: names.filter((name) => typeof name === 'string') }];
  });
}

/** The keys of a vendor beside that of its variable, as far as they are keys. */
export function moreKeysIn(content: unknown, id: VendorId): readonly Hidden[] {
  return (
    providerSchema.pick({ more_api_keys: true }).safeParse({
      more_api_keys: valueAt(content, ['providers', id, 'more_api_keys']),
    }).data?.more_api_keys ?? []
  );
}

/** By which of its APIs OpenAI is asked, as the file says. */
export function openAiApiIn(content: unknown): OpenAiApi {
  return saidOpenAiApi(content) ?? 'chat';
}

function saidOpenAiApi(content: unknown): OpenAiApi | null {
  const said = valueAt(content, ['providers', 'openai', 'api']);
  return said === 'chat' || said === 'responses' ? said : null;
}

export interface Standing {
  /** In order. */
  readonly providers: readonly ProviderSettings[];
  /** Those of the application's, behind them. */
  readonly own: readonly NamedOwn[];
  readonly openAiApi: OpenAiApi;
  readonly primary: string;
  readonly defaultModel: string;
  readonly fallback: { readonly provider: string; readonly model: string } | null;
  /** Why there is no fallback though one is named; null: there is one, or none is wished. */
  readonly whyNoFallback: string | null;
}

/** `content`: of the YAML file. */
export function standingOf(
  settings: Settings,
  servers: readonly ServerSettings[],
  content: unknown,
  handedIn: readonly NamedOwn[],
): Standing {
  const openAiApi = openAiApiIn(content);
  const [wished, named] = [settings.primaryProvider, settings.fallbackProvider];
  // Who wishes for offline answers must not be billed for others.
  const providers = wished === 'offline' ? [] : [...vendorsOf(settings, content), ...servers];
  const own = wished === 'offline' ? [] : handedIn;
  const models = new Map(
    providers.flatMap((provider): [string, string][] => {
      const model = provider.kind === 'server' ? provider.model : settings[VENDOR_SETTINGS[provider.id].model];
      return model === null ? [] : [[provider.id, model]];
    }),
  );
  for (const {
    id,
    models: [model],
  } of own)
    if (model !== undefined) models.set(id, model);
  const [first = 'offline'] = models.keys();
  const primary = models.has(wished) ? wished : first;
  const model = models.get(named);
  const isOther = primary !== named;
  return {
    providers,
    own,
    openAiApi,
    primary,
    // The offline provider stands in for Groq.
    defaultModel: models.get(primary) ?? settings.groqModel,
    fallback: isOther && model !== undefined ? { provider: named, model } : null,
    whyNoFallback: named === 'none' || (isOther && model !== undefined) ? null : whyNone(settings, isOther),
  };
}

function vendorsOf(settings: Settings, content: unknown): readonly VendorSettings[] {
  return VENDOR_IDS.flatMap((id) => {
    const { apiKey: key, baseUrl } = VENDOR_SETTINGS[id];
    const apiKey = settings[key];
    if (apiKey === null) return [];
    const moreApiKeys = moreKeysIn(content, id);
    const api = id === 'openai' ? saidOpenAiApi(content) : null;
    return [{ kind: 'vendor', id, apiKey, moreApiKeys, baseUrl: settings[baseUrl], api }];
  });
}

function whyNone(settings: Settings, isOther: boolean): string {
  const named = settings.fallbackProvider;
  if (!isOther) return 'it is the primary provider';
  if (isVendorId(named) && settings[VENDOR_SETTINGS[named].apiKey] === null)
    return `${variableOf(VENDOR_SETTINGS[named].apiKey)} is not set`;
  if (settings.primaryProvider === 'offline') return 'LLM_PRIMARY_PROVIDER is offline, so nobody else is asked';
  return `providers.${named}.model is not set`;
}
