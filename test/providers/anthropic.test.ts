// Anthropic by its written fixtures: a clone without recorded traffic tests it whole.

import { describe, expect, it } from 'vitest';
import { ANTHROPIC_MODELS } from '../../src/catalog/anthropic-models.ts';
import { arrayAt, type JsonObject, stringAt } from '../../src/core/json.ts';
import type { AnswerPart, FittedRequest, Message, ReasoningEffort, TextPart } from '../../src/core/request.ts';
import { anthropicKeyProblem, createAnthropic } from '../../src/providers/anthropic.ts';
import {
  answerOf,
  CANARY_KEY,
  codecOf,
  eventsOf,
  FULL_REQUEST,
  readFixtures,
  replyOf,
  testProvider,
  thrownBy,
} from '../contract/provider.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';

const outputLimitOf = (model: string) => ANTHROPIC_MODELS.find((card) => card.model === model)?.outputLimit ?? null;
const fixtures = readFixtures(new URL('../fixtures/anthropic/', import.meta.url));
const BUDGETED = 'claude-haiku-4-5';
const ABLE = 'claude-sonnet-4-6';
const FIRM = 'claude-opus-5-5';

testProvider('anthropic', {
  create: (apiKey) => createAnthropic({ apiKey, outputLimitOf }),
  model: ABLE,
  fixtures,
});

const codec = codecOf(createAnthropic({ apiKey: CANARY_KEY, outputLimitOf }));

const QUESTION: FittedRequest = {
  ...EMPTY_REQUEST,
  messages: [{ role: 'user', content: 'Why?' }],
  maxTokens: 10_000,
};

const call = (changes: Partial<FittedRequest>, model = ABLE) => codec.encode({ ...QUESTION, ...changes }, model, true);
const bodyOf = (changes: Partial<FittedRequest>, model = ABLE) => call(changes, model).body;
const warningsOf = (changes: Partial<FittedRequest>, model = ABLE) =>
  call(changes, model).warnings.map(({ message }) => message);
const refusalOf = (changes: Partial<FittedRequest>, model = ABLE) => thrownBy(() => call(changes, model));
const messagesOf = (...messages: readonly Message[]) => bodyOf({ messages })['messages'];
const text = (words: string): TextPart => ({ type: 'text', text: words });

const { tools } = FULL_REQUEST;

describe('a request to Anthropic', () => {
  it('holds what was asked and nothing that was not', () => {
    expect(call({})).toEqual({
      url: 'https://api.anthropic.com/v1/messages',
      headers: { 'x-api-key': CANARY_KEY, 'anthropic-version': '2023-06-01' },
      body: {
        model: ABLE,
        max_tokens: 10_000,
        messages: [{ role: 'user', content: [text('Why?')] }],
        stream: true,
      },
      warnings: [],
    });
  });

  it.each([
    ['https://proxy.example', 'https://proxy.example/v1/messages'],
    ['https://proxy.example/', 'https://proxy.example/v1/messages'],
    ['https://proxy.example/v1', 'https://proxy.example/v1/messages'],
    ['https://proxy.example/v1/', 'https://proxy.example/v1/messages'],
    ['https://proxy.example/anthropic', 'https://proxy.example/anthropic/v1/messages'],
  ])('to the base URL %s goes to %s', (baseUrl, url) => {
    const provider = createAnthropic({ apiKey: CANARY_KEY, baseUrl, outputLimitOf });
    expect(codecOf(provider).encode(QUESTION, ABLE, true).url).toBe(url);
    expect(provider.billAfterCancel).toBe('unknown');
  });

  it('without max tokens gets those that the model can give, and is refused where nobody knows them', () => {
    expect(bodyOf({ maxTokens: null }, 'claude-haiku-4-5')).toHaveProperty('max_tokens', 64_000);
    expect(bodyOf({ maxTokens: null }, 'claude-opus-5-5')).toHaveProperty('max_tokens', 128_000);
    expect(refusalOf({ maxTokens: null }, 'claude-next')).toMatchObject({
      code: 'invalid_request',
      detail: { param: 'maxTokens' },
    });
  });

  it('sends a conversation with tools as turns that alternate', () => {
    const { system, messages, tools: sent, tool_choice } = codec.encode(FULL_REQUEST, ABLE, true).body;
    expect(system).toEqual([text('text of the system prompt'), text('text of a system message')]);
    expect(messages).toEqual([
      {
        role: 'user',
        content: [
          text('text of a question'),
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
        ],
      },
      {
        role: 'assistant',
        content: [
          text('text of an answer'),
          { type: 'tool_use', id: 'call_of_a_tool', name: 'run_code', input: { code: 'print(1)' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'call_of_a_tool', content: 'text of a result' },
          text('text of another question'),
        ],
      },
    ]);
    expect(sent).toEqual([
      {
        name: 'run_code',
        description: 'text about the tool',
        input_schema: { type: 'object', properties: { code: { type: 'string' } }, required: ['code'] },
      },
    ]);
    expect(tool_choice).toEqual({ type: 'tool', name: 'run_code', disable_parallel_tool_use: true });
  });

  it('puts the results of parallel calls into one turn, before what else is said in it', () => {
    const calls: readonly AnswerPart[] = ['a', 'b'].map((id) => ({
      type: 'tool-call',
      toolCallId: id,
      name: 'run_code',
      argumentsText: '',
    }));
    const sent = messagesOf(
      { role: 'user', content: 'Run both' },
      { role: 'assistant', content: calls },
      { role: 'tool', toolCallId: 'a', content: '1' },
      { role: 'user', content: 'Hurry' },
      { role: 'tool', toolCallId: 'b', content: 'no such file', isError: true },
      { role: 'user', content: 'And?' },
    );
    expect(sent).toMatchObject([
      {},
      { content: [{ input: {} }, { input: {} }] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: '1' },
          { type: 'tool_result', tool_use_id: 'b', content: 'no such file', is_error: true },
          text('Hurry'),
          text('And?'),
        ],
      },
    ]);
  });

  it('makes one turn of messages of one role, and none of blank ones', () => {
    const sent = messagesOf(
      { role: 'user', content: 'One' },
      { role: 'user', content: ' \n' },
      { role: 'user', content: [text('Two'), text('')] },
      { role: 'assistant', content: '' },
      { role: 'user', content: 'Three' },
    );
    expect(sent).toEqual([{ role: 'user', content: [text('One'), text('Two'), text('Three')] }]);
    expect(refusalOf({ messages: [{ role: 'user', content: ' ' }] })).toMatchObject({ detail: { param: 'messages' } });
  });

  it('has a system message within the conversation in the turn of the user, and says so', () => {
    const messages: readonly Message[] = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hi' },
      { role: 'system', content: 'The lesson has begun.' },
      { role: 'user', content: 'What now?' },
    ];
    expect(bodyOf({ messages })).toMatchObject({
      messages: [
        {},
        {},
        { role: 'user', content: [text('<system>\nThe lesson has begun.\n</system>'), text('What now?')] },
      ],
    });
    expect(bodyOf({ messages })).not.toHaveProperty('system');
    expect(call({ messages }).warnings).toMatchObject([{ code: 'system_message_moved' }]);
  });

  it('takes pictures by address and as data, of the four kinds that there are', () => {
    const sent = (url: string) =>
      bodyOf({ messages: [{ role: 'user', content: [{ type: 'image', url }] }] })['messages'];
    expect(sent('https://example.org/a.png')).toMatchObject([
      { content: [{ type: 'image', source: { type: 'url', url: 'https://example.org/a.png' } }] },
    ]);
    for (const kind of ['jpeg', 'png', 'gif', 'webp']) {
      expect(JSON.stringify(sent(`data:image/${kind};base64,AAAA`))).toContain(
        `"media_type":"image/${kind}","data":"AAAA"`,
      );
    }
    for (const url of ['data:image/svg+xml;base64,AAAA', 'data:image/png,AAAA', 'data:', 'data:image/png;base64']) {
      expect(thrownBy(() => sent(url))).toMatchObject({ code: 'invalid_request', detail: { param: 'messages' } });
    }
  });

  it("sends calls of other vendors' models in a form that it takes", () => {
    const part = (argumentsText: string): AnswerPart => ({
      type: 'tool-call',
      toolCallId: 'functions.run:0',
      name: 'run',
      argumentsText,
    });
    const inputOf = (argumentsText: string) => {
      const sent = messagesOf(
        { role: 'user', content: 'Run it' },
        { role: 'assistant', content: [part(argumentsText)] },
        { role: 'tool', toolCallId: 'functions.run:0', content: 'done' },
      );
      expect(sent).toMatchObject([
        {},
        { content: [{ id: 'functions_run_0' }] },
        { content: [{ tool_use_id: 'functions_run_0' }] },
      ]);
      return JSON.parse(JSON.stringify(sent))[1].content[0].input;
    };
    expect(inputOf('{"a":1}')).toEqual({ a: 1 });
    expect(inputOf('')).toEqual({});
    expect(inputOf('{"a":')).toEqual({ INVALID_JSON: '{"a":' });
    expect(inputOf('[1]')).toEqual({ INVALID_JSON: '[1]' });
  });

  it.each([
    [null, null, undefined],
    ['auto', null, { type: 'auto' }],
    ['auto', true, { type: 'auto' }],
    [null, false, { type: 'auto', disable_parallel_tool_use: true }],
    ['required', null, { type: 'any' }],
    ['required', false, { type: 'any', disable_parallel_tool_use: true }],
    ['none', false, { type: 'none' }],
    [{ name: 'run_code' }, null, { type: 'tool', name: 'run_code' }],
  ] as const)('with the tool choice %o and parallel calls %s sends %o', (toolChoice, parallelToolCalls, sent) => {
    expect(bodyOf({ tools, toolChoice, parallelToolCalls })['tool_choice']).toEqual(sent);
  });

  it('says nothing of tools where there are none', () => {
    expect(bodyOf({ toolChoice: 'auto', parallelToolCalls: false })).toEqual(bodyOf({}));
    expect(bodyOf({ tools: [{ name: 'now' }, { name: 'then', strict: true, parameters: {} }] })['tools']).toEqual([
      { name: 'now', input_schema: { type: 'object' } },
      { name: 'then', input_schema: { type: 'object' }, strict: true },
    ]);
  });

  it('asks for JSON by its schema, and for no other JSON', () => {
    const schema = { type: 'object', properties: {} };
    expect(
      bodyOf({ responseFormat: { type: 'json-schema', name: 'steps', schema }, reasoningEffort: 'low' }),
    ).toMatchObject({
      output_config: { effort: 'low', format: { type: 'json_schema', schema } },
    });
    expect(refusalOf({ responseFormat: { type: 'json' } })).toMatchObject({
      code: 'invalid_request',
      detail: { param: 'responseFormat', model: ABLE },
    });
  });

  it('leaves out knobs that Anthropic lacks, each with a warning', () => {
    expect(bodyOf({ seed: 7, serviceTier: 'flex', stop: ['\n', ' '] })).toEqual(bodyOf({}));
    expect(warningsOf({ seed: 7, serviceTier: 'flex', stop: ['\n', ' '] })).toHaveLength(3);
    expect(bodyOf({ serviceTier: 'standard_only', stop: ['\n', 'END'] })).toMatchObject({
      service_tier: 'standard_only',
      stop_sequences: ['END'],
    });
  });
});

describe('how an Anthropic model thinks', () => {
  const adaptive = { type: 'adaptive', display: 'summarized' };

  it.each([
    ['claude-haiku-4-5-20251001', 'high', { type: 'enabled', budget_tokens: 8_000 }, undefined, 0],
    ['claude-sonnet-4-5', 'medium', { type: 'enabled', budget_tokens: 5_000 }, undefined, 0],
    ['claude-opus-4-5', 'low', { type: 'enabled', budget_tokens: 2_000 }, undefined, 0],
    ['claude-opus-4-5', 'minimal', { type: 'enabled', budget_tokens: 1_024 }, undefined, 0],
    ['claude-opus-4-5', 'none', { type: 'disabled' }, undefined, 0],
    ['claude-sonnet-4-6', 'high', adaptive, 'high', 0],
    ['claude-opus-4-6', 'none', { type: 'disabled' }, undefined, 0],
    ['claude-opus-4-7', 'medium', adaptive, 'medium', 0],
    ['claude-opus-4-8', 'minimal', adaptive, 'low', 1],
    ['claude-opus-5', 'none', { type: 'disabled' }, undefined, 0],
    ['claude-opus-5-20260724', 'none', { type: 'disabled' }, undefined, 0],
    ['claude-sonnet-5', 'low', adaptive, 'low', 0],
    ['claude-haiku-5-5', 'none', { type: 'disabled' }, undefined, 0],
    ['claude-sonnet-5-5', 'none', { type: 'between_tools' }, undefined, 0],
    ['claude-opus-5-5', 'none', adaptive, 'low', 1],
    ['claude-fable-5', 'none', adaptive, 'low', 1],
    ['claude-fable-5-2', 'high', adaptive, 'high', 0],
    ['claude-of-tomorrow', 'none', adaptive, 'low', 1],
  ] as const)(
    '%s asked for effort %s is sent %o and effort %s, with %i warnings',
    (model, effort, thinking, sent, warnings) => {
      const { body, warnings: given } = call({ reasoningEffort: effort }, model);
      expect(body['thinking']).toEqual(thinking);
      expect(body['output_config']).toEqual(sent === undefined ? undefined : { effort: sent });
      expect(given).toHaveLength(warnings);
    },
  );

  it('is left to it where nothing was asked', () => {
    for (const model of [BUDGETED, ABLE, FIRM]) {
      expect(bodyOf({}, model)).not.toHaveProperty('thinking');
      expect(bodyOf({}, model)).not.toHaveProperty('output_config');
    }
  });

  const efforts: readonly ReasoningEffort[] = ['none', 'minimal', 'low', 'medium', 'high'];
  it.each(efforts)('never has a budget that its max tokens do not hold, at effort %s', (reasoningEffort) => {
    for (let maxTokens = 1; maxTokens < 3_000; maxTokens += 7) {
      const thinking = JSON.parse(JSON.stringify(bodyOf({ reasoningEffort, maxTokens }, BUDGETED)))['thinking'];
      const budgetTokens = thinking?.budget_tokens ?? 1_024;
      expect(budgetTokens).toBeGreaterThanOrEqual(1_024);
      if (thinking?.type === 'enabled') expect(budgetTokens).toBeLessThan(maxTokens);
      else if (reasoningEffort !== 'none') expect(maxTokens).toBeLessThanOrEqual(1_024);
    }
    for (const maxTokens of [100, 1_024])
      expect(warningsOf({ reasoningEffort, maxTokens }, BUDGETED)).toHaveLength(reasoningEffort === 'none' ? 0 : 1);
    expect(warningsOf({ reasoningEffort, maxTokens: 1_025 }, BUDGETED)).toEqual([]);
  });

  it('gives way to a call that it must make', () => {
    const forced: Partial<FittedRequest> = { tools, toolChoice: 'required', reasoningEffort: 'high' };
    expect(bodyOf(forced, BUDGETED)).not.toHaveProperty('thinking');
    expect(warningsOf(forced, BUDGETED)).toHaveLength(1);
    expect(bodyOf(forced, ABLE)).not.toHaveProperty('thinking');
    expect(bodyOf(forced, ABLE)).toMatchObject({ output_config: { effort: 'high' } });
    for (const toolChoice of ['required', { name: 'run_code' }] as const) {
      for (const model of [FIRM, 'claude-sonnet-5-5', 'claude-fable-5-1', 'claude-fable-5-2']) {
        expect(refusalOf({ tools, toolChoice }, model)).toMatchObject({
          code: 'invalid_request',
          detail: { param: 'toolChoice', model },
        });
      }
    }
  });

  it('does not begin in the middle of calls that were made without it', () => {
    const loop = (content: readonly AnswerPart[]): readonly Message[] => [
      { role: 'user', content: 'Run it' },
      {
        role: 'assistant',
        content: [...content, { type: 'tool-call', toolCallId: 'a', name: 'run', argumentsText: '{}' }],
      },
      { role: 'tool', toolCallId: 'a', content: 'done' },
    ];
    const signed: AnswerPart = { type: 'reasoning', text: 'hm', providerData: { type: 'thinking', signature: 'AA==' } };
    const unsigned: AnswerPart = { type: 'reasoning', text: 'hm' };
    const thinks = (messages: readonly Message[]) =>
      bodyOf({ messages, reasoningEffort: 'low' }, BUDGETED)['thinking'] !== undefined;
    expect(thinks(loop([]))).toBe(false);
    expect(thinks(loop([unsigned]))).toBe(false);
    expect(thinks(loop([signed]))).toBe(true);
    expect(thinks(loop([text('I run it.'), signed]))).toBe(false);
    expect(thinks([...loop([]), { role: 'user', content: 'And now?' }])).toBe(true);
    expect(warningsOf({ messages: loop([]), reasoningEffort: 'low' }, BUDGETED)).toHaveLength(1);
    expect(bodyOf({ messages: loop([]), reasoningEffort: 'low' }, ABLE)).toHaveProperty('thinking');
  });
});

describe('temperature and top_p at Anthropic', () => {
  it.each([
    [ABLE, { temperature: 0.3 }, { temperature: 0.3 }, 0],
    [BUDGETED, { topP: 0.9 }, { top_p: 0.9 }, 0],
    [ABLE, { temperature: 0.3, topP: 0.9 }, { temperature: 0.3 }, 1],
    [ABLE, { temperature: 1.7 }, { temperature: 1 }, 1],
    [ABLE, { temperature: 0.3, topP: 0.9, reasoningEffort: 'low' }, {}, 2],
    [BUDGETED, { temperature: 0.3, reasoningEffort: 'low' }, {}, 1],
    [BUDGETED, { temperature: 0.3, reasoningEffort: 'none' }, { temperature: 0.3 }, 0],
    ['claude-opus-4-7', { temperature: 1 }, {}, 1],
    ['claude-sonnet-5', { temperature: 0, topP: 1 }, {}, 2],
    [FIRM, { topP: 0.5 }, {}, 1],
    ['claude-haiku-5-5', { temperature: 0.5 }, {}, 1],
  ] as const)('of %s asked as %o are sent as %o, with %i warnings', (model, asked, sent, warnings) => {
    const { temperature, top_p } = bodyOf(asked, model);
    expect({ temperature, top_p }).toEqual({ temperature: undefined, top_p: undefined, ...sent });
    expect(warningsOf(asked, model)).toHaveLength(warnings);
  });
});

it('asked to think by an option, an Anthropic model gets no temperature either', () => {
  const providerOptions = { anthropic: { thinking: { type: 'enabled', budget_tokens: 2_000 } } };
  expect(bodyOf({ temperature: 0.7, providerOptions }, BUDGETED)).not.toHaveProperty('temperature');
  expect(bodyOf({ temperature: 0.7, providerOptions }, BUDGETED)).toMatchObject(providerOptions.anthropic);
  expect(warningsOf({ temperature: 0.7, providerOptions }, BUDGETED)).toHaveLength(1);
});

describe("a message of the assistant's that ends the conversation", () => {
  const messages: readonly Message[] = [
    { role: 'user', content: 'Count' },
    { role: 'assistant', content: 'One, two,' },
  ];

  it('is gone on with by the models that can, and refused for the others', () => {
    expect(bodyOf({ messages }, BUDGETED)).toMatchObject({ messages: [{}, { role: 'assistant' }] });
    for (const model of [ABLE, FIRM, 'claude-opus-4-7']) {
      expect(refusalOf({ messages }, model)).toMatchObject({
        code: 'invalid_request',
        detail: { param: 'messages', model },
      });
    }
  });
});

describe('thoughts that Anthropic signed', () => {
  const fixture = fixtures.answers.find(({ name }) => name === 'thoughts-between-tools');
  const { parts } = codec.decode(fixture?.whole ?? null, {});
  const conversation: readonly Message[] = [
    { role: 'user', content: 'Run it' },
    { role: 'assistant', content: parts },
    { role: 'tool', toolCallId: 'toolu_010000000000000000000004', content: '10' },
  ];
  const back = (model: string, changes: Partial<FittedRequest> = {}) => {
    const { body, headers } = call({ messages: conversation, ...changes }, model);
    const content = arrayAt(arrayAt(body, 'messages')?.[1] ?? null, 'content') ?? [];
    return { types: content.map((block) => stringAt(block, 'type')), content, body, beta: headers['anthropic-beta'] };
  };
  const ALL = ['thinking', 'redacted_thinking', 'thinking', 'text', 'tool_use'];

  it('go back unchanged and in their place, hidden ones too', () => {
    const { content } = back(FIRM);
    expect(content).toEqual(arrayAt(fixture?.whole ?? null, 'content'));
    expect(back(ABLE).content).toEqual(content);
  });

  it('are let go by Anthropic, not refused, where the history before them was trimmed', () => {
    const binding = { type: 'adaptive', block_binding: { prefix_mismatch_behavior: 'drop_block' } };
    expect(back(FIRM).body['thinking']).toEqual(binding);
    expect(back(FIRM).beta).toBe('thinking-binding-controls-2026-08-01');
    expect(back(FIRM, { reasoningEffort: 'high' }).body['thinking']).toEqual({ ...binding, display: 'summarized' });
    // Where they are not bound nothing is said of it.
    expect(back(ABLE).body).not.toHaveProperty('thinking');
    expect(back(ABLE).beta).toBeUndefined();
    expect(call({}, FIRM).headers).not.toHaveProperty('anthropic-beta');
  });

  it('do not go to a model that is bound to its own, or told not to think', () => {
    expect(back(FIRM).types).toEqual(ALL);
    expect(back('claude-sonnet-5-5').types).toEqual(['text', 'tool_use']);
    expect(back('claude-sonnet-5-5').beta).toBeUndefined();
    const own = JSON.parse(JSON.stringify(conversation).replaceAll('claude-opus-5-5', 'claude-haiku-5-5'));
    expect(back('claude-haiku-5-5', { messages: own }).types).toEqual(ALL);
    expect(back('claude-haiku-5-5', { messages: own, reasoningEffort: 'none' }).types).toEqual(['text', 'tool_use']);
  });

  it('are no thoughts to Anthropic when another vendor made them', () => {
    const foreign: readonly JsonObject[] = [
      {},
      { signature: 'AA==' },
      { type: 'thinking' },
      { type: 'thinking', signature: 7 },
    ];
    for (const providerData of foreign) {
      const messages: readonly Message[] = [
        { role: 'user', content: 'Why?' },
        { role: 'assistant', content: [{ type: 'reasoning', text: 'hm', providerData }, text('So.')] },
        { role: 'user', content: 'Really?' },
      ];
      expect(bodyOf({ messages })).toMatchObject({ messages: [{}, { content: [text('So.')] }, {}] });
    }
  });
});

describe('what is cached at Anthropic', () => {
  const anthropic = { cache_control: { type: 'ephemeral' } };
  const marked = { ...text('You are a tutor.'), cache_control: { type: 'ephemeral' } };

  it('ends at the end of the prompt, and at the end of what conversations share', () => {
    const providerOptions = { anthropic };
    expect(bodyOf({ providerOptions, systemPrompt: 'You are a tutor.', tools })).toMatchObject({
      cache_control: { type: 'ephemeral' },
      system: [marked],
    });
    expect(bodyOf({ providerOptions, systemPrompt: 'You are a tutor.', tools })['tools']).toEqual(
      bodyOf({ tools })['tools'],
    );
    expect(JSON.stringify(bodyOf({ providerOptions, tools })['tools'])).toContain('"cache_control"');
    expect(JSON.stringify(bodyOf({ systemPrompt: 'You are a tutor.', tools }))).not.toContain('cache_control');
  });

  it('stays for five minutes, since what is kept for an hour costs more than is booked', () => {
    const providerOptions = { anthropic: { cache_control: { type: 'ephemeral', ttl: '1h' } } };
    expect(bodyOf({ providerOptions })['cache_control']).toEqual({ type: 'ephemeral' });
    expect(warningsOf({ providerOptions })).toHaveLength(1);
  });

  it('is what stays in front when a conversation goes on', () => {
    const { messages } = FULL_REQUEST;
    const before = JSON.stringify(bodyOf({ ...FULL_REQUEST, messages: messages.slice(0, -1) })['messages']);
    const after = JSON.stringify(bodyOf({ ...FULL_REQUEST, messages })['messages']);
    expect(after.startsWith(before.slice(0, -'"}]}]'.length))).toBe(true);
  });
});

describe('options for Anthropic alone', () => {
  it('stand over everything else, and lose no schema', () => {
    const anthropic = {
      top_k: 5,
      metadata: { user_id: 'u' },
      thinking: { type: 'disabled' },
      output_config: { effort: 'max' },
    };
    const schema = { type: 'object' };
    const responseFormat = { type: 'json-schema', name: 'steps', schema } as const;
    expect(bodyOf({ reasoningEffort: 'low', responseFormat, providerOptions: { anthropic } })).toMatchObject({
      ...anthropic,
      output_config: { effort: 'max', format: { type: 'json_schema', schema } },
    });
  });

  it('do not reach another provider, nor Anthropic from there', () => {
    expect(bodyOf({ providerOptions: { openai: { store: true } } })).toEqual(bodyOf({}));
  });

  it('cannot raise the bill beyond what is held, and are left out with a warning when Anthropic takes no such thing', () => {
    const anthropic = {
      max_tokens: 9_999_999,
      speed: 'fast',
      inference_geo: 'us',
      model: 'other',
      messages: [],
      stream: false,
    };
    const providerOptions = { anthropic: { ...anthropic, mcp_servers: [] } };
    expect(bodyOf({ providerOptions })).toEqual(bodyOf({}));
    expect(warningsOf({ providerOptions })).toHaveLength(7);
    expect(warningsOf({ providerOptions }).join()).toContain('providerOptions.anthropic.mcp_servers');
  });

  it('may bring tools that the caller runs, and none that Anthropic runs and bills by the call', () => {
    const withTool = (tool: JsonObject) => ({ providerOptions: { anthropic: { tools: [tool] } } });
    for (const tool of [
      { name: 'x', input_schema: {} },
      { type: 'bash_20250124', name: 'bash' },
      { type: 'custom', name: 'x' },
    ])
      expect(bodyOf(withTool(tool))['tools']).toEqual([tool]);
    for (const type of ['web_search_20260318', 'code_execution_20260521', 'web_fetch_20260318', 'mcp_toolset'])
      expect(refusalOf(withTool({ type, name: 'x' }))).toMatchObject({ code: 'invalid_request' });
    const kept = (ttl: string) => withTool({ name: 'x', input_schema: {}, cache_control: { type: 'ephemeral', ttl } });
    expect(refusalOf(kept('1h'))).toMatchObject({ detail: { param: 'providerOptions.anthropic.tools' } });
    expect(bodyOf(kept('5m'))).toHaveProperty('tools');
  });
});

describe('what Anthropic rejects', () => {
  const rejected = (message: string, headers = {}) =>
    codec.decodeError(
      replyOf(
        400,
        { type: 'error', error: { type: 'invalid_request_error', message }, request_id: 'req_011C' },
        headers,
      ),
    );

  it('is told with the field that it dislikes and the id to ask Anthropic by, in our words', () => {
    const error = rejected('messages.1.content.0: you wrote sk-ant-secret');
    expect(error.detail).toEqual({
      providerStatus: 400,
      providerCode: 'invalid_request_error',
      param: 'messages.1.content.0',
    });
    expect(error.message).toBe(
      'Anthropic rejected the request (status 400, invalid_request_error, request req_011C); the field is "messages.1.content.0"',
    );
    expect(rejected('secret.field: no').param).toBeNull();
    expect(rejected('messages').param).toBeNull();
  });

  it('has no id where what stands there is none', () => {
    const headers = { 'request-id': 'sk-ant-secret' };
    expect(codec.decodeError(replyOf(529, '', headers)).message).not.toContain('secret');
    expect(codec.decodeError(replyOf(529, '', { 'request-id': 'req_012' })).message).toContain('request req_012');
  });

  it('is not asked again where Anthropic says that it is of no use', () => {
    const again = (headers: Record<string, string>) =>
      codec.decodeError(replyOf(500, '', headers)).detail.sameTargetAgain;
    expect(again({ 'x-should-retry': 'false' })).toBe(false);
    expect(again({ 'x-should-retry': 'true' })).toBeUndefined();
    expect(again({})).toBeUndefined();
  });
});

describe('a stream of Anthropic', () => {
  const frame = (type: string, more: object = {}, event: string | null = type) => ({
    event,
    data: JSON.stringify({ type, ...more }),
  });
  const start = (usage: object = {}) =>
    frame('message_start', { message: { id: 'msg_1', model: 'm', content: [], usage } });
  const block = (content_block: object, index = 0) => frame('content_block_start', { index, content_block });
  const delta = (more: object, index = 0) => frame('content_block_delta', { index, delta: more });
  const stop = (index = 0) => frame('content_block_stop', { index });
  const ended = (stop_reason: string | null = 'end_turn', usage: object = { output_tokens: 2 }) =>
    frame('message_delta', { delta: { stop_reason }, usage });
  const done = frame('message_stop');
  const read = (...frames: Parameters<typeof eventsOf>[1]) => answerOf(eventsOf(codec, frames));
  const hello = [block(text('')), delta({ type: 'text_delta', text: 'Hello' }), stop()];

  it('is whole without its marker when its reason came, and says that the marker is missing', () => {
    expect(read(start(), ...hello, ended())).toMatchObject({
      finishReason: 'stop',
      providerMetadata: { missing_terminal: 1 },
    });
    expect(read(start(), ...hello, ended(), done).providerMetadata).toEqual({});
    expect(read(start(), ...hello, done)).toMatchObject({
      finishReason: 'other',
      usage: null,
      providerMetadata: { missing_finish_reason: 1 },
    });
  });

  it('may hold events and deltas that nobody knows yet, and events without a name', () => {
    const frames = [
      ...[frame('ping'), start(), frame('weather', { rain: true }), block(text('')), frame('ping')],
      ...[delta({ type: 'citations_delta', citation: {} }), delta({ type: 'mood_delta', mood: 'good' })],
      ...[delta({ type: 'text_delta', text: 'Hello' }), stop(), ended(), done],
    ];
    expect(read(...frames).parts).toEqual([text('Hello')]);
    expect(read(...frames.map(({ data }) => ({ event: null, data }))).parts).toEqual([text('Hello')]);
  });

  it('tells usage when it is final, the prompt with what its caches read and wrote, and never invents one', () => {
    const usageOf = (first: object, last: object) => read(start(first), ...hello, ended('end_turn', last), done).usage;
    const input = { input_tokens: 4, cache_creation_input_tokens: 1_165, cache_read_input_tokens: 10 };
    expect(usageOf({ ...input, output_tokens: 1 }, { output_tokens: 201 })).toEqual({
      inputTokens: 1_179,
      cacheReadTokens: 10,
      cacheWriteTokens: 1_165,
      outputTokens: 201,
      reasoningTokens: null,
    });
    expect(usageOf({ input_tokens: 43, output_tokens: 1 }, { input_tokens: 61, output_tokens: 2 })?.inputTokens).toBe(
      61,
    );
    expect(usageOf({ input_tokens: 43 }, { input_tokens: null, output_tokens: 2 })?.inputTokens).toBe(43);
    expect(usageOf({ input_tokens: 43, output_tokens: 1 }, {})).toMatchObject({
      cacheReadTokens: null,
      outputTokens: null,
    });
    expect(usageOf({}, { output_tokens: 2 })?.inputTokens).toBeNull();
    expect(usageOf({}, { output_tokens: -2 })?.outputTokens).toBeNull();
  });

  it('that breaks is not charged by the first tokens of its answer, nor by a figure that was never final', () => {
    const told: unknown[] = [];
    const decoder = codec.decodeStream();
    const emit = (event: { type: string }) => told.push(event.type);
    for (const each of [start({ input_tokens: 4, output_tokens: 1 }), ...hello]) decoder.frame(each, emit);
    expect(thrownBy(() => decoder.end(emit))).toMatchObject({ code: 'stream_broken' });
    expect(told).toEqual(['answer-start', 'text-delta']);
  });

  it('that breaks after its figures is charged by them', () => {
    const events = eventsOf(codec, [start({ input_tokens: 4 }), ...hello, ended()]);
    expect(events.map(({ type }) => type)).toEqual(['answer-start', 'text-delta', 'usage-told', 'answer-end']);
  });

  it('gives a call without arguments an empty object, and one that comes whole what it came with', () => {
    const called = (input: object, ...pieces: string[]) =>
      read(
        start(),
        block({ type: 'tool_use', id: 'a', name: 'now', input }),
        ...pieces.map((partial_json) => delta({ type: 'input_json_delta', partial_json })),
        ...[stop(), ended('tool_use'), done],
      ).parts;
    const part = (argumentsText: string) => [{ type: 'tool-call', toolCallId: 'a', name: 'now', argumentsText }];
    expect(called({}, '')).toEqual(part('{}'));
    expect(called({})).toEqual(part('{}'));
    expect(called({ zone: 'UTC' })).toEqual(part('{"zone":"UTC"}'));
    expect(called({}, '', '{"zone"', ': "U')).toEqual(part('{"zone": "U'));
  });

  it('joins a signature that comes in pieces', () => {
    const thought = [
      ...[block({ type: 'thinking', thinking: '', signature: '' }), delta({ type: 'thinking_delta', thinking: 'Hm.' })],
      ...[
        delta({ type: 'signature_delta', signature: 'AB' }),
        delta({ type: 'signature_delta', signature: 'C=' }),
        stop(),
      ],
    ];
    expect(read(start(), ...thought, ended(), done).parts).toEqual([
      { type: 'reasoning', text: 'Hm.', providerData: { type: 'thinking', signature: 'ABC=', model: 'm' } },
    ]);
  });

  it('takes no piece of a block that is not the one that is open', () => {
    const stray = [block(text('')), delta({ type: 'text_delta', text: 'Hello' }, 1)];
    expect(thrownBy(() => read(start(), ...stray))).toMatchObject({ code: 'provider_bad_reply' });
  });

  it('takes no call that nobody could answer', () => {
    const tool = (id: string | undefined, index: number) => [
      block({ type: 'tool_use', id, name: 'f', input: {} }, index),
      stop(index),
    ];
    for (const frames of [tool(undefined, 0), tool('', 0), [...tool('a', 0), ...tool('a', 1)]]) {
      expect(thrownBy(() => read(start(), ...frames, ended('tool_use'), done))).toMatchObject({
        code: 'provider_bad_reply',
      });
    }
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['tool_use', 'tool_calls'],
    ['refusal', 'content_filter'],
    ['pause_turn', 'other'],
    ['compaction', 'other'],
  ])('that ends in %s is told as %s', (reason, finishReason) => {
    expect(read(start(), ...hello, ended(reason), done)).toMatchObject({ finishReason, finishReasonRaw: reason });
  });

  it('says nothing after its end', () => {
    const events = eventsOf(codec, [start(), ...hello, ended(), done, ...hello, done]);
    expect(events.filter(({ type }) => type === 'answer-end')).toHaveLength(1);
    expect(events.at(-1)?.type).toBe('answer-end');
  });
});

describe('a whole answer of Anthropic', () => {
  it.each([
    ['an error', { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'provider_overloaded'],
    ['an error in words', { error: 'over capacity' }, 'provider_bad_reply'],
    ['no answer', {}, 'provider_bad_reply'],
    ['nothing', null, 'provider_bad_reply'],
    ['a list', [], 'provider_bad_reply'],
    ['a block of a kind that is not known', { content: [{ type: 'hologram' }] }, 'provider_bad_reply'],
    ['no block', { content: ['Hello'] }, 'provider_bad_reply'],
  ])('that is %s is no success', (_what, body, code) => {
    expect(thrownBy(() => codec.decode(body, {}))).toMatchObject({ code });
  });

  it('bears the id by which Anthropic finds its request', () => {
    const body = { content: [{ type: 'text', text: 'Hello' }], stop_reason: 'end_turn' };
    expect(codec.decode(body, { 'request-id': 'req_011CZA' }).providerMetadata).toEqual({ request_id: 'req_011CZA' });
    expect(codec.decode(body, { 'request-id': 'something else' }).providerMetadata).toEqual({});
  });
});

describe('the form of an Anthropic key', () => {
  it('is checked without repeating the key', () => {
    expect(anthropicKeyProblem('sk-ant-api03-abc_-123')).toBeNull();
    for (const wrong of [
      '',
      'sk-proj-abc',
      'sk-ant-with space',
      'sk-ant-with\nbreak',
      'sk-ant-žluť',
      '"sk-ant-quoted"',
    ]) {
      const problem = anthropicKeyProblem(wrong);
      expect(problem).not.toBeNull();
      if (wrong !== '') expect(problem).not.toContain(wrong);
    }
    expect(anthropicKeyProblem('whatever', 'https://proxy.example')).toBeNull();
    expect(anthropicKeyProblem('what ever', 'https://proxy.example')).not.toBeNull();
  });
});
