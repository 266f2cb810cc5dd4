// A request in the words of the Responses dialect: a flat list of items, in the order in which things were said, thought and done.

import { isObject, type Json, type JsonObject, objectAt } from '../../core/json.ts';
import { mediaOf } from '../../core/media.ts';
import type {
  AnswerPart,
  FittedRequest,
  Message,
  ResponseFormat,
  Tool,
  ToolCallPart,
  ToolChoice,
  ToolMessage,
  UserPart,
} from '../../core/request.ts';
import { toolCallsOf } from '../../core/request.ts';
import type { Warning } from '../../core/response.ts';
import { isAddress, refusedMedia } from '../media.ts';
import { leftOut, optionsOf, tierOf, withoutAbsent } from '../options.ts';
import type { ResponsesDialect } from './dialect.ts';
import { customCallItem, isCustomCall, reasoningItem } from './state.ts';

export interface ResponsesBody {
  readonly body: JsonObject;
  readonly warnings: readonly Warning[];
}

export function responsesBody(
  asked: FittedRequest,
  model: string,
  stream: boolean,
  dialect: ResponsesDialect,
): ResponsesBody {
  const adapted = dialect.adapt(asked, model);
  const { request } = adapted;
  refuseAudio(request, model, dialect);
  const { tools } = request;
  const tier = tierOf(request.serviceTier, dialect);
  const options = optionsOf(request, dialect);
  const { fields = {} } = dialect;
  const said = {
    model,
    input: itemsOf(request, { provider: dialect.id, enciphered: adapted.encryptedReasoning }),
    temperature: request.temperature,
    max_output_tokens: request.maxTokens,
    top_p: request.topP,
    tools: tools.length === 0 ? null : tools.map(toolOf),
    tool_choice: choiceOf(request.toolChoice, tools.length),
    parallel_tool_calls: tools.length === 0 ? null : request.parallelToolCalls,
    service_tier: tier.sent,
    stream,
  };
  const body = {
    // Its default is to keep every answer.
    store: false,
    include: adapted.encryptedReasoning ? ['reasoning.encrypted_content'] : null,
    ...fields,
    ...withoutAbsent(said),
    ...adapted.fields,
    ...options.fields,
    // These two hold several things each: an option for one must not take away another.
    text: merged(fields['text'], formatOf(request.responseFormat), adapted.fields['text'], options.fields['text']),
    reasoning: merged(fields['reasoning'], effortOf(request), adapted.fields['reasoning'], options.fields['reasoning']),
  };
  const warnings = [...adapted.warnings, ...lacking(request), ...tier.warnings, ...options.warnings];
  return { body: withoutAbsent(body), warnings };
}

function refuseAudio({ messages }: FittedRequest, model: string, { id, vendor }: ResponsesDialect): void {
  if (!messages.flatMap(mediaOf).some(({ type }) => type === 'audio')) return;
  throw refusedMedia(`${vendor} takes no audio by the Responses API`, 'send its transcript', id, model);
}

/** The dialect has no words for these. */
function lacking({ seed, stop }: FittedRequest): readonly Warning[] {
  const knobs = [seed === null ? [] : ['seed'], stop.length === 0 ? [] : ['stop']].flat();
  return knobs.map((knob) => leftOut(knob, 'is not known to the Responses API and was left out'));
}

function merged(...objects: readonly (Json | undefined)[]): JsonObject | null {
  const given = objects.filter(isObject);
  return given.length === 0 ? null : Object.assign({}, ...given);
}

function effortOf({ reasoningEffort }: FittedRequest): JsonObject | null {
  return reasoningEffort === null ? null : { effort: reasoningEffort };
}

/**
 * The system prompt is an item like the others and not `instructions`: these are repeated in three events of every stream, where a
 * long one would pass the bound of an event.
 */
function itemsOf({ systemPrompt, messages }: FittedRequest, vendor: StateTaker): readonly JsonObject[] {
  // The result of a call goes back in the kind in which it was called.
  const customCalls = new Set(
    messages.flatMap(toolCallsOf).flatMap(({ toolCallId, providerData }) => {
      return isCustomCall(objectAt(providerData, vendor.provider)) ? [toolCallId] : [];
    }),
  );
  const items = messages.flatMap((message) => messageItems(message, vendor, customCalls));
  return systemPrompt === null ? items : [{ role: 'system', content: systemPrompt }, ...items];
}

function messageItems(message: Message, vendor: StateTaker, customCalls: ReadonlySet<string>): readonly JsonObject[] {
  const { role } = message;
  switch (message.role) {
    case 'tool':
      return [resultItem(message, customCalls.has(message.toolCallId))];
    case 'user': {
      const parts = message.content;
      return [{ role, content: typeof parts === 'string' ? parts : parts.map(inputPart) }];
    }
    case 'system':
      return [{ role, content: message.content }];
    case 'assistant':
      return typeof message.content === 'string'
        ? [{ role, content: message.content }]
        : answerItems(message.content, vendor);
  }
}

function inputPart(part: UserPart): JsonObject {
  switch (part.type) {
    case 'text':
      return { type: 'input_text', text: part.text };
    case 'image':
      return { type: 'input_image', image_url: part.url, detail: part.detail ?? 'auto' };
    case 'file':
      // Behind an address the name is the address's; with data it is refused without one.
      return isAddress(part.url)
        ? { type: 'input_file', file_url: part.url }
        : { type: 'input_file', filename: part.filename ?? 'document.pdf', file_data: part.url };
    case 'audio':
      // Refused before it comes here.
      return {};
  }
}

function resultItem({ toolCallId, content }: ToolMessage, isCustom: boolean): JsonObject {
  const type = isCustom ? 'custom_tool_call_output' : 'function_call_output';
  return { type, call_id: toolCallId, output: typeof content === 'string' ? content : content.map(inputPart) };
}

/** Whose state goes back, as it came, to itself alone: another account could not decipher it. */
interface StateTaker {
  readonly provider: string;
  readonly enciphered: boolean;
}

function answerItems(parts: readonly AnswerPart[], vendor: StateTaker): readonly JsonObject[] {
  const items: JsonObject[] = [];
  let text: string[] = [];
  const endText = () => {
    if (text.length > 0) items.push({ role: 'assistant', content: text.join('') });
    text = [];
  };
  for (const part of parts) {
    if (part.type === 'text') {
      text.push(part.text);
      continue;
    }
    const state = objectAt(part.providerData, vendor.provider);
    const item = part.type === 'tool-call' ? callItem(part, state) : state && reasoningItem(state, vendor.enciphered);
    if (item === null) continue;
    endText();
    items.push(item);
  }
  endText();
  return items;
}

function callItem(part: ToolCallPart, state: JsonObject | null): JsonObject {
  if (isCustomCall(state)) return customCallItem(state, part);
  const { toolCallId, name, argumentsText } = part;
  return { type: 'function_call', call_id: toolCallId, name, arguments: argumentsText };
}

/** `strict` is on here unless it is said to be off, and would rewrite a schema that was made for the other dialects. */
function toolOf({ name, description, parameters, strict }: Tool): JsonObject {
  return withoutAbsent({
    type: 'function',
    name,
    description,
    parameters: parameters ?? { type: 'object', properties: {} },
    strict: strict ?? false,
  });
}

function choiceOf(choice: ToolChoice | null, tools: number): Json {
  if (choice === 'required') return choice;
  if (choice === null || typeof choice === 'string') return tools === 0 ? null : choice;
  return { type: 'function', name: choice.name };
}

function formatOf(format: ResponseFormat): JsonObject | null {
  switch (format.type) {
    case 'text':
      return null;
    case 'json':
      return { format: { type: 'json_object' } };
    case 'json-schema': {
      const { name, description, schema, strict } = format;
      return { format: withoutAbsent({ type: 'json_schema', name, description, schema, strict }) };
    }
  }
}
