// The ledger in SQLite: the contract on a file (questions go to the worker) and in memory, and what only a file has.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { openSqliteLedger } from '../../../src/stores/sqlite/ledger.ts';
import { openRow, settledRow } from '../../contract/ledger-rows.ts';
import { testLedgerStore } from '../../contract/stores.ts';
import { SimulatedClock } from '../../simulated-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `ledger-${files++}.sqlite`);

testLedgerStore('in a file', async () => openSqliteLedger(newFile(), systemClock));
testLedgerStore('in memory', async () => openSqliteLedger(':memory:', systemClock));

describe('the ledger in a file', () => {
  it('keeps its rows when it is closed and opened again', async () => {
    const file = newFile();
    const first = openSqliteLedger(file, systemClock);
    await first.write([openRow(1), settledRow(2)]);
    await first.close();
    const second = openSqliteLedger(file, systemClock);
    expect((await second.rows({})).rows).toEqual([openRow(1), settledRow(2)]);
    await second.close();
  });

  it('sees in a question what was written just before it', async () => {
    const ledger = openSqliteLedger(newFile(), systemClock);
    for (let id = 0; id < 20; id++) {
      await ledger.write([settledRow(id)]);
      expect((await ledger.usage({}, null)).totals.requests).toBe(id + 1);
    }
    await ledger.close();
  });

  it('answers many questions at once, each its own', async () => {
    const ledger = openSqliteLedger(newFile(), systemClock);
    await ledger.write(Array.from({ length: 20 }, (_, id) => settledRow(id, { userId: `user-${id % 5}` })));
    const answers = await Promise.all(Array.from({ length: 5 }, (_, id) => ledger.rows({ userId: `user-${id}` })));
    for (const [id, { rows }] of answers.entries())
      expect(rows.map(({ userId }) => userId)).toEqual(Array(4).fill(`user-${id}`));
    await ledger.close();
  });

  it('gives a question up after its deadline, puts the others to another thread and goes on', async () => {
    const clock = new SimulatedClock();
    const ledger = openSqliteLedger(newFile(), clock);
    await ledger.write([settledRow(1)]);
    const late = ledger.usage({}, null);
    clock.advance(4_999);
    const other = ledger.usage({}, 'model');
    clock.advance(1);
    await expect(late).rejects.toMatchObject({ code: 'store_unavailable', status: 503 });
    expect((await other).totals.requests).toBe(1);
    expect(clock.pending).toBe(0);
    await ledger.close();
  });

  it('answers a question that is open when it closes with store_unavailable, and every later one', async () => {
    const ledger = openSqliteLedger(newFile(), systemClock);
    const open = ledger.rows({});
    const outcome = expect(open).rejects.toMatchObject({ code: 'store_unavailable' });
    await ledger.close();
    await outcome;
    await expect(ledger.rows({})).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(ledger.write([settledRow(1)])).rejects.toMatchObject({ code: 'ledger_unavailable' });
    await ledger.close();
  });

  it('says which file cannot be used, and why', async () => {
    expect(() => openSqliteLedger(join(folder, 'no-such-folder', 'ledger.sqlite'), systemClock)).toThrow(
      /no-such-folder.*cannot be used/,
    );
    expect(() => openSqliteLedger(folder, systemClock)).toThrow(/cannot be used/);
  });

  it('refuses a database that a newer version has changed', async () => {
    const file = newFile();
    await openSqliteLedger(file, systemClock).close();
    const db = new DatabaseSync(file);
    db.exec("INSERT INTO migrations (name) VALUES ('9999-future.sql')");
    db.close();
    expect(() => openSqliteLedger(file, systemClock)).toThrow(/9999-future.sql.*newer/);
  });
});
