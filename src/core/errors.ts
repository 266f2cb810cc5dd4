// Everything that can go wrong, in ONE table: what HTTP status it has, whether the same target may be asked again and
// whether the next one may. docs/errors.md is held to this table by a test. A message names what was wrong, where, and what
// to do; it never carries a secret, a stack or a vendor's body.

import type { AttemptReport } from './response.ts';

export interface ErrorRule {
  readonly status: number;
  /** May the same target be asked again? `once`: one new try in the life of the request. */
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
  request_timeout: { status: 408, ...STAY },
  request_too_large: { status: 413, ...STAY },
  unsupported_media_type: { status: 415, ...STAY },
  headers_too_large: { status: 431, ...STAY },
  rate_limited: { status: 429, ...STAY },
  cancelled: { status: 499, ...STAY },
  internal: { status: 500, ...STAY },
  overloaded: { status: 503, ...STAY },
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

/** What is known of a failure beyond its code; all of it may be shown to the caller. */
export interface ErrorDetail {
  /** The field that was wrong, as a path: `messages[2].content`. */
  readonly param?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly userId?: string;
  /** Which attempt failed, from 1. */
  readonly attempt?: number;
  /** The vendor's HTTP status. */
  readonly providerStatus?: number;
  /** The vendor's own error code, when it gave one. */
  readonly providerCode?: string;
  /** How long to wait before asking again. */
  readonly retryAfterMs?: number;
  readonly requestId?: string;
  readonly attempts?: readonly AttemptReport[];
  /** False: asking the same target again is of no use (a bad certificate), whatever the table says. */
  readonly sameTargetAgain?: boolean;
  /** A connection that was never made: nothing left this machine, so nothing can be billed. */
  readonly neverSent?: boolean;
}

export interface LLMErrorOptions extends ErrorDetail {
  /** For logs of this machine only; never shown to a caller. */
  readonly cause?: unknown;
}

/** Every failure that has a code. Anything else that is thrown is a fault of ours and surfaces as `internal`. */
export class LLMError extends Error {
  readonly code: ErrorCode;
  readonly detail: ErrorDetail;
  /** ISO 8601; null until the service that met the failure has stamped it. */
  readonly timestamp: string | null;

  constructor(code: ErrorCode, message: string, options: LLMErrorOptions & { timestamp?: string } = {}) {
    const { cause, timestamp, ...detail } = options;
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.detail = detail;
    this.timestamp = timestamp ?? null;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
  get type(): ErrorType {
    return errorType(this.code);
  }
  get rule(): ErrorRule {
    return ERRORS[this.code];
  }
  get param(): string | null {
    return this.detail.param ?? null;
  }
  get provider(): string | null {
    return this.detail.provider ?? null;
  }
  get model(): string | null {
    return this.detail.model ?? null;
  }
  get userId(): string | null {
    return this.detail.userId ?? null;
  }
  get attempt(): number | null {
    return this.detail.attempt ?? null;
  }
  get retryAfterMs(): number | null {
    return this.detail.retryAfterMs ?? null;
  }
  get requestId(): string | null {
    return this.detail.requestId ?? null;
  }
}

/** 429: ours (`rate_limited`) or the vendor's (`provider_rate_limited`). Wait `retryAfterMs`. */
export class RateLimitError extends LLMError {}
/** The caller's key (401) or ours at the vendor (`provider_auth`). No retry mends it. */
export class AuthenticationError extends LLMError {}
/** The request is wrong; the message says what. No retry mends it. */
export class InvalidRequestError extends LLMError {}
/** The vendor didn't answer in time. */
export class TimeoutError extends LLMError {}
/** The vendor failed in another way. */
export class LLMProviderError extends LLMError {}
/** 402: the caller's money or the room for it is used up. */
export class BudgetExceededError extends LLMError {}

function classOf(code: ErrorCode): typeof LLMError {
  if (ERRORS[code].status === 429) return RateLimitError;
  if (ERRORS[code].status === 401 || code === 'provider_auth') return AuthenticationError;
  if (code === 'provider_timeout') return TimeoutError;
  if (code === 'budget_exceeded') return BudgetExceededError;
  if (errorType(code) === 'invalid_request_error') return InvalidRequestError;
  if (code.startsWith('provider_') || code === 'stream_broken') return LLMProviderError;
  return LLMError;
}

/** Makes the error of the class that belongs to the code. */
export function llmError(
  code: ErrorCode,
  message: string,
  options: ConstructorParameters<typeof LLMError>[2] = {},
): LLMError {
  return new (classOf(code))(code, message, options);
}

/** The same failure with more known about it; what the first already knew stays. */
export function withDetail(error: LLMError, detail: ErrorDetail & { timestamp?: string }): LLMError {
  const known = {
    ...(error.cause !== undefined && { cause: error.cause }),
    ...(error.timestamp !== null && { timestamp: error.timestamp }),
  };
  const enriched = llmError(error.code, error.message, { ...detail, ...error.detail, ...known });
  if (error.stack !== undefined) enriched.stack = error.stack;
  return enriched;
}

/** What was thrown as an LLMError. What is none is our own fault: it is told as `internal`, its text kept for the log. */
export function asLLMError(thrown: unknown): LLMError {
  if (thrown instanceof LLMError) return thrown;
  return llmError('internal', 'Something went wrong inside the service; the log of this request id says more', {
    cause: thrown,
  });
}
