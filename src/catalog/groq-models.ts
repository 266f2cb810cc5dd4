// Groq's chat models, and those it has shut down. Facts, not code: read from console.groq.com/docs/models and
// /docs/deprecations on the day `readOn` says. A model that Groq adds later is a new entry here and a price.

import type { ModelCard, ModelFeature } from '../core/catalog.ts';
import { endsOf } from './ends.ts';

type Facts = Pick<ModelCard, 'model' | 'contextWindow' | 'outputLimit' | 'encoding'> & {
  readonly features: readonly ModelFeature[];
};

const GPT_OSS_VOCABULARY = 'o200k_harmony';

const FACTS: readonly Facts[] = [
  {
    model: 'openai/gpt-oss-120b',
    contextWindow: 131_072,
    outputLimit: 65_536,
    encoding: GPT_OSS_VOCABULARY,
    features: ['tools', 'json_mode', 'json_schema', 'reasoning'],
  },
  {
    model: 'openai/gpt-oss-20b',
    contextWindow: 131_072,
    outputLimit: 65_536,
    encoding: GPT_OSS_VOCABULARY,
    features: ['tools', 'json_mode', 'json_schema', 'reasoning'],
  },
  {
    model: 'openai/gpt-oss-safeguard-20b',
    contextWindow: 131_072,
    outputLimit: 65_536,
    encoding: GPT_OSS_VOCABULARY,
    features: ['tools', 'json_mode', 'json_schema', 'reasoning'],
  },
  {
    model: 'qwen/qwen3.8-27b',
    // The models page says 131,072, the model's card 131,042: the smaller one cannot be wrong.
    contextWindow: 131_042,
    outputLimit: 16_384,
    encoding: null,
    features: ['tools', 'images', 'json_mode', 'json_schema', 'reasoning'],
  },
  // Since 2026-08-16 the two Llamas, and MiniMax's from the start, answer only keys with an enterprise contract; others get 404.
  {
    model: 'llama-3.3-70b-versatile',
    contextWindow: 131_072,
    outputLimit: 32_768,
    encoding: null,
    features: ['tools', 'json_mode'],
  },
  {
    model: 'llama-3.1-8b-instant',
    contextWindow: 131_072,
    outputLimit: 131_072,
    encoding: null,
    features: ['tools', 'json_mode'],
  },
  {
    model: 'minimaxai/minimax-m2.7',
    contextWindow: 196_608,
    outputLimit: 131_072,
    encoding: null,
    features: ['tools', 'json_mode'],
  },
];

export const GROQ_MODELS: readonly ModelCard[] = FACTS.map((facts) => ({
  ...facts,
  provider: 'groq',
  features: new Set(facts.features),
  // Groq streams the reasoning of all of these as it is made.
  thinksSilently: false,
  source: 'console.groq.com/docs/models',
  readOn: '2026-10-01',
}));

export const GROQ_ENDS = endsOf([
  ['2024-10-28', 'qwen/qwen3.8-27b', 'llava-v1.5-7b-4096-preview'],
  ['2024-11-25', 'openai/gpt-oss-120b', 'llama-3.2-11b-text-preview', 'llama-3.2-90b-text-preview'],
  ['2024-12-18', 'openai/gpt-oss-20b', 'gemma-7b-it'],
  ['2025-01-06', 'openai/gpt-oss-120b', 'llama3-groq-70b-8192-tool-use-preview'],
  ['2025-01-06', 'openai/gpt-oss-20b', 'llama3-groq-8b-8192-tool-use-preview'],
  ['2025-01-24', 'openai/gpt-oss-120b', 'llama-3.1-70b-versatile', 'llama-3.1-70b-specdec'],
  ['2025-03-20', 'openai/gpt-oss-120b', 'mixtral-8x7b-32768'],
  ['2025-03-24', 'openai/gpt-oss-120b', 'deepseek-r1-distill-llama-70b-specdec'],
  ['2025-04-14', 'openai/gpt-oss-20b', 'llama-3.2-1b-preview', 'llama-3.2-3b-preview'],
  ['2025-04-14', 'qwen/qwen3.8-27b', 'llama-3.2-11b-vision-preview', 'llama-3.2-90b-vision-preview'],
  ['2025-04-14', 'openai/gpt-oss-120b', 'qwen-2.5-32b', 'qwen-2.5-coder-32b', 'deepseek-r1-distill-qwen-32b'],
  ['2025-04-14', 'openai/gpt-oss-120b', 'llama-3.3-70b-specdec'],
  ['2025-06-06', 'openai/gpt-oss-safeguard-20b', 'llama-guard-3-8b'],
  ['2025-07-14', 'openai/gpt-oss-120b', 'qwen-qwq-32b'],
  ['2025-07-30', 'openai/gpt-oss-120b', 'mistral-saba-24b'],
  ['2025-08-30', 'openai/gpt-oss-120b', 'llama3-70b-8192'],
  ['2025-08-30', 'openai/gpt-oss-20b', 'llama3-8b-8192'],
  ['2025-10-02', 'openai/gpt-oss-120b', 'deepseek-r1-distill-llama-70b'],
  ['2025-10-08', 'openai/gpt-oss-20b', 'gemma2-9b-it'],
  ['2025-10-10', 'openai/gpt-oss-120b', 'moonshotai/kimi-k2-instruct'],
  ['2026-03-05', 'openai/gpt-oss-safeguard-20b', 'meta-llama/llama-guard-4-12b'],
  ['2026-03-09', 'openai/gpt-oss-120b', 'meta-llama/llama-4-maverick-17b-128e-instruct'],
  ['2026-04-15', 'openai/gpt-oss-120b', 'moonshotai/kimi-k2-instruct-0905'],
  ['2026-07-17', 'openai/gpt-oss-120b', 'qwen/qwen3-32b', 'meta-llama/llama-4-scout-17b-16e-instruct'],
  ['2026-09-14', 'qwen/qwen3.8-27b', 'qwen/qwen3.6-27b'],
  ['2026-09-21', null, 'groq/compound', 'groq/compound-mini'],
]);
