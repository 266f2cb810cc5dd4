// The code that a hint shows, held to its rung. What stands in the student's own code, the task or the test is no news and may be quoted;
// everything else is new, and new code that works on the student's own names is a piece of their solution, however short. It is told by
// names alone: until something runs a hint, a leak in other names that no text resembles is not seen here.

import { type CodeToken, codeTokensOf } from '../checks/code-tokens.ts';
import { bareLines } from './bare-code.ts';
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
  const bare = bareLines(line).replace(/(?<=[(,=>:[!&|?]\s?)\/(?![/*])(?:\\.|[^/\\]){1,200}\/[a-z]*/g, '""');
  // A member stands behind one dot; behind three of them stands a name.
  const found = bare.matchAll(/(?<![\w$])(?<!(?<!\.\.)\.)([A-Za-z_$][\w$]*)(?!\s*\(|[\w$])/g);
  return [...found].flatMap(([, word]) => (word === undefined || LANGUAGE_WORDS.has(word) ? [] : [word]));
}

/** A student's file may be long, and made of anything: nothing is looked for farther away. */
const MOST_LIST_CHARACTERS = 400;
const MOST_TYPE_CHARACTERS = 80;

/** The names that a student gave: to what they assign, take as an argument, loop over or define. */
export function declaredNames(code: string): ReadonlySet<string> {
  const bare = bareLines(code);
  const lists = [
    ...listsBehind(bare, /\b(?:def|function)(?:\s+[\w$]+)?\s*\(/g, /\)/),
    ...listsBehind(bare, /\blambda\s/g, /[:\n]/),
    ...listsBehind(bare, /\bfor\b/g, /\b(?:in|of)\b|[:;{}]/),
    ...[...bare.matchAll(/\(([^()]*)\)/g)].flatMap(({ 0: list, 1: inner = '', index }) => {
      const behind = bare.slice(index + list.length, index + list.length + MOST_TYPE_CHARACTERS);
      return /^\s*(?::\s*[\w<>[\]]+\s*)?(?:=>|\{)/.test(behind) ? [inner.slice(0, MOST_LIST_CHARACTERS)] : [];
    }),
  ];
  const declared = bare.matchAll(/\b(?:def|function|class|let|const|var|as)\s+([A-Za-z_$][\w$]*)/g);
  const names = [
    ...[...declared].map(([, name]) => name ?? ''),
    ...lists.flatMap((list) => list.match(/[A-Za-z_$][\w$]*/g) ?? []),
    ...assignedNames(bare),
  ];
  return new Set(names.filter((name) => name !== '' && !LANGUAGE_WORDS.has(name)));
}

/** What stands between a head and its end. */
function listsBehind(code: string, head: RegExp, end: RegExp): string[] {
  return [...code.matchAll(head)].flatMap(({ 0: found, index }) => {
    const behind = code.slice(index + found.length, index + found.length + MOST_LIST_CHARACTERS);
    const to = behind.search(end);
    return to < 0 ? [] : [behind.slice(0, to)];
  });
}

const ASSIGNING: ReadonlySet<string> = new Set('= += -= *= /= %= := |= &= ^='.split(' '));
const MOST_ASSIGNED = 7;

/** `a = …`, `a: int = …`, `a, b = …`, `a **= …`, and `a => …`: from each sign that assigns back over what it assigns to. */
function assignedNames(bare: string): string[] {
  const names: string[] = [];
  for (const line of bare.split('\n')) {
    const tokens = codeTokensOf(line, { isCode: false });
    for (const [at, { text }] of tokens.entries()) {
      if (text === '=>') names.push(...namesBefore(tokens.slice(at - 1, at), 0));
      if (!ASSIGNING.has(text)) continue;
      let before = at - 1;
      if (/^(?:\*\*|\/\/|<<|>>)$/.test(tokens[before]?.text ?? '')) before -= 1;
      names.push(...namesBefore(tokens, typedAt(tokens, before) ?? before));
    }
  }
  return names;
}

/** Where the name stands whose type ends there; null: none does. */
function typedAt(tokens: readonly CodeToken[], end: number): number | null {
  for (let at = end; at > 0 && end - at < MOST_TYPE_CHARACTERS; at -= 1) {
    const token = tokens[at];
    if (token?.text === ':') return at < end ? at - 1 : null;
    if (token?.kind !== 'name' && !/^(?:[[\]<>,]|>>)$/.test(token?.text ?? '')) return null;
  }
  return null;
}

function namesBefore(tokens: readonly CodeToken[], end: number): string[] {
  const names: string[] = [];
  for (let at = end; names.length < MOST_ASSIGNED; at -= 2) {
    const token = tokens[at];
    if (token?.kind === 'name') names.push(token.text);
    if (token?.kind !== 'name' || tokens[at - 1]?.text !== ',') return names;
  }
  return names;
}
