// After a start: nothing is left open, and the windows stand where the ledger says they stood.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { nanoUsdCeil, picoUsd } from '../../src/core/money.ts';
import type { Caller } from '../../src/core/request.ts';
import type { LedgerRow } from '../../src/core/stores.ts';
import type { Window } from '../../src/core/windows.ts';
import { recover } from '../../src/ledger/recovery.ts';
import { createMemoryWindows } from '../../src/stores/memory/windows.ts';
import { openSqliteLedger } from '../../src/stores/sqlite/ledger.ts';
import { cachedRow, openRow, settledRow } from '../contract/ledger-rows.ts';
import { HOUR_MS, LEASE_MS, NOON_MS, WINDOW_NAMES } from '../contract/windows-at-hand.ts';

type ZoneOf = (tenant: string) => string;

function windowsIn(zoneOf: ZoneOf): (caller: Caller) => readonly Window[] {
  return ({ tenant, userId }) => {
    const timezone = zoneOf(tenant);
    return WINDOW_NAMES.flatMap((name) => [
      { scope: 'user' as const, scopeKey: `${tenant}/${userId}`, name, limit: 1e15, timezone },
      { scope: 'tenant' as const, scopeKey: tenant, name, limit: 1e15, timezone },
    ]);
  };
}

async function recovered(rows: readonly LedgerRow[], zoneOf: ZoneOf = () => 'UTC', nowMs = NOON_MS) {
  const ledger = openSqliteLedger(':memory:', systemClock);
  await ledger.write(rows);
  const windows = createMemoryWindows();
  const windowsOf = windowsIn(zoneOf);
  const { closed } = await recover({ ledger, windows, windowsOf, nowMs });
  const used = async (userId: string, scope: 'user' | 'tenant' = 'user') => {
    const states = await windows.states(windowsOf({ tenant: 'acme', userId }), nowMs);
    return Object.fromEntries(
      states.filter(({ window }) => window.scope === scope).map((state) => [state.window.name, state.used]),
    );
  };
  return { ledger, windows, closed, used };
}

describe('after a start', () => {
  it('every row that was left open is unknown, charged what it held, and said to be an estimate', async () => {
    const { ledger, closed } = await recovered([
      openRow(1),
      settledRow(2),
      openRow(3, { priced: false, heldPicoUsd: null }),
    ]);
    expect(closed).toBe(2);
    const unknown = {
      state: 'unknown',
      outcome: 'failed',
      code: 'internal',
      usage: null,
      usageSource: 'estimate',
      endedAtMs: NOON_MS,
    } as const;
    expect((await ledger.rows({})).rows).toEqual([
      { ...openRow(1), ...unknown, costPicoUsd: 900_000_000n },
      settledRow(2),
      { ...openRow(3, { priced: false, heldPicoUsd: null }), ...unknown, costPicoUsd: null },
    ]);
  });

  it('what was left open counts as held in every window, and a late settle of its row still corrects it', async () => {
    const { ledger, used } = await recovered([openRow(1)]);
    expect(await used('alice')).toMatchObject({ requests_per_minute: 1, tokens_per_day: 2_100, usd_per_day: 900_000 });
    await ledger.write([settledRow(1)]);
    expect((await ledger.rows({})).rows).toEqual([settledRow(1)]);
  });

  it('each window counts what it still counts: the last minute, the last 24 hours, the day, the month', async () => {
    const at = (hoursAgo: number) => ({ heldAtMs: NOON_MS - hoursAgo * HOUR_MS });
    const { used } = await recovered([
      settledRow(1),
      settledRow(2, at(1)),
      settledRow(3, at(13)),
      settledRow(4, at(25)),
      settledRow(5, at(24 * 17)),
      settledRow(6, at(24 * 18)),
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
  });

  it('a request counts once whatever its attempts, an answer from the cache costs a request and nothing else', async () => {
    const { used } = await recovered([
      settledRow(1, { outcome: 'failed', costPicoUsd: picoUsd(1n) }),
      settledRow(2, { requestId: 'req_1' }),
      cachedRow(3),
      settledRow(4, {
        state: 'released',
        outcome: 'failed',
        usage: null,
        usageSource: 'none',
        costPicoUsd: picoUsd(0n),
      }),
    ]);
    expect(await used('alice')).toMatchObject({ requests_per_day: 3, tokens_per_day: 240, usd_per_month: 1 + 27_000 });
  });

  it('a tenant has what its users have together', async () => {
    const { used } = await recovered([
      settledRow(1),
      settledRow(2, { userId: 'bob' }),
      settledRow(3, { tenant: 'other' }),
    ]);
    expect(await used('alice')).toMatchObject({ requests_per_day: 1, usd_per_day: 27_000 });
    expect(await used('bob', 'tenant')).toMatchObject({ requests_per_day: 2, usd_per_day: 54_000 });
  });

  it.each([
    { timezone: 'UTC', heldAt: '2026-10-31T11:30:00Z', now: '2026-11-01T05:00:00Z', day: 0, month: 0 },
    { timezone: 'Asia/Tokyo', heldAt: '2026-10-31T11:30:00Z', now: '2026-11-01T05:00:00Z', day: 0, month: 0 },
    {
      timezone: 'America/Los_Angeles',
      heldAt: '2026-10-31T11:30:00Z',
      now: '2026-11-01T05:00:00Z',
      day: 27_000,
      month: 27_000,
    },
    {
      timezone: 'America/Los_Angeles',
      heldAt: '2026-10-01T07:00:00Z',
      now: '2026-11-01T05:00:00Z',
      day: 0,
      month: 27_000,
    },
    {
      timezone: 'Pacific/Kiritimati',
      heldAt: '2026-10-31T10:00:00Z',
      now: '2026-11-01T05:00:00Z',
      day: 27_000,
      month: 27_000,
    },
    {
      timezone: 'Pacific/Kiritimati',
      heldAt: '2026-10-31T10:00:00Z',
      now: '2026-11-10T05:00:00Z',
      day: 0,
      month: 27_000,
    },
    { timezone: 'Pacific/Kiritimati', heldAt: '2026-10-31T09:59:59Z', now: '2026-11-10T05:00:00Z', day: 0, month: 0 },
  ])('a row of $heldAt counts at $now for the day $day and the month $month in $timezone', async (one) => {
    const rows = [settledRow(1, { heldAtMs: Date.parse(one.heldAt) })];
    const { used } = await recovered(rows, () => one.timezone, Date.parse(one.now));
    expect(await used('alice')).toMatchObject({ usd_per_day: one.day, usd_per_month: one.month });
  });

  it('rows from a clock that has gone back since count as now', async () => {
    const { used } = await recovered([settledRow(1, { heldAtMs: NOON_MS + HOUR_MS })]);
    expect(await used('alice')).toMatchObject({ requests_per_minute: 1, tokens_per_day: 120, usd_per_day: 27_000 });
  });

  it('the windows stand as if the process had never died, for any history and zones', async () => {
    const one = fc.record({
      agoMs: fc.oneof(fc.nat(120_000), fc.nat(40 * 24 * HOUR_MS)),
      caller: fc.record({ tenant: fc.constantFrom('acme', 'other'), userId: fc.constantFrom('alice', 'bob') }),
      cost: fc.bigInt({ min: 0n, max: 5_000n }),
      count: fc.nat(1_000),
    });
    const zone = fc.constantFrom('UTC', 'Asia/Kathmandu', 'America/Los_Angeles', 'Pacific/Kiritimati', 'Europe/Warsaw');
    await fc.assert(
      fc.asyncProperty(fc.array(one, { maxLength: 40 }), zone, zone, async (history, acmeZone, otherZone) => {
        const alive = createMemoryWindows();
        const zoneOf: ZoneOf = (tenant) => (tenant === 'acme' ? acmeZone : otherZone);
        const windowsOf = windowsIn(zoneOf);
        const rows: LedgerRow[] = [];
        for (const [id, { agoMs, caller, cost, count }] of [...history].sort((a, b) => b.agoMs - a.agoMs).entries()) {
          const heldAtMs = NOON_MS - agoMs;
          const amounts = { requests: 1, tokens: count, nanoUsd: nanoUsdCeil(picoUsd(cost)), inFlight: 1 };
          await alive.hold(`${id}`, windowsOf(caller), amounts, heldAtMs, LEASE_MS);
          await alive.settle(`${id}`, amounts, heldAtMs);
          const usage = {
            inputTokens: count,
            outputTokens: 0,
            cacheReadTokens: null,
            cacheWriteTokens: null,
            reasoningTokens: null,
          };
          rows.push(settledRow(id, { heldAtMs, ...caller, usage, costPicoUsd: picoUsd(cost) }));
        }
        const { windows } = await recovered(rows, zoneOf);
        for (const { caller } of history) {
          const asked = windowsOf(caller);
          expect(await windows.states(asked, NOON_MS)).toEqual(await alive.states(asked, NOON_MS));
        }
      }),
      { numRuns: 60 },
    );
  });
});
