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
  const wanted = unquoted(plain(quote));
  if (!/[\p{L}\p{N}]/u.test(wanted)) return false;
  const said = plain(text);
  for (let at = said.indexOf(wanted); at >= 0; at = said.indexOf(wanted, at + 1))
    if (!isWithinWord(said, at) && !isWithinWord(said, at + wanted.length)) return true;
  return false;
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
