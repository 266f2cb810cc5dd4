// Rows on their way to the ledger. All rows of one tick (one turn of the event loop) are one transaction. An open row that
// cannot be written stops its call; a closing row is owed: it is kept and repeated until it is written, and while too many are
// owed no new call is opened. So money that was spent is refused room before it is forgotten.

import type { Clock } from '../core/clock.ts';
import { llmError } from '../core/errors.ts';
import type { Journal, Report } from '../core/parts.ts';
import type { LedgerRow, LedgerStore } from '../core/stores.ts';
import { asUnknown } from './unknown.ts';

/** Closing rows that may wait, at about 1 KiB each. Beyond it `open` is refused, so what is under way still gets its place. */
const OWED_MOST = 10_000;
/** Rows of one transaction: 200 inserts take some 6 ms, in which nothing else runs. */
const BATCH_ROWS = 200;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;
/** A row that the store refuses this often while it takes others is at fault itself. */
const REFUSALS_MOST = 3;

/** Where rows go: the ledger itself, or the shipper, behind which they wait for it on this machine's disk. */
export interface RowTarget extends Pick<LedgerStore, 'write'> {
  /** No new call may begin. What is left out is never full. */
  readonly isFull?: boolean;
}

export interface JournalParts {
  readonly ledger: RowTarget;
  readonly clock: Clock;
  readonly report: Report;
}

export interface RunningJournal extends Journal {
  /** Closing rows that are not written yet. */
  readonly owed: number;
  /** So many rows are owed that not even an answer which costs nothing should be given: its row would only fill the memory. */
  readonly isOverflowing: boolean;
  /** Writes what waits, now; resolves with the number of rows that the store did not take. */
  flush(): Promise<number>;
}

export function createJournal(parts: JournalParts): RunningJournal {
  return new LedgerJournal(parts);
}

interface Opening {
  readonly row: LedgerRow;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Owed {
  readonly row: LedgerRow;
  refusals: number;
}

class LedgerJournal implements RunningJournal {
  readonly #parts: JournalParts;
  #opening: Opening[] = [];
  #owed: Owed[] = [];
  #writing: Promise<void> | null = null;
  #tick: NodeJS.Immediate | null = null;
  /** How long the owed rows wait before they are tried again; 0: the store takes rows. */
  #waitMs = 0;
  #stopWaiting: (() => void) | null = null;

  constructor(parts: JournalParts) {
    this.#parts = parts;
  }

  get owed(): number {
    return this.#owed.length;
  }

  get isOverflowing(): boolean {
    return this.#owed.length >= 2 * OWED_MOST;
  }

  open(row: LedgerRow): Promise<void> {
    if (this.#parts.ledger.isFull === true) {
      return Promise.reject(unavailable('the journal on this machine is full and the ledger takes nothing'));
    }
    if (this.#owed.length >= OWED_MOST) {
      return Promise.reject(unavailable(`${this.#owed.length} rows wait to be written`));
    }
    return new Promise((resolve, reject) => {
      this.#opening.push({ row, resolve, reject });
      this.#schedule();
    });
  }

  close(row: LedgerRow): void {
    this.#owed.push({ row, refusals: 0 });
    if (this.#waitMs === 0) this.#schedule();
  }

  async flush(): Promise<number> {
    await this.#writing;
    for (let before = Number.POSITIVE_INFINITY; this.#waiting > 0 && this.#waiting < before; ) {
      before = this.#waiting;
      this.#stopRetry();
      await this.#write();
    }
    return this.#waiting;
  }

  get #waiting(): number {
    return this.#opening.length + this.#owed.length;
  }

  // An immediate runs after all callbacks of this turn, so what they all wrote becomes one transaction; a microtask would run
  // after the first of them.
  #schedule(): void {
    if (this.#tick !== null || this.#writing !== null) return;
    this.#tick = setImmediate(() => {
      this.#tick = null;
      void this.#write();
    });
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeBatch().finally(() => {
      this.#writing = null;
      if (this.#opening.length > 0 || (this.#owed.length > 0 && this.#waitMs === 0)) this.#schedule();
    });
    return this.#writing;
  }

  // Open rows go first: a call that waits is not held up by a backlog. Closing rows come after the open rows of their attempts,
  // and their order among themselves doesn't matter, since the ledger lets a row change in one direction only.
  async #writeBatch(): Promise<void> {
    const opening = this.#opening.splice(0, BATCH_ROWS);
    const owed = this.#stopWaiting === null ? this.#owed.splice(0, BATCH_ROWS - opening.length) : [];
    const written = await this.#tryBatch([...opening, ...owed].map(({ row }) => row));
    const taken = written.filter(Boolean).length;
    for (const [index, { resolve, reject }] of opening.entries()) {
      if (written[index] === true) resolve();
      else reject(unavailable('the ledger did not take it'));
    }
    const left = owed.filter((_, index) => written[opening.length + index] !== true);
    for (const one of left) this.#keep(one, taken > 0);
    if (taken > 0) this.#storeIsBack();
    if (left.length > 0) this.#retryLater();
  }

  /** Which rows were written. A batch that is refused is tried row by row: one bad row must not cost the others. */
  async #tryBatch(rows: readonly LedgerRow[]): Promise<boolean[]> {
    const error = await this.#refusal(rows);
    if (error === null) return rows.map(() => true);
    const refusals = rows.length === 1 ? [error] : await Promise.all(rows.map((row) => this.#refusal([row])));
    const refused = refusals.filter((refusal) => refusal !== null).length;
    // One line for the whole batch: a store that is away must not fill the log as well.
    if (refused > 0) this.#parts.report('warn', 'ledger_write_failed', { rows: refused, owed: this.owed, error });
    return refusals.map((refusal) => refusal === null);
  }

  #refusal(rows: readonly LedgerRow[]): Promise<unknown> {
    return this.#parts.ledger.write(rows).then(
      () => null,
      (error: unknown) => error,
    );
  }

  /**
   * Puts back what is owed. A row that is refused again and again while others are taken has something in it that no store
   * takes: it is written without what the vendor told, as `unknown`; if even that is refused it is given up, loudly.
   */
  #keep(owed: Owed, tookOthers: boolean): void {
    if (tookOthers) owed.refusals++;
    const { row, refusals } = owed;
    if (refusals < REFUSALS_MOST) this.#owed.push(owed);
    else {
      this.#parts.report('error', 'ledger_row_refused', { attempt_id: row.attemptId, request_id: row.requestId });
      const plain = asUnknown(row, this.#parts.clock.nowMs());
      if (row.state !== 'unknown') this.#owed.push({ row: plain, refusals: 0 });
    }
  }

  #retryLater(): void {
    if (this.#stopWaiting !== null) return;
    this.#waitMs = Math.min(LONGEST_WAIT_MS, this.#waitMs === 0 ? FIRST_WAIT_MS : 2 * this.#waitMs);
    this.#stopWaiting = this.#parts.clock.after(this.#waitMs, () => {
      this.#stopWaiting = null;
      void this.#write();
    });
  }

  #storeIsBack(): void {
    this.#waitMs = 0;
    this.#stopRetry();
  }

  #stopRetry(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = null;
  }
}

function unavailable(reason: string): Error {
  return llmError('ledger_unavailable', `The ledger cannot take the row of this call, so nobody was asked: ${reason}`, {
    retryAfterMs: LONGEST_WAIT_MS,
  });
}
