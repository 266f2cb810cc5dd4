// Rolls hours up, by whichever instance comes first. No writer ever waits for it: the exclusive lock of an hour is taken only if it
// is free, and held for a moment; the adding up is done without it, and thrown away if the hour was written to meanwhile.

import { HOUR_MS } from '../../core/rolled-hours.ts';
import type { Postgres } from './connection.ts';
import type { Run } from './lane.ts';
import { ROLL_UP_HOUR } from './usage.ts';

/** For adding up: an hour of 100 requests a second is 360,000 rows. */
const DEADLINE_MS = 60_000;

/** One at a time, in all processes. To the end of the transaction, so that it works through a pooler, too. */
const ALONE = "SELECT pg_try_advisory_xact_lock(hashtext(current_schema() || '.usage_hourly'), 0) AS is_mine";
/** Nobody is writing to the hour: whoever has, has committed, and whoever will, marks it anew. */
const UNDISTURBED =
  "SELECT pg_try_advisory_xact_lock(hashtext(current_schema() || '.unrolled_hours'), ($1::bigint / 3600000)::int) AS is_mine";
/** One that somebody began and did not end comes last: it must not keep the others from their turn. */
const OLDEST = 'SELECT hour_ms FROM unrolled_hours WHERE hour_ms <= $1 ORDER BY rolling_by <> 0, hour_ms LIMIT 1';

/** Resolves with how many hours it did: one, or none where there is none, or somebody else is at it. */
export async function rollUpOldest(postgres: Postgres, beforeMs: number): Promise<number> {
  const begun = await postgres.work((run) => begin(run, beforeMs));
  return begun === null ? 0 : postgres.work((run) => addUp(run, begun), DEADLINE_MS);
}

interface Begun {
  readonly hourMs: number;
  /** Of this attempt alone. */
  readonly mark: string;
}

/** Takes the marks of all writers, and of those who died at it, and puts one of its own in their place. */
async function begin(run: Run, beforeMs: number): Promise<Begun | null> {
  if (!(await isMine(run, ALONE))) return null;
  const [oldest] = await run(OLDEST, [beforeMs - HOUR_MS]);
  if (typeof oldest?.['hour_ms'] !== 'string') return null;
  const hourMs = Number(oldest['hour_ms']);
  if (!(await isMine(run, UNDISTURBED, [hourMs]))) return null;
  await run('DELETE FROM unrolled_hours WHERE hour_ms = $1', [hourMs]);
  const sql =
    'INSERT INTO unrolled_hours (hour_ms, rolling_by) SELECT $1, pg_current_xact_id()::text::bigint RETURNING rolling_by';
  const [made] = await run(sql, [hourMs]);
  return { hourMs, mark: String(made?.['rolling_by']) };
}

/** Without its mark the hour is rolled up; a writer's mark from meanwhile stays, and the hour is not. */
async function addUp(run: Run, { hourMs, mark }: Begun): Promise<number> {
  if (!(await isMine(run, ALONE))) return 0;
  // Sorted in memory as far as it goes: 4 MB, the default, is nothing for an hour of rows.
  await run(`SET LOCAL statement_timeout = ${DEADLINE_MS}`);
  await run("SET LOCAL work_mem = '64MB'");
  await run('DELETE FROM usage_hourly WHERE hour_ms = $1', [hourMs]);
  await run(ROLL_UP_HOUR, [hourMs, hourMs + HOUR_MS]);
  await run('DELETE FROM unrolled_hours WHERE hour_ms = $1 AND rolling_by = $2', [hourMs, mark]);
  return 1;
}

async function isMine(run: Run, sql: string, values: readonly unknown[] = []): Promise<boolean> {
  const [lock] = await run(sql, values);
  return lock?.['is_mine'] === true;
}
