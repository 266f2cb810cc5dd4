// What is shown of an answer that a judge has yet to decide about, while the model writes it: now and then the whole of it so far. Each
// look reads all of the text again and each draft stays in the log, so both are bounded: by number, and by what they read together.

import type { Json, JsonObject } from './json.ts';
import type { Judge } from './judge.ts';

const DRAFTS_MOST = 64;
/** Read in all looks together. With the steps below it lasts for an answer of some 15,000 characters. */
const CHARACTERS_MOST = 262_144;
/** Behind one look the next comes after so many characters, and a part of the text more: a long text changes little by a few words. */
const STEP_CHARACTERS = 80;
const STEP_PART = 1 / 16;

export class Drafts {
  readonly #judge: Pick<Judge, 'draftOf'>;
  readonly #show: (data: JsonObject) => void;
  #text = '';
  #nextCharacters = STEP_CHARACTERS;
  #draftsLeft = DRAFTS_MOST;
  #charactersLeft = CHARACTERS_MOST;
  #shown = '';

  constructor(judge: Pick<Judge, 'draftOf'>, show: (data: JsonObject) => void) {
    this.#judge = judge;
    this.#show = show;
  }

  add(text: string): void {
    if (this.#draftsLeft === 0) return;
    this.#text += text;
    const { length } = this.#text;
    if (length < this.#nextCharacters) return;
    this.#nextCharacters = length + STEP_CHARACTERS + Math.floor(length * STEP_PART);
    this.#charactersLeft -= length;
    if (this.#charactersLeft < 0) this.#draftsLeft = 0;
    else this.#look();
  }

  #look(): void {
    const data = this.#judge.draftOf?.(this.#text) ?? null;
    if (data === null) return;
    const written = JSON.stringify(data satisfies Json);
    if (written === this.#shown) return;
    this.#shown = written;
    this.#draftsLeft--;
    this.#show(data);
  }
}
