// What a model name leads to. The order of the look-up is documented for callers and held by tests: a route of ours, a whole
// name in the primary provider's catalogue, the only configured provider that knows it, a provider prefix, 404.

import type { Catalog, ModelCard, RouteTerms, Target } from '../core/catalog.ts';
import { type LLMError, llmError } from '../core/errors.ts';
import { didYouMean } from '../core/near-names.ts';
import type { LLMProvider } from '../core/provider.ts';
import { GROQ_MODELS, whyRetired } from './groq-models.ts';
import { namedModel } from './model-names.ts';
import { OFFLINE_CARD, standInFor } from './offline-model.ts';
import { type PriceEntry, priceFrom } from './price-overlay.ts';
import { createPriceBook } from './prices.ts';

export interface CatalogOptions {
  /** Those that can be asked: with a key, or needing none. */
  readonly providers: readonly LLMProvider[];
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

/** Decimals as text, USD per million tokens. */
interface OperatorPrice {
  readonly model: string;
  /** ISO date from which it holds; null: always. */
  readonly from: string | null;
  readonly input: string;
  /** Null: the input price. */
  readonly cachedInput: string | null;
  readonly output: string;
  readonly source: string | null;
}

/** A provider and its models by name; several names may lead to one model. */
interface Shelf {
  readonly provider: LLMProvider;
  readonly cards: ReadonlyMap<string, ModelCard>;
}

type Place = Omit<Target, 'price'>;

const CARDS: Readonly<Record<string, readonly ModelCard[]>> = { groq: GROQ_MODELS, offline: [OFFLINE_CARD] };

// Printable ASCII without spaces: no name can pass for another one, and any name may stand in a log line.
const NAME = /^[\x21-\x7e]{1,256}$/;

/** Throws `model_not_found` when a route, the default or the fallback leads nowhere. */
export function createCatalog(options: CatalogOptions): Catalog {
  const priceOf = createPriceBook(options.prices.map(priceEntry));
  const shelves = shelvesOf(options.providers);
  const lookUp = (name: string, reason: string): Place => {
    const found = find(name, shelves, options.primary);
    if (found === null)
      throw notFound(name, [
        ...options.routes.keys(),
        ...[...shelves.values()].flatMap(({ cards }) => [...cards.keys()]),
      ]);
    return { ...found, reason };
  };
  const routes = new Map(
    [...options.routes].map(([name, targets]) => [
      name,
      targets.map((target) => {
        const { model, ...terms } = typeof target === 'string' ? { model: target } : target;
        return { ...lookUp(model, `target of the route "${name}"`), terms };
      }),
    ]),
  );
  const unnamed = [lookUp(options.defaultModel, 'the default model')];
  if (options.fallback !== null) {
    unnamed.push(lookUp(`${options.fallback.provider}/${options.fallback.model}`, 'the fallback'));
  }
  const places = (name: string | null): readonly Place[] => {
    if (name === null) return unnamed;
    if (!NAME.test(name)) throw unreadable();
    return routes.get(name) ?? [lookUp(name, 'named by the caller')];
  };
  return {
    priceOf,
    models: () => options.providers.flatMap(({ id }) => CARDS[id] ?? []),
    targetsFor: (name, atMs) =>
      places(name).map((place) => ({ ...place, price: priceOf(place.card.provider, place.card.model, atMs) })),
  };
}

function priceEntry({ model: name, from, source, cachedInput, ...usd }: OperatorPrice): PriceEntry {
  const named = namedModel(name);
  if (named === null) throw notFound(name, []);
  const price = priceFrom({ ...usd, cachedInput: cachedInput ?? undefined }, source ?? 'the configuration', from);
  return { ...named, from, price };
}

/** By provider prefix. Without Groq, the offline provider answers for its names. */
function shelvesOf(providers: readonly LLMProvider[]): ReadonlyMap<string, Shelf> {
  const shelves = new Map<string, Shelf>();
  for (const provider of providers) {
    const cards = new Map((CARDS[provider.id] ?? []).map((card) => [card.model, card]));
    shelves.set(provider.id, { provider, cards });
  }
  const offline = shelves.get('offline');
  if (offline !== undefined && !shelves.has('groq')) {
    shelves.set('groq', { ...offline, cards: new Map(GROQ_MODELS.map((card) => [card.model, standInFor(card)])) });
  }
  return shelves;
}

/** Routes aside: primary, only one that knows it, prefix. */
function find(name: string, shelves: ReadonlyMap<string, Shelf>, primary: string): Omit<Place, 'reason'> | null {
  const inPrimary = take(shelves.get(primary), name);
  if (inPrimary !== null) return inPrimary;
  const [only, another] = [...shelves.values()].map((shelf) => take(shelf, name)).filter((place) => place !== null);
  if (only !== undefined && another === undefined) return only;
  const slash = name.indexOf('/');
  return slash > 0 ? take(shelves.get(name.slice(0, slash)), name.slice(slash + 1)) : null;
}

function take(shelf: Shelf | undefined, name: string): Omit<Place, 'reason'> | null {
  const card = shelf?.cards.get(name);
  return shelf === undefined || card === undefined ? null : { provider: shelf.provider, card };
}

function notFound(name: string, names: readonly string[]): LLMError {
  const text =
    whyRetired(name) ??
    `There is no model "${name}" here.${didYouMean(name, names)} GET /v1/models lists what there is`;
  return llmError('model_not_found', text, { param: 'model' });
}

/** The name itself is not repeated: it may be made to be misread. */
function unreadable(): LLMError {
  return llmError('model_not_found', 'A model name is 1 to 256 printable ASCII characters without spaces', {
    param: 'model',
  });
}
