// The AI SDK, by each of its providers that speaks a dialect of ours.

import { createAnthropic } from '@ai-sdk/anthropic';
import { createGroq } from '@ai-sdk/groq';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { ModelMessage } from 'ai';
import { describe } from 'vitest';
import { AiClient, aiFailed } from './ai-client.ts';
import type { ClientKind } from './client.ts';
import { Backdrop, tellStories } from './stories.ts';

const CALL_ERROR = 'AI_APICallError';

const shared = {
  reads: ['input', 'output', 'cached', 'reasoning'],
  readsReasoning: true,
  readsRequestId: true,
  // It looks at the status alone.
  obeysShouldRetry: false,
  readsStreamCode: true,
  schemaTool: () => null,
  carries: () => true,
  failed: aiFailed,
  classes: {
    400: CALL_ERROR,
    401: CALL_ERROR,
    402: CALL_ERROR,
    403: CALL_ERROR,
    404: CALL_ERROR,
    429: CALL_ERROR,
    502: CALL_ERROR,
    503: CALL_ERROR,
    'in a stream': 'AI_StreamProviderError',
  },
} as const satisfies Partial<ClientKind<ModelMessage>>;

const backdrop = new Backdrop();

describe('@ai-sdk/openai by Chat Completions', () => {
  tellStories(
    {
      ...shared,
      // It shows no reasoning of this API, OpenAI's having none.
      readsReasoning: false,
      carries: () => false,
      connect: ({ url, key, retries }) =>
        new AiClient(createOpenAI({ apiKey: key, baseURL: `${url}/v1` }).chat, retries),
    },
    backdrop,
  );
});

describe('@ai-sdk/openai by Responses', () => {
  tellStories(
    {
      ...shared,
      // It takes nothing of a call but what OpenAI puts there.
      carries: (family, where) => family !== 'gemini' || where === 'beside a text',
      connect: ({ url, key, retries }) =>
        new AiClient(createOpenAI({ apiKey: key, baseURL: `${url}/v1` }).responses, retries, {
          openai: { store: false },
        }),
    },
    backdrop,
  );
});

describe('@ai-sdk/openai-compatible', () => {
  tellStories(
    {
      ...shared,
      // Google's signature of a call is the one state that it knows, and in a stream only on the first piece of a call.
      carries: (family, where, way) => family === 'gemini' && where === 'on a call' && way === 'whole',
      connect: ({ url, key, retries }) =>
        new AiClient(
          createOpenAICompatible({
            name: 'gateway',
            apiKey: key,
            baseURL: `${url}/v1`,
            includeUsage: true,
            supportsStructuredOutputs: true,
          }),
          retries,
        ),
    },
    backdrop,
  );
});

describe('@ai-sdk/groq', () => {
  tellStories(
    {
      ...shared,
      carries: () => false,
      // It keeps the type of an error in a stream alone.
      readsStreamCode: false,
      connect: ({ url, key, retries }) =>
        new AiClient(createGroq({ apiKey: key, baseURL: `${url}/openai/v1` }), retries),
    },
    backdrop,
  );
});

describe('@ai-sdk/anthropic', () => {
  tellStories(
    {
      ...shared,
      readsStreamCode: false,
      // Of a model that it does not know it asks JSON by a tool.
      schemaTool: (family) => (family === 'anthropic' ? null : 'json'),
      connect: ({ url, key, retries }) => new AiClient(createAnthropic({ apiKey: key, baseURL: `${url}/v1` }), retries),
    },
    backdrop,
  );
});
