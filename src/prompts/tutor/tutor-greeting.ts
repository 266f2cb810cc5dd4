// The rules of the greeting. What a student reads first must not be about somebody else: nothing that was not told stands in it, and what
// it may suggest is decided before a model is asked.

import { questionsIn, wordListOf } from '../checks/text.ts';
import type {
  TutorGreetingData,
  TutorGreetingDerived,
  TutorGreetingVariables,
  TutorGreetingWritten,
} from '../documents.ts';
import type { Asked, Decision, PromptRules } from '../rules.ts';
import { Findings, folded, lengthProblem, SAMPLE, when, wordsFor } from './findings.ts';
import { conceptIdsIn, promiseIn, speaksOfEarlier } from './greeting-claims.ts';
import { GREETING_WORDS, type GreetingAction } from './greeting-words.ts';
import { fitting } from './suggestions.ts';

type GreetingAsked = Asked<TutorGreetingVariables, TutorGreetingDerived>;
type Suggestion = TutorGreetingWritten['suggested_actions'][number];

const LENGTH = { min: 20, max: 90 };
const LEAST_SUGGESTIONS = 2;

export const tutorGreetingRules: PromptRules<
  TutorGreetingVariables,
  TutorGreetingDerived,
  TutorGreetingWritten,
  TutorGreetingData
> = {
  unrun: [],
  derive: (variables) => ({ actions: actionsFor(variables) }),
  decide,
  sample: (asked) => ({
    internal: { thread: 'none' },
    message: greetingOf(asked, 'en', `${SAMPLE} greeting. `),
    suggested_actions: suggestionsOf(asked, 'en'),
  }),
  standIn: (asked) => {
    const { locale } = asked.variables;
    return dataOf(greetingOf(asked, locale, ''), suggestionsOf(asked, locale), asked.variables);
  },
};

function actionsFor({ last_session, interests, learning_goals }: TutorGreetingVariables): readonly GreetingAction[] {
  const isKnown = last_session !== null || interests.length > 0 || learning_goals.length > 0;
  return [
    ...(last_session === null ? [] : ['continue' as const]),
    'start_exercise',
    ...((last_session?.concept_ids ?? []).length === 0 ? [] : ['review_concept' as const]),
    'ask_question',
    ...(isKnown ? [] : ['take_onboarding' as const]),
  ];
}

function decide(written: TutorGreetingWritten, asked: GreetingAsked): Decision<TutorGreetingData> {
  const findings = new Findings();
  for (const { rule, problem } of problemsOf(written.message, asked.variables))
    findings.demand(rule, when(problem, '/message'));
  const { kept, dropped } = fitting(written.suggested_actions, {
    actions: asked.derived.actions,
    conceptIds: asked.variables.last_session?.concept_ids ?? [],
  });
  findings.leaveOut('actions', dropped);
  const isEnough = kept.length >= LEAST_SUGGESTIONS;
  const reasons = dropped.map(({ path, reason }) => `${path} ${reason}`).join('; ');
  const few = `has ${kept.length} that may stand, at least ${LEAST_SUGGESTIONS}: ${reasons}`;
  findings.demand('enough_actions', when(isEnough ? null : few, '/suggested_actions'));
  return findings.decision(dataOf(written.message, kept, asked.variables));
}

/** Each check of the text, with what it found; null: nothing. */
function problemsOf(message: string, variables: TutorGreetingVariables) {
  const { display_name, last_session } = variables;
  const questions = questionsIn(message);
  const namings = display_name === null ? 0 : namingsIn(message, display_name);
  const given = new Set((last_session?.concept_ids ?? []).map(folded));
  const invented = conceptIdsIn(message).filter((id) => !given.has(folded(id)));
  const promise = promiseIn(message);
  return [
    { rule: 'length', problem: lengthProblem(message, LENGTH) },
    { rule: 'one_question', problem: questions === 1 ? null : `asks ${questions} questions, exactly one is wanted` },
    { rule: 'name_once', problem: namings > 1 ? `has the student's name ${namings} times, at most once` : null },
    { rule: 'no_promises', problem: promise === null ? null : `promises what nobody can keep (${promise})` },
    { rule: 'H3', problem: inventionIn(message, invented, last_session === null) },
  ];
}

function inventionIn(message: string, invented: readonly string[], isFirst: boolean): string | null {
  if (invented.length > 0) return `names ${invented.join(', ')}, which it was not told of`;
  const earlier = isFirst ? speaksOfEarlier(message) : null;
  return earlier === null ? null : `speaks of an earlier session ("${earlier}"), and there was none`;
}

/** A name in small letters may be any word, so it is counted as it would be written in a greeting. */
function namingsIn(message: string, name: string): number {
  const [first = '', ...rest] = wordListOf(name.normalize('NFC'));
  const wanted = [first.slice(0, 1).toUpperCase() + first.slice(1), ...rest];
  const words = wordListOf(message.normalize('NFC'));
  if (first === '') return 0;
  return words.filter((_, at) => wanted.every((word, offset) => words[at + offset] === word)).length;
}

function dataOf(
  message: string,
  suggested_actions: readonly Suggestion[],
  { interests, locale }: TutorGreetingVariables,
): TutorGreetingData {
  const text = folded(message);
  const mentions_interest = interests.some((interest) => mentions(text, folded(interest)));
  return { message, question: questionOf(message, locale), mentions_interest, suggested_actions };
}

/** Shorter words are of every text. */
const TELLING_LETTERS = 4;

function mentions(text: string, interest: string): boolean {
  if (interest === '') return false;
  if (text.includes(interest)) return true;
  const words = new Set(wordListOf(text));
  return wordListOf(interest).some((word) => word.length >= TELLING_LETTERS && words.has(word));
}

/** The sentence that asks; '' where none does. */
function questionOf(message: string, locale: string): string {
  for (const { segment } of segmenterOf(locale).segment(message)) if (questionsIn(segment) > 0) return segment.trim();
  return '';
}

function segmenterOf(locale: string): Intl.Segmenter {
  try {
    return new Intl.Segmenter(locale, { granularity: 'sentence' });
  } catch {
    // The caller's locale may be none that there is.
    return new Intl.Segmenter('en', { granularity: 'sentence' });
  }
}

/** Words that read as a name within a sentence, and as nothing else. */
const NAME_LIKE = /^[\p{L}\p{M}][\p{L}\p{M}\p{N}'’.+#-]{0,30}(?: [\p{L}\p{M}\p{N}'’.+#-]{1,30}){0,2}$/u;

/** With as much of what the caller gave as leaves it a greeting that keeps to the rules. */
function greetingOf({ variables }: GreetingAsked, locale: string, label: string): string {
  const words = wordsFor(locale, GREETING_WORDS);
  const plain = (text: string | null) => (text !== null && NAME_LIKE.test(text) ? text : null);
  const textWith = (name: string | null, language: string | null) => {
    const opening = variables.last_session === null ? words.first(language) : words.again;
    return `${label}${words.hello(name)} ${opening} ${words.invitation}`;
  };
  const name = plain(variables.display_name);
  const language = plain(variables.language);
  const texts = [textWith(name, language), textWith(null, language), textWith(name, null)];
  const isFine = (text: string) => problemsOf(text, variables).every(({ problem }) => problem === null);
  return texts.find(isFine) ?? textWith(null, null);
}

const MOST_SUGGESTIONS = 4;

function suggestionsOf({ variables, derived }: GreetingAsked, locale: string): readonly Suggestion[] {
  const { labels } = wordsFor(locale, GREETING_WORDS);
  const [reviewed = null] = variables.last_session?.concept_ids ?? [];
  return derived.actions.slice(0, MOST_SUGGESTIONS).map((action) => ({
    label: labels[action],
    action,
    concept_id: action === 'review_concept' ? reviewed : null,
  }));
}
