// OpenAI's own client against the gateway: only the base URL changes. Here the gateway runs in this process, on a free port.
// Run: LOG_LEVEL=warn npx node examples/openai-sdk.ts

import { createLLMService } from 'codementor-llm';
import { createGateway } from 'codementor-llm/gateway';
import OpenAI from 'openai';

const service = await createLLMService({ dataDir: 'memory' });
const gateway = await createGateway(service);
const address = await gateway.listen({ host: '127.0.0.1', port: 0 });

const client = new OpenAI({ baseURL: `${address}/v1`, apiKey: 'not-needed-on-loopback' });
const stream = await client.chat.completions.create({
  model: 'openai/gpt-oss-120b',
  messages: [{ role: 'user', content: 'What is a closure?' }],
  stream: true,
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
process.stdout.write('\n');

await gateway.close();
await service.close();
