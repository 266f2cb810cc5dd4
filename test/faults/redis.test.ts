// Two instances on one Redis that freezes, dies, comes back empty, loses answers or is slow: what is admitted meanwhile stays within
// the stated bounds, and afterwards the windows hold what was used.

import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import { fromNanoUsd } from '../../src/core/money.ts';
import { noteOf } from '../../src/core/note.ts';
import type { LedgerStore } from '../../src/core/stores.ts';
import type { SharedWindowStore } from '../../src/core/window-store.ts';
import { createSeeder } from '../../src/ledger/seeding.ts';
import { createDegradedWindows, type DegradedWindows } from '../../src/stores/degraded/windows.ts';
import { isRedisOutage, openRedis, type RedisClient } from '../../src/stores/redis/client.ts';
import { openRedisWindows } from '../../src/stores/redis/windows.ts';
import { openSqliteLedger } from '../../src/stores/sqlite/ledger.ts';
import { openRow, settledRow } from '../contract/ledger-rows.ts';
import { amounts, LEASE_MS, usedOf, userWindow } from '../contract/windows-at-hand.ts';
import { describeWithOwnRedis, type PrivateRedis, startRedis } from '../servers/redis.ts';
import { startTcpProxy, type TcpProxy } from '../servers/tcp-proxy.ts';

const PRICE = 100;
const BUDGET = userWindow('usd_per_month', 100 * PRICE);
const IN_FLIGHT = userWindow('in_flight', 400);
const WINDOWS = [BUDGET, IN_FLIGHT];
const HELD = amounts({ requests: 1, nanoUsd: PRICE, inFlight: 1 });
/** 5 % of the budget, halved. */
const ALLOWANCE = 2 * PRICE;
/** Everything here takes a few seconds at most; a busy machine takes longer. */
const WITHIN_MS = 30_000;

interface Instance {
  readonly windows: DegradedWindows;
  readonly client: RedisClient;
  readonly told: string[];
}

describeWithOwnRedis('two instances on a Redis that is not well', () => {
  let server: PrivateRedis;
  let proxy: TcpProxy;
  let ledger: LedgerStore;
  let instances: Instance[];
  let first: DegradedWindows;
  let second: DegradedWindows;
  let lastId: number;

  const open = async (port: number, waitMs = WITHIN_MS): Promise<DegradedWindows> => {
    const told: string[] = [];
    const client = openRedis({
      url: `redis://127.0.0.1:${port}`,
      clock: systemClock,
      report: () => {},
      commandTimeoutMs: 250,
    });
    await client.whenReady(waitMs);
    const onNewEpoch = (tag: string) => windows.announce(tag);
    const shared: SharedWindowStore = openRedisWindows(client, {
      clock: systemClock,
      chance: systemChance,
      onNewEpoch,
    });
    const flushJournals = async () => {};
    const seed = createSeeder({
      shared,
      ledger,
      windowsOf: () => WINDOWS,
      kindsOf: () => [],
      clock: systemClock,
      flushJournals,
      leaseMs: LEASE_MS,
    });
    const windows = createDegradedWindows({
      shared,
      instances: () => 2,
      clock: systemClock,
      report: (level, event) => {
        if (level !== 'debug') told.push(event);
      },
      seed,
      isOutage: isRedisOutage,
    });
    instances.push({ windows, client, told });
    return windows;
  };

  beforeEach(async () => {
    [instances, lastId] = [[], 0];
    server = await startRedis();
    proxy = await startTcpProxy({ port: server.port });
    ledger = openSqliteLedger(':memory:', systemClock);
    first = await open(proxy.port);
    second = await open(server.port);
    for (const windows of [first, second]) await eventually(async () => (await ask(windows)) !== null);
  });
  afterEach(async () => {
    for (const { windows, client } of instances) {
      await windows.close();
      client.close();
    }
    await ledger.close();
    await proxy.close();
    await server.stop();
  });

  /** Asks for one call; its row is written before it would go out. Null: refused, in one way or the other. */
  const ask = async (windows: DegradedWindows): Promise<string | null> => {
    const id = `req_${lastId++}`;
    try {
      const result = await windows.hold(id, WINDOWS, HELD, Date.now(), LEASE_MS);
      if (!result.granted) return null;
      await ledger.write([openRow(id, { requestId: id, heldAtMs: result.heldAtMs, heldPicoUsd: fromNanoUsd(PRICE) })]);
      return id;
    } catch (error) {
      if (isRedisOutage(error)) return null;
      throw error;
    }
  };
  const askMany = async (windows: DegradedWindows, count: number): Promise<string[]> => {
    const asked = await Promise.all(Array.from({ length: count }, () => ask(windows)));
    return asked.flatMap((id) => (id === null ? [] : [id]));
  };
  /** The answer came, and cost this share of what was held. */
  const end = async (windows: DegradedWindows, id: string, nanoUsd = PRICE): Promise<void> => {
    const { rows } = await ledger.rows({ requestId: id });
    const heldAtMs = rows[0]?.heldAtMs ?? 0;
    const costPicoUsd = fromNanoUsd(nanoUsd);
    await ledger.write([settledRow(id, { requestId: id, heldAtMs, costPicoUsd, usage: null, usageSource: 'none' })]);
    await windows.settle(id, amounts({ requests: 1, nanoUsd }), Date.now(), WINDOWS);
  };
  const used = () => usedOf(second, WINDOWS, Date.now());
  /** The store needs a moment after it has been reached again: what one lost call left owing is told then. */
  const usedIs = async (expected: readonly number[]) => {
    await eventually(async () => `${await used()}` === `${expected}`).catch(() => {});
    expect(await used()).toEqual(expected);
  };
  const states = () => [first.state, second.state];
  const bothAre = (state: string) => eventually(async () => states().every((one) => one === state));

  const outages: readonly (readonly [string, () => Promise<() => Promise<void>>])[] = [
    [
      'F26: frozen (SIGSTOP)',
      async () => {
        server.freeze();
        return async () => server.resume();
      },
    ],
    [
      'F26: paused (CLIENT PAUSE)',
      async () => {
        const admin = new Redis(server.port, '127.0.0.1');
        await admin.call('CLIENT', 'PAUSE', '90000', 'ALL');
        // A paused server takes no command that ends the pause, from anybody who was there; closing the connection does not either.
        return async () => {
          admin.disconnect();
          await server.restartEmpty();
        };
      },
    ],
    [
      'F27: dead',
      async () => {
        await server.kill();
        return () => server.start();
      },
    ],
  ];
  it.each(outages)(
    '%s: no call waits, 5 % of the budget is admitted, and all is counted when it is back',
    async (_, away) => {
      const before = await askMany(first, 10);
      const back = await away();
      // These find it out; each ends within one deadline, decided by the shares.
      const firstAlone = await askMany(first, 20);
      const secondAlone = await askMany(second, 20);
      await bothAre('local');
      expect([firstAlone.length, secondAlone.length]).toEqual([ALLOWANCE / PRICE, ALLOWANCE / PRICE]);
      expect([await askMany(first, 20), await askMany(second, 20)]).toEqual([[], []]);
      for (const id of before.slice(0, 5)) await end(first, id, 30);
      await end(second, secondAlone[0] ?? '', 70);
      await back();
      await bothAre('shared');
      const [spent, inFlight] = [7 * PRICE + 5 * 30 + 3 * PRICE + 70, 2 + 5 + 3];
      await usedIs([spent, inFlight]);
      expect(instances.map(({ told }) => told)).toEqual(Array(2).fill(['window_store_away', 'window_store_back']));
    },
  );

  it('F28: back empty between two calls, it is filled from the ledger before anybody is admitted', async () => {
    const asked = await askMany(first, 50);
    for (const id of asked.slice(0, 20)) await end(first, id, 40);
    await server.restartEmpty();
    await eventually(async () => (await ask(second)) !== null);
    await bothAre('shared');
    const admitted = lastAdmitted(await ledger.rows({ limit: 1_000 }));
    const spent = 20 * 40 + (admitted - 20) * PRICE;
    await usedIs([spent, admitted - 20]);
    // A settle of a hold from before finds it.
    await end(first, asked[49] ?? '', 10);
    await usedIs([spent - PRICE + 10, admitted - 21]);
  });

  it('F29: calls whose answers are lost are counted once, whatever was done', async () => {
    const [id = ''] = await askMany(first, 1);
    proxy.dropReplies();
    const alone = await askMany(first, 10);
    await end(first, id, 40);
    await proxy.pass();
    await bothAre('shared');
    await usedIs([(2 + alone.length) * PRICE + 40, 2 + alone.length]);
    for (const one of alone) await end(first, one, 1);
    await usedIs([2 * PRICE + 40 + alone.length, 2]);
  });

  it('F33: answers that come late now and then spoil no figure', async () => {
    const admitted: string[] = [];
    for (let round = 0; round < 20; round++) {
      proxy.delay(round % 4 === 3 ? 200 : round * 2);
      for (const id of await askMany(first, 4)) {
        admitted.push(id);
        if (admitted.length % 2 === 0) await end(first, id, 10);
      }
    }
    await proxy.pass();
    await bothAre('shared');
    const settled = Math.floor(admitted.length / 2);
    const open = admitted.length - settled;
    await usedIs([(2 + open) * PRICE + settled * 10, 2 + open]);
  });

  it('F45: an instance is killed: the other goes on, and one reaps what it held, once, with the row in its note', async () => {
    const dead = await open(server.port);
    const row = openRow('dead', { requestId: 'req_dead' });
    await dead.hold('req_dead', WINDOWS, HELD, Date.now(), 500, noteOf(row));
    instances.pop()?.client.close();
    const reaped: unknown[] = [];
    await eventually(async () => {
      for (const found of await Promise.all([first.reap(Date.now()), second.reap(Date.now())])) reaped.push(...found);
      return reaped.length > 0;
    });
    for (const windows of [first, second]) reaped.push(...(await windows.reap(Date.now())));
    expect(reaped).toMatchObject([{ holdId: 'req_dead', amounts: HELD, note: noteOf(row) }]);
    await usedIs([3 * PRICE, 2]);
    expect(await ask(second)).not.toBeNull();
  });

  it('F59: empty restart under a burst at the edge of the budget: at most the limit and 5 % is admitted', async () => {
    await askMany(first, 90);
    const bursts = [askMany(first, 100), askMany(second, 100)];
    await server.restartEmpty();
    bursts.push(askMany(first, 100), askMany(second, 100));
    await Promise.all(bursts);
    await bothAre('shared');
    await Promise.all([askMany(first, 50), askMany(second, 50)]);
    const admitted = lastAdmitted(await ledger.rows({ limit: 1_000 }));
    expect(admitted * PRICE).toBeGreaterThanOrEqual(BUDGET.limit);
    expect(admitted * PRICE).toBeLessThanOrEqual(BUDGET.limit + 2 * ALLOWANCE);
    await usedIs([admitted * PRICE, admitted]);
  });

  it('F27: an instance that starts while it is away admits no money, and joins in when it is there', async () => {
    const absent = await startTcpProxy({ port: server.port });
    await absent.refuse();
    try {
      const late = await open(absent.port, 0);
      expect(await askMany(late, 5)).toEqual([]);
      expect(late.state).toBe('local');
      await absent.pass();
      await eventually(async () => late.state === 'shared' && (await ask(late)) !== null);
      await usedIs([3 * PRICE, 3]);
    } finally {
      await absent.close();
    }
  });
});

/** How many calls have a row: all that were let out. */
function lastAdmitted({ rows }: Awaited<ReturnType<LedgerStore['rows']>>): number {
  return rows.length;
}

async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  const giveUpAtMs = Date.now() + WITHIN_MS;
  while (!(await isSo())) {
    if (Date.now() > giveUpAtMs) throw new Error(`It did not come to pass within ${WITHIN_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
