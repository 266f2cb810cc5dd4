// What a request must keep of its messages: how many, how large, and of which parts. A part or a field that nobody knows would be
// left out of what the vendor reads, without a word.

import { checkFieldNames, checkWord, invalid } from './check-words.ts';
import { llmError } from './errors.ts';
import { isObject } from './json.ts';
import { type Message, textOf } from './request.ts';

const MESSAGE_LIMITS = {
  messages: 500,
  /** Of one message; media may be larger. */
  textBytes: 1_048_576,
} as const;

const FIELDS: Readonly<Record<Message['role'], readonly string[]>> = {
  system: ['role', 'content', 'pinned'],
  user: ['role', 'content', 'pinned'],
  assistant: ['role', 'content', 'pinned'],
  tool: ['role', 'content', 'pinned', 'toolCallId', 'isError'],
};

/** By role, the parts of which its content may be. */
const PARTS: Readonly<Record<Exclude<Message['role'], 'system'>, readonly string[]>> = {
  user: ['text', 'image', 'file', 'audio'],
  assistant: ['text', 'reasoning', 'tool-call'],
  tool: ['text', 'image'],
};

/** By kind of part, what of it must be text; what media must be stands in media.ts. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  text: ['text'],
  reasoning: ['text'],
  'tool-call': ['toolCallId', 'name', 'argumentsText'],
};

export function checkMessages(messages: readonly Message[]): void {
  const { messages: most, textBytes } = MESSAGE_LIMITS;
  if (!Array.isArray(messages) || messages.length === 0)
    throw invalid('messages', 'messages must be a list with at least one message');
  if (messages.length > most) {
    throw llmError('too_many_messages', `messages has ${messages.length} entries, at most ${most} are taken`, {
      param: 'messages',
    });
  }
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`;
    if (!isMessage(message)) throw invalid(path, `${path} must be an object with a role and its content`);
    checkMessage(message, path);
    const text = textOf(message);
    // A character is at most three bytes of UTF-8 for each UTF-16 unit, so short texts needn't be measured.
    if (text.length * 3 > textBytes && utf8Length(text) > textBytes) {
      const problem = `The text of ${path} is larger than ${textBytes} bytes; split it`;
      throw llmError('request_too_large', problem, { param: `${path}.content` });
    }
  }
}

function isMessage(message: unknown): message is Message {
  if (!isObject(message) || !Object.hasOwn(FIELDS, String(message['role']))) return false;
  const { role, content } = message;
  return typeof content === 'string' || (Array.isArray(content) && role !== 'system' && content.every(isObject));
}

function checkMessage(message: Message, path: string): void {
  const { role, content, pinned } = message;
  checkFieldNames(message, FIELDS[role], path);
  if (pinned !== undefined && typeof pinned !== 'boolean')
    throw invalid(`${path}.pinned`, `${path}.pinned must be true or false`);
  if (role === 'tool') {
    const { toolCallId, isError } = message;
    if (typeof toolCallId !== 'string') throw invalid(`${path}.toolCallId`, `${path}.toolCallId must be a text`);
    if (isError !== undefined && typeof isError !== 'boolean')
      throw invalid(`${path}.isError`, `${path}.isError must be true or false`);
  }
  if (typeof content === 'string' || role === 'system') return;
  for (const [at, part] of content.entries()) checkPart(part, PARTS[role], `${path}.content[${at}]`);
}

function checkPart(part: object, kinds: readonly string[], path: string): void {
  const type: unknown = Reflect.get(part, 'type');
  checkWord(type, kinds, `${path}.type`);
  for (const name of TEXTS[String(type)] ?? [])
    if (typeof Reflect.get(part, name) !== 'string') throw invalid(`${path}.${name}`, `${path}.${name} must be a text`);
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
