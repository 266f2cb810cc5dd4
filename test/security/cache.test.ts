// What a caller can learn of, or do to, the kept answers of others over HTTP: nothing, whatever stands in a body or a header.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type SignedIn, startSignedIn, type Who } from '../gateway/signed-in.ts';
import { asks, CHAT, COMPLETION, MODEL } from '../gateway/start.ts';

let here: SignedIn;
let folder: string | null = null;
afterEach(async () => {
  await here.running.close();
  if (folder !== null) rmSync(folder, { recursive: true, force: true });
  folder = null;
});

async function start(scope?: string): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'codementor-cache-'));
  if (scope !== undefined) writeFileSync(join(folder, 'codementor-llm.yaml'), `cache: { scope: ${scope} }\n`);
  here = await startSignedIn({ cwd: folder });
  here.running.vendor.script({ says: { text: 'Because.' } });
}

async function ask(who: Who, body: object = asks('why?'), headers: Readonly<Record<string, string>> = {}) {
  const reply = await here.running.post(COMPLETION, body, { ...here.headers(who), ...headers });
  return { status: reply.status, headers: reply.headers, text: await reply.text() };
}
const cacheOf = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).headers.get('x-cache');

describe('S26: an answer that was kept for one', () => {
  it('is given to all users of the tenant and to nobody else', async () => {
    await start();
    expect(await cacheOf('user')).toBe('miss');
    expect([await cacheOf('neighbour'), await cacheOf('server')]).toEqual(['hit', 'hit']);
    expect([await cacheOf('foreign user'), await cacheOf('operator')]).toEqual(['miss', 'miss']);
    expect(await cacheOf('foreign server', { ...asks('why?'), user_id: 'alice' })).toBe('hit');
    expect(here.running.vendor.requests).toHaveLength(3);
  });

  it('is given to that user alone where the configuration says so', async () => {
    await start('user');
    expect([await cacheOf('user'), await cacheOf('user')]).toEqual(['miss', 'hit']);
    expect([await cacheOf('neighbour'), await cacheOf('foreign user'), await cacheOf('server')]).toEqual(
      Array(3).fill('miss'),
    );
    expect(await cacheOf('server', { ...asks('why?'), user_id: 'alice' })).toBe('hit');
  });

  it('is given to everybody where the configuration says so, but never out of a conversation', async () => {
    await start('public');
    expect([await cacheOf('user'), await cacheOf('foreign user')]).toEqual(['miss', 'hit']);
    const chat = async (who: Who) =>
      (await here.running.post('/api/v1/llm/chat', { message: 'hm?' }, here.headers(who))).headers.get('x-cache');
    expect([await chat('user'), await chat('foreign user'), await chat('neighbour')]).toEqual(Array(3).fill('miss'));
    expect(await chat('user')).toBe('hit');
  });

  it('is reached by no field and no header of a request', async () => {
    await start();
    const mine = await ask('user');
    const { cache_key } = JSON.parse(mine.text);
    expect(mine.headers.get('x-cache-key')).toBe(cache_key);
    for (const more of [
      { cache_key },
      { cache_scope: 'public' },
      { scope: 'public' },
      { tenant: 'acme' },
      { tenant_id: 'acme' },
      { prompt: { name: 'tutor', version: '1', hash: 'a' } },
      { cache: { key: cache_key } },
      { cache: 'public' },
    ])
      expect([more, (await ask('foreign user', asks('why?', more))).status]).toEqual([more, 400]);
    for (const name of ['x-cache-key', 'x-cache', 'x-tenant', 'x-cache-scope', 'if-none-match', 'x-user-id']) {
      const question = asks(`why, with ${name}?`);
      const { headers } = await ask('user', question);
      const key = headers.get('x-cache-key') ?? '';
      expect([name, await cacheOf('foreign user', question, { [name]: key })]).toEqual([name, 'miss']);
    }
    const spoken = { model: MODEL, ...asks('why?'), user: 'alice', metadata: { tenant: 'acme', user_id: 'alice' } };
    const saidTo = async (who: Who) =>
      (await here.running.post(CHAT, spoken, here.headers(who))).headers.get('x-cache');
    expect([await saidTo('user'), await saidTo('foreign user'), await saidTo('user')]).toEqual(['miss', 'miss', 'hit']);
  });

  it('leaves no trace in what another is told: neither its key, nor a header more or less', async () => {
    await start();
    const shapeOf = ({ status, headers, text }: Awaited<ReturnType<typeof ask>>) => {
      const answer: object = JSON.parse(text);
      return {
        status,
        cache: headers.get('x-cache'),
        headers: [...headers.keys()].sort(),
        fields: Object.keys(answer),
      };
    };
    const unasked = await ask('foreign user', asks('before anybody else'));
    await ask('user', asks('after the other'));
    const asked = await ask('foreign user', asks('after the other'));
    expect(shapeOf(asked)).toEqual(shapeOf(unasked));
    expect(asked.text + JSON.stringify([...asked.headers])).not.toContain('acme');
    expect(asked.headers.get('x-cache-key')).toMatch(/^llm_cache:tenant:other:[0-9a-f]{64}$/);
  });

  it('is invalidated by an admin and by nobody else', async () => {
    await start();
    await ask('user');
    const path = `${here.running.url}/api/v1/admin/cache?tenant=acme`;
    for (const who of ['nobody', 'user', 'server', 'foreign user'] as const) {
      const reply = await fetch(path, { method: 'DELETE', headers: here.headers(who) });
      expect([who, reply.status]).toEqual([who, who === 'nobody' ? 401 : 403]);
    }
    expect(await cacheOf('user')).toBe('hit');
    expect((await fetch(path, { method: 'DELETE', headers: here.headers('admin') })).status).toBe(200);
    expect(await cacheOf('user')).toBe('miss');
  });
});
