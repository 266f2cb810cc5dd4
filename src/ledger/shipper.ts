// Takes rows into the journal on this machine's disk, and from there to the ledger, wherever that is. What is sent again changes
// nothing there, so a batch whose reply was lost is simply sent again. A row that the ledger refuses costs no other row its place.

import type { Clock } from '../core/clock.ts';
import type { Report } from '../core/parts.ts';
import type { RowJournal, WaitingRow } from '../core/row-journal.ts';
import type { LedgerRow, LedgerStore } from '../core/stores.ts';
import type { RowTarget } from './journal.ts';
import { asUnknown } from './unknown.ts';

/** Reading and forgetting 200 rows takes 3 ms, in which nothing else runs; at 10 ms a batch it is 20,000 rows a second. */
const MOST_ROWS = 200;
/**
 * After a batch that failed for no fault of its rows the next one is as small as this, each further one twice as large: a ledger
 * that is merely slow takes it within its deadline, and where a row may be at fault after all that is found out in 49 writes.
 */
const FEWEST_ROWS = 25;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;
const REFUSALS_MOST = 3;
const FLUSH_MS = 5_000;

export interface ShipperParts {
  readonly journal: RowJournal;
  readonly ledger: Pick<LedgerStore, 'write'>;
  readonly clock: Clock;
  readonly report: Report;
  /** The ledger could not be asked: the rows are not at fault. */
  readonly isOutage: (error: unknown) => boolean;
  /** A row is at fault: the ledger will never take it as it is. */
  readonly isDataError: (error: unknown) => boolean;
}

export interface ShippingStatus {
  readonly unshipped: number;
  /** Null: nothing waits. */
  readonly oldestAgeMs: number | null;
  /** Rows that the ledger refuses for what is in them. They stay in the journal. */
  readonly setAside: number;
  /** The ledger takes nothing now. */
  readonly away: boolean;
  readonly bytes: number;
}

export interface Shipper extends RowTarget {
  /** Nothing is shipped before. */
  start(): void;
  /** Resolves when all that waits now is in the ledger or set aside, or when the time is up. */
  flush(mostMs?: number): Promise<void>;
  status(): ShippingStatus;
  /** Nothing is shipped any more; what is under way counts as not shipped. */
  stop(): void;
}

export function createShipper(parts: ShipperParts): Shipper {
  return new JournalShipper(parts);
}

/** One batch, and what became of it. */
interface Round {
  taken: number;
  readonly refused: { readonly waiting: WaitingRow; readonly error: unknown }[];
  /** Why it was broken off; null: it was not. */
  brokenOffBy: unknown;
}

class JournalShipper implements Shipper {
  readonly #parts: ShipperParts;
  #isRunning = false;
  #isShipping = false;
  #hasMore = false;
  #isAway = false;
  /** Nobody knows whether a row or the ledger is at fault. */
  #isDoubtful = false;
  #batchRows = MOST_ROWS;
  #wasFull = false;
  #waitMs = 0;
  #stopWaiting: (() => void) | null = null;
  /** How often each of the oldest rows was refused by itself, in the state it is in. Never more than a batch. */
  #refusals = new Map<string, number>();
  readonly #flushes = new Set<{ readonly end: number; readonly resolve: () => void }>();

  constructor(parts: ShipperParts) {
    this.#parts = parts;
  }

  get isFull(): boolean {
    return this.#parts.journal.isFull;
  }

  async write(rows: readonly LedgerRow[]): Promise<void> {
    await this.#parts.journal.write(rows);
    this.#reportRoom();
    this.#wake();
  }

  start(): void {
    this.#isRunning = true;
    this.#wake();
  }

  stop(): void {
    this.#isRunning = false;
    this.#stopRetry();
    for (const { resolve } of this.#flushes) resolve();
  }

  flush(mostMs = FLUSH_MS): Promise<void> {
    const { journal, clock } = this.#parts;
    const { end } = journal;
    if (!this.#isRunning || !this.#waitsBefore(end)) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = clock.after(mostMs, () => flush.resolve(), true);
      const flush = {
        end,
        resolve: () => {
          cancel();
          this.#flushes.delete(flush);
          resolve();
        },
      };
      this.#flushes.add(flush);
      this.#waitMs = 0;
      this.#stopRetry();
      this.#wake();
    });
  }

  status(): ShippingStatus {
    const { unshipped, setAside, bytes, oldestAtMs } = this.#parts.journal.counts();
    const oldestAgeMs = oldestAtMs === null ? null : Math.max(0, this.#parts.clock.nowMs() - oldestAtMs);
    return { unshipped, oldestAgeMs, setAside, away: this.#isAway, bytes };
  }

  #wake(): void {
    this.#hasMore = true;
    if (!this.#isRunning || this.#isShipping || this.#stopWaiting !== null) return;
    this.#isShipping = true;
    void this.#shipAll();
  }

  // What comes while a batch is under way waits for the next, so the more there is to do the larger the batches are.
  async #shipAll(): Promise<void> {
    while (this.#hasMore && this.#isRunning && this.#stopWaiting === null) {
      this.#hasMore = false;
      try {
        await this.#shipBatch();
      } catch (error) {
        if (this.#isRunning) this.#parts.report('error', 'journal_failed', { error });
        this.#retryLater();
      }
    }
    this.#isShipping = false;
  }

  async #shipBatch(): Promise<void> {
    const waiting = this.#parts.journal.unshipped(this.#batchRows);
    this.#endFlushes(waiting[0]?.position);
    if (waiting.length === 0) return;
    this.#hasMore = true;
    const round: Round = { taken: 0, refused: [], brokenOffBy: null };
    await this.#ship(waiting, round);
    if (!this.#isRunning) return;
    if (this.#isAnswered(round)) this.#ledgerIsBack();
    if (round.taken === waiting.length) this.#ledgerTakesAll();
    if (round.brokenOffBy !== null) this.#batchRows = FEWEST_ROWS;
    const givenUp = round.brokenOffBy === null ? await this.#judge(round) : 0;
    if (round.taken + givenUp === 0) this.#ledgerTakesNothing(round.brokenOffBy);
  }

  /** Ships these, or by halves those of them that the ledger takes. */
  async #ship(rows: readonly WaitingRow[], round: Round): Promise<void> {
    const error = await this.#refusal(rows.map(({ row }) => row));
    if (!this.#isRunning) return;
    const [first] = rows;
    if (error === null) {
      this.#parts.journal.shipped(rows);
      round.taken += rows.length;
    } else if (this.#breaksOff(error)) {
      round.brokenOffBy = error;
    } else if (rows.length === 1 && first !== undefined) {
      round.refused.push({ waiting: first, error });
    } else {
      const half = Math.ceil(rows.length / 2);
      await this.#ship(rows.slice(0, half), round);
      if (this.#isRunning && round.brokenOffBy === null) await this.#ship(rows.slice(half), round);
    }
  }

  /** What is neither an outage nor plainly a row's fault may be either: then it is found out, but with fewer rows, the next time. */
  #breaksOff(error: unknown): boolean {
    if (this.#parts.isDataError(error)) return false;
    if (this.#parts.isOutage(error)) return true;
    const isKnown = this.#isDoubtful;
    this.#isDoubtful = true;
    return !isKnown;
  }

  /** A refusal counts when the row is plainly at fault, or when others were taken beside it. How many rows were given up. */
  async #judge({ taken, refused }: Round): Promise<number> {
    const refusals = new Map<string, number>();
    let givenUp = 0;
    for (const { waiting, error } of refused) {
      const key = `${waiting.row.state} ${waiting.row.attemptId}`;
      const counts = taken > 0 || this.#parts.isDataError(error);
      const count = (this.#refusals.get(key) ?? 0) + (counts ? 1 : 0);
      if (count >= REFUSALS_MOST && (await this.#giveUp(waiting, error))) givenUp++;
      else refusals.set(key, count);
    }
    this.#refusals = refusals;
    return givenUp;
  }

  /** Without what the vendor told it may pass; if it does not, it is kept here. False: the ledger is away, so nothing was decided. */
  async #giveUp(waiting: WaitingRow, error: unknown): Promise<boolean> {
    const { journal, clock, report, isOutage } = this.#parts;
    const { row } = waiting;
    const refusal = await this.#refusal([asUnknown(row, clock.nowMs())]);
    if (!this.#isRunning || (refusal !== null && isOutage(refusal))) return false;
    if (refusal === null) journal.shipped([waiting]);
    else journal.setAside([waiting]);
    const fields = { attempt_id: row.attemptId, request_id: row.requestId, set_aside: refusal !== null, error };
    report('error', 'ledger_row_refused', fields);
    return true;
  }

  #refusal(rows: readonly LedgerRow[]): Promise<unknown> {
    return this.#parts.ledger.write(rows).then(
      () => null,
      (error: unknown) => error,
    );
  }

  /** To be told which row it will not have is to be answered too. */
  #isAnswered({ taken, refused, brokenOffBy }: Round): boolean {
    return taken > 0 || (brokenOffBy === null && refused.some(({ error }) => this.#parts.isDataError(error)));
  }

  #ledgerTakesAll(): void {
    this.#isDoubtful = false;
    this.#batchRows = Math.min(MOST_ROWS, 2 * this.#batchRows);
  }

  #ledgerIsBack(): void {
    this.#waitMs = 0;
    this.#reportRoom();
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#parts.report('info', 'ledger_back', { unshipped: this.#parts.journal.counts().unshipped });
  }

  // One line when it goes and one when it is back: an outage must not fill the log as well.
  #ledgerTakesNothing(brokenOffBy: unknown): void {
    this.#retryLater();
    if (this.#isAway || brokenOffBy === null) return;
    this.#isAway = true;
    this.#parts.report('warn', 'ledger_away', { error: brokenOffBy });
  }

  #reportRoom(): void {
    const { journal, report } = this.#parts;
    if (journal.isFull === this.#wasFull) return;
    this.#wasFull = journal.isFull;
    if (this.#wasFull) report('error', 'journal_full', { bytes: journal.counts().bytes });
    else report('info', 'journal_has_room', { bytes: journal.counts().bytes });
  }

  #retryLater(): void {
    if (!this.#isRunning) return;
    this.#waitMs = Math.min(LONGEST_WAIT_MS, this.#waitMs === 0 ? FIRST_WAIT_MS : 2 * this.#waitMs);
    this.#stopWaiting = this.#parts.clock.after(this.#waitMs, () => {
      this.#stopWaiting = null;
      this.#wake();
    });
  }

  #stopRetry(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = null;
  }

  #waitsBefore(end: number): boolean {
    const oldest = this.#parts.journal.unshipped(1)[0]?.position;
    return oldest !== undefined && oldest < end;
  }

  #endFlushes(oldest = Number.POSITIVE_INFINITY): void {
    for (const { end, resolve } of this.#flushes) if (oldest >= end) resolve();
  }
}
