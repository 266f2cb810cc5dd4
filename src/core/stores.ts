// What a backend promises. A store is handed the time and has no clock; it is one file, held to the shared contract suite.

import type { ErrorCode } from './errors.ts';
import type { PicoUsd } from './money.ts';
import type { Caller } from './request.ts';
import type { Answer, Outcome, Usage, UsageSource } from './response.ts';
import type { Amounts, Window, WindowState } from './windows.ts';

// --- windows and holds ---------------------------------------------------------------------------------------------

export type HoldResult =
  | { readonly granted: true; readonly windows: readonly WindowState[] }
  | {
      readonly granted: false;
      /** The window that refused; of several, the one that is full longest. */
      readonly refused: WindowState;
      readonly windows: readonly WindowState[];
    };

/** A hold whose lease ran out; it was charged in full. */
export interface ExpiredHold {
  readonly holdId: string;
  readonly amounts: Amounts;
  readonly heldAtMs: number;
}

export interface WindowStore {
  /**
   * Makes the hold exactly these amounts on these windows: all or none, in one atomic step. Amounts are totals, not
   * differences, so repeating is harmless and raising is atomic. A refusal changes nothing: a hold that stood before still
   * stands. A hold that was settled is not opened again (granted, without effect).
   */
  hold(
    holdId: string,
    windows: readonly Window[],
    amounts: Amounts,
    nowMs: number,
    leaseMs: number,
  ): Promise<HoldResult>;
  /**
   * Ends the hold with what was really used: totals, in the windows and periods of the moment of the hold. Idempotent. In
   * flight goes back whatever `actual` says. More than was held is booked too. A hold whose lease ran out is corrected (its id
   * is known for 24 h); a hold that is not known is left alone.
   */
  settle(holdId: string, actual: Amounts, nowMs: number): Promise<void>;
  /** Puts use on record that no hold here stands for: the windows of a process that died, from the ledger. */
  record(windows: readonly Window[], amounts: Amounts, atMs: number): Promise<void>;
  states(windows: readonly Window[], nowMs: number): Promise<readonly WindowState[]>;
  /** Charges the holds whose lease has run out in full, gives their in-flight back, and names them, each once. */
  reap(nowMs: number): Promise<readonly ExpiredHold[]>;
  close(): Promise<void>;
}

// --- response cache ------------------------------------------------------------------------------------------------

export interface CachedAnswer {
  readonly answer: Answer;
  readonly provider: string;
  readonly model: string;
  /** What the answer cost when it was made; null = unpriced. */
  readonly costPicoUsd: PicoUsd | null;
  readonly storedAtMs: number;
}

export interface CacheStore {
  get(key: string, nowMs: number): Promise<CachedAnswer | null>;
  set(key: string, cached: CachedAnswer, expiresAtMs: number): Promise<void>;
  delete(key: string): Promise<void>;
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
  readonly model: string;
  readonly state: RowState;
  /** Null while open. */
  readonly outcome: Outcome | null;
  readonly code: ErrorCode | null;
  readonly usage: Usage | null;
  readonly usageSource: UsageSource;
  /** Null = unpriced, or not known yet. Known to be free = 0. */
  readonly costPicoUsd: PicoUsd | null;
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
  readonly endedAtMs: number | null;
}

export interface LedgerQuery {
  readonly tenant?: string;
  readonly userId?: string;
  readonly requestId?: string;
  /** By heldAtMs: from <= row < to. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** From the page before; anything else gives an empty page. */
  readonly cursor?: string;
  /** 1 to 1000; default 100. */
  readonly limit?: number;
}

export type UsageGroup = 'day' | 'model' | 'provider' | `tag:${string}`;

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
  /** Closed rows without a cost, for want of a price or of any figure: what the sum does not cover. */
  readonly unpriced: number;
}

export interface UsageReport {
  readonly totals: UsageTotals;
  /** Empty when no group was asked for; by key, ascending. */
  readonly groups: readonly (UsageTotals & { readonly key: string })[];
}

/** What the windows of one caller were charged in a stretch of time. */
export interface CallerCharge {
  readonly caller: Caller;
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
  usage(query: LedgerQuery, groupBy: UsageGroup | null): Promise<UsageReport>;
  /** Rows still open, for the start after a death. */
  openRows(): Promise<readonly LedgerRow[]>;
  /**
   * What was charged by caller where from <= heldAtMs < to, for windows to be filled again. A request counts once, where its
   * first row is; tokens are what was used, or held where nobody can say; money is rounded up row by row.
   */
  charges(fromMs: number, toMs: number): Promise<readonly CallerCharge[]>;
  close(): Promise<void>;
}
