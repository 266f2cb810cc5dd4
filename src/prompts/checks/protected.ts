// P2: what must never be kept of a learner, since the same work is judged otherwise where it is known: gender, origin, faith, health, income,
// orientation, politics, family, age. Errs on the side of forgetting: an interest that is lost can be named again.

import { PROTECTED_ANYWHERE, PROTECTED_KEYS, PROTECTED_SAID, type ProtectedKind } from './protected-words.ts';
import { wordListOf } from './text.ts';

/** What kind of attribute a field of this name would hold (`gender`, `household_income`); null: none that is protected. */
export function protectedKeyIn(name: string): ProtectedKind | null {
  const words = wordsOf(name.replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' '));
  return PROTECTED_KEYS.get(words.join(' ')) ?? null;
}

/** What a value of a profile, or a sentence of a learner's, tells of them; null: nothing that is protected. */
export function protectedIn(text: string): ProtectedKind | null {
  const words = wordsOf(text);
  // `Christian`, `male`, `married`: a value that is nothing else was meant so.
  const whole = PROTECTED_SAID.get(words.join(' '));
  if (whole !== undefined) return whole;
  let saidAt = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < words.length; at += 1) {
    if (isSaidOfOneself(words, at)) saidAt = at;
    const kind =
      termAt(words, at, PROTECTED_ANYWHERE) ?? (at - saidAt <= REACH ? termAt(words, at, PROTECTED_SAID) : null);
    if (kind !== null) return kind;
  }
  return null;
}

/** Words between "I am" and what somebody is: "I am a very religious", "ich bin seit zwei Jahren". */
const REACH = 5;
const LONGEST_TERM = 3;

function termAt(words: readonly string[], at: number, terms: ReadonlyMap<string, ProtectedKind>): ProtectedKind | null {
  for (let length = 1; length <= LONGEST_TERM; length += 1) {
    const kind = terms.get(words.slice(at, at + length).join(' '));
    if (kind !== undefined) return kind;
  }
  return null;
}

/** "I am", "as a", "my", in the languages of the lists. */
const STARTS: ReadonlySet<string> = new Set([
  "i'm",
  'im',
  'my',
  'myself',
  'mein',
  'meine',
  'meinem',
  'meiner',
  'soy',
  'estoy',
  'tengo',
  'gano',
  'mi',
  "j'ai",
  'mon',
  'ma',
  'jestem',
  'mam',
  'zarabiam',
  'moj',
  'moja',
  'moje',
]);
const PAIRS: ReadonlySet<string> = new Set(
  (
    'i am|i was|i have|i have|i earn|i identify|i vote|i voted|i got|i suffer|as a|as an|being a|being an|ich bin|ich habe|ich verdiene|ich wahle|' +
    'bin ich|habe ich|als frau|als mann|als mutter|als vater|als christ|als christin|als schwarze|als schwarzer|soy una|como mujer|como hombre|como madre|como padre|' +
    "yo soy|yo tengo|je suis|j'ai un|je gagne|suis une|en tant|comme femme|comme homme|jako kobieta|jako mezczyzna|jako matka|jako ojciec|ja jestem"
  ).split('|'),
);

function isSaidOfOneself(words: readonly string[], at: number): boolean {
  return STARTS.has(words[at] ?? '') || PAIRS.has(words.slice(at, at + 2).join(' '));
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
