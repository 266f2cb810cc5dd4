// A fitted request that asks for nothing: what a test sets is then all there is.

import type { FittedRequest } from '../src/core/request.ts';

export const EMPTY_REQUEST: FittedRequest = {
  systemPrompt: null,
  messages: [],
  temperature: null,
  maxTokens: null,
  topP: null,
  seed: null,
  stop: [],
  tools: [],
  toolChoice: null,
  parallelToolCalls: null,
  responseFormat: { type: 'text' },
  reasoningEffort: null,
  serviceTier: null,
  embedding: null,
  providerOptions: {},
};
