// What stands behind a caller's address, fetched from a real HTTPS server under a name of its own: a checked address is led to its
// port by the test, as a network would. Nothing of what is refused may reach the server.

import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { LLMError } from '../../src/core/errors.ts';
import { MEDIA_LIMITS } from '../../src/core/media.ts';
import { createMediaFetch, type MediaFetchOptions, type MediaKind } from '../../src/transport/media-fetch.ts';
import { isPublicAddress } from '../../src/transport/public-address.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { until } from './asking.ts';
import {
  PICTURE_CERTIFICATE,
  PICTURE_HOST,
  type PictureHost,
  PNG,
  PUBLIC_ADDRESS,
  sendPicture,
  startPictureHost,
} from './picture-host.ts';

const hosts: PictureHost[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});

type Answer = Parameters<typeof startPictureHost>[0];

interface Opened {
  readonly host: PictureHost;
  /** The addresses that were connected to. */
  readonly dialled: string[];
  /** The names that were resolved. */
  readonly resolved: string[];
  fetch(url: string, kind?: MediaKind, signal?: AbortSignal): Promise<string>;
}

async function open(answer: Answer, options: Partial<MediaFetchOptions> = {}): Promise<Opened> {
  const host = await startPictureHost(answer);
  hosts.push(host);
  const dialled: string[] = [];
  const resolved: string[] = [];
  const { resolve = async () => [PUBLIC_ADDRESS], ...others } = options;
  const fetchMedia = createMediaFetch({
    clock: systemClock,
    userAgent: 'codementor-llm/test',
    ca: PICTURE_CERTIFICATE,
    dial: (address) => {
      dialled.push(address);
      return { host: '127.0.0.1', port: host.port };
    },
    resolve: (hostname) => {
      resolved.push(hostname);
      return resolve(hostname);
    },
    ...others,
  });
  const never = new AbortController().signal;
  return { host, dialled, resolved, fetch: (url, kind = 'image', signal = never) => fetchMedia(url, kind, signal) };
}

const picture: Answer = (reply) => sendPicture(reply);
const here = (path: string) => `https://${PICTURE_HOST}${path}`;

async function refusal(fetched: Promise<string>): Promise<LLMError> {
  const thrown = await fetched.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(thrown instanceof LLMError)) throw new Error(`Not refused: ${String(thrown)}`);
  expect([thrown.code, thrown.param, thrown.status]).toEqual(['invalid_request', 'messages', 400]);
  return thrown;
}

describe('a picture behind an address', () => {
  it('comes as data, from the address that was checked, under the name that was asked for', async () => {
    const { fetch, host, dialled, resolved } = await open(picture);
    expect(await fetch(here('/a/cat.png?size=2#top'))).toBe(`data:image/png;base64,${PNG.toString('base64')}`);
    expect([resolved, dialled]).toEqual([[PICTURE_HOST], [PUBLIC_ADDRESS]]);
    expect(host.asked.map(({ path, headers }) => [path, headers.host])).toEqual([['/a/cat.png?size=2', PICTURE_HOST]]);
  });

  it('S03: is asked for without a key, a cookie or anything else of ours', async () => {
    const { fetch, host } = await open(picture);
    await fetch(here('/cat.png'));
    expect(Object.keys(host.asked[0]?.headers ?? {}).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ]);
  });

  it('is reached where it was checked: a name that turns meanwhile is not resolved again (rebinding)', async () => {
    const answers = [[PUBLIC_ADDRESS], ['127.0.0.1']];
    const { fetch, dialled, resolved } = await open(picture, { resolve: async () => answers.shift() ?? [] });
    await fetch(here('/cat.png'));
    expect([resolved.length, dialled]).toEqual([1, [PUBLIC_ADDRESS]]);
    await refusal(fetch(here('/cat.png')));
    expect([resolved.length, dialled]).toEqual([2, [PUBLIC_ADDRESS]]);
  });

  it('is not taken from a host whose certificate is for another name', async () => {
    const { fetch, host } = await open(picture);
    await refusal(fetch('https://other.example.org/cat.png'));
    expect(host.asked).toEqual([]);
  });

  it('is not taken where the certificate is nobody’s that is trusted', async () => {
    const host = await startPictureHost(picture);
    hosts.push(host);
    const fetchMedia = createMediaFetch({
      clock: systemClock,
      userAgent: 'test',
      resolve: async () => [PUBLIC_ADDRESS],
      dial: () => ({ host: '127.0.0.1', port: host.port }),
    });
    await refusal(fetchMedia(here('/cat.png'), 'image', new AbortController().signal));
    expect(host.asked).toEqual([]);
  });

  it('may be a document, where one is wanted', async () => {
    const pdf = Buffer.from('%PDF-1.7\n%%EOF\n');
    const { fetch } = await open((reply) => sendPicture(reply, 'application/pdf; charset=binary', pdf));
    expect(await fetch(here('/a.pdf'), 'file')).toBe(`data:application/pdf;base64,${pdf.toString('base64')}`);
    await refusal(fetch(here('/a.pdf'), 'image'));
  });
});

describe('S04: an address that is not to be reached', () => {
  it.each([
    'http://pictures.example.org/cat.png',
    'ftp://pictures.example.org/cat.png',
    'file:///etc/passwd',
    'https://pictures.example.org:8443/cat.png',
    'https://user:secret@pictures.example.org/cat.png',
    'https://user@pictures.example.org/cat.png',
    'https://pictures.example.org./cat.png',
    'https://localhost/cat.png',
    'https://metadata/cat.png',
    'https://127.0.0.1/cat.png',
    'https://93.184.215.14/cat.png',
    'https://2130706433/cat.png',
    'https://0x7f000001/cat.png',
    'https://0x7f.1/cat.png',
    'https://0177.0.0.1/cat.png',
    'https://127.1/cat.png',
    'https://127.0.0.1./cat.png',
    'https://[::1]/cat.png',
    'https://[::ffff:127.0.0.1]/cat.png',
    'https://[64:ff9b::7f00:1]/cat.png',
    'https://１２７.０.０.１/cat.png',
    'https://',
    'no url',
  ])('is refused before its name is looked up: %s', async (url) => {
    const { fetch, resolved, dialled, host } = await open(picture);
    const { message } = await refusal(fetch(url));
    expect([resolved, dialled, host.asked]).toEqual([[], [], []]);
    expect(message).not.toContain('secret');
  });

  it.each([
    ['0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.8.8.8'],
    ['169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.192', '192.0.2.1', '192.88.99.1', '192.168.1.1'],
    ['198.18.0.1', '198.19.255.255', '198.51.100.7', '203.0.113.9', '224.0.0.1', '239.1.1.1', '240.0.0.1'],
    ['255.255.255.255', '168.63.129.16', '100.100.100.200'],
    ['::', '::1', '::7f00:1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:0:127.0.0.1', '64:ff9b::7f00:1'],
    ['64:ff9b:1::a00:1', '100::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'fe80::1%lo', 'fec0::1', 'ff02::1'],
    ['2001::1', '2001:0:7f00:1::', '2001:db8::1', '2002:7f00:1::1', '3fff::1', '4000::1', '5f00::1'],
    ['', 'localhost', '127.1', '0x7f000001', '2130706433', '0177.0.0.1', '127.0.0.1 ', '1.2.3.4.'],
  ])('is refused where its name leads: %s, %s, %s and their kin', async (...addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([]);
    for (const address of addresses) {
      const { fetch, dialled } = await open(picture, { resolve: async () => [address] });
      await refusal(fetch(here('/cat.png')));
      const beside = await open(picture, { resolve: async () => [PUBLIC_ADDRESS, address] });
      await refusal(beside.fetch(here('/cat.png')));
      expect([dialled, beside.dialled]).toEqual([[], []]);
    }
  });

  it.each(['8.8.8.8', '93.184.215.14', '1.1.1.1', '172.15.0.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111'])(
    'is none of the public network: %s is one',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it('tells no more of a name within our network than of one that nobody has', async () => {
    const none = await open(picture, { resolve: () => Promise.reject(new Error('ENOTFOUND')) });
    const within = await open(picture, { resolve: async () => ['10.0.0.7'] });
    const [unknown, inner] = [await refusal(none.fetch(here('/'))), await refusal(within.fetch(here('/')))];
    expect(inner.message).toBe(unknown.message);
    expect(inner.message).not.toContain('10.0.0.7');
  });
});

describe('an answer that is not what was asked for', () => {
  it.each([301, 302, 303, 307, 308])('S06: is not followed elsewhere (%i)', async (status) => {
    const { fetch, host } = await open((reply) => {
      reply.writeHead(status, { location: 'https://169.254.169.254/latest/meta-data' }).end();
    });
    const { message } = await refusal(fetch(here('/cat.png')));
    expect([host.asked.length, message.includes('169.254')]).toEqual([1, false]);
    expect(message).toContain('leads elsewhere');
  });

  it.each<[string, Answer]>([
    ['a page', (reply) => sendPicture(reply, 'text/html', Buffer.from('<html>canary0body'))],
    ['a picture by its type alone', (reply) => sendPicture(reply, 'image/png', Buffer.from('<html>canary0body'))],
    ['a picture of another type', (reply) => sendPicture(reply, 'image/jpeg', PNG)],
    ['a picture of a type that is not taken', (reply) => sendPicture(reply, 'image/svg+xml', Buffer.from('<svg/>'))],
    ['RIFF that is no WebP', (reply) => sendPicture(reply, 'image/webp', Buffer.from('RIFF1234WAVEfmt '))],
    ['nothing', (reply) => sendPicture(reply, 'image/png', Buffer.alloc(0))],
    ['no type', (reply) => void reply.writeHead(200).end(PNG)],
    ['404', (reply) => void reply.writeHead(404, { 'content-type': 'image/png' }).end(PNG)],
    ['206', (reply) => void reply.writeHead(206, { 'content-type': 'image/png' }).end(PNG)],
    [
      'bytes that would grow',
      (reply) => void reply.writeHead(200, { 'content-type': 'image/png', 'content-encoding': 'gzip' }).end(PNG),
    ],
    ['a connection that breaks', (reply) => void reply.destroy()],
    ['no HTTP', (reply) => void reply.socket?.end('canary0body')],
  ])('is refused, and not repeated: %s', async (_what, answer) => {
    const { fetch } = await open(answer);
    const { message } = await refusal(fetch(here('/cat.png')));
    expect(message).not.toContain('canary0body');
  });

  it('is refused when it says that it is too large, and when it is without saying so', async () => {
    let sent = 0;
    const { fetch } = await open((reply, path) => {
      const known = path === '/told' ? { 'content-length': String(MEDIA_LIMITS.partBytes + 1) } : {};
      reply.writeHead(200, { 'content-type': 'image/png', ...known });
      reply.write(PNG);
      const more = () => {
        while (!reply.destroyed && path !== '/told' && reply.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      reply.on('drain', more);
      more();
    });
    expect((await refusal(fetch(here('/told')))).message).toContain('larger than');
    expect((await refusal(fetch(here('/endless')))).message).toContain('larger than');
    expect(sent).toBeLessThan(4 * MEDIA_LIMITS.partBytes);
  });

  it('is given up by the clock, whether it says nothing or drips', async () => {
    const clock = new SimulatedClock();
    const { fetch, host } = await open(
      (reply, path) => {
        if (path === '/drips') reply.writeHead(200, { 'content-type': 'image/png' }).write(PNG.subarray(0, 10));
      },
      { clock },
    );
    for (const path of ['/silent', '/drips']) {
      const failed = refusal(fetch(here(path)));
      await until(() => host.asked.some((asked) => asked.path === path));
      clock.advance(10_000);
      expect((await failed).message).toContain('within 10 s');
    }
    expect(clock.pending).toBe(0);
  });

  it('is given up by the clock while its name is looked up', async () => {
    const clock = new SimulatedClock();
    const { fetch, resolved } = await open(picture, { clock, resolve: () => new Promise(() => {}) });
    const failed = refusal(fetch(here('/cat.png')));
    await until(() => resolved.length > 0);
    clock.advance(10_000);
    expect((await failed).message).toContain('within 10 s');
  });

  it('ends with the request that wanted it', async () => {
    const clock = new SimulatedClock();
    const { fetch, host } = await open(() => {}, { clock });
    const leaving = new AbortController();
    const fetched = fetch(here('/cat.png'), 'image', leaving.signal);
    await until(() => host.asked.length > 0);
    leaving.abort(new LLMError('cancelled', 'The caller left'));
    await expect(fetched).rejects.toThrow('The caller left');
    await expect(fetch(here('/cat.png'), 'image', leaving.signal)).rejects.toThrow('The caller left');
    expect([host.asked.length, clock.pending]).toEqual([1, 0]);
  });
});
