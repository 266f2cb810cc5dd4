// A request in the words of the Chat Completions dialect. Every message is built anew from our own words, so no property that a
// vendor does not know can slip in with a message that another vendor's client made.

import type { Json, JsonObject } from '../core/json.ts';
import type {
  AnswerPart,
  FittedRequest,
  Message,
  ResponseFormat,
  Tool,
  ToolChoice,
  UserMessage,
} from '../core/request.ts';
import type { Warning } from '../core/response.ts';
import type { ChatDialect } from './openai-chat-dialect.ts';

export interface ChatBody {
  readonly body: JsonObject;
  readonly warnings: readonly Warning[];
}

export function chatBody(request: FittedRequest, model: string, stream: boolean, dialect: ChatDialect): ChatBody {
  const { tools, toolChoice, stop } = request;
  const adapted = dialect.adapt(request, model);
  const options = optionsOf(request, dialect);
  const body = {
    model,
    messages: messagesOf(request, dialect.reasoningField),
    temperature: request.temperature,
    [dialect.maxTokensField]: request.maxTokens,
    top_p: request.topP,
    seed: request.seed,
    stop: stop.length === 0 ? null : stop,
    tools: tools.length === 0 ? null : tools.map(toolOf),
    // Without tools `auto` and `none` say nothing, and are refused by some.
    tool_choice: tools.length === 0 && (toolChoice === 'auto' || toolChoice === 'none') ? null : choiceOf(toolChoice),
    parallel_tool_calls: tools.length === 0 ? null : request.parallelToolCalls,
    response_format: formatOf(request.responseFormat),
    reasoning_effort: request.reasoningEffort,
    service_tier: request.serviceTier,
    stream,
    stream_options: stream ? { include_usage: true } : null,
    ...adapted.fields,
    ...options.fields,
  };
  return { body: withoutAbsent(body), warnings: [...adapted.warnings, ...options.warnings] };
}

function optionsOf({ providerOptions }: FittedRequest, { id, vendor, optionFields }: ChatDialect) {
  const fields: Record<string, Json | undefined> = {};
  const warnings: Warning[] = [];
  for (const [name, value] of Object.entries(providerOptions[id] ?? {})) {
    if (optionFields.has(name)) fields[name] = value;
    else warnings.push(leftOut(`providerOptions.${id}.${name}`, `is not passed on to ${vendor}`));
  }
  return { fields, warnings };
}

/** A knob that was left out. */
export function leftOut(knob: string, why: string): Warning {
  return { code: 'unsupported_parameter', message: `${knob} ${why}` };
}

function messagesOf({ systemPrompt, messages }: FittedRequest, reasoningField: string | null): readonly JsonObject[] {
  const translated = messages.map((message) => messageOf(message, reasoningField));
  return systemPrompt === null ? translated : [{ role: 'system', content: systemPrompt }, ...translated];
}

function messageOf(message: Message, reasoningField: string | null): JsonObject {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.content };
    case 'user':
      return { role: 'user', content: userContent(message) };
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: message.content };
    case 'assistant':
      return typeof message.content === 'string'
        ? { role: 'assistant', content: message.content }
        : assistantMessage(message.content, reasoningField);
  }
}

function userContent({ content }: UserMessage): Json {
  if (typeof content === 'string') return content;
  return content.map((part) => {
    if (part.type === 'text') return { type: 'text', text: part.text };
    const { url, detail } = part;
    return { type: 'image_url', image_url: { url, ...(detail !== undefined && { detail }) } };
  });
}

/** The content is left out beside tool calls where there is none, as the vendors themselves do. */
function assistantMessage(parts: readonly AnswerPart[], reasoningField: string | null): JsonObject {
  const text = parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const reasoning = parts.map((part) => (part.type === 'reasoning' ? part.text : '')).join('');
  const calls = parts.filter((part) => part.type === 'tool-call');
  return {
    role: 'assistant',
    ...((text !== '' || calls.length === 0) && { content: text }),
    ...(reasoningField !== null && reasoning !== '' && { [reasoningField]: reasoning }),
    ...(calls.length > 0 && {
      tool_calls: calls.map(({ toolCallId, name, argumentsText }) => ({
        id: toolCallId,
        type: 'function',
        function: { name, arguments: argumentsText },
      })),
    }),
  };
}

function toolOf({ name, description, parameters, strict }: Tool): JsonObject {
  return { type: 'function', function: withoutAbsent({ name, description, parameters, strict }) };
}

function choiceOf(choice: ToolChoice | null): Json {
  return choice === null || typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } };
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

/** Absent fields stay absent: a null means something else to some vendors. */
export function withoutAbsent(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}
