// Memory before a shared cache: what another process invalidates, what a lost notice costs at most, and a shared cache that is away. That
// it keeps the contract is shown where it lies before Redis (redis/cache.test.ts).

import { describe, expect, it } from 'vitest';
import type { CacheSelector } from '../../src/core/cache-invalidation.ts';
import { llmError } from '../../src/core/errors.ts';
import type { CacheStore } from '../../src/core/stores.ts';
import { createMemoryCache } from '../../src/stores/memory/cache.ts';
import { createTieredCache } from '../../src/stores/tiered-cache.ts';
import { CACHED, keyOf } from '../contract/cache-store.ts';
import { NOON_MS } from '../contract/windows-at-hand.ts';

const KEY = keyOf(1);
const LONG = { ...CACHED, expiresAtMs: NOON_MS + 3_600_000 };
const ACME: CacheSelector = { by: 'tenant', tenant: 'acme' };

/** Processes that hear each other, and a shared cache that counts what it is asked. */
function fleet({ isHeard = true, isAway = false } = {}) {
  const heard = new Set<(text: string) => void>();
  const store = createMemoryCache();
  const state = { asked: 0, isAway };
  const through = <T>(call: () => Promise<T>): Promise<T> => {
    state.asked++;
    return state.isAway ? Promise.reject(llmError('store_unavailable', 'away')) : call();
  };
  const shared: CacheStore = {
    get: (...asked) => through(() => store.get(...asked)),
    set: (...asked) => through(() => store.set(...asked)),
    invalidate: (...asked) => through(() => store.invalidate(...asked)),
    close: () => store.close(),
  };
  const say = (text: string) => {
    for (const hear of heard) hear(text);
  };
  const notices = {
    publish: async (text: string) => {
      if (isHeard) say(text);
    },
    subscribe: (hear: (text: string) => void) => {
      heard.add(hear);
      return () => heard.delete(hear);
    },
  };
  const open = () => createTieredCache({ memory: createMemoryCache(), shared, notices });
  return { open, state, say, store };
}

describe('memory before a shared cache', () => {
  it('gives an answer that another process has kept, and asks for it there once', async () => {
    const { open, state } = fleet();
    const [one, other] = [open(), open()];
    await one.set(KEY, CACHED);
    expect(await other.get(KEY, NOON_MS)).toEqual(CACHED);
    const { asked } = state;
    expect((await other.get(KEY, NOON_MS))?.answer).toEqual(CACHED.answer);
    expect((await one.get(KEY, NOON_MS))?.answer).toEqual(CACHED.answer);
    expect(state.asked).toBe(asked);
  });

  it('gives nothing any more that another process has invalidated', async () => {
    const { open } = fleet();
    const [one, other] = [open(), open()];
    await one.set(KEY, CACHED);
    await other.get(KEY, NOON_MS);
    await one.invalidate(ACME, NOON_MS);
    expect(await other.get(KEY, NOON_MS)).toBeNull();
  });

  it('gives it for a minute at most where the notice was lost', async () => {
    const { open } = fleet({ isHeard: false });
    const [one, other] = [open(), open()];
    await one.set(KEY, LONG);
    await other.get(KEY, NOON_MS + 1_000);
    await one.invalidate(ACME, NOON_MS + 2_000);
    expect(await one.get(KEY, NOON_MS + 2_000)).toBeNull();
    expect(await other.get(KEY, NOON_MS + 60_999)).not.toBeNull();
    expect(await other.get(KEY, NOON_MS + 61_000)).toBeNull();
  });

  it('keeps nothing in memory that was under way elsewhere when it was invalidated, though the notice was lost', async () => {
    const { open } = fleet({ isHeard: false });
    const [one, other] = [open(), open()];
    await one.invalidate(ACME, NOON_MS);
    expect(await other.set(KEY, { ...LONG, askedAtMs: NOON_MS })).toBe('invalidated');
    expect(await other.get(KEY, NOON_MS)).toBeNull();
  });

  it('gives nothing that is invalidated while it is on its way from there', async () => {
    const { open, store } = fleet();
    const [one, other] = [open(), open()];
    await one.set(KEY, CACHED);
    const found = Promise.withResolvers<void>();
    const slow: CacheStore = {
      set: (...asked) => store.set(...asked),
      invalidate: (...asked) => store.invalidate(...asked),
      close: () => store.close(),
      async get(...asked) {
        const kept = await store.get(...asked);
        await found.promise;
        return kept;
      },
    };
    const heard: ((text: string) => void)[] = [];
    const subscribe = (hear: (text: string) => void) => {
      heard.push(hear);
      return () => {};
    };
    const late = createTieredCache({
      memory: createMemoryCache(),
      shared: slow,
      notices: { publish: async () => {}, subscribe },
    });
    const asked = late.get(KEY, NOON_MS);
    await other.invalidate(ACME, NOON_MS);
    for (const hear of heard) hear(JSON.stringify({ selector: ACME, atMs: NOON_MS }));
    found.resolve();
    expect(await asked).toBeNull();
  });

  it('answers from memory alone while the shared cache is away, and nothing is an error', async () => {
    const { open, state } = fleet({ isAway: true });
    const one = open();
    expect(await one.get(KEY, NOON_MS)).toBeNull();
    expect(await one.set(KEY, CACHED)).toBe('kept');
    expect((await one.get(KEY, NOON_MS))?.answer).toEqual(CACHED.answer);
    state.isAway = false;
    expect(await open().get(KEY, NOON_MS)).toBeNull();
  });

  it('says so when an invalidation could not be made for all; here, and at whoever hears it, it holds', async () => {
    const { open, state } = fleet();
    const [one, other] = [open(), open()];
    await one.set(KEY, CACHED);
    await other.get(KEY, NOON_MS);
    state.isAway = true;
    await expect(one.invalidate(ACME, NOON_MS)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect([await one.get(KEY, NOON_MS), await other.get(KEY, NOON_MS)]).toEqual([null, null]);
  });

  it.each([
    '',
    '{',
    'null',
    '{"selector":{"by":"tenant"},"atMs":1}',
    `{"selector":{"by":"everything"},"atMs":${NOON_MS}}`,
    `{"selector":{"by":"tenant","tenant":"acme"},"atMs":"now"}`,
  ])('does not mind a notice that is none: %j', async (text) => {
    const { open, say } = fleet();
    const one = open();
    await one.set(KEY, CACHED);
    say(text);
    expect(await one.get(KEY, NOON_MS)).not.toBeNull();
  });
});
