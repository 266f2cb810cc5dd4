// The scripts beside this file, each with the shared part before it, and what their answers look like.

import { readFileSync } from 'node:fs';
import type { ExpiredHold } from '../../core/window-store.ts';
import type { Window, WindowState } from '../../core/windows.ts';
import { type RedisScript, redisScript } from './client.ts';

function read(name: string): string {
  return readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8');
}

function withCounts(name: string): RedisScript {
  return redisScript(`${read('counts')}\n${read(name)}`);
}

export const SCRIPTS = {
  hold: withCounts('hold'),
  settle: withCounts('settle'),
  adopt: withCounts('adopt'),
  record: withCounts('record'),
  states: withCounts('states'),
  reap: withCounts('reap'),
  draft: withCounts('draft'),
  publish: withCounts('publish'),
  learn: withCounts('learn'),
  touch: redisScript(read('touch')),
  forget: redisScript(read('forget')),
};

/** An answer: a word, and what belongs to it. */
export interface ScriptReply {
  readonly word: string;
  readonly values: readonly unknown[];
}

export function scriptReply(answer: unknown): ScriptReply {
  const [word, ...values]: unknown[] = Array.isArray(answer) ? answer : [];
  if (typeof word !== 'string') throw new TypeError('A script of the windows gave an answer without a word');
  return { word, values };
}

export function numberIn(values: readonly unknown[], index: number): number {
  const value = values[index];
  if (typeof value !== 'number') throw new TypeError(`A script of the windows gave no number at ${index}`);
  return value;
}

export function textIn(values: readonly unknown[], index: number): string {
  const value = values[index];
  if (typeof value !== 'string') throw new TypeError(`A script of the windows gave no text at ${index}`);
  return value;
}

/** Used and the next moment with room (or null), in turns, as `tell` in counts.lua writes them. */
export function statesIn(values: readonly unknown[], from: number, windows: readonly Window[]): readonly WindowState[] {
  return windows.map((window, index) => stateIn(values, from + 2 * index, window));
}

export function stateIn(values: readonly unknown[], at: number, window: Window): WindowState {
  const used = numberIn(values, at);
  const resetsAtMs = values[at + 1] === null ? null : numberIn(values, at + 1);
  return { window, used, remaining: Math.max(0, window.limit - used), resetsAtMs };
}

/** A hold as reap.lua names it. */
export function expiredHoldIn(value: unknown): ExpiredHold {
  const hold: readonly unknown[] = Array.isArray(value) ? value : [];
  const [requests = 0, tokens = 0, nanoUsd = 0, inFlight = 0] = textIn(hold, 2).split(' ').map(Number);
  return {
    holdId: textIn(hold, 0),
    heldAtMs: numberIn(hold, 1),
    amounts: { requests, tokens, nanoUsd, inFlight },
    note: hold[3] === null ? null : textIn(hold, 3),
  };
}
