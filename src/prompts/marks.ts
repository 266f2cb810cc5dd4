// Marks of what strangers wrote: a token that nobody outside can guess stands before each of its lines, with the line's number. So no
// text can pass for anything but data, whatever it says, and a line of it can be named. Spaces are left alone: in code they mean something.

import { createHmac } from 'node:crypto';
import { canonicalJson, type JsonObject } from '../core/json.ts';

/** What stands in one request's messages and in nobody's answer. */
export interface Secrets {
  /** Before each marked line. */
  readonly token: string;
  /** A word of the instructions: an answer that has it tells them. */
  readonly canary: string;
}

/** 30 bits, since it stands in every line; and 80, since it stands in one. */
const TOKEN_CHARACTERS = 6;
const CANARY_CHARACTERS = 16;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/** The same for the same request, so that its answer can be kept and shared; for any other one unlike, and unknown without the secret. */
export function secretsOf(secret: string, templateHash: string, variables: JsonObject): Secrets {
  const of = (label: string, characters: number) => {
    const digest = createHmac('sha256', secret)
      .update(`${label}\n${templateHash}\n${canonicalJson(variables)}`)
      .digest();
    return [...digest.subarray(0, characters)].map((byte) => LETTERS.charAt(byte % LETTERS.length)).join('');
  };
  return { token: of('mark', TOKEN_CHARACTERS), canary: `c-${of('canary', CANARY_CHARACTERS)}` };
}

/** Whatever a model may take for the end of a line. Those that editors and `anchorOf` take for one count as one. */
const BREAK = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/g;

/** The last characters of those, and what stands before the first line. */
const LINE_ENDS: ReadonlySet<string> = new Set(['', ...'\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029']);

export function mark(text: string, token: string): string {
  let line = 1;
  let marked = markOf(token, line);
  let from = 0;
  for (const { 0: end, index } of text.matchAll(BREAK)) {
    const next = index + end.length;
    if (/[\n\r]/.test(end)) line++;
    marked += text.slice(from, next);
    if (next < text.length) marked += markOf(token, line);
    from = next;
  }
  return marked + text.slice(from);
}

function markOf(token: string, line: number): string {
  return `${token}·${String(line).padStart(4, '0')}│ `;
}

/** What was marked, to the letter: one mark is taken from each line. */
export function strip(text: string, token: string): string {
  return unmarked(text, token, (rest, before) => (LINE_ENDS.has(before) ? rest.replace(/^\d{4,}│ /, '') : rest));
}

/** What a model wrote, without any mark: it may quote a line in the middle of its own, and lose the space behind the mark. */
export function withoutMarks(text: string, token: string): string {
  return unmarked(text, token, (rest) => rest.replace(/^\d{1,9}(?:│ ?)?/, ''));
}

/** What is behind a mark, and the character before it: with less behind it, the mark is gone. Split and not matched, so no pattern is built. */
function unmarked(text: string, token: string, less: (rest: string, before: string) => string): string {
  const [first = '', ...others] = text.split(`${token}·`);
  let kept = first;
  let before = first.at(-1) ?? '';
  for (const rest of others) {
    const left = less(rest, before);
    kept += left.length < rest.length ? left : `${token}·${rest}`;
    before = rest.at(-1) ?? '·';
  }
  return kept;
}
