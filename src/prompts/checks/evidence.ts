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
  const said = plain(linesOf(text).replace(/(?<![.!?…;])\n/g, '. '));
  const ends = [...said.matchAll(SENTENCE_END)].map(({ 0: mark, index }) => index + mark.length);
  const placed = placesOf(wanted, said).slice(0, MOST_PLACES);
  // A quotation that goes over the end of a line without a stop: all that they wrote.
  if (placed.length === 0) return [{ sentence: plain(text).slice(0, REACH), start: 0, end: REACH }];
  return placed.map((at) => {
    const behind = at + wanted.length;
    const from = Math.max(ends.findLast((end) => end <= at) ?? 0, at - REACH);
    const to = Math.min(ends.find((end) => end >= behind) ?? said.length, behind + REACH);
    return { sentence: said.slice(from, to), start: at - from, end: behind - from };
  });
}

function linesOf(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

/** A word may stand in a message a thousand times, and a sentence may have no end: what is further away is about something else. */
const MOST_PLACES = 8;
const REACH = 400;

/** A question that is answered by "no" at once is one with its answer. */
const SENTENCE_END =
  /(?<![.!?…;])[.!?…;]+(?=\s|$)(?!(?<=\?)\s+(?:no|nope|never|not|nein|nie|nunca|non|jamais|nigdy)(?![\p{L}]))/gu;

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
