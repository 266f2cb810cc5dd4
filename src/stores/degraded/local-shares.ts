// What one instance may draw while the shared store is away. It knows its own draws (`#own`), those it made without the store
// among them (`#alone`), and how many instances there are (N). From these alone it follows for all instances together:
//
//   sliding windows  own <= limit / N, and alone <= limit / N² while draws from before the outage still count. All that the store
//                    granted is <= limit, all that was drawn alone <= N * limit / N²: together <= limit + one share, however
//                    unevenly the limit was used before. Once the outage is older than the window: N * limit / N = limit.
//   in flight        own <= limit / N. It has no stretch to wait for: what others hold since before ends as their calls do.
//   money            alone in a period <= 5 % of the limit / N, and never above the rest that the store told last.

import { type LLMError, llmError } from '../../core/errors.ts';
import { formatUsd, fromNanoUsd } from '../../core/money.ts';
import type { GrantedHold, HoldRefusal, HoldResult, WindowStore } from '../../core/window-store.ts';
import {
  type Amounts,
  amountFor,
  amountsBeyond,
  calendarPeriod,
  isUnlimited,
  NOTHING,
  unlimited,
  WINDOWS,
  type Window,
  type WindowState,
  windowId,
} from '../../core/windows.ts';
import { createMemoryWindows } from '../memory/windows.ts';
import type { SteadyCount } from './steady-count.ts';

/** Of a budget, for all instances together. */
const MONEY_SHARE = 0.05;
/** Budgets whose rest is remembered, some 150 bytes each; those not seen longest are forgotten, and have no rest then. */
const RESTS_MOST = 10_000;
/** A share frees up a little at a time, and the store may be back at any moment. */
export const RETRY_AFTER_MS = 2_000;

/** A hold of this instance's. */
export interface OwnHold {
  readonly hold: GrantedHold;
  /** What the store had granted before anything was granted alone: what lies beyond was drawn alone. */
  readonly byStore: Amounts;
  readonly isAlone: boolean;
  /** What it is being settled with. */
  readonly actual: Amounts | null;
}

export interface Ask {
  readonly holdId: string;
  readonly windows: readonly Window[];
  readonly amounts: Amounts;
  readonly nowMs: number;
  readonly leaseMs: number;
  readonly note: string | null;
  /** As the hold stands; null: there is none yet. */
  readonly before: OwnHold | null;
}

export class LocalShares {
  readonly #instances: SteadyCount;
  readonly #own = createMemoryWindows();
  readonly #alone = createMemoryWindows();
  /** By window, the one seen last at the end. */
  readonly #rests = new Map<string, { readonly remaining: number; readonly periodEndMs: number }>();

  constructor(instances: SteadyCount) {
    this.#instances = instances;
  }

  /** The store has told these, of the period of this moment. */
  saw(states: readonly WindowState[], atMs: number): void {
    for (const { window, remaining } of states) {
      const { period } = WINDOWS[window.name];
      if (period.type !== 'calendar' || isUnlimited(window)) continue;
      const id = windowId(window);
      this.#rests.delete(id);
      this.#rests.set(id, { remaining, periodEndMs: calendarPeriod(period.unit, window.timezone, atMs).endMs });
    }
    for (const id of this.#rests.keys()) {
      if (this.#rests.size <= RESTS_MOST) break;
      this.#rests.delete(id);
    }
  }

  /** The store has granted it. */
  async grantedByStore({ holdId, windows, amounts, nowMs, leaseMs }: Ask, heldAtMs: number): Promise<void> {
    await beginAt(this.#own, holdId, windows, heldAtMs, nowMs + leaseMs, nowMs);
    await this.#own.hold(holdId, unlimited(windows), amounts, nowMs, leaseMs);
  }

  /**
   * Decides by what this instance knows. Refused as by the store where its own draws alone fill the limit; where only its share of
   * the limit is used up, as `unavailable`: others may have left room, but nobody can say.
   */
  async decide(ask: Ask, outageSinceMs: number): Promise<HoldResult> {
    const { holdId, windows, amounts, nowMs, leaseMs, before } = ask;
    const heldAtMs = before?.hold.heldAtMs ?? nowMs;
    const aloneAmounts = amountsBeyond(amounts, before?.byStore ?? NOTHING);
    const aloneWindows = windows.map((window) => this.#limitedAlone(window, heldAtMs, nowMs, outageSinceMs));
    const ownWindows = this.#shares(windows);
    if (before !== null) await beginAt(this.#alone, holdId, windows, heldAtMs, nowMs + leaseMs, nowMs);
    // Both draw before anything else runs, so that of any number of callers at once none sees another's half.
    const [alone, own] = await Promise.all([
      this.#alone.hold(holdId, aloneWindows, aloneAmounts, nowMs, leaseMs),
      this.#own.hold(holdId, ownWindows, amounts, nowMs, leaseMs),
    ]);
    if (alone.granted && own.granted)
      return { granted: true, windows: tighter(windows, alone.windows, own.windows), heldAtMs };
    if (alone.granted) await this.#restore(this.#alone, ask, beyondStore(before));
    if (own.granted) await this.#restore(this.#own, ask, before?.hold.amounts ?? NOTHING);
    const left = tighter(
      windows,
      alone.granted ? await this.#alone.states(aloneWindows, nowMs) : alone.windows,
      own.granted ? await this.#own.states(ownWindows, nowMs) : own.windows,
    );
    return (await this.#ordinaryRefusal(ask, left)) ?? refusedByShare(left, alone.granted ? own : alone);
  }

  /**
   * The store is back, but others may not have told it yet what they drew alone. Where that may be a whole share, which is when
   * the outage was longer than the window, nobody passes his own meanwhile. What refuses, or null.
   */
  async reserveShare(ask: Ask, outageMs: number): Promise<HoldRefusal | null> {
    const { holdId, windows, amounts, nowMs, leaseMs } = ask;
    const limited = windows.map((window) => {
      const isWhole = WINDOWS[window.name].period.type === 'sliding' && stretchMs(window) <= outageMs;
      return isWhole ? this.#share(window) : { ...window, limit: Number.MAX_SAFE_INTEGER };
    });
    const own = await this.#own.hold(holdId, limited, amounts, nowMs, leaseMs);
    if (own.granted) return null;
    return refusedByShare(tighter(windows, await this.states(windows, nowMs), own.windows), own);
  }

  /** The hold stands as it stood before it was asked for. */
  async giveBack(ask: Ask): Promise<void> {
    await this.#restore(this.#own, ask, ask.before?.hold.amounts ?? NOTHING);
  }

  async settle({ hold, byStore, isAlone }: OwnHold, actual: Amounts, nowMs: number): Promise<void> {
    await this.#own.settle(hold.holdId, actual, nowMs);
    if (isAlone) await this.#alone.settle(hold.holdId, amountsBeyond(actual, byStore), nowMs);
  }

  /** What this instance knows of them. */
  async states(windows: readonly Window[], nowMs: number): Promise<readonly WindowState[]> {
    const states = await this.#own.states(windows, nowMs);
    return states.map((state) => {
      if (WINDOWS[state.window.name].period.type !== 'calendar') return state;
      const rest = this.#restOf(state.window, nowMs, nowMs);
      const remaining = Math.min(state.remaining, rest);
      return { ...state, used: state.window.limit - remaining, remaining };
    });
  }

  /** Forgets what has run out. */
  async sweep(nowMs: number): Promise<void> {
    await this.#own.reap(nowMs);
    await this.#alone.reap(nowMs);
  }

  #share(window: Window): Window {
    if (isUnlimited(window)) return window;
    return { ...window, limit: Math.floor(window.limit / this.#instances.look()) };
  }

  /** What own draws may not pass. Of money that is the whole budget: what is drawn alone has a limit of its own. */
  #shares(windows: readonly Window[]): readonly Window[] {
    return windows.map((window) => (WINDOWS[window.name].period.type === 'calendar' ? window : this.#share(window)));
  }

  #limitedAlone(window: Window, heldAtMs: number, nowMs: number, outageSinceMs: number): Window {
    return { ...window, limit: this.#aloneMost(window, heldAtMs, nowMs, outageSinceMs) };
  }

  #aloneMost(window: Window, heldAtMs: number, nowMs: number, outageSinceMs: number): number {
    if (isUnlimited(window)) return window.limit;
    const N = this.#instances.look();
    switch (WINDOWS[window.name].period.type) {
      case 'gauge':
        return Number.MAX_SAFE_INTEGER;
      case 'sliding': {
        const isBeforeStillCounted = nowMs - outageSinceMs < stretchMs(window);
        return isBeforeStillCounted && N > 1 ? Math.floor(window.limit / N ** 2) : Number.MAX_SAFE_INTEGER;
      }
      case 'calendar':
        return Math.min(Math.floor((MONEY_SHARE * window.limit) / N), this.#restOf(window, heldAtMs, outageSinceMs));
    }
  }

  /** What is left of a budget in the period of this moment, as the store told it last. */
  #restOf(window: Window, atMs: number, outageSinceMs: number): number {
    const { period } = WINDOWS[window.name];
    if (period.type !== 'calendar') return window.limit;
    const { startMs, endMs } = calendarPeriod(period.unit, window.timezone, atMs);
    const seen = this.#rests.get(windowId(window));
    if (seen?.periodEndMs === endMs) return seen.remaining;
    // A period that began without the store is untouched by it; of any other nobody knows what was spent.
    return startMs >= outageSinceMs ? window.limit : 0;
  }

  /** The refusal that the store itself would give, if the own draws are all there are. */
  async #ordinaryRefusal(ask: Ask, left: readonly WindowState[]): Promise<HoldRefusal | null> {
    const { holdId, windows, amounts, nowMs, leaseMs, before } = ask;
    const more = amountsBeyond(amounts, before?.hold.amounts ?? NOTHING);
    const states = await this.#own.states(windows, nowMs);
    const full = states.filter(
      ({ window, used }) => amountFor(window.name, more) > 0 && used + amountFor(window.name, more) > window.limit,
    );
    if (full.length === 0) return null;
    const filled = full.map(({ window }) => window);
    const result = await this.#own.hold(holdId, filled, amounts, nowMs, leaseMs);
    if (!result.granted) return { granted: false, refused: result.refused, windows: left };
    await this.#restore(this.#own, ask, before?.hold.amounts ?? NOTHING);
    return null;
  }

  // A hold that was never granted stays as one of nothing until its lease ends: settled, its id could not be asked for again.
  async #restore(store: WindowStore, { holdId, windows, nowMs, leaseMs }: Ask, amounts: Amounts): Promise<void> {
    await store.hold(holdId, unlimited(windows), amounts, nowMs, leaseMs);
  }
}

function beyondStore(before: OwnHold | null): Amounts {
  return before?.isAlone === true ? amountsBeyond(before.hold.amounts, before.byStore) : NOTHING;
}

/** So that its draws on calendar windows belong to the period of the hold, not to that of its first raise here. */
async function beginAt(
  store: WindowStore,
  holdId: string,
  windows: readonly Window[],
  heldAtMs: number,
  expiresAtMs: number,
  nowMs: number,
): Promise<void> {
  await store.adopt({ holdId, windows, amounts: NOTHING, heldAtMs, expiresAtMs, note: null }, nowMs);
}

/** How long a draw counts at most, and so how long draws from before an outage can. */
function stretchMs({ name }: Window): number {
  const { period } = WINDOWS[name];
  return period.type === 'sliding' ? (period.slots + 1) * period.slotMs : 0;
}

/** What a caller may still count on: the smaller room of the two. */
function tighter(
  windows: readonly Window[],
  alone: readonly WindowState[],
  own: readonly WindowState[],
): readonly WindowState[] {
  return windows.map((window, index) => {
    const used = own[index]?.used ?? 0;
    const remaining = Math.min(own[index]?.remaining ?? 0, alone[index]?.remaining ?? 0);
    const resetsAtMs = Math.max(own[index]?.resetsAtMs ?? 0, alone[index]?.resetsAtMs ?? 0);
    return { window, used, remaining, resetsAtMs: remaining > 0 || resetsAtMs === 0 ? null : resetsAtMs };
  });
}

/** `left`: what may be drawn here. `result`: of the count that has no room. */
function refusedByShare(left: readonly WindowState[], result: HoldResult): HoldRefusal {
  const refusing = result.granted ? null : windowId(result.refused.window);
  const refused = left.find(({ window }) => windowId(window) === refusing);
  if (refused === undefined) throw new TypeError('A window refused that nobody asked for');
  return { granted: false, refused, windows: left, unavailable: shareIsUsedUp(refused) };
}

function shareIsUsedUp(state: WindowState): LLMError {
  const { scope, name } = state.window;
  const message = `The store that counts ${name} of this ${scope} is away; ${whatRanOut(state)}`;
  return llmError('store_unavailable', message, { retryAfterMs: RETRY_AFTER_MS });
}

function whatRanOut({ window, remaining }: WindowState): string {
  const less = remaining === 0 ? 'ask again when it is back' : 'ask for fewer max_tokens, or again when it is back';
  switch (WINDOWS[window.name].measure) {
    case 'requests':
      return 'no more calls can be let through without it; ask again when it is back';
    case 'in_flight':
      return 'no more calls can be under way at once without it; ask again when one has ended';
    case 'tokens':
      return `the ${remaining} tokens that can be used without it do not cover this request; ${less}`;
    case 'nano_usd':
      return `the $${formatUsd(fromNanoUsd(remaining))} that can be spent without it does not cover this request; ${less}`;
  }
}
