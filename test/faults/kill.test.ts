// F44 in small: 40 kills. The thousand are `npm run test:long`.

import { expect, it } from 'vitest';
import { killRounds } from './kill-rounds.ts';

it('F44: after 40 kills at random instants every request that the vendor saw has exactly one ledger row', {
  timeout: 300_000,
}, async () => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const result = await killRounds(40, seed);
  console.info(
    `F44: seed ${seed}, ${result.rounds} kills, ${result.requestsSeen} requests seen by the vendor, ${result.rows} rows`,
  );
  expect(result.requestsSeen).toBeGreaterThan(40);
  expect({ missing: result.missing, invented: result.invented, open: result.open }).toEqual({
    missing: [],
    invented: [],
    open: [],
  });
});
