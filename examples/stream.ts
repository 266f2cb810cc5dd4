// The answer as it is made. The last event has all that a whole answer tells; a failure is thrown, so what ends without one is whole.
// Run: LOG_LEVEL=warn npx node examples/stream.ts

import { createLLMService } from 'codementor-llm';

const service = await createLLMService({ dataDir: 'memory' });
const events = service.streamCompletion({
  messages: [{ role: 'user', content: 'What is a generator?' }],
  userId: 'user123',
});

for await (const event of events) {
  if (event.type === 'text-delta') process.stdout.write(event.text);
  if (event.type === 'response-end') console.log(`\n${event.response.finishReason}, $${event.response.costUsd}`);
}
await service.close();
