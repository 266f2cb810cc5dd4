// The decisions of one instance while the shared store is away: made by its shares, kept as its own holds, and owed to the store.

import { formatUsd, fromNanoUsd } from '../../core/money.ts';
import type { HoldResult } from '../../core/window-store.ts';
import { amountsBeyond, amountsTogether, NOTHING } from '../../core/windows.ts';
import type { Arrears } from './arrears.ts';
import type { Ask, LocalShares, OwnHold } from './local-shares.ts';
import type { OwnHolds } from './own-holds.ts';

export class LoneDecisions {
  readonly #shares: LocalShares;
  readonly #holds: OwnHolds;
  readonly #arrears: Arrears;
  #requests = 0;
  #amounts = NOTHING;

  constructor(shares: LocalShares, holds: OwnHolds, arrears: Arrears) {
    this.#shares = shares;
    this.#holds = holds;
    this.#arrears = arrears;
  }

  /** `wasSent`: the store may have granted it, with a reply that was lost. */
  async decide(ask: Ask, outageSinceMs: number, wasSent: boolean): Promise<HoldResult> {
    const result = await this.#shares.decide(ask, outageSinceMs);
    if (result.granted) this.#granted(ask, result.heldAtMs);
    else if (wasSent) this.#takeBack(ask);
    return result;
  }

  owe({ hold, actual }: OwnHold): void {
    this.#arrears.owe({ hold, actual, origin: 'made' });
  }

  /** What was granted since this was last asked, for a log line. */
  tally(): Readonly<Record<string, unknown>> {
    const { tokens, nanoUsd } = this.#amounts;
    const told = { requests_alone: this.#requests, tokens_alone: tokens, usd_alone: formatUsd(fromNanoUsd(nanoUsd)) };
    this.#requests = 0;
    this.#amounts = NOTHING;
    return told;
  }

  #granted({ holdId, windows, amounts, nowMs, leaseMs, note, before }: Ask, heldAtMs: number): void {
    const hold = { holdId, windows, amounts, heldAtMs, expiresAtMs: nowMs + leaseMs, note };
    const own = { hold, byStore: before?.byStore ?? NOTHING, isAlone: true, actual: null };
    this.#holds.put(own);
    this.owe(own);
    if (before?.isAlone !== true) this.#requests++;
    this.#amounts = amountsTogether(this.#amounts, amountsBeyond(amounts, before?.hold.amounts ?? NOTHING));
  }

  /** It was refused here; whatever became of it there, it is to end as it stood before. */
  #takeBack({ holdId, windows, nowMs, leaseMs, before }: Ask): void {
    if (before !== null) {
      this.owe(before);
      return;
    }
    const expiresAtMs = nowMs + leaseMs;
    const hold = { holdId, windows, amounts: NOTHING, heldAtMs: nowMs, expiresAtMs, note: null };
    this.#arrears.owe({ hold, actual: NOTHING, origin: 'made' });
    this.#holds.refuse(holdId, expiresAtMs, nowMs);
  }
}
