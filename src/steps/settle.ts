// Step 8. Closes the row with real usage and price, gives back what was held, and says what it all came to.

import { type Attempts, closeAttempt } from '../core/attempts.ts';
import type { Begun } from '../core/begun.ts';
import { chargeForAnswer, chargeForFailure, estimateOf } from '../core/charge.ts';
import { asLLMError, brokenOff, type LLMError, llmError, withDetail } from '../core/errors.ts';
import type { Fitted } from '../core/fitted.ts';
import type { Found } from '../core/flight.ts';
import type { Hold } from '../core/hold.ts';
import { ZERO_USD } from '../core/money.ts';
import type { Parts } from '../core/parts.ts';
import type { Call } from '../core/request.ts';
import type { CachedAnswer, LedgerRow } from '../core/stores.ts';
import { tokensOf } from '../core/summary.ts';

/** The answer is whole: its row is closed. */
export function settleAnswer(begun: Begun, call: Call, parts: Parts): CachedAnswer {
  const { attempt, collector, fitted } = begun;
  const answer = collector.answer();
  if (answer === null) throw llmError('internal', 'The transport called an answer whole that has no end');
  const estimate = estimateOf(attempt, fitted.context.estimatedTokens, begun.written, parts);
  const charge = chargeForAnswer(attempt.target, answer.usage, estimate, answer.finishReason);
  // It was heard out for its figures alone: the caller had left.
  const outcome = call.departure.hasLeft ? 'cancelled' : charge.outcome;
  closeAttempt(attempt, { ...charge, outcome }, null, parts);
  const { provider, card } = attempt.target;
  const told = charge.usageSource === 'provider' ? (charge.usage?.inputTokens ?? null) : null;
  if (told !== null) parts.tokens.learn(fitted.request, card, told);
  const { costPicoUsd } = charge;
  return { answer, provider: provider.id, model: card.model, costPicoUsd, storedAtMs: parts.clock.nowMs() };
}

/** The answer broke after it had begun: its row is closed with what was delivered. */
export function settleBroken(begun: Begun, thrown: unknown, parts: Parts): LLMError {
  const { attempt, collector, fitted } = begun;
  const { provider, card } = attempt.target;
  const delivered = collector.parts();
  const failed = asLLMError(thrown);
  const error = withDetail(delivered.length > 0 ? brokenOff(failed) : failed, {
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

/** Ends the hold with what all attempts used; a store that cannot be reached is reported, its hold runs out by lease. */
export async function settleHold(hold: Hold, attempts: Attempts, call: Call, parts: Parts): Promise<void> {
  try {
    await hold.settle(attempts.total());
  } catch (error) {
    parts.report('error', 'settle_failed', { request_id: call.requestId, error });
  }
}

/** An answer that no vendor was asked for: one row at cost 0, with what it saved. Of one that was joined it names the leader. */
export function settleUnasked(found: Found, fitted: Fitted, hold: Hold, call: Call, parts: Parts): void {
  const { answer: cached, ledBy } = found;
  const nowMs = parts.clock.nowMs();
  const { usage } = cached.answer;
  const row: LedgerRow = {
    attemptId: parts.chance.id('att'),
    requestId: call.requestId,
    generationId: ledBy ?? call.generationId,
    tenant: call.caller.tenant,
    userId: call.caller.userId,
    provider: cached.provider,
    model: cached.model,
    requestedModel: fitted.requestedModel,
    keyId: call.caller.keyId ?? null,
    prompt: call.prompt,
    state: 'settled',
    outcome: ledBy === null ? 'cached' : 'joined',
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
