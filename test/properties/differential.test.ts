// The store in Redis against the store in memory: the same histories give the same results, clock backwards included. PROPERTY_RUNS
// sets the number of histories; fast-check prints the seed of one that fails.

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import type { WindowStore } from '../../src/core/window-store.ts';
import type { Amounts, Window, WindowName } from '../../src/core/windows.ts';
import { createMemoryWindows } from '../../src/stores/memory/windows.ts';
import { openRedis, type RedisClient } from '../../src/stores/redis/client.ts';
import { openRedisWindows } from '../../src/stores/redis/windows.ts';
import { HOUR_MS, NOON_MS, WINDOW_NAMES } from '../contract/windows-at-hand.ts';
import { type AnyRedis, describeWithRedis, useRedis } from '../servers/redis.ts';
import { withOwnTenants } from '../stores/redis/own-tenants.ts';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 200);
const DAY_MS = 24 * HOUR_MS;

const TENANTS = ['acme', 'other'];
const USERS = ['/alice', '/bob', ''];
const ZONES: Readonly<Record<string, string>> = { acme: 'UTC', other: 'Asia/Kathmandu' };

const limit = fc.constantFrom(0, 60, 100, 100, 1_000, 1_000);
const windowOf = (tenant: string, user: string, name: WindowName, most: number): Window => ({
  scope: user === '' ? 'tenant' : 'user',
  scopeKey: tenant + user,
  name,
  limit: most,
  timezone: ZONES[tenant] ?? 'UTC',
});
const ALL = TENANTS.flatMap((tenant) =>
  USERS.flatMap((user) => WINDOW_NAMES.map((name) => windowOf(tenant, user, name, 1_000))),
);

/** Those that most holds have, so that holds meet; or any few. */
const windowsOf = (tenant: string): fc.Arbitrary<readonly Window[]> => {
  const few = fc.record({ user: fc.constantFrom(...USERS), name: fc.constantFrom(...WINDOW_NAMES), limit });
  return fc.oneof(
    limit.map((most) => [
      windowOf(tenant, '/alice', 'tokens_per_minute', most),
      windowOf(tenant, '', 'usd_per_day', 1_000),
      windowOf(tenant, '', 'in_flight', 100),
    ]),
    fc.uniqueArray(
      few.map(({ user, name, limit: most }) => windowOf(tenant, user, name, most)),
      { minLength: 1, maxLength: 6, selector: ({ scopeKey, name }) => `${scopeKey}:${name}` },
    ),
  );
};
const amount = fc.oneof(
  { weight: 8, arbitrary: fc.nat(40) },
  { weight: 3, arbitrary: fc.nat(120) },
  // Sums are exact to 2^53: this often enough, and no history passes it.
  { weight: 1, arbitrary: fc.constant(2 ** 46) },
);
const amounts: fc.Arbitrary<Amounts> = fc.record({
  requests: fc.nat(40),
  tokens: amount,
  nanoUsd: amount,
  inFlight: fc.nat(40),
});
const jumpMs = fc.oneof(
  fc.integer({ min: 0, max: 5_000 }),
  fc.integer({ min: 0, max: 90_000 }),
  fc.integer({ min: 0, max: 3 * HOUR_MS }),
  fc.integer({ min: 10 * HOUR_MS, max: 26 * HOUR_MS }),
  fc.integer({ min: -90_000, max: 0 }),
  fc.integer({ min: -2 * HOUR_MS, max: 0 }),
);
const leaseMs = fc.constantFrom(30_000, 180_000, 20 * 60_000);

const step = fc.constantFrom(...TENANTS).chain((tenant) => {
  const id = fc.constantFrom('1', '2', '3').map((number) => `${tenant}-${number}`);
  const windows = windowsOf(tenant);
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('hold' as const),
        id,
        windows,
        amounts,
        leaseMs,
        note: fc.option(fc.string(), { nil: undefined }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('settle' as const), id, windows, amounts }) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('adopt' as const),
        id,
        windows,
        amounts,
        leaseMs,
        agoMs: fc.oneof(fc.nat(5_000), fc.nat(2 * HOUR_MS)),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('record' as const), windows, amounts, agoMs: fc.nat(DAY_MS) }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('states' as const), windows }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('reap' as const) }) },
    { weight: 5, arbitrary: fc.record({ type: fc.constant('jump' as const), byMs: jumpMs }) },
  );
});
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

/** Keys in Redis die by real time, while that of a history may go back. */
const HISTORY_TAKES_MS = 5_000;

interface KnownId {
  generation: number;
  /** The shortest of its leases: which of them is in force depends on whether it had expired. */
  leaseEndsAtMs: number;
  isSettled: boolean;
}

/**
 * Ids are known for a time: a settled one for its lease, an expired one for a day after it. What a store makes of one later is its
 * own affair, and no request comes so late; so another id is taken then.
 */
class Ids {
  readonly #known = new Map<string, KnownId>();
  #latestMs = 0;

  /** What a store has forgotten at some time it does not know again when the clock goes back. */
  passes(nowMs: number): void {
    this.#latestMs = Math.max(this.#latestMs, nowMs);
  }

  of(name: string): string {
    const known = this.#knownAs(name);
    const forgottenAtMs = known.leaseEndsAtMs + (known.isSettled ? 0 : DAY_MS);
    if (this.#latestMs >= forgottenAtMs - HISTORY_TAKES_MS) {
      known.generation++;
      known.leaseEndsAtMs = Number.POSITIVE_INFINITY;
      known.isSettled = false;
    }
    return `${name}-${known.generation}`;
  }

  leased(name: string, untilMs: number): void {
    const known = this.#knownAs(name);
    known.leaseEndsAtMs = Math.min(known.leaseEndsAtMs, untilMs);
  }

  settled(name: string): void {
    this.#knownAs(name).isSettled = true;
  }

  #knownAs(name: string): KnownId {
    const known = this.#known.get(name) ?? {
      generation: 0,
      leaseEndsAtMs: Number.POSITIVE_INFINITY,
      isSettled: false,
    };
    this.#known.set(name, known);
    return known;
  }
}

/** What the store answers to the step; null where there is nothing to compare. */
async function answerOf(store: WindowStore, one: Step, nowMs: number): Promise<unknown> {
  switch (one.type) {
    case 'hold':
      return store.hold(one.id, one.windows, one.amounts, nowMs, one.leaseMs, one.note);
    case 'settle':
      return store.settle(one.id, one.amounts, nowMs, one.windows);
    case 'adopt': {
      const times = { heldAtMs: nowMs - one.agoMs, expiresAtMs: nowMs - one.agoMs + one.leaseMs };
      return store.adopt({ holdId: one.id, windows: one.windows, amounts: one.amounts, ...times, note: null }, nowMs);
    }
    case 'record':
      return store.record(one.windows, one.amounts, nowMs - one.agoMs);
    case 'states':
      return store.states(one.windows, nowMs);
    case 'reap':
      return (await store.reap(nowMs)).toSorted((a, b) => (a.holdId < b.holdId ? -1 : 1));
    case 'jump':
      return null;
  }
}

/**
 * In memory, making a count looks after two others, which forget at once what they would forget when they are next asked; it shows
 * when the clock then goes back. With every count made at the start nothing is looked after any more.
 */
async function makeEveryCount(store: WindowStore): Promise<void> {
  const one = { requests: 1, tokens: 1, nanoUsd: 1, inFlight: 1 };
  const none = { requests: 0, tokens: 0, nanoUsd: 0, inFlight: 0 };
  for (const tenant of TENANTS) {
    const windows = ALL.filter(({ scopeKey }) => scopeKey.startsWith(tenant));
    await store.hold(`${tenant}-first`, windows, one, NOON_MS, HOUR_MS);
  }
  // Not before: a count that is empty is forgotten when another is made.
  for (const tenant of TENANTS) await store.settle(`${tenant}-first`, none, NOON_MS);
}

async function compare(memory: WindowStore, redis: WindowStore, history: readonly Step[]): Promise<void> {
  const ids = new Ids();
  let nowMs = NOON_MS;
  await makeEveryCount(memory);
  await makeEveryCount(redis);
  for (const [index, drawn] of history.entries()) {
    if (drawn.type === 'jump') nowMs += drawn.byMs;
    ids.passes(nowMs);
    const one = 'id' in drawn ? { ...drawn, id: ids.of(drawn.id) } : drawn;
    const expected = await answerOf(memory, one, nowMs);
    expect(await answerOf(redis, one, nowMs), `step ${index}, ${one.type}`).toEqual(expected);
    if (drawn.type === 'hold') ids.leased(drawn.id, nowMs + drawn.leaseMs);
    if (drawn.type === 'adopt') ids.leased(drawn.id, nowMs - drawn.agoMs + drawn.leaseMs);
    if (drawn.type === 'settle') ids.settled(drawn.id);
  }
  expect(await redis.states(ALL, nowMs)).toEqual(await memory.states(ALL, nowMs));
  const lastMs = nowMs + DAY_MS;
  expect(await answerOf(redis, { type: 'reap' }, lastMs)).toEqual(await answerOf(memory, { type: 'reap' }, lastMs));
  expect(await redis.states(ALL, lastMs)).toEqual(await memory.states(ALL, lastMs));
}

describeWithRedis('windows in Redis and in memory', () => {
  let server: AnyRedis;
  let client: RedisClient;
  beforeAll(async () => {
    server = await useRedis();
    client = openRedis({ url: server.url, clock: systemClock, report: () => {}, commandTimeoutMs: 10_000 });
    await client.whenReady(10_000);
  });
  afterAll(async () => {
    client.close();
    await server.stop();
  });

  it('I3: give the same answers to the same history, whatever the clock does', {
    timeout: 60_000 + numRuns * 1_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }), async (history) => {
        const registry = `window_tags:${randomBytes(6).toString('hex')}`;
        const about = { clock: systemClock, chance: systemChance, timeFrom: 'caller', registry } as const;
        const redis = withOwnTenants(openRedisWindows(client, about));
        await compare(createMemoryWindows(), redis, history);
        await redis.close();
      }),
      { numRuns },
    );
  });
});
