// Messages, tools and response formats as OpenAI writes them, in which the native API speaks too, turned into the library's words.
// Vendor state travels as `reasoning_details[]` of a message and `extra_content` of a tool call, and comes back unchanged.

import { z } from 'zod';
import type {
  AnswerPart,
  AssistantMessage,
  Message,
  ResponseFormat,
  Tool,
  ToolChoice,
  ToolMessage,
  UserMessage,
} from '../index.ts';
import { resultPart, textPart, toImage, toResult, toUserPart, userPart } from './media-wire.ts';
import { isJsonObject, jsonObject } from './schema.ts';

const text = z.union([z.string(), z.array(textPart)], { error: 'must be a text or a list of text parts' });

const toolCall = z.strictObject({
  id: z.string(),
  type: z.literal('function').optional(),
  function: z.strictObject({ name: z.string(), arguments: z.string() }),
  index: z.number().optional(),
  extra_content: jsonObject.nullish().describe('The vendor’s own state, as it was given'),
});

const reasoningDetail = z.strictObject({
  type: z.literal('reasoning.text'),
  index: z.number().optional(),
  text: z.string(),
  provider_data: jsonObject.nullish().describe('The vendor’s own state, as it was given'),
});

/** As OpenRouter gives it to its own clients, who may have had it before they came here. */
const vendorsDetail = z.looseObject({
  type: z.enum(['reasoning.text', 'reasoning.summary', 'reasoning.encrypted']),
  text: z.string().nullish(),
  summary: z.string().nullish(),
});

export const userContent = z.union([z.string(), z.array(userPart)], {
  error: 'must be a text or a list of parts',
});

const toolResult = z.strictObject({
  tool_call_id: z.string(),
  content: z.union([z.string(), z.array(resultPart)], {
    error: 'must be a text or a list of text and image_url parts',
  }),
});
export const toolResults = z.array(toolResult);

const systemMessage = z.strictObject({ role: z.enum(['system', 'developer']), content: text });
const userMessage = z.strictObject({ role: z.literal('user'), content: userContent });
const assistantMessage = z.strictObject({
  role: z.literal('assistant'),
  content: z
    .union([z.string(), z.array(textPart)], { error: 'must be a text, a list of text parts, or null' })
    .nullish(),
  reasoning: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  reasoning_details: z.array(reasoningDetail).nullish(),
  tool_calls: z.array(toolCall).nullish(),
});
const toolMessage = toolResult.extend({ role: z.literal('tool') });

const spokenAssistant = assistantMessage.extend({
  reasoning_details: z.array(z.union([reasoningDetail, vendorsDetail])).nullish(),
});
export const message = z.discriminatedUnion('role', [systemMessage, userMessage, spokenAssistant, toolMessage]);

const pinned = { pinned: z.boolean().optional().describe('Never trimmed from the history, however old it is') };

/** The native API trims histories, so there a message can be kept from that. */
export const nativeMessage = z.discriminatedUnion('role', [
  systemMessage.extend(pinned),
  userMessage.extend(pinned),
  assistantMessage.extend(pinned),
  toolMessage.extend(pinned),
]);

/** Of a function, wherever it stands. */
export const functionFields = {
  name: z.string(),
  description: z.string().nullish(),
  parameters: jsonObject.nullish().describe('JSON Schema of the arguments'),
  strict: z.boolean().nullish(),
};
const functionShape = z.strictObject(functionFields);
export const tool = z.strictObject({ type: z.literal('function'), function: functionShape });

export const toolChoice = z.union(
  [
    z.enum(['auto', 'none', 'required']),
    z.strictObject({ type: z.literal('function'), function: z.strictObject({ name: z.string() }) }),
  ],
  { error: 'must be "auto", "none", "required" or a function by name' },
);

/** Of a schema that an answer keeps to, wherever it stands. */
export const schemaFields = {
  name: z.string(),
  schema: jsonObject,
  description: z.string().nullish(),
  strict: z.boolean().nullish(),
};
const schemaShape = z.strictObject(schemaFields);

export const responseFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    json_schema: schemaShape,
  }),
]);

export const stop = z.union([z.string(), z.array(z.string())], { error: 'must be a text or a list of texts' });

export function toNativeMessage(wire: z.infer<typeof nativeMessage>): Message {
  const message = toMessage(wire);
  return wire.pinned === undefined ? message : { ...message, pinned: wire.pinned };
}

/** `provider`: who gave a state of reasoning that is not in the form in which it is given here; null: nobody can say. */
export function toMessage(wire: z.infer<typeof message>, provider: string | null = null): Message {
  switch (wire.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: joined(wire.content) };
    case 'user':
      return { role: 'user', content: toUserContent(wire.content) };
    case 'assistant':
      return toAssistant(wire, provider);
    case 'tool':
      return { role: 'tool', ...toToolResult(wire) };
  }
}

export function toUserContent(content: z.infer<typeof userContent>): UserMessage['content'] {
  return typeof content === 'string' ? content : content.map(toUserPart);
}

export function toToolResult(result: z.infer<typeof toolResults>[number]): Omit<ToolMessage, 'role'> {
  const { tool_call_id: toolCallId, content } = result;
  if (typeof content === 'string') return { toolCallId, content };
  const parts = content.map((part) =>
    part.type === 'text' ? part : toImage(part.image_url.url, part.image_url.detail),
  );
  return { toolCallId, content: toResult(parts) };
}

function joined(content: z.infer<typeof text>): string {
  return typeof content === 'string' ? content : content.map((part) => part.text).join('');
}

function toAssistant(wire: z.infer<typeof spokenAssistant>, provider: string | null): AssistantMessage {
  const content = joined(wire.content ?? '');
  const parts: AnswerPart[] = reasoningParts(wire, provider);
  if (content !== '') parts.push({ type: 'text', text: content });
  for (const { id, function: called, extra_content: state } of wire.tool_calls ?? []) {
    const { name, arguments: argumentsText } = called;
    parts.push({ type: 'tool-call', toolCallId: id, name, argumentsText, ...(state && { providerData: state }) });
  }
  const isPlain = parts.every((part) => part.type === 'text');
  return { role: 'assistant', content: isPlain ? content : parts };
}

function reasoningParts(wire: z.infer<typeof spokenAssistant>, provider: string | null): AnswerPart[] {
  const { reasoning_details: details, reasoning, reasoning_content } = wire;
  if (details !== null && details !== undefined && details.length > 0) {
    const own = details.filter(isVendorsOwn);
    const ours = details.filter((detail) => !isVendorsOwn(detail)).map(reasoningPart);
    return own.length === 0 ? ours : [...ours, vendorsPart(own, provider)];
  }
  // Two names for one thing: a client that sends our message back sends both.
  const told = reasoning ?? reasoning_content ?? '';
  return told === '' ? [] : [{ type: 'reasoning', text: told }];
}

type Detail = z.infer<typeof reasoningDetail> | z.infer<typeof vendorsDetail>;

/** Sealed, and not by us. */
function isVendorsOwn(detail: Detail): boolean {
  return 'signature' in detail || 'data' in detail;
}

function reasoningPart(detail: Detail): AnswerPart {
  const state = isJsonObject(detail['provider_data']) ? detail['provider_data'] : null;
  return { type: 'reasoning', text: textIn(detail), ...(state && { providerData: state }) };
}

function vendorsPart(details: readonly Detail[], provider: string | null): AnswerPart {
  const state = { reasoning_details: details.flatMap((each: unknown) => (isJsonObject(each) ? [each] : [])) };
  const providerData = provider !== null && { providerData: { [provider]: state } };
  return { type: 'reasoning', text: details.map(textIn).join(''), ...providerData };
}

function textIn(detail: Detail): string {
  return detail.text ?? ('summary' in detail ? detail.summary : null) ?? '';
}

export function toTool({ function: asked }: z.infer<typeof tool>): Tool {
  return toFunction(asked);
}

export function toFunction({ name, description, parameters, strict }: z.infer<typeof functionShape>): Tool {
  return {
    name,
    ...(typeof description === 'string' && { description }),
    ...(parameters && { parameters }),
    ...(typeof strict === 'boolean' && { strict }),
  };
}

export function toToolChoice(wire: z.infer<typeof toolChoice>): ToolChoice {
  return typeof wire === 'string' ? wire : { name: wire.function.name };
}

export function toResponseFormat(wire: z.infer<typeof responseFormat>): ResponseFormat {
  return wire.type === 'json_schema' ? toSchemaFormat(wire.json_schema) : toPlainFormat(wire.type);
}

export function toPlainFormat(type: 'text' | 'json_object'): ResponseFormat {
  return { type: type === 'text' ? 'text' : 'json' };
}

export function toSchemaFormat({ name, schema, description, strict }: z.infer<typeof schemaShape>): ResponseFormat {
  return {
    type: 'json-schema',
    name,
    schema,
    ...(typeof description === 'string' && { description }),
    ...(typeof strict === 'boolean' && { strict }),
  };
}
