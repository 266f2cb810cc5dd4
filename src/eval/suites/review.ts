// Reviews of programs with one known mistake, and of programs that are right: is the line found, and is right code left alone?

import { type Drawn, mixed } from '../ground-truth.ts';
import { seeded } from '../seeded.ts';
import type { EvalCase, Suite } from '../suite.ts';
import { numberIn, objectsIn, textIn } from '../written.ts';

/** Of the cases: right programs, which show the false alarms. */
const RIGHT_OF = 4;

export const review: Suite = {
  name: 'review',
  about: 'code_review of programs with one changed line, and of programs that are right (one in four)',
  metrics: {
    found: 'a comment that criticises stands at the line that was changed',
    no_false_alarm: 'a program that is right is not told that it is wrong',
    anchors_valid: 'every comment’s lines are in the file and hold what it quotes',
  },
  cases(seed, count) {
    return mixed(count, RIGHT_OF, seeded(seed, 'review')).map(caseOf);
  },
};

function caseOf({ caseId, statement, code, language, line }: Drawn): EvalCase {
  return {
    id: caseId,
    async play(ask) {
      const path = language === 'python' ? 'main.py' : 'main.js';
      const files = [{ path, content: code, language }];
      const { data } = await ask('code_review', { files, problem_statement: statement, skill_level: 'beginner' });
      if (data === null) return {};
      const comments = objectsIn(data, 'comments');
      const critical = comments.filter((comment) => textIn(comment, 'kind') === 'essential');
      const rangeOf = (comment: (typeof comments)[number]) => {
        const start = numberIn(comment, 'start_line');
        return { start, end: numberIn(comment, 'end_line') ?? start };
      };
      const criticised = comments.filter((comment) => textIn(comment, 'kind') !== 'celebratory').map(rangeOf);
      const covers = criticised.some(({ start, end }) => {
        return line !== null && start !== null && end !== null && start <= line && line <= end;
      });
      return {
        ...(line === null ? { no_false_alarm: critical.length === 0 } : { found: covers }),
        anchors_valid: comments.every((comment) => {
          const { start, end } = rangeOf(comment);
          return start === null || holds(code, start, end ?? start, textIn(comment, 'quote'));
        }),
      };
    },
  };
}

function holds(code: string, start: number, end: number, quote: string): boolean {
  const lines = code.split('\n');
  return (
    start >= 1 &&
    end <= lines.length &&
    lines
      .slice(start - 1, end)
      .join('\n')
      .includes(quote.trim())
  );
}
