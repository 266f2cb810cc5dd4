// Rolling up an hour, in three steps: the hour is put on record (main thread), its rows are added up (worker), and the sums are
// written and put in force (main thread) if no write has touched a row of the hour since the first step. The triggers see to that.

import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { HOUR_MS } from '../../core/rolled-hours.ts';
import { inTransaction } from './database.ts';
import { DIMENSIONS, SUM_COLUMNS, sumsOfRows } from './usage.ts';

/** The values of INSERT, one list a row of usage_hourly. */
export type HourlySums = readonly (readonly SQLInputValue[])[];

const COLUMNS = ['scope', 'dimension', 'tenant', 'user_id', 'hour_ms', 'key', ...SUM_COLUMNS];
const INSERT = `INSERT OR REPLACE INTO usage_hourly (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`;

/** Rows of one transaction, as the journal's: 500 held everything else up for 15 ms. */
const BATCH_ROWS = 200;
/** A user with as many rows in an hour has a roll-up of it: one row, and one for each model, provider and prompt, some eight in all. */
const BUSY_ROWS = 8;

const DIMENSIONS_OF = [
  ['tenant', ['', 'model', 'provider', 'prompt', 'user']],
  ['user', ['', 'model', 'provider', 'prompt']],
] as const;

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
  const inHour = `held_at_ms >= :hourMs AND held_at_ms < :hourMs + ${HOUR_MS}`;
  const part = (scope: 'tenant' | 'user', dimension: keyof typeof DIMENSIONS) => {
    const key = DIMENSIONS[dimension];
    const user = scope === 'user' ? 'l.user_id' : "''";
    return `
      SELECT '${scope}' AS scope, '${dimension}' AS dimension, l.tenant, ${user} AS user_id, :hourMs AS hour_ms,
        ${key('l')} AS key, ${sumsOfRows(key)}
      FROM ledger l WHERE l.${inHour} ${scope === 'user' ? 'AND (l.tenant, l.user_id) IN busy' : ''}
      GROUP BY 3, 4, 6`;
  };
  const sql = `
    WITH busy AS (
      SELECT tenant, user_id FROM ledger WHERE ${inHour} GROUP BY 1, 2 HAVING COUNT(*) >= ${BUSY_ROWS}
    )
    ${DIMENSIONS_OF.flatMap(([scope, dimensions]) => dimensions.map((each) => part(scope, each))).join(' UNION ALL ')}
    ORDER BY 1, 2, 3, 4, 6`;
  return db
    .prepare(sql)
    .all({ hourMs })
    .map((columns) => COLUMNS.map((column) => columns[column] ?? 0));
}

/**
 * Writes the sums, which count for nothing yet, a batch at a time: between two the process does what else there is. They stand in
 * the place of what was rolled up of the hour before; nothing of it is left over, since no row ever leaves its group.
 */
export async function writeHourlySums(db: DatabaseSync, sums: HourlySums): Promise<void> {
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
