// What every LedgerStore keeps about corrections: a row that corrects another counts as money, and as nothing else.

import { describe, expect, it } from 'vitest';
import { picoUsd } from '../../src/core/money.ts';
import type { LedgerStore } from '../../src/core/stores.ts';
import { cachedRow, correctionRow, settledRow } from './ledger-rows.ts';

export function testLedgerCorrections(name: string, store: () => LedgerStore): void {
  const totals = async () => (await store().usage({}, null)).totals;

  describe(`the ledger ${name}: corrections`, () => {
    it('are rows of their own; the row that is corrected stays as it was', async () => {
      const row = settledRow(1);
      const correction = correctionRow(2, row, -7n);
      await store().write([row, correction]);
      await store().write([correctionRow(2, row, -99n)]);
      expect((await store().rows({})).rows).toEqual([row, correction]);
    });

    it('change the money of their request and no other figure', async () => {
      const row = settledRow(1);
      await store().write([row]);
      const before = await totals();
      await store().write([correctionRow(2, row, 5n), correctionRow(3, row, -8n)]);
      expect(await totals()).toEqual({ ...before, costPicoUsd: 27_000_000n - 3n });
    });

    it('count as no answer from the cache, and save nothing', async () => {
      const row = cachedRow(1);
      await store().write([row]);
      const before = await totals();
      await store().write([
        { ...correctionRow(2, row, 4n), savedPicoUsd: picoUsd(9n), savedTokens: 9, usage: settledRow(1).usage },
      ]);
      expect(await totals()).toEqual({ ...before, costPicoUsd: 4n });
    });

    it('price what had no price: it is no longer counted as unpriced', async () => {
      const rows = [1, 2].map((id) => settledRow(id, { priced: false, costPicoUsd: null, priceId: null }));
      await store().write(rows);
      expect(await totals()).toMatchObject({ unpriced: 2, costPicoUsd: 0n });
      for (const row of rows.slice(0, 1)) await store().write([correctionRow(3, row, 27_000_000n)]);
      expect(await totals()).toMatchObject({ requests: 2, attempts: 2, unpriced: 1, costPicoUsd: 27_000_000n });
    });

    it('also where the price is 0', async () => {
      const row = settledRow(1, { priced: false, costPicoUsd: null, priceId: null });
      await store().write([row, correctionRow(2, row, 0n)]);
      expect(await totals()).toMatchObject({ attempts: 1, unpriced: 0, costPicoUsd: 0n });
    });

    for (const by of ['day', 'model', 'provider', 'prompt', 'user', 'tag:course'] as const) {
      it(`stand in the same group as what they correct, by ${by}`, async () => {
        const row = settledRow(1, { tags: { course: 'python-1' } });
        const other = {
          userId: 'bob',
          model: 'other',
          provider: 'other',
          prompt: null,
          heldAtMs: row.heldAtMs + 86_400_000,
        };
        await store().write([row, settledRow(2, other)]);
        const before = await store().usage({}, by);
        await store().write([correctionRow(3, row, 5n)]);
        const after = await store().usage({}, by);
        const change = after.groups.flatMap((group, index) => {
          const was = before.groups[index];
          return was !== undefined && group.costPicoUsd !== was.costPicoUsd
            ? [group.costPicoUsd - was.costPicoUsd]
            : [];
        });
        expect(change).toEqual([5n]);
        expect(after.groups.map(({ key, requests, attempts }) => [key, requests, attempts])).toEqual(
          before.groups.map(({ key, requests, attempts }) => [key, requests, attempts]),
        );
      });
    }
  });
}
