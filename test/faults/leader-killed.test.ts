// Two servers on one Redis, as an operator starts them, and one of them dies with answers that others read: nobody hangs, nobody takes a
// part for the whole, and whoever has had nothing gets his answer.

import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Folder, vendorEnv } from '../cli/command.ts';
import { contentOf, cut, reading, wholeEvents } from '../gateway/cut-streams.ts';
import { asks, COMPLETION, eventsIn } from '../gateway/start.ts';
import { describeWithOwnRedis, type PrivateRedis, startRedis } from '../servers/redis.ts';
import { type GroqMock, startGroqMock } from '../vendor/groq-mock.ts';
import { eventually } from './gateways.ts';

const WORDS = 'zażółć gęślą jaźń — one two three four five six seven eight nine ten '.repeat(3);
// A busy machine is no outage.
const YAML =
  'redis: { timeout_ms: 10000 }\ndefault_tier: free\ntiers: { free: { in_flight: 1000, requests_per_minute: 100000 } }\n';
const BOTH = [0, 1] as const;
type Server = Awaited<ReturnType<Folder['serve']>>;

describeWithOwnRedis('two servers, one of which dies', () => {
  let redis: PrivateRedis;
  let vendor: GroqMock;
  let folders: readonly Folder[];
  let servers: readonly [Server, Server];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    vendor = await startGroqMock();
    folders = BOTH.map(() => {
      const folder = new Folder({ ...vendorEnv(vendor.url), REDIS_URL: redis.url, PATH: process.env['PATH'] ?? '' });
      folder.write('codementor-llm.yaml', YAML);
      return folder;
    });
    const [first, second] = await Promise.all(folders.map((folder) => folder.serve()));
    if (first === undefined || second === undefined) throw new Error('There are two');
    servers = [first, second];
  });
  afterEach(async () => {
    await Promise.all(folders.map((folder) => folder[Symbol.asyncDispose]()));
    await vendor.close();
  });

  const stream = (at: 0 | 1, text: string, cache = 'use') =>
    fetch(servers[at].url + COMPLETION, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(asks(text, { stream: true, cache })),
    });
  const resume = (at: 0 | 1, id: string, after: string) =>
    fetch(`${servers[at].url}/api/v1/llm/generations/${id}/events`, { headers: { 'last-event-id': after } });
  const isAsked = (times: number) => eventually(() => vendor.requests.length === times, `call ${times} of the vendor`);
  const codeIn = (body: string) => /"code":"(\w+)"/.exec(body)?.[1];
  async function die(at: 0 | 1) {
    servers[at].signal('SIGKILL');
    await servers[at].ended;
  }

  it('F62: of 200 who ask the same stream, cold, one leads; he leaves, and each gets the answer, for one call and one charge', async () => {
    vendor.next({ says: { text: WORDS }, eventEveryMs: 150 });
    const leader = await stream(0, 'of two hundred');
    const id = leader.headers.get('x-generation-id');
    expect(leader.headers.get('x-cache')).toBe('miss');
    const others = Array.from({ length: 199 }, (_, index) => stream(index % 2 === 0 ? 1 : 0, 'of two hundred'));
    await cut(leader, (text) => text.includes('text-delta'));
    const bodies = await Promise.all((await Promise.all(others)).map((reply) => reply.text()));
    expect(new Set(bodies.map((body) => contentOf(eventsIn(body))))).toEqual(new Set([WORDS]));
    expect(new Set(bodies.map((body) => eventsIn(body).at(-1)?.event))).toEqual(new Set(['response-end']));
    expect(vendor.requests.length).toBe(1);
    const rowsAt = async (at: 0 | 1) => {
      const reply = await fetch(`${servers[at].url}/api/v1/admin/ledger?limit=1000`);
      return (await reply.json()) as { rows: { outcome: string; cost_usd: string; generation_id: string }[] };
    };
    const rows = async () => (await Promise.all(BOTH.map(rowsAt))).flatMap((page) => page.rows);
    await eventually(async () => (await rows()).length === 200, 'all rows');
    expect((await rows()).filter(({ cost_usd }) => cost_usd !== '0.00')).toHaveLength(1);
    // Whoever was so late that it had ended has it from the cache.
    const joined = (await rows()).filter(({ outcome }) => outcome === 'joined');
    expect(new Set(joined.map(({ generation_id }) => generation_id))).toEqual(new Set([id]));
  }, 60_000);

  it('before the first word: those at the other ask anew, once, and get their answer', async () => {
    const never = new Promise<void>(() => {});
    vendor.next({ heldUntil: never });
    stream(0, 'held').catch(() => {});
    await isAsked(1);
    vendor.next({ says: { text: WORDS } });
    const others = Array.from({ length: 20 }, () => stream(1, 'held'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(vendor.requests.length).toBe(1);
    await die(0);
    const bodies = await Promise.all((await Promise.all(others)).map((reply) => reply.text()));
    expect(new Set(bodies.map((body) => contentOf(eventsIn(body))))).toEqual(new Set([WORDS]));
    expect(vendor.requests.length).toBe(2);
  }, 60_000);

  it('in the middle: those at the other hear that it is lost, and so does whoever reads on', async () => {
    vendor.next({ says: { text: WORDS }, eventEveryMs: 200 });
    const leader = await stream(0, 'in the middle');
    const id = leader.headers.get('x-generation-id') ?? '';
    const follower = await stream(1, 'in the middle');
    const hearing = reading(follower);
    await hearing.until((text) => text.includes('text-delta'));
    const heard = await cut(leader, (text) => text.split('text-delta').length > 8);
    await die(0);
    const had = wholeEvents(heard.text);
    const [shared, own] = await Promise.all([
      hearing.until(() => false),
      resume(1, id, had.at(-1)?.id ?? '0').then((reply) => reply.text()),
    ]);
    expect([codeIn(shared), codeIn(own)]).toEqual(['generation_lost', 'generation_lost']);
    // Whoever had more than was written is told so at once, and not by an event.
    const rest = own.startsWith('{') ? [] : eventsIn(own);
    for (const text of [contentOf(eventsIn(shared)), contentOf([...had, ...rest])])
      expect(WORDS.startsWith(text)).toBe(true);
    expect(vendor.requests.length).toBe(1);
  }, 60_000);

  it('in peace: what its client has not read yet is read at the other, word for word', async () => {
    vendor.next({ says: { text: WORDS }, eventEveryMs: 20 });
    const heard = await cut(await stream(0, 'in peace', 'off'), (text) => text.includes('text-delta'));
    servers[0].signal('SIGTERM');
    const had = wholeEvents(heard.text);
    const rest = eventsIn(await (await resume(1, heard.id, had.at(-1)?.id ?? '0')).text());
    expect((await servers[0].ended).code).toBe(0);
    expect(contentOf([...had, ...rest])).toBe(WORDS);
    expect([...had, ...rest].map(({ id }) => Number(id))).toEqual([...had, ...rest].map((_event, index) => index + 1));
    // And once more, now that it is gone.
    const again = eventsIn(await (await resume(1, heard.id, '')).text());
    expect(again).toEqual([...had, ...rest]);
  }, 60_000);

  it('I7: with a key, its request is not asked again under it', async () => {
    const send = () =>
      fetch(servers[1].url + COMPLETION, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'of the dead' },
        body: JSON.stringify(asks('with a key', { cache: 'off' })),
      });
    vendor.next({ heldUntil: new Promise<void>(() => {}) });
    fetch(servers[0].url + COMPLETION, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'of the dead' },
      body: JSON.stringify(asks('with a key', { cache: 'off' })),
    }).catch(() => {});
    await isAsked(1);
    expect((await send()).status).toBe(409);
    await die(0);
    let told = '';
    await eventually(async () => {
      told = await (await send()).text();
      return !told.includes('in_progress');
    }, 'an end');
    expect(told).toContain('"generation_lost"');
    expect(vendor.requests.length).toBe(1);
  }, 60_000);
});
