// What every WindowStore keeps when its clock goes back: it may refuse too much for a while, and never counts too little.

import { describe, expect, it } from 'vitest';
import type { WindowStore } from '../../src/core/window-store.ts';
import { LEASE_MS, NOON_MS, tokens, usedOf, userWindow } from './windows-at-hand.ts';

export function testWindowClock(name: string, store: () => WindowStore): void {
  describe(`the window store ${name}: a clock that goes back`, () => {
    it('refuses too much rather than too little when the clock goes back', async () => {
      const window = userWindow('tokens_per_minute', 100);
      await store().hold('a', [window], tokens(100), NOON_MS, LEASE_MS);
      const backMs = NOON_MS - 3_600_000;
      expect((await store().hold('b', [window], tokens(1), backMs, LEASE_MS)).granted).toBe(false);
      expect((await store().hold('b', [window], tokens(100), NOON_MS + 61_000, LEASE_MS)).granted).toBe(true);
    });

    it('raises and settles a hold of before the clock went back without losing count', async () => {
      const window = userWindow('tokens_per_minute', 100);
      await store().hold('a', [window], tokens(40), NOON_MS, LEASE_MS);
      await store().hold('a', [window], tokens(60), NOON_MS - 1_800_000, LEASE_MS);
      expect(await usedOf(store(), [window], NOON_MS)).toEqual([60]);
      await store().settle('a', tokens(10), NOON_MS - 1_800_000);
      expect(await usedOf(store(), [window], NOON_MS)).toEqual([10]);
    });

    it('does not take a draw for its own that it has forgotten, when the clock goes back to it', async () => {
      const window = userWindow('tokens_per_minute', 100);
      await store().hold('a', [window], tokens(60), NOON_MS, LEASE_MS);
      await store().states([window], NOON_MS + 100_000);
      await store().hold('b', [window], tokens(80), NOON_MS + 10_000, LEASE_MS);
      expect((await store().hold('a', [window], tokens(61), NOON_MS + 10_000, LEASE_MS)).granted).toBe(false);
    });

    it('is given back no more than a slot has that was forgotten and then drawn on again', async () => {
      const window = userWindow('tokens_per_minute', 100);
      await store().hold('a', [window], tokens(60), NOON_MS, LEASE_MS);
      await store().states([window], NOON_MS + 100_000);
      await store().hold('b', [window], tokens(20), NOON_MS, LEASE_MS);
      await store().settle('a', tokens(0), NOON_MS);
      const [used = Number.NaN] = await usedOf(store(), [window], NOON_MS);
      expect(used).toBeGreaterThanOrEqual(0);
      expect((await store().hold('c', [{ ...window, limit: 200 }], tokens(101), NOON_MS, LEASE_MS)).granted).toBe(true);
      expect(await usedOf(store(), [window], NOON_MS)).toEqual([used + 101]);
    });
  });
}
