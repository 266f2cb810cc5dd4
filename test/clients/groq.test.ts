// groq-sdk: the stories of every client, and what Groq's clients alone look for: usage in `x_groq`, the whole envelope as the error.

import Groq from 'groq-sdk';
import type { ChatCompletionMessageParam as Message } from 'groq-sdk/resources/chat/completions';
import type { CompletionUsage } from 'groq-sdk/resources/completions';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { ChatPieces, chatBody, chatCall, chatFinish, chatResults, chatUsage, chatUser } from './chat-words.ts';
import { type Client, type ClientKind, collected, type Heard, nameOf, type Question } from './client.ts';
import { FAMILIES, FAMILY_NAMES } from './families.ts';
import { GENERATED_CLASSES } from './sdk-errors.ts';
import { tellStories } from './stories.ts';

const envelope = z.looseObject({ error: z.looseObject({ code: z.string() }) });

class GroqClient implements Client<Message> {
  readonly #groq: Groq;
  readonly user = chatUser;
  readonly results = chatResults;

  constructor(groq: Groq) {
    this.#groq = groq;
  }

  async whole({ signal, ...question }: Question<Message>): Promise<Heard<Message>> {
    const asked = this.#groq.chat.completions.create(chatBody(question), { signal: signal ?? null });
    const { data, response } = await asked.withResponse();
    const [choice] = data.choices;
    if (choice === undefined) throw new Error('There is no choice');
    const { message, finish_reason: finish } = choice;
    return {
      text: message.content ?? '',
      reasoning: message.reasoning ?? '',
      calls: (message.tool_calls ?? []).map(chatCall),
      finish: chatFinish(finish),
      usage: chatUsage(data.usage),
      said: [message],
      requestId: response.headers.get('x-request-id'),
    };
  }

  async stream({ signal, onText, ...question }: Question<Message>): Promise<Heard<Message>> {
    const body = { ...chatBody(question), stream: true as const };
    const asked = this.#groq.chat.completions.create(body, { signal: signal ?? null });
    const { data, response } = await asked.withResponse();
    const pieces = new ChatPieces('reasoning');
    let usage: CompletionUsage | undefined;
    for await (const { choices, x_groq: extension } of data) {
      usage = extension?.usage ?? usage;
      // As LangChain's ChatGroq does: it takes the first of each chunk without looking.
      const [choice] = choices;
      if (choice === undefined) throw new Error('There is no choice');
      if (pieces.add(choice)) onText?.();
    }
    return { ...pieces.heard(), usage: chatUsage(usage), requestId: response.headers.get('x-request-id') };
  }
}

const kind: ClientKind<Message> = {
  name: '`groq-sdk`',
  // An origin alone: it puts `/openai/v1` behind it.
  connect: ({ url, key, retries }) => new GroqClient(new Groq({ apiKey: key, baseURL: url, maxRetries: retries })),
  reads: ['input', 'output', 'cached', 'reasoning'],
  readsReasoning: true,
  readsRequestId: true,
  obeysShouldRetry: true,
  readsStreamCode: true,
  schemaTool: () => null,
  carries: () => true,
  failed: (error) => {
    if (!(error instanceof Groq.APIError)) throw error;
    // In a stream it takes the envelope's inside.
    const told: unknown = error.error;
    const parsed = envelope.safeParse(told).data?.error ?? z.looseObject({ code: z.string() }).parse(told);
    return { is: nameOf(error), status: error.status ?? null, code: parsed.code };
  },
  classes: GENERATED_CLASSES,
};

const stage = tellStories(kind);
const groq = () => new Groq({ apiKey: stage.families.keys.alice, baseURL: stage.families.running.url, maxRetries: 0 });

it.each(FAMILY_NAMES)(
  'on %s: an answer has its id in x_groq, and a stream its usage there on the last chunk',
  async (family) => {
    stage.vendor(family).next({ says: { text: 'Whole.' } }, { says: { text: 'In four small words' } });
    const whole = await groq().chat.completions.create(chatBody(stage.ask(family)));
    expect(whole).toMatchObject({ x_groq: { id: whole.id } });
    const stream = await groq().chat.completions.create({ ...chatBody(stage.ask(family)), stream: true });
    const chunks = await collected(stream);
    expect(chunks.every(({ choices }) => choices.length === 1)).toBe(true);
    expect(chunks.at(-1)).toMatchObject({ x_groq: { id: chunks[0]?.id, usage: { total_tokens: 130 } } });
  },
);

it('lists the models of every family, and looks one up', async () => {
  const { data } = await groq().models.list();
  for (const family of ['groq', 'openai by chat', 'anthropic', 'gemini'] as const)
    expect(data.map(({ id }) => id)).toContain(FAMILIES[family].model);
  expect(await groq().models.retrieve(FAMILIES.groq.model)).toMatchObject({ id: FAMILIES.groq.model });
});
