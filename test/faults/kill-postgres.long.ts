// F44 with the ledger in PostgreSQL, in full: 1,000 kills.

import { expect, it } from 'vitest';
import { describeWithOwnPostgres, startPostgres } from '../servers/postgres.ts';
import { killRounds } from './kill-rounds.ts';

describeWithOwnPostgres('with the ledger in PostgreSQL', () => {
  it('F44: after 1,000 kills at random instants every request that the vendor saw has exactly one ledger row', async () => {
    const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    const server = await startPostgres();
    const progress = (round: number) => {
      if (round % 100 === 0) console.info(`F44 on PostgreSQL: ${round} kills`);
    };
    try {
      const result = await killRounds(1_000, seed, progress, await server.emptyDatabase());
      console.info(
        `F44 on PostgreSQL: seed ${seed}, ${result.rounds} kills, ${result.requestsSeen} requests seen by the vendor, ${result.rows} rows`,
      );
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
