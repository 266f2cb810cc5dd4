// LangChain's ChatOpenAI, by either of OpenAI's APIs: `invoke`, `stream`, `bindTools`, `withStructuredOutput`. It retries by itself.

import {
  type AIMessage,
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  ToolMessage,
} from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isObject } from '../../src/core/json.ts';
import type { Client, ClientKind, Heard, Question } from './client.ts';
import { FAMILIES, FAMILY_NAMES } from './families.ts';
import { failedByOpenAi, GENERATED_CLASSES } from './sdk-errors.ts';
import type { Call } from './speech.ts';
import { Backdrop } from './stage.ts';
import { tellStories } from './stories.ts';

interface Account {
  readonly url: string;
  readonly key: string;
  readonly retries: number;
  readonly useResponsesApi: boolean;
}

function chatOf({ url, key, retries, useResponsesApi }: Account, model: string, more: object = {}): ChatOpenAI {
  const configuration = { baseURL: `${url}/v1` };
  return new ChatOpenAI({ model, apiKey: key, configuration, maxRetries: retries, useResponsesApi, ...more });
}

class LangChainClient implements Client<BaseMessage> {
  readonly #account: Account;

  constructor(account: Account) {
    this.#account = account;
  }

  user(text: string, image?: string): BaseMessage {
    if (image === undefined) return new HumanMessage(text);
    return new HumanMessage({
      content: [
        { type: 'text', text },
        { type: 'image_url', image_url: { url: image } },
      ],
    });
  }

  results(calls: readonly Call[], texts: readonly string[]): BaseMessage[] {
    return calls.map(({ id, name }, index) => new ToolMessage({ tool_call_id: id, name, content: texts[index] ?? '' }));
  }

  async whole(question: Question<BaseMessage>): Promise<Heard<BaseMessage>> {
    const { runnable, options } = this.#asked(question);
    return heardIn(await runnable.invoke([...question.messages], options));
  }

  async stream(question: Question<BaseMessage>): Promise<Heard<BaseMessage>> {
    const { runnable, options } = this.#asked(question);
    let message: AIMessageChunk | null = null;
    for await (const chunk of await runnable.stream([...question.messages], options)) {
      if (chunk.text !== '') question.onText?.();
      message = message === null ? chunk : message.concat(chunk);
    }
    if (message === null) throw new Error('The stream had nothing');
    return heardIn(message);
  }

  #asked({ model, tools, schema, maxTokens, temperature, signal }: Question<BaseMessage>) {
    const chat = chatOf(this.#account, model, {
      ...(maxTokens !== undefined && { maxTokens }),
      ...(temperature !== undefined && { temperature }),
    });
    const definitions = (tools ?? []).map(({ name, parameters }) => ({
      type: 'function' as const,
      function: { name, parameters: { ...parameters } },
    }));
    const runnable = definitions.length === 0 ? chat : chat.bindTools(definitions);
    const format = schema && {
      response_format: {
        type: 'json_schema' as const,
        json_schema: { name: 'answer', schema: { ...schema }, strict: true },
      },
    };
    return { runnable, options: { ...(signal && { signal }), ...format } };
  }
}

const metadata = z.looseObject({ finish_reason: z.string().optional(), status: z.string().optional() });

function heardIn(message: AIMessage | AIMessageChunk): Heard<BaseMessage> {
  const calls = (message.tool_calls ?? []).map(({ id = '', name, args }) => {
    if (!isObject(args)) throw new Error('The arguments of a call are no object');
    return { id, name, input: args };
  });
  const usage = usageSchema.parse(message.usage_metadata);
  return {
    text: message.text,
    reasoning: reasoningIn(message),
    calls,
    finish: finishOf(metadata.parse(message.response_metadata), calls.length),
    usage: {
      input: usage.input_tokens,
      output: usage.output_tokens,
      cached: usage.input_token_details?.cache_read,
      reasoning: usage.output_token_details?.reasoning,
    },
    said: [message],
    requestId: null,
  };
}

const usageSchema = z.looseObject({
  input_tokens: z.number(),
  output_tokens: z.number(),
  input_token_details: z.looseObject({ cache_read: z.number().optional() }).optional(),
  output_token_details: z.looseObject({ reasoning: z.number().optional() }).optional(),
});

const blocks = z.array(z.looseObject({ type: z.string(), reasoning: z.string().optional() }));
const thoughts = z.looseObject({ reasoning_content: z.string().optional() });

/** By Responses among the blocks of the content, by Chat Completions beside it. */
function reasoningIn({ contentBlocks, additional_kwargs: more }: AIMessage | AIMessageChunk): string {
  const told = blocks.parse(contentBlocks).filter(({ type }) => type === 'reasoning');
  return told.map(({ reasoning = '' }) => reasoning).join('') || (thoughts.parse(more).reasoning_content ?? '');
}

function finishOf(
  { finish_reason: reason, status }: z.infer<typeof metadata>,
  calls: number,
): Heard<unknown>['finish'] {
  if (reason === 'stop' || reason === 'length' || reason === 'tool_calls') return reason;
  if (status === 'incomplete') return 'length';
  return status === 'completed' ? (calls > 0 ? 'tool_calls' : 'stop') : null;
}

const kindOf = (useResponsesApi: boolean): ClientKind<BaseMessage> => ({
  name: `\`@langchain/openai\`, ${useResponsesApi ? 'Responses' : 'Chat Completions'}`,
  connect: (account) => new LangChainClient({ ...account, useResponsesApi }),
  reads: ['input', 'output', 'cached', 'reasoning'],
  readsReasoning: true,
  readsRequestId: false,
  obeysShouldRetry: false,
  readsStreamCode: true,
  schemaTool: () => null,
  // By Chat Completions it keeps the text and the calls of a message alone.
  carries: () => useResponsesApi,
  failed: failedByOpenAi,
  classes: GENERATED_CLASSES,
});

const backdrop = new Backdrop();

describe('ChatOpenAI by Chat Completions', () => {
  const stage = tellStories(kindOf(false), backdrop);

  it.each(FAMILY_NAMES)('on %s: an answer with a structure is asked by its schema', async (family) => {
    stage.vendor(family).next({ says: { text: '{"answer":42}' } });
    const { running, keys } = stage.families;
    const account = { url: running.url, key: keys.alice, retries: 0, useResponsesApi: false };
    const chat = chatOf(account, FAMILIES[family].model).withStructuredOutput(z.object({ answer: z.number() }), {
      method: 'jsonSchema',
    });
    expect(await chat.invoke([...stage.ask(family).messages])).toEqual({ answer: 42 });
    expect(stage.seen(family).format).toMatchObject({ properties: { answer: { type: 'number' } } });
  });
});

describe('ChatOpenAI by Responses', () => {
  tellStories(kindOf(true), backdrop);
});
