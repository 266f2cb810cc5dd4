// Two levels of kept answers: the memory of this process before the one that all instances share. Memory answers at once and lives on
// when the shared one is away; nothing here is an error but an invalidation that could not be made for all. What another instance
// invalidates is heard by a notice, and where that is lost, what memory holds is a minute old at most.

import { z } from 'zod';
import type { CacheSelector } from '../core/cache-invalidation.ts';
import type { CacheKey } from '../core/cache-key.ts';
import type { CacheStore, Keeping, KeptAnswer } from '../core/stores.ts';

/** How long this process may go on giving what another has invalidated, when nobody could tell it. */
const MEMORY_LIFE_MS = 60_000;

export interface TieredCacheOptions {
  readonly memory: CacheStore;
  readonly shared: CacheStore;
  readonly notices: {
    publish(text: string): Promise<unknown>;
    /** What comes back ends it. */
    subscribe(heard: (text: string) => void): () => void;
  };
}

export function createTieredCache(options: TieredCacheOptions): CacheStore {
  return new TieredCache(options);
}

class TieredCache implements CacheStore {
  readonly #memory: CacheStore;
  readonly #shared: CacheStore;
  readonly #notices: TieredCacheOptions['notices'];
  readonly #unsubscribe: () => void;

  constructor({ memory, shared, notices }: TieredCacheOptions) {
    this.#memory = memory;
    this.#shared = shared;
    this.#notices = notices;
    this.#unsubscribe = notices.subscribe((text) => {
      const invalidated = noticeIn(text);
      if (invalidated !== null) void memory.invalidate(invalidated.selector, invalidated.atMs);
    });
  }

  async get(key: CacheKey, nowMs: number): Promise<KeptAnswer | null> {
    const known = await this.#memory.get(key, nowMs);
    if (known !== null) return known;
    const shared = await this.#shared.get(key, nowMs).catch(() => null);
    if (shared === null) return null;
    // Memory may have heard of an invalidation while the answer was on its way here.
    return (await this.#keepHere(key, shared, nowMs)) === 'invalidated' ? null : shared;
  }

  async set(key: CacheKey, kept: KeptAnswer): Promise<Keeping> {
    const shared = await this.#shared.set(key, kept).catch((): Keeping => 'no-room');
    // There the marks of all are; here one may be known of which the shared level looks at only when the answer is asked for.
    if (shared === 'invalidated' || shared === 'outdated') return shared;
    const here = await this.#keepHere(key, kept, kept.storedAtMs);
    return here === 'no-room' ? shared : here;
  }

  /** Here and at whoever hears it in any case; rejects when it was not made for all. */
  async invalidate(selector: CacheSelector, atMs: number): Promise<void> {
    await this.#memory.invalidate(selector, atMs);
    try {
      await this.#shared.invalidate(selector, atMs);
    } finally {
      await this.#notices.publish(JSON.stringify({ selector, atMs }));
    }
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#memory.close();
    await this.#shared.close();
  }

  #keepHere(key: CacheKey, kept: KeptAnswer, nowMs: number): Promise<Keeping> {
    return this.#memory.set(key, { ...kept, expiresAtMs: Math.min(kept.expiresAtMs, nowMs + MEMORY_LIFE_MS) });
  }
}

const notice = z.strictObject({
  selector: z.discriminatedUnion('by', [
    z.strictObject({ by: z.literal('key'), key: z.string() }),
    z.strictObject({ by: z.literal('prompt'), prompt: z.string() }),
    z.strictObject({ by: z.literal('tenant'), tenant: z.string() }),
    z.strictObject({ by: z.literal('public') }),
  ]),
  atMs: z.int().nonnegative(),
});

/** Null: another version's, or nobody's. */
function noticeIn(text: string): z.infer<typeof notice> | null {
  try {
    return notice.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
