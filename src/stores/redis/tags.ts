// Which tags have holds, so that whoever reaps finds those of every process. One sorted set, outside the slots of the tags: it is
// touched beside what it is about, never in the same step, and nobody waits for it.

import { LRUCache } from 'lru-cache';
import type { Clock } from '../../core/clock.ts';
import type { RedisClient } from './client.ts';
import { SCRIPTS } from './window-scripts.ts';

/** Each process touches a tag at most so often. */
const TOUCHED_EVERY_MS = 60_000;
/** A tag without holds that nobody has touched for so long is used by nobody: twice the time above. */
const QUIET_S = 120;
const REGISTRY_TTL_MS = 48 * 3_600_000;
const TAGS_MOST = 50_000;

export class RedisTags {
  readonly #client: RedisClient;
  readonly #clock: Clock;
  readonly #registry: string;
  readonly #touchedAtMonotonicMs = new LRUCache<string, number>({ max: TAGS_MOST });

  constructor(client: RedisClient, clock: Clock, registry: string) {
    this.#client = client;
    this.#clock = clock;
    this.#registry = registry;
  }

  /** Says that the tag is in use, unless this process has said so lately. */
  touch(tag: string): void {
    const touchedAtMs = this.#touchedAtMonotonicMs.get(tag);
    const nowMs = this.#clock.monotonicMs();
    if (touchedAtMs !== undefined && nowMs - touchedAtMs < TOUCHED_EVERY_MS) return;
    this.#touchedAtMonotonicMs.set(tag, nowMs);
    this.#client
      .run(SCRIPTS.touch, [this.#registry], [REGISTRY_TTL_MS, tag])
      .catch(() => this.#touchedAtMonotonicMs.delete(tag));
  }

  /** The same at once: the registry may have been lost with the windows of the tag. */
  touchAgain(tag: string): void {
    this.#touchedAtMonotonicMs.delete(tag);
    this.touch(tag);
  }

  list(): Promise<readonly string[]> {
    return this.#client.ask((connection) => connection.zrange(this.#registry, '0', '-1'));
  }

  /** Takes those of these off that nobody uses. */
  async forget(tags: readonly string[]): Promise<void> {
    if (tags.length > 0) await this.#client.run(SCRIPTS.forget, [this.#registry], [QUIET_S, ...tags]);
  }
}
