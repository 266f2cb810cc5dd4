// The ids of settled holds, so that a hold that arrives late is not opened again. Two generations, the older one dropped as a
// whole when its last lease has ended: nothing is ever searched, and every id is known for its lease, unless too many settle.

/** In both generations together, at some 80 bytes each: every settled request of 100 s at 1,000 requests a second. */
const SETTLED_MOST = 100_000;

export class SettledIds {
  #young = new Set<string>();
  #old = new Set<string>();
  /** The end of the last lease in each. */
  #youngUntilMs = 0;
  #oldUntilMs = 0;

  has(holdId: string): boolean {
    return this.#young.has(holdId) || this.#old.has(holdId);
  }

  add(holdId: string, untilMs: number, nowMs: number): void {
    if (this.#oldUntilMs <= nowMs || this.#young.size >= SETTLED_MOST / 2) {
      this.#old = this.#young;
      this.#oldUntilMs = this.#youngUntilMs;
      this.#young = new Set();
      this.#youngUntilMs = 0;
    }
    this.#young.add(holdId);
    this.#youngUntilMs = Math.max(this.#youngUntilMs, untilMs);
  }
}
