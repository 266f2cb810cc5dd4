// What a request must keep, whoever brings it: bounds on everything, so that nothing downstream needs one. Shape and types are the
// edge's matter (TypeScript, or the gateway's schemas); this is where the limits stand, once. Params are in the library's words.

import { checkEmbedding } from './embeddings.ts';
import { type LLMError, llmError } from './errors.ts';
import { isObject } from './json.ts';
import { checkMedia } from './media.ts';
import { didYouMean } from './near-names.ts';
import { type Caller, type LLMRequest, type Message, textOf, type UserPart } from './request.ts';

const REQUEST_LIMITS = {
  messages: 500,
  /** Of one message; media may be larger. */
  textBytes: 1_048_576,
  nameCharacters: 256,
  stops: 4,
  tools: 128,
  /** JSON text of one tool's parameters, or of a response schema. */
  schemaCharacters: 131_072,
  schemaDepth: 32,
  tags: 16,
  tagCharacters: 64,
  maxTokens: 1_000_000,
} as const;

const TOOL_NAME = /^[A-Za-z0-9_-]{1,64}$/;
/** Printable ASCII: two names that look alike are then the same name, and none breaks a header or a log line. */
const PLAIN_NAME = /^[\x20-\x7e]{1,256}$/;

/** Every field there is. Held to the interface by the compiler in both directions. */
const FIELDS: Readonly<Record<keyof LLMRequest, true>> = {
  messages: true,
  systemPrompt: true,
  userId: true,
  model: true,
  temperature: true,
  maxTokens: true,
  topP: true,
  seed: true,
  stop: true,
  tools: true,
  toolChoice: true,
  parallelToolCalls: true,
  responseFormat: true,
  reasoningEffort: true,
  serviceTier: true,
  embedding: true,
  cache: true,
  tags: true,
  providerOptions: true,
};

/** Throws the first fault found; returns the request with text that every vendor and store can take. */
export function checkRequest(request: LLMRequest): LLMRequest {
  checkFields(request);
  if (request.embedding === undefined) {
    checkMessages(request.messages);
    checkMedia(request.messages);
  } else checkEmbedding(request);
  checkNames(request);
  checkNumbers(request);
  checkTools(request);
  return wellFormedRequest(request);
}

/** Names from identity keep what names from a body keep. */
export function checkCaller({ tenant, userId }: Caller): void {
  if (!isName(tenant)) throw invalid('caller.tenant', 'A tenant is named by 1 to 256 printable ASCII characters');
  if (!isName(userId)) throw invalid('caller.userId', 'A user is named by 1 to 256 printable ASCII characters');
}

export function isName(value: unknown): value is string {
  return typeof value === 'string' && PLAIN_NAME.test(value);
}

/** A misspelt field would be left out without a word: another user's window, no limit at all. */
function checkFields(request: LLMRequest): void {
  for (const name of Object.keys(request)) {
    if (Object.hasOwn(FIELDS, name)) continue;
    const shown = PLAIN_NAME.test(name) ? `"${name.slice(0, 64)}"` : 'a field';
    throw llmError(
      'unknown_parameter',
      `There is no field ${shown} in a request.${didYouMean(name, Object.keys(FIELDS))}`,
      { param: name.slice(0, 64) },
    );
  }
}

function invalid(param: string, message: string): LLMError {
  return llmError('invalid_request', message, { param });
}

function checkMessages(messages: readonly Message[]): void {
  const { messages: most, textBytes } = REQUEST_LIMITS;
  if (!Array.isArray(messages) || messages.length === 0)
    throw invalid('messages', 'messages must be a list with at least one message');
  if (messages.length > most) {
    throw llmError('too_many_messages', `messages has ${messages.length} entries, at most ${most} are taken`, {
      param: 'messages',
    });
  }
  for (const [index, message] of messages.entries()) {
    if (!isMessage(message)) {
      throw invalid(`messages[${index}]`, `messages[${index}] must be an object with a role and its content`);
    }
    if (message.pinned !== undefined && typeof message.pinned !== 'boolean') {
      throw invalid(`messages[${index}].pinned`, `messages[${index}].pinned must be true or false`);
    }
    const text = textOf(message);
    // A character is at most three bytes of UTF-8 for each UTF-16 unit, so short texts needn't be measured.
    if (text.length * 3 > textBytes && utf8Length(text) > textBytes) {
      const problem = `The text of messages[${index}] is larger than ${textBytes} bytes; split it`;
      throw llmError('request_too_large', problem, { param: `messages[${index}].content` });
    }
  }
}

const ROLES: ReadonlySet<unknown> = new Set(['system', 'user', 'assistant', 'tool']);

/** For callers without a compiler; what is in an assistant's parts is the compiler's and the gateway's matter. */
function isMessage(message: unknown): boolean {
  if (!isObject(message) || !ROLES.has(message['role'])) return false;
  const { role, content } = message;
  return typeof content === 'string' || (Array.isArray(content) && role !== 'system' && content.every(isObject));
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

function checkNames({ userId, model, tags = {} }: LLMRequest): void {
  if (userId !== undefined && !isName(userId)) {
    throw invalid('userId', 'userId must be 1 to 256 printable ASCII characters');
  }
  if (model !== undefined && !isName(model)) {
    throw llmError('model_not_found', 'A model name is 1 to 256 printable ASCII characters', { param: 'model' });
  }
  const entries = Object.entries(tags);
  if (entries.length > REQUEST_LIMITS.tags) throw invalid('tags', `At most ${REQUEST_LIMITS.tags} tags are taken`);
  for (const [name, value] of entries) {
    const isText = typeof value === 'string' && value.length <= REQUEST_LIMITS.tagCharacters;
    if (name === '' || name.length > REQUEST_LIMITS.tagCharacters || !isText) {
      throw invalid('tags', `Names and values of tags have 1 to ${REQUEST_LIMITS.tagCharacters} characters`);
    }
  }
}

function checkNumbers({ temperature, topP, maxTokens, seed, stop = [] }: LLMRequest): void {
  if (temperature !== undefined && !isWithin(temperature, 0, 2))
    throw invalid('temperature', 'temperature must be from 0 to 2');
  if (topP !== undefined && !isWithin(topP, 0, 1)) throw invalid('topP', 'topP must be from 0 to 1');
  if (
    maxTokens !== undefined &&
    !(Number.isSafeInteger(maxTokens) && maxTokens >= 1 && maxTokens <= REQUEST_LIMITS.maxTokens)
  ) {
    throw invalid('maxTokens', `maxTokens must be a whole number from 1 to ${REQUEST_LIMITS.maxTokens}`);
  }
  if (seed !== undefined && !Number.isSafeInteger(seed)) throw invalid('seed', 'seed must be a whole number');
  if (!Array.isArray(stop) || stop.length > REQUEST_LIMITS.stops)
    throw invalid('stop', `stop is a list of at most ${REQUEST_LIMITS.stops} texts`);
  if (stop.some((sequence) => typeof sequence !== 'string' || sequence === '' || sequence.length > 256))
    throw invalid('stop', 'A stop sequence has 1 to 256 characters');
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most;
}

function checkTools({ tools = [], responseFormat }: LLMRequest): void {
  if (tools.length > REQUEST_LIMITS.tools) throw invalid('tools', `At most ${REQUEST_LIMITS.tools} tools are taken`);
  for (const [index, tool] of tools.entries()) {
    if (!TOOL_NAME.test(tool.name))
      throw invalid(`tools[${index}].name`, 'A tool name has 1 to 64 letters, digits, _ or -');
    checkSchema(tool.parameters, `tools[${index}].parameters`);
  }
  if (new Set(tools.map(({ name }) => name)).size < tools.length)
    throw invalid('tools', 'Two tools have the same name');
  if (responseFormat?.type !== 'json-schema') return;
  if (!TOOL_NAME.test(responseFormat.name))
    throw invalid('responseFormat.name', 'A schema name has 1 to 64 letters, digits, _ or -');
  checkSchema(responseFormat.schema, 'responseFormat.schema');
}

const SCHEMA_TYPES = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);

function checkSchema(schema: unknown, param: string): void {
  if (schema === undefined) return;
  if (JSON.stringify(schema).length > REQUEST_LIMITS.schemaCharacters)
    throw invalid(param, 'The schema is larger than 128 KiB');
  checkSchemaNode(schema, param, 0);
}

/** Below these stand values, which may look like anything. */
const VALUES: ReadonlySet<string> = new Set(['default', 'const', 'enum', 'example', 'examples']);

function checkSchemaNode(node: unknown, param: string, depth: number): void {
  if (depth > REQUEST_LIMITS.schemaDepth)
    throw invalid(param, `The schema is nested deeper than ${REQUEST_LIMITS.schemaDepth}`);
  if (Array.isArray(node)) {
    for (const item of node) checkSchemaNode(item, param, depth + 1);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    if (VALUES.has(key)) continue;
    // `type` is a keyword only where a schema stands; as the name of a property its value is a schema, an object.
    if (key === 'type' && typeof value === 'string' && !SCHEMA_TYPES.has(value))
      throw invalid(param, `"${value.slice(0, 40)}" is no type of JSON Schema`);
    checkSchemaNode(value, param, depth + 1);
  }
}

/** Lone surrogates and NUL become U+FFFD: strict vendors refuse the first, PostgreSQL the second. Clean text is untouched. */
export function wellFormed(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', '\ufffd') : whole;
}

function wellFormedRequest(request: LLMRequest): LLMRequest {
  const messages = request.messages.map(wellFormedMessage);
  const { systemPrompt, tags } = request;
  return {
    ...request,
    messages,
    ...(systemPrompt !== undefined && { systemPrompt: wellFormed(systemPrompt) }),
    ...(tags !== undefined && {
      tags: Object.fromEntries(Object.entries(tags).map(([name, value]) => [wellFormed(name), wellFormed(value)])),
    }),
  };
}

function wellFormedMessage(message: Message): Message {
  if (typeof message.content === 'string') return { ...message, content: wellFormed(message.content) };
  if (message.role === 'user') return { ...message, content: message.content.map(wellFormedPart) };
  if (message.role === 'tool') return { ...message, content: message.content.map(wellFormedPart) };
  if (message.role !== 'assistant') return message;
  return {
    ...message,
    content: message.content.map((part) =>
      part.type === 'tool-call'
        ? { ...part, argumentsText: wellFormed(part.argumentsText) }
        : { ...part, text: wellFormed(part.text) },
    ),
  };
}

/** Addresses and base64 were found to be ASCII. */
function wellFormedPart<Part extends UserPart>(part: Part): Part {
  if (part.type === 'text') return { ...part, text: wellFormed(part.text) };
  if (part.type !== 'file' || part.filename === undefined) return part;
  return { ...part, filename: wellFormed(part.filename) };
}
