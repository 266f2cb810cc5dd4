// Usage: totals and groups, from the roll-ups of whole hours and from the rows beside them. What a figure counts stands here
// once, for the rows and for the roll-ups that are made of them.

import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { wellFormed } from '../../core/check.ts';
import { type PicoUsd, picoUsd } from '../../core/money.ts';
import { type Stretch, wholeHours, withoutHours } from '../../core/rolled-hours.ts';
import type { UsageGroup, UsagePage, UsageQuery, UsageReport, UsageTotals } from '../../core/stores.ts';
import { groupCursor, keyAfter } from '../page-cursors.ts';
import { type Columns, text } from './rows.ts';

const PAGE_GROUPS = 100;
const PAGE_GROUPS_MOST = 1_000;

/** Where a group's key stands. `hours`: in the roll-ups; null: they do not have it, and the rows alone are read. */
interface Key {
  readonly rows: (alias: string) => string;
  readonly hours: { readonly dimension: Dimension; readonly key: string } | null;
  /** Nothing where everything is one: SQLite would sort all rows to find that out, which takes as long as adding them up. */
  readonly grouping: '' | 'GROUP BY 1';
  readonly values: Readonly<Record<string, SQLInputValue>>;
}

/** What hours are rolled up by, and the key of each in a row; '' is everything as one. */
export const DIMENSIONS = {
  '': () => "''",
  model: (alias: string) => `${alias}.model`,
  provider: (alias: string) => `${alias}.provider`,
  prompt: (alias: string) => `COALESCE(${alias}.prompt_name || '@' || ${alias}.prompt_version, '')`,
  user: (alias: string) => `${alias}.user_id`,
};
type Dimension = keyof typeof DIMENSIONS;

interface Page {
  readonly after: string | null;
  readonly most: number;
}

/** Totals and groups are of one moment, though two statements: a request may stand in several groups, so totals are no sum of them. */
export function selectUsage(
  db: DatabaseSync,
  query: UsageQuery,
  groupBy: UsageGroup | null,
  { cursor, limit }: UsagePage,
): UsageReport {
  db.exec('BEGIN');
  try {
    const totals = totalsOf(select(db, query, keyOf(null, query), { after: null, most: 1 })[0] ?? {});
    if (groupBy === null) return { totals, groups: [], nextCursor: null };
    const after = cursor === undefined ? null : keyAfter(groupBy, cursor);
    if (cursor !== undefined && after === null) return { totals, groups: [], nextCursor: null };
    const most = Math.min(Math.max(1, Math.trunc(limit ?? PAGE_GROUPS)), PAGE_GROUPS_MOST);
    const found = select(db, query, keyOf(groupBy, query), { after, most: most + 1 });
    const groups = found.slice(0, most).map((columns) => ({ key: text(columns, 'key'), ...totalsOf(columns) }));
    const last = groups.at(-1);
    const nextCursor = found.length > most && last !== undefined ? groupCursor(groupBy, last.key) : null;
    return { totals, groups, nextCursor };
  } finally {
    db.exec('COMMIT');
  }
}

/** One row of sums a group, ascending; SQLite compares text as bytes. */
function select(db: DatabaseSync, query: UsageQuery, key: Key, { after, most }: Page): Columns[] {
  const whole: Stretch = {
    fromMs: query.fromMs ?? Number.MIN_SAFE_INTEGER,
    toMs: query.toMs ?? Number.MAX_SAFE_INTEGER,
  };
  const hours = key.hours === null ? [] : rolledHours(db, query, wholeHours(whole));
  const rest = withoutHours(whole, hours).map(({ fromMs, toMs }) => [fromMs, toMs]);
  const parts = [rowsPart(key, query)];
  if (key.hours !== null && hours.length > 0) parts.push(hoursPart(key.hours.key, key.grouping, query));
  const sql = `
    WITH stretches (from_ms, to_ms) AS MATERIALIZED (SELECT value ->> 0, value ->> 1 FROM json_each(:rest))
    SELECT key, ${SUMS_OF_SUMS} FROM (${parts.join(' UNION ALL ')})
    ${after === null ? '' : 'WHERE key > :after'}
    GROUP BY key ORDER BY key LIMIT :most`;
  return db.prepare(sql).all({
    ...whoseValues(query),
    ...key.values,
    rest: JSON.stringify(rest),
    ...(hours.length > 0 && {
      hours: JSON.stringify(hours),
      firstMs: hours[0] ?? 0,
      lastMs: hours.at(-1) ?? 0,
      dimension: key.hours?.dimension ?? '',
    }),
    ...(after !== null && { after }),
    most,
  });
}

/** The hours in force that can be read for this question, ascending. */
function rolledHours(db: DatabaseSync, query: UsageQuery, { fromMs, toMs }: Stretch): number[] {
  // A name that any tenant may have given: not worth a roll-up of its own.
  if (query.userId !== undefined && query.tenant === undefined) return [];
  const within = 'hour_ms >= :fromMs AND hour_ms < :toMs';
  const sql =
    query.userId === undefined
      ? `SELECT hour_ms FROM rolled_hours WHERE in_force AND ${within} ORDER BY hour_ms`
      : `SELECT hour_ms FROM usage_hourly u WHERE ${whoseHours(query)} AND dimension = '' AND ${within}
           AND EXISTS (SELECT 1 FROM rolled_hours r WHERE r.hour_ms = u.hour_ms AND r.in_force) ORDER BY hour_ms`;
  return db
    .prepare(sql)
    .all({ ...(query.userId !== undefined && whoseValues(query)), fromMs, toMs })
    .map((columns) => Number(columns['hour_ms']));
}

// CROSS JOIN: SQLite then looks each stretch up in the index, and never turns the loops round.
function rowsPart(key: Key, { tenant, userId }: UsageQuery): string {
  // A whole tenant is most of the rows: `+` keeps the planner from the index by user, by time they are read in a third of the time.
  const ofTenant = tenant === undefined ? '' : `AND ${userId === undefined ? '+' : ''}l.tenant = :tenant`;
  return `
    SELECT ${key.rows('l')} AS key, ${sumsOfRows(key.rows)}
    FROM stretches s CROSS JOIN ledger l ON l.held_at_ms >= s.from_ms AND l.held_at_ms < s.to_ms
      ${ofTenant} ${userId === undefined ? '' : 'AND l.user_id = :userId'}
    ${key.grouping}`;
}

/** All hours between the first and the last lie side by side; the few that are not in force are left out. */
function hoursPart(key: string, grouping: Key['grouping'], query: UsageQuery): string {
  return `
    SELECT ${key} AS key, ${SUMS_OF_SUMS} FROM usage_hourly u
    WHERE ${whoseHours(query)} AND u.dimension = :dimension AND u.hour_ms BETWEEN :firstMs AND :lastMs
      AND +u.hour_ms IN (SELECT value FROM json_each(:hours))
    ${grouping}`;
}

function whoseHours({ tenant, userId }: UsageQuery): string {
  const ofTenant = tenant === undefined ? '' : 'AND u.tenant = :tenant';
  return userId === undefined
    ? `u.scope = 'tenant' ${ofTenant} AND u.user_id = ''`
    : `u.scope = 'user' ${ofTenant} AND u.user_id = :userId`;
}

function whoseValues({ tenant, userId }: UsageQuery): Record<string, SQLInputValue> {
  return {
    ...(tenant !== undefined && { tenant: wellFormed(tenant) }),
    ...(userId !== undefined && { userId: wellFormed(userId) }),
  };
}

/**
 * SUM of 64-bit integers overflows and TOTAL is a float, so money is summed in two limbs of 32 bits: exact for 2^31 rows of any
 * amount, negative ones included (>> keeps the sign). Tokens are `number` in the end: TOTAL, exact up to 2^53, never throws.
 */
const limbs = (column: string, name: string, filter = '') =>
  `SUM(${column} >> 32) ${filter} AS ${name}_high, SUM(${column} & 4294967295) ${filter} AS ${name}_low`;

const COUNTED = ['requests', 'attempts', 'cached', 'unpriced', 'cost_high', 'cost_low', 'saved_high', 'saved_low'];
const TOTALLED = ['prompt_tokens', 'completion_tokens', 'saved_tokens'];

/** The figures of a roll-up or a group of rows, by name: what `sumsOfRows` makes and what a roll-up keeps. */
export const SUM_COLUMNS = [...COUNTED, ...TOTALLED];

const SUMS_OF_SUMS = [
  ...COUNTED.map((column) => `SUM(${column}) AS ${column}`),
  ...TOTALLED.map((column) => `TOTAL(${column}) AS ${column}`),
].join(', ');

const STANDS = 'l.corrects IS NULL';
const ATTEMPTED = `${STANDS} AND (l.outcome IS NULL OR l.outcome NOT IN ('cached', 'joined'))`;
const PRICED_SINCE = 'SELECT 1 FROM ledger c WHERE c.corrects = l.attempt_id AND c.cost_pico_usd IS NOT NULL';

// Distinct requests: each is counted at its first row, or, where that stands in another group, at the first of its rows that is
// in this one. Rows that are not the first of their request are few (retries), so few are looked up.
export function sumsOfRows(key: Key['rows']): string {
  const earlierHere = `
    SELECT 1 FROM ledger e WHERE e.request_id = l.request_id AND e.corrects IS NULL AND e.rowid < l.rowid
      AND ${key('e')} = ${key('l')}`;
  return `
    COUNT(*) FILTER (WHERE l.is_first OR (${STANDS} AND NOT EXISTS (${earlierHere}))) AS requests,
    COUNT(*) FILTER (WHERE ${ATTEMPTED}) AS attempts,
    COUNT(*) FILTER (WHERE ${STANDS} AND l.outcome IN ('cached', 'joined')) AS cached,
    COUNT(*) FILTER (
      WHERE ${STANDS} AND l.cost_pico_usd IS NULL AND l.state NOT IN ('open', 'released') AND NOT EXISTS (${PRICED_SINCE})
    ) AS unpriced,
    ${limbs('l.cost_pico_usd', 'cost')},
    ${limbs('l.saved_pico_usd', 'saved', `FILTER (WHERE ${STANDS})`)},
    TOTAL(l.input_tokens) FILTER (WHERE ${ATTEMPTED}) AS prompt_tokens,
    TOTAL(l.output_tokens) FILTER (WHERE ${ATTEMPTED}) AS completion_tokens,
    TOTAL(l.saved_tokens) FILTER (WHERE ${STANDS}) AS saved_tokens`;
}

function totalsOf(columns: Columns): UsageTotals {
  const promptTokens = Number(columns['prompt_tokens'] ?? 0);
  const completionTokens = Number(columns['completion_tokens'] ?? 0);
  return {
    requests: Number(columns['requests'] ?? 0),
    attempts: Number(columns['attempts'] ?? 0),
    cached: Number(columns['cached'] ?? 0),
    promptTokens,
    completionTokens,
    totalTokens: promptTokens + completionTokens,
    costPicoUsd: sumOf(columns, 'cost'),
    savedTokens: Number(columns['saved_tokens'] ?? 0),
    savedPicoUsd: sumOf(columns, 'saved'),
    unpriced: Number(columns['unpriced'] ?? 0),
  };
}

function sumOf(columns: Columns, name: string): PicoUsd {
  const limb = (which: string) => {
    const value = columns[`${name}_${which}`];
    return typeof value === 'bigint' ? value : 0n;
  };
  return picoUsd((limb('high') << 32n) + limb('low'));
}

const GROUPED = { grouping: 'GROUP BY 1', values: {} } as const;

/** Rows without the tag come under the empty key, so that the groups cover all that the totals do. */
function keyOf(groupBy: UsageGroup | null, { userId }: UsageQuery): Key {
  switch (groupBy) {
    case null:
      return { rows: DIMENSIONS[''], hours: { dimension: '', key: "''" }, grouping: '', values: {} };
    case 'day': {
      const day = (ms: string) => `strftime('%Y-%m-%d', ${ms} / 1000, 'unixepoch')`;
      const hours = { dimension: '', key: day('u.hour_ms') } as const;
      return { rows: (alias) => day(`${alias}.held_at_ms`), hours, ...GROUPED };
    }
    case 'user': {
      // Of a tenant, users are a group like any other; one user is one group.
      const ofTenant = { dimension: 'user', key: 'u.key' } as const;
      const ofUser = { dimension: '', key: 'u.user_id' } as const;
      return { rows: DIMENSIONS.user, hours: userId === undefined ? ofTenant : ofUser, ...GROUPED };
    }
    case 'model':
    case 'provider':
    case 'prompt':
      return { rows: DIMENSIONS[groupBy], hours: { dimension: groupBy, key: 'u.key' }, ...GROUPED };
    default: {
      // json_each finds a name of any characters; a JSON path would have to quote it.
      const value = (alias: string) => `(SELECT value FROM json_each(${alias}.tags) WHERE key = :tag)`;
      return {
        rows: (alias) => `COALESCE(${value(alias)}, '')`,
        hours: null,
        ...GROUPED,
        values: { tag: wellFormed(groupBy.slice('tag:'.length)) },
      };
    }
  }
}
