// The ledger in one SQLite file. Writes are synchronous and short; questions go to a worker thread. A database in memory
// (tests, `memory`) has one connection only and answers on it.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Clock } from '../core/clock.ts';
import { llmError } from '../core/errors.ts';
import type {
  CallerCharge,
  ChargeQuery,
  LedgerQuery,
  LedgerRow,
  LedgerStore,
  UsageGroup,
  UsageReport,
} from '../core/stores.ts';
import { ReaderThread } from './reader-thread.ts';
import { inTransaction, openDatabase } from './sqlite-database.ts';
import { type RowPage, selectCharges, selectOpenRows, selectRows, selectUsage } from './sqlite-queries.ts';
import { UPSERT, valuesOf } from './sqlite-rows.ts';

/** The path of a file, or `:memory:`. Throws `store_unavailable`. The clock is for the deadline of questions. */
export function openSqliteLedger(path: string, clock: Clock): LedgerStore {
  const db = openDatabase(path);
  return new SqliteLedger(db, path === ':memory:' ? null : new ReaderThread(path, clock));
}

class SqliteLedger implements LedgerStore {
  readonly #db: DatabaseSync;
  readonly #reader: ReaderThread | null;
  readonly #upsert: StatementSync;

  constructor(db: DatabaseSync, reader: ReaderThread | null) {
    this.#db = db;
    this.#reader = reader;
    this.#upsert = db.prepare(UPSERT);
  }

  async write(rows: readonly LedgerRow[]): Promise<void> {
    if (rows.length === 0) return;
    try {
      inTransaction(this.#db, () => {
        for (const row of rows) this.#upsert.run(...valuesOf(row));
      });
    } catch (cause) {
      throw failure('ledger_unavailable', 'written', cause);
    }
  }

  async rows(query: LedgerQuery): Promise<RowPage> {
    return this.#reader === null ? this.#read((db) => selectRows(db, query)) : this.#reader.rows(query);
  }

  async usage(query: LedgerQuery, groupBy: UsageGroup | null): Promise<UsageReport> {
    return this.#reader === null
      ? this.#read((db) => selectUsage(db, query, groupBy))
      : this.#reader.usage(query, groupBy);
  }

  async openRows(tenant?: string): Promise<readonly LedgerRow[]> {
    return this.#read((db) => selectOpenRows(db, tenant ?? null));
  }

  // On the main thread, like openRows: it is asked before anything listens.
  async charges(query: ChargeQuery): Promise<readonly CallerCharge[]> {
    return this.#read((db) => selectCharges(db, query));
  }

  async rollUp(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {
    await this.#reader?.close();
    if (this.#db.isOpen) this.#db.close();
  }

  #read<T>(question: (db: DatabaseSync) => T): T {
    try {
      return question(this.#db);
    } catch (cause) {
      throw failure('store_unavailable', 'read', cause);
    }
  }
}

function failure(code: 'ledger_unavailable' | 'store_unavailable', what: string, cause: unknown): Error {
  return llmError(code, `The ledger could not be ${what}; the log says why`, { cause });
}
