// Windows that several processes share in Redis: the contract, on one server and on a cluster, and what stays behind in the server.

import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemChance, systemClock } from '../../../src/core/clock.ts';
import { UnseededError } from '../../../src/core/window-store.ts';
import { openRedis, type RedisClient } from '../../../src/stores/redis/client.ts';
import { openRedisWindows } from '../../../src/stores/redis/windows.ts';
import { type SharedServer, testSharedWindowStore } from '../../contract/stores.ts';
import { amounts, LEASE_MS, tenantWindow, userWindow } from '../../contract/windows-at-hand.ts';
import { describeWithOwnRedis, type PrivateRedis, startRedis, startRedisCluster } from '../../servers/redis.ts';

async function sharedServer(
  url: string,
  nodes: readonly PrivateRedis[],
  stop: () => Promise<void>,
): Promise<SharedServer> {
  const client = openRedis({ url, clock: systemClock, report: () => {}, commandTimeoutMs: 5_000 });
  await client.whenReady(10_000);
  return {
    open: () => openRedisWindows(client, { clock: systemClock, chance: systemChance, timeFrom: 'caller' }),
    empty: async () => {
      for (const { port } of nodes) {
        const node = new Redis(port, '127.0.0.1');
        await node.flushall();
        node.disconnect();
      }
    },
    stop: async () => {
      client.close();
      await stop();
    },
  };
}

describeWithOwnRedis('windows shared in Redis', () => {
  testSharedWindowStore('in Redis', async () => {
    const server = await startRedis();
    return sharedServer(server.url, [server], () => server.stop());
  });
});

describeWithOwnRedis('windows shared in a Redis cluster', () => {
  testSharedWindowStore('in a Redis cluster', async () => {
    const cluster = await startRedisCluster();
    return sharedServer(cluster.url, cluster.nodes, () => cluster.stop());
  });
});

const HOUR_MS = 3_600_000;
/** By what a key begins with. */
const LONGEST_TTL_MS: Readonly<Record<string, number>> = {
  epoch: 62 * 24 * HOUR_MS,
  draft: 600_000,
  hold: LEASE_MS + 24 * HOUR_MS,
  leases: LEASE_MS + 24 * HOUR_MS,
  in_flight: LEASE_MS + 24 * HOUR_MS,
  'rate_limit:minute': 2 * 60_000,
  'rate_limit:day': 48 * HOUR_MS,
  'budget:day': 48 * HOUR_MS,
  'budget:month': 62 * 24 * HOUR_MS,
  window_tags: 48 * HOUR_MS,
};

describeWithOwnRedis('what windows leave behind in Redis', () => {
  let server: PrivateRedis;
  let client: RedisClient;
  beforeAll(async () => {
    server = await startRedis();
    client = openRedis({ url: server.url, clock: systemClock, report: () => {}, commandTimeoutMs: 5_000 });
    await client.whenReady(10_000);
  });
  afterAll(async () => {
    client.close();
    await server.stop();
  });
  const windows = [
    userWindow('requests_per_minute', 10),
    userWindow('requests_per_day', 10),
    tenantWindow('tokens_per_minute', 1_000),
    tenantWindow('tokens_per_day', 1_000),
    userWindow('usd_per_day', 10_000),
    tenantWindow('usd_per_month', 10_000),
    userWindow('in_flight', 10),
    tenantWindow('in_flight', 10),
  ];
  const held = { requests: 1, tokens: 10, nanoUsd: 100, inFlight: 1 };
  const keys = async () => {
    const found: { key: string; ttlMs: number }[] = [];
    const scanned: string[] = [];
    const reader = new Redis(server.port, '127.0.0.1');
    for await (const some of reader.scanStream()) scanned.push(...some);
    reader.disconnect();
    for (const key of scanned) found.push({ key, ttlMs: await client.connection.pttl(key) });
    return found;
  };

  it('P16, I19: every key has a time to live, twice its window at most, whatever was done', async () => {
    const nowMs = Date.now();
    const store = openRedisWindows(client, { clock: systemClock, chance: systemChance, timeFrom: 'caller' });
    const granted = { windows, amounts: held, heldAtMs: nowMs, expiresAtMs: nowMs + LEASE_MS, note: 'n' };
    const charge = { windows, amounts: held, atMs: nowMs - 1_000 };
    await store.seed('acme', [charge], [{ ...granted, holdId: 'seeded' }], nowMs);
    await store.seed('acme', [charge], [{ ...granted, holdId: 'late' }], nowMs);
    for (const id of ['open', 'raised', 'settled', 'expired', 'corrected'])
      await store.hold(id, windows, held, nowMs, LEASE_MS, 'note');
    await store.hold('raised', windows, { ...held, tokens: 20 }, nowMs + 2_000, LEASE_MS);
    await store.hold('refused', windows, { ...held, tokens: 5_000 }, nowMs, LEASE_MS);
    await store.settle('settled', amounts({ tokens: 1 }), nowMs);
    await store.adopt({ ...granted, holdId: 'adopted' }, nowMs);
    await store.record(windows, held, nowMs);
    await store.states(windows, nowMs);
    const check = async () => {
      const all = await keys();
      expect(all.length).toBeGreaterThan(12);
      for (const { key, ttlMs } of all) {
        const family = Object.keys(LONGEST_TTL_MS).find((prefix) => key.startsWith(prefix)) ?? 'none';
        expect.soft(ttlMs, key).toBeGreaterThan(0);
        expect.soft(ttlMs, key).toBeLessThanOrEqual(LONGEST_TTL_MS[family] ?? 0);
      }
      expect(all.some(({ key }) => key.includes('late') || key.startsWith('draft'))).toBe(false);
    };
    await check();
    expect((await store.reap(nowMs + LEASE_MS)).length).toBeGreaterThan(3);
    await store.settle('corrected', amounts({ tokens: 1, nanoUsd: 1 }), nowMs + LEASE_MS);
    await check();
  });

  it('is not enough for who counts more than was counted: the tenant has to be filled anew, until all count the same', async () => {
    const about = { clock: systemClock, chance: systemChance };
    const [day, month] = ['user usd_per_day UTC', 'user usd_per_month UTC'];
    let counted = [day];
    const before = openRedisWindows(client, { ...about, kindsOf: () => counted });
    const after = () => openRedisWindows(client, { ...about, kindsOf: () => [day, month] });
    const [first, second] = [after(), after()];
    const windows = [{ ...userWindow('usd_per_day', 10_000), scopeKey: 'kinds/alice' }];
    const used = (store: typeof before) => store.states(windows, Date.now());
    await before.seed('kinds', [], [], Date.now(), counted);
    await before.hold('a', windows, amounts({ nanoUsd: 5 }), Date.now(), LEASE_MS);
    await expect(used(first)).rejects.toThrow(UnseededError);
    expect(await first.seed('kinds', [], [], Date.now(), [day, month])).toBe(true);
    await used(first);
    // It counts less, and goes on; what it draws is missed by who comes later.
    await used(before);
    await expect(used(second)).rejects.toThrow(UnseededError);
    await second.seed('kinds', [], [], Date.now(), [day, month]);
    await used(first);
    await used(before);
    counted = [day, month];
    before.kindsChanged();
    await expect(used(before)).rejects.toThrow(UnseededError);
    await before.seed('kinds', [], [], Date.now(), counted);
    await Promise.all([used(first), used(second), used(before)]);
    await Promise.all([used(after()), used(after())]);
  });

  it('is ended once by each of two of which each counts what the other does not, and not in turns', async () => {
    const about = { clock: systemClock, chance: systemChance };
    const kinds = [['tenant usd_per_day UTC'], ['tenant usd_per_day Europe/Warsaw']];
    const stores = kinds.map((own) => openRedisWindows(client, { ...about, kindsOf: () => own }));
    const window = { ...userWindow('usd_per_day', 10_000), scope: 'tenant' as const, scopeKey: 'turns' };
    let filled = 0;
    for (let round = 0; round < 10; round++)
      for (const [index, store] of stores.entries()) {
        const own = kinds[index] ?? [];
        await store.states([window], Date.now()).catch(async (error: unknown) => {
          if (!(error instanceof UnseededError)) throw error;
          filled++;
          const met = await store.kindsMet('turns');
          await store.seed(
            'turns',
            [],
            [],
            Date.now(),
            own,
            met.filter((kind) => !own.includes(kind)),
          );
        });
      }
    expect(filled).toBeLessThanOrEqual(3);
    // What somebody does not fill is not taken up.
    const third = openRedisWindows(client, { ...about, kindsOf: () => ['user usd_per_month UTC'] });
    await expect(third.states([window], Date.now())).rejects.toThrow(UnseededError);
    await third.seed('turns', [], [], Date.now(), ['user usd_per_month UTC']);
    for (const store of stores) await expect(store.states([window], Date.now())).rejects.toThrow(UnseededError);
  });

  it('goes on for who counts by it, where it could not be filled anew', async () => {
    const about = { clock: systemClock, chance: systemChance };
    const day = ['user usd_per_day UTC'];
    const before = openRedisWindows(client, { ...about, kindsOf: () => day });
    const mayFill = () => Promise.reject(new Error('The ledger is away'));
    const after = openRedisWindows(client, { ...about, kindsOf: () => [...day, 'user usd_per_month UTC'], mayFill });
    const windows = [{ ...userWindow('usd_per_day', 10_000), scopeKey: 'away/alice' }];
    await before.seed('away', [], [], Date.now(), day);
    await before.hold('a', windows, amounts({ nanoUsd: 5 }), Date.now(), LEASE_MS);
    await expect(after.states(windows, Date.now())).rejects.toThrow(UnseededError);
    expect(await before.states(windows, Date.now())).toMatchObject([{ used: 5 }]);
    before.kindsChanged();
    expect(await before.states(windows, Date.now())).toMatchObject([{ used: 5 }]);
  });

  it('asks once for a hold, once for a raise, once for a settle', async () => {
    const store = openRedisWindows(client, { clock: systemClock, chance: systemChance });
    const calls = async () => {
      const info = await client.connection.info('commandstats');
      const counted = [...info.matchAll(/^cmdstat_(?:evalsha|eval|get|set):calls=(\d+)/gm)];
      return counted.reduce((sum, [, count]) => sum + Number(count), 0);
    };
    await store.hold('warm', windows, held, Date.now(), LEASE_MS);
    await store.settle('warm', held, Date.now());
    const before = await calls();
    await store.hold('a', windows, held, Date.now(), LEASE_MS);
    await store.hold('a', windows, { ...held, tokens: 20 }, Date.now(), LEASE_MS);
    await store.settle('a', held, Date.now());
    // Scripts call GET themselves, once each, to compare the epoch.
    expect((await calls()) - before).toBe(3 * 2);
  });
});
