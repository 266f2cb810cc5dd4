// Exact counts by the o200k vocabulary, in slices: merging an unbroken run takes time in the square of its length (50,000 times
// one Han character stops the process for 8.5 s), so no run longer than a slice is ever given to it.
// o200k_harmony is o200k_base with other special tokens, and what a user writes is never one: one vocabulary counts for both.

/** Tokens of a text. Not below the real count, and equal to it where every slice ends before a space. */
export type ExactCount = (text: string) => number;

/** The longest unbroken run that is merged: 512 random Thai characters cost 1.6 ms, the worst that was found. */
const SLICE_LENGTH = 512;
// It keeps the words it has merged. The default of 100,000 would keep 100 MB of runs that somebody sent to fill it.
const MERGED_WORDS_KEPT = 5_000;

const SPACE = 0x20;
const WHITESPACE = /\s/;

/** Loads on the first call: 150 ms and 60 MB that a process which counts nothing does without. */
export async function loadExactCount(): Promise<ExactCount> {
  const { countTokens, setMergeCacheSize } = await import('gpt-tokenizer/encoding/o200k_base');
  setMergeCacheSize(MERGED_WORDS_KEPT);
  // Without this a text that holds `<|endoftext|>` would throw.
  const asPlainText = { disallowedSpecial: new Set<string>() };
  return (text) => {
    let tokens = 0;
    for (let start = 0; start < text.length; ) {
      const { end, cutsWord } = sliceEnd(text, start);
      // A cut inside a word can only lose a merge, which counts too much, or chance on a better one: one more for that.
      tokens += countTokens(text.slice(start, end), asPlainText) + (cutsWord ? 1 : 0);
      start = end;
    }
    return tokens;
  };
}

/** Where to cut: before a space that follows a word (the vocabulary's own pattern cuts there too), else in the middle of a run. */
export function sliceEnd(text: string, start: number): { readonly end: number; readonly cutsWord: boolean } {
  const most = start + SLICE_LENGTH;
  if (most >= text.length) return { end: text.length, cutsWord: false };
  for (let end = most; end > start; end--) {
    if (text.charCodeAt(end) === SPACE && !WHITESPACE.test(text.charAt(end - 1))) return { end, cutsWord: false };
  }
  // A character of two halves stays whole.
  const halved = (text.charCodeAt(most) & 0xfc00) === 0xdc00 && (text.charCodeAt(most - 1) & 0xfc00) === 0xd800;
  return { end: halved ? most - 1 : most, cutsWord: true };
}
