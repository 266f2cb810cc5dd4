// Anthropic's models, and those it has shut down. Facts, not code: read from platform.claude.com/docs (models, pricing, model
// deprecations) on the day `readOn` says. Mythos is not here: it answers nobody without an invitation.

import type { ModelCard } from '../core/catalog.ts';
import { endsOf } from './ends.ts';

type Facts = Pick<ModelCard, 'contextWindow' | 'outputLimit' | 'thinksSilently'> & {
  /** An alias and the dated name that it stands for are two names of one model. */
  readonly models: readonly string[];
};

const FACTS: readonly Facts[] = [
  {
    // Since 4.7 what is thought is hidden unless it is asked for, and since 5 they think unasked.
    models: [
      ...['claude-fable-5-2', 'claude-fable-5-1', 'claude-fable-5'],
      ...['claude-opus-5-5', 'claude-opus-5', 'claude-opus-4-8', 'claude-opus-4-7'],
      ...['claude-sonnet-5-5', 'claude-sonnet-5', 'claude-haiku-5-5'],
    ],
    contextWindow: 1_000_000,
    outputLimit: 128_000,
    thinksSilently: true,
  },
  {
    models: ['claude-opus-4-6'],
    contextWindow: 1_000_000,
    outputLimit: 128_000,
    thinksSilently: false,
  },
  {
    models: ['claude-sonnet-4-6'],
    contextWindow: 1_000_000,
    // Lists of models say 64,000 and 128,000: the smaller one cannot be wrong.
    outputLimit: 64_000,
    thinksSilently: false,
  },
  {
    models: [
      ...['claude-opus-4-5', 'claude-opus-4-5-20251101'],
      ...['claude-sonnet-4-5', 'claude-sonnet-4-5-20250929'],
      ...['claude-haiku-4-5', 'claude-haiku-4-5-20251001'],
    ],
    contextWindow: 200_000,
    outputLimit: 64_000,
    thinksSilently: false,
  },
];

export const ANTHROPIC_MODELS: readonly ModelCard[] = FACTS.flatMap(({ models, ...facts }) =>
  models.map((model) => ({
    ...facts,
    model,
    provider: 'anthropic',
    encoding: null,
    // There is no JSON mode without a schema. PDFs: "all active models" (platform.claude.com/docs, pdf-support, read 2026-11-26).
    features: new Set(['tools', 'images', 'pdf', 'json_schema', 'reasoning'] as const),
    source: 'platform.claude.com/docs/en/about-claude/models/overview',
    readOn: '2026-11-22',
  })),
);

export const ANTHROPIC_ENDS = endsOf([
  ['2024-11-06', 'claude-haiku-4-5', 'claude-instant-1.0', 'claude-instant-1.1', 'claude-instant-1.2'],
  ['2024-11-06', 'claude-haiku-4-5', 'claude-1.0', 'claude-1.1', 'claude-1.2', 'claude-1.3'],
  ['2025-07-21', 'claude-sonnet-5-5', 'claude-2.0', 'claude-2.1', 'claude-3-sonnet-20240229'],
  ['2025-10-28', 'claude-sonnet-5-5', 'claude-3-5-sonnet-20240620', 'claude-3-5-sonnet-20241022'],
  ['2025-10-28', 'claude-sonnet-5-5', 'claude-3-5-sonnet-latest'],
  ['2026-01-05', 'claude-opus-5-5', 'claude-3-opus-20240229', 'claude-3-opus-latest'],
  ['2026-02-19', 'claude-sonnet-5-5', 'claude-3-7-sonnet-20250219', 'claude-3-7-sonnet-latest'],
  ['2026-02-19', 'claude-haiku-4-5', 'claude-3-5-haiku-20241022', 'claude-3-5-haiku-latest'],
  ['2026-04-20', 'claude-haiku-4-5', 'claude-3-haiku-20240307'],
  ['2026-06-15', 'claude-opus-5-5', 'claude-opus-4-20250514', 'claude-opus-4-0'],
  ['2026-06-15', 'claude-sonnet-5-5', 'claude-sonnet-4-20250514', 'claude-sonnet-4-0'],
  ['2026-08-05', 'claude-opus-5-5', 'claude-opus-4-1-20250805', 'claude-opus-4-1'],
]);
