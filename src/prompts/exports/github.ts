// A review as GitHub's REST API takes it (`POST /repos/{owner}/{repo}/pulls/{number}/reviews`). It is always a comment: to approve a change or
// to ask for another is a verdict, and none of the model's.

import { changedProse } from '../checks/sure-code.ts';
import { type Comment, commentsOf, messageOf, type Review, withoutSuggestions } from './review-comment.ts';

export interface GithubReview {
  readonly event: 'COMMENT';
  readonly body: string;
  readonly comments: readonly GithubComment[];
}

export interface GithubComment {
  readonly path: string;
  readonly body: string;
  /** The last line. */
  readonly line: number;
  readonly side: 'RIGHT';
  /** Only where there are several: GitHub refuses one that is not below `line`. */
  readonly start_line?: number;
  readonly start_side?: 'RIGHT';
}

export interface GithubReviewOptions {
  /** Whether the pull request's diff shows the line. GitHub refuses a whole review for one comment outside of it, so those go into the body. */
  readonly isInDiff?: (path: string, line: number) => boolean;
}

export function toGithubReview(review: Review, { isInDiff = () => true }: GithubReviewOptions = {}): GithubReview {
  const placed: GithubComment[] = [];
  const loose: Comment[] = [];
  for (const comment of commentsOf(review)) {
    const at = placeOf(comment);
    if (at?.lines.every((line) => isInDiff(comment.path, line))) placed.push(at.comment);
    else loose.push(comment);
  }
  return { event: 'COMMENT', body: bodyOf(review, loose), comments: placed };
}

function placeOf(comment: Comment): { readonly comment: GithubComment; readonly lines: readonly number[] } | null {
  const { path, start_line: start, end_line: end, suggestion } = comment;
  if (start === null || end === null) return null;
  const body = [textOf(comment), ...(suggestion === null ? [] : [suggested(suggestion.replacement)])].join('\n\n');
  const several = start < end ? ({ start_line: start, start_side: 'RIGHT' } as const) : {};
  return { comment: { path, body, line: end, side: 'RIGHT', ...several }, lines: [start, end] };
}

function bodyOf(review: Review, loose: readonly Comment[]): string {
  const sections = [
    review.summary,
    listOf('What is good', review.strengths),
    ...loose.map((comment) => `${placeIn(comment)}: ${textOf(comment)}`),
    listOf('What to look at next', 'next_steps' in review ? review.next_steps : review.nextSteps),
  ];
  return sections.map((section) => withoutMentions(withoutSuggestions(section))).join('\n\n');
}

function listOf(title: string, items: readonly string[]): string {
  return [`**${title}**`, '', ...items.map((item) => `- ${inOneLine(item)}`)].join('\n');
}

function inOneLine(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}

function placeIn({ path, start_line: start, end_line: end }: Comment): string {
  const lines = start === null ? '' : start === end ? `:${start}` : `:${start}-${end}`;
  return `\`${path.replaceAll('`', "'")}${lines}\``;
}

function textOf(comment: Comment): string {
  return withoutMentions(messageOf({ ...comment, title: `**${comment.title}**` }));
}

/** A fence that is longer than any within it. */
function suggested(replacement: string): string {
  const longest = Math.max(2, ...(replacement.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}suggestion\n${replacement}\n${fence}`;
}

/** A model's "@everyone" calls nobody. What is set as code stays as it is: GitHub looks for no names there. */
function withoutMentions(markdown: string): string {
  return changedProse(markdown, (prose) => prose.replace(/@(?=\w)/g, '@&#8203;'));
}
