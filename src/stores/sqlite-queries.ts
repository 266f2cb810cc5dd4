// The questions to the ledger, on any connection: the worker's, or the only one of a database in memory.

import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { wellFormed } from '../core/check.ts';
import { type PicoUsd, picoUsd } from '../core/money.ts';
import type {
  CallerCharge,
  ChargeQuery,
  LedgerQuery,
  LedgerRow,
  UsageGroup,
  UsageReport,
  UsageTotals,
} from '../core/stores.ts';
import { COLUMN_LIST, type Columns, rowOf, text } from './sqlite-rows.ts';

const PAGE_ROWS = 100;
const PAGE_ROWS_MOST = 1_000;

export interface RowPage {
  readonly rows: readonly LedgerRow[];
  readonly nextCursor: string | null;
}

/** What a question asks for, as SQL on a table of this alias; `values` are its named parameters. */
interface Filter {
  readonly on: (alias: string) => string;
  readonly values: Readonly<Record<string, SQLInputValue>>;
}

/** Pages go by (held_at_ms, attempt_id), which no row ever changes: what is written meanwhile moves no page. */
export function selectRows(db: DatabaseSync, query: LedgerQuery): RowPage {
  const filter = filterOf(query);
  const after = query.cursor === undefined ? {} : positionOf(query.cursor);
  if (after === null) return { rows: [], nextCursor: null };
  const fromThere = query.cursor === undefined ? '' : 'AND (held_at_ms, attempt_id) > (:atMs, :attemptId)';
  const limit = Math.min(Math.max(1, Math.trunc(query.limit ?? PAGE_ROWS)), PAGE_ROWS_MOST);
  const sql = `SELECT ${COLUMN_LIST} FROM ledger l WHERE ${filter.on('l')} ${fromThere} ORDER BY held_at_ms, attempt_id LIMIT :most`;
  const found = db.prepare(sql).all({ ...filter.values, ...after, most: limit + 1 });
  const rows = found.slice(0, limit).map(rowOf);
  const last = rows.at(-1);
  return { rows, nextCursor: found.length > limit && last !== undefined ? cursorOf(last) : null };
}

export function selectOpenRows(db: DatabaseSync, tenant: string | null): LedgerRow[] {
  const sql = `SELECT ${COLUMN_LIST} FROM ledger WHERE state = 'open' AND (:tenant IS NULL OR tenant = :tenant) ORDER BY held_at_ms, attempt_id`;
  return db.prepare(sql).all({ tenant }).map(rowOf);
}

export function selectCharges(db: DatabaseSync, { fromMs, toMs }: ChargeQuery): CallerCharge[] {
  const sql = `
    SELECT tenant, user_id,
      COUNT(*) FILTER (WHERE is_first) AS requests,
      TOTAL(CASE WHEN usage_source = 'none' THEN 0 ELSE COALESCE(input_tokens + output_tokens, held_tokens, 0) END) AS tokens,
      TOTAL((cost_pico_usd + 999) / 1000) AS nano_usd
    FROM ledger WHERE held_at_ms >= ? AND held_at_ms < ? GROUP BY tenant, user_id`;
  return db
    .prepare(sql)
    .all(fromMs, toMs)
    .map((columns) => {
      const amount = (column: string) => Math.min(Math.max(0, Number(columns[column])), Number.MAX_SAFE_INTEGER);
      return {
        caller: { tenant: text(columns, 'tenant'), userId: text(columns, 'user_id') },
        atMs: fromMs,
        amounts: { requests: amount('requests'), tokens: amount('tokens'), nanoUsd: amount('nano_usd'), inFlight: 0 },
      };
    });
}

/** Totals and groups are of one moment, though two statements: a request may stand in several groups, so totals are no sum of them. */
export function selectUsage(db: DatabaseSync, query: LedgerQuery, groupBy: UsageGroup | null): UsageReport {
  const filter = filterOf(query);
  const from = `FROM ledger l WHERE ${filter.on('l')}`;
  db.exec('BEGIN');
  try {
    const totals = totalsOf(db.prepare(`SELECT ${sums(filter, null)} ${from}`).get(filter.values) ?? {});
    if (groupBy === null) return { totals, groups: [], nextCursor: null };
    const key = keyOf(groupBy);
    const sql = `SELECT ${key.on('l')} AS key, ${sums(filter, key)} ${from} GROUP BY 1 ORDER BY 1`;
    const groups = db.prepare(sql).all({ ...filter.values, ...key.values });
    return {
      totals,
      groups: groups.map((columns) => ({ key: text(columns, 'key'), ...totalsOf(columns) })),
      nextCursor: null,
    };
  } finally {
    db.exec('COMMIT');
  }
}

/**
 * SUM of 64-bit integers overflows and TOTAL is a float, so money is summed in two limbs of 32 bits: exact for 2^31 rows of any
 * amount, negative ones included (>> keeps the sign). Tokens are `number` in the end: TOTAL, exact up to 2^53, never throws.
 */
function limbs(column: string, name: string): string {
  return `SUM(${column} >> 32) AS ${name}_high, SUM(${column} & 4294967295) AS ${name}_low`;
}

const ATTEMPTED = "(outcome IS NULL OR outcome NOT IN ('cached', 'joined'))";

// Distinct requests: each is counted at its first row, or, where that is filtered away or stands in another group, at the first
// of its rows that is here. Rows that are not the first of their request are few (retries), so few are looked up.
function sums(filter: Filter, key: Filter | null): string {
  const sameGroup = key === null ? '' : `AND ${key.on('e')} = ${key.on('l')}`;
  const earlierHere = `SELECT 1 FROM ledger e WHERE e.request_id = l.request_id AND e.rowid < l.rowid AND ${filter.on('e')} ${sameGroup}`;
  return `
    COUNT(*) FILTER (WHERE is_first OR NOT EXISTS (${earlierHere})) AS requests,
    COUNT(*) FILTER (WHERE ${ATTEMPTED}) AS attempts,
    COUNT(*) FILTER (WHERE NOT ${ATTEMPTED}) AS cached,
    TOTAL(input_tokens) FILTER (WHERE ${ATTEMPTED}) AS prompt_tokens,
    TOTAL(output_tokens) FILTER (WHERE ${ATTEMPTED}) AS completion_tokens,
    TOTAL(saved_tokens) AS saved_tokens,
    ${limbs('cost_pico_usd', 'cost')},
    ${limbs('saved_pico_usd', 'saved')},
    COUNT(*) FILTER (WHERE cost_pico_usd IS NULL AND state NOT IN ('open', 'released')) AS unpriced`;
}

function totalsOf(columns: Columns): UsageTotals {
  const promptTokens = Number(columns['prompt_tokens']);
  const completionTokens = Number(columns['completion_tokens']);
  return {
    requests: Number(columns['requests']),
    attempts: Number(columns['attempts']),
    cached: Number(columns['cached']),
    promptTokens,
    completionTokens,
    totalTokens: promptTokens + completionTokens,
    costPicoUsd: sumOf(columns, 'cost'),
    savedTokens: Number(columns['saved_tokens']),
    savedPicoUsd: sumOf(columns, 'saved'),
    unpriced: Number(columns['unpriced']),
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
function keyOf(groupBy: UsageGroup): Filter {
  switch (groupBy) {
    case 'day':
      return { on: (alias) => `strftime('%Y-%m-%d', ${alias}.held_at_ms / 1000, 'unixepoch')`, values: {} };
    case 'prompt':
      return { on: (alias) => `COALESCE(${alias}.prompt_name || '@' || ${alias}.prompt_version, '')`, values: {} };
    case 'user':
      return { on: (alias) => `${alias}.user_id`, values: {} };
    case 'model':
    case 'provider':
      return { on: (alias) => `${alias}.${groupBy}`, values: {} };
    default: {
      // json_each finds a name of any characters; a JSON path would have to quote it.
      const value = (alias: string) => `(SELECT value FROM json_each(${alias}.tags) WHERE key = :tag)`;
      return {
        on: (alias) => `COALESCE(${value(alias)}, '')`,
        values: { tag: wellFormed(groupBy.slice('tag:'.length)) },
      };
    }
  }
}

function filterOf({ tenant, userId, requestId, fromMs, toMs }: LedgerQuery): Filter {
  const conditions: ((alias: string) => string)[] = [];
  const values: Record<string, SQLInputValue> = {};
  const add = (name: string, value: string | number | undefined, condition: (alias: string) => string) => {
    if (value === undefined) return;
    conditions.push(condition);
    values[name] = typeof value === 'string' ? wellFormed(value) : value;
  };
  // A whole tenant is most of the rows: by time they come in order and are read in a third of the time. `+` keeps the planner
  // from the index by user.
  add('tenant', tenant, (alias) => `${userId === undefined ? '+' : ''}${alias}.tenant = :tenant`);
  add('userId', userId, (alias) => `${alias}.user_id = :userId`);
  add('requestId', requestId, (alias) => `${alias}.request_id = :requestId`);
  add('fromMs', fromMs, (alias) => `${alias}.held_at_ms >= :fromMs`);
  add('toMs', toMs, (alias) => `${alias}.held_at_ms < :toMs`);
  return {
    on: (alias) => (conditions.length === 0 ? 'TRUE' : conditions.map((sql) => sql(alias)).join(' AND ')),
    values,
  };
}

const CURSOR = /^(-?\d{1,16}):(.+)$/s;

function cursorOf({ heldAtMs, attemptId }: LedgerRow): string {
  return Buffer.from(`${heldAtMs}:${attemptId}`).toString('base64url');
}

function positionOf(cursor: string): { readonly atMs: number; readonly attemptId: string } | null {
  const [, heldAtMs, attemptId] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  return heldAtMs === undefined || attemptId === undefined ? null : { atMs: Number(heldAtMs), attemptId };
}
