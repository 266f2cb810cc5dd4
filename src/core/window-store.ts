// What a store of windows and holds promises, in one process and for several. It is handed the time and has no clock of its own; it
// is held to the shared contract suite.

import type { LLMError } from './errors.ts';
import type { Amounts, Window, WindowState } from './windows.ts';

export type HoldResult =
  | {
      readonly granted: true;
      readonly windows: readonly WindowState[];
      /** The moment of the hold by the store's clock, to which its windows, its price and its rows belong. */
      readonly heldAtMs: number;
    }
  | HoldRefusal;

export interface HoldRefusal {
  readonly granted: false;
  /** The window that refused; of several, the one that is full longest. */
  readonly refused: WindowState;
  readonly windows: readonly WindowState[];
  /**
   * There: the window itself may have room, but nobody can say while the store is away, and what this process may draw without
   * it does not cover the hold. The states tell what is left of that; this is what to answer when less is of no use.
   */
  readonly unavailable?: LLMError;
}

/** A hold whose lease ran out; it was charged in full. */
export interface ExpiredHold {
  readonly holdId: string;
  readonly amounts: Amounts;
  readonly heldAtMs: number;
  /** As it was handed to `hold`, for whoever writes the row; null: none was. */
  readonly note: string | null;
}

/** A hold that was granted elsewhere: by this store before it lost its data, or by a process that could not reach it. */
export interface GrantedHold {
  readonly holdId: string;
  readonly windows: readonly Window[];
  readonly amounts: Amounts;
  readonly heldAtMs: number;
  readonly expiresAtMs: number;
  readonly note: string | null;
  /** The ledger has its rows: windows that were filled from there since it was made may count it, and then it is left alone. */
  readonly isInLedger?: true;
}

export interface WindowStore {
  /**
   * Makes the hold exactly these amounts on these windows: all or none, in one atomic step. Amounts are totals, not
   * differences, so repeating is harmless and raising is atomic. A refusal changes nothing: a hold that stood before still
   * stands, and may be asked for less. (An id that had no hold may be lost to a refusal without the store, which may have
   * granted it with a reply that was lost: it rejects with `store_unavailable` from then on.) A hold that was settled is not opened again (granted, without effect). All windows of a hold are of one tenant, or
   * of one vendor account. `note` is kept with the hold for whoever reaps it; left out, an earlier one stays.
   */
  hold(
    holdId: string,
    windows: readonly Window[],
    amounts: Amounts,
    nowMs: number,
    leaseMs: number,
    note?: string,
  ): Promise<HoldResult>;
  /**
   * Ends the hold with what was really used: totals, in the windows and periods of the moment of the hold. Idempotent. In
   * flight goes back whatever `actual` says. More than was held is booked too. A hold whose lease ran out is corrected (its id
   * is known for 24 h); a hold that is not known is left alone. `windows` are those of the hold, for a store that must be told
   * where to look for one that another process made.
   */
  settle(holdId: string, actual: Amounts, nowMs: number, windows?: readonly Window[]): Promise<void>;
  /**
   * Puts a granted hold on record as it is, whether it fits or not. One whose id is known (open, expired or settled) is left
   * alone, so repeating it is harmless.
   */
  adopt(hold: GrantedHold, nowMs: number): Promise<void>;
  /** Puts use on record that no hold here stands for: the windows of a process that died, from the ledger. */
  record(windows: readonly Window[], amounts: Amounts, atMs: number): Promise<void>;
  states(windows: readonly Window[], nowMs: number): Promise<readonly WindowState[]>;
  /** Charges the holds whose lease has run out in full, gives their in-flight back, and names them, each once. */
  reap(nowMs: number): Promise<readonly ExpiredHold[]>;
  close(): Promise<void>;
}

/** A window store of one process alone, which can be told of more windows while it is in use. */
export interface OwnWindowStore extends WindowStore {
  /**
   * Windows that `isNew` are counted from here on: added to every open hold as `addedTo` says, and filled by `fill`, which puts on
   * record what was used of them before, while new holds wait. `open`: the ids of the open holds; `sinceMs`: when the oldest of them
   * began. Rejects as `fill` does.
   */
  widen(
    isNew: (window: Window) => boolean,
    addedTo: (windows: readonly Window[]) => readonly Window[],
    fill: (open: ReadonlySet<string>, sinceMs: number) => Promise<void>,
    nowMs: number,
  ): Promise<void>;
}

/** What a scope has used: to be put on record when windows are filled again. */
export interface WindowCharge {
  readonly windows: readonly Window[];
  readonly amounts: Amounts;
  readonly atMs: number;
}

/**
 * A window store that several processes share and that may be away or lose its data. Every call rejects with
 * `store_unavailable` within its deadline. A tag (`tagOf`: a tenant, or a vendor account) for which it holds nothing is
 * *unseeded*: `hold`, `settle`, `adopt`, `record` and `states` then reject with an UnseededError and change nothing, until
 * somebody has seeded it. So a store that came back empty gives nobody a fresh budget.
 */
export interface SharedWindowStore extends WindowStore {
  /**
   * Fills the windows of a tag: with what was charged, and with the holds that are open. False: somebody else has seeded it
   * meanwhile, and this has had no effect. `kinds` says which windows these are: for a process that counts others the tag is
   * still unseeded. `othersKinds` were filled as well, and are not counted by this process.
   */
  seed(
    tag: string,
    charges: readonly WindowCharge[],
    holds: readonly GrantedHold[],
    nowMs: number,
    kinds?: readonly string[],
    othersKinds?: readonly string[],
  ): Promise<boolean>;
  /** Resolves when the store answers. */
  ping(): Promise<void>;
}

export class UnseededError extends Error {
  readonly tag: string;

  constructor(tag: string) {
    super(`The windows of ${tag} are not seeded`);
    this.name = 'UnseededError';
    this.tag = tag;
  }
}
