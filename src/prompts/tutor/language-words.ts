// The words of the languages that students write in: no names of anybody's, so they say nothing about whose code a piece is.

/** Of Python, JavaScript and TypeScript; what is met elsewhere is mostly among them. Types are not: students call their own things `number`. */
export const LANGUAGE_WORDS: ReadonlySet<string> = new Set(
  `False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda
  nonlocal not or pass raise return self try while with yield
  case catch const default do enum export extends false function implements instanceof interface let new null of private public readonly
  static super switch this throw true typeof undefined var void`.split(/\s+/),
);
