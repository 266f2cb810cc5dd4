// Kept answers as an operator invalidates them over HTTP.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cacheInvalidationReply } from '../../src/gateway/reply-schemas.ts';
import { asks, COMPLETION, type RunningGateway, startGateway, until } from './start.ts';

const PATH = '/api/v1/admin/cache';

let running: RunningGateway;
beforeAll(async () => {
  running = await startGateway();
  running.vendor.script({ says: { text: 'Because.' } });
});
afterAll(() => running.close());

async function ask(text: string) {
  const { headers } = await running.post(COMPLETION, asks(text));
  return { cache: headers.get('x-cache'), key: headers.get('x-cache-key') ?? '' };
}
const drop = (query: Readonly<Record<string, string>> | string) =>
  fetch(`${running.url}${PATH}?${new URLSearchParams(query)}`, { method: 'DELETE' });

describe(`DELETE ${PATH}`, () => {
  it.each([
    ['key', (key: string) => ({ key })],
    ['tenant', () => ({ tenant: 'default' })],
  ] as const)('drops answers by %s, and those that come after are kept again', async (by, query) => {
    const { key } = await ask(`by ${by}`);
    expect((await ask(`by ${by}`)).cache).toBe('hit');
    const reply = await drop(query(key));
    const done = cacheInvalidationReply.parse(await reply.json());
    expect([reply.status, done]).toMatchObject([200, { by, selected: Object.values(query(key))[0], reach: 'process' }]);
    expect((await ask(`by ${by}`)).cache).toBe('miss');
    // Within the millisecond of the invalidation nothing can tell what came first.
    await until(async () => (await ask(`by ${by}`)).cache === 'hit', 'it to be kept again');
  });

  it.each([
    [{ prompt: 'tutor' }, { by: 'prompt', selected: 'tutor' }],
    [{ prompt: 'tutor@2' }, { by: 'prompt', selected: 'tutor@2' }],
    [{ tenant: 'nobody' }, { by: 'tenant', selected: 'nobody' }],
    [{ scope: 'public' }, { by: 'public', selected: null }],
  ])('leaves by %o what is of others', async (query, done) => {
    await ask('of others');
    expect(await (await drop(query)).json()).toMatchObject(done);
    expect((await ask('of others')).cache).toBe('hit');
  });

  it.each([
    ['', null],
    ['tenant=a&prompt=b', null],
    ['scope=tenant', 'scope'],
    ['scope=public&scope=public', 'scope'],
    ['tenant=', 'tenant'],
    ['prompt=', 'prompt'],
    ['prompt=@2', 'prompt'],
    ['key=', 'key'],
    ['key=llm_cache:*', 'key'],
    ['key=rate_limit:minute:default', 'key'],
    [`key=llm_cache:tenant:default:${'a'.repeat(63)}`, 'key'],
    ['tenant=a&everything=true', 'everything'],
  ])('refuses %j, and says what is wrong', async (query, param) => {
    const reply = await drop(query);
    const { error } = await reply.json().then((body: unknown) => Object(body));
    expect([reply.status, error.type, error.param]).toEqual([400, 'invalid_request_error', param]);
  });

  it('is told to the log', async () => {
    await drop({ tenant: 'told' });
    expect(running.lines).toContainEqual({
      level: 'info',
      event: 'cache_invalidated',
      fields: { selector: 'tenant:told', reach: 'process' },
    });
  });
});

describe('the key of an answer', () => {
  it('is told of one that was kept or recalled, and of no other', async () => {
    const question = asks('keyed');
    const keyOf = async (more: object) => {
      const reply = await running.post(COMPLETION, { ...question, ...more });
      const { cache_key } = await reply.json().then((body: unknown) => Object(body));
      expect(reply.headers.get('x-cache-key')).toBe(cache_key);
      return cache_key;
    };
    const key = await keyOf({});
    expect(key).toMatch(/^llm_cache:tenant:default:[0-9a-f]{64}$/);
    expect([await keyOf({}), await keyOf({ cache: 'refresh' })]).toEqual([key, key]);
    expect(await keyOf({ cache: 'off' })).toBeNull();
    running.vendor.next({ says: { text: 'word '.repeat(200) } });
    expect(await keyOf({ max_tokens: 5 })).toBeNull();
  });
});
