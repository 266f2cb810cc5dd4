// What must be true of windows for every history (I1, I3, I4, I18): a model that is too simple to be wrong runs
// beside the store. PROPERTY_RUNS sets the number of histories; fast-check prints the seed of one that fails.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Amounts, Window } from '../../src/core/windows.ts';
import { createMemoryWindows } from '../../src/stores/memory/windows.ts';
import { amounts, LEASE_MS, NOON_MS, nanoUsd, tokens, usedOf, userWindow } from '../contract/windows-at-hand.ts';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 200);
const timeout = 10_000 + numRuns * 50;

const BUDGET = userWindow('usd_per_month', 1_000);
const IN_FLIGHT = userWindow('in_flight', 4);

type Step =
  | { readonly type: 'hold'; readonly id: string; readonly nanoUsd: number }
  | { readonly type: 'settle'; readonly id: string; readonly percent: number }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'reap' };

const ids = fc.constantFrom(...'abcdefgh');
const waits = fc.oneof(fc.nat(5_000), fc.nat(LEASE_MS));
const steps = (mostPercent: number) =>
  fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.record({ type: fc.constant('hold' as const), id: ids, nanoUsd: fc.nat(600) }) },
      {
        weight: 3,
        arbitrary: fc.record({ type: fc.constant('settle' as const), id: ids, percent: fc.nat(mostPercent) }),
      },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: waits }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('reap' as const) }) },
    ),
    { maxLength: 60 },
  );

interface ModelHold {
  state: 'open' | 'expired' | 'settled';
  amount: number;
  leaseEndsAtMs: number;
}

/** One budget and one gauge, kept as a list of holds and nothing else. */
class Model {
  readonly holds = new Map<string, ModelHold>();
  nowMs = NOON_MS;
  /** What was settled beyond what was held. */
  excess = 0;

  get used(): number {
    return [...this.holds.values()].reduce((sum, { amount }) => sum + amount, 0);
  }
  get inFlight(): number {
    return [...this.holds.values()].filter(({ state }) => state === 'open').length;
  }

  hold(id: string, asked: number): boolean {
    const known = this.holds.get(id);
    if (known?.state === 'settled') return true;
    const before = known?.amount ?? 0;
    const amount = known?.state === 'expired' ? Math.max(before, asked) : asked;
    if (amount > before && this.used - before + amount > BUDGET.limit) return false;
    if (known === undefined && this.inFlight >= IN_FLIGHT.limit) return false;
    const leaseEndsAtMs = known?.state === 'expired' ? known.leaseEndsAtMs : this.nowMs + LEASE_MS;
    this.holds.set(id, { state: known?.state ?? 'open', amount, leaseEndsAtMs });
    return true;
  }

  settle(id: string, actual: number): void {
    const known = this.holds.get(id);
    if (known === undefined || known.state === 'settled') return;
    this.excess += Math.max(0, actual - known.amount);
    Object.assign(known, { state: 'settled', amount: actual });
  }

  reap(): string[] {
    const expired = [...this.holds].filter(
      ([, { state, leaseEndsAtMs }]) => state === 'open' && leaseEndsAtMs <= this.nowMs,
    );
    for (const [, hold] of expired) hold.state = 'expired';
    return expired.map(([id]) => id);
  }
}

/** Runs the history on both; they must agree after every step. */
async function run(history: readonly Step[], check: (used: number, model: Model) => void) {
  const store = createMemoryWindows();
  const model = new Model();
  const windows = [BUDGET, IN_FLIGHT];
  for (const step of history) {
    if (step.type === 'wait') model.nowMs += step.ms;
    else if (step.type === 'reap') {
      const reaped = await store.reap(model.nowMs);
      expect(reaped.map(({ holdId }) => holdId).sort()).toEqual(model.reap().sort());
    } else if (step.type === 'settle') {
      const actual = Math.floor(((model.holds.get(step.id)?.amount ?? 100) * step.percent) / 100);
      await store.settle(step.id, nanoUsd(actual), model.nowMs);
      model.settle(step.id, actual);
    } else {
      const known = model.holds.get(step.id);
      // A settled id is known for its lease; what comes later than that is another request's.
      if (known?.state === 'settled' && known.leaseEndsAtMs <= model.nowMs) continue;
      const { granted } = await store.hold(
        step.id,
        windows,
        amounts({ nanoUsd: step.nanoUsd, inFlight: 1 }),
        model.nowMs,
        LEASE_MS,
      );
      expect(granted).toBe(model.hold(step.id, step.nanoUsd));
    }
    const [used = Number.NaN, inFlight] = await usedOf(store, windows, model.nowMs);
    expect({ used, inFlight }).toEqual({ used: model.used, inFlight: model.inFlight });
    check(used, model);
  }
  return { store, model, windows };
}

describe('for every history of holds and settles', { timeout }, () => {
  it('I1: settled and open together never pass the limit, as long as no vendor bills more than was held', async () => {
    await fc.assert(
      fc.asyncProperty(steps(100), async (history) => {
        await run(history, (used) => expect(used).toBeLessThanOrEqual(BUDGET.limit));
      }),
      { numRuns },
    );
  });

  it('I1: what vendors bill beyond that is booked, and nothing else passes the limit', async () => {
    await fc.assert(
      fc.asyncProperty(steps(300), async (history) => {
        await run(history, (used, { excess }) => expect(used).toBeLessThanOrEqual(BUDGET.limit + excess));
      }),
      { numRuns },
    );
  });

  it('I1: any number of callers at once get together no more than there is, and all that there is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 60 }), async (asked) => {
        const store = createMemoryWindows();
        const results = await Promise.all(
          asked.map((amount, id) => store.hold(`${id}`, [BUDGET], nanoUsd(amount), NOON_MS, LEASE_MS)),
        );
        const granted = asked.filter((_, id) => results[id]?.granted).reduce((sum, amount) => sum + amount, 0);
        expect(granted).toBeLessThanOrEqual(BUDGET.limit);
        for (const [id, amount] of asked.entries()) {
          if (results[id]?.granted === false) expect(granted + amount).toBeGreaterThan(BUDGET.limit);
        }
      }),
      { numRuns },
    );
  });

  it('I3: repeating any step changes neither the figures nor what is granted next', async () => {
    await fc.assert(
      fc.asyncProperty(steps(200), fc.array(fc.nat(3), { maxLength: 60 }), async (history, repeats) => {
        const plain = await run(history, () => {});
        const repeated = await run(
          history.flatMap((step, index) =>
            step.type === 'wait' ? [step] : Array<Step>(1 + (repeats[index] ?? 0)).fill(step),
          ),
          () => {},
        );
        const states = async ({ store, model, windows }: typeof plain) => store.states(windows, model.nowMs);
        // A settle in percent of what is held means another amount the second time; the second time has no effect.
        expect(await states(repeated)).toEqual(await states(plain));
      }),
      { numRuns },
    );
  });

  it('I4: nothing is held any more when every request has ended, or its lease has', async () => {
    await fc.assert(
      fc.asyncProperty(steps(100), async (history) => {
        const { store, model, windows } = await run(history, () => {});
        model.nowMs += LEASE_MS;
        await store.reap(model.nowMs);
        model.reap();
        expect(await usedOf(store, windows, model.nowMs)).toEqual([model.used, 0]);
        expect(await store.reap(model.nowMs + LEASE_MS)).toEqual([]);
        for (const id of model.holds.keys()) await store.settle(id, amounts({}), model.nowMs);
        const settled = [...model.holds.values()].filter(({ state }) => state === 'settled');
        const spent = settled.reduce((sum, { amount }) => sum + amount, 0);
        expect(await usedOf(store, windows, model.nowMs)).toEqual([spent, 0]);
      }),
      { numRuns },
    );
  });
});

interface Draw {
  readonly atMs: number;
  count: number;
}

const traffic = fc.array(
  fc.record({ id: ids, waitMs: fc.oneof(fc.nat(900), fc.nat(30_000)), count: fc.nat(120), settles: fc.boolean() }),
  { maxLength: 80 },
);

/** For each hold its draws as they grew, so that a raise counts from its own moment, and what came back is gone. */
async function admittedDraws(
  window: Window,
  history: readonly { id: string; waitMs: number; count: number; settles: boolean }[],
) {
  const store = createMemoryWindows();
  const draws = new Map<string, Draw[]>();
  const settled = new Set<string>();
  let nowMs = NOON_MS + 123;
  const setTo = (id: string, count: number) => {
    const own = draws.get(id) ?? [];
    draws.set(id, own);
    const before = own.reduce((sum, draw) => sum + draw.count, 0);
    if (count > before) own.push({ atMs: nowMs, count: count - before });
    for (let over = before - count; over > 0; ) {
      const last = own.at(-1);
      if (last === undefined) break;
      const back = Math.min(over, last.count);
      last.count -= back;
      over -= back;
      if (last.count === 0) own.pop();
    }
    return before;
  };
  for (const { id, waitMs, count, settles } of history) {
    nowMs += waitMs;
    if (settled.has(id)) continue;
    const held = (draws.get(id) ?? []).reduce((sum, draw) => sum + draw.count, 0);
    if (settles) {
      if (!draws.has(id)) continue;
      const actual: Amounts = tokens(Math.min(held, count));
      await store.settle(id, actual, nowMs);
      setTo(id, actual.tokens);
      settled.add(id);
    } else if ((await store.hold(id, [window], tokens(count), nowMs, 24 * 3_600_000)).granted) setTo(id, count);
  }
  return [...draws.values()].flat();
}

describe('for every traffic', { timeout }, () => {
  it('I18: in no stretch of a minute is more admitted than the limit, with raises and what came back counted exactly', async () => {
    const window = userWindow('tokens_per_minute', 100);
    await fc.assert(
      fc.asyncProperty(traffic, async (history) => {
        const draws = await admittedDraws(window, history);
        for (const { atMs: startMs } of draws) {
          const inStretch = draws.filter(({ atMs }) => atMs >= startMs && atMs <= startMs + 60_000);
          expect(inStretch.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(window.limit);
        }
      }),
      { numRuns },
    );
  });

  it('I18: nobody is refused who would fit into the minute and the slot that have passed', async () => {
    const window = userWindow('tokens_per_minute', 100);
    const calls = fc.array(fc.record({ waitMs: fc.nat(30_000), count: fc.integer({ min: 1, max: 100 }) }), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(calls, async (history) => {
        const store = createMemoryWindows();
        const admitted: Draw[] = [];
        let nowMs = NOON_MS;
        for (const [id, { waitMs, count }] of history.entries()) {
          nowMs += waitMs;
          const result = await store.hold(`${id}`, [window], tokens(count), nowMs, LEASE_MS);
          const recent = admitted
            .filter(({ atMs }) => atMs > nowMs - 61_000)
            .reduce((sum, draw) => sum + draw.count, 0);
          if (result.granted) admitted.push({ atMs: nowMs, count });
          else {
            expect(recent + count).toBeGreaterThan(window.limit);
            const fitsAtMs = result.refused.resetsAtMs ?? 0;
            const trial = (atMs: number) => store.states([{ ...window, limit: window.limit - count + 1 }], atMs);
            expect(await trial(fitsAtMs)).toMatchObject([{ resetsAtMs: null }]);
          }
        }
      }),
      { numRuns },
    );
  });
});
