// A real ledger behind a switch: away, silent until its deadline, refusing rows, or taking them and losing the reply.

import type { LedgerRow, LedgerStore } from '../../src/core/stores.ts';
import { openSqliteLedger } from '../../src/stores/sqlite/ledger.ts';
import type { SimulatedClock } from '../simulated-clock.ts';

class Outage extends Error {}
class BadRow extends Error {}
class Doubt extends Error {}

/** As with PostgreSQL, what bears no mark of its own was said by no server. */
export const isOutage = (error: unknown) => !(error instanceof BadRow || error instanceof Doubt);
export const isDataError = (error: unknown) => error instanceof BadRow;

/** As of PostgreSQL: a query that is not answered within it has failed. */
const DEADLINE_MS = 500;

export class SwitchedLedger {
  state: 'up' | 'away' | 'silent' | 'loses_replies' = 'up';
  /** Plainly the row's fault. */
  refuses = (_row: LedgerRow): boolean => false;
  /** Refused with an error that may mean anything. */
  doubts = (_row: LedgerRow): boolean => false;
  /** Of more rows than this it is not done within the deadline. */
  slowAbove = Number.POSITIVE_INFINITY;
  readonly batches: (readonly LedgerRow[])[] = [];
  readonly #clock: SimulatedClock;
  readonly #inner: LedgerStore;

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
    this.#inner = openSqliteLedger(':memory:', clock);
  }

  get store(): LedgerStore {
    const inner = this.#inner;
    return {
      rows: async (query) => {
        if (this.state === 'away') throw new Outage('away');
        return inner.rows(query);
      },
      usage: (query, groupBy) => inner.usage(query, groupBy),
      openRows: (tenant) => inner.openRows(tenant),
      charges: (query) => inner.charges(query),
      rollUp: (beforeMs) => inner.rollUp(beforeMs),
      close: () => inner.close(),
      write: (rows) => this.#write(rows),
    };
  }

  /** All of them, oldest first. */
  async written(): Promise<LedgerRow[]> {
    const rows: LedgerRow[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<LedgerStore['rows']>> = await this.#inner.rows({
        limit: 1_000,
        ...(cursor !== null && { cursor }),
      });
      rows.push(...page.rows);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return rows;
  }

  async #write(rows: readonly LedgerRow[]): Promise<void> {
    this.batches.push(rows);
    if (this.state === 'away') throw new Outage('away');
    if (this.state === 'silent' || rows.length > this.slowAbove) {
      await new Promise<void>((resolve) => this.#clock.after(DEADLINE_MS, resolve));
      throw new Outage('no answer within its deadline');
    }
    if (rows.some(this.refuses)) throw new BadRow('invalid byte sequence');
    if (rows.some(this.doubts)) throw new Doubt('something else');
    await this.#inner.write(rows);
    if (this.state === 'loses_replies') throw new Outage('connection cut');
  }
}
