// The questions to the ledger in PostgreSQL that are answered row by row: pages of rows, open rows, charges. A statement is put
// together of fixed parts alone; what a caller said is always a value.

import { wellFormed } from '../../core/check.ts';
import type { CallerCharge, ChargeQuery, LedgerQuery, LedgerRow } from '../../core/stores.ts';
import { rowAfter, rowCursor } from '../page-cursors.ts';
import { type Columns, text } from './columns.ts';
import type { Run } from './lane.ts';
import { COLUMN_LIST, rowOf } from './rows.ts';

const PAGE_ROWS = 100;
const PAGE_ROWS_MOST = 1_000;

interface RowPage {
  readonly rows: readonly LedgerRow[];
  readonly nextCursor: string | null;
}

/** Values of a statement, and where each stands in it. */
export class Values {
  readonly list: unknown[] = [];

  /** `$n`, for a value of this type. */
  add(value: string | number | readonly number[], type: 'text' | 'bigint' | 'bigint[]'): string {
    this.list.push(typeof value === 'string' ? wellFormed(value) : value);
    return `$${this.list.length}::${type}`;
  }
}

/** Pages go by (held_at_ms, attempt_id), which no row ever changes: what is written meanwhile moves no page. */
export async function selectRows(run: Run, query: LedgerQuery): Promise<RowPage> {
  const values = new Values();
  const conditions = conditionsOf(query, values);
  if (query.cursor !== undefined) {
    const after = rowAfter(query.cursor);
    if (after === null) return { rows: [], nextCursor: null };
    conditions.push(
      `(held_at_ms, attempt_id) > (${values.add(after.atMs, 'bigint')}, ${values.add(after.attemptId, 'text')})`,
    );
  }
  const limit = Math.min(Math.max(1, Math.trunc(query.limit ?? PAGE_ROWS)), PAGE_ROWS_MOST);
  const sql = `
    SELECT ${COLUMN_LIST} FROM ledger WHERE ${conditions.join(' AND ') || 'TRUE'}
    ORDER BY held_at_ms, attempt_id LIMIT ${values.add(limit + 1, 'bigint')}`;
  const found = await run(sql, values.list);
  const rows = found.slice(0, limit).map(rowOf);
  const last = rows.at(-1);
  return { rows, nextCursor: found.length > limit && last !== undefined ? rowCursor(last) : null };
}

export async function selectOpenRows(run: Run, tenant: string | undefined): Promise<LedgerRow[]> {
  const values = new Values();
  const whose = tenant === undefined ? '' : `AND tenant = ${values.add(tenant, 'text')}`;
  const sql = `SELECT ${COLUMN_LIST} FROM ledger WHERE state = 'open' ${whose} ORDER BY held_at_ms, attempt_id`;
  return (await run(sql, values.list)).map(rowOf);
}

/** Integer division goes towards zero, which is up only for what is negative. */
const NANO_USD = 'cost_pico_usd / 1000 + (cost_pico_usd % 1000 > 0)::int';

// A correction is none: a budget goes by the price its calls were held at, whether its windows were ever filled again or not.
export async function selectCharges(run: Run, { tenant, fromMs, toMs, slotMs }: ChargeQuery): Promise<CallerCharge[]> {
  const values = new Values();
  const [from, to] = [values.add(fromMs, 'bigint'), values.add(toMs, 'bigint')];
  const slot = slotMs === null ? null : values.add(slotMs, 'bigint');
  const whose = tenant === undefined ? '' : `AND tenant = ${values.add(tenant, 'text')}`;
  const sql = `
    SELECT tenant, user_id,
      ${slot === null ? from : `GREATEST(${from}, held_at_ms / ${slot} * ${slot})`} AS at_ms,
      COUNT(DISTINCT request_id) AS requests,
      SUM(COALESCE(input_tokens + output_tokens, held_tokens, 0))
        FILTER (WHERE usage_source <> 'none') AS tokens,
      SUM(${NANO_USD}) AS nano_usd
    FROM ledger
    WHERE held_at_ms >= ${from} AND held_at_ms < ${to} AND state <> 'open' AND corrects IS NULL ${whose}
    GROUP BY 1, 2, 3`;
  return (await run(sql, values.list)).map(chargeOf);
}

function chargeOf(columns: Columns): CallerCharge {
  const amount = (column: string) => Math.min(Math.max(0, Number(columns[column])), Number.MAX_SAFE_INTEGER);
  return {
    caller: { tenant: text(columns, 'tenant'), userId: text(columns, 'user_id') },
    atMs: Number(columns['at_ms']),
    amounts: { requests: amount('requests'), tokens: amount('tokens'), nanoUsd: amount('nano_usd'), inFlight: 0 },
  };
}

function conditionsOf(query: LedgerQuery, values: Values): string[] {
  const conditions: string[] = [];
  const add = (value: string | number | undefined, column: string, comparison: '=' | '>=' | '<' = '=') => {
    if (value === undefined) return;
    const type = typeof value === 'string' ? 'text' : 'bigint';
    conditions.push(`${column} ${comparison} ${values.add(value, type)}`);
  };
  add(query.tenant, 'tenant');
  add(query.userId, 'user_id');
  add(query.requestId, 'request_id');
  add(query.keyId, 'key_id');
  add(query.state, 'state');
  add(query.fromMs, 'held_at_ms', '>=');
  add(query.toMs, 'held_at_ms', '<');
  return conditions;
}
