// Each prompt of the package from end to end, without any vendor: over HTTP, whole and streamed, in the library, at the command line. What
// the offline provider writes is a sample, which passes the same judge as a model's answer and says what it is.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schemaCheck } from '../../src/core/schema-check.ts';
import { chatReply } from '../../src/gateway/conversation-schemas.ts';
import { EXAMPLES } from '../../src/gateway/prompt-examples.ts';
import { promptAnswerShape, promptListReply } from '../../src/gateway/prompt-schemas.ts';
import type { PromptFace } from '../../src/index.ts';
import { Folder } from '../cli/command.ts';
import { eventsIn, type RunningGateway, startGateway } from './start.ts';

const PROMPTS = '/api/v1/llm/prompts';
const NAMES = Object.keys(EXAMPLES);

let here: RunningGateway;
beforeAll(async () => {
  here = await startGateway({ env: { LLM_PRIMARY_PROVIDER: 'offline' } });
});
afterAll(() => here.close());

/** As an application calls them, so that the compiler holds their types to the templates. */
const CALLS: Readonly<Record<string, (prompts: PromptFace) => Promise<{ readonly data: object }>>> = {
  tutor_greeting: ({ tutorGreeting }) =>
    tutorGreeting({
      language: 'python',
      skillLevel: 'beginner',
      interests: ['chess'],
      learningGoals: ['Write a small game'],
    }),
  exercise_generation: ({ exerciseGeneration }) =>
    exerciseGeneration({ language: 'python', skillLevel: 'beginner', difficulty: 'easy', concepts: ['loops'] }),
  code_review: ({ codeReview }) =>
    codeReview({ language: 'python', code: code('code_review'), skillLevel: 'beginner', maxComments: 3 }),
  hint_generation: ({ hintGeneration }) => hintGeneration({ ...attempt(), skillLevel: 'beginner' }),
  feedback_generation: ({ feedbackGeneration }) =>
    feedbackGeneration({ ...attempt(), skillLevel: 'beginner', attempts: 2 }),
  onboarding_interview: ({ onboardingInterview }) =>
    onboardingInterview({
      history: [
        { role: 'assistant', content: 'What would you like to be able to do?' },
        { role: 'user', content: 'I want to write a small game. I know a little JavaScript.' },
      ],
    }),
  concept_explanation: ({ conceptExplanation }) =>
    conceptExplanation({ concept: 'recursion', language: 'python', skillLevel: 'beginner', style: 'short' }),
  tutor_reply: ({ tutorReply }) =>
    tutorReply({
      language: 'python',
      history: [{ role: 'user', content: 'Why does my loop never end?' }],
      code: code('tutor_reply'),
    }),
};

const code = (name: string) => String(EXAMPLES[name]?.['code']);
const attempt = () => ({
  problemStatement: 'Write largest(numbers), which returns the largest number of a list that is not empty.',
  language: 'python',
  code: code('hint_generation'),
  testResults: [
    { name: 'largest([1, 3, 2])', status: 'passed' as const },
    { name: 'largest([-5, -2])', status: 'failed' as const, input: '[-5, -2]', expected: '-2', actual: '0' },
  ],
});

describe('the prompts of the package', () => {
  it('are these, each with an example', async () => {
    const { prompts } = promptListReply.parse(await (await here.get(PROMPTS)).json());
    expect(prompts.map(({ name }) => name)).toEqual([...NAMES].sort());
    expect(Object.keys(CALLS).sort()).toEqual([...NAMES].sort());
  });

  it.each(NAMES)(
    '%s gives over HTTP, whole and streamed, and in the library, data that keeps to its schema',
    async (name) => {
      const { outputSchema, version, hash } = here.service.prompts.find(name);
      const ask = (more: object) =>
        here.post(`${PROMPTS}/${name}/completion`, { variables: EXAMPLES[name], cache: 'off', ...more });
      const whole = promptAnswerShape.parse(await (await ask({})).json());
      expect(schemaCheck(outputSchema, 1).faultsIn(JSON.parse(whole.content))).toEqual([]);
      expect(JSON.parse(whole.content)).toEqual(whole.data);
      expect(whole).toMatchObject({
        provider: 'offline',
        cost_usd: '0.00',
        prompt: { name, version, hash },
        verification: { status: 'unverified', repairs: 0, fallback: null },
      });
      expect(JSON.stringify(whole.data)).not.toContain('"internal"');
      const events = eventsIn(await (await ask({ stream: true })).text());
      expect(JSON.parse(events.at(-1)?.data ?? '')).toMatchObject({
        type: 'response-end',
        data: whole.data,
        prompt: { name },
      });
      const called = await CALLS[name]?.(here.service.prompts);
      expect(snakeCase(called?.data)).toEqual(whole.data);
    },
  );

  it('give at the command line what they give over HTTP', { timeout: 240_000 }, async () => {
    await using folder = new Folder();
    for (const name of NAMES) {
      const { code: exitCode, stdout } = await folder.run([
        'prompts',
        'run',
        name,
        '--vars',
        JSON.stringify(EXAMPLES[name]),
        '--json',
      ]);
      const reply = await here.post(`${PROMPTS}/${name}/completion`, { variables: EXAMPLES[name] });
      const { data } = promptAnswerShape.parse(await reply.json());
      expect([name, exitCode]).toEqual([name, 0]);
      expect(JSON.parse(stdout)).toMatchObject({ data, verification: { status: 'unverified' }, prompt: { name } });
    }
  });

  it('tutor_reply answers in a conversation, in which its words are kept', async () => {
    const chat = { prompt: 'tutor_reply', variables: { language: 'python' }, message: 'Why does my loop never end?' };
    const answer = chatReply.parse(await (await here.post('/api/v1/llm/chat', chat)).json());
    expect(answer.content).toBe(answer.data?.['message']);
    const kept = await (await here.get(`/api/v1/llm/conversations/${answer.conversation_id}`)).text();
    expect(kept).toContain(JSON.stringify(answer.content));
  });
});

/** The names of documents, none of which has a capital letter in it. */
function snakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCase);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    snakeCase(member),
  ]);
  return Object.fromEntries(members);
}
