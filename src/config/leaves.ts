// The values a configuration is made of, read alike from a variable (always text) and from YAML. Each says in words what it
// expects, which is what an error tells the operator to write. Nothing is coerced: "10abc" is no number.

import { isIP } from 'node:net';
import { z } from 'zod';
import { nanoUsdCeil, parseUsd } from '../core/money.ts';
import { isNeverAVendor } from '../core/network-address.ts';
import { Secret } from './secret.ts';

/** `read` gives null for what it cannot take; `expects` finishes the sentence "write …". */
function leaf<T>(expects: string, read: (value: unknown) => T | null) {
  return z.unknown().transform((value, context): T => {
    const taken = read(value);
    if (taken !== null) return taken;
    context.addIssue({ code: 'custom', message: expects, input: value });
    return z.NEVER;
  });
}

export const text = leaf('write a text', (value) => (typeof value === 'string' && value !== '' ? value : null));

export function wholeNumber(least: number, most: number) {
  return leaf(`write a whole number from ${least} to ${most}`, (value) => {
    const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
    return typeof number === 'number' && Number.isSafeInteger(number) && number >= least && number <= most
      ? number
      : null;
  });
}

export function decimal(least: number, most: number, unit = '') {
  return leaf(`write a number from ${least} to ${most}${unit && ` (${unit})`}`, (value) => {
    const number = typeof value === 'string' && /^\d{1,10}(\.\d{1,10})?$/.test(value) ? Number(value) : value;
    return typeof number === 'number' && number >= least && number <= most ? number : null;
  });
}

export function oneOf<const T extends string>(allowed: readonly T[]) {
  return leaf(`write one of ${allowed.join(', ')}`, (value) => allowed.find((name) => name === value) ?? null);
}

// No whitespace: a line break in a header would be a second header.
export function secret(lengthMin: number) {
  const least = lengthMin > 1 ? ` of at least ${lengthMin} characters` : '';
  return leaf(`write the key alone${least}, in printable ASCII without spaces`, (value) =>
    typeof value === 'string' && value.length >= lengthMin && /^[\x21-\x7e]+$/.test(value) ? new Secret(value) : null,
  );
}

/** One line of a header. It may be a key, so it is kept as one. */
export const headerValue = leaf('write one line of printable ASCII', (value) =>
  typeof value === 'string' && /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value) ? new Secret(value) : null,
);

/** Where a store is; it may hold a password. Several of them, separated by commas, are the nodes of one cluster. */
export function storeUrl(schemes: readonly string[], example: string) {
  return leaf(`write a URL such as ${example}`, (value) => {
    if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) return null;
    const isOne = (url: string) => schemes.some((scheme) => url.startsWith(`${scheme}://`)) && URL.canParse(url);
    return value.split(',').every(isOne) ? new Secret(value) : null;
  });
}

/** Without a path it gets the vendor's usual one. */
export function baseUrl(usualPath: string) {
  return leaf('write a URL such as https://api.example.org, without user, password, query or fragment', (value) => {
    const url = typeof value === 'string' ? URL.parse(value) : null;
    if (url === null || !/^https?:$/.test(url.protocol)) return null;
    return url.username + url.password + url.search + url.hash === '' ? value : null;
  })
    .pipe(plainHost)
    .pipe(
      leaf(
        'write the address of a vendor: nobody who answers is there, or the secrets of a cloud machine are',
        vendorHost,
      ),
    )
    .transform((url) => url.origin + (url.pathname === '/' ? usualPath : url.pathname.replace(/\/+$/, '')));
}

/** Whoever reads the file must see where keys go: 2852039166, 0xa9fea9fe and 0251.0376.0251.0376 are all 169.254.169.254. */
const plainHost = leaf(
  'write the host as it is: a name in ASCII, or an address such as 127.0.0.1 or [::1], without a dot at its end',
  (value) => {
    const url = URL.parse(String(value));
    const isPlain = url !== null && String(value).toLowerCase().startsWith(`${url.protocol}//${url.host}`);
    return isPlain && !url.hostname.endsWith('.') ? value : null;
  },
);

function vendorHost(value: unknown): URL | null {
  const url = URL.parse(String(value));
  return url === null || isNeverAVendor(url.hostname) ? null : url;
}

/** Where signing keys are published. Plain HTTP is for this machine alone: on a network anybody could publish keys. */
export const publishedKeysUrl = leaf('write an https URL such as https://login.example.org/jwks.json', (value) => {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (url === null || url.username + url.password + url.hash !== '') return null;
  const isHere = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isHere) ? url.href : null;
});

/** Addresses and networks, with commas between them. */
export const networks = leaf('write IP addresses or networks such as 10.0.0.0/8, with commas between them', (value) => {
  const listed = typeof value === 'string' ? value.split(',').map((item) => item.trim()) : [];
  return listed.length > 0 && listed.every(isNetwork) ? listed : null;
});

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

/** An amount of money as a limit: nano-dollars, which is what windows count. */
export const usdLimit = leaf(
  'write an amount in USD from 0 to 9000000, with at most nine decimals, such as 0.50',
  (value) => {
    if (typeof value !== 'string' && typeof value !== 'number') return null;
    try {
      const limit = parseUsd(String(value));
      const nanoUsd = nanoUsdCeil(limit);
      return limit % 1_000n === 0n && nanoUsd <= 9e15 ? nanoUsd : null;
    } catch {
      return null;
    }
  },
);

/** USD per million tokens, kept as text: prices are never floats. */
export const usdPerMillion = leaf(
  'write USD per million tokens as a decimal with at most six places, such as "0.15"',
  (value) => {
    const written = typeof value === 'number' ? String(value) : value;
    return typeof written === 'string' && /^\d{1,6}(\.\d{1,6})?$/.test(written) ? written : null;
  },
);

export const timezone = leaf('write an IANA time zone such as Europe/Warsaw', (value) => {
  try {
    return typeof value === 'string' && value !== ''
      ? new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone
      : null;
  } catch {
    return null;
  }
});

export const isoDate = leaf('write a date such as 2026-01-31', (value) => {
  const date = typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) ? new Date(value) : null;
  return date !== null && !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === value
    ? String(value)
    : null;
});
