// The tutor's next move, chosen by code from what was said and how the tests went: which kind of answer, how much it may give away, and whether
// it may only ask. A model that chooses for itself gives way to whoever begs long enough; it may do less than this, never more.

import { proseOf, questionsIn, wordsIn } from '../checks/text.ts';
import type { TutorReplyDerived, TutorReplyVariables } from '../documents.ts';
import { phraseIn } from './phrases.ts';
import { BEGGING, DANGER, EXPLAINING, FAREWELL, STUCK } from './reply-phrases.ts';

export type Intent = TutorReplyDerived['intent'];
type History = TutorReplyVariables['history'];

/** How much each gives away; those of one rank may stand for each other. */
const RANK: Readonly<Record<Intent, number>> = {
  end: 0,
  redirect: 0,
  greet: 0,
  encourage: 1,
  question: 2,
  diagnose: 2,
  explain: 3,
  hint: 4,
};

export function givesMore(intent: Intent, than: Intent): boolean {
  return RANK[intent] > RANK[than];
}

export function moveOf(variables: TutorReplyVariables): TutorReplyDerived {
  const { history, test_results, policy } = variables;
  const counted = test_results.filter(({ status }) => status !== 'skipped');
  const passed = counted.filter(({ status }) => status === 'passed').length;
  const failing = counted.find(({ status }) => status !== 'passed') ?? null;
  const newest = newestOf(history);
  const must_tell = onlyAskedTurns(history) >= policy.socratic_streak;
  const in_danger = newest !== null && phraseIn(newest, DANGER) !== null;
  const facts = { newest, in_danger, must_tell, isSolved: counted.length > 0 && failing === null };
  const intent = intentOf(facts, variables.code !== null || failing !== null);
  return {
    intent,
    hint_level: Math.min(policy.max_hint_level, levelFor(intent, newest, variables.hint_level_reached)),
    must_tell,
    in_danger,
    passed,
    total: counted.length,
    failing: failing && {
      name: failing.name,
      status: failing.status,
      input: failing.input,
      expected: failing.expected,
      actual: failing.actual,
      message: failing.message,
    },
  };
}

/** What the student said last; null: nothing yet. */
function newestOf(history: History): string | null {
  return history.findLast(({ role }) => role === 'user')?.content ?? null;
}

interface Facts {
  readonly newest: string | null;
  readonly in_danger: boolean;
  readonly must_tell: boolean;
  readonly isSolved: boolean;
}

/** Longer than that, a thank-you is the beginning of something else. */
const FAREWELL_WORDS = 12;

function intentOf({ newest, in_danger, must_tell, isSolved }: Facts, hasWork: boolean): Intent {
  if (newest === null) return 'greet';
  if (in_danger) return 'redirect';
  if (phraseIn(newest, FAREWELL) !== null && wordsIn(newest) <= FAREWELL_WORDS) return 'end';
  const isStuck = phraseIn(newest, STUCK) !== null || phraseIn(newest, BEGGING) !== null;
  if (isStuck) return hasWork ? 'hint' : must_tell ? 'explain' : 'diagnose';
  if (phraseIn(newest, EXPLAINING) !== null) return 'explain';
  if (isSolved) return 'encourage';
  return must_tell ? 'explain' : hasWork ? 'question' : 'diagnose';
}

/** To beg climbs no ladder: only who says that they are stuck gets the next rung. */
function levelFor(intent: Intent, newest: string | null, reached: number): number {
  switch (intent) {
    case 'hint':
      return newest !== null && phraseIn(newest, BEGGING) !== null ? Math.max(reached, 1) : reached + 1;
    case 'explain':
      return Math.max(reached, 2);
    case 'question':
    case 'diagnose':
    case 'encourage':
      return Math.max(reached, 1);
    case 'greet':
    case 'redirect':
    case 'end':
      return 0;
  }
}

/** How many of the tutor's last turns in a row told nothing. */
function onlyAskedTurns(history: History): number {
  const turns = history.filter(({ role }) => role === 'assistant');
  const lastTold = turns.findLastIndex(({ content }) => !onlyAsks(content));
  return turns.length - 1 - lastTold;
}

/** A word of praise before the question tells nothing yet. */
const TELLING_WORDS = 8;
const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });

export function onlyAsks(text: string): boolean {
  const prose = proseOf(text);
  if (questionsIn(prose) === 0) return false;
  const told = [...sentences.segment(prose)].filter(({ segment }) => questionsIn(segment) === 0);
  return told.reduce((words, { segment }) => words + wordsIn(segment), 0) <= TELLING_WORDS;
}
