// Where the embedded mode keeps what must outlive a request: one folder, one ledger file, one process.

import type { Clock } from '../core/clock.ts';
import type { KeyStore } from '../core/identity.ts';
import type { LedgerStore } from '../core/stores.ts';
import { openDataDir } from '../stores/data-dir.ts';
import { openSqliteLedger } from '../stores/sqlite.ts';
import { openSqliteKeys } from '../stores/sqlite-keys.ts';

export interface Storage {
  readonly ledger: LedgerStore;
  readonly keys: KeyStore;
  /** Null: in memory. */
  readonly pepperFile: string | null;
  announce(url: string): void;
  close(): Promise<void>;
}

/** The ledger in its folder, which belongs to this process until it is closed; null: in memory. */
export function openStorage(path: string | null, clock: Clock): Storage {
  const folder = path === null ? null : openDataDir(path);
  try {
    const file = folder?.file('ledger.sqlite') ?? ':memory:';
    const ledger = openSqliteLedger(file, clock);
    const keys = openSqliteKeys(file);
    return {
      ledger,
      keys,
      pepperFile: folder?.file('pepper') ?? null,
      announce: (url) => folder?.setAddress(url),
      close: async () => {
        await Promise.all([ledger.close(), keys.close()]);
        folder?.close();
      },
    };
  } catch (error) {
    folder?.close();
    throw error;
  }
}
