// The journal: nothing that was paid for is forgotten, nothing that cannot be written down is paid for.

import { describe, expect, it } from 'vitest';
import { picoUsd } from '../../src/core/money.ts';
import type { Report } from '../../src/core/parts.ts';
import type { LedgerRow, LedgerStore } from '../../src/core/stores.ts';
import { createJournal } from '../../src/ledger/journal.ts';
import { openSqliteLedger } from '../../src/stores/sqlite/ledger.ts';
import { openRow, settledRow } from '../contract/ledger-rows.ts';
import { SimulatedClock } from '../simulated-clock.ts';

/** A journal on a ledger in memory that can be told to fail. */
function setUp() {
  const clock = new SimulatedClock();
  const inner = openSqliteLedger(':memory:', clock);
  const batches: (readonly LedgerRow[])[] = [];
  const reports: string[] = [];
  const faults = { down: false, refuses: (_row: LedgerRow): boolean => false };
  const ledger: LedgerStore = {
    rows: (query) => inner.rows(query),
    usage: (query, groupBy) => inner.usage(query, groupBy),
    openRows: (tenant) => inner.openRows(tenant),
    charges: (query) => inner.charges(query),
    rollUp: (beforeMs) => inner.rollUp(beforeMs),
    close: () => inner.close(),
    async write(rows) {
      batches.push(rows);
      if (faults.down || rows.some(faults.refuses)) throw new Error('disk full');
      await inner.write(rows);
    },
  };
  const report: Report = (_level, event) => reports.push(event);
  const journal = createJournal({ ledger, clock, report });
  const written = async () => (await inner.rows({ limit: 1_000 })).rows;
  return { clock, journal, batches, reports, faults, written };
}

const ids = (rows: readonly LedgerRow[]) => rows.map(({ attemptId }) => attemptId).sort();

describe('the journal', () => {
  it('has a row in the ledger when open resolves', async () => {
    const { journal, written } = setUp();
    await journal.open(openRow(1));
    expect(await written()).toEqual([openRow(1)]);
  });

  it('writes all rows of one turn of the event loop in one transaction', async () => {
    const { journal, batches } = setUp();
    const opened = Array.from({ length: 50 }, (_, id) => journal.open(openRow(id)));
    await Promise.resolve().then(() => journal.close(settledRow('late in the same turn')));
    await Promise.all(opened);
    expect(batches.map((batch) => batch.length)).toEqual([51]);
  });

  it('keeps opening before closing, of however many rows', async () => {
    const { journal, written } = setUp();
    const opened = Array.from({ length: 450 }, (_, id) => journal.open(openRow(id)));
    for (let id = 0; id < 450; id++) journal.close(settledRow(id));
    await Promise.all(opened);
    expect(await journal.flush()).toBe(0);
    const rows = await written();
    expect(rows).toHaveLength(450);
    expect(rows.every(({ state }) => state === 'settled')).toBe(true);
  });

  it('stops a call whose row cannot be written', async () => {
    const { journal, faults, written } = setUp();
    faults.down = true;
    await expect(journal.open(openRow(1))).rejects.toMatchObject({ code: 'ledger_unavailable', status: 503 });
    faults.down = false;
    await journal.open(openRow(2));
    expect(ids(await written())).toEqual(['att_2']);
  });

  it('keeps closing rows while the ledger is away and writes them when it is back', async () => {
    const { clock, journal, faults, written } = setUp();
    faults.down = true;
    journal.close(settledRow(1));
    await clock.advanceAsync(60_000);
    journal.close(settledRow(2));
    expect([journal.owed, (await written()).length]).toEqual([2, 0]);
    faults.down = false;
    await clock.advanceAsync(5_000);
    expect([journal.owed, ids(await written())]).toEqual([0, ['att_1', 'att_2']]);
    expect(clock.pending).toBe(0);
  });

  it('asks a ledger that is away less and less often, and reports each time in one line', async () => {
    const { clock, journal, faults, batches, reports } = setUp();
    faults.down = true;
    for (let id = 0; id < 100; id++) journal.close(settledRow(id));
    await clock.advanceAsync(60_000);
    // 0, 100, 300, 700, 1,500, 3,100, 6,300 ms, then every 5 s.
    expect(batches.filter((batch) => batch.length > 1)).toHaveLength(17);
    expect(reports).toEqual(Array(17).fill('ledger_write_failed'));
  });

  it('does not try everything that is owed again for each call that comes meanwhile', async () => {
    const { clock, journal, faults, batches } = setUp();
    faults.down = true;
    for (let id = 0; id < 100; id++) journal.close(settledRow(id));
    await clock.advanceAsync(60_000);
    batches.length = 0;
    await expect(journal.open(openRow('a'))).rejects.toThrow('ledger');
    expect(batches.map((batch) => batch.length)).toEqual([1]);
  });

  it('writes what is owed as soon as a new call finds the ledger back', async () => {
    const { clock, journal, faults, written } = setUp();
    faults.down = true;
    journal.close(settledRow(1));
    await clock.advanceAsync(60_000);
    faults.down = false;
    await journal.open(openRow(2));
    await clock.advanceAsync(0);
    expect(ids(await written())).toEqual(['att_1', 'att_2']);
  });

  it('lets no new call begin while ten thousand rows are owed, and drops none of them', async () => {
    const { clock, journal, faults } = setUp();
    faults.down = true;
    for (let id = 0; id < 10_000; id++) journal.close(settledRow(id));
    faults.down = false;
    await expect(journal.open(openRow('one more'))).rejects.toMatchObject({ code: 'ledger_unavailable' });
    journal.close(settledRow('still owed'));
    for (let turn = 0; turn < 100; turn++) await clock.advanceAsync(0);
    expect(journal.owed).toBe(0);
    await journal.open(openRow('one more'));
  });

  it('does not let a row that no ledger takes cost any other', async () => {
    const { clock, journal, faults, reports, written } = setUp();
    faults.refuses = ({ attemptId, usage }) => attemptId === 'att_bad' && usage !== null;
    await journal.open(openRow('bad'));
    const opened = [1, 2].map((id) => journal.open(openRow(id)));
    journal.close(settledRow('bad'));
    journal.close(settledRow(3));
    await Promise.all(opened);
    expect(ids(await written())).toEqual(['att_1', 'att_2', 'att_3', 'att_bad']);
    for (let id = 10; id < 20; id++) {
      journal.close(settledRow(id));
      await clock.advanceAsync(1_000);
    }
    expect(journal.owed).toBe(0);
    const bad = (await written()).find(({ attemptId }) => attemptId === 'att_bad');
    expect(bad).toMatchObject({ state: 'unknown', costPicoUsd: 900_000_000n, usageSource: 'estimate' });
    expect(reports.filter((event) => event === 'ledger_row_refused')).toHaveLength(1);
  });

  it('refuses an opening row that no ledger takes, and opens those beside it', async () => {
    const { journal, written } = setUp();
    const good = [1, 2].map((id) => journal.open(openRow(id)));
    const bad = journal.open(openRow('bad', { heldTokens: 0.5 }));
    await expect(bad).rejects.toMatchObject({ code: 'ledger_unavailable' });
    await Promise.all(good);
    expect(ids(await written())).toEqual(['att_1', 'att_2']);
  });

  it('writes money that the database cannot hold as what was held, rather than nothing', async () => {
    const { clock, journal, written } = setUp();
    await journal.open(openRow(1));
    journal.close(settledRow(1, { costPicoUsd: picoUsd(2n ** 70n) }));
    for (let id = 10; id < 20; id++) {
      journal.close(settledRow(id));
      await clock.advanceAsync(1_000);
    }
    expect((await written()).find(({ attemptId }) => attemptId === 'att_1')).toMatchObject({
      state: 'unknown',
      costPicoUsd: 900_000_000n,
    });
  });

  it('flushes everything at once when asked, without waiting for the next try', async () => {
    const { clock, journal, faults, written } = setUp();
    faults.down = true;
    for (let id = 0; id < 500; id++) journal.close(settledRow(id));
    await clock.advanceAsync(1_000);
    expect(await journal.flush()).toBe(500);
    faults.down = false;
    expect(await journal.flush()).toBe(0);
    expect(await written()).toHaveLength(500);
  });
});
