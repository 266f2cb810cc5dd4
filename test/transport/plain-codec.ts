// A small codec of Groq's wire form, strict and without quirks, so that the transport is tested alone: a stream is whole when its
// `[DONE]` came, and by nothing else.

import type { Target } from '../../src/core/catalog.ts';
import { type ErrorCode, llmError } from '../../src/core/errors.ts';
import { arrayAt, isObject, type Json, numberAt, objectAt, stringAt } from '../../src/core/json.ts';
import type { AskOptions } from '../../src/core/parts.ts';
import type { Direct, ErrorReply, HttpCodec, StreamDecoder } from '../../src/core/provider.ts';
import type { FittedRequest } from '../../src/core/request.ts';
import type { Usage } from '../../src/core/response.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';

/** What must never be seen in anything that an error carries. */
export const CANARY_KEY = 'gsk_canary0key0that0must0stay0here';
export const CANARY_QUERY = 'canary0query';

export function plainCodec(baseUrl: string): HttpCodec {
  return {
    kind: 'http',
    encode: (request, model, stream) => ({
      url: `${baseUrl}/openai/v1/chat/completions?token=${CANARY_QUERY}`,
      headers: { authorization: `Bearer ${CANARY_KEY}` },
      body: {
        model,
        stream,
        max_completion_tokens: request.maxTokens ?? undefined,
        messages: request.messages.map(({ role, content }) => ({ role, content: String(content) })),
      },
      warnings: [],
    }),
    decode: (body) => {
      throwIfError(body);
      const choice = arrayAt(body, 'choices')?.[0];
      const text = stringAt(objectAt(choice, 'message') ?? undefined, 'content');
      if (text === null) throw llmError('provider_bad_reply', 'No choice with a content');
      const finishReasonRaw = stringAt(choice, 'finish_reason');
      const usage = usageOf(body);
      return {
        id: stringAt(body, 'id'),
        model: stringAt(body, 'model'),
        parts: [{ type: 'text', text }],
        finishReason: 'stop',
        finishReasonRaw,
        usage,
        providerMetadata: {},
      };
    },
    decodeStream,
    decodeError,
  };
}

function decodeStream(): StreamDecoder {
  let finishReasonRaw: string | null = null;
  let usage: Usage | null = null;
  return {
    frame({ data }, emit) {
      if (data === '[DONE]') {
        emit({ type: 'answer-end', finishReason: 'stop', finishReasonRaw, usage, providerMetadata: {} });
        return;
      }
      const chunk: Json = JSON.parse(data);
      throwIfError(chunk);
      usage = usageOf(chunk) ?? usage;
      const choice = arrayAt(chunk, 'choices')?.[0];
      const delta = objectAt(choice, 'delta');
      finishReasonRaw = stringAt(choice, 'finish_reason') ?? finishReasonRaw;
      if (stringAt(delta ?? undefined, 'role') !== null)
        emit({ type: 'answer-start', id: stringAt(chunk, 'id'), model: null });
      const text = stringAt(delta ?? undefined, 'content');
      if (text !== null && text !== '') emit({ type: 'text-delta', text });
    },
    end() {
      throw llmError('stream_broken', 'The stream ended before it was whole');
    },
  };
}

function usageOf(body: Json): Usage | null {
  const usage = objectAt(body, 'usage');
  if (usage === null) return null;
  return {
    inputTokens: numberAt(usage, 'prompt_tokens'),
    outputTokens: numberAt(usage, 'completion_tokens'),
    cacheReadTokens: null,
    cacheWriteTokens: null,
    reasoningTokens: null,
  };
}

function throwIfError(body: Json): void {
  const error = objectAt(body, 'error');
  if (error === null) return;
  throw llmError('provider_overloaded', 'The vendor told an error in its answer', {
    providerStatus: numberAt(error, 'status_code') ?? 200,
  });
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'provider_rejected',
  401: 'provider_auth',
  404: 'model_not_found',
  413: 'request_too_large',
  429: 'provider_rate_limited',
  498: 'provider_overloaded',
};

function decodeError({ status, headers, body }: ErrorReply) {
  const code = CODES[status] ?? (status >= 500 ? 'provider_overloaded' : 'provider_rejected');
  const retryAfter = headers['retry-after'];
  let providerCode: string | null = null;
  try {
    const parsed: unknown = JSON.parse(body);
    if (isObject(parsed)) providerCode = stringAt(objectAt(parsed, 'error') ?? undefined, 'code');
  } catch {
    providerCode = null;
  }
  return llmError(code, `Status ${status}`, {
    providerStatus: status,
    ...(providerCode !== null && { providerCode }),
    ...(retryAfter !== undefined && { retryAfterMs: Number(retryAfter) * 1000 }),
  });
}

export function targetOf(transport: HttpCodec | Direct): Target {
  return {
    provider: { id: 'groq', billAfterCancel: 'unknown', transport },
    card: {
      provider: 'groq',
      model: 'openai/gpt-oss-120b',
      contextWindow: 131_072,
      outputLimit: 65_536,
      features: new Set(),
      encoding: null,
      thinksSilently: false,
      source: 'test',
      readOn: '2026-11-22',
    },
    price: null,
    reason: 'test',
  };
}

export function requestOf(text: string): FittedRequest {
  return { ...EMPTY_REQUEST, messages: [{ role: 'user', content: text }] };
}

export function optionsOf(changes: Partial<AskOptions> = {}): AskOptions {
  return {
    stream: true,
    attemptId: 'att_test',
    attemptTimeoutMs: 30_000,
    connectTimeoutMs: 3000,
    idleTimeoutMs: 30_000,
    signal: new AbortController().signal,
    ...changes,
  };
}
