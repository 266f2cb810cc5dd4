// What every CacheStore keeps.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { picoUsd } from '../../src/core/money.ts';
import type { Answer } from '../../src/core/response.ts';
import type { CachedAnswer, CacheStore } from '../../src/core/stores.ts';
import { NOON_MS } from './windows-at-hand.ts';

const KEY = 'llm_cache:acme:4be1';

const ANSWER: Answer = {
  id: 'chatcmpl-1',
  model: 'openai/gpt-oss-120b',
  parts: [
    { type: 'reasoning', text: 'A list is…', providerData: { signature: 'c2ln', nested: [1, null, { deep: true }] } },
    { type: 'text', text: 'Zażółć gęślą jaźń 🐍 \u0000 \ud800' },
    { type: 'tool-call', toolCallId: 'call_1', name: 'run', argumentsText: '{"broken": ' },
  ],
  finishReason: 'stop',
  finishReasonRaw: 'stop',
  usage: { inputTokens: 12, cacheReadTokens: null, cacheWriteTokens: 0, outputTokens: 34, reasoningTokens: null },
  providerMetadata: { queue_time: 0.01, system_fingerprint: 'fp_1' },
};

export const CACHED: CachedAnswer = {
  answer: ANSWER,
  provider: 'groq',
  model: 'openai/gpt-oss-120b',
  costPicoUsd: picoUsd(9_223_372_036_854_775_807n),
  storedAtMs: NOON_MS,
};

export function testCacheStore(name: string, open: () => Promise<CacheStore>): void {
  describe(`the cache ${name}`, () => {
    let store: CacheStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    it('knows nothing at first', async () => {
      expect(await store.get(KEY, NOON_MS)).toBeNull();
    });

    it('gives back what it was given: text of any kind, vendor data, exact money', async () => {
      await store.set(KEY, CACHED, NOON_MS + 1_000);
      expect(await store.get(KEY, NOON_MS)).toEqual(CACHED);
    });

    it('keeps an answer without a price apart from one that was free', async () => {
      await store.set('llm_cache:unpriced', { ...CACHED, costPicoUsd: null }, NOON_MS + 1_000);
      await store.set('llm_cache:free', { ...CACHED, costPicoUsd: picoUsd(0n) }, NOON_MS + 1_000);
      expect((await store.get('llm_cache:unpriced', NOON_MS))?.costPicoUsd).toBeNull();
      expect((await store.get('llm_cache:free', NOON_MS))?.costPicoUsd).toBe(0n);
    });

    it('forgets to the millisecond', async () => {
      await store.set(KEY, CACHED, NOON_MS + 1_000);
      expect(await store.get(KEY, NOON_MS + 999)).not.toBeNull();
      expect(await store.get(KEY, NOON_MS + 1_000)).toBeNull();
    });

    it('takes the newer answer, with its own time', async () => {
      await store.set(KEY, CACHED, NOON_MS + 1_000);
      await store.set(KEY, { ...CACHED, model: 'other' }, NOON_MS + 2_000);
      expect((await store.get(KEY, NOON_MS + 1_500))?.model).toBe('other');
    });

    it('deletes one key and no other', async () => {
      await store.set(KEY, CACHED, NOON_MS + 1_000);
      await store.set(`${KEY}0`, CACHED, NOON_MS + 1_000);
      await store.delete(KEY);
      await store.delete('llm_cache:never-there');
      expect(await store.get(KEY, NOON_MS)).toBeNull();
      expect(await store.get(`${KEY}0`, NOON_MS)).not.toBeNull();
    });

    it('is changed by nobody who changes what he gave or got', async () => {
      const given = structuredClone(CACHED);
      await store.set(KEY, given, NOON_MS + 1_000);
      Object.assign(given.answer, { finishReason: 'length' });
      const got = await store.get(KEY, NOON_MS);
      for (const part of got?.answer.parts ?? []) Object.assign(part, { text: 'changed' });
      expect(await store.get(KEY, NOON_MS)).toEqual(CACHED);
    });
  });
}
