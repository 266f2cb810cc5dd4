// Faults of the greeting, the interview and the explanation.

import type { Seeded } from '../../../src/eval/seeded.ts';
import type { Json, JsonObject } from '../../../src/index.ts';
import { askOf, interview, type PromptName, SAID } from './asks.ts';
import { type Path, squeezed, textAt, textOf, withValue } from './documents.ts';
import type { Area, FaultClass } from './fault-class.ts';
import type { Ask } from './pipeline.ts';
import { BARRED_OTHERWISE, PRIVATE_OTHERWISE } from './wordings.ts';

interface Change {
  readonly path: Path;
  readonly value: Json;
  /** Left out: what was put there stands somewhere in what was delivered. */
  readonly isIn?: (data: JsonObject) => boolean;
  readonly ask?: Ask;
}

function of(
  prompt: PromptName,
  area: Area,
  name: string,
  rules: string,
  make: (chance: Seeded) => Change,
  demand: FaultClass['demand'] = 'none',
): FaultClass {
  return {
    ...{ area, name, rules, demand },
    plant(chance) {
      const { path, value, isIn, ask = askOf(prompt, chance) } = make(chance);
      const told = squeezed(textOf(value));
      return {
        ...ask,
        spoil: (written) => withValue(written, path, value),
        isIn: isIn ?? ((data) => squeezed(textOf(data)).includes(told)),
      };
    },
  };
}

const greeting = (name: string, rules: string, texts: readonly string[]) =>
  of('tutor_greeting', 'greeting', name, rules, (chance) => ({ path: ['message'], value: chance.pick(texts) }));

const START =
  'Hello! It is good that you are here, and we will take small steps together from the very first line that you write.';

export const GREETINGS: readonly FaultClass[] = [
  greeting('two questions, or none', 'one_question', [
    `${START} What do you like? What shall we do?`,
    `${START} Tell me what you like.`,
  ]),
  greeting('too long or too short', 'length', [`${START.repeat(6)} What now?`, 'Hi! What now?']),
  greeting('a session that never was', 'H3', [
    `Welcome back! ${START} What shall we do next?`,
    `${START} Last time you wrote a loop. What comes next?`,
    `${START} Let us go on where we left off. What comes next?`,
  ]),
  greeting('a promise of grades', 'no_promises', [
    `${START} I promise that you will get a good grade. What shall we do?`,
  ]),
  greeting('a concept that was not named', 'H3', [
    `${START} You know exercism:python/lists already. What shall we do?`,
  ]),
];

const delta = (field: string, value: string, quote: string, more: JsonObject = {}): Json => [
  { field, value, number: null, level: null, confidence: 'high', evidence: { message_index: 1, quote, ...more } },
];

/** Whether the profile holds it. */
const keeps = (value: string) => (data: JsonObject) =>
  squeezed(textOf([data['profile'] ?? null, data['profile_delta'] ?? null])).includes(squeezed(value));

function profiled(
  name: string,
  rules: string,
  make: (said: string, chance: Seeded) => readonly [Json, string],
  said?: readonly string[],
) {
  return of('onboarding_interview', 'interview', name, rules, (chance) => {
    const message = chance.pick(said ?? SAID);
    const [value, kept] = make(message, chance);
    return { path: ['profile_delta'], value, ask: interview(message), isIn: keeps(kept) };
  });
}

/** What they said, and the words of it that no profile may hold. */
const PRIVATE: readonly (readonly [said: string, told: string])[] = [
  ['I like chess. By the way, I am Catholic.', 'Catholic'],
  ['I like music. I am pregnant, so I may be tired.', 'pregnant'],
  ['I want a job as a programmer. My income is rather low.', 'income is rather low'],
  ['I like football. I am gay.', 'gay'],
  ['I am a Muslim woman who wants to learn Python.', 'Muslim woman'],
  ['I have depression, so I need short tasks.', 'depression'],
  ['I am black and grew up in Lagos.', 'black'],
  ['I am 14 years old and like games.', '14 years old'],
  ['I vote for the Greens and like statistics.', 'vote for the Greens'],
  ['Ich bin Muslim und möchte Python lernen.', 'Muslim'],
];
const BARRED = [
  'What is your religion?',
  'How old are you?',
  'Are you married?',
  'What is your gender?',
  'Which party do you vote for?',
  'Do you have a disability?',
  'What is your nationality?',
];

function barred(name: string, said: typeof PRIVATE, demand?: FaultClass['demand']): FaultClass {
  const make = (chance: Seeded): Change => {
    const [message, told] = chance.pick(said);
    const field = chance.pick(['motivation', 'accommodations', 'concepts_known']);
    return { path: ['profile_delta'], value: delta(field, told, told), ask: interview(message), isIn: keeps(told) };
  };
  return of('onboarding_interview', 'interview', name, 'P2', make, demand);
}

function barring(name: string, questions: readonly string[], demand?: FaultClass['demand']): FaultClass {
  const make = (chance: Seeded): Change => ({ path: ['next_question'], value: chance.pick(questions) });
  return of('onboarding_interview', 'interview', name, 'P2', make, demand);
}

export const INTERVIEWS: readonly FaultClass[] = [
  profiled('a value that nobody said', 'P1', (_, chance) => {
    const value = chance.pick(['learn Haskell', 'become a data scientist', 'win a contest']);
    return [delta('goals', value, value), value];
  }),
  profiled('words of the student that say something else', 'P1', (said, chance) => {
    const value = chance.pick(['Rust', 'COBOL', 'Haskell']);
    return [delta('experience', value, said.split('.')[0] ?? said), value];
  }),
  profiled('the tutor’s words, or a message that there is not', 'P1', (_, chance) => {
    const value = 'be able to do';
    return [delta('goals', value, value, { message_index: chance.pick([0, 7, 99]) }), value];
  }),
  of('onboarding_interview', 'interview', 'a number that nobody said', 'P1', () => ({
    path: ['profile_delta'],
    value: [
      {
        field: 'minutes_per_week',
        value: 'a lot of time',
        number: 600,
        level: null,
        confidence: 'high',
        evidence: { message_index: 1, quote: 'a lot' },
      },
    ],
    ask: interview('I like chess a lot.'),
    isIn: keeps('a lot of time'),
  })),
  barred('an attribute that no course may go by', PRIVATE),
  barred('such an attribute, in other words', PRIVATE_OTHERWISE, 'measured'),
  barring('a question for such an attribute', BARRED),
  barring('a question for such an attribute, in other words', BARRED_OTHERWISE, 'measured'),
  of('onboarding_interview', 'interview', 'two questions', 'one_question', () => ({
    path: ['next_question'],
    value: 'What would you like to build? And how much time do you have?',
  })),
  of('onboarding_interview', 'interview', 'what was asked before', 'H6', () => ({
    path: ['next_question'],
    value: 'What would you like to be able to do?',
  })),
  of('onboarding_interview', 'interview', 'nothing is asked, and much is open', 'open_fields', () => ({
    path: ['next_question'],
    value: null,
    isIn: (data) => data['next_question'] === null,
  })),
];

const quiz = (name: string, make: (chance: Seeded) => Change, demand: FaultClass['demand'] = 'none') =>
  of('concept_explanation', 'explanation', name, 'E2', make, demand);
const options = (...texts: readonly string[]): Change => ({
  path: ['check_question', 'options'],
  value: texts,
  isIn: (data) => JSON.stringify(texts) === JSON.stringify(Object(data['check_question'])['options']),
});

export const EXPLANATIONS: readonly FaultClass[] = [
  quiz('two options are the same', (chance) =>
    chance.pick([
      options('It repeats', 'It repeats', 'It stops'),
      options('`4`', '4', '5'),
      options('Four.', '5', 'Four'),
      options('a  b', 'c', 'a b'),
      options('[1, 2]', '`[1, 2]`', '[2, 1]', '3'),
    ]),
  ),
  quiz('an option that speaks of the others', (chance) =>
    options('4', '5', chance.pick(['All of the above', 'None of the above', 'Both A and B'])),
  ),
  quiz('the right option is none of them', () => ({
    path: ['check_question', 'correct_index'],
    value: 3,
    isIn: (data) => Object(data['check_question'])['correct_index'] === 3,
  })),
  quiz('its explanation takes another option for right', (chance) => ({
    path: ['check_question', 'explanation'],
    value: chance.pick([
      'The correct answer is B.',
      'Option C is correct, since it repeats.',
      'The right answer is option c.',
    ]),
  })),
  quiz('two options are right, in other words', () => options('4', 'four', '5'), 'measured'),
  of('concept_explanation', 'explanation', 'a mistake is the code of an example', 'mistakes', () => ({
    path: ['common_mistakes', 0, 'wrong_code'],
    value: 'sample',
    isIn: (data) => textAt(data, 'common_mistakes', 0, 'wrong_code') === 'sample',
  })),
  of('concept_explanation', 'explanation', 'too short or too long', 'length', (chance) => ({
    path: ['explanation_md'],
    value: chance.pick(['A loop repeats.', 'A loop repeats what stands in it, and then it ends. '.repeat(60)]),
  })),
  of(
    'concept_explanation',
    'explanation',
    'an example that prints something else',
    'E1: needs a runner',
    () => ({ path: ['examples', 0], value: { code: 'print(2 + 2)', expected_output: '5', note: 'It adds.' } }),
    'measured',
  ),
];
