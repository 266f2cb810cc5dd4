// The ledger in one SQLite file. Writes are synchronous and short; questions go to a worker thread. A database in memory
// (tests, `memory`) has one connection only and answers on it.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Clock } from '../../core/clock.ts';
import { llmError } from '../../core/errors.ts';
import { HOUR_MS } from '../../core/rolled-hours.ts';
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
import { inTransaction, openDatabase } from './database.ts';
import { type RowPage, selectOpenRows } from './queries.ts';
import { type Answers, answerTo, type Question } from './questions.ts';
import { ReaderThread } from './reader-thread.ts';
import { beginHour, putInForce, writeHourlySums } from './roll-ups.ts';
import { UPSERT, valuesOf } from './rows.ts';

/** Somebody waits for the answer. */
const QUESTION_DEADLINE_MS = 5_000;
/** Nobody does: windows are filled again, hours are rolled up. */
const WORK_DEADLINE_MS = 60_000;
/** Hours of one call of rollUp. */
const HOURS_AT_ONCE = 24;

/** The path of a file, or `:memory:`. Throws `store_unavailable`. The clock is for the deadline of questions. */
export function openSqliteLedger(path: string, clock: Clock): LedgerStore {
  const db = openDatabase(path);
  if (path === ':memory:') return new SqliteLedger(db, null);
  // Two threads, so that nobody's question waits behind an hour that is being added up.
  const questions = new ReaderThread(path, clock, QUESTION_DEADLINE_MS);
  return new SqliteLedger(db, { questions, work: new ReaderThread(path, clock, WORK_DEADLINE_MS) });
}

interface Readers {
  readonly questions: ReaderThread;
  readonly work: ReaderThread;
}

class SqliteLedger implements LedgerStore {
  readonly #db: DatabaseSync;
  readonly #readers: Readers | null;
  readonly #upsert: StatementSync;
  /** Hours are rolled up one after another: two at work on one hour could not tell whose writes were noticed. */
  #rolling: Promise<unknown> = Promise.resolve();

  constructor(db: DatabaseSync, readers: Readers | null) {
    this.#db = db;
    this.#readers = readers;
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

  rows(query: LedgerQuery): Promise<RowPage> {
    return this.#ask('questions', 'rows', { kind: 'rows', query });
  }

  usage(query: UsageQuery, groupBy: UsageGroup | null, page: UsagePage = {}): Promise<UsageReport> {
    return this.#ask('questions', 'usage', { kind: 'usage', query, groupBy, page });
  }

  // On the main thread: open rows are as few as the calls under way, and an index names them.
  async openRows(tenant?: string): Promise<readonly LedgerRow[]> {
    return this.#onMain((db) => selectOpenRows(db, tenant ?? null));
  }

  charges(query: ChargeQuery): Promise<readonly CallerCharge[]> {
    return this.#ask('work', 'charges', { kind: 'charges', query });
  }

  rollUp(beforeMs: number): Promise<number> {
    const rolled = this.#rolling.then(() => this.#rollHours(beforeMs));
    this.#rolling = rolled.catch(() => {});
    return rolled;
  }

  async close(): Promise<void> {
    await this.#readers?.questions.close();
    await this.#readers?.work.close();
    await this.#rolling;
    if (this.#db.isOpen) this.#db.close();
  }

  async #rollHours(beforeMs: number): Promise<number> {
    let done = 0;
    let fromMs = 0;
    for (let tried = 0; tried < HOURS_AT_ONCE; tried++) {
      const hourMs = await this.#ask('work', 'hourToRoll', { kind: 'hourToRoll', fromMs, beforeMs });
      if (hourMs === null) break;
      if (await this.#rollHour(hourMs)) done++;
      // An hour that was written to meanwhile is for the next call.
      fromMs = hourMs + HOUR_MS;
    }
    return done;
  }

  async #rollHour(hourMs: number): Promise<boolean> {
    await this.#onMain((db) => beginHour(db, hourMs));
    const sums = await this.#ask('work', 'hourlySums', { kind: 'hourlySums', hourMs });
    return this.#onMain(async (db) => {
      await writeHourlySums(db, sums);
      return putInForce(db, hourMs);
    });
  }

  async #ask<Kind extends keyof Answers>(
    reader: keyof Readers,
    kind: Kind,
    question: Question & { readonly kind: Kind },
  ): Promise<Answers[Kind]> {
    const answers = await (this.#readers === null
      ? this.#onMain((db) => answerTo(db, question))
      : this.#readers[reader].ask(question));
    const answer = answers[kind];
    if (answer === undefined) throw failure('store_unavailable', 'read', new Error(`No answer to ${kind}`));
    return answer;
  }

  async #onMain<T>(work: (db: DatabaseSync) => T | Promise<T>): Promise<T> {
    try {
      return await work(this.#db);
    } catch (cause) {
      throw failure('store_unavailable', 'read', cause);
    }
  }
}

function failure(code: 'ledger_unavailable' | 'store_unavailable', what: string, cause: unknown): Error {
  return llmError(code, `The ledger could not be ${what}; the log says why`, { cause });
}
