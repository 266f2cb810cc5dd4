// What every WindowStore keeps. Money depends on each of these sentences.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WindowStore } from '../../src/core/window-store.ts';
import type { Window } from '../../src/core/windows.ts';
import { testWindowAdoption } from './window-adoption.ts';
import { testWindowClock } from './window-clock.ts';
import { testWindowLeases } from './window-leases.ts';
import { testWindowTime } from './window-time.ts';
import { amounts, LEASE_MS, NOON_MS, nanoUsd, tenantWindow, tokens, usedOf, userWindow } from './windows-at-hand.ts';

const PER_MINUTE = userWindow('tokens_per_minute', 100);
const PER_DAY = userWindow('tokens_per_day', 1_000);
const IN_FLIGHT = userWindow('in_flight', 2);
const ONE_CALL = amounts({ requests: 1, inFlight: 1 });

export function testWindowStore(name: string, open: () => Promise<WindowStore>): void {
  let store: WindowStore;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());
  const used = (windows: readonly Window[], atMs = NOON_MS) => usedOf(store, windows, atMs);

  describe(`the window store ${name}: holding`, () => {
    it('takes all windows or none: a refusal leaves no trace in those that had room', async () => {
      const windows = [PER_DAY, PER_MINUTE, tenantWindow('tokens_per_minute', 1_000)];
      expect((await store.hold('a', windows, tokens(90), NOON_MS, LEASE_MS)).granted).toBe(true);
      const refused = await store.hold('b', windows, tokens(20), NOON_MS, LEASE_MS);
      expect(refused).toMatchObject({ granted: false, refused: { window: PER_MINUTE, used: 90, remaining: 10 } });
      expect(await used(windows)).toEqual([90, 90, 90]);
    });

    it('gives fifty takers of 5 at once exactly twenty times 5 of 100', async () => {
      const takers = Array.from({ length: 50 }, (_, taker) =>
        store.hold(`taker-${taker}`, [PER_MINUTE], tokens(5), NOON_MS, LEASE_MS),
      );
      const granted = (await Promise.all(takers)).filter((result) => result.granted);
      expect(granted).toHaveLength(20);
      expect(await used([PER_MINUTE])).toEqual([100]);
    });

    it('admits the last unit that there is, and not one more', async () => {
      expect((await store.hold('a', [PER_MINUTE], tokens(100), NOON_MS, LEASE_MS)).granted).toBe(true);
      expect((await store.hold('b', [PER_MINUTE], tokens(1), NOON_MS, LEASE_MS)).granted).toBe(false);
      expect((await store.hold('c', [PER_MINUTE], tokens(0), NOON_MS, LEASE_MS)).granted).toBe(true);
    });

    it('is exact to the largest number there is, also between two draws whose sum is larger', async () => {
      const vast = userWindow('tokens_per_minute', Number.MAX_SAFE_INTEGER);
      await store.hold('a', [vast], tokens(2 ** 52 + 1), NOON_MS, LEASE_MS);
      await store.hold('a', [vast], tokens(2 ** 52 + 4), NOON_MS, LEASE_MS);
      expect(await used([vast])).toEqual([2 ** 52 + 4]);
    });

    it('tells what is left after the hold, in the order asked', async () => {
      const { windows } = await store.hold('a', [PER_DAY, PER_MINUTE], tokens(30), NOON_MS, LEASE_MS);
      expect(
        windows.map(({ window, used, remaining, resetsAtMs }) => [window.name, used, remaining, resetsAtMs]),
      ).toEqual([
        ['tokens_per_day', 30, 970, null],
        ['tokens_per_minute', 30, 70, null],
      ]);
    });

    it('keeps users apart and adds them up for their tenant', async () => {
      const tenant = tenantWindow('tokens_per_minute', 100);
      const bob = userWindow('tokens_per_minute', 100, { user: 'bob' });
      await store.hold('a', [PER_MINUTE, tenant], tokens(60), NOON_MS, LEASE_MS);
      expect((await store.hold('b', [bob, tenant], tokens(60), NOON_MS, LEASE_MS)).granted).toBe(false);
      await store.hold('c', [bob, tenant], tokens(40), NOON_MS, LEASE_MS);
      expect(await used([PER_MINUTE, bob, tenant])).toEqual([60, 40, 100]);
    });

    it('draws of each window what its measure says', async () => {
      const windows = [userWindow('requests_per_day', 10), PER_DAY, userWindow('usd_per_day', 1_000), IN_FLIGHT];
      await store.hold('a', windows, { requests: 1, tokens: 20, nanoUsd: 300, inFlight: 1 }, NOON_MS, LEASE_MS);
      expect(await used(windows)).toEqual([1, 20, 300, 1]);
    });

    it('does nothing for a caller without windows, and says yes', async () => {
      expect(await store.hold('a', [], ONE_CALL, NOON_MS, LEASE_MS)).toEqual({
        granted: true,
        windows: [],
        heldAtMs: NOON_MS,
      });
    });
  });

  describe(`the window store ${name}: raising and lowering`, () => {
    it('takes amounts as totals: the same hold again changes nothing', async () => {
      for (let times = 0; times < 3; times++)
        await store.hold('a', [PER_MINUTE, IN_FLIGHT], amounts({ tokens: 60, inFlight: 1 }), NOON_MS, LEASE_MS);
      expect(await used([PER_MINUTE, IN_FLIGHT])).toEqual([60, 1]);
      expect(
        (await store.hold('a', [PER_MINUTE, IN_FLIGHT], amounts({ tokens: 100, inFlight: 1 }), NOON_MS, LEASE_MS))
          .granted,
      ).toBe(true);
      expect(await used([PER_MINUTE, IN_FLIGHT])).toEqual([100, 1]);
    });

    it('leaves the hold as it was when the raise is refused', async () => {
      await store.hold('a', [PER_MINUTE, PER_DAY], tokens(40), NOON_MS, LEASE_MS);
      await store.hold('b', [PER_MINUTE, PER_DAY], tokens(40), NOON_MS, LEASE_MS);
      expect((await store.hold('a', [PER_MINUTE, PER_DAY], tokens(61), NOON_MS, LEASE_MS)).granted).toBe(false);
      expect(await used([PER_MINUTE, PER_DAY])).toEqual([80, 80]);
      await store.settle('a', tokens(1), NOON_MS);
      expect(await used([PER_MINUTE, PER_DAY])).toEqual([41, 41]);
    });

    it('gives back at once what is lowered', async () => {
      await store.hold('a', [PER_MINUTE], tokens(100), NOON_MS, LEASE_MS);
      await store.hold('a', [PER_MINUTE], tokens(30), NOON_MS + 5_000, LEASE_MS);
      expect((await store.hold('b', [PER_MINUTE], tokens(70), NOON_MS + 5_000, LEASE_MS)).granted).toBe(true);
    });

    it('draws on a window that comes in at a raise, all or none', async () => {
      const budget = userWindow('usd_per_day', 500);
      await store.hold('a', [PER_MINUTE], tokens(10), NOON_MS, LEASE_MS);
      expect(
        (await store.hold('a', [PER_MINUTE, budget], amounts({ tokens: 20, nanoUsd: 501 }), NOON_MS, LEASE_MS)).granted,
      ).toBe(false);
      expect(await used([PER_MINUTE, budget])).toEqual([10, 0]);
      expect(
        (await store.hold('a', [PER_MINUTE, budget], amounts({ tokens: 20, nanoUsd: 500 }), NOON_MS, LEASE_MS)).granted,
      ).toBe(true);
      await store.settle('a', amounts({ tokens: 15, nanoUsd: 100 }), NOON_MS);
      expect(await used([PER_MINUTE, budget])).toEqual([15, 100]);
    });

    it('keeps a window that a raise does not name again, as part of the hold', async () => {
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

    it('lets a hold keep what it has when the limit was lowered meanwhile', async () => {
      await store.hold('a', [PER_DAY], tokens(500), NOON_MS, LEASE_MS);
      const lowered = { ...PER_DAY, limit: 100 };
      expect((await store.hold('a', [lowered], tokens(500), NOON_MS, LEASE_MS)).granted).toBe(true);
      expect((await store.hold('b', [lowered], tokens(1), NOON_MS, LEASE_MS)).granted).toBe(false);
      expect(await store.states([lowered], NOON_MS)).toMatchObject([{ used: 500, remaining: 0 }]);
    });
  });

  describe(`the window store ${name}: settling`, () => {
    it('books what was used and gives the rest back', async () => {
      await store.hold('a', [PER_MINUTE, IN_FLIGHT], amounts({ tokens: 100, inFlight: 1 }), NOON_MS, LEASE_MS);
      await store.settle('a', tokens(42), NOON_MS + 3_000);
      expect(await used([PER_MINUTE, IN_FLIGHT], NOON_MS + 3_000)).toEqual([42, 0]);
    });

    it('gives in flight back whatever the settle says', async () => {
      await store.hold('a', [IN_FLIGHT], ONE_CALL, NOON_MS, LEASE_MS);
      await store.settle('a', ONE_CALL, NOON_MS);
      expect(await used([IN_FLIGHT])).toEqual([0]);
    });

    it('books more than was held, too', async () => {
      await store.hold('a', [PER_MINUTE], tokens(90), NOON_MS, LEASE_MS);
      await store.settle('a', tokens(130), NOON_MS);
      expect(await store.states([PER_MINUTE], NOON_MS)).toMatchObject([{ used: 130, remaining: 0 }]);
    });

    it('settles once: a second settle has no effect, and none has the settle of a hold that nobody knows', async () => {
      await store.hold('a', [PER_MINUTE], tokens(50), NOON_MS, LEASE_MS);
      await store.settle('a', tokens(10), NOON_MS);
      await store.settle('a', tokens(99), NOON_MS);
      await store.settle('nobody', tokens(99), NOON_MS);
      expect(await used([PER_MINUTE])).toEqual([10]);
    });

    it('does not open a settled hold again when its hold is repeated late', async () => {
      await store.hold('a', [PER_MINUTE, IN_FLIGHT], amounts({ tokens: 50, inFlight: 1 }), NOON_MS, LEASE_MS);
      await store.settle('a', tokens(10), NOON_MS);
      const late = await store.hold(
        'a',
        [PER_MINUTE, IN_FLIGHT],
        amounts({ tokens: 50, inFlight: 1 }),
        NOON_MS + 1_000,
        LEASE_MS,
      );
      expect(late.granted).toBe(true);
      expect(await used([PER_MINUTE, IN_FLIGHT], NOON_MS + 1_000)).toEqual([10, 0]);
      expect(await store.reap(NOON_MS + 2 * LEASE_MS)).toEqual([]);
    });

    it('knows a settled hold however many were settled since', async () => {
      const budget = userWindow('usd_per_day', 1_000);
      for (let id = 0; id < 50; id++) {
        await store.hold(`hold-${id}`, [budget], nanoUsd(10), NOON_MS, LEASE_MS);
        await store.settle(`hold-${id}`, nanoUsd(1), NOON_MS);
      }
      for (let id = 0; id < 50; id++)
        await store.hold(`hold-${id}`, [budget], nanoUsd(10), NOON_MS + LEASE_MS - 1, LEASE_MS);
      expect(await used([budget])).toEqual([50]);
    });

    it('ends at the same figures in whatever order and however often holds and settles come', async () => {
      const step = fc.record({ holdId: fc.constantFrom('a', 'b', 'c'), isSettle: fc.boolean() });
      let round = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          const window = userWindow('usd_per_day', 1_000_000, { user: `user-${round++}` });
          /** What each hold comes to: 1,000 while it is open, then what its first settle said. */
          const expected = new Map<string, number>();
          const settled = new Set<string>();
          for (const [index, { holdId, isSettle }] of steps.entries()) {
            const id = `${round}-${holdId}`;
            if (isSettle) await store.settle(id, nanoUsd(index), NOON_MS);
            else await store.hold(id, [window], nanoUsd(1_000), NOON_MS, LEASE_MS);
            if (!isSettle && !expected.has(id)) expected.set(id, 1_000);
            if (!isSettle || !expected.has(id) || settled.has(id)) continue;
            settled.add(id);
            expected.set(id, index);
          }
          const sum = [...expected.values()].reduce((total, amount) => total + amount, 0);
          expect(await usedOf(store, [window], NOON_MS)).toEqual([sum]);
        }),
        { numRuns: 50 },
      );
    });
  });

  testWindowLeases(name, () => store);
  testWindowAdoption(name, () => store);
  testWindowTime(name, () => store);
  testWindowClock(name, () => store);
}
