// node bench/failover.ts [scale]: how much later an answer comes when the first target of a route fails, for each way of failing, with the
// breaker closed and with it open. One caller; a whole answer's end, a stream's end. What counts is what is ADDED to the second target
// asked alone, in turns with it in one run.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { heading } from './heading.ts';
import { post } from './load.ts';
import { type Subject, start } from './subjects.ts';
import { mean, turn } from './turn.ts';

const scale = Number(process.argv[2] ?? '1');
/** The least that can be set. What stalls adds just this, whatever it is. */
const ATTEMPT_TIMEOUT_SECONDS = '1';
const SECOND = 'openai/gpt-oss-120b';

interface Way {
  readonly route: string;
  readonly name: string;
  readonly requests: number;
  /** Streams alone have it. */
  readonly inStreamsOnly?: true;
}

const WAYS: readonly Way[] = [
  { route: 'refused', name: 'refuses the connection', requests: 200 },
  { route: 'overloaded', name: 'answers 503', requests: 30 },
  { route: 'cuts', name: 'hangs up without a byte', requests: 30 },
  { route: 'stalls', name: 'says nothing', requests: 5 },
  { route: 'error-in-stream', name: 'tells an error inside its 200', requests: 30, inStreamsOnly: true },
  { route: 'cuts-stream', name: 'hangs up before its first content', requests: 30, inStreamsOnly: true },
];

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('The server had no port');
  return address.port;
}

/** `failures: 1` opens the breaker with the first failure and keeps it open; the other never opens. */
function config(faultyPort: number, refusedPort: number, breaker: string): string {
  const server = (name: string, port: number, path = '') =>
    `  ${name}: { type: compatible, base_url: "http://127.0.0.1:${port}${path}/v1" }\n`;
  const LIMITS = 'requests_per_minute: 1000000000, requests_per_day: 1000000000, in_flight: 1000';
  return [
    `default_tier: bench\ntiers: { bench: { ${LIMITS} } }\nbreaker: { ${breaker} }\nproviders:\n`,
    server('refused', refusedPort),
    ...WAYS.slice(1).map(({ route }) => server(route, faultyPort, `/${route}`)),
    'routes:\n',
    ...WAYS.map(({ route }) => `  route-${route}: { targets: [${route}/any, groq/${SECOND}] }\n`),
  ].join('');
}

const messages = [{ role: 'user', content: 'Explain Python list comprehensions.' }];

async function added(gateway: Subject, way: Way, stream: boolean, requests: number): Promise<string> {
  const asked = (model: string) => post('/api/v1/llm/completion', { model, messages, cache: 'off', stream });
  const alone = () => turn(gateway, asked(SECOND), Math.max(requests, 100), 1);
  const failing = () => turn(gateway, asked(`route-${way.route}`), requests, 1);
  const half = [await alone(), await failing(), await failing(), await alone()];
  const of = (
    pick: (ms: { readonly p50Ms: number; readonly p99Ms: number }) => number,
    first: number,
    second: number,
  ) => mean([half[first], half[second]].flatMap((each) => (each === undefined ? [] : [pick(each.load)])));
  const [p50, p99] = [of(({ p50Ms }) => p50Ms, 1, 2), of(({ p99Ms }) => p99Ms, 1, 2)];
  const [base50, base99] = [of(({ p50Ms }) => p50Ms, 0, 3), of(({ p99Ms }) => p99Ms, 0, 3)];
  return [base50, base99, p50, p99, p50 - base50].map((ms) => ms.toFixed(1)).join(' | ');
}

const folder = mkdtempSync(join(tmpdir(), 'codementor-bench-'));
process.env['BENCH_TIMEOUT_SECONDS'] = ATTEMPT_TIMEOUT_SECONDS;
const [vendor, faulty] = [await start('vendor', './vendor.ts'), await start('faulty vendor', './faulty-vendor.ts')];
const refusedPort = await closedPort();

process.stdout.write(heading(`one caller, an attempt may take ${ATTEMPT_TIMEOUT_SECONDS} s`));
process.stdout.write(
  '| breaker | the first target | answer | second alone p50 ms | p99 ms | with failover p50 ms | p99 ms | added at p50, ms |\n|---|---|---|---|---|---|---|---|\n',
);
for (const [state, breaker] of [
  ['closed', 'failures: 1000'],
  ['open', 'failures: 1, window_ms: 60000, open_ms: 600000'],
] as const) {
  writeFileSync(join(folder, 'codementor-llm.yaml'), config(faulty.port, refusedPort, breaker));
  const gateway = await start('gateway', './gateway.ts', `${vendor.port}`, folder);
  for (const way of WAYS) {
    for (const stream of way.inStreamsOnly ? [true] : [false, true]) {
      const requests = Math.max(2, Math.round((state === 'open' ? 200 : way.requests) * scale));
      const warm = post('/api/v1/llm/completion', { model: `route-${way.route}`, messages, cache: 'off', stream });
      await turn(gateway, warm, 2, 1);
      const figures = await added(gateway, way, stream, requests);
      process.stdout.write(`| ${state} | ${way.name} | ${stream ? 'stream' : 'whole'} | ${figures} |\n`);
    }
  }
  gateway.process.disconnect();
}
for (const subject of [faulty, vendor]) subject.process.disconnect();
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
