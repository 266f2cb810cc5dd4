// A few connections to PostgreSQL with a deadline on everything: to get one, and to be done with it. A connection on which
// anything went wrong is closed, so that nobody need know what state it is in. A server that does not answer costs the deadline
// three times; then the breaker is open and it costs nothing.

import type { Pool, PoolClient, PoolConfig } from 'pg';
import type { Clock } from '../../core/clock.ts';
import { Breaker } from '../breaker.ts';
import type { Columns } from './columns.ts';
import { failureOf, PostgresFailure } from './errors.ts';

/** One statement on one connection. Values never become part of the text. */
export type Run = (sql: string, values?: readonly unknown[]) => Promise<readonly Columns[]>;

export interface LaneOptions {
  readonly clock: Clock;
  readonly makePool: (config: PoolConfig) => Pool;
  readonly maxConnections: number;
  /** For a connection that is free, or a new one. */
  readonly connectMs: number;
  /** For all that is done with it. */
  readonly deadlineMs: number;
  readonly isOutage: (error: unknown) => boolean;
  /** Awaited before any work, within its deadline: the schema has to be there. */
  readonly ready: () => Promise<void>;
}

/** The server ends a statement by itself this much earlier, so that none goes on for nobody. */
const SERVER_LEAD_MS = 50;

export class Lane {
  readonly #options: LaneOptions;
  readonly #pool: Pool;
  readonly #breaker: Breaker;
  #closed = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#pool = options.makePool({
      max: options.maxConnections,
      connectionTimeoutMillis: options.connectMs,
      statement_timeout: options.deadlineMs - SERVER_LEAD_MS,
      // A transaction whose process has died must not hold its locks.
      idle_in_transaction_session_timeout: options.deadlineMs,
      keepAlive: true,
      allowExitOnIdle: true,
    });
    // The work on a connection hears of its end by itself; an event that nobody hears would end the process.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
    this.#breaker = new Breaker({
      clock: options.clock,
      isOutage: options.isOutage,
      refusal: () => new PostgresFailure('PostgreSQL did not answer lately and is not asked for a moment', null),
    });
  }

  /** True while the server is known to be away. */
  get isOpen(): boolean {
    return this.#breaker.isOpen;
  }

  /** Rejects with a PostgresFailure alone. */
  run<T>(work: (run: Run) => Promise<T>, deadlineMs: number = this.#options.deadlineMs): Promise<T> {
    return this.#breaker.run(async () => {
      await within(this.#options.clock, deadlineMs, this.#options.ready());
      const client = await this.#pool.connect().catch((error: unknown) => Promise.reject(failureOf(error)));
      return this.#use(client, work, deadlineMs);
    });
  }

  /** Everything or nothing, and what it reads is of the moment of its mode. */
  transaction<T>(begin: string, work: (run: Run) => Promise<T>, deadlineMs?: number): Promise<T> {
    return this.run(async (run) => {
      await run(begin);
      const result = await work(run);
      await run('COMMIT');
      return result;
    }, deadlineMs);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#pool.end();
  }

  async #use<T>(client: PoolClient, work: (run: Run) => Promise<T>, deadlineMs: number): Promise<T> {
    const run: Run = async (sql, values = []) => (await client.query(sql, [...values])).rows;
    try {
      const result = await within(this.#options.clock, deadlineMs, work(run));
      client.release();
      return result;
    } catch (error) {
      client.release(true);
      throw failureOf(error);
    }
  }
}

/** The work, or a failure as soon as its time is over; what becomes of it then interests nobody. */
export function within<T>(clock: Clock, deadlineMs: number, work: Promise<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const stopTimer = clock.after(deadlineMs, () => {
    // After a pause of this process answers may lie unread: they are read before this is called a time-out.
    setImmediate(() => reject(new PostgresFailure(`PostgreSQL did not answer within ${deadlineMs} ms`, null)));
  });
  work.then(resolve, reject).finally(stopTimer);
  return promise;
}
