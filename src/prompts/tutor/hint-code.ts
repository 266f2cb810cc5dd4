// The code that a hint shows, held to its rung. What stands in the student's own code, the task or the test is no news and may be quoted;
// everything else is new, and new code that works on the student's own names is a piece of their solution, however short. It is told by
// names alone: until something runs a hint, a leak in other names that no text resembles is not seen here.

import { type HintLevel, RUNGS } from './hint-ladder.ts';
import { LANGUAGE_WORDS } from './language-words.ts';

/** What the student has before them: code, task, test, error. A piece of any of these is no news. */
export class InSight {
  readonly #texts: readonly string[];

  constructor(texts: readonly string[]) {
    this.#texts = texts.map(squeezed);
  }

  has(line: string): boolean {
    const wanted = squeezed(line);
    return this.#texts.some((text) => text.includes(wanted));
  }
}

export interface CodeFault {
  readonly rule: 'H2' | 'H4';
  readonly problem: string;
}

/** `pieces`: what stands in fences and between backticks. */
export function codeFaults(pieces: readonly string[], level: HintLevel, code: string, inSight: InSight): CodeFault[] {
  const names = declaredNames(code);
  const faults: CodeFault[] = [];
  let newLines = 0;
  for (const piece of pieces) {
    const lines = piece.split('\n').filter((line) => line.trim() !== '');
    const fresh = lines.filter((line) => !inSight.has(line));
    if (level === 1) {
      if (fresh.length > 0 || lines.length > 1) faults.push(notYet(fresh[0] ?? piece));
      continue;
    }
    const written = fresh.filter((line) => !isName(line));
    newLines += written.length;
    const own = written.filter((line) => worksOn(line, names));
    if (level < 4 && own.length * 2 > written.length) faults.push(ownLine(own[0] ?? piece, names));
  }
  const { mostCodeLines } = RUNGS[level];
  if (level > 1 && newLines > mostCodeLines)
    faults.push({
      rule: 'H4',
      problem: `shows ${newLines} lines of new code; at level ${level} at most ${mostCodeLines}`,
    });
  return faults;
}

function notYet(piece: string): CodeFault {
  return {
    rule: 'H4',
    problem: `shows ${JSON.stringify(piece)}, which stands neither in the student's code nor in the task or the test; a hint of level 1 shows no code of its own`,
  };
}

function ownLine(line: string, names: ReadonlySet<string>): CodeFault {
  const own = [...new Set(wordsOf(line))].filter((word) => names.has(word));
  return {
    rule: 'H2',
    problem: `writes ${JSON.stringify(line.trim())} for the student (${own.join(', ')} are names of their program); show it with other names and another theme`,
  };
}

/** What does something, and is no value that is spoken of (`numbers[0]`, `left < right`). */
const STATEMENT = /^\s*(?:return|if|elif|for|while|let|const|var|def|function|yield)\b|(?<![=!<>])=(?![=>])|=>/;

/** A new line that does something with the student's own names; null: there is none. */
export function ownStatementIn(pieces: readonly string[], code: string, inSight: InSight): string | null {
  const names = declaredNames(code);
  const lines = pieces
    .flatMap((piece) => piece.split('\n'))
    .filter((line) => STATEMENT.test(line) && !inSight.has(line));
  return lines.find((line) => worksOn(line, names))?.trim() ?? null;
}

/** Whether it is code of its own, and no name or quotation of what the student has. */
export function isExample(piece: string, inSight: InSight): boolean {
  return piece.split('\n').some((line) => line.trim() !== '' && !isName(line) && !inSight.has(line));
}

/** A piece of one name, call or sign: it says what something is called, and is no line of a program. */
function isName(line: string): boolean {
  const piece = line.trim();
  return /^[\w$.]+(?:\(\s*\))?$/.test(piece) || (piece.length <= 5 && !/\p{L}/u.test(piece));
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, '');
}

/** At least half of the names in it are the student's: a helper may have got a new name, what it works on has not. */
function worksOn(line: string, names: ReadonlySet<string>): boolean {
  const used = new Set(wordsOf(line));
  const own = [...used].filter((word) => names.has(word));
  // What it names for itself, as in `numbers.map((n, at) => …)`, is nobody's theme.
  const local = declaredNames(line);
  const others = [...used].filter((word) => !names.has(word) && !local.has(word));
  return own.length > 0 && own.length >= others.length;
}

/** The names that a line uses: neither words of a language, nor called functions or members, nor what stands in a string. */
function wordsOf(line: string): string[] {
  const bare = line
    .replace(/(["'])(?:\\.|(?!\1).)*\1/g, '""')
    .replace(/(?<=[(,=>:[!&|?]\s?)\/(?![/*])(?:\\.|[^/\\])+\/[a-z]*/g, '""')
    .replace(/(?:#|\/\/).*$/, '');
  // A member stands behind one dot; behind three of them stands a name.
  const found = bare.matchAll(/(?<![\w$])(?<!(?<!\.\.)\.)([A-Za-z_$][\w$]*)(?!\s*\(|[\w$])/g);
  return [...found].flatMap(([, word]) => (word === undefined || LANGUAGE_WORDS.has(word) ? [] : [word]));
}

/** The names that a student gave: to what they assign, take as an argument, loop over or define. */
export function declaredNames(code: string): ReadonlySet<string> {
  const bare = code.replace(/(["'])(?:\\.|(?!\1)[^\\\n])*\1/g, '""').replace(/(?:#|\/\/).*$/gm, '');
  // Each run has an end: a student's file may be long, and made of anything.
  const lists = [
    /\b(?:def|function)\s{0,9}[\w$]{0,60}\s{0,9}\(([^)]{0,400})\)/g,
    /\(([^()]{0,400})\)\s{0,9}(?::\s{0,9}[\w<>[\]]{1,60}\s{0,9})?(?:=>|\{)/g,
    /\blambda\s{1,9}([^:\n]{0,200}):/g,
    /\bfor\s{0,9}\(?([\w\s,]{1,80}?)\)?\s{1,9}(?:in|of)\b/g,
  ];
  const single = [
    /\b(?:def|function|class|let|const|var|as)\s{1,9}([A-Za-z_$][\w$]{0,60})/g,
    /(?<![\w$])([A-Za-z_$][\w$]{0,60})\s{0,9}(?::\s{0,9}[\w<>[\], ]{1,60})?(?:\*\*|\/\/|<<|>>|[-+*/%|&^])?=(?![=>])/g,
    /(?<![\w$])([A-Za-z_$][\w$]{0,60})\s{0,9}=>/g,
    /(?<![\w$])([A-Za-z_$][\w$]{0,60})\s{0,9}(?:,\s{0,9}[A-Za-z_$][\w$]{0,60}\s{0,9}){1,6}=(?!=)/g,
  ];
  const names = [
    ...single.flatMap((pattern) => [...bare.matchAll(pattern)].map((match) => match[1] ?? '')),
    ...lists.flatMap((pattern) =>
      [...bare.matchAll(pattern)].flatMap((match) => match[1]?.match(/[A-Za-z_$][\w$]*/g) ?? []),
    ),
  ];
  return new Set(names.filter((name) => name !== '' && !LANGUAGE_WORDS.has(name)));
}
