// What every LedgerStore keeps about sums: exact beyond any machine number, each thing counted once, unknown told apart from free.

import { describe, expect, it } from 'vitest';
import { picoUsd } from '../../src/core/money.ts';
import type { LedgerStore } from '../../src/core/stores.ts';
import { cachedRow, openRow, settledRow } from './ledger-rows.ts';
import { HOUR_MS, NOON_MS } from './windows-at-hand.ts';

const NOTHING = {
  requests: 0,
  attempts: 0,
  cached: 0,
  promptTokens: 0,
  completionTokens: 0,
  totalTokens: 0,
  costPicoUsd: 0n,
  savedTokens: 0,
  savedPicoUsd: 0n,
  unpriced: 0,
};

export function testLedgerUsage(name: string, store: () => LedgerStore): void {
  const groups = async (by: Parameters<LedgerStore['usage']>[1]) => (await store().usage({}, by)).groups;

  describe(`the ledger ${name}: adding up`, () => {
    it('adds up nothing to nothing', async () => {
      expect(await store().usage({ userId: 'nobody' }, null)).toEqual({
        totals: NOTHING,
        groups: [],
        nextCursor: null,
      });
      expect(await store().usage({ userId: 'nobody' }, 'day')).toEqual({
        totals: NOTHING,
        groups: [],
        nextCursor: null,
      });
    });

    it('adds up tokens, money, attempts and answers from the cache', async () => {
      await store().write([
        settledRow(1),
        settledRow(2, { requestId: 'req_1' }),
        cachedRow(3),
        cachedRow(4, { outcome: 'joined' }),
        openRow(5),
      ]);
      expect((await store().usage({ tenant: 'acme' }, null)).totals).toEqual({
        requests: 4,
        attempts: 3,
        cached: 2,
        promptTokens: 200,
        completionTokens: 40,
        totalTokens: 240,
        costPicoUsd: 54_000_000n,
        savedTokens: 240,
        savedPicoUsd: 54_000_000n,
        unpriced: 0,
      });
    });

    it('is exact where a float is not: above 2^53 pico-dollars', async () => {
      await store().write([1, 2, 3].map((id) => settledRow(id, { costPicoUsd: picoUsd(9_007_199_254_740_993n) })));
      expect((await store().usage({}, null)).totals.costPicoUsd).toBe(27_021_597_764_222_979n);
    });

    it('is exact where 64 bits are not: above 2^63 pico-dollars', async () => {
      const largest = 9_223_372_036_854_775_807n;
      await store().write(
        [1, 2, 3].map((id) => settledRow(id, { costPicoUsd: picoUsd(largest), savedPicoUsd: picoUsd(largest) })),
      );
      expect((await store().usage({}, null)).totals).toMatchObject({
        costPicoUsd: 3n * largest,
        savedPicoUsd: 3n * largest,
      });
    });

    it('adds corrections, which are negative, exactly', async () => {
      const costs = [5_000_000_000_000n, -4_999_999_999_999n, -3n];
      await store().write(costs.map((cost, id) => settledRow(id, { costPicoUsd: picoUsd(cost) })));
      expect((await store().usage({}, null)).totals.costPicoUsd).toBe(-2n);
    });

    it('tells what has no price apart from what is free', async () => {
      await store().write([
        settledRow('unpriced', { priced: false, costPicoUsd: null }),
        settledRow('free', { costPicoUsd: picoUsd(0n) }),
        settledRow('priced'),
        openRow('not known yet'),
        openRow('never sent', { state: 'released', priced: false }),
      ]);
      expect((await store().usage({}, null)).totals).toMatchObject({
        attempts: 5,
        unpriced: 1,
        costPicoUsd: 27_000_000n,
      });
    });

    it('counts tokens that were not told as nothing, and the rest of their row as usual', async () => {
      const usage = {
        inputTokens: 7,
        cacheReadTokens: null,
        cacheWriteTokens: null,
        outputTokens: null,
        reasoningTokens: null,
      };
      await store().write([settledRow(1, { usage }), settledRow(2, { usage: null, usageSource: 'estimate' })]);
      expect((await store().usage({}, null)).totals).toMatchObject({
        attempts: 2,
        promptTokens: 7,
        completionTokens: 0,
        costPicoUsd: 54_000_000n,
      });
    });

    it('takes the same rows as a question for rows does', async () => {
      await store().write([
        settledRow(1),
        settledRow(2, { userId: 'bob' }),
        settledRow(3, { tenant: 'other' }),
        settledRow(4, { heldAtMs: NOON_MS + 1 }),
      ]);
      const requests = async (query: Parameters<LedgerStore['usage']>[0]) =>
        (await store().usage(query, null)).totals.requests;
      expect(await requests({ tenant: 'acme', userId: 'alice' })).toBe(2);
      expect(await requests({ fromMs: NOON_MS, toMs: NOON_MS + 1 })).toBe(3);
    });
  });

  describe(`the ledger ${name}: grouping`, () => {
    it('groups by day in UTC, whole days, in order', async () => {
      const midnightMs = Date.parse('2026-11-19T00:00:00Z');
      await store().write([
        settledRow(1, { heldAtMs: midnightMs }),
        settledRow(2, { heldAtMs: midnightMs - 1 }),
        settledRow(3, { heldAtMs: midnightMs + 23 * HOUR_MS }),
      ]);
      expect((await groups('day')).map(({ key, requests }) => [key, requests])).toEqual([
        ['2026-11-18', 1],
        ['2026-11-19', 2],
      ]);
    });

    it('counts a request once in all, and once in each model and provider that it tried', async () => {
      await store().write([
        settledRow(1, { provider: 'groq', model: 'a' }),
        settledRow(2, { provider: 'groq', model: 'a', requestId: 'req_1' }),
        settledRow(3, { provider: 'openai', model: 'b', requestId: 'req_1' }),
        settledRow(4, { provider: 'openai', model: 'b' }),
      ]);
      const { totals } = await store().usage({}, null);
      expect([totals.requests, totals.attempts]).toEqual([2, 4]);
      const counted = (await groups('model')).map(({ key, requests, attempts }) => [key, requests, attempts]);
      expect(counted).toEqual([
        ['a', 1, 2],
        ['b', 2, 2],
      ]);
      expect((await groups('provider')).map(({ key, requests }) => [key, requests])).toEqual([
        ['groq', 1],
        ['openai', 2],
      ]);
    });

    it('counts a request whose first row lies outside the question', async () => {
      await store().write([
        settledRow(1),
        settledRow(2, { requestId: 'req_1', heldAtMs: NOON_MS + 10 }),
        settledRow(3, { requestId: 'req_1', heldAtMs: NOON_MS + 11 }),
      ]);
      expect((await store().usage({ fromMs: NOON_MS + 1 }, null)).totals).toMatchObject({ requests: 1, attempts: 2 });
    });

    it('groups by a tag of any name; rows without it come under the empty key', async () => {
      for (const tag of ['course', 'a "b".c', '$[0]', '__proto__', "x' OR 1=1 --"]) {
        const id = `${tag}-tagged`;
        await store().write([settledRow(id, { tags: JSON.parse(JSON.stringify({ other: 'x' })) })]);
        await store().write([settledRow(`${id}-1`, { tags: Object.fromEntries([[tag, 'one']]) })]);
        await store().write([settledRow(`${id}-2`, { tags: Object.fromEntries([[tag, 'two']]) })]);
        const found = await groups(`tag:${tag}`);
        expect(found.map(({ key }) => key)).toEqual(['', 'one', 'two']);
        expect(found.slice(1).map(({ requests }) => requests)).toEqual([1, 1]);
      }
    });

    it('adds up each group as it does the whole', async () => {
      await store().write([
        settledRow(1),
        cachedRow(2),
        settledRow(3, { model: 'other', priced: false, costPicoUsd: null }),
      ]);
      const [first, second] = await groups('model');
      expect(first).toMatchObject({
        key: 'openai/gpt-oss-120b',
        requests: 2,
        attempts: 1,
        cached: 1,
        totalTokens: 120,
        costPicoUsd: 27_000_000n,
        savedTokens: 120,
      });
      expect(second).toMatchObject({ key: 'other', requests: 1, attempts: 1, unpriced: 1, costPicoUsd: 0n });
    });
  });

  describe(`the ledger ${name}: what windows were charged`, () => {
    it('adds up by caller: requests once, tokens as used or held, each cost rounded up to the nano-dollar', async () => {
      const unknown = { state: 'unknown', usage: null, usageSource: 'estimate', costPicoUsd: picoUsd(2_000n) } as const;
      await store().write([
        settledRow(1, { costPicoUsd: picoUsd(1n) }),
        settledRow(2, { requestId: 'req_1', costPicoUsd: picoUsd(1_001n) }),
        settledRow(3, { ...unknown, requestId: 'req_1' }),
        cachedRow(4),
        openRow(5, { state: 'released' }),
        settledRow(6, { userId: 'bob', priced: false, costPicoUsd: null }),
        settledRow(7, { heldAtMs: NOON_MS - 1 }),
        settledRow(8, { heldAtMs: NOON_MS + 100 }),
      ]);
      const charges = [...(await store().charges({ fromMs: NOON_MS, toMs: NOON_MS + 100, slotMs: null }))].sort(
        (a, b) => (a.caller.userId < b.caller.userId ? -1 : 1),
      );
      expect(charges).toEqual([
        {
          caller: { tenant: 'acme', userId: 'alice' },
          atMs: NOON_MS,
          amounts: { requests: 3, tokens: 120 + 120 + 2_100, nanoUsd: 1 + 2 + 2, inFlight: 0 },
        },
        {
          caller: { tenant: 'acme', userId: 'bob' },
          atMs: NOON_MS,
          amounts: { requests: 1, tokens: 120, nanoUsd: 0, inFlight: 0 },
        },
      ]);
    });
  });
}
