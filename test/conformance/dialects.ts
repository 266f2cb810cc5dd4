// The four APIs whose recorded traffic is read, each with a reading of its own beside the decoder's, and what is seen of it.

import { arrayAt, isObject, type Json, type JsonObject, objectAt, stringAt } from '../../src/core/json.ts';
import type { Frame, LLMProvider } from '../../src/core/provider.ts';
import type { Answer } from '../../src/core/response.ts';
import {
  asReading,
  FAILURES,
  isErrorIn,
  payloadsOf,
  type Reading,
  type Recording,
  recordingsOf,
} from '../providers/recorded.ts';
import { chatProviderFor, FUNCTION_CALL, meantBy } from '../providers/recorded-chat.ts';
import {
  asContentReading,
  CONTENT_FAILURES,
  NOT_READ,
  readingOfContent,
  recordedContents,
} from '../providers/recorded-contents.ts';
import {
  asMessageReading,
  MESSAGE_FAILURES,
  readingOfMessage,
  recordedMessages,
} from '../providers/recorded-messages.ts';
import { RESPONSES_FAILURES, readingOfResponse, responsesProviderFor } from '../providers/recorded-responses.ts';
import { VENDORS } from './vendors.ts';

/** What there is in an answer. */
export interface Traits {
  readonly calls: number;
  readonly hasReasoning: boolean;
  readonly hasUsage: boolean;
  readonly hasCachedUsage: boolean;
}

export interface Dialect {
  readonly api: string;
  readonly recordings: readonly Recording[];
  /** The row that it belongs to. */
  vendorOf(recording: Recording): string;
  providerFor(recording: Recording): LLMProvider;
  /** False: it is of what we neither ask for nor read. */
  isRead(recording: Recording): boolean;
  /** Of a stream that told a failure. */
  streamErrorOf(recording: Recording): string | null;
  readingOf(recording: Recording): unknown;
  asReading(answer: Answer): unknown;
  traitsOf(recording: Recording): Traits;
  readonly failures: Readonly<Record<string, string>>;
  /** How many whole events a cut must leave for the answer to be whole all the same. */
  wholeFrom(frames: readonly Frame[]): number;
  /** The pictures of a request: as URLs, or as the base64 of their data. */
  imagesIn(request: JsonObject): readonly string[];
  /** The JSON schema that an answer must keep; null: none is demanded. */
  schemaIn(request: JsonObject): JsonObject | null;
}

const traitsOfReading = (reading: Reading): Traits => ({
  calls: reading.calls.length,
  hasReasoning: reading.reasoning !== '' || (reading.reasoningTokens ?? 0) > 0,
  hasUsage: reading.promptTokens !== null && reading.completionTokens !== null,
  hasCachedUsage: (reading.cachedTokens ?? 0) > 0,
});

const chat: Dialect = {
  api: 'chat.completions',
  recordings: recordingsOf('chat.completions'),
  vendorOf: ({ provider }) => (provider === 'anthropic' ? 'anthropic-chat' : provider),
  providerFor: ({ provider }) => chatProviderFor(provider),
  isRead: ({ file }) => file !== FUNCTION_CALL,
  streamErrorOf({ stream, provider }) {
    if (stream === null || !payloadsOf(stream).some(isErrorIn)) return null;
    return provider === 'groq' ? 'provider_rejected_answer' : 'provider_rejected';
  },
  readingOf: meantBy,
  asReading,
  traitsOf: (recording) => traitsOfReading(meantBy(recording)),
  failures: FAILURES,
  wholeFrom: (frames) => frames.length,
  imagesIn: (request) =>
    partsIn(request, 'messages', 'content').flatMap((part) => stringAt(objectAt(part, 'image_url') ?? {}, 'url') ?? []),
  schemaIn: (request) => objectAt(objectAt(objectAt(request, 'response_format') ?? {}, 'json_schema') ?? {}, 'schema'),
};

const responses: Dialect = {
  ...chat,
  api: 'responses',
  recordings: recordingsOf('responses'),
  vendorOf: ({ provider }) => (provider === 'openai' ? 'openai-responses' : provider),
  providerFor: ({ provider }) => responsesProviderFor(provider),
  isRead: () => true,
  streamErrorOf: ({ stream }) =>
    stream !== null && payloadsOf(stream).some((event) => stringAt(event, 'type') === 'error')
      ? 'provider_rate_limited'
      : null,
  readingOf: readingOfResponse,
  traitsOf: (recording) => traitsOfReading(readingOfResponse(recording)),
  failures: RESPONSES_FAILURES,
  wholeFrom: (frames) => frames.findIndex(({ data }) => /"type":\s*"response\.(completed|incomplete)"/.test(data)) + 1,
  imagesIn: (request) => partsIn(request, 'input', 'content').flatMap((part) => stringAt(part, 'image_url') ?? []),
  schemaIn: (request) => objectAt(objectAt(objectAt(request, 'text') ?? {}, 'format') ?? {}, 'schema'),
};

const messages: Dialect = {
  ...chat,
  api: 'messages',
  recordings: recordedMessages(),
  vendorOf: () => 'anthropic',
  providerFor: () => providerOf('anthropic'),
  isRead: () => true,
  streamErrorOf: () => null,
  readingOf: readingOfMessage,
  asReading: asMessageReading,
  traitsOf(recording) {
    const { calls, thoughts, thinkingTokens, inputTokens, outputTokens, cacheReadTokens } = readingOfMessage(recording);
    return {
      calls: calls.length,
      hasReasoning: thoughts.length > 0 || (thinkingTokens ?? 0) > 0,
      hasUsage: inputTokens !== null && outputTokens !== null,
      hasCachedUsage: (cacheReadTokens ?? 0) > 0,
    };
  },
  failures: MESSAGE_FAILURES,
  imagesIn: (request) =>
    partsIn(request, 'messages', 'content')
      .filter((part) => stringAt(part, 'type') === 'image')
      .flatMap((part) => {
        const source = objectAt(part, 'source') ?? {};
        return stringAt(source, 'data') ?? stringAt(source, 'url') ?? [];
      }),
  schemaIn: (request) =>
    objectAt(objectAt(request, 'output_format') ?? {}, 'schema') ??
    objectAt(objectAt(objectAt(request, 'output_config') ?? {}, 'format') ?? {}, 'schema'),
};

const contents: Dialect = {
  ...chat,
  api: 'generateContent',
  recordings: recordedContents(),
  vendorOf: () => 'gemini',
  providerFor: () => providerOf('gemini'),
  isRead: ({ file }) => NOT_READ[file] === undefined,
  streamErrorOf: () => null,
  readingOf: readingOfContent,
  asReading: asContentReading,
  traitsOf(recording) {
    const { calls, reasoning, reasoningTokens, promptTokens, completionTokens, cachedTokens } =
      readingOfContent(recording);
    return {
      calls: calls.length,
      hasReasoning: reasoning !== '' || (reasoningTokens ?? 0) > 0,
      hasUsage: promptTokens !== null && Number.isFinite(completionTokens),
      hasCachedUsage: (cachedTokens ?? 0) > 0,
    };
  },
  failures: Object.fromEntries(Object.entries(CONTENT_FAILURES).map(([file, { code }]) => [file, code])),
  imagesIn: (request) =>
    partsIn(request, 'contents', 'parts')
      .map((part) => objectAt(part, 'inlineData') ?? objectAt(part, 'inline_data') ?? {})
      .filter((data) => /^image\//.test(stringAt(data, 'mimeType') ?? stringAt(data, 'mime_type') ?? ''))
      .flatMap((data) => stringAt(data, 'data') ?? []),
  schemaIn(request) {
    const config = objectAt(request, 'generationConfig') ?? {};
    const names = ['responseJsonSchema', 'responseSchema', 'response_schema'];
    return names.map((name) => objectAt(config, name)).find((schema) => schema !== null) ?? null;
  },
};

export const DIALECTS: readonly Dialect[] = [chat, responses, messages, contents];

function providerOf(id: string): LLMProvider {
  const vendor = VENDORS.find((each) => each.id === id);
  if (vendor === undefined) throw new Error(`There is no row of ${id}`);
  return vendor.create();
}

function partsIn(request: JsonObject, list: string, member: string): readonly Json[] {
  return (arrayAt(request, list) ?? []).flatMap((item) => (isObject(item) ? (arrayAt(item, member) ?? []) : []));
}
