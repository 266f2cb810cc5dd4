// The openai package by Chat Completions: the stories of every client, and what only this one has — helpers that put streams together
// and run tools, which are strict about each chunk.

import OpenAI from 'openai';
import { expect, it } from 'vitest';
import { beside, ChatPieces, chatBody, chatCall, chatFinish, chatResults, chatUsage, chatUser } from './chat-words.ts';
import { type Client, type ClientKind, collected, failureOf, type Heard, type Question } from './client.ts';
import { FAMILIES, FAMILY_NAMES } from './families.ts';
import { failedByOpenAi, GENERATED_CLASSES } from './sdk-errors.ts';
import { WAIT_SECONDS } from './speech.ts';
import { tellStories } from './stories.ts';

type Message = OpenAI.ChatCompletionMessageParam;

class ChatClient implements Client<Message> {
  readonly #openai: OpenAI;
  readonly user = chatUser;
  readonly results = chatResults;

  constructor(openai: OpenAI) {
    this.#openai = openai;
  }

  async whole({ signal, ...question }: Question<Message>): Promise<Heard<Message>> {
    const asked = this.#openai.chat.completions.create(chatBody(question), { signal });
    const { data, request_id: requestId } = await asked.withResponse();
    const [choice] = data.choices;
    if (choice === undefined) throw new Error('There is no choice');
    const { message, finish_reason: finish } = choice;
    return {
      text: message.content ?? '',
      reasoning: beside.parse(message).reasoning_content ?? '',
      calls: (message.tool_calls ?? []).filter((call) => call.type === 'function').map(chatCall),
      finish: chatFinish(finish),
      usage: chatUsage(data.usage),
      said: [message],
      requestId,
    };
  }

  async stream({ signal, onText, ...question }: Question<Message>): Promise<Heard<Message>> {
    const body = { ...chatBody(question), stream: true as const, stream_options: { include_usage: true } };
    const { data, request_id: requestId } = await this.#openai.chat.completions.create(body, { signal }).withResponse();
    const pieces = new ChatPieces('reasoning_content');
    let usage: OpenAI.CompletionUsage | null = null;
    for await (const chunk of data) {
      usage = chunk.usage ?? usage;
      const [choice] = chunk.choices;
      if (choice !== undefined && pieces.add(choice)) onText?.();
    }
    return { ...pieces.heard(), usage: chatUsage(usage), requestId };
  }
}

const kind: ClientKind<Message> = {
  name: '`openai`, Chat Completions',
  connect: ({ url, key, retries }) =>
    new ChatClient(new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: retries })),
  reads: ['input', 'output', 'cached', 'reasoning'],
  readsReasoning: true,
  readsRequestId: true,
  obeysShouldRetry: true,
  readsStreamCode: true,
  schemaTool: () => null,
  carries: () => true,
  failed: failedByOpenAi,
  classes: GENERATED_CLASSES,
};

const stage = tellStories(kind);
const openai = () =>
  new OpenAI({ apiKey: stage.families.keys.alice, baseURL: `${stage.families.running.url}/v1`, maxRetries: 0 });
const tools = [
  { type: 'function' as const, function: { name: 'weather', parameters: { type: 'object', properties: {} } } },
];
const CALLS = [
  { id: 'call_1', name: 'weather', input: { city: 'Oslo' } },
  { id: 'call_2', name: 'weather', input: { city: 'Rome' } },
];

it.each(FAMILY_NAMES)('on %s: each chunk has what the strictest client wants of it', async (family) => {
  stage.vendor(family).next({ says: { reasoning: 'Both of them.', text: 'I look.', calls: CALLS } });
  const asked = {
    ...chatBody(stage.ask(family)),
    tools,
    stream: true as const,
    stream_options: { include_usage: true },
  };
  const chunks = await collected(await openai().chat.completions.create(asked));
  const choices = chunks.slice(0, -1).map((chunk) => chunk.choices);
  expect(choices.every((each) => each.length === 1 && each[0]?.index === 0)).toBe(true);
  const told = choices.flat();
  expect(told[0]?.delta).toMatchObject({ role: 'assistant', content: '' });
  expect(told.filter(({ delta }) => 'role' in delta)).toHaveLength(1);
  expect(told.filter(({ finish_reason: reason }) => reason !== null)).toMatchObject([{ finish_reason: 'tool_calls' }]);
  expect(told.at(-1)).toMatchObject({ finish_reason: 'tool_calls' });
  const pieces = told.flatMap(({ delta }) => delta.tool_calls ?? []);
  for (const [index, { id, name }] of CALLS.entries()) {
    const [first, ...rest] = pieces.filter((piece) => piece.index === index);
    expect(first).toEqual({ index, id, type: 'function', function: { name, arguments: '' } });
    expect(rest.length).toBeGreaterThan(0);
    for (const piece of rest) expect(piece).toEqual({ index, function: { arguments: expect.any(String) } });
  }
  expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 130 } });
});

it.each(FAMILY_NAMES)(
  'on %s: its own helper puts a stream together, thoughts and their state beside it',
  async (family) => {
    const state = 'c3RhdGU=';
    stage.vendor(family).next({ says: { reasoning: 'Both.', state, calls: CALLS } });
    const { model, messages } = stage.ask(family);
    const question = { model, messages: [...messages] };
    const { choices } = await openai()
      .chat.completions.stream({ ...question, tools })
      .finalChatCompletion();
    const called = CALLS.map(({ id, name, input }) => ({ id, function: { name, arguments: JSON.stringify(input) } }));
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { role: 'assistant', tool_calls: called },
    });
    // As its user sends it back.
    const results = CALLS.map(({ id }) => ({ role: 'tool' as const, tool_call_id: id, content: 'rain' }));
    stage.vendor(family).next({ says: { text: 'It rains.' } });
    await openai().chat.completions.create({
      model,
      messages: [...messages, ...choices.map(({ message }) => message), ...results],
      tools,
    });
    const { states, calls } = stage.seen(family);
    expect(calls).toEqual(CALLS);
    expect(states.filter((sent) => sent === state)).toEqual(FAMILIES[family].state === null ? [] : [state]);
  },
);

it.each(FAMILY_NAMES)('on %s: it runs its tools and asks again with what they gave', async (family) => {
  stage.vendor(family).next({ says: { calls: CALLS } }, { says: { text: 'It rains in both.' } });
  const { model, messages } = stage.ask(family);
  const run = (input: string) => `rain for ${input}`;
  const definition = { name: 'weather', description: 'Tells it', parameters: { type: 'object', properties: {} } };
  const runner = openai().chat.completions.runTools({
    model,
    messages: [...messages],
    tools: [{ type: 'function', function: { ...definition, function: run } }],
  });
  expect(await runner.finalContent()).toBe('It rains in both.');
  expect(stage.seen(family).results).toEqual(
    CALLS.map(({ id, input }) => ({ id, text: `rain for ${JSON.stringify(input)}` })),
  );
});

it('lists the models of every family, and looks each up', async () => {
  const listed = (await collected(openai().models.list())).map(({ id }) => id);
  for (const family of ['groq', 'openai by chat', 'anthropic', 'gemini'] as const) {
    const { model } = FAMILIES[family];
    expect(listed).toContain(model);
    expect(await openai().models.retrieve(model)).toMatchObject({ id: model, object: 'model' });
  }
  await expect(openai().models.retrieve('nothing/like-it')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
});

it('is told how long to wait before it asks again', async () => {
  stage.vendor('gemini').next({ fails: 'rate limited' });
  const failure = await failureOf(openai().chat.completions.create(chatBody(stage.ask('gemini'))));
  stage.families.waitForVendor();
  if (!(failure instanceof OpenAI.APIError)) throw failure;
  expect(Number(failure.headers?.get('retry-after-ms'))).toBeGreaterThan(1_000);
  expect(failure.headers?.get('retry-after')).toBe(String(WAIT_SECONDS));
  expect(failure.headers?.get('x-should-retry')).toBeNull();
});
