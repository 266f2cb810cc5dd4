// Windows and amounts for tests of stores, in one line each.

import type { WindowStore } from '../../src/core/window-store.ts';
import type { Amounts, Window, WindowName } from '../../src/core/windows.ts';

/** A Wednesday noon, UTC. */
export const NOON_MS = Date.UTC(2026, 10, 18, 12);
export const LEASE_MS = 180_000;
export const HOUR_MS = 3_600_000;

/** All that a user or a tenant can be given. */
export const WINDOW_NAMES: readonly WindowName[] = [
  'requests_per_minute',
  'requests_per_day',
  'tokens_per_minute',
  'tokens_per_day',
  'usd_per_day',
  'usd_per_month',
  'in_flight',
];

export function userWindow(
  name: WindowName,
  limit: number,
  about: { readonly user?: string; readonly timezone?: string } = {},
): Window {
  return { scope: 'user', scopeKey: `acme/${about.user ?? 'alice'}`, name, limit, timezone: about.timezone ?? 'UTC' };
}

export function tenantWindow(name: WindowName, limit: number): Window {
  return { scope: 'tenant', scopeKey: 'acme', name, limit, timezone: 'UTC' };
}

export function amounts(some: Partial<Amounts>): Amounts {
  return { requests: 0, tokens: 0, nanoUsd: 0, inFlight: 0, ...some };
}

export const tokens = (count: number): Amounts => amounts({ tokens: count });
export const nanoUsd = (count: number): Amounts => amounts({ nanoUsd: count });

/** What is used of each of these windows. */
export async function usedOf(
  store: WindowStore,
  windows: readonly Window[],
  nowMs: number,
): Promise<readonly number[]> {
  return (await store.states(windows, nowMs)).map(({ used }) => used);
}
