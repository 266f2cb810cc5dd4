// S04: where a vendor may be. The operator says it, so it is looked at when it is read, when a connection is made, and when a vendor sends
// us elsewhere. The metadata of a cloud machine is no vendor; one's own network may hold some.

import dns from 'node:dns';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { CONFIG_FILE } from '../../src/config/settings.ts';
import { ConfigError, loadConfig } from '../../src/config.ts';
import { isNear, isNeverAVendor } from '../../src/core/network-address.ts';
import { KNOWN } from '../../src/service/rules.ts';
import { DIALECTS, readReply } from '../faults/dialects.ts';
import { FAMILIES } from '../faults/families.ts';
import { type FamilyGateway, keyOf, startFamilies } from '../faults/family-gateway.ts';
import { closeTransports, openTransport } from '../transport/asking.ts';
import { optionsOf, plainCodec, requestOf, targetOf } from '../transport/plain-codec.ts';

const NEVER = [
  'http://169.254.169.254',
  'http://169.254.169.254/latest/meta-data/',
  'https://169.254.0.1',
  'http://[fe80::1]',
  'http://[febf::1]',
  'http://[::ffff:169.254.169.254]',
  'http://[::ffff:a9fe:a9fe]',
  'http://[64:ff9b::a9fe:a9fe]',
  'http://[2002:a9fe:a9fe::1]',
  'http://[fd00:ec2::254]',
  'http://metadata.google.internal',
  'http://100.100.100.200',
  'http://168.63.129.16',
  'http://0.0.0.0:11434',
  'http://[::]:11434',
  'http://224.0.0.1',
  'http://[ff02::1]',
  'http://255.255.255.255',
];
/** Each of them leads to 169.254.169.254, 127.0.0.1 or nowhere plain. */
const NOT_PLAIN = [
  'http://2852039166',
  'http://0xa9fea9fe',
  'http://0251.0376.0251.0376',
  'http://169.254.43518',
  'http://169.254.169.254.',
  'http://127.1',
  'http://0x7f.1',
  'http://localhost.',
  'http://api.example.org.',
  'http://①②⑦.0.0.1',
  'http://api。example.org',
  'http:\\\\127.0.0.1',
  'http:127.0.0.1',
  'http://exa%6dple.org',
];
const WITH_MORE = [
  'http://user:canary@example.org',
  'http://canary@169.254.169.254',
  'http://example.org/?a=b',
  'ftp://example.org',
];
const ALLOWED = [
  'http://127.0.0.1:11434',
  'http://localhost:8000/v1',
  'http://[::1]:1234',
  'http://10.0.0.7:8000',
  'http://192.168.1.20',
  'http://172.16.0.1',
  'http://vllm:8000',
  'http://[fd12:3456::1]',
  'https://API.Example.org:443/v1',
  'https://api.groq.com',
];

const folder = mkdtempSync(join(tmpdir(), 'codementor-addresses-'));
afterAll(() => rmSync(folder, { recursive: true }));

function load(env: Readonly<Record<string, string>>, yaml = '') {
  writeFileSync(join(folder, CONFIG_FILE), yaml);
  return loadConfig({ env: { GROQ_API_KEY: 'gsk_0123456789', ...env }, cwd: folder, known: KNOWN, nowMs: NOW_MS });
}
const NOW_MS = Date.parse('2026-11-26');
const VARIABLES = ['GROQ_BASE_URL', 'OPENAI_BASE_URL', 'ANTHROPIC_BASE_URL', 'GEMINI_BASE_URL'];

describe('an address in a configuration', () => {
  it.each([...NEVER, ...NOT_PLAIN, ...WITH_MORE])(
    'S04: %s is refused, wherever it stands, and not repeated where it may hold a password',
    (url) => {
      for (const variable of VARIABLES) {
        const refusal = faultOf(() => load({ [variable]: url }));
        expect(refusal).toContain(variable);
        expect(refusal).not.toContain('canary');
      }
      const yaml = `providers: { local: { type: compatible, base_url: ${JSON.stringify(url)}, model: tiny } }`;
      expect(faultOf(() => load({}, yaml))).toContain('providers.local.base_url');
    },
  );

  it.each(ALLOWED)('S04: %s is taken', (url) => {
    const config = load({ OPENAI_API_KEY: 'canary', OPENAI_BASE_URL: url });
    expect(config.providers.find(({ id }) => id === 'openai')?.baseUrl).toContain(URL.parse(url)?.host);
  });

  it('S04: by plain HTTP is told of, unless it lies near', () => {
    const notes = (url: string) =>
      load({ OPENAI_API_KEY: 'canary', OPENAI_BASE_URL: url }).notes.filter((note) => note.includes('plain HTTP'));
    expect(notes('http://api.example.org')).toEqual([
      expect.stringContaining('openai is asked by plain HTTP at api.example.org'),
    ]);
    expect(notes('https://api.example.org')).toEqual([]);
    for (const near of ALLOWED.filter((url) => url.startsWith('http:'))) expect(notes(near)).toEqual([]);
  });
});

function faultOf(read: () => unknown): string {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.message;
    throw thrown;
  }
  throw new Error('It was taken');
}

describe('a name', () => {
  afterEach(async () => {
    vi.restoreAllMocks();
    await closeTransports();
  });

  const ask = async (url: string) => {
    const target = targetOf(plainCodec(url));
    return openTransport()
      .ask(target, requestOf('Hi'), optionsOf(), () => {})
      .catch((error: unknown) => error);
  };
  const leadsTo = (...addresses: { address: string; family: number }[]) =>
    vi.spyOn(dns, 'lookup').mockImplementation((...asked: unknown[]) => {
      const done = asked.at(-1);
      if (typeof done === 'function') done(null, addresses);
    });

  it.each([
    { address: '169.254.169.254', family: 4 },
    { address: '0.0.0.0', family: 4 },
    { address: 'fe80::1', family: 6 },
    { address: '::ffff:169.254.169.254', family: 6 },
    { address: 'fd00:ec2::254', family: 6 },
  ])('S04: that turns out to lead to $address is not followed there', async (address) => {
    leadsTo(address);
    expect(await ask('http://vendor.example.org')).toMatchObject({
      code: 'provider_unreachable',
      message: 'Groq could not be reached (NO_VENDOR_THERE)',
      detail: { neverSent: true },
    });
  });

  it('S04: that leads to such an address among others is asked at the others', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    leadsTo({ address: '169.254.169.254', family: 4 }, { address: '127.0.0.1', family: 4 });
    await ask(`http://vendor.example.org:${port}`);
    expect(connections).toBe(1);
    server.close();
  });

  it('S04: in the place of which an address stands that no configuration has seen is not asked either', async () => {
    expect(await ask('http://169.254.169.254')).toMatchObject({
      code: 'provider_unreachable',
      detail: { neverSent: true, sameTargetAgain: false },
    });
  });
});

it('S04: an address lies near, lies far, or is nobody’s, however it is written', () => {
  for (const host of [
    '127.0.0.1',
    '::1',
    '[::1]',
    '10.1.2.3',
    '100.64.0.1',
    'fd00::1',
    'ollama',
    'a.local',
    '::ffff:127.0.0.1',
  ])
    expect([host, isNear(host), isNeverAVendor(host)]).toEqual([host, true, false]);
  for (const host of ['1.1.1.1', '172.32.0.1', '100.128.0.1', '2001:db8::1', 'example.org', '::ffff:8.8.8.8'])
    expect([host, isNear(host), isNeverAVendor(host)]).toEqual([host, false, false]);
  for (const host of ['fe80::1%eth0', '169.254.1.1', '::a9fe:a9fe', '240.0.0.1', 'metadata.google.internal.'])
    expect([host, isNeverAVendor(host)]).toEqual([host, true]);
});

describe('a vendor that sends us elsewhere', () => {
  let running: FamilyGateway;
  beforeAll(async () => {
    running = await startFamilies();
  });
  afterAll(() => running.close());

  it.each(FAMILIES.flatMap((family) => [301, 302, 303, 307, 308].map((code) => [family.id, code, family] as const)))(
    'S06: of the family %s with status %i is not followed, so its key goes nowhere',
    async (id, code, family) => {
      const { well } = running;
      running.vendors[id].does(({ reply, path }) => {
        reply.writeHead(code, { location: `${well.url}${path}`, 'content-type': 'application/json' }).end('{}');
      });
      const [native] = DIALECTS;
      if (native === undefined) throw new Error('No dialect');
      for (const stream of [true, false]) {
        const reply = await running.post(native.path, native.body(family.model, stream), {
          'cache-control': 'no-store',
        });
        expect([reply.status, reply.headers.get('location')]).toEqual([502, null]);
        const told = await readReply(reply, native);
        expect(told.code).toBe('provider_bad_reply');
        expect(JSON.stringify(told)).not.toContain(keyOf(id));
      }
      expect(well.heard).toEqual([]);
    },
  );
});
