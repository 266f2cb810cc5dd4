// Step 8. Closes the row with real usage and price, gives back what was held, and says what it all came to.

import { type Attempts, attemptReport, closeAttempt } from '../core/attempts.ts';
import type { Begun } from '../core/begun.ts';
import { chargeForAnswer, chargeForFailure, estimateOf } from '../core/charge.ts';
import { asLLMError, type LLMError, llmError, withDetail } from '../core/errors.ts';
import type { Fitted } from '../core/fitted.ts';
import type { Hold } from '../core/hold.ts';
import { formatUsd, type PicoUsd, ZERO_USD } from '../core/money.ts';
import type { Parts } from '../core/parts.ts';
import type { Call } from '../core/request.ts';
import type { Answer, ResponseSummary, Usage, Warning } from '../core/response.ts';
import type { CachedAnswer, LedgerRow } from '../core/stores.ts';

/** The answer is whole: its row is closed. */
export function settleAnswer(begun: Begun, call: Call, parts: Parts): { answer: Answer; costPicoUsd: PicoUsd | null } {
  const { attempt, collector, fitted } = begun;
  const answer = collector.answer();
  if (answer === null) throw llmError('internal', 'The transport called an answer whole that has no end');
  const estimate = estimateOf(attempt, fitted.context.estimatedTokens, answer.parts, parts);
  const charge = chargeForAnswer(attempt.target, answer.usage, estimate, answer.finishReason);
  // It was heard out for its figures alone: the caller had left.
  const outcome = call.departure.hasLeft ? 'cancelled' : charge.outcome;
  closeAttempt(attempt, { ...charge, outcome }, null, parts);
  return { answer, costPicoUsd: charge.costPicoUsd };
}

/** The answer broke after it had begun: its row is closed with what was delivered. */
export function settleBroken(begun: Begun, thrown: unknown, parts: Parts): LLMError {
  const { attempt, collector, fitted } = begun;
  const { provider, card } = attempt.target;
  const delivered = collector.parts();
  const error = withDetail(brokenBy(asLLMError(thrown), delivered.length > 0), {
    provider: provider.id,
    model: card.model,
  });
  if (attempt.charge !== null) return error;
  const estimate = estimateOf(attempt, fitted.context.estimatedTokens, delivered, parts);
  closeAttempt(
    attempt,
    chargeForFailure(attempt, error, collector.usage, estimate, delivered.length > 0),
    error,
    parts,
  );
  return error;
}

/** After the first content whatever the vendor does wrong is `stream_broken`; its message says what it was. */
function brokenBy(error: LLMError, delivered: boolean): LLMError {
  if (!delivered || !error.code.startsWith('provider_')) return error;
  return llmError('stream_broken', `The answer broke off: ${error.message}`, { ...error.detail, cause: error });
}

/** Ends the hold with what all attempts used; a store that cannot be reached is reported, its hold runs out by lease. */
export async function settleHold(hold: Hold, attempts: Attempts, call: Call, parts: Parts): Promise<void> {
  try {
    await hold.settle(attempts.total());
  } catch (error) {
    parts.report('error', 'settle_failed', { request_id: call.requestId, error });
  }
}

/** A cached answer: one row at cost 0, with what it saved. */
export function settleCached(cached: CachedAnswer, fitted: Fitted, hold: Hold, call: Call, parts: Parts): void {
  const nowMs = parts.clock.nowMs();
  const { usage } = cached.answer;
  const row: LedgerRow = {
    attemptId: parts.chance.id('att'),
    requestId: call.requestId,
    generationId: call.generationId,
    tenant: call.caller.tenant,
    userId: call.caller.userId,
    provider: cached.provider,
    model: cached.model,
    requestedModel: fitted.requestedModel,
    keyId: call.caller.keyId ?? null,
    prompt: call.prompt,
    state: 'settled',
    outcome: 'cached',
    code: null,
    finishReason: cached.answer.finishReason,
    usage: null,
    usageSource: 'none',
    costPicoUsd: ZERO_USD,
    priceId: null,
    corrects: null,
    priced: true,
    savedPicoUsd: cached.costPicoUsd,
    savedTokens: tokensOf(usage),
    heldPicoUsd: null,
    heldTokens: null,
    overHold: false,
    tags: fitted.tags,
    heldAtMs: hold.heldAtMs,
    startedAtMs: call.startedAtMs,
    firstEventAfterMs: null,
    endedAtMs: nowMs,
  };
  parts.journal.close(row);
}

export function summaryOf(
  answer: Answer,
  from: { readonly provider: string; readonly model: string; readonly cached: boolean },
  attempts: Attempts,
  fitted: Fitted,
  warnings: readonly Warning[],
  call: Call,
  parts: Parts,
): ResponseSummary {
  const charge = attempts.last?.charge ?? null;
  const usage = from.cached ? answer.usage : (charge?.usage ?? null);
  const costPicoUsd = attempts.cost();
  const nowMs = parts.clock.nowMs();
  return {
    id: call.requestId,
    generationId: call.generationId,
    provider: from.provider,
    model: from.model,
    finishReason: answer.finishReason,
    finishReasonRaw: answer.finishReasonRaw,
    usage,
    usageSource: from.cached ? 'provider' : (charge?.usageSource ?? 'none'),
    tokensUsed: tokensOf(usage),
    costUsd: costPicoUsd === null ? null : formatUsd(costPicoUsd),
    priced: costPicoUsd !== null,
    cached: from.cached,
    responseTimeMs: Math.max(0, nowMs - call.startedAtMs),
    timestamp: new Date(nowMs).toISOString(),
    attempts: attempts.reports(),
    context: fitted.context,
    warnings: [...warnings, ...warningsOn(answer)],
    maxTokens: fitted.maxTokens,
    providerMetadata: answer.providerMetadata,
  };
}

/** An answer that its owner has stopped, as far as it has come. By estimate: its row is closed later, maybe by what the vendor tells. */
export function summaryOfStopped(begun: Begun, attempts: Attempts, call: Call, parts: Parts): ResponseSummary {
  const { attempt, collector, fitted } = begun;
  const { target } = attempt;
  const delivered = collector.parts();
  const estimate = estimateOf(attempt, fitted.context.estimatedTokens, delivered, parts);
  const { usage, usageSource, costPicoUsd } = chargeForAnswer(target, collector.usage, estimate, 'stopped');
  const costUsd = costPicoUsd === null ? null : formatUsd(costPicoUsd);
  const answer = {
    id: null,
    model: target.card.model,
    parts: delivered,
    finishReason: 'stopped' as const,
    finishReasonRaw: null,
    usage,
    providerMetadata: {},
  };
  const from = { provider: target.provider.id, model: target.card.model, cached: false };
  const summary = summaryOf(answer, from, attempts, fitted, [], call, parts);
  const durationMs = Math.round(parts.clock.monotonicMs() - attempt.startedMonotonicMs);
  const reports = summary.attempts.with(-1, { ...attemptReport(attempt), durationMs, outcome: 'cancelled', costUsd });
  const figures = { usage, usageSource, tokensUsed: tokensOf(usage), costUsd, priced: costUsd !== null };
  return { ...summary, ...figures, attempts: reports };
}

function tokensOf(usage: Usage | null): number | null {
  if (usage === null || usage.inputTokens === null || usage.outputTokens === null) return null;
  return usage.inputTokens + usage.outputTokens;
}

/** What a codec found odd about an answer that is whole all the same. */
function warningsOn({ providerMetadata }: Answer): readonly Warning[] {
  return ODDITIES.flatMap(([code, message]) => (providerMetadata[code] === undefined ? [] : [{ code, message }]));
}

const ODDITIES = [
  [
    'missing_terminal',
    'The vendor ended its stream without the marker that says it is whole; its finish reason says so',
  ],
  ['missing_finish_reason', 'The vendor did not say why its answer ended'],
] as const;
