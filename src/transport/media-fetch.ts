// Fetches a picture or a document for a vendor that takes data alone. The address is a caller's, so nothing of it is trusted: the
// name is resolved here, once, and the connection is made to the very address that was checked; no redirect is followed; what comes
// must be of a known type and look like it. No key, no cookie and nothing of the request goes out with it.

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { buildConnector, Client } from 'undici';
import type { Clock } from '../core/clock.ts';
import { LLMError, llmError } from '../core/errors.ts';
import { IMAGE_TYPES, MEDIA_LIMITS, PDF } from '../core/media.ts';
import { isPublicAddress } from './public-address.ts';
import { isEncoded } from './reply.ts';

export interface MediaFetchOptions {
  readonly clock: Clock;
  readonly userAgent: string;
  /** All addresses of a name. Default: as this machine resolves it. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
  /** How an address that was checked is reached. Default: there, at the port of HTTPS. */
  readonly dial?: (address: string) => { readonly host: string; readonly port: number };
  /** Whose certificates are trusted. Default: those that Node trusts. */
  readonly ca?: string;
}

export type MediaKind = 'image' | 'file';

/** The data: URL of what is there. Rejects with `invalid_request` whatever is wrong, or with the signal's reason. */
export type MediaFetch = (url: string, kind: MediaKind, signal: AbortSignal) => Promise<string>;

/** From the name to the last byte, by the clock. Chosen: a picture that takes longer would keep a hold on money waiting. */
const DEADLINE_MS = 10_000;
const HTTPS_PORT = 443;

const TYPES: Readonly<Record<MediaKind, readonly string[]>> = { image: IMAGE_TYPES, file: [PDF] };

export function createMediaFetch(options: MediaFetchOptions): MediaFetch {
  const { clock, resolve = resolveHere, dial = (address: string) => ({ host: address, port: HTTPS_PORT }) } = options;
  return async (url, kind, signal) => {
    signal.throwIfAborted();
    const target = checkedUrl(url);
    const tooSlow = new AbortController();
    const cancel = clock.after(DEADLINE_MS, () => tooSlow.abort());
    const ended = AbortSignal.any([signal, tooSlow.signal]);
    try {
      const address = await until(ended, publicAddressOf(target.hostname, resolve));
      return await fetchFrom(target, dial(address), kind, ended, options);
    } catch (thrown) {
      // The caller's end stands over what it broke.
      signal.throwIfAborted();
      throw tooSlow.signal.aborted ? refused(`was not there within ${DEADLINE_MS / 1_000} s`) : asRefusal(thrown);
    } finally {
      cancel();
    }
  };
}

async function fetchFrom(
  url: URL,
  at: { readonly host: string; readonly port: number },
  kind: MediaKind,
  signal: AbortSignal,
  { userAgent, ca }: MediaFetchOptions,
): Promise<string> {
  const connect = buildConnector({ allowH2: false, timeout: DEADLINE_MS, ...(ca !== undefined && { ca }) });
  const client = new Client(url.origin, {
    // To the address that was checked; the certificate must be that of the name.
    connect: (asked, done) =>
      connect({ ...asked, hostname: at.host, port: String(at.port), servername: url.hostname }, done),
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 0,
  });
  try {
    const reply = await client.request({
      path: url.pathname + url.search,
      method: 'GET',
      headers: { accept: TYPES[kind].join(', '), 'accept-encoding': 'identity', 'user-agent': userAgent },
      signal,
    });
    const type = typeOf(reply.statusCode, reply.headers, TYPES[kind]);
    const bytes = await readBounded(reply.body);
    if (!looksLike(type, bytes)) throw refused(`is no ${type}, as it is said to be`);
    return `data:${type};base64,${bytes.toString('base64')}`;
  } finally {
    // Whatever is left of the reply is not wanted.
    void client.destroy();
  }
}

/** A name in the public tree, by HTTPS at its own port. Addresses are not taken, in whatever form they are written. */
function checkedUrl(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol !== 'https:') throw refused('is no https: URL');
  const { hostname, port, username, password } = url;
  if (username + password !== '') throw refused('must not hold a user or a password');
  if (port !== '') throw refused('must be at the port of HTTPS');
  const isName = isIP(hostname) === 0 && /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(hostname);
  if (!isName) throw refused('must name its host as the public network does');
  return url;
}

/** One that is not public among them is refused with the others: a name that leads to both is no accident. */
async function publicAddressOf(
  hostname: string,
  resolve: (hostname: string) => Promise<readonly string[]>,
): Promise<string> {
  const addresses = await resolve(hostname).catch(() => []);
  // Not every machine reaches addresses of the newer family.
  const address = addresses.find((each) => isIP(each) === 4) ?? addresses[0];
  // The same sentence for a name that is none: who asks must not learn what names there are within our network.
  if (address === undefined || !addresses.every(isPublicAddress)) throw refused('does not lead to the public network');
  return address;
}

async function resolveHere(hostname: string): Promise<readonly string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address);
}

function until<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = () => reject(signal.reason);
    if (signal.aborted) return give();
    signal.addEventListener('abort', give, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', give));
  });
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

function typeOf(status: number, headers: Headers, types: readonly string[]): string {
  if (status >= 300 && status < 400) throw refused('leads elsewhere, where we do not follow');
  if (status !== 200) throw refused(`was answered with status ${status}`);
  const one = (name: string) => [headers[name] ?? ''].flat().join(', ');
  if (isEncoded({ 'content-encoding': one('content-encoding') }))
    throw refused('came in an encoding that was not asked for');
  if (Number(one('content-length')) > MEDIA_LIMITS.partBytes) throw tooLarge();
  const type = one('content-type').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!types.includes(type)) throw refused(`is of none of the types ${types.join(', ')}`);
  return type;
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MEDIA_LIMITS.partBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** How the bytes of each type begin; of WebP also what stands at the ninth. */
const BEGINNINGS: Readonly<Record<string, readonly string[]>> = {
  'image/png': ['\x89PNG\r\n\x1a\n'],
  'image/jpeg': ['\xff\xd8\xff'],
  'image/gif': ['GIF87a', 'GIF89a'],
  'image/webp': ['RIFF'],
  [PDF]: ['%PDF-'],
};

function looksLike(type: string, bytes: Buffer): boolean {
  const head = bytes.toString('latin1', 0, 16);
  const begins = BEGINNINGS[type]?.some((beginning) => head.startsWith(beginning)) === true;
  return begins && (type !== 'image/webp' || head.slice(8, 12) === 'WEBP');
}

function tooLarge(): LLMError {
  return refused(`is larger than ${MEDIA_LIMITS.partBytes} bytes`);
}

/** Neither the address nor what came from there is repeated. */
function refused(what: string): LLMError {
  const message = `What stands behind an address in messages ${what}; send it as a data: URL`;
  return llmError('invalid_request', message, { param: 'messages' });
}

function asRefusal(thrown: unknown): unknown {
  return thrown instanceof LLMError ? thrown : refused('could not be fetched');
}
