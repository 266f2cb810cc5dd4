// P2: what must never be kept of a learner, since the same work is judged otherwise where it is known: gender, origin, faith, health, income,
// orientation, politics, family, age. Errs on the side of forgetting: an interest that is lost can be named again.

import {
  PROTECTED_ANYWHERE,
  PROTECTED_BEING,
  PROTECTED_HAD,
  PROTECTED_KEYS,
  type ProtectedKind,
} from './protected-words.ts';
import { wordListOf } from './text.ts';

/** What kind of attribute a field of this name would hold (`gender`, `household_income`); null: none that is protected. */
export function protectedKeyIn(name: string): ProtectedKind | null {
  const words = wordsOf(name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[_-]+/g, ' '));
  return PROTECTED_KEYS.get(words.join(' ')) ?? null;
}

/** What a value of a profile, or a sentence of a learner's, tells of them; null: nothing that is protected. */
export function protectedIn(text: string): ProtectedKind | null {
  const words = wordsOf(text);
  // `Christian`, `male`, `married`: a value that is nothing else was meant so.
  const whole = words.join(' ');
  const kind = PROTECTED_BEING.get(whole) ?? PROTECTED_HAD.get(whole);
  if (kind !== undefined) return kind;
  let wasAt = Number.NEGATIVE_INFINITY;
  let hadAt = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < words.length; at += 1) {
    if (isOneOf(BEING, words, at)) wasAt = at;
    if (isOneOf(HAVING, words, at)) hadAt = at;
    const tables = [
      PROTECTED_ANYWHERE,
      ...(at - wasAt <= REACH ? [PROTECTED_BEING] : []),
      ...(at - Math.max(wasAt, hadAt) <= REACH ? [PROTECTED_HAD] : []),
    ];
    const found = termAt(words, at, tables);
    if (found !== null) return found;
  }
  return null;
}

/** Words between "I am" and what somebody is: "I am a very religious", "ich bin seit zwei Jahren". */
const REACH = 5;
const LONGEST_TERM = 3;

function termAt(
  words: readonly string[],
  at: number,
  tables: readonly ReadonlyMap<string, ProtectedKind>[],
): ProtectedKind | null {
  for (let length = 1; length <= LONGEST_TERM; length += 1) {
    const term = words.slice(at, at + length).join(' ');
    for (const table of tables) {
      const kind = table.get(term);
      if (kind !== undefined) return kind;
    }
  }
  return null;
}

function setOf(phrases: string): ReadonlySet<string> {
  return new Set(phrases.split(' | '));
}

/** As somebody begins to say what they are, in the languages of the lists; one word or two. */
const BEING = setOf(
  "i'm | im | i am | i was | i identify | i vote | i voted | as a | as an | being a | being an | ich bin | bin ich | ich wahle | als frau | " +
    'als mann | als mutter | als vater | als christ | als christin | als schwarze | als schwarzer | soy | estoy | como mujer | como hombre | ' +
    'como madre | como padre | je suis | en tant | comme femme | comme homme | jestem | jako kobieta | jako mezczyzna | jako matka | jako ojciec',
);
/** … or have. */
const HAVING = setOf(
  "i have | i've | i earn | i got | i suffer | my | ich habe | habe ich | ich verdiene | mein | meine | meinem | meiner | tengo | gano | mi | " +
    "j'ai | je gagne | mon | ma | mam | zarabiam | moj | moja | moje",
);

function isOneOf(phrases: ReadonlySet<string>, words: readonly string[], at: number): boolean {
  return phrases.has(words[at] ?? '') || phrases.has(words.slice(at, at + 2).join(' '));
}

function wordsOf(text: string): readonly string[] {
  const plain = text
    .toLowerCase()
    .replaceAll('’', "'")
    .replaceAll('ß', 'ss')
    .replaceAll('ł', 'l')
    .normalize('NFD')
    .replace(/\p{M}+/gu, '');
  return wordListOf(plain);
}
