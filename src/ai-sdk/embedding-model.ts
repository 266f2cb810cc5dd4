// An embedding model of the AI SDK that this service answers.

import type { EmbeddingModelV4, EmbeddingModelV4Result } from '@ai-sdk/provider';
import type { EmbeddingResponse, LLMService } from '../index.ts';
import { failureOf } from './failure.ts';
import { type CallDefaults, embeddingRequestOf } from './request.ts';

/** Below what any vendor that is known here refuses: Gemini takes a hundred texts, and an answer is 8 MiB at the most. */
const TEXTS_PER_CALL = 100;

export function createEmbeddingModel(
  service: LLMService,
  provider: string,
  modelId: string,
  defaults: CallDefaults,
): EmbeddingModelV4 {
  return {
    specificationVersion: 'v4',
    provider,
    modelId,
    maxEmbeddingsPerCall: TEXTS_PER_CALL,
    supportsParallelCalls: true,
    async doEmbed(options): Promise<EmbeddingModelV4Result> {
      const { abortSignal: signal } = options;
      try {
        const { request, how } = embeddingRequestOf(modelId, options, defaults);
        return resultOf(await service.embed(request, { ...how, ...(signal && { signal }) }));
      } catch (thrown) {
        throw failureOf(thrown, modelId, signal);
      }
    },
  };
}

function resultOf(response: EmbeddingResponse): EmbeddingModelV4Result {
  const { embeddings, promptTokens, provider, model, costUsd, priced, cached, shared, generationId, usageSource } =
    response;
  return {
    embeddings: embeddings.map((vector) => [...vector]),
    ...(promptTokens !== null && { usage: { tokens: promptTokens } }),
    providerMetadata: {
      codementor: {
        provider,
        model,
        costUsd,
        priced,
        cached,
        shared,
        generationId,
        usageSource,
        attempts: response.attempts.map((attempt) => ({ ...attempt })),
        warnings: response.warnings.map((warning) => ({ ...warning })),
      },
    },
    warnings: [],
  };
}
