// The feedback that no model wrote: what the tests say, put into sentences. It is true without anybody having read the code, so it names
// values and a way to look, and no cause.

import { withoutHidden } from '../checks/hidden.ts';
import type { FeedbackGenerationWritten } from '../documents.ts';
import type { FailingTest, TestSummary } from './test-facts.ts';

type Words = Pick<
  FeedbackGenerationWritten,
  'summary' | 'what_went_well' | 'issues' | 'next_step' | 'encouragement' | 'rubric_comments' | 'mastery_evidence'
>;

export function wordsFromTests(
  summary: TestSummary,
  first: FailingTest | null,
  newlyPassing: readonly string[],
): Words {
  const isPass = summary.verdict === 'pass';
  return {
    summary: isPass
      ? `All ${summary.passed} tests pass.`
      : `${countsOf(summary)} ${first === null ? '' : shownBy(first)}`.trim(),
    what_went_well: [wentWell(summary, newlyPassing)],
    issues: isPass ? [] : [{ quote: null, explanation: issueOf(first), concept_id: null, next_action: ACTION }],
    next_step: isPass
      ? 'Read your code once more and look for a name or a step that could be clearer.'
      : 'Change one thing, run the tests again, and see whether this test shows another value.',
    encouragement: isPass
      ? 'Your work on this exercise has paid off.'
      : 'Each failing test tells you something about your program. Use it.',
    rubric_comments: [],
    mastery_evidence: [],
  };
}

const ACTION =
  'Follow this test through your code on paper, line by line, and write down each value. Find the first one that you did not expect.';

function countsOf({ verdict, passed, failed, skipped }: TestSummary): string {
  if (passed + failed === 0) return `None of the ${skipped} tests could be run.`;
  if (verdict === 'error') return 'The program stopped before any test came to its end.';
  return `${passed} of ${passed + failed} tests pass.`;
}

function shownBy(test: FailingTest): string {
  return `The first that does not pass is ${inline(test.name)}. ${issueOf(test)}`.trim();
}

function issueOf(test: FailingTest | null): string {
  if (test === null) return 'The tests could not tell what your program does. See that it starts at all.';
  const { input, expected, actual, message } = test;
  const given = input === null ? '' : `For the input ${inline(input)}, `;
  if (expected !== null && actual !== null)
    return sentence(`${given}${inline(expected)} is expected, and your program gives ${inline(actual)}.`);
  if (message !== null) return sentence(`${given}the run says: ${inline(message)}`);
  return expected === null
    ? sentence(`${given}the result is not the one that the test asks for.`)
    : sentence(`${given}${inline(expected)} is expected.`);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function wentWell({ passed, failed }: TestSummary, [newly]: readonly string[]): string {
  if (newly !== undefined) return `A test that failed before does not fail any more: ${inline(newly)}.`;
  if (passed > 0 && failed === 0) return 'Your program does what every test asks for.';
  if (passed > 0) return `What ${passed === 1 ? 'one test asks' : `${passed} tests ask`} for already works.`;
  return 'You handed in a program that can be tested, and that is how its faults are found.';
}

const MOST_CHARACTERS = 100;

/** Between backticks nothing is rendered; what a program printed may hold anything. */
function inline(value: string): string {
  const plain = withoutHidden(value).text.replace(/\s+/g, ' ').replaceAll('`', "'").trim();
  const cut = plain.length > MOST_CHARACTERS ? `${plain.slice(0, MOST_CHARACTERS).toWellFormed()} …` : plain;
  return cut === '' ? 'nothing' : `\`${cut}\``;
}
