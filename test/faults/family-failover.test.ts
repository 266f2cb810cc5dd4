// Every family of vendors fails in every way that comes before the first content, over HTTP, with another vendor of a route that is well:
// what a caller sees of it, and what stands in the ledger. Then the same without anybody to stand in: what is told, in every dialect.

import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { errorShape } from '../../src/gateway/reply-schemas.ts';
import { failureIn } from '../gateway/failures.ts';
import { SkippingClock } from '../skipping-clock.ts';
import { DIALECTS, readReply } from './dialects.ts';
import { FAMILIES, type Family } from './families.ts';
import { type FamilyGateway, OF_THE_WELL, routeTo, startFamilies } from './family-gateway.ts';
import { type Act, page, says, status, streams } from './vendor-server.ts';

const NO_STORE = { 'cache-control': 'no-store' };
const HTML = '<html><title>Just a moment…</title></html>';
/** What a caller must never see of it. */
const NEVER = /Just a moment|Unexpected token|canary/;

interface Failing {
  readonly how: string;
  readonly act: (family: Family) => Act;
  readonly code: string;
  /** `released`: nothing left this machine; `unknown`: nobody can say what will be billed; else it cost nothing. */
  readonly state?: 'unknown';
  readonly only?: 'stream' | 'whole';
}

/** The first frames of a stream, before any content of it. */
const beforeContent = (family: Family) => {
  const frames = family.stream({ text: 'never seen' });
  return frames
    .slice(
      0,
      frames.findIndex((each) => each.includes('never')),
    )
    .join('');
};
const bytes = (text: string) => Buffer.from(text);

const FAILS: readonly Failing[] = [
  { how: 'F05: that takes no more (429)', act: () => status(429), code: 'provider_rate_limited' },
  { how: 'F08: that has no capacity (498)', act: () => status(498), code: 'provider_overloaded' },
  { how: 'F08: that is down (500)', act: () => status(500), code: 'provider_overloaded' },
  { how: 'F08: that is overloaded (503)', act: ({ errorBody }) => status(503, errorBody), code: 'provider_overloaded' },
  { how: 'F08: that is overloaded (529)', act: ({ errorBody }) => status(529, errorBody), code: 'provider_overloaded' },
  { how: 'F08: that depends on one who failed (424)', act: () => status(424), code: 'provider_bad_reply' },
  { how: 'F08: that believes us gone (499)', act: () => status(499), code: 'provider_bad_reply' },
  { how: 'F09: that refuses our key (401)', act: () => status(401), code: 'provider_auth' },
  { how: 'F09: that refuses our key (403)', act: () => status(403), code: 'provider_auth' },
  {
    how: 'F10: that answers with a page, status 200',
    act: () => page(200, HTML),
    code: 'provider_bad_reply',
    state: 'unknown',
  },
  { how: 'F10: that answers with a page, status 502', act: () => page(502, HTML), code: 'provider_overloaded' },
  {
    how: 'F11: that tells an error with status 200',
    act: ({ errorBody }) => page(200, JSON.stringify(errorBody), 'application/json'),
    code: 'provider_overloaded',
  },
  {
    how: 'F12: that tells an error as the first event',
    act: ({ errorFrame }) => streams(bytes(errorFrame), 'clean'),
    code: 'provider_overloaded',
    only: 'stream',
  },
  {
    how: 'F12: that tells an error after its first events',
    act: (family) => streams(bytes(beforeContent(family) + family.errorFrame), 'clean'),
    code: 'provider_overloaded',
    only: 'stream',
  },
  {
    how: 'F14: that is cut before its content',
    act: (family) => streams(bytes(beforeContent(family)), 'fin'),
    code: 'provider_unreachable',
    state: 'unknown',
    only: 'stream',
  },
  {
    how: 'F15: that is reset before its content',
    act: (family) => streams(bytes(beforeContent(family)), 'rst'),
    code: 'provider_unreachable',
    state: 'unknown',
    only: 'stream',
  },
  {
    how: 'F16: whose connection closes before its content, as if it were the end',
    act: (family) => streams(bytes(beforeContent(family)), 'close'),
    code: 'provider_unreachable',
    state: 'unknown',
    only: 'stream',
  },
  {
    how: 'F17: that ends cleanly before its content',
    act: (family) => streams(bytes(beforeContent(family)), 'clean'),
    code: 'provider_unreachable',
    state: 'unknown',
    only: 'stream',
  },
  {
    how: 'F25: that sends what is packed',
    act:
      (family) =>
      ({ reply, isStream }) => {
        const text = isStream ? family.stream({ text: 'x' }).join('') : JSON.stringify(family.whole({ text: 'x' }));
        const type = isStream ? 'text/event-stream' : 'application/json';
        reply.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' }).end(gzipSync(text));
      },
    code: 'provider_bad_reply',
    state: 'unknown',
  },
  {
    how: 'F25: that sends a thousand encodings',
    act: (family) => says(family, { text: 'x' }, { 'content-encoding': Array(1_000).fill('gzip').join(', ') }),
    code: 'provider_bad_reply',
    state: 'unknown',
  },
];

// A refused key closes its account at once, if only for a moment: that moment is over before anybody asks again.
const clock = new SkippingClock();
let running: FamilyGateway;
beforeAll(async () => {
  running = await startFamilies({ clock });
});
afterAll(() => running.close());
beforeEach(() => clock.skip(10));

const newRows = async (known: ReadonlySet<string>) =>
  (await running.rows()).filter(({ attemptId }) => !known.has(attemptId));

describe.each(FAMILIES)('a vendor of the family $id', (family) => {
  for (const stream of [true, false]) {
    const which = FAILS.filter(({ only }) => only === undefined || (only === 'stream') === stream);
    it.each(which)(
      `$how is followed by the next, and heard of in attempts alone (stream: ${stream})`,
      async (failing) => {
        running.vendors[family.id].does(failing.act(family));
        const known = new Set((await running.rows()).map(({ attemptId }) => attemptId));
        const [native] = DIALECTS;
        if (native === undefined) throw new Error('No dialect');
        const reply = await running.post(native.path, native.body(routeTo(family), stream), NO_STORE);
        expect(reply.status).toBe(200);
        const told = await readReply(reply, native);
        expect([told.text, told.isWhole]).toEqual([OF_THE_WELL, true]);
        expect(told.attempts.map(([, outcome, code]) => [outcome, code])).toEqual([
          ['failed', failing.code],
          ['completed', null],
        ]);
        const rows = (await newRows(known)).sort((a, b) => a.startedAtMs - b.startedAtMs);
        const [failed] = rows.filter(({ outcome }) => outcome === 'failed');
        expect(rows.map(({ state }) => state).sort()).toEqual(['settled', failing.state ?? 'settled'].sort());
        // What nobody can say is charged as the worst that it can be, or by what was sent where nothing was held; a refusal costs nothing.
        if (failing.state === undefined) expect([failed?.costPicoUsd, failed?.usageSource]).toEqual([0n, 'none']);
        else expect(failed?.usageSource).toBe('estimate');
        expect(JSON.stringify(told)).not.toMatch(NEVER);
      },
    );
  }

  it.each([
    ['F08: with what is too large (413)', 413, 413, 'request_too_large'],
    ['that refuses the request (400)', 400, 400, 'provider_rejected'],
    ['that has no such model (404)', 404, 404, 'model_not_found'],
  ])('%s is followed by nobody', async (_how, told, expected, code) => {
    running.vendors[family.id].does(status(told));
    const asked = running.well.heard.length;
    const reply = await running.post(DIALECTS[0]?.path ?? '', DIALECTS[0]?.body(routeTo(family), true) ?? {}, NO_STORE);
    expect([reply.status, errorShape.parse(await reply.json()).error.code]).toEqual([expected, code]);
    expect(running.well.heard).toHaveLength(asked);
  });

  const ALONE = [
    ['F09: that refuses our key (401) is never a 401', 401, 502, 'provider_auth'],
    ['F09: that refuses our key (403) is never a 403', 403, 502, 'provider_auth'],
    ['F08: that is too busy (529) is a 503', 529, 503, 'provider_overloaded'],
    ['F08: that depends on one who failed (424) is a 502', 424, 502, 'provider_bad_reply'],
  ] as const;
  it.each(DIALECTS.flatMap((dialect) => ALONE.map((one) => [dialect.id, ...one, dialect] as const)))(
    'to the dialect %s, %s',
    async (_id, _how, of, expected, code, dialect) => {
      running.vendors[family.id].does(status(of, { error: { message: `no canary here` } }));
      for (const stream of [true, false]) {
        clock.skip(10);
        const reply = await running.post(dialect.path, dialect.body(family.model, stream), NO_STORE);
        const text = await reply.text();
        expect([reply.status, failureIn(JSON.parse(text)).code]).toEqual([expected, code]);
        expect(text).not.toMatch(NEVER);
      }
    },
  );
});
