// What has to be done before the first request after a start. The rows that a dead process left open are closed, and the
// windows, which live in memory, are filled again from the ledger: a restart gives nobody a fresh budget.

import type { Caller } from '../core/request.ts';
import type { LedgerStore, WindowStore } from '../core/stores.ts';
import { calendarPeriod, slotsAt, WINDOWS, type Window, type WindowPeriod } from '../core/windows.ts';
import { asUnknown } from './unknown.ts';

const HOUR_MS = 3_600_000;
const BATCH_ROWS = 500;
/** Rows from a clock that has gone back since count as now. */
const FOR_EVER_MS = Number.MAX_SAFE_INTEGER;

export interface RecoveryParts {
  readonly ledger: LedgerStore;
  readonly windows: WindowStore;
  readonly windowsOf: (caller: Caller) => readonly Window[];
  readonly nowMs: number;
}

/** Resolves with how many rows were closed; rejects when the ledger cannot be used. */
export async function recover(parts: RecoveryParts): Promise<{ readonly closed: number }> {
  const closed = await closeOpenRows(parts);
  await refillSliding(parts);
  await refillCalendar(parts);
  return { closed };
}

// One process has the ledger to itself, so whatever is open now was left by one that died.
async function closeOpenRows({ ledger, nowMs }: RecoveryParts): Promise<number> {
  const rows = await ledger.openRows();
  for (let from = 0; from < rows.length; from += BATCH_ROWS) {
    await ledger.write(rows.slice(from, from + BATCH_ROWS).map((row) => asUnknown(row, nowMs)));
  }
  return rows.length;
}

/** Slot by slot: what is added up is never more than the callers of one slot. */
async function refillSliding(parts: RecoveryParts): Promise<void> {
  for (const period of new Set(Object.values(WINDOWS).map((window) => window.period))) {
    if (period.type !== 'sliding') continue;
    const { first, current } = slotsAt(period, parts.nowMs);
    for (let slot = first; slot <= current; slot++) {
      const toMs = slot === current ? FOR_EVER_MS : (slot + 1) * period.slotMs;
      await refill(parts, slot * period.slotMs, toMs, (window) => periodOf(window) === period);
    }
  }
}

/** Between the midnights of all zones that anybody's budget has; a stretch between two lies wholly inside each period or outside. */
async function refillCalendar(parts: RecoveryParts): Promise<void> {
  const { ledger, windowsOf, nowMs } = parts;
  const starts = new Set<number>();
  for (const { caller } of await ledger.charges({ fromMs: earliestMonthMs(nowMs), toMs: FOR_EVER_MS, slotMs: null })) {
    for (const window of windowsOf(caller)) {
      const startMs = calendarStartMs(window, nowMs);
      if (startMs !== null) starts.add(startMs);
    }
  }
  const bounds = [...starts].sort((a, b) => a - b);
  for (const [index, fromMs] of bounds.entries()) {
    await refill(parts, fromMs, bounds[index + 1] ?? FOR_EVER_MS, (window) => {
      const startMs = calendarStartMs(window, nowMs);
      return startMs !== null && startMs <= fromMs;
    });
  }
}

async function refill(
  { ledger, windows, windowsOf }: RecoveryParts,
  fromMs: number,
  toMs: number,
  counts: (window: Window) => boolean,
): Promise<void> {
  for (const { caller, amounts } of await ledger.charges({ fromMs, toMs, slotMs: null })) {
    await windows.record(windowsOf(caller).filter(counts), amounts, fromMs);
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
function earliestMonthMs(nowMs: number): number {
  return calendarPeriod('month', 'UTC', nowMs - 12 * HOUR_MS).startMs - 14 * HOUR_MS;
}
