// The stories of a request: what happens to it, to its rows and to its caller's windows, whatever the vendor does.

import { describe, expect, it } from 'vitest';
import { LLMProviderError, llmError, RateLimitError } from '../src/core/errors.ts';
import type { Message } from '../src/core/request.ts';
import { answers, breaks, fails, hangs, target, usage, World } from './world.ts';

const text = (content: string, role: 'user' | 'assistant' = 'user'): Message => ({ role, content });

describe('an answer', () => {
  it('comes whole, priced and written down', async () => {
    const world = new World({ turns: [answers('Because it is so.')] });
    const response = await world.complete();
    expect(response.content).toBe('Because it is so.');
    expect(response.tokensUsed).toBe(15);
    expect(response.costUsd).toBe('0.00002');
    expect(response.attempts).toEqual([
      {
        provider: 'vendor',
        model: 'large',
        outcome: 'completed',
        code: null,
        status: 200,
        durationMs: 0,
        costUsd: '0.00002',
        reason: 'named by the caller',
      },
    ]);
    expect(world.rowList()).toMatchObject([
      { state: 'settled', outcome: 'completed', costPicoUsd: 20_000_000n, usageSource: 'provider', overHold: false },
    ]);
    expect(world.lines.map((line) => line.event)).toEqual(['vendor_request_success']);
  });

  it('is opened in the ledger before the vendor is asked, and closed after', async () => {
    const world = new World({ turns: [answers('Yes.')] });
    await world.complete();
    expect(world.journal).toEqual(['open att_3', 'ask att_3', 'close att_3']);
  });

  it('streams in order and ends in exactly one terminal event', async () => {
    const world = new World({ turns: [answers('one two three')] });
    const { life, events } = world.start();
    await life;
    expect(events.map((event) => event.type)).toEqual([
      'response-start',
      'text-delta',
      'text-delta',
      'text-delta',
      'response-end',
    ]);
    expect(events[0]).toMatchObject({ provider: 'vendor', model: 'large', cached: false, attempts: 1 });
  });

  it('whose vendor tells no usage is estimated, never booked as nothing', async () => {
    const world = new World({ turns: [answers('12345678', null)] });
    const response = await world.complete();
    expect(response.usageSource).toBe('estimate');
    expect(response.usage).toMatchObject({ inputTokens: 2, outputTokens: 2 });
    expect(world.rowList()).toMatchObject([{ usageSource: 'estimate', costPicoUsd: 6_000_000n }]);
  });

  it('whose vendor tells its usage in part is charged by that part, and by an estimate of the rest', async () => {
    const told = { ...usage(10, 90), inputTokens: null, reasoningTokens: 67 };
    const world = new World({ turns: [answers('12345678', told)] });
    const response = await world.complete();
    expect(response.usageSource).toBe('estimate');
    expect(response.usage).toMatchObject({ inputTokens: 2, outputTokens: 90, reasoningTokens: 67 });
  });

  it('whose vendor tells an explicit 0 keeps the 0', async () => {
    const world = new World({ turns: [answers('x', usage(10, 0))] });
    expect((await world.complete()).usage).toMatchObject({ inputTokens: 10, outputTokens: 0 });
  });

  it.each([
    ['huge', usage(10, 1_000_000_000)],
    ['negative', usage(-1, 5)],
    ['fractional', usage(10.5, 5)],
    ['told in half tokens of the cache', { ...usage(10, 5), cacheReadTokens: 0.5 }],
  ])('whose vendor tells a usage that is %s is estimated', async (_what, told) => {
    const world = new World({ turns: [answers('12345678', told)] });
    expect((await world.complete()).usageSource).toBe('estimate');
  });

  it('of a model without a price is answered, with cost null', async () => {
    const world = new World({ turns: [answers('Yes.')], targets: [target({ price: null })] });
    const response = await world.complete();
    expect([response.costUsd, response.priced]).toEqual([null, false]);
    expect(world.rowList()).toMatchObject([{ priced: false, costPicoUsd: null }]);
  });
});

describe('retry', () => {
  it('asks again after an overload, with a row for each attempt', async () => {
    const world = new World({ turns: [fails('provider_overloaded', { providerStatus: 503 }), answers('Now.')] });
    const response = await world.complete();
    expect(response.content).toBe('Now.');
    expect(world.rowList()).toMatchObject([
      { state: 'settled', outcome: 'failed', code: 'provider_overloaded', costPicoUsd: 0n, usageSource: 'none' },
      { state: 'settled', outcome: 'completed' },
    ]);
    expect(world.lines.map((line) => line.event)).toEqual(['vendor_request_retry', 'vendor_request_success']);
  });

  it('waits 1, 2, 4 seconds and gives up after the third retry with the vendor’s code', async () => {
    const world = new World({
      turns: Array.from({ length: 9 }, () => fails('provider_overloaded', { providerStatus: 503 })),
    });
    const failure = await world.complete().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LLMProviderError);
    expect(failure).toMatchObject({ code: 'provider_overloaded', detail: { attempts: { length: 4 } } });
    expect(world.lines.flatMap((line) => line.fields['wait_ms'] ?? [])).toEqual([1_000, 2_000, 4_000]);
  });

  it('waits as long as the vendor says', async () => {
    const world = new World({
      turns: [fails('provider_rate_limited', { providerStatus: 429, retryAfterMs: 7_000 }), answers('Now.')],
    });
    await world.complete();
    expect(world.lines[0]?.fields['wait_ms']).toBe(7_000);
  });

  it('does not wait for a vendor that says more than 20 s: that is the answer', async () => {
    const world = new World({ turns: [fails('provider_rate_limited', { providerStatus: 429, retryAfterMs: 90_000 })] });
    const failure = await world.complete().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RateLimitError);
    expect(failure).toMatchObject({ retryAfterMs: 90_000 });
    expect(world.asked).toHaveLength(1);
  });

  it.each(['provider_rejected', 'provider_auth', 'request_too_large', 'model_not_found', 'provider_quota'] as const)(
    'never asks again after %s',
    async (code) => {
      const world = new World({ turns: [fails(code, { providerStatus: 400 })] });
      await expect(world.complete()).rejects.toMatchObject({ code });
      expect(world.asked).toHaveLength(1);
    },
  );

  it('gives an answer that the vendor itself rejected one new try, not two', async () => {
    const turn = fails('provider_rejected_answer', { providerStatus: 400 });
    const world = new World({ turns: [turn, turn, turn] });
    await expect(world.complete()).rejects.toMatchObject({ code: 'provider_rejected_answer' });
    expect(world.asked).toHaveLength(2);
  });

  it('never comes after the first content', async () => {
    const world = new World({ turns: [breaks('Half an ans')] });
    const { life, events } = world.start();
    await life;
    expect(events.map((event) => event.type)).toEqual(['response-start', 'text-delta', 'error']);
    expect(world.rowList()).toMatchObject([
      { outcome: 'cut', code: 'stream_broken', usageSource: 'estimate', state: 'settled' },
    ]);
    expect(world.asked).toHaveLength(1);
  });

  it('is at most a fifth of what the process asks, and ten', async () => {
    const world = new World({
      turns: Array.from({ length: 100 }, () => fails('provider_overloaded', { providerStatus: 503 })),
      // The breaker would end this sooner.
      policy: { breaker: { failures: 1_000, windowMs: 30_000, openMs: 10_000 } },
    });
    const lives = Array.from({ length: 20 }, () => {
      world.parts.retryBudget.request();
      return world.start({ cache: 'off' }).life;
    });
    await world.clock.advanceAsync(9_000);
    await Promise.all(lives);
    expect(world.asked).toHaveLength(20 + 4 + 10);
  });
});

describe('failover', () => {
  it('asks each target for no more than it gives', async () => {
    const large = target();
    const small = target({ card: { ...large.card, model: 'small', outputLimit: 50 } });
    const overloaded = fails('provider_overloaded', { providerStatus: 503 });
    const world = new World({ targets: [large, small], turns: [overloaded, overloaded, answers('Short.')] });
    const response = await world.complete({ maxTokens: 80 });
    expect(world.asked.map(({ request }) => request.maxTokens)).toEqual([80, 80, 50]);
    expect(response.maxTokens).toEqual({ asked: 80, sent: 50, reason: 'the model gives no more' });
  });

  const two = [target({ model: 'large' }), target({ model: 'small', reason: 'the fallback' })];

  it('asks the next target, once the first has failed twice', async () => {
    const overloaded = fails('provider_overloaded', { providerStatus: 503 });
    const world = new World({ targets: two, turns: [overloaded, overloaded, answers('From the small one.')] });
    const response = await world.complete();
    expect(response.model).toBe('small');
    expect(world.asked.map((each) => each.model)).toEqual(['large', 'large', 'small']);
  });

  it('does not ask a target again that was too slow, while another is left', async () => {
    const world = new World({ targets: two, turns: [fails('provider_timeout'), answers('Quick.')] });
    await world.complete();
    expect(world.asked.map((each) => each.model)).toEqual(['large', 'small']);
  });

  it('charges an attempt of which nobody knows what became of it as held, and flags it', async () => {
    const world = new World({
      targets: two,
      turns: [fails('provider_timeout'), answers('Quick.')],
      limits: { usd_per_day: 1_000_000_000 },
    });
    const response = await world.complete();
    // 2 tokens in at $1 and 100 out at $2 for the unknown one; 10 in and 5 out for the answer.
    expect(world.rowList()).toMatchObject([
      { state: 'unknown', costPicoUsd: 202_000_000n },
      { costPicoUsd: 20_000_000n },
    ]);
    expect(response.costUsd).toBe('0.000222');
    expect(await world.used('usd_per_day')).toBe(222_000);
  });
});

describe('an attempt of which nobody knows what became of it', () => {
  it('is charged the prompt alone where nothing was held, and flagged', async () => {
    const world = new World({ turns: [fails('provider_timeout'), answers('Now.')] });
    await world.complete();
    expect(world.rowList()[0]).toMatchObject({
      state: 'unknown',
      usageSource: 'estimate',
      costPicoUsd: 2_000_000n,
      heldPicoUsd: null,
    });
  });

  it('is what the caller hears of when the budget covers no further try', async () => {
    const world = new World({ turns: [fails('provider_unreachable')], limits: { usd_per_day: 300_000 } });
    await expect(world.complete()).rejects.toMatchObject({
      code: 'provider_unreachable',
      detail: { attempts: { length: 1 } },
    });
    expect(world.rowList()).toMatchObject([{ state: 'unknown', costPicoUsd: 202_000_000n }]);
    expect(await world.used('usd_per_day')).toBe(202_000);
  });
});

describe('windows', () => {
  it('refuse the call after the limit, say when there is room again, and count no refused call', async () => {
    const world = new World({ turns: [answers('1'), answers('2'), answers('3')], limits: { requests_per_minute: 2 } });
    await world.complete({ cache: 'off' });
    await world.complete({ cache: 'off' });
    const failure = await world.complete({ cache: 'off' }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'rate_limited', status: 429 });
    expect(await world.used('requests_per_minute')).toBe(2);
    await world.clock.advanceAsync(62_000);
    expect((await world.complete({ cache: 'off' })).content).toBe('3');
  });

  it('give the place in flight back on every way out', async () => {
    const world = new World({
      turns: [fails('provider_rejected', { providerStatus: 400 }), breaks('x'), answers('y'), hangs('z')],
      limits: { in_flight: 1 },
    });
    await expect(world.complete()).rejects.toMatchObject({ code: 'provider_rejected' });
    await expect(world.complete()).rejects.toMatchObject({ code: 'stream_broken' });
    await world.complete();
    await world.complete();
    const { life, leave } = world.start({ cache: 'off' });
    await world.clock.advanceAsync(0);
    expect(await world.used('in_flight')).toBe(1);
    await expect(world.complete()).rejects.toMatchObject({ code: 'rate_limited' });
    leave();
    await life;
    expect(await world.used('in_flight')).toBe(0);
  });

  it('hold the worst before the vendor is asked and give back the rest after', async () => {
    const world = new World({
      turns: [hangs('x'), answers('y')],
      limits: { usd_per_day: 1_000_000, tokens_per_minute: 1_000 },
    });
    world.start({ messages: [text('12')] });
    await world.clock.advanceAsync(0);
    expect(await world.used('usd_per_day')).toBe(1_000 + 100 * 2_000);
    expect(await world.used('tokens_per_minute')).toBe(101);
    await world.complete({ messages: [text('12')], cache: 'off' });
    expect(await world.used('usd_per_day')).toBe(201_000 + 20_000);
    expect(await world.used('tokens_per_minute')).toBe(101 + 15);
  });

  it('refuse with 402 what the budget cannot cover, before anybody is asked', async () => {
    const world = new World({ limits: { usd_per_day: 50_000 } });
    await expect(world.complete()).rejects.toMatchObject({ code: 'budget_exceeded', status: 402 });
    expect(world.asked).toHaveLength(0);
    expect(world.rowList()).toEqual([]);
  });

  it('clamp max tokens to what is affordable, say so, and cache no such answer', async () => {
    const world = new World({
      turns: [answers('a'), answers('b')],
      limits: { usd_per_day: 1_000_000 },
      policy: { maxTokens: 2_000 },
    });
    const response = await world.complete({ messages: [text('12')] });
    expect(world.asked[0]?.request.maxTokens).toBe(499);
    expect(response.maxTokens).toMatchObject({ sent: 499, reason: 'the budget leaves no more' });
    expect((await world.complete({ messages: [text('12')] })).cached).toBe(false);
  });

  it('never clamp a tool call or a schema for money', async () => {
    const world = new World({ limits: { usd_per_day: 1_000_000 }, policy: { maxTokens: 2_000 } });
    await expect(world.complete({ tools: [{ name: 'look' }] })).rejects.toMatchObject({ code: 'budget_exceeded' });
  });

  it('skip a target without a price under a budget, and say how to add one', async () => {
    const world = new World({ targets: [target({ price: null })], limits: { usd_per_day: 1_000_000 } });
    await expect(world.complete()).rejects.toMatchObject({ code: 'model_unpriced', status: 403 });
  });
});

describe('the cache', () => {
  it('answers the same question again at no cost, and records what it saved', async () => {
    const world = new World({ turns: [answers('Because.')] });
    const first = await world.complete();
    const again = await world.complete({ userId: 'bob' });
    expect([again.content, again.cached, again.costUsd, again.usage]).toEqual([
      first.content,
      true,
      '0.00',
      first.usage,
    ]);
    expect(world.asked).toHaveLength(1);
    expect(world.rowList()[1]).toMatchObject({
      outcome: 'cached',
      costPicoUsd: 0n,
      savedPicoUsd: 20_000_000n,
      savedTokens: 15,
      userId: 'bob',
    });
  });

  it.each(['tenant', 'user'] as const)('shares within its scope (%s) and never beyond', async (cacheScope) => {
    const world = new World({
      turns: Array.from({ length: 9 }, (_, turn) => answers(`${turn}`)),
      policy: { cacheScope },
    });
    const askedBy = async (tenant: string, userId: string) => (await world.complete({}, { tenant, userId })).cached;
    expect(await askedBy('acme', 'ann')).toBe(false);
    expect(await askedBy('acme', 'ann')).toBe(true);
    expect(await askedBy('acme', 'bob')).toBe(cacheScope === 'tenant');
    for (const [tenant, userId] of [
      ['acme2', 'ann'],
      ['acme/ann', ''],
      ['', 'acme/ann'],
      ['ACME', 'ann'],
      ['acme:', 'ann'],
    ] as const) {
      expect(await askedBy(tenant, userId)).toBe(false);
    }
  });

  it('forgets after its time to live', async () => {
    const world = new World({ turns: [answers('Old.'), answers('New.')] });
    await world.complete();
    await world.clock.advanceAsync(3_600_001);
    expect((await world.complete()).content).toBe('New.');
  });

  it('is passed by with `off`, and renewed with `refresh`', async () => {
    const world = new World({ turns: [answers('1'), answers('2'), answers('3')] });
    await world.complete();
    expect((await world.complete({ cache: 'off' })).content).toBe('2');
    expect((await world.complete({ cache: 'refresh' })).content).toBe('3');
    expect((await world.complete()).content).toBe('3');
  });

  it('keeps nothing but answers that ended by themselves', async () => {
    const world = new World({ turns: [answers('cut sho', usage(1, 1), 'length'), answers('whole')] });
    await world.complete();
    expect((await world.complete()).content).toBe('whole');
  });

  it.each([
    ['stop', { stop: ['END'] }],
    ['seed', { seed: 7 }],
    ['top_p', { topP: 0.5 }],
    ['temperature', { temperature: 0.1 }],
    ['tool choice', { tools: [{ name: 'look' }], toolChoice: 'required' as const }],
    ['effort', { reasoningEffort: 'high' as const }],
    ['system prompt', { systemPrompt: 'Be brief.' }],
    ['max tokens', { maxTokens: 7 }],
    ['service tier', { serviceTier: 'flex' }],
    [
      'images',
      {
        messages: [{ role: 'user' as const, content: [{ type: 'image' as const, url: 'https://example.org/a.png' }] }],
      },
    ],
  ])('asks anew when the %s differs', async (_name, different) => {
    const world = new World({ turns: [answers('1'), answers('2')] });
    await world.complete();
    expect((await world.complete(different)).cached).toBe(false);
  });
});

describe('a vendor that bills more than was held', () => {
  it('is booked, flagged, told, and held more for from then on', async () => {
    const world = new World({
      turns: [answers('1', usage(2, 400)), answers('2')],
      limits: { usd_per_day: 100_000_000 },
    });
    await world.complete({ cache: 'off' });
    expect(world.rowList()).toMatchObject([{ overHold: true, costPicoUsd: 802_000_000n, heldTokens: 102 }]);
    expect(world.lines.map((line) => line.event)).toContain('over_hold');
    await world.complete({ cache: 'off' });
    expect(world.rowList()[1]?.heldTokens).toBeGreaterThanOrEqual(402);
  });

  it('is no reason to hold more for another vendor’s model of the same name', async () => {
    const another = target({ provider: { ...target().provider, id: 'another' } });
    const other = { ...another, card: { ...another.card, provider: 'another' } };
    const turns = [answers('1', usage(2, 400)), fails('provider_quota'), answers('2')];
    const world = new World({ turns, limits: { usd_per_day: 100_000_000 }, targets: [target(), other] });
    await world.complete({ cache: 'off' });
    await world.complete({ cache: 'off' });
    const held = world.rowList().map(({ provider, heldTokens }) => [provider, heldTokens]);
    expect(held).toEqual([
      ['vendor', 102],
      ['vendor', expect.any(Number)],
      ['another', 102],
    ]);
    expect(held[1]?.[1]).toBeGreaterThanOrEqual(402);
  });
});

describe('an answer that breaks after the vendor told its usage', () => {
  it('is charged by what was told', async () => {
    const world = new World({
      turns: [
        (emit) => {
          emit({ type: 'text-delta', text: 'Half' });
          emit({ type: 'usage-told', usage: usage(100, 1_900) });
          return Promise.reject(llmError('stream_broken', 'the stream just stopped'));
        },
      ],
    });
    await expect(world.complete()).rejects.toMatchObject({ code: 'stream_broken' });
    expect(world.rowList()).toMatchObject([
      { outcome: 'cut', usageSource: 'provider', usage: { outputTokens: 1_900 }, costPicoUsd: 3_900_000_000n },
    ]);
  });
});

describe('an error of the vendor without a status', () => {
  it('costs nothing: it said no', async () => {
    const world = new World({ turns: [fails('provider_quota')] });
    await expect(world.complete()).rejects.toMatchObject({ code: 'provider_quota' });
    expect(world.rowList()).toMatchObject([{ state: 'settled', costPicoUsd: 0n, usageSource: 'none' }]);
  });
});

describe('leaving', () => {
  it('before anything came is charged as held under a budget: the vendor may bill it all', async () => {
    const world = new World({ turns: [hangs()], limits: { usd_per_day: 1_000_000 } });
    const { life, leave } = world.start({}, false);
    await world.clock.advanceAsync(0);
    leave();
    await life;
    expect(world.rowList()).toMatchObject([{ outcome: 'cancelled', state: 'unknown', costPicoUsd: 202_000_000n }]);
    expect(await world.used('usd_per_day')).toBe(202_000);
  });

  it('stops the vendor and books what was delivered', async () => {
    const world = new World({ turns: [hangs('12345678')], limits: { in_flight: 1 } });
    const { life, events, leave } = world.start();
    await world.clock.advanceAsync(0);
    expect(events.map((event) => event.type)).toContain('text-delta');
    leave();
    await life;
    expect(world.rowList()).toMatchObject([
      { outcome: 'cancelled', usageSource: 'estimate', usage: { inputTokens: 2, outputTokens: 2 } },
    ]);
    expect(await world.used('in_flight')).toBe(0);
  });
});

describe('the context window', () => {
  const small = { ...target(), card: { ...target().card, model: 'small', contextWindow: 8_192 } };
  const history = Array.from({ length: 30 }, (_, index) =>
    text(`turn ${index}`, index % 2 === 0 ? 'user' : 'assistant'),
  );

  it('keeps at most the newest ten messages, from a steady place on, and reports what was dropped', async () => {
    const world = new World({ turns: [answers('ok'), answers('ok')] });
    const next = [...history, text('and now?')];
    const later = [...next, text('so', 'assistant'), text('and then?')];
    const response = await world.complete({ systemPrompt: 'Be kind.', messages: next });
    expect(response.context).toMatchObject({ kept: 7, dropped: 24 });
    expect((await world.complete({ messages: later })).context).toMatchObject({ kept: 9, dropped: 24 });
    expect(world.asked.map(({ request }) => request.messages[0])).toEqual([text('turn 24'), text('turn 24')]);
    expect(world.asked[0]?.request.messages.at(-1)).toEqual(text('and now?'));
    expect(world.asked[0]?.request.systemPrompt).toBe('Be kind.');
  });

  it('never parts a tool call from its results', async () => {
    const calling: Message = {
      role: 'assistant',
      content: [{ type: 'tool-call', toolCallId: 'a', name: 'run', argumentsText: '{}' }],
    };
    const result: Message = { role: 'tool', toolCallId: 'a', content: '42' };
    const world = new World({ turns: [answers('ok')], policy: { contextMaxMessages: 3 } });
    await world.complete({ messages: [text('q'), calling, result, text('a', 'assistant'), text('next')] });
    expect(world.asked[0]?.request.messages.map((message) => message.role)).toEqual(['assistant', 'user']);
  });

  it('never drops the last user message or what came after it, however long', async () => {
    const calling: Message = {
      role: 'assistant',
      content: [{ type: 'tool-call', toolCallId: 'a', name: 'run', argumentsText: '{}' }],
    };
    const result: Message = { role: 'tool', toolCallId: 'a', content: 'x'.repeat(100_000) };
    const world = new World({ turns: [answers('ok')], policy: { contextMaxMessages: 1, contextMaxTokens: 1 } });
    await world.complete({ messages: [...history, text('q'), calling, result] });
    expect(world.asked[0]?.request.messages).toEqual([text('q'), calling, result]);
  });

  it('keeps a pinned message however old it is, and tells no vendor of the pin', async () => {
    const world = new World({ turns: [answers('ok'), answers('ok')] });
    const goal: Message = { ...text('Teach me recursion'), pinned: true };
    const response = await world.complete({ messages: [goal, ...history, text('and now?')] });
    expect(world.asked[0]?.request.messages[0]).toEqual(text('Teach me recursion'));
    expect(response.context.kept).toBeLessThanOrEqual(10);
    expect(response.context.kept + response.context.dropped).toBe(32);
    // What is sent is the same with and without pins: so is the answer from the cache.
    const messages = world.asked[0]?.request.messages ?? [];
    expect((await world.complete({ messages })).cached).toBe(true);
  });

  it('keeps system messages wherever they stand', async () => {
    const world = new World({ turns: [answers('ok')], policy: { contextMaxMessages: 2 } });
    await world.complete({ messages: [{ role: 'system', content: 'rules' }, ...history, text('q')] });
    expect(world.asked[0]?.request.messages[0]).toEqual({ role: 'system', content: 'rules' });
  });

  it('refuses what the model cannot take, with the numbers, before anybody is asked', async () => {
    const world = new World();
    const failure = world.complete({ messages: [text('x'.repeat(600_000))] });
    await expect(failure).rejects.toMatchObject({
      code: 'context_length_exceeded',
      message: expect.stringContaining('131072'),
    });
    expect(world.asked).toHaveLength(0);
  });

  it('refuses with what is needed, what the tools take, what was asked for and how much is too much', async () => {
    const world = new World();
    const failure = world.complete({ messages: [text('x'.repeat(600_000))], maxTokens: 900 });
    await expect(failure).rejects.toMatchObject({
      param: 'messages',
      message:
        'The prompt is about 150001 tokens. large takes 131072 in all, of which an answer needs at least 256 (900 were asked for). ' +
        'Shorten it by 19185, or choose a model with a larger window',
    });
  });

  it('asks the next target that is large enough when the first is too small, and says why', async () => {
    const world = new World({ turns: [answers('ok')], targets: [small, target({ model: 'large' })] });
    const response = await world.complete({ messages: [text('x'.repeat(40_000))] });
    expect(response.model).toBe('large');
    expect(response.context.window).toBe(131_072 - 100);
    expect(response.attempts).toMatchObject([
      {
        model: 'small',
        outcome: 'skipped',
        code: 'context_length_exceeded',
        reason: 'the prompt of about 10001 tokens does not fit the model, which takes 8192 with the answer',
      },
      { model: 'large', outcome: 'completed', reason: 'named by the caller' },
    ]);
  });

  it('asks the first target, as ever, when the prompt fits it', async () => {
    const world = new World({ turns: [answers('ok')], targets: [small, target({ model: 'large' })] });
    const { model, attempts } = await world.complete({ messages: [text('x'.repeat(4_000))] });
    expect(model).toBe('small');
    expect(attempts).toMatchObject([{ reason: 'named by the caller' }]);
  });

  it('refuses by the largest window of the route, when none is large enough', async () => {
    const world = new World({ targets: [small, target({ model: 'large' })] });
    await expect(world.complete({ messages: [text('x'.repeat(600_000))] })).rejects.toMatchObject({
      code: 'context_length_exceeded',
      model: 'large',
      message: expect.stringContaining('large takes 131072'),
    });
  });

  it('refuses a feature that the model lacks', async () => {
    const blind = target();
    const world = new World({ targets: [{ ...blind, card: { ...blind.card, features: new Set() } }] });
    const image: Message = { role: 'user', content: [{ type: 'image', url: 'https://example.org/a.png' }] };
    await expect(world.complete({ messages: [image] })).rejects.toMatchObject({
      code: 'invalid_request',
      param: 'messages',
    });
  });
});
