// The AI SDK, by each of its providers that speaks a dialect of ours.

import { createAnthropic } from '@ai-sdk/anthropic';
import { createGroq } from '@ai-sdk/groq';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateObject, jsonSchema, type ModelMessage } from 'ai';
import { describe, expect, it } from 'vitest';
import { AiClient, aiFailed } from './ai-client.ts';
import { type ClientKind, failureOf } from './client.ts';
import { FAMILY_NAMES } from './families.ts';
import { Backdrop } from './stage.ts';
import { tellStories } from './stories.ts';

// It warns on the console of each thought without a state.
globalThis.AI_SDK_LOG_WARNINGS = false;

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
      name: '`ai` + `@ai-sdk/openai`, Chat Completions',
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
  const stage = tellStories(
    {
      ...shared,
      name: '`ai` + `@ai-sdk/openai`, Responses',
      connect: ({ url, key, retries }) =>
        new AiClient(createOpenAI({ apiKey: key, baseURL: `${url}/v1` }).responses, retries, {
          openai: { store: false },
        }),
    },
    backdrop,
  );

  it('is told to say "store": false where it would refer to what nobody here has stored', async () => {
    const { running, keys } = stage.families;
    const models = createOpenAI({ apiKey: keys.alice, baseURL: `${running.url}/v1` }).responses;
    const client = new AiClient(models, 0);
    const question = stage.ask('anthropic');
    stage.vendor('anthropic').next({ says: { reasoning: 'Hm.', state: 'c3RhdGU=', text: 'So.' } });
    const { said } = await client.whole(question);
    const messages = [...question.messages, ...said, client.user('And then?')];
    const failure = await failureOf(client.whole({ ...question, messages }));
    expect(failure).toMatchObject({ statusCode: 400, message: expect.stringContaining('"store": false') });
  });
});

describe('@ai-sdk/openai-compatible', () => {
  const stage = tellStories(
    {
      ...shared,
      name: '`ai` + `@ai-sdk/openai-compatible`',
      // Google's signature of a call is the one state that it knows.
      carries: (family, where) => family === 'gemini' && where === 'on a call',
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

  it.each(FAMILY_NAMES)('on %s: an object is made by its schema (generateObject)', async (family) => {
    stage.vendor(family).next({ says: { text: '{"answer":42}' } });
    const { running, keys } = stage.families;
    const { model, messages } = stage.ask(family);
    const models = createOpenAICompatible({
      name: 'gateway',
      apiKey: keys.alice,
      baseURL: `${running.url}/v1`,
      supportsStructuredOutputs: true,
    });
    const schema = jsonSchema({ type: 'object', properties: { answer: { type: 'number' } }, required: ['answer'] });
    const asked = { model: models(model), messages: [...messages], schema, maxRetries: 0 };
    expect((await generateObject(asked)).object).toEqual({ answer: 42 });
    expect(stage.seen(family).format).toMatchObject({ properties: { answer: { type: 'number' } } });
  });
});

describe('@ai-sdk/groq', () => {
  tellStories(
    {
      ...shared,
      name: '`ai` + `@ai-sdk/groq`',
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
      name: '`ai` + `@ai-sdk/anthropic`',
      readsStreamCode: false,
      // Of a model that it does not know it asks JSON by a tool.
      schemaTool: (family) => (family === 'anthropic' ? null : 'json'),
      connect: ({ url, key, retries }) => new AiClient(createAnthropic({ apiKey: key, baseURL: `${url}/v1` }), retries),
    },
    backdrop,
  );
});
