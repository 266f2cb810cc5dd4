// Markdown as its pieces: prose, inline code, fenced code, as most renderers have them; a code span ends with its line. What is looked into for
// markup is not left to this.

export interface Piece {
  readonly kind: 'prose' | 'inline' | 'fence';
  readonly text: string;
}

interface Fence {
  readonly mark: string;
  readonly length: number;
  /** Columns that its lines must be indented by; 0: any will do. */
  readonly indent: number;
  /** Columns that are none of its code. */
  readonly margin: number;
  /** Block quotes that it stands in. */
  readonly depth: number;
}

/** In order; line ends between them are kept as `\n`. */
export function piecesOf(markdown: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let fence: Fence | null = null;
  let code: string[] = [];
  const close = () => {
    pieces.push({ kind: 'fence', text: code.join('\n') });
    fence = null;
    code = [];
  };
  for (const line of markdown.split(/\r\n?|\n/)) {
    if (fence !== null) {
      const inside = insideOf(line, fence);
      if (inside === null) close();
      else if (isEndOf(fence, inside)) {
        close();
        continue;
      } else {
        code.push(inside);
        continue;
      }
    }
    const { depth, rest } = unquoted(line, Number.POSITIVE_INFINITY);
    fence = fenceIn(rest, depth);
    if (fence === null) addLine(line, pieces);
  }
  if (fence !== null) close();
  return pieces;
}

/** The line without the block quotes and the indentation of its fence; null: it stands outside of them. */
function insideOf(line: string, { depth, indent, margin }: Fence): string | null {
  const quoted = unquoted(line, depth);
  if (quoted.depth < depth) return null;
  const { rest } = quoted;
  if (rest.trim() === '') return '';
  const at = rest.length - rest.trimStart().length;
  if (columnsOf(rest.slice(0, at)) < indent) return null;
  return rest.slice(Math.min(at, margin));
}

function unquoted(line: string, most: number): { readonly depth: number; readonly rest: string } {
  let depth = 0;
  let at = 0;
  while (depth < most) {
    let next = at;
    while (next - at < 3 && line[next] === ' ') next += 1;
    if (line[next] !== '>') break;
    at = line[next + 1] === ' ' ? next + 2 : next + 1;
    depth += 1;
  }
  return { depth, rest: line.slice(at) };
}

function columnsOf(space: string): number {
  let columns = 0;
  for (const each of space) columns = each === '\t' ? columns + 4 - (columns % 4) : columns + 1;
  return columns;
}

const LIST_MARK = /^(?:[-*+]|[0-9]{1,9}[.)])[ \t]+/;

function fenceIn(line: string, depth: number): Fence | null {
  const trimmed = line.trimStart();
  const marker = LIST_MARK.exec(trimmed)?.[0] ?? '';
  const opening = trimmed.slice(marker.length);
  const mark = opening[0] ?? '';
  const length = mark === '`' || mark === '~' ? runAt(opening, 0) : 0;
  if (length < 3 || (mark === '`' && opening.includes('`', length))) return null;
  const columns = columnsOf(line.slice(0, line.length - trimmed.length)) + marker.length;
  return { mark, length, indent: marker === '' && columns < 4 ? 0 : columns, margin: columns, depth };
}

function isEndOf({ mark, length }: Fence, line: string): boolean {
  const text = line.trim();
  const run = text[0] === mark ? runAt(text, 0) : 0;
  return run >= length && run === text.length;
}

/** How often the character there is repeated. */
function runAt(text: string, at: number): number {
  let end = at;
  while (end < text.length && text[end] === text[at]) end += 1;
  return end - at;
}

function addLine(line: string, pieces: Piece[]): void {
  let proseFrom = 0;
  const prose = (text: string) => {
    if (text !== '') pieces.push({ kind: 'prose', text });
  };
  for (const { start, end, ticks } of spansOf(line)) {
    prose(line.slice(proseFrom, start));
    pieces.push({ kind: 'inline', text: line.slice(start + ticks, end - ticks) });
    proseFrom = end;
  }
  prose(`${line.slice(proseFrom)}\n`);
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly ticks: number;
}

/** As CommonMark has it: a run of backticks up to the next of the same length, and a backslash before one makes it a character. */
export function spansOf(line: string): readonly Span[] {
  if (!line.includes('`')) return [];
  const closing = new ClosingRuns(line);
  const spans: Span[] = [];
  let at = 0;
  while (at < line.length) {
    const next = line[at];
    if (next !== '`') {
      at += next === '\\' ? 2 : 1;
      continue;
    }
    const ticks = runAt(line, at);
    const end = closing.after(at + ticks, ticks);
    if (end !== null) spans.push({ start: at, end, ticks });
    at = end ?? at + ticks;
  }
  return spans;
}

/** Where runs of backticks of each length stand. Asked for ever later places, so each run is looked at once. */
class ClosingRuns {
  readonly #starts = new Map<number, number[]>();

  constructor(line: string) {
    for (const { 0: run, index } of line.matchAll(/`+/g)) {
      const starts = this.#starts.get(run.length) ?? [];
      starts.push(index);
      this.#starts.set(run.length, starts);
    }
    for (const starts of this.#starts.values()) starts.reverse();
  }

  /** The end of the first run of this length that starts at or behind the place. */
  after(place: number, length: number): number | null {
    const starts = this.#starts.get(length) ?? [];
    while ((starts.at(-1) ?? place) < place) starts.pop();
    const start = starts.at(-1);
    return start === undefined ? null : start + length;
  }
}
