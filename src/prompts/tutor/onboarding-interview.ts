// The rules of one turn of the first interview. A profile holds what the student said and nothing else: each value has words of theirs behind
// it, and what a course must not go by is left out, whoever wrote it down.

import type { Dropped } from '../../core/judge.ts';
import { evidenceProblem } from '../checks/evidence.ts';
import { markupIn } from '../checks/markup.ts';
import { MOST_REPEATED_SHARE, repeats } from '../checks/overlap.ts';
import { protectedIn } from '../checks/protected.ts';
import { proseOf, questionsIn } from '../checks/text.ts';
import type {
  OnboardingInterviewData,
  OnboardingInterviewDerived,
  OnboardingInterviewVariables,
  OnboardingInterviewWritten,
} from '../documents.ts';
import type { Asked, Decision, PromptRules } from '../rules.ts';
import { barredIn } from './barred-questions.ts';
import { Findings, lengthProblem, type Problem, SAMPLE, when, wordsFor } from './findings.ts';
import {
  type Delta,
  type Field,
  isKnown,
  openFields,
  type Profile,
  profileBefore,
  turnOf,
} from './interview-fields.ts';
import { QUESTIONS } from './interview-words.ts';
import { inOwnWords, levelProblem, numberProblem } from './own-words.ts';
import { merged, type Read } from './profile-merge.ts';
import { denialProblem } from './said-of-oneself.ts';
import { probeFor, skillLevelOf } from './skill-level.ts';

type InterviewAsked = Asked<OnboardingInterviewVariables, OnboardingInterviewDerived>;

const QUESTION = { min: 1, max: 40 };

export const onboardingInterviewRules: PromptRules<
  OnboardingInterviewVariables,
  OnboardingInterviewDerived,
  OnboardingInterviewWritten,
  OnboardingInterviewData
> = {
  unrun: [],
  derive: (variables) => {
    const { history, max_turns } = variables;
    const profile = profileBefore(variables);
    const turn = turnOf(history);
    const open_fields = turn >= max_turns ? [] : openFields(variables, profile);
    const code = probeFor(profile.experience)?.code ?? null;
    return { turn, open_fields, probe_code: open_fields.includes('skill_probe') ? code : null };
  },
  decide,
  sample: (asked) => {
    const { field, question } = plainQuestion(asked, 'en');
    return {
      internal: { reading: 'none' },
      profile_delta: [],
      field_targeted: field,
      next_question: question && `${SAMPLE} question. ${question}`,
      quick_replies: [],
    };
  },
  standIn: (asked) => {
    const { field, question } = plainQuestion(asked, asked.variables.locale);
    const written = { internal: { reading: '' }, profile_delta: [], quick_replies: [] };
    return decide({ ...written, field_targeted: field, next_question: question }, asked).data;
  },
};

function plainQuestion({ variables, derived }: InterviewAsked, locale: string) {
  const [field = null] = derived.open_fields;
  const code = probeFor(profileBefore(variables).experience)?.code ?? '';
  return { field, question: field && wordsFor(locale, QUESTIONS)[field](code) };
}

function decide(written: OnboardingInterviewWritten, asked: InterviewAsked): Decision<OnboardingInterviewData> {
  const findings = new Findings();
  const { variables, derived } = asked;
  const read = sifted(written.profile_delta, variables, findings);
  const { profile, contradictions, outdated, crowdedOut } = merged(profileBefore(variables), read, variables.history);
  const placed = (reason: string) => (index: number) => ({ path: `/profile_delta/${index}`, reason });
  findings.leaveOut('newest_wins', outdated.map(placed('was said otherwise later')));
  findings.leaveOut('limit', crowdedOut.map(placed('is one more than the profile holds')));
  const gone = new Set([...outdated, ...crowdedOut]);
  const kept = read.filter(({ index }) => !gone.has(index)).map(({ delta }) => delta);
  const open = openFields(variables, profile);
  const done = open.length === 0 || derived.turn >= variables.max_turns;
  const next = done ? ended(written, findings) : asking(written, asked, profile, open, findings);
  const asked_fields = [...variables.asked_fields, ...(next.field_targeted === null ? [] : [next.field_targeted])];
  const skill_level = skillLevelOf(profile.experience, variables.history);
  return findings.decision({
    ...next,
    done,
    turn: derived.turn,
    asked_fields: [...new Set(asked_fields)],
    profile_delta: kept,
    profile: { ...profile, skill_level },
    contradictions,
  });
}

type Next = Pick<OnboardingInterviewData, 'next_question' | 'field_targeted' | 'quick_replies'>;

/** Whatever else the model would like to know. */
function ended({ next_question }: OnboardingInterviewWritten, findings: Findings): Next {
  const dropped = next_question === null ? [] : [{ path: '/next_question', reason: 'the interview is over' }];
  findings.leaveOut('done', dropped);
  return { next_question: null, field_targeted: null, quick_replies: [] };
}

function asking(
  { next_question, field_targeted, quick_replies }: OnboardingInterviewWritten,
  asked: InterviewAsked,
  profile: Profile,
  open: readonly Field[],
  findings: Findings,
): Next {
  findings.demand('open_fields', targetProblems(next_question, field_targeted, asked, profile, open));
  const question = next_question ?? '';
  const prose = proseOf(question);
  const questions = questionsIn(question);
  const at = (problem: string | null) => when(next_question === null ? null : problem, '/next_question');
  findings.demand('length', at(lengthProblem(prose, QUESTION)));
  findings.demand('one_question', at(questions > 1 ? `asks ${questions} questions, at most one` : null));
  const before = asked.variables.history.filter(({ role }) => role === 'assistant');
  const isRepeated =
    repeats(
      question,
      before.map(({ content }) => content),
    ) >= MOST_REPEATED_SHARE;
  findings.demand('H6', at(isRepeated ? 'asks again what was asked before, in nearly the same words' : null));
  const asks = barredIn(question);
  findings.demand('P2', at(asks === null ? null : `asks for what a course must not know (${asks})`));
  // Two buttons with the same words cannot be told apart.
  return { next_question, field_targeted, quick_replies: [...new Set(quick_replies)] };
}

function targetProblems(
  question: string | null,
  field: Field | null,
  { variables }: InterviewAsked,
  profile: Profile,
  open: readonly Field[],
): readonly Problem[] {
  const path = '/field_targeted';
  const wanted = `ask about one of: ${open.join(', ')}`;
  if (question === null)
    return [{ path: '/next_question', problem: `is null, and the interview is not over: ${wanted}` }];
  if (field === null) return [{ path, problem: `is null: ${wanted}` }];
  const code = probeFor(profile.experience)?.code ?? '';
  if (open.includes(field)) {
    const isProbe = field === 'skill_probe' && !question.includes(code);
    return isProbe
      ? [{ path: '/next_question', problem: `has to show this code as it is, between backticks: ${code}` }]
      : [];
  }
  const why = variables.asked_fields.includes(field)
    ? 'was asked before'
    : isKnown(field, profile)
      ? 'is known already'
      : 'is not to be asked';
  return [{ path, problem: `${field} ${why}; ${wanted}` }];
}

/** A value cut out of a sentence that is barred ("income is rather low"), if the sentence is not without it. */
function carriedKind(value: string, message = ''): string | null {
  for (const sentence of message.split(/[.!?\n]/)) {
    const kind = protectedIn(sentence);
    if (kind !== null && sentence.includes(value) && protectedIn(sentence.replace(value, '')) === null) return kind;
  }
  return null;
}

/** Those that the student said, and that may be kept. */
function sifted(
  deltas: readonly Delta[],
  { history, locale }: OnboardingInterviewVariables,
  findings: Findings,
): readonly Read[] {
  const unsaid: Omit<Dropped, 'rule'>[] = [];
  const barred: Omit<Dropped, 'rule'>[] = [];
  const marked: Omit<Dropped, 'rule'>[] = [];
  const read: Read[] = [];
  for (const [index, delta] of deltas.entries()) {
    const path = `/profile_delta/${index}`;
    const { message_index: messageIndex, quote } = delta.evidence;
    const kind =
      protectedIn(delta.value) ?? protectedIn(quote) ?? carriedKind(delta.value, history[messageIndex]?.content);
    if (kind !== null) {
      barred.push({ path, reason: `is of a kind that no course may go by (${kind})` });
      continue;
    }
    // The quotation may have some, it is the student's; a profile is shown in many places, and not all of them expect any.
    const markup = markupIn(delta.value, []);
    if (markup !== null) {
      marked.push({ path: `${path}/value`, reason: markup });
      continue;
    }
    const said = { value: delta.value, quote, message: history[messageIndex]?.content ?? '' };
    const problem =
      evidenceProblem({ messageIndex, quote }, history) ??
      inOwnWords(delta.field, said) ??
      denialProblem(delta, said.message);
    if (problem !== null) {
      unsaid.push({ path, reason: problem });
      continue;
    }
    const wrong = numberProblem(delta, said.message, locale);
    if (wrong !== null) unsaid.push({ path: `${path}/number`, reason: wrong });
    const unrated = levelProblem(delta, said.message, locale);
    if (unrated !== null) unsaid.push({ path: `${path}/level`, reason: unrated });
    // There is nothing else in a number of minutes; a goal or a language stands without its number.
    if (wrong !== null && delta.field === 'minutes_per_week') continue;
    const { number, level } = delta;
    read.push({
      index,
      delta: { ...delta, number: wrong === null ? number : null, level: unrated === null ? level : null },
    });
  }
  findings.leaveOut('P1', unsaid);
  findings.leaveOut('P2', barred);
  findings.leaveOut('markup', marked);
  return read;
}
