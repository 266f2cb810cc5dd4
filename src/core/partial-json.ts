// The JSON object that a model is about to write, as far as it has come: for showing it before it is whole. Total, and bounded in depth;
// it reads each character once. What may still become something else is left out (a number, `tru`, half an escape), a text is there as
// far as it goes.

import type { Json, JsonObject } from './json.ts';

/** Deeper than any template's schema; what stands deeper is left out, and all behind it. */
const DEEPEST = 32;

/** Null: none has begun. What stands before the first brace is not looked at: models like to put a code fence there. */
export function partialObject(text: string): JsonObject | null {
  const start = text.indexOf('{');
  return start < 0 ? null : new PartialReader(text, start).object(0);
}

class PartialReader {
  readonly #text: string;
  #at: number;
  /** The text is over, or goes on with what is no JSON: nothing more is read, and what is open is closed. */
  #isOver = false;

  constructor(text: string, at: number) {
    this.#text = text;
    this.#at = at;
  }

  object(depth: number): JsonObject {
    this.#at++;
    // Made from entries: `__proto__` is a name like any other.
    const members: [string, Json][] = [];
    if (!this.#skips('}')) {
      do {
        const name = this.#next() === '"' ? this.#string() : this.#over();
        // A name that is open, or stands alone, names nothing yet.
        if (name === undefined || this.#isOver || !this.#skips(':')) break;
        const value = this.#value(depth + 1);
        if (value === undefined) break;
        members.push([name, value]);
      } while (!this.#isOver && this.#skips(','));
      this.#ends('}');
    }
    return Object.fromEntries(members);
  }

  #list(depth: number): Json[] {
    this.#at++;
    const items: Json[] = [];
    if (this.#skips(']')) return items;
    do {
      const value = this.#value(depth + 1);
      if (value === undefined) break;
      items.push(value);
    } while (!this.#isOver && this.#skips(','));
    this.#ends(']');
    return items;
  }

  /** Undefined: there is none, or not all of one that counts only whole. */
  #value(depth: number): Json | undefined {
    const first = this.#next();
    if (first === '"') return this.#string();
    if (first === '{' || first === '[') {
      if (depth > DEEPEST) return this.#over();
      return first === '{' ? this.object(depth) : this.#list(depth);
    }
    return this.#word();
  }

  #string(): string | undefined {
    const start = this.#at + 1;
    for (let at = start; at < this.#text.length; at++) {
      const character = this.#text[at];
      if (character === '"') {
        this.#at = at + 1;
        return this.#decoded(this.#text.slice(start, at));
      }
      if (character === '\\') at++;
    }
    this.#isOver = true;
    const whole = this.#text.slice(start).replace(/(?<!\\)((?:\\\\)*)\\(?:u[0-9a-fA-F]{0,3})?$/, '$1');
    // The first half of a character that takes two.
    return this.#decoded(whole)?.replace(/[\ud800-\udbff]$/, '');
  }

  #decoded(written: string): string | undefined {
    try {
      const text: unknown = JSON.parse(`"${written}"`);
      return typeof text === 'string' ? text : this.#over();
    } catch {
      return this.#over();
    }
  }

  /** A number or a literal, which is whole where something stands behind it. */
  #word(): Json | undefined {
    const start = this.#at;
    while (/[-+.0-9A-Za-z]/.test(this.#text[this.#at] ?? '')) this.#at++;
    if (this.#at === this.#text.length) return this.#over();
    try {
      const value: Json = JSON.parse(this.#text.slice(start, this.#at));
      return value;
    } catch {
      return this.#over();
    }
  }

  /** The character that comes next, white space aside. */
  #next(): string | undefined {
    while (' \t\n\r'.includes(this.#text[this.#at] ?? '-')) this.#at++;
    return this.#text[this.#at];
  }

  #skips(character: string): boolean {
    if (this.#next() !== character) return false;
    this.#at++;
    return true;
  }

  #ends(character: string): void {
    if (!this.#isOver && !this.#skips(character)) this.#isOver = true;
  }

  #over(): undefined {
    this.#isOver = true;
    return undefined;
  }
}
