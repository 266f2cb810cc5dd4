// H3: what a hint names exists: names set as code, lines, tests. Only what is set as inline code is taken for a name of the learner's code:
// a fenced example may be of another program. Names of two letters and of the language are let pass, so an invented `i` is not found.

import { codeTokensOf } from './code-tokens.ts';
import { BUILT_INS, KEYWORDS } from './known-names.ts';
import { piecesOf } from './markdown.ts';
import { proseOf } from './text.ts';

export interface Grounds {
  /** Whatever the learner can see: their code, the statement, the starter, messages of tests. */
  readonly sources: readonly string[];
  /** Names of tests. */
  readonly tests: readonly string[];
  /** That a "line 12" may mean; null: none is known. */
  readonly lines: number | null;
}

/** In words for whoever has to mend it; none: all of it exists. */
export function ungroundedIn(text: string, { sources, tests, lines }: Grounds): readonly string[] {
  const known = new Set([...sources, ...tests].flatMap(namesOf));
  const inline = piecesOf(text)
    .filter(({ kind }) => kind === 'inline')
    .map((piece) => piece.text);
  const prose = proseOf(text);
  const names = new Set(inline.flatMap(namesOf).filter((name) => !isFamiliar(name) && !known.has(name)));
  for (const name of testNamesIn(prose)) if (!known.has(name)) names.add(name);
  const titles = titlesIn(prose).filter(
    (title) => ![...tests, ...sources].some((each) => plain(each).includes(plain(title))),
  );
  return [
    ...[...names].map((name) => `names ${name}, which stands nowhere in the code, the statement or the tests`),
    ...titles.map((title) => `names a test "${title}", and there is none`),
    ...linesIn(prose).flatMap((line) =>
      lines === null || (line >= 1 && line <= lines) ? [] : [`names line ${line}, and the code has ${lines}`],
    ),
  ];
}

function namesOf(code: string): readonly string[] {
  const tokens = codeTokensOf(code, { isCode: false });
  return tokens.flatMap(({ kind, text }) => {
    if (kind === 'name') return [text];
    // A text may hold a name: a test's, a key's.
    return kind === 'text'
      ? codeTokensOf(text.slice(1, -1), { isCode: false })
          .filter((each) => each.kind === 'name')
          .map((each) => each.text)
      : [];
  });
}

const LONGEST_FAMILIAR = 2;
const KIND_OF_ERROR = /(?:Error|Exception|Warning)$/;

function isFamiliar(name: string): boolean {
  return (
    name.length <= LONGEST_FAMILIAR ||
    KEYWORDS.has(name) ||
    BUILT_INS.has(name) ||
    KIND_OF_ERROR.test(name) ||
    !/[a-z]/i.test(name)
  );
}

/** As Python's tests are called, also where they are not set as code. */
function testNamesIn(prose: string): readonly string[] {
  return [...prose.matchAll(/\btest_\w{1,100}/g)].map(([name]) => name);
}

/** Of tests that are called by a title, as in: the test "adds two numbers". */
const TITLE = /\b(?:tests?|prueba|pruebas|teste|testes|testul|testet)\s{1,3}["“„«‘]([^"“”„«»‘’\n]{2,200})["“”»’]/gi;

function titlesIn(prose: string): readonly string[] {
  return [...prose.matchAll(TITLE)].flatMap(({ 1: title }) => (title === undefined ? [] : [title]));
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[\s_]+/g, ' ')
    .trim();
}

const LINE =
  /\b(?:lines?|Zeilen?|lignes?|líneas?|linhas?|righe|riga|regels?|lini[aię]|řád(?:ek|ku)|rad(?:en)?|satır)\s{1,3}([0-9]{1,6})\b/giu;

function linesIn(prose: string): readonly number[] {
  return [...prose.matchAll(LINE)].map(({ 1: line }) => Number(line));
}
