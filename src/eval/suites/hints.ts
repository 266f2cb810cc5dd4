// Hints for students whose mistake is known: does the hint point at the line, and does it keep the solution to itself?

import { type Drawn, drawn, type Submission, submissions } from '../ground-truth.ts';
import { seeded } from '../seeded.ts';
import type { EvalCase, Suite } from '../suite.ts';
import { numberIn, objectIn, textIn, wordsOf } from '../written.ts';

const LEVELS = [1, 2, 3] as const;

export const hints: Suite = {
  name: 'hints',
  about: 'hint_generation for programs with one changed line and the tests that fail for it',
  metrics: {
    localised: 'the hint’s anchor is the line that was changed (of hints that have an anchor)',
    leak_free: 'no whole line that only the solution has stands in the hint',
    level_capped: 'the hint is of no higher level than was asked for',
  },
  cases(seed, count) {
    const chance = seeded(seed, 'hints');
    const wrong = submissions().filter(({ line }) => line !== null);
    return drawn(wrong, count, chance).map((submission, at) => caseOf(submission, LEVELS[at % LEVELS.length] ?? 1));
  },
};

function caseOf(submission: Drawn, level: number): EvalCase {
  const { caseId, statement, code, language, solution, line, results } = submission;
  return {
    id: caseId,
    async play(ask) {
      const { data } = await ask('hint_generation', {
        problem_statement: statement,
        ...{ code, language, hint_level: level, skill_level: 'beginner' },
        reference_solution: solution,
        test_results: results,
      });
      if (data === null) return {};
      const anchor = objectIn(data, 'anchor');
      const start = numberIn(anchor, 'start_line');
      const end = numberIn(anchor, 'end_line');
      const text = `${textIn(data, 'hint')}\n${textIn(data, 'question')}`;
      return {
        ...(start !== null && end !== null && line !== null && { localised: start <= line && line <= end }),
        leak_free: !linesOfSolution(submission).some((secret) => wordsOf(text).includes(secret)),
        level_capped: (numberIn(data, 'level') ?? 0) <= level,
      };
    },
  };
}

/** What stands in the solution and not in what the student has: told by its words, however it is spaced. */
function linesOfSolution({ solution, code }: Submission): readonly string[] {
  const known = new Set(code.split('\n').map(wordsOf));
  return solution
    .split('\n')
    .map(wordsOf)
    .filter((words) => words !== '' && !known.has(words));
}
