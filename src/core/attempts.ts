// The upstream attempts of one request: each has one ledger row, opened before the dispatch and closed after it, whatever
// happens. What an attempt is charged stands in charge.ts.

import type { AccountDraw } from './account.ts';
import { attemptFields } from './attempt-fields.ts';
import type { PassedOver, Target } from './catalog.ts';
import type { Bound, Charge } from './charge.ts';
import type { LLMError } from './errors.ts';
import type { Fitted } from './fitted.ts';
import { formatUsd, nanoUsdCeil, type PicoUsd, picoUsd, priceIdOf, worstCostOf } from './money.ts';
import type { Parts } from './parts.ts';
import type { Call } from './request.ts';
import type { AttemptReport } from './response.ts';
import type { LedgerRow } from './stores.ts';

export interface Attempt {
  readonly target: Target;
  readonly row: LedgerRow;
  readonly bound: Bound;
  /** What it has drawn on the vendor's account; null: nothing is counted there. */
  readonly account: AccountDraw | null;
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
  attempt.account?.settle(charge);
  const row = closedRow(attempt, parts.clock.nowMs());
  parts.journal.close(row);
  parts.report('debug', 'upstream_attempt', attemptFields(row, attempt.endedMonotonicMs - attempt.startedMonotonicMs));
  if (row.overHold && row.heldTokens !== null) {
    parts.overruns.note(row, charge.tokens / row.heldTokens);
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

/** What was tried for one request, in order: the attempts that were made, and the targets that were passed over. */
export class Attempts {
  readonly made: Attempt[] = [];
  readonly #reports: (() => AttemptReport)[] = [];

  get last(): Attempt | undefined {
    return this.made.at(-1);
  }

  add(attempt: Attempt): void {
    this.made.push(attempt);
    this.#reports.push(() => attemptReport(attempt));
  }

  skip(passed: PassedOver): void {
    const report = skipReport(passed);
    this.#reports.push(() => report);
  }

  reports(): readonly AttemptReport[] {
    return this.#reports.map((report) => report());
  }

  /** What all of them come to, for the hold. Each charge is rounded up to the nano-dollar. */
  total(): { readonly tokens: number; readonly nanoUsd: number } {
    let tokens = 0;
    let nanoUsd = 0;
    for (const { charge } of this.made) {
      if (charge === null) continue;
      tokens += charge.tokens;
      if (charge.costPicoUsd !== null) nanoUsd += nanoUsdCeil(charge.costPicoUsd);
    }
    return { tokens, nanoUsd };
  }

  /** The cost of the request: null as soon as one attempt that used something has no price. */
  cost(): PicoUsd | null {
    let sum = 0n;
    for (const { charge } of this.made) {
      if (charge === null || (charge.costPicoUsd === null && charge.usageSource !== 'none')) return null;
      sum += charge.costPicoUsd ?? 0n;
    }
    return picoUsd(sum);
  }
}

/** A target that was not asked, and why. */
export function skipReport({ target, code, reason }: PassedOver): AttemptReport {
  return { ...named(target), outcome: 'skipped', code, status: null, durationMs: 0, costUsd: null, reason };
}

function named({ provider, card }: Target): Pick<AttemptReport, 'provider' | 'model' | 'account'> {
  const { id, account } = provider;
  return { provider: id, model: card.model, ...(account !== undefined && { account }) };
}

export function attemptReport(attempt: Attempt): AttemptReport {
  const { target, charge, error, startedMonotonicMs, endedMonotonicMs } = attempt;
  return {
    ...named(target),
    // One that is still under way is told of only where the answer was stopped.
    outcome: charge?.outcome ?? 'cancelled',
    code: error?.code ?? null,
    status: error === null ? 200 : (error.detail.providerStatus ?? null),
    durationMs: Math.round((endedMonotonicMs ?? startedMonotonicMs) - startedMonotonicMs),
    costUsd: charge === null || charge.costPicoUsd === null ? null : formatUsd(charge.costPicoUsd),
    reason: target.reason,
  };
}
