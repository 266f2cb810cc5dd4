// Failures on the wire: one envelope, and the headers that tell a client what to do next. A body holds the code, the message and
// the request id; never a stack, a key or a vendor's text.

import { attemptsJson, type ErrorCode, formatUsd, LLMError, llmError, parseUsd, picoUsd } from '../index.ts';
import { windowJson } from './window-wire.ts';
import { type Dialect, inWireWords } from './wire-words.ts';

/** Longer than this no official client waits by itself, and groq-sdk would sleep for an hour if it were told to. */
const LONGEST_CLIENT_WAIT_MS = 60_000;
const UNKNOWN_WAIT_MS = 1_000;

/** The vendor will say the same until an operator acts; or the caller has had part of the answer. */
const FINAL_CODES: ReadonlySet<ErrorCode> = new Set([
  'provider_quota',
  'provider_auth',
  'provider_rejected_answer',
  'stream_broken',
  'generation_lost',
]);

/** Refusals that another try may not meet. */
const WAITED_FOR: ReadonlySet<ErrorCode> = new Set(['provider_rate_limited', 'request_timeout', 'in_progress']);

/** Where an answer that is none came from, for the caller: `x-request-id` of the same failure is `requestId`. */
export interface FailedRequest {
  readonly requestId: string;
  readonly dialect: Dialect;
  /** Null: it never came to the service. */
  readonly generationId: string | null;
}

/** The envelope, and beside it what is known of the attempts: native `attempts`, dialects `x_gateway`. */
export function errorBody(error: LLMError, request: FailedRequest): object {
  const { type, code } = error;
  const { requestId: request_id, dialect } = request;
  const { param, message } = inWireWords(error, dialect);
  const beside = attemptsBeside(error, request);
  if (dialect !== 'anthropic') {
    return { error: { type, code, message, param, request_id, ...refusalIn(error) }, ...beside };
  }
  // Where Anthropic's clients look for a code.
  const details = { error_code: code, param, ...refusalIn(error) };
  return { type: 'error', error: { type: anthropicType(error), message, details }, request_id, ...beside };
}

const ANTHROPIC_TYPES: ReadonlyMap<number, string> = new Map([
  [402, 'billing_error'],
  [409, 'conflict_error'],
  [413, 'request_too_large'],
]);

function anthropicType({ status, type }: LLMError): string {
  return ANTHROPIC_TYPES.get(status) ?? type;
}

/** For programs, what the message says to people: which window it was, and what would still fit a budget. */
function refusalIn({ code, detail: { refusal } }: LLMError): object {
  if (refusal === undefined) return {};
  const { cheaperModels, ...state } = refusal;
  return { limit: windowJson(state), ...(code === 'budget_exceeded' && { cheaper_models: cheaperModels }) };
}

function attemptsBeside(error: LLMError, { dialect, generationId }: FailedRequest): object {
  const { attempts } = error.detail;
  if (attempts === undefined) return {};
  if (dialect === 'native') return { attempts: attemptsJson(attempts) };
  const { provider, model } = error;
  const asked = attempts.filter(({ outcome }) => outcome !== 'skipped');
  const costs = asked.flatMap(({ costUsd }) => (costUsd === null ? [] : [parseUsd(costUsd)]));
  // One attempt without a price, and the sum is not known.
  const cost_usd = costs.length < asked.length ? null : formatUsd(picoUsd(costs.reduce((sum, cost) => sum + cost, 0n)));
  return {
    x_gateway: {
      provider,
      model,
      attempts: attemptsJson(attempts),
      cost_usd,
      cached: false,
      generation_id: generationId,
    },
  };
}

/** `retry-after` on every 429 and 503; `x-should-retry: false` where a client's own retry cannot mend anything. */
export function errorHeaders(error: LLMError): Record<string, string> {
  const headers: Record<string, string> = {};
  if (!isWorthARetry(error)) headers['x-should-retry'] = 'false';
  if (error.status === 401) headers['www-authenticate'] = 'Bearer';
  if (error.status === 429 || error.status === 503 || error.code === 'in_progress') {
    const waitMs = Math.max(1, Math.ceil(error.retryAfterMs ?? UNKNOWN_WAIT_MS));
    headers['retry-after'] = String(Math.ceil(waitMs / 1_000));
    headers['retry-after-ms'] = String(waitMs);
  }
  return headers;
}

function isWorthARetry({ code, status, retryAfterMs, detail }: LLMError): boolean {
  if (FINAL_CODES.has(code)) return false;
  if (retryAfterMs !== null && retryAfterMs > LONGEST_CLIENT_WAIT_MS) return false;
  // A request that is larger than a whole window never fits, so no time is given.
  if (code === 'rate_limited') return retryAfterMs !== null;
  if (status < 500) return WAITED_FOR.has(code);
  // What was asked several times here would be multiplied by the client's own retries.
  const asked = detail.attempts?.filter(({ outcome }) => outcome !== 'skipped').length ?? 0;
  return asked <= 1 || status === 503;
}

/** What was thrown on the way, as an LLMError; Fastify's own refusals keep their status. */
export function asGatewayError(thrown: unknown): LLMError {
  if (thrown instanceof LLMError) return thrown;
  const status = statusOf(thrown);
  const code = status === null ? undefined : CODE_BY_STATUS.get(status);
  if (code !== undefined) return llmError(code, 'The request cannot be read; check its path, headers and body');
  const message = 'Something went wrong inside the gateway; its log says more under this request id';
  return llmError('internal', message, { cause: thrown });
}

const CODE_BY_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  [400, 'invalid_request'],
  [404, 'not_found'],
  [413, 'request_too_large'],
  [414, 'invalid_request'],
  [415, 'unsupported_media_type'],
]);

function statusOf(thrown: unknown): number | null {
  if (!(thrown instanceof Error) || !('statusCode' in thrown)) return null;
  return typeof thrown.statusCode === 'number' ? thrown.statusCode : null;
}
