// node bench/streams.ts: many streams at once, a chunk every 50 ms in each. First one answer that many read: what one more reader
// costs. Then as many answers as readers, of the gateway and of the floor. Measured is a stretch in the middle, when all are under way.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { heading } from './heading.ts';
import { drive, post } from './load.ts';
import { type Subject, start, used } from './subjects.ts';

const EVERY_MS = 50;
const CHUNKS = 300;
/** From the first request on: by then all have begun, and none has ended. */
const [FROM_MS, UNTIL_MS] = [4_000, 12_000];
const EVENTS_EACH = (UNTIL_MS - FROM_MS) / EVERY_MS;
const READERS = [1, 50, 200, 1_000];

interface Stretch {
  readonly cpuMicros: number;
  readonly rssMib: number;
  readonly delayMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

const pause = (waitMs: number) => new Promise((resolve) => setTimeout(resolve, waitMs));

async function stretch(subject: Subject, readers: number, requestOf: (serial: number) => object): Promise<Stretch> {
  const request = (serial: number) =>
    post('/api/v1/llm/completion', { model: 'openai/gpt-oss-120b', stream: true, ...requestOf(serial) });
  const load = drive({ port: subject.port, request, connections: readers, requests: readers });
  await pause(FROM_MS);
  const before = await used(subject);
  await pause(UNTIL_MS - FROM_MS);
  const after = await used(subject);
  const { failed } = await load;
  if (failed > 0) throw new Error(`${failed} of ${readers} streams of ${subject.name} were not 200`);
  return { ...after, cpuMicros: after.cpuMicros - before.cpuMicros };
}

const asks = (content: string) => ({ messages: [{ role: 'user', content }] });
const delays = ({ delayMs: { p50, p99, max } }: Stretch) => [p50, p99, max].map((ms) => ms.toFixed(1));

async function oneAnswer(gateway: Subject): Promise<void> {
  process.stdout.write(
    '| readers of one answer | CPU of a core | CPU µs per event and further reader | RSS MiB | KiB per further reader | delay p50 ms | p99 ms | max ms |\n' +
      '|---|---|---|---|---|---|---|---|\n',
  );
  let alone: Stretch | null = null;
  for (const readers of READERS) {
    const all = await stretch(gateway, readers, () => asks(`One answer for ${readers}`));
    alone ??= all;
    const further = readers - 1;
    const figures = [
      `${(all.cpuMicros / ((UNTIL_MS - FROM_MS) * 10)).toFixed(1)} %`,
      further === 0 ? '–' : ((all.cpuMicros - alone.cpuMicros) / (further * EVENTS_EACH)).toFixed(1),
      all.rssMib.toFixed(0),
      further === 0 ? '–' : (((all.rssMib - alone.rssMib) * 1_024) / further).toFixed(0),
      ...delays(all),
    ];
    process.stdout.write(`| ${readers} | ${figures.join(' | ')} |\n`);
  }
}

async function manyAnswers(floor: Subject, gateway: Subject, streams: number): Promise<void> {
  process.stdout.write(
    `\n| ${streams} answers at once | CPU of a core | CPU µs per event | CPU ratio to the floor | RSS MiB | delay p50 ms | p99 ms | max ms |\n` +
      '|---|---|---|---|---|---|---|---|\n',
  );
  const requestOf = (serial: number) => ({ ...asks(`Answer ${serial}`), cache: 'off' });
  // The gateway is warm from the streams before.
  await stretch(floor, streams, requestOf);
  const stretches: [Subject, Stretch][] = [];
  for (const subject of [floor, gateway, gateway, floor])
    stretches.push([subject, await stretch(subject, streams, requestOf)]);
  const ofFloor = stretches.flatMap(([subject, { cpuMicros }]) => (subject === floor ? cpuMicros : []));
  const floorCpu = ofFloor.reduce((sum, cpu) => sum + cpu, 0) / ofFloor.length;
  for (const [subject, all] of stretches) {
    const figures = [
      `${(all.cpuMicros / ((UNTIL_MS - FROM_MS) * 10)).toFixed(1)} %`,
      (all.cpuMicros / (streams * EVENTS_EACH)).toFixed(1),
      (all.cpuMicros / floorCpu).toFixed(2),
      all.rssMib.toFixed(0),
      ...delays(all),
    ];
    process.stdout.write(`| ${subject.name} | ${figures.join(' | ')} |\n`);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'codementor-bench-'));
const limits = 'requests_per_minute: 1000000000, requests_per_day: 1000000000, in_flight: 100000';
writeFileSync(join(folder, 'codementor-llm.yaml'), `default_tier: bench\ntiers: { bench: { ${limits} } }\n`);
const vendor = await start('vendor', './vendor.ts', `${CHUNKS}`, `${EVERY_MS}`);
const floor = await start('floor', './floor.ts', `${vendor.port}`);
const gateway = await start('gateway', './gateway.ts', `${vendor.port}`, folder);
process.stdout.write(heading(`a chunk every ${EVERY_MS} ms, ${(UNTIL_MS - FROM_MS) / 1_000} s of each`));
await oneAnswer(gateway);
await manyAnswers(floor, gateway, 1_000);
for (const subject of [gateway, floor, vendor]) subject.process.disconnect();
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
