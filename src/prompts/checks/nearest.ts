// R1, as far as a quotation is not to the letter: where something stands that few edits make of it. Only the places are looked at that have a
// piece of it as it is; and what all quotations of one answer may take together has an end, whatever the file and the model wrote.

export interface Stretch {
  readonly start: number;
  /** Inclusive. */
  readonly end: number;
}

/** Of one answer, in steps of some nanoseconds: what is left to find then is not found, and no answer holds up all others. */
const MOST_STEPS = 3_000_000;

export class Effort {
  #left = MOST_STEPS;

  spend(steps: number): void {
    this.#left -= steps;
  }

  get isSpent(): boolean {
    return this.#left <= 0;
  }
}

/** As long as the shortest piece of a pattern of which one at least has no edit: 20 characters with 2 of them. */
const RUN = 6;
const HASHES = 2 ** 16;

/** Where each run of characters stands in a text. */
export class Runs {
  readonly #text: string;
  readonly #last = new Int32Array(HASHES).fill(-1);
  /** For each place the one before it with the same hash. */
  readonly #earlier: Int32Array;

  constructor(text: string) {
    this.#text = text;
    this.#earlier = new Int32Array(text.length);
    for (let at = 0; at + RUN <= text.length; at += 1) {
      const hash = hashOf(text, at);
      this.#earlier[at] = this.#last[hash] ?? -1;
      this.#last[hash] = at;
    }
  }

  /**
   * In their order, apart from each other, all that may be made of the pattern by so many edits: of one piece more than there are edits, one
   * stands there as it is.
   */
  stretchesWith(pattern: string, mostEdits: number, effort: Effort): Stretch[] {
    const length = Math.floor(pattern.length / (mostEdits + 1));
    const found: Stretch[] = [];
    for (let piece = 0; piece <= mostEdits; piece += 1) {
      const offset = piece * length;
      for (const at of this.#placesOf(pattern.slice(offset, offset + length), effort))
        found.push({
          start: Math.max(0, at - offset - mostEdits),
          end: Math.min(this.#text.length, at - offset + pattern.length + mostEdits) - 1,
        });
    }
    return joined(found);
  }

  *#placesOf(piece: string, effort: Effort): Generator<number> {
    let at = this.#last[hashOf(piece, 0)] ?? -1;
    for (; at >= 0 && !effort.isSpent; at = this.#earlier[at] ?? -1) {
      effort.spend(STEPS_A_PLACE);
      if (this.#text.startsWith(piece, at)) yield at;
    }
  }
}

/** To find one, to sort and to join it. */
const STEPS_A_PLACE = 20;

function hashOf(text: string, from: number): number {
  let hash = 0;
  for (let at = from; at < from + RUN; at += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
  return (hash ^ (hash >>> 16)) & (HASHES - 1);
}

function joined(stretches: Stretch[]): Stretch[] {
  const apart: Stretch[] = [];
  for (const each of stretches.sort((one, other) => one.start - other.start)) {
    const last = apart.at(-1);
    if (last === undefined || each.start > last.end + 1) apart.push(each);
    else apart[apart.length - 1] = { start: last.start, end: Math.max(last.end, each.end) };
  }
  return apart;
}

interface Search {
  readonly where: readonly Stretch[];
  readonly effort: Effort;
}

/**
 * The stretch of the text that the fewest edits make of the pattern (Sellers), at most so many. Null: none, or as near a one that is another. It is
 * looked for in stretches which hold all that are near enough.
 */
export function nearest(pattern: string, text: string, mostEdits: number, { where, effort }: Search): Stretch | null {
  let best: Stretch | null = null;
  let edits = mostEdits + 1;
  let isAmbiguous = false;
  for (const { start, end } of where) {
    const column = new Column(pattern);
    for (let at = start; at <= end && !effort.isSpent; at += 1) {
      effort.spend(column.read(text.charCodeAt(at), at, mostEdits));
      const found = column.whole(mostEdits);
      if (found === null || found.edits > edits) continue;
      if (best !== null && found.edits === edits) {
        // The same place with a letter more or less is no other.
        if (found.start <= best.end) continue;
        isAmbiguous ||= text.slice(best.start, best.end + 1) !== text.slice(found.start, at + 1);
        continue;
      }
      best = { start: found.start, end: at };
      edits = found.edits;
      isAmbiguous = false;
    }
  }
  return isAmbiguous ? null : best;
}

/** For each beginning of the pattern, the edits that make it of some stretch which ends where the text was read to, and where that begins. */
class Column {
  readonly #pattern: string;
  readonly #edits: Uint16Array;
  readonly #starts: Uint32Array;
  /** Beginnings that are longer take too many edits (Ukkonen): they need not be looked at. */
  #last: number;

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#edits = Uint16Array.from({ length: pattern.length + 1 }, (_, length) => length);
    this.#starts = new Uint32Array(pattern.length + 1);
    this.#last = pattern.length;
  }

  /** How many steps it took. */
  read(code: number, at: number, mostEdits: number): number {
    const edits = this.#edits;
    const starts = this.#starts;
    const most = mostEdits + 1;
    let diagonal = 0;
    let diagonalStart = at;
    starts[0] = at + 1;
    const to = Math.min(this.#pattern.length, this.#last + 1);
    for (let length = 1; length <= to; length += 1) {
      const old = length > this.#last ? most : (edits[length] ?? most);
      const oldStart = starts[length] ?? at;
      const same = diagonal + (this.#pattern.charCodeAt(length - 1) === code ? 0 : 1);
      const added = (edits[length - 1] ?? most) + 1;
      const least = Math.min(same, added, old + 1, most);
      starts[length] = least === same ? diagonalStart : least === added ? (starts[length - 1] ?? at) : oldStart;
      edits[length] = least;
      diagonal = old;
      diagonalStart = oldStart;
    }
    this.#last = to;
    while (this.#last > 0 && (edits[this.#last] ?? most) > mostEdits) this.#last -= 1;
    return to + 1;
  }

  /** For all of the pattern. */
  whole(mostEdits: number): { readonly edits: number; readonly start: number } | null {
    const { length } = this.#pattern;
    const edits = this.#edits[length] ?? mostEdits + 1;
    return this.#last === length && edits <= mostEdits ? { edits, start: this.#starts[length] ?? 0 } : null;
  }
}
