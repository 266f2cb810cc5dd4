// What the gateway must say of a recorded failure: read off the table of errors as it is documented (docs/errors.md), from what was
// recorded, and not by our decoders.

import { isObject, type Json, numberAt } from '../../src/core/json.ts';
import { payloadsOf, type Recording } from '../providers/recorded.ts';

/** Code -> HTTP status. */
const STATUSES = {
  context_length_exceeded: 400,
  provider_rejected: 400,
  model_not_found: 404,
  request_too_large: 413,
  provider_rate_limited: 429,
  provider_auth: 502,
  provider_quota: 502,
  provider_rejected_answer: 502,
  provider_overloaded: 503,
  provider_timeout: 504,
} as const;

type Code = keyof typeof STATUSES;

/** What says more than a status. */
const BY_WORD: readonly (readonly [RegExp, Code])[] = [
  [/tool_use_failed|json_validate_failed/, 'provider_rejected_answer'],
  [/insufficient_quota|credit balance|PerDay|"quotaValue":"0"/, 'provider_quota'],
  [
    /context.{0,20}(length|window)|too long|too_many_prompt_tokens|maximum number of tokens/i,
    'context_length_exceeded',
  ],
  [/(incorrect|invalid|not valid).{0,20}api key|api key.{0,20}(not valid|invalid)/i, 'provider_auth'],
  [/model_not_found/, 'model_not_found'],
  [/rate_limit_exceeded/, 'provider_rate_limited'],
];

const BY_STATUS: ReadonlyMap<number, Code> = new Map([
  [401, 'provider_auth'],
  [402, 'provider_quota'],
  [403, 'provider_auth'],
  [404, 'model_not_found'],
  [408, 'provider_timeout'],
  [413, 'request_too_large'],
  [429, 'provider_rate_limited'],
  [498, 'provider_overloaded'],
]);

export interface Expected {
  readonly code: Code | 'stream_broken';
  /** Null: within a stream. */
  readonly status: number | null;
}

/** `begun`: whether content came before it. */
export function expectedOf(recording: Recording, begun: boolean): Expected {
  if (begun) return { code: 'stream_broken', status: null };
  const { status, error } = failureIn(recording);
  const text = JSON.stringify(error);
  const told = BY_WORD.find(([word]) => word.test(text))?.[1];
  const code = told ?? BY_STATUS.get(status) ?? (status >= 500 ? 'provider_overloaded' : 'provider_rejected');
  return { code, status: STATUSES[code] };
}

function failureIn({ status, stream, body }: Recording): { readonly status: number; readonly error: Json } {
  if (status >= 400) return { status, error: body };
  const payload = payloadsOf(stream ?? '').find((event) => isObject(event) && isObject(event['error'])) ?? null;
  const error = isObject(payload) && isObject(payload['error']) ? payload['error'] : {};
  return { status: numberAt(error, 'status_code') ?? numberAt(error, 'code') ?? 500, error };
}

/** What clients make of a status. */
export const CLASSES: ReadonlyMap<number | null, RegExp> = new Map([
  [null, /^APIError$/],
  [400, /^BadRequestError$/],
  [404, /^NotFoundError$/],
  [413, /^(APIError|RequestTooLargeError)$/],
  [429, /^RateLimitError$/],
  [502, /^InternalServerError$/],
  [503, /^(InternalServerError|ServiceUnavailableError)$/],
  [504, /^(InternalServerError|DeadlineExceededError)$/],
]);
