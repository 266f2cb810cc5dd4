// Recorded requests of four APIs as our requests, as far as text goes. Null for one with parts that we don't send (files,
// pictures, a vendor's own tools): what these add to a prompt is no matter of counting.

import { arrayAt, isObject, type Json, type JsonObject, objectAt, stringAt } from '../../src/core/json.ts';
import type { AnswerPart, FittedRequest, Message, ResponseFormat, Tool, ToolCallPart } from '../../src/core/request.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';

export function asFittedRequest(api: string, body: JsonObject): FittedRequest | null {
  const read = READERS[api];
  if (read === undefined || Object.keys(body).some((field) => FOREIGN.has(field))) return null;
  const { messages, tools, systemPrompt, responseFormat } = read(body);
  const thinks = ['thinking', 'reasoning', 'reasoning_effort'].some((name) => isAskedFor(body[name]));
  const whole = messages.filter((message) => message !== null);
  const known = tools.filter((tool) => tool !== null);
  if (whole.length !== messages.length || known.length !== tools.length || whole.length === 0) return null;
  return {
    ...EMPTY_REQUEST,
    systemPrompt,
    messages: whole,
    tools: known,
    responseFormat,
    reasoningEffort: thinks ? 'medium' : null,
  };
}

function isAskedFor(thinking: Json | undefined): boolean {
  return thinking !== undefined && thinking !== null && thinking !== 'none' && field(thinking, 'type') !== 'disabled';
}

/** Fields that bring text of the vendor's own into the prompt. */
const FOREIGN: ReadonlySet<string> = new Set(['web_search_options', 'context_management', 'moderation']);

interface Read {
  readonly messages: readonly (Message | null)[];
  readonly tools: readonly (Tool | null)[];
  readonly systemPrompt: string | null;
  readonly responseFormat: ResponseFormat;
}

const READERS: Readonly<Record<string, (body: JsonObject) => Read>> = {
  'chat.completions': (body) => ({
    messages: arrayOf(body, 'messages').map(chatMessage),
    tools: arrayOf(body, 'tools').map((tool) => toolOf(objectAt(tool, 'function'), 'parameters')),
    systemPrompt: null,
    responseFormat: formatOf(objectAt(body, 'response_format')),
  }),
  responses: (body) => ({
    messages:
      typeof body['input'] === 'string'
        ? [{ role: 'user', content: body['input'] }]
        : arrayOf(body, 'input').map(responsesItem),
    tools: arrayOf(body, 'tools').map((tool) =>
      stringAt(tool, 'type') === 'function' ? toolOf(tool, 'parameters') : null,
    ),
    systemPrompt: stringAt(body, 'instructions'),
    responseFormat: formatOf(objectAt(objectAt(body, 'text') ?? undefined, 'format')),
  }),
  messages: (body) => ({
    messages: arrayOf(body, 'messages').flatMap(anthropicMessages),
    tools: arrayOf(body, 'tools').map((tool) =>
      stringAt(tool, 'type') === null && field(tool, 'defer_loading') === undefined
        ? toolOf(tool, 'input_schema')
        : null,
    ),
    systemPrompt: textOf(body['system']),
    responseFormat: schemaFormat(objectAt(objectAt(body, 'output_format') ?? undefined, 'schema')),
  }),
  generateContent: (body) => {
    const config = objectAt(body, 'generationConfig') ?? {};
    const schema =
      objectAt(config, 'responseJsonSchema') ??
      objectAt(config, 'responseSchema') ??
      objectAt(config, 'response_schema');
    return {
      messages: [body['contents'] ?? []].flat().flatMap(geminiMessages),
      tools: [body['tools'] ?? []].flat().flatMap((tool) => {
        const declared = arrayAt(tool, 'functionDeclarations') ?? arrayAt(tool, 'function_declarations');
        return declared === null ? [null] : declared.map((one) => toolOf(one, ...GEMINI_SCHEMAS));
      }),
      systemPrompt: textOf(field(body['systemInstruction'], 'parts')),
      responseFormat: schemaFormat(schema),
    };
  },
};

const GEMINI_SCHEMAS = ['parameters', 'parameters_json_schema', 'parametersJsonSchema'] as const;

function arrayOf(value: Json, name: string): readonly Json[] {
  return arrayAt(value, name) ?? [];
}

function field(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) ? value[name] : undefined;
}

function chatMessage(message: Json): Message | null {
  const content = field(message, 'content') ?? '';
  const text = textOf(content);
  if (text === null) return null;
  switch (stringAt(message, 'role')) {
    case 'system':
    case 'developer':
      return { role: 'system', content: text };
    case 'user':
      return { role: 'user', content: text };
    case 'tool':
      return { role: 'tool', toolCallId: stringAt(message, 'tool_call_id') ?? '', content: text };
    case 'assistant':
      return { role: 'assistant', content: chatAnswer(message, text) };
    default:
      return null;
  }
}

function chatAnswer(message: Json, text: string): readonly AnswerPart[] {
  const reasoning = stringAt(message, 'reasoning') ?? stringAt(message, 'reasoning_content');
  const parts: AnswerPart[] = reasoning === null ? [] : [{ type: 'reasoning', text: reasoning }];
  if (text !== '') parts.push({ type: 'text', text });
  for (const call of arrayOf(message, 'tool_calls')) {
    const called = objectAt(call, 'function') ?? undefined;
    parts.push(callPart(stringAt(call, 'id'), stringAt(called, 'name'), stringAt(called, 'arguments')));
  }
  return parts;
}

function callPart(id: string | null, name: string | null, argumentsText: string | null): ToolCallPart {
  return { type: 'tool-call', toolCallId: id ?? '', name: name ?? '', argumentsText: argumentsText ?? '' };
}

function responsesItem(item: Json): Message | null {
  switch (stringAt(item, 'type')) {
    case null:
    case 'message':
      return chatMessage(item);
    case 'function_call':
      return {
        role: 'assistant',
        content: [callPart(stringAt(item, 'call_id'), stringAt(item, 'name'), stringAt(item, 'arguments'))],
      };
    case 'function_call_output':
      return { role: 'tool', toolCallId: stringAt(item, 'call_id') ?? '', content: stringAt(item, 'output') ?? '' };
    default:
      return null;
  }
}

/** One of theirs may hold several results of tools: each is a message of ours. */
function anthropicMessages(message: Json): readonly (Message | null)[] {
  const content = field(message, 'content');
  const role = stringAt(message, 'role');
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : arrayOf(message, 'content');
  const results = blocks.filter((block) => stringAt(block, 'type') === 'tool_result');
  const rest = blocks.filter((block) => stringAt(block, 'type') !== 'tool_result');
  const told = results.map((result): Message | null => {
    const text = textOf(field(result, 'content') ?? '');
    return text === null ? null : { role: 'tool', toolCallId: stringAt(result, 'tool_use_id') ?? '', content: text };
  });
  if (rest.length === 0) return told;
  if (role === 'user') {
    const text = textOf(rest);
    return [...told, text === null ? null : { role: 'user', content: text }];
  }
  const parts = rest.map(anthropicPart);
  const whole = parts.filter((part) => part !== null);
  return role === 'assistant' && whole.length === parts.length ? [{ role, content: whole }] : [null];
}

function anthropicPart(block: Json): AnswerPart | null {
  switch (stringAt(block, 'type')) {
    case 'text':
      return { type: 'text', text: stringAt(block, 'text') ?? '' };
    case 'thinking':
      return { type: 'reasoning', text: stringAt(block, 'thinking') ?? '' };
    case 'tool_use':
      return callPart(stringAt(block, 'id'), stringAt(block, 'name'), JSON.stringify(field(block, 'input') ?? {}));
    default:
      return null;
  }
}

function geminiMessages(content: Json): readonly (Message | null)[] {
  if (typeof content === 'string') return [{ role: 'user', content }];
  const parts = arrayOf(content, 'parts');
  if (stringAt(content, 'role') === 'model') {
    const own = parts.map(geminiPart);
    const whole = own.filter((part) => part !== null);
    return whole.length === own.length ? [{ role: 'assistant', content: whole }] : [null];
  }
  return parts.map((part): Message | null => {
    const result = field(part, 'functionResponse') ?? field(part, 'function_response');
    if (result !== undefined) return { role: 'tool', toolCallId: '', content: JSON.stringify(result) };
    const text = typeof part === 'string' ? part : stringAt(part, 'text');
    return text === null ? null : { role: 'user', content: text };
  });
}

function geminiPart(part: Json): AnswerPart | null {
  const call = field(part, 'functionCall') ?? field(part, 'function_call');
  if (call !== undefined) {
    const state = stringAt(part, 'thoughtSignature') ?? stringAt(part, 'thought_signature');
    const called = callPart('', stringAt(call, 'name'), JSON.stringify(field(call, 'args') ?? {}));
    return state === null ? called : { ...called, providerData: { state } };
  }
  const text = stringAt(part, 'text');
  if (text === null) return null;
  return field(part, 'thought') === true ? { type: 'reasoning', text } : { type: 'text', text };
}

/** Null: something else than text is in it. */
function textOf(content: Json | undefined): string | null {
  if (content === undefined || typeof content === 'string') return content ?? null;
  if (!Array.isArray(content)) return null;
  const texts = content.map((part) => (typeof part === 'string' ? part : stringAt(part, 'text')));
  return texts.includes(null) ? null : texts.join('\n');
}

function toolOf(described: Json | null, ...schemas: readonly string[]): Tool | null {
  const name = stringAt(described ?? undefined, 'name');
  if (name === null) return null;
  const parameters = schemas
    .map((schema) => objectAt(described ?? undefined, schema))
    .find((schema) => schema !== null);
  const description = stringAt(described ?? undefined, 'description') ?? '';
  return { name, description, ...(parameters !== undefined && parameters !== null && { parameters }) };
}

function formatOf(format: JsonObject | null): ResponseFormat {
  const described = objectAt(format ?? undefined, 'json_schema') ?? format ?? undefined;
  const schema = objectAt(described, 'schema');
  if (schema !== null) {
    const description = stringAt(described, 'description');
    const name = stringAt(described, 'name') ?? '';
    return { type: 'json-schema', name, schema, ...(description !== null && { description }) };
  }
  return { type: stringAt(format ?? undefined, 'type') === 'json_object' ? 'json' : 'text' };
}

function schemaFormat(schema: JsonObject | null): ResponseFormat {
  return schema === null ? { type: 'text' } : { type: 'json-schema', name: '', schema };
}
