import { describe, expect, it } from 'vitest';
import { until } from '../gateway/start.ts';
import { startGroqMock } from '../vendor/groq-mock.ts';
import { Folder, vendorEnv, withVendor } from './command.ts';

describe('chat with piped lines', () => {
  it('answers each line, and remembers what was said', async () => {
    await using vendor = await withVendor(startGroqMock);
    vendor.next({ says: { text: 'Hello Ann.' } }, { says: { text: 'It is Ann.' } });
    await using folder = new Folder(vendorEnv(vendor.url));
    const { code, stdout, stderr } = await folder.run(['chat'], { input: 'My name is Ann.\n\nWhat is my name?' });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Hello Ann.\nIt is Ann.\n' });
    expect(stderr).toMatch(/^to go on: npx codementor-llm chat --resume conv_\w+\n$/);
    expect(vendor.requests[1]?.body['messages']).toEqual([
      { role: 'user', content: 'My name is Ann.' },
      { role: 'assistant', content: 'Hello Ann.' },
      { role: 'user', content: 'What is my name?' },
    ]);
  });

  it('begins another with /new, changes the model with /model, and leaves with /exit', async () => {
    await using vendor = await withVendor(startGroqMock);
    await using folder = new Folder(vendorEnv(vendor.url));
    const input = 'One\n/new\n/model openai/gpt-oss-20b\nTwo\n/exit\nThree\n';
    const { code } = await folder.run(['chat'], { input });
    expect(code).toBe(0);
    expect(vendor.requests.map(({ model, body }) => [model, body['messages']])).toEqual([
      ['openai/gpt-oss-120b', [{ role: 'user', content: 'One' }]],
      ['openai/gpt-oss-20b', [{ role: 'user', content: 'Two' }]],
    ]);
  });

  it('fails when a turn fails', async () => {
    await using vendor = await withVendor(startGroqMock);
    vendor.script({ fault: { kind: 'status', status: 401 } });
    await using folder = new Folder(vendorEnv(vendor.url));
    const { code, stderr } = await folder.run(['chat'], { input: 'One\nTwo\n' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: /);
    expect(vendor.requests).toHaveLength(1);
  });

  it('says of no conversation how to go on where nothing was answered', async () => {
    await using folder = new Folder();
    const { code, stderr } = await folder.run(['chat', '--model', 'nix'], { input: 'One\n' });
    expect(code).toBe(1);
    expect(stderr).not.toContain('--resume');
    expect(await folder.run(['chat', '--resume'], { input: 'One\n' })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: There is no conversation to resume yet/),
    });
  });
});

const idIn = (stderr: string) => /--resume (conv_\w+)\n$/.exec(stderr)?.[1] ?? '';

describe.each(['alone', 'beside a running server'])('chat --resume, %s', (where) => {
  it('goes on with the latest, or with the one that is named, with its model and its system prompt', async () => {
    await using vendor = await withVendor(startGroqMock);
    vendor.script({ says: { text: 'Yes.' } });
    await using folder = new Folder(vendorEnv(vendor.url));
    if (where !== 'alone') await folder.serve();
    const chat = async (args: readonly string[], input: string) => {
      const ended = await folder.run(['chat', '--no-cache', ...args], { input });
      expect(ended).toMatchObject({ code: 0 });
      return idIn(ended.stderr);
    };
    const first = await chat(['--system', 'Be brief.', '--model', 'openai/gpt-oss-20b'], 'One\n');
    const second = await chat([], 'Two\n');
    expect(new Set([first, second, '']).size).toBe(3);
    expect(await chat(['--resume'], 'Three\n')).toBe(second);
    expect(await chat(['--resume', first], 'Four\n')).toBe(first);
    expect(await chat(['--resume'], 'Five\n')).toBe(first);
    const asked = vendor.requests.map(({ model, body }) => [model, body['messages']]);
    const answer = { role: 'assistant', content: 'Yes.' };
    const [one, two, three, four] = ['One', 'Two', 'Three', 'Four'].map((content) => ({ role: 'user', content }));
    expect(asked[2]).toEqual(['openai/gpt-oss-120b', [two, answer, three]]);
    expect(asked[3]).toEqual(['openai/gpt-oss-20b', [{ role: 'system', content: 'Be brief.' }, one, answer, four]]);
  });

  it('finds no conversation that is another’s, or none', async () => {
    await using folder = new Folder();
    if (where !== 'alone') await folder.serve();
    const id = idIn((await folder.run(['chat', '--user', 'alice'], { input: 'One\n' })).stderr);
    for (const args of [
      ['--resume', id],
      ['--resume', 'conv_unknown'],
      ['--resume', id, '--user', 'bob'],
    ])
      expect(await folder.run(['chat', ...args], { input: 'Two\n' })).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/^error: There is no such conversation here\n/),
      });
    expect(await folder.run(['chat', '--resume', '--user', 'alice'], { input: 'Two\n' })).toMatchObject({ code: 0 });
  });

  it('keeps what came of an answer that Ctrl-C stopped', async () => {
    await using vendor = await withVendor(startGroqMock);
    vendor.next({ says: { text: 'one two three' }, fault: { kind: 'stall-events', afterEvents: 3 } });
    await using folder = new Folder(vendorEnv(vendor.url));
    if (where !== 'alone') await folder.serve();
    const stopped = folder.start(['chat'], { input: 'Count.\n' });
    await stopped.sees('stdout', /one/);
    stopped.signal('SIGINT');
    const { code, stderr } = await stopped.ended;
    expect(code).toBe(130);
    const id = idIn(stderr);
    // The server hears of the end of the connection a moment later.
    await until(async () => (await folder.run(['chat', '--resume', id], { input: 'Go on.\n' })).code === 0, 'its turn');
    const messages = vendor.requests.at(-1)?.body['messages'];
    expect(messages).toMatchObject([
      { content: 'Count.' },
      { role: 'assistant', content: expect.stringMatching(/^one/) },
      { content: 'Go on.' },
    ]);
  });
});
