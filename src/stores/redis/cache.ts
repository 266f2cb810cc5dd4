// Answers kept in Redis, for all instances. One round trip looks one up, together with the marks of what was invalidated; one keeps it.
// Every key has a time to live, nothing is ever looked for, and a Redis that does not answer costs its deadline a few times only.

import { readFileSync } from 'node:fs';
import { type CacheSelector, lifeOfMarkMs, promptSelectors, scopeSelector } from '../../core/cache-invalidation.ts';
import type { CacheKey } from '../../core/cache-key.ts';
import type { Clock } from '../../core/clock.ts';
import { llmError } from '../../core/errors.ts';
import type { CacheStore, Keeping, KeptAnswer } from '../../core/stores.ts';
import { Breaker } from '../breaker.ts';
import { entryOf, entryText } from './cache-entry.ts';
import { entryKeyOf, markKeyOf } from './cache-keys.ts';
import { isRedisOutage, type RedisClient, redisScript } from './client.ts';
import type { RedisRoom } from './room.ts';

/** As in memory: one answer this long would take the room of hundreds, and hold up what is asked of Redis behind it. */
const ENTRY_BYTES_MOST = 1_048_576;

const read = (name: string) => readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8');
const KEEP = redisScript(read('keep-answer'));
const MARK = redisScript(read('mark-dead'));

export interface RedisCacheOptions {
  readonly clock: Clock;
  /** Shared by all that could do without it. */
  readonly room: RedisRoom;
}

/** Rejects with `store_unavailable` when Redis cannot be asked. Closing it leaves the client to others. */
export function openRedisCache(client: RedisClient, options: RedisCacheOptions): CacheStore {
  return new RedisCache(client, options);
}

class RedisCache implements CacheStore {
  readonly #client: RedisClient;
  readonly #room: RedisRoom;
  readonly #breaker: Breaker;

  constructor(client: RedisClient, options: RedisCacheOptions) {
    this.#client = client;
    this.#room = options.room;
    this.#breaker = new Breaker({
      clock: options.clock,
      isOutage: isRedisOutage,
      refusal: () => llmError('store_unavailable', 'Redis, where answers are kept, has not answered for some calls'),
    });
  }

  async get(key: CacheKey, nowMs: number): Promise<KeptAnswer | null> {
    const [[text = null, ...marks], promptMarks] = await this.#breaker.run(() => this.#read(key));
    const kept = text === null ? null : entryOf(text);
    if (kept === null || nowMs >= kept.expiresAtMs) return null;
    const isDead = [...marks, ...promptMarks].some((mark) => mark !== null && !(Number(mark) < kept.askedAtMs));
    return isDead ? null : kept;
  }

  set(key: CacheKey, kept: KeptAnswer): Promise<Keeping> {
    const lifeMs = kept.expiresAtMs - kept.storedAtMs;
    const text = entryText(kept);
    // Characters of one byte at least; what has more is measured.
    if (lifeMs <= 0 || text.length > ENTRY_BYTES_MOST || Buffer.byteLength(text) > ENTRY_BYTES_MOST)
      return Promise.resolve('no-room');
    return this.#breaker.run(async () => {
      if (!(await this.#room.has())) return 'no-room';
      const keys = [entryKeyOf(key.text, key.scope), ...marksBeside(key)];
      const word = await this.#client.run(KEEP, keys, [text, lifeMs, kept.askedAtMs]);
      return word === 1 ? 'kept' : word === 2 ? 'outdated' : 'invalidated';
    });
  }

  // Not by the breaker: whoever invalidates has to hear whether it is done, and a mark that is made late is better than none.
  async invalidate(selector: CacheSelector, atMs: number): Promise<void> {
    const entry = selector.by === 'key' ? [entryKeyOf(selector.key)] : [];
    await this.#client.run(MARK, [markKeyOf(selector), ...entry], [atMs, lifeOfMarkMs(selector)]);
  }

  async close(): Promise<void> {}

  /** The entry and the marks beside it in one step; those of the template at the same time, since they lie elsewhere in a cluster. */
  #read(key: CacheKey) {
    const ofPrompt = promptSelectors(key).map(markKeyOf);
    return this.#client.ask((connection) =>
      Promise.all([
        connection.mget(entryKeyOf(key.text, key.scope), ...marksBeside(key)),
        ofPrompt.length === 0 ? [] : connection.mget(...ofPrompt),
      ]),
    );
  }
}

/** Of the key and of the scope. */
function marksBeside({ text, scope }: CacheKey): readonly string[] {
  return [markKeyOf({ by: 'key', key: text }), markKeyOf(scopeSelector(scope))];
}
