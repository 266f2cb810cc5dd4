// What the dialects tell alike of an answer: attempts, usage, tool calls and the vendor's own state, in snake_case.

import type { AnswerPart, AttemptReport, JsonObject, LLMResponse, ToolCall, Usage } from '../index.ts';

export function attemptsJson(attempts: readonly AttemptReport[]) {
  return attempts.map(({ provider, model, outcome, code, status, durationMs, costUsd, reason }) => ({
    provider,
    model,
    outcome,
    code,
    status,
    duration_ms: durationMs,
    cost_usd: costUsd,
    reason,
  }));
}

/** The ledger's form of a usage: null = not told. */
export function usageJson(usage: Usage | null) {
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
export function toolCallsJson({ toolCalls, parts }: LLMResponse) {
  const states = new Map<string, JsonObject>();
  for (const part of parts) {
    if (part.type === 'tool-call' && part.providerData !== undefined) states.set(part.toolCallId, part.providerData);
  }
  return toolCalls.map((call) => toolCallJson(call, states.get(call.id)));
}

function toolCallJson({ id, name, argumentsText }: ToolCall, state: JsonObject | undefined) {
  const call = { id, type: 'function' as const, function: { name, arguments: argumentsText } };
  return state === undefined ? call : { ...call, extra_content: state };
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
