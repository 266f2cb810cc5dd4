// Whatever is done to windows in Redis, every key they leave there has a time to live, and none a longer one than it may (I19).
// PROPERTY_RUNS sets the number of histories; fast-check prints the seed of one that fails.

import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import type { SharedWindowStore } from '../../src/core/window-store.ts';
import type { Window } from '../../src/core/windows.ts';
import { openRedis, type RedisClient } from '../../src/stores/redis/client.ts';
import { openRedisWindows } from '../../src/stores/redis/windows.ts';
import { HOUR_MS, tenantWindow, userWindow, WINDOW_NAMES } from '../contract/windows-at-hand.ts';
import { describeWithOwnRedis, type PrivateRedis, startRedis } from '../servers/redis.ts';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 200);
const DAY_MS = 24 * HOUR_MS;
const LONGEST_LEASE_MS = 20 * 60_000;
const KINDS = ['user usd_per_day UTC'];

/** Twice the window; a hold, and what hangs on one, is known for its lease and a day. By what a key begins with. */
const LONGEST_TTL_MS: Readonly<Record<string, number>> = {
  'rate_limit:minute:': 2 * 60_000,
  'rate_limit:day:': 2 * DAY_MS,
  'budget:day:': 2 * DAY_MS,
  'budget:month:': 62 * DAY_MS,
  'epoch:': 62 * DAY_MS,
  'kinds:': 62 * DAY_MS,
  'draft:': 600_000,
  'hold:': LONGEST_LEASE_MS + DAY_MS,
  'leases:': LONGEST_LEASE_MS + DAY_MS,
  'in_flight:': LONGEST_LEASE_MS + DAY_MS,
  window_tags: 2 * DAY_MS,
};

const windows: fc.Arbitrary<readonly Window[]> = fc.uniqueArray(
  fc
    .record({ isOfUser: fc.boolean(), name: fc.constantFrom(...WINDOW_NAMES), limit: fc.constantFrom(0, 50, 1_000) })
    .map(({ isOfUser, name, limit }) => (isOfUser ? userWindow(name, limit) : tenantWindow(name, limit))),
  { minLength: 1, maxLength: 5, selector: ({ scopeKey, name }) => `${scopeKey}:${name}` },
);
const amounts = fc.record({ requests: fc.nat(2), tokens: fc.nat(60), nanoUsd: fc.nat(60), inFlight: fc.nat(1) });
const shared = { id: fc.constantFrom('a', 'b', 'c', 'd'), windows, amounts, agoMs: fc.nat(2 * DAY_MS) };
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('hold' as const),
      leaseMs: fc.constantFrom(0, 30_000, LONGEST_LEASE_MS),
      ...shared,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constantFrom(
        'settle' as const,
        'adopt' as const,
        'record' as const,
        'seed' as const,
        'reap' as const,
        'lose' as const,
      ),
      ...shared,
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

describeWithOwnRedis('the keys of windows in Redis', () => {
  let server: PrivateRedis;
  let client: RedisClient;
  let admin: Redis;
  beforeAll(async () => {
    server = await startRedis();
    client = openRedis({ url: server.url, clock: systemClock, report: () => {}, commandTimeoutMs: 10_000 });
    await client.whenReady(10_000);
    admin = new Redis(server.port, '127.0.0.1');
  });
  afterAll(async () => {
    client.close();
    admin.disconnect();
    await server.stop();
  });

  async function take(store: SharedWindowStore, one: Step): Promise<unknown> {
    const nowMs = Date.now();
    const heldAtMs = nowMs - one.agoMs;
    const hold = { windows: one.windows, amounts: one.amounts, heldAtMs, note: null };
    switch (one.type) {
      case 'hold':
        return store.hold(one.id, one.windows, one.amounts, nowMs, one.leaseMs, 'note');
      case 'settle':
        return store.settle(one.id, one.amounts, nowMs, one.windows);
      case 'adopt':
        return store.adopt({ ...hold, holdId: one.id, expiresAtMs: heldAtMs + LONGEST_LEASE_MS }, nowMs);
      case 'record':
        return store.record(one.windows, one.amounts, heldAtMs);
      case 'seed': {
        const charge = { windows: one.windows, amounts: one.amounts, atMs: heldAtMs };
        return store.seed('acme', [charge], [{ ...hold, holdId: one.id, expiresAtMs: nowMs + 30_000 }], nowMs, KINDS);
      }
      case 'reap':
        return store.reap(nowMs);
      case 'lose':
        return admin.flushall();
    }
  }

  it('I19: all end by themselves, after twice their window at most', { timeout: 60_000 + numRuns * 500 }, async () => {
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (history) => {
        await admin.flushall();
        const store = openRedisWindows(client, { clock: systemClock, chance: systemChance, kindsOf: () => KINDS });
        await store.seed('acme', [], [], Date.now(), KINDS);
        for (const one of history) {
          await take(store, one).catch((error: unknown) => {
            // A store without its windows asks to be filled first.
            if (!(error instanceof Error) || error.name !== 'UnseededError') throw error;
          });
        }
        const keys = await admin.keys('*');
        const ttls = await Promise.all(keys.map((key) => admin.pttl(key)));
        for (const [index, key] of keys.entries()) {
          const [, mostMs = 0] = Object.entries(LONGEST_TTL_MS).find(([prefix]) => key.startsWith(prefix)) ?? [];
          const ttlMs = ttls[index] ?? -1;
          // -2: it has ended meanwhile.
          if (ttlMs !== -2) expect([key, ttlMs > 0, ttlMs <= mostMs]).toEqual([key, true, true]);
          seen++;
        }
        await store.close();
      }),
      { numRuns },
    );
    expect(seen).toBeGreaterThan(numRuns);
  });
});
