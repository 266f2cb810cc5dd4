// The cards of every model that this version knows, by vendor, and those that an operator has described.

import type { ModelCard, ModelFeature } from '../core/catalog.ts';
import type { OpenAiApi, ServerModel, ServerSettings, VendorId } from '../core/provider-settings.ts';
import { ANTHROPIC_MODELS } from './anthropic-models.ts';
import { GEMINI_EMBEDDING_MODELS, OPENAI_EMBEDDING_MODELS } from './embedding-models.ts';
import { GEMINI_MODELS } from './gemini-models.ts';
import { GROQ_MODELS } from './groq-models.ts';
import { endingOf } from './model-ends.ts';
import { OPENAI_MODELS, OPENAI_RESPONSES_MODELS } from './openai-models.ts';

const OPENAI_CHAT_CARDS = [...OPENAI_MODELS, ...OPENAI_EMBEDDING_MODELS].map(withEnd);

export const VENDOR_CARDS: Readonly<Record<VendorId, readonly ModelCard[]>> = {
  groq: GROQ_MODELS.map(withEnd),
  openai: [...OPENAI_CHAT_CARDS, ...OPENAI_RESPONSES_MODELS.map(withEnd)],
  anthropic: ANTHROPIC_MODELS.map(withEnd),
  gemini: [...GEMINI_MODELS, ...GEMINI_EMBEDDING_MODELS].map(withEnd),
};

function withEnd(card: ModelCard): ModelCard {
  const end = endingOf(`${card.provider}/${card.model}`);
  return end === null ? card : { ...card, end };
}

/** Those that can be asked, as the vendor is asked here. */
export function cardsOfVendor(id: VendorId, openAiApi: OpenAiApi): readonly ModelCard[] {
  return id === 'openai' && openAiApi === 'chat' ? OPENAI_CHAT_CARDS : VENDOR_CARDS[id];
}

/** Most tokens of an answer; null: nobody here knows the model. */
export function outputLimitOf(vendor: VendorId, model: string): number | null {
  return VENDOR_CARDS[vendor].find((card) => card.model === model)?.outputLimit ?? null;
}

/** Of a model that nobody has described: what most models of the last two years hold at least, and an answer that none refuses. */
const UNDESCRIBED = { contextWindow: 131_072, outputLimit: 16_384 };
const FEATURES: readonly ModelFeature[] = ['tools', 'images', 'json_mode', 'json_schema', 'reasoning', 'embeddings'];

/** Those that the operator has named, the one for callers who name none among them. */
export function serverCards(server: ServerSettings): readonly ModelCard[] {
  const { model, models } = server;
  const isListed = model === null || models.some(({ name }) => name === model);
  return [...models, ...(isListed ? [] : [{ name: model }])].map((described) => serverCard(server, described));
}

/** Of any model of a server; it is the server that knows which it has. */
export function serverCard(server: ServerSettings, described: ServerModel): ModelCard {
  const card = answeringCard(server, described);
  const { dimensions } = described;
  if (dimensions === undefined) return card;
  const vectors = { dimensions, areShortened: true };
  return { ...card, outputLimit: 0, features: new Set(['embeddings'] as const), vectors };
}

function answeringCard({ id, lacks = [], takes = [] }: ServerSettings, described: ServerModel): ModelCard {
  const taken = new Set([...takes, ...(described.takes ?? [])]);
  const lacking: readonly string[] = [...lacks, ...(described.lacks ?? [])];
  return {
    provider: id,
    model: described.name,
    contextWindow: described.contextWindow ?? UNDESCRIBED.contextWindow,
    outputLimit:
      described.outputLimit ?? Math.min(UNDESCRIBED.outputLimit, described.contextWindow ?? UNDESCRIBED.contextWindow),
    features: new Set([...FEATURES.filter((feature) => !lacking.includes(feature)), ...taken]),
    encoding: null,
    // Whether it does nobody has said; to cut off one that does would lose an answer that is paid for.
    thinksSilently: true,
    source: 'the configuration',
    readOn: READ_ON,
  };
}

/** Of the careful figures above; an operator's own have no date. */
const READ_ON = '2026-11-26';
