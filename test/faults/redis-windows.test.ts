// Windows in Redis while the server freezes, dies or forgets, the network loses answers, and the clocks of the processes are apart.

import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import type { SharedWindowStore } from '../../src/core/window-store.ts';
import { calendarPeriod } from '../../src/core/windows.ts';
import { isRedisOutage, openRedis, type RedisClient } from '../../src/stores/redis/client.ts';
import { openRedisWindows } from '../../src/stores/redis/windows.ts';
import { LEASE_MS, nanoUsd, tokens, usedOf, userWindow } from '../contract/windows-at-hand.ts';
import { describeWithOwnRedis, type PrivateRedis, startRedis } from '../servers/redis.ts';
import { startTcpProxy, type TcpProxy } from '../servers/tcp-proxy.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BUDGET = userWindow('usd_per_month', 1_000);
const PER_MINUTE = userWindow('tokens_per_minute', 100);
const IN_FLIGHT = userWindow('in_flight', 5);
const WINDOWS = [BUDGET, IN_FLIGHT];
const HELD = { requests: 1, tokens: 0, nanoUsd: 700, inFlight: 1 };
const NOTHING = { requests: 0, tokens: 0, nanoUsd: 0, inFlight: 0 };
const USED = { requests: 1, tokens: 0, nanoUsd: 100, inFlight: 0 };

describeWithOwnRedis('windows in a Redis that is not well', () => {
  let server: PrivateRedis;
  let proxy: TcpProxy;
  let clients: RedisClient[];
  let admin: Redis;
  /** Two processes: one through the network of the tests, one beside the server. */
  let store: SharedWindowStore;
  let direct: SharedWindowStore;

  const open = async (port: number, commandTimeoutMs: number) => {
    const url = `redis://127.0.0.1:${port}`;
    const client = openRedis({ url, clock: systemClock, report: () => {}, commandTimeoutMs });
    clients.push(client);
    await client.whenReady(10_000);
    return openRedisWindows(client, { clock: systemClock, chance: systemChance });
  };
  beforeEach(async () => {
    clients = [];
    server = await startRedis();
    proxy = await startTcpProxy({ port: server.port });
    admin = new Redis(server.port, '127.0.0.1');
    admin.on('error', () => {});
    // Longer than in production: this machine may be busy, and no test here is about how long an answer takes.
    store = await open(proxy.port, 250);
    direct = await open(server.port, 5_000);
    await direct.seed('acme', [], [], Date.now());
    // What a process does first: it learns the epoch, and brings the scripts.
    await recovered();
    await hold('first');
    await store.settle('first', NOTHING, Date.now());
  });
  afterEach(async () => {
    for (const client of clients) client.close();
    admin.disconnect();
    await proxy.close();
    await server.stop();
  });

  const used = () => usedOf(direct, WINDOWS, Date.now());
  const hold = (id: string, by = store) => by.hold(id, WINDOWS, HELD, Date.now(), LEASE_MS);
  const outageOf = (call: Promise<unknown>): Promise<boolean> => call.then(() => false, isRedisOutage);
  /** Until the process reaches the server again. */
  const recovered = async () => {
    while (await outageOf(store.states(WINDOWS, Date.now())));
  };
  const everyCall = (): (() => Promise<unknown>)[] => [
    () => hold('b'),
    () => store.settle('b', USED, Date.now(), WINDOWS),
    () => store.adopt({ ...granted('c'), note: null }, Date.now()),
    () => store.record(WINDOWS, nanoUsd(1), Date.now()),
    () => store.states(WINDOWS, Date.now()),
    () => store.reap(Date.now()),
    () => store.seed('other', [], [], Date.now()),
    () => store.ping(),
  ];
  const granted = (holdId: string) => {
    const nowMs = Date.now();
    return { holdId, windows: WINDOWS, amounts: HELD, heldAtMs: nowMs, expiresAtMs: nowMs + LEASE_MS };
  };

  it('F26: frozen: every call ends as store_unavailable, and goes on when it thaws', async () => {
    await hold('a');
    server.freeze();
    for (const call of everyCall()) expect(await outageOf(call())).toBe(true);
    expect(await Promise.all(everyCall().map((call) => outageOf(call())))).toEqual(everyCall().map(() => true));
    server.resume();
    await recovered();
    await store.settle('a', USED, Date.now());
    await store.settle('b', USED, Date.now(), WINDOWS);
    await store.settle('c', USED, Date.now(), WINDOWS);
    const [, inFlight] = await used();
    expect(inFlight).toBe(0);
  });

  it('F26: swallowed by the network: every call ends, and a new connection is made when it passes again', async () => {
    proxy.blackhole();
    for (const call of everyCall()) expect(await outageOf(call())).toBe(true);
    await proxy.pass();
    await recovered();
    expect((await hold('a')).granted).toBe(true);
  });

  it('F27: dead: every call ends as store_unavailable; back, it is unseeded', async () => {
    await server.kill();
    for (const call of everyCall()) expect(await outageOf(call())).toBe(true);
    await server.start();
    while (await outageOf(store.ping()));
    await expect(hold('a')).rejects.toMatchObject({ name: 'UnseededError', tag: 'acme' });
  });

  it('F27: back with an older state from its disk, it is unseeded: what was spent since is not forgotten', async () => {
    await admin.save();
    await hold('a');
    await store.settle('a', USED, Date.now());
    await server.kill();
    await server.start();
    for (const each of [store, direct]) {
      while (await outageOf(each.ping()));
      await expect(hold('b', each)).rejects.toMatchObject({ name: 'UnseededError', tag: 'acme' });
    }
    expect(await direct.seed('acme', [{ windows: [BUDGET], amounts: USED, atMs: Date.now() }], [], Date.now())).toBe(
      true,
    );
    expect(await store.seed('acme', [], [], Date.now())).toBe(false);
    expect((await hold('b')).granted).toBe(true);
    expect(await used()).toEqual([800, 1]);
  });

  it('F29: a hold whose answer is lost is reserved once, however often it is repeated', async () => {
    proxy.dropReplies();
    expect(await outageOf(hold('a'))).toBe(true);
    expect(await used()).toEqual([700, 1]);
    await proxy.pass();
    await recovered();
    expect((await hold('a')).granted).toBe(true);
    expect(await used()).toEqual([700, 1]);
  });

  it('F29: a raise whose answer is lost is raised once', async () => {
    const raise = () => store.hold('a', WINDOWS, { ...HELD, nanoUsd: 900 }, Date.now(), LEASE_MS);
    await hold('a');
    proxy.dropReplies();
    expect(await outageOf(raise())).toBe(true);
    await proxy.pass();
    await recovered();
    expect((await raise()).granted).toBe(true);
    expect(await used()).toEqual([900, 1]);
  });

  it('F29: a settle whose answer is lost settles once, and one that never arrived can be repeated', async () => {
    await hold('a');
    proxy.dropReplies();
    expect(await outageOf(store.settle('a', USED, Date.now()))).toBe(true);
    expect(await used()).toEqual([100, 0]);
    await proxy.pass();
    await recovered();
    await store.settle('a', { ...USED, nanoUsd: 999 }, Date.now());
    expect(await used()).toEqual([100, 0]);
    await hold('b');
    proxy.blackhole();
    expect(await outageOf(store.settle('b', USED, Date.now()))).toBe(true);
    await proxy.pass();
    await recovered();
    await store.settle('b', USED, Date.now());
    expect(await used()).toEqual([200, 0]);
  });

  it('F29: a connection that is cut in the middle of an answer is an outage, and no answer is taken for another', async () => {
    await hold('a');
    for (let bytes = 0; bytes < 60; bytes += 7) {
      proxy.cutAfterBytes(bytes);
      const calls = [store.states([PER_MINUTE], Date.now()), store.states(WINDOWS, Date.now()), hold('a')];
      const answers = await Promise.allSettled(calls);
      if (answers[0]?.status === 'fulfilled') expect(answers[0].value).toMatchObject([{ used: 0 }]);
      if (answers[1]?.status === 'fulfilled') expect(answers[1].value).toMatchObject([{ used: 700 }, { used: 1 }]);
      await proxy.pass();
      await recovered();
    }
    expect(await used()).toEqual([700, 1]);
  });

  it('F30: scripts that the server forgets between any two calls are sent again, and no half of one is ever done', async () => {
    for (let round = 0; round < 4; round++) {
      await admin.script('FLUSH');
      expect((await hold(`a${round}`)).granted).toBe(true);
      await admin.script('FLUSH');
      await store.settle(`a${round}`, USED, Date.now());
    }
    expect(await used()).toEqual([400, 0]);
    for await (const keys of admin.scanStream())
      for (const key of keys) expect.soft(await admin.pttl(key), key).toBeGreaterThan(0);
  });

  it('F31: a replica that takes no writes is an outage, and what was asked meanwhile has no effect', async () => {
    await admin.replicaof('127.0.0.1', server.port + 1);
    expect(await outageOf(hold('a'))).toBe(true);
    await admin.replicaof('NO', 'ONE');
    await recovered();
    expect(await used()).toEqual([0, 0]);
  });

  it('F50, I18: a minute is the server’s minute, though the clocks of the processes are an hour apart', async () => {
    const apartMs = [-HOUR_MS, -300_000, 0, 300_000, HOUR_MS];
    const results = [];
    for (const [index, byMs] of apartMs.entries())
      results.push(await direct.hold(`h${index}`, [PER_MINUTE], tokens(30), Date.now() + byMs, LEASE_MS));
    expect(results.map(({ granted: isGranted }) => isGranted)).toEqual([true, true, true, false, false]);
    const [first] = results;
    if (first?.granted) expect(Math.abs(first.heldAtMs - Date.now())).toBeLessThan(60_000);
    for (const byMs of apartMs) expect(await usedOf(direct, [PER_MINUTE], Date.now() + byMs)).toEqual([90]);
  });

  it('F50: a lease is over by the server’s clock, whoever asks', async () => {
    await direct.hold('a', WINDOWS, HELD, Date.now() - HOUR_MS, LEASE_MS);
    expect(await direct.reap(Date.now() + HOUR_MS)).toEqual([]);
    await direct.hold('b', WINDOWS, { ...HELD, nanoUsd: 1 }, Date.now() + HOUR_MS, 0);
    expect(await direct.reap(Date.now() - HOUR_MS)).toMatchObject([{ holdId: 'b' }]);
  });

  it.each(['usd_per_day', 'usd_per_month'] as const)(
    'F50, F51: %s is the server’s, for processes that are already in the next one or still in the last, or out by years',
    async (name) => {
      const budget = userWindow(name, 1_000, { timezone: 'Asia/Kathmandu' });
      const unit = name === 'usd_per_day' ? 'day' : 'month';
      const { startMs, endMs } = calendarPeriod(unit, budget.timezone, Date.now());
      const clocks = [
        startMs - 1,
        Date.now(),
        endMs,
        endMs + HOUR_MS,
        Date.now() - 400 * DAY_MS,
        Date.now() + 900 * DAY_MS,
      ];
      const results = [];
      for (const [index, atMs] of clocks.entries())
        results.push(await direct.hold(`h${index}`, [budget], nanoUsd(250), atMs, LEASE_MS));
      expect(results.map(({ granted: isGranted }) => isGranted)).toEqual([true, true, true, true, false, false]);
      expect(results[4]).toMatchObject({ refused: { used: 1_000, resetsAtMs: endMs } });
      for (const atMs of clocks) expect(await usedOf(direct, [budget], atMs)).toEqual([1_000]);
      await direct.settle('h0', nanoUsd(50), endMs + 5 * DAY_MS);
      expect(await usedOf(direct, [budget], startMs - 1)).toEqual([800]);
    },
  );
});
