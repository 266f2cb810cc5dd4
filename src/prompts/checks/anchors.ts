// R1: where a quotation stands in a file, by line. A model is asked for the words and never for the number; what cannot be found with
// certainty is not anchored at all.

import { hiddenAt } from './hidden.ts';

export interface Anchor {
  /** From 1. */
  readonly startLine: number;
  /** Inclusive. */
  readonly endLine: number;
}

/** Of duplicates the first. Null: it does not stand there, or only something that is less than nine tenths alike. */
export function anchorOf(quote: string, content: string): Anchor | null {
  const wanted = withPlainLineEnds(quote).trim();
  if (wanted === '' || wanted.length > MOST_QUOTED_CHARACTERS) return null;
  const text = withPlainLineEnds(content);
  const at = text.indexOf(wanted);
  if (at >= 0) return lined(text, at, at + wanted.length - 1);
  const squeezed = new Squeezed(text);
  const bare = new Squeezed(wanted).text;
  const start = squeezed.text.indexOf(bare);
  if (start >= 0) return squeezed.linesOf(start, start + bare.length - 1);
  return similarIn(bare, squeezed);
}

/** Longer than anything that is asked for. */
const MOST_QUOTED_CHARACTERS = 2_000;

function withPlainLineEnds(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}

function lined(text: string, start: number, end: number): Anchor {
  const startLine = linesBefore(text, 0, start) + 1;
  return { startLine, endLine: startLine + linesBefore(text, start, end) };
}

function linesBefore(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

/** A text without its white space and what nobody sees, and the line of each character that is left. */
class Squeezed {
  readonly text: string;
  readonly #lines: Uint32Array;

  constructor(text: string) {
    const lines = new Uint32Array(text.length);
    let bare = '';
    let line = 1;
    for (let at = 0; at < text.length; at += 1) {
      const next = text.charAt(at);
      if (next === '\n') line += 1;
      if (/\s/.test(next) || hiddenAt(text, at)) continue;
      lines[bare.length] = line;
      bare += next;
    }
    this.text = bare;
    this.#lines = lines;
  }

  linesOf(start: number, end: number): Anchor {
    return { startLine: this.#lines[start] ?? 1, endLine: this.#lines[end] ?? 1 };
  }
}

/** A shorter quotation that is one letter off may mean any of its neighbours. */
const LEAST_SIMILAR_CHARACTERS = 20;
const MOST_SIMILAR_CHARACTERS = 200;
const LEAST_SIMILARITY = 0.9;
/** Above what a file may have. */
const MOST_CONTENT_CHARACTERS = 262_144;

function similarIn(quote: string, content: Squeezed): Anchor | null {
  if (quote.length < LEAST_SIMILAR_CHARACTERS || quote.length > MOST_SIMILAR_CHARACTERS) return null;
  if (content.text.length > MOST_CONTENT_CHARACTERS) return null;
  const found = nearest(quote, content.text, Math.floor(quote.length * (1 - LEAST_SIMILARITY) + 1e-9));
  return found === null ? null : content.linesOf(found.start, found.end);
}

interface Stretch {
  readonly start: number;
  /** Inclusive. */
  readonly end: number;
}

/** The stretch of the text that the fewest edits make of the pattern (Sellers), at most so many. Null: none, or as near a one that is another. */
export function nearest(pattern: string, text: string, mostEdits: number): Stretch | null {
  const column = new Column(pattern);
  let best: Stretch | null = null;
  let edits = mostEdits + 1;
  let isAmbiguous = false;
  for (let at = 0; at < text.length; at += 1) {
    column.read(text.charCodeAt(at), at, mostEdits);
    const found = column.whole(mostEdits);
    if (found === null || found.edits > edits) continue;
    if (best !== null && found.edits === edits) {
      // The same place with a letter more or less is no other.
      if (found.start <= best.end) continue;
      isAmbiguous ||= text.slice(best.start, best.end + 1) !== text.slice(found.start, at + 1);
      continue;
    }
    best = { start: found.start, end: at };
    edits = found.edits;
    isAmbiguous = false;
  }
  return isAmbiguous ? null : best;
}

/** For each beginning of the pattern, the edits that make it of some stretch which ends where the text was read to, and where that begins. */
class Column {
  readonly #pattern: string;
  readonly #edits: Uint16Array;
  readonly #starts: Uint32Array;
  /** Beginnings that are longer take too many edits (Ukkonen): they need not be looked at. */
  #last: number;

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#edits = Uint16Array.from({ length: pattern.length + 1 }, (_, length) => length);
    this.#starts = new Uint32Array(pattern.length + 1);
    this.#last = pattern.length;
  }

  read(code: number, at: number, mostEdits: number): void {
    const edits = this.#edits;
    const starts = this.#starts;
    const most = mostEdits + 1;
    let diagonal = 0;
    let diagonalStart = at;
    starts[0] = at + 1;
    const to = Math.min(this.#pattern.length, this.#last + 1);
    for (let length = 1; length <= to; length += 1) {
      const old = length > this.#last ? most : (edits[length] ?? most);
      const oldStart = starts[length] ?? at;
      const same = diagonal + (this.#pattern.charCodeAt(length - 1) === code ? 0 : 1);
      const added = (edits[length - 1] ?? most) + 1;
      const least = Math.min(same, added, old + 1, most);
      starts[length] = least === same ? diagonalStart : least === added ? (starts[length - 1] ?? at) : oldStart;
      edits[length] = least;
      diagonal = old;
      diagonalStart = oldStart;
    }
    this.#last = to;
    while (this.#last > 0 && (edits[this.#last] ?? most) > mostEdits) this.#last -= 1;
  }

  /** For all of the pattern. */
  whole(mostEdits: number): { readonly edits: number; readonly start: number } | null {
    const { length } = this.#pattern;
    const edits = this.#edits[length] ?? mostEdits + 1;
    return this.#last === length && edits <= mostEdits ? { edits, start: this.#starts[length] ?? 0 } : null;
  }
}
