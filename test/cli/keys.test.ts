// `codementor-llm keys`, alone and through the server that holds the data folder.

import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSqliteKeys } from '../../src/stores/sqlite/keys.ts';
import { Folder } from './command.ts';

const ADMIN_KEY = 'admin_canary_0123456789abcdef0123456789';
const TIERS = 'tiers:\n  free: { requests_per_minute: 10 }\nroutes:\n  tutor: { targets: [openai/gpt-oss-20b] }\n';

const created = (stdout: string): { id: string; key: string } => JSON.parse(stdout);

describe('keys', () => {
  it('are made, listed and revoked without a server', async () => {
    await using folder = new Folder();
    folder.write('codementor-llm.yaml', TIERS);
    const all = ['--tenant', 'acme', '--user', 'alice', '--role', 'user', '--tier', 'free'];
    const made = await folder.run([
      'keys',
      'create',
      ...all,
      '--models',
      'tutor,openai/gpt-oss-20b',
      '--expires',
      '90d',
      '--json',
    ]);
    expect(made.code).toBe(0);
    const { id, key } = created(made.stdout);
    expect(Object.keys(JSON.parse(made.stdout))).toEqual(['id', 'key']);
    expect(key).toMatch(/^cmk_[\w-]{49}$/);
    const listed = await folder.run(['keys', 'list', '--json']);
    expect(JSON.parse(listed.stdout).keys).toMatchObject([
      {
        id,
        tenant: 'acme',
        user_id: 'alice',
        role: 'user',
        tier: 'free',
        allowed_models: ['tutor', 'openai/gpt-oss-20b'],
        revoked_at: null,
      },
    ]);
    const table = await folder.run(['keys', 'list']);
    expect(table.stdout).toMatch(/^ID +TENANT +USER +ROLE +TIER +MODELS +CREATED +EXPIRES +REVOKED\n/);
    expect(table.stdout).toMatch(
      new RegExp(`^${id} +acme +alice +user +free +tutor,openai/gpt-oss-20b +\\d{4}-\\d\\d-\\d\\d`, 'm'),
    );
    const revoked = await folder.run(['keys', 'revoke', id]);
    expect(revoked).toMatchObject({ code: 0, stdout: '', stderr: `${id} is revoked.\n` });
    expect(await folder.run(['keys', 'revoke', 'key_none'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no key of this id/),
    });
    // Nothing on the disk verifies a key without the pepper, and nothing there is the key.
    const pepper = join(folder.path, 'data', 'pepper');
    expect(statSync(pepper).mode & 0o777).toBe(0o600);
    for (const file of ['pepper', 'ledger.sqlite', 'holder.json'])
      expect(readIfThere(join(folder.path, 'data', file))).not.toContain(key.slice(4, 40));
  });

  it('are shown once, with what that means; the first one says that the gateway now wants a key', async () => {
    await using folder = new Folder();
    const first = await folder.run(['keys', 'create', '--user', 'alice']);
    expect(first.stdout).toMatch(/^cmk_[\w-]{49}\n$/);
    expect(first.stderr).toMatch(/never again[\s\S]*from now on the gateway wants a key[\s\S]*--role admin/);
    const second = await folder.run(['keys', 'create', '--role', 'admin']);
    expect(second.stderr).toMatch(/never again/);
    expect(second.stderr).not.toMatch(/from now on/);
    const server = await folder.serve();
    expect((await fetch(`${server.url}/v1/models`)).status).toBe(401);
    const headers = { authorization: `Bearer ${first.stdout.trim()}` };
    expect((await fetch(`${server.url}/v1/models`, { headers })).status).toBe(200);
  });

  it('are made through the server that holds the folder, signed in by the admin key of the environment', async () => {
    await using folder = new Folder({ LLM_ADMIN_KEY: ADMIN_KEY });
    const server = await folder.serve();
    const made = await folder.run(['keys', 'create', '--tenant', 'acme', '--user', 'alice', '--json']);
    const { id, key } = created(made.stdout);
    const models = () => fetch(`${server.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
    expect((await models()).status).toBe(200);
    const env = { LLM_API_KEY: key };
    // A user's key asks as its own user, without saying so.
    expect(await folder.run(['complete', 'Hello'], { env })).toMatchObject({ code: 0, stderr: '' });
    const usage = await folder.run(['usage', '--json'], { env });
    expect(JSON.parse(usage.stdout)).toMatchObject({ user_id: 'alice', totals: { requests: 1 } });
    expect(await folder.run(['usage', '--user', 'bob'], { env })).toMatchObject({ code: 1 });
    expect(await folder.run(['keys', 'list', '--key', key])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/admin keys/),
    });
    expect((await folder.run(['keys', 'list'])).stdout).toContain(id);
    expect((await folder.run(['keys', 'revoke', id])).code).toBe(0);
    expect((await models()).status).toBe(401);
    expect(await folder.run(['complete', 'Hello'], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/revoked/),
    });
    server.signal('SIGTERM');
    const { stdout, stderr } = await server.ended;
    expect(stdout).toContain('"event":"key_created"');
    expect(stdout + stderr).not.toContain(key.slice(4, 40));
    expect(stdout + stderr).not.toContain('canary');
  });

  it('show to the minute when they end, and that they have', async () => {
    await using folder = new Folder();
    mkdirSync(join(folder.path, 'data'));
    const store = openSqliteKeys(join(folder.path, 'data', 'ledger.sqlite'));
    const key = { tenant: 'acme', userId: 'alice', role: 'user', tier: null, allowedModels: null } as const;
    const [createdAtMs, revokedAtMs] = [Date.UTC(2026, 0, 1), null];
    const ending = { ...key, createdAtMs, revokedAtMs };
    await store.create({ ...ending, id: 'key_old', expiresAtMs: Date.UTC(2026, 0, 1, 12) }, 'a');
    await store.create({ ...ending, id: 'key_new', expiresAtMs: Date.UTC(2126, 0, 1, 12, 30) }, 'b');
    await store.close();
    const { stdout } = await folder.run(['keys', 'list']);
    expect(stdout).toMatch(/^key_old .* 2026-01-01T12:00Z ended +-$/m);
    expect(stdout).toMatch(/^key_new .* 2126-01-01T12:30Z +-$/m);
  });

  it('that make no sense are refused, with what to write', async () => {
    await using folder = new Folder();
    const code = async (...args: string[]) => (await folder.run(['keys', 'create', ...args])).code;
    expect(await code('--role', 'root', '--user', 'x')).toBe(2);
    expect(await code('--user', 'x', '--expires', 'soon')).toBe(2);
    expect(await code('--user', 'x', '--expires', '2001-01-01')).toBe(2);
    expect(await code()).toBe(2);
    expect((await folder.run(['keys', 'create', '--tenant', 'acme'])).stderr).toMatch(/^error: --user <id> is missing/);
    expect(await code('--role', 'server', '--user', 'x')).toBe(1);
    expect(await code('--user', 'x', '--tier', 'gold')).toBe(1);
    expect(
      await folder.run(['keys', 'create', '--user', 'x', '--models', 'openai/gpt-oss-20b,gpt-oss-120']),
    ).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Did you mean "openai/gpt-oss-120b"'),
    });
    const { stdout, stderr } = await folder.run(['keys', 'list']);
    expect([stdout, stderr]).toEqual(['', 'There are no keys.\n']);
  });
});

function readIfThere(path: string): string {
  return statSync(path, { throwIfNoEntry: false }) === undefined ? '' : readFileSync(path, 'latin1');
}
