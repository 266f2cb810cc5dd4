// The log's one line on how a request ended, under the platform's names. No field of it holds a prompt, an answer or a key.

import type { LLMError } from '../core/errors.ts';
import type { Parts } from '../core/parts.ts';
import type { Call } from '../core/request.ts';
import type { ResponseSummary } from '../core/response.ts';

export function reportSuccess(response: ResponseSummary, call: Call, parts: Parts): void {
  parts.report('info', `${response.provider}_request_success`, {
    request_id: call.requestId,
    user_id: call.caller.userId,
    tenant: call.caller.tenant,
    model: response.model,
    tokens_used: response.tokensUsed,
    cost_usd: response.costUsd,
    response_time_ms: response.responseTimeMs,
    attempt: response.attempts.length,
    cached: response.cached,
    finish_reason: response.finishReason,
    stream: call.stream,
  });
}

/** `stoodIn`: the caller got an answer all the same, which no model made. */
export function reportFailure(error: LLMError, stoodIn: boolean, call: Call, parts: Parts): void {
  const ours = error.code === 'internal';
  const { refusal } = error.detail;
  parts.report(
    ours ? 'error' : 'warn',
    error.provider === null ? 'request_refused' : `${error.provider}_request_failed`,
    {
      request_id: call.requestId,
      user_id: call.caller.userId,
      tenant: call.caller.tenant,
      model: error.model,
      code: error.code,
      attempt: error.detail.attempts?.length ?? 0,
      response_time_ms: Math.max(0, parts.clock.nowMs() - call.startedAtMs),
      message: error.message,
      ...(stoodIn && { stood_in: true }),
      ...(refusal && { limit_scope: refusal.scope, limit_window: refusal.window }),
      ...(ours && { error: error.cause }),
    },
  );
}
