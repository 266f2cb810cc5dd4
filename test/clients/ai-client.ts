// The AI SDK as a client: `generateText` and `streamText`, by whichever of its providers. It retries by itself, by status alone.

import {
  APICallError,
  generateText,
  jsonSchema,
  type LanguageModel,
  type LanguageModelUsage,
  type ModelMessage,
  Output,
  StreamProviderError,
  streamText,
  type ToolSet,
  tool,
} from 'ai';
import { isObject, type Json, objectAt, parsedJson, stringAt } from '../../src/core/json.ts';
import type { Client, Failed, Heard, Question } from './client.ts';
import type { Call } from './speech.ts';

type ProviderOptions = NonNullable<Parameters<typeof generateText>[0]['providerOptions']>;

export class AiClient implements Client<ModelMessage> {
  readonly #modelOf: (name: string) => LanguageModel;
  readonly #retries: number;
  readonly #providerOptions: ProviderOptions;

  constructor(modelOf: (name: string) => LanguageModel, retries: number, providerOptions: ProviderOptions = {}) {
    this.#modelOf = modelOf;
    this.#retries = retries;
    this.#providerOptions = providerOptions;
  }

  user(text: string, image?: string): ModelMessage {
    if (image === undefined) return { role: 'user', content: text };
    return {
      role: 'user',
      content: [
        { type: 'text', text },
        { type: 'file', data: image, mediaType: 'image/png' },
      ],
    };
  }

  results(calls: readonly Call[], texts: readonly string[]): ModelMessage[] {
    const content = calls.map(({ id: toolCallId, name: toolName }, index) => ({
      type: 'tool-result' as const,
      toolCallId,
      toolName,
      output: { type: 'text' as const, value: texts[index] ?? '' },
    }));
    return [{ role: 'tool', content }];
  }

  async whole(question: Question<ModelMessage>): Promise<Heard<ModelMessage>> {
    const result = await generateText(this.#asked(question));
    const { text, reasoningText, toolCalls, finishReason, usage, response } = result;
    const heard = {
      text,
      reasoning: reasoningText ?? '',
      calls: toolCalls.map(callOf),
      finish: finishOf(finishReason),
    };
    return { ...heard, usage: usageOf(usage), said: response.messages, requestId: requestIdIn(response.headers) };
  }

  async stream(question: Question<ModelMessage>): Promise<Heard<ModelMessage>> {
    const failures: unknown[] = [];
    const onError = ({ error }: { readonly error: unknown }) => void failures.push(error);
    const result = streamText({ ...this.#asked(question), onError });
    for await (const part of result.stream) {
      if (part.type === 'text-delta' && part.text !== '') question.onText?.();
      if (part.type === 'abort') throw new Error('It was aborted');
    }
    if (failures.length > 0) throw failures[0];
    const { headers, messages } = await result.response;
    return {
      text: await result.text,
      reasoning: (await result.reasoningText) ?? '',
      calls: (await result.toolCalls).map(callOf),
      finish: finishOf(await result.finishReason),
      usage: usageOf(await result.usage),
      said: messages,
      requestId: requestIdIn(headers),
    };
  }

  #asked({ model, messages, tools, schema, maxTokens, temperature, signal }: Question<ModelMessage>) {
    return {
      model: this.#modelOf(model),
      messages: [...messages],
      maxRetries: this.#retries,
      providerOptions: this.#providerOptions,
      ...(tools && { tools: toolSet(tools) }),
      ...(schema && { output: Output.object({ schema: jsonSchema({ ...schema }) }) }),
      ...(maxTokens !== undefined && { maxOutputTokens: maxTokens }),
      ...(temperature !== undefined && { temperature }),
      ...(signal && { abortSignal: signal }),
    };
  }
}

function toolSet(tools: NonNullable<Question<ModelMessage>['tools']>): ToolSet {
  return Object.fromEntries(
    tools.map(({ name, parameters }) => [name, tool({ inputSchema: jsonSchema({ ...parameters }) })]),
  );
}

function callOf(call: { readonly toolCallId: string; readonly toolName: string; readonly input: unknown }): Call {
  const { toolCallId: id, toolName: name, input } = call;
  if (!isObject(input)) throw new Error('The input of a call is no object');
  return { id, name, input };
}

function finishOf(reason: string): Heard<ModelMessage>['finish'] {
  if (reason === 'tool-calls') return 'tool_calls';
  return reason === 'stop' || reason === 'length' ? reason : null;
}

function usageOf({ inputTokens, outputTokens, inputTokenDetails, outputTokenDetails }: LanguageModelUsage) {
  return {
    input: inputTokens,
    output: outputTokens,
    cached: inputTokenDetails.cacheReadTokens,
    reasoning: outputTokenDetails.reasoningTokens,
  };
}

function requestIdIn(headers: Readonly<Record<string, string>> | undefined): string | null {
  return headers?.['x-request-id'] ?? null;
}

export function aiFailed(error: unknown): Failed {
  if (!(error instanceof Error)) throw new Error(`Thrown was ${JSON.stringify(error)}`);
  if (StreamProviderError.isInstance(error))
    return { is: error.name, status: null, code: typeof error.code === 'string' ? error.code : null };
  if (!APICallError.isInstance(error)) throw error;
  const { name: is, statusCode = null, responseBody = '' } = error;
  return { is, status: statusCode, code: codeIn(parsedJson(responseBody)) };
}

function codeIn(body: Json): string | null {
  const error = objectAt(body, 'error') ?? undefined;
  return stringAt(error, 'code') ?? stringAt(objectAt(error, 'details') ?? undefined, 'error_code');
}
