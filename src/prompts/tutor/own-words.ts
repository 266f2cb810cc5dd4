// P1, the second half: a quotation that is real proves nothing of a value that has no word of it. What stays close to the student's words
// is held against them; what is a form of ours (a system, a device, a date) is not.

import { quotedSentences } from '../checks/evidence.ts';
import { wordListOf } from '../checks/text.ts';
import { folded, languageOf } from './findings.ts';
import type { Delta } from './interview-fields.ts';
import { saysLevel } from './said-of-oneself.ts';

const OWN: ReadonlySet<Delta['field']> = new Set([
  'goals',
  'experience',
  'interests',
  'minutes_per_week',
  'accommodations',
  'concepts_known',
  'concepts_unsure',
  'motivation',
]);

/** Short forms of the names of languages, both ways. */
const SHORT: ReadonlyMap<string, string> = new Map([
  ['js', 'javascript'],
  ['ts', 'typescript'],
  ['py', 'python'],
  ['golang', 'go'],
  ['rb', 'ruby'],
  ['cpp', 'c++'],
]);

/** In words; null: some word of the value is one of the quotation. */
export function inOwnWords(
  field: Delta['field'],
  { value, quote }: { readonly value: string; readonly quote: string },
): string | null {
  if (!OWN.has(field)) return null;
  const said = new Set(stemsOf(quote));
  const stems = stemsOf(value);
  const telling = stems.filter((stem) => !FILLERS.has(stem));
  return (telling.length > 0 ? telling : stems).some((stem) => said.has(stem)) ? null : 'has no word of what it cites';
}

/** Words differ in their endings. */
const STEM_LETTERS = 4;

function stemsOf(text: string): readonly string[] {
  const plain = folded(text);
  // Names of languages that are no words to whoever counts words.
  const names = plain.match(/[a-z]\+\+|[a-z]#/g) ?? [];
  const words = wordListOf(plain).map((word) => SHORT.get(word) ?? word);
  return [...names, ...words.map((word) => [...word].slice(0, STEM_LETTERS).join(''))];
}

/** The beginnings of words of every such sentence: they prove nothing beside others. */
const FILLERS: ReadonlySet<string> = new Set(
  'a an and the i to of for in on my me it is am with or so as at be do want woul like abou lear prog'.split(' '),
);

const RANGES: Partial<Readonly<Record<Delta['field'], readonly [min: number, max: number]>>> = {
  goals: [0, 520],
  experience: [0, 80],
  minutes_per_week: [1, 10_080],
};

/** In words; null: it may stand. */
export function numberProblem({ field, number, evidence }: Delta, message: string, locale: string): string | null {
  const range = RANGES[field];
  if (range === undefined) return null;
  if (number === null) return field === 'minutes_per_week' ? 'has no number of minutes' : null;
  const [min, max] = range;
  if (number < min || number > max) return `is ${number}, and may be ${min} to ${max}`;
  const cited = quotedSentences(evidence.quote, message).map(({ sentence }) => sentence);
  if (!cited.some((sentence) => speaksOfNumber(sentence, locale)))
    return `is ${number}, and the sentence that it cites says no number`;
  // Minutes and weeks are worked out; years are said as they are, but for months and "since 2019".
  const isSaid = field !== 'experience' || cited.some((sentence) => maySayYears(number, sentence, locale));
  return isSaid ? null : `is ${number}, and the sentence that it cites says another number`;
}

function maySayYears(years: number, sentence: string, locale: string): boolean {
  const digits = sentence.match(/\p{N}+(?:[.,]\p{N}+)?/gu) ?? [];
  if (digits.length === 0 || /(?<!\p{N})(?:19|20)\p{N}{2}(?!\p{N})|month|monat|meses|mois|miesi/u.test(sentence))
    return true;
  return (
    digits.some((each) => Number(each.replace(',', '.')) === years) ||
    speaksOfNumber(sentence.replace(/\p{N}+|years?|jahre?n?|años?|ans?|lata?/gu, ''), locale)
  );
}

/** In words; null: they rate themselves so. Of languages that we have no words of we cannot say. */
export function levelProblem({ level, evidence }: Delta, message: string, locale: string): string | null {
  if (level === null || NUMBER_WORDS[languageOf(locale)] === undefined) return null;
  return saysLevel(level, evidence.quote, message)
    ? null
    : `is ${level}, and the sentence that it cites does not say so`;
}

/**
 * The beginnings of words that stand for numbers, and of measures that are one where nothing else is said ("an hour a day"); by language, of
 * others we cannot say.
 */
const NUMBER_WORDS: Readonly<Record<string, readonly string[]>> = {
  en: words(`one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty half couple few dozen no
    never none minute hour month year`),
  de: words(`eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf fünfzehn zwanzig dreißig vierzig halb paar kein nie
    minute stunde monat jahr`),
  es: words(`uno dos tres cuatro cinco seis siete ocho nueve diez once doce quince veinte treinta cuarenta media medio par ningun nunca
    minuto hora mes año`),
  fr: words(`deux trois quatre cinq six sept huit neuf dix onze douze quinze vingt trente quarante demi aucun jamais
    minute heure mois année an ans`),
  pl: words(`jeden jedn dwa dwie trzy cztery pięć sześć siedem osiem dziewięć dziesięć jedenaście dwanaście piętnaście dwadzieścia trzydzieści
    pół kilka parę nigdy minut godzin miesiąc rok lat`),
};

function words(text: string): readonly string[] {
  return text.split(/\s+/);
}

function speaksOfNumber(text: string, locale: string): boolean {
  if (/\p{N}/u.test(text)) return true;
  const stems = NUMBER_WORDS[languageOf(locale)];
  if (stems === undefined) return true;
  return wordListOf(folded(text)).some((word) =>
    stems.some((stem) => (stem.length < 3 ? word === stem : word.startsWith(stem))),
  );
}
