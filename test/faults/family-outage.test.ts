// All vendors are down at once, and come back: who is asked meanwhile, and by how many. And a vendor that always fails while Redis stands
// still besides. Time is turned by hand where it matters.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureIn } from '../gateway/failures.ts';
import { describeWithOwnRedis, type PrivateRedis, startRedis } from '../servers/redis.ts';
import { SkippingClock } from '../skipping-clock.ts';
import { DIALECTS, readReply } from './dialects.ts';
import { FAMILIES } from './families.ts';
import { type FamilyGateway, OF_THE_WELL, routeTo, startFamilies } from './family-gateway.ts';
import { eventually } from './gateways.ts';
import { type Act, says, status } from './vendor-server.ts';

const NO_STORE = { 'cache-control': 'no-store' };
const [native] = DIALECTS;
if (native === undefined) throw new Error('No dialect');

describe('all vendors at once', () => {
  const clock = new SkippingClock();
  let running: FamilyGateway;
  beforeAll(async () => {
    running = await startFamilies({
      clock,
      yaml: 'retry: { max_retries: 0 }\nbreaker: { failures: 3, open_ms: 10000 }\n',
    });
  });
  afterAll(() => running.close());

  const vendors = () => FAMILIES.map(({ id }) => running.vendors[id]);
  const heard = () => vendors().map((vendor) => vendor.heard.length);
  const all = (act: Act) => {
    for (const vendor of vendors()) vendor.does(act);
  };
  const ask = (dialect = native) => running.post(dialect.path, dialect.body('all', true), NO_STORE);
  const since = (before: readonly number[]) => heard().map((count, index) => count - (before[index] ?? 0));

  it('F60: are left alone once their breakers are open; each is tried by one request at a time, and all of them are found again', async () => {
    all(status(503));
    for (let failures = 0; failures < 3; failures++) expect((await ask()).status).toBe(503);
    expect(heard()).toEqual(FAMILIES.map(() => 3));

    const rows = (await running.rows()).length;
    for (const dialect of DIALECTS) {
      const replies = await Promise.all(Array.from({ length: 10 }, () => ask(dialect)));
      for (const reply of replies) {
        expect([reply.status, failureIn(await reply.json()).code]).toEqual([503, 'all_providers_unavailable']);
        const waitS = Number(reply.headers.get('retry-after'));
        expect([waitS >= 1, waitS <= 10]).toEqual([true, true]);
      }
    }
    expect(heard()).toEqual(FAMILIES.map(() => 3));
    expect((await running.rows()).length).toBe(rows);

    // Still down: of twenty who come at once one tries each of them, and the others are told to wait.
    clock.skip(10_000);
    const before = heard();
    const replies = await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect(new Set(replies.map((reply) => reply.status))).toEqual(new Set([503]));
    await Promise.all(replies.map((reply) => reply.text()));
    expect(since(before)).toEqual(FAMILIES.map(() => 1));

    // Well again, and slow to say so: nobody but the one who tries it is let through to it.
    clock.skip(10_000);
    const held: (() => void)[] = [];
    for (const family of FAMILIES)
      running.vendors[family.id].does((one) => void held.push(() => says(family, { text: `of ${family.id}` })(one)));
    const wellBefore = heard();
    const asked = Array.from({ length: 20 }, () => ask());
    await eventually(() => held.length === FAMILIES.length, 'each is tried');
    expect(since(wellBefore)).toEqual(FAMILIES.map(() => 1));
    for (const answer of held.splice(0)) answer();
    const told = await Promise.all(asked.map(async (reply) => readReply(await reply, native)));
    expect(told.filter(({ isWhole }) => isWhole)).toHaveLength(FAMILIES.length);
    for (const family of FAMILIES) running.vendors[family.id].does(says(family, { text: `of ${family.id}` }));
    expect((await readReply(await ask(), native)).text).toBe('of groq');
    expect(running.lines.filter(({ event }) => event === 'provider_breaker_closed')).toHaveLength(FAMILIES.length);
  });
});

describeWithOwnRedis('with Redis frozen besides', () => {
  let redis: PrivateRedis;
  let running: FamilyGateway;
  beforeAll(async () => {
    redis = await startRedis();
    running = await startFamilies({
      env: { REDIS_URL: `redis://127.0.0.1:${redis.port}` },
      yaml: 'retry: { base_ms: 0 }\nusers: { bob: { requests_per_minute: 100000, in_flight: 1000 } }\n',
    });
    await eventually(() => running.service.status().degraded.length === 0, 'Redis is there');
    redis.freeze();
  });
  afterAll(async () => {
    redis.resume();
    await running.close();
    await redis.stop();
  });

  it.each(FAMILIES.map((family) => [family.id, family] as const))(
    'F57: a vendor of the family %s that always fails costs nobody an answer, in any dialect: the next one gives all of them',
    async (_id, family) => {
      running.vendors[family.id].does(status(500, family.errorBody));
      for (const dialect of DIALECTS)
        for (const stream of [true, false]) {
          const headers = { ...NO_STORE, 'x-user-id': 'bob' };
          const body =
            dialect.id === 'native'
              ? { ...dialect.body(routeTo(family), stream), user_id: 'bob' }
              : dialect.body(routeTo(family), stream);
          const replies = await Promise.all(Array.from({ length: 5 }, () => running.post(dialect.path, body, headers)));
          const told = await Promise.all(replies.map((reply) => readReply(reply, dialect)));
          expect(told.map(({ text, isWhole }) => [text, isWhole])).toEqual(
            Array.from({ length: 5 }, () => [OF_THE_WELL, true]),
          );
        }
    },
  );
});
