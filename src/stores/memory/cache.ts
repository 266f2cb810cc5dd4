// Answers kept in the memory of one process, bounded in bytes. An answer is stored as its JSON text: nobody who holds one can
// change what the next caller gets, and its size is known to the byte.

import { LRUCache } from 'lru-cache';
import type { PicoUsd } from '../../core/money.ts';
import type { Answer } from '../../core/response.ts';
import type { CachedAnswer, CacheStore } from '../../core/stores.ts';

/** Room for some ten thousand answers of 5 KiB. */
const BYTES_MOST = 64 * 1_048_576;
/** One answer this long would push out hundreds that are asked for more often. */
const ENTRY_BYTES_MOST = 1_048_576;
/** What an entry costs beside its text: objects, list and map. */
const ENTRY_OVERHEAD_BYTES = 400;

interface Entry {
  readonly answerJson: Buffer;
  readonly provider: string;
  readonly model: string;
  readonly costPicoUsd: PicoUsd | null;
  readonly storedAtMs: number;
  readonly expiresAtMs: number;
}

export function createMemoryCache(
  options: { readonly maxBytes?: number; readonly maxEntryBytes?: number } = {},
): CacheStore {
  return new MemoryCache(options.maxBytes ?? BYTES_MOST, options.maxEntryBytes ?? ENTRY_BYTES_MOST);
}

class MemoryCache implements CacheStore {
  readonly #entries: LRUCache<string, Entry>;

  constructor(maxBytes: number, maxEntryBytes: number) {
    this.#entries = new LRUCache({
      maxSize: maxBytes,
      maxEntrySize: Math.min(maxBytes, maxEntryBytes),
      sizeCalculation: ({ answerJson }, key) => answerJson.byteLength + 2 * key.length + ENTRY_OVERHEAD_BYTES,
    });
  }

  // Time is the caller's: the library's own TTL reads a clock that no test can turn.
  async get(key: string, nowMs: number): Promise<CachedAnswer | null> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    if (nowMs >= entry.expiresAtMs) {
      this.#entries.delete(key);
      return null;
    }
    const { answerJson, provider, model, costPicoUsd, storedAtMs } = entry;
    const answer: Answer = JSON.parse(answerJson.toString());
    return { answer, provider, model, costPicoUsd, storedAtMs };
  }

  async set(key: string, { answer, ...about }: CachedAnswer, expiresAtMs: number): Promise<void> {
    const { provider, model, costPicoUsd, storedAtMs } = about;
    const answerJson = Buffer.from(JSON.stringify(answer));
    this.#entries.set(key, { answerJson, provider, model, costPicoUsd, storedAtMs, expiresAtMs });
  }

  async delete(key: string): Promise<void> {
    this.#entries.delete(key);
  }

  async close(): Promise<void> {
    this.#entries.clear();
  }
}
