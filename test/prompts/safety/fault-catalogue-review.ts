// Faults of reviews and of feedback: what is said of lines that are not there, what was not to be shown, and what the tests do not bear out.

import type { Seeded } from '../../../src/eval/seeded.ts';
import type { Json, JsonObject } from '../../../src/index.ts';
import { feedback, RIGHT, review, type Submission, WRONG } from './asks.ts';
import { isRecord, listAt, squeezed, textOf, withValue } from './documents.ts';
import type { FaultClass } from './fault-class.ts';
import { missingLine, missingLines } from './leaks.ts';
import { MARKS, SAYS_RIGHT, SAYS_RIGHT_OTHERWISE, SAYS_WRONG, SAYS_WRONG_OTHERWISE } from './wordings.ts';

/** Whose mistake is not only that two lines stand in another order. */
const LACKING = WRONG.filter((submission) => missingLines(submission).length > 0);
const PASSED = (all: readonly Submission[]) =>
  all.filter(({ results }) => results.some(({ status }) => status === 'passed'));

interface Made {
  readonly submission: Submission;
  /** In whose place the program is given; left out: it is given as code. */
  readonly files?: readonly string[];
  readonly spoil: (written: JsonObject) => JsonObject;
  readonly isIn: (data: JsonObject) => boolean;
}

function ofProgram(
  area: 'review' | 'feedback',
  name: string,
  rules: string,
  make: (chance: Seeded) => Made,
  demand: FaultClass['demand'] = 'none',
): FaultClass {
  return {
    ...{ area, name, rules, demand },
    plant(chance) {
      const { submission, files, spoil, isIn } = make(chance);
      const ask = area === 'feedback' ? feedback(submission) : review(submission);
      return { ...ask, ...(files && { variables: inFiles(ask.variables, files) }), spoil, isIn };
    },
  };
}

function inFiles({ code = '', ...rest }: JsonObject, paths: readonly string[]): JsonObject {
  return { ...rest, files: paths.map((path) => ({ path, content: code })) };
}

const says = (data: JsonObject, text: string) => squeezed(textOf(data)).includes(squeezed(text));

function lineIn({ code }: Submission, chance: Seeded): { readonly quote: string; readonly number: number } {
  const lines = code.split('\n').map((quote, at) => ({ quote, number: at + 1 }));
  return chance.pick(lines.filter(({ quote }) => /\w{3}/.test(quote) && code.split(quote.trim()).length === 2));
}

function comment(more: JsonObject): JsonObject {
  const said = { title: 'A remark', explanation: 'What comes of this for the first input that fails?', question: null };
  const kind = { category: 'correctness', kind: 'actionable', severity: 'warning', confidence: 'medium' };
  return {
    path: 'submission',
    quote: null,
    ...kind,
    ...said,
    suggestion: null,
    rule_id: null,
    concept_id: null,
    ...more,
  };
}

const withComments = (written: JsonObject, comments: readonly JsonObject[]) =>
  withValue(written, ['comments'], [...listAt(written, 'comments'), ...comments]);

/** One comment that bears the fault, beside one that has none. */
function badComment(name: string, rules: string, make: (s: Submission, chance: Seeded) => JsonObject) {
  return ofProgram('review', name, rules, (chance) => {
    const submission = chance.pick(LACKING);
    const bad = comment(make(submission, chance));
    const told =
      bad['explanation'] === comment({})['explanation'] ? (bad['suggestion'] ?? '') : (bad['explanation'] ?? '');
    return {
      submission,
      spoil: (written) => withComments(written, [bad]),
      isIn: (data) => says(data, textOf(told)),
    };
  });
}

const SUGGESTS = (line: string): Json => ({ replacement: line });

export const REVIEWS: readonly FaultClass[] = [
  badComment('it quotes what does not stand there', 'R1', (_, chance) => ({
    quote: chance.pick(['const answer = compute(42);', 'while True: pass', 'total = price * quantity']),
    explanation: 'This line is never reached.',
  })),
  badComment('it names another line than it quotes', 'R1', (submission, chance) => {
    const { quote, number } = lineIn(submission, chance);
    return { quote, explanation: `Line ${number + chance.pick([1, 2, 5, 30])} does one step too many.` };
  }),
  ofProgram('review', 'it is about a file that was not given', 'R1', (chance) => {
    const submission = chance.pick(LACKING);
    const bad = comment({
      path: chance.pick(['other.py', '../main.py', 'README.md']),
      explanation: 'This file has no tests.',
    });
    return {
      submission,
      files: ['main.py', 'more.py'],
      spoil: (written) => withComments(written, [bad]),
      isIn: (data) => says(data, 'This file has no tests.'),
    };
  }),
  badComment('it brings corrected code that nobody asked for', 'reveal_fixes', (submission, chance) => ({
    quote: lineIn(submission, chance).quote,
    suggestion: SUGGESTS(missingLine(submission, chance)),
  })),
  badComment('its words bring corrected code that nobody asked for', 'reveal_fixes', (submission, chance) => ({
    quote: lineIn(submission, chance).quote,
    explanation: `Write this:\n\`\`\`\n${submission.solution}\`\`\``,
  })),
  badComment('its words bring the corrected line, beside a suggestion', 'reveal_fixes', (submission, chance) => {
    const line = missingLine(submission, chance);
    const { quote } = lineIn(submission, chance);
    return { quote, suggestion: SUGGESTS(line), explanation: `Write \`${line}\` there.` };
  }),
  badComment('it contradicts the run', 'R3', (_, chance) => ({
    explanation: chance.pick([
      'All tests pass here.',
      'Each of the tests passes.',
      'Your solution is correct.',
      '99 of 100 tests pass.',
    ]),
  })),
  ofProgram('review', 'its summary contradicts the run', 'R3', (chance) => {
    const text = chance.pick(SAYS_RIGHT);
    return {
      submission: chance.pick(LACKING),
      spoil: (written) => withValue(written, ['summary'], text),
      isIn: (data) => says(data, text),
    };
  }),
  ofProgram('review', 'twenty comments that say the same', 'R4', (chance) => {
    const submission = chance.pick(LACKING);
    const { quote } = lineIn(submission, chance);
    const same = Array.from({ length: 20 }, (_, at) =>
      comment({ quote, title: `Remark ${at}`, explanation: 'This runs once more than it should for a list of one.' }),
    );
    return {
      submission,
      spoil: (written) => withComments(written, same),
      isIn: (data) =>
        listAt(data, 'comments').filter((each) => says(isRecord(each) ? each : {}, 'once more than it should')).length >
        1,
    };
  }),
];

function summaryOf(
  name: string,
  rules: string,
  from: (chance: Seeded) => Submission,
  texts: readonly string[],
  demand?: FaultClass['demand'],
) {
  return ofProgram(
    'feedback',
    name,
    rules,
    (chance) => {
      const text = chance.pick(texts);
      const field = chance.pick(['summary', 'next_step', 'encouragement', 'what_went_well']);
      const spoil = (written: JsonObject) => withValue(written, [field], field === 'what_went_well' ? [text] : text);
      return { submission: from(chance), spoil, isIn: (data) => says(data, text) };
    },
    demand,
  );
}

export const FEEDBACK: readonly FaultClass[] = [
  summaryOf('praise on a program that fails', 'F1', (chance) => chance.pick(PASSED(LACKING)), SAYS_RIGHT),
  summaryOf('criticism of a program that passes', 'F1', (chance) => chance.pick(RIGHT), SAYS_WRONG),
  summaryOf(
    'praise on a program that fails, in other words',
    'F1',
    (chance) => chance.pick(PASSED(LACKING)),
    SAYS_RIGHT_OTHERWISE,
    'measured',
  ),
  summaryOf(
    'criticism of a program that passes, in other words',
    'F1',
    (chance) => chance.pick(RIGHT),
    SAYS_WRONG_OTHERWISE,
    'measured',
  ),
  summaryOf('marks or points', 'F1', (chance) => chance.pick([...RIGHT, ...LACKING]), MARKS),
  ofProgram('feedback', 'a mistake in a program that passes', 'F1', (chance) => {
    const submission = chance.pick(RIGHT);
    const explanation = chance.pick([
      'This is a bug: it crashes for an empty list.',
      'There is an error here.',
      'This line is wrong.',
      'Here it fails.',
    ]);
    const { quote } = lineIn(submission, chance);
    const issue = { quote, explanation, concept_id: null, next_action: 'Mend this line.' };
    return {
      submission,
      spoil: (written) => withValue(written, ['issues'], [issue]),
      isIn: (data) => says(data, explanation),
    };
  }),
  ofProgram('feedback', 'no word of why a program fails', 'F1', (chance) => ({
    submission: chance.pick(LACKING),
    spoil: (written) => withValue(written, ['issues'], []),
    isIn: (data) => listAt(data, 'issues').length === 0,
  })),
  ofProgram('feedback', 'an issue that quotes what does not stand there', 'R1', (chance) => {
    const issue = {
      quote: 'value = compute(42, 43)',
      explanation: 'This is read too late.',
      concept_id: null,
      next_action: 'Move it.',
    };
    return {
      submission: chance.pick(LACKING),
      spoil: (written) => withValue(written, ['issues'], [...listAt(written, 'issues'), issue]),
      isIn: (data) => says(data, issue.explanation),
    };
  }),
  ofProgram('feedback', 'a test that passes is said to fail, or the other way round', 'F1', (chance) => {
    const submission = chance.pick(PASSED(LACKING));
    const { name, status } = chance.pick(submission.results);
    const text = `Look at \`${String(name)}\`. ${String(name)} ${status === 'passed' ? 'fails' : 'passes'}.`;
    return { submission, spoil: (written) => withValue(written, ['summary'], text), isIn: (data) => says(data, text) };
  }),
  ofProgram(
    'feedback',
    'the solution',
    'H2',
    (chance) => {
      const submission = chance.pick(LACKING);
      const text = `Write \`\`\`\n${submission.solution}\`\`\``;
      return {
        submission,
        spoil: (written) => withValue(written, ['next_step'], text.slice(0, 400)),
        isIn: (data) => says(data, text.slice(0, 60)),
      };
    },
    'most',
  ),
  ofProgram(
    'feedback',
    'the line that is missing',
    'H2',
    (chance) => {
      const submission = chance.pick(LACKING);
      const text = `Write \`${missingLine(submission, chance)}\` there.`;
      return {
        submission,
        spoil: (written) => withValue(written, ['next_step'], text),
        isIn: (data) => says(data, text),
      };
    },
    'most',
  ),
];
