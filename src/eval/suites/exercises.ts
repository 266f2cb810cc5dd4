// Exercises that are asked for: what code can tell of them without running them. Whether their solutions pass their tests is not among it.

import { seeded } from '../seeded.ts';
import type { EvalCase, Suite } from '../suite.ts';
import { objectsIn, textIn, textsIn, wordsOf } from '../written.ts';

const LANGUAGES = ['python', 'javascript', 'typescript'] as const;
const CONCEPTS = ['loops', 'conditionals', 'strings', 'lists', 'dictionaries', 'functions', 'recursion'] as const;
const INTERESTS = ['football', 'music', 'space', 'cooking', 'animals', 'chess'] as const;
const DIFFICULTIES = ['easy', 'medium', 'hard'] as const;

export const exercises: Suite = {
  name: 'exercises',
  about: 'exercise_generation of one or two concepts with an interest of the student’s',
  metrics: {
    starter_unsolved: 'the starter code is not the solution',
    statement_unspoiled: 'no long line of the solution stands in the statement',
    hidden_and_shown: 'some tests are hidden and some are shown',
    as_asked: 'its concepts are those that were asked for',
    novel: 'the title is none of an earlier case',
  },
  cases(seed, count) {
    const chance = seeded(seed, 'exercises');
    const titles = new Set<string>();
    return Array.from({ length: count }, (_, at) => {
      const concepts = chance.shuffled(CONCEPTS).slice(0, 1 + chance.below(2));
      const wish = { language: chance.pick(LANGUAGES), concepts, interests: [chance.pick(INTERESTS)] };
      return caseOf(`${at + 1}/${wish.language}/${concepts.join('+')}`, wish, chance.pick(DIFFICULTIES), titles);
    });
  },
};

interface Wish {
  readonly language: string;
  readonly concepts: readonly string[];
  readonly interests: readonly string[];
}

/** Shorter ones (`return total`) stand in any statement. */
const LONG_LINE = 25;

function caseOf(id: string, wish: Wish, difficulty: string, titles: Set<string>): EvalCase {
  return {
    id,
    async play(ask) {
      const { data } = await ask('exercise_generation', { ...wish, difficulty });
      if (data === null) return {};
      const solution = textIn(data, 'reference_solution');
      const starter = textIn(data, 'starter_code');
      const statement = wordsOf(textIn(data, 'statement_md'));
      const given = new Set(starter.split('\n').map(wordsOf));
      const secrets = solution
        .split('\n')
        .map(wordsOf)
        .filter((line) => line.length >= LONG_LINE && !given.has(line));
      const hidden = objectsIn(data, 'tests').map((test) => test['hidden']);
      const title = textIn(data, 'title').toLowerCase();
      const novel = !titles.has(title);
      titles.add(title);
      return {
        starter_unsolved: wordsOf(starter) !== wordsOf(solution),
        statement_unspoiled: !secrets.some((line) => statement.includes(line)),
        hidden_and_shown: hidden.includes(true) && hidden.includes(false),
        as_asked: textsIn(data, 'concepts').every((concept) => wish.concepts.includes(concept)),
        novel,
      };
    },
  };
}
