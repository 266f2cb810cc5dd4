// Hints and exercises as they come out of the judge: what holds for every prompt and what holds for these, in one verdict.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { llmError } from '../../../src/core/errors.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { GOOD } from './exercise-corpus.ts';
import { PromptUnderTest } from './filled.ts';
import { TASKS } from './hint-corpus.ts';

const hints = new PromptUnderTest('hint_generation');
const exercises = new PromptUnderTest('exercise_generation');
const AWAY = llmError('all_providers_unavailable', 'Nobody is there.');
const never = new AbortController().signal;
const [LARGEST] = TASKS;
const INPUT: JsonObject = { ...LARGEST?.input };
const HINT = {
  internal: { diagnosis: 'It starts at 0.', target_quote: 'm = 0' },
  hint: 'Follow `m` through the loop by hand for the input `[-5, -2]`. Write down what it holds after each number.',
  question: 'Is `0` in the list?',
  concept_ids: [],
};

function verdictOn(prompt: PromptUnderTest, variables: JsonObject, written: JsonObject, provider = 'groq') {
  return prompt.judgeOf(variables).verdictOn(JSON.stringify(written), { provider, repairs: 0 }, never);
}

describe('a judged hint', () => {
  it('that is sound is delivered, and told to be checked in part', async () => {
    const verdict = await verdictOn(hints, INPUT, HINT);
    expect(verdict).toMatchObject({
      isAccepted: true,
      data: { hint: HINT.hint, level: 1 },
      verification: { status: 'partly', fallback: null },
    });
    expect(JSON.stringify(verdict)).not.toContain('It starts at 0.');
  });

  it('G1: in another language than the student reads is refused', async () => {
    const verdict = await verdictOn(hints, { ...INPUT, locale: 'de' }, HINT);
    expect(verdict).toMatchObject({ isAccepted: false, place: expect.stringContaining('G1') });
  });

  it('G2, G3: with a picture from elsewhere, or with what the instructions say, is refused', async () => {
    const picture = await verdictOn(hints, INPUT, { ...HINT, hint: '![m](https://example.org/m.png) Look at `m`.' });
    expect(picture).toMatchObject({ isAccepted: false, place: expect.stringContaining('G2') });
    const told =
      'A student is stuck and gets one hint from you. Students learn from the step they take themselves, so give the smallest help';
    expect(await verdictOn(hints, INPUT, { ...HINT, hint: told })).toMatchObject({
      isAccepted: false,
      place: expect.stringContaining('G3'),
    });
  });

  it('H2: whose refusal is told to a caller has nothing of the solution in it', async () => {
    const verdict = await verdictOn(hints, INPUT, { ...HINT, hint: `Write \`best = nums[0]\` there.` });
    expect(verdict).toMatchObject({ isAccepted: false });
    if (!verdict.isAccepted) expect(verdict.place).not.toContain('best');
  });

  it('comes without a model where none is to be had, in the language of the student', async () => {
    for (const [locale, word] of [
      ['en', 'expected'],
      ['de', 'erwartet'],
      ['es', 'espera'],
      ['fr', 'attendu'],
      ['pl', 'oczekiwane'],
    ] as const) {
      const accepted = hints.judgeOf({ ...INPUT, locale }).standIn(AWAY);
      expect(accepted).toMatchObject({ data: { level: 1 }, verification: { fallback: 'deterministic' } });
      expect(accepted?.content).toContain(word);
      expect(accepted?.verification.checks.find(({ id }) => id === 'G1')?.verdict).not.toBe('failed');
    }
  });
});

describe('a judged exercise', () => {
  it.each(['python', 'javascript', 'typescript'] as const)(
    'in %s that is sound is delivered, and told to be checked in part',
    async (language) => {
      const { input, written } = GOOD[language];
      const verdict = await verdictOn(exercises, { ...input }, { ...written });
      expect(verdict).toMatchObject({ isAccepted: true, verification: { status: 'partly', dropped: [] } });
      if (verdict.isAccepted)
        expect(
          verdict.verification.checks
            .filter(({ evidence }) => evidence === 'needs a runner of code')
            .map(({ id }) => id),
        ).toEqual(['X1', 'X3', 'X4', 'X5']);
    },
  );

  it('has none to stand in for it', () => {
    expect(exercises.judgeOf({ ...GOOD.python.input }).standIn(AWAY)).toBeNull();
  });
});

describe('an offline sample', () => {
  const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });

  it('of a hint is accepted and called unverified, whatever the student wrote', async () => {
    await fc.assert(
      fc.asyncProperty(
        word,
        word,
        fc.constantFrom('en', 'de', 'ja'),
        fc.array(word, { maxLength: 4 }),
        async (problem_statement, code, locale, previous_hints) => {
          const variables = {
            problem_statement,
            code,
            language: 'python',
            locale,
            previous_hints,
            reference_solution: code,
          };
          const sample = hints.rules.sample(hints.filled(variables).asked);
          expect(await verdictOn(hints, variables, sample, 'offline')).toMatchObject({
            isAccepted: true,
            verification: { status: 'unverified' },
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('of an exercise is accepted and called unverified, whatever was asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(word, fc.constantFrom('python', 'typescript')),
        fc.array(word, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('en', 'de'),
        async (language, concepts, locale) => {
          const variables = { language, concepts, locale };
          const sample = exercises.rules.sample(exercises.filled(variables).asked);
          expect(await verdictOn(exercises, variables, sample, 'offline')).toMatchObject({
            isAccepted: true,
            verification: { status: 'unverified' },
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});
