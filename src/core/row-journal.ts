// What a file on this machine promises that takes the rows before the ledger does. It holds the latest state of each attempt that
// is not safely in the ledger yet, and nothing else: what is closed and shipped is forgotten. The file is local, so all but `write`
// (which has the shape of the ledger's) answer at once.

import type { LedgerRow, LedgerStore } from './stores.ts';

export interface WaitingRow {
  readonly row: LedgerRow;
  /** Of two rows the one with the lower position has waited longer. */
  readonly position: number;
}

/** The hold of a request whose process died: nobody may have ended it. */
export interface OwedSettle {
  readonly requestId: string;
  readonly tenant: string;
  readonly userId: string;
  /** It was made while the store of the windows was away, which may not know it. */
  readonly wasAlone: boolean;
}

export interface JournalCounts {
  /** Rows that wait to be shipped. */
  readonly unshipped: number;
  /** Rows that the ledger refuses, each by itself. They are kept, and tried once more at each start. */
  readonly setAside: number;
  readonly owedSettles: number;
  readonly bytes: number;
  /** When the row that waits longest got into the state that it waits in; null: none waits. */
  readonly oldestAtMs: number | null;
}

export interface RowJournal extends Pick<LedgerStore, 'write'> {
  /** No new call may begin: what room is left is for the rows of those under way, and of answers that cost nothing. */
  readonly isFull: boolean;
  /** Rows that come from now on stand here or later. */
  readonly end: number;
  /** Oldest first. */
  unshipped(limit: number): readonly WaitingRow[];
  /**
   * These are in the ledger, in the state they are in here. Closed ones are forgotten, open ones stay until they are closed and
   * shipped again. One that has changed meanwhile is left alone: it waits on.
   */
  shipped(rows: readonly WaitingRow[]): void;
  /** These are not shipped again until they change. */
  setAside(rows: readonly WaitingRow[]): void;
  setAsideRows(requestId: string): readonly LedgerRow[];
  openRows(): readonly LedgerRow[];
  /**
   * The store of the windows is away since then, by its own time (null: it has been told everything). As long as it is, settles of
   * rows that are shipped stay on record here, in the step that forgets them, since the process would take them along if it died; so
   * do those of the rows that were shipped last before: what became of their holds since they were made it may not have heard.
   */
  windowsAway(sinceMs: number | null): void;
  /**
   * For the start after a death, in one step: closes the open rows, and puts on record that the holds of the latest requests with
   * a row here, held since then, are to be settled, with those of the rows that were shipped while the windows were away. How many
   * rows it closed. For this there is room when the journal is full.
   */
  closeAfterDeath(closed: (row: LedgerRow) => LedgerRow, heldFromMs: number): number;
  /** Those of whose requests no row waits any more. */
  owedSettles(limit: number): readonly OwedSettle[];
  /** While the windows are away it is owed again if this process dies, too. */
  settled(requestId: string): void;
  counts(): JournalCounts;
  close(): void;
}
