// One question, one whole answer, and what it came to. Without a key the offline provider answers: no network, no cost.
// Run: LOG_LEVEL=warn npx node examples/whole-answer.ts

import { createLLMService } from 'codementor-llm';

const service = await createLLMService({ dataDir: 'memory' });
const response = await service.generateCompletion({
  messages: [{ role: 'user', content: 'Explain Python list comprehensions' }],
  userId: 'user123',
  systemPrompt: 'You are a helpful Python tutor.',
});

console.log(response.content);
console.log(`${response.provider}, ${response.tokensUsed} tokens, $${response.costUsd}, cached: ${response.cached}`);
await service.close();
