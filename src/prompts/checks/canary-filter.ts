// I27: a text that comes in pieces, without the canary, however it is cut. Held back is what may be the beginning of one, so at most its
// length less one; a text that has none comes out as it went in.

/** In the place of a canary; what stood before and behind it must not make another. */
const GAP = '█';

export class CanaryFilter {
  readonly #canary: string;
  /** For each beginning of the canary, the length of the longest shorter one that it ends with (Knuth, Morris, Pratt). */
  readonly #shorter: readonly number[];
  /** How much of the canary has been read and is held back. */
  #held = 0;

  constructor(canary: string) {
    this.#canary = canary;
    this.#shorter = shorterOf(canary);
  }

  /** What of it, and of what was held back, may leave. */
  push(chunk: string): string {
    if (this.#canary === '') return chunk;
    const { length } = this.#canary;
    // What was held back is a beginning of the canary, so it need not be kept as text.
    const text = this.#canary.slice(0, this.#held) + chunk;
    let out = '';
    let from = 0;
    for (let at = this.#held; at < text.length; at += 1) {
      this.#step(text.charCodeAt(at));
      if (this.#held < length) continue;
      out += text.slice(from, at + 1 - length) + GAP;
      from = at + 1;
      this.#held = 0;
    }
    return out + text.slice(from, text.length - this.#held);
  }

  /** What was held back, once no more comes. */
  end(): string {
    const rest = this.#canary.slice(0, this.#held);
    this.#held = 0;
    return rest;
  }

  #step(code: number): void {
    while (this.#held > 0 && this.#canary.charCodeAt(this.#held) !== code) this.#held = this.#shorter[this.#held] ?? 0;
    if (this.#canary.charCodeAt(this.#held) === code) this.#held += 1;
  }
}

function shorterOf(text: string): readonly number[] {
  const shorter = [0, 0];
  let length = 0;
  for (let at = 1; at < text.length; at += 1) {
    while (length > 0 && text[length] !== text[at]) length = shorter[length] ?? 0;
    if (text[length] === text[at]) length += 1;
    shorter.push(length);
  }
  return shorter;
}
