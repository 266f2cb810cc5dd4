// OpenAI's Responses API, by its official package and by plain HTTP: what is asked in our words, whole and streamed answers, vendor
// state there and back, and every rule of the events for any answer that there can be.

import fc from 'fast-check';
import OpenAI from 'openai';
import { ResponseStream } from 'openai/lib/responses/ResponseStream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Collector } from '../../src/core/events.ts';
import { errorShape, responseAnswerShape } from '../../src/gateway/reply-schemas.ts';
import { responseAnswer, responseStream } from '../../src/gateway/responses-answer.ts';
import { fromResponses } from '../../src/gateway/responses-request.ts';
import { responseOf } from '../../src/generations/generation.ts';
import { type AnswerPart, llmError, type StreamEvent } from '../../src/index.ts';
import { type AnyPart, anyParts, eventsOf, START, SUMMARY } from './answers.ts';
import { eventsIn, MODEL, type RunningGateway, startGateway } from './start.ts';

const RESPONSES = '/v1/responses';

let running: RunningGateway;
let openai: OpenAI;
beforeAll(async () => {
  running = await startGateway();
  openai = new OpenAI({ apiKey: 'ignored', baseURL: `${running.url}/v1`, maxRetries: 0 });
});
afterAll(() => running.close());

const read = (body: object, headers: Record<string, string> = {}) =>
  fromResponses(structuredClone({ model: MODEL, input: 'hi', ...body }), headers, undefined);
const weather = {
  type: 'function' as const,
  name: 'weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  strict: false,
};
const SAYS_WEATHER = { says: { toolCalls: [{ name: 'weather', argumentsText: '{"city":"Kraków"}' }] } };

async function collected<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

describe('what is asked', () => {
  it('is a text, or a list of items in the order in which they came about', () => {
    expect(read({}).request.messages).toEqual([{ role: 'user', content: 'hi' }]);
    const { request, ignored } = read({
      instructions: 'Be brief.',
      input: [
        { role: 'developer', content: [{ type: 'input_text', text: 'Hurry.' }] },
        {
          type: 'message',
          role: 'user',
          content: [
            { type: 'input_text', text: 'Look.' },
            { type: 'input_image', image_url: 'https://example.org/a.png', detail: 'original' },
          ],
        },
        { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm' }], status: 'completed' },
        {
          type: 'message',
          id: 'msg_1',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'I look.', annotations: [], logprobs: [] }],
        },
        {
          type: 'function_call',
          id: 'fc_1',
          call_id: 'c1',
          name: 'weather',
          arguments: '{"a":1}',
          status: 'completed',
        },
        { type: 'function_call', call_id: 'c2', name: 'weather', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c1', output: 'rain' },
        { type: 'function_call_output', call_id: 'c2', output: [{ type: 'input_text', text: 'sun' }] },
        { role: 'user', content: 'And?' },
        { role: 'assistant', content: 'So.' },
      ],
    });
    expect(request.systemPrompt).toBe('Be brief.');
    expect(request.messages).toEqual([
      { role: 'system', content: 'Hurry.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look.' },
          { type: 'image', url: 'https://example.org/a.png', detail: 'high' },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'Hm' },
          { type: 'text', text: 'I look.' },
          { type: 'tool-call', toolCallId: 'c1', name: 'weather', argumentsText: '{"a":1}' },
          { type: 'tool-call', toolCallId: 'c2', name: 'weather', argumentsText: '{}' },
        ],
      },
      { role: 'tool', toolCallId: 'c1', content: 'rain' },
      { role: 'tool', toolCallId: 'c2', content: 'sun' },
      { role: 'user', content: 'And?' },
      { role: 'assistant', content: 'So.' },
    ]);
    expect(ignored).toEqual([]);
  });

  it('has our words for its knobs', () => {
    const { request, ignored } = read({
      max_output_tokens: 50,
      temperature: 0.3,
      top_p: 0.9,
      tools: [{ ...weather, description: 'Tells it' }],
      tool_choice: { type: 'function', name: 'weather' },
      parallel_tool_calls: false,
      text: { format: { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: true }, verbosity: 'low' },
      reasoning: { effort: 'xhigh', summary: 'auto' },
      service_tier: 'priority',
      metadata: { course: 'python', user_id: 'ann' },
      store: true,
      prompt_cache_key: 'k',
    });
    expect(request).toMatchObject({
      maxTokens: 50,
      temperature: 0.3,
      topP: 0.9,
      tools: [{ name: 'weather', description: 'Tells it', strict: false, parameters: weather.parameters }],
      toolChoice: { name: 'weather' },
      parallelToolCalls: false,
      responseFormat: { type: 'json-schema', name: 'n', schema: { type: 'object' }, strict: true },
      reasoningEffort: 'high',
      tags: { course: 'python' },
      userId: 'ann',
    });
    expect([...ignored].sort()).toEqual(
      ['prompt_cache_key', 'reasoning.effort', 'reasoning.summary', 'service_tier', 'store', 'text.verbosity'].sort(),
    );
    expect(read({ text: { format: { type: 'json_object' } } }).request.responseFormat).toEqual({ type: 'json' });
    expect(read({ text: { format: { type: 'text' } } }).request.responseFormat).toEqual({ type: 'text' });
    expect(read({ user: 'a', safety_identifier: 'b' }).request.userId).toBe('a');
    const moot = read({
      store: false,
      truncation: 'disabled',
      background: false,
      include: ['reasoning.encrypted_content'],
    });
    expect(moot.ignored).toEqual([]);
  });

  it.each([
    [{ previous_response_id: 'resp_1' }, 'previous_response_id', /send the conversation itself as input/],
    [{ conversation: 'conv_1' }, 'conversation', /send the conversation itself/],
    [{ background: true }, 'background', /ask for a stream/],
    [{ prompt: { id: 'p' } }, 'prompt', /send what the prompt says/],
    [{ include: ['message.output_text.logprobs'] }, 'include', /not available here/],
    [{ tools: [{ type: 'web_search' }] }, 'tools[0].type', /only function tools/],
    [{ tool_choice: { type: 'web_search' } }, 'tool_choice.type', /function/],
    [{ input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input[0].type', /nothing is stored here/],
    [
      { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] },
      'input[0].content[0].file_id',
      /stored at a vendor are not known here/,
    ],
    [
      { input: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }] }] },
      'input[0].content[0].type',
      /input_text, input_image and input_file/,
    ],
    [
      { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'file:///etc/passwd' }] }] },
      'input[0].content[0].image_url',
      /https: URL/,
    ],
    [
      { input: [{ type: 'reasoning', id: 'r', summary: [], encrypted_content: 'cm1:!' }] },
      'input[0].encrypted_content',
      /as it was/,
    ],
    [{ input: [] }, 'input', /at least one message/],
    [{ input: undefined }, 'input', /a text or a list of items/],
    [{ input: [{ role: 'user', content: null }] }, 'input[0].content', /a text or a list of parts/],
    [{ max_output_tokens: 0 }, 'max_output_tokens', /max_output_tokens must be/],
    [{ temperature: 3 }, 'temperature', /from 0 to 2/],
    [{ tools: [{ ...weather, name: 'no good' }] }, 'tools[0].name', /A tool name/],
    [
      { text: { format: { type: 'json_schema', name: 'n', schema: { type: 'odd' } } } },
      'text.format.schema',
      /no type/,
    ],
    [{ user: '\u001b[31m' }, 'user', /user must be/],
    [{ budget: 1 }, 'budget', /operator's to set/],
  ])('is refused by name for %j', async (more, param, message) => {
    const reply = await running.post(RESPONSES, { model: MODEL, input: 'refused', ...more });
    const { error } = errorShape.parse(await reply.json());
    expect([reply.status, error.type, error.param]).toEqual([400, 'invalid_request_error', param]);
    expect(error.message).toMatch(message);
    expect(reply.headers.get('x-should-retry')).toBe('false');
  });
});

describe('the openai package', () => {
  it('asks for a whole answer, with its text, its thoughts and what it took', async () => {
    running.vendor.next({ says: { text: 'Whole.', reasoning: 'Short.' } });
    const { data, response } = await openai.responses
      .create({ model: MODEL, input: 'r whole', instructions: 'Be brief.', max_output_tokens: 50 })
      .withResponse();
    responseAnswerShape.parse(data);
    expect(data).toMatchObject({
      object: 'response',
      status: 'completed',
      output_text: 'Whole.',
      instructions: 'Be brief.',
      max_output_tokens: 50,
      output: [
        { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Short.' }] },
        { type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: 'Whole.' }] },
      ],
      usage: { output_tokens: 2, total_tokens: expect.any(Number) },
      x_gateway: { provider: 'groq', cached: false },
    });
    expect(data).toHaveProperty('_request_id', response.headers.get('x-request-id'));
    expect(response.headers.get('x-generation-id')).toMatch(/^gen_/);
    expect(response.headers.get('x-ratelimit-limit-requests')).toBe('100000');
    const { length } = await running.rows();
    expect((await running.rows())[length - 1]).toMatchObject({ outcome: 'completed', model: MODEL });
  });

  it('reads a stream event by event', async () => {
    running.vendor.next({ says: { text: 'In four small words', reasoning: 'Hm' } });
    const events = await collected(await openai.responses.create({ model: MODEL, input: 'r stream', stream: true }));
    const said = events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('');
    expect(said).toBe('In four small words');
    expect([...new Set(events.map(({ type }) => type))]).toEqual([
      'response.created',
      'response.output_item.added',
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
      'response.output_item.done',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.completed',
    ]);
    expect(events.at(-1)).toMatchObject({
      response: { status: 'completed', usage: { output_tokens: 5 }, x_gateway: { provider: 'groq' } },
      x_gateway: { cost_usd: expect.any(String) },
    });
  });

  it('runs its tools by its own helper, and sends all back that it got', async () => {
    running.vendor.next(SAYS_WEATHER, { says: { text: 'It rains in Kraków.' } });
    const question = { role: 'user' as const, content: 'r tools' };
    const first = await openai.responses.stream({ model: MODEL, input: [question], tools: [weather] }).finalResponse();
    const call = first.output.find((item) => item.type === 'function_call');
    expect(call).toMatchObject({ name: 'weather', arguments: '{"city":"Kraków"}', status: 'completed' });
    const result = { type: 'function_call_output' as const, call_id: call?.call_id ?? '', output: 'rain' };
    const input = [question, ...first.output, result];
    const second = await running.post(RESPONSES, { model: MODEL, input, tools: [weather], store: false });
    expect(second.headers.get('x-ignored-params')).toBeNull();
    expect(responseAnswerShape.parse(await second.json()).output).toMatchObject([
      { type: 'message', content: [{ text: 'It rains in Kraków.' }] },
    ]);
    expect(running.vendor.requests.at(-1)?.body['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', tool_calls: [{ id: call?.call_id, function: { name: 'weather' } }] },
      { role: 'tool', tool_call_id: call?.call_id, content: 'rain' },
    ]);
  });

  it('asks for JSON by a schema, and parses it', async () => {
    running.vendor.next({ says: { text: '{"answer":42}' } });
    const schema = {
      type: 'object',
      properties: { answer: { type: 'number' } },
      required: ['answer'],
      additionalProperties: false,
    };
    const response = await openai.responses.parse({
      model: MODEL,
      input: 'r schema',
      text: { format: { type: 'json_schema', name: 'answer', schema, strict: true } },
    });
    expect(response.output_text).toBe('{"answer":42}');
    expect(running.vendor.requests.at(-1)?.body['response_format']).toMatchObject({ json_schema: { name: 'answer' } });
  });

  it('sees an answer that was cut as incomplete, whole and in its helper', async () => {
    const question = { model: MODEL, input: 'r cut', max_output_tokens: 2 };
    running.vendor.script({ says: { text: 'one two three four' } });
    const whole = await openai.responses.create(question);
    const streamed = await openai.responses.stream(question).finalResponse();
    running.vendor.script({});
    for (const response of [whole, streamed]) {
      expect(response).toMatchObject({
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
        output: [{ type: 'message', status: 'incomplete' }],
      });
    }
  });

  it('throws for a stream that breaks, and never ends as if it were whole', async () => {
    running.vendor.next({ says: { text: 'one two three four' }, fault: { kind: 'cut', afterBytes: 700, by: 'rst' } });
    const stream = await openai.responses.create({ model: MODEL, input: 'r breaks', stream: true });
    const types: string[] = [];
    const failure = await (async () => {
      for await (const { type } of stream) types.push(type);
    })().then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(OpenAI.APIError);
    expect(failure).toMatchObject({ code: 'stream_broken', type: 'api_error' });
    expect(types).toContain('response.output_text.delta');
    expect(types).not.toContain('response.completed');
  });

  it.each([
    ['no-such-model', OpenAI.NotFoundError, 'model_not_found'],
    ['', OpenAI.NotFoundError, 'model_not_found'],
  ] as const)('throws its own class for the model "%s"', async (model, kind, code) => {
    const failure = await openai.responses.create({ model, input: 'x' }).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(kind);
    expect(failure).toMatchObject({ code, param: 'model', requestID: expect.stringMatching(/^req_/) });
  });

  it('does not try again what no retry mends', async () => {
    const patient = new OpenAI({ apiKey: 'ignored', baseURL: `${running.url}/v1`, maxRetries: 2 });
    const before = running.vendor.requests.length;
    running.vendor.next({ fault: { kind: 'status', status: 401 } });
    await expect(patient.responses.create({ model: MODEL, input: 'r final' })).rejects.toMatchObject({ status: 502 });
    expect(running.vendor.requests.length - before).toBe(1);
  });

  it('may leave in the middle, and the vendor is told to stop', async () => {
    running.vendor.next({ says: { text: 'word '.repeat(500) }, eventEveryMs: 5 });
    const headers = { 'cache-control': 'no-store' };
    const stream = await openai.responses.create({ model: MODEL, input: 'r leaves', stream: true }, { headers });
    for await (const { type } of stream) if (type === 'response.output_text.delta') break;
    await running.vendor.requests.at(-1)?.ended;
    expect(running.vendor.requests.at(-1)?.aborted).toBe(true);
  });

  it('is answered under Groq\u2019s path too, and from the cache of the other dialect', async () => {
    const atGroq = new OpenAI({ apiKey: 'ignored', baseURL: `${running.url}/openai/v1`, maxRetries: 0 });
    running.vendor.next({ says: { text: 'Kept.' } });
    await openai.chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: 'r kept' }] });
    const { data, response } = await atGroq.responses.create({ model: MODEL, input: 'r kept' }).withResponse();
    expect([response.headers.get('x-cache'), data.output_text]).toEqual(['hit', 'Kept.']);
  });
});

const numbered = z.looseObject({ type: z.string(), sequence_number: z.number() });

function eventsRead(body: string) {
  return eventsIn(body).map(({ event: name, data }, index) => {
    const event = numbered.parse(JSON.parse(data));
    expect([event.type, event.sequence_number]).toEqual([name, index]);
    return event;
  });
}

/** By the official helper, which holds a stream to every rule that its clients rely on. */
async function heard(body: string) {
  const lines = eventsIn(body).map(({ data }) => `${data}\n`);
  const stream = ResponseStream.fromReadableStream(
    new ReadableStream({
      start(controller) {
        for (const line of lines) controller.enqueue(new TextEncoder().encode(line));
        controller.close();
      },
    }),
  );
  return stream.finalResponse();
}

function written(events: readonly StreamEvent[], more: object = {}) {
  const { body: asked } = read({});
  const head = { body: asked, nowMs: 0 };
  const encoder = responseStream({ ...head, generationId: 'gen_1' });
  const collector = new Collector();
  let body = encoder.event(START, 1);
  for (const event of events) {
    if (event.type === 'response-start' || event.type === 'response-end' || event.type === 'error') continue;
    collector.add(event);
    body += encoder.event(event, 1);
  }
  const response = responseOf({ ...SUMMARY, ...more }, collector.parts());
  return { body: body + encoder.end(response, 1), answer: responseAnswer(response, head) };
}

const itemDone = z.looseObject({ type: z.literal('response.output_item.done'), item: z.looseObject({}) });

describe('the events of any answer', () => {
  it('satisfy the official helper, and are the items of the whole answer', async () => {
    await fc.assert(
      fc.asyncProperty(anyParts, fc.boolean(), async (parts: readonly AnyPart[], endsLate) => {
        const { body, answer } = written(eventsOf(parts, endsLate));
        const events = eventsRead(body);
        const items = events.flatMap((event) => {
          const done = itemDone.safeParse(event);
          return done.success ? [done.data.item] : [];
        });
        const whole: unknown = JSON.parse(JSON.stringify(answer.output));
        expect(items).toEqual(whole);
        expect((await heard(body)).output).toMatchObject(JSON.parse(JSON.stringify(answer.output)));
        expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { output: whole } });
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['stop', 'completed', null],
    ['tool_calls', 'completed', null],
    ['length', 'incomplete', 'max_output_tokens'],
    ['content_filter', 'incomplete', 'content_filter'],
    ['stopped', 'incomplete', 'stopped'],
    ['other', 'incomplete', 'other'],
  ])('end for %s as %s', (finishReason, status, reason) => {
    const { body } = written([{ type: 'text-delta', text: 'x' }], { finishReason });
    expect(eventsRead(body).at(-1)).toMatchObject({
      type: `response.${status}`,
      response: { status, incomplete_details: reason === null ? null : { reason } },
    });
  });

  it('tell a failure in one event, with the error beside, and nothing after it', () => {
    const encoder = responseStream({ body: read({}).body, nowMs: 0, generationId: 'gen_1' });
    const begun = encoder.event(START, 1);
    const text = encoder.error(
      llmError('stream_broken', 'It\nbroke\r\n', { attempts: [], provider: 'groq' }),
      'req_1',
      3,
    );
    const last = eventsRead(begun + text).at(-1);
    expect(last).toMatchObject({
      type: 'response.failed',
      response: { id: 'req_1', status: 'failed', error: { code: 'stream_broken' } },
      error: { code: 'stream_broken', request_id: 'req_1' },
      x_gateway: { provider: 'groq', generation_id: 'gen_1' },
    });
  });

  it('tell a failure before anybody began in one event too', () => {
    const encoder = responseStream({ body: read({}).body, nowMs: 0, generationId: 'gen_1' });
    const [only, ...more] = eventsRead(encoder.error(llmError('provider_timeout', 'Late'), 'req_1', 1));
    expect(more).toEqual([]);
    expect(only).toMatchObject({ type: 'response.failed', response: { id: 'gen_1', model: MODEL, status: 'failed' } });
  });

  it('say null of what no vendor told', () => {
    expect(written([], { usage: null, tokensUsed: null }).answer.usage).toBeNull();
    expect(written([]).answer.usage).toEqual({
      input_tokens: 3,
      input_tokens_details: { cached_tokens: 1 },
      output_tokens: 4,
      output_tokens_details: { reasoning_tokens: 2 },
      total_tokens: 7,
    });
  });
});

describe('vendor state', () => {
  const parts: AnswerPart[] = [
    { type: 'reasoning', text: 'thought', providerData: { type: 'thinking', signature: 'abc==', n: [1, null] } },
    { type: 'reasoning', text: '', providerData: { type: 'redacted_thinking', data: 'hidden' } },
    { type: 'text', text: 'said' },
    {
      type: 'tool-call',
      toolCallId: 'c1',
      name: 'run',
      argumentsText: '{"a":1}',
      providerData: { google: { s: 'x' } },
    },
    { type: 'tool-call', toolCallId: 'c2', name: 'run', argumentsText: '{"broken' },
  ];

  it('goes out with its items and comes back unchanged', () => {
    const { output } = responseAnswer(responseOf(SUMMARY, parts), { body: read({}).body, nowMs: 0 });
    const { request, ignored } = read({ input: [{ role: 'user', content: 'hi' }, ...structuredClone(output)] });
    expect([request.messages[1], ignored]).toEqual([{ role: 'assistant', content: parts }, []]);
  });

  it('of a call comes back from the thought behind it, for clients that keep nothing on a call, wherever they put it', () => {
    const { output } = responseAnswer(responseOf(SUMMARY, parts), { body: read({}).body, nowMs: 0 });
    const items = output.map((item) => ({ ...item, extra_content: undefined }));
    const [thought, hidden, said, call, state, other] = items;
    const asked = (...back: readonly unknown[]) =>
      read({ input: structuredClone([{ role: 'user', content: 'hi' }, ...back]) }).request.messages[1]?.content;
    expect(state).toMatchObject({ type: 'reasoning', summary: [], encrypted_content: expect.stringMatching(/^cm1:/) });
    expect(asked(...items)).toEqual(parts);
    expect(asked(thought, hidden, said, call, other, state)).toEqual(parts);
    expect(asked(state, thought, hidden, said, call, other)).toEqual(parts);
    expect(asked(said, state)).toEqual('said');
  });

  it('that OpenAI gave a client itself goes back to OpenAI as it was', () => {
    const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA' };
    const { request } = read({ input: [{ role: 'user', content: 'hi' }, reasoning] });
    expect(request.messages[1]).toEqual({
      role: 'assistant',
      content: [{ type: 'reasoning', text: '', providerData: { openai: reasoning } }],
    });
  });
});
