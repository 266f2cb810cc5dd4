// Recorded traffic of Gemini's Developer API and of Vertex, which has the same shape, with a reading of its own, made without the decoder.

import { contentOf, reasoningOf } from '../../src/core/events.ts';
import { arrayAt, isObject, type Json, numberAt, objectAt, stringAt } from '../../src/core/json.ts';
import type { Answer } from '../../src/core/response.ts';
import { payloadsOf, type Recording, recordingsOf } from './recorded.ts';

export function recordedContents(): readonly Recording[] {
  return recordingsOf('generateContent').map(asStream);
}

/** Streams that are not read, and why. */
export const NOT_READ: Readonly<Record<string, string>> = {
  'google/parallel-tools-stream/ai--google-stream-no-args-tool-call.json':
    'calls in pieces, which only Vertex sends and only to those who ask for them',
  'google/parallel-tools-stream/ai--google-stream-tool-call-arguments.json':
    'calls in pieces, which only Vertex sends and only to those who ask for them',
};

/** Without `alt=sse` a stream is a list: the same chunks. */
function asStream(recording: Recording): Recording {
  const { body } = recording;
  if (!Array.isArray(body)) return recording;
  return { ...recording, stream: body.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join('') };
}

/** Read without the decoder. */
export function readingOfContent({ stream, body }: Recording) {
  const chunks = stream === null ? [body] : payloadsOf(stream);
  const candidates = chunks.flatMap((chunk) => arrayAt(chunk, 'candidates') ?? []);
  const parts = candidates.flatMap((candidate) => arrayAt(objectAt(candidate, 'content'), 'parts') ?? []);
  const isThought = (part: Json) => isObject(part) && part['thought'] === true;
  const textOf = (some: readonly Json[]) => some.map((part) => stringAt(part, 'text') ?? '').join('');
  const calls = parts.map((part) => objectAt(part, 'functionCall')).filter((call) => call !== null);
  const signatures = parts.map((part) => stringAt(part, 'thoughtSignature')).filter((signature) => signature !== null);
  const finishReason = candidates
    .map((candidate) => stringAt(candidate, 'finishReason'))
    .findLast((one) => one !== null);
  const usage = chunks.map((chunk) => objectAt(chunk, 'usageMetadata')).findLast((one) => one !== null) ?? {};
  const count = (name: string) => numberAt(usage, name);
  const promptTokens = count('promptTokenCount');
  const written = [count('candidatesTokenCount'), count('thoughtsTokenCount')].filter((tokens) => tokens !== null);
  return {
    content: textOf(parts.filter((part) => !isThought(part))),
    reasoning: textOf(parts.filter(isThought)),
    calls: calls.map((call) => [stringAt(call, 'name'), call['args'] ?? {}]),
    signatures,
    finishReason,
    promptTokens: promptTokens === null ? null : promptTokens + (count('toolUsePromptTokenCount') ?? 0),
    // What is left out was counted as none: the total says so.
    completionTokens:
      written.length > 0
        ? written.reduce((sum, tokens) => sum + tokens, 0)
        : (count('totalTokenCount') ?? 0) - (promptTokens ?? 0),
    cachedTokens: count('cachedContentTokenCount'),
    reasoningTokens: count('thoughtsTokenCount'),
    id: chunks.map((chunk) => stringAt(chunk, 'responseId'))[0],
    model: chunks.map((chunk) => stringAt(chunk, 'modelVersion'))[0],
  };
}

export function asContentReading({
  id,
  model,
  parts,
  finishReasonRaw,
  usage,
}: Answer): ReturnType<typeof readingOfContent> {
  return {
    content: contentOf(parts),
    reasoning: reasoningOf(parts) ?? '',
    calls: parts.flatMap((part) => (part.type === 'tool-call' ? [[part.name, JSON.parse(part.argumentsText)]] : [])),
    signatures: parts.flatMap((part) =>
      part.type === 'text' || part.providerData === undefined
        ? []
        : [stringAt(objectAt(part.providerData, 'google'), 'thought_signature') ?? 'none'],
    ),
    finishReason: finishReasonRaw ?? undefined,
    promptTokens: usage?.inputTokens ?? null,
    completionTokens: usage?.outputTokens ?? Number.NaN,
    cachedTokens: usage?.cacheReadTokens ?? null,
    reasoningTokens: usage?.reasoningTokens ?? null,
    id,
    model,
  };
}

/** By what is said, since the recordings do not say what we should call it. */
export const CONTENT_FAILURES: Readonly<Record<string, { readonly code: string; readonly retryAfterMs?: number }>> = {
  'google-vertex/error/opentelemetry-python--test-generate-content-missing-model.json': { code: 'model_not_found' },
  'google/error/ai--google-429-retry-info.json': { code: 'provider_rate_limited', retryAfterMs: 34_400 },
  'google/error/braintrust-sdk-pytho--test-error-handling.json': { code: 'model_not_found' },
  'google/error/crewai--testagentmultimodalgemini-test-video-file-gemini-gemini-2-0-flash.json': {
    code: 'provider_rate_limited',
  },
  'google/error/ruby-llm--chat-error-handling-with-gemini-gemini-2-5-flash-raises-appropriate-au.json': {
    code: 'provider_auth',
  },
  'google/error/ruby-llm--chat-real-error-scenarios-gemini-gemini-2-5-flash-handles-context-leng.json': {
    code: 'provider_rate_limited',
    retryAfterMs: 48_000,
  },
};
