// The AI SDK over this service: its tools and objects, our limits, cache, failover and ledger.
// Run: LOG_LEVEL=warn npx node examples/ai-sdk.ts

import { streamText } from 'ai';
import { createLLMService } from 'codementor-llm';
import { createCodeMentor } from 'codementor-llm/ai-sdk';

const service = await createLLMService({ dataDir: 'memory' });
const codementor = createCodeMentor(service, { userId: 'user123' });

const result = streamText({ model: codementor.languageModel(), prompt: 'What is a closure?' });
for await (const text of result.textStream) process.stdout.write(text);
const { costUsd, provider } = (await result.providerMetadata)?.['codementor'] ?? {};
console.log(`\n${provider}, $${costUsd}`);
await service.close();
