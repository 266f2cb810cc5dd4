// The first claim with many seeds: kills and lost replies with either ledger, with budgets of few calls and of many, and a Redis that
// comes back empty. RUNS seeds each, from SEED on.

import { expect, it } from 'vitest';
import { describeWithOwnPostgres, startPostgres } from '../servers/postgres.ts';
import { describeWithOwnRedis } from '../servers/redis.ts';
import { emptiedUnderABurst } from './emptied-redis.ts';
import { drawnSeed } from './seeded-random.ts';
import { type Allowance, faultsOf, figuresOf, type SpendingOptions, spendingRounds } from './spending-rounds.ts';

const RUNS = Number(process.env['RUNS'] ?? 20);
const FEW = { rounds: 40, tenants: 80, fit: 19 };
/** Here 5 % of a budget are some calls, so some may be drawn without Redis, and a dead process takes its share of them along. */
const MANY = { rounds: 40, tenants: 8, fit: 200 };

async function eachSeed(run: (seed: number) => Promise<void>): Promise<void> {
  const first = drawnSeed();
  for (let seed = first; seed < first + RUNS; seed++) await run(seed);
}

async function spend(options: SpendingOptions, allowance: (kills: number) => Allowance): Promise<void> {
  const result = await spendingRounds(options);
  const { seed, databaseUrl } = options;
  const ledger = databaseUrl === null ? 'SQLite' : 'PostgreSQL';
  console.info(`${ledger}: seed ${seed}, ${result.kills} kills, ${result.drops} losses, ${figuresOf(result)}`);
  expect(faultsOf(result, allowance(result.kills))).toEqual([]);
}

const none = () => ({ beyond: 0, untold: 0 });
const shares = (kills: number) => ({ beyond: 0.05 * (1 + kills / 4), untold: (0.05 * kills) / 4 });

describeWithOwnRedis('four processes that are killed and do not always hear Redis', () => {
  it('I1, F29, F45: spend no more than each budget (each with its own ledger)', async () => {
    await eachSeed((seed) => spend({ ...FEW, seed, databaseUrl: null }, none));
  });

  describeWithOwnPostgres('with the ledger in PostgreSQL', () => {
    it('I1, F29, F45: spend no more than each budget', async () => {
      await withDatabase((url) => eachSeed(async (seed) => spend({ ...FEW, seed, databaseUrl: await url() }, none)));
    });

    it('I2, F29, F45: spend no more than each budget and what may be drawn without Redis', async () => {
      await withDatabase((url) => eachSeed(async (seed) => spend({ ...MANY, seed, databaseUrl: await url() }, shares)));
    });

    it('F28, F59: whose Redis comes back empty under a burst spend at most the budget and 5 %', async () => {
      await withDatabase((url) =>
        eachSeed(async (seed) => {
          const result = await emptiedUnderABurst(seed, await url());
          console.info(`Emptied Redis: seed ${seed}, ${figuresOf(result)}`);
          expect(faultsOf(result, { beyond: 0.05, untold: 0 })).toEqual([]);
        }),
      );
    });
  });
});

async function withDatabase(test: (emptyDatabase: () => Promise<string>) => Promise<void>): Promise<void> {
  const postgres = await startPostgres();
  try {
    await test(() => postgres.emptyDatabase());
  } finally {
    await postgres.stop();
  }
}
