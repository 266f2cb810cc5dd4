// Writes rows through the journal as fast as it can until it is killed, and says of each that is safe: node journal-writer.ts FILE

import { systemClock } from '../../src/core/clock.ts';
import { createJournal } from '../../src/ledger/journal.ts';
import { openSqliteLedger } from '../../src/stores/sqlite/ledger.ts';
import { openRow, settledRow } from '../contract/ledger-rows.ts';

const [file = ''] = process.argv.slice(2);
const ledger = openSqliteLedger(file, systemClock);
const journal = createJournal({ ledger, clock: systemClock, report: () => {} });

async function writeForEver(writer: number): Promise<void> {
  for (let count = 0; ; count++) {
    const id = `${writer}-${count}`;
    await journal.open(openRow(id));
    // A pipe is written synchronously: what is said here has been said when the process dies.
    process.stdout.write(`att_${id}\n`);
    if (count % 2 === 0) journal.close(settledRow(id));
  }
}

for (let writer = 0; writer < 8; writer++) void writeForEver(writer);
