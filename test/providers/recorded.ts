// Recorded traffic, read where it lies, and for the Chat Completions dialect a reading of its own: small, slow, and made without the
// decoder, so that what the decoder makes can be compared with something.

import { existsSync, readFileSync } from 'node:fs';
import { contentOf, reasoningOf } from '../../src/core/events.ts';
import { arrayAt, isObject, type Json, type JsonObject, numberAt, objectAt, stringAt } from '../../src/core/json.ts';
import type { ReplyHeaders } from '../../src/core/provider.ts';
import type { Answer } from '../../src/core/response.ts';
import { FrameParser } from '../../src/transport/frames.ts';

const FOLDER = new URL('../../../shared/fixtures/', import.meta.url);

export const hasRecordings = existsSync(FOLDER);

export interface Recording {
  readonly file: string;
  readonly provider: string;
  /** As the request or the answer named it; null: neither did. */
  readonly model: string | null;
  readonly status: number;
  readonly headers: ReplyHeaders;
  readonly request: JsonObject | null;
  /** The text of a stream; null for a whole reply. */
  readonly stream: string | null;
  /** Of a whole reply. */
  readonly body: Json;
}

export function recordingsOf(api: string): readonly Recording[] {
  if (!hasRecordings) {
    console.log(`skipped: there is no ../shared/fixtures, so no recorded ${api} was read`);
    return [];
  }
  const index = jsonOf('INDEX.json');
  const entries = Array.isArray(index) ? index.filter((entry) => stringAt(entry, 'api') === api) : [];
  return entries.map(recordingOf);
}

/** How many exchanges there are of each API. */
export function recordedApis(): ReadonlyMap<string, number> {
  const index = hasRecordings ? jsonOf('INDEX.json') : [];
  const apis = Map.groupBy(Array.isArray(index) ? index : [], (entry) => stringAt(entry, 'api') ?? 'unnamed');
  return new Map([...apis].map(([api, entries]) => [api, entries.length]));
}

function recordingOf(entry: Json): Recording {
  const file = stringAt(entry, 'file') ?? '';
  const exchange = jsonOf(file);
  const response = objectAt(exchange, 'response') ?? {};
  const body = response['body'] ?? null;
  const chunks = arrayAt(response, 'chunks');
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(objectAt(response, 'headers') ?? {})) headers[name] = String(value);
  return {
    file,
    provider: stringAt(entry, 'provider') ?? '',
    model: stringAt(entry, 'model'),
    status: numberAt(entry, 'status') ?? 0,
    headers,
    request: objectAt(objectAt(exchange, 'request'), 'body'),
    // What was recorded as a list of payloads has lost its marker with its frames.
    stream:
      chunks !== null
        ? chunks.map((chunk) => `data: ${chunk}\n\n`).join('') + (TERMINALS[stringAt(entry, 'api') ?? ''] ?? '')
        : stringAt(entry, 'format') === 'sse'
          ? String(body)
          : null,
    body,
  };
}

/** Gemini has none. */
const TERMINALS: Readonly<Record<string, string>> = { 'chat.completions': 'data: [DONE]\n\n' };

function jsonOf(file: string): Json {
  return JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'));
}

export interface Reading {
  readonly content: string;
  readonly reasoning: string;
  readonly calls: readonly (readonly [name: string, argumentsText: string])[];
  readonly finishReason: string | null;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly cachedTokens: number | null;
  readonly reasoningTokens: number | null;
}

/** The messages of a whole reply, or the deltas of a stream, laid one on the other. */
export function readingOf({ stream, body }: Recording): Reading {
  const chunks = stream === null ? [body] : payloadsOf(stream);
  const choices = chunks.flatMap((chunk) =>
    (arrayAt(chunk, 'choices') ?? []).filter((choice) => (numberAt(choice, 'index') ?? 0) === 0),
  );
  const messages = choices.map((choice) => objectAt(choice, stream === null ? 'message' : 'delta') ?? {});
  const textIn = (key: string) => messages.map((message) => stringAt(message, key) ?? '').join('');
  const listed = messages.flatMap((message) => arrayAt(message, 'content') ?? []);
  const usage = chunks.map(usageIn).findLast((each) => each !== null) ?? {};
  return {
    content: textIn('content') + textIn('refusal') + listed.map((part) => stringAt(part, 'text') ?? '').join(''),
    reasoning: messages
      .map((message) => stringAt(message, 'reasoning') ?? stringAt(message, 'reasoning_content') ?? '')
      .concat(listed.flatMap((part) => (arrayAt(part, 'thinking') ?? []).map((each) => stringAt(each, 'text') ?? '')))
      .join(''),
    calls: callsOf(messages),
    finishReason:
      choices.map((choice) => stringAt(choice, 'finish_reason')).findLast((reason) => reason !== null) ?? null,
    promptTokens: numberAt(usage, 'prompt_tokens'),
    completionTokens: numberAt(usage, 'completion_tokens'),
    cachedTokens: numberAt(objectAt(usage, 'prompt_tokens_details'), 'cached_tokens'),
    reasoningTokens: numberAt(objectAt(usage, 'completion_tokens_details'), 'reasoning_tokens'),
  };
}

export function payloadsOf(stream: string): readonly Json[] {
  return stream
    .split(/\r\n|\r|\n/)
    .filter((line) => line.startsWith('data:') && !line.includes('[DONE]'))
    .map((line): Json => JSON.parse(line.slice(5)));
}

function usageIn(chunk: Json): JsonObject | null {
  const usage = objectAt(chunk, 'usage') ?? objectAt(objectAt(chunk, 'x_groq'), 'usage');
  return numberAt(usage, 'prompt_tokens') === null ? null : usage;
}

function callsOf(messages: readonly JsonObject[]): readonly (readonly [string, string])[] {
  const calls = new Map<number, [string, string]>();
  for (const message of messages) {
    for (const [position, call] of (arrayAt(message, 'tool_calls') ?? []).entries()) {
      const key = messages.length === 1 ? position : (numberAt(call, 'index') ?? position);
      const [name, text] = calls.get(key) ?? ['', ''];
      const called = objectAt(call, 'function');
      calls.set(key, [name + (stringAt(called, 'name') ?? ''), text + (stringAt(called, 'arguments') ?? '')]);
    }
  }
  return [...calls.values()];
}

export function isErrorIn(payload: Json): boolean {
  return isObject(payload) && isObject(payload['error']);
}

/** What the decoder made, to be compared with a reading. */
export function asReading(answer: Answer): Reading {
  return {
    content: contentOf(answer.parts),
    reasoning: reasoningOf(answer.parts) ?? '',
    calls: answer.parts.flatMap((part) =>
      part.type === 'tool-call' ? [[part.name, part.argumentsText] as const] : [],
    ),
    finishReason: answer.finishReasonRaw,
    promptTokens: answer.usage?.inputTokens ?? null,
    completionTokens: answer.usage?.outputTokens ?? null,
    cachedTokens: answer.usage?.cacheReadTokens ?? null,
    reasoningTokens: answer.usage?.reasoningTokens ?? null,
  };
}

/** By what is said, since the recordings do not say what we should call it. */
export const FAILURES: Readonly<Record<string, string>> = {
  'azure/error/crewai--test-openai-is-default-provider-without-explicit-llm-set-on-agent-1.json': 'model_not_found',
  'azure/error/openllmetry--test-chat-reasoning-3.json': 'model_not_found',
  'azure/error/ruby-llm--chat-real-error-scenarios-azure-grok-4-1-fast-non-reasoning-handles-co.json':
    'provider_rate_limited',
  'deepseek/error/ruby-llm--chat-real-error-scenarios-deepseek-deepseek-chat-handles-context-lengt.json':
    'context_length_exceeded',
  'groq/error/pydantic-ai--test-model-name-suggestion-groq.json': 'model_not_found',
  'groq/error/pydantic-ai--test-tool-use-failed-error-1.json': 'provider_rejected_answer',
  'openai/error/ai--reasoning-model-legacy-parameter-error.json': 'provider_rejected',
  'openai/error/braintrust-sdk-pytho--test-openai-client-error.json': 'model_not_found',
  'openai/error/crewai--test-llm-call-when-stop-is-unsupported-when-additional-drop-params-is-1.json':
    'provider_rejected',
  'openai/error/mirascope--openai-gpt-4o-completions.json': 'provider_auth',
  'openrouter/error/crewai--test-agent-knowledege-with-crewai-knowledge-3.json': 'provider_auth',
  'openrouter/error/ruby-llm--chat-real-error-scenarios-openrouter-claude-haiku-4-5-handles-context.json':
    'context_length_exceeded',
  'perplexity/error/ruby-llm--chat-real-error-scenarios-perplexity-sonar-handles-context-length-exce.json':
    'context_length_exceeded',
  'together/error/mirascope--makes-successful-api-call.json': 'provider_auth',
};

export function sentenceOf(body: Json): string {
  return stringAt(objectAt(body, 'error'), 'message') ?? 'no sentence';
}

/** How many whole events a cut leaves, for a cut after each byte: none, one, … */
export function eventsLeftByCuts(bytes: Uint8Array): ReadonlySet<number> {
  let events = 0;
  const left = new Set<number>();
  const parser = new FrameParser(() => {
    events += 1;
  });
  for (let end = 0; end < bytes.length; end++) {
    left.add(events);
    parser.push(bytes.subarray(end, end + 1));
  }
  return left;
}
