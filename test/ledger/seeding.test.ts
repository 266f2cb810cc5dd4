// A shared store that has lost a tenant's windows is filled from the ledger: what is seeded is what the windows held before (I8b).

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nanoUsdCeil, picoUsd } from '../../src/core/money.ts';
import { noteOf } from '../../src/core/note.ts';
import type { Caller } from '../../src/core/request.ts';
import type { LedgerRow } from '../../src/core/stores.ts';
import type { GrantedHold, WindowCharge } from '../../src/core/window-store.ts';
import { idOfKeyPart, keyPart, type Window } from '../../src/core/windows.ts';
import { createSeeder } from '../../src/ledger/seeding.ts';
import { createMemoryWindows } from '../../src/stores/memory/windows.ts';
import { openSqliteLedger } from '../../src/stores/sqlite/ledger.ts';
import { cachedRow, openRow, settledRow } from '../contract/ledger-rows.ts';
import { amounts, HOUR_MS, LEASE_MS, NOON_MS, WINDOW_NAMES } from '../contract/windows-at-hand.ts';
import { SimulatedClock } from '../simulated-clock.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 200);

function windowsIn(timezone: string): (caller: Caller) => readonly Window[] {
  return ({ tenant, userId }) =>
    WINDOW_NAMES.flatMap((name) => [
      { scope: 'user' as const, scopeKey: `${keyPart(tenant)}/${keyPart(userId)}`, name, limit: 1e15, timezone },
      { scope: 'tenant' as const, scopeKey: keyPart(tenant), name, limit: 1e15, timezone },
    ]);
}

/** A store that holds nothing yet, and what it is seeded with. */
async function seeded(
  rows: readonly LedgerRow[],
  about: { readonly tenant?: string; readonly nowMs?: number; readonly timezone?: string } = {},
) {
  const { tenant = 'acme', nowMs = NOON_MS, timezone = 'UTC' } = about;
  const clock = new SimulatedClock(nowMs);
  const ledger = openSqliteLedger(':memory:', clock);
  await ledger.write(rows);
  const windows = createMemoryWindows();
  const windowsOf = windowsIn(timezone);
  const seeds: { tag: string; charges: readonly WindowCharge[]; holds: readonly GrantedHold[] }[] = [];
  let flushed = 0;
  const seed = createSeeder({
    shared: {
      async seed(tag, charges, holds) {
        seeds.push({ tag, charges, holds });
        for (const charge of charges) await windows.record(charge.windows, charge.amounts, charge.atMs);
        for (const hold of holds) await windows.adopt(hold, nowMs);
        return true;
      },
    },
    ledger,
    windowsOf,
    kindsOf: () => [],
    clock,
    flushJournals: async () => void flushed++,
    leaseMs: LEASE_MS,
  });
  await seed(keyPart(tenant));
  const used = async (userId: string, scope: 'user' | 'tenant' = 'user') => {
    const states = await windows.states(windowsOf({ tenant, userId }), nowMs);
    return Object.fromEntries(
      states.filter(({ window }) => window.scope === scope).map((state) => [state.window.name, state.used]),
    );
  };
  return { windows, windowsOf, ledger, used, seeds, seed, flushed: () => flushed };
}

describe('the windows of a tenant, seeded from the ledger', () => {
  it('each count what they still count: the last minute, 24 hours, the day, the month', async () => {
    const at = (hoursAgo: number) => ({ heldAtMs: NOON_MS - hoursAgo * HOUR_MS });
    const { used, flushed } = await seeded([
      settledRow(1),
      settledRow(2, at(1)),
      settledRow(3, at(13)),
      settledRow(4, at(25)),
      settledRow(5, at(24 * 17)),
      settledRow(6, at(24 * 18)),
      settledRow(7, { tenant: 'other' }),
    ]);
    expect(await used('alice')).toEqual({
      requests_per_minute: 1,
      requests_per_day: 3,
      tokens_per_minute: 120,
      tokens_per_day: 360,
      usd_per_day: 2 * 27_000,
      usd_per_month: 5 * 27_000,
      in_flight: 0,
    });
    expect(await used('bob', 'tenant')).toEqual(await used('alice'));
    expect(flushed()).toBe(1);
  });

  it('count what is open as held, so that whoever made it can settle it', async () => {
    const row = openRow(2, { requestId: 'req_1', heldAtMs: NOON_MS - 60_000 });
    const first = settledRow(1, { outcome: 'failed', heldAtMs: NOON_MS - 60_000 });
    const { used, windows, seeds } = await seeded([first, row]);
    expect(seeds[0]?.holds).toMatchObject([
      {
        holdId: 'req_1',
        amounts: { requests: 1, tokens: 120 + 2_100, nanoUsd: 27_000 + 900_000, inFlight: 1 },
        heldAtMs: NOON_MS - 60_000,
        expiresAtMs: NOON_MS - 60_000 + LEASE_MS,
        note: noteOf(row),
      },
    ]);
    expect(await used('alice')).toMatchObject({ usd_per_day: 927_000, in_flight: 1 });
    await windows.settle('req_1', amounts({ requests: 1, tokens: 240, nanoUsd: 54_000 }), NOON_MS);
    expect(await used('alice')).toMatchObject({ tokens_per_day: 240, usd_per_day: 54_000, in_flight: 0 });
  });

  it('are not charged twice by a settle that an instance still owes for a row that is closed', async () => {
    const { used, windows, windowsOf } = await seeded([settledRow(1, { heldAtMs: NOON_MS - 100_000 })]);
    const owed = amounts({ requests: 1, tokens: 120, nanoUsd: 27_000 });
    const of = windowsOf({ tenant: 'acme', userId: 'alice' });
    const [heldAtMs, expiresAtMs] = [NOON_MS - 100_000, NOON_MS];
    await windows.adopt({ holdId: 'req_1', windows: of, amounts: owed, heldAtMs, expiresAtMs, note: null }, NOON_MS);
    await windows.settle('req_1', owed, NOON_MS);
    expect(await used('alice')).toMatchObject({ requests_per_day: 1, tokens_per_day: 120, usd_per_day: 27_000 });
  });

  it('keep a charge that nobody settles when its lease ends', async () => {
    const { used, windows } = await seeded([settledRow(1, { heldAtMs: NOON_MS - 1_000 })]);
    expect(await windows.reap(NOON_MS + LEASE_MS)).toMatchObject([{ holdId: 'req_1', note: null }]);
    expect(await used('alice')).toMatchObject({ usd_per_day: 27_000, in_flight: 0 });
  });

  it('count an answer from the cache as a request, and a correction as nothing', async () => {
    const correction = settledRow(3, {
      requestId: 'req_1',
      corrects: 'att_1',
      costPicoUsd: picoUsd(-7_000_000n),
      usage: null,
    });
    const { used } = await seeded([settledRow(1), cachedRow(2), correction]);
    expect(await used('alice')).toMatchObject({ requests_per_minute: 2, tokens_per_day: 120, usd_per_day: 27_000 });
  });

  it('hold of a tenant with more than 10,000 recent rows the same, by sums', async () => {
    const many = Array.from({ length: 10_500 }, (_, id) => settledRow(id, { heldAtMs: NOON_MS - (id % 59) * 1_000 }));
    const { used, seeds } = await seeded([...many, openRow('open')]);
    expect(seeds[0]?.holds).toHaveLength(1);
    expect(await used('alice')).toMatchObject({ requests_per_minute: 10_501, usd_per_day: 10_500 * 27_000 + 900_000 });
  });

  it('are found for any name of a tenant', async () => {
    const tenant = 'ACME: {Łódź} 50%;/😀';
    const { used, seeds } = await seeded([settledRow(1, { tenant })], { tenant });
    expect(seeds[0]?.tag).toBe(keyPart(tenant));
    expect(await used('alice')).toMatchObject({ usd_per_month: 27_000 });
  });

  it('are nothing for a vendor account, whose use the vendor tells', async () => {
    const { seed, seeds, flushed } = await seeded([settledRow(1)]);
    await seed('account:groq');
    expect(seeds[1]).toEqual({ tag: 'account:groq', charges: [], holds: [] });
    expect(flushed()).toBe(1);
  });

  it('are not seeded at all when the ledger cannot be asked', async () => {
    const { ledger, seed, seeds } = await seeded([]);
    await ledger.close();
    await expect(seed('acme')).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(seeds).toHaveLength(1);
  });
});

describe('for every history', () => {
  it('I8b: the seeded windows stand as those that were lost, open requests included', {
    timeout: 10_000 + RUNS * 200,
  }, async () => {
    const one = fc.record({
      agoMs: fc.oneof(fc.nat(70_000), fc.nat(LEASE_MS), fc.nat(26 * HOUR_MS), fc.nat(40 * 24 * HOUR_MS)),
      userId: fc.constantFrom('alice', 'bob'),
      cost: fc.bigInt({ min: 0n, max: 5_000n }),
      count: fc.nat(1_000),
      isOpen: fc.boolean(),
    });
    const zone = fc.constantFrom('UTC', 'Asia/Kathmandu', 'America/Los_Angeles', 'Pacific/Kiritimati', 'Europe/Warsaw');
    const now = fc.constantFrom(NOON_MS, Date.parse('2026-11-01T00:00:30Z'), Date.parse('2026-10-31T23:59:30Z'));
    await fc.assert(
      fc.asyncProperty(fc.array(one, { maxLength: 30 }), zone, now, async (history, timezone, nowMs) => {
        const lost = createMemoryWindows();
        const windowsOf = windowsIn(timezone);
        const rows: LedgerRow[] = [];
        for (const [id, { agoMs, userId, cost, count, isOpen }] of [...history]
          .sort((a, b) => b.agoMs - a.agoMs)
          .entries()) {
          const heldAtMs = nowMs - agoMs;
          const charged = { requests: 1, tokens: count, nanoUsd: nanoUsdCeil(picoUsd(cost)), inFlight: 1 };
          const windows = windowsOf({ tenant: 'acme', userId });
          await lost.hold(`req_${id}`, windows, charged, heldAtMs, LEASE_MS);
          const isStillOpen = isOpen && agoMs < LEASE_MS;
          if (!isStillOpen) await lost.settle(`req_${id}`, charged, heldAtMs);
          const held = { heldAtMs, userId, heldTokens: count, heldPicoUsd: picoUsd(cost) };
          const usage = {
            inputTokens: count,
            outputTokens: 0,
            cacheReadTokens: null,
            cacheWriteTokens: null,
            reasoningTokens: null,
          };
          rows.push(isStillOpen ? openRow(id, held) : settledRow(id, { ...held, usage, costPicoUsd: picoUsd(cost) }));
        }
        const { windows } = await seeded(rows, { nowMs, timezone });
        for (const userId of ['alice', 'bob']) {
          const asked = windowsOf({ tenant: 'acme', userId });
          expect(await windows.states(asked, nowMs)).toEqual(await lost.states(asked, nowMs));
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('an id comes back from its part of a key', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string({ unit: fc.constantFrom('%', ';', '/', 'a', '\ud83d', '\ude00', '2') }),
        ),
        (id) => {
          expect(idOfKeyPart(keyPart(id))).toBe(id);
        },
      ),
      { numRuns: RUNS },
    );
  });
});

describe('a tenant with very many users', () => {
  it('is seeded wholly, a few at a time: meanwhile others get their turn', async () => {
    const users = 150_000;
    let turn = 0;
    const turns = setInterval(() => turn++, 0);
    const seenInTurn = new Map<number, number>();
    const windowsOf = (caller: Caller) => {
      seenInTurn.set(turn, (seenInTurn.get(turn) ?? 0) + 1);
      const scopeKey = `${caller.tenant}/${caller.userId}`;
      return [{ scope: 'user' as const, scopeKey, name: 'usd_per_month' as const, limit: 1, timezone: 'UTC' }];
    };
    const callerCharges = Array.from({ length: users }, (_, index) => {
      return { caller: { tenant: 'acme', userId: `u${index}` }, atMs: NOON_MS, amounts: amounts({ nanoUsd: 1 }) };
    });
    let seeded = 0;
    const seed = createSeeder({
      shared: {
        async seed(_tag, charges) {
          seeded = charges.length;
          return true;
        },
      },
      ledger: {
        charges: async ({ slotMs }) => (slotMs === null ? callerCharges : []),
        openRows: async () => [],
        rows: async () => ({ rows: [], nextCursor: null }),
      },
      windowsOf,
      kindsOf: () => [],
      clock: new SimulatedClock(NOON_MS),
      flushJournals: async () => {},
      leaseMs: LEASE_MS,
    });
    await seed('acme');
    clearInterval(turns);
    expect(seeded).toBe(users);
    expect(seenInTurn.size).toBeGreaterThan(10);
  });
});
