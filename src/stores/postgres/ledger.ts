// The ledger in PostgreSQL, where all instances write. A write is one statement and can be repeated: one whose reply was lost
// changes nothing the second time.

import type {
  CallerCharge,
  ChargeQuery,
  LedgerQuery,
  LedgerRow,
  LedgerStore,
  UsageGroup,
  UsagePage,
  UsageQuery,
  UsageReport,
} from '../../core/stores.ts';
import type { Postgres } from './connection.ts';
import { unavailable } from './errors.ts';
import type { Run } from './lane.ts';
import { selectCharges, selectOpenRows, selectRows } from './queries.ts';
import { rollUpOldest } from './roll-up.ts';
import { batchOf, UPSERT } from './rows.ts';
import { selectUsage } from './usage.ts';

/** The connection remains its owner's: closing the ledger does not close it. */
export function postgresLedger(postgres: Postgres): LedgerStore {
  return new PostgresLedger(postgres);
}

class PostgresLedger implements LedgerStore {
  readonly #postgres: Postgres;
  #isRolling = false;
  #closed = false;

  constructor(postgres: Postgres) {
    this.#postgres = postgres;
  }

  async write(rows: readonly LedgerRow[]): Promise<void> {
    if (rows.length === 0) return;
    try {
      this.#checkOpen();
      await this.#postgres.call(UPSERT, [batchOf(rows)]);
    } catch (error) {
      throw unavailable('ledger_unavailable', 'The ledger could not be written', error);
    }
  }

  rows(query: LedgerQuery): ReturnType<LedgerStore['rows']> {
    return this.#read((run) => selectRows(run, query));
  }

  usage(query: UsageQuery, groupBy: UsageGroup | null, page: UsagePage = {}): Promise<UsageReport> {
    return this.#read((run) => selectUsage(run, query, groupBy, page));
  }

  openRows(tenant?: string): Promise<readonly LedgerRow[]> {
    return this.#read((run) => selectOpenRows(run, tenant));
  }

  charges(query: ChargeQuery): Promise<readonly CallerCharge[]> {
    return this.#read((run) => selectCharges(run, query));
  }

  async rollUp(beforeMs: number): Promise<number> {
    if (this.#isRolling) return 0;
    this.#isRolling = true;
    try {
      this.#checkOpen();
      return await rollUpOldest(this.#postgres, beforeMs);
    } catch (error) {
      throw unavailable('store_unavailable', 'The usage of an hour could not be rolled up', error);
    } finally {
      this.#isRolling = false;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async #read<T>(question: (run: Run) => Promise<T>): Promise<T> {
    try {
      this.#checkOpen();
      return await this.#postgres.ask(question);
    } catch (error) {
      throw unavailable('store_unavailable', 'The ledger could not be read', error);
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new Error('The ledger is closed');
  }
}
