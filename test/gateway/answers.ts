// What a stream begins and ends with, for tests of how a dialect writes an answer.

import type { ResponseSummary, StreamEvent } from '../../src/index.ts';

export const SUMMARY: ResponseSummary = {
  id: 'req_1',
  generationId: 'gen_1',
  provider: 'groq',
  model: 'some-model',
  finishReason: 'stop',
  finishReasonRaw: 'stop',
  usage: { inputTokens: 3, cacheReadTokens: 1, cacheWriteTokens: null, outputTokens: 4, reasoningTokens: 2 },
  usageSource: 'provider',
  tokensUsed: 7,
  costUsd: '0.01',
  priced: true,
  cached: false,
  shared: false,
  cacheKey: null,
  responseTimeMs: 1,
  timestamp: '2026-01-01T00:00:00.000Z',
  attempts: [],
  context: { kept: 1, dropped: 0, estimatedTokens: 1, window: 1 },
  warnings: [],
  maxTokens: null,
  providerMetadata: {},
};

export const START = {
  type: 'response-start',
  id: 'req_1',
  generationId: 'gen_1',
  provider: 'groq',
  model: 'm',
  cached: false,
  shared: false,
  attempts: 1,
  maxTokens: null,
} as const satisfies StreamEvent;
