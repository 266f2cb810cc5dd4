import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { markupIn } from '../../../src/prompts/checks/markup.ts';
import type {
  ConceptExplanationData,
  ConceptExplanationVariables,
  ConceptExplanationWritten,
} from '../../../src/prompts/documents.ts';
import { conceptExplanationRules as rules } from '../../../src/prompts/tutor/concept-explanation.ts';
import { PromptAtHand } from './prompt-at-hand.ts';

type Question = ConceptExplanationWritten['check_question'];

const prompt = new PromptAtHand<ConceptExplanationVariables, ConceptExplanationWritten, ConceptExplanationData>(
  'concept_explanation',
);
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 200);

const LOOPS: JsonObject = {
  concept: 'exercism:python/loops',
  language: 'python',
  skill_level: 'beginner',
  known_concepts: ['exercism:python/lists'],
  course_concepts: ['exercism:python/loops', 'exercism:python/dicts'],
};

const GOOD: ConceptExplanationWritten = {
  internal: { misconception: 'that the loop variable is an index' },
  definition: 'A for loop runs the same lines once for each item of a list.',
  explanation_md:
    'You have a list and want to do the same thing with each item. You could write the line many times, but the list may grow. A `for` loop does it for you. It takes the first item, gives it a name, and runs the lines below. Then it takes the next one. When no item is left, the program goes on.',
  analogy: {
    text: 'It is like dealing cards, one to each player.',
    limits: 'A loop keeps its list; a dealer runs out of cards.',
  },
  examples: [{ code: 'for x in [1, 2]:\n    print(x)', expected_output: '1\n2\n', note: 'Each item is printed.' }],
  common_mistakes: [
    { wrong_code: 'for x in 3:\n    print(x)', what_happens: 'TypeError', why: 'A number has no items to go through.' },
  ],
  check_question: {
    prompt: 'What does `for x in [5, 7]: print(x)` print first?',
    options: ['`5`', '`0`', '`[5, 7]`'],
    correct_index: 0,
    explanation: 'The name stands for the item, and the first item is five.',
  },
  prerequisites: ['exercism:python/lists'],
  related: ['exercism:python/dicts'],
};

function decided(change: Partial<ConceptExplanationWritten>, given = LOOPS) {
  return rules.decide(prompt.written.of({ ...GOOD, ...change }), prompt.asked(given, rules));
}

function asking(change: Partial<Question>) {
  return decided({ check_question: { ...GOOD.check_question, ...change } }).faults;
}

describe('an explanation', () => {
  it('that keeps to the rules is delivered as it was written, without what is private', () => {
    const { faults, dropped, data } = decided({});
    expect([faults, dropped]).toEqual([[], []]);
    const { internal: _, ...rest } = GOOD;
    expect(data).toEqual(rest);
    expect(prompt.data.faultsIn(data)).toEqual([]);
  });

  it('needs its examples run before it is more than partly verified', () => {
    expect(rules.unrun).toEqual(['E1']);
  });

  it('has a definition of at most 40 words, and a text as long as its style says; code is not counted', () => {
    const words = (count: number) => 'word '.repeat(count).trim();
    expect(decided({ definition: words(41) }).faults).toEqual([
      { path: '/definition', rule: 'length', problem: 'has 41 words, at most 40' },
    ]);
    for (const [style, min, max] of [
      ['short', 20, 120],
      ['standard', 40, 220],
      ['deep', 60, 500],
    ] as const) {
      const given = { ...LOOPS, style };
      expect(prompt.asked(given, rules).derived).toEqual({ min_words: min, max_words: max });
      expect(decided({ explanation_md: `${words(max)}\n\n\`\`\`python\n${words(99)}\n\`\`\`` }, given).faults).toEqual(
        [],
      );
      expect(decided({ explanation_md: words(max + 1) }, given).faults[0]?.path).toBe('/explanation_md');
      expect(decided({ explanation_md: words(min - 1) }, given).faults[0]?.problem).toContain(`at least ${min}`);
    }
  });

  it('has an analogy where one is wanted, and there alone', () => {
    expect(decided({ analogy: null }).faults[0]).toMatchObject({ path: '/analogy' });
    const { faults, data, dropped } = decided({}, { ...LOOPS, analogy: false });
    expect(faults).toEqual([]);
    expect(data.analogy).toBeNull();
    expect(dropped).toEqual([{ path: '/analogy', rule: 'analogy', reason: 'none was wanted' }]);
    expect(decided({ analogy: null }, { ...LOOPS, analogy: false }).dropped).toEqual([]);
  });

  it('sends nobody to a concept that the course does not have, nor to itself', () => {
    const { faults, data, dropped } = decided({
      prerequisites: ['exercism:python/lists', 'exercism:python/monads'],
      related: ['Exercism:Python/Dicts', 'exercism:python/loops'],
    });
    expect(faults).toEqual([]);
    expect(data.prerequisites).toEqual(['exercism:python/lists']);
    expect(data.related).toEqual(['exercism:python/dicts']);
    expect(dropped.map(({ path, rule }) => [path, rule])).toEqual([
      ['/prerequisites/1', 'prerequisites'],
      ['/related/1', 'related'],
    ]);
  });

  it('says that its prerequisites were not checked where no concepts were given', () => {
    const { data, checks } = decided({}, { concept: 'loops', language: 'python', skill_level: 'beginner' });
    expect(data.prerequisites).toEqual(GOOD.prerequisites);
    expect(checks.find(({ id }) => id === 'prerequisites')?.verdict).toBe('skipped');
  });

  it('tells how hard it reads to a beginner, and is delivered all the same', () => {
    const hard =
      'Iteration constitutes a fundamental computational abstraction facilitating repetitive evaluation of parameterised instructions over heterogeneous enumerable collections, consequently eliminating superfluous duplication and considerably improving maintainability throughout professional engineering organisations, particularly whenever collections are dynamically determined by unpredictable external circumstances and environmental configuration.';
    const { faults, checks } = decided({ explanation_md: hard });
    expect(faults).toEqual([]);
    expect(checks.find(({ id }) => id === 'reading')).toMatchObject({ verdict: 'failed' });
    const verdicts = decided({ explanation_md: hard }, { ...LOOPS, skill_level: 'advanced' }).checks;
    expect(verdicts.find(({ id }) => id === 'reading')).toMatchObject({ verdict: 'skipped' });
  });

  it('shows no code as right and as wrong', () => {
    const [mistake] = GOOD.common_mistakes;
    const [example] = GOOD.examples;
    const wrong_code = ` ${example?.code}\n`;
    const { faults } = decided({ common_mistakes: mistake === undefined ? [] : [{ ...mistake, wrong_code }] });
    expect(faults).toMatchObject([{ path: '/common_mistakes/0/wrong_code', rule: 'mistakes' }]);
  });
});

describe('E2: the question of an explanation', () => {
  it('has exactly one right option: none that is the same as another', () => {
    expect(asking({ options: ['5', ' `5` ', '7'] })).toMatchObject([
      { path: '/check_question/options/1', rule: 'E2', problem: expect.stringContaining('the same as option 0') },
    ]);
    expect(asking({ options: ['True.', 'True', 'False'] })).toHaveLength(1);
    expect(asking({ options: ['True', 'true', '"5"', '5'] })).toEqual([]);
    expect(asking({ options: ['+', '-', '*'] })).toEqual([]);
  });

  it('has no option that speaks of the others', () => {
    for (const option of ['All of the above', 'Both A and B', 'Alle oben genannten', 'None of them.'])
      expect(asking({ options: ['5', '7', option] }), option).toMatchObject([{ path: '/check_question/options/2' }]);
  });

  it('has its right option among them', () => {
    expect(asking({ correct_index: 3 })).toMatchObject([{ path: '/check_question/correct_index', rule: 'E2' }]);
  });

  it('has no explanation that takes another option for right', () => {
    expect(asking({ explanation: 'The correct answer is C.' })).toMatchObject([
      { path: '/check_question/explanation' },
    ]);
    expect(asking({ explanation: 'The correct answer is C.', correct_index: 2 })).toEqual([]);
    expect(asking({ explanation: 'The right answer is a list.', correct_index: 2 })).toEqual([]);
  });
});

const TEXTS = ['loops', 'exercism:python/lists', 'all of the above', '5', '`5`', 'correct answer is b', 'A word here.'];

describe('the rules of an explanation', () => {
  it('decide on whatever a model writes, the same each time, and deliver only what the schema lets in', () => {
    fc.assert(
      fc.property(prompt.variables.any(TEXTS), prompt.written.any(TEXTS), (variables, written) => {
        const asked = prompt.asked(JSON.parse(JSON.stringify(variables)), rules);
        const decision = rules.decide(written, asked);
        expect(rules.decide(written, asked)).toEqual(decision);
        expect(prompt.data.faultsIn(decision.data)).toEqual([]);
        expect(new Set(decision.checks.map(({ id }) => id)).size).toBe(decision.checks.length);
      }),
      { numRuns: RUNS },
    );
  });

  it('accept the sample, whatever the caller gave', () => {
    fc.assert(
      fc.property(prompt.variables.any(TEXTS), (variables) => {
        const asked = prompt.asked(JSON.parse(JSON.stringify(variables)), rules);
        const sample = rules.sample(asked);
        expect(prompt.written.faultsIn(sample)).toEqual([]);
        const { faults, dropped } = rules.decide(sample, asked);
        expect([faults, dropped]).toEqual([[], []]);
        expect(sample.explanation_md).toMatch(/^Offline sample: no language model wrote this explanation\./);
        expect(markupIn(JSON.stringify(sample), [])).toBeNull();
      }),
      { numRuns: RUNS },
    );
  });
});
