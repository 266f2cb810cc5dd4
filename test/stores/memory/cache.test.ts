// The cache in memory: the contract, and its bound in bytes.

import { describe, expect, it } from 'vitest';
import type { KeptAnswer } from '../../../src/core/stores.ts';
import { createMemoryCache } from '../../../src/stores/memory/cache.ts';
import { CACHED, keyOf } from '../../contract/cache-store.ts';
import { testCacheStore } from '../../contract/stores.ts';
import { NOON_MS } from '../../contract/windows-at-hand.ts';

testCacheStore('in memory', async () => createMemoryCache());

function answerOf(bytes: number): KeptAnswer {
  return { ...CACHED, answer: { ...CACHED.answer, parts: [{ type: 'text', text: 'x'.repeat(bytes) }] } };
}

describe('the cache in memory', () => {
  it('stays within its bytes, and drops what was asked for longest ago', async () => {
    const cache = createMemoryCache({ maxBytes: 100_000 });
    for (let id = 0; id < 9; id++) await cache.set(keyOf(id), answerOf(9_000));
    await cache.get(keyOf(0), NOON_MS);
    for (let id = 9; id < 12; id++) await cache.set(keyOf(id), answerOf(9_000));
    const kept = await Promise.all(Array.from({ length: 12 }, (_, id) => cache.get(keyOf(id), NOON_MS)));
    const dropped = kept.flatMap((cached, id) => (cached === null ? [id] : []));
    expect(dropped).toEqual([1, 2]);
  });

  it('does not keep the older answer that one of more than 1 MiB would have replaced', async () => {
    const cache = createMemoryCache();
    await cache.set(keyOf(1), answerOf(10));
    await cache.set(keyOf(1), answerOf(1_048_577));
    expect(await cache.get(keyOf(1), NOON_MS)).toBeNull();
    await cache.set(keyOf(1), answerOf(1_000_000));
    expect(await cache.get(keyOf(1), NOON_MS)).not.toBeNull();
  });

  it('keeps a bounded number of marks: what was asked before one that is pushed out is dead, whoever asked it', async () => {
    const cache = createMemoryCache({ marksMost: 2 });
    const other = keyOf(1, { kind: 'tenant', tenant: 'other' });
    await cache.set(other, { ...CACHED, askedAtMs: NOON_MS });
    for (const [index, tenant] of ['a', 'b', 'c'].entries()) {
      expect(await cache.get(other, NOON_MS)).not.toBeNull();
      await cache.invalidate({ by: 'tenant', tenant }, NOON_MS + index);
    }
    expect(await cache.get(other, NOON_MS)).toBeNull();
    const late = { ...CACHED, askedAtMs: NOON_MS };
    expect(await cache.set(keyOf(1, { kind: 'tenant', tenant: 'a' }), late)).toBe('invalidated');
    expect(await cache.set(other, { ...CACHED, askedAtMs: NOON_MS + 1 })).toBe('kept');
  });
});
