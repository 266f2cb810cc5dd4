// Groq by its written fixtures: a clone without recorded traffic tests it whole.

import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '../../src/core/events.ts';
import type { FittedRequest } from '../../src/core/request.ts';
import { createGroq, groqKeyProblem } from '../../src/providers/groq.ts';
import {
  answerOf,
  CANARY_KEY,
  codecOf,
  eventsOf,
  FULL_REQUEST,
  grammarFault,
  readFixtures,
  replyOf,
  SCHEMA_REQUEST,
  testProvider,
  thrownBy,
} from '../contract/provider.ts';

const GPT_OSS = 'openai/gpt-oss-120b';
const QWEN = 'qwen/qwen3.8-27b';

testProvider('groq', {
  create: (apiKey) => createGroq({ apiKey }),
  model: GPT_OSS,
  fixtures: readFixtures(new URL('../fixtures/groq/', import.meta.url)),
});

const codec = codecOf(createGroq({ apiKey: CANARY_KEY }));

const QUESTION: FittedRequest = {
  ...SCHEMA_REQUEST,
  systemPrompt: null,
  messages: [{ role: 'user', content: 'Why?' }],
  temperature: null,
  maxTokens: 100,
  topP: null,
  seed: null,
  stop: [],
  responseFormat: { type: 'text' },
  reasoningEffort: null,
  serviceTier: null,
};

const bodyOf = (changes: Partial<FittedRequest>, model = GPT_OSS, stream = true) =>
  codec.encode({ ...QUESTION, ...changes }, model, stream).body;
const warningsOf = (changes: Partial<FittedRequest>, model = GPT_OSS) =>
  codec.encode({ ...QUESTION, ...changes }, model, true).warnings.map(({ message }) => message);

describe('a request to Groq', () => {
  it('holds what was asked and nothing that was not', () => {
    expect(codec.encode(QUESTION, GPT_OSS, true)).toEqual({
      url: 'https://api.groq.com/openai/v1/chat/completions',
      headers: { authorization: `Bearer ${CANARY_KEY}` },
      body: {
        model: GPT_OSS,
        messages: [{ role: 'user', content: 'Why?' }],
        max_completion_tokens: 100,
        stream: true,
        stream_options: { include_usage: true },
      },
      warnings: [],
    });
    expect(bodyOf({}, GPT_OSS, false)).not.toHaveProperty('stream_options');
  });

  it.each([
    ['https://proxy.example', 'https://proxy.example/openai/v1/chat/completions'],
    ['https://proxy.example/', 'https://proxy.example/openai/v1/chat/completions'],
    ['https://proxy.example/groq/v1', 'https://proxy.example/groq/v1/chat/completions'],
    ['https://proxy.example/groq/v1/', 'https://proxy.example/groq/v1/chat/completions'],
  ])('to the base URL %s goes to %s', (baseUrl, url) => {
    expect(codecOf(createGroq({ apiKey: CANARY_KEY, baseUrl })).encode(QUESTION, GPT_OSS, true).url).toBe(url);
  });

  it('sends a conversation with tools as Groq wrote it', () => {
    const { messages } = codec.encode(FULL_REQUEST, GPT_OSS, true).body;
    expect(messages).toEqual([
      { role: 'system', content: 'text of the system prompt' },
      { role: 'system', content: 'text of a system message' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'text of a question' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' } },
        ],
      },
      {
        role: 'assistant',
        content: 'text of an answer',
        reasoning: 'text of a thought',
        tool_calls: [
          { id: 'call_of_a_tool', type: 'function', function: { name: 'run_code', arguments: '{"code":"print(1)"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_of_a_tool', content: 'text of a result' },
      { role: 'user', content: 'text of another question' },
    ]);
  });

  it('says nothing of tools where there are none, unless a call is demanded', () => {
    expect(bodyOf({ toolChoice: 'auto', parallelToolCalls: true })).toEqual(bodyOf({}));
    expect(bodyOf({ toolChoice: 'required' })).toHaveProperty('tool_choice', 'required');
  });

  it('asks for JSON in the two ways there are', () => {
    expect(bodyOf({ responseFormat: { type: 'json' } })).toHaveProperty('response_format', { type: 'json_object' });
    const { name, schema } = { name: 'steps', schema: { type: 'object' } };
    expect(bodyOf({ responseFormat: { type: 'json-schema', name, schema, strict: true } })).toHaveProperty(
      'response_format',
      { type: 'json_schema', json_schema: { name, schema, strict: true } },
    );
  });

  it('for a JSON schema is never a stream, which Groq does not combine', () => {
    const { body } = codec.encode(SCHEMA_REQUEST, GPT_OSS, true);
    expect(body).toHaveProperty('stream', false);
    expect(body).not.toHaveProperty('stream_options');
  });

  it('for a JSON schema with tools is refused, with both named', () => {
    const { tools } = FULL_REQUEST;
    const error = thrownBy(() => codec.encode({ ...SCHEMA_REQUEST, tools }, GPT_OSS, false));
    expect(error).toMatchObject({ code: 'invalid_request', detail: { param: 'responseFormat', model: GPT_OSS } });
    expect(String(error)).toMatch(/tools.*schema/);
  });
});

describe('reasoning at Groq', () => {
  it.each([
    [GPT_OSS, 'low', 'low', 0],
    [GPT_OSS, 'medium', 'medium', 0],
    [GPT_OSS, 'high', 'high', 0],
    [GPT_OSS, 'minimal', 'low', 1],
    [GPT_OSS, 'none', 'low', 1],
    [QWEN, 'none', 'none', 0],
    [QWEN, 'minimal', 'low', 1],
    [QWEN, 'high', 'high', 0],
    ['llama-3.3-70b-versatile', 'high', undefined, 1],
  ] as const)('%s asked for effort %s gets %s, with %i warnings', (model, asked, sent, warnings) => {
    expect(bodyOf({ reasoningEffort: asked }, model)['reasoning_effort']).toBe(sent);
    expect(warningsOf({ reasoningEffort: asked }, model)).toHaveLength(warnings);
  });

  it('is kept out of the content where the model would write it there', () => {
    expect(bodyOf({}, QWEN)).toHaveProperty('reasoning_format', 'parsed');
    expect(bodyOf({}, GPT_OSS)).not.toHaveProperty('reasoning_format');
  });

  it('has no format named beside tools, JSON or include_reasoning, which Groq refuses', () => {
    const { tools } = FULL_REQUEST;
    const requests: Partial<FittedRequest>[] = [
      { tools },
      { responseFormat: { type: 'json' } },
      { responseFormat: { type: 'json-schema', name: 'steps', schema: {} } },
      { providerOptions: { groq: { include_reasoning: false } } },
      { providerOptions: { groq: { response_format: { type: 'json_object' } } } },
      { providerOptions: { groq: { tools: [{ type: 'function', function: { name: 'look' } }] } } },
    ];
    for (const request of requests) expect(bodyOf(request, QWEN)).not.toHaveProperty('reasoning_format');
  });
});

describe('options for Groq alone', () => {
  it('stand over everything else', () => {
    const tools = [{ type: 'function', function: { name: 'look' } }];
    const groq = { service_tier: 'flex', temperature: 0.3, tools };
    expect(bodyOf({ temperature: 1, serviceTier: 'on_demand', providerOptions: { groq } })).toMatchObject(groq);
  });

  it('do not reach another provider', () => {
    expect(bodyOf({ providerOptions: { openai: { store: true } } })).toEqual(bodyOf({}));
  });

  it('cannot raise the bound of the bill, and are left out with a warning when Groq takes no such thing', () => {
    const groq = { max_completion_tokens: 9_999, max_tokens: 9_999, n: 8, model: 'other', messages: [], stream: false };
    const providerOptions = { groq: { ...groq, logit_bias: {}, logprobs: true } };
    expect(bodyOf({ providerOptions })).toEqual(bodyOf({}));
    expect(warningsOf({ providerOptions })).toHaveLength(8);
    expect(warningsOf({ providerOptions }).join()).toContain('providerOptions.groq.logprobs');
  });
});

describe('what Groq rejects', () => {
  const rejected = (message: string, more = {}) =>
    codec.decodeError(replyOf(400, { error: { message, type: 'invalid_request_error', ...more } }));

  it('is told with the field that it dislikes, in our words', () => {
    const error = rejected("'messages.1' : property 'reasoning_content' is unsupported, you wrote gsk_secret");
    expect(error.param).toBe('reasoning_content');
    expect(error.message).toBe(
      'Groq rejected the request (status 400, invalid_request_error); the field is "reasoning_content"',
    );
  });

  it('is told with the code and param that Groq gave, when they look like ones', () => {
    const error = rejected('no', { code: 'unsupported_parameter', param: 'messages[0].content' });
    expect(error.detail).toEqual({
      providerStatus: 400,
      providerCode: 'unsupported_parameter',
      param: 'messages[0].content',
    });
    expect(rejected('no', { code: 'Not a code', param: 'not a param' }).detail).toEqual({
      providerStatus: 400,
      providerCode: 'invalid_request_error',
    });
  });

  it('is told with what to do, where we know it', () => {
    expect(rejected("'messages' must contain the word 'json' in some form").message).toContain('the word "json"');
  });
});

describe('a stream of Groq', () => {
  const chunk = (delta: object, finishReason: string | null = null, more = {}) => ({
    event: null,
    data: JSON.stringify({ id: 'chatcmpl-1', choices: [{ index: 0, delta, finish_reason: finishReason }], ...more }),
  });
  const done = { event: null, data: '[DONE]' };
  const read = (...frames: Parameters<typeof eventsOf>[1]) => answerOf(eventsOf(codec, frames));

  it('is whole without its marker when its finish reason came, and says that the marker is missing', () => {
    const answer = read(chunk({ content: 'Hello' }), chunk({}, 'stop'));
    expect(answer).toMatchObject({ finishReason: 'stop', usage: null, providerMetadata: { missing_terminal: 1 } });
    expect(read(chunk({ content: 'Hello' }), chunk({}, 'stop'), done).providerMetadata).toEqual({});
  });

  it('is whole with its marker alone', () => {
    expect(read(chunk({ content: 'Hello' }), done)).toMatchObject({
      finishReason: 'other',
      finishReasonRaw: null,
      providerMetadata: { missing_finish_reason: 1 },
    });
    expect(codec.decode({ choices: [{ message: { content: 'Hello' } }] }, {})).toMatchObject({
      finishReason: 'other',
      providerMetadata: { missing_finish_reason: 1 },
    });
  });

  it('tells usage in either place, the last one counting, and never invents one', () => {
    const usage = (tokens: number) => ({ prompt_tokens: tokens, completion_tokens: 2 });
    const inputTokens = (...more: object[]) =>
      read(chunk({ content: 'a' }), ...more.map((each) => chunk({}, 'stop', each)), done).usage?.inputTokens;
    expect(inputTokens({ x_groq: { usage: usage(1) } })).toBe(1);
    expect(inputTokens({ x_groq: { usage: usage(1) }, usage: usage(3) })).toBe(3);
    expect(inputTokens({ usage: usage(1) }, { usage: usage(4) }, { usage: null })).toBe(4);
    expect(inputTokens({ usage: usage(1) }, { x_groq: { usage: { dram_cached_tokens: 0 } } })).toBe(1);
    expect(inputTokens({ usage: usage(0) })).toBe(0);
    expect(inputTokens({ usage: { prompt_tokens: -1 } })).toBeUndefined();
    expect(inputTokens({})).toBeUndefined();
  });

  it('tells usage as soon as the vendor does, once for each change, also when it breaks after it', () => {
    const figures = (completion: number) => ({ usage: { prompt_tokens: 5, completion_tokens: completion } });
    const frames = [1, 1, 2].map((tokens) => chunk({ content: 'a' }, null, figures(tokens)));
    const told: AnswerEvent[] = [];
    const decoder = codec.decodeStream();
    for (const frame of frames) decoder.frame(frame, (event) => told.push(event));
    expect(thrownBy(() => decoder.end((event) => told.push(event)))).toMatchObject({ code: 'stream_broken' });
    const counts = told.flatMap((event) => (event.type === 'usage-told' ? [event.usage.outputTokens] : []));
    expect(counts).toEqual([1, 2]);
    const whole = eventsOf(codec, [...frames, chunk({}, 'stop', { x_groq: figures(3) }), done]);
    expect(grammarFault(whole)).toBeNull();
    expect(answerOf(whole).usage?.outputTokens).toBe(3);
    expect(whole.filter(({ type }) => type === 'usage-told')).toHaveLength(3);
  });

  it('that tells usage before it begins tells it after its beginning', () => {
    const early = { event: null, data: '{"usage":{"prompt_tokens":5,"completion_tokens":0}}' };
    const events = eventsOf(codec, [early, chunk({ content: 'a' }, 'stop'), done]);
    expect(events.map(({ type }) => type)).toEqual(['answer-start', 'usage-told', 'text-delta', 'answer-end']);
  });

  const call = (id: string | undefined, index: number | undefined, name: string | undefined, text: string) =>
    chunk({ tool_calls: [{ id, index, type: 'function', function: { name, arguments: text } }] });
  const endOfCalls = [chunk({}, 'tool_calls'), done];

  it('whose calls take turns ends each of them after its last piece', () => {
    const frames = [
      ...[call('a', 0, 'f', '{"x"'), call('b', 1, 'g', '{"y"')],
      ...[call(undefined, 0, undefined, ':1}'), chunk({ content: 'and' }), call(undefined, 1, undefined, ':2}')],
      ...[chunk({ reasoning: 'hm' }), call(undefined, 0, undefined, ' '), chunk({ reasoning: 'so' }), ...endOfCalls],
    ];
    const events = eventsOf(codec, frames);
    expect(grammarFault(events)).toBeNull();
    expect(events.slice(-4).map(({ type }) => type)).toEqual([
      ...['reasoning-end', 'tool-call-end', 'tool-call-end', 'answer-end'],
    ]);
    expect(answerOf(events).parts).toEqual([
      { type: 'tool-call', toolCallId: 'a', name: 'f', argumentsText: '{"x":1} ' },
      { type: 'tool-call', toolCallId: 'b', name: 'g', argumentsText: '{"y":2}' },
      { type: 'text', text: 'and' },
      { type: 'reasoning', text: 'hmso' },
    ]);
  });

  it('gives every call an id of its own, whatever ids the vendor gave', () => {
    const idsOf = (...ids: (string | undefined)[]) => {
      const begun = ids.map((id, index) => call(id, index, `f${index}`, `${index}`));
      const rest = ids.map((_id, index) => call(undefined, index, undefined, `+${index}`));
      const events = eventsOf(codec, [...begun, ...rest, ...endOfCalls]);
      expect(grammarFault(events)).toBeNull();
      const whole = ids.map((id, index) => ({ id, function: { name: `f${index}`, arguments: `${index}+${index}` } }));
      const { parts } = codec.decode({ choices: [{ message: { tool_calls: whole } }] }, {});
      expect(answerOf(events).parts).toEqual(parts);
      return parts.map((part, index) => {
        expect(part).toMatchObject({ name: `f${index}`, argumentsText: `${index}+${index}` });
        return part.type === 'tool-call' ? part.toolCallId : part;
      });
    };
    expect(idsOf('a', 'b')).toEqual(['a', 'b']);
    expect(idsOf('a', 'a', 'a')).toEqual(['a', 'a_1', 'a_2']);
    expect(idsOf(undefined, undefined, '')).toEqual(['call_0', 'call_1', 'call_2']);
    expect(idsOf('call_1', undefined, 'call_1_1')).toEqual(['call_1', 'call_1_1', 'call_1_1_2']);
  });

  it('keeps tool calls apart, however a server numbers them', () => {
    const calls = (...frames: ReturnType<typeof chunk>[]) =>
      read(...frames, ...endOfCalls).parts.map((part) =>
        part.type === 'tool-call' ? [part.toolCallId, part.name, part.argumentsText] : part,
      );
    const two = [
      ['a', 'f', '{"x":1}'],
      ['b', 'g', '{"y":2}'],
    ];
    expect(calls(call('a', 0, 'f', '{"x"'), call(undefined, 0, '', ':1}'), call('b', 1, 'g', '{"y":2}'))).toEqual(two);
    expect(calls(call('a', 0, 'f', '{"x":1}'), call('b', 0, 'g', '{"y":2}'))).toEqual(two);
    expect(calls(call('a', 0, 'f', '{"x":'), call('a', 0, 'f', '1}'), call('b', 5, 'g', '{"y":2}'))).toEqual(two);
    expect(calls(call(undefined, undefined, 'f', '{"x":1}'), call(undefined, undefined, 'g', '{"y":2}'))).toEqual([
      ['call_0', 'f', '{"x":1}'],
      ['call_1', 'g', '{"y":2}'],
    ]);
    for (const index of [0, undefined]) {
      const turns = [call('a', index, 'f', '{"x"'), call('b', index, 'g', '{"y"')];
      const rest = [call('a', index, undefined, ':1}'), call('b', index, undefined, ':2}')];
      expect(calls(...turns, ...rest)).toEqual(two);
    }
    expect(calls(call(undefined, 0, 'f', '{"x"'), call('a', 0, '', ':1}'), call('b', 0, 'g', '{"y":2}'))).toEqual([
      ['call_0', 'f', '{"x":1}'],
      ['b', 'g', '{"y":2}'],
    ]);
    expect(calls(call('a', 0, 'f', 'no JSON'))).toEqual([['a', 'f', 'no JSON']]);
  });

  it('gives a refusal as text, and says that it is one', () => {
    expect(read(chunk({ refusal: 'I cannot ' }), chunk({ refusal: 'help.' }), chunk({}, 'stop'), done)).toMatchObject({
      parts: [{ type: 'text', text: 'I cannot help.' }],
      finishReason: 'content_filter',
      finishReasonRaw: 'stop',
    });
  });

  it('is one answer, also from a server that sends several', () => {
    const second = {
      event: null,
      data: '{"choices":[{"index":1,"delta":{"content":"other"},"finish_reason":"length"}]}',
    };
    const answer = read(chunk({ content: 'one' }), second, chunk({}, 'stop'), second, done);
    expect(answer).toMatchObject({ parts: [{ type: 'text', text: 'one' }], finishReason: 'stop' });
  });

  it('says nothing after its end', () => {
    const events = eventsOf(codec, [chunk({ content: 'a' }, 'stop'), done, chunk({ content: 'b' }), done]);
    expect(events.at(-1)?.type).toBe('answer-end');
    expect(events.filter(({ type }) => type === 'answer-end')).toHaveLength(1);
  });
});

describe('a whole answer of Groq', () => {
  it.each([
    [
      'an error',
      { error: { message: 'x', type: 'invalid_request_error', code: 'tool_use_failed' } },
      'provider_rejected_answer',
    ],
    ['an error with its status', { error: { message: 'x', status_code: 503 } }, 'provider_overloaded'],
    ['an error in words', { error: 'over capacity' }, 'provider_bad_reply'],
    ['no answer', {}, 'provider_bad_reply'],
    ['a list', [], 'provider_bad_reply'],
    ['no choice', { choices: [] }, 'provider_bad_reply'],
    ['content that is no text', { choices: [{ message: { content: [{ type: 'text' }] } }] }, 'provider_bad_reply'],
  ])('that is %s is no success', (_what, body, code) => {
    expect(thrownBy(() => codec.decode(body, {}))).toMatchObject({ code });
  });
});

describe('the form of a Groq key', () => {
  it('is checked without repeating the key', () => {
    expect(groqKeyProblem(CANARY_KEY)).toBeNull();
    for (const wrong of ['', 'sk-proj-abc', 'gsk_with space', 'gsk_with\nbreak', 'gsk_žluť', '"gsk_quoted"', ' gsk_']) {
      const problem = groqKeyProblem(wrong);
      expect(problem).not.toBeNull();
      if (wrong !== '') expect(problem).not.toContain(wrong);
    }
  });
});

it('takes no answer that calls tools without end', () => {
  const decoder = codec.decodeStream();
  const call = (index: number) => ({
    index,
    id: `call_${index}`,
    type: 'function',
    function: { name: 'look', arguments: '{}' },
  });
  const chunk = (index: number) => ({
    choices: [{ index: 0, delta: { tool_calls: [call(index)] }, finish_reason: null }],
  });
  const feed = () => {
    for (let index = 0; index < 2_000; index++)
      decoder.frame({ event: null, data: JSON.stringify(chunk(index)) }, () => {});
  };
  expect(feed).toThrow(expect.objectContaining({ code: 'provider_bad_reply' }));
});
