// OpenAI's dialect beyond what its clients check: what is left out and named, who is asked for, vendor state on its way there and
// back, and every rule of the chunks for any answer that there can be.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { message, toMessage } from '../../src/gateway/messages-wire.ts';
import { chatAnswer, chatStream } from '../../src/gateway/openai-answer.ts';
import { fromChat } from '../../src/gateway/openai-request.ts';
import { errorShape } from '../../src/gateway/reply-schemas.ts';
import { Generation, responseOf } from '../../src/generations/generation.ts';
import { type AnswerPart, llmError, systemClock } from '../../src/index.ts';
import { START, SUMMARY } from './answers.ts';
import { asks, CHAT, eventsIn, MODEL, type RunningGateway, startGateway } from './start.ts';

let running: RunningGateway;
beforeAll(async () => {
  running = await startGateway();
});
afterAll(() => running.close());

const read = (body: object, headers: Record<string, string> = {}) =>
  fromChat(structuredClone({ ...asks('hi'), ...body }), headers, undefined);

describe('what is asked', () => {
  it.each([
    ['without a type', { name: 'f' }],
    ['of another type', { type: 'custom', function: { name: 'f' } }],
  ])('names the type of a tool %s, and not one within', async (_what, tool) => {
    const reply = await running.post(CHAT, asks('hi', { tools: [tool] }));
    const { error } = errorShape.parse(await reply.json());
    expect([reply.status, error.param, error.message]).toEqual([
      400,
      'tools[0].type',
      expect.stringContaining('"function"'),
    ]);
  });

  it('leaves out what it does not know, at any depth, and names it', async () => {
    const reply = await running.post(CHAT, {
      model: MODEL,
      messages: [
        { role: 'user', name: 'bob', content: [{ type: 'text', text: 'odd', cache_control: { type: 'ephemeral' } }] },
      ],
      frequency_penalty: 0.5,
      logit_bias: { 1: 2 },
      store: true,
      'we\u00efrd\r\nx-evil: 1': 1,
      verbosity: null,
      stream_options: null,
      stop: null,
      service_tier: 'priority',
      reasoning_effort: 'xhigh',
      metadata: { course: 'python', note: 'x'.repeat(100) },
    });
    expect(reply.status).toBe(200);
    const ignored = reply.headers.get('x-ignored-params')?.split(', ').sort();
    expect(ignored).toEqual(
      [
        'frequency_penalty',
        'logit_bias',
        'messages[0].content[0].cache_control',
        'messages[0].name',
        'metadata',
        'reasoning_effort',
        'service_tier',
        'store',
        'we?rd??x-evil??1',
      ].sort(),
    );
    expect(reply.headers.has('x-evil')).toBe(false);
    const sent = running.vendor.requests.at(-1)?.body;
    expect(sent).toMatchObject({ reasoning_effort: 'high' });
    expect(sent).not.toHaveProperty('logit_bias');
    const [row] = (await running.rows()).slice(-1);
    expect(row?.tags).toEqual({ course: 'python' });
  });

  it('names nothing when nothing was left out', async () => {
    const reply = await running.post(CHAT, {
      model: MODEL,
      ...asks('plain'),
      n: 1,
      logprobs: false,
      store: false,
      modalities: ['text'],
    });
    expect([reply.status, reply.headers.get('x-ignored-params')]).toEqual([200, null]);
  });

  it('sends what the client sent, and none of the library\u2019s defaults', async () => {
    const history = Array.from({ length: 30 }, (_, n) => ({
      role: n % 2 === 0 ? 'user' : 'assistant',
      content: `turn ${n}`,
    }));
    await running.post(CHAT, {
      model: MODEL,
      messages: [{ role: 'developer', content: 'Be brief' }, ...history, { role: 'user', content: 'now' }],
    });
    const { body } = running.vendor.requests.at(-1) ?? {};
    expect(body?.['messages']).toHaveLength(32);
    for (const field of ['temperature', 'max_tokens', 'max_completion_tokens']) expect(body).not.toHaveProperty(field);
  });

  it('knows the user by any of the names that clients use', () => {
    const named = (body: object, headers = {}) => read(body, headers).request.userId;
    expect(named({ user: 'a', safety_identifier: 'b' })).toBe('a');
    expect(named({ safety_identifier: 'b', metadata: { user_id: 'c' } })).toBe('b');
    expect(named({ metadata: { user_id: 'c' } }, { 'x-user-id': 'd' })).toBe('c');
    expect(named({ user: '' }, { 'x-user-id': 'd' })).toBe('d');
    expect(named({})).toBeUndefined();
  });

  it('takes both names of max tokens, the newer one first', () => {
    expect(read({ max_tokens: 5 }).request.maxTokens).toBe(5);
    expect(read({ max_tokens: 5, max_completion_tokens: 7 }).request.maxTokens).toBe(7);
  });
});

const details = [
  {
    type: 'reasoning.text' as const,
    index: 0,
    text: 'thought',
    provider_data: { signature: 'abc==', nested: { n: [1, null] } },
  },
];

describe('vendor state', () => {
  const parts: AnswerPart[] = [
    { type: 'reasoning', text: 'thought', providerData: { signature: 'abc==', nested: { n: [1, null] } } },
    { type: 'text', text: 'said' },
    { type: 'tool-call', toolCallId: 'call_1', name: 'run', argumentsText: '{}', providerData: { thought: 'sig' } },
    {
      type: 'tool-call',
      toolCallId: 'call_2',
      name: 'run',
      argumentsText: '{"broken',
      providerData: { thought: 'sig2' },
    },
  ];

  it('goes out in a message and comes back unchanged in the next request', () => {
    const { message: sent } = chatAnswer(responseOf(SUMMARY, parts), 0).choices[0] ?? {};
    expect(sent).toMatchObject({ reasoning_details: details, tool_calls: [{ extra_content: { thought: 'sig' } }, {}] });
    const returned = read({ messages: [{ role: 'user', content: 'hi' }, structuredClone(sent)] });
    expect(returned.request.messages[1]).toEqual({ role: 'assistant', content: parts });
  });

  it('that a client had from its vendor before it came here goes to the provider that the model’s name begins with', () => {
    const signed = { type: 'reasoning.text', text: 'Hm. ', signature: 'c2ln', format: 'anthropic-claude-v1', index: 0 };
    const hidden = { type: 'reasoning.encrypted', data: 'aGlkZGVu', id: 'rs_1' };
    const summary = { type: 'reasoning.summary', summary: 'It thought.' };
    const asked = (model: string, reasoning_details: readonly object[]) => {
      const said = { role: 'assistant', content: 'Yes.', reasoning_details };
      return read(structuredClone({ model, messages: [{ role: 'user', content: 'hi' }, said] }));
    };
    const text = { type: 'text', text: 'Yes.' };
    const { request, ignored } = asked('openrouter/anthropic/claude', [signed, hidden]);
    const providerData = { openrouter: { reasoning_details: [signed, hidden] } };
    expect(request.messages[1]?.content).toEqual([{ type: 'reasoning', text: 'Hm. ', providerData }, text]);
    expect(ignored).toEqual([]);
    // Where no provider is named, nobody can say whose it is.
    expect(asked('tutor', [signed]).request.messages[1]?.content).toEqual([{ type: 'reasoning', text: 'Hm. ' }, text]);
    expect(asked('openrouter/x', [summary]).request.messages[1]?.content).toEqual([
      { type: 'reasoning', text: 'It thought.' },
      text,
    ]);
  });

  it('of a call goes out with its first piece where it is known that early, and then not again', () => {
    const chunks = streamed(parts, { knowsStates: true });
    const told = chunks.flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.tool_calls ?? []));
    expect(told.filter((call) => 'extra_content' in call)).toEqual([
      { index: 0, id: 'call_1', type: 'function', function: BEGUN, extra_content: { thought: 'sig' } },
      { index: 1, id: 'call_2', type: 'function', function: BEGUN, extra_content: { thought: 'sig2' } },
    ]);
    const state = chunks.find(({ choices }) => choices[0]?.delta.reasoning_details !== undefined);
    expect(state?.choices[0]?.delta).toEqual({ reasoning_details: details });
  });

  it('goes out in a stream before the finish', () => {
    const chunks = streamed(parts);
    const state = chunks.find(({ choices }) => choices[0]?.delta.reasoning_details !== undefined);
    expect(state?.choices[0]?.delta).toEqual({
      reasoning_details: details,
      tool_calls: [
        { index: 0, function: { arguments: '' }, extra_content: { thought: 'sig' } },
        { index: 1, function: { arguments: '' }, extra_content: { thought: 'sig2' } },
      ],
    });
  });
});

const BEGUN = { name: 'run', arguments: '' };

interface Chunk {
  readonly id: string;
  readonly usage?: unknown;
  readonly choices: readonly {
    readonly index: number;
    readonly finish_reason: string | null;
    readonly delta: {
      readonly role?: string;
      readonly content?: string;
      readonly reasoning?: string;
      readonly reasoning_content?: string;
      readonly reasoning_details?: unknown;
      readonly tool_calls?: readonly {
        readonly index: number;
        readonly id?: string;
        readonly type?: string;
        readonly function: { readonly name?: string; readonly arguments: string };
      }[];
    };
  }[];
}

/** The chunks of an answer, read as a strict client does. */
function streamed(parts: readonly AnswerPart[], { includeUsage = false, knowsStates = false } = {}): Chunk[] {
  const generation = new Generation({ id: 'gen_1', requestId: 'req_1', clock: systemClock, abandon: () => {} });
  const encoder = chatStream({ generationId: 'gen_1', includeUsage, nowMs: 0 });
  let body = '';
  generation.subscribe((event, position) => {
    body +=
      event.type === 'response-end'
        ? encoder.end(responseOf(event.response, parts), position)
        : encoder.event(event, position);
  });
  generation.append(START);
  for (const part of parts) {
    if (part.type === 'text') generation.append({ type: 'text-delta', text: part.text });
    else if (part.type === 'reasoning') generation.append({ type: 'reasoning-delta', text: part.text });
    else {
      const { toolCallId, name, argumentsText, providerData } = part;
      const state = providerData && { providerData };
      generation.append({ type: 'tool-call-start', toolCallId, name, ...(knowsStates && state) });
      generation.append({ type: 'tool-call-delta', toolCallId, argumentsText });
      generation.append({ type: 'tool-call-end', toolCallId, ...state });
    }
  }
  generation.append({ type: 'response-end', response: SUMMARY });
  const events = eventsIn(body);
  expect(events.at(-1)).toEqual({ event: null, id: null, data: '[DONE]' });
  return events.slice(0, -1).map(({ data }) => JSON.parse(data));
}

describe('the chunks of any answer', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\r\n', '\n\ndata: [DONE]\n\n', '\u2028', '\ud83d', '"}]}'),
  );
  const anyPart = fc.oneof(
    fc.record({ type: fc.constant('text' as const), text: anyText }),
    fc.record({ type: fc.constant('reasoning' as const), text: anyText }),
    fc.record({
      type: fc.constant('tool-call' as const),
      toolCallId: fc.uuid(),
      name: anyText,
      argumentsText: anyText,
    }),
  );

  it('keep every rule that an official client holds them to, and say the answer letter by letter', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anyPart, {
          maxLength: 8,
          selector: (part) => (part.type === 'tool-call' ? part.toolCallId : part),
        }),
        fc.boolean(),
        (parts, includeUsage) => {
          const chunks = streamed(parts, { includeUsage });
          expect(new Set(chunks.map(({ id }) => id))).toEqual(new Set(['req_1']));
          expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
          const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta));
          const said = (pick: (delta: Chunk['choices'][number]['delta']) => string | undefined) =>
            deltas.map((delta) => pick(delta) ?? '').join('');
          const meant = (type: string) =>
            parts.map((part) => (part.type === type && part.type !== 'tool-call' ? part.text : '')).join('');
          expect(said((delta) => delta.content)).toBe(JSON.parse(JSON.stringify(meant('text'))));
          expect(said((delta) => delta.reasoning)).toBe(JSON.parse(JSON.stringify(meant('reasoning'))));
          const finishes = chunks.filter(({ choices }) => choices[0]?.finish_reason !== null && choices.length > 0);
          expect(finishes).toHaveLength(1);
          expect(chunks.indexOf(finishes[0] ?? { id: '', choices: [] })).toBe(chunks.length - (includeUsage ? 2 : 1));
          const calls = parts.filter((part) => part.type === 'tool-call');
          const starts = deltas.flatMap((delta) => delta.tool_calls ?? []).filter(({ id }) => id !== undefined);
          expect(starts).toEqual(
            calls.map(({ toolCallId, name }, index) => ({
              index,
              id: toolCallId,
              type: 'function',
              function: { name, arguments: '' },
            })),
          );
          expect(chunks.at(-1)).toHaveProperty('x_gateway.cost_usd', '0.01');
          expect(chunks.slice(0, -1).some((chunk) => 'x_gateway' in chunk)).toBe(false);
          if (includeUsage) expect(chunks.at(-1)?.choices).toEqual([]);
        },
      ),
    );
  });

  it('number calls by their starts, also where a vendor gave several the same id', () => {
    const encoder = chatStream({ generationId: 'gen_1', includeUsage: false, nowMs: 0 });
    const call = (argumentsText: string) => [
      encoder.event({ type: 'tool-call-start', toolCallId: 'same', name: 'f' }, 1),
      encoder.event({ type: 'tool-call-delta', toolCallId: 'same', argumentsText }, 1),
    ];
    encoder.event(START, 1);
    const chunks: Chunk[] = eventsIn(['a', 'b', 'c'].flatMap(call).join('')).map(({ data }) => JSON.parse(data));
    const told = chunks.flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.tool_calls ?? []));
    expect(told.map(({ index, function: called }) => `${index}${called.arguments}`)).toEqual([
      '0',
      '0a',
      '1',
      '1b',
      '2',
      '2c',
    ]);
  });

  it('tell an error in one line and nothing after it', () => {
    const encoder = chatStream({ generationId: 'gen_1', includeUsage: false, nowMs: 0 });
    const text = encoder.error(
      llmError('stream_broken', 'It\nbroke\r\n', { attempts: [], provider: 'groq' }),
      'req_1',
      3,
    );
    expect(text.split('\n').filter((line) => line !== '')).toHaveLength(1);
    expect(errorShape.parse(JSON.parse(text.slice('data: '.length)))).toMatchObject({
      error: { code: 'stream_broken', type: 'api_error', param: null, request_id: 'req_1' },
      x_gateway: { provider: 'groq', attempts: [], generation_id: 'gen_1' },
    });
  });
});

describe('failures beside the dialect', () => {
  it('have what is known of the attempts in x_gateway', async () => {
    running.vendor.next({ fault: { kind: 'status', status: 401 } });
    const reply = await running.post(CHAT, { model: MODEL, ...asks('fails') });
    expect(errorShape.parse(await reply.json())).toMatchObject({
      error: { code: 'provider_auth' },
      x_gateway: {
        provider: 'groq',
        model: MODEL,
        attempts: [{ status: 401 }],
        cost_usd: '0.00',
        generation_id: reply.headers.get('x-generation-id'),
      },
    });
  });

  it('leave a message schema that reads every message of its own answers', () => {
    const own = {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
    };
    expect(toMessage(message.parse(own))).toEqual({
      role: 'assistant',
      content: [{ type: 'tool-call', toolCallId: 'a', name: 'f', argumentsText: '{}' }],
    });
  });
});
