// How full Redis is. Budgets are counted there too and nothing is evicted (`noeviction`), so at its limit Redis refuses every write, holds
// of money included. Answers are worth less than that: they are kept only while a quarter of the memory is free.

import { Cluster, type Redis } from 'ioredis';
import type { Clock } from '../../core/clock.ts';
import type { Report } from '../../core/parts.ts';
import type { RedisClient } from './client.ts';

/** Rather long: answers of 5 KiB, a thousand of them a second, are 25 MB until the next look. */
const LOOK_EVERY_MS = 5_000;
const FULL_ABOVE = 0.75;
/** Less than where it was full, so that it does not go to and fro at the edge. */
const ROOM_BELOW = 0.7;

export class RedisRoom {
  readonly #client: RedisClient;
  readonly #clock: Clock;
  readonly #report: Report;
  #lookedAtMonotonicMs: number | null = null;
  #looking: Promise<void> | null = null;
  #isFull = false;

  constructor(client: RedisClient, { clock, report }: { readonly clock: Clock; readonly report: Report }) {
    this.#client = client;
    this.#clock = clock;
    this.#report = report;
  }

  /** As of a few seconds ago. Rejects when Redis did not say just now; until the next look it is as it was before. */
  async has(): Promise<boolean> {
    const nowMonotonicMs = this.#clock.monotonicMs();
    if (this.#lookedAtMonotonicMs === null || nowMonotonicMs - this.#lookedAtMonotonicMs >= LOOK_EVERY_MS) {
      // Also where it fails: a Redis that forbids the question must not cost every answer its place.
      this.#lookedAtMonotonicMs = nowMonotonicMs;
      this.#looking = this.#look().finally(() => {
        this.#looking = null;
      });
    }
    await this.#looking;
    return !this.#isFull;
  }

  async #look(): Promise<void> {
    const infos = await this.#client.ask((connection) =>
      Promise.all(mastersOf(connection).map((master) => master.info('memory'))),
    );
    const [fullest] = infos.map(memoryIn).sort((one, other) => other.share - one.share);
    if (fullest === undefined) return;
    const isFull = fullest.share > (this.#isFull ? ROOM_BELOW : FULL_ABOVE);
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    const fields = { used_bytes: fullest.usedBytes, max_bytes: fullest.maxBytes };
    if (isFull)
      this.#report('warn', 'cache_full', { ...fields, advice: 'answers are not kept in Redis; raise maxmemory' });
    else this.#report('info', 'cache_has_room', fields);
  }
}

function mastersOf(connection: Redis | Cluster): readonly Redis[] {
  return connection instanceof Cluster ? connection.nodes('master') : [connection];
}

/** Without a limit there is always room. */
function memoryIn(info: string) {
  const usedBytes = Number(/^used_memory:(\d+)/m.exec(info)?.[1]);
  const maxBytes = Number(/^maxmemory:(\d+)/m.exec(info)?.[1]);
  return { usedBytes, maxBytes, share: maxBytes > 0 ? usedBytes / maxBytes : 0 };
}
