// The process that is killed: a service under load from inside, whole answers and streams, until somebody ends it. Arguments: the
// data folder, the vendor's URL. With DATABASE_URL in its environment its ledger is in PostgreSQL.

import { createLLMService, createLogs } from '../../src/index.ts';

const [dataDir = '', vendorUrl = ''] = process.argv.slice(2);
const databaseUrl = process.env['DATABASE_URL'];
const service = await createLLMService({
  dataDir,
  cwd: dataDir,
  env: {
    GROQ_API_KEY: `gsk_${'k'.repeat(52)}`,
    GROQ_BASE_URL: vendorUrl,
    GROQ_RATE_LIMIT_RPM: '1000000',
    GROQ_RATE_LIMIT_RPD: '1000000',
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl, LLM_KEY_PEPPER: 'p'.repeat(32) }),
  },
  logs: createLogs({ level: 'silent', secrets: [] }),
});
process.send?.('ready');

async function load(worker: number): Promise<void> {
  for (let turn = 0; ; turn++) {
    const request = {
      messages: [{ role: 'user' as const, content: `worker ${worker} turn ${turn}` }],
      userId: `user${worker}`,
      cache: 'off' as const,
    };
    try {
      if (turn % 2 === 0) await service.generateCompletion(request);
      else for await (const event of service.streamCompletion(request)) if (event.type === 'error') break;
    } catch {
      // A fault that the vendor plays: the row says what it was, and the load goes on.
    }
  }
}

await Promise.all(Array.from({ length: 8 }, (_, worker) => load(worker)));
