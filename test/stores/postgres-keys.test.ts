// API keys in PostgreSQL: the contract, on a real server.

import { afterEach } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { openPostgres, type Postgres } from '../../src/stores/postgres.ts';
import { postgresKeys } from '../../src/stores/postgres-keys.ts';
import { testKeyStore } from '../contract/stores.ts';
import { describeWithPostgres } from '../servers/postgres.ts';

describeWithPostgres('API keys in PostgreSQL', (server) => {
  let postgres: Postgres | undefined;
  afterEach(() => postgres?.close());

  testKeyStore('in PostgreSQL', async () => {
    postgres = await openPostgres({ url: await server().emptyDatabase(), clock: systemClock });
    return postgresKeys(postgres);
  });
});
