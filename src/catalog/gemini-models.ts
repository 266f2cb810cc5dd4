// Google's chat models behind the Gemini API, and those it has shut down. Facts, not code. Left out are the names that move without
// notice (`gemini-flash-latest` and its kin: no price holds for them) and those of generation 4 whose limits nobody has published.

import type { ModelCard, ModelFeature } from '../core/catalog.ts';
import { endsOf } from './ends.ts';

type Facts = Pick<ModelCard, 'model' | 'contextWindow' | 'outputLimit'>;

const MILLION = 1_048_576;

const FACTS: readonly Facts[] = [
  // One request writes so much, thoughts included; 65,536 as a stream. More takes further requests, each billed with the prompt anew.
  { model: 'gemini-4-argon', contextWindow: MILLION, outputLimit: 32_768 },
  { model: 'gemini-3.8-flash', contextWindow: MILLION, outputLimit: 65_536 },
  { model: 'gemini-3.7-flash', contextWindow: MILLION, outputLimit: 65_536 },
  { model: 'gemini-3.6-flash', contextWindow: MILLION, outputLimit: 65_536 },
  { model: 'gemini-3.5-flash', contextWindow: MILLION, outputLimit: 65_536 },
  { model: 'gemini-3.5-flash-lite', contextWindow: MILLION, outputLimit: 65_536 },
  { model: 'gemini-3.1-pro-preview', contextWindow: MILLION, outputLimit: 65_536 },
  { model: 'gemini-3.1-flash-lite', contextWindow: MILLION, outputLimit: 65_536 },
  { model: 'gemini-3-flash-preview', contextWindow: MILLION, outputLimit: 65_536 },
  // From 2026-12-01 on Google answers for these two with the models named below, at those models' prices.
  { model: 'gemini-2.5-pro', contextWindow: MILLION, outputLimit: 65_536 },
  { model: 'gemini-2.5-flash', contextWindow: MILLION, outputLimit: 65_536 },
  // Only for keys that asked it before mid-2026; others get 404.
  { model: 'gemini-2.5-flash-lite', contextWindow: MILLION, outputLimit: 65_536 },
  { model: 'gemma-4-31b-it', contextWindow: 262_144, outputLimit: 32_768 },
  { model: 'gemma-4-26b-a4b-it', contextWindow: 262_144, outputLimit: 32_768 },
];

const FEATURES: readonly ModelFeature[] = ['tools', 'images', 'json_mode', 'json_schema', 'reasoning'];
/** Inputs by ai.google.dev/gemini-api/docs/models (read 2026-11-26): PDF and audio too, but for Gemma and for one whose page nobody has read. */
const HEARS = /^gemini-(?!4-argon)/;

export const GEMINI_MODELS: readonly ModelCard[] = FACTS.map((facts) => ({
  ...facts,
  provider: 'gemini',
  features: new Set(HEARS.test(facts.model) ? [...FEATURES, 'pdf', 'audio'] : FEATURES),
  encoding: null,
  // Thoughts are sent only to those who ask for an effort, and then as summaries, now and then.
  thinksSilently: true,
  source: '@earendil-works/pi-ai 1.5.2, from ai.google.dev/gemini-api/docs/models',
  readOn: '2026-11-22',
}));

/**
 * When Google shut a model down and what answers in its place TODAY; as a card a model is asked all the same, until the day. Read from
 * ai.google.dev/gemini-api/docs/deprecations and its changelog, and, for December 2026, from dev.to/aideprecations (2026-11-10).
 */
export const GEMINI_ENDS = endsOf([
  [
    ...(['2025-12-02', 'gemini-3.1-pro-preview'] as const),
    ...['gemini-2.5-pro-preview-03-25', 'gemini-2.5-pro-preview-05-06', 'gemini-2.5-pro-preview-06-05'],
  ],
  ['2026-03-09', 'gemini-3.1-pro-preview', 'gemini-3-pro-preview'],
  ['2026-05-25', 'gemini-3.1-flash-lite', 'gemini-3.1-flash-lite-preview'],
  // Google named 2.5 models, which are on their way out themselves.
  ['2026-06-01', 'gemini-3.5-flash-lite', 'gemini-2.0-flash', 'gemini-2.0-flash-001'],
  ['2026-06-01', 'gemini-3.1-flash-lite', 'gemini-2.0-flash-lite', 'gemini-2.0-flash-lite-001'],
  ['2026-12-01', 'gemini-3.8-flash', 'gemini-2.5-pro'],
  ['2026-12-01', 'gemini-3.5-flash-lite', 'gemini-2.5-flash'],
]);
