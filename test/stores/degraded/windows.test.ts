// What limits and budgets do while the shared store is away, and when it comes back (F26–F29, F33, F59, I1, I2, I3).

import { describe, expect, it } from 'vitest';
import { LLMError } from '../../../src/core/errors.ts';
import type { HoldRefusal } from '../../../src/core/window-store.ts';
import { type Amounts, NOTHING, type Window } from '../../../src/core/windows.ts';
import { createDegradedWindows } from '../../../src/stores/degraded/windows.ts';
import { testWindowStore } from '../../contract/stores.ts';
import {
  amounts,
  HOUR_MS,
  LEASE_MS,
  NOON_MS,
  nanoUsd,
  tenantWindow,
  tokens,
  usedOf,
  userWindow,
} from '../../contract/windows-at-hand.ts';
import { SimulatedClock } from '../../simulated-clock.ts';
import { SkewedClock } from './fleet.ts';
import { isOutage, SharedFake } from './shared-fake.ts';

const PER_MINUTE = userWindow('tokens_per_minute', 100);
const BUDGET = userWindow('usd_per_day', 10_000);
const IN_FLIGHT = userWindow('in_flight', 8);

testWindowStore('over a shared store', async () => {
  const fake = new SharedFake(new SimulatedClock(NOON_MS), false);
  const shared = fake.connect();
  return createDegradedWindows({
    shared,
    instances: () => 3,
    clock: fake.clock,
    report: () => {},
    seed: async (tag, nowMs) => void (await shared.seed(tag, [], [], nowMs)),
    isOutage,
  });
});

interface About {
  /** How wrong the wall clock of the instance is. */
  readonly skewMs?: number;
  readonly instances?: number | (() => number);
  readonly startAtMs?: number;
  readonly seed?: (tag: string) => Promise<void>;
  readonly asOfNow?: (windows: readonly Window[]) => readonly Window[];
}

function setUp(about: About = {}) {
  const clock = new SimulatedClock(about.startAtMs ?? NOON_MS);
  const fake = new SharedFake(clock);
  const shared = fake.connect();
  const told: string[] = [];
  /** Requests that were told as admitted without the store. */
  const admitted: unknown[] = [];
  const seeds: string[] = [];
  const outages: (number | null)[] = [];
  const windows = createDegradedWindows({
    shared,
    instances: typeof about.instances === 'function' ? about.instances : () => Number(about.instances ?? 2),
    clock: new SkewedClock(clock, about.skewMs ?? 0),
    report(_, event, fields) {
      if (event === 'degraded_admission') admitted.push(fields['request_id']);
      else told.push(event);
    },
    seed: async (tag, nowMs) => {
      seeds.push(tag);
      if (about.seed !== undefined) await about.seed(tag);
      await fake.connect().seed(tag, [], [], nowMs);
    },
    outage: (sinceMs) => outages.push(sinceMs),
    ...(about.asOfNow && { asOfNow: about.asOfNow }),
    isOutage,
  });
  /** What a call comes to when nobody waits longer than this. */
  const within = async <T>(ms: number, call: Promise<T>): Promise<T> => {
    const outcome = call.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    await clock.advanceAsync(ms);
    const ended = await Promise.race([outcome, new Promise<null>((resolve) => setImmediate(() => resolve(null)))]);
    if (ended === null) throw new Error(`It still waits after ${ms} ms`);
    if ('error' in ended) throw ended.error;
    return ended.value;
  };
  const ask = (id: string, of: readonly Window[], many: Amounts) =>
    within(160, windows.hold(id, of, many, clock.nowMs(), LEASE_MS));
  /** As a caller who does not ask for less: what is not to be had here is an error. */
  const hold = async (id: string, of: readonly Window[], many: Amounts) => {
    const result = await ask(id, of, many);
    if (isRefused(result) && result.unavailable !== undefined) throw result.unavailable;
    return result;
  };
  const settle = (id: string, actual: Amounts) => within(160, windows.settle(id, actual, clock.nowMs()));
  const used = (of: readonly Window[]) => usedOf(fake.store, of, clock.nowMs());
  /** Draws one by one until it is refused: how many were granted, and with what the next was refused. */
  const drawAll = async (prefix: string, of: readonly Window[], each: Amounts) => {
    for (let count = 0; count < 10_000; count++) {
      const result = await hold(`${prefix}-${count}`, of, each).catch((error: unknown) => error);
      if (result instanceof LLMError) return { count, refusal: result.code, message: result.message };
      if (isRefused(result)) return { count, refusal: result.refused.window.name, message: '' };
    }
    throw new Error('Nothing refuses');
  };
  /** The store goes away, and three calls find it out. */
  const goAway = async (fault: 'refused' | 'silent' | 'lost' | 'frozen' = 'refused') => {
    shared.fault = fault;
    for (let times = 0; times < 3; times++) await within(160, windows.states([BUDGET], clock.nowMs()));
    expect(windows.state).toBe('local');
  };
  const comeBack = async (waitMs = 1_000) => {
    shared.fault = 'none';
    await fake.thaw();
    await clock.advanceAsync(waitMs);
  };
  const asked = { ask, hold, settle, used, drawAll };
  return { clock, fake, shared, windows, told, admitted, seeds, outages, goAway, comeBack, within, ...asked };
}

function isRefused(result: unknown): result is HoldRefusal {
  return typeof result === 'object' && result !== null && 'granted' in result && result.granted === false;
}

describe('while the shared store is away', () => {
  it('F27: three calls find it out, then nobody waits and nobody asks it; one line says so', async () => {
    const { shared, windows, hold, goAway, told, admitted, within, clock } = setUp();
    await hold('before', [BUDGET], nanoUsd(1));
    await goAway('silent');
    const { calls } = shared;
    for (let id = 0; id < 20; id++)
      expect(await within(0, windows.hold(`${id}`, [BUDGET], nanoUsd(1), clock.nowMs(), LEASE_MS))).toMatchObject({
        granted: true,
      });
    expect(shared.calls).toBe(calls);
    await hold('0', [BUDGET], nanoUsd(2));
    expect(told).toEqual(['window_store_away']);
    // Each once, for the metrics: a hold that is raised is the same request.
    expect(admitted).toEqual(Array.from({ length: 20 }, (_, id) => `${id}`));
  });

  it('F59: whoever keeps what is owed hears since when nothing was answered, and when all is told', async () => {
    const { windows, hold, goAway, comeBack, clock, shared, outages } = setUp();
    await hold('before', [BUDGET], nanoUsd(1));
    shared.fault = 'silent';
    const alone = windows.hold('a', [BUDGET], nanoUsd(1), clock.nowMs(), LEASE_MS);
    await clock.advanceAsync(50);
    const { heldAtMs } = await alone.then((result) => (result.granted ? result : { heldAtMs: 0 }));
    await goAway('silent');
    expect(outages).toEqual([heldAtMs]);
    await comeBack();
    expect(outages).toEqual([heldAtMs, null]);
  });

  it('F26: a call that finds it frozen is decided here, within the one deadline', async () => {
    const { shared, windows, hold, clock, within } = setUp();
    await hold('before', [BUDGET], nanoUsd(1));
    shared.fault = 'frozen';
    const result = await within(50, windows.hold('a', [BUDGET], nanoUsd(1), clock.nowMs(), LEASE_MS));
    expect(result).toMatchObject({ granted: true });
    expect(windows.state).toBe('shared');
  });

  it('a window gives a share of its share until what was drawn before counts no more, then its share', async () => {
    const { drawAll, goAway, clock } = setUp({ instances: 2 });
    await goAway();
    expect(await drawAll('young', [PER_MINUTE], tokens(1))).toMatchObject({ count: 25, refusal: 'store_unavailable' });
    await clock.advanceAsync(62_000);
    expect(await drawAll('old', [PER_MINUTE], tokens(1))).toMatchObject({ count: 50, refusal: 'store_unavailable' });
  });

  it('what this instance has drawn through the store counts for its share', async () => {
    const { hold, drawAll, goAway } = setUp({ instances: 2 });
    await hold('before', [PER_MINUTE], tokens(45));
    await goAway();
    expect(await drawAll('alone', [PER_MINUTE], tokens(1))).toMatchObject({ count: 5, refusal: 'store_unavailable' });
  });

  it('calls in flight have their share at once', async () => {
    const { drawAll, settle, goAway } = setUp({ instances: 2 });
    await goAway();
    const call = amounts({ inFlight: 1 });
    expect(await drawAll('a', [IN_FLIGHT], call)).toMatchObject({ count: 4, refusal: 'store_unavailable' });
    await settle('a-0', NOTHING);
    expect(await drawAll('b', [IN_FLIGHT], call)).toMatchObject({ count: 1, refusal: 'store_unavailable' });
  });

  it('the refusal names the window, says that its store is away, and when to ask again', async () => {
    const { hold, goAway } = setUp({ instances: 2 });
    await goAway();
    const refusal = await hold('a', [BUDGET], nanoUsd(1)).catch((error) => error);
    expect(refusal).toMatchObject({ code: 'store_unavailable', status: 503, retryAfterMs: 2_000 });
    expect(refusal.message).toContain('usd_per_day of this user is away');
  });

  it.each([
    [userWindow('requests_per_minute', 0), 'no more calls can be let through'],
    [userWindow('in_flight', 0), 'no more calls can be under way at once'],
    [PER_MINUTE, 'the 25 tokens that can be used without it do not cover this request; ask for fewer max_tokens'],
    [BUDGET, 'the $0.00000025 that can be spent without it does not cover this request; ask for fewer max_tokens'],
  ])('and what of it ran out, so that nobody asks for fewer tokens in vain (%#)', async (window, words) => {
    const { hold, goAway } = setUp({ instances: 2 });
    await hold('before', [BUDGET], nanoUsd(1));
    await goAway();
    // A share of one is none.
    const limited = window.limit === 0 ? { ...window, limit: 1 } : window;
    const many = amounts({ requests: 1, inFlight: 1, tokens: 26, nanoUsd: 251 });
    const refusal = await hold('a', [limited], many).catch((error) => error);
    expect(refusal.message).toContain(words);
    expect(refusal.message.includes('max_tokens')).toBe(window.limit > 0);
  });

  it('I2: a refusal tells what may be used here, and the same hold may be asked for that', async () => {
    const { ask, hold, settle, goAway, comeBack, used } = setUp({ instances: 2 });
    const both = [BUDGET, IN_FLIGHT];
    const call = (many: number) => amounts({ nanoUsd: many, inFlight: 1 });
    await hold('before', both, call(1));
    await goAway();
    await hold('a', both, call(0));
    const refused = await ask('a', both, call(300));
    expect(refused).toMatchObject({ granted: false, refused: { window: BUDGET, remaining: 250 } });
    expect(refused.windows.map(({ remaining }) => remaining)).toEqual([250, 2]);
    await expect(hold('b', both, call(251))).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await ask('a', both, call(250))).toMatchObject({ granted: true });
    expect(await ask('b', both, call(1))).toMatchObject({ granted: false, refused: { remaining: 0 } });
    await comeBack();
    expect(await used(both)).toEqual([251, 2]);
    await settle('a', nanoUsd(40));
    expect(await used(both)).toEqual([41, 1]);
  });

  it.each(['lost', 'silent'] as const)(
    'I2: also when the store did not answer (%s) and answers the second time',
    async (fault) => {
      const { ask, hold, settle, shared, used } = setUp({ instances: 2 });
      await hold('a', [BUDGET], nanoUsd(0));
      shared.fault = fault;
      expect(await ask('a', [BUDGET], nanoUsd(9_000))).toMatchObject({ granted: false, refused: { remaining: 250 } });
      shared.fault = 'none';
      expect(await ask('a', [BUDGET], nanoUsd(250))).toMatchObject({ granted: true });
      expect(await used([BUDGET])).toEqual([250]);
      expect(await ask('b', [BUDGET], nanoUsd(9_751))).toMatchObject({ granted: false, refused: { remaining: 9_750 } });
      await settle('a', nanoUsd(3));
      expect(await used([BUDGET])).toEqual([3]);
    },
  );

  it('where the own draws fill the whole limit the refusal is the ordinary one', async () => {
    const { hold, goAway } = setUp({ instances: 2 });
    await hold('before', [PER_MINUTE], tokens(90));
    await goAway();
    const refused = await hold('a', [PER_MINUTE], tokens(11));
    expect(refused).toMatchObject({
      granted: false,
      refused: { window: PER_MINUTE, used: 90, remaining: 10, resetsAtMs: NOON_MS + 61_000 },
      // What may be drawn here is less: its share is used up.
      windows: [{ remaining: 0 }],
    });
    await expect(hold('b', [PER_MINUTE], tokens(10))).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await hold('c', [PER_MINUTE], tokens(101))).toMatchObject({ refused: { resetsAtMs: null } });
  });

  it('a lone instance has the whole limit, and no more', async () => {
    const { hold, drawAll, goAway } = setUp({ instances: 1 });
    await hold('before', [PER_MINUTE], tokens(40));
    await goAway();
    expect(await drawAll('a', [PER_MINUTE], tokens(1))).toMatchObject({ count: 60, refusal: 'tokens_per_minute' });
  });

  it('takes all windows or none: what a share refuses leaves no trace', async () => {
    const { hold, drawAll, goAway } = setUp({ instances: 2 });
    const both = [PER_MINUTE, IN_FLIGHT];
    await goAway();
    await expect(hold('a', both, amounts({ tokens: 26, inFlight: 1 }))).rejects.toMatchObject({ status: 503 });
    expect(await drawAll('b', [IN_FLIGHT], amounts({ inFlight: 1 }))).toMatchObject({ count: 4 });
    await expect(hold('c', both, amounts({ tokens: 1, inFlight: 1 }))).rejects.toMatchObject({ status: 503 });
    expect(await drawAll('d', [PER_MINUTE], tokens(1))).toMatchObject({ count: 25 });
  });

  it('says what may still be drawn here', async () => {
    const { hold, goAway, windows, clock } = setUp({ instances: 2 });
    await hold('before', [PER_MINUTE, BUDGET], amounts({ tokens: 10, nanoUsd: 9_990 }));
    await goAway();
    const { windows: states } = await hold('a', [PER_MINUTE, BUDGET], amounts({ tokens: 20, nanoUsd: 2 }));
    expect(states.map(({ window, remaining }) => [window.limit, remaining])).toEqual([
      [100, 5],
      [10_000, 8],
    ]);
    expect(await windows.states([BUDGET], clock.nowMs())).toMatchObject([{ remaining: 8 }]);
  });
});

describe('money while the shared store is away', () => {
  it('I2: is at most 5 % of the budget, divided by the instances', async () => {
    const { hold, drawAll, goAway } = setUp({ instances: 2 });
    await hold('before', [BUDGET], nanoUsd(1));
    await goAway();
    expect(await drawAll('a', [BUDGET], nanoUsd(10))).toMatchObject({ count: 25, refusal: 'store_unavailable' });
  });

  it('I2: is never above the rest that the store told last', async () => {
    const { hold, drawAll, goAway, fake, clock } = setUp({ instances: 2 });
    await hold('before', [BUDGET], nanoUsd(30));
    await fake.connect().hold('of another', [BUDGET], nanoUsd(9_800), clock.nowMs(), LEASE_MS);
    await hold('last', [BUDGET], nanoUsd(100));
    await goAway();
    expect(await drawAll('a', [BUDGET], nanoUsd(10))).toMatchObject({ count: 7, refusal: 'store_unavailable' });
  });

  it('I2: is nothing where the store has told nothing in this period', async () => {
    const { drawAll, goAway } = setUp({ instances: 2 });
    await goAway();
    const other = userWindow('usd_per_month', 10_000);
    expect(await drawAll('a', [other], nanoUsd(10))).toMatchObject({ count: 0, refusal: 'store_unavailable' });
  });

  it('I2: of a period that began meanwhile it is 5 % of the whole', async () => {
    const { hold, drawAll, goAway, clock } = setUp({ instances: 2, startAtMs: NOON_MS + 12 * HOUR_MS - 10_000 });
    await hold('before', [BUDGET], nanoUsd(10_000));
    await goAway();
    expect(await drawAll('a', [BUDGET], nanoUsd(10))).toMatchObject({ count: 0 });
    await clock.advanceAsync(10_000);
    expect(await drawAll('b', [BUDGET], nanoUsd(10))).toMatchObject({ count: 25 });
  });

  it('I2: is 5 % in a period however often the store goes away', async () => {
    const { hold, drawAll, goAway, comeBack, clock } = setUp({ instances: 2 });
    await hold('before', [BUDGET], nanoUsd(1));
    await goAway();
    expect(await drawAll('a', [BUDGET], nanoUsd(10))).toMatchObject({ count: 25 });
    await comeBack();
    await clock.advanceAsync(HOUR_MS);
    await goAway();
    expect(await drawAll('b', [BUDGET], nanoUsd(10))).toMatchObject({ count: 0 });
  });

  it('what a settle gives back can be drawn again, and a raise draws only what it adds', async () => {
    const { hold, settle, goAway } = setUp({ instances: 2 });
    await hold('a', [BUDGET], nanoUsd(1_000));
    await goAway();
    await hold('a', [BUDGET], nanoUsd(1_250));
    await expect(hold('b', [BUDGET], nanoUsd(1))).rejects.toMatchObject({ status: 503 });
    await settle('a', nanoUsd(1_100));
    await hold('b', [BUDGET], nanoUsd(150));
    await expect(hold('c', [BUDGET], nanoUsd(1))).rejects.toMatchObject({ status: 503 });
  });
});

describe('when the shared store is back', () => {
  it('it decides again, told of all that was held and settled meanwhile; one line says so', async () => {
    const { windows, hold, settle, used, goAway, comeBack, told } = setUp({ instances: 2 });
    const both = [BUDGET, IN_FLIGHT];
    for (const id of ['kept', 'raised', 'ended']) await hold(id, both, amounts({ nanoUsd: 100, inFlight: 1 }));
    await goAway();
    await hold('raised', both, amounts({ nanoUsd: 150, inFlight: 1 }));
    await settle('ended', nanoUsd(30));
    await hold('new', both, amounts({ nanoUsd: 7, inFlight: 1 }));
    await settle('raised', nanoUsd(140));
    expect(await used(both)).toEqual([300, 3]);
    await comeBack();
    expect(windows.state).toBe('shared');
    expect(await used(both)).toEqual([100 + 140 + 30 + 7, 2]);
    await settle('kept', nanoUsd(1));
    await settle('new', nanoUsd(5));
    expect(await used(both)).toEqual([1 + 140 + 30 + 5, 0]);
    expect(told).toEqual(['window_store_away', 'window_store_back']);
  });

  it('an instance that is told at first that it is the only one takes no larger share', async () => {
    let instances = 4;
    const { drawAll, goAway, clock } = setUp({ instances: () => instances });
    await goAway();
    await clock.advanceAsync(62_000);
    instances = 1;
    expect(await drawAll('a', [PER_MINUTE], tokens(1))).toMatchObject({ count: 25 });
    await clock.advanceAsync(31_000);
    expect(await drawAll('b', [PER_MINUTE], tokens(1))).toMatchObject({ count: 75 });
  });

  it('F50: what was drawn here counts when it was drawn by the clock of the store, whatever the clock here says', async () => {
    const { hold, used, goAway, comeBack, clock, drawAll } = setUp({ instances: 1, skewMs: -5 * 60_000 });
    await hold('before', [PER_MINUTE, BUDGET], amounts({ tokens: 1, nanoUsd: 1 }));
    await goAway();
    await hold('alone', [PER_MINUTE, BUDGET], amounts({ tokens: 60, nanoUsd: 400 }));
    await comeBack();
    expect(await used([PER_MINUTE, BUDGET])).toEqual([61, 401]);
    expect(await drawAll('a', [PER_MINUTE], tokens(1))).toMatchObject({ count: 39, refusal: 'tokens_per_minute' });
    await clock.advanceAsync(62_000);
    expect(await used([PER_MINUTE])).toEqual([0]);
  });

  it('F50: and on the day of the store', async () => {
    const midnightMs = NOON_MS + 12 * HOUR_MS;
    const { hold, settle, fake, goAway, comeBack } = setUp({ startAtMs: midnightMs - 10_000, skewMs: HOUR_MS });
    await hold('before', [BUDGET], nanoUsd(1));
    await goAway();
    await hold('alone', [BUDGET], nanoUsd(100));
    await comeBack(20_000);
    await settle('alone', nanoUsd(70));
    expect(await usedOf(fake.store, [BUDGET], midnightMs - 1)).toEqual([71]);
    expect(await usedOf(fake.store, [BUDGET], midnightMs)).toEqual([0]);
  });

  it('a hold that was raised meanwhile and is still open is known with what it has', async () => {
    const { hold, used, goAway, comeBack } = setUp({ instances: 2 });
    await hold('a', [BUDGET], nanoUsd(100));
    await goAway();
    await hold('a', [BUDGET], nanoUsd(150));
    await comeBack();
    expect(await used([BUDGET])).toEqual([150]);
  });

  it.each(['lost', 'frozen'] as const)(
    'F29: what it had done though the reply was %s is not counted twice',
    async (fault) => {
      const { shared, hold, settle, used, comeBack, clock, windows } = setUp({ instances: 2 });
      const both = [BUDGET, IN_FLIGHT];
      await hold('a', both, amounts({ nanoUsd: 100, inFlight: 1 }));
      shared.fault = fault;
      await hold('b', both, amounts({ nanoUsd: 50, inFlight: 1 }));
      await hold('a', both, amounts({ nanoUsd: 120, inFlight: 1 }));
      await settle('a', nanoUsd(110));
      await expect(hold('c', both, amounts({ nanoUsd: 500, inFlight: 1 }))).rejects.toMatchObject({ status: 503 });
      await comeBack(2_000);
      expect(windows.state).toBe('shared');
      expect(await used(both)).toEqual([160, 1]);
      await settle('b', nanoUsd(20));
      expect(await used(both)).toEqual([130, 0]);
      await clock.advanceAsync(2 * LEASE_MS);
      expect(await windows.reap(clock.nowMs())).toEqual([]);
    },
  );

  it('F29: one lost reply is made good without anybody going away', async () => {
    const { shared, hold, settle, used, clock, windows, told } = setUp({ instances: 2 });
    await hold('a', [BUDGET], nanoUsd(100));
    shared.fault = 'silent';
    const alone = windows.hold('b', [BUDGET], nanoUsd(50), clock.nowMs(), LEASE_MS);
    await clock.advanceAsync(50);
    expect(await alone).toMatchObject({ granted: true });
    shared.fault = 'none';
    expect(await used([BUDGET])).toEqual([100]);
    await clock.advanceAsync(100);
    expect(await used([BUDGET])).toEqual([150]);
    shared.fault = 'silent';
    await settle('b', nanoUsd(10));
    shared.fault = 'none';
    await clock.advanceAsync(1_000);
    expect(await used([BUDGET])).toEqual([110]);
    expect([windows.state, told]).toEqual(['shared', []]);
  });

  it('a raise right after a lost reply finds the hold that was made here', async () => {
    const { shared, hold, used, windows, clock } = setUp({ instances: 2 });
    await hold('other', [BUDGET], nanoUsd(1));
    shared.fault = 'silent';
    const alone = windows.hold('a', [BUDGET], nanoUsd(50), clock.nowMs(), LEASE_MS);
    await clock.advanceAsync(50);
    const { heldAtMs } = await alone.then((result) => (result.granted ? result : { heldAtMs: 0 }));
    shared.fault = 'none';
    expect(await hold('a', [BUDGET], nanoUsd(80))).toMatchObject({ granted: true, heldAtMs });
    expect(await used([BUDGET])).toEqual([81]);
  });

  it('a request that was refused here cannot slip in by its id later', async () => {
    const { shared, hold, used, comeBack } = setUp({ instances: 2 });
    await hold('before', [BUDGET], nanoUsd(1));
    shared.fault = 'lost';
    await expect(hold('a', [BUDGET], nanoUsd(5_000))).rejects.toMatchObject({ status: 503 });
    await comeBack();
    await expect(hold('a', [BUDGET], nanoUsd(5_000))).rejects.toMatchObject({ status: 503 });
    expect(await used([BUDGET])).toEqual([1]);
  });

  it('it is asked again without any request, and stays away while the telling fails', async () => {
    const { shared, windows, hold, goAway, clock, fake, told } = setUp({
      seed: async () => {
        throw new Error('no ledger');
      },
    });
    fake.seeded.add('acme');
    await hold('a', [BUDGET], nanoUsd(100));
    await goAway();
    fake.empty();
    shared.fault = 'none';
    await clock.advanceAsync(10_000);
    expect(windows.state).toBe('local');
    expect(await hold('b', [BUDGET], nanoUsd(100))).toMatchObject({ granted: true });
    fake.seeded.add('acme');
    await clock.advanceAsync(1_000);
    expect(windows.state).toBe('shared');
    expect(told).toEqual(['window_store_away', 'window_store_not_told', 'window_store_back']);
  });

  it('F33: at load it is told all within seconds also where now and then a reply is late, and calls go on meanwhile', async () => {
    const { shared, windows, hold, used, goAway, clock } = setUp({ instances: 1 });
    const busy = [userWindow('in_flight', 1_000_000), userWindow('requests_per_day', 1_000_000)];
    const call = amounts({ requests: 1, inFlight: 1 });
    await hold('before', busy, call);
    await goAway();
    for (let id = 0; id < 1_000; id++) await windows.hold(`open-${id}`, busy, call, clock.nowMs(), LEASE_MS);
    Object.assign(shared, { fault: 'none', latencyMs: 5, losesEvery: 50 });
    let ended = 0;
    for (let passedMs = 0; passedMs < 10_000 && windows.state !== 'shared'; passedMs += 10) {
      const id = `new-${ended++}`;
      void windows.hold(id, busy, call, clock.nowMs(), LEASE_MS).then(() => windows.settle(id, call, clock.nowMs()));
      await clock.advanceAsync(10);
    }
    expect(windows.state).toBe('shared');
    Object.assign(shared, { losesEvery: 0 });
    await clock.advanceAsync(5_000);
    expect(await used(busy)).toEqual([1_001, 1_001 + ended]);
  });

  it('F33: a store that comes and goes is not followed faster than every 5 seconds', async () => {
    const { shared, windows, goAway, comeBack, clock } = setUp();
    await goAway();
    await comeBack();
    expect(windows.state).toBe('shared');
    await goAway();
    shared.fault = 'none';
    await clock.advanceAsync(4_000);
    expect(windows.state).toBe('local');
    await clock.advanceAsync(2_000);
    expect(windows.state).toBe('shared');
  });

  it('after an outage longer than the window nobody passes his share until the others have told theirs', async () => {
    const { windows, drawAll, goAway, comeBack, clock } = setUp({ instances: 2 });
    await goAway();
    await clock.advanceAsync(70_000);
    await comeBack(800);
    expect(windows.state).toBe('returning');
    const drawn = drawAll('a', [PER_MINUTE], tokens(10));
    await clock.advanceAsync(0);
    expect(windows.state).toBe('returning');
    expect(await drawn).toMatchObject({ count: 5, refusal: 'store_unavailable' });
    await clock.advanceAsync(4_000);
    expect(windows.state).toBe('shared');
    expect(await drawAll('b', [PER_MINUTE], tokens(10))).toMatchObject({ count: 5, refusal: 'tokens_per_minute' });
  });
});

describe('when the shared store is back empty', () => {
  it('F28: nobody is admitted before its windows are seeded, once for all who wait', async () => {
    let seeded = () => {};
    const { windows, clock, seeds } = setUp({ seed: () => new Promise((resolve) => (seeded = resolve)) });
    const waiting = [1, 2, 3].map((id) => windows.hold(`${id}`, [BUDGET], nanoUsd(1), clock.nowMs(), LEASE_MS));
    let ended = 0;
    for (const one of waiting) void one.then(() => ended++);
    await clock.advanceAsync(1_000);
    expect([ended, seeds]).toEqual([0, ['acme']]);
    seeded();
    expect(await Promise.all(waiting)).toMatchObject([{ granted: true }, { granted: true }, { granted: true }]);
  });

  it.each([
    ['fails', () => Promise.reject(new Error('no ledger'))],
    ['takes too long', () => new Promise<void>(() => {})],
  ])('F28: when the seeding %s the answer is 503, never an open door', async (_, seed) => {
    const { windows, within, clock, fake } = setUp({ seed });
    const held = within(2_000, windows.hold('a', [PER_MINUTE], tokens(1), clock.nowMs(), LEASE_MS));
    await expect(held).rejects.toMatchObject({ code: 'store_unavailable', status: 503 });
    expect([windows.state, await usedOf(fake.store, [PER_MINUTE], clock.nowMs())]).toEqual(['shared', [0]]);
  });

  it('F28: open holds are announced, and settles of holds that it had known are not lost', async () => {
    const { hold, settle, used, goAway, comeBack, fake } = setUp();
    const both = [BUDGET, IN_FLIGHT];
    for (const id of ['open', 'ended']) await hold(id, both, amounts({ nanoUsd: 100, inFlight: 1 }));
    await goAway();
    await settle('ended', nanoUsd(40));
    fake.empty();
    await comeBack();
    expect(await used(both)).toEqual([140, 1]);
    await settle('open', nanoUsd(10));
    expect(await used(both)).toEqual([50, 0]);
  });

  it('a seeding that takes longer than anybody waits goes on alone, and is not begun once more beside itself', async () => {
    let seeded = () => {};
    const { windows, clock, within, seeds } = setUp({ seed: () => new Promise((resolve) => (seeded = resolve)) });
    const ask = (id: string) => windows.hold(id, [PER_MINUTE], tokens(10), NOON_MS, LEASE_MS);
    for (const id of ['a', 'b', 'c'])
      await expect(within(2_000, ask(id))).rejects.toMatchObject({ code: 'store_unavailable', retryAfterMs: 2_000 });
    expect(seeds).toEqual(['acme']);
    seeded();
    await clock.advanceAsync(0);
    expect((await within(0, ask('d'))).granted).toBe(true);
  });

  it('what waited for the seeding is counted by the rules that came meanwhile, and told by its own', async () => {
    let seeded = () => {};
    let counted = [PER_MINUTE];
    const seed = () => new Promise<void>((resolve) => (seeded = resolve));
    const { windows, clock } = setUp({ seed, asOfNow: () => counted });
    const held = windows.hold('a', [PER_MINUTE], tokens(10), NOON_MS, LEASE_MS);
    await clock.advanceAsync(0);
    counted = [PER_MINUTE, BUDGET];
    seeded();
    await clock.advanceAsync(0);
    expect(await held).toMatchObject({ granted: true, windows: [{ window: PER_MINUTE }] });
    await windows.settle('a', amounts({ tokens: 10, nanoUsd: 7 }), NOON_MS, [PER_MINUTE]);
    expect(await usedOf(windows, [PER_MINUTE, BUDGET], NOON_MS)).toEqual([10, 7]);
  });

  it('it is seeded again when another instance has ended what was just seeded', async () => {
    const { windows, fake, clock, seeds } = setUp({ seed: async () => {} });
    let ended = 2;
    const { seeded } = fake;
    const add = seeded.add.bind(seeded);
    seeded.add = (tag) => (ended-- > 0 ? seeded : add(tag));
    const held = windows.hold('a', [PER_MINUTE], tokens(10), NOON_MS, LEASE_MS);
    await clock.advanceAsync(0);
    expect([(await held).granted, seeds.length]).toEqual([true, 3]);
  });

  it('a settle that finds it empty is told once it is seeded', async () => {
    const { hold, settle, used, clock, fake } = setUp();
    await hold('a', [BUDGET, IN_FLIGHT], amounts({ nanoUsd: 100, inFlight: 1 }));
    fake.empty();
    await settle('a', nanoUsd(40));
    await clock.advanceAsync(100);
    expect(await used([BUDGET, IN_FLIGHT])).toEqual([40, 0]);
  });

  it('when another instance has seeded it unnoticed, open holds are announced and a settle under way is told again', async () => {
    const { windows, hold, used, clock, fake, shared } = setUp();
    for (const id of ['open', 'ended']) await hold(id, [BUDGET], nanoUsd(100));
    fake.empty();
    fake.seeded.add('acme');
    shared.latencyMs = 20;
    const settling = windows.settle('ended', nanoUsd(40), clock.nowMs());
    await clock.advanceAsync(10);
    windows.announce('acme');
    await clock.advanceAsync(500);
    await settling;
    expect(await used([BUDGET])).toEqual([140]);
  });
});

describe('what the store is owed', () => {
  it.each([50, 55, 60, 65, 70])(
    'I1: is told nothing older of a hold that is raised, so nobody draws what was granted (%i ms after)',
    async (afterMs) => {
      const { windows, hold, clock, shared, used } = setUp();
      // More than is told at once, so that the hold that is raised is told of after the others.
      for (let other = 0; other < 100; other++) await hold(`other-${other}`, [BUDGET], nanoUsd(1));
      await hold('mine', [BUDGET], nanoUsd(1));
      windows.announce('acme');
      shared.latencyMs = 10;
      await clock.advanceAsync(afterMs);
      let isGranted = false;
      const raising = windows.hold('mine', [BUDGET], nanoUsd(9_900), clock.nowMs(), LEASE_MS);
      void raising.then(({ granted }) => {
        isGranted = granted;
      });
      const counted: number[] = [];
      for (let passedMs = 0; passedMs < 300; passedMs++) {
        await clock.advanceAsync(1);
        if (isGranted) counted.push(...(await used([BUDGET])));
      }
      expect(new Set(counted)).toEqual(new Set([10_000]));
    },
  );

  it('includes what was put on record and what others held', async () => {
    const { goAway, comeBack, windows, clock, used, hold, fake } = setUp();
    await hold('mine', [BUDGET], nanoUsd(1));
    await fake.connect().hold('theirs', [BUDGET], nanoUsd(100), clock.nowMs(), LEASE_MS);
    await goAway();
    const atMs = clock.nowMs();
    await windows.record([BUDGET], nanoUsd(1_000), atMs);
    await windows.settle('theirs', nanoUsd(30), atMs, [BUDGET]);
    const found = { windows: [BUDGET], heldAtMs: atMs, expiresAtMs: atMs + LEASE_MS, note: null };
    await windows.adopt({ ...found, holdId: 'found', amounts: nanoUsd(500) }, atMs);
    await windows.adopt({ ...found, holdId: 'found-settled', amounts: nanoUsd(500) }, atMs);
    await windows.settle('found-settled', nanoUsd(200), atMs, [BUDGET]);
    await comeBack();
    expect(await used([BUDGET])).toEqual([1 + 1_000 + 30 + 500 + 200]);
  });

  it('leaves no timer behind when it is closed, away or not', async () => {
    const { windows, goAway, clock } = setUp();
    await goAway();
    await windows.close();
    expect(clock.pending).toBe(0);
  });

  it('windows of a tenant are shared like those of a user', async () => {
    const { goAway, drawAll } = setUp({ instances: 5 });
    await goAway();
    const tenant = tenantWindow('requests_per_minute', 100);
    expect(await drawAll('a', [tenant], amounts({ requests: 1 }))).toMatchObject({ count: 4 });
  });
});
