// After a death: the rows of the dead process are closed and arrive, and its holds end as its rows say, whenever the ledger is back.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { picoUsd } from '../../src/core/money.ts';
import type { LedgerRow } from '../../src/core/stores.ts';
import { recoverJournal } from '../../src/ledger/journal-recovery.ts';
import { createShipper } from '../../src/ledger/shipper.ts';
import { createMemoryWindows } from '../../src/stores/memory/windows.ts';
import { openSqliteJournal } from '../../src/stores/sqlite/journal.ts';
import { cachedRow, openRow, settledRow } from '../contract/ledger-rows.ts';
import { amounts, LEASE_MS, NOON_MS, usedOf, userWindow } from '../contract/windows-at-hand.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { isDataError, isOutage, SwitchedLedger } from './switched-ledger.ts';

const folder = mkdtempSync(join(tmpdir(), 'journal-recovery-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

const WINDOWS = [
  userWindow('usd_per_month', 1e12),
  userWindow('tokens_per_day', 1e9),
  userWindow('in_flight', 100),
  userWindow('requests_per_day', 100),
];
const HELD = amounts({ requests: 1, tokens: 2_100, nanoUsd: 900_000, inFlight: 1 });

/** A process with one hold for each of these requests, and windows and a ledger that outlive it. */
async function setUp(requestIds: readonly string[]) {
  const clock = new SimulatedClock(NOON_MS);
  const ledger = new SwitchedLedger(clock);
  const windows = createMemoryWindows();
  const file = join(folder, `${files++}.sqlite`);
  const reports: string[] = [];
  for (const id of requestIds) await windows.hold(id, WINDOWS, HELD, NOON_MS, LEASE_MS);
  const open = () => {
    const journal = openSqliteJournal(file);
    const report = (_level: string, event: string) => reports.push(event);
    const shipper = createShipper({ journal, ledger: ledger.store, clock, report, isOutage, isDataError });
    return { journal, shipper, report };
  };
  let life = open();
  /** Writes rows as the dead process did, shipped or not. */
  const write = async (rows: readonly LedgerRow[], shipped: boolean) => {
    await life.journal.write(rows);
    if (!shipped) return;
    life.shipper.start();
    await clock.advanceAsync(0);
  };
  const away = (sinceMs: number) => life.journal.windowsAway(sinceMs);
  const restart = () => {
    life.shipper.stop();
    life.journal.close();
    life = open();
    const { journal, shipper, report } = life;
    const parts = { journal, shipper, ledger: ledger.store, windows, windowsOf: () => WINDOWS, clock, report };
    return { journal, shipper, recovery: recoverJournal(parts) };
  };
  const used = async () => usedOf(windows, WINDOWS, clock.nowMs());
  return { clock, ledger, windows, write, away, restart, used, reports };
}

describe('a start after a death', () => {
  it('closes the open rows as unknown, ships them, and settles each hold with what its rows came to', async () => {
    const { clock, ledger, write, restart, used, reports } = await setUp(['req_1', 'req_2', 'req_3', 'req_4']);
    await write([openRow(1), openRow(2)], true);
    await write([settledRow(2), cachedRow(3), openRow(4)], true);
    expect(await used()).toEqual([4 * 900_000, 4 * 2_100, 4, 4]);
    const { recovery, shipper, journal } = restart();
    expect(recovery.closed).toBe(2);
    await clock.advanceAsync(0);
    const states = (await ledger.written()).map(({ attemptId, state }) => [attemptId, state]);
    expect(Object.fromEntries(states)).toEqual({
      att_1: 'unknown',
      att_2: 'settled',
      att_3: 'settled',
      att_4: 'unknown',
    });
    // Of the requests with nothing left in the journal the holds had been ended by the process itself, or end with their lease.
    expect(await used()).toEqual([4 * 900_000, 4 * 2_100, 2, 4]);
    expect([shipper.status().unshipped, journal.counts().owedSettles, clock.pending]).toEqual([0, 0, 0]);
    expect(reports).toEqual([]);
  });

  it('settles what was closed and not shipped when the process died', async () => {
    const { clock, write, restart, used } = await setUp(['req_1', 'req_2']);
    await write([settledRow(1), cachedRow(2)], false);
    restart();
    await clock.advanceAsync(0);
    expect(await used()).toEqual([27_000, 120, 0, 2]);
  });

  it('counts the attempts of a request that had been shipped and forgotten long before', async () => {
    const { clock, write, restart, used } = await setUp(['req_1']);
    await write(
      [
        settledRow(1, { outcome: 'cut' }),
        settledRow(2, { requestId: 'req_1', state: 'unknown', usage: null, usageSource: 'estimate' }),
        // Never sent, so it used nothing; and what a price was corrected by is no business of the hold's.
        openRow(4, { requestId: 'req_1', state: 'released', costPicoUsd: picoUsd(0n) }),
        cachedRow(5, { requestId: 'req_1', corrects: 'att_1', costPicoUsd: picoUsd(-5_000n) }),
      ],
      true,
    );
    await write([openRow(3, { requestId: 'req_1' })], false);
    restart();
    await clock.advanceAsync(0);
    expect(await used()).toEqual([27_000 + 27_000 + 900_000, 120 + 2_100 + 2_100, 0, 1]);
  });

  it('does not wait for a ledger that is away; a hold that expired meanwhile is corrected', async () => {
    const { clock, ledger, windows, write, restart, used, reports } = await setUp(['req_1']);
    await write([settledRow(1)], false);
    ledger.state = 'away';
    const { recovery, shipper } = restart();
    expect(recovery.closed).toBe(0);
    await clock.advanceAsync(LEASE_MS + 1);
    expect(await windows.reap(clock.nowMs())).toHaveLength(1);
    await clock.advanceAsync(600_000);
    expect(await used()).toEqual([900_000, 2_100, 0, 1]);
    expect(shipper.status()).toMatchObject({ unshipped: 1, away: true });
    expect(reports).toEqual(['ledger_away']);
    ledger.state = 'up';
    await clock.advanceAsync(10_000);
    expect(await used()).toEqual([27_000, 120, 0, 1]);
    expect(clock.pending).toBe(0);
  });

  it('F45: puts a hold on record that was made while the windows were away, where its row says when and how much', async () => {
    const { clock, windows, write, restart, used, away } = await setUp(['req_1']);
    await write([settledRow(1)], true);
    away(NOON_MS + 1);
    const alone = (id: number) => settledRow(id, { heldAtMs: NOON_MS + id });
    await write([alone(2), openRow(3, { heldAtMs: NOON_MS + 3 })], true);
    await write([alone(4)], false);
    // Of a moment in which they still answered: the hold is known, or was settled long ago.
    await write([settledRow(5, { heldAtMs: NOON_MS - 1 })], false);
    await clock.advanceAsync(10 * LEASE_MS);
    restart();
    await clock.advanceAsync(0);
    const told = [27_000 + 27_000 + 900_000 + 27_000, 120 + 120 + 2_100 + 120, 0, 4];
    expect(await used()).toEqual(told);
    restart();
    await clock.advanceAsync(0);
    expect(await used()).toEqual(told);
    expect(await windows.reap(clock.nowMs() + LEASE_MS)).toEqual([]);
  });

  it('F59: counts a call that the windows had admitted when they went away, so that what it came to never reached them', async () => {
    const { clock, windows, write, restart, used, away } = await setUp([]);
    await windows.hold('req_1', WINDOWS, amounts({ requests: 1, inFlight: 1 }), NOON_MS, LEASE_MS);
    // Its raise found no answer, nor did the next calls; by then it had ended.
    await write([settledRow(1, { startedAtMs: NOON_MS + 50 })], true);
    away(NOON_MS + 50);
    restart();
    await clock.advanceAsync(0);
    expect(await used()).toEqual([27_000, 120, 0, 1]);
  });

  it('leaves a hold alone that was settled before the process died', async () => {
    const { clock, windows, write, restart, used } = await setUp(['req_1']);
    await windows.settle('req_1', amounts({ requests: 1, nanoUsd: 5, tokens: 7 }), NOON_MS);
    await write([settledRow(1)], false);
    restart();
    await clock.advanceAsync(0);
    expect(await used()).toEqual([5, 7, 0, 1]);
  });

  it('goes on with what it owes after one more death', async () => {
    const { clock, ledger, write, restart, used } = await setUp(['req_1', 'req_2']);
    await write([settledRow(1), openRow(2)], false);
    ledger.state = 'away';
    const second = restart();
    await clock.advanceAsync(1_000);
    second.recovery.stop();
    second.shipper.stop();
    second.journal.close();
    ledger.state = 'up';
    const third = restart();
    expect(third.recovery.closed).toBe(0);
    await clock.advanceAsync(0);
    expect(await used()).toEqual([27_000 + 900_000, 120 + 2_100, 0, 2]);
    expect(third.journal.counts().owedSettles).toBe(0);
  });

  it('counts a row that the ledger refused and that is set aside', async () => {
    const { clock, ledger, write, restart, used } = await setUp(['req_1', 'req_2']);
    await write([settledRow(1), settledRow(2)], false);
    ledger.refuses = ({ attemptId }) => attemptId === 'att_1';
    const { shipper } = restart();
    await clock.advanceAsync(10_000);
    expect(shipper.status()).toMatchObject({ unshipped: 0, setAside: 1 });
    expect(await used()).toEqual([2 * 27_000, 240, 0, 2]);
  });

  it('keeps trying while the windows cannot be reached, and no hold is settled twice', async () => {
    const { clock, windows, write, restart, used, reports } = await setUp(['req_1']);
    await write([settledRow(1)], false);
    const settle = windows.settle.bind(windows);
    windows.settle = () => Promise.reject(new Error('away'));
    restart();
    await clock.advanceAsync(60_000);
    expect(reports.every((event) => event === 'settles_owed')).toBe(true);
    expect(reports.length).toBeGreaterThan(5);
    windows.settle = settle;
    await clock.advanceAsync(5_000);
    expect(await used()).toEqual([27_000, 120, 0, 1]);
    expect(clock.pending).toBe(0);
  });
});
