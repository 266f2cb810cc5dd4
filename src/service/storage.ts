// Where the embedded mode keeps what must outlive a request: one folder, one ledger file, one process.

import type { Clock } from '../core/clock.ts';
import type { StoreRole, StoresStatus } from '../core/status.ts';
import type { LedgerStore } from '../core/stores.ts';
import { openDataDir } from '../stores/data-dir.ts';
import { openSqliteLedger } from '../stores/sqlite.ts';

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
