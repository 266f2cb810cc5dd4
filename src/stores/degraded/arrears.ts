// What this instance owes the shared store: holds that the store may not know as they are (made or raised without it, or with a
// reply that was lost), and settles that it was not told. Each is told as a whole, by steps that are harmless when repeated: put
// on record if unknown, then made exactly these amounts, or settled. So it does not matter what the store had heard before.

import type { GrantedHold, WindowCharge } from '../../core/window-store.ts';
import { type Amounts, amountsTogether, tagOf, unlimited, windowId } from '../../core/windows.ts';
import type { StoreCalls } from './store-calls.ts';

/** About 500 bytes each. Beyond it the oldest settled ones are added up. */
const OWED_MOST = 100_000;
/** Added up at once, so that the oldest are not looked for at every settle. */
const ADDED_UP = 1_000;
/** Of one tag, before it is decided about: some 2 ms of the store's time, far within the deadline of one call. */
const TOLD_BEFORE_MOST = 100;
/** Side by side, when all is told: a quarter of that, since several instances on one busy machine may be at it at once. */
const SIDE_BY_SIDE = 25;
/** No zone has a midnight that is not on a quarter of an hour, so what falls into one belongs to the same day everywhere. */
const QUARTER_MS = 900_000;

export interface Owed {
  readonly hold: GrantedHold;
  /** Null: it is still open. */
  readonly actual: Amounts | null;
  /** `made` here: the store is to know it exactly as it is. `adopted`: put on record if it is unknown. `foreign`: settled if it is known. */
  readonly origin: 'made' | 'adopted' | 'foreign';
}

export interface ArrearsParts {
  readonly calls: StoreCalls;
  readonly nowMs: () => number;
  /** Of what the store refuses for another reason than being away: it is given up. */
  readonly refused: (holdId: string, error: unknown) => void;
  /** Settles that are kept one by one. Default 100,000. */
  readonly settlesMost?: number;
}

export class Arrears {
  readonly #parts: ArrearsParts;
  readonly #owed = new Map<string, Owed>();
  readonly #paying = new Map<string, Promise<void>>();
  #charges = new Map<string, WindowCharge>();

  constructor(parts: ArrearsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#owed.size + this.#charges.size;
  }

  has(holdId: string): boolean {
    return this.#owed.has(holdId);
  }

  /** What is told last stands, except that what was settled stays so. */
  owe(owed: Owed): void {
    const { holdId } = owed.hold;
    const earlier = this.#owed.get(holdId);
    if (earlier !== undefined && earlier.actual !== null) return;
    const isOnlySettled = earlier !== undefined && owed.origin === 'foreign';
    this.#owed.set(holdId, isOnlySettled ? { ...earlier, actual: owed.actual } : owed);
    if (this.#owed.size > (this.#parts.settlesMost ?? OWED_MOST)) this.#addUp();
  }

  /** Use without a hold. */
  oweCharge({ windows, amounts, atMs }: WindowCharge): void {
    const key = `${windows.map(windowId).join(' ')} ${Math.floor(atMs / QUARTER_MS)}`;
    const earlier = this.#charges.get(key);
    if (earlier === undefined) this.#charges.set(key, { windows, amounts, atMs });
    else {
      const together = amountsTogether(earlier.amounts, amounts);
      // The later moment: what is counted too late is counted longer, never too short.
      this.#charges.set(key, { windows, amounts: together, atMs: Math.max(earlier.atMs, atMs) });
    }
  }

  /** Tells the store how this hold stands; rejects as the call did, and it is still owed then. */
  async pay(holdId: string): Promise<void> {
    // One at a time for each hold: an older word must not arrive after a newer one.
    for (let running = this.#paying.get(holdId); running !== undefined; running = this.#paying.get(holdId))
      await running;
    const owed = this.#owed.get(holdId);
    if (owed === undefined) return;
    const paying = this.#tell(owed).finally(() => this.#paying.delete(holdId));
    this.#paying.set(holdId, paying);
    await paying;
  }

  /**
   * Asks the store about this hold: what is owed of it is told before, what comes to be owed meanwhile after. A word in between
   * would make the hold what it was before a raise, and whoever comes next would draw what is no longer free.
   */
  async apart<T>(holdId: string, ask: () => Promise<T>): Promise<T> {
    while (this.#owed.has(holdId) || this.#paying.has(holdId)) await this.pay(holdId);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#paying.set(holdId, promise);
    try {
      return await ask();
    } finally {
      this.#paying.delete(holdId);
      resolve();
    }
  }

  /** Tells what is owed of this tag: whoever decides about it next must know that. */
  async payFor(tag: string): Promise<void> {
    if (this.#owed.size === 0) return;
    const holdIds: string[] = [];
    for (const [holdId, { hold }] of this.#owed) {
      if (holdIds.length === TOLD_BEFORE_MOST) break;
      if (hold.windows.some((window) => tagOf(window) === tag)) holdIds.push(holdId);
    }
    const [failure] = await this.#payTogether(holdIds);
    if (failure !== undefined) throw failure;
  }

  /**
   * Tells all that is owed now, in the order in which it came to be. False: some of it found no answer and is owed still. One late
   * reply in a thousand must not keep what is owed from ever being told, so it rejects only when all of a slice found none, or
   * when the store cannot take it for another reason.
   */
  async payAll(): Promise<boolean> {
    let isAllTold = true;
    const holdIds = [...this.#owed.keys()];
    for (let from = 0; from < holdIds.length; from += SIDE_BY_SIDE) {
      const slice = holdIds.slice(from, from + SIDE_BY_SIDE);
      const failures = await this.#payTogether(slice);
      const isLost = failures.length === slice.length;
      const given = failures.find((failure) => isLost || !this.#parts.calls.isOutage(failure));
      if (given !== undefined) throw given;
      isAllTold &&= failures.length === 0;
    }
    await this.#payCharges();
    return isAllTold;
  }

  /** Resolves with what the calls that failed rejected with. */
  async #payTogether(holdIds: readonly string[]): Promise<readonly unknown[]> {
    const told = await Promise.allSettled(holdIds.map((holdId) => this.pay(holdId)));
    return told.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  }

  async #tell(owed: Owed): Promise<void> {
    const { calls, nowMs, refused } = this.#parts;
    const { hold, actual, origin } = owed;
    const { holdId, windows, amounts, expiresAtMs, note } = hold;
    try {
      if (origin !== 'foreign') await calls.run((shared) => shared.adopt(hold, nowMs()));
      if (actual !== null) await calls.run((shared) => shared.settle(holdId, actual, nowMs(), windows));
      else if (origin === 'made') {
        const leaseMs = Math.max(1, expiresAtMs - nowMs());
        await calls.run((shared) =>
          shared.hold(holdId, unlimited(windows), amounts, nowMs(), leaseMs, note ?? undefined),
        );
      }
    } catch (error) {
      if (calls.isForLater(error)) throw error;
      refused(holdId, error);
    }
    if (this.#owed.get(holdId) === owed) this.#owed.delete(holdId);
  }

  // A charge whose reply is lost is told again and may count twice, since it has no id: too much, never too little.
  async #payCharges(): Promise<void> {
    const { calls, refused } = this.#parts;
    for (const [key, charge] of this.#charges) {
      try {
        await calls.run((shared) => shared.record(charge.windows, charge.amounts, charge.atMs));
      } catch (error) {
        if (calls.isForLater(error)) throw error;
        refused(key, error);
      }
      if (this.#charges.get(key) === charge) this.#charges.delete(key);
    }
  }

  /** Its windows count what was used; the hold itself, where the store knows it, is charged in full when its lease ends. */
  #addUp(): void {
    let added = 0;
    for (const [holdId, { hold, actual }] of this.#owed) {
      if (added === ADDED_UP) break;
      if (actual === null || this.#paying.has(holdId)) continue;
      this.#owed.delete(holdId);
      this.oweCharge({ windows: hold.windows, amounts: actual, atMs: hold.heldAtMs });
      added++;
    }
  }
}
