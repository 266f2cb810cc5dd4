// Points of a rubric: for what tests decide, and for nothing else. What a person has to look at bears no number here, because whatever stands
// in that place is taken for a grade.

import type { Dropped } from '../../core/judge.ts';
import type { FeedbackGenerationData, FeedbackGenerationVariables, FeedbackGenerationWritten } from '../documents.ts';
import { type NamedStatus, summaryOf } from './test-facts.ts';

type Item = FeedbackGenerationVariables['rubric'][number];

/** A comment for an item that is not there goes, and of two for one the second. */
export function rubricOf(
  rubric: readonly Item[],
  comments: FeedbackGenerationWritten['rubric_comments'],
  results: readonly NamedStatus[],
  dropped: Dropped[],
): FeedbackGenerationData['rubric'] {
  const said = new Map<string, string>();
  for (const [index, { id, comment }] of comments.entries()) {
    const isKnown = rubric.some((item) => item.id === id);
    if (isKnown && !said.has(id)) said.set(id, comment);
    else {
      const reason = isKnown ? 'is the second for its item' : 'is for an item that the rubric does not have';
      dropped.push({ path: `/rubric_comments/${index}`, rule: 'F1', reason });
    }
  }
  return rubric.map((item) => {
    const points = pointsFor(item, results);
    return {
      id: item.id,
      max_points: item.max_points,
      points,
      decided_by: points === null ? null : 'tests',
      comment: said.get(item.id) ?? null,
    };
  });
}

/** In proportion to the tests that pass, in hundredths. A test that is named and was not run did not pass. Null: tests do not decide it. */
function pointsFor({ check, tests, max_points }: Item, results: readonly NamedStatus[]): number | null {
  if (check !== 'tests') return null;
  const deciding = tests.length === 0 ? results : results.filter(({ name }) => tests.includes(name));
  const missing = tests.filter((name) => !results.some((result) => result.name === name)).length;
  const { passed, failed } = summaryOf(deciding);
  const ran = passed + failed + missing;
  return ran === 0 ? null : Math.round((max_points * passed * 100) / ran) / 100;
}
