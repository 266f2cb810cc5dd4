// What a row costs is its usage times its price, exactly, however the answer came (I8). PROPERTY_RUNS sets the number of cases;
// fast-check prints the seed of one that fails.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BilledTokens, costOf, type Price, picoUsd, priceIdOf, worstCostOf } from '../../src/core/money.ts';
import { answers, target, World } from '../world.ts';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 200);
const timeout = 10_000 + numRuns * 20;

/** Up to where no float counts any more. */
const count = fc.oneof(fc.nat(5_000), fc.nat(Number.MAX_SAFE_INTEGER));
const told = fc.option(count, { nil: null });
const tokens: fc.Arbitrary<BilledTokens> = fc.record({
  inputTokens: count,
  cacheReadTokens: told,
  cacheWriteTokens: told,
  outputTokens: count,
});
const perTokenPrice = fc.bigInt({ min: 0n, max: 10n ** 9n }).map(picoUsd);
const price: fc.Arbitrary<Price> = fc.record({
  input: perTokenPrice,
  cacheRead: perTokenPrice,
  cacheWrite: perTokenPrice,
  output: perTokenPrice,
  source: fc.constant('a list'),
  from: fc.constant(null),
});

describe('the cost of an attempt', { timeout }, () => {
  it('I8: is the sum of each token at the price of its class: every input token in one class, none for less than nothing', () => {
    fc.assert(
      fc.property(tokens, price, (used, rates) => {
        const cost = costOf(used, rates);
        const atOneRate = (rate: bigint) =>
          costOf(used, { ...rates, input: picoUsd(rate), cacheRead: picoUsd(rate), cacheWrite: picoUsd(rate) });
        const output = BigInt(used.outputTokens) * rates.output;
        expect(atOneRate(7n)).toBe(7n * BigInt(used.inputTokens) + output);
        // Each class by itself, and together they are the whole.
        const only = (name: 'input' | 'cacheRead' | 'cacheWrite') => {
          const nothing = picoUsd(0n);
          const rest = { ...rates, input: nothing, cacheRead: nothing, cacheWrite: nothing, output: nothing };
          return costOf(used, { ...rest, [name]: rates[name] });
        };
        expect(only('input') + only('cacheRead') + only('cacheWrite') + output).toBe(cost);
        expect(cost).toBeGreaterThanOrEqual(0n);
        expect(cost).toBeLessThanOrEqual(worstCostOf(used.inputTokens, used.outputTokens, rates));
      }),
      { numRuns },
    );
  });

  it('I8: of a long prompt is at the price of its length, and never above the worst of a bound that holds it', () => {
    const long = fc.uniqueArray(fc.nat(5_000), { maxLength: 3 }).map((lengths) => lengths.sort((a, b) => a - b));
    const bound = fc.record({ input: fc.nat(6_000), output: fc.nat(6_000) });
    fc.assert(
      fc.property(
        price,
        fc.array(price, { minLength: 3, maxLength: 3 }),
        long,
        bound,
        tokens,
        (base, dearer, lengths, held, told) => {
          const longPrompts = lengths.map((aboveInputTokens, index) => ({
            aboveInputTokens,
            ...base,
            ...dearer[index],
          }));
          const rates = { ...base, longPrompts };
          const used = {
            ...told,
            inputTokens: told.inputTokens % (held.input + 1),
            outputTokens: told.outputTokens % (held.output + 1),
          };
          const own = longPrompts.filter(({ aboveInputTokens }) => used.inputTokens > aboveInputTokens).at(-1) ?? base;
          const { longPrompts: _others, ...flat } = { longPrompts, ...own };
          expect(costOf(used, rates)).toBe(costOf(used, flat));
          expect(costOf(used, rates)).toBeLessThanOrEqual(worstCostOf(held.input, held.output, rates));
        },
      ),
      { numRuns },
    );
  });

  it('I8: is the same for a stream and for a whole answer, and what the row says of its price', async () => {
    const small = fc.nat(90);
    const usage = fc.record({
      inputTokens: small,
      cacheReadTokens: fc.option(small, { nil: null }),
      cacheWriteTokens: fc.option(small, { nil: null }),
      outputTokens: small,
      reasoningTokens: fc.option(small, { nil: null }),
    });
    await fc.assert(
      fc.asyncProperty(usage, price, async (used, rates) => {
        const world = new World({
          turns: [answers('a b', used), answers('a b', used)],
          targets: [target({ price: rates })],
        });
        await world.complete({ cache: 'off' });
        const { life } = world.start({ cache: 'off' });
        await life;
        await world.clock.advanceAsync(1_000);
        const rows = world.rowList();
        expect(rows.map(({ costPicoUsd, priceId }) => [costPicoUsd, priceId])).toEqual(
          Array(2).fill([costOf(used, rates), priceIdOf(rates)]),
        );
      }),
      { numRuns },
    );
  });
});
