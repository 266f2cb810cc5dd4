// What the gateway tells beside an answer of a spoken dialect: who answered, after which attempts, at what cost, and what is odd about it.

import { attemptsJson, type LLMResponse } from '../index.ts';

export function gatewayOf(response: LLMResponse) {
  const { provider, model, attempts, costUsd, cached, generationId, usageSource, maxTokens, warnings } = response;
  return {
    provider,
    model,
    attempts: attemptsJson(attempts),
    cost_usd: costUsd,
    cached,
    generation_id: generationId,
    usage_source: usageSource,
    ...(maxTokens !== null && { max_tokens: maxTokens }),
    ...(warnings.length > 0 && { warnings: warnings.map(({ code, message }) => ({ code, message })) }),
  };
}
