// A failure of ours as the AI SDK's own error of a call: it retries what `isRetryable` says, after `retry-after`, and its users read
// the status. The error itself, with code and attempts, is its cause.

import { APICallError } from '@ai-sdk/provider';
import { isWorthARetry, LLMError, retryHeaders } from '../index.ts';

/** `signal`: of the caller, whose leaving is no failure: its own reason is what the AI SDK expects then. */
export function failureOf(thrown: unknown, modelId: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (!(thrown instanceof LLMError)) return thrown;
  const { type, code, message, param, requestId, status } = thrown;
  const data = { error: { type, code, message, param, request_id: requestId } };
  return new APICallError({
    message,
    // There is none: it is answered in this process.
    url: `codementor-llm:${modelId}`,
    requestBodyValues: {},
    statusCode: status,
    responseHeaders: { ...retryHeaders(thrown), ...(requestId !== null && { 'x-request-id': requestId }) },
    responseBody: JSON.stringify(data),
    data,
    isRetryable: isWorthARetry(thrown),
    cause: thrown,
  });
}
