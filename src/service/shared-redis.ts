// The one way to the Redis of all instances: whatever a service keeps there goes over this client, and what instances tell each other
// over these notices. The client may be away, also at the start; who asks it decides what stands in for it.

import type { Clock } from '../core/clock.ts';
import type { Report } from '../core/parts.ts';
import type { RedisClient } from '../stores/redis/client.ts';
import type { Notices } from '../stores/redis/notices.ts';

export interface SharedRedis {
  readonly client: RedisClient;
  readonly notices: Notices;
  /** Whether an error of a store on it means that it could not be asked. */
  readonly isOutage: (error: unknown) => boolean;
  /** After every store on it. */
  close(): void;
}

export interface SharedRedisOptions {
  readonly url: string;
  readonly commandTimeoutMs: number;
  readonly clock: Clock;
  readonly report: Report;
}

export async function openSharedRedis(options: SharedRedisOptions): Promise<SharedRedis> {
  // Loaded when they are wanted, since the client need not be installed where it is not used.
  const [{ openRedis, isRedisOutage }, { openNotices }] = await Promise.all([
    import('../stores/redis/client.ts'),
    import('../stores/redis/notices.ts'),
  ]);
  const client = openRedis(options);
  const notices = openNotices(client, options);
  return {
    client,
    notices,
    isOutage: isRedisOutage,
    close() {
      notices.close();
      client.close();
    },
  };
}
