// The rows of the table: who is asked, how, and where the fixtures written by its documents lie.

import { outputLimitOf } from '../../src/catalog/vendor-cards.ts';
import type { LLMProvider } from '../../src/core/provider.ts';
import { createAnthropic } from '../../src/providers/anthropic.ts';
import { PRESETS } from '../../src/providers/compatible/presets.ts';
import { createGemini } from '../../src/providers/gemini.ts';
import { CANARY_KEY } from '../contract/provider.ts';
import { chatProviderFor } from '../providers/recorded-chat.ts';
import { responsesProviderFor } from '../providers/recorded-responses.ts';

export interface Vendor {
  readonly id: string;
  readonly name: string;
  /** Null: nothing is known of it but the dialect, so nothing but its own traffic says what it takes. */
  readonly fixtures: string | null;
  /** One that can do all that the vendor can, by its documents; null: of what its models take nothing is written here. */
  readonly model: string | null;
  /** The address is where it would be asked. */
  create(baseUrl?: string): LLMProvider;
}

const BASE_URL = 'https://vendor.example';

const OWN: readonly Vendor[] = [
  {
    id: 'groq',
    name: 'Groq',
    fixtures: 'groq',
    model: 'qwen/qwen3.8-27b',
    create: (baseUrl) => chatProviderFor('groq', baseUrl),
  },
  {
    id: 'openai',
    name: 'OpenAI, Chat Completions',
    fixtures: 'openai',
    model: 'gpt-4.1',
    create: (baseUrl) => chatProviderFor('openai', baseUrl),
  },
  {
    id: 'openai-responses',
    name: 'OpenAI, Responses',
    fixtures: 'openai-responses',
    model: 'gpt-4.1',
    create: (baseUrl) => responsesProviderFor('openai', baseUrl),
  },
  {
    id: 'anthropic',
    name: 'Anthropic',
    fixtures: 'anthropic',
    model: 'claude-sonnet-4-6',
    create: (baseUrl = BASE_URL) =>
      createAnthropic({ apiKey: CANARY_KEY, baseUrl, outputLimitOf: (model) => outputLimitOf('anthropic', model) }),
  },
  {
    id: 'gemini',
    name: 'Gemini',
    fixtures: 'gemini',
    model: 'gemini-3.5-flash',
    create: (baseUrl = BASE_URL) => createGemini({ apiKey: CANARY_KEY, baseUrl }),
  },
];

/** Known by their traffic alone; the first is what Anthropic has for clients of the other dialect. */
const WITHOUT_PRESET: readonly (readonly [id: string, name: string])[] = [
  ['anthropic-chat', 'Anthropic, Chat Completions'],
  ['alibaba', 'Alibaba'],
  ['huggingface', 'Hugging Face'],
  ['perplexity', 'Perplexity'],
  ['vercel-gateway', 'Vercel AI Gateway'],
  ['zai', 'Z.ai'],
];

export const VENDORS: readonly Vendor[] = [
  ...OWN,
  ...Object.entries(PRESETS).map(([id, { vendor }]) => ({
    id,
    name: vendor,
    fixtures: `compatible/${id}`,
    model: null,
    create: (baseUrl?: string) => chatProviderFor(id, baseUrl),
  })),
  ...WITHOUT_PRESET.map(([id, name]) => ({
    id,
    name,
    fixtures: null,
    model: null,
    create: (baseUrl?: string) => chatProviderFor(id, baseUrl),
  })),
];
