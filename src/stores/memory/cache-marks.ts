// The marks that invalidations leave in one process: selector -> the moment up to which what was asked is dead. Their number is bounded;
// what is pushed out makes everything dead that was asked before it, which costs answers and never gives a dead one.

import { type CacheSelector, lifeOfMarkMs, selectorsOf, selectorText } from '../../core/cache-invalidation.ts';
import type { CacheKey } from '../../core/cache-key.ts';

const MARKS_MOST = 10_000;

interface Mark {
  readonly atMs: number;
  readonly untilMs: number;
}

export class CacheMarks {
  /** In the order in which they were made. */
  readonly #marks = new Map<string, Mark>();
  readonly #most: number;
  /** Of those that were pushed out, the last. */
  #floorMs = Number.NEGATIVE_INFINITY;

  constructor(most = MARKS_MOST) {
    this.#most = most;
  }

  set(selector: CacheSelector, atMs: number): void {
    const text = selectorText(selector);
    const before = this.#marks.get(text)?.atMs ?? atMs;
    this.#marks.delete(text);
    this.#marks.set(text, { atMs: Math.max(before, atMs), untilMs: atMs + lifeOfMarkMs(selector) });
    for (const [oldest, mark] of this.#marks) {
      const isOver = mark.untilMs <= atMs;
      if (!isOver && this.#marks.size <= this.#most) break;
      if (!isOver) this.#floorMs = Math.max(this.#floorMs, mark.atMs);
      this.#marks.delete(oldest);
    }
  }

  isDead(key: CacheKey, askedAtMs: number): boolean {
    if (askedAtMs <= this.#floorMs) return true;
    if (this.#marks.size === 0) return false;
    return selectorsOf(key).some((selector) => {
      const mark = this.#marks.get(selectorText(selector));
      return mark !== undefined && askedAtMs <= mark.atMs;
    });
  }
}
