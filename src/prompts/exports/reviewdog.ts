// A review in the Reviewdog Diagnostic Format (rdjson), which reviewdog posts to GitHub, GitLab, Gerrit and others.

import { canonicalJson, type JsonObject } from '../../core/json.ts';
import { type Comment, commentsOf, messageOf, type Review } from './review-comment.ts';

const SEVERITY = { error: 'ERROR', warning: 'WARNING', info: 'INFO' } as const;

/** For `reviewdog -f=rdjson`. Each comment stands whole in `original_output`, since the format has no place for all of it. */
export function toRdjson(review: Review): JsonObject {
  return { source: { name: 'codementor-llm' }, diagnostics: commentsOf(review).map(diagnosticOf) };
}

function diagnosticOf(comment: Comment): JsonObject {
  const { path, severity, rule_id, suggestion } = comment;
  const range = rangeOf(comment);
  return {
    message: messageOf(comment),
    location: { path, ...(range && { range }) },
    severity: SEVERITY[severity],
    ...(rule_id !== null && { code: { value: rule_id } }),
    ...(suggestion !== null && range !== null && { suggestions: [{ range, text: suggestion.replacement }] }),
    original_output: canonicalJson(comment),
  };
}

/** Without columns a range is of whole lines, the last one included and its line end not. */
function rangeOf({ start_line: start, end_line: end }: Comment): JsonObject | null {
  return start === null || end === null ? null : { start: { line: start }, end: { line: end } };
}
