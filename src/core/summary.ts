// What a response tells beside its text: how the answer came about, what it used and what it cost.

import { Attempts, attemptReport } from './attempts.ts';
import type { Begun } from './begun.ts';
import { chargeForAnswer, estimateOf } from './charge.ts';
import type { Fitted } from './fitted.ts';
import type { FlightStart } from './flight.ts';
import { formatUsd } from './money.ts';
import type { Parts } from './parts.ts';
import type { Call } from './request.ts';
import type { Answer, ResponseSummary, Usage, Warning } from './response.ts';

export interface AnswerOrigin {
  readonly provider: string;
  readonly model: string;
  readonly cached: boolean;
  readonly shared: boolean;
  /** Under which the answer is kept; null: it is not. */
  readonly cacheKey: string | null;
}

export function summaryOf(
  answer: Answer,
  from: AnswerOrigin,
  attempts: Attempts,
  fitted: Fitted,
  warnings: readonly Warning[],
  call: Call,
  parts: Parts,
): ResponseSummary {
  const charge = attempts.last?.charge ?? null;
  const isAsked = !from.cached && !from.shared;
  const usage = !isAsked ? answer.usage : (charge?.usage ?? null);
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
    usageSource: !isAsked ? 'provider' : (charge?.usageSource ?? 'none'),
    tokensUsed: tokensOf(usage),
    costUsd: costPicoUsd === null ? null : formatUsd(costPicoUsd),
    priced: costPicoUsd !== null,
    cached: from.cached,
    shared: from.shared,
    cacheKey: from.cacheKey,
    responseTimeMs: Math.max(0, nowMs - call.startedAtMs),
    timestamp: new Date(nowMs).toISOString(),
    attempts: attempts.reports(),
    context: fitted.context,
    warnings: [...(call.warnings ?? []), ...warnings, ...warningsOn(answer), ...endWarnings(from, fitted, nowMs)],
    maxTokens: fitted.maxTokens,
    providerMetadata: answer.providerMetadata,
    ...(call.prompt !== null && { prompt: call.prompt }),
    ...answer.judged,
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
  const from = { provider: target.provider.id, model: target.card.model, cached: false, shared: false, cacheKey: null };
  const summary = summaryOf(answer, from, attempts, fitted, [], call, parts);
  const durationMs = Math.round(parts.clock.monotonicMs() - attempt.startedMonotonicMs);
  const reports = summary.attempts.with(-1, { ...attemptReport(attempt), durationMs, outcome: 'cancelled', costUsd });
  const figures = { usage, usageSource, tokensUsed: tokensOf(usage), costUsd, priced: costUsd !== null };
  return { ...summary, ...figures, attempts: reports };
}

/** The same of an answer that was read along: who leads it pays, and knows what it comes to. */
export function summaryOfStoppedReader(
  { provider, model }: FlightStart,
  fitted: Fitted,
  call: Call,
  parts: Parts,
): ResponseSummary {
  const told = { id: null, model, parts: [], finishReasonRaw: null, usage: null, providerMetadata: {} };
  const from = { provider, model, cached: false, shared: true, cacheKey: null };
  return summaryOf({ ...told, finishReason: 'stopped' }, from, new Attempts(), fitted, [], call, parts);
}

export function tokensOf(usage: Usage | null): number | null {
  if (usage === null || usage.inputTokens === null || usage.outputTokens === null) return null;
  return usage.inputTokens + usage.outputTokens;
}

/** What a codec found odd about an answer that is whole all the same. */
function warningsOn({ providerMetadata }: Answer): readonly Warning[] {
  return ODDITIES.flatMap(([code, message]) => (providerMetadata[code] === undefined ? [] : [{ code, message }]));
}

/** So long before its end a model is told of to those who use it: the notice that most vendors keep at the least. */
const TOLD_BEFORE_MS = 30 * 86_400_000;

/** Also of an answer that was kept: who got it will ask again when it is no longer there. */
function endWarnings({ provider, model }: AnswerOrigin, { targets }: Fitted, nowMs: number): readonly Warning[] {
  const { end } = targets.find(({ card }) => card.provider === provider && card.model === model)?.card ?? {};
  if (end === undefined || end.atMs - nowMs > TOLD_BEFORE_MS) return [];
  return [{ code: 'model_ends_soon', message: end.notice }];
}

const ODDITIES = [
  [
    'missing_terminal',
    'The vendor ended its stream without the marker that says it is whole; its finish reason says so',
  ],
  ['missing_finish_reason', 'The vendor did not say why its answer ended'],
] as const;
