// The window store in memory: the contract, and what only this one promises.

import { describe, expect, it } from 'vitest';
import { createMemoryWindows } from '../../../src/stores/memory/windows.ts';
import { testWindowStore } from '../../contract/stores.ts';
import { LEASE_MS, NOON_MS, tokens, usedOf, userWindow } from '../../contract/windows-at-hand.ts';

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
});
