// Embeddings as vendors are asked for them and tell them: recorded ones of OpenAI and Google, and what servers differ in. What of an
// answer is refused is tested over HTTP (test/gateway/embeddings.test.ts).

import { beforeAll, describe, expect, it } from 'vitest';
import { VENDOR_CARDS } from '../../src/catalog/vendor-cards.ts';
import { valuesOf } from '../../src/core/embeddings.ts';
import { arrayAt, isObject, type JsonObject, objectAt, stringAt } from '../../src/core/json.ts';
import type { EmbeddingsCodec, LLMProvider } from '../../src/core/provider.ts';
import type { FittedRequest } from '../../src/core/request.ts';
import { type CompatibleProvider, createCompatible } from '../../src/providers/compatible.ts';
import { createGemini } from '../../src/providers/gemini.ts';
import { createGroq } from '../../src/providers/groq.ts';
import { createOpenAi } from '../../src/providers/openai.ts';
import { createTokenCounter } from '../../src/tokens/counter.ts';
import { CANARY_KEY, codecOf, replyOf } from '../contract/provider.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';
import { base64Of } from '../vendor/embeddings-vendor.ts';
import { hasRecordings, recordingsOf } from './recorded.ts';

function asked(
  texts: readonly string[],
  dimensions: number | null = null,
  more: Partial<FittedRequest> = {},
): FittedRequest {
  const messages = texts.map((content) => ({ role: 'user' as const, content }));
  return { ...EMPTY_REQUEST, messages, maxTokens: 0, embedding: { dimensions }, ...more };
}

function embeddingsOf(provider: LLMProvider): EmbeddingsCodec {
  const { embeddings } = codecOf(provider);
  if (embeddings === undefined) throw new Error(`${provider.id} makes no embeddings`);
  return embeddings;
}

const openai = createOpenAi({ apiKey: CANARY_KEY });
const gemini = createGemini({ apiKey: CANARY_KEY });
const server = (described: Partial<CompatibleProvider>) =>
  embeddingsOf(createCompatible({ id: 'own', apiKey: CANARY_KEY, baseUrl: 'http://127.0.0.1:9', ...described }));

/** The request, as the recording has it. */
function askedIn(body: JsonObject): { texts: string[]; dimensions: number | null; model: string } {
  const first = arrayAt(body, 'requests') ?? [];
  const partOf = (each: unknown) =>
    arrayAt(isObject(each) ? (objectAt(each, 'content') ?? undefined) : undefined, 'parts')?.[0];
  const texts =
    first.length > 0 ? first.map((each) => stringAt(partOf(each), 'text') ?? '') : [stringAt(body, 'input') ?? ''];
  const dimensions = body['dimensions'] ?? (isObject(first[0]) ? first[0]['outputDimensionality'] : null);
  const model = (stringAt(body, 'model') ?? stringAt(first[0], 'model') ?? '').replace(/^models\//, '');
  return { texts, dimensions: typeof dimensions === 'number' ? dimensions : null, model };
}

describe.skipIf(!hasRecordings)('recorded embeddings', () => {
  const counter = createTokenCounter();
  beforeAll(() => counter.ready('o200k_base'));
  const recordings = recordingsOf('embeddings').filter(
    ({ provider }) => provider === 'openai' || provider === 'google',
  );
  const codecFor = (provider: string) => (provider === 'openai' ? openai : gemini);
  const whole = recordings.filter(({ status }) => status === 200);

  it('are of both vendors', () => expect(new Set(whole.map(({ provider }) => provider)).size).toBe(2));

  it.each(whole.map((recording) => [recording.file, recording] as const))(
    'are asked for and read: %s',
    (_file, recording) => {
      const { texts, dimensions, model } = askedIn(recording.request ?? {});
      const codec = embeddingsOf(codecFor(recording.provider));
      const request = asked(texts, dimensions);
      const call = codec.encode(request, model);
      const recorded = recording.request;
      // Ours is always a list.
      expect(call.body).toEqual(recording.provider === 'openai' ? { ...recorded, input: texts } : recorded);
      const answer = codec.decode(recording.body, request, null);
      expect(answer.vectors?.map((vector) => valuesOf(vector).length)).toEqual(texts.map(() => dimensions));
      // What would be held for it is not below what was billed.
      const card = VENDOR_CARDS[recording.provider === 'openai' ? 'openai' : 'gemini'].find(
        (each) => each.model === model,
      );
      expect(card && counter.requestUpperBound(request, card)).toBeGreaterThanOrEqual(5);
      const isTold = recording.provider === 'openai';
      expect(answer.usage).toEqual(isTold ? expect.objectContaining({ inputTokens: 5, outputTokens: 0 }) : null);
    },
  );

  it.each(recordings.filter(({ status }) => status >= 400).map((recording) => [recording.file, recording] as const))(
    'failures are told by the table: %s',
    (_file, { provider, status, body, headers }) => {
      const error = codecOf(codecFor(provider)).decodeError(replyOf(status, body, headers));
      expect(error).toMatchObject({ code: 'model_not_found' });
    },
  );
});

describe('who is asked for embeddings', () => {
  it('is OpenAI by either of its APIs, Gemini and any server; Groq has none', () => {
    expect(embeddingsOf(createOpenAi({ apiKey: CANARY_KEY, api: 'responses' })).encode(asked(['x']), 'm').url).toBe(
      'https://api.openai.com/v1/embeddings',
    );
    expect(codecOf(createGroq({ apiKey: CANARY_KEY })).embeddings).toBeUndefined();
    expect(server({ api: 'responses' }).encode(asked(['x']), 'nomic-embed-text')).toMatchObject({
      url: 'http://127.0.0.1:9/v1/embeddings',
      headers: { authorization: `Bearer ${CANARY_KEY}` },
      body: { model: 'nomic-embed-text', input: ['x'] },
    });
  });

  it.each(['chat', 'responses'] as const)('Azure names the deployment in the address, also with api: %s', (api) => {
    const azure = { preset: 'azure', baseUrl: 'https://school.openai.azure.com', api } as const;
    const dated = server({ ...azure, apiVersion: '2024-10-21' }).encode(asked(['x']), 'ours');
    expect(dated).toMatchObject({
      url: 'https://school.openai.azure.com/openai/deployments/ours/embeddings?api-version=2024-10-21',
      headers: { 'api-key': CANARY_KEY },
      body: { encoding_format: 'base64' },
    });
    expect(server(azure).encode(asked(['x']), 'ours').url).toBe('https://school.openai.azure.com/openai/v1/embeddings');
  });

  it('gets the options that are for embeddings, the operator’s fields, and nothing else', () => {
    const options = { input_type: 'query', messages: [], temperature: 1 };
    const codec = server({ fields: { keep_alive: '5m', input: ['stolen'] } });
    const { body, warnings } = codec.encode(asked(['x'], 5, { providerOptions: { own: options } }), 'm');
    expect(body).toEqual({ model: 'm', input: ['x'], dimensions: 5, keep_alive: '5m', input_type: 'query' });
    expect(warnings.map(({ param }) => param)).toEqual([
      'providerOptions.own.messages',
      'providerOptions.own.temperature',
    ]);
    const task = embeddingsOf(gemini).encode(
      asked(['x'], null, { providerOptions: { gemini: { taskType: 'RETRIEVAL_QUERY', topK: 1 } } }),
      'm',
    );
    expect(task.body['requests']).toEqual([
      { model: 'models/m', taskType: 'RETRIEVAL_QUERY', content: { parts: [{ text: 'x' }] } },
    ]);
    expect(task.warnings).toHaveLength(1);
  });
});

describe('what a server answers', () => {
  const codec = server({});

  it.each([
    ['numbers', [0.5, -0.25]],
    ['base64 that nobody asked for', base64Of([0.5, -0.25])],
  ])('is read as %s', (_what, embedding) => {
    const { vectors, usage } = codec.decode({ data: [{ embedding }], usage: { total_tokens: 3 } }, asked(['x']), null);
    expect(vectors).toEqual([base64Of([0.5, -0.25])]);
    expect(usage).toMatchObject({ inputTokens: 3, outputTokens: 0 });
  });

  it('without a usage is told without one; with figures that are none, too', () => {
    const data = [{ embedding: [1] }];
    for (const usage of [undefined, null, {}, { prompt_tokens: -1 }, { prompt_tokens: 1.5 }, { prompt_tokens: 'x' }])
      expect(codec.decode({ data, usage }, asked(['x']), null).usage).toBeNull();
  });

  it('twice for one text and never for another is no answer, nor is an error with status 200', () => {
    const item = (index: number) => ({ index, embedding: [1] });
    expect(() => codec.decode({ data: [item(0), item(0)] }, asked(['a', 'b']), null)).toThrow('no vector');
    expect(() => codec.decode({ data: [item(0), item(7)] }, asked(['a', 'b']), null)).toThrow('no vector');
    expect(() => codec.decode({ error: { message: 'gone', code: 503 } }, asked(['a']), null)).toThrow(
      expect.objectContaining({ code: 'provider_overloaded' }),
    );
  });
});
