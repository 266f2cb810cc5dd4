// The stories of an answer that several ask for at once: one of them leads and pays, the others read along, and whoever leaves or
// stops does so for himself alone.

import { describe, expect, it } from 'vitest';
import type { Caller } from '../src/core/request.ts';
import { content, last, scripted } from './scripted-vendor.ts';
import { answers, fails, hangs, target, World } from './world.ts';

const caller = (userId: string, tenant = 'acme'): Caller => ({ tenant, userId });

const settle = (world: World) => world.clock.advanceAsync(1);

describe('the same question of many at once', () => {
  it('F62, I13: is asked once, answered to all alike, and paid for once', async () => {
    const world = new World({ turns: [answers('one two three')], limits: { usd_per_day: 1_000_000 } });
    const all = Array.from({ length: 200 }, (_, index) => world.start({}, index % 2 === 0, caller(`user${index}`)));
    await settle(world);
    await Promise.all(all.map(({ life }) => life));
    expect(world.asked).toHaveLength(1);
    expect(new Set(all.map(({ events }) => content(events)))).toEqual(new Set(['one two three']));
    const [leader, ...others] = all;
    expect(leader && last(leader)).toMatchObject({ response: { shared: false, attempts: [{ outcome: 'completed' }] } });
    for (const one of others)
      expect(last(one)).toMatchObject({
        type: 'response-end',
        response: { shared: true, cached: false, costUsd: '0.00', attempts: [], tokensUsed: 15, finishReason: 'stop' },
      });
    const rows = world.rowList();
    expect(rows.map(({ outcome }) => outcome).sort()).toEqual(['completed', ...Array(199).fill('joined')]);
    expect(new Set(rows.map(({ generationId }) => generationId))).toEqual(new Set([leader?.generation.id]));
    const joined = rows.filter(({ outcome }) => outcome === 'joined');
    expect(joined.every(({ costPicoUsd, savedTokens }) => costPicoUsd === 0n && savedTokens === 15)).toBe(true);
    expect(new Set(joined.map(({ savedPicoUsd }) => savedPicoUsd))).toEqual(
      new Set(rows.filter(({ outcome }) => outcome === 'completed').map(({ costPicoUsd }) => costPicoUsd)),
    );
  });

  it('is asked twice where a vendor has two APIs and its callers came by either', async () => {
    const { provider } = target();
    const asked: (string | undefined)[] = [];
    const both = target({ provider: { ...provider, responses: provider.transport } });
    for (const targets of [[both], [target(), both]]) {
      const vendors = [scripted(), scripted()];
      const world = new World({ turns: vendors.map(({ turn }) => turn), targets });
      const { ask } = world.parts;
      Object.assign(world.parts, {
        ask: (...[of, ...rest]: Parameters<typeof ask>) => {
          asked.push(of.provider.api);
          return ask(of, ...rest);
        },
      });
      const all = [null, 'responses' as const].map((spokenApi) => world.start({}, true, caller('ann'), { spokenApi }));
      await settle(world);
      for (const vendor of vendors) {
        vendor.say('one');
        vendor.end();
      }
      await Promise.all(all.map(({ life }) => life));
    }
    expect(asked).toEqual([undefined, 'responses', undefined, undefined]);
  });

  it('draws one call of each, and tokens and money of the leader alone', async () => {
    const limits = { usd_per_day: 1_000_000, tokens_per_day: 1_000_000, requests_per_day: 10 };
    const world = new World({ turns: [answers('one')], limits });
    const all = ['ann', 'bob'].map((userId) => world.start({}, true, caller(userId)));
    await settle(world);
    await Promise.all(all.map(({ life }) => life));
    const used = async (userId: string) =>
      (await world.windows.states(world.parts.policy.windowsOf(caller(userId)), world.clock.nowMs())).map(
        (s) => s.used,
      );
    expect([await used('ann'), await used('bob')]).toEqual([
      [20_000, 15, 1],
      [0, 0, 1],
    ]);
  });

  it('is read from its first word on by whoever comes in the middle', async () => {
    const vendor = scripted();
    const world = new World({ turns: [vendor.turn] });
    const first = world.start();
    await vendor.asked;
    vendor.say('one ');
    await settle(world);
    const second = world.start();
    await settle(world);
    expect(content(second.events)).toBe('one ');
    vendor.say('two');
    vendor.end();
    await Promise.all([first.life, second.life]);
    expect([content(first.events), content(second.events)]).toEqual(['one two', 'one two']);
  });

  it('I13: that fails is told to all, and none hangs', async () => {
    const world = new World({ turns: [fails('provider_auth', { providerStatus: 401 })] });
    const all = Array.from({ length: 20 }, (_, index) => world.start({}, true, caller(`user${index}`)));
    await settle(world);
    await Promise.all(all.map(({ life }) => life));
    for (const one of all) expect(last(one)).toMatchObject({ type: 'error', error: { code: 'provider_auth' } });
    const errors = all.flatMap(({ events }) =>
      events.flatMap((event) => (event.type === 'error' ? [event.error] : [])),
    );
    expect(new Set(errors.map(({ requestId }) => requestId)).size).toBe(20);
    expect(new Set(errors.map(({ detail }) => detail.userId)).size).toBe(20);
    expect(world.asked).toHaveLength(1);
  });

  it.each([
    ['another tenant', caller('ann'), caller('ann', 'other'), {}, 2],
    [
      'another user, where answers are each user’s own',
      caller('ann'),
      caller('bob'),
      { cacheScope: 'user' as const },
      2,
    ],
    ['another user of the tenant', caller('ann'), caller('bob'), {}, 1],
  ])('I9: by %s', async (_who, one, other, policy, calls) => {
    const world = new World({ turns: [answers('one'), answers('two')], policy });
    const all = [world.start({}, true, one), world.start({}, true, other)];
    await settle(world);
    await Promise.all(all.map(({ life }) => life));
    expect(world.asked).toHaveLength(calls);
  });

  it.each([
    ['off', 'use', 2],
    ['use', 'off', 2],
    ['off', 'off', 2],
    ['use', 'refresh', 2],
    ['refresh', 'use', 1],
    ['refresh', 'refresh', 2],
  ] as const)('by one with cache %s and then one with %s', async (one, other, calls) => {
    const world = new World({ turns: [answers('one'), answers('two')] });
    const all = [world.start({ cache: one }), world.start({ cache: other })];
    await settle(world);
    await Promise.all(all.map(({ life }) => life));
    expect(world.asked).toHaveLength(calls);
  });
});

describe('whoever leads', () => {
  it('can pay: who cannot is refused, and the next one leads', async () => {
    const limitsOf = { poor: 1, rich: 1_000_000 };
    const world = new World({ turns: [answers('one')] });
    const windowsOf = ({ tenant, userId }: Caller) => [
      {
        scope: 'user' as const,
        scopeKey: `${tenant}/${userId}`,
        name: 'usd_per_day' as const,
        limit: userId.startsWith('poor') ? limitsOf.poor : limitsOf.rich,
        timezone: 'UTC',
      },
    ];
    const policy = { ...world.parts.policy, windowsOf, countedOf: windowsOf };
    Object.assign(world.parts, { policy });
    const all = ['poor1', 'poor2', 'rich1', 'poor3', 'rich2'].map((userId) => world.start({}, true, caller(userId)));
    await settle(world);
    await Promise.all(all.map(({ life }) => life));
    expect(world.asked).toHaveLength(1);
    const ends = all.map((one) => last(one));
    expect(ends.map((end) => (end?.type === 'error' ? end.error.code : end?.type))).toEqual([
      'budget_exceeded',
      'budget_exceeded',
      'response-end',
      // It came while somebody who could pay was leading.
      'response-end',
      'response-end',
    ]);
  });

  it('with an answer that was lowered for money shares it with nobody', async () => {
    const world = new World({
      turns: [answers('short'), answers('short too')],
      limits: { usd_per_day: 700_000 },
    });
    const all = ['ann', 'bob'].map((userId) => world.start({ maxTokens: 2_000 }, true, caller(userId)));
    await settle(world);
    await Promise.all(all.map(({ life }) => life));
    expect(all.map((one) => last(one))).toMatchObject([
      { response: { shared: false, maxTokens: { asked: 2_000 } } },
      { response: { shared: false, maxTokens: { asked: 2_000 } } },
    ]);
    expect(world.asked).toHaveLength(2);
  });

  it('may leave: the others hear the answer to its end', async () => {
    const vendor = scripted();
    const world = new World({ turns: [vendor.turn] });
    const first = world.start();
    await vendor.asked;
    vendor.say('one ');
    const second = world.start();
    await settle(world);
    first.leave();
    await settle(world);
    vendor.say('two');
    vendor.end();
    await Promise.all([first.life, second.life]);
    expect(content(second.events)).toBe('one two');
    expect(
      world
        .rowList()
        .map(({ outcome }) => outcome)
        .sort(),
    ).toEqual(['completed', 'joined']);
  });

  it('may stop: for him it ends, for the others it does not', async () => {
    const vendor = scripted();
    const world = new World({ turns: [vendor.turn] });
    const first = world.start();
    await vendor.asked;
    vendor.say('one ');
    const second = world.start();
    await settle(world);
    expect(first.generation.stop()).toBe(true);
    await settle(world);
    expect(last(first)).toMatchObject({ type: 'response-end', response: { finishReason: 'stopped' } });
    vendor.say('two');
    vendor.end();
    await Promise.all([first.life, second.life]);
    expect([content(first.events), content(second.events)]).toEqual(['one ', 'one two']);
    expect(last(second)).toMatchObject({ response: { finishReason: 'stop' } });
  });

  it('is stopped upstream when all have left, and not before', async () => {
    const world = new World({ turns: [hangs('one ')] });
    const all = ['ann', 'bob', 'eve'].map((userId) => world.start({}, true, caller(userId)));
    await settle(world);
    const signal = world.asked[0]?.options.signal;
    for (const one of all) {
      expect(signal?.aborted).toBe(false);
      one.leave();
      await settle(world);
    }
    expect(signal?.aborted).toBe(true);
    await Promise.all(all.map(({ life }) => life));
    expect(world.rowList()).toMatchObject([{ outcome: 'cancelled' }]);
  });
});

describe('whoever reads along', () => {
  it('may stop: it ends for him alone, as far as it has come', async () => {
    const vendor = scripted();
    const world = new World({ turns: [vendor.turn] });
    const first = world.start();
    await vendor.asked;
    vendor.say('one ');
    const second = world.start();
    await settle(world);
    second.generation.stop();
    await second.life;
    expect(last(second)).toMatchObject({ type: 'response-end', response: { finishReason: 'stopped', shared: true } });
    expect(await second.generation.whole()).toMatchObject({ content: 'one ' });
    vendor.say('two');
    vendor.end();
    await first.life;
    expect(content(first.events)).toBe('one two');
  });

  it('hears that it is lost when what he has read part of cannot be told to its end', async () => {
    const vendor = scripted();
    const world = new World({ turns: [vendor.turn] });
    const abort = new Error('the process ends');
    const first = world.start();
    await vendor.asked;
    vendor.say('one ');
    const second = world.start();
    await settle(world);
    vendor.fail(abort);
    await Promise.all([first.life, second.life]);
    expect(content(second.events)).toBe('one ');
    expect(last(second)).toMatchObject({ type: 'error' });
  });
});
