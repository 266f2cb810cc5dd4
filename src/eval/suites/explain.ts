// Explanations of concepts: what can be said of them without running their examples.

import { seeded } from '../seeded.ts';
import type { EvalCase, Suite } from '../suite.ts';
import { objectIn, objectsIn, textIn, textsIn } from '../written.ts';

const CONCEPTS: Readonly<Record<string, readonly string[]>> = {
  python: [
    'variables',
    'loops',
    'list comprehensions',
    'functions',
    'dictionaries',
    'recursion',
    'exceptions',
    'slicing',
  ],
  javascript: [
    'variables',
    'loops',
    'arrow functions',
    'closures',
    'promises',
    'array methods',
    'destructuring',
    'scope',
  ],
};
const LEVELS = ['beginner', 'intermediate', 'advanced'] as const;
const COURSE = ['variables', 'conditionals', 'loops', 'functions', 'lists', 'strings', 'scope'];

export const explain: Suite = {
  name: 'explain',
  about: 'concept_explanation of the concepts of a first course',
  metrics: {
    mistakes_differ: 'no common mistake shows the code of an example',
    distractors_differ: 'the options of the question differ from one another',
    from_course: 'prerequisites are concepts of the course',
  },
  cases(seed, count) {
    const chance = seeded(seed, 'explain');
    return Array.from({ length: count }, (_, at) => {
      const language = chance.pick(Object.keys(CONCEPTS));
      const concept = chance.pick(CONCEPTS[language] ?? []);
      return caseOf(`${at + 1}/${language}/${concept}`, { language, concept, skill_level: chance.pick(LEVELS) });
    });
  },
};

interface Wish {
  readonly language: string;
  readonly concept: string;
  readonly skill_level: string;
}

function caseOf(id: string, wish: Wish): EvalCase {
  return {
    id,
    async play(ask) {
      const { data } = await ask('concept_explanation', { ...wish, course_concepts: COURSE });
      if (data === null) return {};
      const examples = new Set(objectsIn(data, 'examples').map((example) => textIn(example, 'code').trim()));
      const options = textsIn(objectIn(data, 'check_question'), 'options').map((option) => option.trim().toLowerCase());
      return {
        mistakes_differ: objectsIn(data, 'common_mistakes').every(
          (mistake) => !examples.has(textIn(mistake, 'wrong_code').trim()),
        ),
        distractors_differ: new Set(options).size === options.length,
        from_course: textsIn(data, 'prerequisites').every((concept) => COURSE.includes(concept)),
      };
    },
  };
}
