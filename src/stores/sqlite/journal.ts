// Rows on this machine's disk, on their way to a ledger that is elsewhere. It is bounded by the room that rows take, and it keeps
// an eighth of it back: it is full for new calls first, and still takes what became of those under way.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { wellFormed } from '../../core/check.ts';
import { llmError } from '../../core/errors.ts';
import type { JournalCounts, OwedSettle, RowJournal, WaitingRow } from '../../core/row-journal.ts';
import type { LedgerRow } from '../../core/stores.ts';
import { inTransaction, openDatabase } from './database.ts';
import { COLUMN_LIST, columnValues, mayChange, PLACEHOLDERS, rowOf, SET_CLOSING, text } from './rows.ts';

/** About a million rows: ten minutes without a ledger at 1,500 attempts a second. */
const MOST_BYTES = 512 * 1024 * 1024;
/** Of the room, what no new call may take: a thousand rows under way grow by 100 KB, the rest is for answers from the cache. */
const KEPT_BACK_SHARE = 1 / 8;
/** What a start after a death may take above the bound: the rows that it closes, the holds that it owes. */
const START_SHARE = 1 / 16;
/** The latest requests of a dead process: the holds of earlier ones were settled while it lived, or have expired and are charged in full. */
const OWED_MOST = 10_000;

/** Requests of one outage, some 100 bytes each: what was drawn alone is a small part of any budget. */
const SHIPPED_AWAY_MOST = 100_000;

/**
 * What was shipped while the first calls waited in vain for the windows: some 200 ms at 1,500 rows a second, three times over. What
 * was settled well before is among them, and settled once more without effect.
 */
const JUST_SHIPPED_MOST = 1_000;

// A row that waits keeps its place when it changes, so whatever waited at some moment is shipped before all that came later.
const UPSERT = `
  INSERT INTO journal (${COLUMN_LIST}, position, shipping) VALUES (${PLACEHOLDERS}, ?, 'waiting')
  ON CONFLICT (attempt_id) DO UPDATE SET ${SET_CLOSING}, shipping = 'waiting',
    position = CASE journal.shipping WHEN 'waiting' THEN journal.position ELSE excluded.position END
  WHERE ${mayChange('journal')}`;

const FIRST_POSITION = `
  SELECT MAX(COALESCE((SELECT MAX(position) FROM journal), 0), COALESCE((SELECT MAX(position) FROM owed_settles), 0)) + 1 AS position`;

const IS_ALONE = 'COALESCE(held_at_ms >= (SELECT MIN(since_ms) FROM windows_away), 0)';

const OWE = `
  INSERT INTO owed_settles (request_id, tenant, user_id, position, was_alone)
  SELECT request_id, MIN(tenant), MIN(user_id), ?, MAX(${IS_ALONE}) FROM journal WHERE held_at_ms >= ? GROUP BY request_id
  ORDER BY MAX(position) DESC LIMIT ${OWED_MOST}
  ON CONFLICT (request_id) DO UPDATE SET position = excluded.position, is_left = 1`;

const OWE_SHIPPED = `
  INSERT INTO owed_settles (request_id, tenant, user_id, position, is_left, was_alone) VALUES (?, ?, ?, 0, 0, ?)
  ON CONFLICT (request_id) DO NOTHING`;

const OWED = `
  SELECT request_id, tenant, user_id, was_alone FROM owed_settles
  WHERE is_left = 1 AND position <= COALESCE((SELECT MIN(position) FROM journal WHERE shipping = 'waiting'), position) LIMIT ?`;

const COUNTS = `
  SELECT (SELECT COUNT(*) FROM journal WHERE shipping = 'waiting') AS unshipped,
    (SELECT COUNT(*) FROM journal WHERE shipping = 'refused') AS refused,
    (SELECT COUNT(*) FROM owed_settles WHERE is_left = 1) AS owed,
    (SELECT COALESCE(ended_at_ms, started_at_ms) FROM journal WHERE shipping = 'waiting' ORDER BY position LIMIT 1) AS oldest`;

/** The path of a file, or `:memory:`. Throws `store_unavailable`. One process has the file to itself. */
export function openSqliteJournal(path: string, mostBytes: number = MOST_BYTES): RowJournal {
  const db = openDatabase(path, 'journal-migrations');
  return new SqliteJournal(db, mostBytes);
}

class SqliteJournal implements RowJournal {
  readonly #db: DatabaseSync;
  readonly #upsert: StatementSync;
  readonly #unshipped: StatementSync;
  readonly #forget: StatementSync;
  readonly #mark: StatementSync;
  readonly #oweShipped: StatementSync;
  readonly #pages: StatementSync;
  readonly #pageBytes: number;
  readonly #mostBytes: number;
  #bytes = 0;
  #end: number;
  /** Since when the windows are away in this life of the process. */
  #awaySinceMs: number | null = null;
  #shippedAway = 0;
  #justShipped: readonly WaitingRow[] = [];

  constructor(db: DatabaseSync, mostBytes: number) {
    this.#db = db;
    this.#mostBytes = mostBytes;
    this.#upsert = db.prepare(UPSERT);
    this.#unshipped = db.prepare(
      `SELECT ${COLUMN_LIST}, position FROM journal WHERE shipping = 'waiting' ORDER BY position LIMIT ?`,
    );
    this.#forget = db.prepare('DELETE FROM journal WHERE attempt_id = ? AND state = ?');
    this.#mark = db.prepare('UPDATE journal SET shipping = ? WHERE attempt_id = ? AND state = ?');
    this.#oweShipped = db.prepare(OWE_SHIPPED);
    this.#pages = db.prepare(
      'SELECT page_count - freelist_count AS used FROM pragma_page_count, pragma_freelist_count',
    );
    this.#pageBytes = this.#number('SELECT page_size AS size FROM pragma_page_size', 'size');
    this.#bound(mostBytes);
    // A newer version may write what the last one could not.
    db.exec("UPDATE journal SET shipping = 'waiting' WHERE shipping = 'refused'");
    this.#end = this.#number(FIRST_POSITION, 'position');
    this.#measure();
  }

  get isFull(): boolean {
    return this.#bytes >= this.#mostBytes * (1 - KEPT_BACK_SHARE);
  }

  get end(): number {
    return this.#end;
  }

  async write(rows: readonly LedgerRow[]): Promise<void> {
    if (rows.length === 0) return;
    try {
      inTransaction(this.#db, () => {
        for (const row of rows) this.#upsert.run(...columnValues(row), this.#end++);
      });
      this.#measure();
    } catch (cause) {
      throw notWritten(cause);
    }
  }

  unshipped(limit: number): readonly WaitingRow[] {
    return this.#unshipped
      .all(limit)
      .map((columns) => ({ row: rowOf(columns), position: Number(columns['position']) }));
  }

  shipped(rows: readonly WaitingRow[]): void {
    const sinceMs = this.#awaySinceMs;
    const forget = () => {
      for (const { row } of rows) {
        if (row.state === 'open') this.#mark.run('shipped', row.attemptId, row.state);
        else this.#forget.run(row.attemptId, row.state);
      }
    };
    // In one step: a process that dies must leave the row or the settle. The forgetting makes room for it; where that is not enough
    // on a disk that is full, the row goes all the same.
    const isOwed =
      sinceMs !== null &&
      ifItCan(this.#db, () => {
        forget();
        this.#owe(rows, sinceMs);
      });
    if (!isOwed) inTransaction(this.#db, forget);
    if (sinceMs === null) this.#justShipped = [...this.#justShipped, ...rows].slice(-JUST_SHIPPED_MOST);
    this.#measure();
  }

  windowsAway(sinceMs: number | null): void {
    this.#awaySinceMs = sinceMs;
    this.#shippedAway = 0;
    ifItCan(this.#db, () => {
      this.#db.exec('DELETE FROM windows_away; DELETE FROM owed_settles WHERE is_left = 0');
      if (sinceMs !== null) this.#db.prepare('INSERT INTO windows_away VALUES (?)').run(sinceMs);
    });
    // Whenever their holds were made: one that the store had admitted may have been raised, or settled, in vain.
    if (sinceMs !== null) ifItCan(this.#db, () => this.#owe(this.#justShipped, sinceMs));
    this.#justShipped = [];
  }

  setAside(rows: readonly WaitingRow[]): void {
    inTransaction(this.#db, () => {
      for (const { row } of rows) this.#mark.run('refused', row.attemptId, row.state);
    });
  }

  setAsideRows(requestId: string): readonly LedgerRow[] {
    const sql = `SELECT ${COLUMN_LIST} FROM journal WHERE shipping = 'refused' AND request_id = ?`;
    return this.#db.prepare(sql).all(wellFormed(requestId)).map(rowOf);
  }

  openRows(): readonly LedgerRow[] {
    return this.#db
      .prepare(`SELECT ${COLUMN_LIST} FROM journal WHERE state = 'open' ORDER BY position`)
      .all()
      .map(rowOf);
  }

  closeAfterDeath(closed: (row: LedgerRow) => LedgerRow, heldFromMs: number): number {
    try {
      this.#bound(this.#mostBytes * (1 + START_SHARE));
      const rows = this.openRows();
      inTransaction(this.#db, () => {
        for (const row of rows) this.#upsert.run(...columnValues(closed(row)), this.#end++);
        this.#db.exec(`UPDATE owed_settles SET is_left = 1, position = ${this.#end} WHERE is_left = 0`);
        this.#db.prepare(OWE).run(this.#end++, heldFromMs);
        this.#db.exec('DELETE FROM windows_away');
      });
      this.#bound(this.#mostBytes);
      this.#measure();
      return rows.length;
    } catch (cause) {
      throw notWritten(cause);
    }
  }

  owedSettles(limit: number): readonly OwedSettle[] {
    return this.#db
      .prepare(OWED)
      .all(limit)
      .map((columns) => ({
        requestId: text(columns, 'request_id'),
        tenant: text(columns, 'tenant'),
        userId: text(columns, 'user_id'),
        wasAlone: Number(columns['was_alone']) === 1,
      }));
  }

  settled(requestId: string): void {
    const isTold = this.#awaySinceMs === null;
    const sql = isTold ? 'DELETE FROM owed_settles' : 'UPDATE owed_settles SET is_left = 0';
    this.#db.prepare(`${sql} WHERE request_id = ?`).run(requestId);
  }

  counts(): JournalCounts {
    const columns = this.#db.prepare(COUNTS).get() ?? {};
    const oldest = columns['oldest'] ?? null;
    return {
      unshipped: Number(columns['unshipped']),
      setAside: Number(columns['refused']),
      owedSettles: Number(columns['owed']),
      bytes: this.#bytes,
      oldestAtMs: oldest === null ? null : Number(oldest),
    };
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #owe(rows: readonly WaitingRow[], sinceMs: number): void {
    for (const { row } of rows) {
      if (row.state === 'open' || row.corrects !== null || this.#shippedAway >= SHIPPED_AWAY_MOST) continue;
      this.#shippedAway++;
      const wasAlone = row.heldAtMs >= sinceMs ? 1 : 0;
      this.#oweShipped.run(wellFormed(row.requestId), wellFormed(row.tenant), wellFormed(row.userId), wasAlone);
    }
  }

  /** SQLite's own limit; one below what the file has already means that it does not grow. */
  #bound(mostBytes: number): void {
    this.#db.exec(`PRAGMA max_page_count = ${Math.ceil(mostBytes / this.#pageBytes)}`);
  }

  // What rows take, not what the file does: a file that was large once keeps its free pages.
  #measure(): void {
    this.#bytes = Number(this.#pages.get()?.['used']) * this.#pageBytes;
  }

  #number(sql: string, column: string): number {
    return Number(this.#db.prepare(sql).get()?.[column]);
  }
}

/**
 * What is written for the case of a death alone: where the disk does not take it, the process goes on without. False: nothing was
 * written. Full or broken, the rows themselves will say so.
 */
function ifItCan(db: DatabaseSync, work: () => void): boolean {
  try {
    inTransaction(db, work);
    return true;
  } catch {
    return false;
  }
}

function notWritten(cause: unknown): Error {
  return llmError('ledger_unavailable', 'The journal of the ledger could not be written; the log says why', { cause });
}
