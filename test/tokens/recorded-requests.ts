// Recorded Chat Completions requests as our requests, as far as text goes. Null for one with parts that we don't send
// (pictures, documents, a vendor's own tools).

import { arrayAt, isObject, type Json, objectAt, stringAt } from '../../src/core/json.ts';
import type { AnswerPart, FittedRequest, Message, Tool } from '../../src/core/request.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';

export function asFittedRequest(body: Json): FittedRequest | null {
  const messages = (arrayAt(body, 'messages') ?? []).map(asMessage);
  const tools = (arrayAt(body, 'tools') ?? []).map(asTool);
  const whole = messages.filter((message) => message !== null);
  const known = tools.filter((tool) => tool !== null);
  if (whole.length !== messages.length || known.length !== tools.length || whole.length === 0) return null;
  return {
    ...EMPTY_REQUEST,
    messages: whole,
    tools: known,
    responseFormat: asResponseFormat(objectAt(body, 'response_format')),
  };
}

function asMessage(message: Json): Message | null {
  const text = textOf(message);
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
      return { role: 'assistant', content: answerParts(message, text) };
    default:
      return null;
  }
}

function answerParts(message: Json, text: string): readonly AnswerPart[] {
  const reasoning = stringAt(message, 'reasoning') ?? stringAt(message, 'reasoning_content');
  const parts: AnswerPart[] = reasoning === null ? [] : [{ type: 'reasoning', text: reasoning }];
  if (text !== '') parts.push({ type: 'text', text });
  for (const call of arrayAt(message, 'tool_calls') ?? []) {
    const called = objectAt(call, 'function') ?? undefined;
    const argumentsText = stringAt(called, 'arguments') ?? '';
    parts.push({
      type: 'tool-call',
      toolCallId: stringAt(call, 'id') ?? '',
      name: stringAt(called, 'name') ?? '',
      argumentsText,
    });
  }
  return parts;
}

function textOf(message: Json): string | null {
  const content = isObject(message) ? (message['content'] ?? '') : null;
  if (typeof content === 'string') return content;
  const texts = (arrayAt(message, 'content') ?? []).map((part) => stringAt(part, 'text'));
  return texts.includes(null) ? null : texts.join('\n');
}

function asTool(tool: Json): Tool | null {
  const described = objectAt(tool, 'function') ?? undefined;
  const name = stringAt(described, 'name');
  if (name === null) return null;
  const parameters = objectAt(described, 'parameters');
  return { name, description: stringAt(described, 'description') ?? '', ...(parameters !== null && { parameters }) };
}

function asResponseFormat(format: Json): FittedRequest['responseFormat'] {
  const described = objectAt(format, 'json_schema') ?? undefined;
  if (described === undefined) return { type: stringAt(format, 'type') === 'json_object' ? 'json' : 'text' };
  const schema = objectAt(described, 'schema') ?? {};
  const description = stringAt(described, 'description') ?? '';
  return { type: 'json-schema', name: stringAt(described, 'name') ?? '', schema, description };
}
