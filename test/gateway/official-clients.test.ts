// The clients that people have: the official packages of OpenAI and Groq, with nothing changed but their base URL, against a vendor
// of ours and against an independent mock of vendors' APIs.

import { LLMock } from '@copilotkit/aimock';
import Groq from 'groq-sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SkippingClock } from '../skipping-clock.ts';
import { MODEL, type RunningGateway, startGateway, until } from './start.ts';

const clock = new SkippingClock();
let running: RunningGateway;
let openai: OpenAI;
let groq: Groq;
beforeAll(async () => {
  running = await startGateway({ clock });
  openai = new OpenAI({ apiKey: 'ignored', baseURL: `${running.url}/v1`, maxRetries: 0 });
  groq = new Groq({ apiKey: 'ignored', baseURL: running.url, maxRetries: 0 });
});
afterAll(() => running.close());

const ask = (content: string) => ({ model: MODEL, messages: [{ role: 'user' as const, content }] });
const WORDS = 'one two three four five six seven eight nine ten '.repeat(5);
const weather = {
  type: 'function' as const,
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};
const SAYS_WEATHER = { says: { toolCalls: [{ name: 'weather', argumentsText: '{"city":"Kraków"}' }] } };

async function collected<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

describe('the openai package', () => {
  it('asks for a whole answer, and reads its usage and its request id', async () => {
    running.vendor.next({ says: { text: 'Whole.' } });
    const { data, response, request_id } = await openai.chat.completions.create(ask('o whole')).withResponse();
    expect(data.choices[0]).toMatchObject({
      index: 0,
      finish_reason: 'stop',
      message: { role: 'assistant', content: 'Whole.' },
    });
    expect(data.usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 });
    expect(data).toHaveProperty('_request_id', response.headers.get('x-request-id'));
    expect(request_id).toBe(data.id);
    expect(response.headers.get('x-ratelimit-limit-requests')).toBe('100000');
  });

  it('reads a stream chunk by chunk, with the usage at its end', async () => {
    running.vendor.next({ says: { text: 'In four small words', reasoning: 'Hm' } });
    const stream = await openai.chat.completions.create({
      ...ask('o stream'),
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await collected(stream);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('In four small words');
    expect(chunks[0]?.choices[0]?.delta).toMatchObject({ role: 'assistant', content: '' });
    expect(chunks.filter(({ choices }) => choices[0]?.finish_reason === 'stop')).toHaveLength(1);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { completion_tokens: 5 },
      x_gateway: { provider: 'groq', cached: false },
    });
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(
      chunks.find(({ choices }) => choices[0]?.delta !== undefined && 'reasoning_content' in choices[0].delta),
    ).toBeDefined();
  });

  it('puts a stream together with its own helper, tool calls too', async () => {
    running.vendor.next(SAYS_WEATHER);
    const stream = openai.chat.completions.stream({ ...ask('o helper'), tools: [weather] });
    const final = await stream.finalChatCompletion();
    expect(final.choices[0]?.message.tool_calls).toMatchObject([
      { type: 'function', function: { name: 'weather', arguments: '{"city":"Kraków"}' } },
    ]);
    expect(final.choices[0]?.finish_reason).toBe('tool_calls');
  });

  it('runs its tools and asks again with what they gave', async () => {
    running.vendor.next(SAYS_WEATHER, { says: { text: 'It rains in Kraków.' } });
    const asked: unknown[] = [];
    const runner = openai.chat.completions.runTools({
      ...ask('o tools'),
      tools: [
        {
          type: 'function',
          function: {
            name: 'weather',
            description: 'Tells the weather',
            parameters: { type: 'object', properties: { city: { type: 'string' } } },
            function: (input: string) => {
              asked.push(JSON.parse(input));
              return 'rain';
            },
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe('It rains in Kraków.');
    expect(asked).toEqual([{ city: 'Kraków' }]);
    expect(running.vendor.requests.at(-1)?.body['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant' },
      { role: 'tool', content: 'rain' },
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
    const completion = await openai.chat.completions.parse({
      ...ask('o schema'),
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } },
    });
    expect(completion.choices[0]?.message.content).toBe('{"answer":42}');
    expect(running.vendor.requests.at(-1)?.body['response_format']).toMatchObject({
      type: 'json_schema',
      json_schema: { name: 'answer', strict: true },
    });
  });

  it('lists the models, and looks one up whose name has a slash', async () => {
    const models = await collected(openai.models.list());
    expect(models.map(({ id }) => id)).toContain(MODEL);
    expect(await openai.models.retrieve(MODEL)).toMatchObject({
      id: MODEL,
      object: 'model',
      context_window: 131_072,
      price: { output: '0.60' },
    });
    await expect(openai.models.retrieve('nothing/like-it')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it.each([
    [
      'a wrong field',
      { temperature: 9 },
      OpenAI.BadRequestError,
      { status: 400, code: 'invalid_request', type: 'invalid_request_error', param: 'temperature' },
    ],
    [
      'an unknown model',
      { model: 'no-such' },
      OpenAI.NotFoundError,
      { status: 404, code: 'model_not_found', type: 'not_found_error', param: 'model' },
    ],
  ])('throws its own class for %s', async (_what, more, errorClass, fields) => {
    const failure = await openai.chat.completions.create({ ...ask('o wrong'), ...more }).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(errorClass);
    expect(failure).toMatchObject(fields);
    expect(failure).toHaveProperty('requestID', expect.stringMatching(/^req_/));
  });

  it.each([
    [429, OpenAI.RateLimitError, { status: 429, code: 'provider_rate_limited', type: 'rate_limit_error' }],
    [401, OpenAI.InternalServerError, { status: 502, code: 'provider_auth', type: 'api_error' }],
    [403, OpenAI.InternalServerError, { status: 502, code: 'provider_auth', type: 'api_error' }],
  ])('throws its own class for what the vendor does with %i', async (status, errorClass, fields) => {
    running.vendor.next({ fault: { kind: 'status', status }, headers: { 'retry-after': '90' } });
    const failure = await openai.chat.completions.create(ask(`o vendor ${status}`)).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(errorClass);
    expect(failure).toMatchObject(fields);
    // The account takes nothing until then.
    clock.skip(90_000);
  });

  it('throws what broke a stream, and does not take it for whole', async () => {
    running.vendor.next({ says: { text: 'one two three' }, fault: { kind: 'no-done', afterEvents: 3 } });
    const stream = await openai.chat.completions.create({ ...ask('o broken'), stream: true });
    const heard: string[] = [];
    const failure = await (async () => {
      for await (const chunk of stream) heard.push(chunk.choices[0]?.delta.content ?? '');
    })().then(
      () => null,
      (error: unknown) => error,
    );
    expect(heard.join('')).toBe('one two');
    expect(failure).toBeInstanceOf(OpenAI.APIError);
    expect(failure).toMatchObject({ code: 'stream_broken', type: 'api_error' });
  });

  it('F62: reads along with 19 others who ask the same stream at once: one call of the vendor, one text, one who pays', async () => {
    const before = { calls: running.vendor.requests.length, rows: (await running.rows()).length };
    running.vendor.next({ says: { text: WORDS }, eventEveryMs: 2, headersAfterMs: 200 });
    const texts = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const stream = await openai.chat.completions.create({ ...ask('o of many'), stream: true });
        const chunks = await collected(stream);
        return chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
      }),
    );
    expect(new Set(texts)).toEqual(new Set([WORDS]));
    expect(running.vendor.requests.length).toBe(before.calls + 1);
    const rows = (await running.rows()).slice(before.rows);
    expect(rows.map(({ outcome }) => outcome).sort()).toEqual(['completed', ...Array(19).fill('joined')]);
    expect(rows.filter(({ costPicoUsd }) => costPicoUsd !== 0n)).toMatchObject([{ outcome: 'completed' }]);
  });

  it.each(['the first, who leads', 'one who reads along'])(
    'may leave in the middle, %s: the others get every word',
    async (who) => {
      const before = { calls: running.vendor.requests.length, rows: (await running.rows()).length };
      const begun = Promise.withResolvers<void>();
      running.vendor.next({ says: { text: WORDS }, eventEveryMs: 5, heldUntil: begun.promise });
      const question = { ...ask(`o leaves: ${who}`), stream: true } as const;
      const leaving = new AbortController();
      const read = async (signal?: AbortSignal) => {
        let text = '';
        const stream = await openai.chat.completions.create(question, { signal });
        for await (const { choices } of stream) {
          text += choices[0]?.delta.content ?? '';
          if (signal !== undefined && text.includes('three')) leaving.abort();
        }
        return text;
      };
      const first = read(who.includes('first') ? leaving.signal : undefined);
      await until(() => running.vendor.requests.length > before.calls, 'the first to be asked');
      const others = Array.from({ length: 19 }, (_, index) =>
        read(index === 7 && !who.includes('first') ? leaving.signal : undefined),
      );
      begun.resolve();
      const texts = await Promise.all([first, ...others]);
      expect(texts.filter((text) => text === WORDS)).toHaveLength(19);
      expect(texts.filter((text) => text !== WORDS && WORDS.startsWith(text))).toHaveLength(1);
      expect(running.vendor.requests.length).toBe(before.calls + 1);
      await until(
        async () => (await running.rows()).length === before.rows + (who.includes('first') ? 20 : 19),
        'the rows',
      );
      const rows = (await running.rows()).slice(before.rows);
      expect(rows.filter(({ costPicoUsd }) => costPicoUsd !== 0n)).toMatchObject([{ outcome: 'completed' }]);
    },
  );

  it('does not try again what no retry mends', async () => {
    const patient = new OpenAI({ apiKey: 'ignored', baseURL: `${running.url}/v1`, maxRetries: 2 });
    const before = running.vendor.requests.length;
    running.vendor.next({ fault: { kind: 'status', status: 401 } });
    await expect(patient.chat.completions.create(ask('o final'))).rejects.toMatchObject({ status: 502 });
    expect(running.vendor.requests.length - before).toBe(1);
  });
});

describe('groq-sdk', () => {
  it('asks for a whole answer, reasoning beside it', async () => {
    running.vendor.next({ says: { text: 'Whole.', reasoning: 'Short.' } });
    const completion = await groq.chat.completions.create(ask('g whole'));
    expect(completion.choices[0]?.message).toMatchObject({ role: 'assistant', content: 'Whole.', reasoning: 'Short.' });
    expect(completion).toMatchObject({ x_groq: { id: completion.id } });
  });

  it('reads a stream, with the usage in x_groq on its last chunk', async () => {
    running.vendor.next({ says: { text: 'In four small words', reasoning: 'Hm' } });
    const chunks = await collected(await groq.chat.completions.create({ ...ask('g stream'), stream: true }));
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('In four small words');
    expect(chunks.map(({ choices }) => choices[0]?.delta.reasoning ?? '').join('')).toBe('Hm');
    expect(chunks.every(({ choices }) => choices.length === 1)).toBe(true);
    expect(chunks.at(-1)).toMatchObject({
      x_groq: { usage: { total_tokens: 10 } },
      x_gateway: { cost_usd: expect.any(String) },
    });
  });

  it('takes tools and JSON mode', async () => {
    running.vendor.next(SAYS_WEATHER, { says: { text: '{}' } });
    const called = await groq.chat.completions.create({ ...ask('g tools'), tools: [weather], tool_choice: 'required' });
    expect(called.choices[0]?.message.tool_calls?.[0]?.function.name).toBe('weather');
    const inJson = await groq.chat.completions.create({ ...ask('g json'), response_format: { type: 'json_object' } });
    expect(inJson.choices[0]?.message.content).toBe('{}');
  });

  it('throws its own class, with the whole envelope', async () => {
    const failure = await groq.chat.completions.create({ ...ask('g wrong'), model: 'no-such' }).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(Groq.NotFoundError);
    expect(failure).toMatchObject({
      status: 404,
      error: { error: { code: 'model_not_found', request_id: expect.stringMatching(/^req_/) } },
    });
  });

  it('throws what broke a stream', async () => {
    running.vendor.next({ says: { text: 'one two three' }, fault: { kind: 'cut', afterBytes: 700, by: 'rst' } });
    const stream = await groq.chat.completions.create({ ...ask('g broken'), stream: true });
    await expect(collected(stream)).rejects.toBeInstanceOf(Groq.APIError);
  });

  it('lists the models', async () => {
    expect((await groq.models.list()).data.map(({ id }) => id)).toContain(MODEL);
  });
});

describe('an independent mock as the vendor', () => {
  const mock = new LLMock({ port: 0 });
  let through: RunningGateway;
  let client: OpenAI;
  beforeAll(async () => {
    mock.onMessage('hello', { content: 'Hi from the other mock.' });
    mock.onMessage('call', { toolCalls: [{ name: 'weather', arguments: '{"city":"Oslo"}' }] });
    mock.onMessage('fail', { error: { message: 'The mock fails', type: 'server_error' }, status: 500 });
    await mock.start();
    through = await startGateway({ env: { GROQ_BASE_URL: `${mock.url}/openai/v1`, GROQ_MAX_RETRIES: '0' } });
    client = new OpenAI({ apiKey: 'ignored', baseURL: `${through.url}/v1`, maxRetries: 0 });
  });
  afterAll(async () => {
    await through.close();
    await mock.stop();
  });

  it('answers whole and as a stream, with the same text', async () => {
    const whole = await client.chat.completions.create(ask('hello'));
    expect(whole.choices[0]?.message.content).toBe('Hi from the other mock.');
    const stream = await client.chat.completions.create({ ...ask('hello again'), stream: true });
    const chunks = await collected(stream);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Hi from the other mock.');
  });

  it('calls tools, whole and as a stream', async () => {
    const calls = [{ type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } }];
    const whole = await client.chat.completions.create({ ...ask('call it'), tools: [weather] });
    expect(whole.choices[0]?.message.tool_calls).toMatchObject(calls);
    const streamed = await client.chat.completions
      .stream({ ...ask('call it as a stream'), tools: [weather] })
      .finalChatCompletion();
    expect(streamed.choices[0]?.message.tool_calls).toMatchObject(calls);
  });

  it('answers groq-sdk too, whole, as a stream and with tools', async () => {
    const groq = new Groq({ apiKey: 'ignored', baseURL: through.url, maxRetries: 0 });
    const whole = await groq.chat.completions.create(ask('hello, it is Groq'));
    expect(whole.choices[0]?.message.content).toBe('Hi from the other mock.');
    let text = '';
    for await (const chunk of await groq.chat.completions.create({ ...ask('hello as a stream'), stream: true })) {
      text += chunk.choices[0]?.delta.content ?? '';
    }
    expect(text).toBe('Hi from the other mock.');
    const called = await groq.chat.completions.create({ ...ask('call it for Groq'), tools: [weather] });
    expect(called.choices[0]?.message.tool_calls?.[0]?.function.arguments).toBe('{"city":"Oslo"}');
  });

  it('gives JSON by a schema', async () => {
    mock.onMessage('schema', { content: '{"city":"Oslo"}' });
    const schema = {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    };
    const response_format = { type: 'json_schema' as const, json_schema: { name: 'place', schema, strict: true } };
    const { choices } = await client.chat.completions.create({ ...ask('schema please'), response_format });
    expect(JSON.parse(choices[0]?.message.content ?? '')).toEqual({ city: 'Oslo' });
  });

  it('fails as a vendor does', async () => {
    await expect(client.chat.completions.create(ask('fail'))).rejects.toMatchObject({
      status: 503,
      code: 'provider_overloaded',
      type: 'overloaded_error',
    });
  });
});
