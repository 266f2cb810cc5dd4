// Reads what a fleet has left behind: what the windows in Redis count, which holds are open there, which rows the ledgers have.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import { nanoUsdCeil, picoUsd, ZERO_USD } from '../../src/core/money.ts';
import type { LedgerRow } from '../../src/core/stores.ts';
import { type ExpiredHold, type SharedWindowStore, UnseededError } from '../../src/core/window-store.ts';
import type { Window, WindowState } from '../../src/core/windows.ts';
import { openPostgres } from '../../src/stores/postgres/connection.ts';
import { postgresLedger } from '../../src/stores/postgres/ledger.ts';
import { openRedis } from '../../src/stores/redis/client.ts';
import { openRedisWindows } from '../../src/stores/redis/windows.ts';
import { openSqliteLedger } from '../../src/stores/sqlite/ledger.ts';
import { budgetTimezone } from './fleet.ts';
import { everyRow } from './kill-rounds.ts';

/** Longer than any lease of this fleet's: what is open so much later was left by somebody who will not come back. */
const LEASES_ARE_OVER_MS = 3_600_000;

export interface Bystander {
  /** By tenant, what its budget counts as used. */
  spentNanoUsd(tenants: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Calls that the windows of these users count as under way. */
  inFlight(tenants: readonly string[], users: readonly string[]): Promise<number>;
  /** What a reaper finds when every lease has run out: the same script on the same data, handed a later time. */
  reapWhenLeasesAreOver(): Promise<readonly ExpiredHold[]>;
  close(): Promise<void>;
}

export async function openBystander(redisUrl: string): Promise<Bystander> {
  const client = openRedis({ url: redisUrl, clock: systemClock, report: () => {}, commandTimeoutMs: 10_000 });
  await client.whenReady(10_000);
  const windows: SharedWindowStore = openRedisWindows(client, {
    clock: systemClock,
    chance: systemChance,
    timeFrom: 'caller',
  });
  // A tenant that nobody has called yet has no windows, and has used nothing.
  const statesOf = async (asked: readonly Window[]): Promise<readonly WindowState[]> => {
    const states = asked.map((window) =>
      windows.states([window], Date.now()).catch((error: unknown) => {
        if (error instanceof UnseededError) return [];
        throw error;
      }),
    );
    return (await Promise.all(states)).flat();
  };
  return {
    async spentNanoUsd(tenants) {
      const states = await statesOf(tenants.map(budgetOf));
      return new Map(states.map(({ window, used }) => [window.scopeKey, used]));
    },
    async inFlight(tenants, users) {
      const gauges = tenants.flatMap((tenant) => users.map((user) => gaugeOf(tenant, user)));
      const states = await statesOf(gauges);
      return states.reduce((sum, { used }) => sum + used, 0);
    },
    reapWhenLeasesAreOver: () => windows.reap(Date.now() + LEASES_ARE_OVER_MS),
    close: async () => client.close(),
  };
}

function budgetOf(tenant: string): Window {
  return { scope: 'tenant', scopeKey: tenant, name: 'usd_per_day', limit: 0, timezone: budgetTimezone() };
}

function gaugeOf(tenant: string, user: string): Window {
  return { scope: 'user', scopeKey: `${tenant}/${user}`, name: 'in_flight', limit: 0, timezone: 'UTC' };
}

/** All rows, of the files in these folders or of one database. Nobody else may have the files open. */
export async function rowsOf(folders: readonly string[], databaseUrl: string | null): Promise<readonly LedgerRow[]> {
  if (databaseUrl !== null) {
    const postgres = await openPostgres({ url: databaseUrl, clock: systemClock });
    const rows = await everyRow(postgresLedger(postgres));
    await postgres.close();
    return rows;
  }
  const rows: LedgerRow[] = [];
  for (const file of folders.map((folder) => join(folder, 'ledger.sqlite')).filter((path) => existsSync(path))) {
    const ledger = openSqliteLedger(file, systemClock);
    rows.push(...(await everyRow(ledger)));
    await ledger.close();
  }
  return rows;
}

/** What all these rows have cost, in nano-dollars. */
export function spentIn(rows: readonly LedgerRow[]): number {
  return nanoUsdCeil(picoUsd(rows.reduce((sum, { costPicoUsd }) => sum + (costPicoUsd ?? ZERO_USD), 0n)));
}
