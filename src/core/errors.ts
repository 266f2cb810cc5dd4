// Failures as they are thrown: one class for each of the platform's words, the rules from the one table. A message names what was
// wrong, where, and what to do; it never carries a secret, a stack or a vendor's body.

import { ERRORS, type ErrorCode, type ErrorRule, type ErrorType, errorType } from './error-table.ts';
import type { AttemptReport } from './response.ts';
import type { WindowName, WindowScope } from './windows.ts';

export { ERRORS, type ErrorCode, type ErrorType, errorType } from './error-table.ts';

/** The window that refused a request, in its own unit (nano-dollars for money). Of the caller's own scopes alone. */
export interface Refusal {
  readonly scope: WindowScope;
  readonly window: WindowName;
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** When a request of this size fits; null: there is no such moment, or nobody can say. */
  readonly resetsAtMs: number | null;
  /** Of a budget: the models that would still fit, as a caller names them, dearest first. Empty: none, or no budget. */
  readonly cheaperModels: readonly string[];
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
  /** Of `rate_limited` and `budget_exceeded`: which window it was, and how it stands. */
  readonly refusal?: Refusal;
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
  if (code.startsWith('provider_') || code === 'stream_broken' || code === 'generation_lost') return LLMProviderError;
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

/** After the first content whatever the vendor does wrong is `stream_broken`; its message says what it was. */
export function brokenOff(error: LLMError): LLMError {
  if (!error.code.startsWith('provider_')) return error;
  return llmError('stream_broken', `The answer broke off: ${error.message}`, { ...error.detail, cause: error });
}

/** What was thrown as an LLMError. What is none is our own fault: it is told as `internal`, its text kept for the log. */
export function asLLMError(thrown: unknown): LLMError {
  if (thrown instanceof LLMError) return thrown;
  return llmError('internal', 'Something went wrong inside the service; the log of this request id says more', {
    cause: thrown,
  });
}
