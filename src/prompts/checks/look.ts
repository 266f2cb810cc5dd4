// A text as it looks to whoever reads the page: references of HTML are characters, what nobody sees is gone, and letters of other scripts that
// are drawn like Latin ones are those. What is looked for in words would else be let through in the same words written otherwise.

import { withoutHidden } from './hidden.ts';

/** For looking into, never for showing: a word of another script comes out as no word of any. */
export function asItLooks(text: string): string {
  if (PLAIN.test(text)) return text;
  const seen = withoutHidden(text.replace(REFERENCE, characterOf)).text.normalize('NFKC');
  return seen.replace(/[^\t-~]/gu, (letter) => LOOK_ALIKES.get(letter) ?? letter);
}

/** As a page sets it: an escaped sign is the sign, and emphasis is none. Code loses its stars and underscores, so hold it against code that did too. */
export function asSet(text: string): string {
  return asItLooks(text)
    .replace(/\\([!-/:-@[-`{-~])/g, '$1')
    .replace(/[*_~]/g, '')
    .replace(/ [.·•] /g, ' ');
}

const PLAIN = /^[\t-%'-~]*$/;
/** The longest that is looked up has seven letters; CommonMark takes up to seven digits. */
const REFERENCE = /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z]{2,8}));/g;

function characterOf(found: string, decimal: string | undefined, hex: string | undefined, name: string | undefined) {
  if (name !== undefined) return NAMED.get(name) ?? found;
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
}

/** The signs of ASCII, since letters have no names. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ...pairs(
    'lt < gt > amp & quot " apos \' lpar ( rpar ) plus + equals = colon : semi ; comma , period . excl ! quest ? num # dollar $',
  ),
  ...pairs(
    'percnt % ast * midast * sol / bsol \\ lsqb [ lbrack [ rsqb ] rbrack ] lcub { lbrace { rcub } rbrace } lowbar _ commat @',
  ),
  ...pairs('vert | verbar | grave ` Hat ^ hyphen - minus - dash - tilde ~'),
  ['nbsp', ' '],
  ['Tab', '\t'],
  ['NewLine', '\n'],
  ['shy', ''],
]);

function pairs(text: string): readonly (readonly [string, string])[] {
  const words = text.split(' ');
  return words.flatMap((word, at) => (at % 2 === 0 ? [[word, words[at + 1] ?? ''] as const] : []));
}

/** Of Cyrillic, Greek, Armenian and the small capitals, those that nobody tells apart in a word. */
const LOOK_ALIKES: ReadonlyMap<string, string> = new Map([
  ...alike('аеорсухіјѕԁһԛԝкмтӏҽ', 'aeopcyxijsdhqwkmtle'),
  ...alike('АВЕКМНОРСТУХІЈЅԚԜ', 'ABEKMHOPCTYXIJSQW'),
  ...alike('αορνικτυχγεω', 'aopviktuxyew'),
  ...alike('ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ', 'ABEZHIKMNOPTYX'),
  ...alike('օսհոց', 'ouhng'),
  ...alike('ıɑɡɩʟᴀʙᴄᴅᴇꜰɢʜɪᴊᴋᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ', 'iagilabcdefghijkmnoprstuvwyz'),
  ['−', '-'],
  ['‐', '-'],
  ['‑', '-'],
  ['∗', '*'],
  ['∕', '/'],
  ['⁄', '/'],
  ['꞉', ':'],
  ['∶', ':'],
]);

function alike(letters: string, latin: string): readonly (readonly [string, string])[] {
  return [...letters].map((letter, at) => [letter, latin.charAt(at)] as const);
}

/** A text in base64 or hexadecimal, which a reader would have to decode; null: there is none. Lines may be broken. */
export function encodedIn(text: string): string | null {
  for (const [run] of asItLooks(text).matchAll(ENCODED)) {
    const isHex = /^[0-9a-fA-F\s]+$/.test(run) && /[a-fA-F]/.test(run);
    // Base64 has all three within forty characters; a long name, a path or a line of a table has not.
    const isBase64 = /[a-z]/.test(run) && /[A-Z]/.test(run) && /[0-9]/.test(run);
    if (/\d/.test(run) && (isHex || isBase64)) return run;
  }
  return null;
}

/** Forty characters are thirty letters: one line of code. */
const ENCODED = /(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{40,}|[A-Za-z0-9+/]{24,39}(?:\n[A-Za-z0-9+/]{16,}){1,40})/g;
