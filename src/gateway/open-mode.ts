// Who is let in. With an admin key every route with data wants it; without one the gateway is open, and then to this machine
// alone: a web page that rebinds its name to 127.0.0.1, or posts across origins, is told apart by Host and Origin.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ConfigError, llmError } from '../index.ts';

/** Longer than any key; what is longer is not even hashed. */
const LONGEST_TOKEN = 512;
const SHORTEST_KEY = 32;

export interface Door {
  /** For every route: throws `foreign_origin` in the open mode. */
  checkOrigin(headers: IncomingHttpHeaders): void;
  /** For routes with data: throws `unauthenticated` where a key is wanted. */
  checkKey(headers: IncomingHttpHeaders): void;
  /** Throws a ConfigError for an address that others than this machine can reach, when there is no key. */
  checkAddress(host: string): void;
}

export function createDoor(adminKey: string | null): Door {
  return adminKey === null ? OPEN : keyed(adminKey);
}

const OPEN: Door = {
  checkOrigin({ host, origin }) {
    if (!isLoopbackHost(host)) {
      throw llmError(
        'foreign_origin',
        'Without a key this server answers under localhost or 127.0.0.1 only; set LLM_ADMIN_KEY to open it',
      );
    }
    if (origin !== undefined && !isLoopbackOrigin(origin)) {
      throw llmError(
        'foreign_origin',
        'Without a key this server answers no web page of another origin; set LLM_ADMIN_KEY to open it',
      );
    }
  },
  checkKey() {},
  checkAddress(host) {
    if (isLoopback(host.toLowerCase())) return;
    const write =
      'set LLM_ADMIN_KEY (at least 32 characters), or HOST=127.0.0.1: others could spend your money otherwise';
    throw new ConfigError([{ where: 'HOST', found: JSON.stringify(host), write }]);
  },
};

function keyed(adminKey: string): Door {
  if (adminKey.length < SHORTEST_KEY) {
    const write = `give it at least ${SHORTEST_KEY} characters`;
    throw new ConfigError([{ where: 'LLM_ADMIN_KEY', found: null, write }]);
  }
  const wanted = digest(adminKey);
  return {
    checkOrigin() {},
    checkKey(headers) {
      const token = tokenOf(headers);
      // Digests have one length, so the comparison takes one time whatever was sent.
      if (token !== null && timingSafeEqual(digest(token), wanted)) return;
      throw llmError('unauthenticated', 'This needs a key: send Authorization: Bearer …, or x-api-key');
    },
    checkAddress() {},
  };
}

function tokenOf({ authorization, 'x-api-key': apiKey }: IncomingHttpHeaders): string | null {
  const bearer = authorization === undefined ? null : (/^bearer ([\x21-\x7e]+)$/i.exec(authorization)?.[1] ?? '');
  const token = bearer ?? (typeof apiKey === 'string' ? apiKey : '');
  return token === '' || token.length > LONGEST_TOKEN ? null : token;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The name without the port; an IPv6 address stands in brackets. */
function hostName(host: string): string {
  const end = host.startsWith('[') ? host.indexOf(']') + 1 : host.search(/:\d{1,5}$/);
  const name = end <= 0 ? host : host.slice(0, end);
  return name.toLowerCase();
}

/** Of a Host header: a name of this machine alone? */
export function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && isLoopback(hostName(host));
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || name === '::1' || /^127(?:\.\d{1,3}){3}$/.test(name);
}

function isLoopbackOrigin(origin: string): boolean {
  return /^https?:\/\//.test(origin) && URL.canParse(origin) && isLoopback(new URL(origin).hostname);
}
