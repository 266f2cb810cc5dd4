// How the stores stand: what /readyz, the metrics and the header `x-degraded` tell. It is what is known already, so that a
// question about health waits for no store.

/** What a store is for. */
export type StoreRole = 'windows' | 'ledger' | 'identity';

export interface StoreStatus {
  readonly kind: 'memory' | 'sqlite' | 'redis' | 'postgres';
  /** `down`: it did not answer within its deadline when it was last asked. */
  readonly state: 'up' | 'down';
}

export interface LedgerStatus extends StoreStatus {
  /** Closed rows that no disk has yet. */
  readonly owed: number;
  /** Rows that are safe in the journal of this instance and not yet in the shared ledger. */
  readonly unshipped: number;
  /** Rows that the shared ledger refused and that stay in the journal, for a person to look at. */
  readonly setAside: number;
}

export interface StoresStatus {
  readonly windows: StoreStatus;
  readonly ledger: LedgerStatus;
  readonly identity: StoreStatus;
}
