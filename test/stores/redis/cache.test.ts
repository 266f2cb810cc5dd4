// The cache in Redis: the contract, on one server and on a cluster, and below the memory of a process; what others write into it; how full
// Redis may be.

import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { createMemoryCache } from '../../../src/stores/memory/cache.ts';
import { openRedisCache as openOn } from '../../../src/stores/redis/cache.ts';
import { entryText } from '../../../src/stores/redis/cache-entry.ts';
import { entryKeyOf, markKeyOf } from '../../../src/stores/redis/cache-keys.ts';
import { openRedis, type RedisClient } from '../../../src/stores/redis/client.ts';
import { RedisRoom } from '../../../src/stores/redis/room.ts';
import { createTieredCache } from '../../../src/stores/tiered-cache.ts';
import { CACHED, keyOf } from '../../contract/cache-store.ts';
import { testCacheStore } from '../../contract/stores.ts';
import { NOON_MS } from '../../contract/windows-at-hand.ts';
import { describeWithOwnRedis, type PrivateRedis, startRedis, startRedisCluster } from '../../servers/redis.ts';
import { SimulatedClock } from '../../simulated-clock.ts';

const openRedisCache = (client: RedisClient, options: ConstructorParameters<typeof RedisRoom>[1]) =>
  openOn(client, { clock: options.clock, room: new RedisRoom(client, options) });
const quiet = { clock: systemClock, report: () => {} };
const unheard = { publish: async () => {}, subscribe: () => () => {} };

/** One who is new on the same servers, with nothing on them. */
function fresh(
  start: () => Promise<{ readonly nodes: readonly PrivateRedis[]; readonly url: string; stop(): Promise<void> }>,
) {
  let server: Awaited<ReturnType<typeof start>>;
  let client: RedisClient;
  let direct: Redis[];
  beforeAll(async () => {
    server = await start();
    client = openRedis({ ...quiet, url: server.url, commandTimeoutMs: 5_000 });
    await client.whenReady(10_000);
    direct = server.nodes.map(({ port }) => new Redis(port, '127.0.0.1'));
  });
  afterAll(async () => {
    client.close();
    for (const each of direct) each.disconnect();
    await server.stop();
  });
  return {
    direct: () => direct,
    async emptied() {
      for (const each of direct) await each.flushall();
      return client;
    },
  };
}

async function one(): Promise<{
  readonly nodes: readonly PrivateRedis[];
  readonly url: string;
  stop(): Promise<void>;
}> {
  const node = await startRedis();
  return { nodes: [node], url: node.url, stop: () => node.stop() };
}

describeWithOwnRedis('the cache in one Redis', () => {
  const redis = fresh(one);
  testCacheStore('in Redis', async () => openRedisCache(await redis.emptied(), quiet));
  testCacheStore('in memory before Redis', async () =>
    createTieredCache({
      memory: createMemoryCache(),
      shared: openRedisCache(await redis.emptied(), quiet),
      notices: unheard,
    }),
  );
  testCacheStore('of a process that has seen nothing of what is in Redis', async () => {
    const shared = openRedisCache(await redis.emptied(), quiet);
    const tiered = () => createTieredCache({ memory: createMemoryCache(), shared, notices: unheard });
    // Whoever writes and whoever reads have no memory in common.
    return {
      get: (key, nowMs) => tiered().get(key, nowMs),
      set: (key, kept) => tiered().set(key, kept),
      invalidate: (selector, atMs) => tiered().invalidate(selector, atMs),
      close: async () => {},
    };
  });
});

describeWithOwnRedis('the cache in a Redis cluster', () => {
  const redis = fresh(startRedisCluster);
  testCacheStore('in a Redis cluster', async () => openRedisCache(await redis.emptied(), quiet));
});

describeWithOwnRedis('what others write where answers are kept', () => {
  const redis = fresh(one);
  const key = keyOf(1, { kind: 'tenant', tenant: 'acme' }, { name: 'tutor', version: '2', hash: 'b' });
  const place = entryKeyOf(key.text);
  const whole: unknown = JSON.parse(entryText(CACHED));
  const with_ = (more: object) => JSON.stringify({ ...Object(whole), ...more });

  it.each([
    ['no text', ''],
    ['no JSON', '{"version":1,'],
    ['another document', '[]'],
    ['an entry of another version', with_({ version: 2 })],
    ['an entry with a field more', with_({ user: 'ann' })],
    ['an entry with money that is none', with_({ costPicoUsd: '-1' })],
    ['an entry without its moment', with_({ askedAtMs: null })],
    ['an answer that is none', with_({ answer: { parts: 'text' } })],
    ['a part of a kind that is none', with_({ answer: { ...CACHED.answer, parts: [{ type: 'video', text: 'x' }] } })],
  ])('is a miss, and no error: %s', async (_what, text) => {
    const client = await redis.emptied();
    const cache = openRedisCache(client, quiet);
    await client.ask((connection) => connection.set(place, text));
    expect(await cache.get(key, NOON_MS)).toBeNull();
    expect(await cache.set(key, CACHED)).toBe('kept');
    expect(await cache.get(key, NOON_MS)).toEqual(CACHED);
  });

  it('is a miss where it is of another type', async () => {
    const client = await redis.emptied();
    await client.ask((connection) => connection.hset(place, 'a', 'b'));
    expect(await openRedisCache(client, quiet).get(key, NOON_MS)).toBeNull();
  });

  it.each([
    { by: 'key', key: key.text },
    { by: 'tenant', tenant: 'acme' },
    { by: 'prompt', prompt: 'tutor' },
    { by: 'prompt', prompt: 'tutor@2' },
  ] as const)('is a miss where it stands as the mark of %o, which may be of any moment', async (selector) => {
    const client = await redis.emptied();
    const cache = openRedisCache(client, quiet);
    await cache.set(key, CACHED);
    await client.ask((connection) => connection.set(markKeyOf(selector), 'soon'));
    expect(await cache.get(key, NOON_MS)).toBeNull();
  });

  it('has a time to live on every key, and the entry of a key that was invalidated is gone', async () => {
    const client = await redis.emptied();
    const cache = openRedisCache(client, quiet);
    await cache.set(key, CACHED);
    await cache.set(keyOf(2), CACHED);
    await cache.invalidate({ by: 'key', key: key.text }, NOON_MS);
    await cache.invalidate({ by: 'tenant', tenant: 'acme' }, NOON_MS - 10_000);
    await cache.invalidate({ by: 'prompt', prompt: 'tutor@2' }, NOON_MS);
    await cache.invalidate({ by: 'public' }, NOON_MS);
    const keys = await client.ask((connection) => connection.keys('*'));
    expect(keys).toHaveLength(5);
    expect(keys).not.toContain(place);
    for (const each of keys) expect(await client.ask((connection) => connection.pttl(each))).toBeGreaterThan(0);
  });

  it('does not outlive the mark of its key: what was under way is not kept at all', async () => {
    const client = await redis.emptied();
    const cache = openRedisCache(client, quiet);
    await cache.invalidate({ by: 'key', key: key.text }, CACHED.askedAtMs);
    expect(await cache.set(key, CACHED)).toBe('invalidated');
    expect(await client.ask((connection) => connection.exists(place))).toBe(0);
  });
});

describeWithOwnRedis('how often Redis is asked', () => {
  const redis = fresh(one);

  it('is once to look an answer up, once more beside it for those of a template, and once to keep it', async () => {
    const client = await redis.emptied();
    const cache = openRedisCache(client, quiet);
    const plain = keyOf(1);
    const ofTutor = keyOf(2, { kind: 'tenant', tenant: 'acme' }, { name: 'tutor', version: '2', hash: 'b' });
    // The scripts are known, and how full it is has been looked at.
    await cache.set(plain, CACHED);
    const counted = async (work: () => Promise<unknown>) => {
      await client.ask((connection) => connection.config('RESETSTAT'));
      await work();
      const stats = await client.ask((connection) => connection.info('commandstats'));
      const calls = [...stats.matchAll(/^cmdstat_(mget|evalsha|eval|info|keys|scan|get):calls=(\d+)/gm)];
      return Object.fromEntries(calls.map(([, command, count]) => [command, Number(count)]));
    };
    expect(await counted(() => cache.get(plain, NOON_MS))).toEqual({ mget: 1 });
    expect(await counted(() => cache.get(ofTutor, NOON_MS))).toEqual({ mget: 2 });
    // Within the script: the marks of key and scope, and the entry.
    expect(await counted(() => cache.set(ofTutor, CACHED))).toEqual({ evalsha: 1, get: 3 });
  });
});

function suiteOfFilled(start: typeof one): void {
  const redis = fresh(start);

  it('takes no answers above three quarters, and says so once; below, it takes them again', async () => {
    const client = await redis.emptied();
    const clock = new SimulatedClock();
    const lines: string[] = [];
    const cache = openRedisCache(client, { clock, report: (_level, event) => lines.push(event) });
    const keep = async () => {
      await clock.advanceAsync(5_000);
      return cache.set(keyOf(1), CACHED);
    };
    await client.ask((connection) => connection.set('ballast', Buffer.alloc(60_000_000)));
    const fillTo = async (share: number) => {
      const used = await Promise.all(
        redis.direct().map(async (node) => Number(/^used_memory:(\d+)/m.exec(await node.info('memory'))?.[1])),
      );
      // Of a cluster the one node that has the ballast.
      const most = Math.max(...used);
      await redis.direct()[used.indexOf(most)]?.config('SET', 'maxmemory', Math.round(most / share));
    };
    expect(await keep()).toBe('kept');
    await fillTo(0.8);
    expect([await keep(), await keep()]).toEqual(['no-room', 'no-room']);
    expect(lines).toEqual(['cache_full']);
    // What is there is given on, and can be invalidated.
    expect(await cache.get(keyOf(1), NOON_MS)).toEqual(CACHED);
    await cache.invalidate({ by: 'public' }, NOON_MS);
    await fillTo(0.72);
    expect(await keep()).toBe('no-room');
    await fillTo(0.5);
    expect([await keep(), await keep()]).toEqual(['kept', 'kept']);
    expect(lines).toEqual(['cache_full', 'cache_has_room']);
  });
}

describeWithOwnRedis('a Redis that is filled', () => suiteOfFilled(one));
describeWithOwnRedis('a Redis cluster with one node that is filled', () => suiteOfFilled(startRedisCluster));
describeWithOwnRedis('a Redis that does not say how full it is', () => {
  const redis = fresh(one);

  it('keeps answers all the same, but for one at each look', async () => {
    const client = await redis.emptied();
    const clock = new SimulatedClock();
    const cache = openRedisCache(client, { clock, report: () => {} });
    await client.ask((connection) => connection.acl('SETUSER', 'default', '-info'));
    await expect(cache.set(keyOf(1), CACHED)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect([await cache.set(keyOf(1), CACHED), await cache.set(keyOf(2), CACHED)]).toEqual(['kept', 'kept']);
    await clock.advanceAsync(5_000);
    await expect(cache.set(keyOf(1), CACHED)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await cache.set(keyOf(3), CACHED)).toBe('kept');
  });
});
