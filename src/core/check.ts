// What a request must keep, whoever brings it: bounds on everything, so that nothing downstream needs one, and words that are known,
// for callers without a compiler. The gateway's schemas read the wire; the limits stand here, once. Params are in the library's words.

import { checkMessages } from './check-messages.ts';
import { checkTools } from './check-tools.ts';
import { checkFieldNames, checkIsRequest, checkWord, invalid, isName } from './check-words.ts';
import { checkEmbedding } from './embeddings.ts';
import { llmError } from './errors.ts';
import { isObject } from './json.ts';
import { checkMedia } from './media.ts';
import type { CacheMode, Caller, LLMRequest, Message, ReasoningEffort, UserPart } from './request.ts';

const REQUEST_LIMITS = {
  stops: 4,
  tags: 16,
  tagCharacters: 64,
  maxTokens: 1_000_000,
} as const;

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
const FIELD_NAMES = Object.keys(FIELDS);
/** Who asks for embeddings knows these two, and they are translated by then. */
const EMBEDDING_NAMES = ['input', 'dimensions', ...FIELD_NAMES];

const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high'] as const satisfies readonly ReasoningEffort[];
const CACHE_MODES = ['use', 'refresh', 'off'] as const satisfies readonly CacheMode[];

/** Throws the first fault found; returns the request with text that every vendor and store can take. */
export function checkRequest(request: LLMRequest): LLMRequest {
  checkIsRequest(request);
  checkFieldNames(request, request.embedding === undefined ? FIELD_NAMES : EMBEDDING_NAMES, '');
  if (request.embedding === undefined) {
    checkMessages(request.messages);
    checkMedia(request.messages);
  } else checkEmbedding(request);
  checkNames(request);
  checkNumbers(request);
  checkChoices(request);
  checkTools(request);
  return wellFormedRequest(request);
}

/** Names from identity keep what names from a body keep. */
export function checkCaller({ tenant, userId }: Caller): void {
  if (!isName(tenant)) throw invalid('caller.tenant', 'A tenant is named by 1 to 256 printable ASCII characters');
  if (!isName(userId)) throw invalid('caller.userId', 'A user is named by 1 to 256 printable ASCII characters');
}

function checkNames({ systemPrompt, userId, model, tags = {} }: LLMRequest): void {
  if (systemPrompt !== undefined && typeof systemPrompt !== 'string')
    throw invalid('systemPrompt', 'systemPrompt must be a text');
  if (userId !== undefined && !isName(userId)) {
    throw invalid('userId', 'userId must be 1 to 256 printable ASCII characters');
  }
  if (model !== undefined && !isName(model)) {
    throw llmError('model_not_found', 'A model name is 1 to 256 printable ASCII characters', { param: 'model' });
  }
  if (!isObject(tags)) throw invalid('tags', 'tags must be an object of names and texts');
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

function checkChoices({ reasoningEffort, cache, parallelToolCalls, serviceTier, providerOptions }: LLMRequest): void {
  if (reasoningEffort !== undefined) checkWord(reasoningEffort, EFFORTS, 'reasoningEffort');
  if (cache !== undefined) checkWord(cache, CACHE_MODES, 'cache');
  if (parallelToolCalls !== undefined && typeof parallelToolCalls !== 'boolean')
    throw invalid('parallelToolCalls', 'parallelToolCalls must be true or false');
  if (serviceTier !== undefined && (typeof serviceTier !== 'string' || serviceTier === ''))
    throw invalid('serviceTier', 'serviceTier must be a text');
  if (providerOptions === undefined) return;
  if (!isObject(providerOptions) || !Object.values(providerOptions).every(isObject))
    throw invalid('providerOptions', 'providerOptions must be an object with one of fields by the name of a provider');
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most;
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
