// From the journal on this machine's disk to a ledger that may be away, silent, picky or forgetful: every row arrives, once.

import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/parts.ts';
import type { LedgerRow } from '../../src/core/stores.ts';
import { createJournal } from '../../src/ledger/journal.ts';
import { createShipper } from '../../src/ledger/shipper.ts';
import { openSqliteJournal } from '../../src/stores/sqlite/journal.ts';
import { cachedRow, openRow, settledRow } from '../contract/ledger-rows.ts';
import { NOON_MS } from '../contract/windows-at-hand.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { isDataError, isOutage, SwitchedLedger } from './switched-ledger.ts';

function setUp(mostBytes?: number) {
  const clock = new SimulatedClock(NOON_MS);
  const ledger = new SwitchedLedger(clock);
  const disk = openSqliteJournal(':memory:', mostBytes);
  const reports: { readonly event: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];
  const report: Report = (_level, event, fields) => reports.push({ event, fields });
  const shipper = createShipper({ journal: disk, ledger: ledger.store, clock, report, isOutage, isDataError });
  const journal = createJournal({ ledger: shipper, clock, report });
  shipper.start();
  const events = () => reports.map(({ event }) => event);
  return { clock, ledger, disk, shipper, journal, reports, events };
}

const ids = (rows: readonly LedgerRow[]) => rows.map(({ attemptId }) => attemptId).sort();
const settledRows = (count: number, about: Partial<LedgerRow> = {}) =>
  Array.from({ length: count }, (_, id) => settledRow(id, about));

describe('the shipper', () => {
  it('has a row in the ledger soon after it was written, and forgets it', async () => {
    const { clock, ledger, journal, shipper } = setUp();
    await journal.open(openRow(1));
    await clock.advanceAsync(0);
    expect(await ledger.written()).toEqual([openRow(1)]);
    journal.close(settledRow(1));
    await clock.advanceAsync(0);
    expect(await ledger.written()).toEqual([settledRow(1)]);
    expect(shipper.status()).toMatchObject({ unshipped: 0, oldestAgeMs: null, setAside: 0, away: false });
    expect(clock.pending).toBe(0);
  });

  it('ships nothing before it is started', async () => {
    const { clock, ledger, disk } = setUp();
    const report = () => {};
    const shipper = createShipper({ journal: disk, ledger: ledger.store, clock, report, isOutage, isDataError });
    await shipper.write([settledRow(1)]);
    await clock.advanceAsync(10_000);
    expect(ledger.batches).toEqual([]);
    shipper.start();
    await clock.advanceAsync(0);
    expect(await ledger.written()).toHaveLength(1);
  });

  it('sends what waits in batches, one at a time', async () => {
    const { clock, ledger, shipper } = setUp();
    await shipper.write(settledRows(450));
    await clock.advanceAsync(0);
    expect(ledger.batches.map((batch) => batch.length)).toEqual([200, 200, 50]);
    ledger.state = 'silent';
    for (let id = 1_000; id < 1_010; id++) await shipper.write([settledRow(id)]);
    await clock.advanceAsync(400);
    expect(ledger.batches).toHaveLength(4);
  });

  it('asks a ledger that is slow for less at a time, and for more again when it keeps up', async () => {
    const { clock, ledger, shipper } = setUp();
    ledger.slowAbove = 40;
    await shipper.write(settledRows(300));
    await clock.advanceAsync(2_000);
    const sizes = () => ledger.batches.map((batch) => batch.length);
    // Of 25 it takes some, of 50 it takes none: all the same they all arrive.
    expect(sizes().slice(0, 5)).toEqual([200, 25, 50, 25, 50]);
    await clock.advanceAsync(20_000);
    expect(await ledger.written()).toHaveLength(300);
    ledger.slowAbove = Number.POSITIVE_INFINITY;
    ledger.batches.length = 0;
    await shipper.write(settledRows(1_000, { tags: { again: 'yes' } }));
    await clock.advanceAsync(0);
    expect(sizes()).toEqual([100, 200, 200, 200, 200, 100]);
  });

  it('sends a row once that was opened and closed while the ledger was away, in its last state', async () => {
    const { clock, ledger, journal } = setUp();
    ledger.state = 'away';
    await journal.open(openRow(1));
    journal.close(settledRow(1));
    await clock.advanceAsync(10_000);
    ledger.batches.length = 0;
    ledger.state = 'up';
    await clock.advanceAsync(5_000);
    expect(ledger.batches).toEqual([[settledRow(1)]]);
  });

  it('asks a ledger that is away less and less often, and says so once when it goes and once when it is back', async () => {
    const { clock, ledger, shipper, reports, events } = setUp();
    ledger.state = 'away';
    await shipper.write(settledRows(300));
    for (let second = 0; second < 60; second++) {
      await clock.advanceAsync(1_000);
      await shipper.write([settledRow(`later ${second}`)]);
    }
    // 0, 100, 300, 700, 1,500, 3,100, 6,300 ms, then every 5 s.
    expect(ledger.batches).toHaveLength(17);
    expect(shipper.status()).toMatchObject({ unshipped: 360, oldestAgeMs: 59_100, away: true });
    expect(events()).toEqual(['ledger_away']);
    ledger.state = 'up';
    await clock.advanceAsync(5_000);
    expect(events()).toEqual(['ledger_away', 'ledger_back']);
    expect(reports[1]?.fields).toEqual({ unshipped: 335 });
    expect(await ledger.written()).toHaveLength(360);
    expect(shipper.status()).toMatchObject({ unshipped: 0, away: false });
  });

  it('F34: takes the rows of ten minutes without any answer from the ledger, all of which arrive when it is back', async () => {
    const { clock, ledger, journal, shipper } = setUp();
    ledger.state = 'silent';
    let id = 0;
    for (let second = 0; second < 600; second++) {
      await Promise.all([openRow(id), openRow(id + 1)].map((row) => journal.open(row)));
      journal.close(settledRow(id++));
      journal.close(settledRow(id++));
      await clock.advanceAsync(1_000);
    }
    expect([shipper.status().unshipped, (await ledger.written()).length]).toEqual([1_200, 0]);
    ledger.state = 'up';
    await clock.advanceAsync(6_000);
    const rows = await ledger.written();
    expect([rows.length, rows.filter(({ state }) => state === 'settled').length]).toEqual([1_200, 1_200]);
    expect(shipper.status().unshipped).toBe(0);
  });

  it('F38: sends a batch again whose reply was lost, and no row stands twice', async () => {
    const { clock, ledger, shipper } = setUp();
    ledger.state = 'loses_replies';
    await shipper.write([openRow(1), ...settledRows(5)]);
    await clock.advanceAsync(1_000);
    expect(shipper.status()).toMatchObject({ unshipped: 5, away: true });
    ledger.state = 'up';
    await clock.advanceAsync(5_000);
    expect(ids(await ledger.written())).toEqual(['att_0', 'att_1', 'att_2', 'att_3', 'att_4']);
    expect(ledger.batches.length).toBeGreaterThan(2);
    expect(shipper.status()).toMatchObject({ unshipped: 0, away: false });
  });

  it('writes a row again that was closed while its open state was under way', async () => {
    const { clock, ledger, shipper } = setUp();
    ledger.refuses = ({ state }) => {
      if (state === 'open') void shipper.write([settledRow(1)]);
      return false;
    };
    await shipper.write([openRow(1)]);
    await clock.advanceAsync(0);
    expect(await ledger.written()).toEqual([settledRow(1)]);
    expect(ledger.batches.map(([row]) => row?.state)).toEqual(['open', 'settled']);
  });
});

describe('a row that the ledger refuses (F37)', () => {
  const isPoison = ({ attemptId, usage }: LedgerRow) => attemptId === 'att_137' && usage !== null;

  it('costs no other row its place, and is written as unknown after three refusals', async () => {
    const { clock, ledger, shipper, reports } = setUp();
    ledger.refuses = isPoison;
    await shipper.write(settledRows(300));
    await clock.advanceAsync(1_000);
    const rows = await ledger.written();
    expect(rows).toHaveLength(300);
    expect(rows.filter(({ state }) => state !== 'settled')).toMatchObject([
      { attemptId: 'att_137', state: 'unknown', costPicoUsd: 900_000_000n, usageSource: 'estimate' },
    ]);
    const fields = { attempt_id: 'att_137', request_id: 'req_137', set_aside: false };
    expect(reports).toMatchObject([{ event: 'ledger_row_refused', fields }]);
    expect(ledger.batches.filter(([row, more]) => row && isPoison(row) && more === undefined)).toHaveLength(3);
    expect(shipper.status()).toMatchObject({ unshipped: 0, setAside: 0, away: false });
  });

  it('is set aside when it is refused even as unknown: kept, counted, and said once', async () => {
    const { clock, ledger, shipper, disk, reports } = setUp();
    ledger.refuses = ({ attemptId }) => attemptId === 'att_137';
    await shipper.write(settledRows(300));
    await clock.advanceAsync(60_000);
    expect(ids(await ledger.written())).toHaveLength(299);
    expect(reports).toMatchObject([{ event: 'ledger_row_refused', fields: { set_aside: true } }]);
    expect(shipper.status()).toMatchObject({ unshipped: 0, setAside: 1, away: false });
    expect(disk.setAsideRows('req_137')).toEqual([settledRow(137)]);
    ledger.batches.length = 0;
    await shipper.write([settledRow('next')]);
    await clock.advanceAsync(60_000);
    expect(ledger.batches).toEqual([[settledRow('next')]]);
  });

  it('alone in the journal is set aside all the same', async () => {
    const { clock, ledger, shipper } = setUp();
    ledger.refuses = () => true;
    await shipper.write([settledRow(1)]);
    await clock.advanceAsync(1_000);
    expect(shipper.status()).toMatchObject({ unshipped: 0, setAside: 1, away: false });
  });

  it('is an answer: a ledger that was away and refuses it is back', async () => {
    const { clock, ledger, shipper, events } = setUp();
    ledger.state = 'away';
    ledger.refuses = () => true;
    await shipper.write([settledRow(1)]);
    await clock.advanceAsync(1_000);
    ledger.state = 'up';
    await clock.advanceAsync(6_000);
    expect(shipper.status()).toMatchObject({ unshipped: 0, setAside: 1, away: false });
    expect(events()).toEqual(['ledger_away', 'ledger_back', 'ledger_row_refused']);
  });

  it('while it was open is tried again when it is closed', async () => {
    const { clock, ledger, shipper } = setUp();
    ledger.refuses = ({ outcome, code }) => outcome === null || code === 'internal';
    await shipper.write([openRow(1)]);
    await clock.advanceAsync(1_000);
    expect(shipper.status()).toMatchObject({ unshipped: 0, setAside: 1 });
    await shipper.write([settledRow(1)]);
    await clock.advanceAsync(0);
    expect(shipper.status()).toMatchObject({ unshipped: 0, setAside: 0 });
    expect(await ledger.written()).toEqual([settledRow(1)]);
  });

  it('is found by a ledger that does not say that a row is at fault, as soon as it takes others', async () => {
    const { clock, ledger, shipper } = setUp();
    ledger.doubts = ({ attemptId }) => attemptId === 'att_0' || attemptId === 'att_250';
    await shipper.write(settledRows(300));
    await clock.advanceAsync(5_000);
    expect(await ledger.written()).toHaveLength(298);
    expect(shipper.status()).toMatchObject({ unshipped: 0, setAside: 2, away: false });
  });

  it('does not condemn the rows when it is the ledger that takes none: read-only, or full', async () => {
    const { clock, ledger, shipper, events } = setUp();
    ledger.doubts = () => true;
    await shipper.write(settledRows(300));
    await clock.advanceAsync(600_000);
    expect(shipper.status()).toMatchObject({ unshipped: 300, setAside: 0, away: true });
    // 49 writes a round at most, every 5 s.
    expect(ledger.batches.length).toBeLessThan(130 * 49);
    ledger.doubts = () => false;
    await clock.advanceAsync(5_000);
    expect(await ledger.written()).toHaveLength(300);
    expect(events()).toEqual(['ledger_away', 'ledger_back']);
  });

  it('is not given up while the ledger is away', async () => {
    const { clock, ledger, shipper } = setUp();
    ledger.refuses = (row) => {
      // The third time that it is refused by itself the ledger goes away, before the row can be tried as unknown.
      if (row.usage === null) return false;
      if (ledger.batches.length === 3) ledger.state = 'away';
      return true;
    };
    await shipper.write([settledRow(1)]);
    await clock.advanceAsync(60_000);
    expect(shipper.status()).toMatchObject({ unshipped: 1, setAside: 0, away: true });
    ledger.state = 'up';
    await clock.advanceAsync(10_000);
    expect(await ledger.written()).toMatchObject([{ attemptId: 'att_1', state: 'unknown' }]);
  });
});

describe('a flush', () => {
  it('resolves when all rows of its moment are in the ledger, though more come all the time', async () => {
    const { clock, ledger, shipper } = setUp();
    ledger.state = 'away';
    await shipper.write(settledRows(500));
    await clock.advanceAsync(60_000);
    ledger.state = 'up';
    let later = 0;
    ledger.refuses = () => {
      // While any batch is under way there is one row more, so the journal is never empty.
      if (later < 2_000) void shipper.write([settledRow(`later ${later++}`)]);
      return false;
    };
    let isDone = false;
    void shipper.flush().then(() => {
      isDone = true;
      expect(shipper.status().unshipped).toBeGreaterThan(0);
    });
    await clock.advanceAsync(0);
    expect(isDone).toBe(true);
    expect(ids(await ledger.written())).toEqual(expect.arrayContaining(ids(settledRows(500))));
    expect(clock.pending).toBe(0);
  });

  it('does not wait for the next try of a ledger that was away', async () => {
    const { clock, ledger, shipper } = setUp();
    ledger.state = 'away';
    await shipper.write(settledRows(3));
    await clock.advanceAsync(60_000);
    ledger.state = 'up';
    await shipper.flush();
    expect(await ledger.written()).toHaveLength(3);
  });

  it('waits for no longer than it was told', async () => {
    const { clock, ledger, shipper } = setUp();
    ledger.state = 'silent';
    await shipper.write(settledRows(3));
    let isDone = false;
    void shipper.flush(2_000).then(() => {
      isDone = true;
    });
    await clock.advanceAsync(1_999);
    expect(isDone).toBe(false);
    await clock.advanceAsync(1);
    expect(isDone).toBe(true);
  });

  it('resolves at once when nothing waits, and when nothing is shipped any more', async () => {
    const { clock, ledger, shipper } = setUp();
    await shipper.flush();
    ledger.state = 'silent';
    await shipper.write(settledRows(3));
    const flushed = shipper.flush();
    shipper.stop();
    await flushed;
    await shipper.flush();
    await clock.advanceAsync(60_000);
    expect(clock.pending).toBe(0);
    expect(shipper.status().unshipped).toBe(3);
  });
});

describe('a journal that is full (F36)', () => {
  it('opens no new call, closes those under way, takes answers from the cache, and opens again when rows were shipped', async () => {
    const { clock, ledger, journal, shipper, events } = setUp(1024 * 1024);
    ledger.state = 'away';
    const tags = { note: 'x'.repeat(4_000) };
    let count = 0;
    const open = () => journal.open(openRow(count, { tags })).then(() => count++);
    let error: unknown = null;
    while (error === null) {
      error = await open().then(
        () => null,
        (refusal: unknown) => refusal,
      );
    }
    expect(error).toMatchObject({ code: 'ledger_unavailable', status: 503 });
    expect(count).toBeGreaterThan(100);
    for (let id = 0; id < count; id++) journal.close(settledRow(id));
    journal.close(cachedRow('cached'));
    await clock.advanceAsync(60_000);
    expect([journal.owed, shipper.status().unshipped]).toEqual([0, count + 1]);
    await expect(open()).rejects.toMatchObject({ code: 'ledger_unavailable' });
    expect(events()).toEqual(['ledger_away', 'journal_full']);
    ledger.state = 'up';
    await clock.advanceAsync(5_000);
    await open();
    await clock.advanceAsync(0);
    expect(events()).toEqual(['ledger_away', 'journal_full', 'journal_has_room', 'ledger_back']);
    const rows = await ledger.written();
    expect(rows).toHaveLength(count + 1);
    expect(rows.filter(({ state }) => state === 'open')).toHaveLength(1);
  });

  it('holds what it cannot take in memory, and says when even that is too much', async () => {
    const { clock, ledger, journal, shipper } = setUp(256 * 1024);
    ledger.state = 'away';
    for (let id = 0; id < 20_500; id++) journal.close(cachedRow(id));
    await clock.advanceAsync(60_000);
    expect(journal.isOverflowing).toBe(false);
    for (let id = 30_000; id < 32_000; id++) journal.close(cachedRow(id));
    expect(journal.isOverflowing).toBe(true);
    ledger.state = 'up';
    for (let turn = 0; turn < 400; turn++) await clock.advanceAsync(100);
    expect([journal.owed, shipper.status().unshipped, journal.isOverflowing]).toEqual([0, 0, false]);
    expect(await ledger.written()).toHaveLength(22_500);
  });
});
