// From the comments that a model wrote to those that a learner reads: anchored, held against the tests, cut to what may be shown, merged,
// ordered, capped. A comment about code that is not there says nothing that could be trusted, so it goes, and is not made one about the file.

import type { Dropped } from '../../core/judge.ts';
import { type Anchor, type AnchorFinder, anchorsIn } from '../checks/anchors.ts';
import { contradictionIn, type TestOutcome } from '../checks/claims.ts';
import { Effort } from '../checks/nearest.ts';
import { codeIn } from '../checks/text.ts';
import { trimmedEnd } from '../checks/trimmed.ts';
import type { CodeReviewData, CodeReviewWritten } from '../documents.ts';
import { isWholeLines, linesOf, quotedLines, wrongLineIn } from './quoted-lines.ts';
import { linesOfCode } from './reply-leaks.ts';
import { isSameRemark, type Placed } from './same-remark.ts';
import type { Source } from './teacher-notes.ts';
import { nameOf } from './wording.ts';

type WrittenComment = CodeReviewWritten['comments'][number];
type Comment = CodeReviewData['comments'][number];

export interface ReviewLimits {
  readonly mostComments: number;
  readonly isRevealing: boolean;
  /** Null: no results were given. */
  readonly outcome: TestOutcome | null;
}

export interface ReviewedComments {
  readonly kept: readonly { readonly index: number; readonly comment: Comment }[];
  readonly dropped: readonly Dropped[];
}

export function reviewedComments(
  written: readonly WrittenComment[],
  sources: readonly Source[],
  limits: ReviewLimits,
): ReviewedComments {
  const dropped: Dropped[] = [];
  const drop = (index: number, rule: string, reason: string, part = '') =>
    dropped.push({ path: `/comments/${index}${part}`, rule, reason });
  const placed: Placed[] = [];
  const effort = new Effort();
  const finders = new Map(sources.map((source) => [source, anchorsIn(source.content, effort)]));
  for (const [index, comment] of written.entries()) {
    const found = placeOf(index, comment, finders);
    const problem = typeof found === 'string' ? { rule: 'R1', reason: found } : unfitFor(found, limits);
    if (problem !== null) drop(index, problem.rule, problem.reason);
    else if (typeof found !== 'string') placed.push({ ...found, comment: lowered(comment, limits.outcome) });
  }
  const { distinct, merged } = mergedOf(placed.toSorted(byWeight));
  for (const { index, into } of merged) drop(index, 'R4', `says what /comments/${into} says`);
  const { capped, over } = cappedTo(distinct, limits.mostComments);
  for (const { index } of over) drop(index, 'R4', `is over the ${limits.mostComments} comments that were asked for`);
  const kept = capped.map((each) => {
    const withheld = withheldSuggestion(each, limits);
    if (withheld !== null) drop(each.index, withheld.rule, withheld.reason, '/suggestion');
    return { index: each.index, comment: delivered(each, withheld === null) };
  });
  return { kept, dropped };
}

/** Where it stands, or why it stands nowhere. */
function placeOf(index: number, comment: WrittenComment, finders: ReadonlyMap<Source, AnchorFinder>): Placed | string {
  const source = sourceFor(comment.path, [...finders.keys()]);
  if (source === null) return 'is about a file that is not among those given';
  const { quote } = comment;
  if (quote === null || quote.trim() === '') return { index, comment, source, anchor: null };
  const anchor = finders.get(source)?.(quote) ?? null;
  return anchor === null ? 'quotes what does not stand in the file' : { index, comment, source, anchor };
}

/** Where there is one file only, no comment can mean another. */
function sourceFor(path: string, sources: readonly Source[]): Source | null {
  if (sources.length === 1) return sources[0] ?? null;
  const plain = (text: string) => text.replace(/^(?:\.?\/)+/, '');
  return (
    sources.find((source) => source.path === path) ??
    sources.find((source) => plain(source.path) === plain(path)) ??
    null
  );
}

interface Reason {
  readonly rule: string;
  readonly reason: string;
}

function unfitFor({ comment, source, anchor }: Placed, { isRevealing, outcome }: ReviewLimits): Reason | null {
  const texts = [comment.title, comment.explanation, comment.question ?? ''];
  const lineCount = linesOf(source.content).length;
  if (texts.some((text) => wrongLineIn(text, lineCount, anchor) !== null))
    return { rule: 'R1', reason: 'names a line that it does not quote' };
  if (texts.some((text) => contradictionIn(text, outcome, 'lines') !== null))
    return {
      rule: 'R3',
      reason: outcome === null ? 'tells of tests that were not given' : 'contradicts the test results',
    };
  if (!isRevealing && showsFix(texts, comment, source))
    return { rule: 'reveal_fixes', reason: 'shows corrected code, which was not asked for' };
  return null;
}

/** What is shorter stands in many places, such as `return x`, if it is not set as code. */
const LEAST_LINE_CHARACTERS = 10;

/** A block of code, or a line of the replacement that is not the learner's own. */
function showsFix(texts: readonly string[], { suggestion }: WrittenComment, source: Source): boolean {
  if (texts.some(hasBlock)) return true;
  const lines = linesOf(suggestion?.replacement ?? '').map((line) => line.trim());
  const fixed = lines.filter((line) => line !== '' && !source.content.includes(line));
  const isIn = (text: string, line: string) => line.length >= LEAST_LINE_CHARACTERS && text.includes(line);
  return texts.some((text) => {
    const code = codeIn(text).map((each) => each.trim());
    return fixed.some((line) => isIn(text, line) || code.includes(line));
  });
}

export function hasBlock(text: string): boolean {
  return linesOfCode(text) > 0;
}

const KINDS = ['essential', 'actionable', 'informative', 'celebratory'] as const;
const SEVERITIES = ['error', 'warning', 'info'] as const;
const CONFIDENCES = ['high', 'medium', 'low'] as const;
/** As severe as a comment of each kind may be. */
const CEILING = { essential: 'error', actionable: 'warning', informative: 'info', celebratory: 'info' } as const;

/** What blocks a learner has to be more than a guess: cheap models call nearly half of all correct programs wrong. */
function lowered(comment: WrittenComment, outcome: TestOutcome | null): WrittenComment {
  const { category, confidence } = comment;
  const isPassing = outcome !== null && outcome.passed > 0 && outcome.failed === 0;
  const mayBlock = (category === 'correctness' && !isPassing) || category === 'security';
  const blocks = mayBlock && confidence !== 'low';
  const kind = comment.kind === 'essential' && !blocks ? 'actionable' : comment.kind;
  const ceiling = CEILING[kind];
  const isAbove = SEVERITIES.indexOf(comment.severity) < SEVERITIES.indexOf(ceiling);
  return { ...comment, kind, severity: isAbove ? ceiling : comment.severity };
}

/** What matters most first; among equals as they stand in the code. */
function byWeight(left: Placed, right: Placed): number {
  return (
    KINDS.indexOf(left.comment.kind) - KINDS.indexOf(right.comment.kind) ||
    SEVERITIES.indexOf(left.comment.severity) - SEVERITIES.indexOf(right.comment.severity) ||
    CONFIDENCES.indexOf(left.comment.confidence) - CONFIDENCES.indexOf(right.comment.confidence) ||
    left.index - right.index
  );
}

interface Merged {
  readonly distinct: readonly Placed[];
  readonly merged: readonly { readonly index: number; readonly into: number }[];
}

/** The weightier of two that say the same stays as it is: of two wordings put together nobody knows what they say. */
function mergedOf(placed: readonly Placed[]): Merged {
  const distinct: Placed[] = [];
  const merged: { index: number; into: number }[] = [];
  for (const each of placed) {
    const same = distinct.find((kept) => isSameRemark(kept, each));
    if (same === undefined) distinct.push(each);
    else merged.push({ index: each.index, into: same.index });
  }
  return { distinct, merged };
}

/** One place is kept for what was done well, where there is more than one. */
function cappedTo(placed: readonly Placed[], most: number): { capped: readonly Placed[]; over: readonly Placed[] } {
  const praise = placed.find(({ comment }) => comment.kind === 'celebratory');
  const first = placed.slice(0, most);
  const isLeftOut = praise !== undefined && most > 1 && !first.includes(praise);
  const capped = isLeftOut ? [...first.slice(0, most - 1), praise] : first;
  return { capped, over: placed.filter((each) => !capped.includes(each)) };
}

/** Why its suggestion is not delivered; null: it is, or there is none. */
function withheldSuggestion({ comment, source, anchor }: Placed, { isRevealing }: ReviewLimits): Reason | null {
  const { suggestion, quote } = comment;
  if (suggestion === null) return null;
  if (!isRevealing) return { rule: 'reveal_fixes', reason: 'corrected code was not asked for' };
  if (anchor === null || quote === null) return { rule: 'R2', reason: 'has no lines in whose place it could stand' };
  if (!isWholeLines(quote, source.content, anchor))
    return { rule: 'R2', reason: 'stands for a part of a line, and only whole lines can be replaced' };
  const isSame = indented(suggestion.replacement, source, anchor) === quotedLines(source.content, anchor);
  return isSame ? { rule: 'R2', reason: 'changes nothing' } : null;
}

function delivered({ comment, source, anchor }: Placed, hasSuggestion: boolean): Comment {
  const { suggestion, path: _, quote: __, rule_id, concept_id, ...said } = comment;
  const replacement = suggestion !== null && hasSuggestion && anchor !== null ? suggestion.replacement : null;
  return {
    path: source.path,
    start_line: anchor?.startLine ?? null,
    end_line: anchor?.endLine ?? null,
    quote: anchor === null ? null : quotedLines(source.content, anchor),
    ...said,
    rule_id: nameOf(rule_id),
    concept_id: nameOf(concept_id),
    suggestion: replacement === null || anchor === null ? null : { replacement: indented(replacement, source, anchor) },
    verified: false,
  };
}

/** Models leave the first indentation away, and replacing the lines with that would break Python. */
function indented(replacement: string, source: Source, anchor: Anchor): string {
  const first = linesOf(source.content)[anchor.startLine - 1] ?? '';
  const indent = /^[ \t]*/.exec(first)?.[0] ?? '';
  const plain = trimmedEnd(replacement, '\n');
  if (indent === '' || /^\s/.test(plain)) return plain;
  const lines = linesOf(plain);
  return lines.map((line) => (line.trim() === '' ? line : `${indent}${line}`)).join('\n');
}
