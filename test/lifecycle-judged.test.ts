// The stories of an answer that a judge decides about: nobody reads of it before it is accepted, what is accepted is what the judge made
// of it, and what is refused goes back to its model, is paid for, and is told to nobody.

import { describe, expect, it } from 'vitest';
import type { ModelFeature } from '../src/core/catalog.ts';
import { type ErrorCode, LLMError } from '../src/core/errors.ts';
import type { AnswerEvent, StreamEvent } from '../src/core/events.ts';
import type { Judge } from '../src/core/judge.ts';
import type { LLMRequest } from '../src/core/request.ts';
import type { FinishReason } from '../src/core/response.ts';
import { createCompatible } from '../src/providers/compatible.ts';
import { BAD, DATA, GOOD, judge, PROMPT, SAID, verification } from './judge-at-hand.ts';
import { content, last, scripted } from './scripted-vendor.ts';
import {
  answers,
  breaks,
  fails,
  hangs,
  type Started,
  type StartOptions,
  type Turn,
  target,
  usage,
  World,
} from './world.ts';

const schema = { type: 'object', properties: { internal: { type: 'string' }, say: { type: 'string' } } };
const ASKED: Partial<LLMRequest> = {
  messages: [{ role: 'user', content: 'A hint?' }],
  responseFormat: { type: 'json-schema', name: 'hint', schema },
};
const by = (judged: Judge, how: StartOptions = {}): StartOptions => ({ prompt: PROMPT, judge: judged, ...how });
const complete = (world: World, judged: Judge, how: StartOptions = {}) =>
  world.complete(ASKED, undefined, by(judged, how));

async function ended(world: World, ...all: readonly Started[]): Promise<void> {
  while (all.some(({ generation }) => !generation.ended)) await world.clock.advanceAsync(500);
  await Promise.all(all.map(({ life }) => life));
}

async function failureOf(answer: Promise<unknown>): Promise<LLMError> {
  const thrown: unknown = await answer.catch((error: unknown) => error);
  if (!(thrown instanceof LLMError)) throw new Error('It was answered');
  return thrown;
}

const nanoUsd = (world: World) => world.rowList().map(({ costPicoUsd }) => Number((costPicoUsd ?? 0n) / 1_000n));
const types = ({ events }: Started) => events.map(({ type }) => type);
const told = (thing: unknown) =>
  JSON.stringify(thing, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));

describe('an answer that is judged', () => {
  it('is what its judge made of it, with data, what was checked and the template; the model’s own words are nobody’s', async () => {
    const vendor = scripted();
    const judged = judge();
    const world = new World({ turns: [vendor.turn] });
    const started = world.start(ASKED, true, undefined, by(judged));
    await vendor.asked;
    vendor.tell({ type: 'reasoning-delta', text: 'Thinking of a canary.' });
    vendor.say(GOOD.slice(0, 20));
    vendor.say(GOOD.slice(20));
    expect(started.events).toEqual([]);
    vendor.end();
    await started.life;
    expect(types(started)).toEqual(['response-start', 'text-delta', 'response-end']);
    expect(content(started.events)).toBe(SAID);
    expect(last(started)).toMatchObject({
      response: { data: DATA, verification: verification(0), prompt: PROMPT, finishReason: 'stop', costUsd: '0.00002' },
    });
    expect(judged.heard).toEqual([{ text: GOOD, from: { provider: 'vendor', repairs: 0 } }]);
    expect(told([started.events, world.rowList(), world.lines])).not.toContain('canary');
    expect(world.rowList()).toMatchObject([{ outcome: 'completed', prompt: PROMPT }]);
  });

  it('is asked for by its schema where the model takes one, without a warning', async () => {
    const world = new World({ turns: [answers(GOOD)] });
    const response = await complete(world, judge());
    expect([response.content, response.data, response.warnings]).toEqual([SAID, DATA, []]);
    expect(world.asked[0]?.request).toMatchObject({ responseFormat: { type: 'json-schema' }, systemPrompt: null });
  });

  it('is asked for again with what was wrong, at once; both are paid for, and the judge is told', async () => {
    const turns = [answers(BAD, usage(100, 20)), answers(GOOD, usage(150, 15))];
    const judged = judge();
    const world = new World({ turns, limits: { usd_per_day: 10_000_000 } });
    const began = world.clock.nowMs();
    const started = world.start(ASKED, true, undefined, by(judged));
    // The clock stands still: there is nothing to wait for.
    await started.life;
    expect(world.clock.nowMs()).toBe(began);
    expect(content(started.events)).toBe(SAID);
    expect(last(started)).toMatchObject({ response: { verification: { repairs: 1 }, costUsd: '0.00032' } });
    const [first, second] = world.asked;
    expect(second?.request.messages).toEqual([
      ...(first?.request.messages ?? []),
      { role: 'assistant', content: BAD },
      { role: 'user', content: expect.stringMatching(/^That answer was refused: "bad" is not good\. Answer again/) },
    ]);
    expect(world.rowList().map(({ outcome, code }) => [outcome, code])).toEqual([
      ['failed', 'provider_rejected_answer'],
      ['completed', null],
    ]);
    expect(nanoUsd(world)).toEqual([140_000, 180_000]);
    expect(await world.used('usd_per_day')).toBe(320_000);
  });

  it('is asked for again however many others are: the share of retries is for vendors that are away, and this one is not', async () => {
    const world = new World({ turns: Array.from({ length: 60 }, (_, at) => answers(at % 2 === 0 ? BAD : GOOD)) });
    for (let at = 0; at < 30; at++) {
      const { verification: told } = await world.complete({ ...ASKED, cache: 'off' }, undefined, by(judge()));
      expect(told).toMatchObject({ repairs: 1 });
    }
    expect(world.rowList()).toHaveLength(60);
  });

  it('is refused three times at most: 502, which names rule and place and repeats nothing of it; three rows are charged', async () => {
    const world = new World({ always: answers(BAD, usage(100, 20)) });
    const error = await failureOf(complete(world, judge()));
    expect([error.code, error.status]).toEqual(['provider_rejected_answer', 502]);
    expect(error.message).toBe('large gave no answer that may be handed on: H1 at /say; ask again, or another model');
    expect(nanoUsd(world)).toEqual([140_000, 140_000, 140_000]);
    expect(told([error.message, error.detail, world.lines])).not.toMatch(/canary|bad/);
  });

  it.each([
    [0, 3, 1],
    [1, 3, 2],
    [2, 1, 2],
    [2, 0, 1],
    [5, 3, 4],
  ])(
    'is repaired %i times where its judge says so, within %i retries: %i attempts',
    async (mostRepairs, maxRetries, made) => {
      const retry = { maxRetries, baseMs: 1_000, factor: 2, jitter: 'none' as const };
      const world = new World({ always: answers(BAD), policy: { retry } });
      await failureOf(complete(world, judge({ mostRepairs })));
      expect(world.asked).toHaveLength(made);
    },
  );

  it('is repaired at its own model, though others stand behind it, and is never asked of them', async () => {
    const others = [target(), target({ model: 'other' })] as const;
    const world = new World({ always: answers(BAD), targets: others });
    await failureOf(complete(world, judge()));
    expect(world.asked.map(({ model }) => model)).toEqual(['large', 'large', 'large']);
  });

  it('whose repair the windows do not cover stays refused', async () => {
    const world = new World({ always: answers(BAD, usage(100, 20)), limits: { usd_per_day: 450_000 } });
    const error = await failureOf(complete(world, judge()));
    expect(error.code).toBe('provider_rejected_answer');
    expect(world.asked).toHaveLength(2);
    expect(await world.used('usd_per_day')).toBe(280_000);
  });

  it('is not asked for again where no other answer would fare better', async () => {
    const hopeless = judge({
      verdictOn: () =>
        Promise.resolve({ isAccepted: false, rules: [], problem: 'deep', place: 'too deep', isHopeless: true }),
    });
    const world = new World({ always: answers(BAD) });
    expect((await failureOf(complete(world, hopeless))).message).toContain('too deep');
    expect(world.asked).toHaveLength(1);
  });

  it('is told what was wrong though its vendor failed in between, and so is the one that is asked in its place', async () => {
    const targets = [target(), target({ model: 'other' })] as const;
    const turns = [answers(BAD), fails('provider_unreachable'), answers(GOOD)];
    for (const asked of [[target()] as const, targets]) {
      const judged = judge();
      const world = new World({ turns, targets: asked });
      expect((await complete(world, judged)).verification?.repairs).toBe(1);
      expect(world.asked.at(-1)?.model).toBe(asked.at(-1)?.card.model);
      const told = world.asked.map(({ request }) => request.messages.length);
      expect(told).toEqual([1, 3, 3]);
    }
  });

  it('is told what was wrong where no schema was asked for, too', async () => {
    const world = new World({ turns: [answers(BAD), answers(GOOD)] });
    const response = await world.complete({ responseFormat: { type: 'json' } }, undefined, by(judge()));
    expect(response.content).toBe(SAID);
    expect(world.asked[1]?.request.messages.at(-1)?.content).toContain('"bad" is not good');
  });

  it('that was cut at the limit of tokens is a fault like any other, and is not shown to its judge', async () => {
    const judged = judge();
    const world = new World({ turns: [answers(GOOD, usage(10, 5), 'length'), answers(GOOD)] });
    const response = await complete(world, judged);
    expect([response.content, response.verification?.repairs]).toEqual([SAID, 1]);
    expect(judged.heard).toHaveLength(1);
    expect(world.asked[1]?.request.messages.at(-1)?.content).toContain('it was cut at the limit of tokens');
    const cut = new World({ always: answers(GOOD, usage(10, 5), 'length') });
    expect((await failureOf(complete(cut, judge()))).message).toContain('it was cut at the limit of tokens');
  });

  it('that the vendor’s filter ended is not repaired', async () => {
    const finishReason: FinishReason = 'content_filter';
    const end = { type: 'answer-end', finishReason, finishReasonRaw: null, usage: null, providerMetadata: {} } as const;
    const filtered: Turn = (emit) => {
      const events: AnswerEvent[] = [{ type: 'text-delta', text: GOOD }, end];
      return Promise.resolve(events.forEach(emit));
    };
    const world = new World({ turns: [filtered] });
    expect((await failureOf(complete(world, judge()))).code).toBe('provider_rejected_answer');
    expect(world.asked).toHaveLength(1);
  });

  it('is charged by what its model wrote where the vendor tells nothing, not by what was made of it', async () => {
    const long = `{"internal": "${'x'.repeat(200)}", "say": "good"}`;
    const world = new World({ turns: [answers(long, null)] });
    await complete(world, judge());
    expect(world.rowList()[0]?.usage?.outputTokens).toBe(Math.ceil(long.length / 4));
  });

  it('a stream that stops before its end has handed on nothing, so it is asked again', async () => {
    const world = new World({ turns: [breaks('{"internal": "canary"'), answers(GOOD)] });
    const response = await complete(world, judge());
    expect(response.attempts.map(({ code }) => code)).toEqual(['provider_unreachable', null]);
    expect(response.content).toBe(SAID);
  });

  it('whose judge does not come to an end, ends with the request; what was written is charged', async () => {
    const world = new World({ turns: [answers(GOOD, null)] });
    const started = world.start(ASKED, true, undefined, by(judge({ verdictOn: () => new Promise(() => {}) })));
    await world.clock.advanceAsync(1_000);
    expect(started.events).toEqual([]);
    expect(started.generation.stop()).toBe(true);
    await started.life;
    expect(last(started)).toMatchObject({ type: 'error', error: { code: 'cancelled' } });
    expect(world.rowList()).toMatchObject([
      { outcome: 'cancelled', usage: { outputTokens: Math.ceil(GOOD.length / 4) } },
    ]);
  });
});

function model(name: string, ...features: ModelFeature[]) {
  const known = target({ model: name, provider: createCompatible({ id: 'vendor', baseUrl: 'http://127.0.0.1:9' }) });
  return { ...known, card: { ...known.card, features: new Set(features) } };
}

describe('an answer that is judged, of a model that takes no schema', () => {
  it('is told the schema in words, and judged once: by its judge alone', async () => {
    const strict = { type: 'object', required: ['missing'], properties: {} };
    const responseFormat = { type: 'json-schema' as const, name: 'hint', schema: strict };
    const judged = judge();
    const world = new World({ targets: [model('plain', 'json_mode')], turns: [answers(BAD), answers(GOOD)] });
    const response = await world.complete({ ...ASKED, responseFormat }, undefined, by(judged));
    expect([response.content, response.data]).toEqual([SAID, DATA]);
    expect(response.warnings).toEqual([
      {
        code: 'json_schema_emulated',
        message: 'plain takes no JSON schema: it was told it in words, and its answer was checked',
      },
    ]);
    expect(judged.heard).toHaveLength(2);
    expect(world.asked[0]?.request.systemPrompt).toContain(JSON.stringify(strict));
    expect(world.asked[0]?.request.responseFormat).toEqual({ type: 'json' });
  });
});

describe('what stands in for an answer', () => {
  const STAND = judge({ stand: true });

  it('is given after the last refusal, marked as such, at the cost of what was tried, and kept for nobody', async () => {
    const world = new World({ always: answers(BAD, usage(100, 20)), limits: { usd_per_day: 10_000_000 } });
    for (const asked of [3, 6]) {
      const started = world.start(ASKED, true, undefined, by(STAND));
      await ended(world, started);
      expect(types(started)).toEqual(['response-start', 'text-delta', 'response-end']);
      expect(content(started.events)).toBe('Read it again.');
      expect(last(started)).toMatchObject({
        response: {
          ...{ provider: 'vendor', model: 'large', cached: false, shared: false, cacheKey: null, costUsd: '0.00042' },
          ...{ data: { say: 'again' }, verification: { fallback: 'deterministic' }, prompt: PROMPT },
          warnings: [{ code: 'stand_in', message: expect.stringContaining('(provider_rejected_answer)') }],
          attempts: [{ outcome: 'failed' }, { outcome: 'failed' }, { outcome: 'failed' }],
        },
      });
      expect(world.asked).toHaveLength(asked);
    }
    expect(await world.used('usd_per_day')).toBe(840_000);
    expect(world.lines.at(-1)).toMatchObject({
      event: 'vendor_request_failed',
      fields: { code: 'provider_rejected_answer', stood_in: true },
    });
  });

  it.each<ErrorCode>([
    'provider_quota',
    'provider_auth',
    'provider_unreachable',
    'provider_timeout',
    'provider_rate_limited',
    'provider_overloaded',
  ])('is given where the vendor fails: %s', async (code) => {
    const world = new World({ always: fails(code) });
    const response = await complete(world, STAND);
    expect([response.content, response.warnings[0]?.message]).toEqual([
      'Read it again.',
      expect.stringContaining(code),
    ]);
    expect(await failureOf(complete(world, judge()))).toBeInstanceOf(LLMError);
  });

  it('is given where no vendor may be asked now, by nobody, for nothing', async () => {
    const world = new World({ turns: [fails('provider_quota')] });
    await failureOf(complete(world, judge()));
    const response = await complete(world, STAND);
    expect([response.provider, response.model, response.costUsd, response.usage]).toEqual([
      'none',
      'none',
      '0.00',
      null,
    ]);
    expect(response.warnings[0]?.message).toContain('all_providers_unavailable');
    expect(world.rowList()).toHaveLength(1);
  });

  it('is given where time is up', async () => {
    const world = new World({ always: fails('provider_timeout') });
    expect((await complete(world, STAND)).verification?.fallback).toBe('deterministic');
  });

  const own: readonly (readonly [ErrorCode, ConstructorParameters<typeof World>[0], Partial<LLMRequest>])[] = [
    ['rate_limited', { limits: { requests_per_minute: 0 } }, {}],
    ['budget_exceeded', { limits: { usd_per_day: 1 } }, {}],
    ['context_length_exceeded', {}, { messages: [{ role: 'user', content: 'x'.repeat(600_000) }] }],
    ['model_not_found', { always: fails('model_not_found') }, {}],
    ['provider_rejected', { always: fails('provider_rejected') }, {}],
    ['context_length_exceeded', { always: fails('context_length_exceeded') }, {}],
    ['internal', { always: () => Promise.reject(new Error('ours')) }, {}],
    ['cancelled', { always: fails('cancelled') }, {}],
    ['ledger_unavailable', { journal: { open: () => Promise.reject(ledgerAway()), close: () => {} } }, {}],
  ];
  it.each(own)('is not given where it is no fault of a vendor’s: %s', async (code, options, more) => {
    const world = new World(options);
    const error = await failureOf(world.complete({ ...ASKED, ...more }, undefined, by(STAND)));
    expect(error.code).toBe(code);
  });

  it('is not given to one who has stopped it', async () => {
    const world = new World({ turns: [hangs(GOOD)] });
    const started = world.start(ASKED, true, undefined, by(STAND));
    await world.clock.advanceAsync(500);
    started.generation.stop();
    await started.life;
    expect(types(started)).toEqual(['error']);
  });
});

function ledgerAway(): LLMError {
  return new LLMError('ledger_unavailable', 'away');
}

describe('an answer that was judged, and others who ask the same', () => {
  it('is kept with its data and what was checked, also one that came at the second try; another judge has none of it', async () => {
    const world = new World({ turns: [answers(BAD), answers(GOOD)], always: answers(GOOD) });
    const made = await complete(world, judge());
    const kept = await complete(world, judge());
    expect([made.cached, kept.cached, kept.content]).toEqual([false, true, SAID]);
    expect([kept.data, kept.verification, kept.prompt]).toEqual([DATA, verification(1), PROMPT]);
    expect(kept.cacheKey).toBe(made.cacheKey);
    expect(world.asked).toHaveLength(2);
    expect((await complete(world, judge({ key: 'another' }))).cached).toBe(false);
    expect((await world.complete(ASKED)).data).toBeUndefined();
  });

  it('is read along by them, with its data, and without what was refused or shown as a draft', async () => {
    const vendor = scripted();
    const world = new World({ turns: [vendor.turn, answers(GOOD)] });
    const leader = world.start(ASKED, true, undefined, by(judge(), { drafts: true }));
    await vendor.asked;
    const follower = world.start(ASKED, true, undefined, by(judge(), { drafts: true }));
    vendor.say(`{"say": "${'bad '.repeat(40)}`);
    vendor.say('"}');
    vendor.end();
    await ended(world, leader, follower);
    expect(types(leader)).toContain('data-draft');
    expect(types(follower)).toEqual(['response-start', 'text-delta', 'response-end']);
    expect(last(follower)).toMatchObject({
      response: { shared: true, data: DATA, verification: { repairs: 1 }, prompt: PROMPT, costUsd: '0.00' },
    });
  });

  it('that came to nothing is stood in for by each of them', async () => {
    const vendor = scripted();
    const world = new World({ turns: [vendor.turn], always: answers(BAD) });
    const leader = world.start(ASKED, true, undefined, by(judge({ stand: true })));
    await vendor.asked;
    const follower = world.start(ASKED, true, undefined, by(judge({ stand: true })));
    vendor.say(BAD);
    vendor.end();
    await ended(world, leader, follower);
    for (const { events } of [leader, follower]) expect(content(events)).toBe('Read it again.');
    expect(last(follower)).toMatchObject({ response: { provider: 'none', costUsd: '0.00' } });
    expect(world.asked).toHaveLength(3);
  });
});

const drafts = (events: readonly StreamEvent[]) =>
  events.flatMap((event) => (event.type === 'data-draft' ? [event.data] : []));

describe('drafts of an answer that is judged', () => {
  const LONG = `{"internal": "canary", "say": "${'word '.repeat(100)}`;

  it('show what was written so far, as data and without what is private, before anything of the answer', async () => {
    const vendor = scripted();
    const world = new World({ turns: [vendor.turn, answers(GOOD)] });
    const started = world.start(ASKED, true, undefined, by(judge(), { drafts: true }));
    await vendor.asked;
    for (const word of LONG.split(/(?<= )/)) vendor.say(word);
    const shown = drafts(started.events);
    expect(shown.length).toBeGreaterThan(2);
    expect(types(started).every((type) => type === 'data-draft')).toBe(true);
    for (const { say } of shown) expect('word '.repeat(100).startsWith(String(say))).toBe(true);
    expect(new Set(shown.map(({ say }) => String(say).length)).size).toBe(shown.length);
    // It is refused, and asked for again all the same.
    vendor.end();
    await ended(world, started);
    expect(content(started.events)).toBe(SAID);
    expect(told(started.events)).not.toContain('canary');
  });

  it('are shown to those alone who asked for them, and where it is a stream', async () => {
    for (const [isStream, drafted, judged] of [
      [true, false, judge()],
      [false, true, judge()],
      [true, true, { ...judge(), draftOf: () => null }],
    ] as const) {
      const world = new World({ turns: [answers(`${LONG}"}`), answers(GOOD)] });
      const started = world.start(ASKED, isStream, undefined, by(judged, { drafts: drafted }));
      await ended(world, started);
      expect(types(started)).toEqual(['response-start', 'text-delta', 'response-end']);
    }
  });

  it('are not shown twice', async () => {
    const world = new World({ turns: [answers(`${LONG}"}`), answers(GOOD)] });
    const same = judge({ draftOf: () => ({ say: 'so far' }) });
    const started = world.start(ASKED, true, undefined, by(same, { drafts: true }));
    await ended(world, started);
    expect(drafts(started.events)).toEqual([{ say: 'so far' }]);
  });

  it('are few and small, however long the answer is', async () => {
    const endless = `{"say": "${'word '.repeat(100_000)}"}`;
    const looks: number[] = [];
    const judged = judge({
      draftOf(text) {
        looks.push(text.length);
        return { say: text };
      },
    });
    const world = new World({ turns: [answers(endless), answers(GOOD)] });
    const started = world.start(ASKED, true, undefined, by(judged, { drafts: true }));
    await ended(world, started);
    expect(drafts(started.events).length).toBeLessThanOrEqual(64);
    expect(looks.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(262_144);
    expect(content(started.events)).toBe(SAID);
  });
});
