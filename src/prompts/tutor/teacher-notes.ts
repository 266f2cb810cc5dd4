// What a teacher should know of a submission and no learner is told: words that look as if they were meant for the reviewer, and characters
// that nobody sees. It stops nothing and decides nothing, since it finds about half of what there is.

import type { CheckReport } from '../../core/judge.ts';
import { injectionSuspectedIn, withoutHidden } from '../checks/hidden.ts';

export interface TeacherNote {
  readonly kind: 'injection_suspected' | 'hidden_characters';
  readonly path: string;
  readonly line: number | null;
  readonly note: string;
}

export interface Source {
  readonly path: string;
  readonly language: string | null;
  readonly content: string;
}

const MOST_NOTES = 20;
const MOST_CHARACTERS = 300;

export function teacherNotesOn(sources: readonly Source[]): readonly TeacherNote[] {
  const notes: TeacherNote[] = [];
  for (const { path, content } of sources) {
    const { text, hidden } = withoutHidden(content);
    for (const { line, why } of injectionSuspectedIn(text))
      notes.push({ kind: 'injection_suspected', path, line, note: why.slice(0, MOST_CHARACTERS) });
    for (const { line, character } of hidden)
      notes.push({ kind: 'hidden_characters', path, line, note: `${character} stands here and cannot be seen` });
  }
  return notes.slice(0, MOST_NOTES);
}

/** Told in the verification too, where a platform looks for what went wrong. */
export function checksOf(notes: readonly TeacherNote[]): readonly CheckReport[] {
  return (['injection_suspected', 'hidden_characters'] as const).map((id) => {
    const found = notes.filter(({ kind }) => kind === id);
    const places = found.slice(0, 5).map(({ path, line }) => `${path}:${line ?? 1}`);
    const isClean = found.length === 0;
    return { id, verdict: isClean ? 'passed' : 'failed', evidence: isClean ? null : `in ${places.join(', ')}` };
  });
}
