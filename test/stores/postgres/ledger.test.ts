// The ledger in PostgreSQL: the contract, on a real server.

import { afterAll, afterEach, beforeAll } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { openPostgres, type Postgres } from '../../../src/stores/postgres/connection.ts';
import { postgresLedger } from '../../../src/stores/postgres/ledger.ts';
import { testLedgerStore } from '../../contract/stores.ts';
import { type AnyPostgres, describeWithPostgres, usePostgres } from '../../servers/postgres.ts';
import { PATIENT } from './at-hand.ts';

describeWithPostgres('the ledger in PostgreSQL', () => {
  let server: AnyPostgres;
  let postgres: Postgres | undefined;
  beforeAll(async () => {
    server = await usePostgres();
  });
  afterEach(() => postgres?.close());
  afterAll(() => server.stop());

  testLedgerStore('in PostgreSQL', async () => {
    postgres = await openPostgres({ url: await server.emptyDatabase(), clock: systemClock, deadlines: PATIENT });
    return postgresLedger(postgres);
  });
});
