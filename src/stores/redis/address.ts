// REDIS_URL as parts. It may hold a password, so what is wrong with it is said without repeating it.

import { llmError } from '../../core/errors.ts';

export interface RedisAddress {
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly isCluster: boolean;
  readonly isTls: boolean;
  readonly username: string | null;
  readonly password: string | null;
  readonly db: number;
}

const DEFAULT_PORT = 6_379;

/** Throws `store_unavailable` for what is no address. */
export function redisAddressOf(text: string): RedisAddress {
  const urls = text.split(',').map((part) => urlOf(part.trim()));
  const [first] = urls;
  if (first === undefined) throw notAnAddress();
  const isCluster = urls.length > 1 || urls.some(({ searchParams }) => searchParams.get('cluster') === 'true');
  const path = first.pathname.replace(/^\//, '');
  if (!/^\d{0,3}$/.test(path)) throw notAnAddress();
  return {
    nodes: urls.map(({ hostname, port }) => ({
      host: hostname === '' ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? DEFAULT_PORT : Number(port),
    })),
    isCluster,
    isTls: first.protocol === 'rediss:',
    username: textOf(first.username),
    password: textOf(first.password),
    db: Number(path),
  };
}

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'redis:' && url.protocol !== 'rediss:')) throw notAnAddress();
  return url;
}

function textOf(encoded: string): string | null {
  if (encoded === '') return null;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function notAnAddress(): Error {
  return llmError(
    'store_unavailable',
    'REDIS_URL is no address of Redis: write redis://user:password@host:6379/0, with rediss:// for TLS, and commas between the nodes of a cluster',
  );
}
