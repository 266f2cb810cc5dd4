// F55: the price list changes while a call is under way.

import { describe, expect, it } from 'vitest';
import { perToken, priceIdOf } from '../../src/core/money.ts';
import { reprice } from '../../src/ledger/reprice.ts';
import { openSqliteLedger } from '../../src/stores/sqlite/ledger.ts';
import { answers, price, type Turn, target, usage, World } from '../world.ts';

const dearer = { ...price, output: perToken('20'), source: 'a later list' };

describe('a price list that changes while a call is under way', () => {
  it('F55: the row keeps the price it was held with, the next call has the new one, and repricing mends the first', async () => {
    const targets = [target()];
    let finish = () => {};
    const slow: Turn = async (emit, options, request) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      await answers('done', usage(10, 5))(emit, options, request);
    };
    const world = new World({ turns: [slow, answers('done', usage(10, 5))], targets, limits: { usd_per_day: 1e9 } });
    const first = world.start({ cache: 'off' });
    await world.clock.advanceAsync(1);
    expect(world.asked).toHaveLength(1);
    targets.splice(0, 1, target({ price: dearer }));
    finish();
    await first.life;
    await world.complete({ cache: 'off' });
    expect(world.rowList().map(({ priceId, costPicoUsd }) => [priceId, costPicoUsd])).toEqual([
      [priceIdOf(price), 20_000_000n],
      [priceIdOf(dearer), 110_000_000n],
    ]);
    expect(await world.used('usd_per_day')).toBe(130_000);

    const ledger = openSqliteLedger(':memory:', world.clock);
    await ledger.write(world.rowList());
    const period = { fromMs: 0, toMs: world.clock.nowMs() + 1, dryRun: false };
    expect(await reprice(ledger, () => dearer, period, world.clock)).toEqual({
      attempts: 2,
      corrected: 1,
      unpriced: 0,
      unsettled: 0,
      beforePicoUsd: 130_000_000n,
      afterPicoUsd: 220_000_000n,
    });
    expect((await ledger.rows({ limit: 1 })).rows[0]).toMatchObject({ priceId: priceIdOf(price) });
    await ledger.close();
  });
});
