// Failures on the wire: one envelope, and the headers that tell a client what to do next. A body holds the code, the message and
// the request id; never a stack, a key or a vendor's text.

import {
  attemptsJson,
  type ErrorCode,
  formatUsd,
  LLMError,
  llmError,
  parseUsd,
  picoUsd,
  retryHeaders,
} from '../index.ts';
import { windowJson } from './window-wire.ts';
import { type Dialect, inWireWords } from './wire-words.ts';

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

/** What every client is told of asking again, and how it signs in. */
export function errorHeaders(error: LLMError): Record<string, string> {
  return { ...retryHeaders(error), ...(error.status === 401 && { 'www-authenticate': 'Bearer' }) };
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
