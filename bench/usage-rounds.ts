// What a ledger is asked in bench/usage.ts: a month of rows written in batches, the questions of a user and of a tenant before and
// after the hours are rolled up. Any LedgerStore can be put here; it must be empty.

import type { LedgerStore, UsageGroup, UsageQuery } from '../src/core/stores.ts';
import { MONTH_FROM_MS, MONTH_MS, rowAt } from './month-rows.ts';

const MONTH = { fromMs: MONTH_FROM_MS, toMs: MONTH_FROM_MS + MONTH_MS };
const TURNS = 3;

const QUESTIONS: readonly { readonly name: string; readonly query: UsageQuery; readonly by: UsageGroup }[] = [
  { name: 'one user', query: { tenant: 'acme', userId: 'user-7' }, by: 'day' },
  { name: 'one user', query: { tenant: 'acme', userId: 'user-7' }, by: 'model' },
  { name: 'one application', query: { tenant: 'acme', userId: 'key:app' }, by: 'day' },
  { name: 'one application', query: { tenant: 'acme', userId: 'key:app' }, by: 'model' },
  { name: 'whole tenant', query: { tenant: 'acme' }, by: 'day' },
  { name: 'whole tenant', query: { tenant: 'acme' }, by: 'model' },
  { name: 'whole tenant', query: { tenant: 'acme' }, by: 'user' },
];

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const startMs = performance.now();
  const value = await work();
  return { ms: performance.now() - startMs, value };
}

async function ask(ledger: LedgerStore) {
  const answers: { ms: number; text: string }[] = [];
  for (const { query, by } of QUESTIONS) {
    const turns: number[] = [];
    let text = '';
    for (let turn = 0; turn < TURNS; turn++) {
      const { ms, value } = await timed(() => ledger.usage({ ...query, ...MONTH }, by));
      if (value.totals.attempts === 0) throw new Error(`There are no rows of ${JSON.stringify(query)}`);
      turns.push(ms);
      text = JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? `${each}` : each));
    }
    answers.push({ ms: median(turns), text });
  }
  return answers;
}

/** Lines of a report in Markdown. Throws when a roll-up changes an answer. */
export async function benchUsage(
  name: string,
  ledger: LedgerStore,
  { rows, batchRows }: { readonly rows: number; readonly batchRows: number },
): Promise<readonly string[]> {
  const written = await timed(async () => {
    for (let from = 0; from < rows; from += batchRows) {
      const length = Math.min(batchRows, rows - from);
      await ledger.write(Array.from({ length }, (_, index) => rowAt(from + index, rows)));
    }
  });
  const before = await ask(ledger);
  const rolled = await timed(async () => {
    let hours = 0;
    for (let done = 1; done > 0; hours += done) done = await ledger.rollUp(MONTH.toMs);
    return hours;
  });
  const after = await ask(ledger);
  const lines = [
    `${name}: ${rows} rows written in batches of ${batchRows}: ${Math.round((rows / written.ms) * 1_000)} rows/s`,
    `${rolled.value} hours rolled up: ${(rolled.ms / rolled.value).toFixed(1)} ms an hour`,
    '',
    `| usage of a month (${name}) | by | from rows, ms | from roll-ups, ms | times as quick |`,
    '|---|---|---|---|---|',
  ];
  for (const [index, question] of QUESTIONS.entries()) {
    const [rowsMs, hoursMs] = [before[index]?.ms ?? 0, after[index]?.ms ?? 0];
    if (before[index]?.text !== after[index]?.text) throw new Error(`The roll-up changed usage by ${question.by}`);
    const figures = [rowsMs.toFixed(1), hoursMs.toFixed(1), (rowsMs / hoursMs).toFixed(1)];
    lines.push(`| ${question.name} | ${question.by} | ${figures.join(' | ')} |`);
  }
  return lines;
}
