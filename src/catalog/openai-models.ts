// OpenAI's chat models, those it has shut down and those it has announced to. Facts, not code: windows, limits and efforts as the
// catalogue of pi-ai 1.5.2 has them (2026-11-10), features after models.dev and LiteLLM's list (August 2026), ends from openai 7.57's
// own types (2026-11-13). None of these is OpenAI's page, which nobody here could read: where they differ the careful figure is taken.

import type { ModelCard, ModelFeature } from '../core/catalog.ts';
import { endsOf } from './ends.ts';

type Facts = Pick<ModelCard, 'contextWindow' | 'outputLimit' | 'encoding' | 'thinksSilently'> & {
  readonly models: readonly string[];
  readonly features: readonly ModelFeature[];
};

/** Those that see pictures read PDFs too (developers.openai.com/api/docs/guides/file-inputs, read 2026-11-26). */
const CHAT: readonly ModelFeature[] = ['tools', 'images', 'pdf', 'json_mode', 'json_schema'];
const REASONING: readonly ModelFeature[] = [...CHAT, 'reasoning'];

/** The largest ones. Above 272,000 tokens of prompt the whole request is dearer (twice the input, one and a half times the output). */
const LARGE = { contextWindow: 1_050_000, outputLimit: 128_000 };
/** At most 272,000 of these are for the prompt, which the answer's 128,000 leave anyway. */
const MIDDLE = { contextWindow: 400_000, outputLimit: 128_000 };

const FACTS: readonly Facts[] = [
  {
    // Which vocabulary GPT-6 has nobody has published.
    models: ['gpt-6-astra', 'gpt-6.1-sol', 'gpt-6.1-terra', 'gpt-6-sol', 'gpt-6-luna'],
    ...LARGE,
    encoding: null,
    features: REASONING,
    thinksSilently: true,
  },
  {
    models: ['gpt-5.6-sol', 'gpt-5.6-terra', 'gpt-5.6-luna', 'gpt-5.5', 'gpt-5.4'],
    ...LARGE,
    encoding: 'o200k_base',
    features: REASONING,
    thinksSilently: true,
  },
  {
    models: ['gpt-5.4-mini', 'gpt-5.4-nano', 'gpt-5.2', 'gpt-5.1', 'gpt-5', 'gpt-5-mini', 'gpt-5-nano'],
    ...MIDDLE,
    encoding: 'o200k_base',
    features: REASONING,
    thinksSilently: true,
  },
  { models: ['chat-latest'], ...MIDDLE, encoding: 'o200k_base', features: CHAT, thinksSilently: false },
  {
    models: ['gpt-4.1', 'gpt-4.1-mini'],
    contextWindow: 1_047_576,
    outputLimit: 32_768,
    encoding: 'o200k_base',
    features: CHAT,
    thinksSilently: false,
  },
  {
    models: ['gpt-4o'],
    contextWindow: 128_000,
    outputLimit: 16_384,
    encoding: 'o200k_base',
    features: CHAT,
    thinksSilently: false,
  },
  {
    models: ['gpt-4o-mini'],
    contextWindow: 128_000,
    outputLimit: 16_384,
    encoding: 'o200k_base',
    // Its pictures are billed as so many tokens that no window bounds what the pages of a PDF come to.
    features: CHAT.filter((feature) => feature !== 'pdf'),
    thinksSilently: false,
  },
  {
    models: ['o3'],
    contextWindow: 200_000,
    outputLimit: 100_000,
    encoding: 'o200k_base',
    features: REASONING,
    thinksSilently: true,
  },
];

/** Chat Completions know nothing of these. Whether they take a JSON schema the sources disagree about: the careful word is no. */
const RESPONSES_ONLY: readonly Facts[] = [
  {
    models: ['gpt-5.5-pro', 'gpt-5.4-pro'],
    ...LARGE,
    encoding: 'o200k_base',
    features: ['tools', 'images', 'pdf', 'reasoning'],
    thinksSilently: true,
  },
  {
    models: ['gpt-5.2-pro'],
    ...MIDDLE,
    encoding: 'o200k_base',
    features: ['tools', 'images', 'pdf', 'reasoning'],
    thinksSilently: true,
  },
];

/** Those that both APIs answer. */
export const OPENAI_MODELS: readonly ModelCard[] = cardsOf(FACTS);

/** Those that only an `api: responses` reaches. */
export const OPENAI_RESPONSES_MODELS: readonly ModelCard[] = cardsOf(RESPONSES_ONLY);

function cardsOf(facts: readonly Facts[]): readonly ModelCard[] {
  return facts.flatMap(({ models, features, ...rest }) =>
    models.map((model) => ({
      ...rest,
      model,
      provider: 'openai',
      features: new Set(features),
      source: '@earendil-works/pi-ai@1.5.2 dist/providers/data/openai.json',
      readOn: '2026-11-10',
    })),
  );
}

/** Also those whose day has not come: a catalogue of today lists them still. */
export const OPENAI_ENDS = endsOf([
  ['2026-07-23', 'gpt-5.6-terra', 'gpt-5.1-codex'],
  ['2026-07-23', 'chat-latest', 'gpt-5-chat-latest', 'gpt-5.1-chat-latest'],
  ['2026-07-23', null, 'gpt-4o-search-preview', 'gpt-4o-mini-search-preview'],
  ['2026-08-10', 'chat-latest', 'gpt-5.2-chat-latest', 'gpt-5.3-chat-latest'],
  ['2026-10-23', 'gpt-5.4-nano', 'gpt-3.5-turbo', 'gpt-4.1-nano'],
  ['2026-10-23', 'gpt-5.4', 'gpt-4', 'gpt-4-turbo', 'gpt-4o-2024-05-13', 'o1'],
  ['2026-10-23', 'gpt-5.4-mini', 'o3-mini', 'o4-mini'],
  ['2026-12-11', 'gpt-5.4', 'gpt-5', 'o3'],
  ['2026-12-11', 'gpt-5.4-mini', 'gpt-5-mini', 'gpt-5-nano'],
  ['2027-01-14', 'gpt-5.4', 'gpt-4.1', 'gpt-4o'],
  ['2027-01-14', 'gpt-5.4-mini', 'gpt-4.1-mini', 'gpt-4o-mini'],
  ['2027-04-01', 'gpt-5.4', 'gpt-5.1'],
  ['2027-04-01', 'gpt-5.4-mini', 'gpt-5.4-nano'],
]);
