// How long the event loop of a gateway in a process of its own stands still for a body of 256 KiB: by what its text is made of, under
// windows of tokens and money, so that it is counted to its end. A machine that is busy adds its own pauses: the least of several counts.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Subject, start, used } from '../../bench/subjects.ts';
import { type GroqMock, startGroqMock } from '../vendor/groq-mock.ts';
import { COMPLETION } from './start.ts';

const MOST_BYTES = 256 * 1_024;
const ROUNDS = 10;
const MOST_DELAY_MS = 50;

let folder: string;
let vendor: GroqMock;
let gateway: Subject;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'codementor-delay-'));
  const limits =
    'requests_per_minute: 1000000, requests_per_day: 1000000, tokens_per_day: 1000000000, usd_per_day: 100000';
  writeFileSync(join(folder, 'codementor-llm.yaml'), `default_tier: free\ntiers: { free: { ${limits} } }\n`);
  vendor = await startGroqMock();
  vendor.script({ says: { text: 'Done.' } });
  gateway = await start('gateway', './gateway.ts', new URL(vendor.url).port, folder);
  await ask([{ role: 'user', content: 'The first one loads what is loaded once.'.repeat(1_000) }]);
});
afterAll(async () => {
  gateway.process.disconnect();
  await vendor.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const bodyOf = (messages: readonly object[]) => JSON.stringify({ messages, cache: 'off', max_tokens: 300 });

async function ask(messages: readonly object[]): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const body = bodyOf(messages);
  const reply = await fetch(`http://127.0.0.1:${gateway.port}${COMPLETION}`, { method: 'POST', headers, body });
  await reply.text();
  return reply.status;
}

/** As many as fit, in so many messages. */
function flood(unit: string, count = 1): { role: string; content: string }[] {
  const bytes = Buffer.byteLength(JSON.stringify(unit)) - 2;
  const times = Math.floor((MOST_BYTES - 200 - 40 * count) / count / bytes);
  return Array.from({ length: count }, () => ({ role: 'user', content: unit.repeat(times) }));
}

it.each([
  ['B30: one word of letters', flood('a')],
  ['B31: spaces', flood(' ')],
  ['B31: newlines', flood('\n')],
  ['B31: underscores', flood('_')],
  ['B31: carets', flood('^')],
  ['B31: characters without width', flood('\u200b')],
  ['B32: what a regular expression may go back over', flood('a-_ .')],
  ['B33: 7,000 messages of one character', Array.from({ length: 7_000 }, () => ({ role: 'user', content: 'a' }))],
  ['500 messages', flood('word ', 500)],
  ['prose', flood('The quick brown fox jumps over the lazy dog, again and again. ')],
  ['code', flood('  if (a[i] !== null) { return map.get(key) ?? 0; }\n')],
  ['one Han character', flood('字')],
  ['Thai without a space', flood('ภาษาไทย')],
  ['emoji', flood('👩‍💻')],
  ['digits', flood('0123456789')],
])('P12: %s hold up nobody for more than 50 ms', async (what, messages) => {
  expect(Buffer.byteLength(bodyOf(messages))).toBeLessThanOrEqual(MOST_BYTES);
  const delaysMs: number[] = [];
  let status = 0;
  for (let round = 0; round < ROUNDS; round++) {
    await used(gateway);
    // The first look of the watch only starts it.
    await new Promise((resolve) => setTimeout(resolve, 20));
    status = await ask(messages);
    delaysMs.push((await used(gateway)).delayMs.max);
  }
  delaysMs.sort((a, b) => a - b);
  const [least = 0, median = 0, most = 0] = [delaysMs[0], delaysMs[ROUNDS / 2], delaysMs.at(-1)];
  console.info(
    `${what}: ${status}, longest delay ${least.toFixed(1)} ms (median ${median.toFixed(1)}, most ${most.toFixed(1)}), load ${loadavg()[0]?.toFixed(1)}`,
  );
  expect(least).toBeLessThan(MOST_DELAY_MS);
});
