// What is no fault, and what an operator would wonder about; `doctor` and the banner of a server tell it.

import { didYouMean } from '../core/near-names.ts';
import { isNear } from '../core/network-address.ts';
import { isVendorId } from '../core/provider-settings.ts';
import type { NamedModel } from './named-models.ts';
import type { Standing } from './providers.ts';
import { CONFIG_VARIABLE, SETTINGS, type Settings, VENDOR_SETTINGS, variableOf } from './settings.ts';

export interface Noted {
  readonly settings: Settings;
  readonly standing: Standing;
  readonly routes: ReadonlyMap<string, readonly { readonly model: string }[]>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whose model it is; null: nobody's. */
  readonly providerOf: (model: string) => string | null;
  /** Those named elsewhere than by the standing and the routes. */
  readonly named: readonly NamedModel[];
  /** When its vendor will shut it down, or has, as a sentence; null: it has said nothing of that. */
  readonly endOf: (model: string) => string | null;
}

export function notesOn(noted: Noted): readonly string[] {
  const { settings, standing } = noted;
  return [
    ...primaryNotes(settings, standing),
    ...(standing.whyNoFallback === null
      ? []
      : [`The fallback (LLM_FALLBACK_PROVIDER=${settings.fallbackProvider}) is off: ${standing.whyNoFallback}`]),
    ...routeNotes(noted),
    ...endNotes(noted),
    ...plainHttpNotes(standing),
    ...storeNotes(settings),
    ...misspeltNotes(noted.env),
  ];
}

function primaryNotes(
  { groqApiKey, primaryProvider }: Settings,
  { primary, defaultModel }: Standing,
): readonly string[] {
  if (primary === 'offline')
    return groqApiKey === null
      ? ['GROQ_API_KEY is not set: with it, or with the key of another vendor, there are real answers']
      : [];
  return primary === primaryProvider ? [] : [`GROQ_API_KEY is not set: ${primary} answers, with ${defaultModel}`];
}

/** A route may be written for more machines than this one: what cannot be asked here is left out of it. */
function routeNotes({ settings, standing, routes, providerOf }: Noted): readonly string[] {
  const there = [
    ...[...standing.providers, ...standing.own].map(({ id }) => id),
    ...(standing.primary === 'offline' ? ['offline', 'groq'] : []),
  ];
  return [...routes].flatMap(([route, targets]) =>
    targets.flatMap(({ model: target }) => {
      const provider = providerOf(target);
      if (provider === null || there.includes(provider)) return [];
      const key = isVendorId(provider) ? VENDOR_SETTINGS[provider].apiKey : null;
      const why =
        key !== null && settings[key] === null ? `${variableOf(key)} is not set` : `${provider} is not asked here`;
      return [`The route "${route}" goes without ${target}: ${why}`];
    }),
  );
}

/** Each model once, with all the places in which it is named. */
function endNotes({ standing, routes, named, endOf }: Noted): readonly string[] {
  const { primary, defaultModel, fallback } = standing;
  const all: readonly NamedModel[] = [
    { name: `${primary}/${defaultModel}`, where: 'as the default model' },
    ...(fallback === null ? [] : [{ name: `${fallback.provider}/${fallback.model}`, where: 'as the fallback' }]),
    ...[...routes].flatMap(([route, targets]) =>
      targets.map(({ model: name }) => ({ name, where: `in routes.${route}` })),
    ),
    ...named,
  ];
  return [...new Set(all.map(({ name }) => name))].flatMap((model) => {
    const end = endOf(model);
    if (end === null) return [];
    const places = new Set(all.flatMap(({ name, where }) => (name === model ? [where] : [])));
    return [`${end}. It is named ${[...places].join(', ')}`];
  });
}

/** On one's own network that is usual, and no business of ours. */
function plainHttpNotes({ providers }: Standing): readonly string[] {
  return providers.flatMap(({ id, baseUrl }) => {
    const url = baseUrl === undefined ? null : URL.parse(baseUrl);
    if (url === null || url.protocol === 'https:' || isNear(url.hostname)) return [];
    return [
      `${id} is asked by plain HTTP at ${url.host}: its key and every prompt can be read on the way; write https`,
    ];
  });
}

function storeNotes({ redisUrl, databaseUrl }: Settings): readonly string[] {
  if (redisUrl !== null && databaseUrl === null)
    return ['REDIS_URL is set and DATABASE_URL is not: the ledger is this instance’s own, so run one instance only'];
  if (redisUrl === null && databaseUrl !== null)
    return ['DATABASE_URL is set and REDIS_URL is not: limits are counted in this process, so run one instance only'];
  return [];
}

function misspeltNotes(env: Noted['env']): readonly string[] {
  const known = Object.values(SETTINGS).flatMap(({ variable }) => variable ?? []);
  return Object.keys(env).flatMap((name) => {
    if (!/^(LLM|GROQ|OPENAI|ANTHROPIC|GEMINI)_/.test(name) || known.includes(name) || name === CONFIG_VARIABLE)
      return [];
    const meant = didYouMean(name, known);
    return meant === '' ? [] : [`${name} is set and is no variable of this program.${meant}`];
  });
}
