// The upstream attempts of one request: each has one ledger row, opened before the dispatch and closed after it, whatever
// happens. What an attempt is charged is decided here, once, for the row, the hold and the report alike.

import { attemptFields } from './attempt-fields.ts';
import type { Target } from './catalog.ts';
import type { ErrorCode, LLMError } from './errors.ts';
import type { Fitted } from './fitted.ts';
import {
  type BilledTokens,
  costOf,
  formatUsd,
  nanoUsdCeil,
  type PicoUsd,
  picoUsd,
  priceIdOf,
  worstCostOf,
  ZERO_USD,
} from './money.ts';
import type { Parts } from './parts.ts';
import type { AnswerPart, Call } from './request.ts';
import type { AttemptReport, FinishReason, Outcome, Usage, UsageSource } from './response.ts';
import type { LedgerRow, RowState } from './stores.ts';

/** The worst that an attempt can use: what is held for it. */
export interface Bound {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What was used, as far as anybody can say. */
export interface Charge {
  readonly state: RowState;
  readonly outcome: Outcome;
  /** Null: no answer came to its end. */
  readonly finishReason: FinishReason | null;
  readonly usage: Usage | null;
  readonly usageSource: UsageSource;
  /** Null: unpriced. */
  readonly costPicoUsd: PicoUsd | null;
  /** What the windows are charged. */
  readonly tokens: number;
}

export interface Attempt {
  readonly target: Target;
  readonly row: LedgerRow;
  readonly bound: Bound;
  readonly startedMonotonicMs: number;
  /** When its first content came; null: none has. */
  begunMonotonicMs: number | null;
  charge: Charge | null;
  error: LLMError | null;
  endedMonotonicMs: number | null;
}

function worstCost(target: Target, bound: Bound): PicoUsd | null {
  return target.price === null ? null : worstCostOf(bound.inputTokens, bound.outputTokens, target.price);
}

/** The row of an attempt that is about to be made. `held` is null where no window counts tokens or money: then nothing is held. */
export function openRow(
  attemptId: string,
  target: Target,
  held: Bound | null,
  call: Call,
  when: { readonly heldAtMs: number; readonly startedAtMs: number },
  { requestedModel, tags }: Pick<Fitted, 'requestedModel' | 'tags'>,
): LedgerRow {
  return {
    attemptId,
    requestId: call.requestId,
    generationId: call.generationId,
    tenant: call.caller.tenant,
    userId: call.caller.userId,
    provider: target.provider.id,
    model: target.card.model,
    requestedModel,
    keyId: call.caller.keyId ?? null,
    prompt: call.prompt,
    state: 'open',
    outcome: null,
    code: null,
    finishReason: null,
    usage: null,
    usageSource: 'none',
    costPicoUsd: null,
    priceId: null,
    corrects: null,
    priced: target.price !== null,
    savedPicoUsd: null,
    savedTokens: null,
    heldPicoUsd: held === null ? null : worstCost(target, held),
    heldTokens: held === null ? null : held.inputTokens + held.outputTokens,
    overHold: false,
    tags,
    heldAtMs: when.heldAtMs,
    startedAtMs: when.startedAtMs,
    firstEventAfterMs: null,
    endedAtMs: null,
  };
}

/** Closes an attempt: its charge stands from here on, and its row is on its way to the ledger. Once. */
export function closeAttempt(
  attempt: Attempt,
  charge: Charge,
  error: LLMError | null,
  parts: Pick<Parts, 'clock' | 'journal' | 'overruns' | 'report'>,
): void {
  if (attempt.charge !== null) throw new Error(`Attempt ${attempt.row.attemptId} was closed twice`);
  attempt.charge = charge;
  attempt.error = error;
  attempt.endedMonotonicMs = parts.clock.monotonicMs();
  const row = closedRow(attempt, parts.clock.nowMs());
  parts.journal.close(row);
  parts.report('debug', 'upstream_attempt', attemptFields(row, attempt.endedMonotonicMs - attempt.startedMonotonicMs));
  if (row.overHold && row.heldTokens !== null) {
    parts.overruns.note(row.model, charge.tokens / row.heldTokens);
    const { requestId, attemptId, userId, model, heldTokens } = row;
    const fields = {
      request_id: requestId,
      attempt_id: attemptId,
      user_id: userId,
      model,
      held_tokens: heldTokens,
      used_tokens: charge.tokens,
    };
    parts.report('warn', 'over_hold', fields);
  }
}

/** What went over the wire, for an attempt whose vendor doesn't tell: never more than was held. */
export function estimateOf(
  { bound }: Attempt,
  inputTokens: number,
  delivered: readonly AnswerPart[],
  parts: Pick<Parts, 'tokens'>,
): BilledTokens {
  let outputTokens = 0;
  for (const part of delivered)
    outputTokens += parts.tokens.estimate(part.type === 'tool-call' ? part.name + part.argumentsText : part.text);
  return {
    inputTokens: Math.min(inputTokens, bound.inputTokens),
    outputTokens: Math.min(outputTokens, bound.outputTokens),
    cacheReadTokens: null,
    cacheWriteTokens: null,
  };
}

function isOver(used: number | bigint | null, held: number | bigint | null): boolean {
  return used !== null && held !== null && used > held;
}

function closedRow(attempt: Attempt, endedAtMs: number): LedgerRow {
  const { row, charge, error, target, begunMonotonicMs, startedMonotonicMs } = attempt;
  if (charge === null) throw new Error(`Attempt ${row.attemptId} is closed without a charge`);
  const { state, outcome, finishReason, usage, usageSource, costPicoUsd } = charge;
  return {
    ...row,
    state,
    outcome,
    finishReason,
    usage,
    usageSource,
    costPicoUsd,
    priceId: target.price === null || costPicoUsd === null ? null : priceIdOf(target.price),
    overHold: isOver(costPicoUsd, row.heldPicoUsd) || isOver(charge.tokens, row.heldTokens),
    code: error?.code ?? null,
    firstEventAfterMs: begunMonotonicMs === null ? null : Math.round(begunMonotonicMs - startedMonotonicMs),
    endedAtMs,
  };
}

/** A whole answer. A vendor that tells no usage, or an absurd one, is estimated; never booked as 0. */
export function chargeForAnswer(
  target: Target,
  usage: Usage | null,
  estimate: BilledTokens,
  finishReason: FinishReason | null,
): Charge {
  const told = usage !== null && isCredible(usage, target) ? billed(usage) : null;
  const tokens = told ?? estimate;
  const costPicoUsd = target.price === null ? null : costOf(tokens, target.price);
  const used = tokens.inputTokens + tokens.outputTokens;
  const counted: Usage = told !== null && usage !== null ? usage : asUsage(estimate);
  return {
    state: 'settled',
    outcome: 'completed',
    finishReason,
    usage: counted,
    usageSource: told === null ? 'estimate' : 'provider',
    costPicoUsd,
    tokens: used,
  };
}

/** Failures that leave open what the vendor did, and will bill. Every other one is the vendor's own refusal. */
const OPEN_ENDS: ReadonlySet<ErrorCode> = new Set([
  'provider_timeout',
  'provider_unreachable',
  'provider_bad_reply',
  'stream_broken',
  'cancelled',
  'internal',
]);

/** A failed attempt, by how far it came. `told` is what the vendor said before it broke; `sent` the estimate of what went over the wire. */
export function chargeForFailure(
  { target, row }: Attempt,
  error: LLMError,
  told: Usage | null,
  sent: BilledTokens,
  delivered: boolean,
): Charge {
  const outcome = outcomeOf(error, delivered);
  const costPicoUsd = target.price === null ? null : ZERO_USD;
  const free = { outcome, finishReason: null, usage: null, usageSource: 'none' as const, costPicoUsd, tokens: 0 };
  if (error.detail.neverSent === true) return { state: 'released', ...free };
  if (told !== null || delivered || error.code === 'provider_rejected_answer') {
    return { ...chargeForAnswer(target, told, sent, null), outcome };
  }
  // A vendor that answers with an error, or sends us elsewhere, bills nothing for it.
  const isRefusal = !OPEN_ENDS.has(error.code) || (error.detail.providerStatus ?? 200) >= 300;
  if (isRefusal) return { state: 'settled', ...free };
  // It left this machine and nobody can say what became of it: charged as held, so that no budget is passed, and flagged. Where
  // nothing was held no budget can be passed, and the prompt is all that is known to have been sent.
  if (row.heldTokens === null) {
    const state = error.code === 'cancelled' ? 'settled' : 'unknown';
    return { ...chargeForAnswer(target, null, sent, null), state, outcome };
  }
  return {
    state: 'unknown',
    outcome,
    finishReason: null,
    usage: null,
    usageSource: 'estimate',
    costPicoUsd: row.heldPicoUsd,
    tokens: row.heldTokens,
  };
}

function outcomeOf(error: LLMError, delivered: boolean): Outcome {
  if (error.code === 'cancelled') return 'cancelled';
  return delivered ? 'cut' : 'failed';
}

function billed(usage: Usage): BilledTokens | null {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = usage;
  if (inputTokens === null || outputTokens === null) return null;
  return { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens };
}

/** No vendor reads or writes half a token, or twice its model's window: such a figure is a fault, not a bill. */
function isCredible(usage: Usage, { card }: Target): boolean {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens } = usage;
  return [inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens].every(
    (tokens) => tokens === null || (Number.isSafeInteger(tokens) && tokens >= 0 && tokens <= 2 * card.contextWindow),
  );
}

function asUsage({ inputTokens, outputTokens }: BilledTokens): Usage {
  return { inputTokens, outputTokens, cacheReadTokens: null, cacheWriteTokens: null, reasoningTokens: null };
}

/** What all attempts of a request come to, for the hold. Each charge is rounded up to the nano-dollar. */
export function totalOf(attempts: readonly Attempt[]): { tokens: number; nanoUsd: number } {
  let tokens = 0;
  let nanoUsd = 0;
  for (const { charge } of attempts) {
    if (charge === null) continue;
    tokens += charge.tokens;
    if (charge.costPicoUsd !== null) nanoUsd += nanoUsdCeil(charge.costPicoUsd);
  }
  return { tokens, nanoUsd };
}

/** The cost of a request: null as soon as one attempt that used something has no price. */
export function costOfAll(attempts: readonly Attempt[]): PicoUsd | null {
  let sum = 0n;
  for (const { charge } of attempts) {
    if (charge === null || (charge.costPicoUsd === null && charge.usageSource !== 'none')) return null;
    sum += charge.costPicoUsd ?? 0n;
  }
  return picoUsd(sum);
}

export function reportOf(attempt: Attempt): AttemptReport {
  const { target, charge, error, startedMonotonicMs, endedMonotonicMs } = attempt;
  return {
    provider: target.provider.id,
    model: target.card.model,
    outcome: charge?.outcome ?? 'failed',
    code: error?.code ?? null,
    status: error === null ? 200 : (error.detail.providerStatus ?? null),
    durationMs: Math.round((endedMonotonicMs ?? startedMonotonicMs) - startedMonotonicMs),
    costUsd: charge === null || charge.costPicoUsd === null ? null : formatUsd(charge.costPicoUsd),
    reason: target.reason,
  };
}
