// F44 in full: 1,000 kills. Its figure stands in docs/benchmarks.md.

import { expect, it } from 'vitest';
import { killRounds } from './kill-rounds.ts';

it('F44: after 1,000 kills at random instants every request that the vendor saw has exactly one ledger row', async () => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const result = await killRounds(1_000, seed, (round) => {
    if (round % 100 === 0) console.info(`F44: ${round} kills`);
  });
  console.info(
    `F44: seed ${seed}, ${result.rounds} kills, ${result.requestsSeen} requests seen by the vendor, ${result.rows} rows`,
  );
  expect({ missing: result.missing, invented: result.invented, open: result.open }).toEqual({
    missing: [],
    invented: [],
    open: [],
  });
});
