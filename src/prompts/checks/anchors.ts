// R1: where a quotation stands in a file, by line. A model is asked for the words and never for the number; what cannot be found with
// certainty is not anchored at all.

import { hiddenAt } from './hidden.ts';
import { Effort, nearest, Runs } from './nearest.ts';

export interface Anchor {
  /** From 1. */
  readonly startLine: number;
  /** Inclusive. */
  readonly endLine: number;
}

/** Of duplicates the first. Null: it does not stand there, or only something that is less than nine tenths alike. */
export type AnchorFinder = (quote: string) => Anchor | null;

/** For all quotations of one answer: what is made of a file is made once, and the effort is theirs together. */
export function anchorsIn(content: string, effort: Effort = new Effort()): AnchorFinder {
  const text = withPlainLineEnds(content);
  let squeezed: Squeezed | null = null;
  return (quote) => {
    const wanted = withPlainLineEnds(quote).trim();
    if (wanted === '' || wanted.length > MOST_QUOTED_CHARACTERS) return null;
    const at = text.indexOf(wanted);
    if (at >= 0) return lined(text, at, at + wanted.length - 1);
    squeezed ??= new Squeezed(text);
    const bare = new Squeezed(wanted).text;
    const start = squeezed.text.indexOf(bare);
    if (start >= 0) return squeezed.linesOf(start, start + bare.length - 1);
    return similarIn(bare, squeezed, effort);
  };
}

export function anchorOf(quote: string, content: string): Anchor | null {
  return anchorsIn(content)(quote);
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
  #runs: Runs | null = null;

  constructor(text: string) {
    const lines = new Uint32Array(text.length);
    let bare = '';
    let line = 1;
    for (let at = 0; at < text.length; at += 1) {
      const next = text.charAt(at);
      if (next === '\n') line += 1;
      const unit = text.charCodeAt(at);
      const isPlain = unit > 0x20 && unit < 0x7f;
      if (!isPlain && (/\s/.test(next) || hiddenAt(text, at))) continue;
      lines[bare.length] = line;
      bare += next;
    }
    this.text = bare;
    this.#lines = lines;
  }

  /** Made when the first quotation needs them. */
  get runs(): Runs {
    this.#runs ??= new Runs(this.text);
    return this.#runs;
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

function similarIn(quote: string, content: Squeezed, effort: Effort): Anchor | null {
  if (quote.length < LEAST_SIMILAR_CHARACTERS || quote.length > MOST_SIMILAR_CHARACTERS) return null;
  if (content.text.length > MOST_CONTENT_CHARACTERS) return null;
  const mostEdits = Math.floor(quote.length * (1 - LEAST_SIMILARITY) + 1e-9);
  const where = content.runs.stretchesWith(quote, mostEdits, effort);
  const found = nearest(quote, content.text, mostEdits, { where, effort });
  return found === null || effort.isSpent ? null : content.linesOf(found.start, found.end);
}
