// The way to Redis: one connection (or one cluster), a deadline on every call, and `store_unavailable` for whatever keeps a call
// from being answered. No error and no line names the address: it may hold a password, and so may what a client library attaches
// to its errors, so none of those is passed on, not even as a cause.

import { createHash } from 'node:crypto';
import { Cluster, Redis } from 'ioredis';
import type { Clock } from '../../core/clock.ts';
import { LLMError, llmError } from '../../core/errors.ts';
import type { Report } from '../../core/parts.ts';
import { type RedisAddress, redisAddressOf } from './address.ts';

/** A healthy answer takes under 1 ms within a data centre; what takes longer than this is an outage to whoever waits for it. */
const COMMAND_TIMEOUT_MS = 50;
/** When the client gives up a command itself, so that what waits behind it is sent: later than the call, which has ended by then. */
const ABANDON_FACTOR = 4;
const CONNECT_TIMEOUT_MS = 1_000;
/** A connection that swallows commands is made anew: TCP alone would take a quarter of an hour to notice. */
const SILENT_CONNECTION_MS = 2_000;
const LOOK_AGAIN_MS = 1_000;
const FIRST_RECONNECT_MS = 50;
const SLOWEST_RECONNECT_MS = 2_000;
const CLUSTER_REDIRECTIONS = 3;
const NO_CONNECTION = 'no connection';

export interface RedisOptions {
  /** `redis://` or `rediss://`; several with commas between, or `?cluster=true`: a cluster. */
  readonly url: string;
  readonly clock: Clock;
  readonly report: Report;
  readonly commandTimeoutMs?: number;
}

/** A script by its text; Redis knows it by the hash. */
export interface RedisScript {
  readonly lua: string;
  readonly sha: string;
}

export function redisScript(lua: string): RedisScript {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/** Whether an error of a store on Redis means that it could not be asked: what a breaker counts. */
export function isRedisOutage(error: unknown): boolean {
  return error instanceof LLMError && error.code === 'store_unavailable';
}

export class RedisClient {
  /** For subscriptions and events; whatever is awaited goes through `ask` and `run`. */
  readonly connection: Redis | Cluster;
  readonly #options: RedisOptions;
  readonly #timeoutMs: number;
  readonly #onLost = new Set<() => void>();
  readonly #awaited: ((isReady: boolean) => void)[] = [];
  #isAway = false;
  #hasAnswered = false;
  #isClosed = false;
  #isWarned = false;
  #stopLooking = () => {};
  /** Why there is no connection, while there is none. */
  #lastReason = 'not made yet';

  constructor(options: RedisOptions) {
    this.#options = options;
    this.#timeoutMs = options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS;
    this.connection = connect(redisAddressOf(options.url), this.#timeoutMs);
    this.connection.on('error', (error: unknown) => {
      this.#lastReason = reasonOf(error);
    });
    const lost = () => {
      for (const listener of this.#onLost) listener();
    };
    this.connection.on('close', () => {
      lost();
      this.#away();
    });
    const met = () => {
      if (this.#isWhole) for (const resolve of this.#awaited.splice(0)) resolve(true);
    };
    this.connection.on('ready', () => {
      this.#connectNodes();
      this.#back();
      met();
    });
    if (this.connection instanceof Cluster)
      this.connection
        .on('+node', (node: Redis) => {
          node.on('close', lost).on('ready', met);
          if (this.isReady) this.#connectNodes();
        })
        .on('-node', met);
  }

  get isReady(): boolean {
    return this.connection.status === 'ready';
  }

  /** Has any call had its answer in time, ever? A connection alone says little: making one may take longer than a call. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** Resolves when it is connected, or when that has taken so long; says which. */
  whenReady(withinMs: number): Promise<boolean> {
    if (this.#isWhole) return Promise.resolve(true);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#awaited.push(resolve);
    const cancel = this.#options.clock.after(withinMs, () => {
      this.#awaited.splice(this.#awaited.indexOf(resolve), 1);
      resolve(this.isReady);
    });
    return promise.finally(cancel);
  }

  get #isWhole(): boolean {
    return this.isReady && this.#masters().every(({ status }) => status === 'ready');
  }

  // Each is connected before it is needed: while it connects, a cluster without an offline queue refuses what is meant for it
  // (ioredis 6.0), so the first command would begin that and those beside it would fail. Before the cluster is ready that would
  // also refuse the client's own questions to it.
  #connectNodes(): void {
    for (const node of this.#masters()) if (node.status === 'wait') node.connect().catch(() => {});
  }

  #masters(): readonly Redis[] {
    return this.connection instanceof Cluster ? this.connection.nodes('master') : [];
  }

  /** Calls the listener for each connection that ends, to whichever server of a cluster. What comes back ends that. */
  onConnectionLost(listener: () => void): () => void {
    this.#onLost.add(listener);
    return () => this.#onLost.delete(listener);
  }

  /** One call, within the deadline. Whatever goes wrong is `store_unavailable`. */
  async ask<T>(call: (connection: Redis | Cluster) => Promise<T>): Promise<T> {
    try {
      const answer = await this.#withinDeadline(call(this.connection));
      this.#hasAnswered = true;
      return answer;
    } catch (error) {
      const reason = reasonOf(error);
      throw storeAway(reason === NO_CONNECTION ? `${reason} (${this.#lastReason})` : reason);
    }
  }

  /** Runs a script in one round trip; in two where the server has forgotten it (restart, SCRIPT FLUSH, another master). */
  run(script: RedisScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return this.ask(async (connection) => {
      try {
        return await connection.evalsha(script.sha, keys.length, ...keys, ...args);
      } catch (error) {
        if (firstWordOf(error) !== 'NOSCRIPT') throw error;
        return await connection.eval(script.lua, keys.length, ...keys, ...args);
      }
    });
  }

  /** Another connection to the same server, of which nothing is reported: this one says when the server is away. */
  duplicate(): RedisClient {
    return new RedisClient({ ...this.#options, report: () => {} });
  }

  close(): void {
    this.#isClosed = true;
    this.#stopLooking();
    this.connection.disconnect();
  }

  #withinDeadline<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#options.clock.after(this.#timeoutMs, () => {
        // After a pause of this process answers may lie unread: they are read before this is called a time-out.
        setImmediate(() => reject(new Error(`no answer within ${this.#timeoutMs} ms`)));
      });
      answer.then(resolve, reject).finally(cancel);
    });
  }

  /** Every key has a time to live, so any policy but one may throw counts away under pressure: a budget would be fresh again. */
  async #warnOfEviction(): Promise<void> {
    if (this.#isWarned) return;
    const info = await this.ask((connection) => connection.info('memory'));
    const policy = /maxmemory_policy:(\S+)/.exec(info)?.[1];
    if (policy === undefined || policy === 'noeviction' || this.#isWarned) return;
    this.#isWarned = true;
    this.#options.report('warn', 'redis_evicts', { policy, advice: 'set maxmemory-policy noeviction' });
  }

  // One line when it goes and one when it is back, however many attempts lie between.
  #away(): void {
    if (this.#isAway || this.#isClosed) return;
    this.#isAway = true;
    this.#options.report('warn', 'redis_away', { reason: this.#lastReason });
  }

  // A process that starts is often too busy for the first answer to come in time, so it is asked for until it is known.
  #lookAtEviction(): void {
    this.#stopLooking();
    this.#warnOfEviction().catch(() => {
      if (!this.#isClosed) this.#stopLooking = this.#options.clock.after(LOOK_AGAIN_MS, () => this.#lookAtEviction());
    });
  }

  #back(): void {
    this.#lastReason = 'closed';
    this.#lookAtEviction();
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#options.report('info', 'redis_back', {});
  }
}

export function openRedis(options: RedisOptions): RedisClient {
  return new RedisClient(options);
}

function connect(
  { nodes, isCluster, isTls, username, password, db }: RedisAddress,
  timeoutMs: number,
): Redis | Cluster {
  const shared = {
    commandTimeout: timeoutMs * ABANDON_FACTOR,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENT_CONNECTION_MS,
    // What was asked of a connection that broke is asked again by whoever asked, or not at all.
    autoResendUnfulfilledCommands: false,
    // The client would do it without hearing whether it failed.
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    enableAutoPipelining: true,
    // A master that became a replica refuses writes for ever; a new connection finds the new one.
    reconnectOnError: (error: Error) => firstWordOf(error) === 'READONLY',
    ...(isTls && { tls: {} }),
    ...(username !== null && { username }),
    ...(password !== null && { password }),
  };
  const reconnectAfterMs = (times: number) =>
    Math.min(FIRST_RECONNECT_MS * 2 ** Math.min(times, 10), SLOWEST_RECONNECT_MS);
  const [first] = nodes;
  if (!isCluster)
    return new Redis({ ...shared, ...first, db, enableOfflineQueue: false, retryStrategy: reconnectAfterMs });
  return new Cluster([...nodes], {
    redisOptions: shared,
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: reconnectAfterMs,
    clusterNodeRetryStrategy: reconnectAfterMs,
    maxRedirections: CLUSTER_REDIRECTIONS,
    // Waiting is the caller's matter, who has a deadline: no retry of the client's own may outlast it.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
    // A certificate names a host, so a name stays one.
    ...(isTls && { dnsLookup: (host: string, found: (error: null, address: string) => void) => found(null, host) }),
  });
}

function storeAway(reason: string): LLMError {
  return llmError(
    'store_unavailable',
    `Redis, which the instances share, could not be asked: ${reason}. Ask again in a moment`,
  );
}

/** Why, in words that can hold no secret: the word of Redis, the system's code, or our own. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  const word = firstWordOf(error);
  if (word === 'MOVED') return 'MOVED: REDIS_URL names one node of a cluster; name several, or add ?cluster=true';
  // A fault in a script of ours: the text is Redis' own, and holds a line number but no argument.
  if (error.message.includes('user_script')) return error.message;
  if (word !== null) return word;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (/^no answer within \d+ ms$/.test(error.message)) return error.message;
  return error.message === 'Command timed out' ? 'no answer' : NO_CONNECTION;
}

/** The word that a reply of Redis begins with when it refuses: LOADING, READONLY, OOM, BUSY, NOSCRIPT, MOVED. */
function firstWordOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  return /^[A-Z]{3,}(?=\s|$)/.exec(error.message)?.[0] ?? null;
}
