// The library's own JSON form, in snake_case, as it goes over the wire and as the command line prints it with `--json`. Money is
// decimal strings, and null = not told. The order of fields is part of the form: callers put their own fields around it.

import { type CacheSelector, selectedBy } from './cache-invalidation.ts';
import { MODEL_FEATURES, type ModelCard } from './catalog.ts';
import type { StoredKey } from './identity.ts';
import { formatUsd, type PicoUsd, type Price, picoUsd, type Rates } from './money.ts';
import type { AnswerPart, PromptVersion, ToolCallPart } from './request.ts';
import type { AttemptReport, LLMResponse, ResponseSummary, Usage } from './response.ts';
import type { LedgerRow, UsageReport, UsageTotals } from './stores.ts';

/** The whole answer. */
export function answerJson(response: LLMResponse) {
  return { content: response.content, ...answerEndJson(response) };
}

/** All fields of the whole answer but `content`: what the end of a stream tells. */
export function answerEndJson(response: LLMResponse) {
  const { id, generation_id, ...facts } = summaryJson(response);
  const details = reasoningDetailsJson(response.parts);
  return {
    id,
    generation_id,
    reasoning: response.reasoning,
    ...(details !== null && { reasoning_details: details }),
    tool_calls: toolCallsJson(response),
    ...facts,
  };
}

/** How the answer came about, without what the model wrote. */
export function summaryJson(response: ResponseSummary) {
  const { usage, context } = response;
  return {
    id: response.id,
    generation_id: response.generationId,
    ...(response.conversationId !== undefined && {
      conversation_id: response.conversationId,
      conversation_version: response.conversationVersion,
    }),
    finish_reason: response.finishReason,
    finish_reason_raw: response.finishReasonRaw,
    model: response.model,
    provider: response.provider,
    prompt_tokens: usage?.inputTokens ?? null,
    completion_tokens: usage?.outputTokens ?? null,
    total_tokens: response.tokensUsed,
    tokens_used: response.tokensUsed,
    usage: usageJson(usage),
    usage_source: response.usageSource,
    cost_usd: response.costUsd,
    priced: response.priced,
    cached: response.cached,
    shared: response.shared,
    cache_key: response.cacheKey,
    response_time_ms: response.responseTimeMs,
    timestamp: response.timestamp,
    attempts: attemptsJson(response.attempts),
    context: {
      kept: context.kept,
      dropped: context.dropped,
      estimated_tokens: context.estimatedTokens,
      window: context.window,
    },
    max_tokens: response.maxTokens,
    warnings: response.warnings.map(({ code, message }) => ({ code, message })),
    ...judgedJson(response),
  };
}

/** What a template delivers. What is checked is called the same here and on the wire. */
function judgedJson({ data, verification, prompt }: ResponseSummary) {
  return {
    ...(data !== undefined && { data }),
    ...(verification !== undefined && { verification }),
    ...(prompt !== undefined && { prompt: promptJson(prompt) }),
  };
}

export function attemptsJson(attempts: readonly AttemptReport[]) {
  return attempts.map(({ provider, model, account, outcome, code, status, durationMs, costUsd, reason }) => ({
    provider,
    model,
    ...(account !== undefined && { account }),
    outcome,
    code,
    status,
    duration_ms: durationMs,
    cost_usd: costUsd,
    reason,
  }));
}

function usageJson(usage: Usage | null) {
  if (usage === null) return null;
  return {
    input_tokens: usage.inputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    output_tokens: usage.outputTokens,
    reasoning_tokens: usage.reasoningTokens,
  };
}

/** OpenAI's form; a call with vendor state carries it as `extra_content`, which clients send back unread (as Google's do). */
export function toolCallsJson({ parts }: Pick<LLMResponse, 'parts'>) {
  return parts.filter((part) => part.type === 'tool-call').map(toolCallJson);
}

function toolCallJson({ toolCallId: id, name, argumentsText, providerData }: ToolCallPart) {
  const call = { id, type: 'function' as const, function: { name, arguments: argumentsText } };
  return providerData === undefined ? call : { ...call, extra_content: providerData };
}

/** Reasoning with vendor state, in OpenRouter's frame; null when no part has any. */
export function reasoningDetailsJson(parts: readonly AnswerPart[]) {
  const reasoning = parts.filter((part) => part.type === 'reasoning');
  if (!reasoning.some(({ providerData }) => providerData !== undefined)) return null;
  return reasoning.map(({ text, providerData }, index) => ({
    type: 'reasoning.text' as const,
    index,
    text,
    ...(providerData !== undefined && { provider_data: providerData }),
  }));
}

export function usageReportJson({ totals, groups, nextCursor }: UsageReport) {
  return {
    totals: totalsJson(totals),
    groups: groups.map((group) => ({ key: group.key, ...totalsJson(group) })),
    next_cursor: nextCursor,
  };
}

function totalsJson(totals: UsageTotals) {
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

export function ledgerRowJson(row: LedgerRow) {
  return {
    attempt_id: row.attemptId,
    request_id: row.requestId,
    generation_id: row.generationId,
    tenant: row.tenant,
    user_id: row.userId,
    provider: row.provider,
    model: row.model,
    requested_model: row.requestedModel,
    key_id: row.keyId,
    prompt: row.prompt && promptJson(row.prompt),
    state: row.state,
    outcome: row.outcome,
    code: row.code,
    finish_reason: row.finishReason,
    usage: usageJson(row.usage),
    usage_source: row.usageSource,
    cost_usd: row.costPicoUsd === null ? null : formatUsd(row.costPicoUsd),
    price_id: row.priceId,
    priced: row.priced,
    corrects: row.corrects,
    saved_usd: row.savedPicoUsd === null ? null : formatUsd(row.savedPicoUsd),
    saved_tokens: row.savedTokens,
    over_hold: row.overHold,
    tags: row.tags,
    started_at: new Date(row.startedAtMs).toISOString(),
    first_event_after_ms: row.firstEventAfterMs,
    ended_at: row.endedAtMs === null ? null : new Date(row.endedAtMs).toISOString(),
  };
}

function promptJson({ name, version, hash }: PromptVersion) {
  return { name, version, hash };
}

export function repriceSummaryJson(summary: {
  readonly attempts: number;
  readonly corrected: number;
  readonly unpriced: number;
  readonly beforePicoUsd: PicoUsd;
  readonly afterPicoUsd: PicoUsd;
}) {
  return {
    attempts: summary.attempts,
    corrected: summary.corrected,
    unpriced: summary.unpriced,
    before_usd: formatUsd(summary.beforePicoUsd),
    after_usd: formatUsd(summary.afterPicoUsd),
  };
}

export function cacheInvalidationJson({
  selector,
  askedUpToMs,
  reach,
}: {
  readonly selector: CacheSelector;
  readonly askedUpToMs: number;
  readonly reach: 'process' | 'all';
}) {
  return { by: selector.by, selected: selectedBy(selector), asked_up_to: new Date(askedUpToMs).toISOString(), reach };
}

/** All that may be told of a key: neither the key nor its hash. */
export function storedKeyJson(key: StoredKey) {
  return {
    id: key.id,
    tenant: key.tenant,
    user_id: key.userId,
    role: key.role,
    tier: key.tier,
    allowed_models: key.allowedModels,
    created_at: new Date(key.createdAtMs).toISOString(),
    expires_at: key.expiresAtMs === null ? null : new Date(key.expiresAtMs).toISOString(),
    revoked_at: key.revokedAtMs === null ? null : new Date(key.revokedAtMs).toISOString(),
  };
}

/** What is known of a model; its `id` is the caller's, who knows which names are plain. */
export function modelJson(info: ModelCard & { readonly price: Price | null }) {
  return {
    provider: info.provider,
    context_window: info.contextWindow,
    max_output_tokens: info.outputLimit,
    price: info.price && priceJson(info.price),
    features: [...info.features],
    ...(info.vectors !== undefined && { dimensions: info.vectors.dimensions }),
  };
}

/**
 * A route in the words of a model, whose maker are we: window and features are what can be had of some target, its price is that of
 * the target that answers.
 */
export function routeJson(targets: readonly (ModelCard & { readonly id: string })[]) {
  return {
    provider: 'codementor-llm',
    context_window: Math.max(...targets.map(({ contextWindow }) => contextWindow)),
    max_output_tokens: Math.max(...targets.map(({ outputLimit }) => outputLimit)),
    price: null,
    features: MODEL_FEATURES.filter((feature) => targets.some(({ features }) => features.has(feature))),
    targets: targets.map(({ id }) => id),
  };
}

/** USD per million tokens, exact. */
function priceJson({ source, from, longPrompts, ...rates }: Price) {
  const long = longPrompts?.map((tier) => ({ above_input_tokens: tier.aboveInputTokens, ...ratesJson(tier) }));
  return { ...ratesJson(rates), ...(long && { long_prompts: long }), source, from };
}

function ratesJson({ input, cacheRead, output }: Rates) {
  return { input: perMillion(input), cached_input: perMillion(cacheRead), output: perMillion(output) };
}

function perMillion(perToken: PicoUsd): string {
  return formatUsd(picoUsd(perToken * 1_000_000n));
}
