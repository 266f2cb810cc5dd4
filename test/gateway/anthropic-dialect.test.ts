// Anthropic's dialect: what its clients ask in our words, every rule of its streams for any answer that there can be, vendor state on
// its way there and back, failures in its envelope. All is asked by plain HTTP; what its official package reads stands in test/clients/.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Collector } from '../../src/core/events.ts';
import { messageAnswer, messageStream } from '../../src/gateway/anthropic-answer.ts';
import { fromMessages } from '../../src/gateway/anthropic-request.ts';
import { messageAnswerShape, messagesErrorShape, tokenCountReply } from '../../src/gateway/reply-schemas.ts';
import { type Generation, responseOf } from '../../src/generations/generation.ts';
import { type AnswerPart, llmError, type StreamEvent } from '../../src/index.ts';
import { anyParts, drawnOf, eventsOf, START, SUMMARY } from './answers.ts';
import { asRead, readMessage } from './message-reader.ts';
import { asks, COMPLETION, MODEL, type RunningGateway, startGateway } from './start.ts';

const MESSAGES = '/v1/messages';
const COUNT = '/v1/messages/count_tokens';

let running: RunningGateway;
beforeAll(async () => {
  running = await startGateway();
});
afterAll(() => running.close());

const asked = (text: string, more: object = {}) => ({ model: MODEL, max_tokens: 100, ...asks(text), ...more });
const read = (body: object, headers: Record<string, string> = {}) =>
  fromMessages(structuredClone({ ...asked('hi'), ...body }), headers, undefined);
const lookUp = { name: 'weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } };

describe('what is asked', () => {
  it('is a conversation of blocks: text, pictures, calls, their results and thoughts', () => {
    const { request, ignored } = read({
      system: [
        { type: 'text', text: 'Be brief.' },
        { type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral' } },
      ],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look.' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
            { type: 'image', source: { type: 'url', url: 'https://example.org/a.png' } },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm', signature: 'c2ln' },
            { type: 'redacted_thinking', data: 'aGlkZGVu' },
            { type: 'text', text: 'I look.' },
            { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Oslo' } },
            { type: 'tool_use', id: 'toolu_2', name: 'weather', input: {} },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'toolu_1', content: 'rain' },
            {
              type: 'tool_result',
              tool_use_id: 'toolu_2',
              is_error: true,
              content: [{ type: 'text', text: 'no city' }],
            },
            { type: 'text', text: 'And?' },
          ],
        },
        { role: 'system', content: 'Hurry.' },
      ],
    });
    expect(request.systemPrompt).toBe('Be brief.\n\nBe kind.');
    expect(request.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look.' },
          { type: 'image', url: 'data:image/png;base64,aGk=' },
          { type: 'image', url: 'https://example.org/a.png' },
        ],
      },
      {
        role: 'assistant',
        content: [
          {
            type: 'reasoning',
            text: 'Hm',
            providerData: { type: 'thinking', signature: 'c2ln', model: 'gpt-oss-120b' },
          },
          {
            type: 'reasoning',
            text: '',
            providerData: { type: 'redacted_thinking', data: 'aGlkZGVu', model: 'gpt-oss-120b' },
          },
          { type: 'text', text: 'I look.' },
          { type: 'tool-call', toolCallId: 'toolu_1', name: 'weather', argumentsText: '{"city":"Oslo"}' },
          { type: 'tool-call', toolCallId: 'toolu_2', name: 'weather', argumentsText: '{}' },
        ],
      },
      { role: 'tool', toolCallId: 'toolu_1', content: 'rain' },
      { role: 'tool', toolCallId: 'toolu_2', content: 'no city', isError: true },
      { role: 'user', content: 'And?' },
      { role: 'system', content: 'Hurry.' },
    ]);
    expect(ignored).toEqual(['system[1].cache_control']);
  });

  it('has our words for its knobs', () => {
    const { request } = read({
      temperature: 0.3,
      top_p: 0.9,
      stop_sequences: ['END'],
      tools: [{ ...lookUp, description: 'Tells it', strict: true, type: 'custom' }],
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
      output_config: { effort: 'low', format: { type: 'json_schema', schema: { type: 'object' } } },
      metadata: { user_id: 'ann' },
    });
    expect(request).toMatchObject({
      maxTokens: 100,
      temperature: 0.3,
      topP: 0.9,
      stop: ['END'],
      tools: [{ name: 'weather', description: 'Tells it', strict: true, parameters: lookUp.input_schema }],
      toolChoice: 'required',
      parallelToolCalls: false,
      reasoningEffort: 'low',
      responseFormat: { type: 'json-schema', schema: { type: 'object' } },
      userId: 'ann',
    });
    const chosen = (choice: object) => read({ tools: [lookUp], tool_choice: choice }).request.toolChoice;
    expect(chosen({ type: 'auto' })).toBe('auto');
    expect(chosen({ type: 'none' })).toBe('none');
    expect(chosen({ type: 'tool', name: 'weather' })).toEqual({ name: 'weather' });
    expect(read({}, { 'x-user-id': 'bob' }).request.userId).toBe('bob');
    expect(read({ output_format: { type: 'json_schema', schema: {} } }).request.responseFormat?.type).toBe(
      'json-schema',
    );
  });

  it.each([
    [{ type: 'disabled' }, {}, 'none', []],
    [{ type: 'adaptive' }, {}, undefined, []],
    [
      { type: 'adaptive', display: 'summarized' },
      { effort: 'max' },
      'high',
      ['thinking.display', 'output_config.effort'],
    ],
    [{ type: 'enabled', budget_tokens: 20 }, {}, 'low', ['thinking.budget_tokens']],
    [{ type: 'enabled', budget_tokens: 50 }, {}, 'medium', ['thinking.budget_tokens']],
    [{ type: 'enabled', budget_tokens: 80 }, {}, 'high', ['thinking.budget_tokens']],
    [{ type: 'between_tools' }, {}, undefined, ['thinking']],
  ])('thinks as %j with %j says', (thinking, config, effort, names) => {
    const { request, ignored } = read({ thinking, output_config: config });
    expect([request.reasoningEffort, ignored]).toEqual([effort, names]);
  });

  it('leaves out what it does not know, at any depth, and names it', async () => {
    const reply = await running.post(MESSAGES, {
      ...asked('odd'),
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'odd', cache_control: { type: 'ephemeral', ttl: '1h' } }] },
      ],
      tools: [{ ...lookUp, defer_loading: true }],
      top_k: 5,
      service_tier: 'auto',
      context_management: { edits: [] },
    });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('x-ignored-params')?.split(', ').sort()).toEqual([
      'context_management',
      'messages[0].content[0].cache_control',
      'tools[0].defer_loading',
      'top_k',
    ]);
    const plain = await running.post(MESSAGES, asked('plain', { service_tier: 'standard_only', speed: 'standard' }));
    expect([plain.status, plain.headers.get('x-ignored-params')]).toEqual([200, null]);
  });

  it('hands on to Anthropic alone that its cache is wanted, in the form that has the catalogue\u2019s price', () => {
    const { request, ignored, heededByAnthropic } = read({
      cache_control: { type: 'ephemeral', ttl: '1h' },
      system: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }],
      top_k: 1,
    });
    expect(request.providerOptions).toEqual({ anthropic: { cache_control: { type: 'ephemeral' } } });
    expect([...heededByAnthropic].sort()).toEqual(['cache_control', 'system[0].cache_control']);
    expect(ignored).toContain('top_k');
    expect(read({}).request).not.toHaveProperty('providerOptions');
  });

  it('is sent as the client sent it, and with none of the library\u2019s defaults', async () => {
    const turns = Array.from({ length: 30 }, (_, n) => ({
      role: n % 2 === 0 ? 'user' : 'assistant',
      content: `turn ${n}`,
    }));
    await running.post(MESSAGES, { ...asked('x'), messages: [...turns, { role: 'user', content: 'now' }] });
    const { body } = running.vendor.requests.at(-1) ?? {};
    expect(body?.['messages']).toHaveLength(31);
    expect(body).toMatchObject({ max_completion_tokens: 100 });
    expect(body).not.toHaveProperty('temperature');
  });

  it.each([
    [{ max_tokens: undefined }, 'max_tokens', /^max_tokens: Field required$/],
    [{ max_tokens: 0 }, 'max_tokens', /max_tokens must be a whole number from 1/],
    [{ stop_sequences: ['a', 'b', 'c', 'd', 'e'] }, 'stop_sequences', /stop_sequences is a list of at most 4/],
    [{ tools: [{ ...lookUp, name: 'no good' }] }, 'tools[0].name', /A tool name/],
    [{ tools: [{ name: 'f', input_schema: { type: 'odd' } }] }, 'tools[0].input_schema', /no type of JSON Schema/],
    [
      { tools: [{ type: 'web_search_20260318', name: 'web_search' }] },
      'tools[0].type',
      /only tools that the client runs/,
    ],
    [{ messages: [{ role: 'user', content: null }] }, 'messages[0].content', /a text or a list of blocks/],
    [{ container: 'c' }, 'container', /not available here/],
    [{ inference_geo: 'eu' }, 'inference_geo', /not available here/],
    [{ tenant_id: 'x' }, 'tenant_id', /operator's to set/],
    [{ metadata: { user_id: 'x'.repeat(257) } }, 'metadata.user_id', /metadata.user_id must be/],
    [
      { messages: [{ role: 'user', content: [{ type: 'search_result', source: 'x' }] }] },
      'messages[0].content[0].type',
      /text, image, document and tool_result/,
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'file', file_id: 'f' } }] }] },
      'messages[0].content[0].source.type',
      /files of a vendor are not known here/,
    ],
    [
      { messages: [{ role: 'assistant', content: [{ type: 'server_tool_use' }] }] },
      'messages[0].content[0].type',
      /a vendor\u2019s own tools are not taken/,
    ],
    [
      {
        messages: [
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'document' }] }] },
        ],
      },
      'messages[0].content[0].content[0].type',
      /a list of text and image blocks/,
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'file', file_id: 'f' } }] }] },
      'messages[0].content[0].source.type',
      /base64 or by its https/,
    ],
    [
      { messages: [{ role: 'assistant', content: [{ type: 'thinking', thinking: 'x', signature: 'cm1:e30x' }] }] },
      'messages[0].content[0].signature',
      /send it back as it was given/,
    ],
  ])('is refused by name for %j', async (more, param, message) => {
    const reply = await running.post(MESSAGES, { ...asked('refused'), ...more });
    const { error, request_id } = messagesErrorShape.parse(await reply.json());
    expect([reply.status, error.type, error.details.param]).toEqual([400, 'invalid_request_error', param]);
    expect(error.message).toMatch(message);
    expect([reply.headers.get('request-id'), reply.headers.get('x-should-retry')]).toEqual([request_id, 'false']);
  });
});

describe('a whole answer', () => {
  it('has text, thoughts and calls as blocks, and says why it ended and what it took', async () => {
    running.vendor.next({
      says: { reasoning: 'Hm.', toolCalls: [{ name: 'weather', argumentsText: '{"city":"Oslo"}' }] },
    });
    const reply = await running.post(MESSAGES, asked('whole', { tools: [lookUp] }), {
      'anthropic-version': '2026-10-21',
      'anthropic-beta': 'context-1m-2025-08-07',
    });
    const message = messageAnswerShape.parse(await reply.json());
    expect(message).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: MODEL,
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: '' },
        { type: 'tool_use', name: 'weather', input: { city: 'Oslo' } },
      ],
      stop_reason: 'tool_use',
      stop_sequence: null,
      usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
      x_gateway: { provider: 'groq', cached: false, attempts: [{ outcome: 'completed' }] },
    });
    expect(reply.headers.get('x-generation-id')).toBe(message.x_gateway.generation_id);
    expect(reply.headers.get('x-cost-usd')).toBe(message.x_gateway.cost_usd);
    expect(reply.headers.get('anthropic-ratelimit-requests-limit')).toBe('100000');
    expect(reply.headers.get('anthropic-ratelimit-requests-reset')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(reply.headers.has('x-ratelimit-limit-requests')).toBe(false);
  });

  it.each([
    ['stop', 'stop', 'end_turn'],
    ['stop', 'stop_sequence', 'stop_sequence'],
    ['stop', 'pause_turn', 'pause_turn'],
    ['length', 'length', 'max_tokens'],
    ['length', 'model_context_window_exceeded', 'model_context_window_exceeded'],
    ['tool_calls', 'tool_calls', 'tool_use'],
    ['content_filter', 'SAFETY', 'refusal'],
    ['stopped', null, 'stopped'],
    ['other', 'odd', 'other'],
  ] as const)('that ended with %s (%s) says %s', (finishReason, finishReasonRaw, expected) => {
    const summary = { ...SUMMARY, finishReason, finishReasonRaw, providerMetadata: { stop_sequence: 'END' } };
    expect(messageAnswer(responseOf(summary, []))).toMatchObject({ stop_reason: expected, stop_sequence: 'END' });
  });

  it('tells of its prompt what no cache had to do with, and null for what no vendor told', () => {
    const usage = { inputTokens: 10, cacheReadTokens: 6, cacheWriteTokens: 1, outputTokens: 4, reasoningTokens: 2 };
    const told = (more: object) => messageAnswer(responseOf({ ...SUMMARY, ...more }, [])).usage;
    expect(told({ usage })).toEqual({
      input_tokens: 3,
      output_tokens: 4,
      cache_creation_input_tokens: 1,
      cache_read_input_tokens: 6,
      output_tokens_details: { thinking_tokens: 2 },
    });
    expect(told({ usage: { ...usage, cacheReadTokens: null, cacheWriteTokens: null } })).toMatchObject({
      input_tokens: 10,
      cache_read_input_tokens: null,
    });
    expect(told({ usage: null })).toEqual({ input_tokens: null, output_tokens: null });
  });

  it('comes from the cache, and by the words of HTTP not', async () => {
    const ask = (headers = {}) => running.post(MESSAGES, asked('kept'), headers);
    const caches = [];
    for (const headers of [{}, {}, { 'cache-control': 'no-store' }])
      caches.push((await ask(headers)).headers.get('x-cache'));
    expect(caches).toEqual(['miss', 'hit', 'off']);
  });

  it('is paid for and written down as any other', async () => {
    const before = (await running.rows()).length;
    await (await running.post(MESSAGES, asked('a row', { metadata: { user_id: 'ann' } }))).text();
    expect((await running.rows()).slice(before)).toMatchObject([{ userId: 'ann', model: MODEL, outcome: 'completed' }]);
  });
});

describe('a stream', () => {
  it('is the whole answer, block by block, with our estimate at its start and the vendor\u2019s figures at its end', async () => {
    running.vendor.next({
      says: {
        text: 'one two three',
        reasoning: 'Hm hm',
        toolCalls: [{ name: 'weather', argumentsText: '{"city":"Oslo"}' }],
      },
    });
    const reply = await running.post(MESSAGES, asked('as a stream', { stream: true, tools: [lookUp] }));
    expect(reply.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const { start, blocks, end } = readMessage(await reply.text());
    const counted = await running.post(COUNT, asked('as a stream', { tools: [lookUp] }));
    expect(start).toMatchObject({ model: MODEL, usage: await counted.json() });
    expect(blocks).toMatchObject([
      { type: 'thinking', text: 'Hm hm', state: '' },
      { type: 'text', text: 'one two three' },
      { type: 'tool_use', name: 'weather', argumentsText: '{"city":"Oslo"}' },
    ]);
    expect(end).toMatchObject({
      delta: { stop_reason: 'tool_use' },
      usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
      x_gateway: { provider: 'groq', generation_id: reply.headers.get('x-generation-id') },
    });
  });

  it('that breaks ends in one error, and is never taken for whole', async () => {
    running.vendor.next({ says: { text: 'one two three four' }, fault: { kind: 'cut', afterBytes: 700, by: 'rst' } });
    const reply = await running.post(MESSAGES, asked('breaks', { stream: true }));
    const { blocks, end, error } = readMessage(await reply.text());
    expect([reply.status, blocks[0]?.text, end]).toEqual([200, 'one', null]);
    expect(messagesErrorShape.parse(error)).toMatchObject({
      error: { type: 'api_error', details: { error_code: 'stream_broken' } },
      request_id: reply.headers.get('request-id'),
      x_gateway: { provider: 'groq' },
    });
  });

  it('is stopped at the vendor when its client leaves', async () => {
    running.vendor.next({ says: { text: 'word '.repeat(500) }, eventEveryMs: 5 });
    const leaving = new AbortController();
    const reply = await fetch(running.url + MESSAGES, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify({ ...asked('leaves', { stream: true }), max_tokens: 1_000 }),
      signal: leaving.signal,
    });
    const reader = reply.body?.getReader();
    await reader?.read();
    leaving.abort();
    await running.vendor.requests.at(-1)?.ended;
    expect(running.vendor.requests.at(-1)?.aborted).toBe(true);
  });
});

describe('the events of any answer', () => {
  function written(events: readonly StreamEvent[]) {
    const encoder = messageStream({ generationId: 'gen_1', inputTokens: () => 3 });
    const collector = new Collector();
    let body = encoder.event(START, 1);
    for (const event of events) {
      if (event.type === 'response-start' || event.type === 'response-end' || event.type === 'error') continue;
      collector.add(event);
      body += encoder.event(event, 1);
    }
    const response = responseOf(SUMMARY, collector.parts());
    return { body: body + encoder.end(response, 1), response };
  }

  it('keep every rule of the grammar, and are the blocks of the whole answer', () => {
    fc.assert(
      fc.property(anyParts, fc.boolean(), (parts, endsLate) => {
        const { body, response } = written(eventsOf(parts, endsLate));
        const { blocks, end } = readMessage(body);
        const whole: Record<string, unknown>[] = JSON.parse(JSON.stringify(messageAnswer(response).content));
        const calls = response.toolCalls.map(({ argumentsText }) => JSON.parse(JSON.stringify(argumentsText)));
        const expected = whole.map(asRead).map((block) =>
          // The text of a call is told as it was written, whatever a whole answer makes of it.
          block.type === 'tool_use' ? { ...block, argumentsText: calls.shift() } : block,
        );
        expect(blocks).toEqual(expected);
        expect(end).toMatchObject({ delta: { stop_reason: 'end_turn' }, x_gateway: { cost_usd: '0.01' } });
      }),
    );
  });

  it('keep the pieces of calls apart that a vendor mixed', () => {
    const [a, b] = ['call_a', 'call_b'];
    const { body } = written([
      { type: 'tool-call-start', toolCallId: a, name: 'f' },
      { type: 'tool-call-delta', toolCallId: a, argumentsText: '{"n"' },
      { type: 'tool-call-start', toolCallId: b, name: 'g' },
      { type: 'tool-call-delta', toolCallId: b, argumentsText: '{}' },
      { type: 'tool-call-delta', toolCallId: a, argumentsText: ':1}' },
      { type: 'text-delta', text: 'Done.' },
      { type: 'tool-call-end', toolCallId: a },
      { type: 'tool-call-end', toolCallId: b },
    ]);
    expect(readMessage(body).blocks).toMatchObject([
      { id: a, argumentsText: '{"n":1}' },
      { id: b, argumentsText: '{}' },
      { type: 'text', text: 'Done.' },
    ]);
  });

  it('tell an error in one event and nothing after it', () => {
    const encoder = messageStream({ generationId: 'gen_1', inputTokens: () => 3 });
    const text = encoder.error(
      llmError('stream_broken', 'It\nbroke\r\n', { attempts: [], provider: 'groq' }),
      'req_1',
      3,
    );
    expect(text.split('\n').filter((line) => line !== '')).toHaveLength(2);
    expect(messagesErrorShape.parse(readMessage(text).error)).toMatchObject({
      request_id: 'req_1',
      x_gateway: { generation_id: 'gen_1' },
    });
  });
});

describe('vendor state', () => {
  const parts: AnswerPart[] = [
    { type: 'reasoning', text: 'thought', providerData: { type: 'thinking', signature: 'abc==', model: 'claude-x' } },
    { type: 'reasoning', text: '', providerData: { type: 'redacted_thinking', data: 'hidden', model: 'claude-x' } },
    { type: 'reasoning', text: '', providerData: { type: 'thinking', signature: 'not shown', model: 'claude-x' } },
    { type: 'reasoning', text: 'other', providerData: { openai: { encrypted_content: 'x', n: [1, null] } } },
    { type: 'reasoning', text: '', providerData: { openai: { encrypted_content: 'y' } } },
    { type: 'text', text: 'said' },
    {
      type: 'tool-call',
      toolCallId: 'c1',
      name: 'run',
      argumentsText: '{"a":1}',
      providerData: { google: { thought_signature: 's' } },
    },
    { type: 'tool-call', toolCallId: 'c2', name: 'run', argumentsText: '{"broken' },
    { type: 'text', text: 'and' },
  ];
  const back = (content: unknown) =>
    read({ model: 'anthropic/claude-x', messages: [...asks('hi').messages, { role: 'assistant', content }] }).request
      .messages[1];

  it('goes out in the blocks of a whole answer and comes back unchanged, in Anthropic\u2019s own form where it is Anthropic\u2019s', () => {
    const { content } = messageAnswer(responseOf(SUMMARY, parts));
    expect(content.slice(0, 3)).toEqual([
      { type: 'thinking', thinking: 'thought', signature: 'abc==' },
      { type: 'redacted_thinking', data: 'hidden' },
      { type: 'thinking', thinking: '', signature: 'not shown' },
    ]);
    expect(back(structuredClone(content))).toEqual({ role: 'assistant', content: parts });
  });

  it('goes out in a stream as well', () => {
    const encoder = messageStream({ generationId: 'gen_1', inputTokens: () => 3 });
    const events = eventsOf(parts.map(drawnOf), false);
    const body =
      [START, ...events].map((event) => encoder.event(event, 1)).join('') + encoder.end(responseOf(SUMMARY, parts), 1);
    const { blocks } = readMessage(body);
    expect(blocks).toEqual(
      messageAnswer(responseOf(SUMMARY, parts))
        .content.map((block) => asRead({ ...block }))
        .map((block) => (block.id === 'c2' ? { ...block, argumentsText: '{"broken' } : block)),
    );
  });

  it('of a thought is not sent to a vendor that did not make it', async () => {
    const thought = { type: 'thinking', thinking: 'Hm', signature: 'of-another-vendor' };
    const messages = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: [thought, { type: 'text', text: 'b' }] },
      { role: 'user', content: 'c' },
    ];
    await (await running.post(MESSAGES, { ...asked('x'), messages })).text();
    expect(JSON.stringify(running.vendor.requests.at(-1)?.body)).not.toContain('of-another-vendor');
  });
});

describe('failures', () => {
  it.each([
    ['model_not_found', 404, 'not_found_error', { model: 'no-such-model' }],
    ['unknown_parameter', 400, 'invalid_request_error', { budget: 1 }],
  ])('%s is told in its envelope', async (code, status, type, more) => {
    const reply = await running.post(MESSAGES, asked('fails', more));
    const body = messagesErrorShape.parse(await reply.json());
    expect([reply.status, body.error.type, body.error.details.error_code]).toEqual([status, type, code]);
  });

  it.each([
    [429, 429, 'rate_limit_error', null],
    [401, 502, 'api_error', 'false'],
    [503, 503, 'overloaded_error', null],
  ])('of a vendor, its %s, is %s %s', async (vendorStatus, status, type, shouldRetry) => {
    const fails = await startGateway({ env: { GROQ_MAX_RETRIES: '0' } });
    fails.vendor.script({ fault: { kind: 'status', status: vendorStatus } });
    const reply = await fails.post(MESSAGES, asked('fails'));
    const body = messagesErrorShape.parse(await reply.json());
    await fails.close();
    expect([reply.status, body.error.type]).toEqual([status, type]);
    expect(reply.headers.get('x-should-retry')).toBe(shouldRetry);
    expect(reply.headers.has('retry-after')).toBe(status !== 502);
    expect(body).toMatchObject({ x_gateway: { provider: 'groq', attempts: [{ status: vendorStatus }] } });
  });

  it('before the route is reached are told in it too', async () => {
    const large = await fetch(running.url + MESSAGES, {
      method: 'POST',
      body: 'x',
      headers: { 'content-type': 'text/plain' },
    });
    const broken = await running.post(MESSAGES, '{');
    for (const reply of [large, broken]) messagesErrorShape.parse(await reply.json());
    expect([large.status, broken.status]).toEqual([415, 400]);
  });
});

describe('what Anthropic itself would answer', () => {
  it('heeds the marks for its cache, and only the rest is named as left out', async () => {
    const here = await startGateway({
      instead: (service) => ({
        startCompletion: async (...how) => byAnthropic(await service.startCompletion(...how)),
      }),
    });
    const system = [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }];
    const left = [];
    for (const more of [{}, { top_k: 1 }]) {
      const reply = await here.post(MESSAGES, asked('marked', { system, ...more }));
      left.push([reply.headers.get('x-provider'), reply.headers.get('x-ignored-params')]);
    }
    await here.close();
    expect(left).toEqual([
      ['anthropic', null],
      ['anthropic', 'top_k'],
    ]);
  });

  function byAnthropic(generation: Generation): Generation {
    return new Proxy(generation, {
      get(_target, name) {
        if (name === 'whole') return async () => ({ ...(await generation.whole()), provider: 'anthropic' });
        const member: unknown = Reflect.get(generation, name);
        return typeof member === 'function' ? member.bind(generation) : member;
      },
    });
  }
});

describe('tokens', () => {
  it('are counted as an answer would tell them, by nobody\u2019s cost', async () => {
    const before = [running.vendor.requests.length, (await running.rows()).length];
    const body = { system: 'Be brief.', tools: [lookUp], ...asked('How many tokens is this?') };
    const reply = await running.post(`${COUNT}?beta=true`, body, { 'anthropic-version': '2023-06-01' });
    const { input_tokens } = tokenCountReply.parse(await reply.json());
    expect([running.vendor.requests.length, (await running.rows()).length]).toEqual(before);
    const answered = await running.post(COMPLETION, {
      ...asks('How many tokens is this?'),
      system_prompt: 'Be brief.',
      model: MODEL,
      tools: [{ type: 'function', function: { name: 'weather', parameters: lookUp.input_schema } }],
    });
    expect(await answered.json()).toMatchObject({ context: { estimated_tokens: input_tokens } });
  });

  it('of a model that is none, or of a body that is none, are not', async () => {
    const codes = [];
    for (const more of [{ model: 'no-such-model' }, { messages: [] }, { messages: 'x' }]) {
      const reply = await running.post(COUNT, { ...asked('x'), ...more });
      codes.push([reply.status, messagesErrorShape.parse(await reply.json()).error.details.error_code]);
    }
    expect(codes).toEqual([
      [404, 'model_not_found'],
      [400, 'invalid_request'],
      [400, 'invalid_request'],
    ]);
  });

  it('may be counted of a prompt that no model takes', async () => {
    const reply = await running.post(COUNT, asked('many words '.repeat(90_000)));
    expect(tokenCountReply.parse(await reply.json()).input_tokens).toBeGreaterThan(131_072);
  });
});

const anthropicList = z.strictObject({
  data: z.array(z.looseObject({ type: z.literal('model'), id: z.string() })),
  has_more: z.literal(false),
  first_id: z.string(),
  last_id: z.string(),
});

describe('the list of models', () => {
  it('has Anthropic\u2019s shape for clients that name the version of its API', async () => {
    const version = { 'anthropic-version': '2026-10-21' };
    const list = anthropicList.parse(await (await running.get('/v1/models', version)).json());
    const ids = running.service.models().map(({ id }) => id);
    expect(list).toMatchObject({ has_more: false, first_id: ids[0], last_id: ids.at(-1) });
    expect(list.data.map(({ id }) => id)).toEqual(ids);
    const one = await (await running.get(`/v1/models/${MODEL}`, version)).json();
    expect(one).toMatchObject({
      type: 'model',
      id: MODEL,
      display_name: MODEL,
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
      max_input_tokens: 131_072,
    });
    const none = await running.get('/v1/models/none', version);
    expect(messagesErrorShape.parse(await none.json()).error.type).toBe('not_found_error');
  });
});
