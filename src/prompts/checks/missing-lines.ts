// H2, where it is exact: a line of the solution, word for word, that the learner does not have. However little of the solution it is, it may be
// the one that is missing. Lines in other names are for the likeness of whole solutions to find.

import { codeTokensOf } from './code-tokens.ts';
import { codeIn, proseOf } from './text.ts';

export interface Missing {
  readonly solution: string;
  /** What the learner has before them: a line of these is no news. */
  readonly inSight: readonly string[];
}

/** Set as code, two words and signs are a line (`return True`). */
const LEAST_TOKENS = 2;
/** In prose it takes three and one that no sentence has: "return low" may be one. */
const LEAST_TOKENS_IN_PROSE = 3;
const SIGN_OF_CODE = /^(?:[=<>+\-*/%[\]&|]|[^\p{L}\p{N}"'`]{2})$/u;
/** Around a line that is the same without. */
const AROUND: ReadonlySet<string> = new Set([';', ':', '{', '}', ',']);

/** Says the first such line of a text; null: there is none. Made once for all texts of an answer, since a solution may be long. */
export function missingLinesOf({ solution, inSight }: Missing): (text: string) => string | null {
  const lines = linesOf(solution);
  let known: readonly string[] | null = null;
  // Read only when there is something to look for: what a learner has before them may be a hundred times as long as the text.
  const isKnown = ({ spaced }: Line) => {
    known ??= inSight.flatMap(readingsOf);
    return known.some((each) => each.includes(spaced));
  };
  return (text) => {
    const code = codeIn(text).map((piece) => spacedOf(tokensIn(piece, true)));
    const prose = spacedOf(tokensIn(proseOf(text), false));
    const isIn = ({ spaced, isPlain }: Line) =>
      code.some((piece) => piece.includes(spaced)) || (isPlain && prose.includes(spaced));
    return lines.find((line) => isIn(line) && !isKnown(line))?.text ?? null;
  };
}

export function missingLineIn(text: string, missing: Missing): string | null {
  return missingLinesOf(missing)(text);
}

interface Line {
  readonly text: string;
  readonly spaced: string;
  /** Whether it is code where it is not set as code. */
  readonly isPlain: boolean;
}

/** Each once. */
function linesOf(solution: string): readonly Line[] {
  const lines = new Map<string, Line>();
  for (const line of solution.split('\n')) {
    const tokens = bare(tokensIn(line, true));
    const spaced = spacedOf(tokens);
    if (tokens.length >= LEAST_TOKENS && !lines.has(spaced))
      lines.set(spaced, { text: line.trim(), spaced, isPlain: isPlain(tokens) });
  }
  return [...lines.values()];
}

/** What is in sight may be code, or words with code between backticks. */
function readingsOf(text: string): readonly string[] {
  return [spacedOf(tokensIn(text, true)), spacedOf(tokensIn(text.replaceAll('`', ' '), false))];
}

function tokensIn(text: string, isCode: boolean): readonly string[] {
  return codeTokensOf(text, { isCode }).map((token) => token.text);
}

/** As one text in which each token stands between spaces, so that `n` is not found in `number`. */
function spacedOf(tokens: readonly string[]): string {
  return ` ${tokens.join(' ')} `;
}

function bare(tokens: readonly string[]): readonly string[] {
  const start = tokens.findIndex((token) => !AROUND.has(token));
  const end = tokens.findLastIndex((token) => !AROUND.has(token));
  return start < 0 ? [] : tokens.slice(start, end + 1);
}

function isPlain(tokens: readonly string[]): boolean {
  return tokens.length >= LEAST_TOKENS_IN_PROSE && tokens.some((token) => SIGN_OF_CODE.test(token));
}
