// The first promise as a property of whole lives: whatever the vendor does to however many requests at once, settled and held
// spend together never pass the limit, every attempt has one row, and nothing stays held.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { perToken } from '../../src/core/money.ts';
import { answers, breaks, fails, hangs, price, type Started, type Turn, target, usage, World } from '../world.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 200);
const MAX_TOKENS = 100;

/** Vendors that keep to max tokens: an answer, a refusal, silence, a cut, an answer nobody told the usage of. */
const turn: fc.Arbitrary<Turn> = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: MAX_TOKENS })).map(
    ([input, output]): Turn =>
      (emit, options, request) =>
        answers('done', usage(input, Math.min(output, request.maxTokens ?? 0)))(emit, options, request),
  ),
  fc.constantFrom(
    answers('told nothing', null),
    fails('provider_overloaded', { providerStatus: 503 }),
    fails('provider_timeout'),
    fails('provider_unreachable', { neverSent: true }),
    fails('provider_bad_reply'),
    fails('provider_rejected', { providerStatus: 400 }),
    breaks('half an ans'),
    hangs('begun'),
    hangs(),
  ),
);

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('ask' as const), maxTokens: fc.integer({ min: 1, max: MAX_TOKENS }) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('leave' as const), which: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 20_000 }) }) },
);

describe('a budget', () => {
  it('I1, I4: is never passed, whatever the vendor does to however many requests at once, and nothing stays held', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1_500_000 }),
        fc.array(turn, { minLength: 200, maxLength: 200 }),
        fc.array(step, { minLength: 1, maxLength: 25 }),
        async (limitNanoUsd, turns, steps) => {
          const dearer = target({ model: 'dearer', price: { ...price, output: perToken('5') } });
          const world = new World({
            turns,
            limits: { usd_per_day: limitNanoUsd, in_flight: 32 },
            targets: [target(), dearer],
          });
          const started: Started[] = [];
          for (const each of steps) {
            if (each.type === 'ask')
              started.push(
                world.start({ messages: [{ role: 'user', content: '1234' }], maxTokens: each.maxTokens, cache: 'off' }),
              );
            else if (each.type === 'leave') started[each.which]?.leave();
            await world.clock.advanceAsync(each.type === 'wait' ? each.ms : 0);
            expect(await world.used('usd_per_day')).toBeLessThanOrEqual(limitNanoUsd);
          }
          for (const { leave } of started) leave();
          await world.clock.advanceAsync(300_000);
          await Promise.all(started.map(({ life }) => life));
          await world.clock.advanceAsync(1_000);
          const spent = world.rowList().reduce((sum, row) => sum + (row.costPicoUsd ?? 0n), 0n);
          expect(spent).toBeLessThanOrEqual(BigInt(limitNanoUsd) * 1_000n);
          expect(await world.used('usd_per_day')).toBe(Number(spent / 1_000n));
          expect(await world.used('in_flight')).toBe(0);
          expect(world.rows.size).toBe(world.asked.length);
          expect(world.rowList().filter((row) => row.state === 'open')).toEqual([]);
          for (const { generation } of started) {
            const types: string[] = [];
            generation.subscribe((event) => types.push(event.type));
            expect(types.filter((type) => type === 'response-end' || type === 'error')).toEqual([types.at(-1)]);
          }
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('that fits exactly twenty of fifty requests lets exactly twenty through', async () => {
    const world = new World({
      turns: Array.from({ length: 50 }, () => hangs('x')),
      limits: { usd_per_day: 20 * 203_000, in_flight: 64 },
    });
    const started = Array.from({ length: 50 }, () =>
      world.start({ messages: [{ role: 'user', content: '1234567890' }], maxTokens: 100, cache: 'off' }),
    );
    await world.clock.advanceAsync(0);
    expect(world.asked).toHaveLength(20);
    for (const { leave } of started) leave();
    await Promise.all(started.map(({ life }) => life));
  });
});
