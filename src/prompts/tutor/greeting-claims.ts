// What a greeting must not say, found by its words: a promise of grades, and an earlier session where there was none. By words and not by
// meaning, so whoever says it in others gets by; each false alarm costs one more question to a model.

import { wordListOf } from '../checks/text.ts';
import { phraseIn } from './phrases.ts';

/** A sentence promises when it has a word of each. English, German, Spanish, French, Polish. */
const PROMISING: ReadonlySet<string> = new Set(
  (
    "guarantee guaranteed guarantees promise promised you'll will garantiert garantiere garantieren verspreche wirst " +
    'garantizo garantizado garantizamos prometo sacarás tendrás garantis garanti promets auras obtiendras ' +
    'gwarantuję gwarantowane obiecuję dostaniesz zdasz'
  ).split(' '),
);
const REWARDS: ReadonlySet<string> = new Set(
  (
    'grade grades mark marks exam exams certificate diploma note noten prüfung prüfungen zertifikat ' +
    'nota notas examen certificado notes examens certificat ocena ocenę oceny egzamin certyfikat'
  ).split(' '),
);

/** The word that is promised; null: none is. */
export function promiseIn(text: string): string | null {
  for (const sentence of text.split(/[.!?。！？\n]/)) {
    const words = wordListOf(sentence.toLowerCase().replaceAll('’', "'"));
    if (!words.some((word) => PROMISING.has(word))) continue;
    const reward = words.find((word) => REWARDS.has(word));
    if (reward !== undefined) return reward;
  }
  return null;
}

const EARLIER = [
  'welcome back',
  'last time',
  'last session',
  'previous session',
  'see you again',
  'as we discussed',
  'where we left off',
  'where you left off',
  'willkommen zurück',
  'letztes mal',
  'beim letzten mal',
  'letzten sitzung',
  'bienvenido de nuevo',
  'bienvenida de nuevo',
  'última vez',
  'última sesión',
  'dernière fois',
  'dernière séance',
  'dernière session',
  'te revoir',
  'witaj ponownie',
  'ostatnim razem',
  'ostatniej sesji',
];

/** The words that speak of it; null: none do. */
export function speaksOfEarlier(text: string): string | null {
  return phraseIn(text, EARLIER);
}

const CONCEPT_ID = /^[\w-]+:[\w-]+\/[\w-]+$/;

/** What is written as the ids of concepts are: `exercism:python/loops`. */
export function conceptIdsIn(text: string): readonly string[] {
  return text.split(/[^\w:/-]/).filter((word) => CONCEPT_ID.test(word));
}
