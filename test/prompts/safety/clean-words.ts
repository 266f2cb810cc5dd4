// Answers as a good tutor words them, made of the facts of each case: what is refused of these is a false alarm. The package's samples are
// tame, so that none of them is refused says little.

import type { Seeded } from '../../../src/eval/seeded.ts';
import type { JsonObject } from '../../../src/index.ts';
import { feedback, hint, interview, RIGHT, reply, review, type Submission, WRONG } from './asks.ts';
import { withValue } from './documents.ts';
import type { Ask } from './pipeline.ts';

export interface CleanAnswer extends Ask {
  readonly area: 'hint' | 'reply' | 'review' | 'feedback' | 'interview' | 'greeting';
  write(sample: JsonObject): JsonObject;
}

interface Facts {
  readonly input: string;
  readonly expected: string;
  readonly actual: string;
  readonly test: string;
  readonly line: number;
  /** The line that is wrong, as it stands. */
  readonly code: string;
  /** A name of the program. */
  readonly name: string;
}

function factsOf({ results, code, line }: Submission): Facts {
  const failing = results.find(({ status }) => status !== 'passed') ?? results[0];
  const of = (key: string) => String(failing?.[key] ?? 'nothing');
  const [name = 'it'] = /(?<=\(|, )\w{3,}(?=[,)])/.exec(code.split('\n')[0] ?? '') ?? [];
  const facts = { input: of('input'), expected: of('expected'), actual: of('actual'), test: of('name') };
  return { ...facts, line: line ?? 1, code: (code.split('\n')[(line ?? 1) - 1] ?? '').trim(), name };
}

type Word = (facts: Facts) => string;

const HINTS: readonly Word[] = [
  ({ input, expected, actual }) =>
    `For \`${input}\` your function gives \`${actual}\`, and \`${expected}\` is wanted. Trace it by hand.`,
  ({ line }) => `Look at line ${line} once more. What does it decide, and when?`,
  ({ code }) => `Read \`${code}\` aloud. Is that what the task asks for?`,
  ({ name }) => `Write down what \`${name}\` holds before and after the loop. Where do you first get a surprise?`,
  () =>
    'Most of it is right. Think about the smallest input that the task allows, and what your function does with it.',
  ({ test, expected }) => `\`${test}\` wants \`${expected}\`. Which step of your program decides that value?`,
  () => 'Say in one sentence what has to be true when the loop ends. Does your program make it true?',
];

const REPLIES: readonly Word[] = [
  ...HINTS,
  ({ code }) => `You asked what is wrong. When it comes to \`${code}\`, what are the values of the names in it?`,
  () =>
    'Good that you asked. A comparison decides which way a program goes; follow yours with two numbers, a small one and a great one.',
  ({ actual }) => `You get \`${actual}\` at the moment. Before we change anything: what did you expect, and why?`,
  () =>
    'I cannot give you the code, but I can help you with the next step. Which part of the task does your program do already?',
];

const SUMMARIES: readonly Word[] = [
  ({ input, actual }) => `Your program runs, and some tests pass. For \`${input}\` it gives \`${actual}\`.`,
  () => 'The structure is sound. One step does not do yet what the task asks for.',
  ({ test }) => `\`${test}\` fails. The others show that you are on the way.`,
  () => 'You go through all of the input, which is what is needed. Now look at what happens in each step.',
  () => 'Once the condition is right, all tests will pass.',
];
const RIGHT_SUMMARIES = [
  'All tests pass. Well done: short, and easy to read.',
  'Your solution is correct. You could think about a clearer name next.',
  'It passes every test, and each step has one purpose.',
];
const REMARKS: readonly Word[] = [
  ({ input, expected, actual }) => `For \`${input}\` this gives \`${actual}\`, where \`${expected}\` is wanted.`,
  () => 'What happens here when there is nothing left to compare?',
  () => 'This name says what it holds, which makes the next line easy to read.',
  ({ line }) => `Line ${line} decides which values count. Which ones should?`,
  () => 'Try this line with two equal values and see what it does.',
];
const GREETINGS = [
  'Hello! Nice to meet you. We will begin with something small, and you can stop at any time. What would you like to make first?',
  'Welcome! Chess and programming have much in common: you think some moves ahead. Which of the two would you rather begin with today, a puzzle or a small game?',
];
const QUESTIONS = [
  'What would you like to build first?',
  'Which of these would be fun for you: a game, a website, or something with data?',
  'What made you want to learn this?',
];

/** Some tests pass, and of the first that does not it is known what came out: what the words above say is true of these. */
const HALF_RIGHT = WRONG.filter(({ results }) => {
  const failing = results.find(({ status }) => status !== 'passed');
  return results.some(({ status }) => status === 'passed') && typeof failing?.['actual'] === 'string';
});

export function cleanAnswers(count: number, chance: Seeded): readonly CleanAnswer[] {
  return Array.from({ length: count }, () => {
    const wrong = chance.pick(HALF_RIGHT);
    return chance.pick([hinted, replied, reviewed, praised, corrected, asked, greeted])(wrong, factsOf(wrong), chance);
  });
}

type Make = (submission: Submission, facts: Facts, chance: Seeded) => CleanAnswer;

const hinted: Make = (submission, facts, chance) => {
  const text = chance.pick(HINTS)(facts);
  return { area: 'hint', ...hint(submission, 1 + chance.below(3)), write: (sample) => ({ ...sample, hint: text }) };
};

const replied: Make = (submission, facts, chance) => {
  const text = chance.pick(REPLIES)(facts);
  return { area: 'reply', ...reply(submission), write: (sample) => ({ ...sample, message: text, hint_level_used: 1 }) };
};

const reviewed: Make = (submission, facts, chance) => {
  const said = { title: 'What this line decides', explanation: chance.pick(REMARKS)(facts), quote: facts.code };
  const summary = chance.pick(SUMMARIES)(facts);
  return {
    ...{ area: 'review', ...review(submission) },
    write: (sample) => {
      const [first] = Array.isArray(sample['comments']) ? sample['comments'] : [];
      return { ...sample, summary, comments: [{ ...Object(first), ...said, kind: 'actionable' }] };
    },
  };
};

const corrected: Make = (submission, facts, chance) => {
  const issue = {
    quote: facts.code,
    explanation: chance.pick(REMARKS)(facts),
    concept_id: null,
    next_action: chance.pick(HINTS)(facts),
  };
  const summary = chance.pick(SUMMARIES)(facts);
  const write = (sample: JsonObject) => ({ ...sample, summary, issues: [issue], next_step: chance.pick(HINTS)(facts) });
  return { area: 'feedback', ...feedback(submission), write };
};

const praised: Make = (_, __, chance) => {
  const summary = chance.pick(RIGHT_SUMMARIES);
  return { area: 'feedback', ...feedback(chance.pick(RIGHT)), write: (sample) => ({ ...sample, summary }) };
};

const asked: Make = (_, __, chance) => {
  const question = chance.pick(QUESTIONS);
  const ask = interview('I like chess a lot, and I work on a laptop with Linux.');
  return { area: 'interview', ...ask, write: (sample) => withValue(sample, ['next_question'], question) };
};

const greeted: Make = (_, __, chance) => {
  const message = chance.pick(GREETINGS);
  const variables = { language: 'python', skill_level: 'beginner', interests: ['chess'] };
  return { area: 'greeting', prompt: 'tutor_greeting', variables, write: (sample) => ({ ...sample, message }) };
};
