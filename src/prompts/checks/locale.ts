// G1: is a text in the language that was asked for? By its script, and among languages of the Latin and the Cyrillic script by their most
// frequent words. It says so only where it can tell: short prose and languages that it does not know are skipped.

import { STOP_WORDS } from './stop-words.ts';
import { proseOf, wordListOf } from './text.ts';

export type LocaleVerdict = 'passed' | 'failed' | 'skipped';

/** In fewer, a name and a term of the trade outweigh the sentence. */
const LEAST_WORDS = 12;
/** Above that, more words say nothing new. */
const MOST_WORDS = 5_000;

export function localeVerdict(text: string, locale: string): LocaleVerdict {
  const language = languageOf(locale);
  const script = SCRIPT_OF[language] ?? null;
  if (script === null) return 'skipped';
  const prose = proseOf(text);
  const words = wordListOf(prose)
    .slice(0, MOST_WORDS)
    .map((word) => word.toLowerCase().replaceAll('’', "'"));
  if (words.length < LEAST_WORDS) return 'skipped';
  const byScript = scriptVerdict(words.join(' '), script, language);
  return byScript === 'passed' && STOP_WORDS.has(language) ? byWords(words, language) : byScript;
}

/** As BCP 47 has it: `de`, `pt-BR`, `zh-Hant-TW`; also written with an underscore. */
function languageOf(locale: string): string {
  const language = locale.toLowerCase().split(/[-_]/, 1)[0] ?? '';
  return language === 'nb' || language === 'nn' ? 'no' : language;
}

type Script = keyof typeof SCRIPTS;

const SCRIPTS = {
  Latin: /\p{Script=Latin}/gu,
  Cyrillic: /\p{Script=Cyrillic}/gu,
  Greek: /\p{Script=Greek}/gu,
  Arabic: /\p{Script=Arabic}/gu,
  Hebrew: /\p{Script=Hebrew}/gu,
  Devanagari: /\p{Script=Devanagari}/gu,
  Bengali: /\p{Script=Bengali}/gu,
  Tamil: /\p{Script=Tamil}/gu,
  Thai: /\p{Script=Thai}/gu,
  Hangul: /\p{Script=Hangul}/gu,
  Kana: /[\p{Script=Hiragana}\p{Script=Katakana}]/gu,
  Han: /\p{Script=Han}/gu,
};
const SCRIPT_NAMES = Object.keys(SCRIPTS).filter((name): name is Script => name in SCRIPTS);

const SCRIPT_OF: Readonly<Partial<Record<string, Script>>> = {
  ar: 'Arabic',
  bg: 'Cyrillic',
  bn: 'Bengali',
  cs: 'Latin',
  da: 'Latin',
  de: 'Latin',
  el: 'Greek',
  en: 'Latin',
  es: 'Latin',
  fa: 'Arabic',
  fi: 'Latin',
  fr: 'Latin',
  he: 'Hebrew',
  hi: 'Devanagari',
  hu: 'Latin',
  id: 'Latin',
  it: 'Latin',
  ja: 'Kana',
  ko: 'Hangul',
  mr: 'Devanagari',
  nl: 'Latin',
  no: 'Latin',
  pl: 'Latin',
  pt: 'Latin',
  ro: 'Latin',
  ru: 'Cyrillic',
  sv: 'Latin',
  ta: 'Tamil',
  th: 'Thai',
  tr: 'Latin',
  uk: 'Cyrillic',
  ur: 'Arabic',
  vi: 'Latin',
  zh: 'Han',
};

/** Of the letters; terms of the trade are Latin everywhere, and their words are longer than most scripts'. */
const LEAST_SHARE = 0.3;
/** Japanese is written in Chinese characters and syllables, Chinese in characters alone. */
const LEAST_KANA_SHARE = 0.1;

function scriptVerdict(text: string, script: Script, language: string): LocaleVerdict {
  const letters = new Map(SCRIPT_NAMES.map((name) => [name, text.match(SCRIPTS[name])?.length ?? 0]));
  const all = [...letters.values()].reduce((sum, count) => sum + count, 0);
  if (all === 0) return 'skipped';
  const kana = letters.get('Kana') ?? 0;
  const eastAsian = kana + (letters.get('Han') ?? 0);
  const isKana = kana >= eastAsian * LEAST_KANA_SHARE;
  if (language === 'ja') return eastAsian >= all * LEAST_SHARE && isKana ? 'passed' : 'failed';
  if (language === 'zh') return eastAsian >= all * LEAST_SHARE && !isKana ? 'passed' : 'failed';
  // An answer in a Latin language has no reason to be half in another script.
  const share = script === 'Latin' ? 0.5 : LEAST_SHARE;
  return (letters.get(script) ?? 0) >= all * share ? 'passed' : 'failed';
}

/** Of the words of a sentence a third or more are among the most frequent ones of its language. */
const LEAST_STOP_SHARE = 0.1;
/** Neighbours (Spanish and Portuguese, Danish and Norwegian) have many of them in common. */
const CLEARLY_MORE = 1.5;

function byWords(words: readonly string[], language: string): LocaleVerdict {
  const hits = new Map<string, number>();
  for (const [each, stopWords] of STOP_WORDS)
    hits.set(
      each,
      words.reduce((sum, word) => sum + (stopWords.has(word) ? 1 : 0), 0),
    );
  const own = hits.get(language) ?? 0;
  const most = Math.max(...hits.values());
  if (most < words.length * LEAST_STOP_SHARE) return 'skipped';
  if (own * CLEARLY_MORE < most && most - own >= 2) return 'failed';
  return own >= words.length * LEAST_STOP_SHARE ? 'passed' : 'skipped';
}
