// H2 and H6: how much of a solution stands in a text, and how much of a text was said before. Both by runs of five: of the code's tokens
// whatever its names are called, and of words.

import { type CodeToken, codeTokensOf } from './code-tokens.ts';
import { KEYWORDS } from './known-names.ts';
import { asSet } from './look.ts';
import { codeIn, wordListOf } from './text.ts';

/** At and above that a text is taken to give the solution away; on hints written for it, a text below did in 16 of 27 cases. */
export const MOST_SOLUTION_SHARE = 0.34;
/** At and above that a hint is one that was given before. */
export const MOST_REPEATED_SHARE = 0.6;

const RUN = 5;

export interface SolutionContext {
  readonly solution: string;
  readonly student: string;
  readonly starter: string;
  readonly statement: string;
}

/** Of what stands in the solution alone, the part that stands in the text too: 0 to 1. By the reading that shows most: as written, as a page sets
 * it (which hides no sign behind a reference, an escape or emphasis), and that read backwards. */
export function solutionShare(text: string, context: SolutionContext): number {
  const written = shareOf(context, text);
  const { solution, student, starter, statement } = context;
  const set = asSet(text);
  const bare = {
    solution: asSet(solution),
    student: asSet(student),
    starter: asSet(starter),
    statement: asSet(statement),
  };
  return Math.max(written, shareOf(bare, set, [...set].reverse().join('')));
}

function shareOf({ solution, student, starter, statement }: SolutionContext, ...texts: readonly string[]): number {
  const own = new Set(codeRunsOf(codeTokensOf(solution, { isCode: true })));
  const known = [
    ...codeRunsOf(codeTokensOf(student, { isCode: true })),
    ...codeRunsOf(codeTokensOf(starter, { isCode: true })),
    ...markdownRunsOf(statement),
  ];
  for (const run of known) own.delete(run);
  if (own.size === 0) return 0;
  const found = new Set(texts.flatMap(markdownRunsOf).filter((run) => own.has(run)));
  return found.size / own.size;
}

/** What is set as code is read once more by itself, as one: a solution may come in pieces. */
function markdownRunsOf(text: string): readonly string[] {
  const pieces = codeIn(text).flatMap((code) => codeTokensOf(code, { isCode: true }));
  return [...codeRunsOf(codeTokensOf(text.replaceAll('`', ' '), { isCode: false })), ...codeRunsOf(pieces)];
}

/** Names alone, one after the other, are any sentence once they are numbered (`SELECT name FROM users WHERE`). */
const NAMES_ALONE = /^[$0-9 ]+$/;

function codeRunsOf(tokens: readonly CodeToken[]): readonly string[] {
  const runs = tokens.slice(RUN - 1).map((_, at) => normalised(tokens.slice(at, at + RUN)));
  return runs.filter((run) => !NAMES_ALONE.test(run));
}

/** Names by the order in which they come, so that another name for the same thing makes no difference. */
function normalised(run: readonly CodeToken[]): string {
  const names = new Map<string, number>();
  const words = run.map(({ kind, text }) => {
    if (kind === 'text') return '""';
    if (kind !== 'name' || KEYWORDS.has(text)) return text;
    if (!names.has(text)) names.set(text, names.size);
    return `$${names.get(text)}`;
  });
  return words.join(' ');
}

/** The part of the text that stands in one of those before it: 0 to 1. */
export function repeats(text: string, previous: readonly string[]): number {
  const own = new Set(wordRunsOf(text));
  if (own.size === 0) return 0;
  const shared = previous.map((each) => new Set(wordRunsOf(each).filter((run) => own.has(run))).size);
  return shared.reduce((most, each) => Math.max(most, each), 0) / own.size;
}

/** Of a text that is shorter, all of it. */
function wordRunsOf(text: string): readonly string[] {
  const words = wordListOf(text.toLowerCase());
  if (words.length === 0) return [];
  const starts = words.slice(Math.min(RUN, words.length) - 1);
  return starts.map((_, at) => words.slice(at, at + RUN).join(' '));
}
