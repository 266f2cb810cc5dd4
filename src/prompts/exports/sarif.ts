// A review as SARIF 2.1.0, which code scanning and editors read.

import type { JsonObject } from '../../core/json.ts';
import { VERSION } from '../../core/version.ts';
import { type Comment, commentsOf, messageOf, type Review } from './review-comment.ts';

const LEVEL = { error: 'error', warning: 'warning', info: 'note' } as const;

export function toSarif(review: Review): JsonObject {
  const comments = commentsOf(review);
  const rules = [...new Set(comments.map(ruleOf))];
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'codementor-llm', version: VERSION, rules: rules.map((id) => ({ id })) } },
        results: comments.map((comment) => resultOf(comment, rules.indexOf(ruleOf(comment)))),
      },
    ],
  };
}

function ruleOf({ rule_id, category }: Comment): string {
  return rule_id ?? category;
}

function resultOf(comment: Comment, ruleIndex: number): JsonObject {
  const { path, severity, suggestion, kind, category, concept_id, confidence, verified } = comment;
  const artifactLocation = { uri: path.split('/').map(encodeURIComponent).join('/') };
  const region = regionOf(comment);
  const fix = {
    artifactLocation,
    replacements: [{ deletedRegion: region, insertedContent: { text: suggestion?.replacement ?? '' } }],
  };
  return {
    ruleId: ruleOf(comment),
    ruleIndex,
    level: LEVEL[severity],
    message: { text: messageOf(comment) },
    locations: [{ physicalLocation: { artifactLocation, ...(region && { region }) } }],
    ...(suggestion !== null && region !== null && { fixes: [{ artifactChanges: [fix] }] }),
    properties: { kind, category, concept_id, confidence, verified },
  };
}

function regionOf({ start_line: start, end_line: end }: Comment): JsonObject | null {
  return start === null || end === null ? null : { startLine: start, endLine: end };
}
