// The data folder of the embedded mode belongs to one process. The lock is SQLite's own, held by the operating system for as
// long as the process lives: kill -9 frees it, and no stale file ever has to be judged. `holder.json` beside it only tells
// others where to reach the holder; who holds is decided by the lock alone.

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type LLMError, llmError } from '../core/errors.ts';
import { type Json, numberAt, stringAt } from '../core/json.ts';

/** Somebody who only looks whether the folder is held takes the lock for an instant; a real holder keeps it. */
const GLANCE_MS = 250;
const SQLITE_BUSY = 5;

/** A lock that nobody refers to is closed by the garbage collector: these live as long as the process, or until close(). */
const locks = new Set<DatabaseSync>();

export interface Holder {
  /** Null in the instant before it has said so. */
  readonly pid: number | null;
  /** Null while it does not listen: a command that uses the library in its own process. */
  readonly url: string | null;
}

export interface DataDir {
  /** Absolute. */
  readonly path: string;
  file(name: string): string;
  /** Tells whoever finds the folder held where to reach this process. */
  setAddress(url: string): void;
  close(): void;
}

/** Takes the folder for this process, making it if need be. Throws `store_unavailable`, which names folder and holder. */
export function openDataDir(folder: string): DataDir {
  const path = resolve(folder);
  const lock = takeLock(path);
  locks.add(lock);
  const write = (holder: Holder) => writeHolder(path, holder);
  write({ pid: process.pid, url: null });
  return {
    path,
    file: (name) => join(path, name),
    setAddress: (url) => write({ pid: process.pid, url }),
    close() {
      if (!lock.isOpen) return;
      rmSync(holderFile(path), { force: true });
      lock.close();
      locks.delete(lock);
    },
  };
}

/** Who has the folder now; null when nobody does. */
export function holderOf(folder: string): Holder | null {
  const path = resolve(folder);
  return isHeld(path) ? readHolder(path) : null;
}

function takeLock(path: string): DatabaseSync {
  let lock: DatabaseSync | null = null;
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    lock = new DatabaseSync(lockFile(path), { timeout: GLANCE_MS });
    lock.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock?.close();
    throw isBusy(cause) ? held(path) : unusable(path, cause);
  }
}

function isHeld(path: string): boolean {
  let glance: DatabaseSync | null = null;
  try {
    glance = new DatabaseSync(lockFile(path), { readOnly: true });
    glance.prepare('SELECT count(*) FROM sqlite_master').get();
    return false;
  } catch (cause) {
    // Anything else means that there is no folder or no lock file yet: nobody holds it.
    return isBusy(cause);
  } finally {
    glance?.close();
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

function held(path: string): LLMError {
  const { pid, url } = readHolder(path);
  const where = `${pid === null ? 'another process' : `process ${pid}`}${url === null ? '' : ` at ${url}`}`;
  return llmError(
    'store_unavailable',
    `The data folder ${path} is in use by ${where}; stop it, ask it, or set another DATA_DIR`,
  );
}

function unusable(path: string, cause: unknown): LLMError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return llmError('store_unavailable', `The data folder ${path} cannot be used: ${reason}`, { cause });
}

// Renamed into place, so that a reader sees the old or the new one, never half of it.
function writeHolder(path: string, holder: Holder): void {
  const written = `${holderFile(path)}.new`;
  writeFileSync(written, JSON.stringify(holder), { mode: 0o600 });
  renameSync(written, holderFile(path));
}

function readHolder(path: string): Holder {
  try {
    const holder: Json = JSON.parse(readFileSync(holderFile(path), 'utf8'));
    return { pid: numberAt(holder, 'pid'), url: stringAt(holder, 'url') };
  } catch {
    return { pid: null, url: null };
  }
}

function lockFile(path: string): string {
  return join(path, 'lock.sqlite');
}

function holderFile(path: string): string {
  return join(path, 'holder.json');
}
