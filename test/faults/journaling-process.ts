// Writes rows through the journal on its disk as fast as it can until it is killed, whatever the ledger in PostgreSQL does, and says
// of each that is safe: node journaling-process.ts DATA_DIR DATABASE_URL

import { systemClock } from '../../src/core/clock.ts';
import { createJournal } from '../../src/ledger/journal.ts';
import { openPostgresDatabase, openSharedStorage } from '../../src/service/storage.ts';
import { openRow, settledRow } from '../contract/ledger-rows.ts';

const [dataDir = '', url = ''] = process.argv.slice(2);
const report = () => {};
const database = await openPostgresDatabase(url, systemClock);
const { shipper } = openSharedStorage(database, { dataDir, clock: systemClock, report });
const journal = createJournal({ ledger: shipper, clock: systemClock, report });
shipper.start();

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
