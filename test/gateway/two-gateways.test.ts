// Two gateways on one Redis, and clients that do not know which of them they talk to: one answer, one bill, whoever asks, reads on,
// stops or sends again where.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../faults/seeded-random.ts';
import { describeWithOwnRedis, type PrivateRedis, startRedis } from '../servers/redis.ts';
import { contentOf, cut, wholeEvents } from './cut-streams.ts';
import { asks, CHAT, COMPLETION, eventsIn, MODEL, type RunningGateway, startGateway, until } from './start.ts';

const EVENTS = (id: string) => `/api/v1/llm/generations/${id}/events`;
const ROUNDS = process.env['LONG'] === undefined ? 50 : 500;
const WORDS = 'zażółć 𝄞 👩‍💻 gęślą jaźń — one two three four five six seven eight nine ten '.repeat(3);

describeWithOwnRedis('two gateways on one Redis', () => {
  let redis: PrivateRedis;
  let folder: string;
  let all: readonly [RunningGateway, RunningGateway];
  beforeAll(async () => {
    redis = await startRedis();
    folder = mkdtempSync(join(tmpdir(), 'codementor-two-'));
    // A busy machine is no outage.
    writeFileSync(
      join(folder, 'codementor-llm.yaml'),
      'redis: { timeout_ms: 10000 }\ngenerations: { grace_seconds: 2 }\ncancel: { upstream: abort }\ntiers: { free: { in_flight: 1000 } }\ndefault_tier: free',
    );
    const env = { REDIS_URL: redis.url };
    const first = await startGateway({ cwd: folder, env });
    all = [first, await startGateway({ cwd: folder, env, vendor: first.vendor })];
  });
  afterAll(async () => {
    await all[1].close();
    await all[0].close();
    await redis.stop();
    rmSync(folder, { recursive: true });
  });
  const calls = () => all[0].vendor.requests.length;
  const rowsOf = async (id: string) =>
    (await Promise.all(all.map((one) => one.rows()))).flat().filter(({ generationId }) => generationId === id);
  const stream = (at: RunningGateway, text: string, headers = {}) =>
    at.post(COMPLETION, asks(text, { stream: true, cache: 'use' }), headers);

  it('F62: in OpenAI’s dialect too, whole and streamed, and each has its own id', async () => {
    const before = calls();
    all[0].vendor.next({ says: { text: WORDS }, eventEveryMs: 3 });
    const body = (isStream: boolean) => ({ model: MODEL, ...asks('the dialect', { stream: isStream }) });
    const first = await all[0].post(CHAT, body(true));
    const others = await Promise.all([true, false].map((isStream) => all[1].post(CHAT, body(isStream))));
    expect([first, ...others].map(({ headers }) => headers.get('x-cache'))).toEqual(['miss', 'shared', 'shared']);
    const texts = await Promise.all([first, ...others].map((reply) => reply.text()));
    expect(JSON.parse(texts[2] ?? '').choices[0].message.content).toBe(WORDS);
    for (const text of texts.slice(0, 2)) {
      const chunks = eventsIn(text).flatMap(({ data }) => (data === '[DONE]' ? [] : [JSON.parse(data)]));
      expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(WORDS);
    }
    expect(calls()).toBe(before + 1);
    expect(new Set([first, ...others].map(({ headers }) => headers.get('x-generation-id'))).size).toBe(3);
  });

  it('whose leader hangs up goes on for those at the other gateway', async () => {
    const before = calls();
    all[0].vendor.next({ says: { text: WORDS }, eventEveryMs: 5 });
    const leader = await stream(all[0], 'the leader leaves');
    const follower = stream(all[1], 'the leader leaves');
    await cut(leader, (text) => text.includes('text-delta'));
    expect(contentOf(eventsIn(await (await follower).text()))).toBe(WORDS);
    expect(calls()).toBe(before + 1);
  });

  it(`a stream is read on from any byte, at either, ${ROUNDS} times: each word once, one call, one row`, async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
    console.info(`cuts of streams between two gateways: SEED=${seed}`);
    const random = seededRandom(seed);
    const either = () => (random() < 0.5 ? all[0] : all[1]);
    for (let round = 0; round < ROUNDS; round++) {
      const before = calls();
      all[0].vendor.next({ says: { text: WORDS }, eventEveryMs: 1 });
      const heard = [];
      const asked = await either().post(COMPLETION, asks(`round ${round}`, { stream: true, cache: 'off' }));
      let { id, text } = await cut(asked, () => random() < 0.3);
      heard.push(...wholeEvents(text));
      while (heard.at(-1)?.event !== 'response-end') {
        const reply = await either().get(EVENTS(id), { 'last-event-id': heard.at(-1)?.id ?? '0' });
        expect(reply.status).toBe(200);
        const isLast = random() < 0.5;
        ({ text } = await cut(reply, () => !isLast && random() < 0.3));
        heard.push(...wholeEvents(text));
      }
      expect(heard.map((event) => Number(event.id))).toEqual(heard.map((_event, index) => index + 1));
      expect(contentOf(heard)).toBe(WORDS);
      expect(calls()).toBe(before + 1);
      expect(await rowsOf(id)).toHaveLength(1);
    }
  }, 600_000);

  it('what is stopped at one ends at the other, and at the vendor', async () => {
    all[0].vendor.next({ says: { text: WORDS }, eventEveryMs: 50 });
    const reply = await stream(all[0], 'stop it there');
    const id = reply.headers.get('x-generation-id') ?? '';
    const stop = () => fetch(`${all[1].url}/api/v1/llm/generations/${id}`, { method: 'DELETE' });
    expect(await (await stop()).json()).toEqual({ id, stopped: true });
    const end = eventsIn(await reply.text()).at(-1);
    expect(JSON.parse(end?.data ?? '')).toMatchObject({ finish_reason: 'stopped' });
    const upstream = all[0].vendor.requests.at(-1);
    expect((await upstream?.ended)?.by).toBe('them');
    expect(await (await stop()).json()).toEqual({ id, stopped: false });
    const there = await all[1].get(EVENTS(id));
    expect(JSON.parse(eventsIn(await there.text()).at(-1)?.data ?? '')).toEqual(JSON.parse(end?.data ?? ''));
  });

  it('what is stopped at the other is stopped also where nobody could read it on', async () => {
    all[0].vendor.next({ says: { text: WORDS }, eventEveryMs: 50 });
    const reply = await all[0].post(CHAT, { model: MODEL, ...asks('a dialect', { stream: true }) });
    const id = reply.headers.get('x-generation-id') ?? '';
    const stop = await fetch(`${all[1].url}/api/v1/llm/generations/${id}`, { method: 'DELETE' });
    expect(await stop.json()).toEqual({ id, stopped: true });
    await reply.text();
    expect((await all[1].get(EVENTS(id))).status).toBe(404);
    const none = await fetch(`${all[1].url}/api/v1/llm/generations/gen_none`, { method: 'DELETE' });
    expect(none.status).toBe(404);
  });

  it.each([
    ['1', 200],
    ['2', 200],
    // Its client had more than was written: an event by this number would pass for what he has, and 204 for the end.
    ['3', 502],
    ['9', 502],
  ])(
    'an answer that died with its gateway is told to be lost to whoever has had event %s',
    async (last, status) => {
      const id = `gen_of_the_dead_${last}`;
      const client = new Redis(redis.url);
      const begun = {
        ...{ type: 'response-start', id: 'req_1', generationId: id, provider: 'groq', model: MODEL },
        ...{ cached: false, shared: false, attempts: 1, maxTokens: null },
      };
      const about = { peer: 'dead', requestId: 'req_1', tenant: 'default', userId: 'anonymous', conversationId: null };
      const events = [begun, { type: 'text-delta', text: 'one ' }];
      await client.xadd(`generation_log:${id}`, '*', 'e', JSON.stringify({ from: 0, entries: [about, ...events] }));
      client.disconnect();
      const reply = await all[0].get(EVENTS(id), { 'last-event-id': last });
      expect([reply.status, await reply.text()]).toEqual([status, expect.stringContaining('"generation_lost"')]);
    },
    30_000,
  );

  it.each([
    ['the native API', COMPLETION, (text: string, isStream: boolean) => asks(text, { stream: isStream, cache: 'off' })],
    [
      'OpenAI’s dialect',
      CHAT,
      (text: string, isStream: boolean) => ({ model: MODEL, ...asks(text, { stream: isStream }) }),
    ],
    [
      'a stored conversation',
      '/api/v1/llm/chat',
      (text: string, isStream: boolean) => ({ message: text, stream: isStream, cache: 'off' }),
    ],
  ])('I7, F61: a key of one is a key of the other (%s)', async (name, path, body) => {
    const key = { 'idempotency-key': `key of ${encodeURIComponent(name)}`, 'cache-control': 'no-store' };
    const before = calls();
    all[0].vendor.next({ says: { text: WORDS }, eventEveryMs: 5 });
    const first = await all[0].post(path, body('with a key', true), key);
    const again = await all[1].post(path, body('with a key', true), key);
    const texts = await Promise.all([first, again].map((reply) => reply.text()));
    expect(texts[1]).toBe(texts[0]);
    expect(again.headers.get('x-generation-id')).toBe(first.headers.get('x-generation-id'));
    expect(again.headers.get('x-conversation-id')).toBe(first.headers.get('x-conversation-id'));
    const other = await all[1].post(path, body('something else', true), key);
    expect([other.status, await other.text()]).toEqual([422, expect.stringContaining('"idempotency_mismatch"')]);
    expect(calls()).toBe(before + 1);
  });

  it('I7, F61: a whole answer under way is 409 at the other, then the first answer', async () => {
    const key = { 'idempotency-key': 'a whole one' };
    const before = calls();
    all[0].vendor.next({ says: { text: 'whole' }, headersAfterMs: 500 });
    const body = asks('whole with a key', { cache: 'off' });
    const first = all[0].post(COMPLETION, body, key);
    await until(() => calls() === before + 1, 'the vendor is asked');
    const early = await all[1].post(COMPLETION, body, key);
    expect([early.status, early.headers.get('retry-after')]).toEqual([409, '1']);
    const told = await (await first).json();
    // It is written for the other when its client has it already.
    let again = early;
    await until(async () => {
      again = await all[1].post(COMPLETION, body, key);
      return again.status !== 409;
    }, 'the first answer at the other');
    expect(await again.json()).toEqual(told);
    expect(calls()).toBe(before + 1);
  });

  it('I7: a key under which nothing was asked is free at the other', async () => {
    const key = { 'idempotency-key': 'refused at first' };
    const refused = { model: MODEL, ...asks('no room', { max_tokens: 10, user_id: 'x'.repeat(300) }) };
    expect((await all[0].post(COMPLETION, refused, key)).status).toBe(400);
    const before = calls();
    const taken = await all[1].post(COMPLETION, asks('now', { cache: 'off' }), key);
    expect([taken.status, calls()]).toEqual([200, before + 1]);
  });

  it('one that closes lets a client read to its end what the other answers', async () => {
    const leaving = await startGateway({ cwd: folder, env: { REDIS_URL: redis.url }, vendor: all[0].vendor });
    all[0].vendor.next({ says: { text: WORDS }, eventEveryMs: 20 });
    const asked = await stream(all[0], 'read on at one that closes');
    const there = await leaving.get(EVENTS(asked.headers.get('x-generation-id') ?? ''));
    const closed = leaving.close();
    expect(await there.text()).toBe(await asked.text());
    await closed;
  });
});
