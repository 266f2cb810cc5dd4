// Brings the schema in PostgreSQL up to date. The migrations are the numbered .sql files beside this one; one that has run anywhere
// never changes again, what is wrong in it is mended by the next. Processes that start at once do it one after the other, and each
// does it whole or not at all.

import { readdirSync, readFileSync } from 'node:fs';
import type { Client } from 'pg';
import type { Clock } from '../../core/clock.ts';
import { failureOf, PostgresFailure } from './errors.ts';
import { within } from './lane.ts';

const MIGRATIONS = new URL('./migrations/', import.meta.url);
/** For one statement, and for another process to be done with it: an index on many rows takes its time. */
const STATEMENT_MS = 60_000;
const OLDEST_SERVER = 15;

export async function migrate(client: Client, clock: Clock): Promise<void> {
  client.on('error', () => {});
  try {
    await client.connect();
    await within(clock, 2 * STATEMENT_MS, upgrade(client));
  } catch (error) {
    throw failureOf(error);
  } finally {
    // Whoever waits for a server that is away does not wait for its goodbye, too.
    client.end().catch(() => {});
  }
}

async function upgrade(client: Client): Promise<void> {
  await client.query(`SET statement_timeout = ${STATEMENT_MS}`);
  await checkServer(client);
  // A server that can only be read serves all the same, if there is nothing to be done.
  if ((await missing(client)).length === 0) return;
  await client.query('BEGIN');
  await client.query("SELECT pg_advisory_xact_lock(hashtext('codementor-llm migrations'), hashtext(current_schema()))");
  await client.query('CREATE TABLE IF NOT EXISTS llm_migrations (name text NOT NULL PRIMARY KEY)');
  for (const file of await missing(client)) {
    await client.query(readFileSync(new URL(file, MIGRATIONS), 'utf8'));
    await client.query('INSERT INTO llm_migrations (name) VALUES ($1)', [file]);
  }
  await client.query('COMMIT');
}

async function checkServer(client: Client): Promise<void> {
  const { rows } = await client.query(
    "SELECT current_setting('server_version') AS version, current_setting('server_encoding') AS encoding, current_schema() AS schema",
  );
  const { version, encoding, schema } = rows[0];
  if (Number.parseInt(version, 10) < OLDEST_SERVER)
    throw new PostgresFailure(`PostgreSQL ${OLDEST_SERVER} or newer is needed, this is ${version}`, null);
  if (encoding !== 'UTF8')
    throw new PostgresFailure(
      `The database must hold UTF8, this one holds ${encoding}: create it with ENCODING 'UTF8'`,
      null,
    );
  if (schema === null) throw new PostgresFailure('The search_path of the database names no schema that is there', null);
}

/** The files that have not run yet, in their order. */
async function missing(client: Client): Promise<string[]> {
  const files = readdirSync(MIGRATIONS)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  const { rows: found } = await client.query("SELECT to_regclass('llm_migrations') IS NOT NULL AS is_there");
  if (found[0].is_there !== true) return files;
  const { rows } = await client.query<{ name: string }>('SELECT name FROM llm_migrations');
  const done = new Set(rows.map(({ name }) => name));
  for (const name of done) {
    if (!files.includes(name))
      throw new PostgresFailure(
        `The database has seen ${name}, which this version does not know; use a newer one`,
        null,
      );
  }
  return files.filter((file) => !done.has(file));
}
