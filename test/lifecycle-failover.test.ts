// The stories of failover: who is asked when a vendor fails, who is passed over and why, and that a vendor which is down is left
// alone until one request has found it well.

import { describe, expect, it } from 'vitest';
import type { Target } from '../src/core/catalog.ts';
import { type ErrorCode, llmError } from '../src/core/errors.ts';
import { perToken } from '../src/core/money.ts';
import type { LLMResponse } from '../src/core/response.ts';
import { createCompatible } from '../src/providers/compatible.ts';
import { keyPool } from '../src/providers/key-pool.ts';
import { content, last, scripted } from './scripted-vendor.ts';
import { answers, fails, hangs, price, type Turn, target, World, type WorldOptions } from './world.ts';

const RULES = { failures: 3, windowMs: 30_000, openMs: 10_000 };
const DOWN = fails('provider_overloaded', { providerStatus: 503 });

const first = target({ model: 'first' });
const second = target({ model: 'second', provider: { ...target().provider, id: 'another' } });

function world(options: WorldOptions = {}): World {
  const policy = { breaker: RULES, retry: { maxRetries: 0, baseMs: 1_000, factor: 2, jitter: 'none' as const } };
  return new World({ targets: [first, second], ...options, policy: { ...policy, ...options.policy } });
}

/** Whoever asks it fails, until its breaker is open. */
async function knockOut(at: World, turns: Turn[]): Promise<void> {
  for (let failures = 0; failures < RULES.failures; failures++) {
    turns.push(DOWN, answers('from the second'));
    await at.complete({ cache: 'off' });
  }
}

/** A world whose turns are written as the story goes. */
function told(options: WorldOptions = {}): { at: World; turns: Turn[] } {
  const turns: Turn[] = [];
  const always: Turn = async (...asked) => {
    const turn = turns.shift();
    if (turn === undefined) throw new Error('The story has no turn for this attempt');
    await turn(...asked);
  };
  return { at: world({ always, ...options }), turns };
}

const ways = ({ attempts }: Pick<LLMResponse, 'attempts'>) =>
  attempts.map(({ model, outcome, code }) => [model, outcome, code]);
const askedModels = ({ asked }: World) => asked.map(({ model }) => model);

describe('a vendor that is down', () => {
  it('is no longer asked once its breaker is open: the next target answers at once, without a row, a wait or a hold for the first', async () => {
    const dear = { ...first, price: { ...price, output: perToken('2000') } };
    const { at, turns } = told({ targets: [dear, second], limits: { usd_per_day: 10_000_000_000 } });
    await knockOut(at, turns);
    const rows = at.rowList().length;
    const asked = at.asked.length;
    turns.push(answers('at once'));
    const response = await at.complete({ cache: 'off' });
    expect(response).toMatchObject({ content: 'at once', provider: 'another', model: 'second' });
    expect(ways(response)).toEqual([
      ['first', 'skipped', 'provider_overloaded'],
      ['second', 'completed', null],
    ]);
    expect(response.attempts[0]).toMatchObject({
      reason: expect.stringMatching(/^its breaker is open until 2026-01-01T00:00:1\d/),
      status: null,
      costUsd: null,
      durationMs: 0,
    });
    expect(at.rowList()).toHaveLength(rows + 1);
    expect(askedModels(at).slice(asked)).toEqual(['second']);
    const costs = at.rowList().reduce((sum, row) => sum + (row.costPicoUsd ?? 0n), 0n);
    expect(await at.used('usd_per_day')).toBe(Number(costs / 1_000n));
  });

  it('refuses nobody whose budget covers the next target and not the first', async () => {
    const dear = { ...first, price: { ...price, output: perToken('20') } };
    const { at, turns } = told({ targets: [dear, second], limits: { usd_per_day: 1_000_000 } });
    turns.push(fails('provider_quota'), answers('from the second'));
    await at.complete({ cache: 'off', maxTokens: 20 });
    turns.push(answers('whole'));
    const response = await at.complete({ cache: 'off', maxTokens: 300 });
    expect([response.content, response.maxTokens]).toEqual(['whole', null]);
  });

  it('F60: and with it all others is a 503 with the time when the first of them is tried, and nobody is asked', async () => {
    const { at, turns } = told();
    await knockOut(at, turns);
    turns.push(fails('provider_quota'));
    await expect(at.complete({ cache: 'off' })).rejects.toMatchObject({ code: 'provider_quota' });
    await at.clock.advanceAsync(2_000);
    const asked = at.asked.length;
    const openedMs = at.clock.monotonicMs();
    const failure = await at.complete({ cache: 'off' }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'all_providers_unavailable',
      status: 503,
      detail: {
        attempts: [
          { model: 'first', outcome: 'skipped', code: 'provider_overloaded' },
          { model: 'second', outcome: 'skipped', code: 'provider_quota' },
        ],
      },
    });
    const { retryAfterMs } = failure as { retryAfterMs: number };
    expect(at.asked).toHaveLength(asked);
    at.clock.advance(retryAfterMs - (at.clock.monotonicMs() - openedMs));
    turns.push(answers('back'));
    expect(await at.complete({ cache: 'off' })).toMatchObject({ content: 'back', model: 'first' });
  });

  it('is tried by one of those who come at once when its time is over; the others go to the next target', async () => {
    const { at, turns } = told();
    await knockOut(at, turns);
    at.clock.advance(RULES.openMs);
    const probe = scripted();
    turns.push(probe.turn, ...Array.from({ length: 9 }, () => answers('from the second')));
    const asked = at.asked.length;
    const started = Array.from({ length: 10 }, () => at.start({ cache: 'off' }));
    await at.clock.advanceAsync(0);
    expect(askedModels(at).slice(asked)).toEqual(['first', ...Array.from({ length: 9 }, () => 'second')]);
    probe.say('well again');
    // It need not be over: the vendor answers.
    await at.clock.advanceAsync(0);
    turns.push(answers('of the first'));
    expect(await at.complete({ cache: 'off' })).toMatchObject({ model: 'first', content: 'of the first' });
    probe.end();
    await Promise.all(started.map(({ life }) => life));
    expect(started.map(({ events }) => content(events)).sort()).toEqual([
      ...Array.from({ length: 9 }, () => 'from the second'),
      'well again',
    ]);
    expect(at.lines.flatMap(({ event }) => (event.includes('breaker') ? event : []))).toEqual([
      'provider_breaker_open',
      'provider_breaker_closed',
    ]);
  });

  it('is left alone for as long again when the one who tried has failed', async () => {
    const { at, turns } = told();
    await knockOut(at, turns);
    at.clock.advance(RULES.openMs);
    turns.push(DOWN, answers('2'), answers('3'));
    const asked = at.asked.length;
    for (let times = 0; times < 2; times++) await at.complete({ cache: 'off' });
    expect(askedModels(at).slice(asked)).toEqual(['first', 'second', 'second']);
  });

  it.each([
    [
      'whose caller leaves',
      async (at: World, turns: Turn[]) => {
        turns.push(hangs());
        const { leave, life } = at.start({ cache: 'off' });
        await at.clock.advanceAsync(10);
        leave();
        await life;
      },
    ],
    [
      'that is told to come back later',
      async (at: World, turns: Turn[]) => {
        turns.push(fails('provider_rate_limited', { providerStatus: 429 }));
        await at.complete({ cache: 'off' }).catch(() => {});
      },
    ],
  ])('is tried by the next request after one %s', async (_who, spoil) => {
    const { at, turns } = told({ targets: [first] });
    for (let failures = 0; failures < RULES.failures; failures++) {
      turns.push(DOWN);
      await at.complete({ cache: 'off' }).catch(() => {});
    }
    at.clock.advance(RULES.openMs);
    await spoil(at, turns);
    turns.push(answers('well'));
    expect((await at.complete({ cache: 'off' })).content).toBe('well');
  });

  it('is tried by the next request after one whose row could not be written', async () => {
    let isFull = false;
    const journal = {
      open: () => (isFull ? Promise.reject(llmError('ledger_unavailable', 'full')) : Promise.resolve()),
      close: () => {},
    };
    const { at, turns } = told({ targets: [first], journal });
    turns.push(fails('provider_quota'));
    await at.complete({ cache: 'off' }).catch(() => {});
    at.clock.advance(RULES.openMs);
    isFull = true;
    await expect(at.complete({ cache: 'off' })).rejects.toMatchObject({ code: 'ledger_unavailable' });
    isFull = false;
    turns.push(answers('well'));
    expect((await at.complete({ cache: 'off' })).content).toBe('well');
  });

  it('is not retried by the request whose failure has opened its breaker: that failure is the answer', async () => {
    const { at, turns } = told({
      targets: [first],
      policy: { retry: { maxRetries: 5, baseMs: 1_000, factor: 2, jitter: 'none' } },
    });
    turns.push(DOWN, DOWN, DOWN);
    await expect(at.complete({ cache: 'off' })).rejects.toMatchObject({
      code: 'provider_overloaded',
      detail: { attempts: { length: 3 } },
    });
    expect(at.asked).toHaveLength(3);
  });

  it('is tried by the next request after one whose budget does not cover it', async () => {
    const dear = { ...second, price: { ...price, output: perToken('20') } };
    const { at, turns } = told({ targets: [first, dear], limits: { usd_per_day: 10_000_000 } });
    turns.push(fails('provider_quota'), fails('provider_quota'));
    await at.complete({ cache: 'off' }).catch(() => {});
    at.clock.advance(RULES.openMs);
    turns.push(fails('provider_quota'));
    await expect(at.complete({ cache: 'off', maxTokens: 600 })).rejects.toMatchObject({ code: 'budget_exceeded' });
    turns.push(answers('well'));
    expect(ways(await at.complete({ cache: 'off', maxTokens: 100 }))).toEqual([
      ['first', 'skipped', 'provider_quota'],
      ['second', 'completed', null],
    ]);
  });

  it('is retried as often as may be while the next target is not to be asked either', async () => {
    const retry = { maxRetries: 2, baseMs: 100, factor: 1, jitter: 'none' } as const;
    const { at, turns } = told({ policy: { retry, breaker: { ...RULES, failures: 10 } } });
    turns.push(fails('provider_auth'), fails('provider_quota'));
    await at.complete({ cache: 'off' }).catch(() => {});
    at.clock.advance(RULES.openMs);
    turns.push(answers('well again'), fails('provider_timeout'), fails('provider_auth'));
    for (let times = 0; times < 2; times++) await at.complete({ cache: 'off' }).catch(() => {});
    const asked = at.asked.length;
    turns.push(DOWN, DOWN, answers('at last'));
    expect((await at.complete({ cache: 'off' })).content).toBe('at last');
    expect(askedModels(at).slice(asked)).toEqual(['first', 'first', 'first']);
  });
});

describe('a target that could not be reached at all', () => {
  const retry = { maxRetries: 3, baseMs: 1_000, factor: 2, jitter: 'none' } as const;
  const refuses = fails('provider_unreachable', { neverSent: true });

  it('F01: is left at once for the next one: who refuses connections does so a second later too', async () => {
    const at = world({ turns: [refuses, answers('From the second.')], policy: { retry } });
    // Its clock stands still: there is no wait.
    const { events, life } = at.start({ cache: 'off' });
    await life;
    expect(content(events)).toBe('From the second.');
  });

  it('F01: is asked again after the wait when nobody else is there', async () => {
    const at = world({ turns: [refuses, answers('Back again.')], targets: [first], policy: { retry } });
    const { events, life } = at.start({ cache: 'off' });
    await at.clock.advanceAsync(1_000);
    await life;
    expect(content(events)).toBe('Back again.');
  });
});

describe.each([true, false])('a target that fails before its first content (stream: %s)', (stream) => {
  const begins: Turn = (emit) => {
    emit({ type: 'answer-start', id: 'chatcmpl-1', model: 'first' });
    return Promise.resolve();
  };
  const afterRole =
    (code: ErrorCode): Turn =>
    async (...asked) => {
      await begins(...asked);
      await fails(code)(...asked);
    };

  it.each([
    ['F01: that refuses the connection', fails('provider_unreachable', { neverSent: true }), 'provider_unreachable'],
    ['F02: whose headers never come', fails('provider_timeout'), 'provider_timeout'],
    ['F09: that refuses our key', fails('provider_auth', { providerStatus: 401 }), 'provider_auth'],
    ['F10: that answers with a page', fails('provider_bad_reply'), 'provider_bad_reply'],
    ['F12: that tells an error inside a 200', afterRole('provider_overloaded'), 'provider_overloaded'],
    ['F14: that is cut after its role', afterRole('provider_unreachable'), 'provider_unreachable'],
    ['F18: that falls silent after its role', afterRole('provider_timeout'), 'provider_timeout'],
  ])(
    '%s is followed by the next one: two rows, both in attempts[], and the caller hears of none',
    async (_how, turn, code) => {
      const at = world({ turns: [turn, answers('From the second.')] });
      const started = at.start({ cache: 'off' }, stream);
      await at.clock.advanceAsync(1_000);
      await started.life;
      expect(started.events[0]).toMatchObject({ type: 'response-start', model: 'second', attempts: 2 });
      expect(content(started.events)).toBe('From the second.');
      const end = last(started);
      if (end?.type !== 'response-end') throw new Error('It did not end well');
      expect(ways(end.response)).toEqual([
        ['first', 'failed', code],
        ['second', 'completed', null],
      ]);
      expect(at.rowList().map(({ model, outcome, code: of }) => [model, outcome, of])).toEqual(ways(end.response));
    },
  );

  it.each(['provider_rejected', 'provider_rejected_answer', 'model_not_found', 'request_too_large'] as const)(
    'by %s is followed by nobody',
    async (code) => {
      const at = world({ turns: [fails(code)] });
      const { generation, life } = at.start({ cache: 'off' }, stream);
      await at.clock.advanceAsync(1_000);
      await life;
      await expect(generation.whole()).rejects.toMatchObject({ code });
      expect(askedModels(at)).toEqual(['first']);
    },
  );

  it('shares one deadline with the one that follows it', async () => {
    const at = world({ turns: [fails('provider_timeout'), hangs()] });
    const { generation, life } = at.start({ cache: 'off' }, stream);
    await at.clock.advanceAsync(100);
    const [one, other] = at.asked.map(({ options }) => options.signal);
    expect(other).toBe(one);
    generation.stop();
    await life;
  });
});

describe('a 429', () => {
  const limited = (retryAfterMs?: number) =>
    fails('provider_rate_limited', { providerStatus: 429, ...(retryAfterMs !== undefined && { retryAfterMs }) });
  const retry = { maxRetries: 3, baseMs: 1_000, factor: 2, jitter: 'none' } as const;

  it('F05: that names its reset is waited for by the request that got it; who comes meanwhile is told when, and asks nobody', async () => {
    const at = world({ turns: [limited(2_000), answers('waited for')], targets: [first], policy: { retry } });
    const waits = at.start({ cache: 'off' });
    await at.clock.advanceAsync(500);
    await expect(at.complete({ cache: 'off' })).rejects.toMatchObject({
      code: 'all_providers_unavailable',
      retryAfterMs: 1_500,
      detail: { attempts: [{ outcome: 'skipped', code: 'provider_rate_limited' }] },
      message: expect.stringMatching(
        /^No target could be asked: vendor\/first: the account takes nothing until [^;]*$/,
      ),
    });
    expect(at.asked).toHaveLength(1);
    await at.clock.advanceAsync(2_000);
    await waits.life;
    expect(content(waits.events)).toBe('waited for');
  });

  it('that names its reset is waited for no longer than it said, also when another request was told to wait longer', async () => {
    const at = world({
      turns: [limited(2_000), limited(19_000), answers('waited for')],
      targets: [first],
      policy: { retry },
    });
    const [waits, waitsLonger] = [at.start({ cache: 'off' }), at.start({ cache: 'off' })];
    await at.clock.advanceAsync(2_000);
    await waits.life;
    expect(content(waits.events)).toBe('waited for');
    waitsLonger.leave();
    await waitsLonger.life;
  });

  it('that names its reset closes the account: another model there is skipped, one elsewhere is asked', async () => {
    const sibling = target({ model: 'sibling' });
    const at = world({
      turns: [limited(60_000), answers('elsewhere'), answers('again')],
      targets: [first, sibling, second],
    });
    expect(ways(await at.complete({ cache: 'off' }))).toEqual([
      ['first', 'failed', 'provider_rate_limited'],
      ['sibling', 'skipped', 'provider_rate_limited'],
      ['second', 'completed', null],
    ]);
    expect(ways(await at.complete({ cache: 'off' }))).toEqual([
      ['first', 'skipped', 'provider_rate_limited'],
      ['sibling', 'skipped', 'provider_rate_limited'],
      ['second', 'completed', null],
    ]);
  });

  it('that names its reset is waited for where all that follow are of the same account', async () => {
    const at = world({
      turns: [limited(2_000), answers('waited for')],
      targets: [first, target({ model: 'sibling' })],
      policy: { retry },
    });
    expect((await at.complete({ cache: 'off' })).model).toBe('first');
  });

  it('that names none closes nothing and counts for nothing', async () => {
    const at = world({ turns: Array.from({ length: 20 }, () => limited()), targets: [first] });
    for (let times = 0; times < 20; times++)
      await expect(at.complete({ cache: 'off' })).rejects.toMatchObject({ code: 'provider_rate_limited' });
    expect(at.asked).toHaveLength(20);
  });
});

it('a model of which its vendor has told that nothing is left is skipped and not hit, until some is', async () => {
  const drains: Turn = (emit, options, request) => {
    options.onDrained?.(5_000);
    return answers('the last one')(emit, options, request);
  };
  const at = world({ turns: [drains, answers('2'), answers('3')] });
  expect((await at.complete({ cache: 'off' })).content).toBe('the last one');
  const skipping = await at.complete({ cache: 'off' });
  expect(ways(skipping)).toEqual([
    ['first', 'skipped', 'provider_rate_limited'],
    ['second', 'completed', null],
  ]);
  at.clock.advance(5_000);
  expect((await at.complete({ cache: 'off' })).model).toBe('first');
});

describe('what a vendor’s API has no words for', () => {
  const ollama = target({ model: 'first', provider: createCompatible({ id: 'local', preset: 'ollama' }) });
  const url = 'https://example.org/a.png';
  const picture = [{ role: 'user' as const, content: [{ type: 'image' as const, url }] }];

  it('is asked of it all the same where what stands behind an address is fetched here', async () => {
    const at = world({ turns: [answers('seen')], targets: [ollama, second], policy: { fetchesMedia: true } });
    expect(ways(await at.complete({ messages: picture }))).toEqual([['first', 'completed', null]]);
  });

  it('is told in words, a schema above all, and then it has them', async () => {
    const provider = createCompatible({ id: 'local', baseUrl: 'http://localhost:1', lacks: ['json_schema'] });
    const card = { ...target().card, model: 'first', features: new Set(['tools'] as const) };
    const at = world({ turns: [answers('{}')], targets: [target({ provider, card }), second] });
    const responseFormat = { type: 'json-schema', name: 'answer', schema: { type: 'object' } } as const;
    expect(ways(await at.complete({ responseFormat }))).toEqual([['first', 'completed', null]]);
  });

  it('is looked for only where another target may answer, and the request holds more than text', async () => {
    let encoded = 0;
    const { transport } = ollama.provider;
    if (transport.kind !== 'http') throw new Error('A described server is asked over HTTP');
    const counting = {
      ...transport,
      encode: (...asked: Parameters<typeof transport.encode>) => {
        encoded++;
        return transport.encode(...asked);
      },
    };
    const counted = { ...ollama, provider: { ...ollama.provider, transport: counting } };
    const always = answers('ok');
    await world({ always, targets: [counted, second] }).complete();
    await world({ always, targets: [counted] }).complete({ messages: picture });
    expect(encoded).toBe(0);
    const response = await world({ always, targets: [counted, second] }).complete({ messages: picture });
    expect([encoded, ...ways(response)]).toEqual([
      1,
      ['first', 'skipped', 'invalid_request'],
      ['second', 'completed', null],
    ]);
  });
});

describe('several keys at one vendor', () => {
  const pooled: Target = target({ provider: keyPool([target().provider, target().provider, target().provider]) });
  /** Which key was asked. */
  function keyed(turns: readonly Turn[], options: WorldOptions = {}) {
    const at = world({ turns, targets: [pooled], ...options });
    const used: (string | undefined)[] = [];
    const { ask } = at.parts;
    Object.assign(at.parts, {
      ask: (...asked: Parameters<typeof ask>) => {
        used.push(asked[0].provider.account);
        return ask(...asked);
      },
    });
    return { at, used };
  }

  it('are told apart in the attempts, by their place; one alone has no name of its own', async () => {
    const { at } = keyed([fails('provider_quota'), answers('ok')], { random: () => 0 });
    const { attempts } = await at.complete();
    expect(attempts.map(({ provider, account }) => [provider, account])).toEqual([
      ['vendor', 'vendor#1'],
      ['vendor', 'vendor#2'],
    ]);
    const [alone] = (await world({ turns: [answers('ok')] }).complete()).attempts;
    expect(alone).not.toHaveProperty('account');
  });

  it('take turns', async () => {
    const chances = [0, 0.4, 0.99];
    const { at, used } = keyed([answers('1'), answers('2'), answers('3')], { random: () => chances.shift() ?? 0 });
    for (let times = 0; times < 3; times++) await at.complete({ cache: 'off' });
    expect(used).toEqual(['vendor#1', 'vendor#2', 'vendor#3']);
  });

  it.each(['provider_auth', 'provider_quota', 'provider_rate_limited'] as const)(
    'stand in for one another at once when it is the account that fails (%s)',
    async (code) => {
      const { at, used } = keyed([fails(code, { retryAfterMs: 2_000 }), answers('by another')], { random: () => 0 });
      const before = at.clock.monotonicMs();
      const { life, events } = at.start({ cache: 'off' });
      await at.clock.advanceAsync(0);
      await life;
      expect([content(events), at.clock.monotonicMs() - before]).toEqual(['by another', 0]);
      expect(used).toEqual(['vendor#1', 'vendor#2']);
    },
  );

  it('do not stand in for one another when it is the vendor that fails', async () => {
    const { at, used } = keyed([fails('provider_timeout')]);
    await expect(at.complete({ cache: 'off' })).rejects.toMatchObject({ code: 'provider_timeout' });
    expect(used).toHaveLength(1);
  });

  it('are retried by the same one when it is the vendor that fails', async () => {
    const retry = { maxRetries: 1, baseMs: 1_000, factor: 2, jitter: 'none' } as const;
    const { at, used } = keyed([fails('provider_timeout'), answers('then')], { random: () => 0, policy: { retry } });
    await at.complete({ cache: 'off' });
    expect(used).toEqual(['vendor#1', 'vendor#1']);
  });

  it('are told apart when one is dead: it is not asked again, and said once; no name of it is the key', async () => {
    const { at, used } = keyed([fails('provider_auth'), ...Array.from({ length: 7 }, () => answers('by another'))], {
      random: () => 0,
    });
    for (let times = 0; times < 7; times++) await at.complete({ cache: 'off' });
    expect(used.filter((key) => key === 'vendor#1')).toHaveLength(1);
    expect(at.lines.filter(({ event }) => event === 'provider_key_dead')).toEqual([
      { event: 'provider_key_dead', fields: { provider: 'vendor', account: 'vendor#1', model: 'large' } },
    ]);
  });
});

describe('a route', () => {
  const weighted = (model: string, weight: number) => target({ model, terms: { weight } });
  const orders = async (targets: readonly Target[], random: () => number) => {
    const at = world({ turns: targets.map(() => fails('provider_auth')), targets, random });
    await at.complete({ cache: 'off' }).catch(() => {});
    return askedModels(at).join();
  };

  it.each([
    [[0, 0], 'a,b,c'],
    [[0.49, 0.39], 'a,b,c'],
    [[0.49, 0.41], 'a,c,b'],
    [[0.5, 0.99], 'b,c,a'],
    [[0.99, 0], 'c,a,b'],
  ])('draws among equals by their weights, the first and those that follow it: %j gives %s', async (chances, order) => {
    const drawn = [...chances];
    const targets = [weighted('a', 5), weighted('b', 2), weighted('c', 3)];
    expect(await orders(targets, () => drawn.shift() ?? 0)).toBe(order);
  });

  it('keeps the place of who has no weight, and draws no lots where none has', async () => {
    const noLots = () => {
      throw new Error('a lot was drawn');
    };
    expect(await orders([target({ model: 'a' }), target({ model: 'b' })], noLots)).toBe('a,b');
    const drawn = [0.9, 0];
    const targets = [weighted('a', 1), weighted('b', 1), target({ model: 'c' }), weighted('d', 1)];
    expect(await orders(targets, () => drawn.shift() ?? 0)).toBe('b,a,c,d');
  });

  it('says why a target was taken', async () => {
    const at = world({ turns: [answers('ok')], targets: [weighted('a', 3), weighted('b', 1)], random: () => 0 });
    const { attempts } = await at.complete({ cache: 'off' });
    expect(attempts.map(({ reason }) => reason)).toEqual(['named by the caller, drawn by its weight of 3 in 4']);
  });

  it('passes over who does not meet its terms, and says which', async () => {
    const card = { ...target().card, features: new Set<never>(), contextWindow: 8_192 };
    const targets = [
      target({ card: { ...card, model: 'plain' }, terms: { needs: ['json_schema'] } }),
      target({ card: { ...card, model: 'small' }, terms: { minContext: 8_193 } }),
      target({ model: 'dear', terms: { maxOutputPicoUsd: perToken('1.999999') } }),
      target({ model: 'unpriced', price: null, terms: { maxOutputPicoUsd: perToken('100') } }),
      target({
        model: 'right',
        terms: { needs: ['tools'], minContext: 131_072, maxOutputPicoUsd: perToken('2') },
      }),
    ];
    const at = world({ turns: [answers('ok')], targets });
    const response = await at.complete({ cache: 'off' });
    expect(response.attempts.map(({ model, outcome, code, reason }) => [model, outcome, code, reason])).toEqual([
      ['plain', 'skipped', null, 'the route wants json schema, which the model lacks'],
      ['small', 'skipped', null, "the route wants a window of 8193 tokens, and the model's is 8192"],
      ['dear', 'skipped', null, 'a token of its answer costs more than the route allows'],
      ['unpriced', 'skipped', null, 'the route has a ceiling for the price, and the model has no price'],
      ['right', 'completed', null, 'named by the caller'],
    ]);
    expect(at.rowList()).toHaveLength(1);
  });

  it('of which no target meets the terms is a 503 that says why', async () => {
    const at = world({ targets: [target({ model: 'small', terms: { minContext: 1_000_000 } })] });
    await expect(at.complete()).rejects.toMatchObject({
      code: 'all_providers_unavailable',
      message: expect.stringContaining('small: the route wants a window of 1000000 tokens'),
      detail: { attempts: [{ model: 'small', outcome: 'skipped' }] },
    });
  });

  it('tells of those that lack a feature, or have no price under a budget, in attempts[] too', async () => {
    const blind = target({ card: { ...target().card, model: 'blind', features: new Set() } });
    const unpriced = target({ model: 'unpriced', price: null });
    const at = world({
      turns: [answers('ok')],
      targets: [blind, unpriced, second],
      limits: { usd_per_day: 1_000_000_000 },
    });
    const tools = [{ name: 'run' }];
    expect(ways(await at.complete({ cache: 'off', tools }))).toEqual([
      ['blind', 'skipped', 'invalid_request'],
      ['unpriced', 'skipped', 'model_unpriced'],
      ['second', 'completed', null],
    ]);
  });
});
