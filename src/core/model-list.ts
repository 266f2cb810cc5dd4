// A vendor's own list of its models: where it is asked for, and what stands in it. Data and pure reading, like the rest of a provider;
// what a vendor does not tell is null.

import type { Json } from './json.ts';
import type { PicoUsd } from './money.ts';

export interface ModelList {
  /** Of the first page. */
  readonly url: string;
  /** They hold the key: never logged. */
  readonly headers: Readonly<Record<string, string>>;
  /** False: the server may answer to names that it does not list, or have no list at all. */
  readonly isWhole: boolean;
  /** Total. Null: this is no page of a list. */
  read(body: Json): ModelPage | null;
}

export interface ModelPage {
  readonly models: readonly ListedModel[];
  /** Null: this was the last one. Made here from the vendor's cursor, so that no reply can send the key elsewhere. */
  readonly nextUrl: string | null;
}

export interface ListedModel {
  readonly model: string;
  /** Other names by which the same model is asked. */
  readonly aliases: readonly string[];
  /** False: it is listed, and answers nobody. */
  readonly isActive: boolean;
  /** Most tokens of prompt and answer together. */
  readonly contextWindow: number | null;
  readonly outputLimit: number | null;
  /** ISO date. */
  readonly shutDownOn: string | null;
  readonly replacement: string | null;
  readonly price: ListedPrice | null;
}

/** For one token each. */
export interface ListedPrice {
  readonly input: PicoUsd;
  readonly output: PicoUsd;
  readonly cacheRead: PicoUsd | null;
}

/** A model of which nothing but its name is told. */
export function listedModel(model: string, told: Partial<ListedModel> = {}): ListedModel {
  return {
    model,
    aliases: [],
    isActive: true,
    contextWindow: null,
    outputLimit: null,
    shutDownOn: null,
    replacement: null,
    price: null,
    ...told,
  };
}

/** Printable ASCII without spaces: no name can pass for another one, and any name may stand in a log line or on a terminal. */
export function isModelName(name: string): boolean {
  return /^[\x21-\x7e]{1,256}$/.test(name);
}

/** The day of a date as vendors write it; null for anything else. */
export function dayOf(date: string | null): string | null {
  return date !== null && /^\d{4}-\d\d-\d\d(T|$)/.test(date) ? date.slice(0, 10) : null;
}
