// node bench/usage.ts [rows]: how long a question for usage takes as the ledger grows, with and without hourly roll-ups. The figure
// that counts is how many times as quick it gets; the milliseconds are this machine's.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, systemClock } from '../src/core/clock.ts';
import type { LedgerStore } from '../src/core/stores.ts';
import { openSqliteLedger } from '../src/stores/sqlite.ts';
import { benchUsage } from './usage-rounds.ts';

const rows = Number(process.argv[2] ?? '1000000');
const folder = mkdtempSync(join(tmpdir(), 'codementor-bench-'));

/** What takes longer than a question may is to be measured too: deadlines pass a hundred times as slowly. */
const patientClock: Clock = {
  ...systemClock,
  after: (delayMs, action, keepsAlive) => systemClock.after(100 * delayMs, action, keepsAlive),
};

/** Each opens an empty ledger. */
const LEDGERS: readonly { readonly name: string; readonly open: () => Promise<LedgerStore> }[] = [
  { name: 'SQLite', open: async () => openSqliteLedger(join(folder, 'ledger.sqlite'), patientClock) },
];

const here = fileURLToPath(new URL('..', import.meta.url));
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: here, encoding: 'utf8' }).trim();
process.stdout.write(`commit ${commit}, Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}\n\n`);
try {
  for (const { name, open } of LEDGERS) {
    const ledger = await open();
    const lines = await benchUsage(name, ledger, rows);
    await ledger.close();
    process.stdout.write(`${lines.join('\n')}\n\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
