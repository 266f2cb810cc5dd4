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
  return [title, explanation, ...(question === null ? [] : [question])].join('\n\n');
}
