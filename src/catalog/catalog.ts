// What a model name leads to. The order of the look-up is documented for callers and held by tests: a route of ours, a whole
// name in the primary provider's catalogue, the only configured provider that knows it, a provider prefix, 404.

import type { Catalog, ModelCard, RouteTerms } from '../core/catalog.ts';
import { type LLMError, llmError } from '../core/errors.ts';
import { isModelName } from '../core/model-list.ts';
import { didYouMean } from '../core/near-names.ts';
import { namesOfOwn, type OwnProvider } from '../core/own-provider.ts';
import type { LLMProvider } from '../core/provider.ts';
import { isVendorId, type OpenAiApi, type ServerSettings, VENDORS } from '../core/provider-settings.ts';
import { whyRetired } from './model-ends.ts';
import { namedModel, namedServers, whyNotReached } from './model-names.ts';
import { type OperatorPrice, operatorEntry } from './operator-prices.ts';
import { ownPrices } from './own-models.ts';
import { createPriceBook } from './prices.ts';
import { openShelves, type Place, type Shelf, take, takeAny } from './shelves.ts';

export interface CatalogOptions {
  /** Those of the configuration that can be asked: with a key, or needing none. */
  readonly providers: readonly LLMProvider[];
  /** What is configured of those that are no vendors. */
  readonly servers: readonly ServerSettings[];
  /** Those that the application has handed in, behind them; left out: none. */
  readonly own?: readonly OwnProvider[];
  readonly openAiApi: OpenAiApi;
  /** The id of the provider whose catalogue is looked at first. */
  readonly primary: string;
  /** Of the primary provider; serves callers who name no model. */
  readonly defaultModel: string;
  /** Who serves them when that fails; null: nobody. */
  readonly fallback: { readonly provider: string; readonly model: string } | null;
  /** A model name of our own -> targets, in order: names, or names with the terms on which the route takes them. */
  readonly routes: ReadonlyMap<string, readonly (string | ({ readonly model: string } & RouteTerms))[]>;
  /** The operator's overlay. */
  readonly prices: readonly OperatorPrice[];
}

interface NamedPlace extends Place {
  /** For `attempts[].reason`. */
  readonly reason: string;
  /** Of a target of a route. */
  readonly terms?: RouteTerms;
}

/** Throws `model_not_found` when a route, the default or the fallback leads to what this version does not know. */
export function createCatalog(options: CatalogOptions): Catalog {
  const { servers, own = [], primary, fallback } = options;
  const named = [...namedServers(servers), ...namesOfOwn(own)];
  // Where both hold from the same day, the operator's word stands over the application's.
  const prices = options.prices.map((price) => operatorEntry(price, named));
  const priceOf = createPriceBook([...ownPrices(own), ...prices]);
  const shelves = openShelves(options);
  const names = [...options.routes.keys(), ...[...shelves.values()].flatMap(({ cards }) => [...cards.keys()])];
  const routes = new Map(
    [...options.routes].map(([name, targets]) => [
      name,
      targets.flatMap((target): NamedPlace[] => {
        const { model, ...terms } = typeof target === 'string' ? { model: target } : target;
        const place = find(model, shelves, primary);
        if (place !== null) return [{ ...place, reason: `target of the route "${name}"`, terms }];
        // Of a vendor without a key: it is left out, and the others of the route serve.
        if (namedModel(model, named) !== null) return [];
        throw notFound(model, shelves, names, Number.POSITIVE_INFINITY);
      }),
    ]),
  );
  const first = takeAny(shelves.get(primary), options.defaultModel) ?? find(options.defaultModel, shelves, primary);
  if (first === null) throw notFound(options.defaultModel, shelves, names, Number.POSITIVE_INFINITY);
  const unnamed: NamedPlace[] = [{ ...first, reason: 'the default model' }];
  if (fallback !== null) {
    const second = takeAny(shelves.get(fallback.provider), fallback.model);
    if (second === null) throw notFound(fallback.model, shelves, names, Number.POSITIVE_INFINITY);
    unnamed.push({ ...second, reason: 'the fallback' });
  }
  const places = (name: string | null, atMs: number): readonly NamedPlace[] => {
    if (name === null) return unnamed;
    if (!isModelName(name)) throw unreadable();
    const route = routes.get(name);
    if (route !== undefined) return route;
    const place = find(name, shelves, primary);
    if (place === null) throw notFound(name, shelves, names, atMs);
    return [{ ...place, reason: 'named by the caller' }];
  };
  return {
    priceOf,
    routes: [...routes.keys()],
    models: (atMs) =>
      [...options.providers, ...own]
        .flatMap(({ id }) => [...(shelves.get(id)?.cards.values() ?? [])])
        .filter((card) => isAsked(card, atMs)),
    targetsFor(name, atMs) {
      const found = places(name, atMs);
      const asked = found.filter(({ card }) => isAsked(card, atMs));
      const [ended] = found;
      if (asked.length === 0 && ended !== undefined)
        throw notFound(`${ended.card.provider}/${ended.card.model}`, shelves, names, atMs);
      return asked.map((place) => ({ ...place, price: priceOf(place.card.provider, place.card.model, atMs) }));
    },
  };
}

/** Routes aside: primary, only one that knows it, prefix. */
function find(name: string, shelves: ReadonlyMap<string, Shelf>, primary: string): Place | null {
  const inPrimary = take(shelves.get(primary), name);
  if (inPrimary !== null) return inPrimary;
  const [only, another] = [...shelves.values()].flatMap((shelf) => take(shelf, name) ?? []);
  if (only !== undefined && another === undefined) return only;
  const slash = name.indexOf('/');
  return slash > 0 ? takeAny(shelves.get(name.slice(0, slash)), name.slice(slash + 1)) : null;
}

/** A card is kept until the day on which its vendor shuts the model down. */
function isAsked({ end }: ModelCard, atMs: number): boolean {
  return end === undefined || end.atMs > atMs;
}

function notFound(name: string, shelves: ReadonlyMap<string, Shelf>, names: readonly string[], atMs: number): LLMError {
  const text =
    whySeveral(name, shelves) ??
    whyRetired(name, atMs) ??
    `There is no model "${name}" here.${whyNotHere(name, shelves)}${didYouMean(name, names)} GET /v1/models lists what there is`;
  return llmError('model_not_found', text, { param: 'model' });
}

/** Which of them is meant only the caller can say. */
function whySeveral(name: string, shelves: ReadonlyMap<string, Shelf>): string | null {
  const knowing = [...shelves].filter(([, { cards }]) => cards.has(name)).map(([id]) => `"${id}/${name}"`);
  return knowing.length < 2 ? null : `Several providers have a model "${name}": ask for ${knowing.join(' or ')}`;
}

/** A model that this version knows, of a vendor that is not configured, or not so that it could be asked. */
function whyNotHere(name: string, shelves: ReadonlyMap<string, Shelf>): string {
  const known = namedModel(name, []);
  if (known === null || !isVendorId(known.provider)) return '';
  if (!shelves.has(known.provider)) return ` Its vendor, ${VENDORS[known.provider]}, is not configured.`;
  const why = whyNotReached(known, 'chat');
  return why === null ? '' : ` ${why}.`;
}

/** The name itself is not repeated: it may be made to be misread. */
function unreadable(): LLMError {
  return llmError('model_not_found', 'A model name is 1 to 256 printable ASCII characters without spaces', {
    param: 'model',
  });
}
