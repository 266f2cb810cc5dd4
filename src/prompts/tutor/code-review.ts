// The rules of `code_review`. What is left of an answer is what stands in the learner's files and in the given test results; without a
// runner no comment is verified, and says so.

import { llmError } from '../../core/errors.ts';
import type { CheckReport } from '../../core/judge.ts';
import type { CodeReviewData, CodeReviewDerived, CodeReviewVariables, CodeReviewWritten } from '../documents.ts';
import type { Asked, Decision, PromptRules, RuleFault } from '../rules.ts';
import { linesOf, quotableLine, wrongLineIn } from './quoted-lines.ts';
import { hasBlock, type ReviewedComments, reviewedComments } from './review-comments.ts';
import { checksOf, type Source, teacherNotesOn } from './teacher-notes.ts';
import { failingOf, summaryOf, type TestSummary } from './test-facts.ts';
import { claimFaults, lengthFaults, listed, type Text, toneFaults } from './wording.ts';

type AskedReview = Asked<CodeReviewVariables, CodeReviewDerived>;

const MOST_WORDS = { explanation: 80, summary: 80, item: 40, question: 40 };
/** Of all files together, as bytes of UTF-8. */
const MOST_BYTES = 262_144;
/** What one program is called that was given without a name. */
const NAMELESS = 'submission';

export const codeReviewRules: PromptRules<CodeReviewVariables, CodeReviewDerived, CodeReviewWritten, CodeReviewData> = {
  unrun: ['R2'],
  derive,
  decide,
  sample,
  standIn: null,
};

function derive(variables: CodeReviewVariables): CodeReviewDerived {
  const { test_results: results } = variables;
  if (results === null) return { sources: sourcesOf(variables), tests: null };
  const { passed, failed } = summaryOf(results);
  return { sources: sourcesOf(variables), tests: { passed, failed, failing: failingOf(results) } };
}

/** What no schema can say of `code` and `files` is said here, before anybody is asked. */
function sourcesOf({ code, files, language }: CodeReviewVariables): readonly Source[] {
  if ((code === null) === (files === null)) throw refused('give either code or files');
  if (files === null) return [{ path: NAMELESS, language, content: code ?? '' }];
  const bytes = files.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  if (bytes > MOST_BYTES) throw refused(`files have ${bytes} bytes in all, at most ${MOST_BYTES}`);
  const twice = files.find(({ path }, index) => files.findIndex((file) => file.path === path) < index);
  if (twice !== undefined) throw refused(`files has the path ${JSON.stringify(twice.path)} twice`);
  return files.map((file) => ({ path: file.path, language: file.language ?? language, content: file.content }));
}

function refused(problem: string): Error {
  return llmError('invalid_request', `variables: ${problem}.`, { param: 'variables' });
}

function decide(written: CodeReviewWritten, { variables, derived }: AskedReview): Decision<CodeReviewData> {
  const { sources } = derived;
  const summary = variables.test_results === null ? null : summaryOf(variables.test_results);
  const reviewed = reviewedComments(written.comments, sources, {
    mostComments: variables.max_comments,
    isRevealing: variables.reveal_fixes,
    outcome: summary,
  });
  const notes = teacherNotesOn(sources);
  const comments = reviewed.kept.map(({ comment }) => comment);
  return {
    faults: [...commentFaults(written, reviewed), ...textFaults(written, variables, sources, summary)],
    data: {
      comments,
      strengths: written.strengths,
      next_steps: written.next_steps,
      summary: written.summary,
      tests: summary === null ? null : testsOf(summary),
      teacher_notes: notes,
    },
    checks: [...reviewChecks(reviewed, summary), ...checksOf(notes)],
    dropped: reviewed.dropped,
  };
}

function testsOf({ verdict, score, passed, failed, skipped }: TestSummary): CodeReviewData['tests'] {
  return { verdict, score, passed, failed, skipped };
}

/** A review all of whose comments went is none. */
function commentFaults(written: CodeReviewWritten, { kept, dropped }: ReviewedComments): readonly RuleFault[] {
  if (written.comments.length > 0 && kept.length === 0) {
    const reasons = dropped.map(({ path, rule, reason }) => `${path} ${reason} (${rule})`).slice(0, 6);
    return [{ path: '/comments', rule: 'R1', problem: `none of them can be delivered: ${reasons.join('; ')}` }];
  }
  const texts = kept.flatMap(({ index, comment }): readonly Text[] => [
    { path: `/comments/${index}/explanation`, text: comment.explanation, mostWords: MOST_WORDS.explanation },
    { path: `/comments/${index}/question`, text: comment.question ?? '', mostWords: MOST_WORDS.question },
  ]);
  return [...lengthFaults(texts), ...toneFaults(texts)];
}

function textFaults(
  written: CodeReviewWritten,
  { reveal_fixes }: CodeReviewVariables,
  sources: readonly Source[],
  summary: TestSummary | null,
): readonly RuleFault[] {
  const texts = [
    ...listed('/strengths', written.strengths, MOST_WORDS.item),
    ...listed('/next_steps', written.next_steps, MOST_WORDS.item),
    { path: '/summary', text: written.summary, mostWords: MOST_WORDS.summary },
  ];
  const mostLines = Math.max(...sources.map(({ content }) => linesOf(content).length));
  const faults: RuleFault[] = [...lengthFaults(texts), ...toneFaults(texts), ...claimFaults(texts, summary, 'R3')];
  for (const { path, text } of texts) {
    const line = wrongLineIn(text, mostLines, null);
    if (line !== null) faults.push({ path, rule: 'R1', problem: `${line}; leave line numbers out` });
    if (!reveal_fixes && hasBlock(text))
      faults.push({ path, rule: 'reveal_fixes', problem: 'has a block of code; say in words what to look at' });
  }
  return faults;
}

function reviewChecks({ kept, dropped }: ReviewedComments, summary: TestSummary | null): readonly CheckReport[] {
  const leftOut = (rule: string) => {
    const count = dropped.filter((each) => each.rule === rule).length;
    return count === 0 ? null : `${count} left out`;
  };
  const hasPraise = kept.some(({ comment }) => comment.kind === 'celebratory');
  return [
    { id: 'R1', verdict: 'passed', evidence: leftOut('R1') },
    summary === null
      ? { id: 'R3', verdict: 'skipped', evidence: 'no test results were given' }
      : { id: 'R3', verdict: 'passed', evidence: leftOut('R3') ?? 'against the given test results' },
    { id: 'R4', verdict: 'passed', evidence: leftOut('R4') },
    {
      id: 'celebratory',
      verdict: hasPraise ? 'passed' : 'failed',
      evidence: hasPraise ? null : 'no comment says what was done well',
    },
  ];
}

function sample({ derived }: AskedReview): CodeReviewWritten {
  const [found] = derived.sources.flatMap(({ path, content }) => {
    const line = quotableLine(content);
    return line === null ? [] : [{ path, quote: line.quote }];
  });
  return {
    internal: { overview: 'Offline sample: no language model read the code.' },
    comments: [
      {
        path: found?.path ?? derived.sources[0]?.path ?? NAMELESS,
        quote: found?.quote ?? null,
        category: 'readability',
        kind: 'celebratory',
        severity: 'info',
        title: 'Offline sample: a comment that praises',
        explanation:
          'Offline sample: no language model wrote this. A model would say here what is done well in these lines, and why it is worth doing again.',
        question: null,
        suggestion: null,
        rule_id: null,
        concept_id: null,
        confidence: 'low',
      },
    ],
    strengths: ['Offline sample: no language model wrote this. Here stands what the code does well.'],
    next_steps: ['Offline sample: here stands what to look at next.'],
    summary: 'Offline sample: no language model wrote this review. Configure a provider to have the code read.',
  };
}
