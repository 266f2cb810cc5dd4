// Puts the parts of a request's life together, all but the stores, which are opened first. Nothing else does.

import type { Chance, Clock } from '../core/clock.ts';
import type { Parts, Report } from '../core/parts.ts';
import type { CacheStore } from '../core/stores.ts';
import { VERSION } from '../core/version.ts';
import type { WindowStore } from '../core/window-store.ts';
import { createDrains } from '../health/drains.ts';
import { createOverruns } from '../health/overruns.ts';
import { createRetryBudget } from '../health/retry-budget.ts';
import { createVendorAccounts, type VendorAccounts } from '../health/vendor-accounts.ts';
import { holdingAnswers } from '../providers/held-answer.ts';
import { createTokenCounter } from '../tokens/counter.ts';
import { createAsk, type Transport, userAgentOf } from '../transport/ask.ts';
import { createMediaFetch } from '../transport/media-fetch.ts';
import type { Rules } from './rules.ts';

export interface Surroundings {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly report: Report;
}

export interface StoresOfRequests {
  readonly windows: WindowStore;
  readonly cache: CacheStore;
  readonly journal: Parts['journal'];
  readonly flights: Parts['flights'];
}

export interface AssembledParts {
  readonly parts: Parts;
  readonly transport: Transport;
  readonly accounts: VendorAccounts;
  /** Resolves when tokens can be counted exactly: their vocabulary (65 MB) is loaded only where a window needs it. */
  readonly prepareTokens: () => Promise<void>;
}

export function assembleParts(
  { config, policy, catalog }: Rules,
  stores: StoresOfRequests,
  surroundings: Surroundings,
): AssembledParts {
  const { clock, report } = surroundings;
  const tokens = createTokenCounter();
  const fetchMedia = config.mediaFetch === 'on' ? createMediaFetch({ clock, userAgent: userAgentOf(VERSION) }) : null;
  const transport = createAsk({ clock, version: VERSION, ...(fetchMedia !== null && { fetchMedia }) });
  const accounts = createVendorAccounts(clock, report);
  const parts: Parts = {
    ...surroundings,
    ...stores,
    catalog,
    policy,
    tokens,
    ask: holdingAnswers(transport.ask),
    health: accounts,
    retryBudget: createRetryBudget(clock),
    overruns: createOverruns(),
    drains: createDrains(clock, { most: config.cancelDrainsMost, longestMs: config.cancelDrainMs }),
  };
  return { parts, transport, accounts, prepareTokens: () => tokens.ready('o200k_harmony') };
}
