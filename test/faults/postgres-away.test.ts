// PostgreSQL that is away, in every way there is (F34, F35, F38, F39, F40): each call ends within its deadline with the code that
// says so, nothing is written twice, and it works again by itself.

import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { settledRow } from '../contract/ledger-rows.ts';
import { describeWithOwnPostgres, type PrivatePostgres, startPostgres } from '../servers/postgres.ts';
import { startTcpProxy } from '../servers/tcp-proxy.ts';
import { everyCall, failure, HASH, KEY, type PostgresAtHand, postgresAtHand } from '../stores/postgres/at-hand.ts';

describeWithOwnPostgres('PostgreSQL that is away', () => {
  let server: PrivatePostgres;
  const opened: PostgresAtHand[] = [];
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterEach(async () => {
    for (const { postgres } of opened.splice(0)) await postgres.close();
  });
  afterAll(() => server.stop());

  async function open(url: string, maxConnections = 6): Promise<PostgresAtHand> {
    const at = await postgresAtHand(url, { maxConnections });
    opened.push(at);
    return at;
  }

  /** With a row and a key in it, and connections that are made. */
  async function filled(maxConnections?: number) {
    const url = await server.emptyDatabase();
    const at = await open(url, maxConnections);
    await at.ledger.write([settledRow(1)]);
    await at.keys.create(KEY, HASH);
    return { at, url };
  }

  /** Somebody else's transaction, which holds its locks until it is told to end. */
  async function bystander(url: string, sql: string): Promise<() => Promise<void>> {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    await client.query('BEGIN');
    await client.query(sql);
    return () => client.end();
  }

  it('is not taken for away because this process stood still: the answer lay unread meanwhile', async () => {
    const { at } = await filled();
    const answer = at.postgres.call("SELECT 'here' AS word, pg_sleep(0.1)");
    await pause(50);
    // Behind the reading of answers, so that the timers come first when it goes on.
    await new Promise((resolve) => setImmediate(resolve));
    const untilMs = performance.now() + 2_000;
    while (performance.now() < untilMs);
    expect(await answer).toMatchObject([{ word: 'here' }]);
  });

  it('F34: frozen: every call ends within its deadline and says that the store is away, not that a key is unknown', async () => {
    const { at } = await filled();
    const calls = everyCall(at);
    // On connections that stand, and on new ones.
    await at.ledger.rows({});
    server.freeze();
    try {
      const ends = await Promise.all(calls.map(async ([name, call]) => [name, (await failure(call())).code]));
      expect(ends).toEqual(calls.map(([name, , code]) => [name, code]));
    } finally {
      server.resume();
    }
  });

  it('F34: frozen: after three calls nobody waits for it any more, and it is asked again when it is back', async () => {
    const { at } = await filled();
    server.freeze();
    try {
      for (let times = 0; times < 3; times++) await failure(at.keys.byHash(HASH));
      expect(at.postgres.isAway).toBe(true);
      // Had one of them waited, a thousand would take ten minutes.
      for (let times = 0; times < 1_000; times++) {
        const { code, reason } = await failure(at.keys.byHash(HASH));
        expect([code, reason]).toEqual(['store_unavailable', expect.stringContaining('is not asked for a moment')]);
      }
      at.breakersMayProbe();
      expect((await failure(at.keys.byHash(HASH))).reason).toContain('timeout');
    } finally {
      server.resume();
    }
    at.breakersMayProbe();
    expect(await at.keys.byHash(HASH)).toEqual(KEY);
    expect(at.postgres.isAway).toBe(false);
  });

  it('F35: killed and started again: calls fail meanwhile and then go on, without a row twice', async () => {
    const { at, url } = await filled();
    await server.kill();
    const ends = await Promise.all(everyCall(at).map(async ([, call]) => (await failure(call())).code));
    expect(ends).toEqual(everyCall(at).map(([, , code]) => code));
    await server.start();
    at.breakersMayProbe();
    await at.ledger.write([settledRow(1), settledRow(2)]);
    expect(await at.keys.byHash(HASH)).toEqual(KEY);
    expect((await at.ledger.rows({})).rows).toEqual([settledRow(1), settledRow(2)]);
    expect(await server.query(url, 'SELECT count(*)::int AS count FROM ledger')).toEqual([{ count: 2 }]);
  });

  it('F35: killed under a statement: it fails, and the process does not end of an error that nobody hears', async () => {
    const { at, url } = await filled();
    const end = await bystander(url, 'LOCK TABLE ledger');
    const call = failure(at.ledger.write([settledRow(2)]));
    await untilBlocked(url);
    await server.kill();
    expect((await call).code).toBe('ledger_unavailable');
    await end();
    await server.start();
  });

  it('works from the moment it is there, when it was away at the start', async () => {
    const url = await server.emptyDatabase();
    await server.kill();
    const at = await open(url);
    expect((await failure(at.postgres.migrate())).reason).toContain('ECONNREFUSED');
    expect((await failure(at.ledger.write([settledRow(1)]))).code).toBe('ledger_unavailable');
    await server.start();
    await at.ledger.write([settledRow(1)]);
    expect((await at.ledger.rows({})).rows).toHaveLength(1);
  });

  it('F38: committed, and the reply is lost: the batch is sent again and changes nothing', async () => {
    const { url } = await filled();
    const proxy = await startTcpProxy({ port: server.port });
    try {
      const through = new URL(url);
      through.port = String(proxy.port);
      const at = await open(through.href);
      await at.ledger.write([settledRow(1)]);
      const batch = [settledRow(2), settledRow(3)];
      proxy.dropReplies();
      const { code, error } = await failure(at.ledger.write(batch));
      expect(code).toBe('ledger_unavailable');
      expect(error).not.toHaveProperty('detail.neverSent');
      expect(await server.query(url, 'SELECT count(*)::int AS count FROM ledger')).toEqual([{ count: 3 }]);
      await proxy.pass();
      await at.ledger.write(batch);
      expect((await at.ledger.rows({})).rows).toEqual([settledRow(1), ...batch]);
      expect((await at.ledger.usage({}, null)).totals.attempts).toBe(3);
    } finally {
      await proxy.close();
    }
  });

  it('F38: cut in the middle of the reply: the next call has a connection of its own', async () => {
    const { url } = await filled();
    const proxy = await startTcpProxy({ port: server.port });
    try {
      const through = new URL(url);
      through.port = String(proxy.port);
      const at = await open(through.href);
      await at.postgres.ping();
      proxy.cutAfterBytes(3);
      expect((await failure(at.ledger.write([settledRow(2)]))).code).toBe('ledger_unavailable');
      await at.ledger.write([settledRow(2)]);
      expect((await at.ledger.rows({})).rows).toHaveLength(2);
    } finally {
      await proxy.close();
    }
  });

  it('F39: all connections taken: the next call fails in its deadline, while questions are still answered', async () => {
    const { at, url } = await filled(3);
    const end = await bystander(url, 'LOCK TABLE ledger IN EXCLUSIVE MODE');
    try {
      const taken = [2, 3].map((id) => failure(at.ledger.write([settledRow(id)])));
      const { code, reason } = await failure(at.keys.byHash(HASH));
      expect([code, reason]).toEqual([
        'store_unavailable',
        expect.stringContaining('timeout exceeded when trying to connect'),
      ]);
      expect((await at.ledger.usage({}, null)).totals.attempts).toBe(1);
      for (const call of taken) expect((await call).code).toBe('ledger_unavailable');
    } finally {
      await end();
    }
    at.breakersMayProbe();
    await at.ledger.write([settledRow(2)]);
  });

  it('F40: the table is locked by a migration: calls end as if it were frozen, and the server works for none of them', async () => {
    const { at, url } = await filled();
    const end = await bystander(url, 'LOCK TABLE ledger');
    try {
      const { code, sqlState } = await failure(at.ledger.write([settledRow(2)]));
      expect([code, sqlState]).toEqual(['ledger_unavailable', '57014']);
      expect((await failure(at.ledger.rows({}))).code).toBe('store_unavailable');
      expect(await blocked(url)).toBe(0);
      for (let times = 0; times < 2; times++) await failure(at.ledger.write([settledRow(2)]));
      expect((await failure(at.ledger.write([settledRow(2)]))).reason).toContain('is not asked for a moment');
    } finally {
      await end();
    }
    at.breakersMayProbe();
    await at.ledger.write([settledRow(2)]);
  });

  it('F40: another process is at the migrations: calls end in their deadline, and work when it is done', async () => {
    const url = await server.emptyDatabase();
    const lock = "SELECT pg_advisory_xact_lock(hashtext('codementor-llm migrations'), hashtext(current_schema()))";
    const end = await bystander(url, lock);
    const at = await open(url);
    try {
      expect((await failure(at.ledger.write([settledRow(1)]))).code).toBe('ledger_unavailable');
      expect((await failure(at.keys.any())).code).toBe('store_unavailable');
    } finally {
      await end();
    }
    await at.postgres.migrate();
    await at.ledger.write([settledRow(1)]);
    expect((await at.ledger.rows({})).rows).toEqual([settledRow(1)]);
  });

  /** Statements of others that wait for a lock. */
  async function blocked(url: string): Promise<number> {
    const sql = "SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    const [found] = await server.query(url, sql);
    return Number(found?.['count']);
  }

  async function untilBlocked(url: string): Promise<void> {
    while ((await blocked(url)) === 0);
  }
});
