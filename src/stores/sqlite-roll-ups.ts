// Rolling up an hour, in three steps: the hour is put on record (main thread), its rows are added up (worker), and the sums are
// written and put in force (main thread) if no write has touched a row of the hour since the first step. The triggers see to that.

import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { HOUR_MS } from '../core/rolled-hours.ts';
import { inTransaction } from './sqlite-database.ts';
import { DIMENSIONS, SUM_COLUMNS, sumsOfRows } from './sqlite-usage.ts';

/** The values of INSERT, one list a row of usage_hourly. */
export type HourlySums = readonly (readonly SQLInputValue[])[];

const COLUMNS = ['hour_ms', 'dimension', 'tenant', 'user_id', 'key', ...SUM_COLUMNS];
const INSERT = `INSERT INTO usage_hourly (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`;

/** Rows of one transaction: WRITE_ROWS_MEASURED. */
const BATCH_ROWS = 500;

/** The first hour from `fromMs` that has rows, is over by `beforeMs`, and is not rolled up. One look-up an hour, not a row. */
export function selectHourToRoll(db: DatabaseSync, fromMs: number, beforeMs: number): number | null {
  const next = (from: string) =>
    `(SELECT held_at_ms / ${HOUR_MS} * ${HOUR_MS} FROM ledger WHERE held_at_ms >= ${from} ORDER BY held_at_ms LIMIT 1)`;
  const sql = `
    WITH RECURSIVE hours (hour_ms) AS (
      SELECT ${next(':fromMs')}
      UNION ALL
      SELECT ${next(`hours.hour_ms + ${HOUR_MS}`)} FROM hours WHERE hours.hour_ms + ${HOUR_MS} <= :beforeMs
    )
    SELECT hour_ms FROM hours
    WHERE hour_ms + ${HOUR_MS} <= :beforeMs
      AND NOT EXISTS (SELECT 1 FROM rolled_hours r WHERE r.hour_ms = hours.hour_ms AND r.in_force)
    LIMIT 1`;
  // No row is older than 1970 but of a clock gone mad; its hour would be cut differently here and in the triggers.
  const hourMs = db.prepare(sql).get({ fromMs: Math.max(0, fromMs), beforeMs })?.['hour_ms'];
  return typeof hourMs === 'bigint' ? Number(hourMs) : null;
}

/** Puts the hour on record as one that is being rolled up: from here on a write to it is noticed. */
export function beginHour(db: DatabaseSync, hourMs: number): void {
  db.prepare('INSERT OR REPLACE INTO rolled_hours (hour_ms, in_force) VALUES (?, FALSE)').run(hourMs);
}

export function selectHourlySums(db: DatabaseSync, hourMs: number): HourlySums {
  const parts = Object.entries(DIMENSIONS).map(
    ([name, key]) => `
      SELECT :hourMs AS hour_ms, '${name}' AS dimension, l.tenant, l.user_id, ${key.rows('l')} AS key, ${sumsOfRows(key)}
      FROM ledger l WHERE l.held_at_ms >= :hourMs AND l.held_at_ms < :hourMs + ${HOUR_MS} GROUP BY 3, 4, 5`,
  );
  const found = db.prepare(`SELECT * FROM (${parts.join(' UNION ALL ')}) ORDER BY 2, 3, 4, 5`).all({ hourMs });
  return found.map((columns) => COLUMNS.map((column) => columns[column] ?? 0));
}

/** Writes the sums, which count for nothing yet, a batch at a time: between two the process does what else there is. */
export async function writeHourlySums(db: DatabaseSync, hourMs: number, sums: HourlySums): Promise<void> {
  db.prepare('DELETE FROM usage_hourly WHERE hour_ms = ?').run(hourMs);
  const insert = db.prepare(INSERT);
  for (let from = 0; from < sums.length; from += BATCH_ROWS) {
    if (from > 0) await new Promise((resolve) => setImmediate(resolve));
    inTransaction(db, () => {
      for (const values of sums.slice(from, from + BATCH_ROWS)) insert.run(...values);
    });
  }
}

/** Puts the hour in force. False: it was written to since `beginHour`, and what was read is not what stands there now. */
export function putInForce(db: DatabaseSync, hourMs: number): boolean {
  const sql = 'UPDATE rolled_hours SET in_force = TRUE WHERE hour_ms = ?';
  return Number(db.prepare(sql).run(hourMs).changes) === 1;
}
