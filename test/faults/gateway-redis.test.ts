// Whole gateways on a Redis that freezes, dies, forgets its scripts, refuses, loses answers or is slow: every call is answered, none
// with a 500; alone an instance gives a twentieth of a budget and no more; and in the end the windows hold what was used.

import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { COMPLETION } from '../gateway/start.ts';
import { describeWithOwnRedis, type PrivateRedis, startRedis } from '../servers/redis.ts';
import { startTcpProxy, type TcpProxy } from '../servers/tcp-proxy.ts';
import { SkippingClock } from '../skipping-clock.ts';
import { CALL_NANO_USD, countOf, eventually, type FaultyGateway, PATIENT, startFaulty, type Told } from './gateways.ts';
import { seededRandom } from './seeded-random.ts';

/** A hundred calls of alice; of bob nothing but how many. */
const YAML = 'users: { alice: { usd_per_month: "0.01", in_flight: 200 }, bob: { requests_per_minute: 1000 } }\n';
/** A twentieth of a hundred. A busy machine may have used some of it before: where Redis took longer than 50 ms for a call. */
const ALLOWANCE = 5;

describeWithOwnRedis('a gateway on a Redis that is not well', () => {
  let server: PrivateRedis;
  let proxy: TcpProxy;
  let admin: Redis;
  const open: FaultyGateway[] = [];
  beforeEach(async () => {
    server = await startRedis();
    proxy = await startTcpProxy({ port: server.port });
    admin = new Redis(server.port, '127.0.0.1');
    admin.on('error', () => {});
  });
  afterEach(async () => {
    server.resume();
    await Promise.all(open.splice(0).map((gateway) => gateway.close()));
    admin.disconnect();
    await proxy.close();
    await server.stop();
  });

  /** Behind the proxy, in touch with Redis, and with so many calls of alice that are over. */
  async function start(calls: number, options: { readonly clock?: SkippingClock; readonly yaml?: string } = {}) {
    const env = { REDIS_URL: `redis://127.0.0.1:${proxy.port}` };
    const { clock, yaml = YAML } = options;
    const gateway = await startFaulty(yaml, { env, ...(clock && { clock }) });
    open.push(gateway);
    await eventually(() => gateway.degraded().length === 0, 'Redis is there');
    await eventually(async () => {
      if (gateway.vendor.requests.length < calls) await gateway.ask('alice');
      return gateway.vendor.requests.length >= calls;
    }, 'so many calls are answered');
    return gateway;
  }
  /** How many of these were let out without Redis. */
  const givenAlone = (told: readonly Told[]) => {
    const given = countOf(told, 200);
    expect(given + countOf(told, 503)).toBe(told.length);
    expect(given).toBeGreaterThan(0);
    expect(given).toBeLessThanOrEqual(ALLOWANCE);
    return given;
  };
  const isAway = (gateway: FaultyGateway) =>
    eventually(() => gateway.degraded().includes('windows'), 'Redis is noticed to be away');
  const isBack = (gateway: FaultyGateway) =>
    eventually(() => gateway.degraded().length === 0, 'Redis is noticed to be back');
  /** What one lost call has left owing is told a moment later. */
  const usedIs = async (gateway: FaultyGateway, calls: number) => {
    const expected = { nanoUsd: calls * CALL_NANO_USD, inFlight: 0 };
    const isSo = async () => JSON.stringify(await gateway.used('alice')) === JSON.stringify(expected);
    await eventually(isSo, 'the windows are told').catch(() => {});
    expect(await gateway.used('alice')).toEqual(expected);
  };

  const outages: readonly (readonly [string, () => Promise<void> | void, () => Promise<void> | void])[] = [
    ['F26: frozen', () => server.freeze(), () => server.resume()],
    ['F27: dead', () => server.kill(), () => server.start()],
  ];
  it.each(outages)(
    '%s: a twentieth of the budget is given and no more, calls without a budget go on, and nothing is lost',
    async (_name, away, back) => {
      const gateway = await start(10);
      await away();
      const told = await gateway.askMany('alice', 30);
      const given = givenAlone(told);
      expect(new Set(told.map(({ code }) => code))).toEqual(new Set([null, 'store_unavailable']));
      await isAway(gateway);
      expect(await gateway.ask('bob')).toEqual({ status: 200, code: null, degraded: 'windows' });
      expect(await (await gateway.get('/readyz')).json()).toMatchObject({ status: 'ready', degraded: ['windows'] });
      const alone = await gateway.askMany('bob', 100);
      expect(countOf(alone, 200)).toBe(100);
      await back();
      await isBack(gateway);
      await usedIs(gateway, 10 + given);
      expect(await gateway.ask('alice')).toEqual({ status: 200, code: null, degraded: null });
      // One line for each way that it went and came back; no call has one.
      expect(gateway.told('redis_away')).toBeLessThanOrEqual(2);
      expect(gateway.lines.length).toBeLessThan(200);
    },
  );

  it('F26: a call that asks for more than the twentieth pays for is answered with fewer max_tokens, and is told so', async () => {
    const gateway = await start(1);
    // With its end a hundred tokens, which the others are cut at.
    gateway.vendor.script({ says: { text: 'word '.repeat(99) } });
    server.freeze();
    await isAway(gateway);
    const body = { user_id: 'alice', messages: [{ role: 'user', content: 'long' }], max_tokens: 5_000, cache: 'off' };
    const reply = await gateway.post(COMPLETION, body);
    const told = await reply.json();
    expect([reply.status, reply.headers.get('x-degraded')]).toEqual([200, 'windows']);
    const sent = Number(reply.headers.get('x-max-tokens'));
    expect(told).toMatchObject({ max_tokens: { asked: 5_000, sent, reason: 'the budget leaves no more' } });
    expect(sent).toBeGreaterThanOrEqual(256);
    expect(sent).toBeLessThanOrEqual((ALLOWANCE * CALL_NANO_USD) / 1_000);
    server.resume();
    await isBack(gateway);
    await usedIs(gateway, 2);
  });

  it('F29: calls whose answers are lost on the way from Redis are held once and settled once', async () => {
    const gateway = await start(1);
    proxy.dropReplies();
    const told = await gateway.askMany('alice', 10);
    const given = givenAlone(told);
    await proxy.pass();
    await isBack(gateway);
    await usedIs(gateway, 1 + given);
    expect(gateway.vendor.requests).toHaveLength(1 + given);
  });

  it('F30: a Redis that forgets its scripts and cuts its connections between any two commands leaves no half of a call behind', async () => {
    const gateway = await start(1);
    let isOver = false;
    const havoc = (async () => {
      for (let round = 0; !isOver; round++) {
        await admin.script('FLUSH');
        if (round % 5 === 4) await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    let answered = 1;
    for (let round = 0; round < 8; round++) answered += countOf(await gateway.askMany('alice', 5), 200);
    isOver = true;
    await havoc;
    expect(gateway.vendor.requests).toHaveLength(answered);
    await isBack(gateway);
    await usedIs(gateway, answered);
    for await (const keys of admin.scanStream())
      for (const key of keys) expect.soft(await admin.pttl(key), key).toBeGreaterThan(0);
  });

  const refusals: readonly (readonly [string, () => Promise<unknown>, () => Promise<unknown>])[] = [
    ['READONLY', () => admin.replicaof('127.0.0.1', 1), () => admin.replicaof('NO', 'ONE')],
    ['OOM', () => admin.config('SET', 'maxmemory', '1'), () => admin.config('SET', 'maxmemory', '0')],
    [
      'BUSY',
      async () => {
        await admin.config('SET', 'busy-reply-threshold', '1');
        const other = new Redis(server.port, '127.0.0.1');
        other.eval('while true do end', 0).then(
          () => {},
          () => other.disconnect(),
        );
      },
      () => admin.script('KILL'),
    ],
  ];
  it.each(refusals)(
    'F31: %s counts as an outage: calls are answered from the allowance or with 503, never with 500',
    async (_word, begin, end) => {
      const gateway = await start(3);
      await begin();
      const told = await gateway.askMany('alice', 20);
      const given = givenAlone(told);
      expect(countOf(await gateway.askMany('bob', 10), 200)).toBe(10);
      await end();
      await isBack(gateway);
      await usedIs(gateway, 3 + given);
    },
  );

  it('F33: a Redis that is now quick, now slow, is not followed faster than every five seconds, and no figure suffers', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.info(`F33: seed ${seed}`);
    const random = seededRandom(seed);
    const gateway = await start(1, { yaml: YAML.replace('0.01', '1') });
    const startedAtMs = performance.now();
    let answered = 1;
    for (let round = 0; round < 60; round++) {
      proxy.delay(random() * 100);
      const told = await gateway.askMany('alice', 3);
      answered += countOf(told, 200);
      expect(countOf(told, 200) + countOf(told, 503)).toBe(3);
    }
    const elapsedMs = performance.now() - startedAtMs;
    await proxy.pass();
    // The first time it may be back at once.
    expect(gateway.told('window_store_away')).toBeLessThanOrEqual(2 + elapsedMs / 5_000);
    await isBack(gateway);
    await usedIs(gateway, answered);
    expect(gateway.vendor.requests).toHaveLength(answered);
  });

  it('F33: a Redis that has answered nothing in time since the start is told to be down from the first moment on, until it does', async () => {
    proxy.delay(60);
    const gateway = await startFaulty(YAML, { env: { REDIS_URL: `redis://127.0.0.1:${proxy.port}` } });
    open.push(gateway);
    const seen = new Set<string>();
    await eventually(() => {
      seen.add(gateway.degraded().join());
      return gateway.told('window_store_away') > 0;
    }, 'calls go on without Redis');
    expect([...seen]).toEqual(['windows']);
    await proxy.pass();
    await isBack(gateway);
    expect(await gateway.ask('alice')).toEqual({ status: 200, code: null, degraded: null });
  });

  it('F50: two instances whose clocks are an hour and five minutes apart admit one limit a minute between them', async () => {
    const [fast, slow] = [new SkippingClock(), new SkippingClock()];
    [fast.wrongByMs, slow.wrongByMs] = [3_600_000, -300_000];
    const yaml = `${PATIENT}users: { alice: { requests_per_minute: 20 } }\n`;
    const instances = [await start(0, { clock: fast, yaml }), await start(0, { clock: slow, yaml })];
    let admitted = 0;
    for (let round = 0; round < 5; round++) {
      for (const gateway of instances) {
        const told = await gateway.askMany('alice', 5);
        admitted += countOf(told, 200);
        expect(countOf(told, 200) + countOf(told, 429) + countOf(told, 503)).toBe(5);
      }
    }
    expect(admitted).toBe(20);
  });
});
