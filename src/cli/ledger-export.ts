// Rows of the ledger as lines, page by page: a page is written, and taken by whoever reads it, before the next one is asked for.

import { csvHeader, csvLine, LEDGER_COLUMNS, llmError } from '../index.ts';
import type { LedgerQuestion } from './backend.ts';
import type { LedgerLine } from './native.ts';
import { openBackend } from './open-backend.ts';
import { stopOnInterrupt } from './stop.ts';
import { toReader } from './terminal.ts';

export interface ExportOptions {
  readonly from?: number;
  readonly to?: number;
  readonly user?: string;
  readonly tenant?: string;
  readonly request?: string;
  readonly format: 'jsonl' | 'csv';
  readonly key?: string;
}

/** Ends in order when the reader has gone (`… | head`): that is no failure. */
export async function exportRows({ from, to, user, tenant, request, format, key }: ExportOptions): Promise<void> {
  const question: LedgerQuestion = {
    fromMs: from ?? null,
    toMs: to ?? null,
    userId: user ?? null,
    tenant: tenant ?? null,
    requestId: request ?? null,
  };
  const lineOf = format === 'csv' ? csvOf : (row: LedgerLine) => `${JSON.stringify(row)}\n`;
  using stop = stopOnInterrupt();
  const backend = await openBackend(key ?? null, { asOperator: true });
  try {
    if (format === 'csv' && !(await toReader(csvHeader(LEDGER_COLUMNS)))) return;
    for (let cursor: string | null = null; ; ) {
      const page = await backend.ledgerPage(question, cursor);
      if (!(await toReader(page.rows.map(lineOf).join('')))) return;
      if (page.next_cursor === null) return;
      if (stop.signal.aborted) throw llmError('cancelled', 'The export was stopped');
      cursor = page.next_cursor;
    }
  } finally {
    await backend.close();
  }
}

/** A row laid flat: figures of usage have columns of their own, tags are JSON in one. */
function csvOf({ usage, prompt, ...row }: LedgerLine): string {
  const template = prompt === null ? null : `${prompt.name}@${prompt.version}`;
  const flat = { ...row, ...usage, prompt: template, prompt_hash: prompt?.hash };
  return csvLine(LEDGER_COLUMNS, flat);
}
