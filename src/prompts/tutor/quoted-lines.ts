// R1: from a quotation to lines of a file, and what prose says of lines. A model's own line numbers are never taken over; where it names one
// against the rule, it has to be one of those that its quotation stands in.

import { type Anchor, anchorOf } from '../checks/anchors.ts';

/** As in the schemas of what is delivered. */
const MOST_QUOTED_CHARACTERS = 400;

export function linesOf(content: string): readonly string[] {
  return content.split(/\r\n?|\n/);
}

/** As they stand in the file, a long one cut. */
export function quotedLines(content: string, { startLine, endLine }: Anchor): string {
  const text = linesOf(content)
    .slice(startLine - 1, endLine)
    .join('\n');
  // Half a character at the cut would come out as a sign that does not stand there.
  const cut = text.slice(0, MOST_QUOTED_CHARACTERS);
  return text.length > cut.length && /[\ud800-\udbff]$/.test(cut)
    ? cut.slice(0, -1).toWellFormed()
    : cut.toWellFormed();
}

/** Whether the quotation is all of the lines that it stands in, white space aside: only then can something stand in their place. */
export function isWholeLines(quote: string, content: string, anchor: Anchor): boolean {
  const bare = (text: string) => text.replace(/\s/g, '');
  const lines = linesOf(content).slice(anchor.startLine - 1, anchor.endLine);
  return bare(lines.join('')) === bare(quote);
}

/** The first line with words in it that can be found again; null: there is none. */
export function quotableLine(content: string): { readonly quote: string; readonly anchor: Anchor } | null {
  for (const line of linesOf(content)) {
    const quote = line.trim().slice(0, 200).trimEnd().toWellFormed();
    const anchor = /[\p{L}\p{N}]/u.test(quote) ? anchorOf(quote, content) : null;
    if (anchor !== null) return { quote, anchor };
  }
  return null;
}

const LINE_NAMED =
  /\b(?:lines?|zeilen?|l[íi]neas?|lignes?|lini[aięe]\p{L}{0,3}|wiersz\p{L}{0,4})\s{1,3}(\d{1,6})(?:\s{0,3}(?:-|–|to|and|bis|und|a|y|à|et|do|i)\s{0,3}(\d{1,6}))?/giu;

/** What prose says of lines that cannot be so; null: nothing. No anchor: any line of the file will do. */
export function wrongLineIn(text: string, lineCount: number, anchor: Anchor | null): string | null {
  const named = [...text.matchAll(LINE_NAMED)].flatMap(([, first, last]) => [Number(first), Number(last ?? first)]);
  const beyond = named.find((line) => line < 1 || line > lineCount);
  if (beyond !== undefined) return `it names line ${beyond}, and there are ${lineCount}`;
  if (anchor === null || named.length === 0) return null;
  const { startLine, endLine } = anchor;
  if (named.some((line) => line >= startLine && line <= endLine)) return null;
  return `it names line ${named[0]}, and its quotation stands in line ${startLine}`;
}
