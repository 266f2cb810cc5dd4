// All that a request needs around it, handed in. service.ts puts it together, nothing else does.

import type { CacheScopeKind } from './cache-key.ts';
import type { Catalog, Target, TokenCounter } from './catalog.ts';
import type { Chance, Clock } from './clock.ts';
import type { StreamEvent } from './events.ts';
import type { Flights } from './flight.ts';
import type { Flow } from './flow.ts';
import type { BreakerRules, Health } from './health.ts';
import type { JsonObject } from './json.ts';
import type { Judge } from './judge.ts';
import type { Emit, LLMProvider } from './provider.ts';
import type { AnswerPart, Caller, FittedRequest } from './request.ts';
import type { Warning } from './response.ts';
import type { CacheStore, LedgerRow } from './stores.ts';
import type { WindowStore } from './window-store.ts';
import type { Window, WindowState } from './windows.ts';

export interface Parts {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly catalog: Catalog;
  readonly tokens: TokenCounter;
  readonly windows: WindowStore;
  readonly cache: CacheStore;
  readonly flights: Flights;
  readonly journal: Journal;
  readonly ask: Ask;
  readonly health: Health;
  readonly retryBudget: RetryBudget;
  readonly overruns: Overruns;
  readonly drains: Drains;
  readonly policy: Policy;
  readonly report: Report;
}

/** Rows on their way to the ledger, batched per tick. */
export interface Journal {
  /** Resolves when the row survives the death of the process; rejects with `ledger_unavailable`. */
  open(row: LedgerRow): Promise<void>;
  /** Never lost and never awaited by an answer: what cannot be written now is kept and repeated. */
  close(row: LedgerRow): void;
}

/** The one way out of this machine. Events come as they are decoded; it resolves when the answer is whole, else throws an LLMError. */
export type Ask = (target: Target, request: FittedRequest, options: AskOptions, emit: Emit) => Promise<AskResult>;

export interface AskOptions {
  readonly stream: boolean;
  readonly attemptId: string;
  /** Until the first byte of a stream; until the end of a whole answer. */
  readonly attemptTimeoutMs: number;
  readonly connectTimeoutMs: number;
  /** Between bytes of data, while they are wanted. */
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
  /** Left out: all that comes is wanted at once. */
  readonly flow?: Flow;
  /** The vendor tells that for so long nothing more is left for this model. */
  readonly onDrained?: (forMs: number) => void;
  /** Left out: whatever the model writes is the answer. */
  readonly judging?: Judging;
}

/** An answer that is held back until its judge has decided about it. */
export interface Judging {
  readonly judge: Judge;
  /** How often this request was told what was wrong before. */
  readonly repairs: number;
  /** Is given what may be shown of it meanwhile; null: nobody wants to see it. */
  readonly onDraft: ((data: JsonObject) => void) | null;
}

export interface AskResult {
  readonly warnings: readonly Warning[];
  /** What the model wrote, where that is not what was handed on. */
  readonly written?: readonly AnswerPart[];
}

/** Retries are at most a share of what the process asks, so that a sick vendor isn't asked twice as much. */
export interface RetryBudget {
  /** Counts a request. */
  request(): void;
  /** Takes one retry if there is one. */
  take(): boolean;
}

/** How much more than was held the vendors have billed, by model of each: a factor on the next bound, at least 1. */
export interface Overruns {
  factorOf(model: BilledModel): number;
  note(model: BilledModel, factor: number): void;
}

/** Two vendors may have models of one name, and bill them differently. */
export type BilledModel = Pick<LedgerRow, 'provider' | 'model'>;

/** Room for answers that nobody waits for any more. */
export interface Drains {
  /** `stop` is called when it lasts too long. What comes back ends it; null: there is no room. */
  enter(stop: () => void): (() => void) | null;
}

/** One structured line. The names are the platform's (`groq_request_success`, ...). */
export type Report = (
  level: 'debug' | 'info' | 'warn' | 'error',
  event: string,
  fields: Readonly<Record<string, unknown>>,
) => void;

/** Decisions of the operator that steps read. */
export interface Policy {
  readonly temperature: number;
  readonly maxTokens: number;
  readonly contextMaxMessages: number;
  readonly contextMaxTokens: number;
  readonly cacheTtlMs: number;
  readonly cacheScope: CacheScopeKind;
  readonly retry: RetryPolicy;
  readonly breaker: BreakerRules;
  readonly attemptTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly totalTimeoutMs: number;
  /** What happens to an answer that nobody waits for any more; `auto`: what is known of its vendor decides. */
  readonly onCancel: 'auto' | 'abort' | 'drain';
  /** Whether pictures and documents are fetched here for vendors that take them as data alone. */
  readonly fetchesMedia: boolean;
  /** The windows of a caller: those of the user, then those of the tenant. */
  windowsOf(caller: Caller): readonly Window[];
  /** These, and after them what is counted without a limit, since others of the tenant have one there. */
  countedOf(caller: Caller): readonly Window[];
  /** What the vendor allows our account there, as far as the operator says so; of several keys each is an account. */
  accountWindowsOf(provider: Pick<LLMProvider, 'id' | 'account'>): readonly Window[];
  /** The only models that the tenant may ask, as routes or `provider/model`; null: all. */
  allowedModelsOf(tenant: string): readonly string[] | null;
  /** The ceiling of the caller's tier; null: the model's output limit. */
  maxTokensOf(caller: Caller): number | null;
}

/** How long a hold lives: as long as its request may, and a minute for a settle that comes late. */
export function leaseMsOf({ totalTimeoutMs }: Pick<Policy, 'totalTimeoutMs'>): number {
  return totalTimeoutMs + 60_000;
}

export interface RetryPolicy {
  readonly maxRetries: number;
  readonly baseMs: number;
  readonly factor: number;
  readonly jitter: 'full' | 'none';
}

/** Where the life of a request writes what a caller reads. Ends with `response-end` or `error`, once. */
export interface EventLog {
  append(event: StreamEvent): void;
  /** The caller's windows as they stand, for the headers that tell them; the latest counts. */
  windows(states: readonly WindowState[]): void;
}

/** Stands before a log and keeps what comes of the request: the last event is handed on when all is kept. */
export interface LogKeeper {
  readonly requestId: string;
  over(log: EventLog): EventLog;
  /** The last reader has left for good. */
  left(): void;
  /** How to end the request at once, if nobody reads it; tells whether it has. */
  endsBy(giveUp: () => boolean): void;
  /** Resolves when the log has its last event. */
  readonly ended: Promise<void>;
}
