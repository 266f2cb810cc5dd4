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

/** The first such line; null: there is none. */
export function missingLineIn(text: string, { solution, inSight }: Missing): string | null {
  // What is in sight may be code, or words with code between backticks.
  const known = inSight.flatMap((each) => [
    spacedOf(tokensIn(each, true)),
    spacedOf(tokensIn(each.replaceAll('`', ' '), false)),
  ]);
  const missing = solution.split('\n').flatMap((line) => {
    const tokens = bare(tokensIn(line, true));
    const spaced = spacedOf(tokens);
    return tokens.length < LEAST_TOKENS || known.some((each) => each.includes(spaced))
      ? []
      : [{ line, tokens, spaced }];
  });
  if (missing.length === 0) return null;
  const code = codeIn(text).map((piece) => spacedOf(tokensIn(piece, true)));
  const prose = spacedOf(tokensIn(proseOf(text), false));
  const found = missing.find(
    ({ tokens, spaced }) => code.some((piece) => piece.includes(spaced)) || (isPlain(tokens) && prose.includes(spaced)),
  );
  return found === undefined ? null : found.line.trim();
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
