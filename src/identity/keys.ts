// API keys as text: how one is made, how a mistyped one is told without a look-up, and what of it is stored. The key itself is
// shown once and kept nowhere.

import { createHash, createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'cmk_';
/** 256 bits are 43 characters of base64url. */
const SECRET_BYTES = 32;
/** 36 bits: of a million mistyped keys none passes for one. It guards against typing, not against guessing: anyone can reckon it. */
const CHECKSUM_CHARACTERS = 6;

const FORM = /^cmk_[A-Za-z0-9_-]{49}$/;

/** Not through `Chance`: what must not be guessed comes from the operating system alone, in tests too. */
export function makeKey(): string {
  const body = PREFIX + randomBytes(SECRET_BYTES).toString('base64url');
  return body + checksumOf(body);
}

/** Has the token the form of a key? What has not is refused without a look-up. */
export function isKey(token: string): boolean {
  if (!FORM.test(token)) return false;
  return checksumOf(token.slice(0, -CHECKSUM_CHARACTERS)) === token.slice(-CHECKSUM_CHARACTERS);
}

/** What is stored: without the pepper, which lies elsewhere, a stolen database verifies no key. */
export function storedHashOf(key: string, pepper: string): string {
  return createHmac('sha256', pepper).update(key).digest('hex');
}

function checksumOf(body: string): string {
  return createHash('sha256').update(body).digest('base64url').slice(0, CHECKSUM_CHARACTERS);
}
