// H2 for a conversation, and how much code may stand in a reply. Pieces that were shown in earlier turns count with the new ones, since a
// student can put them together; what was given away before is no reason to refuse every answer from then on.

import { encodedIn } from '../checks/look.ts';
import { piecesOf } from '../checks/markdown.ts';
import { missingLineIn } from '../checks/missing-lines.ts';
import { MOST_SOLUTION_SHARE, solutionShare } from '../checks/overlap.ts';
import { codeIn } from '../checks/text.ts';
import type { TutorReplyVariables, TutorReplyWritten } from '../documents.ts';
import { InSight, ownStatementIn } from './hint-code.ts';

/** Null: it adds nothing, or what there is with it is too little to be a solution. */
export function leakProblem(message: string, variables: TutorReplyVariables): string | null {
  const { reference_solution: solution, history, code, starter_code, exercise } = variables;
  const given = [
    code ?? '',
    starter_code ?? '',
    exercise?.problem_statement ?? '',
    ...history.map(({ content }) => content),
  ];
  const encoded = encodedProblem(message, given);
  if (encoded !== null || solution === null) return encoded;
  const turns = (role: 'user' | 'assistant') =>
    history.filter((turn) => turn.role === role).map(({ content }) => content);
  const context = {
    solution,
    // What the student wrote in the chat is theirs as well.
    student: [code ?? '', ...turns('user').flatMap(codeIn)].join('\n'),
    starter: starter_code ?? '',
    statement: exercise?.problem_statement ?? '',
  };
  const before = turns('assistant').join('\n\n');
  const share = solutionShare(`${before}\n\n${message}`, context);
  if (share < MOST_SOLUTION_SHARE || share <= solutionShare(before, context)) return null;
  return `with what was shown in earlier turns holds ${percent(share)} of the solution, less than ${percent(MOST_SOLUTION_SHARE)} is allowed: leave the code out`;
}

/** A line that is written for the student: one of the solution, or a new one on the names of their program. At the last level it may be. */
export function lineProblem(
  { message, hint_level_used }: TutorReplyWritten,
  variables: TutorReplyVariables,
): string | null {
  const { policy, code, reference_solution: solution } = variables;
  if (policy.allow_code && hint_level_used === MOST_LINES.length - 1) return null;
  const inSight = sightOf(variables);
  const missing = solution === null ? null : missingLineIn(message, { solution, inSight });
  if (missing !== null)
    return `writes ${JSON.stringify(missing)}, a line of the solution that the student does not have; say in words what to look at`;
  const own = code === null ? null : ownStatementIn(codeIn(message), code, new InSight(inSight));
  return own === null ? null : `writes ${JSON.stringify(own)} for the student; say in words what to look at`;
}

function sightOf({ code, starter_code, exercise, history, test_results }: TutorReplyVariables): readonly string[] {
  const tests = test_results.flatMap(({ name, input, expected, actual, message }) => [
    name,
    input,
    expected,
    actual,
    message,
  ]);
  const texts = [code, starter_code, exercise?.problem_statement, ...history.map(({ content }) => content), ...tests];
  return texts.filter((text) => typeof text === 'string');
}

/** What a reader has to decode is nothing that a check can read, and no way to explain anything; what they were given may be repeated. */
export function encodedProblem(text: string, given: readonly string[]): string | null {
  const run = encodedIn(text);
  if (run === null || given.some((each) => each.includes(run))) return null;
  return `has a text in base64 or the like (${JSON.stringify(run.slice(0, 12))}…): say it in words`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** Lines that may stand in code blocks, by the level that is used. At the last it is a corrected piece of the student's own. */
const MOST_LINES = [0, 0, 1, 8, 3];

export function codeProblem(
  { message, hint_level_used }: TutorReplyWritten,
  { policy }: TutorReplyVariables,
): string | null {
  const lines = linesOfCode(message);
  if (lines > 0 && !policy.allow_code) return 'has a block of code, and code is not allowed here: say it in words';
  const most = MOST_LINES[hint_level_used] ?? 0;
  return lines > most ? `has ${lines} lines of code, at most ${most} at hint level ${hint_level_used}` : null;
}

const INDENTED = /^(?: {4}|\t)[ \t]*[^\s*+-]/;

/** Fenced, or indented as a block. */
export function linesOfCode(message: string): number {
  const pieces = piecesOf(message);
  const fenced = pieces.filter(({ kind }) => kind === 'fence').flatMap(({ text }) => text.split('\n'));
  // Markdown takes these for a block as well.
  const indented = message.split('\n').filter((line) => INDENTED.test(line) && !fenced.includes(line));
  return fenced.filter((line) => line.trim() !== '').length + indented.length;
}
