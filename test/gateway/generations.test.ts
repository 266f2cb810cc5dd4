// An answer whose client has lost it: read on from the last event, from another connection, and stopped. The vendor is asked once.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventSource, MessageEvent } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../faults/seeded-random.ts';
import { startTcpProxy } from '../servers/tcp-proxy.ts';
import { contentOf, cut, wholeEvents } from './cut-streams.ts';
import { type SignedIn, startSignedIn, type Who } from './signed-in.ts';
import { asks, COMPLETION, eventsIn, type RunningGateway, startGateway, until } from './start.ts';

const EVENTS = (id: string) => `/api/v1/llm/generations/${id}/events`;
const ONE = (id: string) => `/api/v1/llm/generations/${id}`;
const ROUNDS = process.env['LONG'] === undefined ? 50 : 500;
const WORDS = 'zażółć 𝄞 👩‍💻 gęślą jaźń — one two three four five six seven eight nine ten '.repeat(3);

describe('a native stream that was cut', () => {
  let folder: string;
  let running: RunningGateway;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'codementor-resume-'));
    writeFileSync(
      join(folder, 'codementor-llm.yaml'),
      'generations: { grace_seconds: 0.1 }\ncancel: { upstream: abort }',
    );
    running = await startGateway({ cwd: folder });
  });
  afterAll(async () => {
    await running.close();
    rmSync(folder, { recursive: true });
  });
  const start = (text: string) => running.post(COMPLETION, asks(text, { stream: true, cache: 'off' }));
  const resume = (id: string, last: string) => running.get(EVENTS(id), { 'last-event-id': last });
  const lastRow = async () => (await running.rows()).at(-1);

  it(`is read on from any byte of it, ${ROUNDS} times: each word once, one call of the vendor, one row`, async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
    console.info(`cuts of streams: SEED=${seed}`);
    const random = seededRandom(seed);
    let cuts = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const before = running.vendor.requests.length;
      running.vendor.next({ says: { text: WORDS }, eventEveryMs: 1 });
      const heard = [];
      let { id, text } = await cut(await start(`round ${round}`), () => random() < 0.3);
      heard.push(...wholeEvents(text));
      while (heard.at(-1)?.event !== 'response-end') {
        cuts++;
        const reply = await resume(id, heard.at(-1)?.id ?? '0');
        expect(reply.status).toBe(200);
        const isLast = random() < 0.5;
        ({ text } = await cut(reply, () => !isLast && random() < 0.3));
        heard.push(...wholeEvents(text));
      }
      expect(heard.map((event) => Number(event.id))).toEqual(heard.map((_event, index) => index + 1));
      expect(contentOf(heard)).toBe(WORDS);
      expect(running.vendor.requests.length).toBe(before + 1);
      const rows = (await running.rows()).filter(({ generationId }) => generationId === id);
      expect(rows.length).toBe(1);
    }
    console.info(`${ROUNDS} streams, cut ${cuts} times`);
  }, 600_000);

  it('is there for whoever comes back when it has ended, and has nothing for who has it all', async () => {
    const all = eventsIn(await (await start('once more')).text());
    const id = JSON.parse(all[0]?.data ?? '').generation_id;
    const whole = await running.get(EVENTS(id));
    expect(whole.headers.get('content-type')).toContain('text/event-stream');
    expect(whole.headers.get('x-generation-id')).toBe(id);
    expect(eventsIn(await whole.text())).toEqual(all);
    const end = await running.get(`${EVENTS(id)}?last_event_id=${all.length - 1}`);
    expect(eventsIn(await end.text())).toEqual(all.slice(-1));
    const nothing = await resume(id, `${all.length}`);
    expect([nothing.status, await nothing.text()]).toEqual([204, '']);
  });

  it('F62: is shared by who asks the same meanwhile, streamed or whole, and says so', async () => {
    const before = running.vendor.requests.length;
    running.vendor.next({ says: { text: WORDS }, eventEveryMs: 2 });
    const ask = (stream: boolean) => running.post(COMPLETION, asks('of many', { stream, cache: 'use' }));
    const first = await ask(true);
    const [second, third] = await Promise.all([ask(true), ask(false)]);
    expect([first, second, third].map(({ headers }) => headers.get('x-cache'))).toEqual(['miss', 'shared', 'shared']);
    expect(third.headers.get('x-cost-usd')).toBe('0.00');
    const texts = [contentOf(eventsIn(await first.text())), contentOf(eventsIn(await second.text()))];
    expect(texts).toEqual([WORDS, WORDS]);
    expect(await third.json()).toMatchObject({ content: WORDS, shared: true });
    expect((await ask(true)).headers.get('x-cache')).toBe('hit');
    expect(running.vendor.requests.length).toBe(before + 1);
  });

  it('that failed tells its failure to whoever comes back', async () => {
    running.vendor.next({
      says: { text: 'one two three' },
      fault: { kind: 'error-event', afterEvents: 3, error: { message: 'x' } },
    });
    const all = eventsIn(await (await start('broken')).text());
    expect(all.at(-1)?.event).toBe('error');
    const id = JSON.parse(all[0]?.data ?? '').generation_id;
    expect(eventsIn(await (await resume(id, '1')).text())).toEqual(all.slice(1));
  });

  it('is stopped when nobody has come back in time', async () => {
    running.vendor.next({ says: { text: 'word '.repeat(3_000) }, eventEveryMs: 5 });
    const { id } = await cut(await start('for nobody'), (text) => text.includes('word'));
    await until(() => running.vendor.requests.at(-1)?.aborted === true, 'the vendor to be told');
    await until(async () => (await lastRow())?.state === 'settled', 'the row to be closed');
    expect(await lastRow()).toMatchObject({ generationId: id, outcome: 'cancelled' });
    const events = eventsIn(await (await resume(id, '0')).text());
    expect(JSON.parse(events.at(-1)?.data ?? '')).toMatchObject({ type: 'error', error: { code: 'cancelled' } });
  });

  it('goes on to its end where it is to be kept', async () => {
    const kept = mkdtempSync(join(tmpdir(), 'codementor-kept-'));
    writeFileSync(join(kept, 'codementor-llm.yaml'), 'generations: { on_disconnect: keep }');
    const other = await startGateway({ cwd: kept });
    other.vendor.next({ says: { text: WORDS }, eventEveryMs: 5 });
    const { id } = await cut(await other.post(COMPLETION, asks('kept', { stream: true })), (text) =>
      text.includes('one'),
    );
    await until(async () => (await other.rows()).at(-1)?.state === 'settled', 'the row to be closed');
    expect((await other.rows()).at(-1)).toMatchObject({ outcome: 'completed' });
    expect(contentOf(eventsIn(await (await other.get(EVENTS(id))).text()))).toBe(WORDS);
    await other.close();
    rmSync(kept, { recursive: true });
  });

  it('is stopped from another connection: its reader gets its end, the vendor is told', async () => {
    running.vendor.next({ says: { text: 'word '.repeat(3_000) }, eventEveryMs: 5 });
    const reply = await start('to be stopped');
    const id = reply.headers.get('x-generation-id') ?? '';
    const headers = { 'content-type': 'application/json' };
    const stop = () => fetch(running.url + ONE(id), { method: 'DELETE', headers });
    const first = await stop();
    expect([first.status, await first.json()]).toEqual([200, { id, stopped: true }]);
    const events = eventsIn(await reply.text());
    expect(JSON.parse(events.at(-1)?.data ?? '')).toMatchObject({ type: 'response-end', finish_reason: 'stopped' });
    await until(() => running.vendor.requests.at(-1)?.aborted === true, 'the vendor to be told');
    await until(async () => (await lastRow())?.state === 'settled', 'the row to be closed');
    expect(await lastRow()).toMatchObject({ generationId: id, outcome: 'cancelled' });
    expect(await (await stop()).json()).toEqual({ id, stopped: false });
    expect(eventsIn(await (await resume(id, '0')).text())).toEqual(events);
  });

  it('is read to its end by a browser’s EventSource, over a network that breaks again and again', async () => {
    const proxy = await startTcpProxy({ port: running.port });
    running.vendor.next({ says: { text: WORDS }, eventEveryMs: 2 });
    const { id } = await cut(await start('for a browser'), (text) => text !== '');
    const source = new EventSource(`http://127.0.0.1:${proxy.port}${EVENTS(id)}`, { node: { reconnectionTime: 1 } });
    const seen: string[] = [];
    const ended = new Promise<void>((resolve) => source.addEventListener('response-end', () => resolve()));
    source.addEventListener('text-delta', (event) => {
      if (!(event instanceof MessageEvent)) throw new TypeError('An event without data');
      seen.push(JSON.parse(event.data).text);
      if (seen.length % 10 === 0) proxy.cut();
    });
    await ended;
    source.close();
    expect(seen.join('')).toBe(WORDS);
    expect(proxy.made).toBeGreaterThan(2);
    await proxy.close();
  });

  it.each(['-1', '1.5', 'x', '99999999999', '7000'])('cannot be read on from event %s', async (last) => {
    const all = eventsIn(await (await start('short')).text());
    const id = JSON.parse(all[0]?.data ?? '').generation_id;
    const reply = await resume(id, last);
    expect([reply.status, await reply.json()]).toMatchObject([400, { error: { param: 'last-event-id' } }]);
  });
});

describe('somebody else’s answer', () => {
  let signedIn: SignedIn;
  let id: string;
  beforeAll(async () => {
    signedIn = await startSignedIn();
    const reply = await signedIn.running.post(COMPLETION, asks('mine', { stream: true }), signedIn.headers('user'));
    id = reply.headers.get('x-generation-id') ?? '';
    await reply.text();
  });
  afterAll(() => signedIn.running.close());

  it.each<[Who, number, number]>([
    ['user', 200, 200],
    ['neighbour', 404, 404],
    ['foreign user', 404, 404],
    ['server', 200, 200],
    ['foreign server', 404, 404],
    ['operator', 200, 200],
    ['nobody', 401, 401],
  ])('S45: to %s it is there or it is not, and looks like one that never was', async (who, read, stopped) => {
    const { running, headers } = signedIn;
    const events = await running.get(EVENTS(id), headers(who));
    const stop = await fetch(running.url + ONE(id), { method: 'DELETE', headers: headers(who) });
    expect([events.status, stop.status]).toEqual([read, stopped]);
    if (read !== 404) return;
    const told = async (reply: Response) => (await reply.text()).replace(/"request_id":"[^"]*"/, '');
    const never = await running.get(EVENTS('gen_never'), headers(who));
    expect(await told(events)).toEqual(await told(never));
  });
});
