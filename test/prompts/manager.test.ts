// The platform's PromptTemplateManager over the templates of the package: typed in, messages out.

import { describe, expect, expectTypeOf, it } from 'vitest';
import { PromptError } from '../../src/prompts/library.ts';
import { type PromptInput, PromptTemplateManager } from '../../src/prompts/manager.ts';
import { FolderAtHand, templateOf } from './folder-at-hand.ts';

const manager = new PromptTemplateManager({ secret: 'secret' });

describe('PromptTemplateManager', () => {
  it('has every prompt of the package, with the schemas of both its sides', () => {
    expect(manager.list().map(({ name }) => name)).toEqual([
      'code_review',
      'concept_explanation',
      'exercise_generation',
      'feedback_generation',
      'hint_generation',
      'onboarding_interview',
      'tutor_greeting',
      'tutor_reply',
    ]);
    for (const { inputSchema, outputSchema } of manager.list()) {
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(outputSchema).toMatchObject({ type: 'object' });
      expect(outputSchema).not.toHaveProperty('properties.internal');
    }
  });

  it('makes the messages of each, from camelCase names', () => {
    const language = 'python';
    const code = 'print(1)';
    const prompts = [
      manager.createGreetingPrompt({
        language,
        skillLevel: 'beginner',
        displayName: 'Ann',
        lastSession: { summary: 'Loops.' },
      }),
      manager.createExercisePrompt({ language, skillLevel: 'beginner', difficulty: 'easy', concepts: ['loops'] }),
      manager.createCodeReviewPrompt({ files: [{ path: 'a.py', content: code }], maxComments: 3 }),
      manager.createHintPrompt({ problemStatement: 'Print 2.', code, language }),
      manager.createFeedbackPrompt({
        problemStatement: 'Print 2.',
        code,
        language,
        testResults: [{ name: 't', status: 'failed' }],
      }),
      manager.createOnboardingPrompt({}),
      manager.createConceptExplanationPrompt({ concept: 'loops', language, skillLevel: 'beginner' }),
      manager.createTutorReplyPrompt({ history: [{ role: 'user', content: 'Why is it endless?' }] }),
    ];
    expect(new Set(prompts.map(({ name }) => name)).size).toBe(manager.list().length);
    for (const { messages, systemPrompt, userPrompt, name, version, hash } of prompts) {
      expect(messages[0]?.role).toBe('system');
      expect(messages.at(-1)).toEqual({ role: 'user', content: userPrompt });
      expect(systemPrompt).toContain('confidential');
      expect(manager.list()).toContainEqual(expect.objectContaining({ name, version, hash }));
    }
    expect(prompts[0]?.userPrompt).toContain('"Ann"');
    expect(prompts[2]?.userPrompt).toMatch(/^[a-z2-7]{6}·0001│ print\(1\)$/m);
  });

  it('takes the names as they are on the wire as well, and by the name of the prompt', () => {
    const wire = { language: 'python', skill_level: 'beginner' as const };
    const camel = { language: 'python', skillLevel: 'beginner' as const };
    expect(manager.createGreetingPrompt(wire)).toEqual(manager.createGreetingPrompt(camel));
    expect(manager.render('tutor_greeting', camel)).toEqual(manager.createGreetingPrompt(wire));
    expect(() => manager.render('tutor_greting', {})).toThrow(/Did you mean "tutor_greeting"/);
    expect(() => manager.render('tutor_greeting', { skillLevle: 1 })).toThrow(
      /language is missing.*skillLevle is not known/,
    );
  });

  it('uses folders of its own, and throws where they have a fault', () => {
    using folder = new FolderAtHand();
    folder.write('greeting', templateOf({ user: 'Hello {{ name | quoted }}' }));
    const own = new PromptTemplateManager({ dirs: [folder.path] });
    expect(own.render('greeting', { name: 'Ann' }).userPrompt).toBe('Hello "Ann"');
    expect(own.list()).toHaveLength(9);
    folder.write('greeting', templateOf({ user: 'Hello {{ name }}' }));
    expect(() => new PromptTemplateManager({ dirs: [folder.path] })).toThrow(PromptError);
  });

  it('makes marks that nobody else can make, where no secret is given', () => {
    const input: PromptInput<'code_review'> = { code: 'x', language: 'python' };
    const [one, two] = [new PromptTemplateManager(), new PromptTemplateManager()];
    expect(one.createCodeReviewPrompt(input).userPrompt).not.toBe(two.createCodeReviewPrompt(input).userPrompt);
    expect(one.createCodeReviewPrompt(input)).toEqual(one.createCodeReviewPrompt(input));
  });

  it('is held to the schemas by the compiler', () => {
    expectTypeOf(manager.createGreetingPrompt).parameter(0).toExtend<object>();
    // @ts-expect-error: a level that is not listed.
    expect(() => manager.createGreetingPrompt({ language: 'python', skillLevel: 'expert' })).toThrow(/skill_level/);
  });
});
