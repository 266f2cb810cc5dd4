// The holds that this instance has made and not settled yet: all that the shared store must know, should it lose what it has.

import { llmError } from '../../core/errors.ts';
import { SettledIds } from '../settled-ids.ts';
import { type OwnHold, RETRY_AFTER_MS } from './local-shares.ts';

/** A hold whose lease ran out may still be settled; by then its request hangs past every deadline. */
const KEPT_AFTER_EXPIRY_MS = 3_600_000;
/** Far more than can be under way in one process; the oldest go first, and are the store's to end by their leases. */
const HOLDS_MOST = 100_000;

export class OwnHolds {
  readonly #open = new Map<string, OwnHold>();
  readonly #settled = new SettledIds();
  readonly #refused = new SettledIds();

  get(holdId: string): OwnHold | null {
    return this.#open.get(holdId) ?? null;
  }

  all(): Iterable<OwnHold> {
    return this.#open.values();
  }

  put(own: OwnHold): void {
    this.#open.set(own.hold.holdId, own);
    if (this.#open.size <= HOLDS_MOST) return;
    for (const oldest of this.#open.keys()) {
      this.#open.delete(oldest);
      break;
    }
  }

  end({ hold }: OwnHold, nowMs: number): void {
    this.#open.delete(hold.holdId);
    this.#settled.add(hold.holdId, hold.expiresAtMs, nowMs);
  }

  isSettled(holdId: string): boolean {
    return this.#settled.has(holdId);
  }

  /** It was refused here, but the store may have granted it and is told to end it: its id must not be asked for again. */
  refuse(holdId: string, untilMs: number, nowMs: number): void {
    this.#refused.add(holdId, untilMs, nowMs);
  }

  isRefused(holdId: string): boolean {
    return this.#refused.has(holdId);
  }

  sweep(nowMs: number): void {
    for (const [holdId, { hold }] of this.#open)
      if (hold.expiresAtMs + KEPT_AFTER_EXPIRY_MS <= nowMs) this.#open.delete(holdId);
  }
}

export function refusedBefore(): Error {
  const message = 'This request was refused while the store of the windows was away; send it as a new one';
  return llmError('store_unavailable', message, { retryAfterMs: RETRY_AFTER_MS });
}
