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
  const known = new Set([...sources, ...tests].flatMap(allNamesOf));
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

/** Also those within a text: a key, a test's name. */
function allNamesOf(code: string): readonly string[] {
  return code.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu) ?? [];
}

function namesOf(code: string): readonly string[] {
  return codeTokensOf(code, { isCode: false }).flatMap(({ kind, text }) => (kind === 'name' ? [text] : []));
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
  return [...prose.matchAll(/\btest_\w+/g)].map(([name]) => name);
}

const QUOTE = /["“”„«»]/;
const TESTS: ReadonlySet<string> = new Set(
  'test tests prueba pruebas teste testes testul testet testu testy'.split(' '),
);
const LONGEST_TITLE = 200;

/** Of tests that are called by a title, as in: the test "adds two numbers". */
function titlesIn(prose: string): readonly string[] {
  const pieces = prose.split(QUOTE);
  return pieces.slice(1, -1).filter((title, index) => {
    const before = (pieces[index] ?? '').slice(-LONGEST_FAMILIAR_WORD).trimEnd().split(/\s/).at(-1) ?? '';
    return TESTS.has(before.toLowerCase()) && title.trim() !== '' && title.length <= LONGEST_TITLE;
  });
}

const LONGEST_FAMILIAR_WORD = 20;

function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[\s_]+/g, ' ')
    .trim();
}

const NUMBERED = /(\p{L}{4,8})\s([0-9]{1,6})\b/gu;
const LINES: ReadonlySet<string> = new Set(
  (
    'line lines zeile zeilen ligne lignes línea líneas linea linha linhas riga righe regel regels linia linii linię wiersz wierszu řádek řádku rad ' +
    'raden linie satır satırda'
  ).split(' '),
);

function linesIn(prose: string): readonly number[] {
  return [...prose.matchAll(NUMBERED)].flatMap(({ 1: word = '', 2: line }) =>
    LINES.has(word.toLowerCase()) ? [Number(line)] : [],
  );
}
