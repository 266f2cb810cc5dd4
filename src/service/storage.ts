// Where a process keeps what must outlive a request: a folder that belongs to it alone. In the embedded mode the ledger lies in
// it; where the ledger is shared, the rows that are on their way there do.

import type { Clock } from '../core/clock.ts';
import type { Report } from '../core/parts.ts';
import type { RowJournal } from '../core/row-journal.ts';
import type { StoreRole, StoresStatus } from '../core/status.ts';
import type { LedgerStore } from '../core/stores.ts';
import { createShipper, type Shipper } from '../ledger/shipper.ts';
import { openDataDir } from '../stores/data-dir.ts';
import { openSqliteLedger } from '../stores/sqlite.ts';
import { openSqliteJournal } from '../stores/sqlite-journal.ts';

/** How long the rows of the last answers may take to the ledger when the process ends. What is left is shipped by the next. */
const LAST_FLUSH_MS = 5_000;

export interface Storage {
  readonly ledger: LedgerStore;
  announce(url: string): void;
  close(): Promise<void>;
}

/** The ledger in its folder, which belongs to this process until it is closed; null: in memory. */
export function openStorage(path: string | null, clock: Clock): Storage {
  const folder = path === null ? null : openDataDir(path);
  try {
    const ledger = openSqliteLedger(folder?.file('ledger.sqlite') ?? ':memory:', clock);
    return {
      ledger,
      announce: (url) => folder?.setAddress(url),
      close: async () => {
        await ledger.close();
        folder?.close();
      },
    };
  } catch (error) {
    folder?.close();
    throw error;
  }
}

export interface SharedStorageOptions {
  /** Null: the journal is in memory, and the rows in it end with the process. */
  readonly dataDir: string | null;
  /** Belongs to the storage from here on: `close` closes it. */
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  readonly report: Report;
  readonly isOutage: (error: unknown) => boolean;
  readonly isDataError: (error: unknown) => boolean;
  /** Left out: 512 MiB. */
  readonly journalMostBytes?: number;
}

export interface SharedStorage extends Storage {
  readonly journal: RowJournal;
  /** Takes the rows; nothing is shipped until it is started. */
  readonly shipper: Shipper;
}

/** A ledger that others use too, behind a journal in this process's own folder. The ledger may be away. */
export function openSharedStorage(options: SharedStorageOptions): SharedStorage {
  const { ledger } = options;
  const folder = options.dataDir === null ? null : openDataDir(options.dataDir);
  try {
    const journal = openSqliteJournal(folder?.file('journal.sqlite') ?? ':memory:', options.journalMostBytes);
    const shipper = createShipper({ ...options, journal });
    return {
      ledger,
      journal,
      shipper,
      announce: (url) => folder?.setAddress(url),
      close: async () => {
        await shipper.flush(LAST_FLUSH_MS);
        shipper.stop();
        await ledger.close();
        journal.close();
        folder?.close();
      },
    };
  } catch (error) {
    folder?.close();
    throw error;
  }
}

/** None of these stores can be away: a disk that takes no rows shows in what is owed. */
export function embeddedStanding(owed: number): {
  readonly stores: StoresStatus;
  readonly degraded: readonly StoreRole[];
} {
  return {
    stores: {
      windows: { kind: 'memory', state: 'up' },
      ledger: { kind: 'sqlite', state: 'up', owed, unshipped: 0, setAside: 0 },
      identity: { kind: 'memory', state: 'up' },
    },
    degraded: [],
  };
}
