// The one way to the Redis of all instances: whatever a service keeps there goes over this client, and what instances tell each other
// over these notices. The client may be away, also at the start; who asks it decides what stands in for it.

import type { Chance, Clock } from '../core/clock.ts';
import { llmError } from '../core/errors.ts';
import type { Report } from '../core/parts.ts';
import type { Peers } from '../core/peers.ts';
import type { RedisClient } from '../stores/redis/client.ts';
import type { Instances } from '../stores/redis/instances.ts';
import type { Notices } from '../stores/redis/notices.ts';
import type { RedisRoom } from '../stores/redis/room.ts';

export interface SharedRedis {
  readonly client: RedisClient;
  readonly notices: Notices;
  readonly instances: Instances;
  readonly peers: Peers;
  readonly room: RedisRoom;
  /** Whether an error of a store on it means that it could not be asked. */
  readonly isOutage: (error: unknown) => boolean;
  /** After every store on it. */
  close(): Promise<void>;
}

export interface SharedRedisOptions {
  readonly url: string;
  readonly commandTimeoutMs: number;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly report: Report;
}

export async function openSharedRedis(options: SharedRedisOptions): Promise<SharedRedis> {
  // Loaded when they are wanted, since the client need not be installed where it is not used.
  const [{ openRedis, isRedisOutage }, { openNotices }, { openInstances }, { openRedisPeers }, { RedisRoom }] =
    await Promise.all([
      import('../stores/redis/client.ts'),
      import('../stores/redis/notices.ts'),
      import('../stores/redis/instances.ts'),
      import('../stores/redis/peers.ts'),
      import('../stores/redis/room.ts'),
    ]).catch((error: unknown) => {
      throw whyNoClient(error);
    });
  const client = openRedis(options);
  const notices = openNotices(client, options);
  const instances = openInstances(client, options.clock, options.chance.id('inst'));
  const room = new RedisRoom(client, options);
  return {
    client,
    notices,
    instances,
    room,
    peers: openRedisPeers({ client, notices, instances, room }),
    isOutage: isRedisOutage,
    async close() {
      await instances.close();
      notices.close();
      client.close();
    },
  };
}

function whyNoClient(error: unknown): unknown {
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
  if (!isMissing || !error.message.includes("'ioredis'")) return error;
  return llmError(
    'store_unavailable',
    'REDIS_URL needs the package ioredis, which is not installed: npm install ioredis',
  );
}
