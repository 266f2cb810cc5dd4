// Answers kept in the memory of one process, bounded in bytes. An answer is stored as its JSON text: nobody who holds one can
// change what the next caller gets, and its size is known to the byte.

import { LRUCache } from 'lru-cache';
import type { CacheSelector } from '../../core/cache-invalidation.ts';
import type { CacheKey } from '../../core/cache-key.ts';
import type { Answer } from '../../core/response.ts';
import type { CacheStore, Keeping, KeptAnswer } from '../../core/stores.ts';
import { CacheMarks } from './cache-marks.ts';

/** Room for some ten thousand answers of 5 KiB. */
const BYTES_MOST = 64 * 1_048_576;
/** One answer this long would push out hundreds that are asked for more often. */
const ENTRY_BYTES_MOST = 1_048_576;
/** What an entry costs beside its text: objects, list and map. */
const ENTRY_OVERHEAD_BYTES = 400;

interface Entry extends Omit<KeptAnswer, 'answer'> {
  readonly answerJson: Buffer;
}

export function createMemoryCache(
  options: { readonly maxBytes?: number; readonly maxEntryBytes?: number; readonly marksMost?: number } = {},
): CacheStore {
  const { maxBytes = BYTES_MOST, maxEntryBytes = ENTRY_BYTES_MOST, marksMost } = options;
  return new MemoryCache(maxBytes, maxEntryBytes, marksMost);
}

class MemoryCache implements CacheStore {
  readonly #entries: LRUCache<string, Entry>;
  readonly #marks: CacheMarks;

  constructor(maxBytes: number, maxEntryBytes: number, marksMost?: number) {
    this.#marks = new CacheMarks(marksMost);
    this.#entries = new LRUCache({
      maxSize: maxBytes,
      maxEntrySize: Math.min(maxBytes, maxEntryBytes),
      sizeCalculation: ({ answerJson }, key) => answerJson.byteLength + 2 * key.length + ENTRY_OVERHEAD_BYTES,
    });
  }

  // Time is the caller's: the library's own TTL reads a clock that no test can turn.
  async get(key: CacheKey, nowMs: number): Promise<KeptAnswer | null> {
    const entry = this.#entries.get(key.text);
    if (entry === undefined) return null;
    if (nowMs >= entry.expiresAtMs || this.#marks.isDead(key, entry.askedAtMs)) {
      this.#entries.delete(key.text);
      return null;
    }
    const { answerJson, ...about } = entry;
    const answer: Answer = JSON.parse(answerJson.toString());
    return { answer, ...about };
  }

  async set(key: CacheKey, { answer, ...about }: KeptAnswer): Promise<Keeping> {
    if (this.#marks.isDead(key, about.askedAtMs)) return 'invalidated';
    const before = this.#entries.peek(key.text);
    const isOutdated = before !== undefined && before.askedAtMs > about.askedAtMs;
    if (isOutdated && before.expiresAtMs > about.storedAtMs) return 'outdated';
    this.#entries.set(key.text, { ...about, answerJson: Buffer.from(JSON.stringify(answer)) });
    return this.#entries.has(key.text) ? 'kept' : 'no-room';
  }

  async invalidate(selector: CacheSelector, atMs: number): Promise<void> {
    this.#marks.set(selector, atMs);
    // The mark of a key is gone before what lives longest.
    if (selector.by === 'key') this.#entries.delete(selector.key);
  }

  async close(): Promise<void> {
    this.#entries.clear();
  }
}
