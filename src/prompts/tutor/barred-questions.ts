// P2 for questions: what is not to be kept of a student is not to be asked either. A question is read as the answer that it wants, and as the
// name of what it asks for ("your religion"), since a race may be one of cars and a genre one of music.

import { protectedIn, protectedKeyIn } from '../checks/protected.ts';
import { wordListOf } from '../checks/text.ts';
import { phraseIn } from './phrases.ts';

const AGE = [
  'how old are you',
  'wie alt bist du',
  'cuántos años tienes',
  'quel âge',
  'ile masz lat',
  'when were you born',
];
const YOURS: ReadonlySet<string> = new Set(
  'your dein deine deiner deinem ihr ihre tu su ton ta tes votre vos twój twoja twoje pan pani'.split(' '),
);

/** What kind of thing it asks for; null: nothing that is barred. */
export function barredIn(question: string): string | null {
  if (phraseIn(question, AGE) !== null) return 'age';
  const words = wordListOf(question.toLowerCase());
  for (const [at, word] of words.entries()) {
    if (!YOURS.has(word)) continue;
    const [first = '', second = ''] = words.slice(at + 1, at + 3);
    const kind = protectedKeyIn(first) ?? protectedKeyIn(`${first} ${second}`);
    if (kind !== null) return kind;
  }
  const answer = ` ${words.join(' ')} `.replace(' are you ', ' i am ').replace(' do you have ', ' i have ');
  return protectedIn(answer);
}
