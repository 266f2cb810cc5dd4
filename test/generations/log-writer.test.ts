// What a log costs the store, whatever is written there and however often the store says that it was not: each entry stands once, no
// write is long, and no log is longer than an answer may be.

import { expect, it } from 'vitest';
import { SharedLogs } from '../../src/generations/shared-logs.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { PeerNetwork } from './peer-network.ts';

const MIB = 1_048_576;
const CUT = '"cut"';

function begun() {
  const clock = new SimulatedClock();
  const network = new PeerNetwork(clock);
  const writer = new SharedLogs(network.join('writer'), clock).write('log', { keptMs: 300_000, cutWith: CUT });
  const reader = new SharedLogs(network.join('reader'), clock);
  const written = () => network.logs.get('log')?.entries ?? [];
  async function read(): Promise<unknown[]> {
    const got: unknown[] = [];
    const one = reader.read('log', 'writer', { entry: (entry) => got.push(entry), lost: () => {} });
    await one.pull();
    one.close();
    return got;
  }
  return { clock, network, writer, written, read };
}

/** Until nothing is on its way. */
const settle = (clock: SimulatedClock) => clock.advanceAsync(1);

it('a batch that was written, though nobody heard so, is not written again, and what came behind it is', async () => {
  const { clock, network, writer, written, read } = begun();
  const entries = ['1', '2', '3'];
  for (const entry of entries) writer.push(entry);
  for (let lost = 0; lost < 10; lost++) {
    network.losesNextReply = true;
    await clock.advanceAsync(300);
    if (lost === 4) writer.push('4');
  }
  await clock.advanceAsync(300);
  expect(written()).toEqual(['{"from":0,"entries":[1,2,3]}', '{"from":3,"entries":[4]}']);
  writer.end();
  await writer.closed;
  expect(await read()).toEqual([1, 2, 3, 4]);
});

it('an answer of megabytes that comes at once is written in parts, none of them long', async () => {
  const { clock, writer, written, read } = begun();
  const entries = Array.from({ length: 200 }, (_, index) => `${index} ${'ż'.repeat(10_000)}`);
  for (const entry of entries) writer.push(JSON.stringify(entry));
  writer.end();
  for (let turn = 0; turn < 100; turn++) await settle(clock);
  await writer.closed;
  expect(Math.max(...written().map((text) => Buffer.byteLength(text)))).toBeLessThan(66_000);
  expect(await read()).toEqual(entries);
});

it('a single entry that is longer goes by itself', async () => {
  const { clock, writer, written } = begun();
  for (const length of [1, 200_000, 1]) writer.push(`"${'x'.repeat(length)}"`);
  for (let turn = 0; turn < 5; turn++) await settle(clock);
  expect(written().map((text) => text.length > 1_000)).toEqual([false, true, false]);
});

it('a log that would be longer than any answer is cut, and says so at its end', async () => {
  const { clock, writer, written, read } = begun();
  for (let count = 0; count < 12; count++) writer.push(`"${'x'.repeat(MIB - 2)}"`);
  for (let turn = 0; turn < 20; turn++) await settle(clock);
  await writer.closed;
  const bytes = written().reduce((sum, text) => sum + text.length, 0);
  expect([bytes > 7 * MIB, bytes < 8.01 * MIB]).toEqual([true, true]);
  const got = await read();
  expect([got.length, got.at(-1)]).toEqual([9, 'cut']);
});
