// How windows and holds are named in Redis, and what a script is told of them. All keys of a tag bear it as hash tag, so one
// script works on them in a cluster; and they bear the tag's epoch, so that counts filled anew never mix with what was there.

import type { GrantedHold } from '../../core/window-store.ts';
import {
  type Amounts,
  amountFor,
  calendarPeriod,
  placeAt,
  tagOf,
  WINDOWS,
  type Window,
  type WindowName,
} from '../../core/windows.ts';

const DAY_MS = 24 * 3_600_000;
/** What a count lives after it was last drawn on: twice its window, so it always outlives the period it was drawn in. */
const LONGEST_WINDOW_MS = { day: DAY_MS, month: 31 * DAY_MS };

/** Epochs live as long as the longest count: where the epoch is known, no count of it has been forgotten too early. */
export const EPOCH_TTL_MS = 2 * LONGEST_WINDOW_MS.month;

const KEY_NAMES: Readonly<Record<WindowName, { readonly family: string; readonly what: string }>> = {
  requests_per_minute: { family: 'rate_limit:minute', what: ':requests' },
  requests_per_day: { family: 'rate_limit:day', what: ':requests' },
  tokens_per_minute: { family: 'rate_limit:minute', what: ':tokens' },
  tokens_per_day: { family: 'rate_limit:day', what: ':tokens' },
  in_flight: { family: 'in_flight', what: '' },
  usd_per_day: { family: 'budget:day', what: '' },
  usd_per_month: { family: 'budget:month', what: '' },
};

const KINDS = { sliding: 1, calendar: 2, gauge: 3 };
const MEASURES = { requests: 1, tokens: 2, nano_usd: 3, in_flight: 4 };

/** Where the windows of a tag are: under its epoch, or under a draft of the next one. */
export interface WindowPlace {
  readonly tag: string;
  readonly epoch: string;
  readonly epochKey: string;
}

export function epochKeyOf(tag: string): string {
  return `epoch:{${tag}}`;
}

/** How each kind of windows that anybody counts stands in the epoch. */
export function kindsKeyOf(tag: string): string {
  return `kinds:{${tag}}`;
}

export function draftKeyOf(tag: string, id: string): string {
  return `draft:{${tag}}:${id}`;
}

/** `rate_limit:minute:{acme}:<epoch>:alice:requests`; without a user where the tenant's own are counted. */
export function countKey({ tag, epoch }: WindowPlace, { scopeKey, name }: Window): string {
  const { family, what } = KEY_NAMES[name];
  return `${family}:{${tag}}:${epoch}:${scopeKey.slice(tag.length + 1)}${what}`;
}

export function holdKeyPrefix({ tag, epoch }: WindowPlace): string {
  return `hold:{${tag}}:${epoch}:`;
}

export function leasesKey({ tag, epoch }: WindowPlace): string {
  return `leases:{${tag}}:${epoch}`;
}

/** The four amounts in the order of `MEASURES`. */
export function amountArgs({ requests, tokens, nanoUsd, inFlight }: Amounts): readonly number[] {
  return [requests, tokens, nanoUsd, inFlight];
}

/** The tag that all these windows have; null: there are none. */
export function commonTag(windows: readonly Window[]): string | null {
  const [first] = windows;
  if (first === undefined) return null;
  const tag = tagOf(first);
  if (windows.some((window) => tagOf(window) !== tag))
    throw new RangeError(`The windows of a hold are of one tenant or account, not of ${windows.map(tagOf).join(', ')}`);
  return tag;
}

/** A window as a script that knows the time itself is told it. `nowMs` is this machine's, and need only be right by a day. */
export function windowArg(window: Window, nowMs: number): string {
  const { measure, period } = WINDOWS[window.name];
  const head = `${KINDS[period.type]},${window.limit},${MEASURES[measure]},${ttlMsOf(window)}`;
  if (period.type === 'sliding') return `${head},${period.slotMs},${period.slots}`;
  return period.type === 'gauge' ? head : `${head},${boundsOf(period.unit, window.timezone, nowMs)}`;
}

/** Keys (beside the epoch's) and arguments (beside epoch and time) of one script. */
export interface WindowCall {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

export function holdKeys(place: WindowPlace, holdId: string): readonly string[] {
  return [holdKeyPrefix(place) + holdId, leasesKey(place)];
}

export function noteArgs(note: string | null): readonly [number, string] {
  return note === null ? [0, ''] : [1, note];
}

/** A hold that was made elsewhere, at a moment that is known, so that the places of its draws are, too. */
export function adoption(place: WindowPlace, hold: GrantedHold): WindowCall {
  const { holdId, windows, amounts, heldAtMs, expiresAtMs, note, isInLedger = false } = hold;
  return {
    keys: [...holdKeys(place, holdId), ...windows.map((window) => countKey(place, window))],
    args: [
      holdId,
      heldAtMs,
      expiresAtMs,
      ...noteArgs(note),
      ...amountArgs(amounts),
      Number(isInLedger),
      ...windows.map((window) => adoptedArg(window, heldAtMs)),
    ],
  };
}

/** `kind,measure,ttl,place`. */
function adoptedArg(window: Window, heldAtMs: number): string {
  const { measure, period } = WINDOWS[window.name];
  return `${KINDS[period.type]},${MEASURES[measure]},${ttlMsOf(window)},${placeAt(window, heldAtMs)}`;
}

/** One draw to be put on record: `kind,ttl,place,slots`, to be followed by the amount. */
export interface RecordedDraw {
  readonly key: string;
  readonly arg: string;
  amount: number;
}

/** What is to be recorded, draws of one count and place put together. */
export function recordedDraws(
  place: WindowPlace,
  charges: readonly { readonly windows: readonly Window[]; readonly amounts: Amounts; readonly atMs: number }[],
): readonly RecordedDraw[] {
  const draws = new Map<string, RecordedDraw>();
  for (const { windows, amounts, atMs } of charges.toSorted((a, b) => a.atMs - b.atMs)) {
    for (const window of windows) {
      const { period } = WINDOWS[window.name];
      const amount = amountFor(window.name, amounts);
      if (period.type === 'gauge' || amount === 0) continue;
      const slots = period.type === 'sliding' ? period.slots : 0;
      const key = countKey(place, window);
      const arg = `${KINDS[period.type]},${ttlMsOf(window)},${placeAt(window, atMs)},${slots}`;
      const known = draws.get(`${key} ${arg}`);
      if (known === undefined) draws.set(`${key} ${arg}`, { key, arg, amount });
      else known.amount += amount;
    }
  }
  return [...draws.values()];
}

function ttlMsOf({ name }: Window): number {
  const { period } = WINDOWS[name];
  if (period.type === 'sliding') return 2 * period.slots * period.slotMs;
  // A gauge lives by the leases of its holds, which the script knows.
  return period.type === 'gauge' ? 0 : 2 * LONGEST_WINDOW_MS[period.unit];
}

interface Bounds {
  readonly startMs: number;
  readonly endMs: number;
  readonly arg: string;
}

const boundsByPeriod = new Map<string, Bounds>();

/**
 * Where the two periods before begin, this one begins and ends, and the next one ends: the server picks the one that holds its own
 * time. Two, since an expired hold that may still grow is up to a day and a lease old.
 */
function boundsOf(unit: 'day' | 'month', timezone: string, nowMs: number): string {
  const key = `${unit}:${timezone}`;
  const known = boundsByPeriod.get(key);
  // Midnights are dear to find; those of the last period asked answer all but one request a day.
  if (known !== undefined && known.startMs <= nowMs && nowMs < known.endMs) return known.arg;
  const { startMs, endMs } = calendarPeriod(unit, timezone, nowMs);
  const before = calendarPeriod(unit, timezone, startMs - 1);
  const beforeThat = calendarPeriod(unit, timezone, before.startMs - 1);
  const next = calendarPeriod(unit, timezone, endMs);
  const arg = [beforeThat.startMs, before.startMs, startMs, endMs, next.endMs].join();
  const bounds = { startMs, endMs, arg };
  boundsByPeriod.set(key, bounds);
  return bounds.arg;
}
