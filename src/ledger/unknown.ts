// What becomes of a row that nobody can close: the attempt left this machine, and what came of it is not known. It is charged
// what it held, so that no money is forgotten, and says that this is an estimate. A later settle still corrects it.

import type { LedgerRow } from '../core/stores.ts';

/** `failed` with `internal`: it was our process that failed the call, not the vendor. */
export function asUnknown(row: LedgerRow, endedAtMs: number): LedgerRow {
  return {
    ...row,
    state: 'unknown',
    outcome: 'failed',
    code: 'internal',
    usage: null,
    usageSource: 'estimate',
    costPicoUsd: row.heldPicoUsd,
    overHold: false,
    endedAtMs,
  };
}
