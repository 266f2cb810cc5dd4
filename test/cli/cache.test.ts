// `codementor-llm cache`, alone and through the server that keeps the answers.

import { describe, expect, it } from 'vitest';
import { COMPLETION } from '../gateway/start.ts';
import { Folder } from './command.ts';

const ADMIN_KEY = 'admin_canary_0123456789abcdef0123456789';

describe('cache invalidate', () => {
  it('drops what a running server keeps, by key, tenant, prompt and public scope; the admin key of the environment signs in', async () => {
    await using folder = new Folder({ LLM_ADMIN_KEY: ADMIN_KEY });
    const { url } = await folder.serve();
    const ask = async () => {
      const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' };
      const body = JSON.stringify({ messages: [{ role: 'user', content: 'why?' }] });
      const reply = await fetch(url + COMPLETION, { method: 'POST', headers, body });
      return { cache: reply.headers.get('x-cache'), key: reply.headers.get('x-cache-key') ?? '' };
    };
    const { key } = await ask();
    const drop = (...args: readonly string[]) => folder.run(['cache', 'invalidate', ...args]);
    expect(await drop('--prompt', 'tutor@2')).toMatchObject({ code: 0, stdout: '' });
    const open = await drop('--public', '--json');
    expect(JSON.parse(open.stdout)).toMatchObject({ by: 'public', selected: null, reach: 'process' });
    expect((await ask()).cache).toBe('hit');
    const { stderr } = await drop('--cache-key', key);
    expect(stderr).toMatch(/^What was asked up to 20\S+Z is given to nobody any more, by the server at http:\S+\.\n$/);
    expect((await ask()).cache).toBe('miss');
    expect(await drop('--tenant', 'default', '--json')).toMatchObject({ code: 0 });
    expect((await ask()).cache).toBe('miss');
    expect(await drop('--tenant', 'default', '--key', 'cmk_none')).toMatchObject({ code: 1 });
  });

  it('wants exactly one choice, and says when a key is none; alone it has nothing to drop', async () => {
    await using folder = new Folder();
    for (const args of [[], ['--public', '--tenant', 'a']]) {
      const { code, stderr } = await folder.run(['cache', 'invalidate', ...args]);
      expect([code, stderr]).toEqual([
        2,
        expect.stringContaining('Give exactly one of --cache-key, --prompt, --tenant and --public'),
      ]);
    }
    const none = await folder.run(['cache', 'invalidate', '--cache-key', 'llm_cache:*']);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('is no cache_key of an answer')]);
    const alone = await folder.run(['cache', 'invalidate', '--tenant', 'acme']);
    expect([alone.code, alone.stderr]).toEqual([0, expect.stringContaining('No server holds the data folder')]);
  });
});
