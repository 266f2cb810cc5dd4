// The rules of `feedback_generation`. Verdict, score, progress and points are taken from the given test results and from nowhere else; what
// the model says of them is held against them, and what it quotes has to stand in the code.

import type { CheckReport, Dropped } from '../../core/judge.ts';
import { type AnchorFinder, anchorsIn } from '../checks/anchors.ts';
import { contradictionIn, saysDefect } from '../checks/claims.ts';
import { missingLinesOf } from '../checks/missing-lines.ts';
import { MOST_SOLUTION_SHARE, solutionShare } from '../checks/overlap.ts';
import { codeIn } from '../checks/text.ts';
import type {
  FeedbackGenerationData,
  FeedbackGenerationDerived,
  FeedbackGenerationVariables,
  FeedbackGenerationWritten,
} from '../documents.ts';
import type { Asked, Decision, PromptRules, RuleFault } from '../rules.ts';
import { wordsFromTests } from './feedback-stand-in.ts';
import { linesOf, quotableLine, quotedLines, wrongLineIn } from './quoted-lines.ts';
import { rubricOf } from './rubric-points.ts';
import { checksOf, type Source, teacherNotesOn } from './teacher-notes.ts';
import { failingOf, progressOf, summaryOf, type TestSummary } from './test-facts.ts';
import { claimFaults, lengthFaults, listed, nameOf, type Text, toneFaults } from './wording.ts';

type Variables = FeedbackGenerationVariables;
type Written = FeedbackGenerationWritten;
type Data = FeedbackGenerationData;
type AskedFeedback = Asked<Variables, FeedbackGenerationDerived>;

const MOST_WORDS = { summary: 60, item: 40, explanation: 70, action: 40, encouragement: 25 };
/** A worked example of another problem; more is a program. */
const MOST_CODE_LINES = 8;

export const feedbackGenerationRules: PromptRules<Variables, FeedbackGenerationDerived, Written, Data> = {
  unrun: ['H1'],
  derive,
  decide,
  sample,
  standIn: ({ variables, derived }) => {
    const summary = summaryOf(variables.test_results);
    const words = wordsFromTests(summary, derived.tests.failing[0] ?? null, derived.newly_passing);
    return dataOf({ internal: { root_cause: '' }, ...words }, variables, summary, []);
  },
};

function derive(variables: Variables): FeedbackGenerationDerived {
  const summary = summaryOf(variables.test_results);
  const { newly_passing, newly_failing, score_change: change } = progressIn(variables, summary);
  return {
    verdict: summary.verdict,
    tests: { passed: summary.passed, failed: summary.failed, failing: failingOf(variables.test_results) },
    newly_passing,
    newly_failing,
    score_change: change === null ? 'unknown' : change > 0 ? 'better' : change < 0 ? 'worse' : 'same',
  };
}

function progressIn({ previous_results, previous_score }: Variables, summary: TestSummary): Data['progress'] {
  return progressOf(summary, previous_results, previous_score);
}

function decide(written: Written, { variables }: AskedFeedback): Decision<Data> {
  const summary = summaryOf(variables.test_results);
  const dropped: Dropped[] = [];
  const data = dataOf(written, variables, summary, dropped);
  const kept = written.issues.filter((_, index) => !dropped.some(({ path }) => path === `/issues/${index}`));
  const isUnexplained = summary.verdict !== 'pass' && kept.length === 0;
  return {
    faults: [
      ...(isUnexplained ? [unexplained(summary, dropped)] : []),
      ...textFaults(written, variables, summary, dropped),
    ],
    data,
    checks: [...feedbackChecks(dropped, variables), ...checksOf(data.teacher_notes)],
    dropped,
  };
}

function unexplained({ passed, failed }: TestSummary, dropped: readonly Dropped[]): RuleFault {
  const reasons = dropped
    .filter(({ path }) => path.startsWith('/issues/'))
    .map(({ path, reason }) => `${path} ${reason}`);
  const facts = `${failed} of ${passed + failed} tests fail, and no issue says why`;
  return { path: '/issues', rule: 'F1', problem: reasons.length === 0 ? facts : `${facts}: ${reasons.join('; ')}` };
}

/** Fills `dropped` with what of the model's it leaves out. */
function dataOf(written: Written, variables: Variables, summary: TestSummary, dropped: Dropped[]): Data {
  const { verdict, score, passed, failed, skipped } = summary;
  const find = anchorsIn(variables.code);
  const results = variables.test_results.map(({ name, status }) => ({ name, status }));
  return {
    verdict,
    score,
    tests: { passed, failed, skipped, results },
    progress: progressIn(variables, summary),
    summary: written.summary,
    what_went_well: written.what_went_well,
    issues: issuesOf(written.issues, variables.code, find, summary, dropped),
    next_step: written.next_step,
    encouragement: written.encouragement,
    rubric: rubricOf(variables.rubric, written.rubric_comments, variables.test_results, dropped),
    mastery_evidence: evidenceOf(written.mastery_evidence, variables, find, dropped),
    teacher_notes: teacherNotesOn([sourceOf(variables)]),
  };
}

function sourceOf({ code, language }: Variables): Source {
  return { path: 'submission', language, content: code };
}

function issuesOf(
  issues: Written['issues'],
  code: string,
  find: AnchorFinder,
  summary: TestSummary,
  dropped: Dropped[],
): Data['issues'] {
  const isPass = summary.verdict === 'pass';
  return issues.flatMap(({ quote, explanation, concept_id, next_action }, index) => {
    const drop = (rule: string, reason: string) => {
      dropped.push({ path: `/issues/${index}`, rule, reason });
      return [];
    };
    const anchor = quote === null || quote.trim() === '' ? null : find(quote);
    if (anchor === null && quote !== null && quote.trim() !== '')
      return drop('R1', 'quotes what does not stand in the code');
    const texts = [explanation, next_action];
    if (texts.some((text) => wrongLineIn(text, linesOf(code).length, anchor) !== null))
      return drop('R1', 'names a line that it does not quote');
    if (texts.some((text) => contradictionIn(text, summary, 'lines') !== null))
      return drop('F1', 'contradicts the test results');
    if (isPass && texts.some(saysDefect)) return drop('F1', 'calls faulty what passes every test');
    const place = {
      quote: anchor === null ? null : quotedLines(code, anchor),
      start_line: anchor?.startLine ?? null,
      end_line: anchor?.endLine ?? null,
    };
    return [{ ...place, explanation, concept_id: nameOf(concept_id), next_action, optional: isPass }];
  });
}

function evidenceOf(
  evidence: Written['mastery_evidence'],
  { code, concept_ids: known }: Variables,
  find: AnchorFinder,
  dropped: Dropped[],
): Data['mastery_evidence'] {
  return evidence.flatMap(({ concept_id: given, signal, quote }, index) => {
    const anchor = find(quote);
    const concept_id = known.length === 0 ? nameOf(given) : (known.find((id) => id === given) ?? null);
    const isKnown = concept_id !== null;
    if (anchor !== null && isKnown) {
      const lines = { start_line: anchor.startLine, end_line: anchor.endLine };
      return [{ concept_id, signal, quote: quotedLines(code, anchor), ...lines }];
    }
    const reason = isKnown ? 'quotes what does not stand in the code' : 'is about a concept that was not given';
    dropped.push({ path: `/mastery_evidence/${index}`, rule: 'R1', reason });
    return [];
  });
}

function textFaults(
  written: Written,
  variables: Variables,
  summary: TestSummary,
  dropped: readonly Dropped[],
): readonly RuleFault[] {
  const isKept = (path: string) => !dropped.some((each) => each.path === path);
  const said: readonly Text[] = [
    { path: '/summary', text: written.summary, mostWords: MOST_WORDS.summary },
    ...listed('/what_went_well', written.what_went_well, MOST_WORDS.item),
    { path: '/next_step', text: written.next_step, mostWords: MOST_WORDS.item },
    { path: '/encouragement', text: written.encouragement, mostWords: MOST_WORDS.encouragement },
    ...written.rubric_comments.map(({ comment }, index) => {
      return { path: `/rubric_comments/${index}/comment`, text: comment, mostWords: MOST_WORDS.item };
    }),
  ];
  const ofIssues = written.issues.flatMap(({ explanation, next_action }, index): readonly Text[] => {
    const path = `/issues/${index}`;
    if (!isKept(path)) return [];
    return [
      { path: `${path}/explanation`, text: explanation, mostWords: MOST_WORDS.explanation },
      { path: `${path}/next_action`, text: next_action, mostWords: MOST_WORDS.action },
    ];
  });
  const texts = [...said, ...ofIssues];
  const lineCount = linesOf(variables.code).length;
  return [
    ...lengthFaults(texts),
    ...toneFaults(texts),
    ...claimFaults(said, summary, 'F1'),
    ...texts.flatMap((text) => gradeFaults(text)),
    ...said.flatMap(({ path, text }) => {
      const line = wrongLineIn(text, lineCount, null);
      return line === null ? [] : [{ path, rule: 'R1', problem: `${line}; leave line numbers out` }];
    }),
    ...leakFaults(texts, variables),
  ];
}

const GRADES = [
  /\b(?:score|grade|mark|points?|note|punkte?|puntos|puntuación|nota|ocena|punkt\p{L}{0,3})\b[^.!?\d]{0,12}\d/iu,
  /\d ?%?\s?(?:points?|marks|punkt(?:en?|y|ów)?|puntos)\b/i,
  /\d ?%? (?:of|out of|von|de|z) (?:(?:the|all|your|den|allen|los|las|les) )?(?:points?|marks|punkt(?:en?|y|ów)?|puntos)\b/i,
  /\b(?:full|top|perfect|volle|alle) (?:marks|points|score|punktzahl|punkte)\b/i,
];

/** Points and grades are told by the platform, from the tests. */
function gradeFaults({ path, text }: Text): readonly RuleFault[] {
  const problem = 'tells points or a grade, which are not yours to give';
  return GRADES.some((pattern) => pattern.test(text)) ? [{ path, rule: 'F1', problem }] : [];
}

function leakFaults(texts: readonly Text[], variables: Variables): readonly RuleFault[] {
  const { code, reference_solution: solution, starter_code, problem_statement: statement } = variables;
  const faults: RuleFault[] = texts.flatMap(({ path, text }) => {
    const longest = Math.max(0, ...codeIn(text).map((piece) => linesOf(piece.trim()).length));
    const problem = `shows ${longest} lines of code, at most ${MOST_CODE_LINES}, and of another problem`;
    return longest > MOST_CODE_LINES ? [{ path, rule: 'H1', problem }] : [];
  });
  if (solution === null) return faults;
  // Words alone are no code, and a solution that is none would be found in any of them.
  const withCode = texts.map(({ text }) => text).filter((text) => /[`=()[\]{}<>+*]/.test(text));
  const all = withCode.join('\n\n');
  const results = variables.test_results.flatMap(({ name, input, expected, actual, message }) => [
    name,
    input,
    expected,
    actual,
    message,
  ]);
  const inSight = [code, starter_code, statement, variables.error, ...results].filter((each) => each !== null);
  const missing = missingLinesOf({ solution, inSight });
  for (const { path, text } of texts) {
    const line = missing(text);
    const problem = `writes ${JSON.stringify(line)}, a line of the solution that the learner does not have; say what to look at`;
    if (line !== null) faults.push({ path, rule: 'H2', problem });
  }
  const share = solutionShare(all, { solution, student: code, starter: starter_code ?? '', statement });
  const problem = 'the texts together give the solution away; say what happens and what to try, not the corrected code';
  return share >= MOST_SOLUTION_SHARE ? [...faults, { path: '', rule: 'H2', problem }] : faults;
}

function feedbackChecks(dropped: readonly Dropped[], { reference_solution }: Variables): readonly CheckReport[] {
  const leftOut = (rule: string) => {
    const count = dropped.filter((each) => each.rule === rule).length;
    return count === 0 ? null : `${count} left out`;
  };
  const hasSolution = reference_solution !== null;
  return [
    { id: 'F1', verdict: 'passed', evidence: leftOut('F1') },
    { id: 'R1', verdict: 'passed', evidence: leftOut('R1') },
    {
      id: 'H2',
      verdict: hasSolution ? 'passed' : 'skipped',
      evidence: hasSolution ? null : 'no reference solution was given',
    },
  ];
}

function sample({ variables }: AskedFeedback): Written {
  const found = quotableLine(variables.code);
  const isPass = summaryOf(variables.test_results).verdict === 'pass';
  const issue = {
    quote: found?.quote ?? null,
    explanation:
      'Offline sample: no language model wrote this. A model would say here what these lines do, with the values of a test.',
    concept_id: null,
    next_action: 'Offline sample: here stands one thing to try now.',
  };
  return {
    internal: { root_cause: 'Offline sample: no language model read the code.' },
    summary: 'Offline sample: no language model wrote this. Verdict and numbers beside it come from your test results.',
    what_went_well: ['Offline sample: here stands what the code does well.'],
    issues: isPass ? [] : [issue],
    next_step: 'Offline sample: configure a provider to have this worded for your code.',
    encouragement: 'Offline sample: here stands a word of encouragement.',
    rubric_comments: [],
    mastery_evidence: [],
  };
}
