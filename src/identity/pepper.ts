// The pepper of the embedded mode: a secret beside the database, made at the first start and readable by its owner alone. Without
// it no stored key is worth anything, so it is never made anew while its file is there.

import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { llmError } from '../core/errors.ts';

const PEPPER_BYTES = 32;
const FORM = /^[\x21-\x7e]{32,}$/;

export function randomPepper(): string {
  return randomBytes(PEPPER_BYTES).toString('base64url');
}

/** Keys are hashed without such a prefix, so that what is known of either tells nothing of the other. */
export function derivedFrom(pepper: string, purpose: string): string {
  return createHmac('sha256', pepper).update(`codementor-llm secret for: ${purpose}`).digest('base64url');
}

/** Throws `store_unavailable` when the file holds no pepper or cannot be used. */
export function pepperIn(path: string): string {
  const made = randomPepper();
  try {
    writeFileSync(path, `${made}\n`, { mode: 0o600, flag: 'wx' });
    return made;
  } catch (cause) {
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    if (!isThere) throw unusable(path, cause);
  }
  return readPepper(path);
}

function readPepper(path: string): string {
  let pepper = '';
  try {
    pepper = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw unusable(path, cause);
  }
  if (FORM.test(pepper)) return pepper;
  throw llmError(
    'store_unavailable',
    `${path} does not hold the pepper of the stored keys: put it back from a backup, or remove the file and make all keys anew`,
  );
}

function unusable(path: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return llmError('store_unavailable', `The pepper of the keys in ${path} cannot be used: ${reason}`, { cause });
}
