// Windows in Redis: the contract, on one server and on a cluster.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { systemChance, systemClock } from '../../../src/core/clock.ts';
import { openRedis, type RedisClient } from '../../../src/stores/redis/client.ts';
import { openRedisWindows } from '../../../src/stores/redis/windows.ts';
import { testWindowStore } from '../../contract/stores.ts';
import {
  type AnyRedis,
  describeWithOwnRedis,
  describeWithRedis,
  startRedisCluster,
  useRedis,
} from '../../servers/redis.ts';
import { withOwnTenants } from './own-tenants.ts';

function suite(name: string, start: () => Promise<AnyRedis>): void {
  let server: AnyRedis;
  let client: RedisClient;
  beforeAll(async () => {
    server = await start();
    client = openRedis({ url: server.url, clock: systemClock, report: () => {}, commandTimeoutMs: 5_000 });
    await client.whenReady(10_000);
  });
  afterAll(async () => {
    client.close();
    await server.stop();
  });
  testWindowStore(name, async () =>
    withOwnTenants(
      openRedisWindows(client, {
        clock: systemClock,
        chance: systemChance,
        timeFrom: 'caller',
        registry: `window_tags:${randomBytes(6).toString('hex')}`,
      }),
    ),
  );
}

describeWithRedis('windows in Redis', () => suite('in Redis', useRedis));
describeWithOwnRedis('windows in a Redis cluster', () => suite('in a Redis cluster', startRedisCluster));
