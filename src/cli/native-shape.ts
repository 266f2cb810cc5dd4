// The library's words in the native API's shapes, for answers that are made in this process. A test holds what this makes to what
// a server sends: the same fields.

import {
  type AttemptReport,
  formatUsd,
  type LedgerQuery,
  type LLMResponse,
  type ModelInfo,
  type PicoUsd,
  type Price,
  picoUsd,
  type ResponseSummary,
  type StreamEvent,
  type Usage,
  type UsageReport,
  type UsageTotals,
} from '../index.ts';
import type { Completion, ModelRow, ShownEvent, Summary, UsageAnswer, UsageLine } from './native.ts';

export function completionOf(response: LLMResponse): Completion {
  return {
    content: response.content,
    ...summaryOf(response),
    reasoning: response.reasoning,
    tool_calls: response.toolCalls.map(({ id, name, argumentsText }) => ({
      id,
      type: 'function',
      function: { name, arguments: argumentsText },
    })),
  };
}

/** Null for an event that the command line does not show. */
export function shownEventOf(event: StreamEvent): ShownEvent | null {
  if (event.type === 'text-delta' || event.type === 'reasoning-delta') return event;
  return event.type === 'response-end' ? { type: event.type, ...summaryOf(event.response) } : null;
}

function summaryOf(response: ResponseSummary): Summary {
  const { usage, context } = response;
  return {
    id: response.id,
    generation_id: response.generationId,
    finish_reason: response.finishReason,
    finish_reason_raw: response.finishReasonRaw,
    model: response.model,
    provider: response.provider,
    prompt_tokens: usage?.inputTokens ?? null,
    completion_tokens: usage?.outputTokens ?? null,
    total_tokens: response.tokensUsed,
    tokens_used: response.tokensUsed,
    usage: usage === null ? null : tokensOf(usage),
    usage_source: response.usageSource,
    cost_usd: response.costUsd,
    priced: response.priced,
    cached: response.cached,
    response_time_ms: response.responseTimeMs,
    timestamp: response.timestamp,
    attempts: response.attempts.map(attemptOf),
    context: {
      kept: context.kept,
      dropped: context.dropped,
      estimated_tokens: context.estimatedTokens,
      window: context.window,
    },
    max_tokens: response.maxTokens,
    warnings: response.warnings.map(({ code, message }) => ({ code, message })),
  };
}

function tokensOf(usage: Usage) {
  return {
    input_tokens: usage.inputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    output_tokens: usage.outputTokens,
    reasoning_tokens: usage.reasoningTokens,
  };
}

function attemptOf(attempt: AttemptReport) {
  const { provider, model, outcome, code, status, durationMs, costUsd, reason } = attempt;
  return { provider, model, outcome, code, status, duration_ms: durationMs, cost_usd: costUsd, reason };
}

export function usageOf(report: UsageReport, { userId, fromMs, toMs }: LedgerQuery): UsageAnswer {
  return {
    user_id: userId ?? null,
    from: fromMs === undefined ? null : new Date(fromMs).toISOString(),
    to: toMs === undefined ? null : new Date(toMs).toISOString(),
    totals: totalsOf(report.totals),
    groups: report.groups.map(({ key, ...totals }) => ({ key, ...totalsOf(totals) })),
    next_cursor: null,
  };
}

function totalsOf(totals: UsageTotals): UsageLine {
  return {
    requests: totals.requests,
    attempts: totals.attempts,
    cached: totals.cached,
    prompt_tokens: totals.promptTokens,
    completion_tokens: totals.completionTokens,
    total_tokens: totals.totalTokens,
    cost_usd: formatUsd(totals.costPicoUsd),
    saved_tokens: totals.savedTokens,
    saved_usd: formatUsd(totals.savedPicoUsd),
    unpriced: totals.unpriced,
  };
}

export function modelOf({ model, provider, contextWindow, outputLimit, price, features }: ModelInfo): ModelRow {
  return {
    id: model,
    provider,
    context_window: contextWindow,
    max_output_tokens: outputLimit,
    price: price === null ? null : pricePerMillion(price),
    features: [...features],
  };
}

function pricePerMillion({ input, cacheRead, output, source, from }: Price) {
  return { input: perMillion(input), cached_input: perMillion(cacheRead), output: perMillion(output), source, from };
}

function perMillion(perToken: PicoUsd): string {
  return formatUsd(picoUsd(perToken * 1_000_000n));
}
