// The window store in memory: the contract, and what only this one promises.

import { describe, expect, it } from 'vitest';
import { createMemoryWindows } from '../../src/stores/memory-windows.ts';
import { testWindowStore } from '../contract/stores.ts';
import { amounts, LEASE_MS, NOON_MS, tokens, usedOf, userWindow } from '../contract/windows-at-hand.ts';

testWindowStore('in memory', async () => createMemoryWindows());

describe('the window store in memory', () => {
  it('refuses amounts that are no whole numbers: they would pass every comparison and spoil every sum', async () => {
    const store = createMemoryWindows();
    const window = userWindow('tokens_per_minute', 100);
    for (const wrong of [Number.NaN, 1.5, -1, Number.POSITIVE_INFINITY]) {
      await expect(store.hold('a', [window], tokens(wrong), NOON_MS, LEASE_MS)).rejects.toThrow(RangeError);
      await expect(store.settle('a', tokens(wrong), NOON_MS)).rejects.toThrow(RangeError);
      await expect(store.record([window], tokens(wrong), NOON_MS)).rejects.toThrow(RangeError);
    }
    expect(await usedOf(store, [window], NOON_MS)).toEqual([0]);
  });

  it('refuses too much rather than too little when the clock goes back', async () => {
    const store = createMemoryWindows();
    const window = userWindow('tokens_per_minute', 100);
    await store.hold('a', [window], tokens(100), NOON_MS, LEASE_MS);
    const backMs = NOON_MS - 3_600_000;
    expect((await store.hold('b', [window], tokens(1), backMs, LEASE_MS)).granted).toBe(false);
    expect((await store.hold('b', [window], tokens(100), NOON_MS + 61_000, LEASE_MS)).granted).toBe(true);
  });

  it('raises and settles a hold of before the clock went back without losing count', async () => {
    const store = createMemoryWindows();
    const window = userWindow('tokens_per_minute', 100);
    await store.hold('a', [window], tokens(40), NOON_MS, LEASE_MS);
    await store.hold('a', [window], tokens(60), NOON_MS - 1_800_000, LEASE_MS);
    expect(await usedOf(store, [window], NOON_MS)).toEqual([60]);
    await store.settle('a', tokens(10), NOON_MS - 1_800_000);
    expect(await usedOf(store, [window], NOON_MS)).toEqual([10]);
  });

  it('does not take a draw for its own that it has forgotten, when the clock goes back to it', async () => {
    const store = createMemoryWindows();
    const window = userWindow('tokens_per_minute', 100);
    await store.hold('a', [window], tokens(60), NOON_MS, LEASE_MS);
    await store.states([window], NOON_MS + 100_000);
    await store.hold('b', [window], tokens(80), NOON_MS + 10_000, LEASE_MS);
    expect((await store.hold('a', [window], tokens(61), NOON_MS + 10_000, LEASE_MS)).granted).toBe(false);
  });

  it('keeps a window that a raise does not name again, as part of the hold', async () => {
    const store = createMemoryWindows();
    const [calls, budget] = [userWindow('tokens_per_day', 100), userWindow('usd_per_day', 100)];
    await store.hold('a', [calls], tokens(60), NOON_MS, LEASE_MS);
    expect((await store.hold('a', [budget], amounts({ tokens: 101, nanoUsd: 5 }), NOON_MS, LEASE_MS)).granted).toBe(
      false,
    );
    await store.hold('a', [budget], amounts({ tokens: 70, nanoUsd: 5 }), NOON_MS, LEASE_MS);
    expect(await usedOf(store, [calls, budget], NOON_MS)).toEqual([70, 5]);
    await store.settle('a', amounts({ tokens: 1, nanoUsd: 2 }), NOON_MS);
    expect(await usedOf(store, [calls, budget], NOON_MS)).toEqual([1, 2]);
  });

  it('lets an expired hold grow where there is room, at once charged, and shrink by its settle alone', async () => {
    const store = createMemoryWindows();
    const windows = [userWindow('usd_per_month', 1_000), userWindow('in_flight', 1)];
    const held = (nanoUsd: number) =>
      store.hold('a', windows, amounts({ nanoUsd, inFlight: 1 }), NOON_MS + LEASE_MS, LEASE_MS);
    await store.hold('a', windows, amounts({ nanoUsd: 400, inFlight: 1 }), NOON_MS, LEASE_MS);
    await store.reap(NOON_MS + LEASE_MS);
    await held(700);
    await held(100);
    expect(await usedOf(store, windows, NOON_MS)).toEqual([700, 0]);
    await store.settle('a', amounts({ nanoUsd: 50 }), NOON_MS + LEASE_MS);
    expect(await usedOf(store, windows, NOON_MS)).toEqual([50, 0]);
  });

  it('forgets an expired hold after 24 hours: a settle that comes later has no effect', async () => {
    const store = createMemoryWindows();
    const budget = userWindow('usd_per_month', 1_000);
    await store.hold('a', [budget], amounts({ nanoUsd: 400 }), NOON_MS, LEASE_MS);
    await store.reap(NOON_MS + LEASE_MS);
    const laterMs = NOON_MS + LEASE_MS + 24 * 3_600_000;
    await store.reap(laterMs);
    await store.settle('a', amounts({ nanoUsd: 1 }), laterMs);
    expect(await usedOf(store, [budget], laterMs)).toEqual([400]);
  });
});
