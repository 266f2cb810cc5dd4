// What must be true of limits and budgets for every history of outages, over several instances whose clocks differ (I1, I2, I3, I18,
// F50, F64). N is the number of instances, a share is floor(limit / N):
//
//   rates   in any stretch of a window's length <= limit + one share, when the store is away for all and however long
//   money   in a period <= limit + N * floor(5 % of the limit / N), and as much again for each process that was killed meanwhile
//   after   once all is told, what is counted is what was used, no more and no less, also when the store has lost its data

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOTHING } from '../../src/core/windows.ts';
import { LEASE_MS, usedOf, userWindow } from '../contract/windows-at-hand.ts';
import { call, Fleet, type FleetRequest } from '../stores/degraded/fleet.ts';
import type { Fault } from '../stores/degraded/shared-fake.ts';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 200);
const timeout = 20_000 + numRuns * 500;

const HOUR_MS = 3_600_000;
const skew = fc.integer({ min: -HOUR_MS, max: HOUR_MS });
const fleetOf = (...sizes: readonly number[]) =>
  fc.constantFrom(...sizes).chain((size) => fc.array(skew, { minLength: size, maxLength: size }));
const waits = fc.oneof(fc.nat(900), fc.nat(6_000), fc.nat(40_000), fc.constant(62_000));
const faults = fc.constantFrom<Fault>('refused', 'silent', 'lost', 'frozen');
const percents = fc.integer({ min: 0, max: 100 });

type Step =
  | { readonly type: 'asks'; readonly draws: readonly { readonly instance: number; readonly size: number }[] }
  | { readonly type: 'raise'; readonly which: number; readonly percent: number }
  | { readonly type: 'settle'; readonly which: number; readonly percent: number }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'away'; readonly fault: Fault }
  | { readonly type: 'back' }
  | { readonly type: 'blip'; readonly instance: number; readonly size: number; readonly fault: Fault }
  | { readonly type: 'fault'; readonly instance: number; readonly fault: Fault }
  | { readonly type: 'mend'; readonly instance: number }
  | { readonly type: 'slow'; readonly instance: number; readonly ms: number }
  | { readonly type: 'lossy'; readonly instance: number; readonly every: number }
  | { readonly type: 'jump'; readonly instance: number; readonly ms: number }
  | { readonly type: 'empty' }
  | { readonly type: 'crash'; readonly instance: number };

const instance = fc.nat(4);
const draws = fc.array(fc.record({ instance, size: fc.integer({ min: 1, max: 100 }) }), {
  minLength: 1,
  maxLength: 12,
});
const ask = fc.record({ type: fc.constant('asks' as const), draws });
/** All from one: limits are seldom used evenly. */
const lopsided = fc
  .record({ instance, sizes: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 12 }) })
  .map(({ instance: only, sizes }): Step => ({ type: 'asks', draws: sizes.map((size) => ({ instance: only, size })) }));
const raise = fc.record({
  type: fc.constant('raise' as const),
  which: fc.nat(30),
  percent: fc.integer({ min: 101, max: 200 }),
});
const settle = fc.record({ type: fc.constant('settle' as const), which: fc.nat(30), percent: percents });
const wait = fc.record({ type: fc.constant('wait' as const), ms: waits });
const away = fc.record({ type: fc.constant('away' as const), fault: faults });
const back = fc.record({ type: fc.constant('back' as const) });
/** One call of one instance gets no answer. */
const blip = fc.record({
  type: fc.constant('blip' as const),
  instance,
  size: fc.integer({ min: 1, max: 500 }),
  fault: faults,
});
const jump = fc.record({ type: fc.constant('jump' as const), instance, ms: skew });

const outages: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: ask },
  { weight: 4, arbitrary: lopsided },
  { weight: 1, arbitrary: raise },
  { weight: 1, arbitrary: settle },
  { weight: 5, arbitrary: wait },
  { weight: 2, arbitrary: away },
  { weight: 2, arbitrary: back },
  { weight: 1, arbitrary: jump },
  { weight: 1, arbitrary: blip },
);
/** Longer than the window, with draws all along, and a rush when it is over. */
const longOutage = fc
  .record({
    before: fc.array(fc.oneof(ask, lopsided), { maxLength: 3 }),
    meanwhile: fc.array(
      fc.oneof(ask, lopsided, fc.record({ type: fc.constant('wait' as const), ms: fc.nat(20_000) })),
      { maxLength: 8 },
    ),
    last: fc.array(fc.oneof(ask, lopsided), { maxLength: 4 }),
    rush: fc.array(fc.oneof(lopsided, lopsided, fc.record({ type: fc.constant('wait' as const), ms: fc.nat(400) })), {
      minLength: 5,
      maxLength: 25,
    }),
  })
  .map(({ before, meanwhile, last, rush }): Step[] => [
    ...before,
    { type: 'away', fault: 'refused' },
    ...last,
    { type: 'wait', ms: 62_000 },
    ...meanwhile,
    { type: 'wait', ms: 2_000 },
    ...last,
    { type: 'back' },
    ...rush,
  ]);
const troubles: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: outages },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('fault' as const), instance, fault: faults }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('mend' as const), instance }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('slow' as const), instance, ms: fc.constantFrom(0, 5, 30, 49, 60) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('lossy' as const), instance, every: fc.constantFrom(0, 2, 3, 5, 10) }),
  },
);
const losses: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: troubles },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('empty' as const) }) },
);
const deaths: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: losses },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('crash' as const), instance }) },
);
/**
 * Longer than any history. A store knows a settled hold for its lease; a settle whose reply was lost and that is told again later than
 * that counts twice.
 */
const LONG_LEASE_MS = 24 * HOUR_MS;
const histories = (steps: fc.Arbitrary<Step>) => fc.array(steps, { minLength: 5, maxLength: 40 });

async function take(fleet: Fleet, step: Step): Promise<void> {
  const open = fleet.requests.filter(({ actual }) => actual === null);
  const scaled = ({ held }: FleetRequest, percent: number) => {
    const tokens = Math.floor((held.tokens * percent) / 100);
    return call({ tokens, nanoUsd: tokens * 10 });
  };
  const all = [...fleet.instances.keys()];
  switch (step.type) {
    case 'asks':
      return fleet.all(
        step.draws.map(({ instance, size }) => fleet.ask(instance, call({ tokens: size, nanoUsd: size * 10 }))),
      );
    case 'raise': {
      const request = open[step.which % Math.max(1, open.length)];
      return request === undefined ? undefined : fleet.all([fleet.raise(request, scaled(request, step.percent))]);
    }
    case 'settle': {
      const request = open[step.which % Math.max(1, open.length)];
      if (request === undefined) return;
      return fleet.all([fleet.settle(request, { ...scaled(request, step.percent), inFlight: 0 })]);
    }
    case 'wait':
      return fleet.clock.advanceAsync(step.ms);
    case 'away':
      return fleet.fault(all, step.fault);
    case 'back':
      return fleet.fault(all, 'none');
    case 'blip': {
      const { link } = fleet.instances[step.instance % all.length] ?? {};
      if (link === undefined || link.fault !== 'none') return;
      link.fault = step.fault;
      await fleet.all([fleet.ask(step.instance, call({ tokens: step.size, nanoUsd: step.size * 10 }))]);
      link.fault = 'none';
      return fleet.fake.thaw();
    }
    case 'fault':
      return fleet.fault([step.instance], step.fault);
    case 'mend':
      return fleet.fault([step.instance], 'none');
    case 'slow': {
      const { link } = fleet.instances[step.instance % all.length] ?? {};
      if (link !== undefined) link.latencyMs = step.ms;
      return;
    }
    case 'lossy': {
      const { link } = fleet.instances[step.instance % all.length] ?? {};
      if (link !== undefined) link.losesEvery = step.every;
      return;
    }
    case 'jump': {
      const { clock } = fleet.instances[step.instance % all.length] ?? {};
      if (clock !== undefined) clock.skewMs += step.ms;
      return;
    }
    case 'empty':
      return fleet.fake.empty();
    case 'crash':
      return fleet.crash(step.instance % all.length);
  }
}

const PER_MINUTE = userWindow('tokens_per_minute', 1_000);
const BUDGET = userWindow('usd_per_day', 10_000);
const IN_FLIGHT = userWindow('in_flight', 1_000);

/** In any stretch of a minute, from each draw on. */
function mostInAMinute(fleet: Fleet): number {
  const starts = fleet.requests.flatMap(({ draws }) => draws.map(({ atMs }) => atMs));
  return Math.max(0, ...starts.map((atMs) => fleet.drawnSince(atMs, atMs + 60_000).tokens));
}

describe('for every history of outages', { timeout }, () => {
  it('I18, F50, F64: in no stretch of a minute is more admitted than the limit and one share, whatever the clocks say', async () => {
    await fc.assert(
      fc.asyncProperty(fleetOf(1, 2, 3, 5), histories(outages), async (skews, history) => {
        const fleet = new Fleet([PER_MINUTE], skews);
        await fleet.start();
        for (const step of history) {
          await take(fleet, step);
          expect(mostInAMinute(fleet)).toBeLessThanOrEqual(PER_MINUTE.limit + shareOf(PER_MINUTE.limit, skews.length));
        }
        await fleet.close();
      }),
      { numRuns },
    );
  });

  it('I18: nor around the end of an outage that was longer than the window', async () => {
    await fc.assert(
      fc.asyncProperty(fleetOf(2, 3, 5), longOutage, async (skews, history) => {
        const fleet = new Fleet([PER_MINUTE], skews);
        await fleet.start();
        for (const step of history) await take(fleet, step);
        expect(mostInAMinute(fleet)).toBeLessThanOrEqual(PER_MINUTE.limit + shareOf(PER_MINUTE.limit, skews.length));
        await fleet.close();
      }),
      { numRuns },
    );
  });

  it('I1, I2: no more money is admitted than the limit and 5 %, also when each instance loses the store on its own', async () => {
    await fc.assert(
      fc.asyncProperty(fleetOf(1, 2, 3, 5), histories(troubles), async (skews, history) => {
        const fleet = new Fleet([BUDGET, IN_FLIGHT], skews);
        const most = BUDGET.limit + skews.length * Math.floor((0.05 * BUDGET.limit) / skews.length);
        await fleet.start();
        for (const step of history) {
          await take(fleet, step);
          expect(fleet.drawnSince(0).nanoUsd).toBeLessThanOrEqual(most);
        }
        await fleet.close();
      }),
      { numRuns },
    );
  });

  it('I3: once all is told the windows hold what was used, no more and no less, whatever replies were lost', async () => {
    await fc.assert(
      fc.asyncProperty(fleetOf(1, 2, 3), histories(troubles), async (skews, history) => {
        const fleet = new Fleet([BUDGET, IN_FLIGHT], skews, LONG_LEASE_MS);
        await fleet.start();
        for (const step of history) await take(fleet, step);
        await fleet.end();
        expect(fleet.instances.map(({ windows }) => windows.state)).toEqual(skews.map(() => 'shared'));
        const used = await usedOf(fleet.fake.store, [BUDGET, IN_FLIGHT], fleet.clock.nowMs());
        expect(used).toEqual([fleet.drawnSince(0).nanoUsd, 0]);
        await fleet.fake.store.reap(fleet.clock.nowMs() + LONG_LEASE_MS);
        expect(await usedOf(fleet.fake.store, [BUDGET, IN_FLIGHT], fleet.clock.nowMs())).toEqual(used);
        await fleet.close();
      }),
      { numRuns },
    );
  });
});

/** Requests end during an outage of any length, after which the store is empty. */
const lossAfterOutage = fc
  .record({
    before: fc.array(ask, { minLength: 1, maxLength: 3 }),
    meanwhile: fc.array(fc.oneof(ask, settle, settle, wait), { minLength: 1, maxLength: 20 }),
  })
  .map(({ before, meanwhile }): [number, Step[]] => [
    LEASE_MS,
    [...before, { type: 'away', fault: 'refused' }, ...meanwhile, { type: 'empty' }, { type: 'back' }],
  ]);
const anyLoss = histories(losses).map((history): [number, Step[]] => [LONG_LEASE_MS, history]);

describe('for every history in which the store loses its data', { timeout }, () => {
  it('I8b, F28: seeded and told, the windows hold what was used, no more and no less', async () => {
    await fc.assert(
      fc.asyncProperty(fleetOf(1, 2, 3), fc.oneof(anyLoss, lossAfterOutage), async (skews, [leaseMs, history]) => {
        const fleet = new Fleet([BUDGET, IN_FLIGHT], skews, leaseMs);
        await fleet.start();
        for (const step of history) await take(fleet, step);
        await fleet.end();
        // A tenant of whom nobody has told anything since is seeded when it is next asked for.
        await fleet.all([fleet.ask(0, NOTHING)]);
        const [used = 0, inFlight] = await usedOf(fleet.fake.store, [BUDGET, IN_FLIGHT], fleet.clock.nowMs());
        const spent = fleet.drawnSince(0).nanoUsd;
        expect({ used, inFlight }).toEqual({ used: spent, inFlight: 0 });
        await fleet.close();
      }),
      { numRuns },
    );
  });

  it('F59: no more money is admitted than the limit and 5 % for each process that there was', async () => {
    await fc.assert(
      fc.asyncProperty(fleetOf(2, 3), histories(deaths), async (skews, history) => {
        const fleet = new Fleet([BUDGET, IN_FLIGHT], skews);
        await fleet.start();
        for (const step of history) {
          await take(fleet, step);
          const alone = fleet.born * Math.floor((0.05 * BUDGET.limit) / skews.length);
          expect(fleet.drawnSince(0).nanoUsd).toBeLessThanOrEqual(BUDGET.limit + alone);
        }
        await fleet.close();
      }),
      { numRuns },
    );
  });
});

function shareOf(limit: number, instances: number): number {
  return instances === 1 ? 0 : Math.floor(limit / instances);
}
