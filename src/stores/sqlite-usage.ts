// Usage: totals and groups, from the roll-ups of whole hours and from the rows beside them. What a figure counts stands here
// once, for the rows and for the roll-ups that are made of them.

import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { wellFormed } from '../core/check.ts';
import { type PicoUsd, picoUsd } from '../core/money.ts';
import { type Stretch, wholeHours, withoutHours } from '../core/rolled-hours.ts';
import type { UsageGroup, UsagePage, UsageQuery, UsageReport, UsageTotals } from '../core/stores.ts';
import { type Columns, text } from './sqlite-rows.ts';

const PAGE_GROUPS = 100;
const PAGE_GROUPS_MOST = 1_000;

/** Where a group's key stands. `hours`: in the roll-ups; null: they do not have it, and the rows alone are read. */
export interface Key {
  readonly rows: (alias: string) => string;
  readonly hours: { readonly dimension: string; readonly key: string } | null;
  readonly values: Readonly<Record<string, SQLInputValue>>;
}

const dimension = (name: string, rows: Key['rows']): Key => ({
  rows,
  hours: { dimension: name, key: name === '' ? "''" : 'u.key' },
  values: {},
});

/** What is rolled up: everything of a caller as one group, and the groups of which a request may be in several or that are asked for often. */
export const DIMENSIONS = {
  '': dimension('', () => "''"),
  model: dimension('model', (alias) => `${alias}.model`),
  provider: dimension('provider', (alias) => `${alias}.provider`),
  prompt: dimension('prompt', (alias) => `COALESCE(${alias}.prompt_name || '@' || ${alias}.prompt_version, '')`),
};

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
    const totals = totalsOf(select(db, query, DIMENSIONS[''], { after: null, most: 1 })[0] ?? {});
    if (groupBy === null) return { totals, groups: [], nextCursor: null };
    const after = cursor === undefined ? null : keyAfter(groupBy, cursor);
    if (cursor !== undefined && after === null) return { totals, groups: [], nextCursor: null };
    const most = Math.min(Math.max(1, Math.trunc(limit ?? PAGE_GROUPS)), PAGE_GROUPS_MOST);
    const found = select(db, query, keyOf(groupBy), { after, most: most + 1 });
    const groups = found.slice(0, most).map((columns) => ({ key: text(columns, 'key'), ...totalsOf(columns) }));
    const last = groups.at(-1);
    const nextCursor = found.length > most && last !== undefined ? cursorOf(groupBy, last.key) : null;
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
  const hours = key.hours === null ? [] : rolledHours(db, wholeHours(whole));
  const rest = withoutHours(whole, hours).map(({ fromMs, toMs }) => [fromMs, toMs]);
  const whose = whoseOf(query);
  const parts = [rowsPart(key, whose.ofRows)];
  if (key.hours !== null && hours.length > 0) parts.push(hoursPart(key.hours.key, whose.ofHours));
  const sql = `
    SELECT key, ${SUMS_OF_SUMS} FROM (${parts.join(' UNION ALL ')})
    ${after === null ? '' : 'WHERE key > :after'}
    GROUP BY key ORDER BY key LIMIT :most`;
  return db.prepare(sql).all({
    ...whose.values,
    ...key.values,
    rest: JSON.stringify(rest),
    ...(hours.length > 0 && { hours: JSON.stringify(hours), dimension: key.hours?.dimension ?? '' }),
    ...(after !== null && { after }),
    most,
  });
}

function rolledHours(db: DatabaseSync, { fromMs, toMs }: Stretch): number[] {
  const sql = 'SELECT hour_ms FROM rolled_hours WHERE in_force AND hour_ms >= ? AND hour_ms < ? ORDER BY hour_ms';
  return db
    .prepare(sql)
    .all(fromMs, toMs)
    .map((columns) => Number(columns['hour_ms']));
}

// CROSS JOIN: SQLite then looks each stretch, and each hour, up in the index, and never turns the loops round.
function rowsPart(key: Key, whose: string): string {
  return `
    SELECT ${key.rows('l')} AS key, ${sumsOfRows(key)}
    FROM json_each(:rest) stretch
    CROSS JOIN ledger l ON l.held_at_ms >= stretch.value ->> 0 AND l.held_at_ms < stretch.value ->> 1
    WHERE ${whose} GROUP BY 1`;
}

function hoursPart(key: string, whose: string): string {
  return `
    SELECT ${key} AS key, ${SUMS_OF_SUMS}
    FROM json_each(:hours) hour CROSS JOIN usage_hourly u ON u.hour_ms = hour.value AND u.dimension = :dimension
    WHERE ${whose} GROUP BY 1`;
}

/** A whole tenant is most of the rows: `+` keeps the planner from the index by user, by time they are read in a third of the time. */
function whoseOf({ tenant, userId }: UsageQuery) {
  const user = userId === undefined ? [] : ['user_id = :userId'];
  const ofHours = tenant === undefined ? user : ['tenant = :tenant', ...user];
  const ofRows = tenant === undefined || userId !== undefined ? ofHours : ['+tenant = :tenant'];
  return {
    ofRows: ofRows.join(' AND ') || 'TRUE',
    ofHours: ofHours.join(' AND ') || 'TRUE',
    values: {
      ...(tenant !== undefined && { tenant: wellFormed(tenant) }),
      ...(userId !== undefined && { userId: wellFormed(userId) }),
    },
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
export function sumsOfRows(key: Key): string {
  const earlierHere = `
    SELECT 1 FROM ledger e WHERE e.request_id = l.request_id AND e.corrects IS NULL AND e.rowid < l.rowid
      AND ${key.rows('e')} = ${key.rows('l')}`;
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

/** Rows without the tag come under the empty key, so that the groups cover all that the totals do. */
function keyOf(groupBy: UsageGroup): Key {
  switch (groupBy) {
    case 'day': {
      const day = (ms: string) => `strftime('%Y-%m-%d', ${ms} / 1000, 'unixepoch')`;
      return {
        rows: (alias) => day(`${alias}.held_at_ms`),
        hours: { dimension: '', key: day('u.hour_ms') },
        values: {},
      };
    }
    case 'user':
      return { rows: (alias) => `${alias}.user_id`, hours: { dimension: '', key: 'u.user_id' }, values: {} };
    case 'model':
    case 'provider':
    case 'prompt':
      return DIMENSIONS[groupBy];
    default: {
      // json_each finds a name of any characters; a JSON path would have to quote it.
      const value = (alias: string) => `(SELECT value FROM json_each(${alias}.tags) WHERE key = :tag)`;
      return {
        rows: (alias) => `COALESCE(${value(alias)}, '')`,
        hours: null,
        values: { tag: wellFormed(groupBy.slice('tag:'.length)) },
      };
    }
  }
}

/** Of one grouping alone: the place in one list is none in another. */
function cursorOf(groupBy: UsageGroup, key: string): string {
  return Buffer.from(`${wellFormed(groupBy)}\n${key}`).toString('base64url');
}

function keyAfter(groupBy: UsageGroup, cursor: string): string | null {
  const position = Buffer.from(cursor, 'base64url').toString();
  const start = `${wellFormed(groupBy)}\n`;
  return position.startsWith(start) ? position.slice(start.length) : null;
}
