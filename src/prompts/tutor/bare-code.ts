// Code without what a reader alone sees: comments are gone and texts are empty, so that a word in a sentence is never taken for a call. Read
// by patterns and not by a grammar: exact enough to compare, to count and to name what is reached for, and never used to say that code runs.

/** What the three languages that exercises are checked in are called. */
type KnownLanguage = 'python' | 'javascript' | 'typescript';

/** Null: nothing here knows how that language is written. */
export function knownLanguage(language: string): KnownLanguage | null {
  switch (language.trim().toLowerCase()) {
    case 'python':
    case 'python3':
    case 'py':
      return 'python';
    case 'javascript':
    case 'js':
      return 'javascript';
    case 'typescript':
    case 'ts':
      return 'typescript';
    default:
      return null;
  }
}

const PYTHON = /([rbuf]*)("""|''')[\s\S]*?\2|([rbuf]*)(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|#.*/gi;
const C_LIKE = /`(?:\\[\s\S]|[^`\\])*`|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\/.*|\/\*[\s\S]*?\*\//g;

/** Texts that hold code themselves (f-strings, templates) stay: what is called in them is called. */
export function bareCode(code: string, language: string): string {
  if (knownLanguage(language) === 'python')
    return code.replace(PYTHON, (found, long: string | undefined, _, short: string | undefined) =>
      found.startsWith('#') ? '' : /f/i.test(long ?? short ?? '') ? found : '""',
    );
  return code.replace(C_LIKE, (found) => (found.startsWith('/') ? ' ' : found.startsWith('`') ? found : '""'));
}

/** With its texts, as the names of modules stand in them. */
export function withoutComments(code: string, language: string): string {
  if (knownLanguage(language) === 'python')
    return code.replace(PYTHON, (found) => (found.startsWith('#') ? '' : found));
  return code.replace(C_LIKE, (found) => (found.startsWith('/') ? ' ' : found));
}
