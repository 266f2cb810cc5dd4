// Conversations in PostgreSQL: the contract, on a real server.

import { afterAll, afterEach, beforeAll } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { openPostgres, type Postgres } from '../../../src/stores/postgres/connection.ts';
import { postgresConversations } from '../../../src/stores/postgres/conversations.ts';
import { testConversationStore } from '../../contract/stores.ts';
import { type AnyPostgres, describeWithPostgres, usePostgres } from '../../servers/postgres.ts';
import { PATIENT } from './at-hand.ts';

describeWithPostgres('conversations in PostgreSQL', () => {
  let server: AnyPostgres;
  let postgres: Postgres | undefined;
  beforeAll(async () => {
    server = await usePostgres();
  });
  afterEach(() => postgres?.close());
  afterAll(() => server.stop());

  testConversationStore('in PostgreSQL', async () => {
    postgres = await openPostgres({ url: await server.emptyDatabase(), clock: systemClock, deadlines: PATIENT });
    return postgresConversations(postgres);
  });
});
