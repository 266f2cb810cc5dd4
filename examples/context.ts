// What of a long conversation would be sent, and how many tokens a text is. No request is made.
// Run: npx node examples/context.ts

import { ContextManager, type Message } from 'codementor-llm';

const context = new ContextManager({ maxMessages: 6, maxTokens: 2_000 });
const conversation: Message[] = [
  { role: 'user', content: 'I want to understand recursion.', pinned: true },
  ...Array.from({ length: 20 }, (_, turn): Message[] => [
    { role: 'assistant', content: `Here is step ${turn}.` },
    { role: 'user', content: `And after step ${turn}?` },
  ]).flat(),
];

const { messages, kept, dropped, estimatedTokens } = context.fit(conversation);
console.log(`${kept} of ${conversation.length} messages, about ${estimatedTokens} tokens; ${dropped} dropped`);
for (const { role, content } of messages) console.log(`  ${role}: ${content}`);

const code = 'def fact(n):\n    return 1 if n < 2 else n * fact(n - 1)\n';
console.log(`${await context.countTokens(code)} tokens, estimated ${context.estimateTokens(code)}`);
