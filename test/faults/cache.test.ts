// The cache on a Redis that several instances share, that freezes, dies and comes back: an answer is found by all of them, an
// invalidation reaches all of them, and while Redis is away the vendor is asked and nobody hears of it.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { nativeAnswerShape } from '../../src/gateway/reply-schemas.ts';
import { openRedisCache } from '../../src/stores/redis/cache.ts';
import { openRedis } from '../../src/stores/redis/client.ts';
import { RedisRoom } from '../../src/stores/redis/room.ts';
import { CACHED, keyOf } from '../contract/cache-store.ts';
import { NOON_MS } from '../contract/windows-at-hand.ts';
import { CHAT, COMPLETION, eventsIn, MODEL } from '../gateway/start.ts';
import { describeWithOwnRedis, type PrivateRedis, startRedis } from '../servers/redis.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { eventually, type FaultyGateway, PATIENT, startFaulty } from './gateways.ts';

const asks = (text: string, more: object = {}) => ({
  user_id: 'alice',
  messages: [{ role: 'user', content: text }],
  max_tokens: 100,
  ...more,
});

describeWithOwnRedis('the cache of several instances', () => {
  let server: PrivateRedis;
  const open: FaultyGateway[] = [];
  beforeEach(async () => {
    server = await startRedis();
  });
  afterEach(async () => {
    server.resume();
    await Promise.all(open.splice(0).map((gateway) => gateway.close()));
    await server.stop();
  });

  async function start(yaml = PATIENT): Promise<FaultyGateway> {
    const gateway = await startFaulty(yaml, { env: { REDIS_URL: server.url } });
    open.push(gateway);
    // Shorter than max_tokens: it ends by itself.
    gateway.vendor.script({ says: { text: 'Because of that.' } });
    await eventually(() => gateway.degraded().length === 0, 'Redis is there');
    return gateway;
  }
  const complete = async (gateway: FaultyGateway, text: string, more: object = {}) => {
    const reply = await gateway.post(COMPLETION, asks(text, more));
    expect(reply.status).toBe(200);
    const told = nativeAnswerShape.parse(await reply.json());
    return { cache: reply.headers.get('x-cache'), ...told };
  };
  const cacheOf = async (...asked: Parameters<typeof complete>) => (await complete(...asked)).cache;

  it('gives in each what was asked in another, whole or as a stream, in any dialect; it costs nothing, and what it saved is booked', async () => {
    const [one, other] = [await start(), await start()];
    const first = await complete(one, 'why?', { temperature: 0 });
    expect([first.cache, first.cached]).toEqual(['miss', false]);
    const again = await complete(other, 'why?', { temperature: 0 });
    expect(again).toMatchObject({ cache: 'hit', cost_usd: '0.00', content: first.content, cache_key: first.cache_key });
    const stream = await other.post(COMPLETION, asks('why?', { temperature: 0, stream: true }));
    expect(stream.headers.get('x-cache')).toBe('hit');
    const events = eventsIn(await stream.text()).map(({ data }) => JSON.parse(data));
    expect(events.map(({ type, text }) => (type === 'text-delta' ? text : '')).join('')).toBe(first.content);
    const spoken = { user: 'alice', messages: asks('why?').messages, model: MODEL, max_tokens: 100, temperature: 0 };
    expect((await other.post(CHAT, spoken)).headers.get('x-cache')).toBe('hit');
    expect(other.vendor.requests).toHaveLength(0);
    const [paid] = await one.rows();
    expect(paid?.costPicoUsd).toBeGreaterThan(0n);
    const rows = await other.rows();
    expect(rows.map(({ outcome, costPicoUsd, savedPicoUsd }) => [outcome, costPicoUsd, savedPicoUsd])).toEqual(
      Array(3).fill(['cached', 0n, paid?.costPicoUsd]),
    );
  });

  it('gives in none of them what was invalidated in one, by key, by tenant or by prompt', async () => {
    const [one, other] = [await start(), await start()];
    const kept = await complete(one, 'one');
    await complete(one, 'two');
    expect([await cacheOf(other, 'one'), await cacheOf(other, 'two')]).toEqual(['hit', 'hit']);
    expect(await one.service.cache.invalidate({ by: 'key', key: kept.cache_key ?? '' })).toMatchObject({
      reach: 'all',
    });
    await eventually(async () => (await cacheOf(other, 'one', { cache: 'use' })) === 'miss', 'the notice is heard');
    expect(await cacheOf(other, 'two')).toBe('hit');
    await other.service.cache.invalidate({ by: 'prompt', prompt: 'tutor' });
    expect([await cacheOf(one, 'two'), await cacheOf(other, 'two')]).toEqual(['hit', 'hit']);
    await other.service.cache.invalidate({ by: 'tenant', tenant: 'default' });
    await eventually(async () => (await cacheOf(one, 'two')) === 'miss', 'the notice is heard');
  });

  it.each([
    ['F26: frozen', () => server.freeze(), () => server.resume()],
    ['F27: dead', () => server.kill(), () => server.start()],
  ] as const)(
    '%s: every call is answered by the vendor, what memory holds goes on, and no line is written for each',
    async (_name, away, back) => {
      const gateway = await start('');
      await complete(gateway, 'known');
      const asked = gateway.vendor.requests.length;
      await away();
      for (let call = 0; call < 20; call++) expect(await cacheOf(gateway, `call ${call}`)).toBe('miss');
      expect(await cacheOf(gateway, 'known')).toBe('hit');
      expect(await cacheOf(gateway, 'call 7')).toBe('hit');
      expect(gateway.vendor.requests).toHaveLength(asked + 20);
      await expect(gateway.service.cache.invalidate({ by: 'public' })).rejects.toMatchObject({
        code: 'store_unavailable',
      });
      const ofTheCache = gateway.lines.filter(({ event }) => event.startsWith('cache'));
      expect(ofTheCache).toEqual([]);
      await back();
      const other = await start();
      const found = async () => {
        await complete(gateway, 'later', { cache: 'refresh' });
        return (await cacheOf(other, 'later')) === 'hit';
      };
      await eventually(found, 'answers are kept in Redis again');
    },
  );
});

describeWithOwnRedis('a Redis that does not answer', () => {
  it('costs the cache its deadline three times, and then nothing until it is probed', async () => {
    const clock = new SimulatedClock();
    const server = await startRedis();
    const client = openRedis({ url: server.url, clock, report: () => {}, commandTimeoutMs: 50 });
    try {
      await eventually(() => client.isReady, 'it is connected');
      const cache = openRedisCache(client, { clock, room: new RedisRoom(client, { clock, report: () => {} }) });
      server.freeze();
      /** Whether the call has had to wait for its deadline. */
      const waits = async (call: () => Promise<unknown>) => {
        let isOver = false;
        const over = call().catch(() => {
          isOver = true;
        });
        await clock.advanceAsync(0);
        const hasWaited = !isOver;
        while (!isOver) await clock.advanceAsync(50);
        await over;
        return hasWaited;
      };
      const waited: boolean[] = [];
      for (let call = 0; call < 10; call++)
        waited.push(
          await waits(() => (call % 2 === 0 ? cache.get(keyOf(call), NOON_MS) : cache.set(keyOf(1), CACHED))),
        );
      expect(waited).toEqual([true, true, true, ...Array(7).fill(false)]);
    } finally {
      server.resume();
      client.close();
      await server.stop();
    }
  });
});
