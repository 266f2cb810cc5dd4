// The native API's requests in our words, and its streams. What comes in is strict: an unknown field is refused by name. The last
// event of a stream is the whole answer without its text.

import { z } from 'zod';
import { answerEndJson, type ChatRequest, type LLMError, type LLMRequest, type StreamEvent } from '../index.ts';
import { errorBody } from './errors.ts';
import {
  nativeMessage,
  responseFormat,
  stop,
  toNativeMessage,
  tool,
  toolChoice,
  toolResults,
  toResponseFormat,
  toTool,
  toToolChoice,
  toToolResult,
  toUserContent,
  userContent,
} from './messages-wire.ts';
import { jsonObject } from './schema.ts';
import type { StreamEncoder } from './sse.ts';

export const nativeRequest = z.strictObject({
  messages: z.array(nativeMessage),
  system_prompt: z.string().optional(),
  model: z.string().optional().describe('A route, a whole model name, or provider/model; default: the configured one'),
  temperature: z.number().optional().describe('0 to 2'),
  max_tokens: z.number().optional().describe('Of the answer, reasoning included'),
  top_p: z.number().optional().describe('0 to 1'),
  seed: z.number().optional(),
  stop: stop.optional().describe('At most 4'),
  tools: z.array(tool).optional(),
  tool_choice: toolChoice.optional(),
  parallel_tool_calls: z.boolean().optional(),
  response_format: responseFormat.optional(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high']).optional(),
  stream: z.boolean().optional(),
  cache: z.enum(['use', 'refresh', 'off']).optional(),
  user_id: z.string().optional().describe('Whose windows are drawn on'),
  tags: z.record(z.string(), z.string()).optional().describe('At most 16, for usage reports'),
});

/** The same, but for its messages: one, and the conversation that has the others. */
export const nativeChat = nativeRequest.omit({ messages: true }).extend({
  message: userContent.optional().describe('What the user says; may be left out beside tool_results'),
  tool_results: toolResults.optional().describe('Of the tools that the last answer called: all of them'),
  prompt: z.string().optional().describe('The prompt that answers, with the conversation as its history'),
  variables: jsonObject.optional().describe('Of that prompt'),
  conversation_id: z.string().optional().describe('Left out: a new one begins'),
  conversation_version: z
    .number()
    .optional()
    .describe('What the client has seen of it; has another come since, that is 409 conversation_changed'),
});

export function fromNative(body: z.infer<typeof nativeRequest>, cacheOfHeader: LLMRequest['cache']): LLMRequest {
  return { messages: body.messages.map(toNativeMessage), ...optionsIn(body, cacheOfHeader) };
}

export function fromChat(body: z.infer<typeof nativeChat>, cacheOfHeader: LLMRequest['cache']): ChatRequest {
  const { message: said, tool_results: results, prompt, variables } = body;
  const { conversation_id: conversationId, conversation_version: conversationVersion } = body;
  return {
    ...(said !== undefined && { message: toUserContent(said) }),
    ...(results !== undefined && { toolResults: results.map(toToolResult) }),
    ...(prompt !== undefined && { prompt }),
    ...(variables !== undefined && { variables }),
    ...(conversationId !== undefined && { conversationId }),
    ...(conversationVersion !== undefined && { conversationVersion }),
    ...optionsIn(body, cacheOfHeader),
  };
}

function optionsIn(
  body: Omit<z.infer<typeof nativeRequest>, 'messages'>,
  cacheOfHeader: LLMRequest['cache'],
): Omit<LLMRequest, 'messages'> {
  const cache = body.cache ?? cacheOfHeader;
  return {
    ...(body.system_prompt !== undefined && { systemPrompt: body.system_prompt }),
    ...(body.model !== undefined && { model: body.model }),
    ...(body.temperature !== undefined && { temperature: body.temperature }),
    ...(body.max_tokens !== undefined && { maxTokens: body.max_tokens }),
    ...(body.top_p !== undefined && { topP: body.top_p }),
    ...(body.seed !== undefined && { seed: body.seed }),
    ...(body.stop !== undefined && { stop: [body.stop].flat() }),
    ...(body.tools !== undefined && { tools: body.tools.map(toTool) }),
    ...(body.tool_choice !== undefined && { toolChoice: toToolChoice(body.tool_choice) }),
    ...(body.parallel_tool_calls !== undefined && { parallelToolCalls: body.parallel_tool_calls }),
    ...(body.response_format !== undefined && { responseFormat: toResponseFormat(body.response_format) }),
    ...(body.reasoning_effort !== undefined && { reasoningEffort: body.reasoning_effort }),
    ...(body.user_id !== undefined && { userId: body.user_id }),
    ...(body.tags !== undefined && { tags: body.tags }),
    ...(cache !== undefined && { cache }),
  };
}

/** Each event has a name, and a number from 1 on: what `Last-Event-ID` will take. A chat tells at once where it is kept. */
export function nativeStream(generationId: string, conversationId: string | null = null): StreamEncoder {
  const place = conversationId === null ? {} : { conversation_id: conversationId };
  return {
    event(event, position) {
      const data = dataOf(event, place);
      return data === null ? '' : frame(event.type, position, data);
    },
    end: (response, position) =>
      frame('response-end', position, JSON.stringify({ type: 'response-end', ...answerEndJson(response) })),
    error: (error, requestId, position) => frame('error', position, errorData(error, requestId, generationId, place)),
  };
}

/** JSON text has no line end in it, names and numbers are ours: no value can begin a field of its own. */
function frame(name: string, position: number, data: string): string {
  return `event: ${name}\nid: ${position}\ndata: ${data}\n\n`;
}

function errorData(error: LLMError, requestId: string, generationId: string, place: object): string {
  const body = errorBody(error, { requestId, dialect: 'native', generationId });
  return JSON.stringify({ type: 'error', ...body, ...place });
}

function dataOf(event: StreamEvent, place: object): string | null {
  switch (event.type) {
    case 'text-delta':
    case 'reasoning-delta':
      return `{"type":"${event.type}","text":${JSON.stringify(event.text)}}`;
    case 'response-start': {
      const { type, id, generationId: generation_id, provider, model, cached, shared } = event;
      return JSON.stringify({ type, id, generation_id, ...place, model, provider, cached, shared });
    }
    case 'data-draft':
      return JSON.stringify({ type: event.type, data: event.data });
    case 'reasoning-end':
      return JSON.stringify({ type: event.type, ...stateOf(event.providerData) });
    case 'tool-call-start':
      return JSON.stringify({ type: event.type, tool_call_id: event.toolCallId, name: event.name });
    case 'tool-call-delta':
      return JSON.stringify({ type: event.type, tool_call_id: event.toolCallId, arguments: event.argumentsText });
    case 'tool-call-end':
      return JSON.stringify({ type: event.type, tool_call_id: event.toolCallId, ...stateOf(event.providerData) });
    // Nobody can ask for embeddings here.
    case 'embedding':
    case 'response-end':
    case 'error':
      return null;
  }
}

function stateOf(providerData: object | undefined): object {
  return providerData === undefined ? {} : { provider_data: providerData };
}
