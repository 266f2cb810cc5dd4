// Every model name that this version and its configuration know, for a configuration to be checked against before the first request is.

import { didYouMean } from '../core/near-names.ts';
import { isVendorId, type OpenAiApi, type ServerSettings, VENDORS, type VendorId } from '../core/provider-settings.ts';
import { whyRetired } from './model-ends.ts';
import { OFFLINE_CARD } from './offline-model.ts';
import { cardsOfVendor, serverCards, VENDOR_CARDS } from './vendor-cards.ts';

interface NamedModel {
  readonly provider: string;
  readonly model: string;
}

/** A provider that is no vendor, and the models that it lists; any other may be asked of it too, behind its name. */
export interface NamedServer {
  readonly id: string;
  readonly models: readonly string[];
  /** True: there are no others. */
  readonly listsAll?: boolean;
}

export function namedServers(servers: readonly ServerSettings[]): readonly NamedServer[] {
  return servers.map((server) => ({ id: server.id, models: serverCards(server).map(({ model }) => model) }));
}

const CARDS = [...Object.values(VENDOR_CARDS).flat(), OFFLINE_CARD];
const KNOWN: ReadonlyMap<string, NamedModel> = new Map(
  CARDS.flatMap(({ provider, model }): [string, NamedModel][] => [
    [model, { provider, model }],
    [`${provider}/${model}`, { provider, model }],
  ]),
);

/** A whole name, or one with its provider before it; null when nobody here knows such a model. */
export function namedModel(name: string, servers: readonly NamedServer[]): NamedModel | null {
  const known = KNOWN.get(name);
  if (known !== undefined) return known;
  const lister = servers.find(({ models }) => models.includes(name));
  if (lister !== undefined) return { provider: lister.id, model: name };
  const behind = servers.find(
    ({ id, models, listsAll = false }) =>
      name.startsWith(`${id}/`) &&
      (listsAll ? models.includes(name.slice(id.length + 1)) : name.length > id.length + 1),
  );
  return behind === undefined ? null : { provider: behind.id, model: name.slice(behind.id.length + 1) };
}

/** What else a name may be in its place. */
interface Among {
  readonly servers: readonly NamedServer[];
  /** Where a route will do as well. */
  readonly routes?: readonly string[];
  /** Where only a model of this vendor will do. */
  readonly vendor?: VendorId;
  /** Where it will be asked, and from when on; left out: a model that has ended, or that is not reached, will do. */
  readonly asked?: { readonly atMs: number; readonly openAiApi: OpenAiApi };
}

/** Null when the name leads to a model, or is one of the routes where a route will do; else why not and what to use. */
export function whyNoModel(name: string, { servers, routes, vendor, asked }: Among): string | null {
  if (routes?.includes(name)) return null;
  const found = namedModel(name, servers);
  if (found === null) return whyRetired(name, Number.POSITIVE_INFINITY) ?? unknown(name, servers, routes, vendor);
  const isVendors = isVendorId(found.provider);
  if (asked !== undefined && isVendors) {
    const why = whyRetired(name, asked.atMs) ?? whyNotReached(found, asked.openAiApi);
    if (why !== null) return why;
  }
  return vendor === undefined ? null : (whyNotOf(vendor, found) ?? whyNoAnswers(found));
}

function unknown(
  name: string,
  servers: readonly NamedServer[],
  routes: readonly string[] | undefined,
  vendor: VendorId | undefined,
): string {
  const names =
    vendor === undefined
      ? [...(routes ?? []), ...CARDS.map(({ model }) => model), ...servers.flatMap(({ models }) => models)]
      : VENDOR_CARDS[vendor].map(({ model }) => model);
  const noRoute = routes === undefined ? '' : 'No route is called so. ';
  return `${noRoute}This version knows no such model.${didYouMean(name, names)}`;
}

/** Null: it is. Some of OpenAI's models are answered by one of its APIs alone. */
export function whyNotReached({ provider, model }: NamedModel, openAiApi: OpenAiApi): string | null {
  if (provider !== 'openai' || cardsOfVendor('openai', openAiApi).some((card) => card.model === model)) return null;
  return 'OpenAI answers this model by Responses alone: set `providers: { openai: { api: responses } }`';
}

/** The model for callers who name none is asked for answers. */
function whyNoAnswers({ provider, model }: NamedModel): string | null {
  const makesNone = CARDS.some((card) => card.provider === provider && card.model === model && card.outputLimit === 0);
  return makesNone ? 'write a model that answers; this one makes embeddings alone' : null;
}

/** The offline provider stands in for a vendor's models, so its own will do in their place. */
function whyNotOf(vendor: VendorId, { provider }: NamedModel): string | null {
  if (provider === vendor || provider === OFFLINE_CARD.provider) return null;
  const whose = isVendorId(provider) ? VENDORS[provider] : `the provider "${provider}"`;
  return `write a model of ${VENDORS[vendor]}; this one is a model of ${whose}`;
}
