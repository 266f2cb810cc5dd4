// The models of OpenAI and Google that make embeddings and nothing else. Facts, not code: windows and dimensions as LiteLLM's list has
// them, which of OpenAI's give fewer dimensions as its client's types say. Groq has none on its page of models, Anthropic none at all.

import type { ModelCard, ModelFeature } from '../core/catalog.ts';

type Facts = Pick<ModelCard, 'model' | 'contextWindow' | 'vectors'>;

const FEATURES: ReadonlySet<ModelFeature> = new Set(['embeddings']);

/** OpenAI's vocabulary for these (cl100k) is not here, so its counts are bounds. */
function cardsOf(provider: string, facts: readonly Facts[]): readonly ModelCard[] {
  return facts.map((each) => ({
    ...each,
    provider,
    outputLimit: 0,
    features: FEATURES,
    encoding: null,
    thinksSilently: false,
    source: 'LiteLLM model_prices_and_context_window.json',
    readOn: '2026-11-26',
  }));
}

export const OPENAI_EMBEDDING_MODELS = cardsOf('openai', [
  { model: 'text-embedding-3-small', contextWindow: 8_191, vectors: { dimensions: 1_536, areShortened: true } },
  { model: 'text-embedding-3-large', contextWindow: 8_191, vectors: { dimensions: 3_072, areShortened: true } },
  { model: 'text-embedding-ada-002', contextWindow: 8_191, vectors: { dimensions: 1_536, areShortened: false } },
]);

export const GEMINI_EMBEDDING_MODELS = cardsOf('gemini', [
  { model: 'gemini-embedding-001', contextWindow: 2_048, vectors: { dimensions: 3_072, areShortened: true } },
  { model: 'gemini-embedding-2', contextWindow: 8_192, vectors: { dimensions: 3_072, areShortened: true } },
]);
