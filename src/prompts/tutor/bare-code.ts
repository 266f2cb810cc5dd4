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

// A text that has no end goes on to the end of its line, or of the code where it may have lines, and stays as it is: looked for in vain, its end
// would be looked for again from each mark.
const PYTHON =
  /([rbuf]{0,2})(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\[^\n]|[^"\\\n])*(?:"|\\?(?:\n|$))|'(?:\\[^\n]|[^'\\\n])*(?:'|\\?(?:\n|$)))|#.*/gi;
const C_LIKE =
  /`(?:\\[\s\S]|[^`\\])*(?:`|\\?$)|"(?:\\[^\n]|[^"\\\n])*(?:"|\\?(?:\n|$))|'(?:\\[^\n]|[^'\\\n])*(?:'|\\?(?:\n|$))|\/\/.*|\/\*[\s\S]*?(?:\*\/|$)/g;
const LINE_TEXT = /"(?:\\[^\n]|[^"\\\n])*(?:"|\\?(?:\n|$))|'(?:\\[^\n]|[^'\\\n])*(?:'|\\?(?:\n|$))/g;

/** Texts that hold code themselves (f-strings, templates) stay: what is called in them is called. */
export function bareCode(code: string, language: string): string {
  if (knownLanguage(language) === 'python')
    return code.replace(PYTHON, (found, prefix: string | undefined) =>
      found.startsWith('#') ? '' : /f/i.test(prefix ?? '') ? found : emptied(found),
    );
  return code.replace(C_LIKE, (found) =>
    found.startsWith('/') ? uncommented(found) : found.startsWith('`') ? found : emptied(found),
  );
}

/** Of whatever language: without comments, and without the texts that end in their line. */
export function bareLines(code: string): string {
  return code.replace(LINE_TEXT, emptied).replace(/(?:#|\/\/).*/g, '');
}

function emptied(text: string): string {
  return /["']$/.test(text) && text.length > 1 ? '""' : text;
}

/** What has no end is none: `/*` stands in patterns too, and nothing behind it may be hidden by it. */
function uncommented(comment: string): string {
  return comment.startsWith('/*') && !comment.endsWith('*/') ? comment : ' ';
}

/** With its texts, as the names of modules stand in them. */
export function withoutComments(code: string, language: string): string {
  if (knownLanguage(language) === 'python')
    return code.replace(PYTHON, (found) => (found.startsWith('#') ? '' : found));
  return code.replace(C_LIKE, (found) => (found.startsWith('/') ? uncommented(found) : found));
}
