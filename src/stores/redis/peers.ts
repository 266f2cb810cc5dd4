// The processes that share a Redis, told of each other: claims as keys, logs as streams, a channel for each process. Every key has a
// time to live, and no command touches two keys, so a cluster needs no common slot.

import { llmError } from '../../core/errors.ts';
import type { LogEntry, Peers } from '../../core/peers.ts';
import { type RedisClient, redisScript } from './client.ts';
import type { Instances } from './instances.ts';
import type { Notices } from './notices.ts';
import type { RedisRoom } from './room.ts';

/** KEYS: the claim. ARGV: its text, for how long in ms. The text of the claim that holds. */
const CLAIM = redisScript(`
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return ARGV[1] end
return redis.call('GET', KEYS[1])
`);
/** KEYS: the claim. ARGV: its text. */
const RELEASE = redisScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
`);
/** KEYS: the stream. ARGV: the id, which is how far the text takes it, the text, for how long in ms. */
const APPEND = redisScript(`
if #redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', 1) == 0 then redis.call('XADD', KEYS[1], ARGV[1], 'e', ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 0
`);
/** Of one read. Each is 64 KiB at most, but for one that cannot be told in less, so this is some 2 MiB. */
const ENTRIES_MOST = 32;
/** "I am alive" is said each second: five may be lost. */
const ALIVE_WITHIN_MS = 5_000;
const ALL = 'peers';

export interface RedisPeersOptions {
  readonly client: RedisClient;
  readonly notices: Notices;
  readonly instances: Instances;
  readonly room: RedisRoom;
}

export function openRedisPeers({ client, notices, instances, room }: RedisPeersOptions): Peers {
  const topicOf = (peer: string | null) => (peer === null ? ALL : `peer:${peer}`);
  return {
    id: instances.id,
    async claim(name, claim, ttlMs) {
      // At the start of a process, or after an outage: else its first claims would be taken for those of a dead one.
      await instances.announced();
      const holds = await client.run(CLAIM, [name], [claim, ttlMs]);
      if (typeof holds !== 'string') throw new TypeError('A claim gave no text');
      return holds;
    },
    async release(name, claim) {
      await client.run(RELEASE, [name], [claim]);
    },
    async append(log, upTo, text, ttlMs) {
      if (!(await room.has()))
        throw llmError('store_unavailable', 'Redis is nearly full: answers are not written there');
      await client.run(APPEND, [log], [`${upTo}-0`, text, ttlMs]);
    },
    async read(log, after) {
      const from = after === null ? '-' : `(${after}`;
      const entries = await client.ask((connection) => connection.xrange(log, from, '+', 'COUNT', ENTRIES_MOST));
      return entries.map(([cursor, fields]): LogEntry => ({ cursor, text: fields[1] ?? '' }));
    },
    hasRoom: () => room.has(),
    isAlive: (peer) => instances.isAlive(peer, ALIVE_WITHIN_MS),
    send: (peer, message) => void notices.publish(topicOf(peer), message),
    onMessage(listener) {
      const forget = [null, instances.id].map((peer) => notices.subscribe(topicOf(peer), listener));
      return () => {
        for (const each of forget) each();
      };
    },
  };
}
