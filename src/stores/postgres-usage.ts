// Usage in PostgreSQL: totals and groups, from the roll-ups of whole hours and from the rows beside them. What a figure counts
// stands here once, for the rows and for the roll-ups that are made of them.

import { wellFormed } from '../core/check.ts';
import { picoUsd } from '../core/money.ts';
import { HOUR_MS, type Stretch, wholeHours } from '../core/rolled-hours.ts';
import type { UsageGroup, UsagePage, UsageQuery, UsageReport, UsageTotals } from '../core/stores.ts';
import { type Columns, text } from './postgres-columns.ts';
import type { Run } from './postgres-lane.ts';
import { Values } from './postgres-queries.ts';

const PAGE_GROUPS = 100;
const PAGE_GROUPS_MOST = 1_000;

/** Where a group's key stands, in the rows and in the roll-ups. `hours` is null where those do not have it. */
interface Key {
  readonly rows: string;
  readonly hours: KeyInHours | null;
}

interface KeyInHours {
  readonly dimension: Dimension;
  readonly key: string;
}

/** What roll-ups have keys of, beside callers and hours. */
type Dimension = '' | 'model' | 'provider' | 'prompt';
const KEY_IN_ROWS: Readonly<Record<Dimension, string>> = {
  '': "''",
  model: 'l.model',
  provider: 'l.provider',
  prompt: "COALESCE(l.prompt_name || '@' || l.prompt_version, '')",
};

/** Everything is one group. */
const ALL: Key = { rows: KEY_IN_ROWS[''], hours: { dimension: '', key: "''" } };

/** The run must read one moment: a request may stand in several groups, so totals are no sum of them. */
export async function selectUsage(
  run: Run,
  query: UsageQuery,
  groupBy: UsageGroup | null,
  { cursor, limit }: UsagePage,
): Promise<UsageReport> {
  const [all] = await select(run, query, () => ALL, { after: null, most: 1 });
  const totals = totalsOf(all ?? {});
  const after = cursor === undefined ? null : keyAfter(groupBy, cursor);
  if (groupBy === null || (cursor !== undefined && after === null)) return { totals, groups: [], nextCursor: null };
  const most = Math.min(Math.max(1, Math.trunc(limit ?? PAGE_GROUPS)), PAGE_GROUPS_MOST);
  const found = await select(run, query, (values) => keyOf(groupBy, values), { after, most: most + 1 });
  const groups = found.slice(0, most).map((columns) => ({ key: text(columns, 'key'), ...totalsOf(columns) }));
  const last = groups.at(-1);
  const nextCursor = found.length > most && last !== undefined ? cursorOf(groupBy, last.key) : null;
  return { totals, groups, nextCursor };
}

/** One row of sums a group, ascending by the bytes of its key. */
function select(
  run: Run,
  query: UsageQuery,
  keyIn: (values: Values) => Key,
  page: { readonly after: string | null; readonly most: number },
): Promise<readonly Columns[]> {
  const values = new Values();
  const key = keyIn(values);
  const asked = { fromMs: query.fromMs ?? 0, toMs: query.toMs ?? Number.MAX_SAFE_INTEGER };
  const whole = key.hours === null ? { fromMs: 0, toMs: 0 } : wholeHours(asked);
  const beside = besideHours(asked, whole).filter(({ fromMs, toMs }) => fromMs < toMs);
  const [first, end] = [values.add(whole.fromMs, 'bigint'), values.add(whole.toMs, 'bigint')];
  const starts = values.add(
    beside.map(({ fromMs }) => fromMs),
    'bigint[]',
  );
  const ends = values.add(
    beside.map(({ toMs }) => toMs),
    'bigint[]',
  );
  const whose = whoseOf(query, values);
  const after = page.after === null ? '' : `WHERE key COLLATE "C" > ${values.add(page.after, 'text')}`;
  const parts = [rowsPart(key.rows, whose)];
  if (key.hours !== null) parts.push(hoursPart(key.hours, `${scopeOf(query, key.hours)} AND ${whose}`, first, end));
  const sql = `
    WITH unrolled AS MATERIALIZED (
      SELECT DISTINCT hour_ms FROM unrolled_hours WHERE hour_ms >= ${first} AND hour_ms < ${end}
    ), stretch AS MATERIALIZED (
      SELECT hour_ms AS from_ms, hour_ms + ${HOUR_MS} AS to_ms FROM unrolled
      UNION ALL SELECT * FROM unnest(${starts}, ${ends})
    )
    SELECT key, ${SUMS_OF_SUMS} FROM (${parts.join(' UNION ALL ')}) part ${after}
    GROUP BY key ORDER BY key COLLATE "C" LIMIT ${values.add(page.most, 'bigint')}`;
  return run(sql, values.list);
}

/** What is left of the stretch beside its whole hours: the beginning and the end, or all of it. */
function besideHours(asked: Stretch, whole: Stretch): Stretch[] {
  if (whole.fromMs >= whole.toMs) return [asked];
  return [
    { fromMs: asked.fromMs, toMs: whole.fromMs },
    { fromMs: whole.toMs, toMs: asked.toMs },
  ];
}

// LATERAL, with an OFFSET that the planner does not look through: each stretch is then looked up in an index, and it never reads the
// whole ledger to compare every row with every stretch.
function rowsPart(key: string, whose: string): string {
  return `
    SELECT ${key} AS key, ${SUMS_OF_ROWS}
    FROM stretch, LATERAL (
      SELECT * FROM ledger WHERE held_at_ms >= stretch.from_ms AND held_at_ms < stretch.to_ms AND ${whose} OFFSET 0
    ) l GROUP BY 1`;
}

function hoursPart({ dimension, key }: KeyInHours, whose: string, first: string, end: string): string {
  return `
    SELECT ${key} AS key, ${SUMS_OF_SUMS}
    FROM usage_hourly
    WHERE ${whose} AND dimension = '${dimension}' AND hour_ms >= ${first} AND hour_ms < ${end}
      AND hour_ms NOT IN (SELECT hour_ms FROM unrolled) GROUP BY 1`;
}

function scopeOf({ userId }: UsageQuery, { key }: KeyInHours): string {
  return userId !== undefined || key === 'user_id' ? "scope = 'user'" : "scope = 'tenant' AND user_id = ''";
}

function whoseOf({ tenant, userId }: UsageQuery, values: Values): string {
  const conditions: string[] = [];
  if (tenant !== undefined) conditions.push(`tenant = ${values.add(tenant, 'text')}`);
  if (userId !== undefined) conditions.push(`user_id = ${values.add(userId, 'text')}`);
  return conditions.join(' AND ') || 'TRUE';
}

/** The figures of a group, and of a roll-up, by name. */
const SUM_COLUMNS = [
  'requests',
  'attempts',
  'cached',
  'unpriced',
  'prompt_tokens',
  'completion_tokens',
  'saved_tokens',
  'cost_pico_usd',
  'saved_pico_usd',
];
const SUMS_OF_SUMS = SUM_COLUMNS.map((column) => `SUM(${column}) AS ${column}`).join(', ');

const STANDS = 'l.corrects IS NULL';
const ATTEMPTED = `${STANDS} AND (l.outcome IS NULL OR l.outcome NOT IN ('cached', 'joined'))`;
const PRICED_SINCE = 'SELECT 1 FROM ledger c WHERE c.corrects = l.attempt_id AND c.cost_pico_usd IS NOT NULL';
const sum = (column: string, filter: string) => `COALESCE(SUM(${column}) FILTER (WHERE ${filter}), 0)`;

/** SUM of bigint is numeric, so no sum is ever too large. */
const SUMS_OF_ROWS = `
  COUNT(DISTINCT l.request_id) FILTER (WHERE ${STANDS}) AS requests,
  COUNT(*) FILTER (WHERE ${ATTEMPTED}) AS attempts,
  COUNT(*) FILTER (WHERE ${STANDS} AND l.outcome IN ('cached', 'joined')) AS cached,
  COUNT(*) FILTER (
    WHERE ${STANDS} AND l.cost_pico_usd IS NULL AND l.state NOT IN ('open', 'released') AND NOT EXISTS (${PRICED_SINCE})
  ) AS unpriced,
  ${sum('l.input_tokens', ATTEMPTED)} AS prompt_tokens,
  ${sum('l.output_tokens', ATTEMPTED)} AS completion_tokens,
  ${sum('l.saved_tokens', STANDS)} AS saved_tokens,
  ${sum('l.cost_pico_usd', 'TRUE')} AS cost_pico_usd,
  ${sum('l.saved_pico_usd', STANDS)} AS saved_pico_usd`;

const COLUMNS_IN_HOURS = `scope, dimension, tenant, user_id, hour_ms, key, ${SUM_COLUMNS.join(', ')}`;
const ALL_KEYS = Object.entries(KEY_IN_ROWS).map(([dimension, key]) => `('${dimension}', ${key})`);

/**
 * The roll-up of one hour, of all dimensions: by user, and of those by tenant, since a request has one user. Its values are the
 * hour's beginning and its end.
 */
export const ROLL_UP_HOUR = `
  WITH users AS (
    INSERT INTO usage_hourly (${COLUMNS_IN_HOURS})
    SELECT 'user', d.dimension, l.tenant, l.user_id, $1::bigint, d.key, ${SUMS_OF_ROWS}
    FROM ledger l CROSS JOIN LATERAL (VALUES ${ALL_KEYS.join(', ')}) AS d (dimension, key)
    WHERE l.held_at_ms >= $1 AND l.held_at_ms < $2
    GROUP BY d.dimension, l.tenant, l.user_id, d.key
    RETURNING *
  )
  INSERT INTO usage_hourly (${COLUMNS_IN_HOURS})
  SELECT 'tenant', dimension, tenant, '', hour_ms, key, ${SUMS_OF_SUMS}
  FROM users GROUP BY dimension, tenant, hour_ms, key`;

function totalsOf(columns: Columns): UsageTotals {
  const figure = (column: string) => Number(columns[column] ?? 0);
  const money = (column: string) => picoUsd(BigInt(text(columns, column) || 0));
  const [promptTokens, completionTokens] = [figure('prompt_tokens'), figure('completion_tokens')];
  return {
    requests: figure('requests'),
    attempts: figure('attempts'),
    cached: figure('cached'),
    promptTokens,
    completionTokens,
    totalTokens: promptTokens + completionTokens,
    costPicoUsd: money('cost_pico_usd'),
    savedTokens: figure('saved_tokens'),
    savedPicoUsd: money('saved_pico_usd'),
    unpriced: figure('unpriced'),
  };
}

/** Rows without the tag come under the empty key, so that the groups cover all that the totals do. */
function keyOf(groupBy: UsageGroup, values: Values): Key {
  switch (groupBy) {
    case 'day': {
      const day = (column: string) => `to_char(to_timestamp(${column} / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD')`;
      return { rows: day('l.held_at_ms'), hours: { dimension: '', key: day('hour_ms') } };
    }
    case 'user':
      return { rows: 'l.user_id', hours: { dimension: '', key: 'user_id' } };
    case 'model':
    case 'provider':
    case 'prompt':
      return { rows: KEY_IN_ROWS[groupBy], hours: { dimension: groupBy, key: 'key' } };
    default:
      return { rows: `COALESCE(l.tags ->> ${values.add(groupBy.slice('tag:'.length), 'text')}, '')`, hours: null };
  }
}

/** Of one grouping alone: the place in one list is none in another. */
function cursorOf(groupBy: UsageGroup, key: string): string {
  return Buffer.from(`${groupBy}\n${key}`).toString('base64url');
}

function keyAfter(groupBy: UsageGroup | null, cursor: string): string | null {
  const position = Buffer.from(cursor, 'base64url').toString();
  const start = `${groupBy === null ? '' : wellFormed(groupBy)}\n`;
  return position.startsWith(start) ? position.slice(start.length) : null;
}
