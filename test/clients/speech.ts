// What a model says and what it was told, in no vendor's words. Every family's mock says the same of it in its own wire, so that one
// story can be told of all of them.

import type { JsonObject } from '../../src/core/json.ts';

export interface Call {
  readonly id: string;
  readonly name: string;
  readonly input: JsonObject;
}

export interface Said {
  readonly text?: string;
  readonly reasoning?: string;
  /** The vendor's own, of its reasoning: a signature, or something enciphered. */
  readonly state?: string;
  readonly calls?: readonly Call[];
  readonly isCut?: boolean;
}

/** Of every answer, whatever it says. `cached` is part of the input, `reasoning` of the output. */
export const USAGE = { input: 100, cached: 40, output: 30, reasoning: 10 };

/** What a request asked of a vendor. */
export interface Seen {
  readonly calls: readonly Call[];
  readonly results: readonly { readonly id: string; readonly text: string }[];
  readonly states: readonly string[];
  /** Their bytes, in base64. */
  readonly images: readonly string[];
  readonly maxTokens: number | null;
  readonly tools: readonly string[];
  /** The schema of the answer; `any`: some JSON. */
  readonly format: JsonObject | 'any' | null;
}

export type Failing = 'rate limited' | 'wrong key' | 'broken' | 'overloaded';

export interface Failure {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How long a vendor that takes no more says it will take. */
export const WAIT_SECONDS = 2;

/** One family's way to say it. */
export interface Wire {
  whole(said: Said, model: string): JsonObject;
  /** A stream, event by event; the last one alone says that it is whole. */
  events(said: Said, model: string): readonly string[];
  failures: Readonly<Record<Failing, Failure>>;
  seen(body: JsonObject): Seen;
}

/** As a model writes it, a word at a time. */
export function piecesOf(text: string | undefined): readonly string[] {
  return (text ?? '').match(/\s*\S+/g) ?? [];
}

/** Arguments come in two pieces, of which neither is JSON. */
export function halvesOf(text: string): readonly string[] {
  const half = Math.ceil(text.length / 2);
  return [text.slice(0, half), text.slice(half)];
}

export function dataEvent(data: JsonObject, name?: string): string {
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
}
