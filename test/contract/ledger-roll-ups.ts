// What every LedgerStore keeps about its roll-ups: nobody can tell from a figure whether it was rolled up.

import { describe, expect, it } from 'vitest';
import { picoUsd } from '../../src/core/money.ts';
import type { LedgerRow, LedgerStore, UsageGroup, UsageQuery, UsageReport } from '../../src/core/stores.ts';
import { cachedRow, correctionRow, openRow, settledRow } from './ledger-rows.ts';
import { HOUR_MS, NOON_MS } from './windows-at-hand.ts';

const GROUPS: readonly (UsageGroup | null)[] = [null, 'day', 'model', 'provider', 'prompt', 'user', 'tag:course'];
/** Four hours of noon to 16:00 have rows. */
const HOURS = 4;
const END_MS = NOON_MS + HOURS * HOUR_MS;

const WHOSE: readonly UsageQuery[] = [
  {},
  { tenant: 'acme' },
  { tenant: 'other' },
  { userId: 'alice' },
  { tenant: 'acme', userId: 'bob' },
  { tenant: 'acme', userId: 'seldom' },
  { tenant: 'acme', userId: '' },
  { tenant: 'nobody', userId: 'bob' },
];
/** Whole hours, parts of hours, within one hour, empty, open to either side. */
const WHEN: readonly UsageQuery[] = [
  {},
  { fromMs: NOON_MS, toMs: END_MS },
  { fromMs: NOON_MS + 1, toMs: END_MS },
  { fromMs: NOON_MS + HOUR_MS, toMs: NOON_MS + 3 * HOUR_MS },
  { fromMs: NOON_MS + 1_234_567, toMs: NOON_MS + 2 * HOUR_MS + 2_345_678 },
  { fromMs: NOON_MS + HOUR_MS + 600_000, toMs: NOON_MS + HOUR_MS + 2_400_000 },
  { fromMs: NOON_MS + 2 * HOUR_MS, toMs: NOON_MS + 2 * HOUR_MS },
  { fromMs: NOON_MS + 2 * HOUR_MS, toMs: NOON_MS },
  { fromMs: NOON_MS + HOUR_MS },
  { toMs: NOON_MS + HOUR_MS - 1 },
];

/** Callers, models, outcomes and moments of all kinds; a request has one to three attempts, all of one moment. */
function someRows(): LedgerRow[] {
  return Array.from({ length: 120 }, (_, request) => {
    const intoHourMs = [0, 1, 1_800_000, HOUR_MS - 1][request % 4] ?? 0;
    const ofRequest = {
      requestId: `req_${request}`,
      tenant: request % 4 === 3 ? 'other' : 'acme',
      // Some ask much, some seldom: a store may keep the two apart.
      userId: request % 9 === 0 ? 'seldom' : (['alice', 'bob', ''][request % 3] ?? ''),
      prompt: request % 2 === 0 ? null : { name: 'hint', version: String(request % 5), hash: String(request % 7) },
      tags: request % 2 === 0 ? {} : { course: `course-${request % 3}` },
      heldAtMs: NOON_MS + (request % HOURS) * HOUR_MS + intoHourMs,
    };
    return Array.from({ length: 1 + (request % 3) }, (_, attempt) => {
      const id = `${request}-${attempt}`;
      const about = {
        ...ofRequest,
        model: `model-${(request + attempt) % 2}`,
        provider: attempt === 2 ? 'openai' : 'groq',
        costPicoUsd: picoUsd(BigInt(request * 1_000 + attempt)),
      };
      if (request % 7 === 0) return cachedRow(id, about);
      if (request % 11 === 0) return openRow(id, about);
      return settledRow(id, request % 5 === 0 ? { ...about, costPicoUsd: null, priced: false } : about);
    });
  }).flat();
}

export function testLedgerRollUps(name: string, store: () => LedgerStore): void {
  const everyFigure = async (): Promise<readonly UsageReport[]> => {
    const reports: UsageReport[] = [];
    for (const whose of WHOSE) {
      for (const when of WHEN) {
        for (const by of GROUPS) reports.push(await store().usage({ ...whose, ...when }, by));
      }
    }
    return reports;
  };
  const rollAll = async (beforeMs: number): Promise<number> => {
    let hours = 0;
    for (let done = 1; done > 0; hours += done) done = await store().rollUp(beforeMs);
    return hours;
  };
  const totals = async (query: UsageQuery = {}) => (await store().usage(query, null)).totals;

  describe(`the ledger ${name}: roll-ups`, () => {
    it('change no figure: of nobody, in no group, over no stretch of time', async () => {
      const rows = someRows();
      await store().write(rows);
      const [priced] = rows.filter(({ costPicoUsd }) => costPicoUsd !== null && costPicoUsd > 0n);
      const [unpriced] = rows.filter(({ priced }) => !priced);
      if (priced === undefined || unpriced === undefined) throw new Error('There is nothing to correct');
      await store().write([correctionRow('x', priced, -5n), correctionRow('y', unpriced, 12n)]);
      const before = await everyFigure();
      expect(await rollAll(END_MS)).toBe(HOURS);
      expect(await everyFigure()).toEqual(before);
    });

    it('are exact where 64 bits are not', async () => {
      const largest = picoUsd(9_223_372_036_854_775_807n);
      await store().write(
        [1, 2, 3].flatMap((id) => [
          settledRow(id, { costPicoUsd: largest, savedPicoUsd: largest }),
          settledRow(id + 10, { costPicoUsd: largest, savedPicoUsd: largest, heldAtMs: NOON_MS + HOUR_MS }),
        ]),
      );
      await rollAll(END_MS);
      expect(await totals()).toMatchObject({ costPicoUsd: 6n * largest, savedPicoUsd: 6n * largest });
    });

    it('are made of the hours that are over and have rows, and are then done', async () => {
      await store().write(someRows());
      expect(await rollAll(NOON_MS + 2 * HOUR_MS - 1)).toBe(1);
      expect(await rollAll(NOON_MS + 2 * HOUR_MS)).toBe(1);
      expect(await rollAll(NOON_MS + 2 * HOUR_MS)).toBe(0);
      expect(await rollAll(END_MS + 24 * HOUR_MS)).toBe(2);
      expect(await store().rollUp(END_MS + 24 * HOUR_MS)).toBe(0);
    });

    it('take nothing as nothing', async () => {
      expect(await store().rollUp(END_MS)).toBe(0);
    });

    it('do not hide a row that is written late', async () => {
      await store().write(someRows());
      await rollAll(END_MS);
      const before = await totals();
      await store().write([settledRow('late', { heldAtMs: NOON_MS + HOUR_MS + 1 })]);
      expect(await totals()).toMatchObject({
        requests: before.requests + 1,
        costPicoUsd: before.costPicoUsd + 27_000_000n,
      });
      const figures = await everyFigure();
      expect(await rollAll(END_MS)).toBe(1);
      expect(await everyFigure()).toEqual(figures);
    });

    for (const state of ['open', 'unknown'] as const) {
      it(`do not hide that a row of theirs goes from ${state} to settled`, async () => {
        await store().write([openRow(1, { state }), settledRow(2, { heldAtMs: NOON_MS + HOUR_MS })]);
        await rollAll(END_MS);
        // The moment that a closing row names is not taken: the hour is that of the row as it stands.
        await store().write([settledRow(1, { heldAtMs: NOON_MS + 3 * HOUR_MS })]);
        const whole = { requests: 2, totalTokens: 240, costPicoUsd: 54_000_000n, unpriced: 0 };
        expect(await totals()).toMatchObject(whole);
        expect(await totals({ fromMs: NOON_MS, toMs: NOON_MS + HOUR_MS })).toMatchObject({ costPicoUsd: 27_000_000n });
        expect(await rollAll(END_MS)).toBe(1);
        expect(await totals()).toMatchObject(whole);
      });
    }

    it('do not hide a correction', async () => {
      const row = settledRow(1, { costPicoUsd: null, priced: false });
      await store().write([row]);
      await rollAll(END_MS);
      expect(await totals()).toMatchObject({ attempts: 1, unpriced: 1, costPicoUsd: 0n });
      await store().write([correctionRow(2, row, 8n)]);
      expect(await totals()).toMatchObject({ attempts: 1, unpriced: 0, costPicoUsd: 8n });
      expect(await rollAll(END_MS)).toBe(1);
      expect(await totals()).toMatchObject({ attempts: 1, unpriced: 0, costPicoUsd: 8n });
    });

    it('are not undone by a write that changes nothing they tell', async () => {
      await store().write([settledRow(1)]);
      await rollAll(END_MS);
      await store().write([settledRow(1), openRow(1), settledRow(2, { heldAtMs: END_MS })]);
      expect(await rollAll(END_MS)).toBe(0);
    });

    it('stay right while rows are written and another one rolls up', async () => {
      const rows = someRows();
      const rolling: Promise<number>[] = [];
      for (const row of rows) {
        rolling.push(store().rollUp(END_MS));
        await store().write([row]);
      }
      await Promise.all(rolling);
      const rolled = await everyFigure();
      await rollAll(END_MS);
      expect(await everyFigure()).toEqual(rolled);
      const { costPicoUsd, attempts } = await totals();
      expect(costPicoUsd).toBe(rows.reduce((sum, row) => sum + (row.costPicoUsd ?? 0n), 0n));
      expect(attempts).toBe(rows.filter(({ outcome }) => outcome !== 'cached').length);
    });
  });
}
