// Usage in PostgreSQL: totals and groups, from the roll-ups of whole hours and from the rows beside them. What a figure counts
// stands here once, for the rows and for the roll-ups that are made of them.

import { wellFormed } from '../../core/check.ts';
import { picoUsd } from '../../core/money.ts';
import { HOUR_MS, type Stretch, wholeHours, withoutHours } from '../../core/rolled-hours.ts';
import type { UsageGroup, UsagePage, UsageQuery, UsageReport, UsageTotals } from '../../core/stores.ts';
import { groupCursor, keyAfter } from '../page-cursors.ts';
import { type Columns, text } from './columns.ts';
import type { Run } from './lane.ts';
import { Values } from './queries.ts';

const PAGE_GROUPS = 100;
const PAGE_GROUPS_MOST = 1_000;

/** Where a group's key stands, in the rows and in the roll-ups. `hours` is null where those do not have it. */
interface Key {
  readonly rows: string;
  readonly hours: KeyInHours | null;
}

interface KeyInHours {
  readonly dimension: Dimension | 'user';
  readonly key: string;
}

/** What hours are rolled up by, of tenants and of users; '' is everything as one. */
type Dimension = '' | 'model' | 'provider' | 'prompt';
const KEY_IN_ROWS: Readonly<Record<Dimension, string>> = {
  '': "''",
  model: 'l.model',
  provider: 'l.provider',
  prompt: "COALESCE(l.prompt_name || '@' || l.prompt_version, '')",
};

const ALL: Key = { rows: KEY_IN_ROWS[''], hours: { dimension: '', key: "''" } };

interface Page {
  readonly after: string | null;
  readonly most: number;
}

/** The run must read one moment: a request may stand in several groups, so totals are no sum of them. */
export async function selectUsage(
  run: Run,
  query: UsageQuery,
  groupBy: UsageGroup | null,
  { cursor, limit }: UsagePage,
): Promise<UsageReport> {
  const rolled = await rolledHours(run, query);
  const [all] = await select(run, query, rolled, () => ALL, { after: null, most: 1 });
  const totals = totalsOf(all ?? {});
  if (groupBy === null) return { totals, groups: [], nextCursor: null };
  const after = cursor === undefined ? null : keyAfter(groupBy, cursor);
  if (cursor !== undefined && after === null) return { totals, groups: [], nextCursor: null };
  const most = Math.min(Math.max(1, Math.trunc(limit ?? PAGE_GROUPS)), PAGE_GROUPS_MOST);
  const page = { after, most: most + 1 };
  const found = await select(run, query, rolled, (values) => keyOf(groupBy, query, values), page);
  const groups = found.slice(0, most).map((columns) => ({ key: text(columns, 'key'), ...totalsOf(columns) }));
  const last = groups.at(-1);
  const nextCursor = found.length > most && last !== undefined ? groupCursor(groupBy, last.key) : null;
  return { totals, groups, nextCursor };
}

const stretchOf = ({ fromMs = 0, toMs = Number.MAX_SAFE_INTEGER }: UsageQuery): Stretch => ({ fromMs, toMs });

/** What of the stretch can be read from roll-ups: of its whole hours these alone, or all but these; and what is left of it. */
interface Rolled {
  readonly whole: Stretch;
  readonly which: '= ANY' | '<> ALL';
  readonly hours: readonly number[];
  readonly beside: readonly Stretch[];
}

const UNROLLED = 'SELECT DISTINCT hour_ms FROM unrolled_hours WHERE hour_ms >= $1 AND hour_ms < $2 ORDER BY hour_ms';
/** An hour in which the user was not busy has no roll-up of it. */
const BUSY = `
  SELECT hour_ms FROM usage_hourly h
  WHERE scope = 'user' AND dimension = '' AND tenant = $3 AND user_id = $4 AND hour_ms >= $1 AND hour_ms < $2
    AND NOT EXISTS (SELECT 1 FROM unrolled_hours u WHERE u.hour_ms = h.hour_ms) ORDER BY hour_ms`;

async function rolledHours(run: Run, query: UsageQuery): Promise<Rolled> {
  const asked = stretchOf(query);
  const whole = wholeHours(asked);
  const { tenant, userId } = query;
  // A name that any tenant may have given is not worth a roll-up of its own.
  if (whole.fromMs >= whole.toMs || (userId !== undefined && tenant === undefined))
    return { whole, which: '= ANY', hours: [], beside: [asked] };
  const within = [whole.fromMs, whole.toMs];
  const hoursOf = (found: readonly Columns[]) => found.map((columns) => Number(columns['hour_ms']));
  if (tenant !== undefined && userId !== undefined) {
    const hours = hoursOf(await run(BUSY, [...within, wellFormed(tenant), wellFormed(userId)]));
    return { whole, which: '= ANY', hours, beside: withoutHours(asked, hours) };
  }
  const hours = hoursOf(await run(UNROLLED, within));
  const edges = [
    { fromMs: asked.fromMs, toMs: whole.fromMs },
    { fromMs: whole.toMs, toMs: asked.toMs },
  ];
  const beside = [...edges, ...hours.map((fromMs) => ({ fromMs, toMs: fromMs + HOUR_MS }))];
  return { whole, which: '<> ALL', hours, beside };
}

/** One row of sums a group, ascending by the bytes of its key. */
function select(
  run: Run,
  query: UsageQuery,
  rolled: Rolled,
  keyIn: (values: Values) => Key,
  { after, most }: Page,
): Promise<readonly Columns[]> {
  const values = new Values();
  const key = keyIn(values);
  const beside = key.hours === null ? [stretchOf(query)] : rolled.beside;
  const parts = [rowsPart(key.rows, beside, whoseOf(query, values), values)];
  if (key.hours !== null) parts.push(hoursPart(key.hours, query, rolled, values));
  const fromThere = after === null ? '' : `WHERE key COLLATE "C" > ${values.add(after, 'text')}`;
  const sql = `
    SELECT key, ${SUMS_OF_SUMS} FROM (${parts.join(' UNION ALL ')}) part ${fromThere}
    GROUP BY key ORDER BY key COLLATE "C" LIMIT ${values.add(most, 'bigint')}`;
  return run(sql, values.list);
}

// LATERAL, with an OFFSET that the planner does not look through: each stretch is then looked up in an index, and it never reads the
// whole ledger to compare every row with every stretch.
function rowsPart(key: string, stretches: readonly Stretch[], whose: string, values: Values): string {
  const starts = values.add(
    stretches.map(({ fromMs }) => fromMs),
    'bigint[]',
  );
  const ends = values.add(
    stretches.map(({ toMs }) => toMs),
    'bigint[]',
  );
  return `
    SELECT ${key} AS key, ${SUMS_OF_ROWS}
    FROM unnest(${starts}, ${ends}) AS stretch (from_ms, to_ms), LATERAL (
      SELECT * FROM ledger WHERE held_at_ms >= stretch.from_ms AND held_at_ms < stretch.to_ms AND ${whose} OFFSET 0
    ) l GROUP BY 1`;
}

function hoursPart({ dimension, key }: KeyInHours, query: UsageQuery, rolled: Rolled, values: Values): string {
  const { whole, which, hours } = rolled;
  const scope = query.userId === undefined ? "scope = 'tenant' AND user_id = ''" : "scope = 'user'";
  return `
    SELECT ${key} AS key, ${SUMS_OF_SUMS} FROM usage_hourly
    WHERE ${scope} AND dimension = '${dimension}' AND ${whoseOf(query, values)}
      AND hour_ms >= ${values.add(whole.fromMs, 'bigint')} AND hour_ms < ${values.add(whole.toMs, 'bigint')}
      AND hour_ms ${which} (${values.add(hours, 'bigint[]')}) GROUP BY 1`;
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

const ALL_KEYS = Object.entries(KEY_IN_ROWS).map(([dimension, key]) => `('${dimension}', ${key})`);
/** A user with as many answers in an hour has a roll-up of it: one row, and one for each model, provider and prompt, some eight in all. */
const BUSY_ANSWERS = 8;

/**
 * The roll-up of one hour; its values are the hour's beginning and its end. Added up by user, and of that by tenant, since a
 * request has one user.
 */
export const ROLL_UP_HOUR = `
  WITH users AS MATERIALIZED (
    SELECT d.dimension, l.tenant, l.user_id, d.key, ${SUMS_OF_ROWS}
    FROM ledger l CROSS JOIN LATERAL (VALUES ${ALL_KEYS.join(', ')}) AS d (dimension, key)
    WHERE l.held_at_ms >= $1 AND l.held_at_ms < $2
    GROUP BY d.dimension, l.tenant, l.user_id, d.key
  ), busy AS (
    SELECT tenant, user_id FROM users WHERE dimension = '' AND attempts + cached >= ${BUSY_ANSWERS}
  )
  INSERT INTO usage_hourly (hour_ms, scope, dimension, tenant, user_id, key, ${SUM_COLUMNS.join(', ')})
  SELECT $1::bigint, * FROM (
    SELECT 'tenant', dimension, tenant, '', key, ${SUMS_OF_SUMS} FROM users GROUP BY dimension, tenant, key
    UNION ALL
    SELECT 'tenant', 'user', tenant, '', user_id, ${SUM_COLUMNS.join(', ')} FROM users WHERE dimension = ''
    UNION ALL
    SELECT 'user', dimension, tenant, user_id, key, ${SUM_COLUMNS.join(', ')} FROM users JOIN busy USING (tenant, user_id)
  ) made`;

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
function keyOf(groupBy: UsageGroup, { userId }: UsageQuery, values: Values): Key {
  switch (groupBy) {
    case 'day': {
      const day = (column: string) => `to_char(to_timestamp(${column} / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD')`;
      return { rows: day('l.held_at_ms'), hours: { dimension: '', key: day('hour_ms') } };
    }
    case 'user':
      // A user's roll-ups are of that user alone.
      return {
        rows: 'l.user_id',
        hours: userId === undefined ? { dimension: 'user', key: 'key' } : { dimension: '', key: 'user_id' },
      };
    case 'model':
    case 'provider':
    case 'prompt':
      return { rows: KEY_IN_ROWS[groupBy], hours: { dimension: groupBy, key: 'key' } };
    default:
      return { rows: `COALESCE(l.tags ->> ${values.add(groupBy.slice('tag:'.length), 'text')}, '')`, hours: null };
  }
}
