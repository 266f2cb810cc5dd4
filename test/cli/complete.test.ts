import { describe, expect, it } from 'vitest';
import { startGroqMock } from '../vendor/groq-mock.ts';
import { Folder, vendorEnv, withVendor } from './command.ts';

describe('complete', () => {
  it('answers offline and says so when nothing is configured', async () => {
    await using folder = new Folder();
    const { code, stdout, stderr } = await folder.run(['complete', 'Why is', 'the sky blue?']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Set GROQ_API_KEY');
    expect(stdout.endsWith('You asked: Why is the sky blue?\n')).toBe(true);
  });

  it.each([[['complete']], [['complete', '-']]])('reads the question from standard input with %j', async (args) => {
    await using folder = new Folder();
    const { code, stdout } = await folder.run(args, { input: 'What is\na monad?\n' });
    expect(code).toBe(0);
    expect(stdout.endsWith('You asked: What is\na monad?\n')).toBe(true);
  });

  it('prints the whole response as JSON', async () => {
    await using folder = new Folder();
    const { code, stdout } = await folder.run(['complete', '--json', 'Hello']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      provider: 'offline',
      finish_reason: 'stop',
      cost_usd: '0.00',
      cached: false,
      content: expect.stringContaining('Hello'),
      attempts: [{ outcome: 'completed' }],
    });
  });

  it('asks the vendor what its options say', async () => {
    await using vendor = await withVendor(startGroqMock);
    await using folder = new Folder(vendorEnv(vendor.url));
    const options = [
      '--model',
      'openai/gpt-oss-20b',
      '--system',
      'Be brief.',
      '--max-tokens',
      '7',
      '--temperature',
      '0.2',
    ];
    const { code, stderr } = await folder.run(['complete', ...options, '--user', 'ann', '--no-cache', 'Hello']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(vendor.requests).toHaveLength(1);
    expect(vendor.requests[0]?.body).toMatchObject({
      model: 'openai/gpt-oss-20b',
      stream: true,
      max_completion_tokens: 7,
      temperature: 0.2,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hello' },
      ],
    });
    const usage = await folder.run(['usage', '--user', 'ann', '--json']);
    expect(JSON.parse(usage.stdout).totals).toMatchObject({ requests: 1, attempts: 1 });
  });

  it('waits for a retry instead of leaving', async () => {
    await using vendor = await withVendor(startGroqMock);
    vendor.next({ fault: { kind: 'status', status: 503 } }, { says: { text: 'Here I am.' } });
    await using folder = new Folder(vendorEnv(vendor.url));
    expect(await folder.run(['complete', 'Hello'])).toMatchObject({ code: 0, stdout: 'Here I am.\n', stderr: '' });
    expect(vendor.requests).toHaveLength(2);
  });

  it('keeps what came of an answer that breaks, and fails', async () => {
    await using vendor = await withVendor(startGroqMock);
    vendor.next({ says: { text: 'one two three four five six' }, fault: { kind: 'no-done', afterEvents: 4 } });
    await using folder = new Folder(vendorEnv(vendor.url));
    const { code, stdout, stderr } = await folder.run(['complete', 'Count']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^one two.*\n$/);
    expect(stdout).not.toContain('six');
    expect(stderr).toMatch(/^error: /);
    expect(vendor.requests).toHaveLength(1);
  });

  it('stops at Ctrl-C and books what was used', async () => {
    await using vendor = await withVendor(startGroqMock);
    vendor.next({ says: { text: 'one two three four five six' }, fault: { kind: 'stall-events', afterEvents: 4 } });
    await using folder = new Folder(vendorEnv(vendor.url));
    const command = folder.start(['complete', 'Count']);
    await command.sees('stdout', /one/);
    command.signal('SIGINT');
    expect(await command.ended).toMatchObject({ code: 130, stderr: '' });
    const usage = await folder.run(['usage', '--json']);
    const { totals } = JSON.parse(usage.stdout);
    expect(totals).toMatchObject({ requests: 1, attempts: 1 });
    expect(totals.completion_tokens).toBeGreaterThan(0);
  });

  it('shares the data folder with another one at the same time', async () => {
    await using folder = new Folder();
    const all = await Promise.all(['One', 'Two'].map((text) => folder.run(['complete', text])));
    expect(all.map(({ code, stderr }) => [code, stderr.includes('error:')])).toEqual(all.map(() => [0, false]));
    const usage = await folder.run(['usage', '--json']);
    expect(JSON.parse(usage.stdout).totals.requests).toBe(2);
  });
});

describe('a failure', () => {
  it('is one line and a hint, without a stack', async () => {
    await using folder = new Folder();
    const { code, stdout, stderr } = await folder.run(['complete', '--model', 'nix', 'Hello']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^error: .*nix/),
      expect.stringContaining('codementor-llm models'),
    ]);
  });

  it('shows its stack to who debugs', async () => {
    await using folder = new Folder({ LOG_LEVEL: 'debug' });
    const { code, stderr } = await folder.run(['complete', '--model', 'nix', 'Hello']);
    expect(code).toBe(1);
    expect(stderr).toContain('    at ');
  });

  it('of the configuration names all that is wrong', async () => {
    await using folder = new Folder({ PORT: '80x', LLM_TEMPERATURE: '9' });
    const { code, stderr } = await folder.run(['complete', 'Hello']);
    expect(code).toBe(1);
    expect(stderr).toContain('PORT');
    expect(stderr).toContain('LLM_TEMPERATURE');
  });
});
