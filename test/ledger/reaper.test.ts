// A hold whose request hangs past every deadline: its windows are charged, its rows closed, without anybody's doing.

import { describe, expect, it } from 'vitest';
import { createJournal } from '../../src/ledger/journal.ts';
import { createReaper } from '../../src/ledger/reaper.ts';
import { createMemoryWindows } from '../../src/stores/memory-windows.ts';
import { openSqliteLedger } from '../../src/stores/sqlite.ts';
import { openRow, settledRow } from '../contract/ledger-rows.ts';
import { amounts, LEASE_MS, usedOf, userWindow } from '../contract/windows-at-hand.ts';
import { SimulatedClock } from '../simulated-clock.ts';

const WINDOWS = [userWindow('usd_per_month', 1_000_000), userWindow('in_flight', 5)];

async function setUp() {
  const clock = new SimulatedClock();
  const ledger = openSqliteLedger(':memory:', clock);
  const windows = createMemoryWindows();
  const report = () => {};
  const journal = createJournal({ ledger, clock, report });
  const fault = { readsFail: false };
  let reads = 0;
  const rows: typeof ledger.rows = (query) => {
    reads++;
    return fault.readsFail ? Promise.reject(new Error('away')) : ledger.rows(query);
  };
  const reading: typeof ledger = Object.create(ledger, { rows: { value: rows } });
  await windows.hold('req_1', WINDOWS, amounts({ nanoUsd: 900_000, inFlight: 1 }), clock.nowMs(), LEASE_MS);
  await ledger.write([openRow(1), settledRow(2, { requestId: 'req_1' }), openRow(3)]);
  const stop = createReaper({ windows, ledger: reading, journal, clock, report });
  const states = async () => (await ledger.rows({})).rows.map(({ state }) => state);
  return { clock, windows, states, stop, fault, reads: () => reads };
}

describe('the reaper', () => {
  it('charges an expired hold in full and closes its open rows as unknown, and no other', async () => {
    const { clock, windows, states, stop } = await setUp();
    await clock.advanceAsync(LEASE_MS - 1);
    expect(await states()).toEqual(['open', 'settled', 'open']);
    expect(await usedOf(windows, WINDOWS, clock.nowMs())).toEqual([900_000, 1]);
    await clock.advanceAsync(30_001);
    expect(await states()).toEqual(['unknown', 'settled', 'open']);
    expect(await usedOf(windows, WINDOWS, clock.nowMs())).toEqual([900_000, 0]);
    stop();
  });

  it('closes the rows in a later round when the ledger could not be read', async () => {
    const { clock, states, stop, fault } = await setUp();
    fault.readsFail = true;
    await clock.advanceAsync(LEASE_MS + 60_000);
    expect(await states()).toEqual(['open', 'settled', 'open']);
    fault.readsFail = false;
    await clock.advanceAsync(30_000);
    expect(await states()).toEqual(['unknown', 'settled', 'open']);
    stop();
  });

  it('is done with a hold once its rows are closed', async () => {
    const { clock, stop, reads } = await setUp();
    await clock.advanceAsync(LEASE_MS + 300_000);
    expect(reads()).toBe(1);
    stop();
  });

  it('ends its rounds when it is stopped', async () => {
    const { clock, stop } = await setUp();
    await clock.advanceAsync(65_000);
    expect(clock.pending).toBe(1);
    stop();
    expect(clock.pending).toBe(0);
    await clock.advanceAsync(120_000);
    expect(clock.pending).toBe(0);
  });
});
