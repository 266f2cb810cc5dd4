// Where limits and budgets are counted: in the memory of this process, or with REDIS_URL in a Redis that several instances share.

import type { Chance, Clock } from '../core/clock.ts';
import type { RevocationNotices } from '../core/identity.ts';
import { leaseMsOf, type Report } from '../core/parts.ts';
import type { Caller } from '../core/request.ts';
import type { StoreStatus } from '../core/status.ts';
import type { LedgerStore } from '../core/stores.ts';
import type { WindowStore } from '../core/window-store.ts';
import { idOfKeyPart, kindOf, tagOf, type Window } from '../core/windows.ts';
import { fillWindows } from '../ledger/recovery.ts';
import { createSeeder } from '../ledger/seeding.ts';
import { widenWindows, withCounted } from '../ledger/widening.ts';
import { createDegradedWindows } from '../stores/degraded/windows.ts';
import { createMemoryWindows } from '../stores/memory/windows.ts';
import type { SharedRedis } from './shared-redis.ts';

/** How long a start waits for Redis; then the service begins without it, on its own shares. */
const FIRST_CONTACT_MS = 1_000;
/** What other instances have to write down the rows that they hold back, before a tenant is filled from the ledger. */
const FLUSH_MS = 300;
const TOPICS = { revoked: 'key_revoked', flush: 'flush_journals', seeded: 'windows_seeded' } as const;

/** What is counted by the rules as they are at the moment. */
export interface Counted {
  readonly windowsOf: (caller: Caller) => readonly Window[];
  /** Of all windows in this tenant. */
  readonly kindsOf: (tenant: string) => readonly string[];
}

export interface LimitsOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly report: Report;
  readonly ledger: LedgerStore;
  readonly counted: Counted;
  /** Sends what this instance holds back to the ledger; resolves when it is there, or when the time is up. */
  readonly flush: (mostMs: number) => Promise<void>;
}

export interface SharedLimitsOptions extends LimitsOptions {
  readonly redis: SharedRedis;
  readonly totalTimeoutMs: number;
  /** Redis is away since then; null: it has been told everything. */
  readonly outage: (sinceMs: number | null) => void;
}

export interface Limits {
  readonly windows: WindowStore;
  /** Null: there is no other instance to tell. */
  readonly notices: RevocationNotices | null;
  /** Fills what has to be filled before the first request. */
  start(): Promise<void>;
  /**
   * Other kinds of windows were counted until now. Those that were not are filled with what was used before; new requests wait for
   * it. Rejects when the ledger cannot tell.
   */
  kindsChanged(before: Counted): Promise<void>;
  standing(): StoreStatus;
  close(): Promise<void>;
}

/** A restart gives nobody a fresh budget: the windows are filled from the ledger before the first request. */
export function openOwnLimits({ ledger, counted, clock, flush }: LimitsOptions): Limits {
  const { windowsOf } = counted;
  const windows = createMemoryWindows();
  return {
    windows,
    notices: null,
    start: () => fillWindows({ ledger, windows, windowsOf, nowMs: clock.nowMs() }),
    kindsChanged(before) {
      const known = new Map<string, ReadonlySet<string>>();
      const isNew = (window: Window) => {
        const tag = tagOf(window);
        const kinds = known.get(tag) ?? new Set(before.kindsOf(idOfKeyPart(tag)));
        known.set(tag, kinds);
        return window.scope !== 'account' && !kinds.has(kindOf(window));
      };
      const nowMs = clock.nowMs();
      return widenWindows({ windows, ledger, windowsOf, isNew, flush: () => flush(FLUSH_MS), nowMs });
    },
    standing: () => ({ kind: 'memory', state: 'up' }),
    close: () => windows.close(),
  };
}

/** Each tenant is filled when it is first seen, by whichever instance sees it; Redis may be away, also at the start. */
export async function openSharedLimits(options: SharedLimitsOptions): Promise<Limits> {
  const { clock, chance, report, ledger, counted, flush, outage } = options;
  const { client, notices, instances, isOutage } = options.redis;
  // Loaded when it is wanted, since the client need not be installed where it is not used.
  const { openRedisWindows } = await import('../stores/redis/windows.ts');
  // Whoever fills a tenant tells the others; one that the word did not reach sees it at its next call.
  const onNewEpoch = (tag: string) => windows.announce(tag);
  const kindsOf = (tag: string) => (tag.startsWith('account:') ? [] : counted.kindsOf(idOfKeyPart(tag)));
  const mayFill = () => ledger.rows({ limit: 1 });
  const shared = openRedisWindows(client, { clock, chance, onNewEpoch, kindsOf, mayFill });
  const flushJournals = async () => {
    // An instance that has just come hears this before it is counted.
    const heardBy = await notices.publish(TOPICS.flush, '');
    if (Math.max(windows.instances, heardBy) === 1) return flush(FLUSH_MS);
    const pause = new Promise<void>((resolve) => clock.after(FLUSH_MS, resolve));
    await Promise.all([flush(FLUSH_MS), pause]);
  };
  const kindsMet = (tag: string) => shared.kindsMet(tag);
  const leaseMs = leaseMsOf(options);
  const fill = createSeeder({ shared, ledger, ...counted, kindsMet, clock, flushJournals, leaseMs });
  const seed = async (tag: string, nowMs: number, owedSinceMs: number) => {
    await fill(tag, nowMs, owedSinceMs);
    await notices.publish(TOPICS.seeded, tag);
  };
  const windows = createDegradedWindows({
    ...{ shared, clock, report, seed, outage, isOutage },
    asOfNow: (ofCall) => withCounted(ofCall, counted.windowsOf),
    instances: () => instances.count(),
  });
  notices.subscribe(TOPICS.flush, () => void flush(FLUSH_MS));
  notices.subscribe(TOPICS.seeded, (tag) => windows.announce(tag));
  return {
    windows,
    notices: {
      publish: async (keyId) => void (await notices.publish(TOPICS.revoked, keyId)),
      subscribe: (heard) => notices.subscribe(TOPICS.revoked, heard),
    },
    async start() {
      if (!(await client.whenReady(FIRST_CONTACT_MS))) return;
      // The second is for a process that is too busy with its start to read the first answer in time.
      await shared.ping().catch(() => shared.ping().catch(() => {}));
    },
    // Each tenant is looked at when it is next seen, and filled then; without the ledger none could be.
    async kindsChanged() {
      await mayFill();
      shared.kindsChanged();
    },
    standing() {
      const isUp = client.isReady && client.hasAnswered && windows.state === 'shared';
      return { kind: 'redis', state: isUp ? 'up' : 'down' };
    },
    close: () => windows.close(),
  };
}
