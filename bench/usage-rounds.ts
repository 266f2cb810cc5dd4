// What a ledger is asked in bench/usage.ts: a month of rows written in batches, the questions of a user and of a tenant before and
// after the hours are rolled up. Any LedgerStore can be put here; it must be empty.

import { picoUsd } from '../src/core/money.ts';
import type { LedgerRow, LedgerStore, UsageGroup, UsageQuery } from '../src/core/stores.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FROM_MS = Date.UTC(2026, 10, 1);
const DAYS = 30;
/** As the journal writes them. */
const BATCH_ROWS = 200;
/** A prime, so that who asks has nothing to do with what is asked. */
const USERS = 499;
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

/**
 * The row of a busy school's month: 499 users and an application that asks a fifth of all, four models, every twentieth request is
 * tried twice, two in ten are cached.
 */
function rowAt(index: number, rows: number): LedgerRow {
  // A retry has the request, the caller and the moment of the row before it.
  const request = index % 21 === 20 ? index - 1 : index;
  const isCached = request % 10 < 2;
  const heldAtMs = FROM_MS + Math.floor((request / rows) * DAYS * DAY_MS);
  // Scattered, so that neighbours in time are not neighbours in the index by user.
  const user = (request * 7_919) % USERS;
  return {
    attemptId: `att_${index.toString(16).padStart(32, '0')}`,
    requestId: `req_${request.toString(16).padStart(32, '0')}`,
    generationId: `gen_${request.toString(16).padStart(32, '0')}`,
    tenant: 'acme',
    userId: request % 5 === 3 ? 'key:app' : `user-${user}`,
    provider: index % 3 === 0 ? 'openai' : 'groq',
    model: `model-${index % 4}`,
    requestedModel: 'tutor',
    keyId: 'key_0123456789abcdef',
    prompt: { name: 'code_review', version: `1.${request % 5}.0` },
    state: 'settled',
    outcome: isCached ? 'cached' : 'completed',
    code: null,
    finishReason: 'stop',
    usage: isCached
      ? null
      : { inputTokens: 900, cacheReadTokens: 300, cacheWriteTokens: null, outputTokens: 250, reasoningTokens: 100 },
    usageSource: isCached ? 'none' : 'provider',
    costPicoUsd: picoUsd(isCached ? 0n : 285_000_000n + BigInt(index)),
    priceId: 'a price list@2026-01-01:150000/75000/150000/600000',
    corrects: null,
    priced: true,
    savedPicoUsd: isCached ? picoUsd(285_000_000n) : null,
    savedTokens: isCached ? 1_150 : null,
    heldPicoUsd: picoUsd(3_000_000_000n),
    heldTokens: 5_100,
    overHold: false,
    tags: { course: `python-${user % 20}` },
    heldAtMs,
    startedAtMs: heldAtMs + 3,
    firstEventAfterMs: 180,
    endedAtMs: heldAtMs + 2_400,
  };
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const startMs = performance.now();
  const value = await work();
  return { ms: performance.now() - startMs, value };
}

async function ask(ledger: LedgerStore) {
  const answers: { ms: number; text: string }[] = [];
  for (const { query, by } of QUESTIONS) {
    const month = { ...query, fromMs: FROM_MS, toMs: FROM_MS + DAYS * DAY_MS };
    const turns: number[] = [];
    let text = '';
    for (let turn = 0; turn < TURNS; turn++) {
      const { ms, value } = await timed(() => ledger.usage(month, by));
      if (value.totals.attempts === 0) throw new Error(`There are no rows of ${JSON.stringify(query)}`);
      turns.push(ms);
      text = JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? `${each}` : each));
    }
    answers.push({ ms: median(turns), text });
  }
  return answers;
}

/** Lines of a report in Markdown. Throws when a roll-up changes an answer. */
export async function benchUsage(name: string, ledger: LedgerStore, rows: number): Promise<readonly string[]> {
  const written = await timed(async () => {
    for (let from = 0; from < rows; from += BATCH_ROWS) {
      const length = Math.min(BATCH_ROWS, rows - from);
      await ledger.write(Array.from({ length }, (_, index) => rowAt(from + index, rows)));
    }
  });
  const before = await ask(ledger);
  const rolled = await timed(async () => {
    let hours = 0;
    for (let done = 1; done > 0; hours += done) done = await ledger.rollUp(FROM_MS + DAYS * DAY_MS);
    return hours;
  });
  const after = await ask(ledger);
  const lines = [
    `${name}: ${rows} rows written in batches of ${BATCH_ROWS}: ${Math.round((rows / written.ms) * 1_000)} rows/s`,
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
