// What the journal notes for the case of a death while the windows are away: the settles that the process would take along.

import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RowJournal } from '../../../src/core/row-journal.ts';
import { openSqliteJournal } from '../../../src/stores/sqlite/journal.ts';
import { openRow, settledRow } from '../../contract/ledger-rows.ts';
import { NOON_MS } from '../../contract/windows-at-hand.ts';

const folder = mkdtempSync(join(tmpdir(), 'row-journal-away-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${files++}.sqlite`);

describe('settles of requests whose rows are shipped while the windows are away', () => {
  const owedBy = (journal: RowJournal) =>
    journal.owedSettles(10).map(({ requestId, wasAlone }) => `${requestId}${wasAlone ? ' alone' : ''}`);
  const later = (id: number) => settledRow(id, { heldAtMs: NOON_MS + 5 });

  it('F45: are owed by the next process, and not by one that has told them', async () => {
    const file = newFile();
    const journal = openSqliteJournal(file);
    const ship = () => journal.shipped(journal.unshipped(100));
    await journal.write([settledRow(1), later(6)]);
    ship();
    journal.windowsAway(NOON_MS + 1);
    await journal.write([settledRow(2), later(3), openRow(4, { heldAtMs: NOON_MS + 5 })]);
    ship();
    await journal.write([settledRow(5, { heldAtMs: NOON_MS + 5, corrects: 'att_1' })]);
    ship();
    expect([owedBy(journal), journal.counts().owedSettles]).toEqual([[], 0]);
    journal.close();

    const second = openSqliteJournal(file);
    expect(second.closeAfterDeath((row) => ({ ...row, state: 'unknown' }), NOON_MS)).toBe(1);
    second.shipped(second.unshipped(10));
    expect(owedBy(second).sort()).toEqual(['req_1', 'req_2', 'req_3 alone', 'req_4 alone', 'req_6 alone']);
    for (const id of [1, 2, 6]) second.settled(`req_${id}`);
    second.windowsAway(NOON_MS + 9);
    second.settled('req_3');
    expect([owedBy(second), second.counts().owedSettles]).toEqual([['req_4 alone'], 1]);
    second.close();

    const third = openSqliteJournal(file);
    third.closeAfterDeath((row) => row, NOON_MS);
    expect(owedBy(third)).toEqual(['req_3 alone', 'req_4 alone']);
    third.windowsAway(NOON_MS + 9);
    for (const { requestId } of third.owedSettles(10)) third.settled(requestId);
    third.windowsAway(null);
    third.close();
    const fourth = openSqliteJournal(file);
    fourth.closeAfterDeath((row) => row, NOON_MS);
    expect(owedBy(fourth)).toEqual([]);
    fourth.close();
  });

  it('F59: are owed for the last 1,000 rows before, since a call under way then may have been settled in vain', async () => {
    const journal = openSqliteJournal(':memory:');
    await journal.write(Array.from({ length: 1_001 }, (_, index) => settledRow(index)));
    journal.shipped(journal.unshipped(1_001));
    journal.windowsAway(NOON_MS + 1_000);
    journal.closeAfterDeath((row) => row, NOON_MS);
    const owed = journal.owedSettles(2_000).map(({ requestId }) => requestId);
    expect([owed.length, owed.includes('req_0'), owed.includes('req_1')]).toEqual([1_000, false, true]);
  });

  it('F59: are owed, or their rows are there still, at whichever step of the disk the process dies', async () => {
    const file = newFile();
    const journal = openSqliteJournal(file);
    journal.windowsAway(NOON_MS + 1);
    await journal.write([later(1), later(2)]);
    const before = diskAfterEachCommit(file).length;
    journal.shipped(journal.unshipped(10));
    const deaths = diskAfterEachCommit(file).slice(before - 1);
    expect(deaths.length).toBeGreaterThan(1);
    for (const disk of deaths) {
      const next = openSqliteJournal(disk);
      next.closeAfterDeath((row) => row, NOON_MS);
      next.shipped(next.unshipped(10));
      expect(owedBy(next).sort()).toEqual(['req_1 alone', 'req_2 alone']);
      next.close();
    }
    journal.close();
  });

  it('F36: keep no row from being forgotten where a disk that is full has no room for one more of them', async () => {
    const journal = openSqliteJournal(':memory:', 96 * 1024);
    journal.windowsAway(NOON_MS);
    const ship = () => journal.shipped(journal.unshipped(1));
    let count = 0;
    const write = () => journal.write([later(count)]).then(() => ++count);
    // The page that takes settles has room for some more when rows take the last page; one row that goes leaves no page.
    while (count < 130) await write().then(ship);
    while (await write().catch(() => null));
    for (let left = journal.counts().unshipped; left > 0; left--) ship();
    expect(journal.unshipped(1)).toEqual([]);
    journal.closeAfterDeath((row) => row, NOON_MS);
    expect(journal.counts().owedSettles).toBeLessThan(count);
  });
});

/** Copies of a journal that is open, as it would be found if its process had died just after each commit since it was opened first. */
function diskAfterEachCommit(file: string): readonly string[] {
  const log = readFileSync(`${file}-wal`);
  const frameBytes = 24 + log.readUInt32BE(8);
  const copies: string[] = [];
  for (let end = 32 + frameBytes; end <= log.length; end += frameBytes) {
    // A frame that ends a commit says how large the database is then.
    if (log.readUInt32BE(end - frameBytes + 4) === 0) continue;
    const copy = newFile();
    copyFileSync(file, copy);
    writeFileSync(`${copy}-wal`, log.subarray(0, end));
    copies.push(copy);
  }
  return copies;
}
