// Where rows, keys and conversations are kept: in the embedded mode in one file in the folder of this process; with DATABASE_URL in PostgreSQL, and
// in the folder only the rows that are on their way there.

import type { Clock } from '../core/clock.ts';
import type { ConversationStore } from '../core/conversations.ts';
import type { KeyStore } from '../core/identity.ts';
import type { Report } from '../core/parts.ts';
import type { Caller } from '../core/request.ts';
import type { RowJournal } from '../core/row-journal.ts';
import type { LedgerStatus, StoreStatus } from '../core/status.ts';
import type { LedgerStore } from '../core/stores.ts';
import type { WindowStore } from '../core/window-store.ts';
import type { Window } from '../core/windows.ts';
import type { RowTarget } from '../ledger/journal.ts';
import { recoverJournal } from '../ledger/journal-recovery.ts';
import { closeOpenRows } from '../ledger/recovery.ts';
import { createShipper, type Shipper, type ShippingStatus } from '../ledger/shipper.ts';
import { openDataDir } from '../stores/data-dir.ts';
import { openSqliteConversations } from '../stores/sqlite/conversations.ts';
import { openSqliteJournal } from '../stores/sqlite/journal.ts';
import { openSqliteKeys } from '../stores/sqlite/keys.ts';
import { openSqliteLedger } from '../stores/sqlite/ledger.ts';

/** How long the rows of the last answers may take to the ledger when the process ends. What is left is shipped by the next. */
const LAST_FLUSH_MS = 5_000;
const MEET_AGAIN_MS = 2_000;

export interface StorageOptions {
  /** Null: everything in memory, and it ends with the process. */
  readonly dataDir: string | null;
  readonly clock: Clock;
  readonly report: Report;
}

/** Rows, keys and conversations that other instances use too. It may be away. */
export interface SharedDatabase {
  readonly ledger: LedgerStore;
  readonly keys: KeyStore;
  readonly conversations: ConversationStore;
  readonly isAway: () => boolean;
  /** Brings the schema up to date. */
  readonly migrate: () => Promise<void>;
  readonly isOutage: (error: unknown) => boolean;
  readonly isDataError: (error: unknown) => boolean;
  /** What an outage is told by. */
  readonly reasonOf: (error: unknown) => { readonly code: string | null; readonly message: string };
  readonly close: () => Promise<void>;
}

export interface SharedStorageOptions extends StorageOptions {
  /** Left out: 512 MiB. */
  readonly journalMostBytes?: number;
}

/** For the rows and holds that a process which died has left. */
export interface AfterDeath {
  readonly windows: WindowStore;
  readonly windowsOf: (caller: Caller) => readonly Window[];
}

export interface Storage {
  /** For questions. */
  readonly ledger: LedgerStore;
  /** Where rows are written: what it has taken survives the death of the process. */
  readonly rows: RowTarget;
  readonly keys: KeyStore;
  readonly conversations: ConversationStore;
  /** Null: nowhere. */
  readonly pepperFile: string | null;
  /** Closes what a process that died has left, and begins. Once, before the first request. */
  start(left: AfterDeath): Promise<void>;
  /** Resolves when all that waits here now is in the ledger, or when the time is up. */
  flush(mostMs?: number): Promise<void>;
  /** The store of the windows is away since then; null: it has been told everything. */
  windowsAway(sinceMs: number | null): void;
  /** `owed`: closed rows that no disk has yet. */
  standing(owed: number): { readonly ledger: LedgerStatus; readonly identity: StoreStatus };
  announce(url: string): void;
  close(): Promise<void>;
}

/** The ledger in its folder, which belongs to this process until it is closed. */
export function openEmbeddedStorage({ dataDir, clock }: StorageOptions): Storage {
  const folder = dataDir === null ? null : openDataDir(dataDir);
  try {
    const file = folder?.file('ledger.sqlite') ?? ':memory:';
    const ledger = openSqliteLedger(file, clock);
    const keys = openSqliteKeys(file);
    const conversations = openSqliteConversations(file);
    const kind = dataDir === null ? 'memory' : 'sqlite';
    return {
      ledger,
      rows: ledger,
      keys,
      conversations,
      pepperFile: folder?.file('pepper') ?? null,
      start: async () => void (await closeOpenRows({ ledger, nowMs: clock.nowMs() })),
      flush: () => Promise.resolve(),
      // Windows that others use have a ledger that others use.
      windowsAway: () => {},
      // A file cannot be away: a disk that takes no rows shows in what is owed.
      standing: (owed) => ({
        ledger: { kind, state: 'up', owed, unshipped: 0, setAside: 0 },
        identity: { kind, state: 'up' },
      }),
      announce: (url) => folder?.setAddress(url),
      close: async () => {
        await Promise.all([ledger.close(), keys.close(), conversations.close()]);
        folder?.close();
      },
    };
  } catch (error) {
    folder?.close();
    throw error;
  }
}

export async function openPostgresDatabase(url: string, clock: Clock): Promise<SharedDatabase> {
  // Loaded here, since the driver need not be installed where it is not used.
  const [{ openPostgres }, { postgresLedger }, { postgresKeys }, { postgresConversations }, errors] = await Promise.all(
    [
      import('../stores/postgres/connection.ts'),
      import('../stores/postgres/ledger.ts'),
      import('../stores/postgres/keys.ts'),
      import('../stores/postgres/conversations.ts'),
      import('../stores/postgres/errors.ts'),
    ],
  );
  const { isDataError, isOutage, reasonOf } = errors;
  const postgres = await openPostgres({ url, clock });
  return {
    ledger: postgresLedger(postgres),
    keys: postgresKeys(postgres),
    conversations: postgresConversations(postgres),
    isAway: () => postgres.isAway,
    migrate: () => postgres.migrate(),
    isOutage,
    isDataError,
    reasonOf,
    close: () => postgres.close(),
  };
}

export interface SharedStorage extends Storage {
  readonly journal: RowJournal;
  readonly shipper: Shipper;
}

/** A ledger that others use too, behind a journal in this process's own folder. `close` closes the database with it. */
export function openSharedStorage(database: SharedDatabase, options: SharedStorageOptions): SharedStorage {
  const { clock, report, dataDir } = options;
  const { ledger, keys, conversations, isOutage, isDataError } = database;
  const folder = dataDir === null ? null : openDataDir(dataDir);
  try {
    const journal = openSqliteJournal(folder?.file('journal.sqlite') ?? ':memory:', options.journalMostBytes);
    const shipper = createShipper({ journal, ledger, clock, report, isOutage, isDataError });
    let stopSettling = () => {};
    let stopMeeting = () => {};
    // A server that is away at the start is met as soon as it comes, whether somebody has a use for it or not.
    const meet = (isFirst: boolean): Promise<void> =>
      database.migrate().catch((error: unknown) => {
        if (isFirst) report('warn', 'ledger_away', { ...database.reasonOf(error) });
        stopMeeting = clock.after(MEET_AGAIN_MS, () => void meet(false));
      });
    return {
      ledger,
      rows: shipper,
      journal,
      shipper,
      keys,
      conversations,
      pepperFile: null,
      async start(left) {
        await meet(true);
        stopSettling = recoverJournal({ journal, shipper, ledger, clock, report, ...left }).stop;
      },
      flush: (mostMs) => shipper.flush(mostMs),
      windowsAway: (sinceMs) => journal.windowsAway(sinceMs),
      standing: (owed) => sharedStanding(owed, shipper.status(), database.isAway()),
      announce: (url) => folder?.setAddress(url),
      close: async () => {
        stopMeeting();
        stopSettling();
        await shipper.flush(LAST_FLUSH_MS);
        shipper.stop();
        await Promise.all([ledger.close(), keys.close(), conversations.close()]);
        await database.close();
        journal.close();
        folder?.close();
      },
    };
  } catch (error) {
    folder?.close();
    throw error;
  }
}

function sharedStanding(owed: number, { unshipped, setAside, away }: ShippingStatus, isAway: boolean) {
  const [kind, up, down] = ['postgres', 'up', 'down'] as const;
  return {
    ledger: { kind, state: away || isAway ? down : up, owed, unshipped, setAside },
    identity: { kind, state: isAway ? down : up },
  };
}
