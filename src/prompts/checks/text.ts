// Texts as a reader sees them: words, questions, how hard they are to read. Code is no prose: what is counted of prose is counted without it.

import { piecesOf } from './markdown.ts';

/** A mark of a line that was shown to the model (`q7f3·0012│ `). */
const MARK = /\b[a-z2-7]{6}·[0-9]+│ ?/g;

/** Without code, fenced or inline, and without marks. */
export function proseOf(markdown: string): string {
  const prose = piecesOf(markdown).map(({ kind, text }) => (kind === 'prose' ? text : kind === 'fence' ? '\n' : ' '));
  return prose.join('').replace(MARK, '').trim();
}

/** What is set as code, fenced or inline, in its order. */
export function codeIn(markdown: string): readonly string[] {
  return piecesOf(markdown)
    .filter(({ kind }) => kind !== 'prose')
    .map(({ text }) => text)
    .filter((text) => text.trim() !== '');
}

const WORD = /[\p{L}\p{N}_][\p{L}\p{M}\p{N}_]*(?:['’.-][\p{L}\p{N}_][\p{L}\p{M}\p{N}_]*)*/gu;
/** Scripts that write words without spaces between them. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const segmenter = new Intl.Segmenter('ja', { granularity: 'word' });

/** As written, in their order. */
export function wordListOf(text: string): readonly string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(WORD)) {
    if (!UNSPACED.test(word)) words.push(word);
    else for (const { segment, isWordLike } of segmenter.segment(word)) if (isWordLike === true) words.push(segment);
  }
  return words;
}

/** As a reader counts them: `well-known`, `don't` and `3.5` are one, and 今日は is two. */
export function wordsIn(text: string): number {
  return wordListOf(text).length;
}

const QUESTION = /[!?！？؟‽⁇⁈⁉]+/gu;
const ASKS = /[?？؟‽⁇⁈⁉]/u;
/** Behind a question mark within an address or an expression. */
const GOES_ON = /^[A-Za-z0-9_.=:&/[]/;
/** A text within a call, as in `input("Name?")`. */
const CALL_TEXT = /[\w.]\((?:"[^"\n]*"|'[^'\n]*')/g;

/** Those that the reader is asked: not what stands in code. */
export function questionsIn(text: string): number {
  const prose = proseOf(text).replace(CALL_TEXT, ' ');
  let questions = 0;
  for (const { 0: marks, index } of prose.matchAll(QUESTION)) {
    const next = prose.slice(index + marks.length, index + marks.length + 1);
    if (ASKS.test(marks) && !(marks === '?' && GOES_ON.test(next))) questions += 1;
  }
  return questions;
}

/** Below that, one long word is a grade. */
const LEAST_WORDS = 30;
const SENTENCE_END = /[.!?:](?=[\s"')\]*_]|$)|\n/g;
const VOWELS = /[aeiouy]+/g;

/** The school year (US) that reads it with ease, by Flesch and Kincaid, for English. Null: too short to say. */
export function gradeOf(text: string): number | null {
  const prose = proseOf(text);
  const words = wordListOf(prose).filter((word) => /[a-z]/i.test(word));
  if (words.length < LEAST_WORDS) return null;
  const sentences = prose.split(SENTENCE_END).filter((sentence) => /[a-z]/i.test(sentence)).length;
  const syllables = words.reduce((sum, word) => sum + syllablesOf(word.toLowerCase()), 0);
  return 0.39 * (words.length / Math.max(1, sentences)) + 11.8 * (syllables / words.length) - 15.59;
}

function syllablesOf(word: string): number {
  const groups = [...word.matchAll(VOWELS)].length;
  // `code`, `makes`, `worked`; but not `table`, `needed`.
  const isSilent = /[^aeiouyl]e$|[^aeiouysxz]es$|[^aeioutdy]ed$/.test(word);
  return Math.max(1, isSilent ? groups - 1 : groups);
}
