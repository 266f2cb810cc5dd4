// The cache in memory: the contract, and its bound in bytes.

import { describe, expect, it } from 'vitest';
import type { CachedAnswer } from '../../../src/core/stores.ts';
import { createMemoryCache } from '../../../src/stores/memory/cache.ts';
import { CACHED } from '../../contract/cache-store.ts';
import { testCacheStore } from '../../contract/stores.ts';
import { NOON_MS } from '../../contract/windows-at-hand.ts';

testCacheStore('in memory', async () => createMemoryCache());

function answerOf(bytes: number): CachedAnswer {
  return { ...CACHED, answer: { ...CACHED.answer, parts: [{ type: 'text', text: 'x'.repeat(bytes) }] } };
}

describe('the cache in memory', () => {
  it('stays within its bytes, and drops what was asked for longest ago', async () => {
    const cache = createMemoryCache({ maxBytes: 100_000 });
    for (let id = 0; id < 9; id++) await cache.set(`llm_cache:${id}`, answerOf(9_000), NOON_MS + 1_000);
    await cache.get('llm_cache:0', NOON_MS);
    for (let id = 9; id < 12; id++) await cache.set(`llm_cache:${id}`, answerOf(9_000), NOON_MS + 1_000);
    const kept = await Promise.all(Array.from({ length: 12 }, (_, id) => cache.get(`llm_cache:${id}`, NOON_MS)));
    expect(kept.map((cached) => cached !== null)).toEqual([
      true,
      false,
      false,
      true,
      true,
      true,
      true,
      true,
      true,
      true,
      true,
      true,
    ]);
  });

  it('does not keep an answer of more than 1 MiB, nor the older one that it would replace', async () => {
    const cache = createMemoryCache();
    await cache.set('llm_cache:a', answerOf(10), NOON_MS + 1_000);
    await cache.set('llm_cache:a', answerOf(1_048_577), NOON_MS + 1_000);
    expect(await cache.get('llm_cache:a', NOON_MS)).toBeNull();
    await cache.set('llm_cache:a', answerOf(1_000_000), NOON_MS + 1_000);
    expect(await cache.get('llm_cache:a', NOON_MS)).not.toBeNull();
  });
});
