// PostgreSQL frozen, killed, read-only, locked, picky, and its replies lost: rows wait on this machine's disk meanwhile, and in the
// end the ledger has each of them once. On a real server; time flies on our side of it.

import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { Report } from '../../src/core/parts.ts';
import type { LedgerRow } from '../../src/core/stores.ts';
import { createJournal } from '../../src/ledger/journal.ts';
import { recoverJournal } from '../../src/ledger/journal-recovery.ts';
import { openSharedStorage } from '../../src/service/storage.ts';
import { createMemoryWindows } from '../../src/stores/memory/windows.ts';
import { openPostgres, type Postgres } from '../../src/stores/postgres/connection.ts';
import { postgresConversations } from '../../src/stores/postgres/conversations.ts';
import { isDataError, isOutage, reasonOf } from '../../src/stores/postgres/errors.ts';
import { postgresKeys } from '../../src/stores/postgres/keys.ts';
import { postgresLedger } from '../../src/stores/postgres/ledger.ts';
import { openRow, settledRow } from '../contract/ledger-rows.ts';
import { NOON_MS } from '../contract/windows-at-hand.ts';
import { describeWithOwnPostgres, type PrivatePostgres, startPostgres } from '../servers/postgres.ts';
import { startTcpProxy, type TcpProxy } from '../servers/tcp-proxy.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { answers, World } from '../world.ts';

const settledRows = (count: number) => Array.from({ length: count }, (_, id) => settledRow(id));
const idsOf = (rows: readonly LedgerRow[]) => rows.map(({ attemptId }) => attemptId).sort();

describeWithOwnPostgres('PostgreSQL at fault', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-faults-'));
  let server: PrivatePostgres;
  let proxy: TcpProxy;
  let url: string;
  let folders = 0;
  const toClose: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    server = await startPostgres();
    proxy = await startTcpProxy({ port: server.port });
  });
  beforeEach(async () => {
    const empty = new URL(await server.emptyDatabase());
    empty.port = String(proxy.port);
    url = empty.href;
  });
  afterEach(async () => {
    server.resume();
    await proxy.pass();
    for (const close of toClose.splice(0)) await close();
  });
  afterAll(async () => {
    await proxy.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  /** A process with its journal in a folder of its own. Its clock is the test's; the deadlines to the server are real. */
  async function setUp(options: { readonly dataDir?: string; readonly journalMostBytes?: number } = {}) {
    const { dataDir = join(folder, `${folders++}`), ...rest } = options;
    const clock = new SimulatedClock(NOON_MS);
    const postgres = await openPostgres({ url, clock: systemClock });
    const database = {
      ledger: postgresLedger(postgres),
      keys: postgresKeys(postgres),
      conversations: postgresConversations(postgres),
      isAway: () => postgres.isAway,
      migrate: () => postgres.migrate(),
      isOutage,
      isDataError,
      reasonOf,
      close: () => postgres.close(),
    };
    const reports: string[] = [];
    const report: Report = (_level, event) => reports.push(event);
    const storage = openSharedStorage(database, { ...rest, dataDir, clock, report });
    const { shipper } = storage;
    const journal = createJournal({ ledger: shipper, clock, report });
    const windows = createMemoryWindows();
    const recovery = recoverJournal({ ...storage, windows, windowsOf: () => [], clock, report });
    toClose.push(async () => {
      recovery.stop();
      const closed = storage.close();
      await clock.advanceAsync(10_000);
      await closed;
    });
    /** Time flies until all is shipped: as much of it as the server takes to be believed again. */
    const arrived = async () => {
      await journal.flush();
      for (let turn = 0; turn < 3_000 && shipper.status().unshipped > 0; turn++) {
        await clock.advanceAsync(100);
        await pause(5);
      }
      expect(shipper.status()).toMatchObject({ unshipped: 0, away: false });
    };
    return { dataDir, clock, postgres, storage, shipper, journal, reports, arrived };
  }

  /** By a bystander, so that the journal's connections and their breaker have no part in it. */
  async function stored(): Promise<readonly Record<string, unknown>[]> {
    return server.query(url, 'SELECT attempt_id, state, has_usage FROM ledger ORDER BY attempt_id COLLATE "C"');
  }
  async function ready(postgres: Postgres): Promise<void> {
    await postgres.migrate();
    await postgres.ping();
  }

  it('F34: frozen for ten minutes, it costs no call, memory stays as it is, and all rows are there afterwards', async () => {
    const { clock, postgres, journal, shipper, reports, arrived } = await setUp();
    await ready(postgres);
    server.freeze();
    await journal.open(openRow('first'));
    // Until the breaker has learned of it; from then on a try costs nothing.
    while (!postgres.isAway) {
      await clock.advanceAsync(1_000);
      await pause(20);
    }
    const before = memoryBytes();
    let id = 0;
    for (let second = 0; second < 600; second++) {
      const rows = Array.from({ length: 25 }, () => id++);
      await Promise.all(rows.map((each) => journal.open(openRow(each))));
      for (const each of rows) journal.close(settledRow(each));
      await clock.advanceAsync(1_000);
    }
    expect(shipper.status()).toMatchObject({ unshipped: id + 1, away: true });
    expect(reports).toEqual(['ledger_away']);
    // 15,000 rows in memory would be 15 MiB.
    expect(memoryBytes() - before).toBeLessThan(8 * 1024 * 1024);
    server.resume();
    await arrived();
    const rows = await stored();
    expect(rows.filter(({ state }) => state === 'settled')).toHaveLength(id);
    expect(rows).toHaveLength(id + 1);
    expect(reports).toEqual(['ledger_away', 'ledger_back']);
  });

  it('F35: killed in the middle of it and started again, it has each row once', async () => {
    const { clock, postgres, journal, shipper, arrived } = await setUp();
    await ready(postgres);
    for (const row of settledRows(5_000)) journal.close(row);
    while (shipper.status().unshipped === 0 || shipper.status().unshipped > 4_000) {
      await clock.advanceAsync(10);
      await pause(1);
    }
    await server.kill();
    expect(shipper.status().unshipped).toBeGreaterThan(0);
    await journal.open(openRow('while it is away'));
    await clock.advanceAsync(30_000);
    await server.start();
    await arrived();
    const rows = await stored();
    expect(rows.map(({ attempt_id: id }) => id).sort()).toEqual(
      idsOf([...settledRows(5_000), openRow('while it is away')]),
    );
  });

  it('F36: with the journal full a call that costs money is refused with 503, an answer from the cache is given', async () => {
    const { clock, postgres, journal, shipper, arrived } = await setUp({ journalMostBytes: 512 * 1024 });
    await ready(postgres);
    const turns = Array.from({ length: 2_000 }, () => answers('yes'));
    const world = new World({ turns, journal, clock, limits: { usd_per_day: 1e12 } });
    const known = { messages: [{ role: 'user' as const, content: 'Known?' }] };
    await world.complete(known);
    server.freeze();
    const refusal = async () => {
      for (let count = 0; count < 1_999; count++) {
        const error = await world.complete({ cache: 'off' }).then(
          () => null,
          (thrown: unknown) => thrown,
        );
        if (error !== null) return error;
      }
      return null;
    };
    expect(await refusal()).toMatchObject({ code: 'ledger_unavailable', status: 503 });
    expect(await world.used('usd_per_day')).toBe(world.asked.length * 20_000);
    const asked = world.asked.length;
    expect(await world.complete(known)).toMatchObject({ cached: true });
    expect(await refusal()).toMatchObject({ code: 'ledger_unavailable' });
    server.resume();
    await arrived();
    await world.complete({ cache: 'off' });
    await arrived();
    expect(await stored()).toHaveLength(asked + 2);
    expect(shipper.status().bytes).toBeLessThan(64 * 1024);
  });

  it('F37: a row that it refuses costs no other its place, and stays in the journal', async () => {
    const { postgres, journal, shipper, reports, arrived } = await setUp();
    await ready(postgres);
    // Before 1970 there are no hours; and what the check below does not like is the closing alone.
    await server.query(url, "ALTER TABLE ledger ADD CHECK (attempt_id <> 'att_7' OR state <> 'settled')");
    for (const row of settledRows(300)) journal.close(row);
    journal.close(settledRow('bad', { heldAtMs: -1 }));
    journal.close(settledRow('a\u0000b\ud800c'));
    await arrived();
    const rows = await stored();
    expect(rows).toHaveLength(301);
    expect(rows.filter(({ state }) => state !== 'settled')).toEqual([
      { attempt_id: 'att_7', state: 'unknown', has_usage: false },
    ]);
    expect(rows.map(({ attempt_id: id }) => id)).toContain('att_a\ufffdb\ufffdc');
    expect(shipper.status()).toMatchObject({ setAside: 1 });
    expect(reports).toEqual(['ledger_row_refused', 'ledger_row_refused']);
  });

  it('F37: while it can only be read no row is condemned, and all are there when it can be written again', async () => {
    const { clock, postgres, journal, shipper, arrived } = await setUp();
    await ready(postgres);
    const administrator = new URL(server.url);
    administrator.searchParams.set('options', '-c default_transaction_read_only=off');
    const alter = async (change: string) => {
      await server.query(administrator.href, `ALTER SYSTEM ${change}`);
      await server.query(administrator.href, 'SELECT pg_reload_conf()');
    };
    await alter('SET default_transaction_read_only = on');
    await pause(50);
    for (const row of settledRows(300)) journal.close(row);
    for (let turn = 0; turn < 100 || !shipper.status().away; turn++) {
      await clock.advanceAsync(100);
      await pause(5);
    }
    expect(shipper.status()).toMatchObject({ unshipped: 300, setAside: 0, away: true });
    await alter('RESET default_transaction_read_only');
    await arrived();
    expect(await stored()).toHaveLength(300);
  });

  it('F38: what was committed and whose reply was lost stands once', async () => {
    const { clock, postgres, journal, shipper, arrived } = await setUp();
    await ready(postgres);
    proxy.dropReplies();
    for (const row of [openRow('open'), ...settledRows(150)]) journal.close(row);
    while ((await direct('SELECT 1 FROM ledger')).length === 0) {
      await clock.advanceAsync(100);
      await pause(20);
    }
    expect(shipper.status().unshipped).toBe(151);
    await proxy.pass();
    await arrived();
    expect((await direct('SELECT 1 FROM ledger')).length).toBe(151);
  });

  /** Past the proxy. */
  function direct(sql: string): Promise<readonly Record<string, unknown>[]> {
    const past = new URL(url);
    past.port = String(server.port);
    return server.query(past.href, sql);
  }

  it('F40: with the table locked by a migration rows wait, and are there when the lock is gone', async () => {
    const { clock, postgres, journal, shipper, arrived } = await setUp();
    await ready(postgres);
    const locked = server.query(url, 'BEGIN; LOCK TABLE ledger IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(2); COMMIT');
    await pause(200);
    await journal.open(openRow(1));
    while (!shipper.status().away) {
      await clock.advanceAsync(100);
      await pause(20);
    }
    await journal.open(openRow(2));
    expect(shipper.status().unshipped).toBe(2);
    await locked;
    await arrived();
    expect(await stored()).toHaveLength(2);
  });

  it('F58: frozen while the process is killed, it gets every row that the process had been promised', async () => {
    const dataDir = join(folder, `${folders++}`);
    const bystander = await openPostgres({ url, clock: systemClock });
    await ready(bystander);
    await bystander.close();
    server.freeze();
    const child = fork(fileURLToPath(new URL('./journaling-process.ts', import.meta.url)), [dataDir, url], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      execArgv: [],
    });
    const said = await killAfter(child, 500);
    server.resume();
    const { arrived } = await setUp({ dataDir });
    await arrived();
    const rows = await stored();
    const kept = new Set(rows.map(({ attempt_id: id }) => id));
    expect(said.length).toBeGreaterThanOrEqual(500);
    expect(said.filter((id) => !kept.has(id))).toEqual([]);
    expect(rows.filter(({ state }) => state === 'open')).toEqual([]);
    expect(rows.filter(({ state }) => state === 'unknown').length).toBeGreaterThan(0);
  });
});

/** Kills it once it has said that so many rows are safe; all that it had said by its death. */
async function killAfter(child: ChildProcess, rows: number): Promise<string[]> {
  let said = '';
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (said.split('\n').length > rows) child.kill('SIGKILL');
  });
  await closed;
  return said.split('\n').slice(0, -1);
}

function memoryBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
