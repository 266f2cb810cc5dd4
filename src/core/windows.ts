// Windows: how much of something a scope may use in a stretch of time. Calls, tokens, dollars and calls in flight are all
// draws on windows; a budget is a window like any other. This file is the arithmetic; stores keep the counts.
//
// A sliding window is a ring of slots. All slots that any moment of the last period falls into are counted whole, the oldest
// one too: so in NO stretch of that length is more than the limit admitted, and capacity comes back at most one slot late.
// (A token bucket of 30 a minute admits 59 in one minute; fixed windows admit twice the limit across a boundary.)

export type WindowName =
  | 'requests_per_minute'
  | 'requests_per_day'
  | 'tokens_per_minute'
  | 'tokens_per_day'
  | 'in_flight'
  | 'usd_per_day'
  | 'usd_per_month';

export type WindowMeasure = 'requests' | 'tokens' | 'in_flight' | 'nano_usd';

export type WindowPeriod =
  | { readonly type: 'sliding'; readonly slotMs: number; readonly slots: number }
  | { readonly type: 'calendar'; readonly unit: 'day' | 'month' }
  | { readonly type: 'gauge' };

const MINUTE: WindowPeriod = { type: 'sliding', slotMs: 1_000, slots: 60 };
const DAY: WindowPeriod = { type: 'sliding', slotMs: 900_000, slots: 96 };

export const WINDOWS: Readonly<Record<WindowName, { readonly measure: WindowMeasure; readonly period: WindowPeriod }>> =
  {
    requests_per_minute: { measure: 'requests', period: MINUTE },
    requests_per_day: { measure: 'requests', period: DAY },
    tokens_per_minute: { measure: 'tokens', period: MINUTE },
    tokens_per_day: { measure: 'tokens', period: DAY },
    in_flight: { measure: 'in_flight', period: { type: 'gauge' } },
    usd_per_day: { measure: 'nano_usd', period: { type: 'calendar', unit: 'day' } },
    usd_per_month: { measure: 'nano_usd', period: { type: 'calendar', unit: 'month' } },
  };

/** `account`: what a vendor allows our account there; known to us, never a matter of the caller's. */
export type WindowScope = 'user' | 'tenant' | 'account';

/**
 * An id as part of a key, never throwing and reversible: no id can hold a `/`, a `:` or braces (Redis hash tags), so none can
 * pass for another's. encodeURIComponent throws on half a character.
 */
export function keyPart(id: string): string {
  return id.replace(/[^A-Za-z0-9._@-]/gu, (character) => `%${character.codePointAt(0)?.toString(16)};`);
}

/** The id that `keyPart` made this of. */
export function idOfKeyPart(part: string): string {
  return part.replace(/%([0-9a-f]{1,5}|10[0-9a-f]{4});/g, (_, hexadecimal: string) =>
    String.fromCodePoint(Number.parseInt(hexadecimal, 16)),
  );
}

/** Windows of one tag are counted together in one step: a tenant's with those of its users, or those of one vendor account. */
export function tagOf({ scopeKey }: Pick<Window, 'scopeKey'>): string {
  const slash = scopeKey.indexOf('/');
  return slash === -1 ? scopeKey : scopeKey.slice(0, slash);
}

/** One window of one scope. Money limits are in nano-dollars. */
export interface Window {
  readonly scope: WindowScope;
  /** `tenant`, `tenant/user` or `account:groq#2`: what the counts are kept under, beside the name. Its parts are made by `keyPart`. */
  readonly scopeKey: string;
  readonly name: WindowName;
  readonly limit: number;
  /** IANA name; calendar windows end at its midnight. */
  readonly timezone: string;
}

/** What a hold takes of each measure, in total. A window draws what its measure says. */
export interface Amounts {
  readonly requests: number;
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly inFlight: number;
}

export const NOTHING: Amounts = { requests: 0, tokens: 0, nanoUsd: 0, inFlight: 0 };

/** What these amounts have more than those, measure by measure. */
export function amountsBeyond(amounts: Amounts, base: Amounts): Amounts {
  return {
    requests: Math.max(0, amounts.requests - base.requests),
    tokens: Math.max(0, amounts.tokens - base.tokens),
    nanoUsd: Math.max(0, amounts.nanoUsd - base.nanoUsd),
    inFlight: Math.max(0, amounts.inFlight - base.inFlight),
  };
}

export function amountsTogether(some: Amounts, others: Amounts): Amounts {
  return {
    requests: some.requests + others.requests,
    tokens: some.tokens + others.tokens,
    nanoUsd: some.nanoUsd + others.nanoUsd,
    inFlight: some.inFlight + others.inFlight,
  };
}

const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/** The same windows, which nothing fills: they are counted alone. */
export function unlimited(windows: readonly Window[]): readonly Window[] {
  return windows.map((window) => ({ ...window, limit: NO_LIMIT }));
}

export function isUnlimited({ limit }: Pick<Window, 'limit'>): boolean {
  return limit === NO_LIMIT;
}

export function amountFor(name: WindowName, amounts: Amounts): number {
  switch (WINDOWS[name].measure) {
    case 'requests':
      return amounts.requests;
    case 'tokens':
      return amounts.tokens;
    case 'in_flight':
      return amounts.inFlight;
    case 'nano_usd':
      return amounts.nanoUsd;
  }
}

/** Days and months of another zone are another window. */
export function windowId({ scopeKey, name, timezone }: Window): string {
  return WINDOWS[name].period.type === 'calendar' ? `${scopeKey}:${name}:${timezone}` : `${scopeKey}:${name}`;
}

/** What is counted, whoever it is counted for, as `user usd_per_day Europe/Warsaw`: the same days in another zone are another kind. */
export function kindOf({ scope, name, timezone }: Window): string {
  return WINDOWS[name].period.type === 'calendar' ? `${scope} ${name} ${timezone}` : `${scope} ${name}`;
}

/** The window of this kind that a caller draws on, without a limit; null: no kind that this version knows. */
export function windowOfKind(kind: string, { tenant, userId }: CallerName): Window | null {
  const [scope, name, timezone = 'UTC'] = kind.split(' ');
  if ((scope !== 'user' && scope !== 'tenant') || !isWindowName(name)) return null;
  const scopeKey = scope === 'user' ? `${keyPart(tenant)}/${keyPart(userId)}` : keyPart(tenant);
  return { scope, scopeKey, name, limit: NO_LIMIT, timezone };
}

interface CallerName {
  readonly tenant: string;
  readonly userId: string;
}

function isWindowName(name: string | undefined): name is WindowName {
  return name !== undefined && Object.hasOwn(WINDOWS, name);
}

/** The rest of the tightest window of money; null: there is none. */
export function moneyLeftNanoUsd(states: readonly WindowState[]): number | null {
  const rests = states
    .filter(({ window }) => WINDOWS[window.name].measure === 'nano_usd')
    .map((state) => state.remaining);
  return rests.length === 0 ? null : Math.min(...rests);
}

/** A window as a caller sees it. Amounts in the window's own unit (nano-dollars for money). */
export interface WindowState {
  readonly window: Window;
  readonly used: number;
  readonly remaining: number;
  /** When the next draw of the size asked (or of 1) fits; null while there is room, and for `in_flight`. */
  readonly resetsAtMs: number | null;
}

export interface CalendarPeriod {
  readonly startMs: number;
  readonly endMs: number;
}

/** The slots of a sliding window that count at `nowMs`: from `first` to `current`, both included. */
export function slotsAt(
  period: Extract<WindowPeriod, { type: 'sliding' }>,
  nowMs: number,
): { first: number; current: number } {
  const current = Math.floor(nowMs / period.slotMs);
  return { first: current - period.slots, current };
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timezone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timezone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(timezone, formatter);
  }
  return formatter;
}

/** The local wall time at an instant, written as if it were UTC. */
function localMs(timezone: string, atMs: number): number {
  const fields: Record<string, number> = {};
  for (const part of formatterOf(timezone).formatToParts(atMs)) fields[part.type] = Number(part.value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** The first instant at or after which the zone's wall clock shows this local time. */
function instantOf(timezone: string, wantedLocalMs: number): number {
  // The offset is right at the instant it is read for, so two rounds settle it except inside a gap or an overlap.
  let atMs = wantedLocalMs;
  for (let round = 0; round < 3; round++) atMs += wantedLocalMs - localMs(timezone, atMs);
  // A midnight that daylight saving skips (some zones change at 0:00) never shows: the period begins with the first
  // instant after it. One that happens twice begins with the first of the two.
  const HOUR_MS = 3_600_000;
  if (localMs(timezone, atMs - HOUR_MS) === wantedLocalMs) return atMs - HOUR_MS;
  while (localMs(timezone, atMs) < wantedLocalMs) atMs += 900_000;
  return atMs;
}

const periods = new Map<string, CalendarPeriod>();

/** The calendar day or month around an instant, in the zone. */
export function calendarPeriod(unit: 'day' | 'month', timezone: string, atMs: number): CalendarPeriod {
  const key = `${unit}:${timezone}`;
  const known = periods.get(key);
  // Midnights are dear to find (25 µs); the last period found answers all but one request a day.
  if (known !== undefined && known.startMs <= atMs && atMs < known.endMs) return known;
  const local = new Date(localMs(timezone, atMs));
  const year = local.getUTCFullYear();
  const month = local.getUTCMonth();
  const day = local.getUTCDate();
  const [start, end] =
    unit === 'day'
      ? [Date.UTC(year, month, day), Date.UTC(year, month, day + 1)]
      : [Date.UTC(year, month, 1), Date.UTC(year, month + 1, 1)];
  const period = { startMs: instantOf(timezone, start), endMs: instantOf(timezone, end) };
  periods.set(key, period);
  return period;
}

/** Where a draw made at this instant is booked: a slot, the end of a calendar period, or the one place of a gauge. */
export function placeAt({ name, timezone }: Window, atMs: number): number {
  const { period } = WINDOWS[name];
  if (period.type === 'sliding') return slotsAt(period, atMs).current;
  return period.type === 'calendar' ? calendarPeriod(period.unit, timezone, atMs).endMs : 0;
}
