// Re-rating a period: exact figures, every change a row of its own, and no difference booked twice.

import { describe, expect, it } from 'vitest';
import { costOf, type PicoUsd, type Price, perToken, picoUsd, priceIdOf } from '../../src/core/money.ts';
import type { Usage } from '../../src/core/response.ts';
import type { LedgerRow, LedgerStore } from '../../src/core/stores.ts';
import { type RepriceOptions, reprice } from '../../src/ledger/reprice.ts';
import { openSqliteLedger } from '../../src/stores/sqlite/ledger.ts';
import { cachedRow, openRow, settledRow } from '../contract/ledger-rows.ts';
import { HOUR_MS, NOON_MS } from '../contract/windows-at-hand.ts';
import { SimulatedClock } from '../simulated-clock.ts';

const price = (usdPerMillion: string, source = 'a list'): Price => {
  const figure = perToken(usdPerMillion);
  return { input: figure, cacheRead: perToken('0.1'), cacheWrite: figure, output: figure, source, from: null };
};
const OLD = price('1');
const DEARER = price('2');
const CHEAPER = price('0.5');

const USAGE: Usage = {
  inputTokens: 100,
  cacheReadTokens: 40,
  cacheWriteTokens: null,
  outputTokens: 20,
  reasoningTokens: 5,
};
/** 60 + 20 tokens at the price and 40 from the cache at 0.1. */
const COSTS = new Map<Price, PicoUsd>([
  [OLD, picoUsd(84_000_000n)],
  [DEARER, picoUsd(164_000_000n)],
  [CHEAPER, picoUsd(44_000_000n)],
]);
const costAt = (priced: Price): PicoUsd => {
  const cost = COSTS.get(priced);
  if (cost === undefined) throw new Error('This price has no figure here');
  return cost;
};

/** An attempt that was reckoned with the old price, or with none. */
function attempt(id: number, about: Partial<LedgerRow> = {}): LedgerRow {
  const reckoned = { usage: USAGE, costPicoUsd: costAt(OLD), priceId: priceIdOf(OLD), tags: { course: 'python-1' } };
  return settledRow(id, { ...reckoned, ...about });
}
const unpriced = (id: number, about: Partial<LedgerRow> = {}) =>
  attempt(id, { costPicoUsd: null, priceId: null, priced: false, ...about });

const PERIOD = { fromMs: NOON_MS, toMs: NOON_MS + HOUR_MS, dryRun: false };

async function setUp(rows: readonly LedgerRow[]) {
  const clock = new SimulatedClock(NOON_MS + 48 * HOUR_MS);
  const ledger = openSqliteLedger(':memory:', clock);
  await ledger.write(rows);
  const run = (now: Price | null, options: Partial<RepriceOptions> = {}) =>
    reprice(ledger, () => now, { ...PERIOD, ...options }, clock);
  return { clock, ledger, run };
}

it('leaves alone what had no price, where sound costs something that the price does not say', async () => {
  const { run, ledger } = await setUp([unpriced(1), attempt(2)]);
  const summary = await run({ ...DEARER, audioApart: true });
  expect([summary.unpriced, summary.corrected]).toEqual([1, 1]);
  expect((await corrections(ledger)).map(({ corrects }) => corrects)).toEqual([attempt(2).attemptId]);
});

const corrections = async (ledger: LedgerStore) =>
  (await ledger.rows({ limit: 1_000 })).rows.filter(({ corrects }) => corrects !== null);
const spent = async (ledger: LedgerStore) => (await ledger.usage({}, null)).totals.costPicoUsd;

describe('repricing', () => {
  it('reckons the figures of these tests by hand, as costOf does', () => {
    const tokens = { inputTokens: 100, cacheReadTokens: 40, cacheWriteTokens: null, outputTokens: 20 };
    for (const [priced, cost] of COSTS) expect(costOf(tokens, priced)).toBe(cost);
  });

  it('books what an attempt should cost beyond what is booked, in a row that says all about it', async () => {
    const row = attempt(1, { outcome: 'cut', code: 'stream_broken', finishReason: null, overHold: true });
    const { ledger, run, clock } = await setUp([row]);
    await run(DEARER);
    expect((await ledger.rows({})).rows).toEqual([
      row,
      {
        ...row,
        attemptId: 'att_1.1',
        corrects: 'att_1',
        state: 'settled',
        usage: null,
        usageSource: 'none',
        costPicoUsd: 80_000_000n,
        priceId: priceIdOf(DEARER),
        priced: true,
        heldPicoUsd: null,
        heldTokens: null,
        overHold: false,
        startedAtMs: clock.nowMs(),
        firstEventAfterMs: null,
        endedAtMs: clock.nowMs(),
      },
    ]);
  });

  it('tells the sums before and after, which are those of the ledger', async () => {
    const { ledger, run } = await setUp([attempt(1), attempt(2), unpriced(3)]);
    const before = await spent(ledger);
    const summary = await run(CHEAPER);
    expect(summary).toEqual({
      attempts: 3,
      corrected: 3,
      unpriced: 0,
      unsettled: 0,
      beforePicoUsd: 2n * costAt(OLD),
      afterPicoUsd: 3n * costAt(CHEAPER),
    });
    expect(before).toBe(summary.beforePicoUsd);
    expect(await spent(ledger)).toBe(summary.afterPicoUsd);
  });

  it('gives money back where the price is lower now', async () => {
    const { ledger, run } = await setUp([attempt(1)]);
    await run(CHEAPER);
    expect((await corrections(ledger)).map(({ costPicoUsd }) => costPicoUsd)).toEqual([-40_000_000n]);
  });

  it('prices what had no price; what is free is priced too', async () => {
    const { ledger, run } = await setUp([unpriced(1)]);
    await run(price('0'), { dryRun: true });
    expect((await ledger.usage({}, null)).totals).toMatchObject({ attempts: 1, unpriced: 1 });
    const free: Price = { ...price('0'), cacheRead: picoUsd(0n) };
    await run(free);
    expect((await ledger.usage({}, null)).totals).toMatchObject({ attempts: 1, unpriced: 0, costPicoUsd: 0n });
    await run(OLD);
    expect((await ledger.usage({}, null)).totals).toMatchObject({ attempts: 1, costPicoUsd: costAt(OLD) });
  });

  it('leaves what has lost its price as it is, and counts it', async () => {
    const { ledger, run } = await setUp([attempt(1), unpriced(2)]);
    expect(await run(null)).toEqual({
      attempts: 2,
      corrected: 0,
      unpriced: 2,
      unsettled: 0,
      beforePicoUsd: costAt(OLD),
      afterPicoUsd: costAt(OLD),
    });
    expect(await corrections(ledger)).toEqual([]);
  });

  it('makes no second correction when it is repeated', async () => {
    const { ledger, run } = await setUp([attempt(1), attempt(2)]);
    await run(DEARER);
    expect(await run(DEARER)).toMatchObject({ attempts: 2, corrected: 0, beforePicoUsd: 2n * costAt(DEARER) });
    expect(await corrections(ledger)).toHaveLength(2);
  });

  it('takes the corrections made before into account, there and back again', async () => {
    const { ledger, run } = await setUp([attempt(1)]);
    for (const priced of [DEARER, CHEAPER, OLD, DEARER, OLD, CHEAPER, DEARER]) {
      expect(await run(priced)).toMatchObject({ corrected: 1, afterPicoUsd: costAt(priced) });
      expect(await spent(ledger)).toBe(costAt(priced));
    }
    expect(await corrections(ledger)).toHaveLength(7);
  });

  it('books no difference twice when two run at once, with one price list or with two', async () => {
    const rows = Array.from({ length: 300 }, (_, id) => attempt(id, { heldAtMs: NOON_MS + (id % 7) }));
    const { ledger, run } = await setUp(rows);
    await Promise.all([run(DEARER), run(DEARER)]);
    expect(await spent(ledger)).toBe(300n * costAt(DEARER));
    expect(await corrections(ledger)).toHaveLength(300);
    await Promise.all([run(CHEAPER), run(OLD)]);
    expect(await corrections(ledger)).toHaveLength(600);
    await run(OLD);
    expect(await spent(ledger)).toBe(300n * costAt(OLD));
  });

  it('rates each attempt with the price in force at the moment of its hold', async () => {
    const { ledger, clock } = await setUp([attempt(1), attempt(2, { heldAtMs: NOON_MS + 1_000 })]);
    const priceOf = (_provider: string, _model: string, atMs: number) => (atMs < NOON_MS + 1_000 ? OLD : DEARER);
    expect(await reprice(ledger, priceOf, PERIOD, clock)).toMatchObject({ attempts: 2, corrected: 1 });
    expect((await corrections(ledger)).map(({ corrects }) => corrects)).toEqual(['att_2']);
  });

  it('looks at settled attempts with a usage, and counts those that may still change', async () => {
    const untold = { ...USAGE, outputTokens: null };
    const { ledger, run } = await setUp([
      openRow(1),
      cachedRow(2),
      attempt(3, { state: 'unknown', usage: null, usageSource: 'estimate' }),
      attempt(4, { usage: untold }),
      attempt(5, { outcome: 'failed', usage: null, usageSource: 'none', costPicoUsd: picoUsd(0n) }),
      attempt(6, { state: 'unknown', usageSource: 'estimate' }),
      attempt(7, { usageSource: 'estimate', outcome: 'cancelled' }),
      openRow(8, { state: 'released' }),
    ]);
    expect(await run(DEARER)).toMatchObject({ attempts: 1, corrected: 1, unsettled: 3 });
    expect((await corrections(ledger)).map(({ corrects }) => corrects)).toEqual(['att_7']);
  });

  it('keeps to the period, the tenant, the provider and the model that are named', async () => {
    const { ledger, run } = await setUp([
      attempt(1, { heldAtMs: NOON_MS - 1 }),
      attempt(2),
      attempt(3, { heldAtMs: NOON_MS + HOUR_MS }),
      attempt(4, { tenant: 'other' }),
      attempt(5, { provider: 'other' }),
      attempt(6, { model: 'other' }),
    ]);
    const named = { tenant: 'acme', provider: 'groq', model: 'openai/gpt-oss-120b' };
    expect(await run(DEARER, named)).toMatchObject({ attempts: 1, corrected: 1 });
    expect((await corrections(ledger)).map(({ corrects }) => corrects)).toEqual(['att_2']);
    expect(await run(DEARER)).toMatchObject({ attempts: 4, corrected: 3 });
  });

  it('writes nothing on a dry run, and tells what it would have done', async () => {
    const { ledger, run } = await setUp([attempt(1), attempt(2)]);
    const dry = await run(DEARER, { dryRun: true });
    expect(await corrections(ledger)).toEqual([]);
    expect(await run(DEARER)).toEqual(dry);
  });

  it('goes through more rows than one page, also of one moment', async () => {
    const rows = Array.from({ length: 2_500 }, (_, id) => attempt(id, { heldAtMs: NOON_MS + (id < 1_500 ? 0 : id) }));
    const { ledger, run } = await setUp(rows);
    expect(await run(DEARER)).toMatchObject({ attempts: 2_500, corrected: 2_500 });
    expect(await spent(ledger)).toBe(2_500n * costAt(DEARER));
    expect(await run(OLD)).toMatchObject({ attempts: 2_500, corrected: 2_500 });
    expect(await run(OLD)).toMatchObject({ attempts: 2_500, corrected: 0, afterPicoUsd: 2_500n * costAt(OLD) });
  });

  it('leaves what a late settle may still change, so that nobody is ever paid for asking', async () => {
    const guessed = attempt(1, { state: 'unknown', usageSource: 'estimate', costPicoUsd: picoUsd(900_000_000n) });
    const { ledger, run } = await setUp([guessed]);
    expect(await run(CHEAPER)).toMatchObject({ attempts: 0, corrected: 0, unsettled: 1 });
    await ledger.write([attempt(1)]);
    expect(await spent(ledger)).toBe(costAt(OLD));
    expect(await run(CHEAPER)).toMatchObject({ attempts: 1, corrected: 1, unsettled: 0 });
    expect(await spent(ledger)).toBe(costAt(CHEAPER));
  });

  it('is seen in hours that were rolled up before', async () => {
    const { ledger, run } = await setUp([attempt(1)]);
    expect(await ledger.rollUp(NOON_MS + HOUR_MS)).toBe(1);
    await run(DEARER);
    expect(await spent(ledger)).toBe(costAt(DEARER));
    expect(await ledger.rollUp(NOON_MS + HOUR_MS)).toBe(1);
    expect(await spent(ledger)).toBe(costAt(DEARER));
  });
});
