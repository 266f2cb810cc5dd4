// No dialect gets past a limit, the cache, single flight or the ledger: the same rules on every route on which an answer can be asked.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureIn } from './failures.ts';
import { readMessage } from './message-reader.ts';
import { type SignedIn, startSignedIn, type Who } from './signed-in.ts';
import { asks, CHAT, eventsIn, MODEL } from './start.ts';

const YAML = `users:
  few: { requests_per_day: 1 }
  poor: { usd_per_day: 0.000001 }
  thrifty: { max_tokens: 50 }
  rich: { usd_per_day: 100, tokens_per_minute: 100000 }
`;

let here: SignedIn;
const cwd = mkdtempSync(join(tmpdir(), 'codementor-dialects-'));
beforeAll(async () => {
  writeFileSync(join(cwd, 'codementor-llm.yaml'), YAML);
  here = await startSignedIn({ cwd });
});
afterAll(async () => {
  await here.running.close();
  rmSync(cwd, { recursive: true });
});

interface Spoken {
  readonly path: string;
  readonly body: (text: string, more?: object) => object;
  readonly maxTokens: string;
  readonly type402: string;
}

const chat = (text: string, more = {}) => ({ model: MODEL, ...asks(text), ...more });
const respond = (text: string, more = {}) => ({ model: MODEL, input: text, ...more });
const SPOKEN: readonly Spoken[] = [
  { path: CHAT, body: chat, maxTokens: 'max_tokens', type402: 'budget_error' },
  { path: `/openai${CHAT}`, body: chat, maxTokens: 'max_tokens', type402: 'budget_error' },
  { path: '/v1/responses', body: respond, maxTokens: 'max_output_tokens', type402: 'budget_error' },
  { path: '/openai/v1/responses', body: respond, maxTokens: 'max_output_tokens', type402: 'budget_error' },
  {
    path: '/v1/messages',
    body: (text, more = {}) => ({ model: MODEL, max_tokens: 1_000, ...asks(text), ...more }),
    maxTokens: 'max_tokens',
    type402: 'billing_error',
  },
];

const post = (path: string, body: object, headers: Record<string, string> = {}, who: Who = 'server') =>
  here.running.post(path, body, { ...here.headers(who), ...headers });
/** A user of its own for each route. */
const as = (user: string) => ({ 'x-user-id': user });

describe.each(SPOKEN)('$path', ({ path, body, maxTokens, type402 }) => {
  it('wants a key, in either header', async () => {
    const key = here.keys.get('user') ?? '';
    const refused = await here.running.post(path, body('no key'));
    expect([refused.status, failureIn(await refused.json()).code]).toEqual([401, 'unauthenticated']);
    for (const headers of [{ 'x-api-key': key }, { authorization: `Bearer ${key}` }]) {
      expect((await here.running.post(path, body('a key'), headers)).status).toBe(200);
    }
  });

  it('I1: refuses a call above the limit, and says which window it was and when to come again', async () => {
    const replies = [];
    for (let turn = 0; turn < 3; turn++) replies.push(await post(path, body(`few ${turn}`), as('few')));
    const last = replies.at(-1);
    const told = await last?.json();
    expect([last?.status, failureIn(told).code]).toEqual([429, 'rate_limited']);
    expect(told).toMatchObject({ error: { type: 'rate_limit_error' } });
    expect(JSON.stringify(told)).toContain('"window":"requests_per_day"');
    expect(last?.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  });

  it('I1: asks nobody whom the budget cannot pay', async () => {
    const before = here.running.vendor.requests.length;
    const reply = await post(path, body('poor'), as('poor'));
    const told = await reply.json();
    expect([reply.status, failureIn(told).code]).toEqual([402, 'budget_exceeded']);
    expect(told).toMatchObject({ error: { type: type402 } });
    expect(JSON.stringify(told)).toContain('"window":"usd_per_day"');
    expect(reply.headers.get('x-should-retry')).toBe('false');
    expect(here.running.vendor.requests.length).toBe(before);
  });

  it('clamps max tokens to what the tier allows, and says so', async () => {
    const reply = await post(path, body(`thrifty ${path}`, { [maxTokens]: 500 }), as('thrifty'));
    expect([reply.status, reply.headers.get('x-max-tokens')]).toEqual([200, '50']);
    expect(await reply.json()).toMatchObject({ x_gateway: { max_tokens: { asked: 500, sent: 50 } } });
  });

  it('answers from the cache what any dialect has asked, and books it', async () => {
    const rows = async () => (await here.running.rows()).filter(({ userId }) => userId === 'rich');
    await (await post(path, body(`kept ${path}`, { [maxTokens]: 100 }), as('rich'))).text();
    const before = { rows: (await rows()).length, asked: here.running.vendor.requests.length };
    for (const other of SPOKEN) {
      const asked = other.body(`kept ${path}`, { [other.maxTokens]: 100 });
      const reply = await post(other.path, asked, as('rich'));
      await reply.text();
      expect([other.path, reply.headers.get('x-cache')]).toEqual([other.path, 'hit']);
    }
    expect(here.running.vendor.requests.length).toBe(before.asked);
    expect((await rows()).slice(before.rows).map(({ outcome }) => outcome)).toEqual(SPOKEN.map(() => 'cached'));
  });

  it('F62: reads along with who asks the same at once, in whichever dialect', async () => {
    const before = here.running.vendor.requests.length;
    here.running.vendor.next({ says: { text: 'one two three' }, headersAfterMs: 200 });
    const texts = await Promise.all(
      SPOKEN.map(async (other) => {
        const asked = other.body(`at once ${path}`, { [other.maxTokens]: 100, stream: true });
        const reply = await post(other.path, asked, as('rich'));
        return textOf(other.path, await reply.text());
      }),
    );
    expect(new Set(texts)).toEqual(new Set(['one two three']));
    expect(here.running.vendor.requests.length).toBe(before + 1);
  });

  it('writes down what broke, and who pays', async () => {
    here.running.vendor.next({ says: { text: 'one two three' }, fault: { kind: 'no-done', afterEvents: 3 } });
    await (await post(path, body(`breaks ${path}`, { stream: true }), as('rich'))).text();
    const row = (await here.running.rows()).at(-1);
    expect(row).toMatchObject({ userId: 'rich', outcome: 'cut', code: 'stream_broken', usageSource: 'estimate' });
  });
});

/** The text that a stream of the dialect tells. */
function textOf(path: string, body: string): string {
  if (path === '/v1/messages')
    return readMessage(body)
      .blocks.map(({ text }) => text)
      .join('');
  return eventsIn(body)
    .flatMap(({ data }) => (data === '[DONE]' ? [] : [JSON.parse(data)]))
    .map((event) => (path.endsWith('/responses') ? textDelta(event) : (event.choices[0]?.delta.content ?? '')))
    .join('');
}

function textDelta(event: { readonly type: string; readonly delta: string }): string {
  return event.type === 'response.output_text.delta' ? event.delta : '';
}
