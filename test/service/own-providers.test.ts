// Providers that the application hands in: a model of the AI SDK, or one of its own making. They stand in the catalogue, in routes,
// prices and limits of the file, and in the ledger like the others.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { APICallError } from '@ai-sdk/provider';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGateway } from '../../src/gateway/index.ts';
import {
  aiSdk,
  ConfigError,
  createLLMService,
  type LLMService,
  llmError,
  type OwnProvider,
  type StreamEvent,
} from '../../src/index.ts';
import { until } from '../gateway/start.ts';
import { modelV4, STOP, says } from '../vendor/ai-sdk-models.ts';
import { type GroqMock, startGroqMock } from '../vendor/groq-mock.ts';

const LIMITS = { contextWindow: 20_000, outputLimit: 2_000 };
const PRICE = { input: '1', output: '2' };
const silent = { report: () => {}, flush: () => Promise.resolve() };
let folder: string;
let vendor: GroqMock;
const started: LLMService[] = [];

interface Started {
  readonly providers: readonly OwnProvider[];
  readonly env?: Readonly<Record<string, string>>;
  readonly yaml?: string;
}

async function start({ providers, env = {}, yaml = '' }: Started): Promise<LLMService> {
  writeFileSync(join(folder, 'codementor-llm.yaml'), yaml);
  const service = await createLLMService({ providers, env, cwd: folder, dataDir: 'memory', logs: silent });
  started.push(service);
  return service;
}

const groq = () => ({ GROQ_API_KEY: 'gsk_test_key_of_the_mock', GROQ_BASE_URL: vendor.url });
const ask = (content: string, more: object = {}) => ({
  messages: [{ role: 'user' as const, content }],
  userId: 'ann',
  ...more,
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'own-providers-'));
  vendor = await startGroqMock();
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((service) => service.close()));
  await vendor.close();
  rmSync(folder, { recursive: true });
});

/** Says its name; counts how often it was asked. */
function fake(
  options: Partial<Parameters<typeof aiSdk>[1]> & { readonly fails?: unknown; readonly modelId?: string } = {},
) {
  const { fails, modelId = 'fake-1', ...limits } = options;
  const asked: AbortSignal[] = [];
  const model = modelV4(
    ({ abortSignal }) => {
      if (abortSignal !== undefined) asked.push(abortSignal);
      if (fails !== undefined) throw fails;
      return [...says(`I am ${modelId}.`), STOP];
    },
    { modelId },
  );
  return { asked, provider: aiSdk(model, { ...LIMITS, ...limits }) };
}

describe('a provider that is handed in', () => {
  it('stands in the catalogue, by its own name and behind its id, without a price that nobody told', async () => {
    const service = await start({ providers: [fake().provider], env: groq() });
    expect(service.models().find(({ provider }) => provider === 'fake-chat')).toMatchObject({
      id: 'fake-1',
      ...LIMITS,
      price: null,
    });
    for (const model of ['fake-1', 'fake-chat/fake-1']) {
      const response = await service.generateCompletion(ask(model, { model }));
      expect(response).toMatchObject({
        content: 'I am fake-1.',
        provider: 'fake-chat',
        model: 'fake-1',
        priced: false,
        costUsd: null,
      });
    }
    await expect(service.generateCompletion(ask('x', { model: 'fake-chat/other' }))).rejects.toMatchObject({
      code: 'model_not_found',
    });
  });

  it('may be several models of one vendor', async () => {
    const [a, b] = ['a', 'b'].map((modelId) => modelV4(() => [...says(modelId), STOP], { modelId }));
    if (a === undefined || b === undefined) throw new Error('There are two');
    const service = await start({ providers: [aiSdk([a, b], { ...LIMITS, id: 'two' })] });
    expect((await service.generateCompletion(ask('x', { model: 'two/b' }))).content).toBe('b');
    expect((await service.generateCompletion(ask('x'))).content).toBe('a');
  });

  it('is the first to be asked where there is no key, the primary or the fallback where it is named so, and not beside offline', async () => {
    const alone = await start({ providers: [fake().provider] });
    expect((await alone.generateCompletion(ask('x'))).provider).toBe('fake-chat');
    const primary = await start({
      providers: [fake().provider],
      env: { ...groq(), LLM_PRIMARY_PROVIDER: 'fake-chat' },
    });
    expect((await primary.generateCompletion(ask('x'))).provider).toBe('fake-chat');
    const fallback = await start({
      providers: [fake().provider],
      env: { ...groq(), LLM_FALLBACK_PROVIDER: 'fake-chat', GROQ_MAX_RETRIES: '0' },
    });
    vendor.next({ fault: { kind: 'status', status: 503 } });
    expect(await fallback.generateCompletion(ask('x'))).toMatchObject({
      provider: 'fake-chat',
      attempts: [{ code: 'provider_overloaded' }, { outcome: 'completed' }],
    });
    const offline = await start({ providers: [fake().provider], env: { LLM_PRIMARY_PROVIDER: 'offline' } });
    expect((await offline.generateCompletion(ask('x'))).provider).toBe('offline');
    await expect(offline.generateCompletion(ask('x', { model: 'fake-1' }))).rejects.toMatchObject({
      code: 'model_not_found',
    });
    expect((await start({ providers: [fake().provider], env: { NODE_ENV: 'production' } })).status().provider).toBe(
      'fake-chat',
    );
  });

  it('stands in routes, lists of models, accounts and prices of the file, also when that is read again', async () => {
    const yaml = `
routes: { tutor: { targets: [fake-chat/fake-1, openai/gpt-oss-120b] } }
tenants: { default: { allowed_models: [tutor, fake-chat/fake-1] } }
accounts: { fake-chat: { requests_per_minute: 2 } }
prices: [{ model: fake-chat/fake-1, input: "3", output: "4" }]
`;
    const { provider, asked } = fake({ price: PRICE });
    const service = await start({ providers: [provider], env: { ...groq(), LLM_CACHE_TTL_SECONDS: '1' }, yaml });
    await service.reload();
    const served = async () => (await service.generateCompletion(ask('x', { model: 'tutor', cache: 'off' }))).provider;
    expect([await served(), await served(), await served()]).toEqual(['fake-chat', 'fake-chat', 'groq']);
    expect(asked).toHaveLength(2);
    // 7 tokens at $3 and 3 at $4 a million: the operator's word stands over the application's.
    const { rows } = await service.ledger.rows({ limit: 10 });
    expect(rows.filter((row) => row.provider === 'fake-chat').map((row) => row.costPicoUsd)).toEqual([
      33_000_000n,
      33_000_000n,
    ]);
  });

  it('has the price that it was handed in with, and is refused under a budget without one', async () => {
    const yaml = 'users: { ann: { usd_per_day: 1 } }';
    const priced = await start({ providers: [fake({ price: PRICE }).provider], yaml });
    expect((await priced.generateCompletion(ask('x'))).costUsd).toBe('0.000013');
    const unpriced = await start({ providers: [fake().provider], yaml });
    await expect(unpriced.generateCompletion(ask('x'))).rejects.toMatchObject({ code: 'model_unpriced', status: 403 });
    const { provider, asked } = fake({ price: { input: '1', output: '900' } });
    const poor = await start({ providers: [provider], yaml: 'users: { ann: { usd_per_day: "0.01" } }' });
    await expect(poor.generateCompletion(ask('x'))).rejects.toMatchObject({ code: 'budget_exceeded' });
    expect(asked).toHaveLength(0);
  });

  it('has rows, and its answers are kept and given again', async () => {
    const { provider, asked } = fake();
    const service = await start({ providers: [provider] });
    const [first, second] = [await service.generateCompletion(ask('x')), await service.generateCompletion(ask('x'))];
    expect([first.cached, second.cached, asked.length]).toEqual([false, true, 1]);
    const rows = async () => (await service.ledger.rows({ limit: 10 })).rows.map((row) => [row.provider, row.outcome]);
    await until(
      async () => (await rows()).length === 2 && (await rows()).every(([, outcome]) => outcome !== null),
      'the rows',
    );
    expect((await rows()).sort()).toEqual([
      ['fake-chat', 'cached'],
      ['fake-chat', 'completed'],
    ]);
  });

  it('is retried, and left alone once it has failed too often', async () => {
    const fails = new APICallError({ message: 'x', url: 'x', requestBodyValues: {}, statusCode: 503 });
    const { provider, asked } = fake({ fails });
    const yaml = 'breaker: { failures: 3 }\nretry: { base_ms: 1 }';
    const service = await start({ providers: [provider], env: { GROQ_MAX_RETRIES: '1' }, yaml });
    const codes: string[] = [];
    for (let tries = 0; tries < 4; tries++)
      await service.generateCompletion(ask('x')).catch(({ code }: { code: string }) => codes.push(code));
    expect(codes.at(-1)).toBe('all_providers_unavailable');
    expect(asked).toHaveLength(3);
  });

  it('is told when its caller leaves', async () => {
    const signals: AbortSignal[] = [];
    const endless = modelV4(({ abortSignal }) => {
      if (abortSignal !== undefined) signals.push(abortSignal);
      return new ReadableStream({
        start: (controller) => controller.enqueue({ type: 'text-delta', id: 't', delta: 'Well' }),
      });
    });
    const service = await start({ providers: [aiSdk(endless, LIMITS)] });
    const events: StreamEvent[] = [];
    for await (const event of service.streamCompletion(ask('x'))) {
      events.push(event);
      if (event.type === 'text-delta') break;
    }
    await until(() => signals[0]?.aborted === true, 'the model to be told');
    await until(async () => (await service.ledger.rows({ limit: 1 })).rows[0]?.outcome === 'cancelled', 'the row');
  });

  it('may be of the application’s own making', async () => {
    const own: OwnProvider = {
      id: 'house',
      billAfterCancel: 'stops',
      models: [
        { name: 'echo', contextWindow: 1_000, outputLimit: 100, features: [], price: { input: '0', output: '0' } },
      ],
      transport: {
        kind: 'direct',
        async answer({ messages }, model, emit, _signal, listener) {
          listener.warn({
            code: 'unsupported_parameter',
            message: 'seed is of no use here',
            param: 'seed',
          });
          emit({ type: 'answer-start', id: null, model });
          emit({ type: 'text-delta', text: `${messages.length} messages` });
          emit({ type: 'answer-end', finishReason: 'stop', finishReasonRaw: null, usage: null, providerMetadata: {} });
        },
      },
    };
    const service = await start({ providers: [own] });
    const response = await service.generateCompletion(ask('x'));
    expect(response).toMatchObject({
      content: '1 messages',
      usageSource: 'estimate',
      costUsd: '0.00',
      warnings: [{ param: 'seed' }],
    });
    const tools = [{ name: 'run' }];
    await expect(service.generateCompletion(ask('x', { tools }))).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('has the state of its thoughts, texts and calls back in the next turn of a conversation', async () => {
    const asked: unknown[] = [];
    const model = modelV4((options) => {
      asked.push(options.prompt);
      return [
        { type: 'reasoning-start', id: 'r' },
        { type: 'reasoning-delta', id: 'r', delta: 'Hm.' },
        { type: 'reasoning-end', id: 'r', providerMetadata: { fake: { signature: 'EqQB' } } },
        { type: 'text-start', id: 't' },
        { type: 'text-delta', id: 't', delta: 'So.' },
        { type: 'text-end', id: 't', providerMetadata: { fake: { signature: 'of the text' } } },
        STOP,
      ];
    });
    const service = await start({ providers: [aiSdk(model, LIMITS)] });
    const { conversationId, content } = await service.chat({ message: 'Why?', userId: 'ann' });
    expect(content).toBe('So.');
    await service.chat({ message: 'And then?', userId: 'ann', conversationId });
    expect(asked[1]).toMatchObject([
      { role: 'user' },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'Hm.', providerOptions: { fake: { signature: 'EqQB' } } },
          { type: 'text', text: 'So.', providerOptions: { fake: { signature: 'of the text' } } },
        ],
      },
      { role: 'user', content: [{ type: 'text', text: 'And then?' }] },
    ]);
  });

  it('is asked by OpenAI’s own client through the gateway, and its state goes out and comes back with it', async () => {
    const asked: unknown[] = [];
    const model = modelV4((options) => {
      asked.push(options.prompt);
      return [
        {
          type: 'tool-call',
          toolCallId: 'c',
          toolName: 'run',
          input: '{}',
          providerMetadata: { fake: { thoughtSignature: 'CiQ=' } },
        },
        { ...STOP, finishReason: { unified: 'tool-calls', raw: 'tool_use' } },
      ];
    });
    const service = await start({ providers: [aiSdk(model, LIMITS)] });
    const gateway = createGateway(service, { logs: silent });
    const client = new OpenAI({
      baseURL: `${await gateway.listen({ host: '127.0.0.1', port: 0 })}/v1`,
      apiKey: 'none',
    });
    const body = { model: 'fake-chat/fake-1', tools: [{ type: 'function' as const, function: { name: 'run' } }] };
    const user = { role: 'user' as const, content: 'Run it' };
    const { choices } = await client.chat.completions.create({ ...body, messages: [user] });
    const message = choices[0]?.message;
    if (message === undefined) throw new Error('There is an answer');
    const result = { role: 'tool' as const, tool_call_id: 'c', content: 'done' };
    await client.chat.completions.create({ ...body, messages: [user, message, result] });
    await gateway.close();
    expect(asked[1]).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: [{ type: 'tool-call', providerOptions: { fake: { thoughtSignature: 'CiQ=' } } }] },
      { role: 'tool', content: [{ toolName: 'run', output: { value: 'done' } }] },
    ]);
  });

  it('that fails with words of its own tells none of them', async () => {
    const { provider } = fake({ fails: Object.assign(new Error('canary-key'), { name: 'AI_Odd' }) });
    const service = await start({ providers: [provider], env: { GROQ_MAX_RETRIES: '0' } });
    const failure = await service.generateCompletion(ask('x')).catch((error: unknown) => error);
    expect(String(failure)).toContain('AI_Odd');
    expect(JSON.stringify([failure, String(failure)])).not.toContain('canary');
    expect(failure).toMatchObject({ code: llmError('provider_bad_reply', 'x').code });
  });
});

describe('a start with a provider that cannot be handed in so', () => {
  const own = (changes: Partial<OwnProvider> = {}): OwnProvider => ({ ...fake().provider, ...changes });
  const [model] = fake().provider.models;
  if (model === undefined) throw new Error('It has one');

  it.each<[string, readonly OwnProvider[], string, RegExp]>([
    ['under a vendor’s name', [own({ id: 'openai' })], '', /providers: \[0\].*\.id: found "openai".*another `id`/],
    [
      'under a name of the file',
      [own({ id: 'local' })],
      'providers: { local: { type: compatible, base_url: "http://127.0.0.1:9" } }',
      /the configuration has a provider of this name/,
    ],
    ['under the name of another', [own(), own()], '', /providers: \[1\].*a provider before it has this name/],
    ['under no name', [own({ id: 'a/b' })], '', /letters, digits/],
    ['without a model', [own({ models: [] })], '', /at least one model/],
    ['with one model twice', [own({ models: [model, model] })], '', /models\[1\]\.name.*each model once/],
    [
      'with a window of nothing',
      [own({ models: [{ ...model, contextWindow: 0 }] })],
      '',
      /contextWindow.*whole number/,
    ],
    [
      'with a feature that there is not',
      [own({ models: [JSON.parse(JSON.stringify({ ...model, features: ['tools', 'image'] }))] })],
      '',
      /features\[1\].*found "image"; write one of tools, images/,
    ],
    [
      'with a price that is none',
      [own({ models: [{ ...model, price: { input: 'free', output: '1' } }] })],
      '',
      /price\.input.*decimal/,
    ],
    [
      'of which a route names a model that it has not',
      [own()],
      'routes: { a: { targets: [fake-chat/fake-2] } }',
      /routes\.a\.targets\[0\].*no such model/,
    ],
  ])('%s is refused, and says what to mend', async (_what, providers, yaml, says) => {
    const failure = await start({ providers, yaml }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConfigError);
    expect(String(failure).replaceAll('\n', ' ')).toMatch(says);
  });
});
