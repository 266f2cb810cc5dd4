// One hint. Code chooses the rung and the failing test; a model words it; and what it wrote is held to what its rung may show. H1, pasting a hint's
// code into the student's program, needs a runner. Until there is one a leak is what resembles the solution (H2) or writes the student's lines.

import type { CheckReport, Dropped } from '../../core/judge.ts';
import { anchorOf } from '../checks/anchors.ts';
import { contradictionIn } from '../checks/claims.ts';
import { ungroundedIn } from '../checks/grounded.ts';
import { missingLineIn } from '../checks/missing-lines.ts';
import { MOST_REPEATED_SHARE, repeats, solutionShare } from '../checks/overlap.ts';
import { codeIn, gradeOf, proseOf, questionsIn, wordsIn } from '../checks/text.ts';
import type {
  HintGenerationData,
  HintGenerationDerived,
  HintGenerationVariables,
  HintGenerationWritten,
} from '../documents.ts';
import type { Asked, Decision, PromptRules, RuleFault } from '../rules.ts';
import { codeFaults, InSight, isExample } from './hint-code.ts';
import { failingTest, RUNGS, rungAt, solutionShown, standingOf } from './hint-ladder.ts';
import { hintSample } from './hint-sample.ts';
import { hintWithoutModel } from './hint-words.ts';
import { encodedProblem } from './reply-leaks.ts';
import { summaryOf } from './test-facts.ts';

type HintAsked = Asked<HintGenerationVariables, HintGenerationDerived>;
type Written = HintGenerationWritten;

export const hintGenerationRules: PromptRules<
  HintGenerationVariables,
  HintGenerationDerived,
  HintGenerationWritten,
  HintGenerationData
> = { unrun: ['H1'], derive, decide, sample, standIn };

function derive(variables: HintGenerationVariables): HintGenerationDerived {
  const { level } = standingOf(variables);
  const results = variables.test_results ?? [];
  const failing = failingTest(results);
  return {
    level,
    most_words: RUNGS[level].mostWords,
    failing: failing && { ...shownOf(failing), message: failing.message },
    passed_count: results.filter(({ status }) => status === 'passed').length,
    test_count: results.length,
    solution: solutionShown(variables, level),
  };
}

function shownOf({ name, input, expected, actual }: NonNullable<ReturnType<typeof failingTest>>) {
  return { name, input, expected, actual };
}

function decide(written: Written, asked: HintAsked): Decision<HintGenerationData> {
  const text = textOf(written);
  const share = similarity(text, asked.variables);
  const inSight = new InSight(sourcesOf(asked));
  const faults = [
    ...leakFaults(text, asked),
    ...lineFaults(text, asked),
    ...encodedFaults(text, asked),
    ...codeFaults(codeIn(text), rungAt(asked.derived.level), asked.variables.code, inSight).map((fault) => ({
      path: '/hint',
      ...fault,
    })),
    ...groundFaults(text, asked, inSight),
    ...claimFaults(text, asked),
    ...sizeFaults(written, asked.derived),
    ...repeatFaults(written, asked.variables),
  ];
  const { known, dropped } = conceptsOf(written, asked.variables);
  const quote = written.internal.target_quote;
  const anchor = quote === null ? null : anchorOf(quote, asked.variables.code);
  const lost: Dropped[] =
    quote !== null && anchor === null
      ? [{ path: '/internal/target_quote', rule: 'H3', reason: "it does not stand in the student's code" }]
      : [];
  return {
    faults,
    data: dataOf(asked, share, {
      hint: written.hint,
      question: written.question,
      anchor: anchor && { start_line: anchor.startLine, end_line: anchor.endLine },
      concept_ids: known,
    }),
    checks: checksOf(written, asked, share, faults),
    dropped: [...lost, ...dropped],
  };
}

function textOf({ hint, question }: Pick<Written, 'hint' | 'question'>): string {
  return question === null ? hint : `${hint}\n\n${question}`;
}

function sourcesOf({ variables, derived }: HintAsked): string[] {
  const { failing } = derived;
  const test = failing === null ? [] : [failing.name, failing.input, failing.expected, failing.actual, failing.message];
  const { code, problem_statement: statement, starter_code: starter, error } = variables;
  return [code, statement, starter, error, ...test].filter((each) => each !== null);
}

/** Over this hint and those before it: a solution that comes in pieces is one. A hint that adds none of it is no leak of its own. */
function leakFaults(text: string, { variables, derived }: HintAsked): RuleFault[] {
  const most = RUNGS[rungAt(derived.level)].mostSolutionShare;
  const all = similarity([...variables.previous_hints, text].join('\n\n'), variables);
  if (all === null || all < most) return [];
  const before = similarity(variables.previous_hints.join('\n\n'), variables) ?? 0;
  if (all <= before) return [];
  const problem = `with the hints before it, it shows ${percent(all)} of what stands in the solution alone; below ${percent(most)} is allowed`;
  return [{ path: '/hint', rule: 'H2', problem }];
}

/** The last rung is a corrected piece; below it no line is written for the student. */
function lineFaults(text: string, asked: HintAsked): RuleFault[] {
  const { reference_solution: solution, previous_hints } = asked.variables;
  if (solution === null || asked.derived.level === 4) return [];
  const line = missingLineIn(text, { solution, inSight: [...sourcesOf(asked), ...previous_hints] });
  const problem = `writes ${JSON.stringify(line)}, a line of the solution that the student does not have; say in words what to look at`;
  return line === null ? [] : [{ path: '/hint', rule: 'H2', problem }];
}

function encodedFaults(text: string, asked: HintAsked): RuleFault[] {
  const problem = encodedProblem(text, sourcesOf(asked));
  return problem === null ? [] : [{ path: '/hint', rule: 'H2', problem }];
}

/** Null: there is no solution to compare with. */
function similarity(text: string, variables: HintGenerationVariables): number | null {
  const { reference_solution: solution, code, starter_code: starter, problem_statement: statement } = variables;
  if (solution === null || solution.trim() === '') return null;
  return solutionShare(text, { solution, student: code, starter: starter ?? '', statement });
}

/** From the second rung on a hint may have an example of its own, with names that stand nowhere else. */
function groundFaults(text: string, asked: HintAsked, inSight: InSight): RuleFault[] {
  const { code, reflection, test_results: results, concepts } = asked.variables;
  const examples = asked.derived.level === 1 ? [] : codeIn(text).filter((piece) => isExample(piece, inSight));
  const problems = ungroundedIn(text, {
    sources: [...sourcesOf(asked), reflection ?? '', ...concepts, ...examples],
    tests: (results ?? []).map(({ name }) => name),
    lines: code.split(/\r\n?|\n/).length,
  });
  return problems.map((problem) => ({ path: '/hint', rule: 'H3', problem }));
}

/** A hint is asked for because of the tests, so what it says of them has to be so. The last rung says what its own correction will bring. */
function claimFaults(text: string, { variables, derived }: HintAsked): RuleFault[] {
  const { test_results: results } = variables;
  const isHeld = results !== null && results.length > 0 && derived.level < 4;
  const problem = isHeld ? contradictionIn(text, summaryOf(results)) : null;
  return problem === null ? [] : [{ path: '/hint', rule: 'F1', problem: `${problem}; keep to the facts given` }];
}

function sizeFaults(written: Written, { level, most_words: most }: HintGenerationDerived): RuleFault[] {
  const words = wordsIn(proseOf(textOf(written)));
  const questions =
    questionsIn(written.hint) + (written.question === null ? 0 : Math.max(1, questionsIn(written.question)));
  const faults: RuleFault[] = [];
  if (words > most)
    faults.push({ path: '/hint', rule: 'H4', problem: `has ${words} words with its question, at most ${most}` });
  if (level === 1 && questions > 1)
    faults.push({ path: '/question', rule: 'H4', problem: `asks ${questions} questions with the hint, at most 1` });
  return faults;
}

function repeatFaults({ hint }: Written, { previous_hints: previous }: HintGenerationVariables): RuleFault[] {
  const share = repeats(hint, previous);
  if (share < MOST_REPEATED_SHARE) return [];
  return [
    { path: '/hint', rule: 'H6', problem: `${percent(share)} of it was said in an earlier hint; go on from there` },
  ];
}

/** Ids that the platform did not give name nothing there. Where it gave none, they are free tags. */
function conceptsOf({ concept_ids: ids }: Written, { concepts }: HintGenerationVariables) {
  const isKnown = (id: string) => concepts.length === 0 || concepts.includes(id);
  const dropped = ids.flatMap((id, at): Dropped[] =>
    isKnown(id)
      ? []
      : [{ path: `/concept_ids/${at}`, rule: 'H3', reason: 'it is none of the concepts that were given' }],
  );
  return { known: [...new Set(ids.filter(isKnown))], dropped };
}

/** Above it a hint is told to be hard to read. It need not be mended: on so few words the formula is off by a grade or two. */
const HIGHEST_GRADE = 9;

function checksOf(
  written: Written,
  asked: HintAsked,
  share: number | null,
  faults: readonly RuleFault[],
): CheckReport[] {
  const { variables } = asked;
  const isEnglish = variables.locale.toLowerCase().split(/[-_]/)[0] === 'en';
  const grade = isEnglish ? gradeOf(written.hint) : null;
  const isHard = grade !== null && grade > HIGHEST_GRADE;
  const failed = (rule: string) => faults.some((fault) => fault.rule === rule);
  const unheld =
    variables.test_results === null
      ? 'no test results were given'
      : asked.derived.level === 4
        ? 'it may say what its correction will bring'
        : null;
  return [
    {
      id: 'H2',
      verdict: failed('H2') ? 'failed' : share === null ? 'skipped' : 'passed',
      evidence: share === null ? 'no reference solution was given' : `shows ${percent(share)} of the solution`,
    },
    { id: 'H3', verdict: failed('H3') ? 'failed' : 'passed', evidence: null },
    {
      id: 'H4',
      verdict: failed('H4') || isHard ? 'failed' : 'passed',
      evidence: isHard ? `reads at grade ${grade.toFixed(0)}, wanted is ${HIGHEST_GRADE} or below` : null,
    },
    { id: 'H6', verdict: failed('H6') ? 'failed' : 'passed', evidence: null },
    { id: 'F1', verdict: failed('F1') ? 'failed' : unheld === null ? 'passed' : 'skipped', evidence: unheld },
    { id: 'ladder', verdict: 'passed', evidence: standingOf(variables).held },
  ];
}

function dataOf(
  { variables, derived }: HintAsked,
  share: number | null,
  said: Pick<HintGenerationData, 'hint' | 'question' | 'anchor' | 'concept_ids'> & { readonly level?: number },
): HintGenerationData {
  const { failing } = derived;
  return {
    hint: said.hint,
    question: said.question,
    level: said.level ?? derived.level,
    next_level_available: standingOf(variables).hasNext,
    contains_code: codeIn(textOf(said)).length > 0,
    anchor: said.anchor,
    leak: { similarity: share, paste_gain: null, verdict: share === null ? 'skipped' : 'passed' },
    evidence: failing && {
      failing_test: failing.name,
      input: failing.input,
      expected: failing.expected,
      actual: failing.actual,
    },
    concept_ids: said.concept_ids,
  };
}

function sample(asked: HintAsked): Written {
  return hintSample(asked, (written) => decide(written, asked).faults.length === 0);
}

function standIn(asked: HintAsked): HintGenerationData {
  const { test_results: results, error, locale } = asked.variables;
  const hint = hintWithoutModel(failingTest(results), error, locale);
  const said = { hint, question: null, anchor: null, concept_ids: [], level: 1 };
  return dataOf(asked, similarity(hint, asked.variables), said);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
