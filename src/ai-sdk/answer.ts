// An answer of ours in the words of the AI SDK: its parts, how it ended, what it used, and what else is known of it, which stands
// under `providerMetadata.codementor`. A figure that nobody told is undefined there, as null is here.

import type {
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4Usage,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';
import type { AnswerPart, FinishReason, JsonObject, ResponseSummary, Usage } from '../index.ts';

const UNIFIED: Readonly<Record<FinishReason, LanguageModelV4FinishReason['unified']>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  content_filter: 'content-filter',
  stopped: 'other',
  other: 'other',
};

export function contentOf(parts: readonly AnswerPart[]): LanguageModelV4Content[] {
  return parts.map((part): LanguageModelV4Content => {
    if (part.type === 'text') return { type: 'text', text: part.text };
    if (part.type === 'reasoning') return { type: 'reasoning', text: part.text, ...stateOf(part.providerData) };
    const { toolCallId, name: toolName, argumentsText, providerData } = part;
    return { type: 'tool-call', toolCallId, toolName, input: inputOf(argumentsText), ...stateOf(providerData) };
  });
}

/** A call without arguments is one with none; what else is no JSON the AI SDK tells its user itself. */
export function inputOf(argumentsText: string): string {
  return argumentsText.trim() === '' ? '{}' : argumentsText;
}

/** The vendor's own state of a part, for the next turn: request.ts takes it back. */
export function stateOf(providerData: JsonObject | undefined): { providerMetadata?: SharedV4ProviderMetadata } {
  return providerData === undefined ? {} : { providerMetadata: { codementor: { providerData } } };
}

export function finishReasonOf({
  finishReason,
  finishReasonRaw,
}: Pick<ResponseSummary, 'finishReason' | 'finishReasonRaw'>): LanguageModelV4FinishReason {
  // A word of ours where the vendor told none: who stopped it was no vendor.
  const raw = finishReasonRaw ?? (finishReason === 'stopped' ? finishReason : undefined);
  return { unified: UNIFIED[finishReason], raw };
}

export const NOTHING_USED: LanguageModelV4Usage = {
  inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: undefined, text: undefined, reasoning: undefined },
};

export function usageOf(usage: Usage | null): LanguageModelV4Usage {
  if (usage === null) return NOTHING_USED;
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, reasoningTokens } = usage;
  return {
    inputTokens: {
      total: told(inputTokens),
      noCache: without(inputTokens, cacheReadTokens, cacheWriteTokens),
      cacheRead: told(cacheReadTokens),
      cacheWrite: told(cacheWriteTokens),
    },
    outputTokens: {
      total: told(outputTokens),
      text: without(outputTokens, reasoningTokens),
      reasoning: told(reasoningTokens),
    },
  };
}

function told(tokens: number | null): number | undefined {
  return tokens ?? undefined;
}

/** Of a vendor that tells of no cache, or of no thoughts, nobody knows whether there were any. */
function without(total: number | null, ...parts: readonly (number | null)[]): number | undefined {
  const known = parts.filter((tokens) => tokens !== null);
  if (total === null || known.length === 0) return undefined;
  return known.reduce((rest, tokens) => rest - tokens, total);
}

export function metadataOf(summary: ResponseSummary): SharedV4ProviderMetadata {
  const { provider, model, costUsd, priced, cached, shared, generationId, responseTimeMs, usageSource } = summary;
  const { attempts, warnings, context, maxTokens, providerMetadata } = summary;
  return {
    codementor: {
      provider,
      model,
      costUsd,
      priced,
      cached,
      shared,
      generationId,
      responseTimeMs,
      usageSource,
      attempts: attempts.map((attempt) => ({ ...attempt })),
      warnings: warnings.map((warning) => ({ ...warning })),
      context: { ...context },
      maxTokens: maxTokens && { ...maxTokens },
      providerMetadata,
    },
  };
}
