// What every WindowStore keeps about holds that were granted elsewhere, and about holds that somebody else settles.

import { describe, expect, it } from 'vitest';
import type { GrantedHold, WindowStore } from '../../src/core/window-store.ts';
import { amounts, HOUR_MS, LEASE_MS, NOON_MS, nanoUsd, tokens, usedOf, userWindow } from './windows-at-hand.ts';

const PER_MINUTE = userWindow('tokens_per_minute', 100);
const BUDGET = userWindow('usd_per_day', 1_000);
const IN_FLIGHT = userWindow('in_flight', 2);
const WINDOWS = [PER_MINUTE, BUDGET, IN_FLIGHT];
const HELD = { requests: 1, tokens: 60, nanoUsd: 700, inFlight: 1 };

function granted(about: Partial<GrantedHold> = {}): GrantedHold {
  const times = { heldAtMs: NOON_MS - 10_000, expiresAtMs: NOON_MS + LEASE_MS };
  return { holdId: 'a', windows: WINDOWS, amounts: HELD, ...times, note: 'from elsewhere', ...about };
}

export function testWindowAdoption(name: string, store: () => WindowStore): void {
  const used = (atMs = NOON_MS) => usedOf(store(), WINDOWS, atMs);

  describe(`the window store ${name}: holds that were granted elsewhere`, () => {
    it('puts one on record, and once however often it is told', async () => {
      for (let times = 0; times < 3; times++) await store().adopt(granted(), NOON_MS);
      expect(await used()).toEqual([60, 700, 1]);
    });

    it('asks for no room: what was granted is granted, and refuses what comes after', async () => {
      await store().hold('b', WINDOWS, { ...HELD, nanoUsd: 400 }, NOON_MS, LEASE_MS);
      await store().adopt(granted(), NOON_MS);
      expect(await used()).toEqual([120, 1_100, 2]);
      expect((await store().hold('c', [BUDGET], nanoUsd(1), NOON_MS, LEASE_MS)).granted).toBe(false);
    });

    it('draws at the moment of the hold: in its slot and in its day', async () => {
      const yesterdayMs = Date.UTC(2026, 10, 17, 23, 59, 30);
      await store().adopt(granted({ heldAtMs: yesterdayMs }), yesterdayMs + 60_000);
      expect(await used(yesterdayMs + 60_000)).toEqual([60, 0, 1]);
      expect(await usedOf(store(), [BUDGET], yesterdayMs)).toEqual([700]);
      expect(await used(yesterdayMs + 61_000 + 1_000)).toEqual([0, 0, 1]);
    });

    it('settles it like its own, and gives back what was not used', async () => {
      await store().adopt(granted(), NOON_MS);
      await store().settle('a', { ...HELD, tokens: 10, nanoUsd: 100 }, NOON_MS + 1_000, WINDOWS);
      expect(await used(NOON_MS + 1_000)).toEqual([10, 100, 0]);
    });

    it('raises it like its own, and dates it by its first grant', async () => {
      await store().adopt(granted(), NOON_MS);
      const raised = await store().hold('a', WINDOWS, { ...HELD, nanoUsd: 1_000 }, NOON_MS, LEASE_MS);
      expect(raised).toMatchObject({ granted: true, heldAtMs: NOON_MS - 10_000 });
      expect((await store().hold('a', WINDOWS, { ...HELD, nanoUsd: 1_001 }, NOON_MS, LEASE_MS)).granted).toBe(false);
      expect(await used()).toEqual([60, 1_000, 1]);
    });

    it('reaps it when its lease is over, with its note and the moment of its hold', async () => {
      await store().adopt(granted(), NOON_MS);
      expect(await store().reap(NOON_MS + LEASE_MS - 1)).toEqual([]);
      const expired = { holdId: 'a', amounts: HELD, heldAtMs: NOON_MS - 10_000, note: 'from elsewhere' };
      expect(await store().reap(NOON_MS + LEASE_MS)).toEqual([expired]);
      expect(await usedOf(store(), [BUDGET, IN_FLIGHT], NOON_MS + LEASE_MS)).toEqual([700, 0]);
    });

    it('takes one whose lease is over already: it is charged, and reaped next', async () => {
      await store().adopt(granted({ heldAtMs: NOON_MS - HOUR_MS, expiresAtMs: NOON_MS - 1 }), NOON_MS);
      expect(await store().reap(NOON_MS)).toMatchObject([{ holdId: 'a' }]);
      expect(await usedOf(store(), [BUDGET, IN_FLIGHT], NOON_MS)).toEqual([700, 0]);
    });

    it('leaves a hold alone that it has itself', async () => {
      await store().hold('a', WINDOWS, { ...HELD, nanoUsd: 5 }, NOON_MS, LEASE_MS, 'mine');
      await store().adopt(granted(), NOON_MS);
      expect(await used()).toEqual([60, 5, 1]);
      expect(await store().reap(NOON_MS + LEASE_MS)).toMatchObject([{ heldAtMs: NOON_MS, note: 'mine' }]);
    });

    it('leaves an expired one alone, which a late settle then corrects', async () => {
      await store().adopt(granted(), NOON_MS);
      const reapedAtMs = NOON_MS + LEASE_MS;
      await store().reap(reapedAtMs);
      await store().adopt(granted({ expiresAtMs: reapedAtMs + LEASE_MS }), reapedAtMs);
      expect(await store().reap(reapedAtMs + LEASE_MS)).toEqual([]);
      await store().settle('a', { ...HELD, nanoUsd: 100 }, reapedAtMs + HOUR_MS, WINDOWS);
      expect(await usedOf(store(), [BUDGET, IN_FLIGHT], reapedAtMs)).toEqual([100, 0]);
    });

    it('leaves a settled one alone', async () => {
      await store().hold('a', WINDOWS, HELD, NOON_MS, LEASE_MS);
      await store().settle('a', { ...HELD, tokens: 1, nanoUsd: 2 }, NOON_MS);
      await store().adopt(granted(), NOON_MS + 1_000);
      expect(await used(NOON_MS + 1_000)).toEqual([1, 2, 0]);
    });

    it('counts what one takes that was made without a note', async () => {
      await store().adopt(granted({ note: null }), NOON_MS);
      expect(await store().reap(NOON_MS + LEASE_MS)).toMatchObject([{ note: null }]);
    });
  });

  describe(`the window store ${name}: settling with the windows named`, () => {
    it('settles the hold all the same, once', async () => {
      await store().hold('a', WINDOWS, HELD, NOON_MS, LEASE_MS);
      await store().settle('a', { ...HELD, tokens: 30, nanoUsd: 300 }, NOON_MS, WINDOWS);
      await store().settle('a', { ...HELD, tokens: 40, nanoUsd: 400 }, NOON_MS, WINDOWS);
      expect(await used()).toEqual([30, 300, 0]);
    });

    it('leaves alone what nobody has held', async () => {
      await store().settle('nobody', tokens(40), NOON_MS, WINDOWS);
      expect(await used()).toEqual([0, 0, 0]);
      expect((await store().hold('nobody', WINDOWS, amounts({ tokens: 5 }), NOON_MS, LEASE_MS)).granted).toBe(true);
      expect(await used()).toEqual([5, 0, 0]);
    });
  });
}
