// F44 with the ledger in PostgreSQL, in small: 40 kills. The thousand are `npm run test:long`.

import { expect, it } from 'vitest';
import { describeWithOwnPostgres, startPostgres } from '../servers/postgres.ts';
import { killRounds } from './kill-rounds.ts';

describeWithOwnPostgres('with the ledger in PostgreSQL', () => {
  it('F44: after 40 kills at random instants every request that the vendor saw has exactly one ledger row', {
    timeout: 300_000,
  }, async () => {
    const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    const server = await startPostgres();
    try {
      const result = await killRounds(40, seed, undefined, await server.emptyDatabase());
      console.info(
        `F44 on PostgreSQL: seed ${seed}, ${result.rounds} kills, ${result.requestsSeen} requests seen by the vendor, ${result.rows} rows`,
      );
      expect(result.requestsSeen).toBeGreaterThan(40);
      expect({ missing: result.missing, invented: result.invented, open: result.open }).toEqual({
        missing: [],
        invented: [],
        open: [],
      });
    } finally {
      await server.stop();
    }
  });
});
