// What every renderer of Markdown shows as code. One odd place shifts what all that follows is taken for, in one renderer or another; so it is
// all or nothing: of a text in which anything is odd, nothing is taken for code.

import { spansOf } from './markdown.ts';

/** The text with a mark in the place of each piece of code. Null: what of it is code cannot be told for sure. */
export function withoutSureCode(markdown: string): string | null {
  const lines = outsideFences(markdown.split(/\r\n?|\n/));
  const shown: string[] = [];
  let hasBarInCode = false;
  for (const line of lines ?? []) {
    const { prose, code } = spansOut(line);
    // One that opens or ends nothing on its line may do so on another, and to one behind a backslash not all agree.
    if (/`/.test(prose.join('')) || isBlockOfHtml(line)) return null;
    hasBarInCode ||= code.includes('|');
    shown.push(prose.join(CODE));
  }
  const prose = shown.join('\n');
  const isOdd = lines === null || (hasBarInCode && shown.some(isTableRule)) || hasOpenLink(prose);
  return isOdd || hasTickInAddress(lines.join('\n'), prose) ? null : prose.replaceAll(CODE, ` ${CODE} `);
}

const CODE = '`';

interface Fence {
  readonly isQuoted: boolean;
  readonly indent: number;
  readonly mark: string;
}

/** Null: a line may open or end a fence, and it is open to doubt whether it does. */
function outsideFences(lines: readonly string[]): readonly string[] | null {
  const outside: string[] = [];
  let fence: Fence | null = null;
  for (const [at, line] of lines.entries()) {
    if (fence === null) {
      fence = openedAt(line, lines[at - 1] ?? '');
      if (fence === null && FENCE.test(contentOf(line))) return null;
      outside.push(fence === null ? line : '');
    } else {
      const ended = isEndOf(fence, line);
      if (ended === null) return null;
      if (ended) fence = null;
    }
  }
  return fence === null ? outside : null;
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

function spansOut(line: string): { readonly prose: readonly string[]; readonly code: string } {
  const prose: string[] = [];
  const code: string[] = [];
  let from = 0;
  for (const { start, end } of spansOf(line)) {
    prose.push(line.slice(from, start));
    code.push(line.slice(start, end));
    from = end;
  }
  return { prose: [...prose, line.slice(from)], code: code.join('') };
}

const OPEN_LINK = /\]\((?![^\s()<>\\`]{0,512}(?: "[^"\\`\n]{0,200}")?\))/;

/** Whose address or title may go on over what looks like code; so may that of a definition. */
function hasOpenLink(prose: string): boolean {
  if (OPEN_LINK.test(prose)) return true;
  return prose.includes(']:') && prose.split('\n').some((line) => contentOf(line).startsWith('['));
}

/** In angle brackets, or as it stands: a backtick within is one of its characters. */
function hasTickInAddress(text: string, prose: string): boolean {
  for (const [found] of text.matchAll(/<[^\s<>]*>/g)) if (found.includes('`') && /[:@]/.test(found)) return true;
  for (const [found] of prose.matchAll(/(?::\/\/|www\.)[^\s<]*/gi)) if (found.includes(CODE)) return true;
  return false;
}
