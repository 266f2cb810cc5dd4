// What every SharedWindowStore keeps beside the contract of windows: nothing is counted before it is seeded, seeds are all or
// nothing and first come first served, and processes take part in each other's holds.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SharedWindowStore, UnseededError, type WindowCharge } from '../../src/core/window-store.ts';
import type { Window, WindowName } from '../../src/core/windows.ts';
import { amounts, LEASE_MS, NOON_MS, nanoUsd, usedOf } from './windows-at-hand.ts';

/** A server of the suite's own, and ways to it. Time is handed in. */
export interface SharedServer {
  /** A store as one more process would open it. */
  open(): SharedWindowStore;
  /** It loses all that it holds. */
  empty(): Promise<void>;
  stop(): Promise<void>;
}

const HELD = { requests: 1, tokens: 0, nanoUsd: 700, inFlight: 1 };
const USED = { ...HELD, nanoUsd: 100, inFlight: 0 };

export function testSharedWindowStore(name: string, start: () => Promise<SharedServer>): void {
  describe(`the shared window store ${name}`, () => {
    let server: SharedServer;
    /** Two processes. */
    let one: SharedWindowStore;
    let other: SharedWindowStore;
    let tests = 0;
    let tenant = '';
    const window = (windowName: WindowName, limit: number, user = '/alice'): Window => ({
      scope: user === '' ? 'tenant' : 'user',
      scopeKey: `${tenant}${user}`,
      name: windowName,
      limit,
      timezone: 'UTC',
    });
    const budget = () => window('usd_per_day', 1_000);
    const inFlight = () => window('in_flight', 2);
    const windows = () => [budget(), inFlight()];
    const granted = (holdId: string) => ({
      holdId,
      windows: windows(),
      amounts: HELD,
      heldAtMs: NOON_MS,
      expiresAtMs: NOON_MS + LEASE_MS,
      note: null,
    });
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.stop());
    beforeEach(async () => {
      await server.empty();
      tenant = `acme-${tests++}`;
      one = server.open();
      other = server.open();
    });
    const used = (store = one, atMs = NOON_MS) => usedOf(store, windows(), atMs);

    it('counts nothing for a tenant that is not seeded, whatever is asked', async () => {
      const asked = [
        () => one.hold('a', windows(), HELD, NOON_MS, LEASE_MS),
        () => one.settle('a', USED, NOON_MS, windows()),
        () => one.adopt(granted('a'), NOON_MS),
        () => one.record(windows(), HELD, NOON_MS),
        () => one.states(windows(), NOON_MS),
      ];
      for (const ask of asked) await expect(ask()).rejects.toThrow(UnseededError);
      await expect(asked[0]?.()).rejects.toMatchObject({ tag: tenant });
      expect(await one.seed(tenant, [], [], NOON_MS)).toBe(true);
      expect(await used()).toEqual([0, 0]);
      expect(await one.reap(NOON_MS + LEASE_MS)).toEqual([]);
    });

    it('seeds one tenant and no other', async () => {
      await one.seed(tenant, [], [], NOON_MS);
      expect(await used()).toEqual([0, 0]);
      tenant = `${tenant}-other`;
      await expect(used()).rejects.toThrow(UnseededError);
    });

    it('keeps a vendor account apart from a tenant', async () => {
      const account: Window = { ...budget(), scope: 'account', scopeKey: 'account:groq', name: 'requests_per_minute' };
      await one.seed('account:groq', [], [], NOON_MS);
      expect((await one.hold('a', [account], HELD, NOON_MS, LEASE_MS)).granted).toBe(true);
      expect(await usedOf(other, [account], NOON_MS)).toEqual([1]);
      await expect(used()).rejects.toThrow(UnseededError);
    });

    it('is filled by a seed with what was charged and what is held', async () => {
      const charges = [
        { windows: windows(), amounts: nanoUsd(30), atMs: NOON_MS - 1_000 },
        { windows: windows(), amounts: nanoUsd(4), atMs: NOON_MS },
        { windows: [budget(), window('tokens_per_minute', 10, '')], amounts: amounts({ tokens: 7 }), atMs: NOON_MS },
        { windows: windows(), amounts: nanoUsd(999), atMs: NOON_MS - 24 * 3_600_000 },
      ];
      expect(await one.seed(tenant, charges, [granted('a')], NOON_MS)).toBe(true);
      expect(await used(other)).toEqual([734, 1]);
      expect(await usedOf(other, [window('tokens_per_minute', 10, '')], NOON_MS)).toEqual([7]);
      await one.settle('a', USED, NOON_MS, windows());
      expect(await used(other)).toEqual([134, 0]);
    });

    it('takes a seed that is as long as a month of slots', async () => {
      const slots = Array.from({ length: 2_000 }, (_, slot): WindowCharge => {
        const mine = window('tokens_per_day', 1_000_000, `/user-${slot % 40}`);
        return { windows: [mine], amounts: amounts({ tokens: 1 }), atMs: NOON_MS - (slot % 96) * 900_000 };
      });
      await one.seed(tenant, slots, [], NOON_MS);
      const ofAll = Array.from({ length: 40 }, (_, user) => window('tokens_per_day', 1_000_000, `/user-${user}`));
      expect(await usedOf(one, ofAll, NOON_MS)).toEqual(ofAll.map(() => 50));
    });

    it('is seeded once: what comes second has no effect, and says so', async () => {
      expect(await one.seed(tenant, [], [], NOON_MS)).toBe(true);
      const charges = [{ windows: windows(), amounts: nanoUsd(500), atMs: NOON_MS }];
      expect(await other.seed(tenant, charges, [granted('a')], NOON_MS)).toBe(false);
      expect(await used()).toEqual([0, 0]);
      expect(await used(other)).toEqual([0, 0]);
      expect(await one.reap(NOON_MS + LEASE_MS)).toEqual([]);
    });

    it('is seeded by one of many that try at once, wholly', async () => {
      const tries = Array.from({ length: 8 }, (_, by) => {
        const half = { windows: windows(), amounts: nanoUsd(10 + by), atMs: NOON_MS };
        const halves = [half, { ...half, windows: [window('usd_per_month', 1_000)] }];
        return server.open().seed(tenant, halves, [], NOON_MS);
      });
      const won = (await Promise.all(tries)).flatMap((isWon, by) => (isWon ? [10 + by] : []));
      expect(won).toHaveLength(1);
      expect(await usedOf(one, [budget(), window('usd_per_month', 1_000)], NOON_MS)).toEqual([won[0], won[0]]);
    });

    it('F28: gives nobody a fresh budget when the server has lost its data, though the process remembers', async () => {
      await one.seed(tenant, [], [], NOON_MS);
      await one.hold('a', windows(), HELD, NOON_MS, LEASE_MS);
      await server.empty();
      await expect(one.hold('b', windows(), HELD, NOON_MS, LEASE_MS)).rejects.toThrow(UnseededError);
      await expect(one.settle('a', USED, NOON_MS)).rejects.toThrow(UnseededError);
      expect(await one.reap(NOON_MS + LEASE_MS)).toEqual([]);
    });

    it('goes on with what somebody else has seeded meanwhile, without being told', async () => {
      await one.seed(tenant, [], [], NOON_MS);
      await one.hold('a', windows(), HELD, NOON_MS, LEASE_MS);
      await server.empty();
      await other.seed(tenant, [{ windows: windows(), amounts: nanoUsd(300), atMs: NOON_MS }], [granted('a')], NOON_MS);
      expect((await one.hold('b', windows(), nanoUsd(1), NOON_MS, LEASE_MS)).granted).toBe(false);
      await one.settle('a', USED, NOON_MS);
      expect(await used(other)).toEqual([400, 0]);
    });

    it('puts a hold that has its rows in the ledger on record where it is younger than the seed, and else leaves it to that', async () => {
      await one.seed(tenant, [{ windows: windows(), amounts: nanoUsd(300), atMs: NOON_MS }], [], NOON_MS);
      const adopt = (holdId: string, heldAtMs: number) =>
        one.adopt({ ...granted(holdId), amounts: USED, heldAtMs, isInLedger: true }, NOON_MS + 1_000);
      await adopt('older', NOON_MS - 1);
      expect(await used()).toEqual([300, 0]);
      await adopt('younger', NOON_MS + 1);
      await adopt('younger', NOON_MS + 1);
      await one.settle('younger', USED, NOON_MS + 1_000, windows());
      expect(await used()).toEqual([400, 0]);
      await one.adopt({ ...granted('of one that lives'), heldAtMs: NOON_MS - 1 }, NOON_MS + 1_000);
      expect(await used()).toEqual([1_100, 1]);
    });

    it('lets a hold of before the loss be settled without harm, when nobody has announced it', async () => {
      await one.seed(tenant, [], [], NOON_MS);
      await one.hold('a', windows(), HELD, NOON_MS, LEASE_MS);
      await server.empty();
      await other.seed(tenant, [{ windows: windows(), amounts: nanoUsd(300), atMs: NOON_MS }], [], NOON_MS);
      await one.settle('a', USED, NOON_MS);
      await one.settle('a', USED, NOON_MS, windows());
      expect(await used()).toEqual([300, 0]);
    });

    it('is never half filled: what is emptied during a seed is not put in force', async () => {
      for (let round = 0; round < 10; round++) {
        tenant = `${tenant}x`;
        const charges = Array.from({ length: 1_500 }, (_, user) => {
          return {
            windows: [window('tokens_per_day', 10, `/u${user}`)],
            amounts: amounts({ tokens: 1 }),
            atMs: NOON_MS,
          };
        });
        const seeding = one.seed(tenant, charges, [], NOON_MS).catch((error: unknown) => error);
        for (let turn = 0; turn < round; turn++) await one.ping();
        await server.empty();
        const outcome = await seeding;
        const all = charges.flatMap((charge) => charge.windows);
        const counted = await usedOf(other, all, NOON_MS).catch((error: unknown) => error);
        if (outcome !== true) expect(outcome).toMatchObject({ code: 'store_unavailable' });
        if (!(counted instanceof UnseededError)) expect(counted).toEqual(all.map(() => 1));
      }
    });

    it('lets one process settle what another has held, when it names the windows', async () => {
      await one.seed(tenant, [], [], NOON_MS);
      await one.hold('a', windows(), HELD, NOON_MS, LEASE_MS);
      await other.settle('a', USED, NOON_MS);
      expect(await used()).toEqual([700, 1]);
      await other.settle('a', USED, NOON_MS, windows());
      expect(await used()).toEqual([100, 0]);
      await one.settle('a', { ...USED, nanoUsd: 999 }, NOON_MS);
      expect(await used()).toEqual([100, 0]);
    });

    it('refuses a hold over windows of two tenants: they are never counted in one step', async () => {
      const foreign = { ...budget(), scopeKey: 'acme-of-others/alice' };
      await expect(one.hold('a', [budget(), foreign], HELD, NOON_MS, LEASE_MS)).rejects.toThrow(RangeError);
    });

    it('F45: reaps the holds of a process that died, each by one of those that are left', async () => {
      await one.seed(tenant, [], [], NOON_MS);
      const ids = Array.from({ length: 250 }, (_, id) => `hold-${id}`);
      const wide = [window('usd_per_day', 1_000_000), window('in_flight', 1_000)];
      await Promise.all(ids.map((id) => one.hold(id, wide, HELD, NOON_MS, LEASE_MS, `note of ${id}`)));
      const left = [other, server.open(), server.open()];
      const reaped = (await Promise.all(left.map((store) => store.reap(NOON_MS + LEASE_MS)))).flat();
      expect(reaped.map(({ holdId }) => holdId).sort()).toEqual(ids.sort());
      expect(reaped.every(({ holdId, note }) => note === `note of ${holdId}`)).toBe(true);
      expect(await usedOf(other, wide, NOON_MS + LEASE_MS)).toEqual([250 * 700, 0]);
    });

    it('I1: gives fifty takers in ten processes exactly what there is', async () => {
      await one.seed(tenant, [], [], NOON_MS);
      const stores = Array.from({ length: 10 }, () => server.open());
      const holds = Array.from({ length: 50 }, (_, id) =>
        stores[id % 10]?.hold(`${id}`, [budget()], nanoUsd(50), NOON_MS, LEASE_MS),
      );
      expect((await Promise.all(holds)).filter((result) => result?.granted)).toHaveLength(20);
      expect(await usedOf(one, [budget()], NOON_MS)).toEqual([1_000]);
    });

    it('answers a ping', async () => {
      await expect(one.ping()).resolves.toBeUndefined();
    });
  });
}
