// PostgreSQL that answers, and refuses (F37): it can only be read, two transactions have met, a row is bad. None of these is taken
// for another, since what helps is not the same: to wait, to repeat, to split the batch.

import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { RowState } from '../../src/core/stores.ts';
import { isDataError, isOutage } from '../../src/stores/postgres/errors.ts';
import { openRow, settledRow } from '../contract/ledger-rows.ts';
import { describeWithOwnPostgres, type PrivatePostgres, startPostgres } from '../servers/postgres.ts';
import { failure, HASH, KEY, type PostgresAtHand, postgresAtHand } from '../stores/postgres/at-hand.ts';

describeWithOwnPostgres('PostgreSQL that refuses', () => {
  let server: PrivatePostgres;
  let url: string;
  let at: PostgresAtHand;
  beforeAll(async () => {
    server = await startPostgres();
  });
  beforeEach(async () => {
    url = await server.emptyDatabase();
    at = await postgresAtHand(url);
    await at.ledger.write([openRow(1), openRow(2)]);
    await at.keys.create(KEY, HASH);
  });
  afterEach(async () => {
    await at.postgres.close();
    await set('default_transaction_read_only', null);
    await set('default_transaction_isolation', null);
    await set('deadlock_timeout', null);
  });
  afterAll(() => server.stop());

  async function set(setting: string, value: string | null): Promise<void> {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    // The server may be one that can only be read, which this mends.
    await client.query('SET default_transaction_read_only = off');
    await client.query(value === null ? `ALTER SYSTEM RESET ${setting}` : `ALTER SYSTEM SET ${setting} = '${value}'`);
    await client.query('SELECT pg_reload_conf()');
    await client.end();
  }

  async function bystander(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return client;
  }

  async function untilSomebodyWaits(): Promise<void> {
    const sql = 'SELECT 1 FROM pg_locks WHERE NOT granted';
    while ((await server.query(url, sql)).length === 0);
  }

  it('F37: read-only: nothing is written, everything is read, and it is written when it can be', async () => {
    await set('default_transaction_read_only', 'on');
    const batch = [settledRow(1), settledRow(3)];
    await expect.poll(async () => (await failure(at.ledger.write(batch))).sqlState).toBe('25006');
    const { code, error } = await failure(at.ledger.write(batch));
    expect([code, isDataError(error), isOutage(error)]).toEqual(['ledger_unavailable', false, false]);
    expect((await failure(at.keys.revoke('key_1', 5))).code).toBe('store_unavailable');
    expect(await at.keys.byHash(HASH)).toEqual(KEY);
    expect((await at.ledger.rows({})).rows).toEqual([openRow(1), openRow(2)]);
    // One who comes to a database that is up to date has nothing to write.
    const other = await postgresAtHand(url);
    expect(await other.keys.any()).toBe(true);
    await other.postgres.close();
    await set('default_transaction_read_only', 'off');
    await expect.poll(() => at.ledger.write(batch).then(() => 'written', String)).toBe('written');
    expect((await at.ledger.rows({})).rows).toEqual([settledRow(1), openRow(2), settledRow(3)]);
  });

  it('F37: deadlock: the batch that had to give way is repeated whole', async () => {
    await set('deadlock_timeout', '150ms');
    const other = await bystander();
    await other.query("SET deadlock_timeout = '1min'");
    await other.query('BEGIN');
    await other.query("UPDATE ledger SET code = 'x' WHERE attempt_id = 'att_2'");
    const batch = [settledRow(1), settledRow(2)];
    const givenWay = failure(at.ledger.write(batch));
    await untilSomebodyWaits();
    await other.query("UPDATE ledger SET code = 'x' WHERE attempt_id = 'att_1'");
    const { code, sqlState, error } = await givenWay;
    expect([code, sqlState, isDataError(error)]).toEqual(['ledger_unavailable', '40P01', false]);
    await other.query('ROLLBACK');
    await other.end();
    await at.ledger.write(batch);
    expect((await at.ledger.rows({})).rows).toEqual(batch);
  });

  it('F37: serialization failure: the same, where the server keeps transactions strictly apart', async () => {
    await set('default_transaction_isolation', 'repeatable read');
    const other = await bystander();
    await other.query('BEGIN');
    await other.query("UPDATE ledger SET code = 'x' WHERE attempt_id = 'att_1'");
    const givenWay = failure(at.ledger.write([settledRow(1), settledRow(2)]));
    await untilSomebodyWaits();
    await other.query('COMMIT');
    await other.end();
    const { code, sqlState, error } = await givenWay;
    expect([code, sqlState, isDataError(error)]).toEqual(['ledger_unavailable', '40001', false]);
    await at.ledger.write([settledRow(1), settledRow(2)]);
    expect((await at.ledger.rows({})).rows).toEqual([settledRow(1), settledRow(2)]);
  });

  const notAState: string = 'nonsense';
  const isState = (word: string): word is RowState => word.length > 0;
  for (const [what, about] of [
    ['half a token', { heldTokens: 1.5 }],
    ['more tokens than 64 bits hold', { heldTokens: 1e300 }],
    ['a state that there is not', isState(notAState) ? { state: notAState } : {}],
    ['an id that no index takes', { requestId: randomText(20_000) }],
    ['a moment before 1970', { heldAtMs: -1 }],
  ] as const) {
    it(`F37: a poison row, ${what}: its batch is refused whole as bad data, and every other row is taken`, async () => {
      const poison = settledRow(4, about);
      const batch = [settledRow(1), settledRow(3), poison, settledRow(5)];
      const { code, error } = await failure(at.ledger.write(batch));
      expect([code, isDataError(error), isOutage(error)]).toEqual(['ledger_unavailable', true, false]);
      expect((await at.ledger.rows({})).rows).toEqual([openRow(1), openRow(2)]);
      for (const row of batch) await at.ledger.write([row]).catch(() => {});
      expect((await at.ledger.rows({})).rows).toEqual([settledRow(1), openRow(2), settledRow(3), settledRow(5)]);
      expect(at.postgres.isAway).toBe(false);
    });
  }

  it('keeps secrets to itself: no password and no hash in an error, however deep', async () => {
    const through = new URL(url);
    through.password = 's3cret-password';
    through.pathname = '/no-such-database';
    const other = await postgresAtHand(through.href);
    const { error: refused } = await failure(other.keys.any());
    const { error: twice } = await failure(at.keys.create({ ...KEY, id: 'key_2' }, HASH));
    const { error: noUrl } = await failure(postgresAtHand('s3cret-password'));
    const { inspect } = await import('node:util');
    const shown = [refused, twice, noUrl].map((error) => inspect(error, { depth: 20, showHidden: true })).join('\n');
    expect(shown).toContain('no-such-database');
    expect(shown).toContain('api_keys_hash_key');
    expect(shown).not.toContain('s3cret');
    expect(shown).not.toContain(HASH);
    await other.postgres.close();
  });
});

/** Of no pattern, since what can be compressed fits an index. */
function randomText(length: number): string {
  let state = 1;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(33 + (state % 90));
  }).join('');
}
