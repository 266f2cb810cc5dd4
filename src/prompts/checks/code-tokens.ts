// Code as its tokens, of any language that a learner may write: good enough to compare, and read in one pass however it is written.

export interface CodeToken {
  readonly kind: 'name' | 'number' | 'text' | 'sign';
  readonly text: string;
}

const SPACE = /\s/;
const NAME_START = /[\p{L}_$]/u;
const NAME = /[\p{L}\p{N}\p{M}_$]/u;
const DIGIT = /[0-9]/;

/** Comments are left out, as far as the code is `isCode`: in prose `#` and `//` are signs. */
export function codeTokensOf(text: string, { isCode }: { readonly isCode: boolean }): readonly CodeToken[] {
  const tokens: CodeToken[] = [];
  const quotes = new Quotes(text);
  let at = 0;
  while (at < text.length) {
    const next = text.charAt(at);
    const comment = isCode ? commentEnd(text, at) : null;
    if (comment !== null) at = comment;
    else if (SPACE.test(next)) at += 1;
    else {
      const token = tokenAt(text, at, quotes);
      tokens.push(token);
      at += token.text.length;
    }
  }
  return tokens;
}

function tokenAt(text: string, at: number, quotes: Quotes): CodeToken {
  const next = text.charAt(at);
  const end = quotes.endAt(at);
  if (end !== null) return { kind: 'text', text: text.slice(at, end) };
  if (NAME_START.test(next)) return { kind: 'name', text: runOf(text, at, NAME) };
  if (DIGIT.test(next)) return { kind: 'number', text: runOf(text, at, /[\w.]/) };
  const pair = text.slice(at, at + 2);
  return { kind: 'sign', text: SIGNS.has(pair) ? pair : next };
}

const SIGNS: ReadonlySet<string> = new Set(
  '== != <= >= += -= *= /= %= ** // && || => -> ++ -- << >> ?. ?? := :: |= &= ^='.split(' '),
);

function runOf(text: string, at: number, kind: RegExp): string {
  let end = at + 1;
  while (end < text.length && kind.test(text.charAt(end))) end += 1;
  return text.slice(at, end);
}

/** Where the comment that begins there ends; null: none does. */
function commentEnd(text: string, at: number): number | null {
  if (text.startsWith('/*', at)) {
    const end = text.indexOf('*/', at + 2);
    return end < 0 ? text.length : end + 2;
  }
  // Python divides by `//`, with a number or a name behind it; a comment follows the start of a line or a space, and is set off.
  const isLine =
    text[at] === '#' || (text.startsWith('//', at) && !/[\w)\]] ?$/.test(text.slice(Math.max(0, at - 2), at)));
  if (!isLine) return null;
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

const LONGEST_TEXT = 2_000;
const TRIPLES = ['"""', "'''"];

/** Where texts in quotation marks end. What has no end is no text: an apostrophe, an inch. */
class Quotes {
  readonly #text: string;
  /** For each mark, up to where it was looked for without an end: nothing that begins before has one. */
  readonly #endless = new Map<string, number>();

  constructor(text: string) {
    this.#text = text;
  }

  endAt(at: number): number | null {
    const mark = this.#text.charAt(at);
    if (mark !== '"' && mark !== "'" && mark !== '`') return null;
    const triple = TRIPLES.find((each) => this.#text.startsWith(each, at));
    if (triple !== undefined) {
      const end = this.#text.indexOf(triple, at + 3);
      return end < 0 ? at + 3 : end + 3;
    }
    if (mark === "'" && at > 0 && NAME.test(this.#text.charAt(at - 1))) return null;
    if (at < (this.#endless.get(mark) ?? 0)) return null;
    return this.#lineEnd(at, mark);
  }

  #lineEnd(start: number, mark: string): number | null {
    const most = Math.min(this.#text.length, start + LONGEST_TEXT);
    let at = start + 1;
    while (at < most && this.#text[at] !== '\n') {
      if (this.#text[at] === mark) return at + 1;
      at += this.#text[at] === '\\' ? 2 : 1;
    }
    this.#endless.set(mark, at);
    return null;
  }
}
