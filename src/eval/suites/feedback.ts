// Feedback on submissions whose tests were run: the verdict is code's, and no word may contradict it.

import { type Drawn, mixed } from '../ground-truth.ts';
import { seeded } from '../seeded.ts';
import type { EvalCase, Suite } from '../suite.ts';
import { numberIn, objectsIn, textIn, textsIn } from '../written.ts';

/** Of the cases: programs that pass all their tests. */
const RIGHT_OF = 3;

export const feedback: Suite = {
  name: 'feedback',
  about: 'feedback_generation for programs with one changed line, and for programs that pass (one in three)',
  metrics: {
    verdict_true: 'verdict and score are those of the tests',
    no_contradiction: 'no sentence claims the opposite of the verdict',
    right_left_alone: 'a program that passes has no issue that must be mended',
  },
  cases(seed, count) {
    return mixed(count, RIGHT_OF, seeded(seed, 'feedback')).map(caseOf);
  },
};

const CLAIMS_PASS =
  /\b(all|every one of) (the |your )?tests? (now )?pass(es|ed)?\b|\byour (solution|code|program) is (fully |completely )?correct\b/i;
const CLAIMS_FAIL =
  /\b(?:some|a few|\d{1,4}) (?:of (?:the|your) )?tests? (?:still )?fail(?:s|ed)?\b|\byour (?:solution|code|program) is (?:wrong|incorrect)\b/i;

function caseOf({ caseId, statement, code, language, results, line }: Drawn): EvalCase {
  return {
    id: caseId,
    async play(ask) {
      const { data } = await ask('feedback_generation', {
        problem_statement: statement,
        ...{ code, language, test_results: results, skill_level: 'beginner' },
      });
      if (data === null) return {};
      const passed = results.filter(({ status }) => status === 'passed').length;
      const isRight = passed === results.length;
      const expected = isRight ? ['pass'] : passed === 0 ? ['fail', 'error'] : ['partial'];
      const prose = [textIn(data, 'summary'), textIn(data, 'next_step'), ...textsIn(data, 'what_went_well')].join('\n');
      const issues = objectsIn(data, 'issues');
      return {
        verdict_true: expected.includes(textIn(data, 'verdict')) && numberIn(data, 'score') === passed / results.length,
        no_contradiction: !(isRight ? CLAIMS_FAIL : CLAIMS_PASS).test(prose),
        ...(line === null && { right_left_alone: issues.every((issue) => issue['optional'] === true) }),
      };
    },
  };
}
