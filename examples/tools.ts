// A tool: the model asks for it, we run it, the model answers with what it gave. The assistant's parts go back as they came: some
// vendors sign them.
// Run: LOG_LEVEL=warn npx node examples/tools.ts

import { createLLMService, type Message, type Tool } from 'codementor-llm';

const tools: Tool[] = [
  {
    name: 'run_tests',
    description: "Runs the learner's tests and tells how many passed.",
    parameters: { type: 'object', properties: { exercise: { type: 'string' } }, required: ['exercise'] },
  },
];
const messages: Message[] = [{ role: 'user', content: 'Does my solution of exercise fizzbuzz pass?' }];

const service = await createLLMService({ dataDir: 'memory' });
let response = await service.generateCompletion({ messages, tools, toolChoice: 'required' });
for (let round = 0; response.toolCalls.length > 0 && round < 3; round++) {
  messages.push({ role: 'assistant', content: response.parts });
  for (const { id, name, argumentsText } of response.toolCalls) {
    console.log(`${name}(${argumentsText})`);
    messages.push({ role: 'tool', toolCallId: id, content: '7 of 8 tests pass; fizzbuzz(15) gave "fizz"' });
  }
  response = await service.generateCompletion({ messages, tools });
}
console.log(response.content);
await service.close();
