// Commands whose store is away: whoever runs one has no log at hand, so the command itself says which store, where, and why.

import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Env, Folder } from './command.ts';

/** A port on which nobody listens: it was free a moment ago. */
function closedPort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = createServer().listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    server.close(() => resolve(port));
  });
  return promise;
}

const envOf = (databaseUrl: string): Env => ({
  DATABASE_URL: databaseUrl,
  LLM_KEY_PEPPER: 'pepper_of_the_tests_0123456789abcdef',
  LLM_PRIMARY_PROVIDER: 'offline',
});

describe('a command whose PostgreSQL is away', () => {
  it.each([
    ['127.0.0.1', 'usage', '--tenant', 'default'],
    ['127.0.0.1', 'ledger', 'export'],
    // A name with two addresses.
    ['localhost', 'keys', 'list'],
    ['localhost', 'serve'],
  ])('says which store is away, where it should be and why: at %s, %s', async (host, ...args) => {
    const port = await closedPort();
    await using folder = new Folder({ ...envOf(`postgres://somebody:canary_pass@${host}:${port}/d`), PORT: '0' });
    const { code, stdout, stderr } = await folder.run(args);
    expect(code).toBe(1);
    expect(stderr).toContain(`PostgreSQL (DATABASE_URL, ${host}:${port}): connect ECONNREFUSED`);
    expect(stderr).not.toContain('the log says why');
    expect(stdout + stderr).not.toContain('canary');
  });

  it('says that a server which is only slow may be asked again', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await using folder = new Folder(envOf(`postgres://u:canary_pass@127.0.0.1:${port}/d`));
    const { code, stderr } = await folder.run(['usage']);
    silent.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: .*PostgreSQL \(DATABASE_URL, 127\.0\.0\.1:\d+\): .*\n.*[Aa]sk again/);
    expect(stderr).not.toContain('canary');
  });
});
