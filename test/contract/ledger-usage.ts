// What every LedgerStore keeps about sums: exact beyond any machine number, each thing counted once, unknown told apart from free.

import { describe, expect, it } from 'vitest';
import { picoUsd } from '../../src/core/money.ts';
import type { LedgerStore } from '../../src/core/stores.ts';
import { cachedRow, openRow, settledRow } from './ledger-rows.ts';
import { NOON_MS } from './windows-at-hand.ts';

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
}
