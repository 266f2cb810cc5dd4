// Clients that keep their connection and read nothing any more, many at once, of a gateway in a process of its own: what is not read
// waits at the vendor and not in the gateway's memory. With LONG there are 1,000 of them, and the figure of docs/benchmarks.md.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Subject, start, used } from '../../bench/subjects.ts';
import { type GroqMock, startGroqMock } from '../vendor/groq-mock.ts';
import { request } from './raw-http.ts';
import { asks, COMPLETION } from './start.ts';

const isLong = process.env['LONG'] !== undefined;
const CLIENTS = isLong ? 1_000 : 50;
/** More than these would keep a machine busy for longer than the minute after which a client that reads nothing is cut. */
const POURED = 50;
const MOST_MIB = isLong ? 100 : 50;
const [READING_MS, STOPPED_MS] = isLong ? [20_000, 45_000] : [3_000, 5_000];
/** So long that 8 MiB of the vendor's, at which an answer is refused, are far more than the kernel takes. */
const LONG_WORD = 'x'.repeat(200);

let folder: string;
let vendor: GroqMock;
let gateway: Subject;
let clients: Socket[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'codementor-not-reading-'));
  const limits = 'requests_per_minute: 1000000, requests_per_day: 1000000, in_flight: 10000';
  // On a machine that is busy a thousand connections at once take their time.
  const yaml = `timeouts: { connect_ms: 60000 }\ndefault_tier: many\ntiers: { many: { ${limits} } }\n`;
  writeFileSync(join(folder, 'codementor-llm.yaml'), yaml);
  vendor = await startGroqMock();
  gateway = await start('gateway', './gateway.ts', new URL(vendor.url).port, folder);
  clients = [];
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  gateway.process.disconnect();
  await vendor.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Asks for a stream; resolves with the first bytes of it. */
function ask(index: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(asks(`question ${index}`, { stream: true, cache: 'off' }));
    const client = connect(gateway.port, '127.0.0.1');
    clients.push(client);
    client.once('error', reject);
    client.once('data', (bytes) => {
      const status = bytes.toString('latin1', 9, 12);
      if (status === '200') resolve(client);
      else reject(new Error(`Question ${index} was answered with ${status}`));
    });
    const headers = ['content-type: application/json', `content-length: ${Buffer.byteLength(body)}`];
    client.write(request(`POST ${COMPLETION}`, headers, body));
  });
}

async function inFlight(): Promise<number> {
  const reply = await fetch(`http://127.0.0.1:${gateway.port}/metrics`);
  return Number(/^codementor_requests_in_flight (\d+)$/m.exec(await reply.text())?.[1]);
}

const pause = (waitMs: number) => new Promise((resolve) => setTimeout(resolve, waitMs));

/** The gateway has done what there was to do. */
async function isIdle(): Promise<void> {
  for (let before = 0, now = 1e6; now - before > 50_000; await pause(500)) {
    before = now;
    ({ cpuMicros: now } = await used(gateway));
  }
}

it(`F42: ${POURED} clients that read nothing of a vendor that pours hold up the vendor, and no answer runs to its end`, async () => {
  vendor.script({ says: { text: LONG_WORD }, fault: { kind: 'endless', what: 'events' } });
  const before = await used(gateway);
  // Each stops at once: while the others are being answered, one that read on would be told 8 MiB.
  const stops = async (index: number) => (await ask(index)).pause();
  await Promise.all(Array.from({ length: POURED }, (_, index) => stops(index)));
  await isIdle();
  const riseMib = (await used(gateway)).rssMib - before.rssMib;
  // What the kernel takes for a client on the same machine, 0.6 to 2.5 MB, is in the answers' logs too.
  console.info(`${POURED} clients that read nothing of a vendor that pours: ${riseMib.toFixed(0)} MiB more`);
  // An answer is refused at 8 MiB: one that nothing held up has ended.
  expect(await inFlight()).toBe(POURED);
}, 300_000);

it(`P13: ${CLIENTS} streams of 20 words a second whose clients stop reading take ${MOST_MIB} MiB more at most`, async () => {
  vendor.script({ says: { text: 'word '.repeat(10_000) }, eventEveryMs: 50 });
  const reading = await Promise.all(Array.from({ length: CLIENTS }, (_, index) => ask(index)));
  for (const client of reading) client.resume();
  await pause(READING_MS);
  const before = await used(gateway);
  for (const client of reading) client.pause();
  await pause(STOPPED_MS);
  const after = await used(gateway);
  const riseMib = after.rssMib - before.rssMib;
  console.info(
    `${CLIENTS} streams, ${before.rssMib.toFixed(0)} MiB in all; ${STOPPED_MS / 1_000} s after their clients stopped reading ${riseMib.toFixed(0)} MiB more`,
  );
  expect(await inFlight()).toBe(CLIENTS);
  expect(riseMib).toBeLessThan(MOST_MIB);
}, 300_000);
