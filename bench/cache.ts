// node bench/cache.ts: answers from the cache, each asked for once after it was made. In memory by the process that made them; in
// Redis by another, so that none of them is in the memory of the one that is asked.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '../test/servers/redis.ts';
import { heading } from './heading.ts';
import { drive, post } from './load.ts';
import { type Subject, start, used } from './subjects.ts';

const PATH = '/api/v1/llm/completion';
const ANSWERS = 2_000;
const ROUNDS = 3;

const question = (round: string) => (serial: number) => ({
  model: 'openai/gpt-oss-120b',
  messages: [{ role: 'user', content: `Explain list comprehensions, in words of your own (${round}, ${serial})` }],
});

async function ask(subject: Subject, connections: number, bodyOf: (serial: number) => object) {
  const request = (serial: number) => post(PATH, bodyOf(serial));
  const before = await used(subject);
  const load = await drive({ port: subject.port, request, connections, requests: ANSWERS });
  if (load.failed > 0) throw new Error(`${load.failed} of ${ANSWERS} answers of ${subject.name} were not 200`);
  return { ...load, cpuMicros: ((await used(subject)).cpuMicros - before.cpuMicros) / ANSWERS };
}

async function sourceOf(subject: Subject, body: object): Promise<string | null> {
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch(`http://127.0.0.1:${subject.port}${PATH}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  await reply.text();
  return reply.headers.get('x-cache');
}

async function row(name: string, makes: Subject, recalls: Subject, connections: number): Promise<void> {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    const bodyOf = question(`${name}, ${connections}, ${round}`);
    await ask(makes, 32, bodyOf);
    // Beyond those that are measured: it is made by one and recalled by the other.
    const [made, recalled] = [await sourceOf(makes, bodyOf(-1)), await sourceOf(recalls, bodyOf(-1))];
    if (made !== 'miss' || recalled !== 'hit') {
      process.stdout.write(`| ${name} | not shared: ${made}, then ${recalled} | | | |\n`);
      return;
    }
    rounds.push(await ask(recalls, connections, bodyOf));
  }
  const least = (values: readonly number[]) => Math.min(...values);
  const figures = [
    `${connections}`,
    least(rounds.map(({ p50Ms }) => p50Ms)).toFixed(2),
    least(rounds.map(({ p99Ms }) => p99Ms)).toFixed(2),
    least(rounds.map(({ cpuMicros }) => cpuMicros)).toFixed(0),
  ];
  process.stdout.write(`| ${name} | ${figures.join(' | ')} |\n`);
}

const folders = ['memory', 'redis-1', 'redis-2'].map((name) =>
  mkdtempSync(join(tmpdir(), `codementor-bench-${name}-`)),
);
const limits = 'requests_per_minute: 1000000000, requests_per_day: 1000000000, in_flight: 100000';
for (const folder of folders) {
  const yaml = `redis: { timeout_ms: 30000 }\ndefault_tier: bench\ntiers: { bench: { ${limits} } }\n`;
  writeFileSync(join(folder, 'codementor-llm.yaml'), yaml);
}
const [ofMemory = '', ofRedis = '', ofOther = ''] = folders;
const redis = await startRedis();
const vendor = await start('vendor', './vendor.ts');
const inMemory = await start('gateway', './gateway.ts', `${vendor.port}`, ofMemory);
const inRedis = await start('gateway', './gateway.ts', `${vendor.port}`, ofRedis, redis.url);
const other = await start('gateway', './gateway.ts', `${vendor.port}`, ofOther, redis.url);
process.stdout.write(heading(`${ANSWERS} answers, the least of ${ROUNDS} rounds`));
process.stdout.write('| recalled from | connections | p50 ms | p99 ms | CPU µs/request |\n|---|---|---|---|---|\n');
for (const connections of [1, 32]) {
  await row('memory', inMemory, inMemory, connections);
  await row('Redis, by another instance', inRedis, other, connections);
}
for (const subject of [other, inRedis, inMemory, vendor]) subject.process.disconnect();
await redis.stop();
for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
