// S15: a key that is revoked at one instance is refused by all of them at once, by either header, also where it was known a moment ago;
// and when nobody could be told, within the stated minute.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FaultyGateway, PEPPER, startFaulty } from '../faults/gateways.ts';
import { until } from '../gateway/start.ts';
import { type AnyPostgres, describeWithPostgres, usePostgres } from '../servers/postgres.ts';
import { describeWithOwnRedis, type PrivateRedis, startRedis } from '../servers/redis.ts';
import { SkippingClock } from '../skipping-clock.ts';

describeWithOwnRedis('two instances with their keys in PostgreSQL', () =>
  describeWithPostgres('and Redis between them', () => {
    let redis: PrivateRedis;
    let postgres: AnyPostgres;
    let here: FaultyGateway;
    let there: FaultyGateway;
    const clock = new SkippingClock();
    beforeEach(async () => {
      redis = await startRedis();
      postgres = await usePostgres();
      const env = { REDIS_URL: redis.url, DATABASE_URL: await postgres.emptyDatabase(), LLM_KEY_PEPPER: PEPPER };
      here = await startFaulty('', { env });
      there = await startFaulty('', { env, clock });
    });
    afterEach(async () => {
      await Promise.all([here.close(), there.close()]);
      await Promise.all([redis.stop(), postgres.stop()]);
    });

    async function known() {
      const { id, key } = await here.service.keys.create({ tenant: 'acme', userId: 'ann' });
      const status = async (gateway: FaultyGateway, headers: Record<string, string> = { 'x-api-key': key }) =>
        (await gateway.get('/v1/models', headers)).status;
      expect([await status(here), await status(there)]).toEqual([200, 200]);
      return { id, key, status };
    }

    it('S15: refuse a key from the moment that one of them revokes it', async () => {
      const { id, key, status } = await known();
      await here.service.keys.revoke(id);
      expect(await status(here)).toBe(401);
      // The word takes its way; had nobody told, it would pass for half a minute more.
      await until(async () => (await status(there)) === 401, 'the other to hear of it');
      expect(await status(there, { authorization: `Bearer ${key}` })).toBe(401);
    });

    it('S15, F54: refuse it within a minute where no word came through', async () => {
      const { id, status } = await known();
      redis.freeze();
      await here.service.keys.revoke(id);
      expect(await status(here)).toBe(401);
      clock.skip(60_000);
      expect(await status(there)).toBe(401);
      redis.resume();
    });
  }),
);
