// The first claim when Redis dies and comes back empty under a burst at the edge of a budget, with the ledger in PostgreSQL: no more
// is spent than the budget and what docs/operations.md states for this case.

import { expect, it } from 'vitest';
import { describeWithOwnPostgres, startPostgres } from '../servers/postgres.ts';
import { describeWithOwnRedis } from '../servers/redis.ts';
import { emptiedUnderABurst } from './emptied-redis.ts';
import { drawnSeed } from './seeded-random.ts';
import { faultsOf, figuresOf } from './spending-rounds.ts';

describeWithOwnRedis('four processes whose Redis comes back empty', () => {
  describeWithOwnPostgres('with the ledger in PostgreSQL', () => {
    it('F28, F59: 200 calls at once at the edge of the budget spend at most the budget and 5 %', {
      timeout: 300_000,
    }, async () => {
      const postgres = await startPostgres();
      try {
        const seed = drawnSeed();
        const result = await emptiedUnderABurst(seed, await postgres.emptyDatabase());
        console.info(`Emptied Redis: seed ${seed}, ${figuresOf(result)}`);
        // Nobody is killed here, and PostgreSQL takes every row, so this is all of the sum in operations.md.
        expect(faultsOf(result, { beyond: 0.05, untold: 0 })).toEqual([]);
        expect(result.seen).toBeGreaterThan(result.seenBefore);
      } finally {
        await postgres.stop();
      }
    });
  });
});
