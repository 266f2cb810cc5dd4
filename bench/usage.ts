// node bench/usage.ts [rows]: how long a question for usage takes as the ledger grows, with and without hourly roll-ups, in SQLite and
// in PostgreSQL. The figure that counts is how many times as quick it gets; the milliseconds are this machine's.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../src/core/clock.ts';
import type { LedgerStore } from '../src/core/stores.ts';
import { openPostgres } from '../src/stores/postgres/connection.ts';
import { postgresLedger } from '../src/stores/postgres/ledger.ts';
import { openSqliteLedger } from '../src/stores/sqlite/ledger.ts';
import { startPostgres } from '../test/servers/postgres.ts';
import { heading } from './heading.ts';
import { benchUsage } from './usage-rounds.ts';

const rows = Number(process.argv[2] ?? '1000000');

/** What takes longer than a question may is to be measured too. */
const PATIENT_MS = 600_000;
/** Deadlines pass a hundred times as slowly. */
const patientClock: Clock = {
  ...systemClock,
  after: (delayMs, action, keepsAlive) => systemClock.after(100 * delayMs, action, keepsAlive),
};

interface Opened {
  readonly ledger: LedgerStore;
  /** Takes away all that was made for it. */
  readonly remove: () => Promise<void>;
}

function openSqlite(): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'codementor-bench-'));
  const remove = async () => rmSync(folder, { recursive: true, force: true });
  return Promise.resolve({ ledger: openSqliteLedger(join(folder, 'ledger.sqlite'), patientClock), remove });
}

/** A server that waits for no disk and has the memory of a fresh installation: what is measured is the questions. */
async function openPrivatePostgres(): Promise<Opened> {
  const server = await startPostgres(['shared_buffers=128MB']);
  const deadlines = { connectMs: PATIENT_MS, callMs: PATIENT_MS, questionMs: PATIENT_MS };
  const postgres = await openPostgres({ url: server.url, clock: patientClock, deadlines });
  const remove = async () => {
    await postgres.close();
    await server.stop();
  };
  return { ledger: postgresLedger(postgres), remove };
}

/** Each opens an empty ledger; SQLite is written as the journal does it, PostgreSQL so that a million rows take minutes. */
const LEDGERS = [
  { name: 'SQLite', batchRows: 200, open: openSqlite },
  { name: 'PostgreSQL', batchRows: 2_000, open: openPrivatePostgres },
] as const;

process.stdout.write(heading());
for (const { name, batchRows, open } of LEDGERS) {
  const { ledger, remove } = await open();
  try {
    const lines = await benchUsage(name, ledger, { rows, batchRows });
    process.stdout.write(`${lines.join('\n')}\n\n`);
  } finally {
    await ledger.close();
    await remove();
  }
}
