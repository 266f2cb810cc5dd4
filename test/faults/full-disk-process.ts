// An instance that asks until it is refused, and says what it met: for a test that has made its disk small. Argument: the environment
// of the service and its folder, as JSON.

import { createLLMService, createLogs, LLMError } from '../../src/index.ts';

const { env, folder } = JSON.parse(process.argv[2] ?? '');
const service = await createLLMService({
  env,
  cwd: folder,
  dataDir: folder,
  logs: createLogs({ level: 'silent', secrets: [] }),
});
const heard = () => new Promise((resolve) => process.once('message', resolve));
const known = { messages: [{ role: 'user' as const, content: 'known' }], userId: 'reader' };
await service.generateCompletion(known);
process.send?.('ready');
await heard();

let answered = 0;
let refusal: { code: string; status: number } | null = null;
while (refusal === null && answered < 20_000) {
  const calls = Array.from({ length: 16 }, (_, index) =>
    service.generateCompletion({
      messages: [{ role: 'user', content: `call ${answered} ${index}` }],
      userId: `user${answered + index}`,
      tags: { padding: 'x'.repeat(60) },
      cache: 'off',
    }),
  );
  for (const call of await Promise.allSettled(calls)) {
    if (call.status === 'fulfilled') answered++;
    else if (call.reason instanceof LLMError) refusal = { code: call.reason.code, status: call.reason.status };
    else throw call.reason;
  }
}
const { cached } = await service.generateCompletion(known);
process.send?.({ answered, refusal, cached });
await heard();
await service.close();
process.disconnect?.();
