// A conversation, turn by turn: what the model is given, what is kept, and what a turn that does not come to its end leaves.

import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '../../src/core/events.ts';
import { picoUsd } from '../../src/core/money.ts';
import { answers, breaks, fails, hangs, type Turn, usage } from '../world.ts';
import { ANN, ChatWorld } from './chat-world.ts';

/** Says this, in the events of a vendor. */
function says(...events: readonly AnswerEvent[]): Turn {
  return (emit) => {
    for (const event of events) emit(event);
    const end = { finishReasonRaw: null, usage: usage(10, 5), providerMetadata: {} };
    emit({ type: 'answer-end', finishReason: 'tool_calls', ...end });
    return Promise.resolve();
  };
}

/** The breaker of a vendor that an empty account has opened. */
const WELL_AGAIN_MS = 10_000;
const asked = ({ world }: ChatWorld, turn: number) => world.asked[turn]?.request.messages;

describe('a conversation', () => {
  it('is begun by its first message, whose first words are its title', async () => {
    const here = new ChatWorld({ turns: [answers('A loop repeats.')] });
    const message = '  What is\na loop, and why would anybody want to write one instead of ten lines? ';
    const answer = await here.say({ message });
    expect(answer).toMatchObject({ content: 'A loop repeats.', conversationVersion: 1, warnings: [] });
    expect(answer.conversationId).toMatch(/^conv_/);
    const { conversation, messages } = await here.conversations.read(ANN, answer.conversationId);
    expect(conversation).toMatchObject({
      ...ANN,
      title: 'What is a loop, and why would anybody want to write one …',
      version: 1,
      messageCount: 2,
      turn: null,
    });
    expect(messages).toMatchObject([
      { position: 1, message: { role: 'user', content: message }, answer: null },
      {
        position: 2,
        message: { role: 'assistant', content: 'A loop repeats.' },
        answer: { provider: 'vendor', model: 'large', ending: 'stop', inputTokens: 10, outputTokens: 5 },
      },
    ]);
    expect(messages[1]?.answer?.costPicoUsd).toBe(picoUsd(20_000_000n));
    expect(messages[1]?.requestId).toBe(answer.id);
  });

  it('gives the model what was said before', async () => {
    const here = new ChatWorld({ turns: [answers('Hello Ann.'), answers('Ann.')] });
    const { conversationId } = await here.say({ message: 'I am Ann.' });
    const answer = await here.say({ message: 'Who am I?', conversationId, conversationVersion: 1 });
    expect(answer).toMatchObject({ content: 'Ann.', conversationVersion: 2 });
    expect(asked(here, 1)).toEqual([
      { role: 'user', content: 'I am Ann.' },
      { role: 'assistant', content: 'Hello Ann.' },
      { role: 'user', content: 'Who am I?' },
    ]);
    expect(await here.texts(conversationId)).toEqual(['I am Ann.', 'Hello Ann.', 'Who am I?', 'Ann.']);
  });

  it('is trimmed by the window of every request, and keeps everything all the same', async () => {
    const turns = Array.from({ length: 6 }, (_, turn) => answers(`answer ${turn}`));
    const here = new ChatWorld({ turns, policy: { contextMaxMessages: 3 } });
    const { conversationId } = await here.say({ message: 'question 0', systemPrompt: 'Be brief.' });
    for (let turn = 1; turn < 5; turn++) await here.say({ message: `question ${turn}`, conversationId });
    const answer = await here.say({ message: 'question 5', conversationId });
    expect(asked(here, 5)?.map(({ content }) => content)).toEqual(['question 4', 'answer 4', 'question 5']);
    expect(here.world.asked[5]?.request.systemPrompt).toBe('Be brief.');
    expect(answer.context).toMatchObject({ kept: 3, dropped: 8 });
    expect(await here.texts(conversationId)).toHaveLength(12);
  });

  it('goes on with the system prompt and the model that were given last', async () => {
    const here = new ChatWorld({ turns: Array.from({ length: 4 }, () => answers('Yes.')) });
    const { conversationId } = await here.say({ message: '1', systemPrompt: 'Be brief.', model: 'large' });
    await here.say({ message: '2', conversationId });
    await here.say({ message: '3', conversationId, systemPrompt: 'Be kind.' });
    await here.say({ message: '4', conversationId, systemPrompt: '' });
    expect(here.world.asked.map(({ request }) => request.systemPrompt)).toEqual([
      'Be brief.',
      'Be brief.',
      'Be kind.',
      null,
    ]);
    const { conversation } = await here.conversations.read(ANN, conversationId);
    expect(conversation).toMatchObject({ model: 'large', systemPrompt: null });
  });

  it('sends what a vendor wants back unchanged, to the letter', async () => {
    const state = { signature: 'abc', '2': [1.5, null], '1': { z: 'é' } };
    const here = new ChatWorld({
      turns: [
        says(
          { type: 'reasoning-delta', text: 'Hm.' },
          { type: 'reasoning-end', providerData: state },
          { type: 'tool-call-start', toolCallId: 'call_1', name: 'look' },
          { type: 'tool-call-delta', toolCallId: 'call_1', argumentsText: '{}' },
          { type: 'tool-call-end', toolCallId: 'call_1', providerData: state },
        ),
        answers('It rains.'),
      ],
    });
    const { conversationId } = await here.say({ message: 'Look outside.', tools: [{ name: 'look' }] });
    const toolResults = [{ toolCallId: 'call_1', content: 'rain' }];
    await here.say({ conversationId, toolResults, tools: [{ name: 'look' }] });
    const [, answer, result] = asked(here, 1) ?? [];
    const parts = [
      { type: 'reasoning', text: 'Hm.', providerData: state },
      { type: 'tool-call', toolCallId: 'call_1', name: 'look', argumentsText: '{}', providerData: state },
    ];
    expect(JSON.stringify(answer)).toBe(JSON.stringify({ role: 'assistant', content: parts }));
    expect(result).toEqual({ role: 'tool', toolCallId: 'call_1', content: 'rain' });
    expect(await here.texts(conversationId)).toEqual(['Look outside.', parts, 'rain', 'It rains.']);
  });

  it('leaves out a call that nobody answered, since a vendor would refuse all of it', async () => {
    const call: readonly AnswerEvent[] = [
      { type: 'tool-call-start', toolCallId: 'call_1', name: 'look' },
      { type: 'tool-call-delta', toolCallId: 'call_1', argumentsText: '{}' },
      { type: 'tool-call-end', toolCallId: 'call_1' },
    ];
    const here = new ChatWorld({
      turns: [says({ type: 'text-delta', text: 'I look.' }, ...call), says(...call), answers('Fine.')],
    });
    const { conversationId } = await here.say({ message: '1' });
    await here.say({ message: '2', conversationId });
    await here.say({ message: '3', conversationId });
    expect(asked(here, 2)).toEqual([
      { role: 'user', content: '1' },
      { role: 'assistant', content: [{ type: 'text', text: 'I look.' }] },
      { role: 'user', content: '2' },
      { role: 'user', content: '3' },
    ]);
  });

  it.each([
    ['no call', [{ toolCallId: 'call_1', content: 'x' }]],
    ['another call', [{ toolCallId: 'call_2', content: 'x' }]],
  ])('refuses results of %s, and is free for the next turn', async (_what, toolResults) => {
    const here = new ChatWorld({ turns: [answers('Hi.'), answers('Yes.')] });
    const { conversationId } = await here.say({ message: '1' });
    const refused = here.say({ conversationId, toolResults });
    await expect(refused).rejects.toMatchObject({ code: 'invalid_request', detail: { param: 'toolResults' } });
    expect((await here.say({ message: '2', conversationId })).content).toBe('Yes.');
  });

  it('has an end: no room for another turn is told before anybody is asked', async () => {
    const here = new ChatWorld({ turns: [answers('Hi.')] });
    const { conversationId } = await here.say({ message: '1' });
    const long = 'x'.repeat(1_048_000);
    const message = Array.from({ length: 9 }, () => ({ type: 'image' as const, url: `data:image/png;base64,${long}` }));
    const refused = here.say({ message, conversationId });
    await expect(refused).rejects.toMatchObject({
      code: 'request_too_large',
      message: expect.stringContaining('begin a new one'),
    });
    await fillUp(here, conversationId);
    await expect(here.say({ message: 'more', conversationId })).rejects.toMatchObject({
      code: 'too_many_messages',
      message: 'A conversation has at most 500 messages; begin a new one',
    });
    expect(here.world.asked).toHaveLength(1);
  });

  async function fillUp({ store, world }: ChatWorld, conversationId: string): Promise<void> {
    const nowMs = world.clock.nowMs();
    const claim = { requestId: 'req_filling', untilMs: nowMs + 1 };
    await store.claim(ANN, conversationId, claim, nowMs, null);
    const messages = Array.from({ length: 496 }, (_, index) => {
      const message = { role: 'user' as const, content: 'x' };
      return { position: index + 3, requestId: 'req_filling', message, atMs: nowMs, answer: null };
    });
    const about = { conversationId, requestId: 'req_filling', systemPrompt: null, model: null, atMs: nowMs };
    expect(await store.write({ ...about, version: 2, messageCount: 498, messages, untilMs: null })).toBe('kept');
    await store.claim(ANN, conversationId, claim, nowMs, null);
    const last = { position: 499, requestId: 'req_filling', message: { role: 'user' as const, content: 'x' } };
    const more = [{ ...last, atMs: nowMs, answer: null }];
    await store.write({ ...about, version: 3, messageCount: 499, messages: more, untilMs: null });
  }

  it.each([
    ['nothing', {}, 'message'],
    ['white space', { message: ' \n' }, 'message'],
    ['a message of many', { message: 'x', messages: [] }, 'messages'],
    ['a field that there is not', { message: 'x', conversation_id: 'conv_1' }, 'conversation_id'],
    ['a text that is none', { message: 5 }, 'message'],
    ['more text than a message has', { message: 'x'.repeat(1_048_577) }, 'message'],
    ['a version of no conversation', { message: 'x', conversationVersion: 1 }, 'conversationVersion'],
    ['results that are none', { toolResults: [5] }, 'toolResults'],
    ['a temperature that is none', { message: 'x', temperature: 3 }, 'temperature'],
  ])('refuses %s by name, before it asks a store', async (_what, request, param) => {
    const here = new ChatWorld();
    here.state = 'away';
    await expect(here.say(JSON.parse(JSON.stringify(request)))).rejects.toMatchObject({
      code: expect.stringMatching(/^(invalid_request|unknown_parameter|request_too_large)$/),
      detail: { param },
    });
  });

  it('B53, B54: keeps no half character and no NUL of what was said', async () => {
    const here = new ChatWorld({ turns: [answers('ok')] });
    const { conversationId } = await here.say({ message: 'a\ud83d b\u0000' });
    expect((await here.texts(conversationId))[0]).toBe('a\ufffd b\ufffd');
  });
});

describe('an answer that does not come to its end', () => {
  it('is kept as what was delivered, and marked as broken', async () => {
    const here = new ChatWorld({ turns: [breaks('half a sen'), answers('Again: whole.')] });
    const { id, life, events } = await here.start({ message: 'Tell me.' });
    await life;
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { code: 'stream_broken' } });
    const [, answer] = await here.messages(id);
    expect(answer).toMatchObject({
      message: { content: 'half a sen' },
      answer: { ending: 'broken', code: 'stream_broken', inputTokens: null, outputTokens: null },
    });
    // What was spent on it is known: an estimate of what was delivered.
    expect(answer?.answer?.costPicoUsd).toBe(here.world.rowList()[0]?.costPicoUsd);
    await here.say({ message: 'Go on.', conversationId: id });
    expect(asked(here, 1)?.[1]).toEqual({ role: 'assistant', content: 'half a sen' });
  });

  it('by its caller’s leaving is kept as what was delivered; the next message need not wait', async () => {
    const here = new ChatWorld({ turns: [hangs('one two'), answers('Fine.')] });
    const { id, leave } = await here.start({ message: 'Count.' });
    await here.world.clock.advanceAsync(100);
    leave();
    const next = here.say({ message: 'Stop.', conversationId: id });
    expect((await next).content).toBe('Fine.');
    expect(await here.texts(id)).toEqual(['Count.', 'one two', 'Stop.', 'Fine.']);
    expect((await here.messages(id))[1]).toMatchObject({ answer: { ending: 'cancelled', code: 'cancelled' } });
  });

  it('but is heard out for its figures does not hold its conversation up', async () => {
    const finish = Promise.withResolvers<void>();
    const slow: Turn = async (emit) => {
      emit({ type: 'text-delta', text: 'one' });
      await finish.promise;
      emit({ type: 'text-delta', text: ' two' });
      const end = { finishReasonRaw: 'stop', usage: usage(10, 5), providerMetadata: {} };
      emit({ type: 'answer-end', finishReason: 'stop', ...end });
    };
    const here = new ChatWorld({ turns: [slow, answers('Fine.')], policy: { onCancel: 'drain' } });
    const { id, leave, life } = await here.start({ message: 'Count.' });
    await here.world.clock.advanceAsync(100);
    leave();
    await here.world.clock.advanceAsync(1_000);
    expect((await here.say({ message: 'Stop.', conversationId: id })).content).toBe('Fine.');
    finish.resolve();
    await life;
    expect(await here.texts(id)).toEqual(['Count.', 'one', 'Stop.', 'Fine.']);
  });

  it('without a word leaves nothing: neither the message nor a new conversation', async () => {
    const here = new ChatWorld({ turns: [fails('provider_quota'), answers('Yes.'), fails('provider_quota')] });
    await expect(here.say({ message: 'first' })).rejects.toMatchObject({ code: 'provider_quota' });
    expect(await here.conversations.list(ANN)).toEqual({ conversations: [], nextCursor: null });
    here.world.clock.advance(WELL_AGAIN_MS);
    const { conversationId } = await here.say({ message: 'second' });
    await expect(here.say({ message: 'third', conversationId })).rejects.toMatchObject({ code: 'provider_quota' });
    expect(await here.texts(conversationId)).toEqual(['second', 'Yes.']);
    expect((await here.conversations.read(ANN, conversationId)).conversation).toMatchObject({ version: 1, turn: null });
  });

  it('is on record while it is made; a process that dies leaves it, marked as broken', async () => {
    const dying = new ChatWorld({ turns: [answers('Hi.'), hangs('one two three')] });
    const { conversationId } = await dying.say({ message: 'Hello.' });
    await dying.start({ message: 'Count.', conversationId });
    await dying.world.clock.advanceAsync(2_000);
    expect((await dying.conversations.read(ANN, conversationId)).conversation.turn).not.toBeNull();
    expect((await dying.messages(conversationId))[3]).toMatchObject({ answer: { ending: null } });
    // It stops there, for ever; another sees the same store.
    const there = new ChatWorld({ turns: [answers('Fine.')] }, dying.store);
    await there.world.clock.advanceAsync(5_000);
    await expect(there.say({ message: 'And?', conversationId })).rejects.toMatchObject({
      code: 'conversation_changed',
    });
    await there.world.clock.advanceAsync(40_000);
    expect((await there.messages(conversationId))[3]).toMatchObject({
      message: { content: 'one two three' },
      answer: { ending: 'broken' },
    });
    await there.say({ message: 'And?', conversationId });
    expect(await there.texts(conversationId)).toEqual([
      ...['Hello.', 'Hi.', 'Count.', 'one two three'],
      ...['And?', 'Fine.'],
    ]);
  });

  it('but lives keeps its claim, however long it is silent', async () => {
    const finish = Promise.withResolvers<void>();
    const silent: Turn = (emit) => finish.promise.then(() => answers('At last.')(emit, NONE.options, NONE.request));
    const here = new ChatWorld({ turns: [silent] });
    const { id, life } = await here.start({ message: 'Think.' });
    await here.world.clock.advanceAsync(100_000);
    await expect(here.say({ message: 'And?', conversationId: id })).rejects.toMatchObject({
      code: 'conversation_changed',
    });
    finish.resolve();
    await life;
    expect(await here.texts(id)).toEqual(['Think.', 'At last.']);
    expect(here.world.clock.pending).toBe(0);
  });
});

/** A turn of the story that looks at neither. */
const NONE = {
  options: {
    stream: true,
    attemptId: 'att',
    attemptTimeoutMs: 1,
    connectTimeoutMs: 1,
    idleTimeoutMs: 1,
    signal: new AbortController().signal,
  },
  request: {
    ...{ systemPrompt: null, messages: [], temperature: null, maxTokens: null, topP: null, seed: null, stop: [] },
    ...{ tools: [], toolChoice: null, parallelToolCalls: null, responseFormat: { type: 'text' as const } },
    ...{ reasoningEffort: null, serviceTier: null, embedding: null, providerOptions: {} },
  },
};

describe('two tabs', () => {
  it('that speak at once: the second hears it before anybody is asked', async () => {
    const here = new ChatWorld({ turns: [answers('Hi.'), hangs('one')] });
    const { conversationId } = await here.say({ message: 'Hello.' });
    await here.start({ message: 'Tab one.', conversationId });
    await expect(here.say({ message: 'Tab two.', conversationId })).rejects.toMatchObject({
      code: 'conversation_changed',
      status: 409,
    });
    await here.world.clock.advanceAsync(0);
    expect(here.world.asked).toHaveLength(2);
  });

  it('of which one has not seen what the other said: it hears so, with the version that there is', async () => {
    const here = new ChatWorld({ turns: [answers('Hi.'), answers('One.')] });
    const { conversationId } = await here.say({ message: 'Hello.' });
    const seen = { conversationId, conversationVersion: 1 };
    await here.say({ message: 'Tab one.', ...seen });
    await expect(here.say({ message: 'Tab two.', ...seen })).rejects.toMatchObject({
      code: 'conversation_changed',
      message: 'The conversation is at version 2, not 1: read it and say it again',
    });
    expect(await here.texts(conversationId)).toEqual(['Hello.', 'Hi.', 'Tab one.', 'One.']);
  });

  it('of which one deletes: the answer of the other is delivered, not kept, and says so', async () => {
    const finish = Promise.withResolvers<void>();
    const waits: Turn = (emit) => finish.promise.then(() => answers('Late.')(emit, NONE.options, NONE.request));
    const here = new ChatWorld({ turns: [answers('Hi.'), waits] });
    const { conversationId } = await here.say({ message: 'Hello.' });
    const { events, life } = await here.start({ message: 'Tab one.', conversationId });
    await here.conversations.delete(ANN, conversationId);
    finish.resolve();
    await life;
    expect(events.at(-1)).toMatchObject({
      type: 'response-end',
      response: { warnings: [{ code: 'not_saved', message: expect.stringContaining('deleted') }] },
    });
    await expect(here.conversations.read(ANN, conversationId)).rejects.toMatchObject({ code: 'not_found' });
    await expect(here.say({ message: 'Still there?', conversationId })).rejects.toMatchObject({ code: 'not_found' });
    expect(await here.conversations.list(ANN)).toMatchObject({ conversations: [] });
  });
});

describe('a store that is away', () => {
  it('at the beginning: nobody is asked and nothing is spent', async () => {
    const here = new ChatWorld({ turns: [answers('Hi.')] });
    const { conversationId } = await here.say({ message: 'Hello.' });
    here.state = 'away';
    const away = { code: 'store_unavailable', status: 503 };
    await expect(here.say({ message: 'Hello.' })).rejects.toMatchObject(away);
    await expect(here.say({ message: 'Hello.', conversationId })).rejects.toMatchObject(away);
    expect(here.world.asked).toHaveLength(1);
    expect(here.world.rowList()).toHaveLength(1);
  });

  it('for a moment at the end: the turn is kept, and nobody notices', async () => {
    const here = new ChatWorld({ turns: [hangsUntilAway()] });
    const { id, life, generation } = await here.start({ message: 'Hello.' });
    while (here.state === 'up') await here.world.clock.advanceAsync(50);
    await here.world.clock.advanceAsync(1_000);
    expect(generation.ended).toBe(false);
    here.state = 'up';
    await here.world.clock.advanceAsync(2_000);
    await life;
    expect(await here.texts(id)).toEqual(['Hello.', 'Hi.']);
    expect((await generation.whole()).warnings).toEqual([]);

    function hangsUntilAway(): Turn {
      return (emit, options, request) => {
        here.state = 'away';
        return answers('Hi.')(emit, options, request);
      };
    }
  });

  it('at the end: the answer is delivered within seconds, says that it is not kept, and so does the log', async () => {
    const here = new ChatWorld({
      turns: [
        (emit, options, request) => {
          here.state = 'away';
          return answers('Hi.')(emit, options, request);
        },
      ],
    });
    const startedMs = here.world.clock.monotonicMs();
    const answer = await here.say({ message: 'Hello.' });
    expect(here.world.clock.monotonicMs() - startedMs).toBeLessThan(6_000);
    expect(answer).toMatchObject({ content: 'Hi.', conversationVersion: 0 });
    expect(answer.warnings).toMatchObject([{ code: 'not_saved', message: expect.stringContaining('store') }]);
    expect(here.world.lines).toContainEqual({
      event: 'conversation_turn_not_saved',
      fields: expect.objectContaining({ request_id: answer.id, conversation_id: answer.conversationId }),
    });
  });

  it('whose replies are lost: what it has kept stands once', async () => {
    const here = new ChatWorld({
      turns: [
        (emit, options, request) => {
          here.state = 'loses_replies';
          return answers('Hi.')(emit, options, request);
        },
      ],
    });
    const { id, life } = await here.start({ message: 'Hello.' });
    await here.world.clock.advanceAsync(1_000);
    here.state = 'up';
    await here.world.clock.advanceAsync(5_000);
    await life;
    expect(await here.texts(id)).toEqual(['Hello.', 'Hi.']);
    expect((await here.conversations.read(ANN, id)).conversation).toMatchObject({ version: 1, messageCount: 2 });
  });

  it('when the turn is claimed, and its reply is lost: the next one need not wait for the claim to run out', async () => {
    const here = new ChatWorld({ turns: [answers('Hi.'), answers('Yes.')] });
    const { conversationId } = await here.say({ message: 'Hello.' });
    here.state = 'loses_replies';
    await expect(here.say({ message: 'And?', conversationId })).rejects.toMatchObject({ code: 'store_unavailable' });
    here.state = 'up';
    expect((await here.say({ message: 'And?', conversationId })).content).toBe('Yes.');
  });
});

describe('the cache', () => {
  it('gives nobody an answer that another user was given in a conversation', async () => {
    const here = new ChatWorld({ turns: [answers('For Ann.'), answers('For Bob.')] });
    const request = { message: 'The same.' };
    expect((await here.say(request)).cached).toBe(false);
    expect((await here.say(request)).cached).toBe(true);
    const bob = { tenant: 'default', userId: 'bob' };
    expect(await here.say(request, bob)).toMatchObject({ content: 'For Bob.', cached: false });
    // Nor to a request that is none of a conversation.
    const plain = here.world.start({ messages: [{ role: 'user', content: 'The same.' }] });
    await plain.life;
    expect(plain.events.at(-1)).toMatchObject({ type: 'error' });
  });
});

describe('what others have', () => {
  it('S38: is as if it were unknown', async () => {
    const here = new ChatWorld({ turns: [answers('Hi.')] });
    const { conversationId } = await here.say({ message: 'Hello.' });
    const others = [
      { tenant: 'default', userId: 'bob' },
      { tenant: 'other', userId: 'ann' },
    ];
    for (const id of [conversationId, 'conv_unknown', 'x\u0000', 'é', '%']) {
      for (const other of others) {
        const { conversations } = here;
        const code = { code: 'not_found', message: 'There is no such conversation here' };
        await expect(here.say({ message: 'Mine?', conversationId: id }, other)).rejects.toMatchObject(code);
        await expect(conversations.read(other, id)).rejects.toMatchObject(code);
        await expect(conversations.rename(other, id, 'Mine')).rejects.toMatchObject(code);
        await expect(conversations.export(other, id, 'json')).rejects.toMatchObject(code);
        await expect(conversations.delete(other, id)).rejects.toMatchObject(code);
      }
    }
    expect(await here.texts(conversationId)).toEqual(['Hello.', 'Hi.']);
    expect(here.world.asked).toHaveLength(1);
  });
});
