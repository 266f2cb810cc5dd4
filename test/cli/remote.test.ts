import { describe, expect, it } from 'vitest';
import { startGroqMock } from '../vendor/groq-mock.ts';
import { Folder, vendorEnv, withVendor } from './command.ts';

const ADMIN_KEY = 'admin_canary_0123456789abcdef0123456789';

/** The names of all fields, also of those inside. */
function fieldsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => fieldsOf(item, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, member]) => fieldsOf(member, `${path}.${name}`));
}

describe('a command beside a running server', () => {
  it('gives over HTTP what it gives alone', async () => {
    await using vendor = await withVendor(startGroqMock);
    vendor.script({ says: { text: 'The same.', reasoning: 'Hm.' } });
    await using folder = new Folder(vendorEnv(vendor.url));
    const commands = [
      ['complete', 'Hello'],
      ['models'],
      ['models', '--json'],
      ['chat'],
      ['complete', '-m', 'nix', 'Hello'],
    ];
    const all = async () => {
      const ended = [];
      for (const args of commands) ended.push(await folder.run(args, { input: 'One\nTwo\n' }));
      // Each conversation has an id of its own.
      return ended.map(({ stderr, ...rest }) => ({ ...rest, stderr: stderr.replace(/conv_\w+/, 'conv_…') }));
    };
    const alone = await all();
    const server = await folder.serve();
    expect(await all()).toEqual(alone);
    expect(alone.map(({ code }) => code)).toEqual([0, 0, 0, 0, 1]);
    server.signal('SIGTERM');
    const { stdout } = await server.ended;
    expect(stdout.match(/groq_request_success/g)).toHaveLength(3);
    expect(stdout).toContain('"user_id":"cli"');
  });

  it('gives the same fields as JSON', async () => {
    await using vendor = await withVendor(startGroqMock);
    vendor.script({ says: { text: 'Yes.', toolCalls: [{ name: 'look', argumentsText: '{}' }] } });
    await using folder = new Folder(vendorEnv(vendor.url));
    const json = async (...args: string[]) => fieldsOf(JSON.parse((await folder.run(args)).stdout)).sort();
    const both = async () => [
      await json('complete', '--json', '--no-cache', 'Hello'),
      await json('usage', '--json', '--by', 'day', '--from', '2020-01-01'),
    ];
    const alone = await both();
    await folder.serve();
    expect(await both()).toEqual(alone);
  });

  it('sees in usage what was asked before and through the server', async () => {
    await using folder = new Folder();
    await folder.run(['complete', 'One']);
    await folder.serve();
    await folder.run(['complete', 'Two']);
    const { stdout } = await folder.run(['usage', '--json', '--by', 'model']);
    expect(JSON.parse(stdout)).toMatchObject({ totals: { requests: 2 }, groups: [{ requests: 2 }] });
  });

  it('is told apart by its key, which it shows to nobody', async () => {
    await using folder = new Folder({ LLM_ADMIN_KEY: ADMIN_KEY });
    const server = await folder.serve();
    const refused = await folder.run(['complete', 'Hello']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: .*\n.*--key.*LLM_API_KEY/) });
    expect(await folder.run(['complete', '--key', ADMIN_KEY, 'Hello'])).toMatchObject({ code: 0, stderr: '' });
    const wrong = await folder.run(['complete', '--key', `${ADMIN_KEY}x`, 'Hello']);
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: This key is not known here/) });
    const env = { LLM_API_KEY: ADMIN_KEY };
    expect(await folder.run(['usage', '--json'], { env })).toMatchObject({ code: 0, stderr: '' });
    const help = await folder.run(['complete', '--help'], { env });
    server.signal('SIGTERM');
    const { stdout, stderr } = await server.ended;
    expect(help.stdout + stdout + stderr).not.toContain('canary');
  });

  it('reports to whoever has the admin key in its environment, as it makes keys for him', async () => {
    await using folder = new Folder({ LLM_ADMIN_KEY: ADMIN_KEY });
    await folder.serve();
    const period = ['--from', '2026-01-01', '--to', '2999-01-01'];
    for (const args of [
      ['usage'],
      ['usage', '--tenant', 'acme', '--by', 'user'],
      ['usage', '--by', 'user'],
      ['ledger', 'export'],
      ['ledger', 'reprice', ...period, '--dry-run'],
    ])
      expect({ args, code: (await folder.run(args)).code }).toEqual({ args, code: 0 });
    // A key that is given counts, and no other.
    expect(await folder.run(['usage', '--key', 'another'])).toMatchObject({ code: 1 });
    expect((await folder.run(['usage', '--help'])).stdout).toMatch(/--key <key>.*LLM_ADMIN_KEY.*LLM_API_KEY/s);
  });

  it('is told when to ask again', async () => {
    await using folder = new Folder({ GROQ_RATE_LIMIT_RPM: '1' });
    await folder.serve();
    expect(await folder.run(['complete', 'One'])).toMatchObject({ code: 0 });
    const { code, stderr } = await folder.run(['complete', 'Two']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: .*\nAsk again in \d+ s\.\n$/);
  });

  it('fails like alone when the answer breaks', async () => {
    await using vendor = await withVendor(startGroqMock);
    vendor.script({ says: { text: 'one two three four five six' }, fault: { kind: 'no-done', afterEvents: 4 } });
    await using folder = new Folder(vendorEnv(vendor.url));
    const alone = await folder.run(['complete', 'Count']);
    await folder.serve();
    expect(await folder.run(['complete', 'Count'])).toEqual(alone);
    expect(alone).toMatchObject({ code: 1, stdout: expect.stringMatching(/^one two/) });
  });

  it('stops the answer at the server with Ctrl-C', async () => {
    await using vendor = await withVendor(startGroqMock);
    vendor.next({ says: { text: 'one two three four five six' }, fault: { kind: 'stall-events', afterEvents: 4 } });
    await using folder = new Folder(vendorEnv(vendor.url));
    await folder.serve();
    const command = folder.start(['complete', 'Count']);
    await command.sees('stdout', /one/);
    command.signal('SIGINT');
    expect(await command.ended).toMatchObject({ code: 130, stderr: '' });
    expect(await vendor.requests[0]?.ended).toMatchObject({ by: 'them' });
  });
});
