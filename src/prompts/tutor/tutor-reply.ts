// The rules of a turn of the tutor. What counts is the whole conversation: a solution that is given away in five harmless pieces is given
// away, and a tutor who only asks stops teaching.

import { contradictionIn } from '../checks/claims.ts';
import { ungroundedIn } from '../checks/grounded.ts';
import { MOST_REPEATED_SHARE, repeats } from '../checks/overlap.ts';
import { gradeOf, questionsIn } from '../checks/text.ts';
import type { TutorReplyData, TutorReplyDerived, TutorReplyVariables, TutorReplyWritten } from '../documents.ts';
import type { Asked, Decision, PromptRules } from '../rules.ts';
import { Findings, languageOf, lengthProblem, SAMPLE, when, wordsFor } from './findings.ts';
import { hintWithoutModel } from './hint-words.ts';
import { phraseIn } from './phrases.ts';
import { codeProblem, leakProblem, lineProblem } from './reply-leaks.ts';
import { givesMore, moveOf, onlyAsks } from './reply-move.ts';
import { WANTS_PERSON } from './reply-phrases.ts';
import { REPLY_WORDS, SAMPLE_REPLIES } from './reply-words.ts';
import { fitting } from './suggestions.ts';

type ReplyAsked = Asked<TutorReplyVariables, TutorReplyDerived>;

const LENGTH = { min: 1, max: 160 };
/** Of the tutor's turns: what was said longer ago may be said again. */
const REMEMBERED_TURNS = 2;
const MOST_GRADE = 9;

export const tutorReplyRules: PromptRules<TutorReplyVariables, TutorReplyDerived, TutorReplyWritten, TutorReplyData> = {
  unrun: ['H1'],
  derive: moveOf,
  decide: (written, asked) => (asked.derived.in_danger ? inDanger(asked) : decide(written, asked)),
  sample: (asked) => {
    const texts = SAMPLE_REPLIES.map((text) => `${SAMPLE} reply. ${text}`);
    return {
      internal: { diagnosis: 'none', intent: asked.derived.intent },
      message: firstUnsaid(texts, asked.variables) ?? SAMPLE,
      hint_level_used: 0,
      concept_ids: [],
      suggested_actions: [],
      escalate: 'none',
    };
  },
  standIn: (asked) => (asked.derived.in_danger ? inDanger(asked).data : withoutModel(asked)),
};

/** Said by code alone: what a model makes of such a moment cannot be checked. */
function inDanger({ variables }: ReplyAsked): Decision<TutorReplyData> {
  const findings = new Findings();
  const reason = 'the newest message speaks of self-harm, so it is answered with fixed words';
  findings.leaveOut('safety', [{ path: '/message', reason }]);
  const { danger } = wordsFor(variables.locale, REPLY_WORDS);
  return findings.decision({ ...plainReply(danger), intent: 'redirect', escalate: 'safety' });
}

function plainReply(message: string): Omit<TutorReplyData, 'intent'> {
  return {
    message,
    asks_question: questionsIn(message) > 0,
    hint_level_used: 0,
    concept_ids: [],
    suggested_actions: [],
    escalate: 'none',
  };
}

function withoutModel({ variables, derived }: ReplyAsked): TutorReplyData {
  const words = wordsFor(variables.locale, REPLY_WORDS);
  const { intent, failing, hint_level: level } = derived;
  const escalate = wantsPerson(variables) ? 'human' : 'none';
  const plain = (message: string) => ({ ...plainReply(message), intent, escalate }) as const;
  if (intent === 'greet') return plain(words.greet);
  if (intent === 'end') return plain(words.end);
  if (intent === 'encourage') return plain(words.solved);
  // To name a failing input is the first rung, and no test that the student may see gives more away.
  const hint = failing === null || level === 0 ? null : hintWithoutModel(failing, null, variables.locale);
  const { talk, talkMore, talkOn } = words;
  const said = firstUnsaid([...(hint === null ? [] : [hint]), talk, talkMore, talkOn], variables) ?? talk;
  return said === hint ? { ...plain(hint), hint_level_used: 1 } : plain(said);
}

/** What was said word for word lately helps nobody now; where all of it was, the first. */
function firstUnsaid(texts: readonly string[], variables: TutorReplyVariables): string | undefined {
  const said = saidLately(variables);
  return texts.find((text) => repeats(text, said) < MOST_REPEATED_SHARE) ?? texts[0];
}

function decide(written: TutorReplyWritten, asked: ReplyAsked): Decision<TutorReplyData> {
  const findings = new Findings();
  const { variables, derived } = asked;
  const { message, internal } = written;
  const at = (problem: string | null) => when(problem, '/message');
  findings.demand('intent', when(intentProblem(internal.intent, derived), '/internal/intent'));
  findings.demand('hint_level', when(levelProblem(written.hint_level_used, derived), '/hint_level_used'));
  const questions = questionsIn(message);
  findings.demand('H4', [
    ...at(lengthProblem(message, LENGTH)),
    ...at(questions > 1 ? `asks ${questions} questions, at most one` : null),
  ]);
  const onlyAsked = derived.must_tell && onlyAsks(message);
  findings.demand('socratic_budget', at(onlyAsked ? 'only asks, as the turns before; tell one thing first' : null));
  findings.demand('code', at(codeProblem(written, variables)));
  findings.demand('H2', [...at(leakProblem(message, variables)), ...at(lineProblem(written, variables))]);
  findings.demand(
    'H3',
    inventions(message, variables).map((problem) => ({ path: '/message', problem })),
  );
  const isRepeated = repeats(message, saidLately(variables)) >= MOST_REPEATED_SHARE;
  findings.demand('H6', at(isRepeated ? 'says again what was said before, in nearly the same words' : null));
  findings.demand('F1', at(contradictionIn(message, outcomeOf(variables))));
  adviseOnReading(message, variables, findings);
  return findings.decision(dataOf(written, asked, findings));
}

function intentProblem(intent: TutorReplyWritten['internal']['intent'], { intent: proposed }: TutorReplyDerived) {
  return givesMore(intent, proposed) ? `is ${intent}, which gives away more than the move ${proposed}` : null;
}

function levelProblem(level: number, { hint_level: most }: TutorReplyDerived): string | null {
  return level > most ? `is ${level}, at most ${most} now: give less away` : null;
}

function inventions(
  message: string,
  { code, exercise, history, test_results }: TutorReplyVariables,
): readonly string[] {
  const results = test_results.flatMap(({ input, expected, actual, message: told }) => [input, expected, actual, told]);
  const texts = [
    code,
    exercise?.title,
    exercise?.problem_statement,
    ...results,
    ...history.map(({ content }) => content),
  ];
  // Without any code there is none that a name could be held against.
  if (code === null) return [];
  return ungroundedIn(message, {
    sources: texts.filter((text) => typeof text === 'string'),
    tests: test_results.map(({ name }) => name),
    lines: code.split('\n').length,
  });
}

function saidLately({ history }: TutorReplyVariables): readonly string[] {
  const said = history.filter(({ role }) => role === 'assistant').map(({ content }) => content);
  return said.slice(-REMEMBERED_TURNS);
}

function outcomeOf({ test_results: results }: TutorReplyVariables) {
  if (results.length === 0) return null;
  const passed = results.filter(({ status }) => status === 'passed').length;
  const skipped = results.filter(({ status }) => status === 'skipped').length;
  // Where the name of a test stands in another's that went otherwise, a statement about that one is read as one about this.
  const clear = results.filter(({ name, status }) =>
    results.every((each) => each.status === status || !each.name.includes(name)),
  );
  return { passed, failed: results.length - passed - skipped, results: clear };
}

function adviseOnReading(message: string, { skill_level, locale }: TutorReplyVariables, findings: Findings): void {
  const grade = languageOf(locale) === 'en' ? gradeOf(message) : null;
  if (grade === null || skill_level !== 'beginner')
    findings.skip('reading', 'for beginners, in English, and longer texts');
  else findings.advise('reading', grade > MOST_GRADE ? `reads as grade ${grade.toFixed(1)}` : null);
}

function wantsPerson({ history }: TutorReplyVariables): boolean {
  const newest = history.findLast(({ role }) => role === 'user');
  return newest !== undefined && phraseIn(newest.content, WANTS_PERSON) !== null;
}

function dataOf(written: TutorReplyWritten, { variables }: ReplyAsked, findings: Findings): TutorReplyData {
  const { message, internal, hint_level_used, escalate } = written;
  const conceptIds = variables.exercise?.concept_ids ?? [];
  const { kept, dropped } = fitting(written.suggested_actions, { actions: null, conceptIds });
  findings.leaveOut('actions', dropped);
  const strays = [...written.concept_ids.entries()].filter(([, id]) => !conceptIds.includes(id));
  const reason = 'names a concept that is not among those given';
  findings.leaveOut(
    'concepts',
    strays.map(([index]) => ({ path: `/concept_ids/${index}`, reason })),
  );
  return {
    message,
    intent: internal.intent,
    asks_question: questionsIn(message) > 0,
    hint_level_used,
    concept_ids: [...new Set(written.concept_ids.filter((id) => conceptIds.includes(id)))],
    suggested_actions: kept,
    // A model may call for help where code saw no reason, and never the other way round.
    escalate: escalate === 'none' && wantsPerson(variables) ? 'human' : escalate,
  };
}
