// The name of a function and how many arguments it takes, read from a line of its text: what statement, starter, solution and tests of an
// exercise have to agree on. Parsing says this better than any model that is asked for inconsistencies.

import { bareCode, knownLanguage } from './bare-code.ts';
import { LANGUAGE_WORDS } from './language-words.ts';

export interface Signature {
  readonly name: string;
  /** Of its arguments; those with a default may be left out. */
  readonly least: number;
  /** Infinity: it takes a rest. */
  readonly most: number;
}

/** A type stays within its line: patterns that begin anew with each line are slow where what they look for goes on over many. */
const PYTHON_HEADS = [/^(?:async\s+)?def\s+(?<name>[\p{L}_][\p{L}\p{N}_]*)\s*\(/gmu];
const SCRIPT_HEADS = [
  /^(?:export\s+)?(?:default\s+)?(?:async\s+)?function(?:\s*\*)?\s*(?<name>[\p{L}_$][\p{L}\p{N}_$]*)(?:\s*<[^(\n\r\u2028\u2029]*>)?\s*\(/gmu,
  /^(?:export\s+)?(?:const|let|var)\s+(?<name>[\p{L}_$][\p{L}\p{N}_$]*)(?:\s*:[^=\n\r\u2028\u2029]+|\s*)=\s*(?:async\s*)?(?:function(?:\s+[\w$]+)?\s*)?(?:<[^(\n\r\u2028\u2029]*>)?\(/gmu,
];
/** `name = parameter => …`, which has no brackets. */
const LONE_ARROW =
  /^(?:export\s+)?(?:const|let|var)\s+([\p{L}_$][\p{L}\p{N}_$]*)\s*=\s*(?:async\s+)?[\p{L}_$][\p{L}\p{N}_$]*\s*=>/gmu;
const BARE_HEAD = /^\s*(?<name>[\p{L}_$][\p{L}\p{N}_$]*)(?:\s*<[^(\n\r\u2028\u2029]*>)?\s*\(/u;

/** Of a line such as `def name(a, b=1) -> int:`, `export function name(a: number): string` or `name(a, b)`. */
export function signatureOf(line: string, language: string): Signature | null {
  const [first] = functionsIn(line.trim(), language);
  if (first !== undefined) return first;
  const bare = bareCode(line, language);
  const head = BARE_HEAD.exec(bare);
  return head?.groups?.['name'] === undefined || LANGUAGE_WORDS.has(head.groups['name'])
    ? null
    : takenBy(head.groups['name'], bare, head[0].length, language);
}

/** The functions that stand at the margin of a file. */
export function functionsIn(code: string, language: string): Signature[] {
  const bare = bareCode(code, language);
  const heads = knownLanguage(language) === 'python' ? PYTHON_HEADS : SCRIPT_HEADS;
  const found = heads.flatMap((pattern) =>
    [...bare.matchAll(pattern)].flatMap((match) => {
      const signature = takenBy(match.groups?.['name'] ?? '', bare, match.index + match[0].length, language);
      return signature === null ? [] : [signature];
    }),
  );
  if (knownLanguage(language) === 'python') return found;
  return [...found, ...[...bare.matchAll(LONE_ARROW)].map((match) => ({ name: match[1] ?? '', least: 1, most: 1 }))];
}

/** How many arguments a call hands over; null: it isn't one call and nothing else. */
export function callOf(call: string, language: string): { readonly name: string; readonly count: number } | null {
  const bare = bareCode(call.trim(), language);
  const head = BARE_HEAD.exec(bare);
  if (head?.groups?.['name'] === undefined) return null;
  const inner = untilClosed(bare, head[0].length);
  if (inner === null || head[0].length + inner.length + 1 !== bare.length) return null;
  return { name: head.groups['name'], count: partsOf(inner, false).length };
}

/** `from`: right after the bracket that opens the parameters. */
function takenBy(name: string, bare: string, from: number, language: string): Signature | null {
  const inner = untilClosed(bare, from);
  if (inner === null) return null;
  let least = 0;
  let most = 0;
  for (const part of partsOf(inner, knownLanguage(language) === 'typescript')) {
    if (part === '*' || part === '/') continue;
    if (/^(\*|\.\.\.)/.test(part)) {
      most = Number.POSITIVE_INFINITY;
      continue;
    }
    // A function as a type has an arrow: what gives a default has an equals sign of its own.
    const isOptional = /=(?!>)/.test(part) || /^[\p{L}_$][\p{L}\p{N}_$]*\s*\?/u.test(part);
    least += isOptional ? 0 : 1;
    most += 1;
  }
  return { name, least, most };
}

function untilClosed(text: string, from: number): string | null {
  let depth = 1;
  for (let at = from; at < text.length; at += 1) {
    const sign = text[at] ?? '';
    if ('([{'.includes(sign)) depth += 1;
    if (')]}'.includes(sign)) depth -= 1;
    if (depth === 0) return text.slice(from, at);
  }
  return null;
}

/** What stands between the commas that are in no bracket. In TypeScript `Map<string, number>` is a bracket too. */
function partsOf(inner: string, hasTypes: boolean): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < inner.length; at += 1) {
    const sign = inner[at] ?? '';
    const isArrow = sign === '>' && inner[at - 1] === '=';
    if ('([{'.includes(sign) || (hasTypes && sign === '<')) depth += 1;
    if (')]}'.includes(sign) || (hasTypes && sign === '>' && !isArrow)) depth -= 1;
    if (sign !== ',' || depth > 0) continue;
    parts.push(inner.slice(start, at).trim());
    start = at + 1;
  }
  return [...parts, inner.slice(start).trim()].filter((part) => part !== '');
}
