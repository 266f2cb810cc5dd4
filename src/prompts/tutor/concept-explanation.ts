// The rules of an explanation. Whether its examples print what they claim is for a sandbox to say; what can be seen in the text is seen here:
// lengths, that the question has one right answer, and that it sends nobody to concepts that the course does not have.

import type { Dropped } from '../../core/judge.ts';
import { gradeOf, proseOf } from '../checks/text.ts';
import type {
  ConceptExplanationData,
  ConceptExplanationDerived,
  ConceptExplanationVariables,
  ConceptExplanationWritten,
} from '../documents.ts';
import type { Asked, Decision, PromptRules } from '../rules.ts';
import { Findings, folded, type Length, languageOf, lengthProblem, type Problem, SAMPLE, when } from './findings.ts';
import { quizProblems } from './quiz.ts';

type ExplanationAsked = Asked<ConceptExplanationVariables, ConceptExplanationDerived>;

/** Of the prose: around the 80 to 160 words that teachers found best for one thing, halved and tripled. */
const LENGTHS: Readonly<Record<ConceptExplanationVariables['style'], Length>> = {
  short: { min: 20, max: 120 },
  standard: { min: 40, max: 220 },
  deep: { min: 60, max: 500 },
};
const DEFINITION = { min: 3, max: 40 };
const MOST_GRADE = 9;

export const conceptExplanationRules: PromptRules<
  ConceptExplanationVariables,
  ConceptExplanationDerived,
  ConceptExplanationWritten,
  ConceptExplanationData
> = {
  unrun: ['E1'],
  derive: ({ style }) => ({ min_words: LENGTHS[style].min, max_words: LENGTHS[style].max }),
  decide,
  sample,
  standIn: null,
};

function decide(written: ConceptExplanationWritten, asked: ExplanationAsked): Decision<ConceptExplanationData> {
  const findings = new Findings();
  const { variables } = asked;
  const { internal: _, ...data } = written;
  const prose = proseOf(written.explanation_md);
  findings.demand('length', [
    ...when(lengthProblem(written.definition, DEFINITION), '/definition'),
    ...when(lengthProblem(prose, LENGTHS[variables.style]), '/explanation_md'),
  ]);
  findings.demand('E2', quizProblems(written.check_question));
  findings.demand('mistakes', rightMistakes(written));
  adviseOnReading(prose, variables, findings);
  const unwanted = written.analogy !== null && !variables.analogy;
  const missing = written.analogy === null && variables.analogy;
  findings.leaveOut('analogy', unwanted ? [{ path: '/analogy', reason: 'none was wanted' }] : []);
  findings.demand('analogy_wanted', when(missing ? 'is null, and one is wanted' : null, '/analogy'));
  return findings.decision({
    ...data,
    analogy: unwanted ? null : written.analogy,
    prerequisites: listedOnly('prerequisites', written.prerequisites, variables, findings),
    related: listedOnly('related', written.related, variables, findings),
  });
}

/** What is called a mistake must not be what is shown as right. */
function rightMistakes({ examples, common_mistakes }: ConceptExplanationWritten): readonly Problem[] {
  const right = new Set(examples.map(({ code }) => code.trim()));
  return common_mistakes.flatMap(({ wrong_code }, index) =>
    right.has(wrong_code.trim())
      ? [{ path: `/common_mistakes/${index}/wrong_code`, problem: 'is the code of an example, which is right' }]
      : [],
  );
}

function adviseOnReading(
  prose: string,
  { skill_level, locale }: ConceptExplanationVariables,
  findings: Findings,
): void {
  const grade = languageOf(locale) === 'en' ? gradeOf(prose) : null;
  if (grade === null || skill_level !== 'beginner')
    findings.skip('reading', 'for beginners, in English, and longer texts');
  else findings.advise('reading', grade > MOST_GRADE ? `reads as grade ${grade.toFixed(1)}` : null);
}

function listedOnly(
  part: 'prerequisites' | 'related',
  names: readonly string[],
  { course_concepts, known_concepts, concept }: ConceptExplanationVariables,
  findings: Findings,
): readonly string[] {
  const listed = [...course_concepts, ...known_concepts];
  if (listed.length === 0) {
    findings.skip(part, 'no concepts were given that these could be held against');
    return [...new Set(names)];
  }
  const kept = new Set<string>();
  const dropped: Omit<Dropped, 'rule'>[] = [];
  for (const [index, name] of names.entries()) {
    const path = `/${part}/${index}`;
    const known = listed.find((each) => folded(each) === folded(name));
    if (known === undefined) dropped.push({ path, reason: 'is not among the concepts given' });
    else if (folded(known) === folded(concept)) dropped.push({ path, reason: 'is the concept that is explained' });
    else kept.add(known);
  }
  findings.leaveOut(part, dropped);
  return [...kept];
}

function sample({ variables }: ExplanationAsked): ConceptExplanationWritten {
  return {
    internal: { misconception: 'none' },
    definition: `${SAMPLE} definition; it only shows the shape of one.`,
    explanation_md:
      `${SAMPLE} explanation. A model would begin here with the problem that the concept solves, in words of the level that was asked for. ` +
      'It would then show how the concept works, one step at a time, and say when to use it and when not. ' +
      'Code would stand in blocks of its own, and every new word would be explained where it first comes up. ' +
      'Set a key for a vendor, and ask again.',
    analogy: variables.analogy
      ? {
          text: `${SAMPLE} analogy. It is like the picture in an empty frame.`,
          limits: 'Nothing can be learned from it.',
        }
      : null,
    examples: [{ code: 'sample', expected_output: '', note: `${SAMPLE} example.` }],
    common_mistakes: [
      {
        wrong_code: 'wrong sample',
        what_happens: 'Nothing happens: this is no program.',
        why: `${SAMPLE} mistake.`,
      },
    ],
    check_question: {
      prompt: `${SAMPLE} question. What is this text?`,
      options: ['A sample', 'An explanation by a model', 'A program'],
      correct_index: 0,
      explanation: 'It is marked as a sample wherever it stands.',
    },
    prerequisites: [],
    related: [],
  };
}
