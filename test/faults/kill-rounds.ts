// F44: one process under load is killed at a random instant; the restart is the next round's start. The vendor's own journal is the
// oracle: each request that it saw has exactly one row, and no row is left open.

import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/core/clock.ts';
import type { LedgerStore } from '../../src/core/stores.ts';
import { createLLMService, createLogs, type LedgerRow } from '../../src/index.ts';
import { openPostgres } from '../../src/stores/postgres/connection.ts';
import { postgresLedger } from '../../src/stores/postgres/ledger.ts';
import { startGroqMock } from '../vendor/groq-mock.ts';
import { seededRandom } from './seeded-random.ts';

export interface KillResult {
  readonly rounds: number;
  readonly requestsSeen: number;
  readonly rows: number;
  /** Seen by the vendor, without a row. */
  readonly missing: readonly string[];
  /** A row for what the vendor never saw, that is neither `released` nor `unknown`. */
  readonly invented: readonly string[];
  readonly open: readonly string[];
}

/** With the ledger in SQLite, or, where a URL is given, in PostgreSQL behind the journal in the process's own folder. */
export async function killRounds(
  rounds: number,
  seed: number,
  progress: (round: number) => void = () => {},
  databaseUrl: string | null = null,
): Promise<KillResult> {
  const random = seededRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'codementor-kill-'));
  const journalPath = join(folder, 'vendor.jsonl');
  const vendor = await startGroqMock({ journalPath });
  try {
    for (let round = 1; round <= rounds; round++) {
      const child = await startAgain(() => startChild(folder, vendor.url, databaseUrl));
      await new Promise((resolve) => setTimeout(resolve, random() * 150));
      await kill(child);
      progress(round);
    }
    const seen = seenBy(journalPath);
    const rows = await rowsAfterRestart(folder, databaseUrl);
    const known = new Map(rows.map((row) => [row.attemptId, row]));
    const seenIds = new Set(seen);
    return {
      rounds,
      requestsSeen: seen.length,
      rows: rows.length,
      missing: seen.filter((attemptId) => !known.has(attemptId)),
      invented: rows
        .filter(({ attemptId, state }) => !seenIds.has(attemptId) && state === 'settled')
        .map(({ attemptId }) => attemptId),
      open: rows.filter(({ state }) => state === 'open').map(({ attemptId }) => attemptId),
    };
  } finally {
    await vendor.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function inPostgres(databaseUrl: string | null): Readonly<Record<string, string>> {
  return databaseUrl === null ? {} : { DATABASE_URL: databaseUrl, LLM_KEY_PEPPER: 'p'.repeat(32) };
}

/**
 * As whoever runs it would: on a machine that is busy PostgreSQL may not answer within the deadlines of a start, and a service that
 * cannot fill its windows does not start.
 */
async function startAgain(start: () => Promise<ChildProcess>, times = 5): Promise<ChildProcess> {
  try {
    return await start();
  } catch (error) {
    if (times === 1) throw error;
    return startAgain(start, times - 1);
  }
}

function startChild(folder: string, vendorUrl: string, databaseUrl: string | null): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('./killed-service.ts', import.meta.url));
  const { DATABASE_URL: _, ...env } = process.env;
  const child = fork(file, [folder, vendorUrl], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
    env: { ...env, ...inPostgres(databaseUrl) },
  });
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve(child));
    child.once('exit', (code) => reject(new Error(`The service ended with ${code} before it was killed`)));
  });
}

function kill(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.removeAllListeners('exit');
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

function seenBy(journalPath: string): string[] {
  return readFileSync(journalPath, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => String(JSON.parse(line).attemptId));
}

/** A restart closes what the dead left open; then the ledger is read as anybody would. */
async function rowsAfterRestart(dataDir: string, databaseUrl: string | null): Promise<LedgerRow[]> {
  const service = await createLLMService({
    dataDir,
    cwd: dataDir,
    env: inPostgres(databaseUrl),
    logs: createLogs({ level: 'silent', secrets: [] }),
  });
  if (databaseUrl === null) {
    const rows = await everyRow(service.ledger);
    await service.close();
    return rows;
  }
  // What is left in the journal is shipped before it ends.
  await service.close();
  const postgres = await openPostgres({ url: databaseUrl, clock: systemClock });
  const rows = await everyRow(postgresLedger(postgres));
  await postgres.close();
  return rows;
}

export async function everyRow(ledger: Pick<LedgerStore, 'rows'>): Promise<LedgerRow[]> {
  const all: LedgerRow[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<LedgerStore['rows']>> = await ledger.rows({
      limit: 1_000,
      ...(cursor !== null && { cursor }),
    });
    all.push(...page.rows);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return all;
}
