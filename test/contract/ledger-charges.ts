// What every LedgerStore tells of what windows were charged: enough to fill them again, in the slots of their moments, and never
// too little.

import { describe, expect, it } from 'vitest';
import { picoUsd } from '../../src/core/money.ts';
import type { CallerCharge, ChargeQuery, LedgerStore } from '../../src/core/stores.ts';
import { cachedRow, correctionRow, openRow, settledRow } from './ledger-rows.ts';
import { amounts, NOON_MS } from './windows-at-hand.ts';

const MINUTE_MS = 60_000;

export function testLedgerCharges(name: string, store: () => LedgerStore): void {
  /** By tenant, user and time, since a store may tell them in any order. */
  const charges = async (query: ChargeQuery): Promise<readonly CallerCharge[]> => {
    const order = ({ caller, atMs }: CallerCharge) => `${caller.tenant} ${caller.userId} ${atMs}`;
    return [...(await store().charges(query))].sort((a, b) => (order(a) < order(b) ? -1 : 1));
  };
  const nanoUsd = async () => {
    const charged = await charges({ fromMs: NOON_MS, toMs: NOON_MS + 1, slotMs: null });
    return charged.map((charge) => charge.amounts.nanoUsd);
  };

  describe(`the ledger ${name}: what windows were charged`, () => {
    it('counts no correction: a budget goes by the price that its calls were held at', async () => {
      const row = settledRow(1);
      const stretch = { fromMs: row.heldAtMs, toMs: row.heldAtMs + 1, slotMs: null };
      await store().write([row]);
      const before = await charges(stretch);
      await store().write([correctionRow(2, row, 5_000_000n), correctionRow(3, row, -9_000_000n)]);
      expect(await charges(stretch)).toEqual(before);
    });

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
      expect(await charges({ fromMs: NOON_MS, toMs: NOON_MS + 100, slotMs: null })).toEqual([
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

    it('tells one tenant from the others, and all of them when none is named', async () => {
      await store().write([settledRow(1), settledRow(2, { tenant: 'other' })]);
      const stretch = { fromMs: NOON_MS, toMs: NOON_MS + 1, slotMs: null };
      const tenants = (found: readonly CallerCharge[]) => found.map(({ caller }) => caller.tenant);
      expect(tenants(await charges({ ...stretch, tenant: 'other' }))).toEqual(['other']);
      expect(tenants(await charges(stretch))).toEqual(['acme', 'other']);
      expect(await charges({ ...stretch, tenant: 'nobody' })).toEqual([]);
    });

    it('cuts the stretch into slots at multiples of their length: the first moment is in, the last is out', async () => {
      const at = (id: number, heldAtMs: number) => settledRow(id, { heldAtMs, costPicoUsd: picoUsd(1_000n) });
      await store().write([
        at(1, NOON_MS - 1),
        at(2, NOON_MS),
        at(3, NOON_MS + MINUTE_MS - 1),
        at(4, NOON_MS + MINUTE_MS),
        at(5, NOON_MS + 3 * MINUTE_MS - 1),
        at(6, NOON_MS + 3 * MINUTE_MS),
      ]);
      const found = await charges({ fromMs: NOON_MS, toMs: NOON_MS + 3 * MINUTE_MS, slotMs: MINUTE_MS });
      expect(found.map((charge) => [charge.atMs, charge.amounts.requests])).toEqual([
        [NOON_MS, 2],
        [NOON_MS + MINUTE_MS, 1],
        [NOON_MS + 2 * MINUTE_MS, 1],
      ]);
    });

    it('names the beginning of the stretch where a slot began before it, so that no charge falls into the time before', async () => {
      await store().write([
        settledRow(1, { heldAtMs: NOON_MS + 29_999 }),
        settledRow(2, { heldAtMs: NOON_MS + 30_000 }),
        settledRow(3, { heldAtMs: NOON_MS + 90_000 }),
      ]);
      const found = await charges({ fromMs: NOON_MS + 30_000, toMs: NOON_MS + 90_000, slotMs: MINUTE_MS });
      expect(found.map((charge) => [charge.atMs, charge.amounts.requests])).toEqual([[NOON_MS + 30_000, 1]]);
    });

    it('keeps callers apart within a slot', async () => {
      await store().write([
        settledRow(1, { userId: 'bob' }),
        settledRow(2),
        settledRow(3, { heldAtMs: NOON_MS + MINUTE_MS }),
      ]);
      const found = await charges({ fromMs: NOON_MS, toMs: NOON_MS + 2 * MINUTE_MS, slotMs: MINUTE_MS });
      expect(found.map(({ caller, atMs }) => [caller.userId, atMs])).toEqual([
        ['alice', NOON_MS],
        ['alice', NOON_MS + MINUTE_MS],
        ['bob', NOON_MS],
      ]);
    });

    it('does not charge what is still open: the hold of its request stands for it', async () => {
      await store().write([openRow(1), openRow(2, { userId: 'bob' }), settledRow(3, { userId: 'bob' })]);
      const found = await charges({ fromMs: NOON_MS, toMs: NOON_MS + 1, slotMs: null });
      expect(found.map((charge) => [charge.caller.userId, charge.amounts])).toEqual([
        ['bob', amounts({ requests: 1, tokens: 120, nanoUsd: 27_000 })],
      ]);
    });

    it('counts the request also when its correction was written first', async () => {
      const row = settledRow(1);
      await store().write([correctionRow(2, row, 0n)]);
      await store().write([row]);
      const [charge] = await charges({ fromMs: NOON_MS, toMs: NOON_MS + 1, slotMs: null });
      expect(charge?.amounts).toMatchObject({ requests: 1, tokens: 120 });
      expect((await store().usage({}, null)).totals).toMatchObject({ requests: 1, attempts: 1 });
    });

    it('adds up what no machine number holds to the largest that a window can count', async () => {
      const largest = picoUsd(9_223_372_036_854_775_807n);
      await store().write([1, 2, 3].map((id) => settledRow(id, { costPicoUsd: largest })));
      expect(await nanoUsd()).toEqual([Number.MAX_SAFE_INTEGER]);
    });
  });
}
