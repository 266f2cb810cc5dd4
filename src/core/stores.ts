// What a cache and a ledger promise; what a store of windows does stands in window-store.ts. A store is handed the time and has no
// clock; it is held to the shared contract suite.

import type { CacheSelector } from './cache-invalidation.ts';
import type { CacheKey } from './cache-key.ts';
import type { ErrorCode } from './errors.ts';
import type { PicoUsd } from './money.ts';
import type { Caller, PromptVersion } from './request.ts';
import type { Answer, FinishReason, Outcome, Usage, UsageSource } from './response.ts';
import type { Amounts } from './windows.ts';

// --- response cache ------------------------------------------------------------------------------------------------

export interface CachedAnswer {
  readonly answer: Answer;
  readonly provider: string;
  readonly model: string;
  /** What the answer cost when it was made; null = unpriced. */
  readonly costPicoUsd: PicoUsd | null;
  readonly storedAtMs: number;
}

/** An answer as it is kept. */
export interface KeptAnswer extends CachedAnswer {
  /** When the request began that the answer was made for: one that was invalidated since is dead. */
  readonly askedAtMs: number;
  readonly expiresAtMs: number;
}

/**
 * `invalidated`: while it was made. `outdated`: one that was asked for later is there. `no-room`: it is too long, or the store has better
 * use for its room.
 */
export type Keeping = 'kept' | 'invalidated' | 'outdated' | 'no-room';

export interface CacheStore {
  get(key: CacheKey, nowMs: number): Promise<KeptAnswer | null>;
  /** In place of what was there, unless that was asked for later. */
  set(key: CacheKey, kept: KeptAnswer): Promise<Keeping>;
  /** What was asked up to this moment is given to nobody any more, also when it is kept later. Each answer has its `selectorsOf`. */
  invalidate(selector: CacheSelector, atMs: number): Promise<void>;
  close(): Promise<void>;
}

// --- ledger --------------------------------------------------------------------------------------------------------

/** `released`: nothing left this machine. `unknown`: it did, and nobody can say what became of it. */
export type RowState = 'open' | 'settled' | 'released' | 'unknown';

/** One upstream attempt, or one answer that needed none (outcome `cached`). */
export interface LedgerRow {
  readonly attemptId: string;
  readonly requestId: string;
  readonly generationId: string;
  readonly tenant: string;
  readonly userId: string;
  readonly provider: string;
  /** The model that was asked, by the vendor's name for it. */
  readonly model: string;
  /** As the caller named it: a route, a model, `provider/model`; null: it was left to us. */
  readonly requestedModel: string | null;
  /** The API key or token that was presented; null: none (library, open mode). */
  readonly keyId: string | null;
  /** The prompt template that made the request; null: none. */
  readonly prompt: PromptVersion | null;
  readonly state: RowState;
  /** Null while open. */
  readonly outcome: Outcome | null;
  readonly code: ErrorCode | null;
  /** Null while open, and where no answer came to its end. */
  readonly finishReason: FinishReason | null;
  readonly usage: Usage | null;
  readonly usageSource: UsageSource;
  /** Null = unpriced, or not known yet. Known to be free = 0. A correction's may be negative: it is the difference. */
  readonly costPicoUsd: PicoUsd | null;
  /** Which price the cost was reckoned with (`priceIdOf`); null = unpriced, or nothing was reckoned. */
  readonly priceId: string | null;
  /** The attempt whose cost this row corrects: it counts for money alone. Null: this row stands for itself. */
  readonly corrects: string | null;
  /** False: the model had no price at the moment of the hold. */
  readonly priced: boolean;
  /** What a cached answer would have cost and used; null elsewhere. */
  readonly savedPicoUsd: PicoUsd | null;
  readonly savedTokens: number | null;
  /** What this attempt held: what it is charged if it is never closed. */
  readonly heldPicoUsd: PicoUsd | null;
  readonly heldTokens: number | null;
  /** The vendor billed more than was held. */
  readonly overHold: boolean;
  readonly tags: Readonly<Record<string, string>>;
  /** The moment of the hold, to which windows and reports belong. */
  readonly heldAtMs: number;
  readonly startedAtMs: number;
  /** From the start to the first content; null: there was none, or it was not measured. */
  readonly firstEventAfterMs: number | null;
  readonly endedAtMs: number | null;
}

export interface LedgerQuery {
  readonly tenant?: string;
  readonly userId?: string;
  readonly requestId?: string;
  readonly keyId?: string;
  readonly state?: RowState;
  /** By heldAtMs: from <= row < to. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** From the page before; anything else gives an empty page. */
  readonly cursor?: string;
  /** 1 to 1000; default 100. */
  readonly limit?: number;
}

/** `prompt`: by template and version, `name@version`. */
export type UsageGroup = 'day' | 'model' | 'provider' | 'prompt' | 'user' | `tag:${string}`;

/** What usage can be asked for: rows of one stretch of time, one tenant, one user, or all. */
export type UsageQuery = Pick<LedgerQuery, 'tenant' | 'userId' | 'fromMs' | 'toMs'>;

export interface UsagePage {
  /** From the page before; anything else gives an empty page. */
  readonly cursor?: string;
  /** Groups on the page, 1 to 1000; default 100. */
  readonly limit?: number;
}

export interface UsageTotals {
  /** Requests that were answered or tried: distinct request ids. */
  readonly requests: number;
  /** Rows that stand for an upstream attempt. */
  readonly attempts: number;
  readonly cached: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  readonly costPicoUsd: PicoUsd;
  readonly savedTokens: number;
  readonly savedPicoUsd: PicoUsd;
  /** Closed rows without a cost, for want of a price or of any figure, that no correction has priced: what the sum does not cover. */
  readonly unpriced: number;
}

export interface UsageReport {
  readonly totals: UsageTotals;
  /** Empty when no group was asked for; by key, ascending. */
  readonly groups: readonly (UsageTotals & { readonly key: string })[];
  readonly nextCursor: string | null;
}

export interface ChargeQuery {
  /** Left out: all tenants. */
  readonly tenant?: string;
  /** By heldAtMs: from <= row < to. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The stretch is cut into slots of this length, at multiples of it since 1970; null: it is one. */
  readonly slotMs: number | null;
}

/** What the windows of one caller were charged in one slot. */
export interface CallerCharge {
  readonly caller: Caller;
  /** The slot's beginning; that of the stretch where it is later, so that a charge never falls into the time before. */
  readonly atMs: number;
  readonly amounts: Amounts;
}

export interface LedgerStore {
  /**
   * Writes rows in one transaction; when it resolves, they survive the death of the process. A new id is inserted. A known
   * one changes only `open -> settled | released | unknown` and `unknown -> settled`; any other change is left alone.
   */
  write(rows: readonly LedgerRow[]): Promise<void>;
  /** Oldest first. */
  rows(query: LedgerQuery): Promise<{ readonly rows: readonly LedgerRow[]; readonly nextCursor: string | null }>;
  /**
   * Totals and groups of one moment. Whole hours that were rolled up are read from the roll-up, the rest from the rows: the
   * figures are the same, since all rows of a request have one heldAtMs.
   */
  usage(query: UsageQuery, groupBy: UsageGroup | null, page?: UsagePage): Promise<UsageReport>;
  /** Rows still open, of one tenant or of all: for the start after a death, and for windows to be filled again. */
  openRows(tenant?: string): Promise<readonly LedgerRow[]>;
  /**
   * What was charged by caller and slot, for windows to be filled again. A request counts once, where its first row is; tokens
   * are what was used, or held where nobody can say; money is rounded up row by row, corrections included. Open rows are not
   * charged yet.
   */
  charges(query: ChargeQuery): Promise<readonly CallerCharge[]>;
  /** Rolls up hours that are over by `beforeMs` and have changed since; resolves with how many it did. To be repeated until 0. */
  rollUp(beforeMs: number): Promise<number>;
  close(): Promise<void>;
}
