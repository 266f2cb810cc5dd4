// node bench/dialects.ts [scale]: what each dialect costs, those that clients speak and those that vendors speak. All in turn, there and
// back (A B C C B A) in one run, so that what else the machine does hits all of them. The figure that counts is the RATIO.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { heading } from './heading.ts';
import { post } from './load.ts';
import { type Subject, start } from './subjects.ts';
import { mean, type Turn, turn } from './turn.ts';

const CONNECTIONS = 32;
const REQUESTS = { whole: 4_000, stream: 1_000 };
const scale = Number(process.argv[2] ?? '1');

const TEXT = 'Explain Python list comprehensions in one paragraph, with one example.';
const messages = [{ role: 'user', content: TEXT }];
const MODEL = 'openai/gpt-oss-120b';
const uncached = { 'cache-control': 'no-store' };

type Body = (stream: boolean) => object;
interface Asked {
  readonly name: string;
  readonly subject: Subject;
  readonly path: string;
  readonly body: Body;
}

const NATIVE = '/api/v1/llm/completion';
const native =
  (model: string): Body =>
  (stream) => ({ model, messages, cache: 'off', ...(stream && { stream }) });
const streamed =
  (body: object): Body =>
  (stream) => ({ ...body, ...(stream && { stream }) });

async function compare(title: string, all: readonly Asked[]): Promise<void> {
  process.stdout.write(
    `| ${title} | answer | CPU µs/request | p50 ms | p99 ms | CPU ratio to the first |\n|---|---|---|---|---|---|\n`,
  );
  for (const kind of ['whole', 'stream'] as const) {
    const requests = Math.round(REQUESTS[kind] * scale);
    const once = ({ subject, path, body }: Asked) =>
      turn(subject, post(path, body(kind === 'stream'), uncached), requests, CONNECTIONS);
    for (const asked of all) await once(asked);
    const turns = new Map<Asked, Turn[]>(all.map((asked) => [asked, []]));
    for (const asked of [...all, ...all.toReversed()]) turns.get(asked)?.push(await once(asked));
    const [first = Number.NaN] = [...turns.values()].map((each) => mean(each.map((at) => at.cpuMicrosPerRequest)));
    for (const [{ name }, each] of turns) {
      const cpu = mean(each.map((at) => at.cpuMicrosPerRequest));
      const [p50, p99] = [mean(each.map(({ load }) => load.p50Ms)), mean(each.map(({ load }) => load.p99Ms))];
      const figures = [cpu.toFixed(0), p50.toFixed(2), p99.toFixed(2), (cpu / first).toFixed(2)];
      process.stdout.write(`| ${name} | ${kind === 'whole' ? 'whole' : '100 chunks'} | ${figures.join(' | ')} |\n`);
    }
  }
  process.stdout.write('\n');
}

const folder = mkdtempSync(join(tmpdir(), 'codementor-bench-'));
const vendor = await start('vendor', './vendor.ts');
const LIMITS = 'requests_per_minute: 1000000000, requests_per_day: 1000000000, in_flight: 1000';
writeFileSync(
  join(folder, 'codementor-llm.yaml'),
  `default_tier: bench
tiers: { bench: { ${LIMITS} } }
providers:
  server: { type: compatible, base_url: "http://127.0.0.1:${vendor.port}/v1" }
  byresponses: { type: compatible, api: responses, base_url: "http://127.0.0.1:${vendor.port}/v1" }
`,
);
const floor = await start('floor', './floor.ts', `${vendor.port}`);
const gateway = await start('gateway', './gateway.ts', `${vendor.port}`, folder);

process.stdout.write(heading(`${CONNECTIONS} connections, there and back`));
await compare('dialect of the client, answered by Groq', [
  { name: 'floor', subject: floor, path: NATIVE, body: native(MODEL) },
  { name: 'native', subject: gateway, path: NATIVE, body: native(MODEL) },
  {
    name: 'OpenAI, Chat Completions',
    subject: gateway,
    path: '/v1/chat/completions',
    body: streamed({ model: MODEL, messages }),
  },
  { name: 'OpenAI, Responses', subject: gateway, path: '/v1/responses', body: streamed({ model: MODEL, input: TEXT }) },
  {
    name: 'Anthropic, Messages',
    subject: gateway,
    path: '/v1/messages',
    body: streamed({ model: MODEL, messages, max_tokens: 1_000 }),
  },
]);
await compare(
  'dialect of the vendor, asked by the native API',
  [
    ['Groq', MODEL],
    ['OpenAI, Chat Completions', 'gpt-5.4-mini'],
    ['Responses', 'byresponses/any'],
    ['Anthropic', 'claude-sonnet-5-5'],
    ['Gemini', 'gemini-3.5-flash'],
    ['compatible', 'server/any'],
  ].map(([name = '', model = '']) => ({ name, subject: gateway, path: NATIVE, body: native(model) })),
);
for (const subject of [gateway, floor, vendor]) subject.process.disconnect();
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
