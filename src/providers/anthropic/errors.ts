// What Anthropic means by its errors: its envelope, read for what it has in common with the errors of the Chat Completions family, whose
// words, sentences and messages are one list.

import { type LLMError, withDetail } from '../../core/errors.ts';
import { isObject, type Json, type JsonObject, objectAt, parsedJson, stringAt } from '../../core/json.ts';
import type { ErrorReply } from '../../core/provider.ts';
import { errorObject, toldError } from '../errors.ts';
import { retryAfterMs } from '../retry-after.ts';
import { exhaustedForMs } from './limits.ts';

const VENDOR = 'Anthropic';
const REQUEST_ID = /^req_[A-Za-z0-9]{1,64}$/;
/** Where its sentence begins with the path of a field: `messages.0.content: …`. Only paths of fields that we send are read. */
const FIELD_PATH =
  /^((?:messages|system|tools|tool_choice|max_tokens|thinking|output_config|temperature|top_p|top_k|stop_sequences|metadata|cache_control|service_tier)(?:\.[a-z0-9_]{1,32}){0,6}): /;

/** The error of a reply whose status is no success. */
export function errorOfReply({ status, headers, body }: ErrorReply): LLMError {
  const envelope = parsedJson(body);
  const error = toldError(VENDOR, {
    status,
    error: inCommonWords(errorObject(envelope) ?? {}),
    retryAfterMs: retryAfterMs(headers),
    exhaustedForMs: exhaustedForMs(headers),
    requestId: requestIdOf(headers['request-id'] ?? stringAt(envelope, 'request_id')),
  });
  // It says so beside errors that no second try mends.
  return headers['x-should-retry'] === 'false' ? withDetail(error, { sameTargetAgain: false }) : error;
}

/** The error inside a reply whose status said success, whole or in a stream; null when there is none. */
export function errorInSuccess(body: Json): LLMError | null {
  const error = isObject(body) ? errorObject(body) : null;
  if (error === null) return null;
  const requestId = requestIdOf(stringAt(body, 'request_id'));
  return toldError(VENDOR, {
    status: null,
    error: inCommonWords(error),
    retryAfterMs: null,
    exhaustedForMs: null,
    requestId,
  });
}

/** Null for what does not look like one: it goes into messages and metadata. */
export function requestIdOf(id: string | null | undefined): string | null {
  return typeof id === 'string' && REQUEST_ID.test(id) ? id : null;
}

/** The code stands in `details`, the field in the sentence. */
function inCommonWords(error: JsonObject): JsonObject {
  const code = stringAt(objectAt(error, 'details') ?? undefined, 'error_code');
  const param = FIELD_PATH.exec(stringAt(error, 'message') ?? '')?.[1];
  return { ...error, ...(code !== null && { code }), ...(param !== undefined && { param }) };
}
