// Answers of Gemini, chunk by chunk: what makes one whole, what it used, and what is none.

import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '../../src/core/events.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { createGemini } from '../../src/providers/gemini.ts';
import { answerOf, CANARY_KEY, codecOf, eventsOf, grammarFault, thrownBy } from '../contract/provider.ts';

const codec = codecOf(createGemini({ apiKey: CANARY_KEY }));

describe('a stream of Gemini', () => {
  const chunk = (parts: JsonObject[] | null, finishReason?: string, more: JsonObject = {}) => ({
    event: null,
    data: JSON.stringify({
      candidates: [{ ...(parts && { content: { parts } }), finishReason }],
      responseId: 'r1',
      ...more,
    }),
  });
  const usage = (promptTokenCount: number, more: JsonObject = {}) => ({ usageMetadata: { promptTokenCount, ...more } });
  const text = (said: string) => [{ text: said }];
  const read = (...frames: Parameters<typeof eventsOf>[1]) => answerOf(eventsOf(codec, frames));

  it('is whole with its finish reason and its end, and no marker is missed', () => {
    const answer = read(chunk(text('Hello')), chunk(null, 'STOP'));
    expect(answer).toMatchObject({ finishReason: 'stop', finishReasonRaw: 'STOP', usage: null });
    expect(answer.providerMetadata).toEqual({});
  });

  it.each([
    ['STOP', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['CONTINUATION', 'length'],
    ...['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'IMAGE_SAFETY'].map((raw) => [
      raw,
      'content_filter',
    ]),
    ...['IMAGE_PROHIBITED_CONTENT', 'IMAGE_RECITATION'].map((raw) => [raw, 'content_filter']),
    ...['LANGUAGE', 'OTHER', 'NO_IMAGE', 'FINISH_REASON_UNSPECIFIED', 'A_NEW_ONE'].map((raw) => [raw, 'other']),
  ])('that ends in %s ends in %s', (finishReasonRaw, finishReason) => {
    expect(read(chunk(text('Hello'), finishReasonRaw))).toMatchObject({ finishReason, finishReasonRaw });
  });

  it.each(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS', 'MALFORMED_RESPONSE'])(
    'F23: that ends in %s is the fault of the model, tried once more, and what it used is told',
    (providerCode) => {
      const told: AnswerEvent[] = [];
      const decoder = codec.decodeStream();
      const frame = chunk(null, providerCode, usage(21, { thoughtsTokenCount: 7 }));
      const error = thrownBy(() => decoder.frame(frame, (event) => told.push(event)));
      expect(error).toMatchObject({
        code: 'provider_rejected_answer',
        rule: { retry: 'once' },
        detail: { providerCode },
      });
      expect(told.at(-1)).toMatchObject({ type: 'usage-told', usage: { inputTokens: 21, outputTokens: 7 } });
    },
  );

  it('F23: whose prompt was blocked is filtered, whatever else came', () => {
    const blocked = { event: null, data: '{"promptFeedback":{"blockReason":"SAFETY"}}' };
    const filtered = { parts: [], finishReason: 'content_filter', finishReasonRaw: 'SAFETY' };
    expect(read(blocked)).toMatchObject(filtered);
    expect(read(blocked, chunk(text('Hello'), 'STOP'))).toMatchObject(filtered);
    const unspecified = { event: null, data: '{"promptFeedback":{"blockReason":"BLOCK_REASON_UNSPECIFIED"}}' };
    expect(read(unspecified, chunk(text('Hello'), 'STOP'))).toMatchObject({ finishReason: 'stop' });
  });

  it('F23: is no answer when it claims to be whole and holds nothing', () => {
    for (const empty of [chunk(null, 'STOP'), chunk([], 'STOP'), chunk(null, 'OTHER')]) {
      expect(thrownBy(() => read(empty))).toMatchObject({ code: 'provider_bad_reply' });
    }
    expect(read(chunk(null, 'MAX_TOKENS'))).toMatchObject({ parts: [], finishReason: 'length' });
    expect(read(chunk(text(''), 'STOP'))).toMatchObject({ parts: [], finishReason: 'stop' });
  });

  it.each([
    ['the prompt alone', { promptTokenCount: 5 }, [5, null, null, null]],
    [
      'the prompt and a total that says that nothing was written',
      { promptTokenCount: 5, totalTokenCount: 5 },
      [5, null, 0, null],
    ],
    ['text alone', { promptTokenCount: 5, candidatesTokenCount: 3 }, [5, null, 3, null]],
    ['thoughts alone', { promptTokenCount: 5, thoughtsTokenCount: 4 }, [5, null, 4, 4]],
    ['text and thoughts', { promptTokenCount: 5, candidatesTokenCount: 3, thoughtsTokenCount: 4 }, [5, null, 7, 4]],
    ['a cache', { promptTokenCount: 5, cachedContentTokenCount: 2, candidatesTokenCount: 3 }, [5, 2, 3, null]],
    [
      'tools of the server',
      { promptTokenCount: 5, toolUsePromptTokenCount: 20, candidatesTokenCount: 3 },
      [25, null, 3, null],
    ],
    [
      'tools of the server, and no prompt',
      { toolUsePromptTokenCount: 20, candidatesTokenCount: 3 },
      [null, null, 3, null],
    ],
    ['no prompt', { candidatesTokenCount: 3, thoughtsTokenCount: 4 }, [null, null, 7, 4]],
    ['a total less than its prompt', { promptTokenCount: 5, totalTokenCount: 4 }, [5, null, null, null]],
    ['figures that are none', { promptTokenCount: -1, candidatesTokenCount: 1.5 }, null],
    ['something else', { trafficType: 'ON_DEMAND' }, null],
  ] as const)('that tells %s is counted so, and nothing is invented', (_what, usageMetadata, told) => {
    const [inputTokens, cacheReadTokens, outputTokens, reasoningTokens] = told ?? [];
    const wanted = told && { inputTokens, cacheReadTokens, cacheWriteTokens: null, outputTokens, reasoningTokens };
    expect(read(chunk(text('a'), 'STOP', { usageMetadata })).usage).toEqual(wanted);
  });

  it('tells its usage when its answer is done: the figures before may lack thoughts that are billed', () => {
    const frames = [
      chunk(text('a'), undefined, usage(44, { totalTokenCount: 44 })),
      chunk(text('b'), undefined, usage(44, { candidatesTokenCount: 2, totalTokenCount: 46 })),
    ];
    const cut: AnswerEvent[] = [];
    const decoder = codec.decodeStream();
    for (const frame of frames) decoder.frame(frame, (event) => cut.push(event));
    expect(thrownBy(() => decoder.end((event) => cut.push(event)))).toMatchObject({ code: 'stream_broken' });
    expect(cut.map(({ type }) => type)).toEqual(['answer-start', 'text-delta', 'text-delta']);
    const final = usage(44, { candidatesTokenCount: 2, thoughtsTokenCount: 9 });
    const whole = eventsOf(codec, [...frames, chunk(null, 'STOP', final), chunk(null, undefined, final)]);
    expect(grammarFault(whole)).toBeNull();
    expect(whole.filter(({ type }) => type === 'usage-told')).toMatchObject([{ usage: { outputTokens: 11 } }]);
    expect(answerOf(whole).usage?.outputTokens).toBe(11);
  });

  it('keeps figures that a later chunk without any does not repeat', () => {
    const later = { usageMetadata: { trafficType: 'ON_DEMAND' } };
    const answer = read(chunk(text('a'), 'STOP', usage(5, { candidatesTokenCount: 1 })), chunk(null, undefined, later));
    expect(answer).toMatchObject({ usage: { inputTokens: 5 }, providerMetadata: { trafficType: 'ON_DEMAND' } });
  });

  it('gives every call an id of its own, whatever ids the vendor gave', () => {
    const idsOf = (...ids: (string | undefined)[]) => {
      const calls = ids.map((id) => ({ functionCall: { id, name: 'f' } }));
      const events = eventsOf(codec, [chunk(calls, 'STOP')]);
      expect(grammarFault(events)).toBeNull();
      return answerOf(events).parts.map((part) => (part.type === 'tool-call' ? part.toolCallId : part));
    };
    expect(idsOf('a', 'b')).toEqual(['a', 'b']);
    expect(idsOf('a', 'a', 'a')).toEqual(['a', 'a_1', 'a_2']);
    expect(idsOf(undefined, undefined, '')).toEqual(['call_r1_0', 'call_r1_1', 'call_r1_2']);
  });

  it('closes thoughts before anything else, and keeps signed ones apart', () => {
    const thoughts = [
      { text: 'hm', thought: true },
      { text: 'so', thought: true, thoughtSignature: 'sigA' },
    ];
    const frames = [chunk(thoughts), chunk([{ text: 'oh', thought: true }, { functionCall: { name: 'f' } }], 'STOP')];
    const events = eventsOf(codec, frames);
    expect(grammarFault(events)).toBeNull();
    expect(answerOf(events).parts).toMatchObject([
      { type: 'reasoning', text: 'hmso', providerData: { google: { thought_signature: 'sigA' } } },
      { type: 'reasoning', text: 'oh' },
      { type: 'tool-call', name: 'f', argumentsText: '{}' },
    ]);
  });

  it('is one answer, also from a server that sends several', () => {
    const second = {
      event: null,
      data: '{"candidates":[{"index":1,"content":{"parts":[{"text":"other"}]},"finishReason":"MAX_TOKENS"}]}',
    };
    expect(read(chunk(text('one')), second, chunk(null, 'STOP'), second)).toMatchObject({
      parts: [{ type: 'text', text: 'one' }],
      finishReason: 'stop',
    });
  });

  it.each([
    ['a picture', { inlineData: { mimeType: 'image/png', data: '' } }],
    ['a file', { fileData: { fileUri: 'https://x.example' } }],
    ['a call of the server', { toolCall: { toolType: 'GOOGLE_SEARCH' } }],
    ['something new', { hologram: {} }],
    ['no part at all', 'text'],
  ])('that holds %s is refused: without it the answer would be a short one', (_what, part) => {
    const frame = {
      event: null,
      data: JSON.stringify({ candidates: [{ content: { parts: [part] }, finishReason: 'STOP' }] }),
    };
    expect(thrownBy(() => read(frame))).toMatchObject({ code: 'provider_bad_reply' });
  });

  it('whose arguments are nested beyond measure is refused', () => {
    const deep = `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}}]},"finishReason":"STOP"}]}`;
    expect(thrownBy(() => read({ event: null, data: deep }))).toMatchObject({ code: 'provider_bad_reply' });
  });
});

describe('a whole answer of Gemini', () => {
  it.each([
    ['an error', { error: { code: 503, message: 'x', status: 'UNAVAILABLE' } }, 'provider_overloaded'],
    ['an error in words', { error: 'over capacity' }, 'provider_bad_reply'],
    ['no answer', {}, 'provider_bad_reply'],
    ['a list', [], 'provider_bad_reply'],
    ['no candidate', { candidates: [] }, 'provider_bad_reply'],
    ['a candidate of nothing', { candidates: [{ finishReason: 'STOP' }] }, 'provider_bad_reply'],
    [
      'what the model got wrong',
      { candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL' }] },
      'provider_rejected_answer',
    ],
  ])('that is %s is no success', (_what, body, code) => {
    expect(thrownBy(() => codec.decode(body, {}))).toMatchObject({ code });
  });

  it('without a finish reason says so', () => {
    const answer = codec.decode({ candidates: [{ content: { parts: [{ text: 'Hello' }] } }] }, {});
    expect(answer).toMatchObject({ finishReason: 'other', providerMetadata: { missing_finish_reason: 1 } });
  });
});
