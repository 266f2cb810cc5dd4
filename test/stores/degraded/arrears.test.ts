// What an instance owes the shared store is bounded, and told in order, each hold's latest word last.

import { describe, expect, it } from 'vitest';
import { llmError } from '../../../src/core/errors.ts';
import { Breaker } from '../../../src/stores/breaker.ts';
import { Arrears } from '../../../src/stores/degraded/arrears.ts';
import { StoreCalls } from '../../../src/stores/degraded/store-calls.ts';
import { HOUR_MS, LEASE_MS, NOON_MS, nanoUsd, usedOf, userWindow } from '../../contract/windows-at-hand.ts';
import { SimulatedClock } from '../../simulated-clock.ts';
import { isOutage, SharedFake } from './shared-fake.ts';

const DAY = userWindow('usd_per_day', 1e9);
const MONTH = userWindow('usd_per_month', 1e9);

function setUp(settlesMost: number) {
  const clock = new SimulatedClock(NOON_MS);
  const fake = new SharedFake(clock);
  const shared = fake.connect();
  fake.seeded.add('acme');
  const breaker = new Breaker({ clock, isOutage, refusal: () => llmError('store_unavailable', 'open') });
  const calls = new StoreCalls({ shared, breaker, seed: async () => {}, isOutage, failed: () => {} });
  const refused: string[] = [];
  const arrears = new Arrears({
    calls,
    nowMs: () => clock.nowMs(),
    refused: (holdId) => refused.push(holdId),
    settlesMost,
  });
  const owe = (id: string, amount: number, isSettled: boolean, agoMs = 0) => {
    const heldAtMs = NOON_MS - agoMs;
    const about = { holdId: id, windows: [DAY, MONTH], heldAtMs, expiresAtMs: heldAtMs + LEASE_MS, note: null };
    const actual = isSettled ? nanoUsd(amount) : null;
    arrears.owe({ hold: { ...about, amounts: nanoUsd(isSettled ? 2 * amount : amount) }, actual, origin: 'made' });
  };
  const used = () => usedOf(fake.store, [DAY, MONTH], NOON_MS);
  return { clock, arrears, owe, used, shared, refused };
}

describe('what the store is owed', () => {
  it('is bounded: the oldest settles are added up, by quarter hours, and count all the same', async () => {
    const { arrears, owe, used } = setUp(2_000);
    owe('open', 7, false);
    for (let id = 0; id < 10_000; id++) owe(`${id}`, 1, true, id % 2 === 0 ? 0 : 13 * HOUR_MS);
    expect(arrears.size).toBeLessThanOrEqual(2_001);
    expect(arrears.has('open')).toBe(true);
    await arrears.payAll();
    expect(arrears.size).toBe(0);
    expect(await used()).toEqual([7 + 5_000, 7 + 10_000]);
  });

  it('is kept where the store does not answer, and told once when it does', async () => {
    const { arrears, owe, used, shared, clock } = setUp(1_000);
    for (let id = 0; id < 500; id++) owe(`${id}`, 1, true);
    shared.fault = 'refused';
    await expect(arrears.payAll()).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(arrears.size).toBe(500);
    shared.fault = 'none';
    clock.advance(10_000);
    await arrears.payFor('acme').catch(() => {});
    await arrears.payAll();
    await arrears.payAll();
    expect(await used()).toEqual([500, 500]);
  });

  it('what was settled stays so, whatever is owed of it later', async () => {
    const { arrears, owe, used } = setUp(10);
    owe('a', 5, true);
    owe('a', 90, false);
    await arrears.payAll();
    expect(await used()).toEqual([5, 5]);
  });

  it('is given up, loudly, where the store refuses it for what it is', async () => {
    const { arrears, owe, used, refused } = setUp(10);
    owe('half', 0.5, false);
    owe('whole', 1, true);
    await arrears.payAll();
    expect([refused, arrears.size, await used()]).toEqual([['half'], 0, [1, 1]]);
  });
});
