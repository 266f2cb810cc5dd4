// The gateway as it is served, with limits far away (argument 2: the folder with codementor-llm.yaml) and the ledger on disk; with three
// more arguments limits are in Redis, the ledger is in PostgreSQL, and a key is wanted, as where several instances serve.

import { createGateway } from '../src/gateway/index.ts';
import { createLLMService, createLogs } from '../src/index.ts';
import { tellParent } from './subject.ts';

const [vendorPort, folder = '.', redisUrl, databaseUrl, adminKey] = process.argv.slice(2);
const vendor = `http://127.0.0.1:${vendorPort}`;
const service = await createLLMService({
  cwd: folder,
  env: {
    GROQ_API_KEY: `gsk_${'b'.repeat(52)}`,
    GROQ_BASE_URL: vendor,
    GROQ_TIMEOUT: process.env['BENCH_TIMEOUT_SECONDS'] ?? '30',
    OPENAI_API_KEY: 'bench',
    OPENAI_BASE_URL: vendor,
    ANTHROPIC_API_KEY: 'bench',
    ANTHROPIC_BASE_URL: vendor,
    GEMINI_API_KEY: 'bench',
    GEMINI_BASE_URL: vendor,
    DATA_DIR: redisUrl === undefined ? `${folder}/data` : `${folder}/shared-data`,
    ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
    ...(adminKey !== undefined && { LLM_ADMIN_KEY: adminKey }),
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl, LLM_KEY_PEPPER: 'p'.repeat(32) }),
  },
  logs: createLogs({ level: 'info', descriptor: 2, secrets: [] }),
});
const gateway = await createGateway(service);
const url = await gateway.listen({ host: '127.0.0.1', port: 0 });
tellParent({ port: Number(new URL(url).port) });
