// Questions for rows of the ledger, on any connection: the worker's, or the only one of a database in memory.

import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { wellFormed } from '../../core/check.ts';
import type { LedgerQuery, LedgerRow } from '../../core/stores.ts';
import { rowAfter, rowCursor } from '../page-cursors.ts';
import { COLUMN_LIST, rowOf } from './rows.ts';

const PAGE_ROWS = 100;
const PAGE_ROWS_MOST = 1_000;

export interface RowPage {
  readonly rows: readonly LedgerRow[];
  readonly nextCursor: string | null;
}

/** What a question asks for, as SQL on the ledger; `values` are its named parameters. */
interface Filter {
  readonly sql: string;
  readonly values: Readonly<Record<string, SQLInputValue>>;
}

/** Pages go by (held_at_ms, attempt_id), which no row ever changes: what is written meanwhile moves no page. */
export function selectRows(db: DatabaseSync, query: LedgerQuery): RowPage {
  const filter = filterOf(query);
  const after = query.cursor === undefined ? {} : rowAfter(query.cursor);
  if (after === null) return { rows: [], nextCursor: null };
  const fromThere = query.cursor === undefined ? '' : 'AND (held_at_ms, attempt_id) > (:atMs, :attemptId)';
  const limit = Math.min(Math.max(1, Math.trunc(query.limit ?? PAGE_ROWS)), PAGE_ROWS_MOST);
  const sql = `SELECT ${COLUMN_LIST} FROM ledger WHERE ${filter.sql} ${fromThere} ORDER BY held_at_ms, attempt_id LIMIT :most`;
  const found = db.prepare(sql).all({ ...filter.values, ...after, most: limit + 1 });
  const rows = found.slice(0, limit).map(rowOf);
  const last = rows.at(-1);
  return { rows, nextCursor: found.length > limit && last !== undefined ? rowCursor(last) : null };
}

export function selectOpenRows(db: DatabaseSync, tenant: string | null): LedgerRow[] {
  const sql = `SELECT ${COLUMN_LIST} FROM ledger WHERE state = 'open' AND (:tenant IS NULL OR tenant = :tenant) ORDER BY held_at_ms, attempt_id`;
  return db.prepare(sql).all({ tenant }).map(rowOf);
}

function filterOf(query: LedgerQuery): Filter {
  const { tenant, userId, requestId, keyId, state, fromMs, toMs } = query;
  const conditions: string[] = [];
  const values: Record<string, SQLInputValue> = {};
  const add = (name: string, value: string | number | undefined, condition: string) => {
    if (value === undefined) return;
    conditions.push(condition);
    values[name] = typeof value === 'string' ? wellFormed(value) : value;
  };
  // A whole tenant is most of the rows: by time they come in order and are read in a third of the time. `+` keeps the planner
  // from the index by user.
  add('tenant', tenant, `${userId === undefined ? '+' : ''}tenant = :tenant`);
  add('userId', userId, 'user_id = :userId');
  add('requestId', requestId, 'request_id = :requestId');
  add('keyId', keyId, 'key_id = :keyId');
  add('state', state, 'state = :state');
  add('fromMs', fromMs, 'held_at_ms >= :fromMs');
  add('toMs', toMs, 'held_at_ms < :toMs');
  return { sql: conditions.length === 0 ? 'TRUE' : conditions.join(' AND '), values };
}
