// Two ledgers, one history: what SQLite tells of it, PostgreSQL tells too, to the last figure, whatever was rolled up when and by
// whom. PROPERTY_RUNS sets the number of histories; fast-check prints the seed of one that fails.

import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { picoUsd } from '../../src/core/money.ts';
import type { ChargeQuery, LedgerRow, LedgerStore, RowState, UsageGroup, UsageQuery } from '../../src/core/stores.ts';
import { openPostgres, type Postgres } from '../../src/stores/postgres/connection.ts';
import { postgresLedger } from '../../src/stores/postgres/ledger.ts';
import { openSqliteLedger } from '../../src/stores/sqlite/ledger.ts';
import { correctionRow, settledRow } from '../contract/ledger-rows.ts';
import { HOUR_MS, NOON_MS } from '../contract/windows-at-hand.ts';
import { type AnyPostgres, describeWithPostgres, usePostgres } from '../servers/postgres.ts';
import { PATIENT } from '../stores/postgres/at-hand.ts';

/** A history is a few hundred statements to a real server: fewer than of what needs none. */
const numRuns = Math.min(Math.max(10, Math.ceil(Number(process.env['PROPERTY_RUNS'] ?? 200) / 10)), 1_000);

const HOURS = 2;
const END_MS = NOON_MS + HOURS * HOUR_MS;
const GROUPS: readonly (UsageGroup | null)[] = [
  null,
  'day',
  'model',
  'provider',
  'prompt',
  'user',
  'tag:course',
  'tag:',
];

const word = fc.constantFrom('', 'a', 'B', 'b@1', '%', "o'hara", 'ä', '\u{1f600}');
const figure = fc.option(fc.nat(1_000_000), { nil: null });
const largest = 9_223_372_036_854_775_807n;
const money = fc
  .option(fc.oneof(fc.bigInt({ min: 0n, max: 10_000_000n }), fc.constant(largest)), { nil: null })
  .map((amount) => (amount === null ? null : picoUsd(amount)));
const usage = fc.record({
  inputTokens: figure,
  cacheReadTokens: figure,
  cacheWriteTokens: figure,
  outputTokens: figure,
  reasoningTokens: figure,
});

/** What all attempts of a request share. */
const asked = fc.record({
  tenant: fc.constantFrom('acme', 'acme', 'acme', 'Other'),
  // One of them asks as much as all others: an hour of a busy user is kept in another way.
  userId: fc.oneof(fc.constant('a'), word),
  prompt: fc.option(fc.record({ name: word, version: word, hash: word }), { nil: null }),
  tags: fc.dictionary(fc.constantFrom('course', '', '__proto__', 'x.y'), word),
  heldAtMs: fc.oneof(
    fc.integer({ min: NOON_MS, max: END_MS - 1 }),
    fc.integer({ min: 0, max: HOURS - 1 }).map((hours) => NOON_MS + hours * HOUR_MS),
  ),
  requestedModel: fc.option(word, { nil: null }),
  keyId: fc.option(word, { nil: null }),
});
const became = fc.record({
  provider: fc.constantFrom('groq', 'openai'),
  model: word,
  outcome: fc.constantFrom(null, 'completed' as const, 'failed' as const, 'cached' as const, 'joined' as const),
  usage: fc.option(usage, { nil: null }),
  usageSource: fc.constantFrom('provider' as const, 'estimate' as const, 'none' as const),
  costPicoUsd: money,
  priced: fc.boolean(),
  savedPicoUsd: money,
  savedTokens: figure,
  heldPicoUsd: money,
  heldTokens: figure,
  overHold: fc.boolean(),
});

/** What is written of one attempt, in order. */
const PATHS: readonly (readonly RowState[])[] = [
  ['open', 'settled'],
  ['settled'],
  ['open', 'unknown', 'settled'],
  ['unknown', 'settled'],
  ['open', 'unknown'],
  ['open', 'released'],
  ['released'],
];
const attempt = fc.tuple(fc.constantFrom(...PATHS), fc.array(became, { minLength: 3, maxLength: 3 }));
const request = fc.record({
  shared: asked,
  /** An attempt is closed before the next one begins. */
  attempts: fc.array(attempt, { minLength: 1, maxLength: 3 }),
  isUnderWay: fc.boolean(),
  correction: fc.option(fc.bigInt({ min: -5_000n, max: 5_000n }), { nil: null }),
  /** Rows of it that come a second time, after all others. */
  repeated: fc.array(fc.nat(9), { maxLength: 3 }),
});

const rows = fc.array(request, { maxLength: 24 }).map((requests) =>
  requests.flatMap(({ shared, attempts, isUnderWay, correction, repeated }, number) => {
    const written = attempts.flatMap(([path, abouts], index) => {
      const states = isUnderWay && index === attempts.length - 1 ? (['open'] as const) : path;
      const about = { requestId: `req_${number}`, ...shared };
      return states.map((state, step) => settledRow(`${number}-${index}`, { ...about, ...abouts[step], state }));
    });
    const again = repeated.flatMap((index) => written[index] ?? []);
    const [first] = written;
    if (correction === null || first === undefined) return [...written, ...again];
    return [...written, correctionRow(`${number}-c`, first, correction), ...again];
  }),
);

/** Rows in batches as they come, an hour rolled up now and then, by either of two instances. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('write' as const), count: fc.integer({ min: 1, max: 16 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('roll' as const), by: fc.nat(1) }) },
);

const moment = fc.integer({ min: -1, max: HOURS * 2 + 1 }).map((halves) => NOON_MS + (halves * HOUR_MS) / 2);
const question: fc.Arbitrary<UsageQuery> = fc.record(
  { tenant: fc.constantFrom('acme', 'Other'), userId: word, fromMs: moment, toMs: moment },
  { requiredKeys: [] },
);
const questions = fc
  .array(question, { minLength: 2, maxLength: 2 })
  .map((some) => [{}, { tenant: 'acme', userId: 'a' }, ...some]);

describeWithPostgres('the ledgers in SQLite and in PostgreSQL', () => {
  let server: AnyPostgres;
  let url: string;
  let instances: readonly Postgres[];
  let one: LedgerStore;
  let other: LedgerStore;
  beforeAll(async () => {
    server = await usePostgres();
    url = await server.emptyDatabase();
    const [first, second] = [
      await openPostgres({ url, clock: systemClock, deadlines: PATIENT }),
      await openPostgres({ url, clock: systemClock, deadlines: PATIENT }),
    ];
    instances = [first, second];
    [one, other] = [postgresLedger(first), postgresLedger(second)];
    await first.migrate();
  });
  afterAll(async () => {
    for (const postgres of instances) await postgres.close();
    await server.stop();
  });

  async function everything(ledger: LedgerStore, questions: readonly UsageQuery[]): Promise<unknown> {
    const told: unknown[] = [];
    for (const query of questions) {
      for (const by of GROUPS) told.push([query, by, await ledger.usage(query, by)]);
      told.push([query, await ledger.rows(query)]);
    }
    const stretches: readonly ChargeQuery[] = [
      { fromMs: NOON_MS, toMs: END_MS, slotMs: null },
      { fromMs: NOON_MS + 7, toMs: END_MS, slotMs: 900_000, tenant: 'acme' },
    ];
    for (const query of stretches) {
      const charges = (await ledger.charges(query)).map((charge) => JSON.stringify(charge));
      told.push([query, charges.sort()]);
    }
    told.push(await ledger.openRows());
    return told;
  }

  it(
    'tell the same of every history',
    async () => {
      await fc.assert(
        fc.asyncProperty(rows, fc.array(step, { maxLength: 12 }), questions, async (written, steps, asked) => {
          const sqlite = openSqliteLedger(':memory:', systemClock);
          await server.query(url, 'TRUNCATE ledger, usage_hourly, unrolled_hours');
          try {
            const left: LedgerRow[] = [...written];
            const write = async (count: number) => {
              const batch = left.splice(0, count);
              await sqlite.write(batch);
              await one.write(batch);
            };
            for (const each of steps) {
              if (each.type === 'write') await write(each.count);
              else await (each.by === 0 ? one : other).rollUp(END_MS);
            }
            await write(left.length);
            const told = await everything(sqlite, asked);
            expect(await everything(other, asked)).toEqual(told);
            while ((await other.rollUp(END_MS)) > 0);
            expect(await everything(one, asked)).toEqual(told);
          } finally {
            await sqlite.close();
          }
        }),
        { numRuns, interruptAfterTimeLimit: 60_000 + numRuns * 5_000, markInterruptAsFailure: true },
      );
    },
    60_000 + numRuns * 10_000,
  );
});
