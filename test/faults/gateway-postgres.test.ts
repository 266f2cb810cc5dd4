// Whole gateways on a PostgreSQL that freezes, dies, refuses, is locked or loses answers: paid calls go on, their rows wait in the
// journal and stand in the ledger once in the end; who is known passes for a minute, and who is not hears 503, never 401.

import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { ADMIN_KEY } from '../gateway/signed-in.ts';
import { asks, COMPLETION } from '../gateway/start.ts';
import { describeWithOwnPostgres, type PrivatePostgres, startPostgres } from '../servers/postgres.ts';
import { startTcpProxy, type TcpProxy } from '../servers/tcp-proxy.ts';
import { SkippingClock } from '../skipping-clock.ts';
import { countOf, eventually, type FaultyGateway, PEPPER, startFaulty } from './gateways.ts';

const OPERATOR = { authorization: `Bearer ${ADMIN_KEY}` };

describeWithOwnPostgres('a gateway on a PostgreSQL that is not well', () => {
  let server: PrivatePostgres;
  let proxy: TcpProxy;
  let url: string;
  const open: FaultyGateway[] = [];
  beforeAll(async () => {
    server = await startPostgres();
    proxy = await startTcpProxy({ port: server.port });
  });
  beforeEach(async () => {
    url = await server.emptyDatabase();
  });
  afterEach(async () => {
    server.resume();
    await proxy.pass();
    await Promise.all(open.splice(0).map((gateway) => gateway.close()));
  });
  afterAll(async () => {
    await proxy.close();
    await server.stop();
  });

  async function start(clock = new SkippingClock()): Promise<FaultyGateway> {
    const through = new URL(url);
    through.port = String(proxy.port);
    const env = { DATABASE_URL: through.href, LLM_KEY_PEPPER: PEPPER, LLM_ADMIN_KEY: ADMIN_KEY };
    const gateway = await startFaulty('', { env, clock });
    open.push(gateway);
    return gateway;
  }
  const unshipped = ({ service }: FaultyGateway) => service.status().stores.ledger.unshipped;
  /** Each request that the vendor saw has one row, closed, in the database. */
  async function arrived(gateway: FaultyGateway, clock: SkippingClock): Promise<void> {
    await eventually(() => {
      // What is asked again only after some seconds is asked at once.
      if (unshipped(gateway) > 0) clock.skip(1_000);
      return unshipped(gateway) === 0 && gateway.degraded().length === 0;
    }, 'all rows are in the ledger');
    const rows = () => server.query(url, 'SELECT attempt_id, state FROM ledger');
    const seen = gateway.vendor.requests.map(({ attemptId }) => attemptId);
    await eventually(async () => (await rows()).every(({ state }) => state === 'settled'), 'all rows are closed');
    expect((await rows()).map(({ attempt_id: id }) => id).sort()).toEqual(seen.sort());
  }
  /** Somebody else's transaction, which holds its locks until it is told to end. */
  async function bystander(sql: string): Promise<() => Promise<void>> {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    await client.query('BEGIN');
    await client.query(sql);
    return () => client.end();
  }
  let users = 0;
  /** Each time another user's, so that none meets a limit. */
  const ask = (gateway: FaultyGateway) => gateway.ask(`user${users++}`, OPERATOR);
  const askMany = (gateway: FaultyGateway, count: number) =>
    Promise.all(Array.from({ length: count }, () => ask(gateway)));

  it('F32: with everything forgotten about 10 keys under load each is looked up once, and none is refused', async () => {
    const clock = new SkippingClock();
    const gateway = await start(clock);
    const keys: string[] = [];
    for (let key = 0; key < 10; key++)
      keys.push((await gateway.service.keys.create({ tenant: 'acme', userId: `user${key}` })).key);
    const { identity } = gateway.service;
    const whoTheyAre = async () => {
      const asked = Array.from({ length: 50 }, () => keys.map((key) => identity.authenticate(key)));
      const overHttp = keys.map((key) => gateway.get('/v1/models', { 'x-api-key': key }));
      expect((await Promise.all(overHttp)).map(({ status }) => status)).toEqual(keys.map(() => 200));
      return (await Promise.all(asked.flat())).map(({ userId }) => userId);
    };
    const expected = Array.from({ length: 50 }, () => keys.map((_key, index) => `user${index}`)).flat();
    expect(await whoTheyAre()).toEqual(expected);
    for (let round = 0; round < 2; round++) {
      // All that was believed is too old, at once.
      clock.skip(61_000);
      const query = vi.spyOn(pg.Client.prototype, 'query');
      expect(await whoTheyAre()).toEqual(expected);
      const sent = query.mock.calls.map(([statement]: readonly unknown[]) => JSON.stringify(statement));
      query.mockRestore();
      expect(sent.filter((sql) => /FROM api_keys WHERE hash/.test(sql))).toHaveLength(keys.length);
    }
  });

  it('F34: frozen: calls are answered and their rows wait; a known key passes for a minute, then it is 503 as for the others', async () => {
    const clock = new SkippingClock();
    const gateway = await start(clock);
    const [known, other] = [await key(gateway, 'ann'), await key(gateway, 'bob')];
    expect((await gateway.get('/v1/models', known)).status).toBe(200);
    expect((await ask(gateway)).status).toBe(200);
    server.freeze();
    expect(countOf(await askMany(gateway, 30), 200)).toBe(30);
    expect((await gateway.post(COMPLETION, asks('known', { cache: 'off' }), known)).status).toBe(200);
    const refused = await gateway.get('/v1/models', other);
    expect([refused.status, await refused.json()]).toMatchObject([503, { error: { code: 'auth_unavailable' } }]);
    await eventually(() => gateway.degraded().includes('ledger'), 'PostgreSQL is noticed to be away');
    expect((await ask(gateway)).degraded).toContain('ledger');
    expect(unshipped(gateway)).toBeGreaterThan(0);
    clock.skip(61_000);
    expect((await gateway.get('/v1/models', known)).status).toBe(503);
    expect((await ask(gateway)).status).toBe(200);
    server.resume();
    await arrived(gateway, clock);
    expect((await gateway.get('/v1/models', known)).status).toBe(200);
    expect((await gateway.get('/v1/models', other)).status).toBe(200);
  });

  it('F35: killed under load and started again: no call fails, and each has its row once', async () => {
    const clock = new SkippingClock();
    const gateway = await start(clock);
    const before = askMany(gateway, 50);
    await server.kill();
    const meanwhile = askMany(gateway, 20);
    expect(countOf([...(await before), ...(await meanwhile)], 200)).toBe(70);
    await server.start();
    expect((await ask(gateway)).status).toBe(200);
    await arrived(gateway, clock);
  });

  it('F37: a database that can only be read, and then a row with text that no database takes, cost no row', async () => {
    const clock = new SkippingClock();
    const gateway = await start(clock);
    expect((await ask(gateway)).status).toBe(200);
    const administrator = new URL(server.url);
    administrator.searchParams.set('options', '-c default_transaction_read_only=off');
    const alter = async (change: string) => {
      await server.query(administrator.href, `ALTER SYSTEM ${change}`);
      await server.query(administrator.href, 'SELECT pg_reload_conf()');
    };
    await alter('SET default_transaction_read_only = on');
    try {
      await eventually(async () => {
        const [found] = await server.query(url, 'SHOW default_transaction_read_only');
        return found?.['default_transaction_read_only'] === 'on';
      }, 'it can only be read');
      expect(countOf(await askMany(gateway, 20), 200)).toBe(20);
      await eventually(() => gateway.degraded().includes('ledger'), 'it is noticed that no row is taken');
    } finally {
      await alter('RESET default_transaction_read_only');
    }
    const odd = asks('a\u0000b \ud800', { cache: 'off', tags: { 'a\u0000': '\ud800' } });
    const reply = await gateway.post(COMPLETION, odd, OPERATOR);
    // Whether such a tag is taken is another matter: what is taken has its row.
    expect([200, 400]).toContain(reply.status);
    expect(countOf(await askMany(gateway, 5), 200)).toBe(5);
    await arrived(gateway, clock);
    expect(gateway.service.status().stores.ledger.setAside).toBe(0);
  });

  it('F38: rows that were committed and whose acknowledgement was lost stand once', async () => {
    const clock = new SkippingClock();
    const gateway = await start(clock);
    expect((await ask(gateway)).status).toBe(200);
    await arrived(gateway, clock);
    proxy.dropReplies();
    expect(countOf(await askMany(gateway, 20), 200)).toBe(20);
    await eventually(async () => {
      const [found] = await server.query(url, 'SELECT count(*)::int AS count FROM ledger');
      return Number(found?.['count']) > 1;
    }, 'rows are committed');
    await proxy.pass();
    await arrived(gateway, clock);
  });

  it('F39: no connection is held while a vendor answers: with 100 streams under way every new key is still looked up', async () => {
    const clock = new SkippingClock();
    const gateway = await start(clock);
    gateway.vendor.script({ says: { text: 'word '.repeat(50) }, fault: { kind: 'stall-events', afterEvents: 5 } });
    const leave = new AbortController();
    const streams = Array.from({ length: 100 }, async (_, index) => {
      const messages = [{ role: 'user' as const, content: `stream ${index}` }];
      const request = { messages, userId: `user${index}`, cache: 'off' as const };
      const events = gateway.service.streamCompletion(request, { signal: leave.signal });
      for await (const _event of events);
    });
    const ended = Promise.allSettled(streams);
    await eventually(() => gateway.vendor.requests.length === 100, 'all streams are under way');
    await eventually(() => unshipped(gateway) === 0, 'their open rows are in the ledger');
    const sql = `SELECT count(*)::int AS count FROM pg_stat_activity
      WHERE application_name = 'codementor-llm' AND state <> 'idle'`;
    await eventually(async () => (await server.query(url, sql))[0]?.['count'] === 0, 'no connection is at work');
    const statuses: number[] = [];
    for (let one = 0; one < 20; one++)
      statuses.push((await gateway.get('/v1/models', await key(gateway, `u${one}`))).status);
    expect(new Set(statuses)).toEqual(new Set([200]));
    leave.abort();
    await ended;
    await arrived(gateway, clock);
  });

  it('F40: with the table locked by a migration calls are answered, and their rows are there when the lock is gone', async () => {
    const clock = new SkippingClock();
    const gateway = await start(clock);
    expect((await ask(gateway)).status).toBe(200);
    const end = await bystander('LOCK TABLE ledger IN ACCESS EXCLUSIVE MODE');
    try {
      expect(countOf(await askMany(gateway, 20), 200)).toBe(20);
      await eventually(() => gateway.degraded().includes('ledger'), 'it is noticed that no row is taken');
    } finally {
      await end();
    }
    await arrived(gateway, clock);
  });

  it('F40: an instance that starts while another is at the migrations waits for it, and then answers and writes', async () => {
    const lock = "SELECT pg_advisory_xact_lock(hashtext('codementor-llm migrations'), hashtext(current_schema()))";
    const end = await bystander(lock);
    const clock = new SkippingClock();
    const starting = start(clock);
    const waits = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    await eventually(async () => (await server.query(url, waits)).length > 0, 'it waits').finally(end);
    const gateway = await starting;
    expect(countOf(await askMany(gateway, 5), 200)).toBe(5);
    await arrived(gateway, clock);
  });
});

async function key(gateway: FaultyGateway, userId: string): Promise<{ 'x-api-key': string }> {
  return { 'x-api-key': (await gateway.service.keys.create({ tenant: 'acme', userId })).key };
}
