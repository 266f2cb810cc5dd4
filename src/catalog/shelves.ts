// The models of each provider that can be asked, by the provider's id. Those of a vendor are all that this version knows; a server
// that the operator describes may have more than are listed.

import type { ModelCard } from '../core/catalog.ts';
import type { OwnProvider } from '../core/own-provider.ts';
import type { LLMProvider } from '../core/provider.ts';
import { isVendorId, type OpenAiApi, type ServerSettings } from '../core/provider-settings.ts';
import { GROQ_MODELS } from './groq-models.ts';
import { OFFLINE_CARD, standInFor } from './offline-model.ts';
import { ownCards } from './own-models.ts';
import { cardsOfVendor, serverCard, serverCards } from './vendor-cards.ts';

/** A provider and its models by name; several names may lead to one model. */
export interface Shelf {
  readonly provider: LLMProvider;
  readonly cards: ReadonlyMap<string, ModelCard>;
  /** For a name that is not listed; null: there is no such model. */
  unlisted(name: string): ModelCard | null;
}

/** A model that can be asked, and where. */
export interface Place {
  readonly provider: LLMProvider;
  readonly card: ModelCard;
}

export interface ShelfOptions {
  readonly providers: readonly LLMProvider[];
  readonly servers: readonly ServerSettings[];
  readonly own?: readonly OwnProvider[];
  readonly openAiApi: OpenAiApi;
}

export function openShelves({ providers, servers, own = [], openAiApi }: ShelfOptions): ReadonlyMap<string, Shelf> {
  const shelves = new Map<string, Shelf>();
  for (const provider of providers) {
    const server = servers.find(({ id }) => id === provider.id);
    shelves.set(provider.id, server === undefined ? vendorShelf(provider, openAiApi) : serverShelf(provider, server));
  }
  for (const provider of own)
    shelves.set(provider.id, { provider, cards: byModel(ownCards(provider)), unlisted: () => null });
  const offline = shelves.get('offline');
  // Then nobody else is there: it answers for Groq's names too.
  if (offline !== undefined && !shelves.has('groq'))
    shelves.set('groq', { ...offline, cards: byModel(GROQ_MODELS, standInFor) });
  return shelves;
}

function vendorShelf(provider: LLMProvider, openAiApi: OpenAiApi): Shelf {
  const cards = isVendorId(provider.id) ? cardsOfVendor(provider.id, openAiApi) : [OFFLINE_CARD];
  return { provider, cards: byModel(cards), unlisted: () => null };
}

/** An unlisted one gets a card anew each time: which names there are is the server's matter, and nothing here may grow with them. */
function serverShelf(provider: LLMProvider, server: ServerSettings): Shelf {
  return {
    provider,
    cards: byModel(serverCards(server)),
    unlisted: (name) => (name === '' ? null : serverCard(server, { name })),
  };
}

function byModel(cards: readonly ModelCard[], made = (card: ModelCard) => card): ReadonlyMap<string, ModelCard> {
  return new Map(cards.map((card) => [card.model, made(card)]));
}

/** By a name that the provider's catalogue has. */
export function take(shelf: Shelf | undefined, name: string): Place | null {
  const card = shelf?.cards.get(name);
  return shelf === undefined || card === undefined ? null : { provider: shelf.provider, card };
}

/** By any name that may lead to a model of this provider, once it is known that this one is meant. */
export function takeAny(shelf: Shelf | undefined, name: string): Place | null {
  const card = shelf?.cards.get(name) ?? shelf?.unlisted(name) ?? null;
  return shelf === undefined || card === null ? null : { provider: shelf.provider, card };
}
