// What every WindowStore keeps about time: stretches, slots, days that end, zones whose clocks change.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WindowStore } from '../../src/core/window-store.ts';
import type { Window } from '../../src/core/windows.ts';
import { amounts, HOUR_MS, LEASE_MS, NOON_MS, nanoUsd, tokens, usedOf, userWindow } from './windows-at-hand.ts';

const MINUTE_MS = 60_000;
const PER_MINUTE = userWindow('tokens_per_minute', 100);

/** Local days as their instants in UTC. */
const DAYS: readonly {
  readonly timezone: string;
  readonly what: string;
  readonly start: string;
  readonly end: string;
}[] = [
  { timezone: 'UTC', what: 'a plain day', start: '2026-11-18T00:00:00Z', end: '2026-11-19T00:00:00Z' },
  {
    timezone: 'Asia/Kathmandu',
    what: 'a quarter-hour zone',
    start: '2026-11-17T18:15:00Z',
    end: '2026-11-18T18:15:00Z',
  },
  { timezone: 'Europe/Warsaw', what: 'a day of 25 hours', start: '2026-10-24T22:00:00Z', end: '2026-10-25T23:00:00Z' },
  { timezone: 'Europe/Warsaw', what: 'a day of 23 hours', start: '2026-03-28T23:00:00Z', end: '2026-03-29T22:00:00Z' },
  {
    timezone: 'Australia/Lord_Howe',
    what: 'a day longer by half an hour',
    start: '2026-04-04T13:00:00Z',
    end: '2026-04-05T13:30:00Z',
  },
  {
    timezone: 'America/Santiago',
    what: 'a day whose midnight is skipped',
    start: '2026-09-06T04:00:00Z',
    end: '2026-09-07T03:00:00Z',
  },
];

export function testWindowTime(name: string, store: () => WindowStore): void {
  const used = (window: Window, atMs: number) => usedOf(store(), [window], atMs).then(([only]) => only);
  const hold = (id: string, window: Window, count: number, atMs: number) =>
    store().hold(
      id,
      [window],
      amounts({ tokens: count, nanoUsd: count, requests: count, inFlight: count }),
      atMs,
      LEASE_MS,
    );

  describe(`the window store ${name}: sliding windows`, () => {
    it('says when a refused draw will fit, to the millisecond', async () => {
      await hold('a', PER_MINUTE, 50, NOON_MS);
      await hold('b', PER_MINUTE, 50, NOON_MS + 10_500);
      const refused = await hold('c', PER_MINUTE, 60, NOON_MS + 20_000);
      const fitsAtMs = NOON_MS + 10_000 + 61_000;
      expect(refused).toMatchObject({ granted: false, refused: { resetsAtMs: fitsAtMs } });
      expect((await hold('c', PER_MINUTE, 60, fitsAtMs - 1)).granted).toBe(false);
      expect((await hold('c', PER_MINUTE, 60, fitsAtMs)).granted).toBe(true);
    });

    it('says when a refused raise will fit: what the hold has itself is not in its way', async () => {
      await hold('a', PER_MINUTE, 50, NOON_MS);
      await hold('b', PER_MINUTE, 50, NOON_MS + 10_000);
      const refused = await hold('a', PER_MINUTE, 60, NOON_MS + 20_000);
      expect(refused).toMatchObject({ granted: false, refused: { resetsAtMs: NOON_MS + 71_000 } });
      expect((await hold('a', PER_MINUTE, 60, NOON_MS + 71_000)).granted).toBe(true);
    });

    it('measures a raise by what others have, from the first to the last moment that the draw counts', async () => {
      await hold('a', PER_MINUTE, 60, NOON_MS);
      expect((await hold('a', PER_MINUTE, 70, NOON_MS + 60_999)).granted).toBe(true);
      expect(await used(PER_MINUTE, NOON_MS + 60_999)).toBe(70);
      expect((await hold('a', PER_MINUTE, 100, NOON_MS + 200_000)).granted).toBe(true);
      expect(await used(PER_MINUTE, NOON_MS + 200_000)).toBe(100);
    });

    it('leaves a draw that is only repeated in its slot, also when others of its hold are raised', async () => {
      const calls = userWindow('requests_per_minute', 1);
      const windows = [calls, PER_MINUTE];
      await store().hold('a', windows, amounts({ requests: 1 }), NOON_MS, LEASE_MS);
      await store().hold('a', windows, amounts({ requests: 1, tokens: 50 }), NOON_MS + 30_000, LEASE_MS);
      expect(await usedOf(store(), windows, NOON_MS + 61_000)).toEqual([0, 50]);
    });

    it('gives room back at most one slot late, and not before the minute is over', async () => {
      await hold('a', PER_MINUTE, 100, NOON_MS + 999);
      expect((await hold('b', PER_MINUTE, 1, NOON_MS + 999 + MINUTE_MS)).granted).toBe(false);
      expect((await hold('b', PER_MINUTE, 1, NOON_MS + 999 + MINUTE_MS + 1_000)).granted).toBe(true);
    });

    it('keeps a day by quarter hours', async () => {
      const perDay = userWindow('requests_per_day', 10);
      await hold('a', perDay, 10, NOON_MS + 60_000);
      expect(await store().states([perDay], NOON_MS + HOUR_MS)).toMatchObject([
        { resetsAtMs: NOON_MS + 24 * HOUR_MS + 900_000 },
      ]);
      expect((await hold('b', perDay, 1, NOON_MS + 24 * HOUR_MS + 899_999)).granted).toBe(false);
      expect((await hold('b', perDay, 1, NOON_MS + 24 * HOUR_MS + 900_000)).granted).toBe(true);
    });

    it('never fits what is larger than the limit, and says so with no time', async () => {
      expect(await hold('a', PER_MINUTE, 101, NOON_MS)).toMatchObject({
        granted: false,
        refused: { resetsAtMs: null },
      });
      await hold('b', PER_MINUTE, 10, NOON_MS);
      expect(await hold('a', PER_MINUTE, 101, NOON_MS)).toMatchObject({
        granted: false,
        refused: { resetsAtMs: null },
      });
    });

    it('names, of several windows that refuse, the one that is full longest', async () => {
      const windows = [PER_MINUTE, userWindow('tokens_per_day', 100), userWindow('in_flight', 1)];
      await store().hold('a', windows, amounts({ tokens: 100, inFlight: 1 }), NOON_MS, LEASE_MS);
      const refused = await store().hold('b', windows, amounts({ tokens: 1, inFlight: 1 }), NOON_MS, LEASE_MS);
      expect(refused).toMatchObject({ granted: false, refused: { window: { name: 'tokens_per_day' } } });
    });

    it('names a window that can never take so much before one that is only full', async () => {
      const windows = [userWindow('tokens_per_day', 100), PER_MINUTE];
      await store().hold('a', windows, tokens(100), NOON_MS, LEASE_MS);
      const smaller = [windows[0] ?? PER_MINUTE, { ...PER_MINUTE, limit: 40 }];
      const refused = await store().hold('b', smaller, tokens(50), NOON_MS, LEASE_MS);
      expect(refused).toMatchObject({
        granted: false,
        refused: { window: { name: 'tokens_per_minute' }, resetsAtMs: null },
      });
    });

    it('has no time for in flight, which frees up when an answer ends', async () => {
      const inFlight = userWindow('in_flight', 1);
      await hold('a', inFlight, 1, NOON_MS);
      expect(await hold('b', inFlight, 1, NOON_MS)).toMatchObject({ granted: false, refused: { resetsAtMs: null } });
      await store().settle('a', amounts({}), NOON_MS);
      expect((await hold('b', inFlight, 1, NOON_MS)).granted).toBe(true);
    });

    it('counts a raised draw from the moment of the raise', async () => {
      await hold('a', PER_MINUTE, 10, NOON_MS);
      await hold('a', PER_MINUTE, 100, NOON_MS + 50_000);
      expect((await hold('b', PER_MINUTE, 1, NOON_MS + 50_000 + MINUTE_MS)).granted).toBe(false);
      expect((await hold('b', PER_MINUTE, 1, NOON_MS + 51_000 + MINUTE_MS)).granted).toBe(true);
    });

    it('settles into the slot of the draw, or into nothing when that has gone by', async () => {
      await hold('a', PER_MINUTE, 100, NOON_MS);
      await store().settle('a', tokens(40), NOON_MS + 30_000);
      expect(await used(PER_MINUTE, NOON_MS + 60_999)).toBe(40);
      expect(await used(PER_MINUTE, NOON_MS + 61_000)).toBe(0);
      await hold('b', PER_MINUTE, 10, NOON_MS + 61_000);
      const laterMs = NOON_MS + 61_000 + 2 * MINUTE_MS;
      expect(await used(PER_MINUTE, laterMs)).toBe(0);
      await store().settle('b', tokens(90), laterMs);
      expect(await used(PER_MINUTE, laterMs)).toBe(0);
    });

    it('admits in no stretch of a minute more than the limit, whatever comes when', async () => {
      const draw = fc.record({ waitMs: fc.nat(25_000), count: fc.integer({ min: 1, max: 100 }) });
      let round = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(draw, { maxLength: 40 }), fc.nat(MINUTE_MS), async (draws, offsetMs) => {
          const window = userWindow('tokens_per_minute', 100, { user: `user-${round++}` });
          const admitted: { atMs: number; count: number }[] = [];
          let atMs = NOON_MS + offsetMs;
          for (const [index, { waitMs, count }] of draws.entries()) {
            atMs += waitMs;
            if ((await hold(`${round}-${index}`, window, count, atMs)).granted) admitted.push({ atMs, count });
          }
          for (const { atMs: startMs } of admitted) {
            const inStretch = admitted.filter((one) => one.atMs >= startMs && one.atMs <= startMs + MINUTE_MS);
            expect(inStretch.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(100);
          }
        }),
        { numRuns: 50 },
      );
    });

    it('does not refuse for ever: after a quiet minute and a slot all is free', async () => {
      await hold('a', PER_MINUTE, 100, NOON_MS);
      await store().settle('a', tokens(100), NOON_MS);
      expect(await store().states([PER_MINUTE], NOON_MS + MINUTE_MS + 1_000)).toMatchObject([
        { used: 0, remaining: 100, resetsAtMs: null },
      ]);
    });
  });

  describe(`the window store ${name}: calendar windows`, () => {
    it.each(DAYS)('ends $what at its midnight in $timezone', async ({ timezone, start, end }) => {
      const [startMs, endMs] = [Date.parse(start), Date.parse(end)];
      const budget = userWindow('usd_per_day', 100, { timezone });
      await hold('before', budget, 100, startMs - 1);
      expect((await hold('a', budget, 100, startMs)).granted).toBe(true);
      const refused = await hold('b', budget, 1, endMs - 1);
      expect(refused).toMatchObject({ granted: false, refused: { resetsAtMs: endMs } });
      expect((await hold('b', budget, 1, endMs)).granted).toBe(true);
    });

    it('keeps a month, and ends it where the next one begins', async () => {
      const budget = userWindow('usd_per_month', 100, { timezone: 'Europe/Warsaw' });
      await hold('a', budget, 100, Date.parse('2026-09-30T22:00:00Z'));
      expect(await hold('b', budget, 1, Date.parse('2026-10-31T22:59:59.999Z'))).toMatchObject({
        granted: false,
        refused: { resetsAtMs: Date.parse('2026-10-31T23:00:00Z') },
      });
      expect((await hold('b', budget, 1, Date.parse('2026-10-31T23:00:00Z'))).granted).toBe(true);
    });

    it('books a settle in the day of the hold, also after midnight', async () => {
      const budget = userWindow('usd_per_day', 100);
      const midnightMs = Date.parse('2026-11-19T00:00:00Z');
      await hold('a', budget, 80, midnightMs - 1_000);
      await store().settle('a', nanoUsd(30), midnightMs + 1_000);
      expect([await used(budget, midnightMs - 1), await used(budget, midnightMs + 1_000)]).toEqual([30, 0]);
    });

    it('books a raise in the day of the hold and measures it by what that day has left', async () => {
      const budget = userWindow('usd_per_day', 100);
      const midnightMs = Date.parse('2026-11-19T00:00:00Z');
      await hold('a', budget, 0, midnightMs - 1_000);
      await hold('b', budget, 70, midnightMs - 1_000);
      await hold('new-day', budget, 90, midnightMs);
      expect((await hold('a', budget, 31, midnightMs + 1_000)).granted).toBe(false);
      expect((await hold('a', budget, 30, midnightMs + 1_000)).granted).toBe(true);
      expect([await used(budget, midnightMs - 1), await used(budget, midnightMs + 1_000)]).toEqual([100, 90]);
    });
  });

  describe(`the window store ${name}: putting on record`, () => {
    it('counts what is recorded at its own time, in every window but in flight', async () => {
      const windows = [
        userWindow('requests_per_minute', 10),
        userWindow('requests_per_day', 10),
        userWindow('usd_per_day', 100),
        userWindow('usd_per_month', 100),
        userWindow('in_flight', 10),
      ];
      const recorded = { requests: 1, tokens: 5, nanoUsd: 7, inFlight: 1 };
      await store().record(windows, recorded, NOON_MS - 30 * HOUR_MS);
      await store().record(windows, recorded, NOON_MS - 13 * HOUR_MS);
      await store().record(windows, recorded, NOON_MS - 2_000);
      expect(await usedOf(store(), windows, NOON_MS)).toEqual([1, 2, 7, 21, 0]);
    });

    it('leaves less room for what comes after', async () => {
      await store().record([PER_MINUTE], tokens(70), NOON_MS);
      expect((await hold('a', PER_MINUTE, 31, NOON_MS)).granted).toBe(false);
      expect((await hold('a', PER_MINUTE, 30, NOON_MS)).granted).toBe(true);
    });
  });
}
