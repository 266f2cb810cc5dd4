// The stories of a call that its budget's day, or its hold's lease, does not outlive. What the windows do then every store is held to
// by the contract suite, Redis included; here it is what the life of a request makes of it.

import { describe, expect, it } from 'vitest';
import { perToken } from '../src/core/money.ts';
import type { Window } from '../src/core/windows.ts';
import { createDegradedWindows } from '../src/stores/degraded/windows.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { isOutage, SharedFake } from './stores/degraded/shared-fake.ts';
import { answers, fails, price, type Turn, target, usage, World, type WorldOptions } from './world.ts';

const HOUR_MS = 3_600_000;
const MIDNIGHT_MS = Date.parse('2026-11-19T00:00:00Z');
const ANSWER = answers('Because it is so.', usage(10, 5));
/** 10 tokens in at 1,000 nano-dollars, 5 out at 2,000. */
const COST_NANO_USD = 20_000;

/** A world some time before midnight, and a vendor that answers when the story lets it. */
function before(beforeMs: number) {
  const asked = Promise.withResolvers<void>();
  const free = Promise.withResolvers<void>();
  const turn: Turn = async (...told) => {
    asked.resolve();
    await free.promise;
    await ANSWER(...told);
  };
  const clock = new SimulatedClock(MIDNIGHT_MS - beforeMs);
  const world = new World({ turns: [turn, ANSWER], limits: { usd_per_day: 500_000, in_flight: 1 }, clock });
  const windows = world.parts.policy.windowsOf({ tenant: 'default', userId: 'ann' });
  const used = async (atMs: number, name: Window['name'] = 'usd_per_day') => {
    const states = await world.windows.states(windows, atMs);
    return states.find(({ window }) => window.name === name)?.used;
  };
  return { world, clock, used, asked: asked.promise, answer: free.resolve };
}

describe('a day that ends between hold and settle', () => {
  it('is charged what was used, and the new day nothing', async () => {
    const { world, clock, used, asked, answer } = before(1_000);
    const { life } = world.start();
    await asked;
    await clock.advanceAsync(2_000);
    expect(await used(MIDNIGHT_MS)).toBe(0);
    answer();
    await life;
    expect([await used(MIDNIGHT_MS - 1), await used(clock.nowMs())]).toEqual([COST_NANO_USD, 0]);
    // Reports and windows go by the same day.
    expect(world.rowList().map(({ heldAtMs }) => heldAtMs)).toEqual([MIDNIGHT_MS - 1_000]);
  });
});

describe('a settle after the lease’s end', () => {
  it('corrects what the reaper charged in full, once', async () => {
    const { world, clock, used, asked, answer } = before(12 * HOUR_MS);
    const { life } = world.start();
    await asked;
    await clock.advanceAsync(HOUR_MS);
    const [expired, ...more] = await world.windows.reap(clock.nowMs());
    expect(more).toEqual([]);
    expect([await used(clock.nowMs()), await used(clock.nowMs(), 'in_flight')]).toEqual([expired?.amounts.nanoUsd, 0]);
    answer();
    await life;
    expect([await used(clock.nowMs()), await used(clock.nowMs(), 'in_flight')]).toEqual([COST_NANO_USD, 0]);
    expect(await world.windows.reap(clock.nowMs() + HOUR_MS)).toEqual([]);
  });
});

describe('a call that can cost more than its whole budget as it stands', () => {
  it('is lowered while the rest affords that, and then told to wait for the next day, when it would be again', async () => {
    const clock = new SimulatedClock(MIDNIGHT_MS - HOUR_MS);
    const world = new World({ turns: Array(60).fill(ANSWER), limits: { usd_per_day: 700_000 }, clock });
    const long = { cache: 'off', maxTokens: 1_000 } as const;
    let answered = 0;
    const refused = async (): Promise<unknown> => {
      try {
        for (; answered < 50; answered++) await world.complete(long);
      } catch (error) {
        return error;
      }
      return null;
    };
    expect(await refused()).toMatchObject({
      code: 'budget_exceeded',
      detail: { refusal: { window: 'usd_per_day', resetsAtMs: MIDNIGHT_MS } },
      message: expect.stringContaining('Ask for fewer max_tokens, or wait'),
    });
    expect(answered).toBeGreaterThan(0);
    clock.advance(HOUR_MS);
    expect((await world.complete(long)).maxTokens).toMatchObject({ asked: 1_000 });
  });

  it('is told to ask for less where no day could pay for it', async () => {
    const world = new World({ turns: [ANSWER], limits: { usd_per_day: 100_000 } });
    await expect(world.complete({})).rejects.toMatchObject({
      detail: { refusal: { resetsAtMs: null } },
      message: expect.stringMatching(
        /left \$0\.0001\. It can cost more than the whole budget: ask for fewer max_tokens/,
      ),
    });
  });

  it('is not told to ask for a shorter answer where the prompt alone is too dear', async () => {
    const messages = [{ role: 'user' as const, content: 'x'.repeat(1_000) }];
    const never = new World({ limits: { usd_per_day: 100_000 } });
    await expect(never.complete({ messages })).rejects.toMatchObject({
      message: expect.stringMatching(/prompt alone can cost more than the whole budget: send less$/),
    });
    for (const [budget, advice] of [
      [500_000, 'Wait, or send less'],
      [351_000, 'Wait'],
    ] as const) {
      const turns = [answers('costs what was held', usage(251, 50))];
      const today = new World({ turns, limits: { usd_per_day: budget }, policy: { maxTokens: 50 } });
      await today.complete({ messages });
      await expect(today.complete({ messages, cache: 'off' })).rejects.toMatchObject({
        detail: { refusal: { resetsAtMs: expect.any(Number) } },
        message: expect.stringMatching(new RegExp(`starts anew at [^ ]*Z\\. ${advice}$`)),
      });
    }
  });
});

describe('a budget whose store is away', () => {
  /** A share of $0.0025 of ten cents: 5 %, of two instances. */
  async function setUp(turns: number, options: Partial<WorldOptions> = {}) {
    const clock = new SimulatedClock(MIDNIGHT_MS - HOUR_MS);
    const fake = new SharedFake(clock);
    fake.seeded.add('default');
    const shared = fake.connect();
    const about = { instances: () => 2, report: () => {}, seed: async () => {}, isOutage };
    const windows = createDegradedWindows({ shared, clock, ...about });
    const limits = { usd_per_day: 100_000_000, in_flight: 4 };
    const world = new World({ turns: Array(turns).fill(ANSWER), limits, clock, windows, ...options });
    await world.complete({ cache: 'off' });
    shared.fault = 'refused';
    return { world };
  }

  it('I10: lowers max tokens to what may be spent without it, says so, and neither shares nor caches the answer', async () => {
    const { world } = await setUp(4);
    const { maxTokens } = await world.complete({ maxTokens: 20_000 });
    expect(maxTokens).toEqual({ asked: 20_000, sent: 1_249, reason: 'the budget leaves no more' });
    expect(world.asked.at(-1)?.request.maxTokens).toBe(1_249);
    // What it did not use is there for the next; the answer is not.
    const again = await world.complete({ maxTokens: 20_000 });
    expect([again.cached, again.maxTokens?.sent]).toEqual([false, 1_239]);
    expect((await world.complete({ maxTokens: 100 })).maxTokens).toBeNull();
  });

  it.each([
    ['a tool call', { tools: [{ name: 'look' }], maxTokens: 20_000 }],
    ['what would be less than 256 tokens', { messages: [{ role: 'user' as const, content: 'x'.repeat(8_400) }] }],
  ])('never lowers %s: that has to wait, or to ask for less itself', async (_what, request) => {
    const { world } = await setUp(1, { policy: { maxTokens: 1_000 } });
    await expect(world.complete(request)).rejects.toMatchObject({
      code: 'store_unavailable',
      retryAfterMs: 2_000,
      message: expect.stringContaining('$0.0025 that can be spent without it does not cover this request'),
    });
    expect(world.asked).toHaveLength(1);
  });

  it('asks the next target, where the one in between costs more than may be spent without it', async () => {
    const dear = target({ model: 'dear', price: { ...price, output: perToken('100') } });
    const turns = [ANSWER, fails('provider_auth'), ANSWER];
    const { world } = await setUp(0, { turns, targets: [target(), dear, target({ model: 'small' })] });
    expect((await world.complete({ maxTokens: 1_000 })).model).toBe('small');
    expect(world.asked.map(({ model }) => model)).toEqual(['large', 'large', 'small']);
  });
});
