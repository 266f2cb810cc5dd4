// What the contract cannot see of the roll-ups in SQLite: that they are really read, and that a stale one never comes in force.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { openDatabase } from '../../../src/stores/sqlite/database.ts';
import { openSqliteLedger } from '../../../src/stores/sqlite/ledger.ts';
import {
  beginHour,
  putInForce,
  selectHourlySums,
  selectHourToRoll,
  writeHourlySums,
} from '../../../src/stores/sqlite/roll-ups.ts';
import { UPSERT, valuesOf } from '../../../src/stores/sqlite/rows.ts';
import { selectUsage } from '../../../src/stores/sqlite/usage.ts';
import { openRow, settledRow } from '../../contract/ledger-rows.ts';
import { HOUR_MS, NOON_MS } from '../../contract/windows-at-hand.ts';

const folder = mkdtempSync(join(tmpdir(), 'roll-ups-'));
afterAll(() => rmSync(folder, { recursive: true }));

const requestsIn = (db: DatabaseSync) => selectUsage(db, {}, null, {}).totals.requests;

function withRows(...rows: readonly ReturnType<typeof settledRow>[]) {
  const db = openDatabase(':memory:');
  const write = (row: ReturnType<typeof settledRow>) => db.prepare(UPSERT).run(...valuesOf(row));
  rows.forEach(write);
  return { db, write };
}

describe('roll-ups in SQLite', () => {
  it('are what a question reads for a rolled hour, by whichever group', async () => {
    const file = join(folder, 'read.sqlite');
    const ledger = openSqliteLedger(file, systemClock);
    const busy = Array.from({ length: 8 }, (_, id) => settledRow(id));
    const idle = Array.from({ length: 7 }, (_, id) => settledRow(`idle-${id}`, { userId: 'idle' }));
    await ledger.write([...busy, ...idle, settledRow('later', { heldAtMs: NOON_MS + HOUR_MS })]);
    await ledger.rollUp(NOON_MS + HOUR_MS);
    const db = new DatabaseSync(file);
    db.exec("UPDATE usage_hourly SET attempts = CASE WHEN scope = 'tenant' THEN 1000 ELSE 500 END");
    db.close();
    for (const by of ['day', 'model', 'provider', 'prompt'] as const) {
      expect((await ledger.usage({ tenant: 'acme' }, by)).groups).toMatchObject([{ attempts: 1_001 }]);
      expect((await ledger.usage({}, by)).groups).toMatchObject([{ attempts: 1_001 }]);
    }
    expect((await ledger.usage({}, 'user')).groups).toMatchObject([{ attempts: 1_001 }, { attempts: 1_000 }]);
    for (const by of ['day', 'model', 'provider', 'prompt', 'user'] as const) {
      const attemptsOf = async (userId: string) =>
        (await ledger.usage({ tenant: 'acme', userId }, by)).groups.map(({ attempts }) => attempts);
      expect(await attemptsOf('alice')).toEqual([501]);
      // So few that they are read themselves.
      expect(await attemptsOf('idle')).toEqual([7]);
    }
    expect((await ledger.usage({}, 'tag:course')).groups).toMatchObject([{ attempts: 16 }]);
    expect((await ledger.usage({ fromMs: NOON_MS + 1 }, null)).totals.attempts).toBe(1);
    await ledger.close();
  });

  it('are thrown away when a row of the hour was written while it was added up', async () => {
    for (const meanwhile of [settledRow(2), settledRow(1)]) {
      const { db, write } = withRows(openRow(1));
      beginHour(db, NOON_MS);
      const sums = selectHourlySums(db, NOON_MS);
      write(meanwhile);
      await writeHourlySums(db, sums);
      expect(putInForce(db, NOON_MS)).toBe(false);
      expect(selectHourToRoll(db, 0, NOON_MS + HOUR_MS)).toBe(NOON_MS);
      expect(selectUsage(db, {}, null, {}).totals.promptTokens).toBe(100);
      db.close();
    }
  });

  it('come in force although rows of other hours are written meanwhile', async () => {
    const { db, write } = withRows(settledRow(1));
    beginHour(db, NOON_MS);
    const sums = selectHourlySums(db, NOON_MS);
    write(settledRow(2, { heldAtMs: NOON_MS - 1 }));
    write(settledRow(3, { heldAtMs: NOON_MS + HOUR_MS }));
    await writeHourlySums(db, sums);
    expect(putInForce(db, NOON_MS)).toBe(true);
    expect(requestsIn(db)).toBe(3);
    db.close();
  });

  it('count for nothing until they are in force: a process may die at any step', async () => {
    const { db } = withRows(settledRow(1));
    beginHour(db, NOON_MS);
    expect(requestsIn(db)).toBe(1);
    await writeHourlySums(db, selectHourlySums(db, NOON_MS));
    expect(requestsIn(db)).toBe(1);
    expect(selectHourToRoll(db, 0, NOON_MS + HOUR_MS)).toBe(NOON_MS);
    db.close();
  });

  it('replace what was rolled up of the hour before', async () => {
    const { db, write } = withRows(settledRow(1, { userId: 'bob' }));
    for (const row of [settledRow(2), settledRow(3)]) {
      beginHour(db, NOON_MS);
      await writeHourlySums(db, selectHourlySums(db, NOON_MS));
      expect(putInForce(db, NOON_MS)).toBe(true);
      write(row);
    }
    expect(requestsIn(db)).toBe(3);
    db.close();
  });

  it('of a busy hour let other work through while they are written', async () => {
    const { db } = withRows(...Array.from({ length: 1_600 }, (_, id) => settledRow(id, { userId: `user-${id}` })));
    const sums = selectHourlySums(db, NOON_MS);
    expect(sums).toHaveLength(1_604);
    let turns = 0;
    const count = () => {
      turns++;
      turning = setImmediate(count);
    };
    let turning = setImmediate(count);
    await writeHourlySums(db, sums);
    clearImmediate(turning);
    expect(turns).toBeGreaterThan(1);
    db.close();
  });

  it('under way when the ledger closes end with it', async () => {
    const ledger = openSqliteLedger(join(folder, 'closing.sqlite'), systemClock);
    await ledger.write([settledRow(1)]);
    const outcomes = [ledger.rollUp(NOON_MS + HOUR_MS), ledger.rollUp(NOON_MS + HOUR_MS)].map((rolling) =>
      expect(rolling).rejects.toMatchObject({ code: 'store_unavailable' }),
    );
    await ledger.close();
    await Promise.all(outcomes);
  });

  it('find the next hour that has rows, however long the quiet between', () => {
    const years = [0, 1, 2].map((year) => NOON_MS + year * 8_760 * HOUR_MS);
    const { db } = withRows(...years.map((heldAtMs, id) => settledRow(id, { heldAtMs })));
    const found: number[] = [];
    for (let hourMs = selectHourToRoll(db, 0, Number.MAX_SAFE_INTEGER); hourMs !== null; ) {
      found.push(hourMs);
      hourMs = selectHourToRoll(db, hourMs + HOUR_MS, Number.MAX_SAFE_INTEGER);
    }
    expect(found).toEqual(years);
    db.close();
  });
});
