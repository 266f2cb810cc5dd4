// What an attempt is charged, decided here, once, for the row, the hold and the report alike: by what the vendor told, else by an
// estimate of what went over the wire, else by what was held. Never less than the vendor may bill.

import type { Target } from './catalog.ts';
import type { ErrorCode, LLMError } from './errors.ts';
import { type BilledTokens, costOf, type PicoUsd, ZERO_USD } from './money.ts';
import type { Parts } from './parts.ts';
import type { AnswerPart } from './request.ts';
import type { FinishReason, Outcome, Usage, UsageSource } from './response.ts';
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

/** What went over the wire, for an attempt whose vendor doesn't tell: never more than was held. */
export function estimateOf(
  { bound }: { readonly bound: Bound },
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

/** A whole answer. A vendor that tells no usage, or an absurd one, is estimated; never booked as 0. What it tells in part counts. */
export function chargeForAnswer(
  target: Target,
  usage: Usage | null,
  estimate: BilledTokens,
  finishReason: FinishReason | null,
): Charge {
  const told = usage !== null && isCredible(usage, target) ? usage : NOTHING_TOLD;
  const tokens = {
    ...told,
    inputTokens: told.inputTokens ?? estimate.inputTokens,
    outputTokens: told.outputTokens ?? estimate.outputTokens,
  };
  const isWhole = told.inputTokens !== null && told.outputTokens !== null;
  return {
    state: 'settled',
    outcome: 'completed',
    finishReason,
    usage: tokens,
    usageSource: isWhole ? 'provider' : 'estimate',
    costPicoUsd: target.price === null ? null : costOf(tokens, target.price),
    tokens: tokens.inputTokens + tokens.outputTokens,
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
  { target, row }: { readonly target: Target; readonly row: LedgerRow },
  error: LLMError,
  told: Usage | null,
  sent: BilledTokens,
  delivered: boolean,
): Charge {
  const outcome = outcomeOf(error, delivered);
  const costPicoUsd = target.price === null ? null : ZERO_USD;
  const free = { outcome, finishReason: null, usage: null, usageSource: 'none' as const, costPicoUsd, tokens: 0 };
  if (error.detail.neverSent === true) return { state: 'released', ...free };
  const isBilledOn = target.provider.billAfterCancel === 'goes-on' && OPEN_ENDS.has(error.code);
  // What has come is no bound of the bill where the vendor goes on without us: there it is charged as held, as one without content.
  const isKnown = delivered && !(isBilledOn && row.heldTokens !== null);
  if (told !== null || isKnown || error.code === 'provider_rejected_answer') {
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

const NOTHING_TOLD: Usage = {
  inputTokens: null,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  outputTokens: null,
  reasoningTokens: null,
};

/** No vendor reads or writes half a token, or twice its model's window: such a figure is a fault, not a bill. */
function isCredible(usage: Usage, { card }: Target): boolean {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens } = usage;
  return [inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens].every(
    (tokens) => tokens === null || (Number.isSafeInteger(tokens) && tokens >= 0 && tokens <= 2 * card.contextWindow),
  );
}
