// What windows are to be filled with again, from the ledger: closed rows as charges of exactly those windows that still count them,
// open ones as the holds that they are. For a start (all tenants) and for a shared store that has lost a tenant's windows.

import { nanoUsdCeil, type PicoUsd } from '../core/money.ts';
import { noteOf } from '../core/note.ts';
import type { Caller } from '../core/request.ts';
import { HOUR_MS } from '../core/rolled-hours.ts';
import type { LedgerRow, LedgerStore } from '../core/stores.ts';
import type { GrantedHold, WindowCharge } from '../core/window-store.ts';
import {
  amountsTogether,
  calendarPeriod,
  NOTHING,
  slotsAt,
  WINDOWS,
  type Window,
  type WindowPeriod,
} from '../core/windows.ts';

/** Slots of one question: what is in memory at once is never more than the callers of so many. */
const SLOTS_AT_ONCE = 20;
/** Some 5 ms of work. */
const CALLERS_AT_ONCE = 500;
/** Rows from a clock that has gone back since count as now. */
const FOR_EVER_MS = Number.MAX_SAFE_INTEGER;

export interface ChargeParts {
  readonly ledger: Pick<LedgerStore, 'charges'>;
  readonly windowsOf: (caller: Caller) => readonly Window[];
  readonly nowMs: number;
  /** Left out: all tenants. */
  readonly tenant?: string;
  /** Rows held from then on are left out. */
  readonly beforeMs?: number;
}

/** Some charges at a time; rejects when the ledger cannot be asked. */
export async function* windowCharges(parts: ChargeParts): AsyncGenerator<readonly WindowCharge[]> {
  for (const period of new Set(Object.values(WINDOWS).map((window) => window.period)))
    if (period.type === 'sliding') yield* slidingCharges(parts, period);
  yield* calendarCharges(parts);
}

async function* slidingCharges(parts: ChargeParts, period: Extract<WindowPeriod, { type: 'sliding' }>) {
  const { slotMs } = period;
  const { first, current } = slotsAt(period, parts.nowMs);
  for (let slot = first; slot <= current; slot += SLOTS_AT_ONCE) {
    const next = slot + SLOTS_AT_ONCE;
    const toMs = next > current ? FOR_EVER_MS : next * slotMs;
    yield* charges(parts, slot * slotMs, toMs, slotMs, (window) => periodOf(window) === period);
  }
}

/** Between the midnights of all zones that anybody's budget has; a stretch between two lies wholly inside each period or outside. */
async function* calendarCharges(parts: ChargeParts) {
  const starts = new Set<number>();
  for await (const batch of charges(parts, earliestMonthMs(parts.nowMs), FOR_EVER_MS, null, () => true)) {
    for (const window of batch.flatMap(({ windows }) => windows)) {
      const startMs = calendarStartMs(window, parts.nowMs);
      if (startMs !== null) starts.add(startMs);
    }
  }
  const bounds = [...starts].sort((a, b) => a - b);
  for (const [index, fromMs] of bounds.entries()) {
    yield* charges(parts, fromMs, bounds[index + 1] ?? FOR_EVER_MS, null, (window) => {
      const startMs = calendarStartMs(window, parts.nowMs);
      return startMs !== null && startMs <= fromMs;
    });
  }
}

async function* charges(
  { ledger, windowsOf, tenant, nowMs, beforeMs = FOR_EVER_MS }: ChargeParts,
  fromMs: number,
  untilMs: number,
  slotMs: number | null,
  counts: (window: Window) => boolean,
): AsyncGenerator<readonly WindowCharge[]> {
  const toMs = Math.min(untilMs, beforeMs);
  if (fromMs >= toMs) return;
  const found = await ledger.charges({ fromMs, toMs, slotMs, ...(tenant !== undefined && { tenant }) });
  for (let from = 0; from < found.length; from += CALLERS_AT_ONCE) {
    // A tenant may have a hundred thousand users: whoever asks meanwhile does not wait for all of them.
    if (from > 0) await new Promise((resolve) => setImmediate(resolve));
    const filled = found.slice(from, from + CALLERS_AT_ONCE).map(({ caller, amounts, atMs }) => {
      return { windows: windowsOf(caller).filter(counts), amounts, atMs: Math.min(atMs, nowMs) };
    });
    yield filled.filter(({ windows }) => windows.length > 0);
  }
}

function periodOf({ name }: Window): WindowPeriod {
  return WINDOWS[name].period;
}

/** When the calendar period of now began; null for another window. */
function calendarStartMs(window: Window, nowMs: number): number | null {
  const period = periodOf(window);
  return period.type === 'calendar' ? calendarPeriod(period.unit, window.timezone, nowMs).startMs : null;
}

/** The month began earliest where the clocks are furthest ahead (UTC+14), in the month that the last ones (UTC-12) still have. */
export function earliestMonthMs(nowMs: number): number {
  return calendarPeriod('month', 'UTC', nowMs - 12 * HOUR_MS).startMs - 14 * HOUR_MS;
}

/**
 * The holds of these rows, by request, whose id is the hold's: so whoever made one can still settle it. Rows that are closed count
 * what they cost; such a hold is charged just that when its lease ends, if nobody settles it before.
 */
export function holdsOf(
  rows: readonly LedgerRow[],
  windowsOf: (caller: Caller) => readonly Window[],
  leaseMs: number,
): readonly GrantedHold[] {
  // What a later price corrects is left out here as in `charges`.
  const standing = rows.filter(({ corrects }) => corrects === null);
  return [...Map.groupBy(standing, ({ requestId }) => requestId)].flatMap(([holdId, ofRequest]) => {
    const [first] = ofRequest;
    const windows = first === undefined ? [] : windowsOf({ tenant: first.tenant, userId: first.userId });
    if (first === undefined || windows.length === 0) return [];
    const open = ofRequest.find(({ state }) => state === 'open');
    const used = ofRequest.map(useOf).reduce(amountsTogether, NOTHING);
    const amounts = {
      requests: 1,
      tokens: used.tokens,
      nanoUsd: used.nanoUsd,
      inFlight: open === undefined ? 0 : 1,
    };
    const { heldAtMs } = first;
    const note = open === undefined ? null : noteOf(open);
    return [{ holdId, windows, amounts, heldAtMs, expiresAtMs: heldAtMs + leaseMs, note }];
  });
}

/** Tokens and money of one row, as `charges` counts them; of an open one what it holds. */
function useOf({ state, usage, usageSource, costPicoUsd, heldPicoUsd, heldTokens }: LedgerRow) {
  if (state === 'open') return { ...NOTHING, tokens: known(heldTokens), nanoUsd: nanoUsdOf(heldPicoUsd) };
  const told =
    usage?.inputTokens == null || usage.outputTokens === null ? null : usage.inputTokens + usage.outputTokens;
  const tokens = usageSource === 'none' ? null : (told ?? heldTokens);
  return { ...NOTHING, tokens: known(tokens), nanoUsd: nanoUsdOf(costPicoUsd) };
}

/** What nobody can say is charged to nobody. */
function known(figure: number | null): number {
  return figure === null ? 0 : figure;
}

function nanoUsdOf(amount: PicoUsd | null): number {
  return amount === null ? 0 : nanoUsdCeil(amount);
}
