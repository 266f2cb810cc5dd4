// R4: whether two comments say the same. They do where they are about the same lines and name the same things of them, or where they are
// worded alike; praise and criticism of one line never do.

import type { Anchor } from '../checks/anchors.ts';
import { KEYWORDS } from '../checks/known-names.ts';
import { MOST_REPEATED_SHARE, repeats } from '../checks/overlap.ts';
import { wordListOf } from '../checks/text.ts';
import type { CodeReviewWritten } from '../documents.ts';
import { linesOf } from './quoted-lines.ts';
import type { Source } from './teacher-notes.ts';

/** A comment that stands somewhere, and which of those written it was. */
export interface Placed {
  readonly index: number;
  readonly comment: CodeReviewWritten['comments'][number];
  readonly source: Source;
  /** Null: it is about the file as a whole. */
  readonly anchor: Anchor | null;
}

/** By that rule the precision of one reviewer rose from 17 to 25 per cent. */
const LEAST_SHARED_NAMES = 2;

export function isSameRemark(left: Placed, right: Placed): boolean {
  if (left.source.path !== right.source.path) return false;
  if ((left.comment.kind === 'celebratory') !== (right.comment.kind === 'celebratory')) return false;
  if (isWordedAlike(left, right)) return true;
  const lines = sharedLines(left, right);
  if (lines === null) return false;
  const [names, others] = [namesIn(left, lines), namesIn(right, lines)];
  return (
    [...names].filter((name) => others.has(name)).length >= LEAST_SHARED_NAMES ||
    hasSameTitle(left, right) ||
    hasSameRule(left, right)
  );
}

function isWordedAlike(left: Placed, right: Placed): boolean {
  const [text, other] = [left.comment.explanation, right.comment.explanation];
  return Math.min(repeats(text, [other]), repeats(other, [text])) >= MOST_REPEATED_SHARE;
}

function hasSameTitle(left: Placed, right: Placed): boolean {
  const words = (text: string) => wordListOf(text.toLowerCase()).join(' ');
  return words(left.comment.title) === words(right.comment.title);
}

function hasSameRule(left: Placed, right: Placed): boolean {
  const rule = left.comment.rule_id?.toLowerCase();
  return rule !== undefined && rule === right.comment.rule_id?.toLowerCase();
}

/** The lines that both are about; null: there are none. Of two about the whole file: no line in particular. */
function sharedLines(left: Placed, right: Placed): string | null {
  if (left.anchor === null || right.anchor === null) return left.anchor === right.anchor ? '' : null;
  const start = Math.max(left.anchor.startLine, right.anchor.startLine);
  const end = Math.min(left.anchor.endLine, right.anchor.endLine);
  return start > end
    ? null
    : linesOf(left.source.content)
        .slice(start - 1, end)
        .join('\n');
}

/** The names in those lines that the comment speaks of. */
function namesIn({ comment }: Placed, lines: string): ReadonlySet<string> {
  const said = new Set(
    wordListOf(`${comment.title} ${comment.explanation} ${comment.question ?? ''}`).flatMap(partsOf),
  );
  const names = lines.match(/[\p{L}_$][\p{L}\p{N}_$]+/gu) ?? [];
  return new Set(names.filter((name) => said.has(name) && !KEYWORDS.has(name)));
}

/** `items.append` names both. */
function partsOf(word: string): readonly string[] {
  return word.includes('.') ? [word, ...word.split('.')] : [word];
}
