// PostgreSQL as the stores use it: short calls and questions on connections of their own, so that no report keeps a key from being
// looked up; and the schema, brought up to date at the first contact, which may be long after the start.

import type { PoolConfig } from 'pg';
import type { Clock } from '../../core/clock.ts';
import { llmError } from '../../core/errors.ts';
import type { Columns } from './columns.ts';
import { isOutage, isOutageForQuestions } from './errors.ts';
import { Lane, type Run } from './lane.ts';
import { migrate } from './schema.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`; `sslmode` and `options` (a search_path) as libpq knows them. */
  readonly url: string;
  readonly clock: Clock;
  /** Of this process, at least 2. Default 6: what is short needs few, and servers allow 100 in all. */
  readonly maxConnections?: number;
  /** Left out: those that a request can wait for. */
  readonly deadlines?: Deadlines;
}

interface Deadlines {
  /** For a connection, which takes a few round trips: what needs longer is as good as away. */
  readonly connectMs: number;
  readonly callMs: number;
  readonly questionMs: number;
}

const DEADLINES: Deadlines = { connectMs: 300, callMs: 500, questionMs: 5_000 };
const MAX_CONNECTIONS = 6;
/** Of all connections, the part that questions have to themselves. */
const QUESTIONS_SHARE = 1 / 3;

/** Asks nobody yet. Throws `store_unavailable` when the URL is none, or the driver is not installed. */
export async function openPostgres(options: PostgresOptions): Promise<Postgres> {
  checkUrl(options.url);
  const pg = await import('pg').catch(() => {
    throw llmError('store_unavailable', 'DATABASE_URL needs the package pg, which is not installed: npm install pg');
  });
  const { connectMs } = options.deadlines ?? DEADLINES;
  const connection = { connectionString: options.url, application_name: 'codementor-llm' };
  return new Postgres(options, {
    makePool: (config) => new pg.default.Pool({ ...connection, ...config }),
    // Async, so that a URL which names a file that is not there fails like any other call.
    migrate: async () =>
      migrate(new pg.default.Client({ ...connection, connectionTimeoutMillis: connectMs }), options.clock),
  });
}

interface Driver {
  readonly makePool: (config: PoolConfig) => InstanceType<typeof import('pg').Pool>;
  readonly migrate: () => Promise<void>;
}

export class Postgres {
  readonly #short: Lane;
  readonly #questions: Lane;
  readonly #driver: Driver;
  #schema: Promise<void> | null = null;
  #isMet = false;

  constructor({ clock, maxConnections = MAX_CONNECTIONS, deadlines = DEADLINES }: PostgresOptions, driver: Driver) {
    this.#driver = driver;
    const forQuestions = Math.max(1, Math.floor(maxConnections * QUESTIONS_SHARE));
    const { connectMs, callMs, questionMs } = deadlines;
    const shared = { clock, makePool: driver.makePool, connectMs, ready: () => this.migrate() };
    this.#short = new Lane({
      ...shared,
      maxConnections: Math.max(1, maxConnections - forQuestions),
      deadlineMs: callMs,
      isOutage,
    });
    this.#questions = new Lane({
      ...shared,
      maxConnections: forQuestions,
      deadlineMs: questionMs,
      isOutage: isOutageForQuestions,
    });
  }

  /** True while the server is known to be away, when calls fail at once, and until it was met for the first time. */
  get isAway(): boolean {
    return this.#short.isOpen || !this.#isMet;
  }

  /** Brings the schema up to date, once. To be awaited at the start, unless the start shall not depend on the server. */
  migrate(): Promise<void> {
    this.#schema ??= this.#driver.migrate().then(
      () => {
        this.#isMet = true;
      },
      (error: unknown) => {
        this.#schema = null;
        throw error;
      },
    );
    return this.#schema;
  }

  /** One short statement. Like all below it rejects with a PostgresFailure, within its deadline. */
  call(sql: string, values?: readonly unknown[]): Promise<readonly Columns[]> {
    return this.#short.run((run) => run(sql, values));
  }

  /** Several statements that read the same moment. */
  ask<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return this.#questions.transaction('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', work);
  }

  /** Work in the background, of its own length; every statement sees what was committed before it. */
  work<T>(work: (run: Run) => Promise<T>, deadlineMs?: number): Promise<T> {
    return this.#questions.transaction('BEGIN ISOLATION LEVEL READ COMMITTED', work, deadlineMs);
  }

  /** Resolves when the server answers. */
  async ping(): Promise<void> {
    await this.call('SELECT 1');
  }

  async close(): Promise<void> {
    await Promise.all([this.#short.close(), this.#questions.close()]);
  }
}

/** What is no URL is not repeated: it may be a password. */
function checkUrl(url: string): void {
  const { protocol } = URL.parse(url) ?? {};
  if (protocol !== 'postgres:' && protocol !== 'postgresql:')
    throw llmError(
      'store_unavailable',
      'DATABASE_URL is no URL of the form postgres://user:password@host:port/database',
    );
}
