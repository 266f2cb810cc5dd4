// What Gemini means by its errors (google.rpc.Status), in our codes. Total: any status and any body give an error. Google's own sentences
// are read for what they mean and never passed on: they quote keys, projects and prompts.

import { type ErrorCode, type ErrorDetail, type LLMError, llmError } from '../../core/errors.ts';
import { arrayAt, isObject, type Json, type JsonObject, numberAt, parsedJson, stringAt } from '../../core/json.ts';
import type { ErrorReply } from '../../core/provider.ts';
import { codeOfStatus, FIELD_PATH, isErrorStatus, messageOf } from '../errors.ts';
import { durationMs, retryAfterMs } from '../retry-after.ts';

interface Told {
  /** Of the reply, or what the error itself says within a stream; null: nobody said. */
  readonly status: number | null;
  readonly error: JsonObject;
  readonly retryAfterMs: number | null;
}

/** Reasons of an ErrorInfo. A wrong key comes as 400 INVALID_ARGUMENT, and only the reason tells (recorded 2026-08-19). */
const BY_REASON: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^(API_KEY_|ACCESS_TOKEN_|SERVICE_DISABLED$|CONSUMER_|ACCOUNT_STATE_INVALID$)/, 'provider_auth'],
  [/^BILLING_DISABLED$/, 'provider_quota'],
];

/** Where neither a reason nor a status says it: what the sentence of a 4xx means. */
const BY_SENTENCE: readonly (readonly [RegExp, ErrorCode])[] = [
  [/api key (not valid|expired|not found)/i, 'provider_auth'],
  [/exceeds the maximum number of tokens|token count .{0,40}exceeds/i, 'context_length_exceeded'],
  [/request payload size exceeds/i, 'request_too_large'],
  [/prepay|credit balance|spend(ing)? (limit|cap)|billing account/i, 'provider_quota'],
  [/is not found for API version|unexpected model name/i, 'model_not_found'],
];

/** The words of google.rpc.Code, where they say more than the HTTP status or stand in a stream without one. */
const BY_WORD: ReadonlyMap<string, ErrorCode> = new Map([
  ['INVALID_ARGUMENT', 'provider_rejected'],
  ['OUT_OF_RANGE', 'provider_rejected'],
  ['ALREADY_EXISTS', 'provider_rejected'],
  ['UNIMPLEMENTED', 'provider_rejected'],
  // The free tier is not offered where we are, or the account must be billed: no caller can mend that.
  ['FAILED_PRECONDITION', 'provider_quota'],
  ['UNAUTHENTICATED', 'provider_auth'],
  ['PERMISSION_DENIED', 'provider_auth'],
  ['NOT_FOUND', 'model_not_found'],
  ['RESOURCE_EXHAUSTED', 'provider_rate_limited'],
  ['ABORTED', 'provider_overloaded'],
  ['DATA_LOSS', 'provider_overloaded'],
  ['INTERNAL', 'provider_overloaded'],
  ['UNAVAILABLE', 'provider_overloaded'],
  ['UNKNOWN', 'provider_overloaded'],
  ['CANCELLED', 'provider_bad_reply'],
  ['DEADLINE_EXCEEDED', 'provider_timeout'],
]);

const STATUS_WORD = /^[A-Z][A-Z0-9_]{2,47}$/;
const RETRY_IN = /retry in ([0-9.hm]{1,32}m?s)/i;

/** The error of a reply whose status is no success. */
export function geminiErrorOf({ status, headers, body }: ErrorReply): LLMError {
  return toldError({ status, error: errorObject(parsedJson(body)) ?? {}, retryAfterMs: retryAfterMs(headers) });
}

/** The error inside a reply or an event whose status said success; null when there is none. */
export function geminiErrorIn(body: Json): LLMError | null {
  const error = errorObject(body);
  if (error === null) return null;
  const code = numberAt(error, 'code');
  return toldError({ status: isErrorStatus(code) ? code : null, error, retryAfterMs: null });
}

/** `{error: {…}}`, or a list of one, as Google's front ends have sent it. */
function errorObject(body: Json): JsonObject | null {
  const told = Array.isArray(body) ? body[0] : body;
  const error = isObject(told) ? told['error'] : undefined;
  if (isObject(error)) return error;
  if (typeof error === 'string' && error !== '') return { message: error };
  return null;
}

function toldError(told: Told): LLMError {
  const code = codeOf(told);
  const detail = detailOf(told, code);
  return llmError(code, messageOf('Gemini', code, told, detail), detail);
}

function codeOf({ status, error }: Told): ErrorCode {
  // 402 bears the word of a rate limit, and means that the prepaid credit is used up.
  if (status === 402) return 'provider_quota';
  if (status === 413) return 'request_too_large';
  const reason = stringAt(infoIn(error, 'ErrorInfo'), 'reason') ?? '';
  const byReason = BY_REASON.find(([pattern]) => pattern.test(reason));
  if (byReason !== undefined) return byReason[1];
  const sentence = stringAt(error, 'message') ?? '';
  if (status === null || (status >= 400 && status < 500)) {
    const meant = BY_SENTENCE.find(([pattern]) => pattern.test(sentence));
    if (meant !== undefined) return meant[1];
  }
  const code =
    BY_WORD.get(stringAt(error, 'status') ?? '') ?? (status === null ? 'provider_bad_reply' : codeOfStatus(status));
  return code === 'provider_rate_limited' && isUsedUp(error) ? 'provider_quota' : code;
}

/**
 * A quota of the day, or one of nothing at all (a model that the free tier lacks). RetryInfo names a wait of seconds all the same, after
 * which the next request is refused as well: others must be asked.
 */
function isUsedUp(error: JsonObject): boolean {
  const violations = arrayAt(infoIn(error, 'QuotaFailure') ?? undefined, 'violations') ?? [];
  return violations.some(
    (violation) => /PerDay/.test(stringAt(violation, 'quotaId') ?? '') || stringAt(violation, 'quotaValue') === '0',
  );
}

/** The first of the error's details that is of this type of google.rpc. */
function infoIn(error: JsonObject, type: string): JsonObject | undefined {
  const info = arrayAt(error, 'details')?.find((each) => stringAt(each, '@type')?.endsWith(`google.rpc.${type}`));
  return isObject(info) ? info : undefined;
}

function detailOf({ status, error, retryAfterMs: toldMs }: Told, code: ErrorCode): ErrorDetail {
  const words = [stringAt(infoIn(error, 'ErrorInfo'), 'reason'), stringAt(error, 'status')];
  const providerCode = words.find((word) => word !== null && STATUS_WORD.test(word));
  const [violation] = arrayAt(infoIn(error, 'BadRequest'), 'fieldViolations') ?? [];
  const field = stringAt(violation, 'field');
  const canWait = code === 'provider_rate_limited' || code === 'provider_overloaded';
  const waitMs = toldMs ?? (canWait ? waitIn(error) : null);
  return {
    ...(status !== null && { providerStatus: status }),
    ...(typeof providerCode === 'string' && { providerCode }),
    ...(code === 'provider_rejected' && field !== null && FIELD_PATH.test(field) && { param: field }),
    ...(waitMs !== null && { retryAfterMs: waitMs }),
  };
}

/** There are no headers for it: RetryInfo has it in whole seconds or better, the sentence too. */
function waitIn(error: JsonObject): number | null {
  const told =
    stringAt(infoIn(error, 'RetryInfo'), 'retryDelay') ?? RETRY_IN.exec(stringAt(error, 'message') ?? '')?.[1];
  return durationMs(told);
}
