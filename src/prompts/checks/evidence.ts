// P1: what is said of a learner must have been said by them: the words that are cited stand in the message that is cited, and that message
// is the learner's own.

export interface SaidMessage {
  readonly role: string;
  readonly content: string;
}

/** In words for the model; null: it was said there. `messageIndex` counts from 0 through all of the history. */
export function evidenceProblem(
  { messageIndex, quote }: { readonly messageIndex: number; readonly quote: string },
  history: readonly SaidMessage[],
): string | null {
  const message = history[messageIndex];
  if (message === undefined) return `cites message ${messageIndex}, and there are ${history.length}, counted from 0`;
  if (message.role !== 'user') return `cites message ${messageIndex}, which the learner did not write`;
  return isQuotedFrom(quote, message.content) ? null : `cites words that do not stand in message ${messageIndex}`;
}

/** Whatever their spaces, capitals and kind of quotation marks; whole words. */
export function isQuotedFrom(quote: string, text: string): boolean {
  return placesOf(unquoted(plain(quote)), plain(text)).length > 0;
}

export interface QuotedSentence {
  /** In small letters and plain quotation marks. */
  readonly sentence: string;
  /** Where the quotation stands in it. */
  readonly start: number;
  readonly end: number;
}

/** Each of the places where it stands, with all of the sentence; a quotation of several has them all. */
export function quotedSentences(quote: string, text: string): readonly QuotedSentence[] {
  const wanted = unquoted(plain(quote));
  const said = plain(text.replace(/\s*\n\s*/g, '\n').replace(/(?<![.!?…;])\n/g, '. '));
  const ends = [...said.matchAll(SENTENCE_END)].map(({ 0: mark, index }) => index + mark.length);
  const placed = placesOf(wanted, said);
  // A quotation that goes over the end of a line without a stop: all that they wrote.
  if (placed.length === 0) return [{ sentence: plain(text), start: 0, end: plain(text).length }];
  return placed.map((at) => {
    const from = ends.findLast((end) => end <= at) ?? 0;
    const to = ends.find((end) => end >= at + wanted.length) ?? said.length;
    return { sentence: said.slice(from, to), start: at - from, end: at - from + wanted.length };
  });
}

/** A question that is answered by "no" at once is one with its answer. */
const SENTENCE_END = /[.!?…;]+(?=\s|$)(?!(?<=\?)\s+(?:no|nope|never|not|nein|nie|nunca|non|jamais|nigdy)(?![\p{L}]))/gu;

function placesOf(wanted: string, said: string): readonly number[] {
  if (!/[\p{L}\p{N}]/u.test(wanted)) return [];
  const places: number[] = [];
  for (let at = said.indexOf(wanted); at >= 0; at = said.indexOf(wanted, at + 1))
    if (!isWithinWord(said, at) && !isWithinWord(said, at + wanted.length)) places.push(at);
  return places;
}

/** Without what sets a quotation off: marks, an ellipsis. */
function unquoted(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && SETS_OFF.has(text.charAt(start))) start += 1;
  while (end > start && SETS_OFF.has(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

const SETS_OFF: ReadonlySet<string> = new Set([' ', '"', "'", '.']);

function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[‘’‚‛`´]/g, "'")
    .replace(/[“”„‟«»]/g, '"')
    .replace(/[\s\u200b-\u200f\u2060\ufeff]+/g, ' ');
}

/** A letter or digit on both sides, in a script that puts spaces between words. */
function isWithinWord(text: string, at: number): boolean {
  const around = text.slice(Math.max(0, at - 1), at + 1);
  return (
    /^[\p{L}\p{N}]{2}$/u.test(around) &&
    !/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(around)
  );
}
