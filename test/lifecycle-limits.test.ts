// The stories of what a caller, and our account at a vendor, may use: who may ask which model, what a refusal says, what happens
// when the caller leaves an answer that is billed anyhow.

import { describe, expect, it } from 'vitest';
import type { ModelCard } from '../src/core/catalog.ts';
import { accountOf } from '../src/core/health.ts';
import { perToken } from '../src/core/money.ts';
import type { Policy } from '../src/core/parts.ts';
import type { Window } from '../src/core/windows.ts';
import { keyPool } from '../src/providers/key-pool.ts';
import { answers, fails, hangs, price, type Turn, target, usage, World } from './world.ts';

const accountWindow = (name: Window['name'], limit: number): Window => ({
  scope: 'account',
  scopeKey: 'account:vendor',
  name,
  limit,
  timezone: 'UTC',
});
const atAnother = (model: string) => target({ model, provider: { ...target().provider, id: 'another' } });

describe('the windows of our account at a vendor', () => {
  const policy: Partial<Policy> = {
    accountWindowsOf: ({ id }) => (id === 'vendor' ? [accountWindow('requests_per_minute', 1)] : []),
  };

  it('send the second call to the next target, and say so in its attempts; the caller hears of no limit', async () => {
    const world = new World({ turns: [answers('a'), answers('b')], policy, targets: [target(), atAnother('small')] });
    expect((await world.complete({ cache: 'off' })).provider).toBe('vendor');
    const second = await world.complete({ cache: 'off' });
    expect(second.provider).toBe('another');
    expect(second.attempts.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['skipped', 'the account is at its requests_per_minute until 2026-01-01T00:01:01.000Z'],
      ['completed', 'named by the caller'],
    ]);
    expect(world.rowList()).toHaveLength(2);
  });

  it('are a 503 with the time when the account has room, when no other target is left', async () => {
    const world = new World({ turns: [answers('a')], policy });
    await world.complete({ cache: 'off' });
    await expect(world.complete({ cache: 'off' })).rejects.toMatchObject({
      code: 'all_providers_unavailable',
      status: 503,
      retryAfterMs: 60_500,
    });
    expect(world.asked).toHaveLength(1);
  });

  it('are those of each key, where there are several: the next key is asked, and each call once', async () => {
    const world = new World({
      turns: [answers('a'), answers('b')],
      policy: {
        accountWindowsOf: (provider) => [
          { ...accountWindow('requests_per_minute', 1), scopeKey: `account:${accountOf(provider)}` },
        ],
      },
      targets: [target({ provider: keyPool([target().provider, target().provider]) })],
    });
    for (const content of ['a', 'b']) expect((await world.complete({ cache: 'off' })).content).toBe(content);
    await expect(world.complete({ cache: 'off' })).rejects.toMatchObject({ code: 'all_providers_unavailable' });
    expect(world.asked).toHaveLength(2);
  });

  it('count what was used, and give the place in flight back', async () => {
    const windows = [accountWindow('tokens_per_minute', 1_000), accountWindow('in_flight', 1)];
    const world = new World({ turns: [answers('a'), answers('b')], policy: { accountWindowsOf: () => windows } });
    await world.complete({ cache: 'off' });
    await world.complete({ cache: 'off' });
    const states = await world.windows.states(windows, world.clock.nowMs());
    expect(states.map(({ used }) => used)).toEqual([30, 0]);
  });
});

describe('the models that a key or a tenant may ask', () => {
  const caller = { tenant: 'acme', userId: 'ann', allowedModels: ['vendor/small'] };

  it('B11: refuse another one with 403 before anything is spent, and name those that may be asked', async () => {
    const world = new World();
    await expect(world.complete({ model: 'large' }, caller)).rejects.toMatchObject({
      code: 'permission_denied',
      status: 403,
      message: 'This key may not ask that model; it may ask vendor/small',
    });
    expect(world.asked).toHaveLength(0);
  });

  it('leave the allowed target of a request that was left to us', async () => {
    const world = new World({ turns: [answers('a')], targets: [target(), target({ model: 'small' })] });
    expect((await world.complete({}, caller)).model).toBe('small');
  });

  it('are the narrower of both lists', async () => {
    const world = new World({ policy: { allowedModelsOf: () => ['large'] } });
    await expect(world.complete({}, caller)).rejects.toMatchObject({ code: 'permission_denied' });
  });
});

describe('a budget that does not cover the request', () => {
  it('names the cheaper models that would still fit, and how the window stands', async () => {
    const world = new World({ limits: { usd_per_day: 50_000 } });
    const card = (model: string): ModelCard => target({ model }).card;
    const catalog = {
      ...world.parts.catalog,
      models: () => [card('large'), card('tiny'), card('small'), card('unpriced')],
      priceOf: (_provider: string, model: string) =>
        model === 'unpriced'
          ? null
          : { ...price, output: perToken(model === 'tiny' ? '0.1' : '0.4'), input: perToken('0.1') },
    };
    Object.assign(world.parts, { catalog });
    await expect(world.complete()).rejects.toMatchObject({
      code: 'budget_exceeded',
      message: expect.stringContaining('or ask vendor/small or vendor/tiny, which would still fit'),
      detail: {
        refusal: {
          scope: 'user',
          window: 'usd_per_day',
          limit: 50_000,
          used: 0,
          remaining: 50_000,
          cheaperModels: ['vendor/small', 'vendor/tiny'],
        },
      },
    });
  });

  it('F63: holds anew for a dearer target before it is asked, and refuses it when that does not fit', async () => {
    const dear = { ...price, output: perToken('20') };
    const targets = [target({ model: 'cheap' }), target({ model: 'dear', price: dear })];
    const world = new World({
      turns: [fails('provider_quota'), answers('never')],
      limits: { usd_per_day: 1_000_000 },
      targets,
    });
    await expect(world.complete()).rejects.toMatchObject({
      code: 'budget_exceeded',
      detail: { attempts: [{ model: 'cheap', code: 'provider_quota' }] },
    });
    expect(world.asked.map(({ model }) => model)).toEqual(['cheap']);
    expect(await world.used('usd_per_day')).toBe(0);
  });

  it('F63: asks the dearer target when the budget covers both, and charges what each has cost', async () => {
    const dear = { ...price, output: perToken('20') };
    const world = new World({
      turns: [fails('provider_rejected_answer'), fails('provider_quota'), answers('at last')],
      limits: { usd_per_day: 10_000_000 },
      targets: [target({ model: 'cheap' }), target({ model: 'dear', price: dear })],
    });
    await world.complete();
    const costs = world.rowList().reduce((sum, row) => sum + (row.costPicoUsd ?? 0n), 0n);
    expect(await world.used('usd_per_day')).toBe(Number(costs / 1_000n));
  });
});

describe('leaving an answer that the vendor bills to its end', () => {
  const biller = { ...target().provider, billAfterCancel: 'goes-on' as const };
  const targets = [target({ provider: biller })];
  /** Says a word, and the rest when the story lets it. */
  function slowly(): { turn: Turn; finish: () => void } {
    let finish = () => {};
    const turn: Turn = (emit, { signal }) => {
      emit({ type: 'text-delta', text: 'Because ' });
      return new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        finish = () => {
          emit({ type: 'text-delta', text: 'it is so.' });
          const end = {
            finishReason: 'stop',
            finishReasonRaw: 'stop',
            usage: usage(10, 500),
            providerMetadata: {},
          } as const;
          emit({ type: 'answer-end', ...end });
          resolve();
        };
      });
    };
    return { turn, finish: () => finish() };
  }

  it('hears it out for its figures: the row is cancelled, with the true usage', async () => {
    const { turn, finish } = slowly();
    const world = new World({ turns: [turn], targets, limits: { usd_per_day: 1_000_000, in_flight: 8 } });
    const { life, leave } = world.start();
    await world.clock.advanceAsync(0);
    leave();
    await world.clock.advanceAsync(5_000);
    expect(world.rowList()).toMatchObject([{ state: 'open' }]);
    finish();
    await life;
    expect(world.rowList()).toMatchObject([
      {
        state: 'settled',
        outcome: 'cancelled',
        usageSource: 'provider',
        usage: { outputTokens: 500 },
        finishReason: 'stop',
      },
    ]);
    expect(await world.used('usd_per_day')).toBe(10_000 + 1_000_000);
    expect(await world.used('in_flight')).toBe(0);
    expect(world.clock.pending).toBe(0);
  });

  it.each([
    ['after its time', 'auto'],
    ['at once', 'abort'],
  ] as const)(
    'given up %s it is charged as held under a budget: nobody spends more by leaving',
    async (_, onCancel) => {
      const { turn } = slowly();
      const world = new World({ turns: [turn], targets, limits: { usd_per_day: 10_000_000 }, policy: { onCancel } });
      const { life, leave } = world.start();
      await world.clock.advanceAsync(0);
      leave();
      await world.clock.advanceAsync(30_000);
      await life;
      const [row] = world.rowList();
      expect(row).toMatchObject({ state: 'unknown', outcome: 'cancelled', usageSource: 'estimate', usage: null });
      expect(row?.costPicoUsd).toBe(row?.heldPicoUsd);
      expect(await world.used('usd_per_day')).toBe(Number((row?.heldPicoUsd ?? 0n) / 1_000n));
    },
  );

  it('gives it up after its time, and books the estimate of what came', async () => {
    const { turn } = slowly();
    const world = new World({ turns: [turn], targets });
    const { life, leave } = world.start();
    await world.clock.advanceAsync(0);
    leave();
    await world.clock.advanceAsync(30_000);
    await life;
    expect(world.rowList()).toMatchObject([
      { outcome: 'cancelled', usageSource: 'estimate', usage: { outputTokens: 2 } },
    ]);
  });

  it('aborts at once when too many are heard out already', async () => {
    const world = new World({ turns: [hangs('a'), hangs('b'), hangs('c')], targets });
    const started = [1, 2, 3].map((turn) => world.start({ messages: [{ role: 'user', content: `${turn}` }] }));
    await world.clock.advanceAsync(0);
    for (const { leave } of started) leave();
    await started[2]?.life;
    expect(world.rowList().map(({ state }) => state)).toEqual(['open', 'open', 'settled']);
    await world.clock.advanceAsync(30_000);
    await Promise.all(started.map(({ life }) => life));
  });

  it('asks nobody again for a caller who has left', async () => {
    const world = new World({ turns: [fails('provider_overloaded'), answers('never')], targets });
    const { life, leave } = world.start();
    await world.clock.advanceAsync(0);
    leave();
    await life;
    expect(world.asked).toHaveLength(1);
  });

  it('is the operator’s to decide otherwise', async () => {
    const { turn } = slowly();
    const world = new World({ turns: [turn], targets, policy: { onCancel: 'abort' } });
    const { life, leave } = world.start();
    await world.clock.advanceAsync(0);
    leave();
    await life;
    expect(world.rowList()).toMatchObject([{ outcome: 'cancelled', usageSource: 'estimate' }]);
  });
});

describe('the round trips of a request', () => {
  it('ask for admission and for the cached answer at once, then hold, then settle: three under a budget', async () => {
    const world = new World({ turns: [answers('a')], limits: { usd_per_day: 1_000_000, requests_per_minute: 10 } });
    const trips: string[] = [];
    const { windows, cache } = world.parts;
    Object.assign(world.parts, {
      windows: {
        hold: (...args: Parameters<typeof windows.hold>) => {
          trips.push('hold');
          return windows.hold(...args);
        },
        settle: (...args: Parameters<typeof windows.settle>) => {
          trips.push('settle');
          return windows.settle(...args);
        },
      },
      cache: {
        ...cache,
        get: (...args: Parameters<typeof cache.get>) => {
          trips.push('look up');
          return cache.get(...args);
        },
        set: () => Promise.resolve(),
      },
    });
    const { life } = world.start();
    expect(trips).toEqual(['hold', 'look up']);
    await life;
    expect(trips).toEqual(['hold', 'look up', 'hold', 'settle']);
  });

  it('carry the open row in the hold, for whoever has to close it', async () => {
    const world = new World({ turns: [hangs()], limits: { usd_per_day: 1_000_000 } });
    const { life, leave } = world.start();
    await world.clock.advanceAsync(0);
    const [expired] = await world.windows.reap(world.clock.nowMs() + 3_600_000);
    const [row] = world.rowList();
    expect(JSON.parse(expired?.note ?? '')).toMatchObject({ attemptId: row?.attemptId, heldPicoUsd: '202000000' });
    leave();
    await life;
  });

  it('carry the open row of a retry, too, though it holds no more than the attempt before', async () => {
    const turns = [fails('provider_overloaded'), hangs()];
    const world = new World({ turns, limits: { usd_per_day: 1_000_000 } });
    const { life, leave } = world.start();
    while (world.asked.length < 2) await world.clock.advanceAsync(500);
    const [expired] = await world.windows.reap(world.clock.nowMs() + 3_600_000);
    const [, retried] = world.rowList();
    expect(JSON.parse(expired?.note ?? '')).toMatchObject({ attemptId: retried?.attemptId });
    leave();
    await life;
  });
});
