// P1, the third half: words may be quoted letter for letter and still say the opposite, or be said of somebody else. What is looked at is the
// sentence in which the quotation stands. Errs on the side of leaving out: what is lost can be asked for again.

import { type QuotedSentence, quotedSentences } from '../checks/evidence.ts';
import { folded } from './findings.ts';
import type { Delta } from './interview-fields.ts';
import { DENYING, DENYING_NOTHING, LEVELS, NEXT_STATEMENT, REPORTING, SUBJECT, TURN, WANTING } from './said-words.ts';

/** What is denied there is none of theirs. Of a motive, an accommodation or what they are unsure of the denial may be the very thing. */
const DENIABLE: ReadonlySet<Delta['field']> = new Set([
  'experience',
  'interests',
  'minutes_per_week',
  'os',
  'editor',
  'device',
  'deadline',
  'locale',
  'concepts_known',
]);
/** A denial before a comma is of something else; in a list ("I never used Java, Rust or Go") it is of all that follows. */
const LISTED: ReadonlySet<Delta['field']> = new Set(['experience', 'interests', 'concepts_known']);

/** In words; null: it is said of the student, and as it is kept, in one of the places where the quotation stands. */
export function denialProblem({ field, value, evidence }: Delta, message: string): string | null {
  const problems = quotedSentences(evidence.quote, message).map((sentence) => problemAt(sentence, field, value));
  return problems.includes(null) ? null : (problems[0] ?? null);
}

function problemAt({ sentence, start, end }: QuotedSentence, field: Delta['field'], value: string): string | null {
  if (field === 'motivation') return null;
  const text = sentence.replace(DENYING_NOTHING, (found) => ' '.repeat(found.length));
  const at = placeOf(value, text, start, end);
  const from = Math.max(0, ...endsOf(TURN, text.slice(0, at)), ...startsOf(NEXT_STATEMENT, text.slice(0, at)));
  const ends = [...startsOf(TURN, text), ...startsOf(NEXT_STATEMENT, text)].filter((end) => end > at);
  const before = text.slice(from, at);
  const after = text.slice(at, Math.min(text.length, ...ends));
  if (isOfAnother(before)) return 'is said of somebody else in the sentence that it cites';
  const isDenied =
    field === 'goals' ? has(WANTING, before) : DENIABLE.has(field) && isDeniedBy(before, after, field, value);
  return isDenied ? 'is denied in the sentence that it cites' : null;
}

/** Whom the last subject before it is: "my friend has ten years of". */
function isOfAnother(before: string): boolean {
  let ownFrom: number | null = null;
  let isAnother = false;
  for (const { 0: found, index, groups } of before.matchAll(SUBJECT)) {
    if (groups?.['first'] !== undefined) {
      ownFrom = index + found.length;
      isAnother = false;
    } else if (groups?.['somebody'] === undefined || ownFrom === null || has(REPORTING, before.slice(ownFrom, index)))
      isAnother = true;
  }
  return isAnother;
}

function isDeniedBy(before: string, after: string, field: Delta['field'], value: string): boolean {
  // "Never programmed" may be all that somebody has to tell of their experience.
  if (has(DENYING, folded(value))) return false;
  const near = LISTED.has(field) ? before : (before.split(/[,:;(–—]/).at(-1) ?? '');
  const cut = after.search(/[,:;?(–—]|(?<![\p{L}])(?:and|or|und|oder|y|o|et|ou|i|lub)(?![\p{L}])/u);
  const own = cut < 0 ? after : after.slice(0, cut);
  const next = cut < 0 ? '' : after.slice(cut + 1);
  return has(DENYING, near) || has(DENYING, own) || (has(DENYING, next) && SPEAKS_OF_IT.test(next));
}

/** "Java, which I never used", "Java, never", "Schach? Nein". */
const SPEAKS_OF_IT =
  /^\s*(?:which|that|das|den|die|que|qui|któr\p{L}+)(?![\p{L}])|(?<![\p{L}])(?:it|them|es|ihn|lo|la|je)[\s.!]*$|^\s*(?:no|never|not at all|nie|nein|nunca|non|jamais|nigdy)[\s.!]*$/u;

function has(pattern: RegExp, text: string): boolean {
  return text.search(pattern) >= 0;
}

function startsOf(pattern: RegExp, text: string): readonly number[] {
  return [...text.matchAll(pattern)].map(({ index }) => index);
}

function endsOf(pattern: RegExp, text: string): readonly number[] {
  return [...text.matchAll(pattern)].map(({ 0: found, index }) => index + found.length);
}

/** Where the value itself stands within its quotation. */
function placeOf(value: string, text: string, start: number, end: number): number {
  const quote = text.slice(start, end);
  const places = [
    folded(value),
    ...folded(value)
      .split(' ')
      .filter((word) => [...word].length > 2),
  ]
    .map((word) => quote.indexOf([...word].slice(0, 12).join('')))
    .filter((place) => place >= 0);
  return start + (places[0] ?? 0);
}

/** Whether they rate themselves so in a sentence that is cited. */
export function saysLevel(level: NonNullable<Delta['level']>, quote: string, message: string): boolean {
  return quotedSentences(quote, message).some(({ sentence }) => {
    // "Not advanced", "no beginner": what is denied is not said.
    const text = level === 'beginner' && has(NO_BEGINNER, sentence) ? '' : sentence;
    const rest = level === 'beginner' ? text : text.replace(DENYING_NOTHING, ' ');
    return has(LEVELS[level], rest);
  });
}

const NO_BEGINNER =
  /(?<![\p{L}])(?:no|not|n't|kein|keine|no soy|pas|nie jestem)(?: \p{L}+)? (?:beginner|newbie|anfänger|anfängerin|principiante|débutante?|początkując\p{L}*)/gu;
