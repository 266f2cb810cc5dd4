// A request in the words of the Chat Completions dialect. Every message is built anew from our own words, so no property that a
// vendor does not know can slip in with a message that another vendor's client made.

import { arrayAt, type Json, type JsonObject, objectAt } from '../../core/json.ts';
import { mediaOf } from '../../core/media.ts';
import type {
  AnswerPart,
  FittedRequest,
  Message,
  ResponseFormat,
  Tool,
  UserMessage,
  UserPart,
} from '../../core/request.ts';
import type { Warning } from '../../core/response.ts';
import { isAddress, refusedMedia, resultText, withImagesBehind } from '../media.ts';
import { optionsOf, tierOf, withoutAbsent } from '../options.ts';
import { broughtBack } from '../reasoning-state.ts';
import type { Adaptation, ChatDialect } from './dialect.ts';

export interface ChatBody {
  readonly body: JsonObject;
  readonly warnings: readonly Warning[];
}

export function chatBody(asked: FittedRequest, model: string, stream: boolean, dialect: ChatDialect): ChatBody {
  const adapted = dialect.adapt(asked, model);
  const request = adapted.request ?? asked;
  refuseAddresses(request, model, dialect);
  const { tools, stop } = request;
  const tier = tierOf(request.serviceTier, dialect);
  const options = optionsOf(request, dialect);
  const said = {
    model,
    messages: messagesOf(request, dialect, adapted),
    temperature: request.temperature,
    [dialect.maxTokensField]: request.maxTokens,
    top_p: request.topP,
    [dialect.seedField ?? 'seed']: request.seed,
    stop: stop.length === 0 ? null : stop,
    tools: tools.length === 0 ? null : tools.map(toolOf),
    tool_choice: choiceOf(request, dialect.requiredWord ?? 'required'),
    parallel_tool_calls: tools.length === 0 ? null : request.parallelToolCalls,
    response_format: formatOf(request.responseFormat),
    reasoning_effort: request.reasoningEffort,
    service_tier: tier.sent,
    stream,
  };
  const body = {
    stream_options: stream && dialect.asksStreamUsage !== false ? { include_usage: true } : null,
    ...dialect.fields,
    ...withoutAbsent(said),
    ...adapted.fields,
    ...options.fields,
  };
  return { body: withoutAbsent(body), warnings: [...adapted.warnings, ...tier.warnings, ...options.warnings] };
}

/** A picture's is refused where the vendor says that it lacks them. */
function refuseAddresses({ messages }: FittedRequest, model: string, { id, vendor, fileUrls }: ChatDialect): void {
  if (fileUrls === true) return;
  const media = messages.flatMap(mediaOf);
  if (!media.some((part) => part.type === 'file' && isAddress(part.url))) return;
  throw refusedMedia(`${vendor} fetches no documents`, 'send the PDF as a data: URL', id, model);
}

function messagesOf(
  { systemPrompt, messages }: FittedRequest,
  facts: ChatDialect,
  { systemRole: role = 'system' }: Adaptation,
): readonly JsonObject[] {
  const translated = withImagesBehind(messages).map((message) => messageOf(message, facts, role));
  return systemPrompt === null ? translated : [{ role, content: systemPrompt }, ...translated];
}

function messageOf(message: Message, facts: ChatDialect, systemRole: string): JsonObject {
  switch (message.role) {
    case 'system':
      return { role: systemRole, content: message.content };
    case 'user':
      return { role: 'user', content: userContent(message) };
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: resultText(message) };
    case 'assistant':
      return typeof message.content === 'string'
        ? { role: 'assistant', content: message.content }
        : assistantMessage(message.content, facts);
  }
}

function userContent({ content }: UserMessage): Json {
  if (typeof content === 'string') return content;
  return content.map(contentPart);
}

function contentPart(part: UserPart): JsonObject {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'image': {
      const { url, detail } = part;
      return { type: 'image_url', image_url: { url, ...(detail !== undefined && { detail }) } };
    }
    case 'file':
      // Without a name OpenAI refuses it.
      return { type: 'file', file: { filename: part.filename ?? 'document.pdf', file_data: part.url } };
    case 'audio':
      return { type: 'input_audio', input_audio: { data: part.data, format: part.format } };
  }
}

/** The content is left out beside tool calls where there is none, as the vendors themselves do. */
function assistantMessage(
  parts: readonly AnswerPart[],
  { id, reasoningField, reasoningBesideCalls, reasoningStateField }: ChatDialect,
): JsonObject {
  const text = parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const reasoning = parts.map((part) => (part.type === 'reasoning' ? part.text : '')).join('');
  const calls = parts.filter((part) => part.type === 'tool-call');
  const state =
    reasoningStateField === undefined ? [] : parts.flatMap((part) => stateIn(part, id, reasoningStateField));
  const sendsReasoning = reasoning !== '' || (reasoningBesideCalls === true && calls.length > 0);
  return {
    role: 'assistant',
    ...((text !== '' || calls.length === 0) && { content: text }),
    ...(state.length > 0 && reasoningStateField !== undefined && { [reasoningStateField]: state }),
    ...(state.length === 0 && reasoningField !== null && sendsReasoning && { [reasoningField]: reasoning }),
    ...(calls.length > 0 && {
      tool_calls: calls.map(({ toolCallId, name, argumentsText }) => ({
        id: toolCallId,
        type: 'function',
        function: { name, arguments: argumentsText },
      })),
    }),
  };
}

/** What this provider gave as the state of a reasoning; that of another one means nothing to it. */
function stateIn(part: AnswerPart, provider: string, field: string): readonly Json[] {
  if (part.type !== 'reasoning') return [];
  return broughtBack(arrayAt(objectAt(part.providerData, provider) ?? undefined, field) ?? []);
}

function toolOf({ name, description, parameters, strict }: Tool): JsonObject {
  return { type: 'function', function: withoutAbsent({ name, description, parameters, strict }) };
}

function choiceOf({ tools, toolChoice }: FittedRequest, requiredWord: string): Json {
  if (toolChoice === 'required') return requiredWord;
  // Without tools `auto` and `none` say nothing, and are refused by some.
  if (toolChoice === null || typeof toolChoice === 'string') return tools.length === 0 ? null : toolChoice;
  return { type: 'function', function: { name: toolChoice.name } };
}

function formatOf(format: ResponseFormat): Json {
  switch (format.type) {
    case 'text':
      return null;
    case 'json':
      return { type: 'json_object' };
    case 'json-schema': {
      const { name, description, schema, strict } = format;
      return { type: 'json_schema', json_schema: withoutAbsent({ name, description, schema, strict }) };
    }
  }
}
