// What may be shown of an answer while it is written: what there is of its object under names that are delivered, without marks, and
// without any string that would not be delivered. No rule has looked at it; that is what makes it a draft.

import type { JsonObject } from '../core/json.ts';
import { partialObject } from '../core/partial-json.ts';
import { CanaryFilter } from './checks/canary-filter.ts';
import { markupIn } from './checks/markup.ts';
import { namedIn, stringsIn, withStrings } from './document-strings.ts';
import { type Secrets, withoutMarks } from './marks.ts';

export interface DraftFacts {
  /** What is delivered: nothing is shown under a name that it has not. */
  readonly data: JsonObject;
  readonly links: readonly string[];
  readonly secrets: Secrets;
  readonly disclosure: (text: string) => string | null;
}

/** What a string may end with that is about to become an address, a tag or a mark. */
const BEGUN = /[<[\]!:/&@·│`(]/;

/** Of a character that is being written. */
const HALF = /[\ud800-\udbff]$/;

export class Draft {
  readonly #facts: DraftFacts;

  constructor(facts: DraftFacts) {
    this.#facts = facts;
  }

  /** Null: there is nothing to show yet. */
  of(textSoFar: string): JsonObject | null {
    const { data, links, secrets, disclosure } = this.#facts;
    const shown = namedIn(partialObject(textSoFar) ?? {}, data);
    if (Object.keys(shown).length === 0) return null;
    const kinds = stringsIn(shown, data).map(({ kind }) => kind);
    let at = 0;
    const draft = withStrings(shown, (text) => {
      const isLast = at === kinds.length - 1;
      const kind = kinds[at];
      at += 1;
      const unmarked = withoutMarks(text, secrets.token);
      const clean = isLast ? begun(unmarked, secrets) : unmarked;
      const isFree = (kind === 'code' || markupIn(clean, links) === null) && disclosure(clean) === null;
      return isFree ? clean.replace(HALF, '').toWellFormed() : '';
    });
    // Each of its strings may have a part of it.
    const whole = stringsIn(draft, data).map(({ text }) => text);
    return disclosure(whole.join('\n')) === null ? draft : null;
  }
}

/** Of the string that is being written: as far as whatever comes next cannot make something else of it. */
function begun(text: string, { canary, token }: Secrets): string {
  const held = [canary, token].reduce((rest, secret) => new CanaryFilter(secret).push(rest), text);
  let end = held.length;
  while (end > 0 && !/\s/.test(held.charAt(end - 1))) end -= 1;
  return BEGUN.test(held.slice(end)) ? held.slice(0, end) : held;
}
