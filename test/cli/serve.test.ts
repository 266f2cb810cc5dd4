import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startGroqMock } from '../vendor/groq-mock.ts';
import { Folder, vendorEnv, withVendor } from './command.ts';

const ASK = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }], stream: true }),
};

describe('serve', () => {
  it('says where it is, answers, logs JSON and ends with SIGTERM', async () => {
    await using folder = new Folder();
    const server = await folder.serve();
    const reply = await fetch(`${server.url}/api/v1/llm/completion`, ASK);
    expect(await reply.text()).toContain('response-end');
    server.signal('SIGTERM');
    const { code, stdout, stderr } = await server.ended;
    expect(code).toBe(0);
    for (const says of ['GROQ_API_KEY', `${folder.path}/data`, `${server.url}/docs`, `curl ${server.url}`])
      expect(stderr).toContain(says);
    // What is missing is told once, and not by each line that has to do with it.
    expect(stderr.match(/\bGROQ_API_KEY\b/g)).toHaveLength(1);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).event)).toContain('offline_request_success');
  });

  it('has its metrics on a port of their own when METRICS_PORT says so, and closes it with the rest', async () => {
    await using folder = new Folder();
    const server = await folder.serve({ METRICS_PORT: '0' });
    const [, metrics = ''] = await server.sees('stderr', /metrics +(http:\/\/127\.0\.0\.1:\d+\/metrics)/);
    expect(await (await fetch(metrics)).text()).toContain('codementor_store_up{store="sqlite"} 1');
    server.signal('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0 });
    await expect(fetch(metrics)).rejects.toThrow();
  });

  it('lets an answer under way end', async () => {
    await using vendor = await withVendor(startGroqMock);
    vendor.next({ says: { text: 'one two three four five six' }, eventEveryMs: 50 });
    await using folder = new Folder(vendorEnv(vendor.url));
    const server = await folder.serve();
    const reply = await fetch(`${server.url}/api/v1/llm/completion`, ASK);
    server.signal('SIGTERM');
    await server.sees('stderr', /SIGTERM/);
    const text = await reply.text();
    expect(text).toContain('six');
    expect(text).toContain('response-end');
    expect(await server.ended).toMatchObject({ code: 0 });
  });

  it('ends at once with the second signal', async () => {
    await using vendor = await withVendor(startGroqMock);
    vendor.next({ says: { text: 'one two three four five six' }, fault: { kind: 'stall-events', afterEvents: 4 } });
    await using folder = new Folder(vendorEnv(vendor.url));
    const server = await folder.serve();
    const reply = await fetch(`${server.url}/api/v1/llm/completion`, ASK);
    server.signal('SIGTERM');
    await server.sees('stderr', /SIGTERM/);
    server.signal('SIGINT');
    expect(await server.ended).toMatchObject({ signal: 'SIGINT' });
    await expect(reply.text()).rejects.toThrow();
  });

  it.each([
    ['production without a key', { NODE_ENV: 'production' }, 'GROQ_API_KEY'],
    ['an address that others reach, without a key', { HOST: '0.0.0.0' }, 'LLM_ADMIN_KEY'],
    ['an address that is not there', { HOST: '203.0.113.9', LLM_ADMIN_KEY: 'x'.repeat(32) }, 'HOST'],
    ['a data folder that cannot be', { DATA_DIR: '/dev/null/data' }, '/dev/null/data'],
  ])('refuses %s, and says what to set', async (_case, env, says) => {
    await using folder = new Folder({ PORT: '0' });
    const { code, stdout, stderr } = await folder.run(['serve'], { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toContain(says);
    expect(stderr).not.toContain('    at ');
  });

  it('refuses a configuration with all that is wrong in it at once', async () => {
    await using folder = new Folder({ PORT: '0' });
    folder.write(
      'codementor-llm.yaml',
      `users: { ann: { tier: gold } }
providers: { one: { type: compatible, takes: [video], lacks: [vision] } }
routes: { tutor: { targets: [openai/gpt-oss-120] } }
`,
    );
    const { code, stderr } = await folder.run(['serve']);
    expect(code).toBe(1);
    for (const says of ['tier: found "gold"', 'takes[0]', 'lacks: found "vision"', 'needs a base URL', 'targets[0]'])
      expect(stderr).toContain(says);
  });

  it('says which routes there are', async () => {
    await using folder = new Folder(vendorEnv('http://127.0.0.1:9'));
    folder.write('codementor-llm.yaml', 'routes: { tutor: { targets: [openai/gpt-oss-20b, openai/gpt-oss-120b] } }\n');
    const server = await folder.serve();
    server.signal('SIGTERM');
    expect((await server.ended).stderr).toMatch(/routes +tutor \(openai\/gpt-oss-20b, openai\/gpt-oss-120b\)/);
  });

  it('refuses a port that is in use, and names it', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => {
        const address = other.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    try {
      await using folder = new Folder();
      for (const [env, says] of [
        [{ PORT: String(port), METRICS_PORT: '0' }, `^error: Port ${port} .*\\n.*PORT`],
        [{ PORT: '0', METRICS_PORT: String(port) }, `^error: [^]*METRICS_PORT[^]*${port}[^]*EADDRINUSE`],
      ] as const) {
        const { code, stderr } = await folder.run(['serve'], { env });
        expect(code).toBe(1);
        expect(stderr).toMatch(new RegExp(says));
      }
    } finally {
      other.close();
    }
  });

  it('refuses a data folder that another server has, and says where that one is', async () => {
    await using folder = new Folder();
    const server = await folder.serve();
    const { code, stderr } = await folder.run(['serve'], { env: { PORT: '0' } });
    expect(code).toBe(1);
    expect(stderr).toContain(server.url);
  });
});

describe('a server whose configuration changes', () => {
  const limits = async (url: string) => (await fetch(`${url}/api/v1/llm/limits/alice`)).text();

  it('reads it again on SIGHUP, and keeps the old one when the new one has a fault', async () => {
    await using folder = new Folder();
    const file = join(folder.path, 'codementor-llm.yaml');
    const server = await folder.serve();
    writeFileSync(file, 'users: { alice: { requests_per_minute: 7777 } }');
    server.signal('SIGHUP');
    await server.sees('stderr', /read again/);
    expect(await limits(server.url)).toContain('7777');
    writeFileSync(file, 'users: { alice: { requests_per_minuet: 1 } }');
    await server.sees('stderr', /was not changed.*requests_per_minuet/s);
    expect(await limits(server.url)).toContain('7777');
  });
});
