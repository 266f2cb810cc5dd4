// Recorded traffic of Anthropic's Messages API with a reading of its own: small, slow, and without the decoder.

import { contentOf } from '../../src/core/events.ts';
import { arrayAt, type Json, type JsonObject, numberAt, objectAt, stringAt } from '../../src/core/json.ts';
import type { AnswerPart } from '../../src/core/request.ts';
import type { Answer } from '../../src/core/response.ts';
import { payloadsOf, type Recording, recordingsOf } from './recorded.ts';

export function recordedMessages(): readonly Recording[] {
  return recordingsOf('messages').map(asSent);
}

/** A list of payloads is ended as the other dialect ends; nothing stands there in Anthropic's streams. */
function asSent(recording: Recording): Recording {
  return { ...recording, stream: recording.stream?.replace('data: [DONE]\n\n', '') ?? null };
}

export interface MessageReading {
  readonly id: string | null;
  readonly model: string | null;
  readonly text: string;
  readonly thoughts: readonly (readonly [text: string, signature: string])[];
  readonly calls: readonly (readonly [id: string | null, name: string | null, input: Json])[];
  readonly reason: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cacheReadTokens: number | null;
  readonly thinkingTokens: number | null;
}

/** The blocks of a whole answer, or those of a stream with their deltas laid on them. */
export function readingOfMessage({ stream, body }: Recording): MessageReading {
  const payloads = stream === null ? [] : payloadsOf(stream);
  const message = stream === null ? body : (objectAt(payloads[0], 'message') ?? {});
  const blocks = stream === null ? (arrayAt(body, 'content') ?? []) : blocksOf(payloads);
  const last = stream === null ? body : payloads.findLast((payload) => stringAt(payload, 'type') === 'message_delta');
  const usage = { ...objectAt(message, 'usage'), ...objectAt(last, 'usage') };
  const of = (type: string) => blocks.filter((block) => stringAt(block, 'type') === type);
  const parts = ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'].map((name) =>
    numberAt(usage, name),
  );
  return {
    id: stringAt(message, 'id'),
    model: stringAt(message, 'model'),
    text: of('text')
      .map((block) => stringAt(block, 'text'))
      .join(''),
    thoughts: of('thinking').map((block) => [stringAt(block, 'thinking') ?? '', stringAt(block, 'signature') ?? '']),
    calls: of('tool_use').map((block) => [stringAt(block, 'id'), stringAt(block, 'name'), objectAt(block, 'input')]),
    reason: stringAt(stream === null ? body : (objectAt(last, 'delta') ?? {}), 'stop_reason'),
    inputTokens: parts.reduce((sum: number, tokens) => sum + (tokens ?? 0), 0),
    outputTokens: numberAt(usage, 'output_tokens'),
    cacheReadTokens: numberAt(usage, 'cache_read_input_tokens'),
    thinkingTokens: numberAt(objectAt(usage, 'output_tokens_details') ?? undefined, 'thinking_tokens'),
  };
}

function blocksOf(payloads: readonly Json[]): readonly JsonObject[] {
  const starts = payloads.filter((payload) => stringAt(payload, 'type') === 'content_block_start');
  return starts.map((start) => {
    const index = numberAt(start, 'index');
    const block = objectAt(start, 'content_block') ?? {};
    const joined = (key: string) =>
      payloads
        .filter((payload) => numberAt(payload, 'index') === index)
        .map((payload) => stringAt(objectAt(payload, 'delta') ?? {}, key) ?? '')
        .join('');
    return {
      ...block,
      text: joined('text'),
      thinking: joined('thinking'),
      signature: joined('signature'),
      input: JSON.parse(joined('partial_json') || '{}'),
    };
  });
}

export function asMessageReading({ id, model, parts, finishReasonRaw, usage }: Answer): MessageReading {
  const thought = (part: AnswerPart) =>
    part.type === 'reasoning' ? [[part.text, stringAt(part.providerData, 'signature') ?? ''] as const] : [];
  const call = (part: AnswerPart) =>
    part.type === 'tool-call' ? [[part.toolCallId, part.name, JSON.parse(part.argumentsText)] as const] : [];
  return {
    id,
    model,
    text: contentOf(parts),
    thoughts: parts.flatMap(thought),
    calls: parts.flatMap(call),
    reason: finishReasonRaw,
    inputTokens: usage?.inputTokens ?? null,
    outputTokens: usage?.outputTokens ?? null,
    cacheReadTokens: usage?.cacheReadTokens ?? null,
    thinkingTokens: usage?.reasoningTokens ?? null,
  };
}

/** By what is said, since the recordings do not say what we should call it. */
export const MESSAGE_FAILURES: Readonly<Record<string, string>> = {
  'anthropic/error/mirascope--anthropic-claude-sonnet-4-0-1.json': 'model_not_found',
  'anthropic/error/mirascope--handles-empty-string-content.json': 'provider_rejected',
  'anthropic/error/pydantic-ai--test-anthropic-explicit-effort-xhigh-unsupported-model-errors.json':
    'provider_rejected',
  'anthropic/error/ruby-llm--chat-real-error-scenarios-anthropic-claude-haiku-4-5-handles-context-l.json':
    'context_length_exceeded',
};
