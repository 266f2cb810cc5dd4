// Failover: the first provider is full, the second answers, and the answer says what happened. Both are home-made here, so that no
// key is needed; those of vendors fail over alike.
// Run: LOG_LEVEL=error npx node examples/failover.ts

import { createLLMService, llmError, type OwnProvider } from 'codementor-llm';

function provider(id: string, answer: () => string): OwnProvider {
  return {
    id,
    billAfterCancel: 'stops',
    models: [{ name: 'tiny', contextWindow: 8_192, outputLimit: 2_048, price: { input: '0.10', output: '0.40' } }],
    transport: {
      kind: 'direct',
      async answer(_request, model, emit) {
        const text = answer();
        emit({ type: 'answer-start', id: null, model });
        emit({ type: 'text-delta', text });
        const usage = { inputTokens: 12, outputTokens: 9, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
        emit({ type: 'answer-end', finishReason: 'stop', finishReasonRaw: 'stop', usage, providerMetadata: {} });
      },
    },
  };
}

const service = await createLLMService({
  dataDir: 'memory',
  env: { ...process.env, LLM_PRIMARY_PROVIDER: 'full', LLM_FALLBACK_PROVIDER: 'steady', GROQ_MAX_RETRIES: '0' },
  providers: [
    provider('full', () => {
      throw llmError('provider_overloaded', 'full is over capacity');
    }),
    provider('steady', () => 'A closure is a function that remembers where it was made.'),
  ],
});
const response = await service.generateCompletion({ messages: [{ role: 'user', content: 'What is a closure?' }] });
console.log(response.content);
for (const { provider, outcome, code, costUsd } of response.attempts)
  console.log(`${provider}: ${outcome}${code === null ? '' : `, ${code}`}, $${costUsd}`);
await service.close();
