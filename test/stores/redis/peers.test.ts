// Processes that share a Redis: the contract, on one server and on a cluster.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { Peers } from '../../../src/core/peers.ts';
import { openRedis, type RedisClient } from '../../../src/stores/redis/client.ts';
import { openInstances } from '../../../src/stores/redis/instances.ts';
import { openNotices } from '../../../src/stores/redis/notices.ts';
import { openRedisPeers } from '../../../src/stores/redis/peers.ts';
import { RedisRoom } from '../../../src/stores/redis/room.ts';
import { testPeers } from '../../contract/peers.ts';
import {
  type AnyRedis,
  describeWithOwnRedis,
  describeWithRedis,
  startRedis,
  startRedisCluster,
  useRedis,
} from '../../servers/redis.ts';
import { SimulatedClock } from '../../simulated-clock.ts';

const report = () => {};
const commandTimeoutMs = 5_000;
/** A process that says no more that it lives, for longer than that counts. */
const SILENT_MS = 5_500;

function suite(name: string, start: () => Promise<AnyRedis>): void {
  let server: AnyRedis;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());
  testPeers(name, async () => {
    const ends: (() => Promise<void> | void)[] = [];
    const beating = new Map<string, SimulatedClock>();
    const connect = async (): Promise<RedisClient> => {
      const client = openRedis({ url: server.url, clock: systemClock, report, commandTimeoutMs });
      ends.push(() => client.close());
      await client.whenReady(10_000);
      return client;
    };
    return {
      async join(id): Promise<Peers> {
        const client = await connect();
        const notices = openNotices(client, { clock: systemClock, report });
        // It says that it lives when its own clock is turned, and not when it is not.
        const beats = new SimulatedClock();
        beating.set(id, beats);
        const instances = openInstances(client, beats, id);
        ends.unshift(async () => {
          notices.close();
          await instances.close();
        });
        return openRedisPeers({
          client,
          notices,
          instances,
          room: new RedisRoom(client, { clock: systemClock, report }),
        });
      },
      async kill({ id }) {
        beating.delete(id);
        const endsAtMs = Date.now() + SILENT_MS;
        while (Date.now() < endsAtMs) {
          for (const beats of beating.values()) beats.advance(1_000);
          await new Promise((resolve) => setTimeout(resolve, 500));
        }
      },
      pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      async close() {
        for (const end of ends) await end();
      },
    };
  });
}

describeWithOwnRedis('a Redis that is nearly full', () => {
  it('takes no logs of answers, and every claim', async () => {
    const server = await startRedis();
    const client = openRedis({ url: server.url, clock: systemClock, report, commandTimeoutMs });
    await client.whenReady(10_000);
    const notices = openNotices(client, { clock: systemClock, report });
    const instances = openInstances(client, systemClock, 'one');
    const room = new RedisRoom(client, { clock: systemClock, report });
    const peers = openRedisPeers({ client, notices, instances, room });
    try {
      await client.ask((connection) => connection.set('ballast', Buffer.alloc(20_000_000)));
      const info = await client.ask((connection) => connection.info('memory'));
      const most = Math.round(Number(/^used_memory:(\d+)/m.exec(info)?.[1]) / 0.85);
      await client.ask((connection) => connection.config('SET', 'maxmemory', most));
      await expect(peers.append('log', 1, 'text', 60_000)).rejects.toMatchObject({ code: 'store_unavailable' });
      expect(await client.connection.exists('log')).toBe(0);
      expect(await peers.claim('claim', 'mine', 60_000)).toBe('mine');
    } finally {
      notices.close();
      await instances.close();
      client.close();
      await server.stop();
    }
  });
});

describeWithRedis('processes on a Redis', () => suite('a Redis', useRedis));
describeWithOwnRedis('processes on a Redis cluster', () => suite('a Redis cluster', startRedisCluster));
