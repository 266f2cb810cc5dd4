// How many processes share a Redis: each says every second that it lives, by the server's clock. Whoever divides something among
// them (the allowance while Redis is away) divides by the number that was last seen.

import type { Clock } from '../../core/clock.ts';
import { type RedisClient, redisScript } from './client.ts';

const EVERY_MS = 1_000;
/** One that was silent for so long is dead, or cannot reach the server: ten missed beats, so that no pause halves the number. */
const SEEN_WITHIN_MS = 10_000;
/** What was said so lately is still believed by whoever asks. */
const SAID_WITHIN_MS = 3_000;
const MEMBERS = 'instances';

/** KEYS: members. ARGV: the member, for how long one counts, in ms. The count of those that live. */
const BEAT = redisScript(`
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', now - tonumber(ARGV[2])))
redis.call('PEXPIRE', KEYS[1], 2 * tonumber(ARGV[2]))
return redis.call('ZCARD', KEYS[1])
`);

/** KEYS: members. ARGV: the member, within how long it must have said so, in ms. 1: it has. */
const LIVES = redisScript(`
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local seen = redis.call('ZSCORE', KEYS[1], ARGV[1])
if seen and tonumber(seen) > now - tonumber(ARGV[2]) then return 1 end
return 0
`);

export interface Instances {
  /** Of this process. */
  readonly id: string;
  /** As last told by the server, itself included; 1 until it has told. */
  count(): number;
  /** Resolves when the server knows that this process lives: before it, whoever asks takes it for dead. Rejects when it cannot be told. */
  announced(): Promise<void>;
  /** Whether one has said within so long that it lives. */
  isAlive(id: string, withinMs: number): Promise<boolean>;
  /** It says good-bye, if the server answers. */
  close(): Promise<void>;
}

/** `members`: the key that those share who are counted together. */
export function openInstances(client: RedisClient, clock: Clock, instanceId: string, members = MEMBERS): Instances {
  let count = 1;
  let isClosed = false;
  let saidAtMonotonicMs: number | null = null;
  let cancel = () => {};
  let beating: Promise<void> = Promise.resolve();
  const say = async (): Promise<void> => {
    const seen = await client.run(BEAT, [members], [instanceId, SEEN_WITHIN_MS]);
    saidAtMonotonicMs = clock.monotonicMs();
    if (typeof seen === 'number') count = Math.max(1, seen);
  };
  const beat = async (): Promise<void> => {
    // Away: the last number stands, which is what it is for.
    await say().catch(() => {});
    if (!isClosed) cancel = clock.after(EVERY_MS, start);
  };
  const start = () => {
    beating = beat();
  };
  start();
  return {
    id: instanceId,
    count: () => count,
    async announced() {
      if (saidAtMonotonicMs === null || clock.monotonicMs() - saidAtMonotonicMs > SAID_WITHIN_MS) await say();
    },
    isAlive: async (id, withinMs) => (await client.run(LIVES, [members], [id, withinMs])) === 1,
    close: async () => {
      isClosed = true;
      cancel();
      await beating;
      try {
        await client.ask((connection) => connection.zrem(members, instanceId));
      } catch {
        // It is taken off when it has been silent for long enough.
      }
    },
  };
}
