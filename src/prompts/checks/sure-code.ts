// What every renderer of Markdown shows as code. One odd place shifts what all that follows is taken for, in one renderer or another; so it is
// all or nothing: of a text in which anything is odd, nothing is taken for code.

import { spansOf } from './markdown.ts';

/** The text with a mark in the place of each piece of code. Null: what of it is code cannot be told for sure. */
export function withoutSureCode(markdown: string): string | null {
  const lines = proseLinesOf(markdown.split(/\r\n?|\n/));
  if (lines === null) return null;
  const prose = lines.map((line) => line ?? '').join('\n');
  const shown: string[] = [];
  let hasBarInCode = false;
  for (const line of prose.split('\n')) {
    const pieces = cutAtSpans(line);
    const outside = pieces.filter((_, at) => at % 2 === 0);
    // One that opens or ends nothing on its line may do so on another, and to one behind a backslash not all agree.
    if (outside.some((piece) => piece.includes('`')) || isBlockOfHtml(line)) return null;
    hasBarInCode ||= pieces.some((piece, at) => at % 2 === 1 && piece.includes('|'));
    shown.push(outside.join(CODE));
  }
  const marked = shown.join('\n');
  const isOdd = (hasBarInCode && shown.some(isTableRule)) || hasOpenLink(marked) || hasTickInAddress(prose, marked);
  return isOdd ? null : marked.replaceAll(CODE, ` ${CODE} `);
}

/** What is surely code stays as it is. */
export function changedProse(markdown: string, change: (prose: string) => string): string {
  const lines = markdown.split(/\r\n?|\n/);
  const prose = withoutSureCode(markdown) === null ? null : proseLinesOf(lines);
  if (prose === null) return change(markdown);
  const changed = (line: string) => cutAtSpans(line).map((piece, at) => (at % 2 === 0 ? change(piece) : piece));
  return lines.map((line, at) => (prose[at] === null ? line : changed(line).join(''))).join('\n');
}

const CODE = '`';

interface Fence {
  readonly isQuoted: boolean;
  readonly indent: number;
  readonly mark: string;
}

/** Each line, null for those of fenced code. Null: a line may open or end a fence, and it is open to doubt whether it does. */
function proseLinesOf(lines: readonly string[]): readonly (string | null)[] | null {
  const prose: (string | null)[] = [];
  let fence: Fence | null = null;
  for (const [at, line] of lines.entries()) {
    if (fence === null) {
      fence = openedAt(line, lines[at - 1] ?? '');
      if (fence === null && FENCE.test(contentOf(line))) return null;
      prose.push(fence === null ? line : null);
    } else {
      prose.push(null);
      const ended = isEndOf(fence, line);
      if (ended === null) return null;
      if (ended) fence = null;
    }
  }
  return fence === null ? prose : null;
}

const FENCE = /^(?:`{3,}(?=[^`]*$)|~{3,})/;
const QUOTE = /^> ?/;
/** From there on it may be the next line of a paragraph, which no fence can be. */
const DEEP = 4;

function openedAt(line: string, before: string): Fence | null {
  const inside = line.replace(QUOTE, '');
  const indent = indentOf(inside);
  const mark = FENCE.exec(inside.slice(indent))?.[0];
  if (mark === undefined || (indent >= DEEP && /[^ \t>]/.test(before))) return null;
  return { isQuoted: line.startsWith('>'), indent, mark };
}

/** Null: open to doubt, or the line stands outside of what the fence stands in. */
function isEndOf({ isQuoted, indent, mark }: Fence, line: string): boolean | null {
  if (isQuoted && !line.startsWith('>')) return null;
  const inside = isQuoted ? line.replace(QUOTE, '') : line;
  if (/^[ \t]*$/.test(inside)) return false;
  if (indentOf(inside) < indent) return null;
  const text = inside.trim();
  if (!text.startsWith(mark) || text.split(mark.slice(0, 1)).join('') !== '') return false;
  return indentOf(inside) === indent && /^ *[`~]+[ \t]*$/.test(inside) ? true : null;
}

/** Spaces alone: how wide a tab is depends on what it stands in. */
function indentOf(line: string): number {
  return line.length - line.replace(/^ +/, '').length;
}

const CONTAINERS = /^(?:[\s>]|(?:[-*+]|[0-9]{1,9}[.)])(?=[\s>]))*/;

/** Without the marks of the lists and quotes that it stands in. */
export function contentOf(line: string): string {
  return line.slice(CONTAINERS.exec(line)?.[0].length ?? 0);
}

/** Of an element that nobody knows as well: backticks within it are characters. */
function isBlockOfHtml(line: string): boolean {
  return /^<[A-Za-z/!?]/.test(contentOf(line));
}

/** Cells are cut before code is looked for. */
function isTableRule(line: string): boolean {
  return line.includes('-') && /^[\s>|:-]+$/.test(line);
}

/** Prose and code in turns, beginning with prose. */
function cutAtSpans(line: string): readonly string[] {
  const pieces: string[] = [];
  let from = 0;
  for (const { start, end } of spansOf(line)) {
    pieces.push(line.slice(from, start), line.slice(start, end));
    from = end;
  }
  return [...pieces, line.slice(from)];
}

const OPEN_LINK = /\]\((?![^\s()<>\\`]{0,512}(?: "[^"\\`\n]{0,200}")?\))/;

/** Whose address or title may go on over what looks like code; so may that of a definition. */
function hasOpenLink(prose: string): boolean {
  if (OPEN_LINK.test(prose)) return true;
  return prose.includes(']:') && prose.split('\n').some((line) => contentOf(line).startsWith('['));
}

/** In angle brackets, or as it stands: a backtick within is one of its characters. */
function hasTickInAddress(text: string, marked: string): boolean {
  for (const [found] of text.matchAll(/<[^\s<>]*>/g)) if (found.includes('`') && /[:@]/.test(found)) return true;
  for (const [found] of marked.matchAll(/(?::\/\/|www\.)[^\s<]*/gi)) if (found.includes(CODE)) return true;
  return false;
}
