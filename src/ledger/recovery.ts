// What has to be done before the first request after a start. The rows that a dead process left open are closed, and the
// windows, which live in memory, are filled again from the ledger: a restart gives nobody a fresh budget.

import type { Caller } from '../core/request.ts';
import type { LedgerStore } from '../core/stores.ts';
import type { WindowStore } from '../core/window-store.ts';
import type { Window } from '../core/windows.ts';
import { asUnknown } from './unknown.ts';
import { windowCharges } from './window-charges.ts';

const BATCH_ROWS = 500;

export interface RecoveryParts {
  readonly ledger: LedgerStore;
  readonly windows: WindowStore;
  readonly windowsOf: (caller: Caller) => readonly Window[];
  readonly nowMs: number;
}

/** Resolves with how many rows were closed; rejects when the ledger cannot be used. */
export async function recover(parts: RecoveryParts): Promise<{ readonly closed: number }> {
  const closed = await closeOpenRows(parts);
  await fillWindows(parts);
  return { closed };
}

/** For a process that has the ledger to itself: whatever is open now was left by one that died. */
export async function closeOpenRows({ ledger, nowMs }: Pick<RecoveryParts, 'ledger' | 'nowMs'>): Promise<number> {
  const rows = await ledger.openRows();
  for (let from = 0; from < rows.length; from += BATCH_ROWS) {
    await ledger.write(rows.slice(from, from + BATCH_ROWS).map((row) => asUnknown(row, nowMs)));
  }
  return rows.length;
}

export async function fillWindows(parts: RecoveryParts): Promise<void> {
  for await (const charges of windowCharges(parts))
    for (const { windows, amounts, atMs } of charges) await parts.windows.record(windows, amounts, atMs);
}
