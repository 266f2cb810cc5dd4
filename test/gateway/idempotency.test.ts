// The same request sent again under its Idempotency-Key: the first answer, and nothing asked or paid twice.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SignedIn, startSignedIn, type Who } from './signed-in.ts';
import { asks, CHAT, COMPLETION, MODEL, until } from './start.ts';

const STORED_CHAT = '/api/v1/llm/chat';
let here: SignedIn;
beforeAll(async () => {
  here = await startSignedIn();
});
afterAll(() => here.running.close());

let keys = 0;
const newKey = () => `key ${process.pid}-${keys++}`;

function send(path: string, body: object, key: string, who: Who = 'user', signal?: AbortSignal): Promise<Response> {
  return fetch(here.running.url + path, {
    method: 'POST',
    headers: {
      ...here.headers(who),
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'idempotency-key': key,
    },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });
}

/** The second in which it is told again is another. */
const timeless = (text: string) => text.replace(/"created(_at)?":\d+/g, '');
const codeOf = async (reply: Response) => [reply.status, (await reply.text()).match(/"(?:error_)?code":"(\w+)"/)?.[1]];
const calls = () => here.running.vendor.requests.length;

describe.each([
  ['the native API', COMPLETION, (text: string, more: object = {}) => asks(text, { cache: 'off', ...more })],
  ['OpenAI’s dialect', CHAT, (text: string, more: object = {}) => ({ model: MODEL, ...asks(text, more) })],
  [
    'Anthropic’s dialect',
    '/v1/messages',
    (text: string, more: object = {}) => ({ model: MODEL, max_tokens: 100, ...asks(text, more) }),
  ],
  [
    'the Responses dialect',
    '/v1/responses',
    (text: string, more: object = {}) => ({ model: MODEL, input: text, ...more }),
  ],
  [
    'a stored conversation',
    STORED_CHAT,
    (text: string, more: object = {}) => ({ message: text, cache: 'off', ...more }),
  ],
])('a key in %s', (_name, path, body) => {
  it.each([false, true])('I7: gets the first answer again, whatever of it was read (stream: %s)', async (stream) => {
    const [key, before] = [newKey(), calls()];
    const asked = body(`again ${key}`, { stream });
    const texts = [];
    for (let turn = 0; turn < 3; turn++) {
      const reply = await send(path, asked, key);
      expect(reply.status).toBe(200);
      texts.push(timeless(await reply.text()));
    }
    expect(new Set(texts).size).toBe(1);
    expect(calls()).toBe(before + 1);
  });

  it('F61: of twenty at once asks once; the others read along, or hear that it is under way', async () => {
    const [key, before] = [newKey(), calls()];
    here.running.vendor.next({ says: { text: 'one two three' }, eventEveryMs: 30 });
    const asked = body(`at once ${key}`, { stream: true });
    const replies = await Promise.all(Array.from({ length: 20 }, () => send(path, asked, key)));
    const texts = await Promise.all(replies.map(async (reply) => timeless(await reply.text())));
    expect(replies.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(new Set(texts).size).toBe(1);
    here.running.vendor.next({ says: { text: 'one two three' }, headersAfterMs: 300 });
    const whole = newKey();
    const again = await Promise.all(
      Array.from({ length: 20 }, async () => codeOf(await send(path, body(`at once ${whole}`), whole))),
    );
    expect(again.filter(([status]) => status === 200)).toHaveLength(1);
    expect(again.filter(([status, code]) => status === 409 && code === 'in_progress')).toHaveLength(19);
    expect(calls()).toBe(before + 2);
  });

  it('B61: of another request is refused, and asks nobody', async () => {
    const [key, before] = [newKey(), calls()];
    await (await send(path, body('one thing'), key)).text();
    expect(await codeOf(await send(path, body('another'), key))).toEqual([422, 'idempotency_mismatch']);
    expect(calls()).toBe(before + 1);
  });

  it('S38, B63: of another user, or of another tenant, is another key', async () => {
    const [key, before] = [newKey(), calls()];
    for (const who of ['user', 'neighbour', 'foreign user'] as const)
      expect((await send(path, body(`of ${key}`), key, who)).status).toBe(200);
    expect(calls()).toBe(before + 3);
  });

  it.each(['', 'x'.repeat(256), 'zażółć'])('B63: %j is none', async (key) => {
    const header = Buffer.from(key).toString('latin1');
    expect((await codeOf(await send(path, body('odd'), header)))[0]).toBe(400);
  });
});

describe('a client that lost its connection', () => {
  it('finds the whole answer that was made meanwhile', async () => {
    const [key, before] = [newKey(), calls()];
    here.running.vendor.next({ says: { text: 'made for nobody' }, headersAfterMs: 200 });
    const lost = new AbortController();
    const asked = asks(`lost ${key}`, { cache: 'off' });
    const first = send(COMPLETION, asked, key, 'user', lost.signal).catch(() => null);
    await until(() => calls() > before, 'the vendor to be asked');
    lost.abort();
    await first;
    let reply = await send(COMPLETION, asked, key);
    await until(async () => {
      if (reply.status === 409) reply = await send(COMPLETION, asked, key);
      return reply.status === 200;
    }, 'the answer');
    expect(await reply.json()).toMatchObject({ content: 'made for nobody', finish_reason: 'stop' });
    expect(calls()).toBe(before + 1);
  });
});

describe('a failure', () => {
  it('that the vendor was asked for stays the answer; one before that does not', async () => {
    const key = newKey();
    const asked = asks(`fails ${key}`, { cache: 'off' });
    here.running.vendor.next({ fault: { kind: 'status', status: 401 } });
    const before = calls();
    expect(await codeOf(await send(COMPLETION, asked, key))).toEqual([502, 'provider_auth']);
    expect(await codeOf(await send(COMPLETION, asked, key))).toEqual([502, 'provider_auth']);
    expect(calls()).toBe(before + 1);
    const late = newKey();
    const odd = asks(`unknown ${late}`, { model: 'no-such-model' });
    expect((await send(COMPLETION, odd, late)).status).toBe(404);
    expect((await send(COMPLETION, odd, late)).status).toBe(404);
  });

  it('B62: says how long to wait', async () => {
    const key = newKey();
    here.running.vendor.next({ headersAfterMs: 300 });
    const asked = asks(`slow ${key}`, { cache: 'off' });
    const before = calls();
    const first = send(COMPLETION, asked, key);
    await until(() => calls() > before, 'the vendor to be asked');
    const second = await send(COMPLETION, asked, key);
    expect([second.status, second.headers.get('retry-after')]).toEqual([409, '1']);
    expect((await first).status).toBe(200);
  });
});
