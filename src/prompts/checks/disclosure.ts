// G3: does a text give away what stands in the instructions? The canary in any of its usual disguises, the token of the marks, and twelve
// words of the instructions in a row. Whoever is inventive enough gets by; what counts is that nothing in the instructions is secret.

import { wordListOf } from './text.ts';

export interface Undisclosed {
  readonly canary: string;
  /** Of the marks before lines of the caller's. */
  readonly token: string;
  /** The instructions; lines with a mark in them are the caller's and may be repeated. */
  readonly systemText: string;
  /** What the caller gave: what stands there too may be repeated. Large, and read only when an answer repeats something. */
  readonly given: () => readonly string[];
}

/** Says what a text gives away; null: nothing. Made once for each request, since each of its strings is asked about. */
export function disclosuresOf({ canary, token, systemText, given }: Undisclosed): (text: string) => string | null {
  const forms = formsOf(canary);
  const runs = once(() => new Set(runsOf(plainOf(unmarked(systemText, token)))));
  const repeatedIn = (plain: string) => runsOf(plain).filter((run) => runs().has(run));
  const givenRuns = once(() => new Set([...new Set(given())].flatMap((each) => repeatedIn(plainOf(each)))));
  return (text) => {
    const plain = plainOf(text);
    const read = forms.length === 0 ? null : readingsOf(text, plain);
    const form = read === null ? undefined : forms.find(({ isIn }) => isIn(read));
    if (form !== undefined) return `repeats a secret of its instructions (${form.name})`;
    if (token !== '' && plain.toLowerCase().includes(token.toLowerCase()))
      return 'repeats the mark of the lines it was shown';
    if (repeatedIn(plain).some((run) => !givenRuns().has(run)))
      return `repeats ${WORDS_IN_A_ROW} words in a row of its instructions`;
    return null;
  };
}

export function disclosureIn(text: string, undisclosed: Undisclosed): string | null {
  return disclosuresOf(undisclosed)(text);
}

interface Form {
  readonly name: string;
  readonly isIn: (read: Readings) => boolean;
}

/** A text as a disguise leaves it. */
interface Readings {
  readonly bare: string;
  readonly hex: string;
  readonly base64: string;
}

function readingsOf(text: string, plain: string): Readings {
  return { bare: bareOf(plain), hex: hexDigitsOf(text), base64: base64Of(text) };
}

/** Below that, what stands in a text by chance. */
const LEAST_CHARACTERS = 8;

function formsOf(canary: string): readonly Form[] {
  const bare = bareOf(canary);
  if (bare.length < LEAST_CHARACTERS) return [];
  const spellings = [...new Set([canary, canary.toLowerCase(), canary.toUpperCase(), reversed(canary)])];
  const hexes = [...new Set(spellings.map((each) => Buffer.from(each).toString('hex')))];
  const cores = spellings.flatMap(base64CoresOf);
  const backwards = reversed(bare);
  return [
    { name: 'as it is, spaced or in other letters', isIn: (read) => read.bare.includes(bare) },
    { name: 'reversed', isIn: (read) => read.bare.includes(backwards) },
    { name: 'in hexadecimal', isIn: (read) => hexes.some((hex) => read.hex.includes(hex)) },
    { name: 'in base64', isIn: (read) => cores.some((core) => read.base64.includes(core)) },
  ];
}

function reversed(text: string): string {
  return [...text].reverse().join('');
}

const ESCAPED =
  /&#x([0-9a-f]{1,6});?|&#0{0,4}([0-9]{1,7});?|\\u\{([0-9a-f]{1,6})\}|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})/gi;
const LAST_CHARACTER = 0x10ffff;

/** As a page or a program shows it, without what nobody sees: hidden characters, marks on letters, the underscores of emphasis. */
function plainOf(text: string): string {
  return text
    .replace(ESCAPED, (found, ...codes: (string | undefined)[]) => {
      const [hexadecimal, decimal, ...others] = codes.slice(0, 5);
      const digits = [hexadecimal, ...others].find((each) => each !== undefined);
      const code = digits === undefined ? Number(decimal) : Number.parseInt(digits, 16);
      return code <= LAST_CHARACTER ? String.fromCodePoint(code) : found;
    })
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}]+/gu, '')
    .replaceAll('_', ' ');
}

/** Letters and digits alone, however they are set, spaced or dotted. */
function bareOf(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');
}

/** Also of `0x63, 0x61`, `\x63\x61`, `%63%61`, `63:61`. */
function hexDigitsOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[0\\]x/g, '')
    .replace(/[^a-z0-9]+/g, '');
}

function base64Of(text: string): string {
  return text
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/[^A-Za-z0-9+/]+/g, '');
}

/** What stands in the base64 of every text that has this one in it, by how many bytes past a multiple of three it begins. */
function base64CoresOf(text: string): readonly string[] {
  return [0, 1, 2].map((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
    const encoded = bytes.toString('base64').replaceAll('=', '');
    // A character that has bits of a neighbour's byte is another beside another neighbour.
    return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
  });
}

const WORDS_IN_A_ROW = 12;

function once<Made>(make: () => Made): () => Made {
  let made: { readonly value: Made } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function runsOf(text: string): readonly string[] {
  const words = wordListOf(text.toLowerCase());
  return words.slice(WORDS_IN_A_ROW - 1).map((_, at) => words.slice(at, at + WORDS_IN_A_ROW).join(' '));
}

/** Without marked lines. A mark has a number; where the instructions explain it, it has none. */
function unmarked(text: string, token: string): string {
  if (token === '') return text;
  return text
    .split('\n')
    .filter((line) => !line.split(`${token}·`).some((rest, at) => at > 0 && /^\d/.test(rest)))
    .join('\n');
}
