// What was drawn on one window of one scope, kept by place: a slot of a sliding window, the end of a calendar period, or the
// one place of a gauge. It knows neither holds nor limits. Only places that were drawn on take memory, and the sum of a
// sliding window is kept, so that a draw costs the same at any depth.

import { slotsAt, WINDOWS, type Window, type WindowPeriod } from '../../core/windows.ts';

/** How long a period that has ended is kept: longer than any hold that drew on it is open (20 min) or known (24 h). */
const ENDED_PERIOD_KEPT_MS = 48 * 3_600_000;

export class WindowCount {
  readonly window: Window;
  readonly #period: WindowPeriod;
  readonly #drawn = new Map<number, number>();
  /** Of all places. What a sliding window counts, once the slots that it has left behind are gone. */
  #sum = 0;
  /** The first slot that still counts; what is older is gone for good. */
  #first = Number.NEGATIVE_INFINITY;

  constructor(window: Window) {
    this.window = window;
    this.#period = WINDOWS[window.name].period;
  }

  /** What stands against a draw at this place. */
  usedAt(place: number): number {
    if (this.#period.type !== 'sliding') return this.#drawn.get(place) ?? 0;
    this.#moveTo(place);
    return this.#sum;
  }

  /** Is what was drawn at `drawnAt` part of `usedAt(place)`? */
  counts(drawnAt: number, place: number): boolean {
    if (!this.#drawn.has(drawnAt)) return false;
    return this.#period.type === 'sliding' ? drawnAt >= place - this.#period.slots : drawnAt === place;
  }

  /** Books more, or gives back. In a slot that has been left behind neither has an effect. */
  add(place: number, amount: number): void {
    const before = this.#drawn.get(place);
    if (place < this.#first || (before === undefined && amount <= 0)) return;
    // A place that was forgotten and then drawn on again, when the clock went back, may have less than is given back to it.
    const after = Math.max(0, (before ?? 0) + amount);
    if (after > 0) this.#drawn.set(place, after);
    else this.#drawn.delete(place);
    this.#sum += after - (before ?? 0);
  }

  /**
   * When `amount` fits, if nobody draws meanwhile; null for a gauge, which has no clock, and for more than the limit, which
   * never fits. `own` is what the asking hold has drawn itself: it moves with the draw, so it stands in nobody's way.
   */
  fitsAtMs(
    place: number,
    amount: number,
    limit: number,
    own: { readonly place: number; readonly amount: number } | null,
  ): number | null {
    const period = this.#period;
    if (amount > limit || period.type === 'gauge') return null;
    if (period.type === 'calendar') return place;
    let slot = place;
    let left = this.#sum - (own?.amount ?? 0);
    for (const oldest of [...this.#drawn.keys()].sort((a, b) => a - b)) {
      if (left + amount <= limit) break;
      slot = oldest;
      left -= (this.#drawn.get(oldest) ?? 0) - (own?.place === oldest ? own.amount : 0);
    }
    return (slot + period.slots + 1) * period.slotMs;
  }

  /** Forgets what can count no more; true when nothing is left. */
  sweep(nowMs: number): boolean {
    if (this.#period.type === 'sliding') this.#moveTo(slotsAt(this.#period, nowMs).current);
    else if (this.#period.type === 'calendar') this.#forgetBefore(nowMs - ENDED_PERIOD_KEPT_MS);
    return this.#drawn.size === 0;
  }

  // A clock that goes back brings no slot back, and slots ahead of it go on counting: it can only refuse too much.
  #moveTo(current: number): void {
    if (this.#period.type !== 'sliding') return;
    const first = current - this.#period.slots;
    if (first > this.#first) this.#forgetBefore(first);
    this.#first = first;
  }

  #forgetBefore(place: number): void {
    for (const [drawnAt, amount] of this.#drawn) {
      if (drawnAt >= place) continue;
      this.#drawn.delete(drawnAt);
      this.#sum -= amount;
    }
  }
}
