// Vendors of every family that fall silent, over HTTP: before a word, in the middle of an answer, or behind pings that say nothing. Time
// is turned by hand, and however much of it passes, each answer ends once and in time.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SkippingClock } from '../skipping-clock.ts';
import { DIALECTS, readReply } from './dialects.ts';
import { FAMILIES, type Family } from './families.ts';
import { type FamilyGateway, OF_THE_WELL, routeTo, startFamilies } from './family-gateway.ts';
import { eventually } from './gateways.ts';
import { type Act, silence, stalls } from './vendor-server.ts';

const clock = new SkippingClock();
let running: FamilyGateway;
beforeAll(async () => {
  const yaml = 'retry: { max_retries: 0 }\nbreaker: { failures: 1000, open_ms: 1 }\ntimeouts: { total_ms: 1200000 }\n';
  running = await startFamilies({ yaml, clock });
});
afterAll(() => running.close());

/** The longest of the waits for a byte, that of models which think without a word. */
const LONGEST_SILENCE_MS = 120_000;
const NO_STORE = { 'cache-control': 'no-store' };

const until = (family: Family, isContent: boolean) => {
  const frames = family.stream({ text: 'Part of an answer' });
  const first = frames.findIndex((each) => each.includes('Part'));
  return frames.slice(0, isContent ? first + 1 : first).join('');
};

/** Asks, and turns the clock by steps until the answer has ended. */
async function askThrough(family: Family, act: Act, stream: boolean, dialect = DIALECTS[0]) {
  if (dialect === undefined) throw new Error('No dialect');
  const vendor = running.vendors[family.id];
  vendor.does(act);
  const asked = vendor.heard.length;
  let isOver = false;
  const told = running
    .post(dialect.path, dialect.body(routeTo(family), stream), NO_STORE)
    .then((reply) => readReply(reply, dialect))
    .finally(() => {
      isOver = true;
    });
  await eventually(() => vendor.heard.length > asked, 'the vendor is asked');
  let waitedMs = 0;
  // By steps: what has come meanwhile may be read between two of them, and moves what it should.
  for (; !isOver; waitedMs += 5_000) {
    for (let turn = 0; turn < 5 && !isOver; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
    if (!isOver) clock.skip(5_000);
  }
  return { told: await told, waitedMs, left: vendor.heard.at(-1)?.reply };
}

const SILENT: readonly (readonly [string, (family: Family) => Act])[] = [
  ['F02: says nothing at all', () => silence],
  ['F18: stalls before its content', (family) => stalls(until(family, false))],
  [
    'F19: sends nothing but comments',
    () => (heard) => {
      stalls('')(heard);
      const timer = setInterval(() => heard.reply.write(': still here\n\n'), 1);
      heard.reply.on('close', () => clearInterval(timer));
    },
  ],
  [
    'F19: sends nothing but pings',
    () => (heard) => {
      stalls('')(heard);
      const timer = setInterval(() => heard.reply.write('event: ping\ndata: {"type":"ping"}\n\n'), 1);
      heard.reply.on('close', () => clearInterval(timer));
    },
  ],
];

describe.each(FAMILIES)('a vendor of the family $id that', (family) => {
  it.each(SILENT)('%s is left in time, and the next one answers', async (_how, act) => {
    const { told, waitedMs, left } = await askThrough(family, act(family), true);
    expect([told.text, told.isWhole]).toEqual([OF_THE_WELL, true]);
    expect(told.attempts.map(([, outcome, code]) => [outcome, code])).toEqual([
      ['failed', 'provider_timeout'],
      ['completed', null],
    ]);
    expect(waitedMs).toBeLessThanOrEqual(LONGEST_SILENCE_MS + 10_000);
    await eventually(() => left?.destroyed === true, 'its connection is closed');
  });

  it('F02: says nothing of a whole answer is left in time, and the next one answers', async () => {
    const { told } = await askThrough(family, silence, false);
    expect([told.text, told.isWhole, told.attempts[0]?.[2]]).toEqual([OF_THE_WELL, true, 'provider_timeout']);
  });

  it.each(DIALECTS.map((dialect) => [dialect.id, dialect] as const))(
    'F18: stalls in the middle of an answer ends it in an error, once, in the dialect %s, and nobody else is asked',
    async (_id, dialect) => {
      const asked = running.well.heard.length;
      const { told, waitedMs } = await askThrough(family, stalls(until(family, true)), true, dialect);
      expect([told.text, told.isWhole, told.code]).toEqual([expect.stringMatching(/^Part /), false, 'stream_broken']);
      expect(waitedMs).toBeLessThanOrEqual(LONGEST_SILENCE_MS + 10_000);
      expect(running.well.heard).toHaveLength(asked);
    },
  );
});

it('F18: leaves no row open, and charges what was delivered or held', async () => {
  const rows = await running.rows();
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.filter(({ state }) => state === 'open')).toEqual([]);
  for (const { outcome, usageSource, costPicoUsd } of rows.filter((row) => row.outcome === 'cut')) {
    expect([outcome, usageSource]).toEqual(['cut', 'estimate']);
    expect(costPicoUsd).toBeGreaterThan(0n);
  }
});
