// One instance as a process of its own, to be killed: a gateway's service that asks as often as it is told, and says when. Argument:
// what the environment of the service is, its data folder and how many streams to begin, as JSON.

import { setTimeout as pause } from 'node:timers/promises';
import { createLLMService, createLogs } from '../../src/index.ts';

export interface ServiceProcessOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Where its configuration and its data are. */
  readonly folder: string;
  /** Streams of alice that begin at once. Then, as long as it lives, whole answers of others. */
  readonly streams: number;
}

const { env, folder, streams }: ServiceProcessOptions = JSON.parse(process.argv[2] ?? '');
const service = await createLLMService({
  env,
  cwd: folder,
  dataDir: folder,
  logs: createLogs({ level: 'silent', secrets: [] }),
});
const request = (userId: string, text: string) => ({
  messages: [{ role: 'user' as const, content: text }],
  userId,
  maxTokens: 100,
  cache: 'off' as const,
});
const begun = Array.from({ length: streams }, async (_, index) => {
  // Until Redis has answered in time nobody is let out: it is asked again.
  for (let isRefused = true; isRefused; ) {
    isRefused = false;
    for await (const event of service.streamCompletion(request('alice', `stream ${index}`)))
      if (event.type === 'error') isRefused = event.error.code === 'store_unavailable';
    if (isRefused) await pause(50);
  }
});
process.send?.('ready');
for (let turn = 0; streams === 0; turn++) {
  // What fails has a row that says so.
  await service.generateCompletion(request(`user${turn}`, `turn ${turn}`)).catch(() => {});
}
await Promise.allSettled(begun);
