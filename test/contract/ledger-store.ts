// What every LedgerStore keeps: each attempt is written down once, changes in one direction only, and sums are exact.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { picoUsd } from '../../src/core/money.ts';
import type { LedgerQuery, LedgerRow, LedgerStore, RowState } from '../../src/core/stores.ts';
import { testLedgerCharges } from './ledger-charges.ts';
import { testLedgerCorrections } from './ledger-corrections.ts';
import { testLedgerGroups } from './ledger-groups.ts';
import { testLedgerRollUps } from './ledger-roll-ups.ts';
import { correctionRow, openRow, settledRow } from './ledger-rows.ts';
import { testLedgerUsage } from './ledger-usage.ts';
import { NOON_MS } from './windows-at-hand.ts';

const STATES: readonly RowState[] = ['open', 'settled', 'released', 'unknown'];
/** The only changes that a row may make. */
const ALLOWED = new Set(['open -> settled', 'open -> released', 'open -> unknown', 'unknown -> settled']);

export function testLedgerStore(name: string, open: () => Promise<LedgerStore>): void {
  let store: LedgerStore;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());
  const all = async (query: LedgerQuery = {}) => (await store.rows(query)).rows;

  describe(`the ledger ${name}: writing`, () => {
    it('gives a row back as it was written, null as null and 0 as 0', async () => {
      const rows = [
        openRow(1, { tags: { course: 'python-1', 'a "quoted".name': 'ü' } }),
        settledRow(2, {
          usage: {
            inputTokens: null,
            cacheReadTokens: null,
            cacheWriteTokens: null,
            outputTokens: null,
            reasoningTokens: null,
          },
        }),
        settledRow(3, {
          usage: null,
          costPicoUsd: null,
          priced: false,
          heldPicoUsd: null,
          heldTokens: null,
          usageSource: 'estimate',
        }),
        settledRow(4, {
          costPicoUsd: picoUsd(0n),
          savedPicoUsd: picoUsd(1n),
          savedTokens: 0,
          overHold: true,
          outcome: 'failed',
          code: 'provider_timeout',
        }),
        settledRow(5, {
          requestedModel: null,
          keyId: null,
          prompt: null,
          finishReason: null,
          priceId: null,
          firstEventAfterMs: null,
        }),
        settledRow(6, { prompt: { name: 'a@b', version: '', hash: '' }, finishReason: 'length', firstEventAfterMs: 0 }),
        correctionRow(7, settledRow(2), -9_223_372_036_854_775_807n),
      ];
      await store.write(rows);
      expect(await all()).toEqual(rows);
    });

    it('takes an id once: the first row of it stands', async () => {
      await store.write([openRow(1)]);
      await store.write([openRow(1, { userId: 'mallory', heldAtMs: NOON_MS + 5 })]);
      expect(await all()).toEqual([openRow(1)]);
    });

    for (const from of STATES) {
      for (const to of STATES) {
        const allowed = ALLOWED.has(`${from} -> ${to}`);
        it(`${allowed ? 'lets' : 'does not let'} a row go from ${from} to ${to}`, async () => {
          const before = openRow(1, { state: from, endedAtMs: 1 });
          const after = settledRow(1, { state: to, endedAtMs: 2 });
          await store.write([before]);
          await store.write([after]);
          expect(await all()).toEqual([allowed ? after : before]);
        });
      }
    }

    it('goes from open to unknown to settled within one batch, and stays there', async () => {
      await store.write([
        openRow(1),
        openRow(1, { state: 'unknown' }),
        settledRow(1),
        openRow(1, { state: 'unknown' }),
      ]);
      expect(await all()).toEqual([settledRow(1)]);
    });

    it('closes a row without changing whose it is and what it held', async () => {
      await store.write([openRow(1)]);
      await store.write([
        settledRow(1, {
          userId: 'mallory',
          tenant: 'other',
          heldAtMs: 1,
          heldPicoUsd: picoUsd(1n),
          requestId: 'req_x',
          tags: { a: 'b' },
        }),
      ]);
      expect(await all()).toEqual([settledRow(1)]);
    });

    it('takes a closing row whose opening never arrived', async () => {
      await store.write([settledRow(1)]);
      await store.write([openRow(1)]);
      expect(await all()).toEqual([settledRow(1)]);
    });

    it('writes all rows of a batch or none', async () => {
      const bad = settledRow(2, { heldTokens: 1.5 });
      await expect(store.write([settledRow(1), bad, settledRow(3)])).rejects.toThrow('ledger');
      expect(await all()).toEqual([]);
      await store.write([settledRow(1), settledRow(3)]);
      expect(await all()).toHaveLength(2);
    });

    it('takes nothing as nothing', async () => {
      await store.write([]);
      expect(await all()).toEqual([]);
    });

    it('loses no row to a NUL or half a surrogate pair, wherever it stands', async () => {
      const poison = 'a\u0000b\ud800c';
      const fields = {
        generationId: poison,
        tenant: poison,
        userId: poison,
        provider: poison,
        model: poison,
        requestedModel: poison,
        keyId: poison,
        prompt: { name: poison, version: poison, hash: poison },
        priceId: poison,
        corrects: poison,
      };
      await store.write([settledRow(1), settledRow(poison, { ...fields, tags: { [poison]: poison } }), settledRow(3)]);
      const clean = 'a\ufffdb\ufffdc';
      const rows = await all();
      expect(rows.map(({ attemptId }) => attemptId).sort()).toEqual(['att_1', 'att_3', `att_${clean}`]);
      expect(await all({ tenant: poison, userId: poison })).toMatchObject([
        { model: clean, keyId: clean, prompt: { name: clean, version: clean, hash: clean }, tags: { [clean]: clean } },
      ]);
      expect(await all({ keyId: poison })).toHaveLength(1);
    });

    it('names the rows still open, and only them', async () => {
      await store.write([
        openRow(1),
        settledRow(2),
        openRow(3, { heldAtMs: NOON_MS - 5 }),
        openRow(4, { state: 'unknown' }),
      ]);
      await store.write([settledRow(1)]);
      expect(await store.openRows()).toEqual([openRow(3, { heldAtMs: NOON_MS - 5 })]);
    });

    it('names the open rows of one tenant, oldest first', async () => {
      const rows = [openRow(1), openRow(2, { tenant: 'other' }), openRow(3, { heldAtMs: NOON_MS - 5 }), openRow(4)];
      await store.write(rows);
      const ids = async (tenant?: string) => (await store.openRows(tenant)).map(({ attemptId }) => attemptId);
      expect(await ids('acme')).toEqual(['att_3', 'att_1', 'att_4']);
      expect(await ids('other')).toEqual(['att_2']);
      expect(await ids('nobody')).toEqual([]);
      expect(await ids()).toEqual(['att_3', 'att_1', 'att_2', 'att_4']);
    });
  });

  describe(`the ledger ${name}: reading`, () => {
    it('reads by tenant, user, request and time, oldest first', async () => {
      const rows = [
        settledRow(1, { heldAtMs: NOON_MS + 30 }),
        settledRow(2, { heldAtMs: NOON_MS + 10, userId: 'bob' }),
        settledRow(3, { heldAtMs: NOON_MS + 20, tenant: 'other' }),
        settledRow(4, { heldAtMs: NOON_MS + 40, requestId: 'req_1' }),
      ];
      await store.write(rows);
      const ids = async (query: LedgerQuery) => (await all(query)).map(({ attemptId }) => attemptId);
      expect(await ids({})).toEqual(['att_2', 'att_3', 'att_1', 'att_4']);
      expect(await ids({ tenant: 'acme' })).toEqual(['att_2', 'att_1', 'att_4']);
      expect(await ids({ tenant: 'acme', userId: 'bob' })).toEqual(['att_2']);
      expect(await ids({ userId: 'alice', tenant: 'other' })).toEqual(['att_3']);
      expect(await ids({ requestId: 'req_1' })).toEqual(['att_1', 'att_4']);
      expect(await ids({ fromMs: NOON_MS + 20, toMs: NOON_MS + 40 })).toEqual(['att_3', 'att_1']);
      expect(await ids({ tenant: "acme' OR 1=1 --" })).toEqual([]);
    });

    it('reads by key and by state, each with anything else', async () => {
      await store.write([
        settledRow(1),
        settledRow(2, { keyId: 'key_2' }),
        settledRow(3, { keyId: null }),
        openRow(4),
        openRow(5, { state: 'unknown', keyId: 'key_2', userId: 'bob' }),
      ]);
      const ids = async (query: LedgerQuery) => (await all(query)).map(({ attemptId }) => attemptId);
      expect(await ids({ keyId: 'key_1' })).toEqual(['att_1', 'att_4']);
      expect(await ids({ keyId: 'key_2' })).toEqual(['att_2', 'att_5']);
      expect(await ids({ keyId: 'key_3' })).toEqual([]);
      expect(await ids({ state: 'settled' })).toEqual(['att_1', 'att_2', 'att_3']);
      expect(await ids({ state: 'open' })).toEqual(['att_4']);
      expect(await ids({ state: 'unknown', keyId: 'key_2', userId: 'bob' })).toEqual(['att_5']);
      expect(await ids({ state: 'released' })).toEqual([]);
      const first = await store.rows({ state: 'settled', limit: 2 });
      const second = await store.rows({ state: 'settled', limit: 2, cursor: first.nextCursor ?? '' });
      expect(second.rows.map(({ attemptId }) => attemptId)).toEqual(['att_3']);
    });

    it('turns pages that miss no row and repeat none, also of rows of one instant', async () => {
      await store.write(
        Array.from({ length: 25 }, (_, index) =>
          settledRow(String(index).padStart(2, '0'), { heldAtMs: NOON_MS + (index % 3) }),
        ),
      );
      const pages = await everyPage({ limit: 10 });
      expect(pages.map((page) => page.length)).toEqual([10, 10, 5]);
      expect(pages.flat()).toEqual(await all({ limit: 1_000 }));
    });

    it('is not put out by rows that come in between two pages', async () => {
      await store.write([10, 20, 30, 40].map((id) => settledRow(id, { heldAtMs: NOON_MS + id })));
      const first = await store.rows({ limit: 2 });
      await store.write([settledRow(5, { heldAtMs: NOON_MS + 5 }), settledRow(35, { heldAtMs: NOON_MS + 35 })]);
      const second = await store.rows({ limit: 10, ...(first.nextCursor !== null && { cursor: first.nextCursor }) });
      expect([...first.rows, ...second.rows].map(({ attemptId }) => attemptId)).toEqual([
        'att_10',
        'att_20',
        'att_30',
        'att_35',
        'att_40',
      ]);
      expect(second.nextCursor).toBeNull();
    });

    it('has no next page where the rows end with the page', async () => {
      await store.write([settledRow(1), settledRow(2)]);
      expect(await store.rows({ limit: 2 })).toMatchObject({ rows: [{}, {}], nextCursor: null });
    });

    it('gives an empty page for a cursor that it never gave', async () => {
      await store.write([settledRow(1)]);
      for (const cursor of ['', 'nonsense', 'MTIz', '%00', "' OR 1=1"]) {
        expect(await store.rows({ cursor })).toEqual({ rows: [], nextCursor: null });
      }
    });

    it('gives 100 rows unless asked, at most 1,000, at least one', async () => {
      await store.write(Array.from({ length: 1_002 }, (_, index) => settledRow(index)));
      expect(await all()).toHaveLength(100);
      expect(await all({ limit: 5_000 })).toHaveLength(1_000);
      expect(await all({ limit: 0 })).toHaveLength(1);
    });
  });

  async function everyPage(query: LedgerQuery): Promise<(readonly LedgerRow[])[]> {
    const pages: (readonly LedgerRow[])[] = [];
    let cursor: string | null = null;
    do {
      const page = await store.rows({ ...query, ...(cursor !== null && { cursor }) });
      pages.push(page.rows);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return pages;
  }

  testLedgerUsage(name, () => store);
  testLedgerGroups(name, () => store);
  testLedgerCorrections(name, () => store);
  testLedgerCharges(name, () => store);
  testLedgerRollUps(name, () => store);
}
