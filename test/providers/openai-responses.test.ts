// OpenAI's Responses by written fixtures: a clone without recorded traffic tests it whole.

import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '../../src/core/events.ts';
import type { Json } from '../../src/core/json.ts';
import type { Frame } from '../../src/core/provider.ts';
import type { FittedRequest, Message } from '../../src/core/request.ts';
import { type CompatibleProvider, createCompatible } from '../../src/providers/compatible.ts';
import { createOpenAi } from '../../src/providers/openai.ts';
import {
  answerOf,
  CANARY_KEY,
  codecOf,
  eventsOf,
  FULL_REQUEST,
  grammarFault,
  readFixtures,
  SCHEMA_REQUEST,
  testProvider,
  thrownBy,
} from '../contract/provider.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';

testProvider('openai', {
  create: (apiKey) => createOpenAi({ apiKey, api: 'responses' }),
  model: 'gpt-4.1',
  fixtures: readFixtures(new URL('../fixtures/openai-responses/', import.meta.url)),
});

const codec = codecOf(createOpenAi({ apiKey: CANARY_KEY, api: 'responses' }));
const QUESTION: FittedRequest = { ...EMPTY_REQUEST, messages: [{ role: 'user', content: 'Why?' }], maxTokens: 100 };

const bodyOf = (changes: Partial<FittedRequest>, model = 'gpt-5.4-mini') =>
  codec.encode({ ...QUESTION, ...changes }, model, true).body;
const warningsOf = (changes: Partial<FittedRequest>, model = 'gpt-5.4-mini') =>
  codec.encode({ ...QUESTION, ...changes }, model, true).warnings.map(({ message }) => message);

describe('a request by Responses', () => {
  it('holds what was asked, stores nothing there, and asks for the state of the reasoning', () => {
    expect(codec.encode({ ...QUESTION, systemPrompt: 'Be brief.' }, 'gpt-5.4-mini', true)).toEqual({
      url: 'https://api.openai.com/v1/responses',
      headers: { authorization: `Bearer ${CANARY_KEY}` },
      body: {
        model: 'gpt-5.4-mini',
        input: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Why?' },
        ],
        max_output_tokens: 100,
        store: false,
        include: ['reasoning.encrypted_content'],
        stream: true,
      },
      warnings: [],
    });
    for (const model of ['gpt-4o', 'chat-latest']) expect(bodyOf({}, model)).not.toHaveProperty('include');
  });

  it('is a list of what was said and done, in its order', () => {
    expect(codec.encode(FULL_REQUEST, 'gpt-4.1', true).body['input']).toEqual([
      { role: 'system', content: 'text of the system prompt' },
      { role: 'system', content: 'text of a system message' },
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'text of a question' },
          { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' },
        ],
      },
      { role: 'assistant', content: 'text of an answer' },
      { type: 'function_call', call_id: 'call_of_a_tool', name: 'run_code', arguments: '{"code":"print(1)"}' },
      { type: 'function_call_output', call_id: 'call_of_a_tool', output: 'text of a result' },
      { role: 'user', content: 'text of another question' },
    ]);
  });

  it('names tools flat, and strict only where it was asked', () => {
    const [tool] = FULL_REQUEST.tools;
    const { tools, tool_choice } = bodyOf({ tools: FULL_REQUEST.tools, toolChoice: { name: 'run_code' } });
    expect(tools).toEqual([{ type: 'function', ...tool, strict: false }]);
    expect(tool_choice).toEqual({ type: 'function', name: 'run_code' });
    expect(bodyOf({ tools: [{ name: 'look', strict: true }] })['tools']).toEqual([
      { type: 'function', name: 'look', parameters: { type: 'object', properties: {} }, strict: true },
    ]);
    expect(bodyOf({ toolChoice: 'auto', parallelToolCalls: true })).toEqual(bodyOf({}));
    expect(bodyOf({ toolChoice: 'required' })).toHaveProperty('tool_choice', 'required');
  });

  it('asks for JSON in the two ways there are', () => {
    expect(bodyOf({ responseFormat: { type: 'json' } })).toHaveProperty('text', { format: { type: 'json_object' } });
    const { responseFormat } = SCHEMA_REQUEST;
    expect(bodyOf({ responseFormat })).toHaveProperty('text', {
      format: { ...responseFormat, type: 'json_schema' },
    });
  });

  it('takes reasoning beside tools from GPT-5.6, which Chat Completions do not', () => {
    const asked = { tools: FULL_REQUEST.tools, reasoningEffort: 'high' } as const;
    expect(bodyOf(asked, 'gpt-5.6-sol')).toHaveProperty('reasoning', { effort: 'high' });
    expect(warningsOf(asked, 'gpt-5.6-sol')).toEqual([]);
  });

  it('leaves out the knobs that the dialect has no word for, with a warning for each', () => {
    expect(warningsOf({ seed: 1, stop: ['END'] }, 'gpt-4.1').map((warning) => warning.split(' ')[0])).toEqual([
      'seed',
      'stop',
    ]);
    expect(warningsOf({ temperature: 1, stop: ['END'] }, 'gpt-5')).toHaveLength(2);
  });

  it('takes options beside what was asked, and none that the vendor would have to keep', () => {
    const asked = { reasoningEffort: 'low', responseFormat: { type: 'json' } } as const;
    const openai = { text: { verbosity: 'low' }, reasoning: { summary: 'auto' }, prompt_cache_key: 'lesson' };
    expect(bodyOf({ ...asked, providerOptions: { openai } })).toMatchObject({
      text: { verbosity: 'low', format: { type: 'json_object' } },
      reasoning: { summary: 'auto', effort: 'low' },
      prompt_cache_key: 'lesson',
    });
    const kept = {
      store: true,
      previous_response_id: 'resp_1',
      conversation: 'c',
      background: true,
      max_output_tokens: 9,
    };
    expect(bodyOf({ providerOptions: { openai: kept } })).toEqual(bodyOf({}));
    expect(warningsOf({ providerOptions: { openai: kept } })).toHaveLength(5);
  });
});

describe('the state of an answer', () => {
  const reasoning = { type: 'reasoning', id: 'rs_1', encrypted_content: 'abc', summary: [] };
  const custom = { type: 'custom_tool_call', id: 'c_1', call_id: 'call_1', name: 'run_sql', input: 'SELECT 1;' };
  const inputOf = (messages: readonly Message[]) => bodyOf({ messages })['input'];

  it('goes back unchanged, between what stood around it', () => {
    expect(
      inputOf([
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'One ' },
            { type: 'text', text: 'text.' },
            { type: 'reasoning', text: '', providerData: { openai: reasoning } },
            {
              type: 'tool-call',
              toolCallId: 'call_1',
              name: 'run_sql',
              argumentsText: 'SELECT 1;',
              providerData: { openai: custom },
            },
            { type: 'text', text: 'After.' },
          ],
        },
        { role: 'tool', toolCallId: 'call_1', content: '1' },
      ]),
    ).toEqual([
      { role: 'assistant', content: 'One text.' },
      reasoning,
      custom,
      { role: 'assistant', content: 'After.' },
      { type: 'custom_tool_call_output', call_id: 'call_1', output: '1' },
    ]);
  });

  it('of another provider does not go to this one, nor reasoning without any', () => {
    expect(
      inputOf([
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'Hm.', providerData: { azure: reasoning } },
            { type: 'reasoning', text: 'So.' },
            { type: 'tool-call', toolCallId: 'a', name: 'f', argumentsText: '{}', providerData: { gemini: { x: 1 } } },
          ],
        },
      ]),
    ).toEqual([{ type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' }]);
  });
});

describe('a stream of Responses', () => {
  const frame = (type: string, more: object = {}): Frame => ({ event: type, data: JSON.stringify({ type, ...more }) });
  const begun = frame('response.created', { response: { id: 'resp_1', model: 'gpt-5' } });
  const completed = (more: object = {}) => frame('response.completed', { response: { status: 'completed', ...more } });
  const delta = (text: string, place = 0) => frame('response.output_text.delta', { output_index: place, delta: text });
  const item = (kind: 'added' | 'done', content: object, place = 0) =>
    frame(`response.output_item.${kind}`, { output_index: place, item: content });
  const read = (...frames: readonly Frame[]) => answerOf(eventsOf(codec, frames));

  it('tells what its pieces left out as soon as the end of the item says it, and nothing twice', () => {
    const message = { type: 'message', content: [{ type: 'output_text', text: 'Hello there' }] };
    for (const pieces of [[], [delta('Hello')], [delta('Hello'), delta(' there')]])
      expect(read(begun, ...pieces, item('done', message), completed()).parts).toEqual([
        { type: 'text', text: 'Hello there' },
      ]);
  });

  it('is read from its last event alone, where nothing else came', () => {
    const output = [{ type: 'message', content: [{ type: 'output_text', text: 'Hello' }] }];
    expect(read(completed({ id: 'resp_2', output })).parts).toEqual([{ type: 'text', text: 'Hello' }]);
    expect(read(begun, delta('Hello'), completed({ output })).parts).toEqual([{ type: 'text', text: 'Hello' }]);
  });

  it('ends calls that it did not end itself, each with an id of its own', () => {
    const call = { type: 'function_call', call_id: 'a', name: 'f', arguments: '' };
    const events = eventsOf(codec, [begun, item('added', call), item('added', { ...call, name: 'g' }, 1), completed()]);
    expect(grammarFault(events)).toBeNull();
    expect(answerOf(events).parts).toEqual([
      { type: 'tool-call', toolCallId: 'a', name: 'f', argumentsText: '' },
      { type: 'tool-call', toolCallId: 'a_1', name: 'g', argumentsText: '' },
    ]);
  });

  it('keeps its order where reasoning and text take turns', () => {
    const thought = (text: string) => frame('response.reasoning_summary_text.delta', { output_index: 0, delta: text });
    const reasoning = {
      type: 'reasoning',
      encrypted_content: 'abc',
      summary: [{ type: 'summary_text', text: 'Hm. So.' }],
    };
    const events = eventsOf(codec, [
      begun,
      thought('Hm.'),
      delta('a', 1),
      thought(' So.'),
      delta('b', 1),
      item('done', reasoning),
      completed(),
    ]);
    expect(grammarFault(events)).toBeNull();
    expect(answerOf(events).parts.map((part) => part.type)).toEqual([
      'reasoning',
      'text',
      'reasoning',
      'text',
      'reasoning',
    ]);
    expect(answerOf(events).parts.at(-1)).toMatchObject({ providerData: { openai: reasoning } });
  });

  it('keeps the reasoning of two items apart, also where they are told at once', () => {
    const thought = (text: string, place: number) =>
      frame('response.reasoning_summary_text.delta', { output_index: place, delta: text });
    const done = (place: number) =>
      item('done', { type: 'reasoning', encrypted_content: `${place}`, summary: [] }, place);
    const events = eventsOf(codec, [begun, thought('a', 0), thought('b', 1), done(1), done(0), completed()]);
    expect(grammarFault(events)).toBeNull();
    expect(events.filter(({ type }) => type === 'reasoning-end')).toHaveLength(3);
  });

  it('tells usage also of an answer that failed', () => {
    const told: AnswerEvent[] = [];
    const decoder = codec.decodeStream();
    const failed = frame('response.failed', {
      response: { status: 'failed', error: { code: 'server_error' }, usage: { input_tokens: 7, output_tokens: 3 } },
    });
    decoder.frame(begun, (event) => told.push(event));
    expect(thrownBy(() => decoder.frame(failed, (event) => told.push(event)))).toMatchObject({
      code: 'provider_overloaded',
    });
    expect(told.at(-1)).toMatchObject({ type: 'usage-told', usage: { inputTokens: 7, cacheReadTokens: null } });
  });

  it('may have a marker after its end, as OpenRouter’s, which is none before it', () => {
    const done = { event: null, data: '[DONE]' };
    expect(read(begun, delta('a'), completed(), done).parts).toEqual([{ type: 'text', text: 'a' }]);
    expect(thrownBy(() => read(begun, delta('a'), done))).toMatchObject({ code: 'stream_broken' });
  });

  it('says nothing of events that it does not know, and nothing after its end', () => {
    const events = eventsOf(codec, [
      begun,
      frame('response.of.tomorrow', { delta: 'x' }),
      delta('a'),
      completed(),
      delta('b'),
      completed(),
    ]);
    expect(events.map(({ type }) => type)).toEqual(['answer-start', 'text-delta', 'answer-end']);
  });

  it('takes no answer of items without end', () => {
    const feed = () =>
      eventsOf(
        codec,
        Array.from({ length: 2_000 }, (_none, place) => delta('a', place)),
      );
    expect(thrownBy(feed)).toMatchObject({ code: 'provider_bad_reply' });
  });
});

describe('a whole response', () => {
  it.each([
    ['an error', { error: { code: 'server_error', message: 'x' }, status: 'failed' }, 'provider_overloaded'],
    ['no answer', {}, 'provider_bad_reply'],
    ['a list', [], 'provider_bad_reply'],
    ['still in the making', { status: 'in_progress', output: [] }, 'provider_bad_reply'],
    ['an answer of the other dialect', { choices: [{ message: { content: 'a' } }] }, 'provider_bad_reply'],
  ] as readonly (readonly [string, Json, string])[])('that is %s is no success', (_what, body, code) => {
    expect(thrownBy(() => codec.decode(body, {}))).toMatchObject({ code });
  });
});

describe('Responses of other vendors', () => {
  const encode = (described: Partial<CompatibleProvider>, changes: Partial<FittedRequest> = {}, model = 'model-1') =>
    codecOf(
      createCompatible({ id: 'own', baseUrl: 'https://vendor.example', apiKey: 'k', api: 'responses', ...described }),
    ).encode({ ...QUESTION, ...changes }, model, true);

  it('are asked where the description says, with what it says', () => {
    expect(encode({ preset: 'xai' })).toMatchObject({
      url: 'https://vendor.example/v1/responses',
      body: { include: ['reasoning.encrypted_content'], store: false },
    });
    expect(encode({}).body).not.toHaveProperty('include');
    expect(encode({ fields: { text: { verbosity: 'low' }, max_output_tokens: 9_999 } }).body).toMatchObject({
      text: { verbosity: 'low' },
      max_output_tokens: 100,
    });
    expect(encode({ preset: 'azure', apiVersion: '2025-04-01-preview' }).url).toBe(
      'https://vendor.example/openai/responses?api-version=2025-04-01-preview',
    );
  });

  it('are refused what they lack, and spared what they do not know', () => {
    const { tools } = FULL_REQUEST;
    expect(thrownBy(() => encode({ lacks: ['tools'] }, { tools }))).toMatchObject({ code: 'invalid_request' });
    expect(encode({ leavesOut: ['reasoning_effort'] }, { reasoningEffort: 'low' }).body).not.toHaveProperty(
      'reasoning',
    );
    expect(encode({ preset: 'ollama' }, { reasoningEffort: 'minimal' }).body).toHaveProperty('reasoning', {
      effort: 'low',
    });
    expect(encode({ preset: 'azure' }, {}, 'gpt-5-mini').body).toHaveProperty('include');
    expect(encode({ preset: 'azure' }, {}, 'school-tutor').body).not.toHaveProperty('include');
  });
});
