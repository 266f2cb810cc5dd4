// What must be true of the ledger for every history (I6, I8, I8b): rows kept in a plain map, added up the slow way, run beside
// the store, while hours are rolled up and attempts repriced in between. PROPERTY_RUNS sets the number of histories; fast-check
// prints the seed of one that fails.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costOf, type Price, perToken, priceIdOf } from '../../src/core/money.ts';
import type { CallerCharge, LedgerRow, LedgerStore, RowState, UsageGroup } from '../../src/core/stores.ts';
import { createJournal } from '../../src/ledger/journal.ts';
import { reprice } from '../../src/ledger/reprice.ts';
import { openSqliteLedger } from '../../src/stores/sqlite/ledger.ts';
import { cachedRow, openRow, settledRow } from '../contract/ledger-rows.ts';
import { HOUR_MS, NOON_MS } from '../contract/windows-at-hand.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { LedgerModel } from './ledger-model.ts';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 200);
const timeout = 20_000 + numRuns * 200;

const PRICES: readonly Price[] = ['1', '2.5', '0.000001', '0'].map((usd) => ({
  input: perToken(usd),
  cacheRead: perToken('0.1'),
  cacheWrite: perToken(usd),
  output: perToken(usd),
  source: `the list of ${usd}`,
  from: null,
}));
const MODELS = ['large', 'small'] as const;

/** A request has one caller, one moment and one prompt; its three attempts share them. */
interface Asked {
  readonly request: number;
  readonly attempt: number;
  readonly state: RowState | 'cached';
  readonly tokens: number;
  readonly priced: boolean;
}
type Step =
  | { readonly type: 'write'; readonly asked: readonly Asked[] }
  | { readonly type: 'roll'; readonly hour: number }
  | { readonly type: 'reprice'; readonly price: number };

const state = fc.constantFrom<RowState | 'cached'>(
  'open',
  'open',
  'settled',
  'settled',
  'released',
  'unknown',
  'cached',
);
const attempt = fc.record({ attempt: fc.nat(2), state, tokens: fc.nat(3_000), priced: fc.boolean() });
/** One to three attempts of a request, in one batch. */
const write = fc.record({
  type: fc.constant('write' as const),
  asked: fc
    .tuple(fc.nat(7), fc.array(attempt, { minLength: 1, maxLength: 3 }))
    .map(([request, attempts]) => attempts.map((each) => ({ request, ...each }))),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: write },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('roll' as const), hour: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reprice' as const), price: fc.nat(PRICES.length) }) },
);

function rowOf({ request, attempt, state, tokens, priced }: Asked): LedgerRow {
  const model = MODELS[(request + attempt) % 2] ?? 'large';
  const [price] = PRICES;
  if (price === undefined) throw new Error('There is no price');
  const usage = {
    inputTokens: tokens,
    cacheReadTokens: tokens % 7,
    cacheWriteTokens: null,
    outputTokens: tokens % 100,
    reasoningTokens: null,
  };
  const about = {
    requestId: `req_${request}`,
    tenant: request === 5 ? 'other' : 'acme',
    // Alice alone asks enough in an hour to be busy.
    userId: request < 6 ? 'alice' : 'bob',
    provider: attempt === 1 ? 'groq' : 'openai',
    model,
    prompt: request % 2 === 0 ? null : { name: 'hint', version: `${request % 3}`, hash: `${request % 5}` },
    tags: request % 5 === 0 ? {} : { course: `course-${request % 2}` },
    heldAtMs: NOON_MS + (request % 2) * HOUR_MS + ([0, 1, HOUR_MS / 2, HOUR_MS - 1][request % 3] ?? 0),
  };
  const id = `${request}-${attempt}`;
  if (state === 'cached') return cachedRow(id, about);
  if (state === 'open' || state === 'released') return openRow(id, { ...about, state });
  const cost = priced
    ? {
        costPicoUsd: costOf({ ...usage, inputTokens: tokens, outputTokens: tokens % 100 }, price),
        priceId: priceIdOf(price),
      }
    : { costPicoUsd: null, priceId: null };
  return settledRow(id, { ...about, state, usage, priced, ...cost });
}

const KEYS: Readonly<Record<string, (row: LedgerRow) => string>> = {
  day: ({ heldAtMs }) => new Date(heldAtMs).toISOString().slice(0, 10),
  model: ({ model }) => model,
  provider: ({ provider }) => provider,
  prompt: ({ prompt }) => (prompt === null ? '' : `${prompt.name}@${prompt.version}`),
  user: ({ userId }) => userId,
  'tag:course': ({ tags }) => tags['course'] ?? '',
};
const GROUPS: readonly UsageGroup[] = ['day', 'model', 'provider', 'prompt', 'user', 'tag:course'];

const moment = fc.oneof(
  fc.integer({ min: -1, max: 5 }).map((hours) => NOON_MS + hours * HOUR_MS),
  fc.integer({ min: 0, max: 4 * HOUR_MS }).map((ms) => NOON_MS + ms),
);
const question = fc.record(
  {
    tenant: fc.constantFrom('acme', 'other'),
    userId: fc.constantFrom('alice', 'bob', ''),
    fromMs: moment,
    toMs: moment,
  },
  { requiredKeys: [] },
);

async function repriceAll(ledger: LedgerStore, price: Price | null, clock: SimulatedClock, model: LedgerModel) {
  const priceOf = (_provider: string, name: string) => (name === 'large' ? price : (PRICES[1] ?? null));
  const summary = await reprice(ledger, priceOf, { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, dryRun: false }, clock);
  const { rows } = await ledger.rows({ limit: 1_000 });
  const rated = rows.filter(({ usage, state, corrects }) => usage !== null && state === 'settled' && corrects === null);
  expect(summary.attempts).toBe(rated.length);
  for (const row of rows) if (row.corrects !== null) model.write(row);
  for (const row of rated) {
    const now = priceOf(row.provider, row.model);
    const { usage } = row;
    if (now === null || usage === null) continue;
    const tokens = { ...usage, inputTokens: Number(usage.inputTokens), outputTokens: Number(usage.outputTokens) };
    const booked = rows.filter(({ attemptId, corrects }) => attemptId === row.attemptId || corrects === row.attemptId);
    const cost = booked.reduce<bigint>((sum, { costPicoUsd }) => sum + (costPicoUsd ?? 0n), 0n);
    expect(cost).toBe(costOf(tokens, now));
    expect(cost).toBeGreaterThanOrEqual(0n);
  }
}

const sorted = (charges: readonly CallerCharge[]) =>
  [...charges].sort((a, b) => (JSON.stringify([a.caller, a.atMs]) < JSON.stringify([b.caller, b.atMs]) ? -1 : 1));

describe('the ledger', () => {
  it(
    'I8, I8b: adds up to the sum of its rows, rolled up or not, corrected or not, by any group',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 10, maxLength: 40 }),
          question,
          fc.constantFrom(null, 1_000, 900_000, HOUR_MS),
          async (steps, query, slotMs) => {
            const clock = new SimulatedClock(NOON_MS + 24 * HOUR_MS);
            const ledger = openSqliteLedger(':memory:', clock);
            const model = new LedgerModel();
            const agree = async () => {
              const rows = model.matching(query);
              expect(await ledger.usage(query, null)).toMatchObject({ totals: model.totals(rows) });
              for (const by of GROUPS) {
                const groups = [...Map.groupBy(rows, KEYS[by] ?? String)].map(([key, of]) => ({
                  key,
                  ...model.totals(of),
                }));
                const report = await ledger.usage(query, by);
                expect(report.groups).toEqual(groups.sort((a, b) => (a.key < b.key ? -1 : 1)));
              }
              const { tenant, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER } = query;
              const charge = { fromMs, toMs, slotMs, ...(tenant !== undefined && { tenant }) };
              expect(sorted(await ledger.charges(charge))).toEqual(sorted(model.charges(charge)));
            };
            for (const each of steps) {
              if (each.type === 'roll') await ledger.rollUp(NOON_MS + each.hour * HOUR_MS);
              else if (each.type === 'reprice') await repriceAll(ledger, PRICES[each.price] ?? null, clock, model);
              else {
                const rows = each.asked.map(rowOf);
                await ledger.write(rows);
                for (const row of rows) model.write(row);
              }
            }
            await agree();
            while ((await ledger.rollUp(Number.MAX_SAFE_INTEGER)) > 0);
            await agree();
            await ledger.close();
          },
        ),
        { numRuns },
      );
    },
    timeout,
  );

  it(
    'I6: loses no row to one beside it that no store takes, nor to text that no database takes',
    async () => {
      const odd = fc.constantFrom('\u0000', '\ud800', "'; DROP TABLE ledger; --", '\uffff', '');
      const kind = fc.constantFrom('sound', 'sound', 'odd', 'half a token');
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(kind, odd), { minLength: 1, maxLength: 30 }), async (kinds) => {
          const clock = new SimulatedClock();
          const ledger = openSqliteLedger(':memory:', clock);
          const journal = createJournal({ ledger, clock, report: () => {} });
          for (const [id, [what, text]] of kinds.entries()) {
            const about = { userId: text, model: text, requestedModel: text, keyId: text, tags: { [text]: text } };
            const row = what === 'odd' ? settledRow(id, about) : settledRow(id);
            journal.close(what === 'half a token' ? { ...row, heldTokens: 1.5 } : row);
          }
          await journal.flush();
          const { rows } = await ledger.rows({ limit: 1_000 });
          const sound = kinds.flatMap(([what], id) => (what === 'half a token' ? [] : [`att_${id}`]));
          expect(rows.map(({ attemptId }) => attemptId).sort()).toEqual(sound.sort());
          expect((await ledger.usage({}, null)).totals.costPicoUsd).toBe(27_000_000n * BigInt(sound.length));
          await ledger.close();
        }),
        { numRuns },
      );
    },
    timeout,
  );
});
