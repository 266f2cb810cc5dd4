// The service as a whole, as an application meets it: what it refuses at its start, what survives its end.

import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLLMService, createLogs, LLMError, type LLMService, type ServiceOptions, VERSION } from '../src/index.ts';
import { until } from './gateway/start.ts';
import { type GroqMock, startGroqMock } from './vendor/groq-mock.ts';

const CANARY = 'canary-0123456789-do-not-tell';
const KEY = `gsk_${'s'.repeat(52)}`;
const ask = (content: string) => ({ messages: [{ role: 'user' as const, content }], cache: 'off' as const });

let folder: string;
let vendor: GroqMock;
const open: LLMService[] = [];

async function start(options: ServiceOptions = {}, yaml = ''): Promise<LLMService> {
  writeFileSync(join(folder, 'codementor-llm.yaml'), yaml);
  const env = { GROQ_API_KEY: KEY, GROQ_BASE_URL: vendor.url, ...options.env };
  const logs = createLogs({ level: 'silent', secrets: [] });
  const service = await createLLMService({ cwd: folder, logs, ...options, env });
  open.push(service);
  return service;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'codementor-service-'));
  vendor = await startGroqMock();
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((service) => service.close()));
  await vendor.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a start', () => {
  it.each([
    ['a key that is none of Groq’s', { GROQ_API_KEY: CANARY, GROQ_BASE_URL: undefined }],
    ['a key with a line break in it', { GROQ_API_KEY: `gsk_${CANARY}\nx` }],
  ])('refuses %s, and does not repeat it', async (_what, env) => {
    const failure = await start({ env }).catch((error: unknown) => error);
    expect(String(failure)).toContain('GROQ_API_KEY');
    expect(String(failure)).not.toContain(CANARY);
  });

  it('that finds PostgreSQL away has one line that says why, without a stack and without the password', async () => {
    const file = join(folder, 'log');
    const logs = createLogs({ level: 'warn', descriptor: openSync(file, 'w'), secrets: [] });
    const databaseUrl = `postgres://user:${CANARY}@127.0.0.1:1/nowhere`;
    const started = start({ env: { DATABASE_URL: databaseUrl, LLM_KEY_PEPPER: CANARY.repeat(2) }, logs });
    // Limits that are counted here alone are filled from the ledger first.
    await expect(started).rejects.toMatchObject({ code: 'store_unavailable' });
    await logs.flush();
    const [line, ...more] = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(more).toEqual([]);
    expect(JSON.parse(line ?? '')).toEqual({
      level: 'warn',
      time: expect.any(String),
      event: 'ledger_away',
      code: null,
      message: expect.stringContaining('ECONNREFUSED'),
    });
    expect(line).not.toContain(CANARY);
  });

  it('refuses an option that there is not, with all else that is wrong, and names the one that was meant', async () => {
    const misspelt = { dataDirr: 'x', env: { PORT: 'x' } };
    await expect(start(misspelt)).rejects.toMatchObject({
      name: 'ConfigError',
      faults: [
        { where: 'createLLMService({ dataDirr })', write: expect.stringContaining('"dataDir"') },
        { where: 'PORT' },
      ],
    });
  });

  it('refuses production without a key, and says what to set', async () => {
    const failure = start({ env: { NODE_ENV: 'production', GROQ_API_KEY: undefined } });
    await expect(failure).rejects.toThrow(/GROQ_API_KEY.*set it to your key/s);
  });

  it('refuses a data folder that another process or service holds', async () => {
    await start();
    await expect(start()).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  it('that fails lets the data folder go', async () => {
    mkdirSync(join(folder, 'data', 'ledger.sqlite'), { recursive: true });
    await expect(start()).rejects.toMatchObject({ code: 'store_unavailable' });
    rmSync(join(folder, 'data', 'ledger.sqlite'), { recursive: true });
    expect((await (await start()).generateCompletion(ask('again'))).content).not.toBe('');
  });

  it('answers offline without a key, and says so in each answer', async () => {
    const service = await start({ env: { GROQ_API_KEY: undefined } });
    expect((await service.generateCompletion(ask('hello'))).provider).toBe('offline');
    expect(service.status().provider).toBe('offline');
  });

  it('refuses offline what the model would refuse whose place is taken, in that one’s name', async () => {
    const service = await start({ env: { GROQ_API_KEY: undefined } });
    const url = 'data:image/png;base64,iVBORw0KGgo=';
    const picture = { messages: [{ role: 'user' as const, content: [{ type: 'image' as const, url }] }] };
    const message = expect.stringMatching(
      /^openai\/gpt-oss-120b, for which offline\/echo stands in, does not take images/,
    );
    await expect(service.generateCompletion(picture)).rejects.toMatchObject({ code: 'invalid_request', message });
    const asked = { ...picture, model: 'offline/echo' };
    expect((await service.generateCompletion(asked)).model).toBe('offline/echo');
  });

  it('has the targets of a route by the names under which they are asked', async () => {
    const yaml =
      'routes: { tutor: { targets: [openai/gpt-oss-20b] }, openai/gpt-oss-20b: { targets: [openai/gpt-oss-20b] } }';
    const idsOf = (service: LLMService) => service.routes().map(({ targets }) => targets.map(({ id }) => id));
    expect(idsOf(await start({}, yaml))).toEqual([['groq/openai/gpt-oss-20b'], ['groq/openai/gpt-oss-20b']]);
    const offline = await start(
      { dataDir: 'memory', env: { GROQ_API_KEY: undefined } },
      yaml.replace(/, openai.* }$/, ' }'),
    );
    expect(idsOf(offline)).toEqual([['openai/gpt-oss-20b']]);
    expect(offline.model('tutor')).toMatchObject({ id: 'tutor' });
    expect([offline.model('nobody'), offline.model('no name')]).toEqual([null, null]);
  });

  it('answers offline by a schema, also in the place of a model that takes none', async () => {
    const service = await start({ env: { GROQ_API_KEY: undefined } });
    const schema = { type: 'object', properties: { answer: { type: 'integer' } }, required: ['answer'] };
    const responseFormat = { type: 'json-schema' as const, name: 'answer', schema };
    const asked = { ...ask('by a schema'), model: 'llama-3.1-8b-instant', responseFormat };
    const { content, warnings } = await service.generateCompletion(asked);
    expect([content, warnings[0]?.code]).toEqual(['{"answer":0}', 'json_schema_emulated']);
  });
});

describe('a budget', () => {
  const yaml = 'users:\n  alice: { usd_per_day: "0.0019", tokens_per_minute: 5000 }\n';

  it('outlives the process: a restart gives nobody a fresh one', async () => {
    const first = await start({}, yaml);
    vendor.next({
      says: { text: 'x '.repeat(400), usage: { prompt_tokens: 100, completion_tokens: 3_000, total_tokens: 3_100 } },
    });
    const answer = await first.generateCompletion({ ...ask('spend'), userId: 'alice', maxTokens: 3_000 });
    expect(answer.costUsd).toBe('0.001815');
    const limitsBefore = await first.limits({ tenant: 'default', userId: 'alice' });
    await first.close();
    const again = await start({}, yaml);
    expect(await again.limits({ tenant: 'default', userId: 'alice' })).toEqual(limitsBefore);
    const refused = await again
      .generateCompletion({ ...ask('more'), userId: 'alice' })
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(LLMError);
    expect(refused).toMatchObject({ status: 402, code: 'budget_exceeded' });
    expect(vendor.requests).toHaveLength(1);
  });

  it('of one user is nobody else’s', async () => {
    const service = await start({}, yaml);
    const names = ['bob', 'alice/', 'default/alice', 'Alice', 'alice%'];
    for (const userId of names)
      expect((await service.generateCompletion({ ...ask('hi'), userId })).content).not.toBe('');
    const [money] = (await service.limits({ tenant: 'default', userId: 'alice' })).filter(
      ({ window }) => window.name === 'usd_per_day',
    );
    expect(money?.used).toBe(0);
  });
});

it.each([
  ['a message that is none', { messages: [null] }, 'messages[0]'],
  ['a stop that is no list', { stop: 'END' }, 'stop'],
  ['a tag that is no text', { tags: { a: 5 } }, 'tags'],
  ['a temperature that is no number', { temperature: '1' }, 'temperature'],
])('refuses %s with a code, as the library of a caller without a compiler', async (_what, wrong, param) => {
  const service = await start();
  const request = JSON.parse(JSON.stringify({ ...ask('hi'), ...wrong }));
  await expect(service.generateCompletion(request)).rejects.toMatchObject({
    code: 'invalid_request',
    detail: { param },
  });
});

it('refuses a caller whose name could be taken for another', async () => {
  const service = await start();
  const failure = service.generateCompletion(ask('hi'), { caller: { tenant: 'default', userId: 'a\ud800' } });
  await expect(failure).rejects.toMatchObject({ code: 'invalid_request', detail: { param: 'caller.userId' } });
});

it('takes a schema whose values look like keywords', async () => {
  const service = await start();
  const parameters = {
    type: 'object',
    properties: { shape: { type: 'object', default: { type: 'circle' }, enum: [{ type: 'square' }] } },
  };
  const answer = await service.generateCompletion({ ...ask('hi'), tools: [{ name: 'draw', parameters }] });
  expect(answer.provider).toBe('groq');
});

it('refuses a field that there is not, and names the one that was meant', async () => {
  const service = await start();
  const misspelt = { ...ask('hi'), user_id: 'alice' };
  await expect(service.generateCompletion(misspelt)).rejects.toMatchObject({
    code: 'unknown_parameter',
    message: expect.stringContaining('"userId"'),
  });
});

describe('closing', () => {
  it('lets an answer end that is under way, and takes no new request', async () => {
    const service = await start();
    vendor.next({ says: { text: 'slow but whole' }, headersAfterMs: 100 });
    const answer = service.generateCompletion(ask('take your time'));
    const closed = service.close();
    await expect(service.generateCompletion(ask('too late'))).rejects.toMatchObject({ code: 'overloaded' });
    expect((await answer).content).toBe('slow but whole');
    await closed;
  });
});

it('has the version of its package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(VERSION).toBe(manifest.version);
});

describe('a reload', () => {
  const change = (yaml: string) => writeFileSync(join(folder, 'codementor-llm.yaml'), yaml);
  const budgets = async (service: LLMService) =>
    (await service.limits({ tenant: 'default', userId: 'alice' })).map(({ window }) => [window.name, window.limit]);

  it('changes windows, tiers and routes from the next request on, and keeps what was used', async () => {
    const service = await start({ dataDir: 'memory' }, 'users: { alice: { requests_per_minute: 1 } }');
    await service.generateCompletion({ ...ask('1'), userId: 'alice' });
    await expect(service.generateCompletion({ ...ask('2'), userId: 'alice' })).rejects.toMatchObject({ status: 429 });
    change('users: { alice: { requests_per_minute: 2 } }\nroutes: { tutor: { targets: [openai/gpt-oss-20b] } }');
    await service.reload();
    expect(await budgets(service)).toContainEqual(['requests_per_minute', 2]);
    const answer = await service.generateCompletion({ ...ask('3'), userId: 'alice', model: 'tutor' });
    expect(answer.model).toBe('openai/gpt-oss-20b');
    await expect(service.generateCompletion({ ...ask('4'), userId: 'alice' })).rejects.toMatchObject({ status: 429 });
  });

  it('brings tiers that keys can be made for', async () => {
    const service = await start({ dataDir: 'memory' }, 'tiers: { old: { in_flight: 1 } }');
    change('tiers: { new: { in_flight: 2 } }');
    await service.reload();
    const key = { tenant: 'acme', userId: 'alice' };
    expect(await service.keys.create({ ...key, tier: 'new' })).toMatchObject({ tier: 'new' });
    await expect(service.keys.create({ ...key, tier: 'old' })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('F53: of a file with a fault changes nothing, and names the fault', async () => {
    const service = await start({ dataDir: 'memory' }, 'users: { alice: { requests_per_minute: 1 } }');
    change('users: { alice: { requests_per_minuet: 5 } }');
    await expect(service.reload()).rejects.toThrow(/users.alice.requests_per_minuet.*requests_per_minute/s);
    expect(await budgets(service)).toContainEqual(['requests_per_minute', 1]);
  });

  it('F55: leaves the answer under way the price that it was held with', async () => {
    const price = (usd: string) =>
      `prices: [{ model: openai/gpt-oss-120b, from: 2026-01-01, input: "${usd}", output: "${usd}", source: contract }]`;
    const service = await start({ dataDir: 'memory' }, price('1'));
    vendor.next({ says: { text: 'one two three' }, eventEveryMs: 20 });
    const events = service.streamCompletion(ask('1'));
    await events[Symbol.asyncIterator]().next();
    change(price('2'));
    await service.reload();
    for await (const _event of events);
    await service.generateCompletion(ask('2'));
    const prices = async () => (await service.ledger.rows({})).rows.map(({ priceId }) => priceId);
    await until(async () => !(await prices()).includes(null), 'both rows to be closed');
    expect(await prices()).toEqual([
      'contract@2026-01-01:1000000/1000000/1000000/1000000',
      'contract@2026-01-01:2000000/2000000/2000000/2000000',
    ]);
  });
});
