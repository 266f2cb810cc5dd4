// The note that a hold carries: the open row of the attempt it was made for, as JSON. Whoever reaps the hold of a process that
// died, and whose journal is nowhere to be had, writes the row from it.

import type { LedgerRow } from './stores.ts';

export function noteOf(row: LedgerRow): string {
  return JSON.stringify(row, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
}
