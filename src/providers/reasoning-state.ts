// The state of a reasoning that some vendors put into a list beside it (OpenRouter's `reasoning_details`: signatures, enciphered
// thoughts of the vendor behind it). It comes in pieces, and must go back whole and as it was, or tools after thoughts are refused.

import { isObject, type Json, type JsonObject, numberAt, stringAt } from '../core/json.ts';
import { withoutAbsent } from './options.ts';

/** What grows from piece to piece; every other member is told once. */
const GROWING: readonly string[] = ['text', 'summary', 'data'];

const SEALS: readonly string[] = ['data', 'signature'];

export class ReasoningState {
  readonly #entries: Record<string, Json | undefined>[] = [];

  /** Pieces with the number and type of the entry before them go on with it. */
  add(pieces: readonly Json[]): void {
    for (const piece of pieces) {
      if (!isObject(piece)) continue;
      const last = this.#entries.at(-1);
      if (last === undefined || !goesOn(last, piece)) this.#entries.push({ ...piece });
      else grow(last, piece);
    }
  }

  /** Null: there is none. A list of thoughts that nobody has sealed says no more than the thoughts themselves. */
  whole(): readonly JsonObject[] | null {
    return this.#entries.some((entry) => SEALS.some((seal) => stringAt(entry, seal) !== null)) ? this.#entries : null;
  }
}

/** On its way back from a client, who could have written it: of its entries only what an entry of that list can be. */
export function broughtBack(entries: readonly Json[]): readonly JsonObject[] {
  return entries.flatMap((entry): JsonObject[] => {
    if (!isObject(entry) || !TYPES.has(stringAt(entry, 'type'))) return [];
    const told = TEXTS.flatMap((name): [string, Json][] => {
      const value = entry[name];
      return typeof value === 'string' || value === null ? [[name, value]] : [];
    });
    return [{ ...Object.fromEntries(told), ...withoutAbsent({ index: numberAt(entry, 'index') }) }];
  });
}

const TYPES: ReadonlySet<string | null> = new Set(['reasoning.text', 'reasoning.summary', 'reasoning.encrypted']);
const TEXTS: readonly string[] = ['type', 'id', 'format', ...GROWING, 'signature'];

function goesOn(entry: JsonObject, piece: JsonObject): boolean {
  const index = numberAt(piece, 'index');
  return index !== null && numberAt(entry, 'index') === index && stringAt(entry, 'type') === stringAt(piece, 'type');
}

function grow(entry: Record<string, Json | undefined>, piece: JsonObject): void {
  for (const [name, value] of Object.entries(piece)) {
    if (value === null || value === undefined) continue;
    const before = entry[name];
    entry[name] = GROWING.includes(name) && typeof before === 'string' ? before + String(value) : value;
  }
}
