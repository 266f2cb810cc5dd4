// What the mock vendor answers, in Groq's own wire form as recorded in 2026: `x_groq`, usage on the finish chunk, the whole tool
// call in one delta, floats of seconds. One word is one token, in prompt and answer, and `max_completion_tokens` is honoured.

import { arrayAt, isObject, type Json, type JsonObject, numberAt, objectAt, stringAt } from '../../src/core/json.ts';

/** What the model says. Default: an echo of the last user message. */
export interface Says {
  readonly text?: string;
  readonly reasoning?: string;
  readonly toolCalls?: readonly { readonly name: string; readonly argumentsText: string }[];
  readonly finishReason?: string;
  /** Stands in for the true usage: null for none at all, or figures to replace true ones. What is billed stays true. */
  readonly usage?: JsonObject | null;
}

export interface Billed {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export interface GroqAnswer {
  readonly billed: Billed;
  readonly whole: JsonObject;
  /** Events of the stream, `data: …` with their blank line; the last is `[DONE]`. */
  readonly events: readonly string[];
}

export function answerTo(request: JsonObject, says: Says, serial: number): GroqAnswer {
  const limit =
    numberAt(request, 'max_completion_tokens') ?? numberAt(request, 'max_tokens') ?? Number.POSITIVE_INFINITY;
  const reasoning = wordsOf(says.reasoning ?? '').slice(0, limit);
  const toolCalls = (says.toolCalls ?? requiredCall(request)).map((call, index) => toolCall(call, index, serial));
  const fullText = wordsOf(says.text ?? (toolCalls.length > 0 ? '' : echoOf(request)));
  const text = fullText.slice(0, limit - reasoning.length);
  const callTokens = toolCalls.reduce((sum, call) => sum + wordsOf(call.function.arguments).length, 0);
  const completionTokens = Math.min(limit, reasoning.length + text.length + callTokens);
  const billed = { promptTokens: promptTokensOf(request), completionTokens };
  const isCut = text.length < fullText.length || reasoning.length === limit;
  const finishReason = says.finishReason ?? (isCut ? 'length' : toolCalls.length > 0 ? 'tool_calls' : 'stop');
  const usage = says.usage === null ? null : { ...usageOf(billed, reasoning.length), ...says.usage };
  const head = {
    id: `chatcmpl-mock-${serial}`,
    created: Math.floor(Date.now() / 1000),
    model: stringAt(request, 'model') ?? 'unknown',
  };
  const said = { reasoning, text, toolCalls, finishReason, usage, requestId: `req_mock${serial}` };
  return { billed, whole: wholeOf(head, said), events: eventsOf(head, said, asksForUsage(request)) };
}

export function sseEvent(data: JsonObject, name?: string): string {
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
}

interface Head {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

interface Said {
  readonly reasoning: readonly string[];
  readonly text: readonly string[];
  readonly toolCalls: readonly ReturnType<typeof toolCall>[];
  readonly finishReason: string;
  readonly usage: JsonObject | null;
  readonly requestId: string;
}

function wholeOf(
  { id, created, model }: Head,
  { reasoning, text, toolCalls, finishReason, usage, requestId }: Said,
): JsonObject {
  const message = {
    role: 'assistant',
    // With tool calls Groq leaves the key out, it isn't null.
    ...(toolCalls.length === 0 && { content: text.join('') }),
    ...(reasoning.length > 0 && { reasoning: reasoning.join('') }),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls.map(({ index: _, ...call }) => call) }),
  };
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason }],
    ...(usage !== null && { usage }),
    usage_breakdown: null,
    system_fingerprint: 'fp_mock',
    x_groq: { id: requestId, seed: 1 },
    service_tier: 'on_demand',
  };
}

function eventsOf({ id, created, model }: Head, said: Said, usageChunk: boolean): string[] {
  const head = { id, object: 'chat.completion.chunk', created, model, system_fingerprint: 'fp_mock' };
  const chunk = (delta: JsonObject, finishReason: string | null = null, more: JsonObject = {}) =>
    sseEvent({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }], ...more });
  const { requestId, usage } = said;
  const told = usage !== null && { usage };
  return [
    chunk({ role: 'assistant', content: said.toolCalls.length > 0 ? null : '' }, null, {
      x_groq: { id: requestId, seed: 1 },
    }),
    ...said.reasoning.map((reasoning) => chunk({ reasoning, channel: 'analysis' })),
    ...said.text.map((content) => chunk({ content })),
    ...said.toolCalls.map((call) => chunk({ tool_calls: [call] })),
    chunk({}, said.finishReason, { x_groq: { id: requestId, ...told }, ...told }),
    ...(usageChunk ? [sseEvent({ ...head, choices: [], ...told, service_tier: 'on_demand' })] : []),
    'data: [DONE]\n\n',
  ];
}

function toolCall({ name, argumentsText }: { name: string; argumentsText: string }, index: number, serial: number) {
  return {
    id: `fc_mock-${serial}-${index}`,
    type: 'function',
    function: { name, arguments: argumentsText },
    index,
  } as const;
}

function usageOf({ promptTokens, completionTokens }: Billed, reasoningTokens: number): JsonObject {
  return {
    queue_time: 0.001,
    prompt_tokens: promptTokens,
    prompt_time: 0.002,
    completion_tokens: completionTokens,
    completion_time: 0.003,
    total_tokens: promptTokens + completionTokens,
    total_time: 0.005,
    ...(reasoningTokens > 0 && { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  };
}

function wordsOf(text: string): string[] {
  return text.match(/\s*\S+|\s+$/gu) ?? [];
}

function messageText(message: Json): string {
  const content = isObject(message) ? message['content'] : null;
  if (typeof content === 'string') return content;
  const parts = arrayAt(message, 'content') ?? [];
  return parts.map((part) => stringAt(part, 'text') ?? '').join(' ');
}

function promptTokensOf(request: JsonObject): number {
  const messages = arrayAt(request, 'messages') ?? [];
  return messages.reduce<number>((sum, message) => sum + 3 + wordsOf(messageText(message)).length, 0);
}

function echoOf(request: JsonObject): string {
  const messages = arrayAt(request, 'messages') ?? [];
  const last = messages.findLast((message) => stringAt(message, 'role') === 'user');
  const text = `You said: ${last === undefined ? '' : messageText(last)}`;
  const format = stringAt(objectAt(request, 'response_format') ?? undefined, 'type');
  return format === null || format === 'text' ? text : JSON.stringify({ echo: text });
}

/** With `tool_choice: required` the first tool is called, without arguments. */
function requiredCall(request: JsonObject): { name: string; argumentsText: string }[] {
  if (request['tool_choice'] !== 'required') return [];
  const [tool] = arrayAt(request, 'tools') ?? [];
  const name = stringAt(objectAt(tool, 'function') ?? undefined, 'name');
  return name === null ? [] : [{ name, argumentsText: '{}' }];
}

function asksForUsage(request: JsonObject): boolean {
  return objectAt(request, 'stream_options')?.['include_usage'] === true;
}
