// Where no model's answer came of a template's request, and that is the vendors' doing, code may have something to say all the same. What
// it says is marked as such, costs what was tried for it, and is kept for nobody.

import type { Attempts } from '../core/attempts.ts';
import type { LLMError } from '../core/errors.ts';
import type { Fitted } from '../core/fitted.ts';
import type { EventLog, Parts } from '../core/parts.ts';
import type { Call } from '../core/request.ts';
import type { Answer, ResponseSummary } from '../core/response.ts';
import { summaryOf } from '../core/summary.ts';

/** Null: the failure is the answer. `fitted` null: it was never to be sent. */
export function standIn(
  error: LLMError,
  fitted: Fitted | null,
  attempts: Attempts,
  call: Call,
  parts: Parts,
  log: EventLog,
): ResponseSummary | null {
  const accepted = fitted !== null && isOfVendors(error) ? (call.judge?.standIn(error) ?? null) : null;
  if (fitted === null || accepted === null) return null;
  const { requestId: id, generationId } = call;
  const { content: text, data, verification } = accepted;
  const { provider = 'none', model = 'none' } = attempts.last?.row ?? {};
  const from = { provider, model, cached: false, shared: false, cacheKey: null };
  const { maxTokens } = fitted;
  const start = { type: 'response-start', id, generationId, provider, model, maxTokens } as const;
  log.append({ ...start, cached: false, shared: false, attempts: attempts.made.length });
  log.append({ type: 'text-delta', text });
  const answer: Answer = {
    id: null,
    model: null,
    parts: [{ type: 'text', text }],
    finishReason: 'stop',
    finishReasonRaw: null,
    usage: null,
    providerMetadata: {},
    judged: { data, verification },
  };
  const message = `No model's answer could be handed on (${error.code}): this one was made without a model`;
  return summaryOf(answer, from, attempts, fitted, [{ code: 'stand_in', message }], call, parts);
}

/**
 * What the caller did wrong, or may not do, stays theirs to hear; so does what we did wrong. Once an answer has begun, it is none of these. A
 * vendor that rejects the request says that something is wrong with it, or with the template: an answer would hide that from all.
 */
function isOfVendors({ code }: LLMError): boolean {
  if (code === 'provider_rejected') return false;
  return code.startsWith('provider_') || code === 'all_providers_unavailable';
}
