// Looks for what is said by its words. A phrase is found whatever its capitals, spaces and punctuation, and as whole words alone; by meaning
// nothing is, so what is found is a reason to be careful and never a proof.

import { proseOf, wordListOf } from '../checks/text.ts';

/** The first of the phrases that the prose of a text has; null: none. The phrases are words in small letters with single spaces. */
export function phraseIn(text: string, phrases: readonly string[]): string | null {
  const words = wordListOf(proseOf(text).normalize('NFKC').toLowerCase().replaceAll('’', "'"));
  const said = ` ${words.join(' ')} `;
  return phrases.find((phrase) => said.includes(` ${phrase} `)) ?? null;
}
