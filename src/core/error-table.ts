// Everything that can go wrong, in ONE table: what HTTP status it has, whether the same target may be asked again and
// whether the next one may. docs/errors.md is held to this table by a test.

export interface ErrorRule {
  readonly status: number;
  /** May the same target be asked again? `once`: one new try in the life of the request, or as many as its judge allows. */
  readonly retry: boolean | 'once';
  /** May the next target be asked? `larger`: only one with a larger window. */
  readonly failover: boolean | 'larger';
}

const STAY = { retry: false, failover: false } as const;
const MOVE_ON = { retry: false, failover: true } as const;
const TRY_AGAIN = { retry: true, failover: true } as const;

export const ERRORS = {
  invalid_request: { status: 400, ...STAY },
  unknown_parameter: { status: 400, ...STAY },
  too_deep: { status: 400, ...STAY },
  too_many_messages: { status: 400, ...STAY },
  invalid_encoding: { status: 400, ...STAY },
  context_length_exceeded: { status: 400, retry: false, failover: 'larger' },
  unauthenticated: { status: 401, ...STAY },
  key_revoked: { status: 401, ...STAY },
  budget_exceeded: { status: 402, ...STAY },
  permission_denied: { status: 403, ...STAY },
  model_unpriced: { status: 403, ...STAY },
  foreign_origin: { status: 403, ...STAY },
  not_found: { status: 404, ...STAY },
  model_not_found: { status: 404, ...STAY },
  method_not_allowed: { status: 405, ...STAY },
  conversation_changed: { status: 409, ...STAY },
  in_progress: { status: 409, ...STAY },
  idempotency_mismatch: { status: 422, ...STAY },
  request_timeout: { status: 408, ...STAY },
  request_too_large: { status: 413, ...STAY },
  unsupported_media_type: { status: 415, ...STAY },
  headers_too_large: { status: 431, ...STAY },
  rate_limited: { status: 429, ...STAY },
  cancelled: { status: 499, ...STAY },
  internal: { status: 500, ...STAY },
  overloaded: { status: 503, ...STAY },
  auth_unavailable: { status: 503, ...STAY },
  ledger_unavailable: { status: 503, ...STAY },
  store_unavailable: { status: 503, ...STAY },
  all_providers_unavailable: { status: 503, ...STAY },
  provider_rejected: { status: 400, ...STAY },
  provider_quota: { status: 502, ...MOVE_ON },
  provider_rejected_answer: { status: 502, retry: 'once', failover: false },
  provider_auth: { status: 502, ...MOVE_ON },
  provider_rate_limited: { status: 429, ...TRY_AGAIN },
  provider_overloaded: { status: 503, ...TRY_AGAIN },
  provider_unreachable: { status: 502, ...TRY_AGAIN },
  provider_timeout: { status: 504, ...TRY_AGAIN },
  provider_bad_reply: { status: 502, ...TRY_AGAIN },
  stream_broken: { status: 502, ...STAY },
  generation_lost: { status: 502, ...STAY },
} as const satisfies Record<string, ErrorRule>;

export type ErrorCode = keyof typeof ERRORS;

export type ErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'permission_error'
  | 'not_found_error'
  | 'rate_limit_error'
  | 'budget_error'
  | 'api_error'
  | 'overloaded_error'
  | 'timeout_error';

const TYPE_BY_STATUS: Readonly<Record<number, ErrorType>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'budget_error',
  403: 'permission_error',
  404: 'not_found_error',
  405: 'invalid_request_error',
  408: 'invalid_request_error',
  409: 'invalid_request_error',
  413: 'invalid_request_error',
  415: 'invalid_request_error',
  422: 'invalid_request_error',
  429: 'rate_limit_error',
  431: 'invalid_request_error',
  503: 'overloaded_error',
  504: 'timeout_error',
};

export function errorType(code: ErrorCode): ErrorType {
  return TYPE_BY_STATUS[ERRORS[code].status] ?? 'api_error';
}
