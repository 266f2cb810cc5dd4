// Prompts as functions: a greeting, then a reply in a conversation. Without a key the answers are samples of the offline provider, and
// say so.

import { createLLMService } from '../src/index.ts';

const service = await createLLMService({ dataDir: 'memory' });

const greeting = await service.prompts.tutorGreeting({
  language: 'python',
  skillLevel: 'beginner',
  interests: ['chess'],
});
console.log(`${greeting.prompt.name} ${greeting.prompt.version}, ${greeting.verification.status}`);
console.log(greeting.data.suggestedActions.map(({ action }) => action).join(' '));

const reply = await service.chat({
  prompt: 'tutor_reply',
  variables: { language: 'python' },
  message: 'Why does my loop never end?',
});
console.log(reply.content);

// What is wrong with the variables is told at once, before anybody is asked.
const refused = await service.prompts
  .run<string>('concept_explanation', { concept: '', skill_level: 'expert' })
  .catch((error: Error) => error.message);
console.log(refused);

await service.close();
