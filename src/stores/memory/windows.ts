// Windows and holds in the memory of one process. Every operation is one synchronous step, so of any number of callers at
// once none sees another's half. Nothing here has a timer: what is over is swept a little with each call.

import type { ExpiredHold, GrantedHold, HoldResult, OwnWindowStore } from '../../core/window-store.ts';
import {
  type Amounts,
  amountFor,
  placeAt,
  unlimited,
  WINDOWS,
  type Window,
  type WindowState,
  windowId,
} from '../../core/windows.ts';
import { checkAmounts, isGauge, withEarlier } from '../hold-arguments.ts';
import { SettledIds } from '../settled-ids.ts';
import { amountOf, type Draw, type Hold, isForgotten, newHold } from './hold.ts';
import { WindowCount } from './window-count.ts';

/** Holds expire when a request hangs past every deadline: more than this is a fault elsewhere, and memory is bounded. */
const EXPIRED_MOST = 10_000;
/** For each count that is made two are looked after, so at most half of all counts are idle, whatever the traffic. */
const SWEPT_PER_COUNT = 2;

/** What one window is asked for. */
interface Ask {
  readonly window: Window;
  readonly id: string;
  readonly place: number;
  readonly amount: number;
  /** What the hold has of it already. */
  readonly draw: Draw | undefined;
  readonly count: WindowCount | undefined;
}

export function createMemoryWindows(): OwnWindowStore {
  return new MemoryWindows();
}

class MemoryWindows implements OwnWindowStore {
  readonly #counts = new Map<string, WindowCount>();
  #sweeping = this.#counts.entries();
  readonly #open = new Map<string, Hold>();
  readonly #expired = new Map<string, Hold>();
  readonly #settled = new SettledIds();
  /** While windows are being filled; never rejects. */
  #filling: Promise<unknown> | null = null;

  async hold(
    holdId: string,
    windows: readonly Window[],
    amounts: Amounts,
    nowMs: number,
    leaseMs: number,
    note?: string,
  ): Promise<HoldResult> {
    checkAmounts(amounts);
    if (this.#filling !== null) await this.#filling;
    const known = this.#known(holdId, nowMs);
    if (known?.state === 'settled' || this.#settled.has(holdId))
      return { granted: true, windows: this.#states(windows, nowMs), heldAtMs: known?.heldAtMs ?? nowMs };
    const hold = known ?? newHold(windows, amounts, nowMs, nowMs);
    const all = withEarlier(hold.windows, windows);
    const asks = all.map((window) => this.#askFor(window, hold, amounts, nowMs));
    const refused = refusalOf(asks, nowMs);
    const states = () => asks.slice(0, windows.length).map(({ window, id, place }) => this.#state(window, id, place));
    if (refused !== null) return { granted: false, refused, windows: states() };
    for (const ask of asks) this.#draw(hold, ask, nowMs);
    hold.windows = all;
    hold.amounts = amounts;
    hold.note = note ?? hold.note;
    if (hold.state === 'open') {
      hold.expiresAtMs = nowMs + leaseMs;
      this.#open.set(holdId, hold);
    }
    return { granted: true, windows: states(), heldAtMs: hold.heldAtMs };
  }

  /** Each draw stands where it would have been made: at the moment of the hold, in flight while it is open. */
  async adopt(granted: GrantedHold, nowMs: number): Promise<void> {
    const { holdId, windows, amounts, heldAtMs, expiresAtMs, note } = granted;
    checkAmounts(amounts);
    if (this.#known(holdId, nowMs) !== undefined || this.#settled.has(holdId)) return;
    const hold = { ...newHold(windows, amounts, heldAtMs, expiresAtMs), note };
    for (const window of windows) this.#drawAsHeld(hold, window, nowMs);
    this.#open.set(holdId, hold);
  }

  async settle(holdId: string, actual: Amounts, nowMs: number): Promise<void> {
    checkAmounts(actual);
    const hold = this.#known(holdId, nowMs);
    if (hold === undefined || hold.state === 'settled') return;
    for (const [id, draw] of hold.draws)
      this.#book(id, draw, isGauge(draw.window) ? 0 : amountFor(draw.window.name, actual), nowMs);
    hold.draws.clear();
    if (hold.state === 'open') {
      this.#open.delete(holdId);
      this.#settled.add(holdId, hold.expiresAtMs, nowMs);
    }
    hold.state = 'settled';
  }

  async record(windows: readonly Window[], amounts: Amounts, atMs: number): Promise<void> {
    checkAmounts(amounts);
    for (const window of windows) {
      const amount = amountFor(window.name, amounts);
      if (isGauge(window) || amount === 0) continue;
      const place = placeAt(window, atMs);
      const count = this.#countOf(windowId(window), window, atMs);
      // The ring goes along with what it is told, so that a month of rows fills no more slots than a minute has.
      count.usedAt(place);
      count.add(place, amount);
    }
  }

  async states(windows: readonly Window[], nowMs: number): Promise<readonly WindowState[]> {
    return this.#states(windows, nowMs);
  }

  async reap(nowMs: number): Promise<readonly ExpiredHold[]> {
    const reaped: ExpiredHold[] = [];
    for (const [holdId, hold] of this.#open) {
      if (hold.expiresAtMs > nowMs) continue;
      hold.state = 'expired';
      for (const [id, draw] of hold.draws) if (isGauge(draw.window)) this.#book(id, draw, 0, nowMs);
      this.#open.delete(holdId);
      this.#expired.set(holdId, hold);
      reaped.push({ holdId, amounts: hold.amounts, heldAtMs: hold.heldAtMs, note: hold.note });
    }
    for (const [holdId, hold] of this.#expired)
      if (isForgotten(hold, nowMs) || this.#expired.size > EXPIRED_MOST) this.#expired.delete(holdId);
    return reaped;
  }

  async widen(
    isNew: (window: Window) => boolean,
    addedTo: (windows: readonly Window[]) => readonly Window[],
    fill: (open: ReadonlySet<string>, sinceMs: number) => Promise<void>,
    nowMs: number,
  ): Promise<void> {
    // What is left of the time when they were counted before would count twice.
    for (const [id, { window }] of this.#counts) if (isNew(window)) this.#counts.delete(id);
    let sinceMs = nowMs;
    for (const hold of this.#open.values()) {
      sinceMs = Math.min(sinceMs, hold.heldAtMs);
      const added = addedTo(hold.windows);
      for (const window of added) this.#drawAsHeld(hold, window, nowMs);
      hold.windows = withEarlier(hold.windows, unlimited(added));
    }
    const filling = fill(new Set(this.#open.keys()), sinceMs);
    const filled = Promise.allSettled([this.#filling, filling]);
    this.#filling = filled;
    await filled;
    if (this.#filling === filled) this.#filling = null;
    await filling;
  }

  async close(): Promise<void> {
    this.#counts.clear();
    this.#open.clear();
    this.#expired.clear();
  }

  /** Open or expired, or one of these and settled since. */
  #known(holdId: string, nowMs: number): Hold | undefined {
    const open = this.#open.get(holdId);
    if (open !== undefined) return open;
    const expired = this.#expired.get(holdId);
    if (expired === undefined || !isForgotten(expired, nowMs)) return expired;
    this.#expired.delete(holdId);
    return undefined;
  }

  #askFor(window: Window, hold: Hold, amounts: Amounts, nowMs: number): Ask {
    const id = windowId(window);
    const draw = hold.draws.get(id);
    const { period } = WINDOWS[window.name];
    const place = placeAt(window, period.type === 'calendar' ? hold.heldAtMs : nowMs);
    return { window, id, place, amount: amountOf(hold, window, draw, amounts), draw, count: this.#counts.get(id) };
  }

  #draw(hold: Hold, { window, id, place, amount, draw: earlier }: Ask, nowMs: number): void {
    const draw = earlier ?? { window, place, amount: 0 };
    if (earlier === undefined) hold.draws.set(id, draw);
    // A raise takes the whole draw along into the slot of now. Left in its old slot the raise would leave the window a whole
    // stretch too early; and a draw that is counted later than it was made undercounts in no stretch. What is lowered stays.
    if (amount > draw.amount && place > draw.place) {
      this.#book(id, draw, 0, nowMs);
      draw.place = place;
    }
    this.#book(id, draw, amount, nowMs);
  }

  /** Draws on one more window what the hold has of it, at the moment of the hold. */
  #drawAsHeld(hold: Hold, window: Window, nowMs: number): void {
    const id = windowId(window);
    const draw = { window, place: placeAt(window, hold.heldAtMs), amount: 0 };
    hold.draws.set(id, draw);
    this.#book(id, draw, amountFor(window.name, hold.amounts), nowMs);
  }

  /** Makes the draw this large, where it is. */
  #book(id: string, draw: Draw, amount: number, nowMs: number): void {
    if (amount !== draw.amount) this.#countOf(id, draw.window, nowMs).add(draw.place, amount - draw.amount);
    draw.amount = amount;
  }

  #countOf(id: string, window: Window, nowMs: number): WindowCount {
    let count = this.#counts.get(id);
    if (count === undefined) {
      this.#sweep(nowMs);
      count = new WindowCount(window);
      this.#counts.set(id, count);
    }
    return count;
  }

  #states(windows: readonly Window[], nowMs: number): readonly WindowState[] {
    return windows.map((window) => this.#state(window, windowId(window), placeAt(window, nowMs)));
  }

  #state(window: Window, id: string, place: number): WindowState {
    const count = this.#counts.get(id);
    const used = count?.usedAt(place) ?? 0;
    const remaining = Math.max(0, window.limit - used);
    const resetsAtMs = remaining > 0 ? null : (count?.fitsAtMs(place, 1, window.limit, null) ?? null);
    return { window, used, remaining, resetsAtMs };
  }

  #sweep(nowMs: number): void {
    for (let swept = 0; swept < SWEPT_PER_COUNT; swept++) {
      const next = this.#sweeping.next();
      if (next.done === true) {
        this.#sweeping = this.#counts.entries();
        return;
      }
      const [id, count] = next.value;
      if (count.sweep(nowMs)) this.#counts.delete(id);
    }
  }
}

/** The window that refuses; of several, the one that is full longest. Null: every one has room. */
function refusalOf(asks: readonly Ask[], nowMs: number): WindowState | null {
  let worst: WindowState | null = null;
  let worstUntilMs = 0;
  for (const { window, place, amount, draw, count } of asks) {
    // What a hold has it keeps, also where the window is over its limit by now: only a raise has to fit.
    if (amount <= (draw?.amount ?? 0)) continue;
    const used = count?.usedAt(place) ?? 0;
    const own = draw !== undefined && count?.counts(draw.place, place) === true ? draw : null;
    if (used - (own?.amount ?? 0) + amount <= window.limit) continue;
    const fitsAtMs = count?.fitsAtMs(place, amount, window.limit, own) ?? null;
    const resetsAtMs = fitsAtMs === null ? null : Math.max(nowMs, fitsAtMs);
    // More than the whole limit never fits; what is in flight may end at any moment.
    const untilMs = amount > window.limit ? Number.POSITIVE_INFINITY : (resetsAtMs ?? nowMs);
    if (worst !== null && untilMs <= worstUntilMs) continue;
    worst = { window, used, remaining: Math.max(0, window.limit - used), resetsAtMs };
    worstUntilMs = untilMs;
  }
  return worst;
}
