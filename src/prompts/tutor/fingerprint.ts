// X10: whether two exercises ask for the same program. Winnowing over the tokens of their solutions, with names and texts made alike:
// a renamed copy has the same fingerprint. Fingerprints are kept by the platform, so what they are made of can't change without a new mark.

import { codeTokensOf } from '../checks/code-tokens.ts';
import { LANGUAGE_WORDS } from './language-words.ts';

/** Says how the rest was made. */
const MARK = 'w1';
/** Fewer tokens are shared by any two loops; more are broken by a line that was added. */
const GRAM_TOKENS = 6;
/** Of so many hashes in a row the least is kept, so a run of as many equal grams is never missed. */
const WINDOW = 3;
/** So that fifty of them are a small request. The least are kept, which are the same ones of two equal halves. */
const MOST_HASHES = 120;

export function fingerprintOf(code: string): string {
  const tokens = likened(code);
  const hashes = grams(tokens).map(hashOf);
  const kept = new Set<number>();
  for (let at = 0; at === 0 || at + WINDOW <= hashes.length; at += 1)
    kept.add(Math.min(...hashes.slice(at, at + WINDOW)));
  const least = [...kept]
    .filter(Number.isFinite)
    .sort((one, other) => one - other)
    .slice(0, MOST_HASHES);
  return [MARK, ...least.map((hash) => hash.toString(36))].join('.');
}

/** How much of the smaller one stands in the other, from 0 to 1. What is no fingerprint is like nothing. */
export function likeness(one: string, other: string): number {
  const [ours, theirs] = [one, other].map(hashesIn);
  if (ours === undefined || theirs === undefined || ours.size === 0 || theirs.size === 0) return 0;
  const shared = [...ours].filter((hash) => theirs.has(hash)).length;
  return shared / Math.max(1, Math.min(ours.size, theirs.size));
}

function hashesIn(fingerprint: string): ReadonlySet<string> {
  const [mark, ...hashes] = fingerprint.split('.');
  return new Set(mark === MARK ? hashes : []);
}

function likened(code: string): string[] {
  return codeTokensOf(code, { isCode: true }).map(({ kind, text }) => {
    if (kind === 'text') return kind;
    return kind === 'name' && !LANGUAGE_WORDS.has(text) ? kind : text;
  });
}

function grams(tokens: readonly string[]): string[] {
  if (tokens.length <= GRAM_TOKENS) return [tokens.join(' ')];
  return tokens.slice(GRAM_TOKENS - 1).map((_, at) => tokens.slice(at, at + GRAM_TOKENS).join(' '));
}

/** FNV-1a: a hash of 32 bits that needs no library and is the same everywhere. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
