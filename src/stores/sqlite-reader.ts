// A worker thread that answers questions to the ledger on a read connection of its own. `node:sqlite` is synchronous: asked on
// the main thread, a year's usage would freeze every stream.

import { parentPort, workerData } from 'node:worker_threads';
import type { LedgerQuery, UsageGroup, UsageReport } from '../core/stores.ts';
import { openForReading } from './sqlite-database.ts';
import { type RowPage, selectRows, selectUsage } from './sqlite-queries.ts';

export type Question =
  | { readonly kind: 'rows'; readonly query: LedgerQuery }
  | { readonly kind: 'usage'; readonly query: LedgerQuery; readonly groupBy: UsageGroup | null };

/** One of `page`, `report`, `error`. */
export interface Reply {
  readonly id: number;
  readonly page?: RowPage;
  readonly report?: UsageReport;
  readonly error?: string;
}

const data: { readonly path: string } = workerData;
const db = openForReading(data.path);

function answer(id: number, question: Question): Reply {
  try {
    if (question.kind === 'rows') return { id, page: selectRows(db, question.query) };
    return { id, report: selectUsage(db, question.query, question.groupBy) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', ({ id, question }: { id: number; question: Question }) => {
  parentPort?.postMessage(answer(id, question));
});
