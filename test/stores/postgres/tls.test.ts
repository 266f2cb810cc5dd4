// TLS to PostgreSQL, as the URL says: encrypted, and to the server that is meant, or no connection at all.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithOwnPostgres, type PrivatePostgres, startPostgres } from '../../servers/postgres.ts';
import { SELF_SIGNED_CERTIFICATE, SELF_SIGNED_KEY } from '../../transport/self-signed.ts';
import { failure, postgresAtHand } from './at-hand.ts';

const ENCRYPTED = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';

describeWithOwnPostgres('TLS to PostgreSQL', () => {
  let server: PrivatePostgres;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'llm-tls-'));
    writeFileSync(join(folder, 'ca.pem'), SELF_SIGNED_CERTIFICATE);
    server = await startPostgres();
    // Written by the server itself, which reads a key that is its own alone.
    for (const [file, text] of [
      ['server.crt', SELF_SIGNED_CERTIFICATE],
      ['server.key', SELF_SIGNED_KEY],
    ]) {
      const lines = `SELECT unnest(string_to_array('${text}', E'\\n'))`;
      await server.query(server.url, `COPY (${lines}) TO PROGRAM 'umask 077 && cat > ${file}'`);
    }
    await server.query(server.url, 'ALTER SYSTEM SET ssl = on');
    await server.query(server.url, 'SELECT pg_reload_conf()');
    while ((await server.query(server.url, 'SHOW ssl'))[0]?.['ssl'] !== 'on');
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  async function ask(host: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
    const url = new URL(await server.emptyDatabase());
    url.hostname = host;
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    const { postgres } = await postgresAtHand(url.href);
    try {
      return await postgres.call(ENCRYPTED);
    } finally {
      await postgres.close();
    }
  }

  it('is used when the URL asks for it, with a server that its certificate names', async () => {
    const known = { sslmode: 'verify-full', sslrootcert: join(folder, 'ca.pem') };
    expect(await ask('localhost', known)).toEqual([{ ssl: true }]);
    expect((await failure(ask('127.0.0.1', known))).reason).toContain("does not match certificate's altnames");
  });

  it('is refused with a server that nobody vouches for', async () => {
    expect((await failure(ask('localhost', { sslmode: 'verify-full' }))).reason).toContain('self-signed certificate');
  });

  it('is not used when the URL does not ask for it', async () => {
    expect(await ask('127.0.0.1', {})).toEqual([{ ssl: false }]);
  });

  it('fails like any other call when the URL names a file that is not there', async () => {
    const gone = { sslmode: 'verify-full', sslrootcert: join(folder, 'gone.pem') };
    expect((await failure(ask('localhost', gone))).reason).toContain('ENOENT');
  });
});
