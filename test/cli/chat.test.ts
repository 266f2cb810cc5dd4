import { describe, expect, it } from 'vitest';
import { startGroqMock } from '../vendor/groq-mock.ts';
import { Folder, vendorEnv, withVendor } from './command.ts';

describe('chat with piped lines', () => {
  it('answers each line, and remembers what was said', async () => {
    await using vendor = await withVendor(startGroqMock);
    vendor.next({ says: { text: 'Hello Ann.' } }, { says: { text: 'It is Ann.' } });
    await using folder = new Folder(vendorEnv(vendor.url));
    const { code, stdout, stderr } = await folder.run(['chat'], { input: 'My name is Ann.\n\nWhat is my name?' });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'Hello Ann.\nIt is Ann.\n', stderr: '' });
    expect(vendor.requests[1]?.body['messages']).toEqual([
      { role: 'user', content: 'My name is Ann.' },
      { role: 'assistant', content: 'Hello Ann.' },
      { role: 'user', content: 'What is my name?' },
    ]);
  });

  it('forgets with /new, changes the model with /model, and leaves with /exit', async () => {
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
});
