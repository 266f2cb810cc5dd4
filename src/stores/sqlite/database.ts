// Opens an embedded database and brings it up to date. The migrations are the numbered .sql files in a folder beside this one; one
// that has run anywhere never changes again, what is wrong in it is mended by the next.

import { readdirSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { llmError } from '../../core/errors.ts';

/** One process has the folder to itself: only somebody's sqlite3 shell can hold the file, and nobody waits long for that. */
const BUSY_MS = 250;

/** Throws `store_unavailable` when the file cannot be used. `migrations` is a folder beside this file. */
export function openDatabase(path: string, migrations = 'migrations'): DatabaseSync {
  try {
    const db = new DatabaseSync(path, { readBigInts: true, timeout: BUSY_MS });
    // NORMAL: what is committed survives the death of the process (kill -9) as it stands. A power cut may lose the last ticks,
    // never the consistency; FULL would cost an fsync a commit, 192 us against 20 (measured).
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384');
    migrate(db, new URL(`./${migrations}/`, import.meta.url));
    return db;
  } catch (cause) {
    throw unusable(path, cause);
  }
}

/** A second connection that can only read, for a worker thread. WAL lets it read while the first one writes. */
export function openForReading(path: string): DatabaseSync {
  return new DatabaseSync(path, { readBigInts: true, timeout: BUSY_MS, readOnly: true });
}

/** Runs the work in one transaction; what it throws undoes all of it. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk makes SQLite roll back by itself.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function migrate(db: DatabaseSync, folder: URL): void {
  db.exec('CREATE TABLE IF NOT EXISTS migrations (name TEXT NOT NULL PRIMARY KEY) STRICT');
  const done = new Set(
    db
      .prepare('SELECT name FROM migrations')
      .all()
      .map((row) => row['name']),
  );
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  for (const name of done) {
    if (!files.some((file) => file === name))
      throw new Error(`it has seen ${name}, which this version does not know; use a newer one`);
  }
  for (const file of files) {
    if (done.has(file)) continue;
    inTransaction(db, () => {
      db.exec(readFileSync(new URL(file, folder), 'utf8'));
      db.prepare('INSERT INTO migrations (name) VALUES (?)').run(file);
    });
  }
}

function unusable(path: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return llmError('store_unavailable', `The database ${path} cannot be used: ${reason}`, { cause });
}
