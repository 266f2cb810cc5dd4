// The schema in PostgreSQL: brought up to date once, whoever comes first, and never by one who does not know it.

import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { settledRow } from '../../contract/ledger-rows.ts';
import { type AnyPostgres, describeWithPostgres, usePostgres } from '../../servers/postgres.ts';
import { failure, PATIENT, postgresAtHand } from './at-hand.ts';

describeWithPostgres('the schema in PostgreSQL', () => {
  let server: AnyPostgres;
  let url: string;
  beforeAll(async () => {
    server = await usePostgres();
  });
  beforeEach(async () => {
    url = await server.emptyDatabase();
  });
  afterAll(() => server.stop());

  it('is made once by many who start at the same time', async () => {
    const many = await Promise.all(Array.from({ length: 8 }, () => postgresAtHand(url, { deadlines: PATIENT })));
    await Promise.all(many.map(({ postgres }) => postgres.migrate()));
    await Promise.all(many.map(({ ledger }, id) => ledger.write([settledRow(id)])));
    expect((await many[0]?.ledger.rows({}))?.rows).toHaveLength(8);
    const files = readdirSync('src/stores/postgres/migrations').sort();
    const done = await server.query(url, 'SELECT name FROM llm_migrations ORDER BY name');
    expect(done.map(({ name }) => name)).toEqual(files);
    await Promise.all(many.map(({ postgres }) => postgres.close()));
  });

  it('keeps what is there when it is met again', async () => {
    const first = await postgresAtHand(url, { deadlines: PATIENT });
    await first.ledger.write([settledRow(1)]);
    await first.postgres.close();
    const second = await postgresAtHand(url, { deadlines: PATIENT });
    expect((await second.ledger.rows({})).rows).toEqual([settledRow(1)]);
    await second.postgres.close();
  });

  it('is left alone by a version that does not know all of it, which says so', async () => {
    const first = await postgresAtHand(url, { deadlines: PATIENT });
    await first.postgres.migrate();
    await first.postgres.close();
    await server.query(url, "INSERT INTO llm_migrations (name) VALUES ('9999-future.sql')");
    const second = await postgresAtHand(url, { deadlines: PATIENT });
    expect((await failure(second.postgres.migrate())).reason).toMatch(/9999-future.sql.*newer/);
    expect((await failure(second.ledger.write([settledRow(1)]))).code).toBe('ledger_unavailable');
    await second.postgres.close();
  });

  it('is made whole or not at all', async () => {
    await server.query(url, 'CREATE TABLE api_keys (of_somebody_else int)');
    const at = await postgresAtHand(url, { deadlines: PATIENT });
    expect((await failure(at.postgres.migrate())).reason).toContain('already exists');
    const tables = await server.query(url, 'SELECT tablename FROM pg_tables WHERE schemaname = current_schema()');
    expect(tables).toEqual([{ tablename: 'api_keys' }]);
    await server.query(url, 'DROP TABLE api_keys');
    await at.postgres.migrate();
    expect(await at.keys.any()).toBe(false);
    await at.postgres.close();
  });
});
