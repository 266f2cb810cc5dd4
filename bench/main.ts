// npm run bench: the gateway against the floor, driven in turn (A B B A) in one run, so that what else the machine does hits both.
// The figure that counts is the RATIO; the seconds are this machine's.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../test/servers/postgres.ts';
import { startRedis } from '../test/servers/redis.ts';
import { heading } from './heading.ts';
import { post } from './load.ts';
import { start } from './subjects.ts';
import { mean, type Turn, turn } from './turn.ts';

const CONNECTIONS = 32;
const scale = Number(process.argv[2] ?? '1');

/** No limit is ever reached, and a full machine is no outage of Redis; `counted` adds a budget, so that tokens are counted and money is held. */
const LIMITS = 'requests_per_minute: 1000000000, requests_per_day: 1000000000, in_flight: 1000';
const config = `redis: { timeout_ms: 30000 }\ndefault_tier: bench\ntiers:\n  bench: { ${LIMITS} }\n  counted: { ${LIMITS}, usd_per_day: 1000000, tokens_per_minute: 1000000000 }\nusers:\n  budgeted: { tier: counted }\n`;

function row(name: string, subject: string, turns: readonly Turn[], floorCpu: number): string {
  const cpu = mean(turns.map((each) => each.cpuMicrosPerRequest));
  const figures = [
    mean(turns.map(({ load }) => load.requestsPerSecond)).toFixed(0),
    cpu.toFixed(0),
    mean(turns.map(({ load }) => load.p50Ms)).toFixed(2),
    mean(turns.map(({ load }) => load.p99Ms)).toFixed(2),
    (cpu / floorCpu).toFixed(2),
  ];
  return `| ${name} | ${subject} | ${figures.join(' | ')} |`;
}

const question = {
  model: 'openai/gpt-oss-120b',
  messages: [{ role: 'user', content: 'Explain Python list comprehensions in one paragraph, with one example.' }],
};

const counted = { ...question, cache: 'off', user_id: 'budgeted' };
const scenarios = [
  { name: 'whole answer', requests: 8_000, body: { ...question, cache: 'off' }, isShared: false },
  { name: 'whole answer, under a budget', requests: 8_000, body: counted, isShared: false },
  { name: 'whole answer, under a budget, Redis and PostgreSQL', requests: 8_000, body: counted, isShared: true },
  { name: 'stream of 100 chunks', requests: 2_000, body: { ...question, stream: true, cache: 'off' }, isShared: false },
  { name: 'cache hit', requests: 8_000, body: question, isShared: false },
];

const folder = mkdtempSync(join(tmpdir(), 'codementor-bench-'));
writeFileSync(join(folder, 'codementor-llm.yaml'), config);
const vendor = await start('vendor', './vendor.ts');
const floor = await start('floor', './floor.ts', `${vendor.port}`);
const adminKey = 'k'.repeat(32);
const embedded = await start('gateway', './gateway.ts', `${vendor.port}`, folder);
const [redis, postgres] = [await startRedis(), await startPostgres(['fsync=on', 'full_page_writes=on'])];
const shared = await start('gateway', './gateway.ts', `${vendor.port}`, folder, redis.url, postgres.url, adminKey);

process.stdout.write(heading(`${CONNECTIONS} connections, A B B A`));
process.stdout.write(
  '| scenario | subject | requests/s | CPU µs/request | p50 ms | p99 ms | CPU ratio to the floor |\n|---|---|---|---|---|---|---|\n',
);
for (const { name, requests, body, isShared } of scenarios) {
  const gateway = isShared ? shared : embedded;
  const count = Math.round(requests * scale);
  const request = post('/api/v1/llm/completion', body, isShared ? { authorization: `Bearer ${adminKey}` } : {});
  for (const subject of [floor, gateway]) await turn(subject, request, count, CONNECTIONS);
  const a1 = await turn(floor, request, count, CONNECTIONS);
  const b1 = await turn(gateway, request, count, CONNECTIONS);
  const b2 = await turn(gateway, request, count, CONNECTIONS);
  const a2 = await turn(floor, request, count, CONNECTIONS);
  const floorCpu = mean([a1, a2].map((each) => each.cpuMicrosPerRequest));
  process.stdout.write(`${row(name, 'floor', [a1, a2], floorCpu)}\n${row(name, 'gateway', [b1, b2], floorCpu)}\n`);
}
for (const subject of [shared, embedded, floor, vendor]) subject.process.disconnect();
await Promise.all([redis.stop(), postgres.stop()]);
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
