// What a vendor of OpenAI's family means by its errors, in our codes. Total: any status and any body give an error.
// The vendor's own sentences are read for what they mean and never passed on: they quote prompts, keys and organisations. Only
// single words of it that look like words of a protocol come through.

import { type ErrorCode, type ErrorDetail, type LLMError, llmError } from '../core/errors.ts';
import { isObject, type Json, type JsonObject, numberAt, parsedJson, stringAt } from '../core/json.ts';
import type { ErrorReply } from '../core/provider.ts';
import { durationMs, exhaustedForMs, retryAfterMs } from './retry-after.ts';

/** An error as it stands in a body or a stream. */
interface Told {
  /** Of the reply, or what the error itself says within a stream; null: nobody said. */
  readonly status: number | null;
  readonly error: JsonObject;
  readonly retryAfterMs: number | null;
  /** Until the window of the account that is used up has room again; null = none is told to be. */
  readonly exhaustedForMs: number | null;
  /** The vendor's id for the request, for those who must ask it what went wrong. */
  readonly requestId?: string | null;
}

/** The vendor's words, as `code` or as `type`, that say more than the status. */
const WORDS: readonly (readonly [ErrorCode, ...string[]])[] = [
  // A retired model was `model_decommissioned` at Groq before 2026; since then it is a plain 404 `model_not_found`.
  ['model_not_found', 'model_not_found', 'model_decommissioned', 'invalid_model'],
  ['context_length_exceeded', 'context_length_exceeded', 'too_many_prompt_tokens', 'exceed_context_size_error'],
  ['request_too_large', 'request_too_large'],
  ['provider_rejected_answer', 'tool_use_failed', 'json_validate_failed'],
  ['provider_auth', 'invalid_api_key', 'expired_api_key', 'authentication_error', 'permission_error'],
  ['provider_rate_limited', 'rate_limit_exceeded', 'rate_limit_error', 'slow_down'],
  ['provider_overloaded', 'capacity_exceeded', 'server_is_overloaded', 'overloaded_error'],
  ['provider_overloaded', 'service_unavailable_error', 'server_error', 'internal_server_error'],
  // Our account is empty, or over what its owner allows. OpenAI splits its `insufficient_quota` into the others since 2026.
  ['provider_quota', 'insufficient_quota', 'blocked_api_access', 'credit_balance_exhausted'],
  ['provider_quota', 'organization_spend_limit_exceeded', 'project_spend_limit_exceeded'],
  ['provider_quota', 'organization_usage_limit_exceeded'],
  // Anthropic's.
  ['provider_quota', 'enforced_spend_limit_reached', 'contract_spend_limit_reached'],
  ['provider_rate_limited', 'ramp_limit_exceeded'],
  ['provider_timeout', 'timeout_error'],
  // What OpenAI's Responses tell in a stream that was begun, where no status says that it is the request that is at fault.
  ['provider_rejected', 'invalid_prompt', 'data_residency_mismatch', 'bio_policy', 'misalignment_policy_violation'],
  ['provider_rejected', 'invalid_image', 'invalid_image_format', 'invalid_base64_image', 'invalid_image_url'],
  ['provider_rejected', 'image_too_large', 'image_too_small', 'image_parse_error', 'image_content_policy_violation'],
  ['provider_rejected', 'invalid_image_mode', 'image_file_too_large', 'unsupported_image_media_type'],
  ['provider_rejected', 'empty_image_file', 'failed_to_download_image', 'image_file_not_found', 'content_filter'],
  ['provider_timeout', 'vector_store_timeout'],
];
const BY_WORD: ReadonlyMap<string, ErrorCode> = new Map(
  WORDS.flatMap(([code, ...words]) => words.map((word) => [word, code] as const)),
);

/** What says less than a status, and all there is where none is told: within a stream. */
const WITHOUT_STATUS: ReadonlyMap<string, ErrorCode> = new Map([
  ['invalid_request_error', 'provider_rejected'],
  ['not_found_error', 'model_not_found'],
  ['billing_error', 'provider_quota'],
  ['api_error', 'provider_overloaded'],
]);

/** Where neither word nor status says it: what the sentence of a 4xx means. */
const BY_SENTENCE: readonly (readonly [RegExp, ErrorCode])[] = [
  [/credit balance|spend(ing)? limit|specified API usage limits/i, 'provider_quota'],
  [/\b(invalid|incorrect)\b.{0,20}\bapi key/i, 'provider_auth'],
  [
    /maximum context length|context window|reduce the length of the messages|prompt is too long|exceed context limit/i,
    'context_length_exceeded',
  ],
  // Together says it with a 403.
  [/\bcontext length of the model\b/i, 'context_length_exceeded'],
  [/has been decommissioned|does not exist or you do not have access/i, 'model_not_found'],
];

/** What to do about a rejected request, where the vendor names the reason in a sentence only. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/contain the word .?json/i, 'JSON mode wants the word "json" in a message'],
  [/too many images/i, 'it takes fewer images in one request'],
];

/** Groq names the field it means in its sentence only: "property 'x' is unsupported". */
const DISLIKED_FIELD = /property '([a-z][a-z0-9_]{0,63})' is unsupported/;
const TRY_AGAIN_IN = /try again in ([0-9.a-zµ]{1,32}[a-z])/;
const PROTOCOL_WORD = /^[a-z0-9_]{1,64}$/;
export const FIELD_PATH = /^[A-Za-z][A-Za-z0-9_.[\]]{0,63}$/;

/** The error of a reply whose status is no success. */
export function errorOfReply(vendor: string, { status, headers, body }: ErrorReply): LLMError {
  const error = errorOfFailure(parsedJson(body));
  return toldError(vendor, {
    status,
    error,
    retryAfterMs: retryAfterMs(headers),
    exhaustedForMs: exhaustedForMs(headers),
  });
}

/** The error inside a reply whose status said success; null when there is none. Groq puts the status it means beside it. */
export function errorInSuccess(vendor: string, body: Json): LLMError | null {
  const error = errorObject(body);
  if (error === null) return null;
  const statuses = [numberAt(error, 'status_code'), numberAt(error, 'code'), numberAt(body, 'status_code')];
  const status = statuses.find(isErrorStatus) ?? null;
  return toldError(vendor, { status, error, retryAfterMs: null, exhaustedForMs: null });
}

/** An error by itself, as a stream tells it after its status said success. */
export function errorInStream(vendor: string, error: JsonObject): LLMError {
  return toldError(vendor, { status: null, error, retryAfterMs: null, exhaustedForMs: null });
}

export function toldError(vendor: string, told: Told): LLMError {
  const code = codeOf(told);
  const detail = detailOf(told, code);
  return llmError(code, messageOf(vendor, code, told, detail), detail);
}

/** `{error: {…}}`, `{error: "…"}` or the bare object of some servers; null when nothing is told. */
export function errorObject(body: Json): JsonObject | null {
  const error = isObject(body) ? body['error'] : undefined;
  if (isObject(error)) return error;
  if (typeof error === 'string' && error !== '') return { message: error };
  if (error === true) return {};
  return stringAt(body, 'object') === 'error' && isObject(body) ? body : null;
}

/** Where the status has said that it is an error, also what others write: a list of one, `{message}`, `{detail: "…"}` (Mistral). */
function errorOfFailure(body: Json): JsonObject {
  const only: Json = Array.isArray(body) ? (body[0] ?? null) : body;
  const detail = stringAt(only, 'detail');
  return errorObject(only) ?? (detail !== null ? { message: detail } : isObject(only) ? only : {});
}

function codeOf({ status, error }: Told): ErrorCode {
  // Groq tells a request that no waiting makes fit with the code of a rate limit; its status is right.
  if (status === 413) return 'request_too_large';
  for (const word of [stringAt(error, 'code'), stringAt(error, 'type')]) {
    const code = BY_WORD.get(word ?? '');
    if (code !== undefined) return code;
  }
  const sentence = stringAt(error, 'message') ?? '';
  if (status === null || (status >= 400 && status < 500)) {
    const meant = BY_SENTENCE.find(([pattern]) => pattern.test(sentence));
    if (meant !== undefined) return meant[1];
  }
  if (status !== null) return codeOfStatus(status);
  return WITHOUT_STATUS.get(stringAt(error, 'type') ?? '') ?? 'provider_bad_reply';
}

export function codeOfStatus(status: number): ErrorCode {
  switch (status) {
    case 401:
    case 403:
      return 'provider_auth';
    case 402:
      return 'provider_quota';
    case 404:
      return 'model_not_found';
    case 408:
      return 'provider_timeout';
    case 429:
      return 'provider_rate_limited';
    // Groq: a server it depends on failed; it believes that we hung up. Neither is the caller's fault.
    case 424:
    case 499:
      return 'provider_bad_reply';
    case 498:
      return 'provider_overloaded';
  }
  if (status >= 500) return 'provider_overloaded';
  return status >= 400 ? 'provider_rejected' : 'provider_bad_reply';
}

function detailOf(
  { status, error, retryAfterMs: toldMs, exhaustedForMs: resetMs }: Told,
  code: ErrorCode,
): ErrorDetail {
  const providerCode = [stringAt(error, 'code'), stringAt(error, 'type')].find(isProtocolWord);
  const param = stringAt(error, 'param');
  const disliked = DISLIKED_FIELD.exec(stringAt(error, 'message') ?? '')?.[1];
  const field = param !== null && FIELD_PATH.test(param) ? param : disliked;
  const waitMs = toldMs ?? (code === 'provider_rate_limited' ? (waitInSentence(error) ?? resetMs) : null);
  return {
    ...(status !== null && { providerStatus: status }),
    ...(providerCode !== undefined && { providerCode }),
    ...(code === 'provider_rejected' && field !== undefined && { param: field }),
    ...(waitMs !== null && { retryAfterMs: waitMs }),
  };
}

/** Groq and OpenAI say it in the sentence too, which is all that is left where a proxy dropped the header. */
function waitInSentence(error: JsonObject): number | null {
  return durationMs(TRY_AGAIN_IN.exec(stringAt(error, 'message') ?? '')?.[1]);
}

export function messageOf(
  vendor: string,
  code: ErrorCode,
  { status, error, requestId = null }: Pick<Told, 'status' | 'error'> & Partial<Pick<Told, 'requestId'>>,
  detail: ErrorDetail,
): string {
  const words = [status === null ? null : `status ${status}`, detail.providerCode, requestId && `request ${requestId}`];
  const said = words.filter((word) => word != null);
  const how = said.length === 0 ? '' : ` (${said.join(', ')})`;
  switch (code) {
    case 'model_not_found':
      return `${vendor} has no such model, or no longer, or not for this key${how}; GET /v1/models lists those that are known`;
    case 'context_length_exceeded':
      return `The prompt and its answer are longer than the model's window, says ${vendor}${how}; shorten the messages`;
    case 'request_too_large':
      return `The request is larger than ${vendor} takes at once${how}; shorten it or lower max_tokens`;
    case 'provider_quota':
      return `The account at ${vendor} has no credit left, or its spending limit is reached${how}`;
    case 'provider_auth':
      return `${vendor} did not accept this server's key${how}`;
    case 'provider_rate_limited':
      return `${vendor} takes no more requests or tokens at the moment${how}`;
    case 'provider_overloaded':
      return `${vendor} is overloaded or failed${how}`;
    case 'provider_timeout':
      return `${vendor} ran out of time${how}`;
    case 'provider_rejected_answer':
      return `The model wrote ${faultyPart(detail.providerCode)}, and ${vendor} withheld the answer${how}`;
    case 'provider_rejected': {
      const field = detail.param === undefined ? '' : `; the field is "${detail.param}"`;
      const hint = HINTS.find(([pattern]) => pattern.test(stringAt(error, 'message') ?? ''))?.[1];
      return `${vendor} rejected the request${how}${field}${hint === undefined ? '' : `: ${hint}`}`;
    }
    default:
      return `${vendor} answered with an error that it did not explain${how}`;
  }
}

function faultyPart(providerCode: string | undefined): string {
  return providerCode === 'json_validate_failed'
    ? 'JSON that does not keep the format asked'
    : 'a tool call that does not fit its tool';
}

function isProtocolWord(word: string | null): word is string {
  return word !== null && PROTOCOL_WORD.test(word);
}

/** Some vendors number their errors by a system of their own. */
export function isErrorStatus(number: number | null): number is number {
  return number !== null && Number.isInteger(number) && number >= 400 && number <= 599;
}
