// The stories of a request for embeddings: the same life as that of one for an answer, with texts in the place of a conversation and
// vectors in that of words.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Target } from '../src/core/catalog.ts';
import { valuesOf, vectorOf } from '../src/core/embeddings.ts';
import { collect, replay } from '../src/core/events.ts';
import { perToken } from '../src/core/money.ts';
import type { LLMRequest } from '../src/core/request.ts';
import type { Answer } from '../src/core/response.ts';
import { createSharedFlights } from '../src/generations/shared-flights.ts';
import { SharedLogs } from '../src/generations/shared-logs.ts';
import { createMemoryCache } from '../src/stores/memory/cache.ts';
import { PeerNetwork } from './generations/peer-network.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { fails, hangs, price, type Turn, target, usage, World } from './world.ts';

function maker(model = 'maker', overrides: Partial<Target> = {}): Target {
  const { card, ...rest } = target({ model });
  const features = new Set(['embeddings'] as const);
  const own = { ...card, outputLimit: 0, contextWindow: 100, features };
  return { ...rest, card: { ...own, vectors: { dimensions: 2, areShortened: true } }, ...overrides };
}

const vectorsOf = (count: number) => Array.from({ length: count }, (_, index) => vectorOf(Float32Array.of(index, 0.5)));

/** The vendor makes a vector for each text. */
function embeds(told: number | null = 7): Turn {
  return (emit, _options, { messages }) => {
    emit({ type: 'answer-start', id: null, model: 'maker' });
    for (const vector of vectorsOf(messages.length)) emit({ type: 'embedding', vector });
    const figures = told === null ? null : usage(told, 0);
    const end = { finishReason: 'stop', finishReasonRaw: null, usage: figures, providerMetadata: {} } as const;
    emit({ type: 'answer-end', ...end });
    return Promise.resolve();
  };
}

function texts(count: number, embedding: LLMRequest['embedding'] = { dimensions: null }): Partial<LLMRequest> {
  const messages = Array.from({ length: count }, (_, index) => ({ role: 'user' as const, content: `text ${index}` }));
  return { messages, embedding };
}

/** Of the world's count, four characters a token: `"text 0"` with its quotes. */
const TOKENS_OF_TEXT = 2;

describe('a request for embeddings', () => {
  it('gets a vector for each text, priced by its tokens alone, and is written down', async () => {
    const world = new World({ targets: [maker()], turns: [embeds(5)] });
    const response = await world.complete(texts(3));
    expect(response).toMatchObject({
      content: '',
      parts: [],
      tokensUsed: 5,
      costUsd: '0.000005',
      finishReason: 'stop',
    });
    expect(response.vectors).toEqual(vectorsOf(3));
    expect(world.rowList()).toMatchObject([
      {
        state: 'settled',
        costPicoUsd: 5_000_000n,
        usage: { inputTokens: 5, outputTokens: 0 },
        usageSource: 'provider',
      },
    ]);
    expect(world.journal.map((line) => line.split(' ')[0])).toEqual(['open', 'ask', 'close']);
  });

  it('is asked with every text and nothing of an answer: no history is trimmed, no temperature, no tokens, no stream', async () => {
    const world = new World({ targets: [maker()], turns: [embeds()] });
    const { life, events } = world.start(texts(40), true);
    await life;
    expect(world.asked[0]).toMatchObject({
      options: { stream: false },
      request: { temperature: null, maxTokens: 0, embedding: { dimensions: null } },
    });
    expect(world.asked[0]?.request.messages).toHaveLength(40);
    expect(events.map(({ type }) => type)).toEqual(['response-start', ...Array(40).fill('embedding'), 'response-end']);
  });

  it('whose vendor tells no tokens is estimated by its texts, and its vectors are none', async () => {
    const world = new World({ targets: [maker()], turns: [embeds(null)] });
    const response = await world.complete(texts(3));
    expect(response).toMatchObject({
      usageSource: 'estimate',
      usage: { inputTokens: 3 * TOKENS_OF_TEXT, outputTokens: 0 },
    });
    expect(world.rowList()).toMatchObject([{ usageSource: 'estimate', costPicoUsd: 6_000_000n }]);
  });

  it('holds what its texts can cost, nothing for an answer, and settles by what the vendor tells', async () => {
    const world = new World({
      targets: [maker()],
      turns: [hangs()],
      limits: { tokens_per_day: 1_000, usd_per_day: 1_000_000 },
    });
    const { leave, life } = world.start(texts(3));
    await world.clock.advanceAsync(0);
    expect([await world.used('tokens_per_day'), await world.used('usd_per_day')]).toEqual([6, 6_000]);
    expect(world.rowList()).toMatchObject([{ heldTokens: 6, heldPicoUsd: 6_000_000n }]);
    leave();
    await life;
    const settled = new World({ targets: [maker()], turns: [embeds(4)], limits: { tokens_per_day: 1_000 } });
    await settled.complete(texts(3));
    expect(await settled.used('tokens_per_day')).toBe(4);
  });

  it.each([
    ['a model that makes nothing else', maker()],
    ['a model that answers too', { ...maker(), card: { ...maker().card, outputLimit: 100 } }],
  ])('that the budget does not cover is refused before anybody is asked, and never clamped: %s', async (_what, one) => {
    const world = new World({ targets: [one], limits: { usd_per_day: 5_999 } });
    await expect(world.complete(texts(3))).rejects.toMatchObject({ code: 'budget_exceeded' });
    expect([world.asked, world.rowList()]).toEqual([[], []]);
    const enough = new World({ targets: [one], limits: { usd_per_day: 6_000 }, turns: [embeds(6)] });
    expect(await enough.complete(texts(3))).toMatchObject({ costUsd: '0.000006', maxTokens: null });
  });

  it('may have more texts than fit a window, as long as each of them does', async () => {
    const world = new World({ targets: [maker()], turns: [embeds(2_000)] });
    expect(await world.complete(texts(1_000))).toMatchObject({ usageSource: 'provider', tokensUsed: 2_000 });
    const long = { messages: [{ role: 'user' as const, content: 'x'.repeat(500) }], embedding: { dimensions: null } };
    await expect(world.complete(long)).rejects.toMatchObject({ code: 'context_length_exceeded', param: 'input' });
  });

  it('moves on when a target fails, to the next that makes embeddings, and says whom it passed over', async () => {
    const world = new World({
      targets: [maker('first'), target({ model: 'answers' }), maker('second')],
      turns: [fails('provider_auth'), embeds()],
    });
    const { model, attempts } = await world.complete(texts(1));
    expect(model).toBe('second');
    expect(attempts.map(({ model: asked, outcome, code }) => [asked, outcome, code])).toEqual([
      ['answers', 'skipped', 'invalid_request'],
      ['first', 'failed', 'provider_auth'],
      ['second', 'completed', null],
    ]);
  });

  it('at a model that answers, and a chat at one that makes embeddings, are refused before money is held', async () => {
    const limits = { usd_per_day: 1_000_000 };
    const world = new World({ targets: [target()], limits });
    await expect(world.complete(texts(1))).rejects.toMatchObject({ code: 'invalid_request', param: 'model' });
    const chat = new World({ targets: [maker()], limits });
    await expect(chat.complete()).rejects.toMatchObject({ code: 'invalid_request', param: 'model' });
    expect([await world.used('usd_per_day'), await chat.used('usd_per_day')]).toEqual([0, 0]);
  });

  it('is told of cheaper models that make embeddings, and of no others', async () => {
    const world = new World({
      targets: [maker('dear'), maker('cheap'), target({ model: 'chat' })],
      limits: { usd_per_day: 1_000 },
    });
    const { catalog } = world.parts;
    const aTenth = perToken('0.1');
    const low = { ...price, input: aTenth, cacheRead: aTenth, cacheWrite: aTenth };
    Object.assign(world.parts, {
      catalog: { ...catalog, priceOf: (_provider: string, model: string) => (model === 'dear' ? price : low) },
    });
    await expect(world.complete(texts(2))).rejects.toMatchObject({
      detail: { refusal: { cheaperModels: ['vendor/cheap'] } },
    });
  });

  it('that was asked before comes from the cache; with other dimensions it is asked', async () => {
    const world = new World({ targets: [maker()], turns: [embeds(), embeds()] });
    const first = await world.complete(texts(2));
    const second = await world.complete(texts(2));
    expect(second).toMatchObject({ cached: true, costUsd: '0.00', vectors: first.vectors });
    expect(await world.complete(texts(2, { dimensions: 1 }))).toMatchObject({ cached: false });
    // A chat of the same words is another question.
    expect(world.asked).toHaveLength(2);
  });

  /** Two processes that ask the same of it at the same time. */
  async function askedByTwo(wish: Partial<LLMRequest>, cached: boolean, turns: readonly Turn[]) {
    const clock = new SimulatedClock();
    const [cache, another] = [createMemoryCache(), createMemoryCache()];
    const network = new PeerNetwork(clock);
    const held = Promise.withResolvers<void>();
    const later: Turn = (...asked) => held.promise.then(() => embeds()(...asked));
    const worlds = [[later], turns].map((own, index) => {
      const logs = new SharedLogs(network.join(`p${index}`), clock);
      const flights = createSharedFlights({ logs, longestMs: 180_000 });
      const process = `p${index}`;
      return new World({
        targets: [maker()],
        turns: own,
        clock,
        cache: cached || index === 0 ? cache : another,
        flights,
        process,
      });
    });
    const begun = worlds.map((world) => world.start(wish, false));
    await clock.advanceAsync(10);
    held.resolve();
    const answers = Promise.all(begun.map(({ generation }) => generation.whole()));
    await clock.advanceAsync(2_000);
    await Promise.all(begun.map(({ life }) => life));
    const types = begun.map(({ events }) => events.map(({ type }) => type).filter((type) => type !== 'embedding'));
    return { answers: await answers, asked: worlds.map(({ asked }) => asked.length), types, network };
  }
  const ONE_ANSWER = ['response-start', 'response-end'];

  it('F62: that two processes ask at once is asked by one, and found by the other in the cache, not told in a log', async () => {
    const { answers, asked, types, network } = await askedByTwo(texts(1_000), true, []);
    expect(answers.map(({ vectors, cached }) => [vectors, cached])).toEqual([
      [vectorsOf(1_000), false],
      [vectorsOf(1_000), true],
    ]);
    expect(asked).toEqual([1, 0]);
    expect(types).toEqual([ONE_ANSWER, ONE_ANSWER]);
    expect(network.bytesSent).toBeLessThan(200);
  });

  it('that two processes ask at once is asked by both where the cache has not kept it', async () => {
    const { answers, asked, types } = await askedByTwo(texts(3), false, [embeds()]);
    expect(answers.map(({ vectors, cached, shared }) => [vectors, cached, shared])).toEqual(
      [1, 2].map(() => [vectorsOf(3), false, false]),
    );
    expect(asked).toEqual([1, 1]);
    expect(types).toEqual([ONE_ANSWER, ONE_ANSWER]);
  });
});

describe('a vector', () => {
  const floats = fc.float32Array({ noNaN: true, noDefaultInfinity: true, minLength: 1, maxLength: 40 });

  it('is the same after any way there and back, and so is the answer that has it: collect(replay(answer)) = answer', () => {
    fc.assert(
      fc.property(fc.array(floats, { minLength: 1, maxLength: 5 }), (arrays) => {
        const vectors = arrays.map(vectorOf);
        expect(vectors.map(valuesOf)).toEqual(arrays);
        const end = { finishReason: 'stop', finishReasonRaw: null, usage: usage(1, 0), providerMetadata: {} } as const;
        const answer: Answer = { id: null, model: 'm', parts: [], vectors, ...end };
        expect(collect(replay(answer))).toEqual(answer);
      }),
    );
  });

  it('is float32, the lowest byte first', () => {
    expect(vectorOf(Float32Array.of(1, -2))).toBe(Buffer.from([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]).toString('base64'));
  });
});
