// What the prompts of the package may be asked, for GET /openapi.json: a test renders each. A prompt of the operator's own gets the
// smallest that its schema takes.

import type { JsonObject } from '../index.ts';

const MAXIMUM = {
  problem_statement: 'Write largest(numbers), which returns the largest number of a list that is not empty.',
  language: 'python',
  code: 'def largest(numbers):\n    best = 0\n    for number in numbers:\n        if number > best:\n            best = number\n    return best\n',
  test_results: [
    { name: 'largest([1, 3, 2])', status: 'passed' },
    { name: 'largest([-5, -2])', status: 'failed', input: '[-5, -2]', expected: '-2', actual: '0' },
  ],
};

export const EXAMPLES: Readonly<Record<string, JsonObject>> = {
  tutor_greeting: {
    language: 'python',
    skill_level: 'beginner',
    interests: ['chess'],
    learning_goals: ['Write a small game'],
  },
  exercise_generation: { language: 'python', skill_level: 'beginner', difficulty: 'easy', concepts: ['loops'] },
  code_review: { language: MAXIMUM.language, code: MAXIMUM.code, skill_level: 'beginner', max_comments: 3 },
  hint_generation: { ...MAXIMUM, skill_level: 'beginner' },
  feedback_generation: { ...MAXIMUM, skill_level: 'beginner', attempts: 2 },
  onboarding_interview: {
    history: [
      { role: 'assistant', content: 'What would you like to be able to do?' },
      { role: 'user', content: 'I want to write a small game. I know a little JavaScript.' },
    ],
  },
  concept_explanation: { concept: 'recursion', language: 'python', skill_level: 'beginner', style: 'short' },
  tutor_reply: {
    language: 'python',
    history: [{ role: 'user', content: 'Why does my loop never end?' }],
    code: 'while n > 0:\n    print(n)\n',
  },
};
