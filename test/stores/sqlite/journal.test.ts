// The journal on disk: what it holds, what it forgets, and how it is full.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { picoUsd } from '../../../src/core/money.ts';
import type { RowJournal } from '../../../src/core/row-journal.ts';
import type { LedgerRow } from '../../../src/core/stores.ts';
import { openSqliteJournal } from '../../../src/stores/sqlite/journal.ts';
import { openSqliteLedger } from '../../../src/stores/sqlite/ledger.ts';
import { cachedRow, openRow, settledRow } from '../../contract/ledger-rows.ts';
import { NOON_MS } from '../../contract/windows-at-hand.ts';

const folder = mkdtempSync(join(tmpdir(), 'row-journal-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${files++}.sqlite`);

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 200);
const waiting = (journal: RowJournal) => journal.unshipped(1_000).map(({ row }) => row);
const ids = (rows: readonly LedgerRow[]) => rows.map(({ attemptId }) => attemptId);
const CLOSED = {
  state: 'unknown',
  outcome: 'failed',
  code: 'internal',
  usageSource: 'estimate',
  endedAtMs: 5,
} as const;
/** Some 4 KiB each. */
const bigRow = (id: number | string) => openRow(id, { tags: { note: 'x'.repeat(4_000) } });

describe('the journal on disk', () => {
  it('gives a row back as it was written, also after a restart', async () => {
    const file = newFile();
    const rows = [
      openRow(1, { tags: { 'a "quoted".name': 'ü' }, heldPicoUsd: picoUsd(2n ** 62n) }),
      settledRow(2, { usage: null, costPicoUsd: null, prompt: null, keyId: null }),
      cachedRow(3),
    ];
    const journal = openSqliteJournal(file);
    await journal.write(rows);
    expect(waiting(journal)).toEqual(rows);
    journal.close();
    const again = openSqliteJournal(file);
    expect(waiting(again)).toEqual(rows);
    again.close();
  });

  it('lets a row change as the ledger does, whatever is written in whatever order', async () => {
    const ledger = openSqliteLedger(':memory:', systemClock);
    const journal = openSqliteJournal(':memory:');
    const state = fc.constantFrom('open', 'settled', 'released', 'unknown');
    const change = fc.record({ id: fc.nat(3), state, endedAtMs: fc.nat(1_000) });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
        run++;
        const rows = changes.map(({ id, ...about }) => settledRow(`${run}-${id}`, { ...about, tenant: `run${run}` }));
        await ledger.write(rows);
        await journal.write(rows);
        const here = journal.unshipped(1_000);
        const there = await ledger.rows({ tenant: `run${run}` });
        expect(here.map(({ row }) => row).sort(byId)).toEqual([...there.rows].sort(byId));
        journal.shipped(here);
        journal.shipped(here.map(({ row, position }) => ({ row: { ...row, state: 'settled' }, position })));
      }),
      { numRuns: RUNS },
    );
  });

  it('forgets what is closed and shipped, keeps what is open until it is closed and shipped', async () => {
    const journal = openSqliteJournal(':memory:');
    await journal.write([openRow(1), settledRow(2), openRow(3, { state: 'unknown' })]);
    journal.shipped(journal.unshipped(10));
    expect([waiting(journal), journal.openRows()]).toEqual([[], [openRow(1)]]);
    await journal.write([settledRow(1)]);
    expect([waiting(journal), journal.openRows()]).toEqual([[settledRow(1)], []]);
    journal.shipped(journal.unshipped(10));
    expect(waiting(journal)).toEqual([]);
    await journal.write([openRow(1)]);
    expect(waiting(journal)).toEqual([openRow(1)]);
  });

  it('does not forget a row that was closed while its open state was under way', async () => {
    const journal = openSqliteJournal(':memory:');
    await journal.write([openRow(1)]);
    const underWay = journal.unshipped(10);
    await journal.write([settledRow(1)]);
    journal.shipped(underWay);
    expect(waiting(journal)).toEqual([settledRow(1)]);
  });

  it('ships the oldest first; a row keeps its place while it waits and comes last when it waits anew', async () => {
    const journal = openSqliteJournal(':memory:');
    await journal.write([openRow('b'), openRow('a'), openRow('c')]);
    await journal.write([settledRow('b')]);
    expect(ids(waiting(journal))).toEqual(['att_b', 'att_a', 'att_c']);
    expect(ids(journal.unshipped(2).map(({ row }) => row))).toEqual(['att_b', 'att_a']);
    journal.shipped(journal.unshipped(2));
    const { end } = journal;
    await journal.write([settledRow('a')]);
    expect(ids(waiting(journal))).toEqual(['att_c', 'att_a']);
    expect(journal.unshipped(2).map(({ position }) => position >= end)).toEqual([false, true]);
  });

  it('ships nothing that was set aside until it changes, or until the next start', async () => {
    const file = newFile();
    const journal = openSqliteJournal(file);
    await journal.write([openRow(1), settledRow(2), settledRow(3)]);
    journal.setAside(journal.unshipped(2));
    expect(ids(waiting(journal))).toEqual(['att_3']);
    expect(journal.setAsideRows('req_2')).toEqual([settledRow(2)]);
    expect(journal.counts()).toMatchObject({ unshipped: 1, setAside: 2 });
    await journal.write([settledRow(1)]);
    expect(ids(waiting(journal))).toEqual(['att_3', 'att_1']);
    expect(journal.counts()).toMatchObject({ unshipped: 2, setAside: 1 });
    journal.close();
    const again = openSqliteJournal(file);
    expect(again.counts()).toMatchObject({ unshipped: 3, setAside: 0 });
    again.close();
  });

  it('loses no row to a NUL or half a surrogate pair', async () => {
    const journal = openSqliteJournal(':memory:');
    const poison = 'a\u0000b\ud800c';
    await journal.write([settledRow(1), settledRow(poison, { userId: poison, tags: { [poison]: poison } })]);
    journal.shipped(journal.unshipped(1));
    const clean = 'a\ufffdb\ufffdc';
    expect(waiting(journal)).toMatchObject([{ attemptId: `att_${clean}`, userId: clean, tags: { [clean]: clean } }]);
    journal.shipped(journal.unshipped(1));
    expect(waiting(journal)).toEqual([]);
  });

  it('writes all rows of a batch or none', async () => {
    const journal = openSqliteJournal(':memory:');
    const batch = [settledRow(1), settledRow(2, { heldTokens: 1.5 })];
    await expect(journal.write(batch)).rejects.toMatchObject({ code: 'ledger_unavailable' });
    expect(waiting(journal)).toEqual([]);
  });

  it('says how many rows wait and since when the oldest does', async () => {
    const journal = openSqliteJournal(':memory:');
    expect(journal.counts()).toMatchObject({ unshipped: 0, setAside: 0, owedSettles: 0, oldestAtMs: null });
    await journal.write([openRow(1), settledRow(2)]);
    expect(journal.counts()).toMatchObject({ unshipped: 2, oldestAtMs: NOON_MS + 1 });
    journal.shipped(journal.unshipped(1));
    expect(journal.counts()).toMatchObject({ unshipped: 1, oldestAtMs: NOON_MS + 900 });
  });
});

describe('a journal that is full (F36)', () => {
  const MOST_BYTES = 1024 * 1024;

  /** Fills it as new calls do: until it is full for them. */
  async function filled(journal: RowJournal): Promise<number> {
    let count = 0;
    while (!journal.isFull) await journal.write([bigRow(count++)]);
    return count;
  }

  it('takes no more than the room it was given, and still closes every row that it took', async () => {
    const journal = openSqliteJournal(':memory:', MOST_BYTES);
    const count = await filled(journal);
    expect(count).toBeGreaterThan(100);
    expect(journal.counts().bytes).toBeLessThan(MOST_BYTES);
    for (let id = 0; id < count; id++) await journal.write([settledRow(id)]);
    expect(journal.openRows()).toEqual([]);
    expect(journal.counts().bytes).toBeLessThan(MOST_BYTES);
  });

  it('refuses at the very end rather than growing, loses nothing, and has room again when rows were shipped', async () => {
    const file = newFile();
    const journal = openSqliteJournal(file, MOST_BYTES);
    const open = await filled(journal);
    let count = open;
    const tags = { note: 'x'.repeat(4_000) };
    const write = () => journal.write([cachedRow(count, { tags })]).then(() => count++);
    while (await write().catch(() => null)) expect(journal.counts().bytes).toBeLessThanOrEqual(MOST_BYTES);
    await expect(write()).rejects.toMatchObject({ code: 'ledger_unavailable', status: 503 });
    expect(waiting(journal)).toHaveLength(count);
    // Marking and forgetting need no room.
    journal.shipped(journal.unshipped(1_000));
    await journal.write([settledRow(0), settledRow(1)]);
    journal.shipped(journal.unshipped(1_000));
    for (let id = 2; id < open; id++) await journal.write([settledRow(id)]);
    journal.shipped(journal.unshipped(1_000));
    expect(journal.isFull).toBe(false);
    journal.close();
    const again = openSqliteJournal(file, MOST_BYTES);
    expect([again.isFull, waiting(again)]).toEqual([false, []]);
    again.close();
  });
});

describe('a journal that was full when its process died', () => {
  it('has room for the start: every row is closed, every hold is owed', async () => {
    const file = newFile();
    const mostBytes = 1024 * 1024;
    let journal = openSqliteJournal(file, mostBytes);
    let count = 0;
    const write = (row: LedgerRow) => journal.write([row]).then(() => ++count);
    while (count < 50) await write(openRow(count));
    while (await write(cachedRow(count, { tags: { note: 'x'.repeat(count % 4_000) } })).catch(() => null));
    expect(count).toBeGreaterThan(500);
    journal.close();
    for (const open of [50, 0]) {
      journal = openSqliteJournal(file, mostBytes);
      expect(journal.closeAfterDeath((row) => ({ ...row, ...CLOSED }), 0)).toBe(open);
      expect(journal.counts()).toMatchObject({ unshipped: count, owedSettles: count });
      expect(journal.counts().bytes).toBeLessThan(mostBytes * 1.0625);
      journal.close();
    }
    journal = openSqliteJournal(file, mostBytes);
    journal.shipped(journal.unshipped(count));
    await write(openRow('next'));
    expect(journal.isFull).toBe(false);
    journal.close();
  });
});

describe('holds that a death left to be settled', () => {
  it('are owed until their rows are shipped, each request once, across restarts', async () => {
    const file = newFile();
    const journal = openSqliteJournal(file);
    await journal.write([openRow(1), settledRow(2, { requestId: 'req_1' }), settledRow(3, { heldAtMs: 5 })]);
    expect(journal.closeAfterDeath((row) => ({ ...row, state: 'unknown' }), NOON_MS)).toBe(1);
    expect(journal.openRows()).toEqual([]);
    expect([journal.owedSettles(10), journal.counts().owedSettles]).toEqual([[], 1]);
    await journal.write([settledRow(4)]);
    journal.shipped(journal.unshipped(2));
    expect(journal.owedSettles(10)).toEqual([]);
    journal.shipped(journal.unshipped(1));
    const owed = [{ requestId: 'req_1', tenant: 'acme', userId: 'alice', wasAlone: false }];
    expect(journal.owedSettles(10)).toEqual(owed);
    journal.shipped(journal.unshipped(10));
    await journal.write([settledRow(1)]);
    expect(journal.owedSettles(10)).toEqual(owed);
    journal.shipped(journal.unshipped(10));
    journal.close();
    const again = openSqliteJournal(file);
    await again.write([settledRow(5)]);
    expect(again.owedSettles(10)).toEqual(owed);
    again.settled('req_1');
    expect([again.owedSettles(10), again.counts().owedSettles]).toEqual([[], 0]);
    again.close();
  });
});

function byId(a: LedgerRow, b: LedgerRow): number {
  return a.attemptId < b.attemptId ? -1 : 1;
}
