// What every LedgerStore keeps about groups of usage: each thing counted once in its group, and pages that miss none.

import { describe, expect, it } from 'vitest';
import { picoUsd } from '../../src/core/money.ts';
import type { LedgerStore, UsageGroup, UsagePage } from '../../src/core/stores.ts';
import { cachedRow, openRow, settledRow } from './ledger-rows.ts';
import { HOUR_MS, NOON_MS } from './windows-at-hand.ts';

export function testLedgerGroups(name: string, store: () => LedgerStore): void {
  const groups = async (by: UsageGroup) => (await store().usage({}, by)).groups;

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

    it('groups by prompt template and version; requests without one come under the empty key', async () => {
      await store().write([
        settledRow(1),
        settledRow(2, { requestId: 'req_1' }),
        settledRow(3, { prompt: { name: 'code_review', version: '1.10.0', hash: 'another' } }),
        settledRow(4, { prompt: { name: 'hint', version: '2', hash: 'a' } }),
        settledRow(5, { prompt: null }),
        openRow(6, { prompt: null }),
      ]);
      expect((await groups('prompt')).map(({ key, requests, attempts }) => [key, requests, attempts])).toEqual([
        ['', 2, 2],
        ['code_review@1.10.0', 1, 1],
        ['code_review@1.2.0', 1, 2],
        ['hint@2', 1, 1],
      ]);
    });

    it('groups by user', async () => {
      await store().write([
        settledRow(1),
        settledRow(2, { userId: 'bob' }),
        cachedRow(3, { userId: 'bob' }),
        settledRow(4, { userId: 'carol', tenant: 'other' }),
      ]);
      const { totals, groups: users } = await store().usage({ tenant: 'acme' }, 'user');
      expect(users.map(({ key, requests, attempts, cached }) => [key, requests, attempts, cached])).toEqual([
        ['alice', 1, 1, 0],
        ['bob', 2, 1, 1],
      ]);
      expect(totals.requests).toBe(3);
    });

    it('orders keys as their bytes, on every machine alike', async () => {
      const keys = ['', '10', '9', 'A', 'B', 'a', 'b', '\u00e4', '\u4e2d', '\uffee', '\u{1f600}'];
      await store().write([...keys].reverse().map((key, id) => settledRow(id, { userId: key, model: key })));
      expect((await groups('user')).map(({ key }) => key)).toEqual(keys);
      expect((await groups('model')).map(({ key }) => key)).toEqual(keys);
    });
  });

  describe(`the ledger ${name}: pages of groups`, () => {
    const BY: readonly UsageGroup[] = ['day', 'model', 'provider', 'prompt', 'user', 'tag:course'];
    const write = (count: number) =>
      store().write(
        Array.from({ length: count }, (_, index) => {
          const key = `k${String(index).padStart(4, '0')}`;
          return settledRow(index, {
            userId: key,
            model: key,
            provider: key,
            prompt: { name: key, version: '1', hash: key },
            tags: { course: key },
            heldAtMs: NOON_MS + 24 * HOUR_MS * index,
            costPicoUsd: picoUsd(BigInt(index)),
          });
        }),
      );
    async function everyPage(by: UsageGroup, page: UsagePage) {
      const pages = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const report = await store().usage({}, by, { ...page, ...(cursor !== undefined && { cursor }) });
        pages.push(report);
        cursor = report.nextCursor;
      }
      return pages;
    }

    for (const by of BY) {
      it(`turn by ${by} without missing or repeating any, each with the totals of all`, async () => {
        await write(25);
        const whole = await store().usage({}, by);
        expect(whole.groups).toHaveLength(25);
        expect(whole.nextCursor).toBeNull();
        const pages = await everyPage(by, { limit: 10 });
        expect(pages.map((page) => page.groups.length)).toEqual([10, 10, 5]);
        expect(pages.flatMap((page) => page.groups)).toEqual(whole.groups);
        for (const { totals } of pages) expect(totals).toEqual(whole.totals);
      });
    }

    it('have none after the last group', async () => {
      await write(2);
      expect(await store().usage({}, 'user', { limit: 2 })).toMatchObject({ groups: [{}, {}], nextCursor: null });
    });

    it('go past the empty key', async () => {
      await store().write([settledRow(1, { prompt: null }), settledRow(2)]);
      const pages = await everyPage('prompt', { limit: 1 });
      expect(pages.map((page) => page.groups.map(({ key }) => key))).toEqual([[''], ['code_review@1.2.0']]);
    });

    it('are not put out by groups that come in between', async () => {
      await store().write(['b', 'd', 'f'].map((userId, id) => settledRow(id, { userId })));
      const first = await store().usage({}, 'user', { limit: 2 });
      await store().write(['a', 'e'].map((userId, id) => settledRow(10 + id, { userId })));
      const cursor = first.nextCursor ?? '';
      const second = await store().usage({}, 'user', { limit: 2, cursor });
      expect([...first.groups, ...second.groups].map(({ key }) => key)).toEqual(['b', 'd', 'e', 'f']);
    });

    it('are empty for a cursor that was never given, with the totals as ever', async () => {
      await write(3);
      const { totals } = await store().usage({}, 'user');
      for (const cursor of ['', 'nonsense', 'MTIz', '%00', "' OR 1=1"]) {
        expect(await store().usage({}, 'user', { cursor })).toEqual({ totals, groups: [], nextCursor: null });
      }
    });

    it('are empty for a cursor of another grouping', async () => {
      await write(3);
      const { nextCursor } = await store().usage({}, 'model', { limit: 1 });
      const report = await store().usage({}, 'user', { cursor: nextCursor ?? '' });
      expect(report).toMatchObject({ groups: [], nextCursor: null });
    });

    it('have 100 groups unless asked, at most 1,000, at least one', async () => {
      await write(1_002);
      const count = async (page?: UsagePage) => (await store().usage({}, 'user', page)).groups.length;
      expect(await count()).toBe(100);
      expect(await count({ limit: 5_000 })).toBe(1_000);
      expect(await count({ limit: 0 })).toBe(1);
    });
  });
}
