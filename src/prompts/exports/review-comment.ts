// A delivered review as the exports read it, under the wire's names or the library's. What is for the teacher alone is in none of them: they
// go to where the learner reads along.

import type { CodeReviewData } from '../documents.ts';
import type { Camel } from '../names.ts';

export type Review = CodeReviewData | Camel<CodeReviewData>;
export type Comment = CodeReviewData['comments'][number];
type EitherComment = Comment | Camel<Comment>;

export function commentsOf(review: Review): readonly Comment[] {
  return review.comments.map((comment: EitherComment) => ('start_line' in comment ? comment : wired(comment)));
}

function wired({ startLine, endLine, ruleId, conceptId, ...rest }: Camel<Comment>): Comment {
  return { ...rest, start_line: startLine, end_line: endLine, rule_id: ruleId, concept_id: conceptId };
}

/** What the learner reads, without markup of its own. */
export function messageOf({ title, explanation, question }: Comment): string {
  return withoutSuggestions([title, explanation, ...(question === null ? [] : [question])].join('\n\n'));
}

const FENCE_WITH_INFO = /^((?:[\s>]|(?:[-*+]|[0-9]{1,9}[.)])[\s>])*(`{3,}|~{3,})[ \t]*)(?=\S)/;

/** GitHub makes of a fence with that word a change to be taken at a click: only what was checked as a suggestion is one. */
export function withoutSuggestions(markdown: string): string {
  return markdown
    .split(/\r\n?|\n/)
    .map(withoutSuggestion)
    .join('\n');
}

function withoutSuggestion(line: string): string {
  const [, opening = '', mark = ''] = FENCE_WITH_INFO.exec(line) ?? [];
  const info = line.slice(opening.length);
  if (opening === '' || (mark.startsWith('`') && info.includes('`'))) return line;
  // A word with an entity or an escape in it may be read as any.
  return /^[\w+#.-]+(?:\s|$)/.test(info) && !/^suggestion/i.test(info) ? line : `${opening}text`;
}
