// node bench/rows.ts [scale]: how many rows a second the ledger takes: straight into each database in batches, and the way a request
// writes them, open before the vendor is asked and closed after. PostgreSQL waits for its disk here, as in production.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/core/clock.ts';
import type { LedgerRow, LedgerStore } from '../src/core/stores.ts';
import { createJournal, type RowTarget } from '../src/ledger/journal.ts';
import { createShipper } from '../src/ledger/shipper.ts';
import { openPostgres } from '../src/stores/postgres/connection.ts';
import { isDataError, isOutage } from '../src/stores/postgres/errors.ts';
import { postgresLedger } from '../src/stores/postgres/ledger.ts';
import { openSqliteJournal } from '../src/stores/sqlite/journal.ts';
import { openSqliteLedger } from '../src/stores/sqlite/ledger.ts';
import { startPostgres } from '../test/servers/postgres.ts';
import { heading } from './heading.ts';
import { rowAt } from './month-rows.ts';

const REQUESTS = 20_000 * Number(process.argv[2] ?? '1');
/** Requests under way at once, where rows are written as requests do. */
const CALLERS = 50;
const PATIENT_MS = 60_000;
const DURABLE = ['fsync=on', 'full_page_writes=on', 'synchronous_commit=on', 'shared_buffers=128MB'];

const folder = mkdtempSync(join(tmpdir(), 'codementor-bench-'));
let begun = 0;
/** No id comes twice in one run: a row that is known already would be an update. */
const freshRow = (): LedgerRow => rowAt(begun++, 1_000_000);

/** Resolves with the rows that were written. */
type Round = () => Promise<number>;

interface Subject {
  readonly name: string;
  readonly round: Round;
}

function batches(ledger: LedgerStore, batchRows: number): Round {
  return async () => {
    for (let written = 0; written < REQUESTS; written += batchRows)
      await ledger.write(Array.from({ length: batchRows }, freshRow));
    return Math.ceil(REQUESTS / batchRows) * batchRows;
  };
}

/** A row is opened, then closed: it is written twice. `arrived` resolves when all is where it belongs. */
function requests(target: RowTarget, arrived: () => Promise<void>): Round {
  const journal = createJournal({ ledger: target, clock: systemClock, report });
  return async () => {
    let left = REQUESTS;
    const call = async () => {
      while (left-- > 0) {
        const closed = freshRow();
        await journal.open({ ...closed, state: 'open', outcome: null, finishReason: null, endedAtMs: null });
        journal.close(closed);
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, call));
    if ((await journal.flush()) > 0) throw new Error('Rows were not taken');
    await arrived();
    return 2 * REQUESTS;
  };
}

function report(_level: string, event: string): void {
  throw new Error(`What was to be measured did not happen: ${event}`);
}

async function measured({ name, round }: Subject): Promise<string> {
  const rates: number[] = [];
  const cpuMicros: number[] = [];
  for (let turn = 0; turn < 3; turn++) {
    const before = process.cpuUsage();
    const startedMs = performance.now();
    const rows = await round();
    rates.push((1_000 * rows) / (performance.now() - startedMs));
    const { user, system } = process.cpuUsage(before);
    cpuMicros.push((user + system) / rows);
  }
  // The middle one of three: the first warms up.
  const middle = (values: readonly number[]) => (values.toSorted((a, b) => a - b)[1] ?? Number.NaN).toFixed(0);
  return `| ${name} | ${middle(rates)} | ${middle(cpuMicros)} |\n`;
}

const server = await startPostgres(DURABLE);
const deadlines = { connectMs: PATIENT_MS, callMs: PATIENT_MS, questionMs: PATIENT_MS };
const postgres = await openPostgres({ url: server.url, clock: systemClock, deadlines });
try {
  await postgres.migrate();
  const sqlite = openSqliteLedger(join(folder, 'ledger.sqlite'), systemClock);
  const shared = postgresLedger(postgres);
  const journal = openSqliteJournal(join(folder, 'journal.sqlite'));
  const shipper = createShipper({ journal, ledger: shared, clock: systemClock, report, isOutage, isDataError });
  shipper.start();
  const subjects: readonly Subject[] = [
    { name: 'SQLite, batches of 200', round: batches(sqlite, 200) },
    { name: 'SQLite, as requests write', round: requests(sqlite, async () => {}) },
    { name: 'PostgreSQL (fsync on), batches of 200', round: batches(shared, 200) },
    { name: 'PostgreSQL (fsync on), batches of 500', round: batches(shared, 500) },
    {
      name: 'SQLite journal, then PostgreSQL (fsync on), as requests write, until all has arrived',
      round: requests(shipper, () => shipper.flush(PATIENT_MS)),
    },
  ];
  process.stdout.write(heading(`${CALLERS} requests at once, the middle of three rounds`));
  process.stdout.write('| rows written to | rows/s | CPU µs a row, of ours |\n|---|---|---|\n');
  for (const subject of subjects) process.stdout.write(await measured(subject));
  if (journal.counts().unshipped > 0) throw new Error('Rows have not arrived');
  shipper.stop();
  journal.close();
  await sqlite.close();
} finally {
  await postgres.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
