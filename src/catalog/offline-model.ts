// The model of the provider that needs no key and no network. While it is there and Groq is not, it also stands in for every
// model of Groq's, so that an example with a model name runs before the first key is there; `provider` tells the truth.

import { MODEL_FEATURES, type ModelCard } from '../core/catalog.ts';

export const OFFLINE_CARD: ModelCard = {
  provider: 'offline',
  model: 'offline/echo',
  contextWindow: 131_072,
  outputLimit: 65_536,
  features: new Set(MODEL_FEATURES.filter((feature) => feature !== 'embeddings')),
  encoding: null,
  thinksSilently: false,
  source: 'answered in this process',
  readOn: '2026-10-01',
};

/** Keeps the window and features of the model it stands in for: what will be refused with a key is refused without one. It has no end. */
export function standInFor({ end: _end, ...card }: ModelCard): ModelCard {
  return { ...card, provider: OFFLINE_CARD.provider, model: OFFLINE_CARD.model, standsInFor: card.model };
}
