// The buttons under a text of the tutor. A button that leads nowhere is worse than none, so each is held against what can be done.

import type { Dropped } from '../../core/judge.ts';

interface Suggestion {
  readonly label: string;
  readonly action: string;
  readonly concept_id: string | null;
}

interface Possible {
  /** Null: all of them. */
  readonly actions: readonly string[] | null;
  readonly conceptIds: readonly string[];
}

/** Those that may be made, and why the others may not. */
export function fitting<Some extends Suggestion>(suggestions: readonly Some[], possible: Possible) {
  const kept: Some[] = [];
  const dropped: Omit<Dropped, 'rule'>[] = [];
  for (const [index, suggestion] of suggestions.entries()) {
    const reason = misfitOf(suggestion, kept, possible);
    if (reason === null) kept.push(suggestion);
    else dropped.push({ path: `/suggested_actions/${index}`, reason });
  }
  return { kept, dropped };
}

function misfitOf(
  { action, concept_id: id, label }: Suggestion,
  kept: readonly Suggestion[],
  { actions, conceptIds }: Possible,
): string | null {
  if (actions?.includes(action) === false) return `suggests ${action}, which is not possible now`;
  if (id !== null && !conceptIds.includes(id)) return 'names a concept that is not among those given';
  if (action === 'review_concept' && id === null) return 'names no concept to review';
  const isTwice = kept.some((other) => other.label === label || (other.action === action && other.concept_id === id));
  return isTwice ? 'is the same as another' : null;
}
