// Anthropic's package: the stories of every client, and what its own stream helper, its counting and its list of models need.

import Anthropic from '@anthropic-ai/sdk';
import { expect, it } from 'vitest';
import { isObject } from '../../src/core/json.ts';
import { type Client, type ClientKind, collected, failureOf, type Heard, nameOf, type Question } from './client.ts';
import { FAMILIES, FAMILY_NAMES } from './families.ts';
import { type Call, WAIT_SECONDS } from './speech.ts';
import { tellStories } from './stories.ts';

type Message = Anthropic.MessageParam;

class MessagesClient implements Client<Message> {
  readonly #anthropic: Anthropic;

  constructor(anthropic: Anthropic) {
    this.#anthropic = anthropic;
  }

  user(text: string, image?: string): Message {
    if (image === undefined) return { role: 'user', content: text };
    const data = image.slice(image.indexOf(',') + 1);
    return {
      role: 'user',
      content: [
        { type: 'text', text },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data } },
      ],
    };
  }

  results(calls: readonly Call[], texts: readonly string[]): Message[] {
    const content = calls.map(({ id }, index) => ({
      type: 'tool_result' as const,
      tool_use_id: id,
      content: texts[index] ?? '',
    }));
    return [{ role: 'user', content }];
  }

  async whole({ signal, ...question }: Question<Message>): Promise<Heard<Message>> {
    const { data, request_id: requestId } = await this.#anthropic.messages
      .create(bodyOf(question), { signal: signal ?? null })
      .withResponse();
    return heardIn(data, requestId ?? null);
  }

  async stream({ signal, onText, ...question }: Question<Message>): Promise<Heard<Message>> {
    const stream = this.#anthropic.messages.stream(bodyOf(question), { signal: signal ?? null });
    if (onText) stream.on('text', onText);
    const message = await stream.finalMessage();
    return heardIn(message, stream.request_id ?? null);
  }
}

function bodyOf({ model, messages, tools, schema, maxTokens, temperature }: Question<Message>) {
  return {
    model,
    messages: [...messages],
    max_tokens: maxTokens ?? 1_000,
    ...(tools && {
      tools: tools.map(({ name, parameters }) => ({ name, input_schema: { ...parameters, type: 'object' as const } })),
    }),
    ...(schema && { output_config: { format: { type: 'json_schema' as const, schema: { ...schema } } } }),
    ...(temperature !== undefined && { temperature }),
  };
}

const FINISHES: Readonly<Record<string, Heard<Message>['finish']>> = {
  end_turn: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
};

function heardIn({ role, content, usage, stop_reason: reason }: Anthropic.Message, requestId: string | null) {
  const cached = usage.cache_read_input_tokens ?? 0;
  return {
    text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    reasoning: content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
    calls: content.flatMap((block) => (block.type === 'tool_use' ? [callOf(block)] : [])),
    finish: FINISHES[reason ?? ''] ?? null,
    // Theirs is the part of the prompt that the cache had nothing to do with.
    usage: {
      input: usage.input_tokens + cached,
      output: usage.output_tokens,
      cached,
      reasoning: usage.output_tokens_details?.thinking_tokens,
    },
    said: [{ role, content }],
    requestId,
  };
}

function callOf({ id, name, input }: Anthropic.ToolUseBlock): Call {
  if (!isObject(input)) throw new Error('The input of a call is no object');
  return { id, name, input };
}

const kind: ClientKind<Message> = {
  name: '`@anthropic-ai/sdk`',
  connect: ({ url, key, retries }) =>
    new MessagesClient(new Anthropic({ apiKey: key, baseURL: url, maxRetries: retries })),
  reads: ['input', 'output', 'cached', 'reasoning'],
  readsReasoning: true,
  readsRequestId: true,
  obeysShouldRetry: true,
  readsStreamCode: true,
  schemaTool: () => null,
  carries: () => true,
  failed: (error) => {
    if (!(error instanceof Anthropic.APIError)) throw error;
    return { is: nameOf(error), status: error.status ?? null, code: error.errorCode ?? null };
  },
  classes: {
    400: 'BadRequestError',
    401: 'AuthenticationError',
    402: 'PaymentRequiredError',
    403: 'PermissionDeniedError',
    404: 'NotFoundError',
    429: 'RateLimitError',
    502: 'InternalServerError',
    503: 'ServiceUnavailableError',
    'in a stream': 'APIError',
  },
};

const stage = tellStories(kind);
const anthropic = () =>
  new Anthropic({ apiKey: stage.families.keys.alice, baseURL: stage.families.running.url, maxRetries: 0 });

it.each(FAMILY_NAMES)('on %s: its events come in the one order that its helper takes', async (family) => {
  const calls = [{ id: 'call_1', name: 'weather', input: { city: 'Oslo' } }];
  stage.vendor(family).next({ says: { reasoning: 'Look.', text: 'I look.', state: 'c3RhdGU=', calls } });
  const events = await collected(await anthropic().messages.create({ ...bodyOf(stage.ask(family)), stream: true }));
  const types = events.map(({ type }) => type);
  expect([types[0], ...types.slice(-2)]).toEqual(['message_start', 'message_delta', 'message_stop']);
  expect(types.filter((type) => type === 'message_start' || type === 'message_delta')).toHaveLength(2);
  const starts = events.flatMap((event) => (event.type === 'content_block_start' ? [event.index] : []));
  const stops = events.flatMap((event) => (event.type === 'content_block_stop' ? [event.index] : []));
  expect(starts).toEqual(starts.map((_index, position) => position));
  expect(stops).toEqual(starts);
  expect(events.at(-2)).toMatchObject({ delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 30 } });
});

it('is told of a failure by type, code and request id, and how long to wait', async () => {
  stage.vendor('gemini').next({ fails: 'rate limited' });
  const failure = await failureOf(anthropic().messages.create(bodyOf(stage.ask('gemini'))));
  stage.families.waitForVendor();
  if (!(failure instanceof Anthropic.APIError)) throw failure;
  expect(failure).toMatchObject({ type: 'rate_limit_error', errorCode: 'provider_rate_limited' });
  expect(failure.requestID).toMatch(/^req_/);
  expect(failure.headers?.get('retry-after')).toBe(String(WAIT_SECONDS));
  expect(failure.headers?.get('x-should-retry')).toBeNull();
});

it.each(FAMILY_NAMES)('on %s: counts the tokens of a conversation without asking anybody', async (family) => {
  const asked = stage.vendor(family).requests.length;
  const { model, messages } = stage.ask(family);
  const { input_tokens: tokens } = await anthropic().messages.countTokens({ model, messages: [...messages] });
  expect(tokens).toBeGreaterThan(0);
  expect(stage.vendor(family).requests).toHaveLength(asked);
});

it('lists the models of every family, page by page, and looks each up', async () => {
  const listed = (await collected(anthropic().models.list())).map(({ id }) => id);
  for (const family of ['groq', 'openai by chat', 'anthropic', 'gemini'] as const) {
    const { model } = FAMILIES[family];
    expect(listed).toContain(model);
    expect(await anthropic().models.retrieve(model)).toMatchObject({ id: model, type: 'model' });
  }
  await expect(anthropic().models.retrieve('nothing-like-it')).rejects.toBeInstanceOf(Anthropic.NotFoundError);
});

it('asks for thoughts by a budget, which reaches each vendor in its own words', async () => {
  const thinking = { type: 'enabled' as const, budget_tokens: 2_000 };
  const efforts = [
    ['groq', { reasoning_effort: 'medium' }],
    ['openai by chat', { reasoning_effort: 'medium' }],
    ['openai by responses', { reasoning: { effort: 'medium' } }],
    ['anthropic', { output_config: { effort: 'medium' } }],
    ['gemini', { generationConfig: { thinkingConfig: { thinkingLevel: 'medium' } } }],
    ['compatible', { reasoning: { effort: 'medium' } }],
  ] as const;
  for (const [family, asked] of efforts) {
    await anthropic().messages.create({ ...bodyOf(stage.ask(family)), max_tokens: 4_000, thinking });
    expect(stage.vendor(family).requests.at(-1)?.body).toMatchObject(asked);
  }
});
