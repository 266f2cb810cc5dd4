// P2 for questions: what is not to be kept of a student is not to be asked either. A question is read as the answer that it wants, and as the
// name of what it asks for ("your religion"), since a race may be one of cars and a genre one of music.

import { protectedIn, protectedKeyIn } from '../checks/protected.ts';
import { wordListOf } from '../checks/text.ts';
import { phraseIn } from './phrases.ts';

/** Where the question has no word of what it asks for. */
const ASKING: Readonly<Record<string, readonly string[]>> = {
  age: ['how old are you', 'when were you born', 'wie alt bist du', 'cuántos años tienes', 'quel âge', 'ile masz lat'],
  politics: [
    'which party',
    'do you vote',
    'did you vote',
    'wen wählst du',
    'welche partei',
    'qué partido',
    'quel parti',
    'która partia',
  ],
  ethnicity: [
    'where are you from',
    'where do you come from',
    'woher kommst du',
    'de dónde eres',
    "d'où viens",
    'skąd jesteś',
  ],
  family: [
    'do you have children',
    'do you have kids',
    'hast du kinder',
    'tienes hijos',
    'as tu des enfants',
    'masz dzieci',
  ],
  income: ['do you earn', 'verdienst du', 'cuánto ganas', 'gagnes tu', 'ile zarabiasz'],
  religion: [
    'do you believe in god',
    'do you go to church',
    'do you pray',
    'bist du religiös',
    'eres religioso',
    'es tu croyant',
    'jesteś wierzący',
  ],
};
const YOURS: ReadonlySet<string> = new Set(
  'your dein deine deiner deinem ihr ihre tu su ton ta tes votre vos twój twoja twoje pan pani'.split(' '),
);

/** What kind of thing it asks for; null: nothing that is barred. */
export function barredIn(question: string): string | null {
  for (const [kind, phrases] of Object.entries(ASKING))
    if (phraseIn(question.replaceAll('-', ' '), phrases) !== null) return kind;
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
