// All stores of a service, opened and closed together: where rows and keys are kept, where limits are counted, and what goes its
// rounds between them. What fails on the way to a start leaves nothing open.

import type { Config } from '../config.ts';
import type { CacheStore } from '../core/stores.ts';
import { createJournal, type RunningJournal } from '../ledger/journal.ts';
import { createReaper } from '../ledger/reaper.ts';
import { createRollUps } from '../ledger/roll-ups.ts';
import { openCache } from './cache.ts';
import type { ServiceStatus } from './face.ts';
import { type OpenedIdentity, openIdentity } from './identity.ts';
import { type Counted, type Limits, openOwnLimits, openSharedLimits } from './limits.ts';
import type { Surroundings } from './parts.ts';
import { openSharedRedis, type SharedRedis } from './shared-redis.ts';
import { openEmbeddedStorage, openPostgresDatabase, openSharedStorage, type Storage } from './storage.ts';

export interface Stores {
  readonly storage: Storage;
  /** Null: this service shares nothing by Redis. */
  readonly redis: SharedRedis | null;
  readonly limits: Limits;
  readonly cache: CacheStore;
  readonly journal: RunningJournal;
  readonly identity: OpenedIdentity;
  standing(): Pick<ServiceStatus, 'stores' | 'degraded'>;
  close(): Promise<void>;
}

export interface StoresOptions extends Surroundings {
  readonly config: Config;
  /** Null: in memory. */
  readonly dataDir: string | null;
  readonly counted: Counted;
  readonly tiers: () => readonly string[];
  readonly whyNoModel: (name: string) => string | null;
}

/** Opened, and brought up to date. Rejects with what keeps the service from its start. */
export async function openStores(options: StoresOptions): Promise<Stores> {
  const { clock, report, counted } = options;
  const storage = await openStorage(options);
  const journal = createJournal({ ledger: storage.rows, clock, report });
  const { redis, limits, cache } = await openShared(options, storage, journal).catch(async (error: unknown) => {
    await storage.close();
    throw error;
  });
  const { windows, notices } = limits;
  const { keys, pepperFile } = storage;
  const close = async () => {
    const lost = await journal.flush();
    if (lost > 0) report('error', 'ledger_rows_not_written', { rows: lost });
    await limits.close();
    await cache.close();
    await redis?.close();
    await storage.close();
  };
  const start = async () => {
    await storage.start({ windows, windowsOf: counted.windowsOf });
    // What a process that died has left must be in the ledger before windows are filled from it.
    await storage.flush();
    await limits.start();
    const isShared = options.config.databaseUrl !== null;
    return openIdentity({ ...options, keys, pepperFile, isShared, notices });
  };
  const identity = await start().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const { ledger } = storage;
  const stopReaper = createReaper({ ledger, windows, journal, clock, report });
  const stopRollUps = createRollUps({ ledger, clock, report });
  return {
    storage,
    redis,
    limits,
    cache,
    journal,
    identity,
    standing: () => standingOf(storage, limits, journal),
    async close() {
      stopReaper();
      stopRollUps();
      await identity.close();
      await close();
    },
  };
}

async function openStorage({ config, dataDir, clock, report }: StoresOptions): Promise<Storage> {
  const { databaseUrl } = config;
  if (databaseUrl === null) return openEmbeddedStorage({ dataDir, clock, report });
  const database = await openPostgresDatabase(databaseUrl.reveal(), clock);
  try {
    return openSharedStorage(database, {
      dataDir,
      clock,
      report,
      journalMostBytes: config.journalMaxMib * 1_048_576,
    });
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Redis, if there is one, and what is kept and counted there or here. */
async function openShared(options: StoresOptions, storage: Storage, journal: RunningJournal) {
  const { config, clock, chance, report } = options;
  const { redisUrl: url, redisTimeoutMs: commandTimeoutMs } = config;
  const surroundings = { clock, chance, report };
  const redis = url === null ? null : await openSharedRedis({ ...surroundings, url: url.reveal(), commandTimeoutMs });
  try {
    const cache = await openCache(redis, options);
    return { redis, cache, limits: await openLimits(options, storage, journal, redis) };
  } catch (error) {
    await redis?.close();
    throw error;
  }
}

async function openLimits(
  options: StoresOptions,
  storage: Storage,
  journal: RunningJournal,
  redis: SharedRedis | null,
): Promise<Limits> {
  const { config, clock, chance, report, counted } = options;
  const flush = async (mostMs: number) => {
    await journal.flush();
    await storage.flush(mostMs);
  };
  const own = { clock, chance, report, ledger: storage.ledger, counted, flush };
  if (redis === null) return openOwnLimits(own);
  const { totalTimeoutMs } = config;
  const outage = (sinceMs: number | null) => storage.windowsAway(sinceMs);
  return openSharedLimits({ ...own, redis, totalTimeoutMs, outage });
}

/** Degraded is what does its work without a store that it should have. */
function standingOf(storage: Storage, limits: Limits, journal: RunningJournal) {
  const stores = { windows: limits.standing(), ...storage.standing(journal.owed) };
  const roles = ['windows', 'ledger', 'identity'] as const;
  return { stores, degraded: roles.filter((role) => stores[role].state === 'down') };
}
