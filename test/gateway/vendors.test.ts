// Several vendors behind one gateway: which name leads where, who stands in for whom, and that money and the vendors' own state
// survive the way. Groq and OpenAI are mocks of one dialect; Anthropic and Gemini an independent mock of their APIs.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { LLMock } from '@copilotkit/aimock';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type GroqMock, startGroqMock } from '../vendor/groq-mock.ts';
import { startRecordedVendor } from '../vendor/recorded-vendor.ts';
import { asks, CHAT, COMPLETION, eventsIn, MODEL, type RunningGateway, startGateway } from './start.ts';

const others = new LLMock({ port: 0 });
const folder = mkdtempSync(join(tmpdir(), 'codementor-vendors-'));
let groq: GroqMock;
let openai: GroqMock;
const running: RunningGateway[] = [];

beforeAll(async () => {
  others.onMessage('hello', { content: 'Hi from the other mock.' });
  others.onMessage('fail', { error: { message: 'Overloaded', type: 'overloaded_error' }, status: 503 });
  await others.start();
});
beforeEach(async () => {
  groq = await startGroqMock();
  openai = await startGroqMock({ path: '/v1' });
});
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.close();
  await groq.close();
  await openai.close();
});
afterAll(async () => {
  await others.stop();
  rmSync(folder, { recursive: true });
});

async function start(
  env: Readonly<Record<string, string>> = {},
  yaml = '',
  cwd = mkdtempSync(join(folder, 'cwd-')),
): Promise<RunningGateway> {
  writeFileSync(join(cwd, 'codementor-llm.yaml'), `retry: { base_ms: 0 }\n${yaml}`);
  const all = {
    OPENAI_API_KEY: 'canary_openai_key',
    OPENAI_BASE_URL: openai.url,
    ANTHROPIC_API_KEY: 'canary_anthropic_key',
    ANTHROPIC_BASE_URL: others.url,
    GEMINI_API_KEY: 'canary_gemini_key',
    GEMINI_BASE_URL: others.url,
    ...env,
  };
  const gateway = await startGateway({ vendor: groq, env: all, cwd });
  running.push(gateway);
  return gateway;
}

async function answerOf(gateway: RunningGateway, body: object): Promise<Record<string, unknown>> {
  const reply = await gateway.post(COMPLETION, { ...asks('hello'), ...body });
  return { status: reply.status, ...z.record(z.string(), z.unknown()).parse(await reply.json()) };
}

const listReply = z.object({ data: z.array(z.looseObject({ id: z.string(), owned_by: z.string() })) });

async function modelsOf(gateway: RunningGateway) {
  return listReply.parse(await (await gateway.get('/v1/models')).json()).data;
}

const down = { fault: { kind: 'status', status: 503 } } as const;

describe('with Groq first', () => {
  it.each([
    [undefined, 'groq', MODEL],
    ['openai/gpt-oss-20b', 'groq', 'openai/gpt-oss-20b'],
    ['gpt-5.4-mini', 'openai', 'gpt-5.4-mini'],
    ['openai/gpt-5.4-mini', 'openai', 'gpt-5.4-mini'],
    ['claude-sonnet-5-5', 'anthropic', 'claude-sonnet-5-5'],
    ['anthropic/claude-haiku-4-5', 'anthropic', 'claude-haiku-4-5'],
    ['gemini-3.5-flash', 'gemini', 'gemini-3.5-flash'],
  ])('a request for %s is answered by %s, %s', async (model, provider, answering) => {
    const gateway = await start();
    for (const stream of [false, true]) {
      const reply = await gateway.post(COMPLETION, { ...asks('hello'), model, stream });
      const text = await reply.text();
      expect([reply.status, text]).toEqual([200, expect.any(String)]);
      const answer = stream ? JSON.parse(eventsIn(text).at(-1)?.data ?? '{}') : JSON.parse(text);
      expect(answer).toMatchObject({ provider, model: answering, warnings: [], cost_usd: expect.any(String) });
    }
  });

  it('their own wire is spoken to OpenAI’s clients, whoever answers', async () => {
    const gateway = await start();
    for (const model of ['gpt-5.4-mini', 'claude-sonnet-5-5', 'gemini-3.5-flash']) {
      const reply = await gateway.post(CHAT, { ...asks('hello'), model });
      expect(await reply.json()).toMatchObject({ object: 'chat.completion', model });
    }
  });

  it('every listed model leads to itself, and says whose it is', async () => {
    const gateway = await start();
    const models = await modelsOf(gateway);
    expect([...new Set(models.map(({ owned_by }) => owned_by))]).toEqual(['groq', 'openai', 'anthropic', 'gemini']);
    expect(new Set(models.map(({ id }) => id)).size).toBe(models.length);
    for (const { id, model, provider, outputLimit } of gateway.service.models()) {
      if (outputLimit === 0) continue;
      const answer = await answerOf(gateway, { model: id, max_tokens: 300 });
      expect([id, answer['status'], answer['provider'], answer['model']]).toEqual([id, 200, provider, model]);
    }
  });

  it('a model of a vendor without a key is told to be so', async () => {
    const gateway = await start({ ANTHROPIC_API_KEY: '' });
    expect(await answerOf(gateway, { model: 'claude-sonnet-5-5' })).toMatchObject({
      status: 404,
      error: { code: 'model_not_found', message: expect.stringContaining('Anthropic, is not configured') },
    });
  });
});

describe('a temperature that the model does not take', () => {
  it('is left out without a word where nobody asked for it, and with one where somebody did', async () => {
    const gateway = await start();
    expect(await answerOf(gateway, { model: 'gpt-5.4-mini' })).toMatchObject({ status: 200, warnings: [] });
    expect(openai.requests[0]?.body).not.toHaveProperty('temperature');
    expect(await answerOf(gateway, { model: 'gpt-5.4-mini', temperature: 0.6 })).toMatchObject({
      warnings: [{ code: 'unsupported_parameter', message: expect.stringContaining('temperature') }],
    });
    // Where it is taken the default is sent.
    await answerOf(gateway, { model: 'gpt-4.1-mini' });
    expect(openai.requests.at(-1)?.body).toMatchObject({ temperature: 0.7 });
  });
});

describe('the fallback', () => {
  it.each([false, true])('answers who left the model to us when Groq fails (as a stream: %s)', async (stream) => {
    const gateway = await start();
    groq.script(down);
    const reply = await gateway.post(COMPLETION, { ...asks('hello'), stream });
    const text = await reply.text();
    const answer = stream ? JSON.parse(eventsIn(text).at(-1)?.data ?? '{}') : JSON.parse(text);
    expect(answer).toMatchObject({ provider: 'openai', model: 'gpt-5.4-mini' });
    expect(answer.attempts.map(({ provider }: { provider: string }) => provider)).toEqual(['groq', 'groq', 'openai']);
    expect(answer.attempts.at(-1)).toMatchObject({ outcome: 'completed', reason: 'the fallback' });
    const rows = await gateway.rows();
    expect(rows.map(({ provider, state }) => `${provider} ${state}`).sort()).toEqual([
      'groq settled',
      'groq settled',
      'openai settled',
    ]);
  });

  it('takes over in a stream that has not begun, and never one that has', async () => {
    const gateway = await start();
    groq.next({ fault: { kind: 'error-event', afterEvents: 1, error: { message: 'gone', status_code: 503 } } });
    groq.script(down);
    const early = eventsIn(await (await gateway.post(COMPLETION, { ...asks('hello'), stream: true })).text());
    expect(JSON.parse(early.at(-1)?.data ?? '{}')).toMatchObject({ type: 'response-end', provider: 'openai' });
    groq.next({ fault: { kind: 'cut', afterBytes: 900, by: 'rst' } });
    const late = eventsIn(
      await (await gateway.post(COMPLETION, { ...asks('hello again and again'), stream: true })).text(),
    );
    expect(late.some(({ event }) => event === 'text-delta')).toBe(true);
    expect(JSON.parse(late.at(-1)?.data ?? '{}')).toMatchObject({ type: 'error', error: { code: 'stream_broken' } });
    expect(openai.requests).toHaveLength(1);
  });

  it('serves nobody who named a model, be it the default one', async () => {
    const gateway = await start();
    groq.script(down);
    for (const model of [MODEL, `groq/${MODEL}`]) {
      expect(await answerOf(gateway, { model })).toMatchObject({ status: 503, error: { code: 'provider_overloaded' } });
    }
    expect(openai.requests).toHaveLength(0);
  });

  it('may be any vendor, or none', async () => {
    groq.script(down);
    const other = await start({ LLM_FALLBACK_PROVIDER: 'gemini' });
    expect(await answerOf(other, {})).toMatchObject({ provider: 'gemini', model: 'gemini-3.8-flash' });
    const none = await start({ LLM_FALLBACK_PROVIDER: 'none' });
    expect(await answerOf(none, {})).toMatchObject({ status: 503 });
    expect(openai.requests).toHaveLength(0);
  });
});

describe('without Groq’s key', () => {
  it('the first vendor that has one answers, and the gateway says so', async () => {
    const gateway = await start({ GROQ_API_KEY: '', OPENAI_API_KEY: '' });
    expect(await answerOf(gateway, {})).toMatchObject({ provider: 'anthropic', model: 'claude-sonnet-5-5' });
    expect(gateway.service.status()).toMatchObject({ provider: 'anthropic', defaultModel: 'claude-sonnet-5-5' });
    expect(gateway.service.status().notes.join('\n')).toContain('GROQ_API_KEY is not set: anthropic answers');
  });
});

describe('a route', () => {
  it('goes over three vendors, in order, until one begins', async () => {
    const gateway = await start(
      {},
      `routes: { tutor: { targets: [groq/${MODEL}, openai/gpt-5.4-mini, claude-haiku-4-5] } }`,
    );
    groq.script(down);
    openai.script({ fault: { kind: 'status', status: 401 } });
    const answer = await answerOf(gateway, { model: 'tutor' });
    expect(answer).toMatchObject({ status: 200, provider: 'anthropic', model: 'claude-haiku-4-5' });
    expect(answer['attempts']).toMatchObject([
      { provider: 'groq', code: 'provider_overloaded' },
      { provider: 'groq', code: 'provider_overloaded' },
      { provider: 'openai', code: 'provider_auth' },
      { provider: 'anthropic', outcome: 'completed' },
    ]);
  });

  it('passes over a vendor whose API has no words for the request, and so does the fallback where no model is named', async () => {
    const yaml = `providers: { local: { type: compatible, preset: ollama, base_url: "${groq.url}/v1" } }
routes:
  schema: { targets: [groq/${MODEL}, gpt-5.4-mini] }
  demands: { targets: [local/x, gpt-5.4-mini] }
  prefill: { targets: [claude-sonnet-5-5, gpt-5.4-mini] }
`;
    const gateway = await start({ LLM_FALLBACK_PROVIDER: 'openai' }, yaml);
    const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }];
    const schema = { name: 'answer', schema: { type: 'object', properties: {} } };
    const both = { tools, response_format: { type: 'json_schema', json_schema: schema } };
    const begun = [...asks('hello').messages, { role: 'assistant', content: 'Well,' }];
    for (const [body, first, why] of [
      [{ model: 'schema', ...both }, 'groq', 'Groq takes no tools together with a JSON schema'],
      [both, 'groq', 'Groq takes no tools together with a JSON schema'],
      [{ model: 'demands', tools, tool_choice: 'required' }, 'local', 'Ollama cannot be made to call a tool'],
      [{ model: 'prefill', messages: begun }, 'anthropic', 'does not go on with an assistant'],
    ] as const) {
      const answer = await answerOf(gateway, { ...body, cache: 'off' });
      expect(answer).toMatchObject({
        status: 200,
        provider: 'openai',
        attempts: [
          { provider: first, outcome: 'skipped', code: 'invalid_request', reason: expect.stringContaining(why) },
          { provider: 'openai', outcome: 'completed' },
        ],
      });
    }
    expect([groq.requests.length, openai.requests.length]).toEqual([0, 4]);
  });

  it('of two targets that fail tells in headers how many were asked, and who was the last', async () => {
    const gateway = await start({}, `routes: { two: { targets: [groq/${MODEL}, gpt-5.4-mini] } }`);
    groq.script({ fault: { kind: 'status', status: 401 } });
    openai.script({ fault: { kind: 'status', status: 401 } });
    for (const [path, stream] of [
      [COMPLETION, true],
      [CHAT, false],
    ] as const) {
      const reply = await gateway.post(path, asks('hello', { model: 'two', stream }));
      const told = ['x-attempts', 'x-provider', 'x-model'].map((name) => reply.headers.get(name));
      // The second time both breakers are open, and nobody is asked.
      if (path === COMPLETION) expect([reply.status, ...told]).toEqual([502, '2', 'openai', 'gpt-5.4-mini']);
      else expect([reply.status, ...told]).toEqual([503, '0', null, null]);
    }
  });

  it('goes without a vendor that has no key, and says so; with none left it cannot be asked', async () => {
    const yaml = 'routes: { two: { targets: [claude-haiku-4-5, gpt-5.4-mini] }, one: { targets: [claude-haiku-4-5] } }';
    const gateway = await start({ ANTHROPIC_API_KEY: '' }, yaml);
    expect(await answerOf(gateway, { model: 'two' })).toMatchObject({ status: 200, provider: 'openai' });
    expect(await answerOf(gateway, { model: 'one' })).toMatchObject({
      status: 503,
      error: { code: 'all_providers_unavailable' },
    });
    expect(gateway.service.status().notes).toContain(
      'The route "two" goes without claude-haiku-4-5: ANTHROPIC_API_KEY is not set',
    );
  });
});

describe('a server of the YAML file', () => {
  const described = (more = '', priced = 'local/tiny') => `providers:
  local: { type: compatible, base_url: "${openai.url}", api_key: canary_of_the_server, lacks: [images]${more} }
prices: [{ model: ${priced}, input: "0.10", cached_input: "0.05", output: "0.40", source: "our own machine" }]
`;

  it('is asked for any name behind its own, at the operator’s price', async () => {
    const gateway = await start({}, described());
    expect(await answerOf(gateway, { model: 'local/tiny' })).toMatchObject({
      provider: 'local',
      model: 'tiny',
      priced: true,
      // 4 words of prompt at 0.10 and 3 of answer at 0.40 USD per million.
      cost_usd: '0.0000016',
    });
    expect(await answerOf(gateway, { model: 'local/other' })).toMatchObject({ model: 'other', priced: false });
    expect(openai.requests.map(({ headers }) => headers.authorization)).toEqual(
      Array.from({ length: 2 }, () => 'Bearer canary_of_the_server'),
    );
  });

  it('is called by its own name where it fails, for the gateway is a server too', async () => {
    const gateway = await start({}, described());
    for (const [status, told] of [
      [401, "local did not accept this server's key"],
      [402, 'The account at local has no credit left'],
    ] as const) {
      openai.script({ fault: { kind: 'status', status } });
      const { error } = await answerOf(gateway, { model: `local/${status}`, cache: 'off' });
      expect(error).toMatchObject({ message: expect.stringContaining(told) });
    }
  });

  it('refuses what it lacks before it is asked', async () => {
    const gateway = await start({}, described());
    const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
    const reply = await gateway.post(CHAT, { messages: [{ role: 'user', content: [picture] }], model: 'local/tiny' });
    expect([reply.status, await reply.json()]).toMatchObject([400, { error: { param: 'messages' } }]);
    expect(openai.requests).toHaveLength(0);
  });

  it('is refused under a budget without a price, and held to the budget with one', async () => {
    const gateway = await start({}, `${described()}default_tier: t\ntiers: { t: { usd_per_day: 0.01 } }`);
    expect(await answerOf(gateway, { model: 'local/other' })).toMatchObject({
      status: 403,
      error: { code: 'model_unpriced' },
    });
    expect(await answerOf(gateway, { model: 'local/tiny' })).toMatchObject({ status: 200, priced: true });
  });

  it('may be the primary provider and the fallback', async () => {
    const primary = await start({ LLM_PRIMARY_PROVIDER: 'local' }, described(', model: tiny', 'tiny'));
    expect(await answerOf(primary, {})).toMatchObject({ provider: 'local', model: 'tiny', priced: true });
    // Named as that model it is on the list, found by that name alone, and may stand on a key's list.
    expect((await modelsOf(primary)).map(({ id }) => id)).toContain('tiny');
    const key = { tenant: 'default', userId: 'ann' };
    const { key: token } = await primary.service.keys.create({ ...key, allowedModels: ['tiny', 'local/other'] });
    const headers = { authorization: `Bearer ${token}` };
    for (const [model, status] of [
      ['tiny', 200],
      ['local/other', 200],
      ['local/third', 403],
      ['gpt-5.4-mini', 403],
    ])
      expect([model, (await primary.post(COMPLETION, asks('hello', { model }), headers)).status]).toEqual([
        model,
        status,
      ]);
    groq.script(down);
    const fallback = await start({ LLM_FALLBACK_PROVIDER: 'local' }, described(', model: tiny'));
    expect(await answerOf(fallback, {})).toMatchObject({ provider: 'local', model: 'tiny' });
  });

  it('has its listed models on the list, with their figures', async () => {
    const models = ', models: [{ name: tiny, context_window: 4096, max_output_tokens: 512, lacks: [tools] }]';
    const gateway = await start({}, described(models));
    expect((await modelsOf(gateway)).find(({ id }) => id === 'tiny')).toMatchObject({
      owned_by: 'local',
      context_window: 4_096,
      max_output_tokens: 512,
      features: ['json_mode', 'json_schema', 'reasoning', 'embeddings'],
    });
    expect(await answerOf(gateway, { model: 'tiny' })).toMatchObject({ provider: 'local' });
  });

  it('I25: shows its key to nobody, whatever becomes of a request', async () => {
    const gateway = await start({}, described());
    openai.script({ fault: { kind: 'status', status: 401, error: { message: 'no canary_of_the_server here' } } });
    const answer = await answerOf(gateway, { model: 'local/tiny' });
    expect(answer).toMatchObject({ status: 502, error: { code: 'provider_auth' } });
    const told = inspect([answer, gateway.lines, await gateway.rows(), gateway.service.config], { depth: 12 });
    expect(told).not.toContain('canary_of_the_server');
  });
});

describe('a reload', () => {
  it('brings a server, and takes one away', async () => {
    const cwd = mkdtempSync(join(folder, 'cwd-'));
    const gateway = await start({}, '', cwd);
    expect(await answerOf(gateway, { model: 'local/tiny' })).toMatchObject({ status: 404 });
    const local = `providers: { local: { type: compatible, base_url: "${openai.url}", api_key: canary } }`;
    writeFileSync(join(cwd, 'codementor-llm.yaml'), local);
    await gateway.service.reload();
    expect(await answerOf(gateway, { model: 'local/tiny' })).toMatchObject({ status: 200, provider: 'local' });
    writeFileSync(join(cwd, 'codementor-llm.yaml'), '');
    await gateway.service.reload();
    expect(await answerOf(gateway, { model: 'local/tiny' })).toMatchObject({ status: 404 });
  });
});

describe('a budget', () => {
  it('F63: holds over a failover to a dearer vendor: the fallback is held by its own price, or not asked', async () => {
    // One answer of Groq's costs at most 0.0012 USD here, of OpenAI's 0.0090.
    const budget = (usd: string) => `default_tier: t\ntiers: { t: { usd_per_day: ${usd} } }`;
    groq.script(down);
    const enough = await start({}, budget('0.02'));
    expect(await answerOf(enough, {})).toMatchObject({ status: 200, provider: 'openai' });
    const asked = openai.requests.length;
    const tight = await start({}, budget('0.0005'));
    // 256 tokens of answer are the least that is worth asking for; OpenAI's would cost 0.0011.
    const answer = await answerOf(tight, { max_tokens: 256 });
    expect(answer).toMatchObject({ status: 402, error: { code: 'budget_exceeded' } });
    expect(openai.requests).toHaveLength(asked);
    expect(answer['attempts']).toMatchObject([{ provider: 'groq' }, { provider: 'groq' }]);
  });
});

const SIGNATURE: unknown = expect.stringMatching(/^EroBCkYIARgC/);
const message = z.object({ content: z.string(), reasoning_details: z.array(z.looseObject({})) });
const saidReply = z.union([
  message,
  z.object({ choices: z.tuple([z.object({ message })]) }).transform((reply) => reply.choices[0].message),
]);

describe('the state of a vendor’s reasoning', () => {
  it.each([false, true])(
    'goes back unchanged with the next turn of a conversation (as a stream: %s)',
    async (stream) => {
      await using anthropic = await startRecordedVendor('anthropic/reasoning');
      const gateway = await start({ ANTHROPIC_BASE_URL: anthropic.url });
      const turn = { model: 'claude-sonnet-4-6', reasoning_effort: 'low', stream };
      const first = await gateway.post('/api/v1/llm/chat', { message: 'What is the sum?', ...turn });
      const text = await first.text();
      const { conversation_id } = stream ? JSON.parse(eventsIn(text).at(-1)?.data ?? '{}') : JSON.parse(text);
      const second = await gateway.post('/api/v1/llm/chat', { message: 'And twice that?', conversation_id, ...turn });
      expect([second.status, await second.text()]).toEqual([200, expect.any(String)]);
      expect(anthropic.bodies[1]?.['messages']).toMatchObject([
        { role: 'user' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'They ask for the sum. 0 to 4 add up to ten.', signature: SIGNATURE },
            { type: 'text', text: 'The sum is 10.' },
          ],
        },
        { role: 'user' },
      ]);
    },
  );

  it('goes back as it was given, when the client keeps the conversation itself', async () => {
    await using anthropic = await startRecordedVendor('anthropic/reasoning');
    const gateway = await start({ ANTHROPIC_BASE_URL: anthropic.url });
    for (const path of [COMPLETION, CHAT]) {
      const turn = { model: 'claude-sonnet-4-6', reasoning_effort: 'low' };
      const question = { role: 'user', content: `What is the sum? ${path}` };
      const answer: unknown = await (await gateway.post(path, { ...turn, messages: [question] })).json();
      // The one answers with the message, the other with it among much else.
      const { content, reasoning_details } = saidReply.parse(answer);
      const said = { role: 'assistant', content, reasoning_details };
      const messages = [question, said, { role: 'user', content: 'And twice that?' }];
      expect((await gateway.post(path, { ...turn, messages })).status).toBe(200);
      expect(anthropic.bodies.at(-1)?.['messages']).toMatchObject([
        {},
        {
          content: [
            { type: 'thinking', signature: SIGNATURE },
            { type: 'text', text: 'The sum is 10.' },
          ],
        },
        {},
      ]);
    }
    expect(anthropic.bodies).toHaveLength(4);
  });
});

describe('several keys of one vendor', () => {
  it('have each the limits of an account of ours: what one allows twice, two allow', async () => {
    const yaml =
      'providers: { groq: { more_api_keys: [canary_second_key] } }\naccounts: { groq: { requests_per_day: 1 } }';
    const gateway = await start({}, yaml);
    const ask = async (text: string) => (await gateway.post(COMPLETION, asks(text, { model: MODEL }))).status;
    expect([await ask('one'), await ask('two'), await ask('three')]).toEqual([200, 200, 503]);
    for (const [path, where] of [
      [COMPLETION, 'attempts'],
      [CHAT, 'x_gateway.attempts'],
    ] as const) {
      const refused = await (await gateway.post(path, asks('four', { model: MODEL }))).json();
      const attempts = [{ account: 'groq#1' }, { account: 'groq#2' }].map((each) => expect.objectContaining(each));
      expect(refused).toHaveProperty(where, expect.arrayContaining(attempts));
      expect(JSON.stringify(refused)).not.toContain('canary');
    }
    expect(new Set(groq.requests.map(({ headers }) => headers.authorization)).size).toBe(2);
  });

  it('take turns; one that is refused is stood in for, and is dead until the configuration is read again', async () => {
    const gateway = await start({}, 'providers: { groq: { more_api_keys: [canary_second_key] } }');
    const refused = { fault: { kind: 'status' as const, status: 401 } };
    let isFirstDead = true;
    groq.script(({ headers }) =>
      isFirstDead && headers.authorization === 'Bearer gsk_test_key_of_the_mock' ? refused : {},
    );
    const keysAsked = () => groq.requests.map(({ headers }) => headers.authorization?.includes('second'));
    const ask = async (text: string) => (await gateway.post(COMPLETION, asks(text, { cache: 'off' }))).status;
    // Whose turn it is is drawn: the first key comes to it sooner or later, and then no more.
    let asked = 0;
    while (keysAsked().every((isSecond) => isSecond)) expect(await ask(`until the first ${asked++}`)).toBe(200);
    for (const text of ['one', 'two', 'three', 'four']) expect(await ask(text)).toBe(200);
    expect(keysAsked().filter((isSecond) => !isSecond)).toHaveLength(1);
    const rows = await gateway.rows();
    expect(rows.map(({ outcome }) => outcome).sort()).toEqual([...Array(4 + asked).fill('completed'), 'failed']);
    expect(gateway.lines.filter(({ event }) => event === 'provider_key_dead')).toHaveLength(1);
    expect(inspect(gateway.lines, { depth: 9 })).not.toContain('canary_second_key');
    isFirstDead = false;
    await gateway.service.reload();
    const before = groq.requests.length;
    while (new Set(keysAsked().slice(before)).size < 2) expect(await ask(`again ${asked++}`)).toBe(200);
    expect(new Set(keysAsked().slice(before))).toEqual(new Set([true, false]));
  });
});
