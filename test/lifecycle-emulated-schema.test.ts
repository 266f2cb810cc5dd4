// The stories of a JSON schema that the model does not take: it is told the schema in words, its answer is checked before anybody reads
// it, and a wrong one is asked for once more with what was wrong. Whatever is written is paid for.

import { describe, expect, it } from 'vitest';
import type { ModelFeature } from '../src/core/catalog.ts';
import { LLMError } from '../src/core/errors.ts';
import type { AnswerEvent, StreamEvent } from '../src/core/events.ts';
import type { LLMRequest } from '../src/core/request.ts';
import { createCompatible } from '../src/providers/compatible.ts';
import { content, last, scripted } from './scripted-vendor.ts';
import { answers, breaks, fails, hangs, type Turn, target, usage, World } from './world.ts';

const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, people: { type: 'integer', minimum: 1 } },
  required: ['city', 'people'],
  additionalProperties: false,
};
const ASKED: Partial<LLMRequest> = {
  messages: [{ role: 'user', content: 'Where?' }],
  responseFormat: { type: 'json-schema', name: 'place', schema },
};
const VALID = '{"city": "Oslo", "people": 700000}';
const WRONG = '{"city": "Oslo", "people": "many"}';

function model(name: string, ...features: ModelFeature[]) {
  const known = target({ model: name, provider: createCompatible({ id: 'vendor', baseUrl: 'http://127.0.0.1:9' }) });
  return { ...known, card: { ...known.card, features: new Set(features) } };
}
const PLAIN = model('plain', 'tools', 'json_mode');
const WORDS_ONLY = model('words-only');
const NATIVE = model('native', 'json_schema');

const textOf = (events: readonly StreamEvent[]) => content(events);
const deltas = (events: readonly StreamEvent[]) => events.filter(({ type }) => type === 'text-delta').length;
const rowsOf = (world: World) =>
  world.rowList().map(({ state, outcome, code, usageSource, costPicoUsd }) => ({
    state,
    outcome,
    code,
    usageSource,
    costNanoUsd: costPicoUsd === null ? null : Number(costPicoUsd / 1_000n),
  }));

async function streamed(world: World, request = ASKED) {
  const started = world.start(request);
  while (!started.generation.ended) await world.clock.advanceAsync(500);
  await started.life;
  return started;
}

describe('a JSON schema that the model does not take', () => {
  it('is told in words, and an answer that keeps to it is handed on, with a warning that says so', async () => {
    const world = new World({ targets: [PLAIN], turns: [answers(VALID)] });
    const response = await world.complete({ ...ASKED, systemPrompt: 'Be brief.' });
    expect(response.content).toBe(VALID);
    expect(response.warnings).toEqual([
      {
        code: 'json_schema_emulated',
        message: 'plain takes no JSON schema: it was told it in words, and its answer was checked',
        param: 'response_format',
      },
    ]);
    const [asked] = world.asked;
    expect(asked?.request.responseFormat).toEqual({ type: 'json' });
    expect(asked?.request.systemPrompt).toMatch(/^Be brief\.\n\nAnswer with one JSON value and nothing else/);
    expect(asked?.request.systemPrompt).toContain(JSON.stringify(schema));
  });

  it('is asked without JSON mode where the model has none, where the JSON is no object, and beside tools', async () => {
    const list = { type: 'json-schema' as const, name: 'list', schema: { type: 'array', items: { type: 'integer' } } };
    const world = new World({ targets: [PLAIN], turns: [answers('[1, 2]'), answers(VALID)] });
    expect((await world.complete({ ...ASKED, responseFormat: list })).content).toBe('[1, 2]');
    await world.complete({ ...ASKED, tools: [{ name: 'look' }] });
    const bare = new World({ targets: [WORDS_ONLY], turns: [answers(VALID)] });
    await bare.complete(ASKED);
    const formats = [...world.asked, ...bare.asked].map(({ request }) => request.responseFormat.type);
    expect(formats).toEqual(['text', 'text', 'text']);
    expect(world.asked[1]?.request.systemPrompt).toMatch(/^Call tools as you need them; when you answer, answer with/);
  });

  it('says that "strict" is more than can be promised, and what of the schema is not checked', async () => {
    const pattern = { type: 'object', properties: { city: { type: 'string', pattern: '^(a+)+$', format: 'email' } } };
    const world = new World({ targets: [PLAIN], turns: [answers(`{"city": "${'a'.repeat(60)}!"}`)] });
    const format = { type: 'json-schema' as const, name: 'place', schema: pattern, strict: true };
    const { warnings } = await world.complete({ ...ASKED, responseFormat: format });
    expect(warnings[0]?.message).toBe(
      'plain takes no JSON schema: it was told it in words, and its answer was checked; ' +
        '"strict" is more than can be promised so; not checked, or not to the letter: format, pattern',
    );
  });

  it.each(['```json\n%\n```', 'Here you are:\n```\n%\n```\nEnjoy!', '  %\n'])(
    'is found in what models put around it: %j',
    async (around) => {
      const world = new World({ targets: [PLAIN], turns: [answers(around.replace('%', VALID))] });
      expect((await world.complete(ASKED)).content).toBe(VALID);
    },
  );

  it('nothing of a stream is handed on before all of it is checked; then it comes whole', async () => {
    const vendor = scripted();
    const world = new World({ targets: [PLAIN], turns: [vendor.turn] });
    const started = world.start(ASKED);
    await vendor.asked;
    vendor.tell({ type: 'reasoning-delta', text: 'Norway.' });
    vendor.say(VALID.slice(0, 10));
    vendor.say(VALID.slice(10));
    expect(started.events).toEqual([]);
    vendor.end();
    await started.life;
    expect(started.events.map(({ type }) => type)).toEqual([
      'response-start',
      'reasoning-delta',
      'reasoning-end',
      'text-delta',
      'response-end',
    ]);
    expect(textOf(started.events)).toBe(VALID);
  });

  it('an answer that does not keep to it is asked for once more, with what was wrong; both are paid for', async () => {
    for (const isStreamed of [true, false]) {
      const turns = [answers(WRONG, usage(100, 20)), answers(VALID, usage(150, 15))];
      const world = new World({ targets: [PLAIN], turns, limits: { usd_per_day: 10_000_000 } });
      const events = isStreamed ? (await streamed(world)).events : [];
      const text = isStreamed ? textOf(events) : (await world.complete(ASKED)).content;
      expect(text).toBe(VALID);
      expect(deltas(events)).toBe(isStreamed ? 1 : 0);
      const [first, second] = world.asked;
      expect(second?.request.messages).toEqual([
        ...(first?.request.messages ?? []),
        { role: 'assistant', content: WRONG },
        {
          role: 'user',
          content: expect.stringMatching(
            /^That answer was refused: .*at #\/people: Instance type "string" is invalid\. Expected "integer"\. Answer again/,
          ),
        },
      ]);
      expect(rowsOf(world)).toEqual([
        {
          state: 'settled',
          outcome: 'failed',
          code: 'provider_rejected_answer',
          usageSource: 'provider',
          costNanoUsd: 140_000,
        },
        { state: 'settled', outcome: 'completed', code: null, usageSource: 'provider', costNanoUsd: 180_000 },
      ]);
      expect(await world.used('usd_per_day')).toBe(320_000);
    }
  });

  it('twice wrong is 502 provider_rejected_answer, which says where and repeats nothing of the answer; both rows are charged', async () => {
    const turns = [answers(WRONG, usage(100, 20)), answers('I would rather not. canary', usage(150, 15))];
    const world = new World({ targets: [PLAIN, NATIVE], turns, limits: { usd_per_day: 10_000_000 } });
    const error: unknown = await world.complete(ASKED).catch((thrown: unknown) => thrown);
    if (!(error instanceof LLMError)) throw new Error('It was taken');
    expect([error.code, error.status, error.retryAfterMs]).toEqual(['provider_rejected_answer', 502, null]);
    expect(error.message).toBe(
      'plain answered with what is not the JSON that the schema asks for: it is no JSON; ask again, or a model that takes JSON schemas',
    );
    expect(error.detail.attempts?.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['failed', 'provider_rejected_answer'],
      ['failed', 'provider_rejected_answer'],
    ]);
    expect(rowsOf(world).map(({ costNanoUsd }) => costNanoUsd)).toEqual([140_000, 180_000]);
    expect(await world.used('usd_per_day')).toBe(320_000);
    expect(JSON.stringify(world.lines)).not.toContain('canary');
  });

  it('where the vendor tells no usage, a refused answer is charged by what it wrote', async () => {
    const world = new World({ targets: [PLAIN], always: answers('No. '.repeat(20), null) });
    await expect(world.complete(ASKED)).rejects.toMatchObject({ code: 'provider_rejected_answer' });
    const outputs = world.rowList().map(({ usage: told }) => told?.outputTokens);
    expect(outputs).toEqual([20, 20]);
  });

  it('one that its caller leaves is charged by what was written, though nobody has read of it', async () => {
    const world = new World({ targets: [PLAIN], turns: [hangs('{"city": "Oslo", "peop')] });
    const started = world.start(ASKED);
    await world.clock.advanceAsync(500);
    started.leave();
    await started.life;
    expect(world.rowList()).toMatchObject([
      { outcome: 'cancelled', usageSource: 'estimate', usage: { outputTokens: 6 } },
    ]);
  });

  it('what is held covers what the model is told, the second time too', async () => {
    const turns: Turn[] = [];
    const world = new World({
      targets: [PLAIN],
      always: (...told) => turns.shift()?.(...told) ?? Promise.reject(),
      limits: { tokens_per_minute: 10_000 },
    });
    const heldAt: number[] = [];
    const note =
      (text: string): Turn =>
      async (emit, options, request) => {
        heldAt.push(await world.used('tokens_per_minute'));
        const sentTokens = world.parts.tokens.requestUpperBound(request, PLAIN.card);
        await answers(text, usage(sentTokens, 100))(emit, options, request);
      };
    turns.push(note(WRONG), note(VALID));
    const { usage: told } = await world.complete({ ...ASKED, maxTokens: 100 });
    const [first = 0, second = 0] = heldAt;
    const rows = world.rowList();
    expect(rows.map(({ overHold }) => overHold)).toEqual([false, false]);
    expect(first).toBe((rows[0]?.usage?.inputTokens ?? 0) + 100);
    expect(second).toBe(first + (told?.inputTokens ?? 0) + 100);
    expect(told?.inputTokens).toBeGreaterThan(rows[0]?.usage?.inputTokens ?? 0);
  });

  it('a stream that stops before its end has handed on nothing, so it is asked again and others may be', async () => {
    const world = new World({
      targets: [PLAIN, NATIVE],
      turns: [breaks('{"city": '), breaks('{"ci'), answers(VALID)],
      policy: { retry: { maxRetries: 1, baseMs: 1_000, factor: 2, jitter: 'none' } },
    });
    const response = await world.complete(ASKED);
    expect(response.attempts.map(({ model: asked, code }) => [asked, code])).toEqual([
      ['plain', 'provider_unreachable'],
      ['plain', 'provider_unreachable'],
      ['native', null],
    ]);
    // The one that takes schemas is asked as ever.
    expect(world.asked[2]?.request).toMatchObject({ responseFormat: { type: 'json-schema' }, systemPrompt: null });
    expect(response.warnings).toEqual([]);
  });

  it('stands in for one that takes schemas, in the order of the route', async () => {
    const world = new World({ targets: [NATIVE, PLAIN], turns: [fails('provider_quota'), answers(VALID)] });
    const response = await world.complete(ASKED);
    expect([response.model, response.content]).toEqual(['plain', VALID]);
    expect(world.asked.map(({ request }) => request.responseFormat.type)).toEqual(['json-schema', 'json']);
  });

  it('is never lowered for money', async () => {
    const limits = { usd_per_day: 150_000 };
    const world = new World({ targets: [PLAIN], always: answers(VALID), limits });
    await expect(world.complete({ ...ASKED, maxTokens: 1_000 })).rejects.toMatchObject({ code: 'budget_exceeded' });
    expect(world.asked).toEqual([]);
  });

  it('an answer that ends by its length is handed on as it is: its finish reason says so, as with any schema', async () => {
    const world = new World({ targets: [PLAIN], turns: [answers('{"city": "Os', usage(10, 5), 'length')] });
    const response = await world.complete(ASKED);
    expect([response.finishReason, response.content]).toEqual(['length', '{"city": "Os']);
  });

  it('calls of tools are handed on unchecked, with what is said beside them', async () => {
    const events: AnswerEvent[] = [
      { type: 'text-delta', text: 'Let me look.' },
      { type: 'tool-call-start', toolCallId: 'c1', name: 'look' },
      { type: 'tool-call-delta', toolCallId: 'c1', argumentsText: '{"at":' },
      { type: 'tool-call-delta', toolCallId: 'c1', argumentsText: '"Oslo"}' },
      { type: 'tool-call-end', toolCallId: 'c1' },
      { type: 'answer-end', finishReason: 'tool_calls', finishReasonRaw: null, usage: null, providerMetadata: {} },
    ];
    const turn: Turn = (emit) => Promise.resolve(events.forEach(emit));
    const world = new World({ targets: [PLAIN], turns: [turn] });
    const response = await world.complete({ ...ASKED, tools: [{ name: 'look' }] });
    expect(response.content).toBe('Let me look.');
    expect(response.toolCalls).toEqual([{ id: 'c1', name: 'look', argumentsText: '{"at":"Oslo"}' }]);
  });

  it('an answer that nobody can check is not asked for twice', async () => {
    const deep = `${'['.repeat(500)}${']'.repeat(500)}`;
    const world = new World({ targets: [PLAIN], turns: [answers(deep)] });
    await expect(world.complete(ASKED)).rejects.toMatchObject({ code: 'provider_rejected_answer' });
    expect(world.asked).toHaveLength(1);
  });
});

describe('an answer to a schema that was told in words', () => {
  it('is kept once it is checked, also one that came at the second try, and given to those who ask the same', async () => {
    const world = new World({ targets: [PLAIN], turns: [answers(WRONG), answers(VALID)] });
    const made = await world.complete(ASKED);
    const kept = await world.complete(ASKED);
    expect([made.cached, kept.cached, kept.content]).toEqual([false, true, VALID]);
    expect(kept.cacheKey).toBe(made.cacheKey);
    expect(world.asked).toHaveLength(2);
  });

  it('is not given to one who puts the same words himself, and has no schema', async () => {
    const world = new World({ targets: [PLAIN], always: answers(VALID) });
    await world.complete(ASKED);
    const { systemPrompt } = world.asked[0]?.request ?? {};
    if (typeof systemPrompt !== 'string') throw new Error('The model was told nothing');
    const own = await world.complete({
      messages: ASKED.messages ?? [],
      systemPrompt,
      responseFormat: { type: 'json' },
    });
    expect(own.cached).toBe(false);
  });

  it('is read along by those who ask the same meanwhile, who see nothing of a wrong one', async () => {
    const vendor = scripted();
    const world = new World({ targets: [PLAIN], turns: [vendor.turn, answers(VALID)] });
    const leader = world.start(ASKED);
    await vendor.asked;
    const follower = world.start(ASKED);
    vendor.say(WRONG);
    expect([leader.events, follower.events]).toEqual([[], []]);
    vendor.end();
    while (!(leader.generation.ended && follower.generation.ended)) await world.clock.advanceAsync(500);
    await Promise.all([leader.life, follower.life]);
    expect([textOf(leader.events), textOf(follower.events)]).toEqual([VALID, VALID]);
    expect(last(follower)).toMatchObject({ type: 'response-end', response: { shared: true } });
    expect(world.asked).toHaveLength(2);
  });
});
