// POST /v1/embeddings, for the packages that people have: vectors are the vendor's to the bit, by either encoding, and the request lives
// the same life as one for an answer: limits, budget, rows, cache, single flight, failover.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenAIEmbeddings } from '@langchain/openai';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { embeddingsAnswer, embeddingsReply } from '../../src/gateway/embeddings-wire.ts';
import { errorShape, modelListReply } from '../../src/gateway/reply-schemas.ts';
import { requestOfEmbedding } from '../../src/index.ts';
import {
  base64Of,
  type EmbeddingsTurn,
  type EmbeddingsVendor,
  startEmbeddingsVendor,
  vectorOfText,
} from '../vendor/embeddings-vendor.ts';
import { asks, CHAT, type RunningGateway, startGateway, until } from './start.ts';

const EMBEDDINGS = '/v1/embeddings';
const SMALL = 'text-embedding-3-small';
const folder = mkdtempSync(join(tmpdir(), 'codementor-embeddings-'));
let vendor: EmbeddingsVendor;
const running: RunningGateway[] = [];

beforeAll(async () => {
  vendor = await startEmbeddingsVendor();
});
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.close();
});
afterAll(async () => {
  await vendor[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const YAML = `
retry: { base_ms: 0 }
`;
const NO_BREAKER = 'breaker: { failures: 1000, open_ms: 1 }\n';
const ROUTES = `
providers:
  own: { type: compatible, base_url: URL, models: [{ name: nomic-embed-text }] }
routes:
  vectors: { targets: [${SMALL}, own/nomic-embed-text] }
`;

async function start(env: Readonly<Record<string, string>> = {}, yaml = ''): Promise<RunningGateway> {
  const cwd = mkdtempSync(join(folder, 'cwd-'));
  writeFileSync(
    join(cwd, 'codementor-llm.yaml'),
    YAML + (yaml.includes('breaker:') ? '' : NO_BREAKER) + yaml.replaceAll('URL', vendor.url),
  );
  const keys = { OPENAI_API_KEY: 'canary_openai_key', GEMINI_API_KEY: 'canary_gemini_key' };
  const at = { OPENAI_BASE_URL: vendor.url, GEMINI_BASE_URL: vendor.url };
  const gateway = await startGateway({ cwd, env: { ...keys, ...at, ...env } });
  running.push(gateway);
  return gateway;
}

const openaiAt = ({ url }: RunningGateway) => new OpenAI({ apiKey: 'x', baseURL: `${url}/v1`, maxRetries: 0 });

async function embedded(gateway: RunningGateway, body: object, headers = {}) {
  const reply = await gateway.post(EMBEDDINGS, { model: SMALL, ...body }, headers);
  expect(reply.status).toBe(200);
  return { ...embeddingsReply.parse(await reply.json()), headers: reply.headers };
}

async function refused(gateway: RunningGateway, body: object, path = EMBEDDINGS, headers = {}) {
  const reply = await gateway.post(path, { model: SMALL, input: 'a text', ...body }, headers);
  return { status: reply.status, ...errorShape.parse(await reply.json()).error };
}

describe('the openai package', () => {
  it('gets the vendor’s own vectors, as base64 that it asks for and decodes itself, and as numbers', async () => {
    const gateway = await start();
    const openai = openaiAt(gateway);
    const input = ['a list in Python', 'a tuple in Python'];
    const unasked = await openai.embeddings.create({ model: SMALL, input });
    expect(unasked.data.map(({ embedding }) => Array.from(embedding))).toEqual(input.map((text) => vectorOfText(text)));
    const numbers = await openai.embeddings.create({ model: SMALL, input, encoding_format: 'float' });
    expect(numbers.data.map(({ embedding }) => embedding)).toEqual(input.map((text) => vectorOfText(text)));
    const bytes = await openai.embeddings.create({ model: SMALL, input, encoding_format: 'base64' });
    expect(bytes.data.map(({ embedding }) => embedding)).toEqual(input.map((text) => base64Of(vectorOfText(text))));
    expect(unasked).toMatchObject({ object: 'list', model: SMALL, usage: { prompt_tokens: 8, total_tokens: 8 } });
    expect(unasked.data.map(({ object, index }) => [object, index])).toEqual([
      ['embedding', 0],
      ['embedding', 1],
    ]);
    expect(vendor.asked.at(-1)).toMatchObject({
      path: '/v1/embeddings',
      headers: { authorization: 'Bearer canary_openai_key' },
      body: { model: SMALL, input, encoding_format: 'base64' },
    });
  });

  it('gets as few dimensions as it asks for', async () => {
    const { data } = await openaiAt(await start()).embeddings.create({ model: SMALL, input: 'short', dimensions: 3 });
    expect(data.map(({ embedding }) => Array.from(embedding))).toEqual([vectorOfText('short', 3)]);
    expect(vendor.asked.at(-1)?.body).toMatchObject({ dimensions: 3, input: ['short'] });
  });

  it('throws its own class for what the vendor does, and for what we refuse', async () => {
    const openai = openaiAt(await start());
    const failure = (params: object) =>
      openai.embeddings.create({ model: SMALL, input: 'failing', ...params }).then(
        () => null,
        (error: unknown) => error,
      );
    vendor.next({ status: 401, body: () => ({ error: { message: 'no', code: 'invalid_api_key' } }) });
    expect(await failure({})).toMatchObject({ status: 502, code: 'provider_auth' });
    expect(await failure({ model: 'gpt-5.4-mini' })).toBeInstanceOf(OpenAI.BadRequestError);
    expect(await failure({ model: 'no-such-model' })).toBeInstanceOf(OpenAI.NotFoundError);
  });
});

describe('LangChain’s OpenAIEmbeddings', () => {
  it('gets the vectors of documents in batches, and that of a question', async () => {
    const { url } = await start();
    const configuration = { baseURL: `${url}/v1` };
    const embeddings = new OpenAIEmbeddings({ apiKey: 'x', model: SMALL, batchSize: 2, maxRetries: 0, configuration });
    const documents = ['one', 'two', 'three'];
    expect((await embeddings.embedDocuments(documents)).map((vector) => Array.from(vector))).toEqual(
      documents.map((text) => vectorOfText(text)),
    );
    expect(Array.from(await embeddings.embedQuery('why?'))).toEqual(vectorOfText('why?'));
  });
});

describe('an embedding', () => {
  it('is priced to the pico-dollar by what the vendor tells, and leaves a row', async () => {
    const gateway = await start();
    const { headers, x_gateway, usage } = await embedded(gateway, { input: 'five words in one text', user: 'ann' });
    expect(usage).toEqual({ prompt_tokens: 5, total_tokens: 5 });
    // 0.02 USD a million.
    expect(x_gateway).toMatchObject({ provider: 'openai', cost_usd: '0.0000001', usage_source: 'provider' });
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-cache': 'miss',
      'x-provider': 'openai',
      'x-model': SMALL,
      'x-attempts': '1',
      'x-cost-usd': '0.0000001',
      'x-ratelimit-limit-requests': '100000',
    });
    expect(await gateway.rows()).toMatchObject([
      {
        ...{ userId: 'ann', provider: 'openai', model: SMALL, requestedModel: SMALL },
        ...{ state: 'settled', outcome: 'completed', finishReason: 'stop', costPicoUsd: 100_000n },
        usage: { inputTokens: 5, outputTokens: 0 },
      },
    ]);
  });

  it('asked again comes from the cache, by either encoding; another dimension, model or text does not', async () => {
    const gateway = await start();
    const before = vendor.asked.length;
    const first = await embedded(gateway, { input: ['kept', 'too'] });
    const again = await embedded(gateway, { input: ['kept', 'too'], encoding_format: 'base64', user: 'bob' });
    expect([again.headers.get('x-cache'), again.headers.get('x-cost-usd')]).toEqual(['hit', '0.00']);
    expect(again.data.map(({ embedding }) => embedding)).toEqual(['kept', 'too'].map((t) => base64Of(vectorOfText(t))));
    expect(vendor.asked.length).toBe(before + 1);
    for (const other of [{ dimensions: 4 }, { model: 'text-embedding-3-large' }, { input: ['too', 'kept'] }]) {
      expect((await embedded(gateway, { input: ['kept', 'too'], ...other })).headers.get('x-cache')).toBe('miss');
    }
    expect(vendor.asked.length).toBe(before + 4);
    expect(first.usage).toEqual(again.usage);
    const rows = await gateway.rows();
    expect(rows.filter(({ outcome }) => outcome === 'cached')).toMatchObject([
      { costPicoUsd: 0n, savedPicoUsd: 40_000n, savedTokens: 2 },
    ]);
  });

  it('F62: that several ask at once is made once, for one who pays', async () => {
    const gateway = await start();
    const before = vendor.asked.length;
    const held = Promise.withResolvers<void>();
    vendor.next({ heldUntil: held.promise });
    const all = Array.from({ length: 5 }, () => embedded(gateway, { input: ['of', 'many'] }));
    await until(() => vendor.asked.length > before && gateway.service.status().inFlight === 5, 'all five');
    held.resolve();
    const replies = await Promise.all(all);
    for (const { data } of replies)
      expect(data.map(({ embedding }) => embedding)).toEqual([vectorOfText('of'), vectorOfText('many')]);
    expect(vendor.asked.length).toBe(before + 1);
    expect(replies.map(({ headers }) => headers.get('x-cache')).sort()).toEqual(['miss', ...Array(4).fill('shared')]);
    const rows = await gateway.rows();
    expect(rows.map(({ outcome }) => outcome).sort()).toEqual(['completed', ...Array(4).fill('joined')]);
    expect(rows.filter(({ costPicoUsd }) => costPicoUsd !== 0n)).toHaveLength(1);
  });

  it('that is sent again under its key is answered by the first, and another one under it is refused', async () => {
    const gateway = await start();
    const before = vendor.asked.length;
    const headers = { 'idempotency-key': 'one', 'cache-control': 'no-store' };
    const first = await embedded(gateway, { input: 'once' }, headers);
    const second = await embedded(gateway, { input: 'once' }, headers);
    expect(second.data).toEqual(first.data);
    expect(second.headers.get('x-generation-id')).toBe(first.headers.get('x-generation-id'));
    expect(vendor.asked.length).toBe(before + 1);
    expect(await refused(gateway, { input: 'other' }, EMBEDDINGS, headers)).toMatchObject({ status: 422 });
  });

  it('fails over to the next target of its route, with a row for each attempt', async () => {
    const gateway = await start({}, ROUTES);
    vendor.next({ status: 503 }, { status: 503 });
    const { headers, x_gateway, data } = await embedded(gateway, { model: 'vectors', input: 'moved on' });
    expect(headers.get('x-provider')).toBe('own');
    expect(data[0]?.embedding).toEqual(vectorOfText('moved on'));
    expect(x_gateway.attempts.map(({ provider, code }) => [provider, code])).toEqual([
      ['openai', 'provider_overloaded'],
      ['openai', 'provider_overloaded'],
      ['own', null],
    ]);
    // Of a server of the operator's nobody knows a price, and what format it knows.
    expect(x_gateway.cost_usd).toBeNull();
    expect(vendor.asked.at(-1)?.body).not.toHaveProperty('encoding_format');
    const rows = await gateway.rows();
    expect(rows.map(({ provider, state, code }) => [provider, state, code])).toEqual(
      expect.arrayContaining([
        ['openai', 'settled', 'provider_overloaded'],
        ['own', 'settled', null],
      ]),
    );
    expect(rows).toHaveLength(3);
  });

  it('of Gemini is asked in its words, and estimated, since it tells no tokens', async () => {
    const gateway = await start();
    const input = ['what a closure is', 'what a generator is'];
    const { data, x_gateway } = await embedded(gateway, { model: 'gemini-embedding-001', input, dimensions: 5 });
    expect(data.map(({ embedding }) => embedding)).toEqual(input.map((text) => vectorOfText(text, 5)));
    expect(x_gateway).toMatchObject({ usage_source: 'estimate', cost_usd: expect.stringMatching(/^0\.0000\d+$/) });
    const { path, body, headers } = vendor.asked.at(-1) ?? {};
    expect(path).toBe('/v1beta/models/gemini-embedding-001:batchEmbedContents');
    expect(headers?.['x-goog-api-key']).toBe('canary_gemini_key');
    expect(body).toEqual({
      requests: input.map((text) => ({
        model: 'models/gemini-embedding-001',
        content: { parts: [{ text }] },
        outputDimensionality: 5,
      })),
    });
    expect(await gateway.rows()).toMatchObject([{ usageSource: 'estimate', usage: { outputTokens: 0 } }]);
  });

  it('is refused before the vendor is asked when the budget does not cover it', async () => {
    const yaml = `
tiers: { poor: { usd_per_day: 0.0000001 } }
users: { ann: { tier: poor } }
`;
    const gateway = await start({}, yaml);
    const before = vendor.asked.length;
    const input =
      'a text of many more words than anybody could pay for with so little money as that, whoever asks '.repeat(9);
    expect(await refused(gateway, { input, user: 'ann' })).toMatchObject({ status: 402, code: 'budget_exceeded' });
    expect(vendor.asked.length).toBe(before);
    // What is held for a short one is enough, and what it costs is what the vendor tells.
    await embedded(gateway, { input: 'hi', user: 'ann' });
    expect(await gateway.rows()).toMatchObject([{ userId: 'ann', costPicoUsd: 20_000n, overHold: false }]);
  });

  it.each([EMBEDDINGS, `/openai${EMBEDDINGS}`])(
    'counts as a call, also at %s: one too many is not asked',
    async (path) => {
      const gateway = await start({}, 'users: { few: { requests_per_day: 1 } }');
      const before = vendor.asked.length;
      const ask = (input: string) => gateway.post(path, { model: SMALL, input }, { 'x-user-id': 'few' });
      expect((await ask('first')).status).toBe(200);
      const second = await ask('second');
      expect([second.status, second.headers.get('retry-after')]).toEqual([429, expect.stringMatching(/^\d+$/)]);
      expect(vendor.asked.length).toBe(before + 1);
    },
  );

  it('whose client has left is stopped, and its row says so', async () => {
    const gateway = await start();
    const before = vendor.asked.length;
    const held = Promise.withResolvers<void>();
    vendor.next({ heldUntil: held.promise });
    const left = new AbortController();
    const body = JSON.stringify({ model: SMALL, input: 'who leaves' });
    const headers = { 'content-type': 'application/json' };
    const asked = fetch(gateway.url + EMBEDDINGS, { method: 'POST', headers, body, signal: left.signal });
    await until(() => vendor.asked.length > before, 'the vendor to be asked');
    left.abort();
    await expect(asked).rejects.toThrow();
    await until(async () => (await gateway.rows()).some(({ outcome }) => outcome === 'cancelled'), 'the row');
    held.resolve();
    expect(await gateway.rows()).toMatchObject([{ outcome: 'cancelled', code: 'cancelled' }]);
  });

  it('of a model without a price is refused under a budget', async () => {
    const gateway = await start({}, `${ROUTES}\ntiers: { poor: { usd_per_day: 1 } }\nusers: { ann: { tier: poor } }\n`);
    const asked = { model: 'own/nomic-embed-text', user: 'ann' };
    expect(await refused(gateway, asked)).toMatchObject({ status: 403, code: 'model_unpriced' });
  });
});

const few: EmbeddingsTurn = { body: (whole) => ({ ...whole, data: [] }) };
const vectorsOf = (embedding: unknown): EmbeddingsTurn => ({
  body: (whole) => ({ ...whole, data: [{ object: 'embedding', index: 0, embedding }] }),
});

describe('an answer of the vendor that is no embeddings', () => {
  it.each([
    ['too few vectors', few],
    ['a value that is no number', vectorsOf([0.1, null, 0.3])],
    ['a value that is NaN', vectorsOf(base64Of([0.1, Number.NaN, 0.3]))],
    ['a value that float32 does not have', vectorsOf([0.1, 1e300, 0.3])],
    ['an empty vector', vectorsOf([])],
    ['bytes that make no values', vectorsOf('AAAAAAA=')],
    ['a text that is no base64', vectorsOf('not base64!!')],
    ['an object', vectorsOf({ values: [1, 2, 3] })],
    ['an answer of another kind', { body: () => ({ object: 'chat.completion', choices: [] }) }],
  ] satisfies [string, EmbeddingsTurn][])('is told as such: %s', async (_what, turn) => {
    const gateway = await start({ GROQ_MAX_RETRIES: '0' });
    vendor.next(turn);
    const body = { input: 'x', dimensions: 3 };
    expect(await refused(gateway, body)).toMatchObject({ status: 502, code: 'provider_bad_reply' });
    expect(await gateway.rows()).toMatchObject([{ code: 'provider_bad_reply' }]);
    // Nothing of it is kept.
    expect((await embedded(gateway, body)).data[0]?.embedding).toEqual(vectorOfText('x', 3));
  });

  it.each([
    ['of another length than the model has', [1, 2, 3, 4], SMALL],
    ['of more values than any model gives', Array(16_385).fill(1), 'own/nomic-embed-text'],
  ])('is told as such, and not asked for once more, where a vector is %s', async (_what, vector, model) => {
    const gateway = await start({}, ROUTES);
    const before = vendor.asked.length;
    vendor.next(vectorsOf(vector));
    expect(await refused(gateway, { model })).toMatchObject({ status: 502, code: 'provider_bad_reply' });
    expect(vendor.asked.length).toBe(before + 1);
  });

  it('closes its vendor to nobody where it is only not what one user asked: other dimensions, or too many texts', async () => {
    const gateway = await start({}, `${ROUTES}breaker: { failures: 2, open_ms: 60000 }\n`);
    const own = 'own/nomic-embed-text';
    const before = vendor.asked.length;
    for (let count = 0; count < 3; count++) {
      vendor.next(vectorsOf([1, 2, 3, 4]));
      const error = await refused(gateway, { model: own, dimensions: 3 });
      expect(error).toMatchObject({ status: 502, code: 'provider_rejected_answer', param: 'dimensions' });
      expect(error.message).toContain('leave them out');
      vendor.next(vectorsOf('A'.repeat(9_000_000)));
      const long = await refused(gateway, { model: own, input: `long ${count}` });
      expect(long).toMatchObject({ status: 502, code: 'provider_rejected_answer', param: 'input' });
      expect(long.message).toContain('fewer texts');
    }
    expect(vendor.asked.length).toBe(before + 6);
    expect((await embedded(gateway, { model: own, input: 'somebody else' })).data).toHaveLength(1);
    // It was made, so it is charged; what it cost was not told.
    expect(await gateway.rows()).toContainEqual(
      expect.objectContaining({ code: 'provider_rejected_answer', state: 'settled', usageSource: 'estimate' }),
    );
  });

  it('is put in order by the indexes of its vectors', async () => {
    const gateway = await start();
    vendor.next({
      body: (whole) => ({ ...whole, data: Array.isArray(whole['data']) ? whole['data'].toReversed() : [] }),
    });
    const input = ['first', 'second', 'third'];
    expect((await embedded(gateway, { input })).data.map(({ embedding }) => embedding)).toEqual(
      input.map((text) => vectorOfText(text)),
    );
  });
});

describe('an answer of many numbers', () => {
  const input = Array.from({ length: 100 }, (_, index) => `text ${index}`);
  const said = { request: requestOfEmbedding({ model: SMALL, input }), stream: false, ignored: [], isBase64: false };

  it('is made in pieces, of which there is one in each turn of the event loop, however many bodies are made', async () => {
    const gateway = await start();
    const response = await gateway.service.generateCompletion(said.request);
    let pieces = 0;
    let most = 0;
    let isMade = false;
    const serveOthers = () => {
      most = Math.max(most, pieces);
      pieces = 0;
      if (!isMade) setImmediate(serveOthers);
    };
    setImmediate(serveOthers);
    const bodies = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const texts: string[] = [];
        for await (const text of embeddingsAnswer(response, said)) {
          // What stands around the vectors is a few bytes.
          if (text.includes('"embedding":[')) pieces++;
          texts.push(text);
        }
        return texts;
      }),
    );
    isMade = true;
    expect(most).toBeLessThanOrEqual(2);
    const [texts = []] = bodies;
    expect(Math.max(...texts.map(({ length }) => length))).toBeLessThan(200_000);
    expect(new Set(bodies.map((each) => each.join(''))).size).toBe(1);
    const { data } = embeddingsReply.parse(JSON.parse(texts.join('')));
    expect(data.map(({ embedding }) => embedding)).toEqual(input.map((text) => vectorOfText(text)));
    const reply = await gateway.post(EMBEDDINGS, { model: SMALL, input });
    expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(embeddingsReply.parse(await reply.json()).data).toEqual(data);
  });
});

describe('what is refused before anybody is asked', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `text ${index}`);
  it.each([
    ['an empty text', { input: '' }, 'input', 'empty'],
    ['an empty text among others', { input: ['a', ''] }, 'input[1]', 'empty'],
    ['an empty list', { input: [] }, 'input', 'at least one'],
    ['no input', { input: undefined }, 'input', 'a text or a list of texts'],
    ['token numbers', { input: [1, 2, 3] }, 'input[0]', 'vocabulary'],
    ['lists of token numbers', { input: [[1, 2], [3]] }, 'input[0]', 'vocabulary'],
    ['more texts than may be', { input: many(2_049) }, 'input', '2048'],
    ['more than the answer has room for', { input: many(911) }, 'input', 'at most 910'],
    ['more of the large ones', { model: 'text-embedding-3-large', input: many(456) }, 'input', 'at most 455'],
    ['more than Gemini takes', { model: 'gemini-embedding-001', input: many(101) }, 'input', 'at most 100'],
    ['no dimensions', { dimensions: 0 }, 'dimensions', 'from 1'],
    ['more dimensions than there are', { dimensions: 1_537 }, 'dimensions', 'at most 1536'],
    [
      'other dimensions of a model that has no others',
      { model: 'text-embedding-ada-002', dimensions: 5 },
      'dimensions',
      'no others',
    ],
    ['an embedding of a model that answers', { model: 'openai/gpt-oss-120b' }, 'model', 'makes no embeddings'],
    ['no model', { model: undefined }, 'model', 'must be a text; it is missing'],
    ['another encoding', { encoding_format: 'int8' }, 'encoding_format', 'float'],
  ])('%s', async (_what, body, param, words) => {
    const gateway = await start();
    const before = vendor.asked.length;
    const error = await refused(gateway, body);
    expect(error).toMatchObject({ status: 400, code: 'invalid_request', param });
    expect(error.message).toContain(words);
    expect([vendor.asked.length, (await gateway.rows()).length]).toEqual([before, 0]);
  });

  it('a text that is longer than the model embeds, which is told by its tokens', async () => {
    const error = await refused(await start(), { input: ['short', 'word '.repeat(12_000)] });
    expect(error).toMatchObject({ status: 400, code: 'context_length_exceeded', param: 'input' });
    expect(error.message).toContain('8191');
  });

  it('a chat with a model that makes embeddings alone, in every dialect', async () => {
    const gateway = await start();
    const chat = { ...asks('hello'), model: SMALL };
    for (const path of [CHAT, '/api/v1/llm/completion'])
      expect(errorShape.parse(await (await gateway.post(path, chat)).json()).error).toMatchObject({
        ...{ code: 'invalid_request', param: 'model' },
        message: expect.stringContaining('/v1/embeddings'),
      });
    expect(await gateway.rows()).toEqual([]);
  });

  it('what reaches for money or identity; what is not known is left out and named', async () => {
    const gateway = await start();
    const error = await refused(gateway, { api_key: 'mine' });
    expect(error).toMatchObject({ status: 400, code: 'unknown_parameter', param: 'api_key' });
    const { headers } = await embedded(gateway, { input: 'left out', truncate: true, stream: true });
    expect(headers.get('x-ignored-params')).toBe('truncate, stream');
  });

  it('a model that the key may not ask', async () => {
    const gateway = await start();
    const { key } = await gateway.service.keys.create({
      role: 'user',
      tenant: 'default',
      userId: 'ann',
      allowedModels: [SMALL],
    });
    const headers = { authorization: `Bearer ${key}` };
    expect((await embedded(gateway, { input: 'mine', user: 'not-ann' }, headers)).model).toBe(SMALL);
    const large = { model: 'text-embedding-3-large' };
    expect(await refused(gateway, large, EMBEDDINGS, headers)).toMatchObject({
      status: 403,
      code: 'permission_denied',
    });
    expect(await gateway.rows()).toMatchObject([{ userId: 'ann', tags: { user: 'not-ann' } }]);
    expect((await gateway.post(EMBEDDINGS, { model: SMALL, input: 'x' })).status).toBe(401);
  });
});

describe('GET /v1/models', () => {
  it('lists the models that make embeddings, with their dimensions and what a token costs', async () => {
    const gateway = await start();
    const { data } = modelListReply.parse(await (await gateway.get('/v1/models')).json());
    const listed = data.filter(({ features }) => features.includes('embeddings'));
    expect(listed.map(({ id, dimensions, price }) => [id, dimensions, price?.input, price?.output])).toEqual([
      ['text-embedding-3-small', 1_536, '0.02', '0.00'],
      ['text-embedding-3-large', 3_072, '0.13', '0.00'],
      ['text-embedding-ada-002', 1_536, '0.10', '0.00'],
      ['gemini-embedding-001', 3_072, '0.15', '0.00'],
      ['gemini-embedding-2', 3_072, '0.20', '0.00'],
    ]);
    expect(listed.every(({ features, max_output_tokens }) => features.length === 1 && max_output_tokens === 0)).toBe(
      true,
    );
  });
});

describe('service.embed', () => {
  it('gives the vectors as numbers, with what they cost, and keeps them for who asks over HTTP', async () => {
    const gateway = await start();
    const response = await gateway.service.embed({
      input: ['by the library'],
      model: SMALL,
      userId: 'ann',
      tags: { of: 'x' },
    });
    expect(response).toMatchObject({
      embeddings: [vectorOfText('by the library')],
      ...{ provider: 'openai', model: SMALL, promptTokens: 3, costUsd: '0.00000006', cached: false },
      attempts: [{ provider: 'openai', outcome: 'completed' }],
    });
    expect(await gateway.rows()).toMatchObject([{ requestId: response.requestId, userId: 'ann', tags: { of: 'x' } }]);
    expect((await embedded(gateway, { input: 'by the library' })).headers.get('x-cache')).toBe('hit');
    await expect(gateway.service.embed({ input: [], model: SMALL })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('embeds alone: what is of an answer is refused', async () => {
    const { service } = await start();
    const messages = [{ role: 'user' as const, content: 'x' }];
    const embedding = { dimensions: null };
    await expect(
      service.generateCompletion({ messages, model: SMALL, embedding, temperature: 1 }),
    ).rejects.toMatchObject({ code: 'invalid_request', param: 'temperature' });
  });
});
