// What every WindowStore keeps about leases: a hold that nobody ends is charged in full, named once with its note, and can
// still be corrected.

import { describe, expect, it } from 'vitest';
import type { WindowStore } from '../../src/core/window-store.ts';
import { amounts, LEASE_MS, NOON_MS, nanoUsd, tokens, usedOf, userWindow } from './windows-at-hand.ts';

const PER_MINUTE = userWindow('tokens_per_minute', 100);
const PER_DAY = userWindow('tokens_per_day', 1_000);
const IN_FLIGHT = userWindow('in_flight', 2);
const ONE_CALL = amounts({ requests: 1, inFlight: 1 });

export function testWindowLeases(name: string, store: () => WindowStore): void {
  describe(`the window store ${name}: leases`, () => {
    it('reaps a hold when its lease has run out, not a millisecond before, and once', async () => {
      await store().hold('a', [PER_MINUTE, IN_FLIGHT], amounts({ tokens: 50, inFlight: 1 }), NOON_MS, LEASE_MS);
      expect(await store().reap(NOON_MS + LEASE_MS - 1)).toEqual([]);
      const expired = { holdId: 'a', amounts: amounts({ tokens: 50, inFlight: 1 }), heldAtMs: NOON_MS, note: null };
      expect(await store().reap(NOON_MS + LEASE_MS)).toEqual([expired]);
      expect(await store().reap(NOON_MS + LEASE_MS)).toEqual([]);
    });

    it('charges an expired hold in full and gives its in flight back', async () => {
      await store().hold('a', [PER_DAY, IN_FLIGHT], amounts({ tokens: 50, inFlight: 1 }), NOON_MS, LEASE_MS);
      await store().reap(NOON_MS + LEASE_MS);
      expect(await usedOf(store(), [PER_DAY, IN_FLIGHT], NOON_MS + LEASE_MS)).toEqual([50, 0]);
    });

    it('lets a late settle correct an expired hold, for 24 hours, once', async () => {
      const budget = userWindow('usd_per_month', 1_000);
      await store().hold('a', [budget], nanoUsd(400), NOON_MS, LEASE_MS);
      const reapedAtMs = NOON_MS + LEASE_MS;
      await store().reap(reapedAtMs);
      await store().settle('a', nanoUsd(150), reapedAtMs + 23 * 3_600_000);
      await store().settle('a', nanoUsd(10), reapedAtMs + 23 * 3_600_000);
      expect(await usedOf(store(), [budget], reapedAtMs)).toEqual([150]);
    });

    it('does not open an expired and settled hold again', async () => {
      const budget = userWindow('usd_per_month', 1_000);
      await store().hold('a', [budget, IN_FLIGHT], amounts({ nanoUsd: 400, inFlight: 1 }), NOON_MS, LEASE_MS);
      const reapedAtMs = NOON_MS + LEASE_MS;
      await store().reap(reapedAtMs);
      await store().settle('a', nanoUsd(150), reapedAtMs);
      const late = await store().hold(
        'a',
        [budget, IN_FLIGHT],
        amounts({ nanoUsd: 400, inFlight: 1 }),
        reapedAtMs + 1_000,
        LEASE_MS,
      );
      expect(late.granted).toBe(true);
      expect(await usedOf(store(), [budget, IN_FLIGHT], reapedAtMs + 1_000)).toEqual([150, 0]);
    });

    it('refuses an expired hold what the window has no room for, as it would any other', async () => {
      const budget = userWindow('usd_per_month', 1_000);
      await store().hold('a', [budget, IN_FLIGHT], amounts({ nanoUsd: 400, inFlight: 1 }), NOON_MS, LEASE_MS);
      await store().reap(NOON_MS + LEASE_MS);
      const late = await store().hold(
        'a',
        [budget, IN_FLIGHT],
        amounts({ nanoUsd: 1_001, inFlight: 1 }),
        NOON_MS + LEASE_MS,
        LEASE_MS,
      );
      expect(late.granted).toBe(false);
      expect(await usedOf(store(), [budget, IN_FLIGHT], NOON_MS + LEASE_MS)).toEqual([400, 0]);
    });

    it('renews the lease with a raise', async () => {
      await store().hold('a', [IN_FLIGHT], ONE_CALL, NOON_MS, LEASE_MS);
      await store().hold('a', [IN_FLIGHT], ONE_CALL, NOON_MS + 60_000, LEASE_MS);
      expect(await store().reap(NOON_MS + LEASE_MS)).toEqual([]);
      expect(await store().reap(NOON_MS + 60_000 + LEASE_MS)).toHaveLength(1);
    });

    it('tells the note of a hold to whoever reaps it: the last one that was given', async () => {
      await store().hold('a', [IN_FLIGHT], ONE_CALL, NOON_MS, LEASE_MS, 'first');
      await store().hold('b', [IN_FLIGHT], ONE_CALL, NOON_MS, LEASE_MS, 'first');
      await store().hold('b', [IN_FLIGHT], ONE_CALL, NOON_MS, LEASE_MS, '{"then": "ü \u0000 🐍"}');
      await store().hold('a', [IN_FLIGHT], ONE_CALL, NOON_MS, LEASE_MS);
      const notes = new Map((await store().reap(NOON_MS + LEASE_MS)).map(({ holdId, note }) => [holdId, note]));
      expect(notes).toEqual(
        new Map([
          ['a', 'first'],
          ['b', '{"then": "ü \u0000 🐍"}'],
        ]),
      );
    });

    it('keeps an empty note apart from none', async () => {
      await store().hold('a', [IN_FLIGHT], ONE_CALL, NOON_MS, LEASE_MS, '');
      expect(await store().reap(NOON_MS + LEASE_MS)).toMatchObject([{ note: '' }]);
    });

    it('does not take over the note of a raise that was refused', async () => {
      await store().hold('a', [PER_DAY], tokens(10), NOON_MS, LEASE_MS, 'held');
      await store().hold('a', [PER_DAY], tokens(1_001), NOON_MS, LEASE_MS, 'refused');
      expect(await store().reap(NOON_MS + LEASE_MS)).toMatchObject([{ amounts: tokens(10), note: 'held' }]);
    });

    it('dates a hold by its first grant, whatever is raised later', async () => {
      expect(await store().hold('a', [PER_DAY], tokens(10), NOON_MS, LEASE_MS)).toMatchObject({ heldAtMs: NOON_MS });
      const raised = await store().hold('a', [PER_DAY], tokens(20), NOON_MS + 5_000, LEASE_MS);
      expect(raised).toMatchObject({ granted: true, heldAtMs: NOON_MS });
      expect(await store().reap(NOON_MS + 5_000 + LEASE_MS)).toMatchObject([
        { heldAtMs: NOON_MS, amounts: tokens(20) },
      ]);
    });

    it('dates a hold by its grant, not by the refusal before', async () => {
      await store().hold('a', [IN_FLIGHT], amounts({ inFlight: 3 }), NOON_MS, LEASE_MS);
      const granted = await store().hold('a', [IN_FLIGHT], ONE_CALL, NOON_MS + 1_000, LEASE_MS);
      expect(granted).toMatchObject({ granted: true, heldAtMs: NOON_MS + 1_000 });
    });

    it('lets an expired hold grow where there is room, at once charged, and shrink by its settle alone', async () => {
      const windows = [userWindow('usd_per_month', 1_000), userWindow('in_flight', 1)];
      const held = (nanoUsd: number) =>
        store().hold('a', windows, amounts({ nanoUsd, inFlight: 1 }), NOON_MS + LEASE_MS, LEASE_MS);
      await store().hold('a', windows, amounts({ nanoUsd: 400, inFlight: 1 }), NOON_MS, LEASE_MS);
      await store().reap(NOON_MS + LEASE_MS);
      await held(700);
      await held(100);
      expect(await usedOf(store(), windows, NOON_MS)).toEqual([700, 0]);
      await store().settle('a', amounts({ nanoUsd: 50 }), NOON_MS + LEASE_MS);
      expect(await usedOf(store(), windows, NOON_MS)).toEqual([50, 0]);
    });

    it('forgets an expired hold after 24 hours: a settle that comes later has no effect', async () => {
      const budget = userWindow('usd_per_month', 1_000);
      await store().hold('a', [budget], amounts({ nanoUsd: 400 }), NOON_MS, LEASE_MS);
      await store().reap(NOON_MS + LEASE_MS);
      const laterMs = NOON_MS + LEASE_MS + 24 * 3_600_000;
      await store().reap(laterMs);
      await store().settle('a', amounts({ nanoUsd: 1 }), laterMs);
      expect(await usedOf(store(), [budget], laterMs)).toEqual([400]);
    });
  });
}
