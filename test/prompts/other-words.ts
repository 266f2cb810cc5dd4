// A recorded exchange with other words in it: frames, figures, thoughts and endings stay as the vendor sent them, and where it wrote text
// stands what a test has it say. So an answer to a prompt comes over the wire as that vendor's answers come.

import { isObject, type Json, type JsonObject } from '../../src/core/json.ts';
import type { Recording } from '../providers/recorded.ts';

/** Null: it is an exchange in which the vendor wrote no text. */
export function withWords(recording: Recording, text: string): Recording | null {
  const words = new Words(text);
  const { stream, body } = recording;
  if (stream === null) {
    const said = words.into(body);
    return words.isSaid ? { ...recording, body: said } : null;
  }
  const said = stream.replace(/^data: ?(\{.*)$/gm, (_line, data: string) => {
    return `data: ${JSON.stringify(words.into(JSON.parse(data)))}`;
  });
  return words.isSaid ? { ...recording, stream: said } : null;
}

/** The first place of a text gets all of the words, the others none. */
class Words {
  readonly #text: string;
  isSaid = false;

  constructor(text: string) {
    this.#text = text;
  }

  into(payload: Json): Json {
    return this.#in(payload, null);
  }

  #in(value: Json | undefined, parent: JsonObject | null): Json {
    if (Array.isArray(value)) return value.map((each) => this.#in(each, parent));
    if (!isObject(value)) return value ?? null;
    const entries = Object.entries(value).map(([key, each]) => {
      if (typeof each === 'string' && isText(key, value)) return [key, this.#next(each)];
      return [key, this.#in(each, value)];
    });
    return Object.fromEntries(entries);
  }

  #next(before: string): string {
    // A delta that brings the role alone has an empty text, and it stays so.
    if (before === '') return before;
    if (this.isSaid) return '';
    this.isSaid = true;
    return this.#text;
  }
}

/** Where the dialects write text: a message's or delta's `content`, a `text` that is no thought. */
function isText(key: string, holder: JsonObject): boolean {
  if (key === 'content') return holder['role'] === 'assistant' || holder['role'] === undefined;
  return key === 'text' && holder['thought'] !== true && holder['thinking'] === undefined;
}
