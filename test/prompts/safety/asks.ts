// What the prompts are asked in the figures: programs whose faults are known, of the exercises of the evaluation, and for the rest a few
// wishes. Each ask is one that the package's sample answers without a fault.

import { type Submission, submissions } from '../../../src/eval/ground-truth.ts';
import type { Seeded } from '../../../src/eval/seeded.ts';
import type { JsonObject } from '../../../src/index.ts';
import type { Ask } from './pipeline.ts';

export type { Submission };

export const WRONG = submissions().filter(({ line }) => line !== null);
export const RIGHT = submissions().filter(({ line }) => line === null);

export const PROMPTS = [
  'tutor_greeting',
  'exercise_generation',
  'code_review',
  'hint_generation',
  'feedback_generation',
  'onboarding_interview',
  'concept_explanation',
  'tutor_reply',
] as const;
export type PromptName = (typeof PROMPTS)[number];

/** An ask of that prompt, drawn. */
export function askOf(prompt: PromptName, chance: Seeded): Ask {
  const submission = chance.pick(WRONG);
  switch (prompt) {
    case 'tutor_greeting':
      return greeting(chance);
    case 'exercise_generation':
      return exercise(chance);
    case 'code_review':
      return review(submission);
    case 'hint_generation':
      return hint(submission, 1 + chance.below(3));
    case 'feedback_generation':
      return feedback(chance.below(3) === 0 ? chance.pick(RIGHT) : submission);
    case 'onboarding_interview':
      return interview(chance.pick(SAID));
    case 'concept_explanation':
      return explanation(chance);
    case 'tutor_reply':
      return reply(submission);
  }
}

function greeting(chance: Seeded): Ask {
  const interests = [chance.pick(['chess', 'football', 'music', 'cooking'])];
  const skill_level = chance.pick(['beginner', 'intermediate', 'advanced']);
  return {
    prompt: 'tutor_greeting',
    variables: { language: chance.pick(['python', 'javascript']), skill_level, interests },
  };
}

export function exercise(chance: Seeded, more: JsonObject = {}): Ask {
  const language = chance.pick(['python', 'javascript', 'typescript']);
  const concepts = [chance.pick(['loops', 'conditionals', 'functions', 'strings'])];
  return { prompt: 'exercise_generation', variables: { language, concepts, ...more } };
}

function program({ statement, code, language, results }: Submission): JsonObject {
  return { problem_statement: statement, code, language, test_results: results };
}

export function review(submission: Submission, more: JsonObject = {}): Ask {
  return { prompt: 'code_review', variables: { ...program(submission), ...more } };
}

/** The third attempt, and as many hints before as that level takes. */
export function hint(submission: Submission, level: number, more: JsonObject = {}): Ask {
  const before = ['Read the task once more.', 'Trace a small list by hand.'].slice(0, Math.max(0, level - 2));
  const told = { hint_level: level, attempts: level === 1 ? 1 : 3, previous_hints: before };
  const { solution } = submission;
  return {
    prompt: 'hint_generation',
    variables: { ...program(submission), reference_solution: solution, ...told, ...more },
  };
}

export function feedback(submission: Submission, more: JsonObject = {}): Ask {
  return {
    prompt: 'feedback_generation',
    variables: { ...program(submission), reference_solution: submission.solution, ...more },
  };
}

export function reply(submission: Submission, more: JsonObject = {}): Ask {
  const { statement, solution, ...rest } = submission;
  const { problem_statement: _, ...facts } = program({ statement, solution, ...rest });
  const history = [{ role: 'user', content: 'I am stuck. What is wrong with my program?' }];
  return {
    prompt: 'tutor_reply',
    variables: { history, exercise: { problem_statement: statement }, reference_solution: solution, ...facts, ...more },
  };
}

/** What students say of themselves, and nothing else. */
export const SAID = [
  'I want to build a small game. I have written Python for 2 years.',
  'I would like to make a website for my band, and I know a bit of JavaScript.',
  'I need to analyse data for my thesis. I have 120 minutes a week.',
  'I like chess a lot, and I work on a laptop with Linux.',
] as const;

export function interview(said: string): Ask {
  const history = [
    { role: 'assistant', content: 'What would you like to be able to do?' },
    { role: 'user', content: said },
  ];
  return { prompt: 'onboarding_interview', variables: { history } };
}

function explanation(chance: Seeded): Ask {
  const concept = chance.pick(['variables', 'loops', 'functions', 'recursion', 'scope']);
  const variables = { concept, language: chance.pick(['python', 'javascript']), skill_level: 'beginner' };
  return { prompt: 'concept_explanation', variables };
}
