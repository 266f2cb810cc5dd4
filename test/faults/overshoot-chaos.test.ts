// The first claim while processes are killed and replies of Redis are lost: no budget is passed. More seeds: overshoot.long.ts.

import { expect, it } from 'vitest';
import { describeWithOwnPostgres, startPostgres } from '../servers/postgres.ts';
import { describeWithOwnRedis } from '../servers/redis.ts';
import { drawnSeed } from './seeded-random.ts';
import { faultsOf, figuresOf, spendingRounds } from './spending-rounds.ts';

const ROUNDS = 8;
/** One hold is more than the 5 % that may be drawn without Redis: then the budget itself is the bound. */
const STRICT = { rounds: ROUNDS, tenants: 24, fit: 19 };

describeWithOwnRedis('four processes that are killed and do not always hear Redis', () => {
  describeWithOwnPostgres('with the ledger in PostgreSQL', () => {
    it('I1, F29, F45: spend no more than each budget, and leave no hold and no open row', {
      timeout: 300_000,
    }, async () => {
      const postgres = await startPostgres();
      try {
        const seed = drawnSeed();
        const result = await spendingRounds({ ...STRICT, seed, databaseUrl: await postgres.emptyDatabase() });
        console.info(`Spending: seed ${seed}, ${result.kills} kills, ${result.drops} losses, ${figuresOf(result)}`);
        expect(faultsOf(result)).toEqual([]);
      } finally {
        await postgres.stop();
      }
    });
  });
});
