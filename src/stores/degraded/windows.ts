// The windows of requests over a store that several instances share and that may be away. While it answers, it alone decides.
// While it does not, this instance decides by its own shares (local-shares.ts), keeps what the store must be told (arrears.ts), and
// asks again every moment; before the store decides anew it is told every open hold and all that came to pass meanwhile. To know
// before changing this: too much may be counted in rare cases, too little never, and no call waits longer than one of the store's.

import type { Clock } from '../../core/clock.ts';
import { llmError } from '../../core/errors.ts';
import type { Report } from '../../core/parts.ts';
import type { ExpiredHold, GrantedHold, HoldResult, SharedWindowStore, WindowStore } from '../../core/window-store.ts';
import { type Amounts, NOTHING, tagOf, type Window, type WindowState } from '../../core/windows.ts';
import { Breaker } from '../breaker.ts';
import { withEarlier } from '../hold-arguments.ts';
import { Arrears } from './arrears.ts';
import { type Ask, LocalShares } from './local-shares.ts';
import { LoneDecisions } from './lone-decisions.ts';
import { OwnHolds, refusedBefore } from './own-holds.ts';
import { singleFlight } from './seedings.ts';
import { SteadyCount } from './steady-count.ts';
import { StoreCalls } from './store-calls.ts';
import { StoreTime } from './store-time.ts';
import { PROBE_EVERY_MS, type StoreState, StoreWatch } from './store-watch.ts';

/** New debts come in while old ones are paid, and replies are late; what the last round leaves is told in the next moment. */
const ROUNDS_MOST = 20;

export interface DegradedWindowsParts {
  readonly shared: SharedWindowStore;
  /** How many instances there are, as last seen; at least 1. */
  readonly instances: () => number;
  readonly clock: Clock;
  readonly report: Report;
  /**
   * Fills the windows of a tag that the store knows nothing of. `nowMs` is the store's time as last heard; settles of what was
   * under way at `owedSinceMs` or later may still be owed, here or elsewhere.
   */
  readonly seed: (tag: string, nowMs: number, owedSinceMs: number) => Promise<void>;
  /** For whoever keeps what this process would take along if it died: the store has answered nothing since; null: it knows all. */
  readonly outage?: (sinceMs: number | null) => void;
  /** These, and what else is counted by the rules of now: a call may have waited since it was given its windows. */
  readonly asOfNow?: (windows: readonly Window[]) => readonly Window[];
  /** Does this error mean that the store could not be asked? */
  readonly isOutage: (error: unknown) => boolean;
}

export interface DegradedWindows extends WindowStore {
  /** Who decides: the store; this instance; this instance until the store has been told everything. */
  readonly state: StoreState;
  /** How many instances share the windows: the most of the last moments, since a store that is back may have forgotten some. */
  readonly instances: number;
  /** The store has lost the windows of this tag, and somebody has seeded it: it is told the open holds of this instance. */
  announce(tag: string): void;
}

export function createDegradedWindows(parts: DegradedWindowsParts): DegradedWindows {
  return new WindowsOverStore(parts);
}

class WindowsOverStore implements DegradedWindows {
  readonly #parts: DegradedWindowsParts;
  readonly #time: StoreTime;
  readonly #calls: StoreCalls;
  readonly #instances: SteadyCount;
  readonly #shares: LocalShares;
  readonly #holds = new OwnHolds();
  readonly #arrears: Arrears;
  readonly #alone: LoneDecisions;
  readonly #watch: StoreWatch;

  constructor(parts: DegradedWindowsParts) {
    const { shared, clock, report, isOutage } = parts;
    this.#parts = parts;
    this.#time = new StoreTime(clock);
    this.#instances = new SteadyCount(parts.instances, clock);
    this.#shares = new LocalShares(this.#instances);
    const refusal = () => llmError('store_unavailable', 'The store of the windows does not answer');
    const breaker = new Breaker({ clock, isOutage, refusal, openMs: PROBE_EVERY_MS / 2 });
    const seed = singleFlight((tag) => parts.seed(tag, this.#time.nowMs(), this.#watch.owedSinceMs), clock);
    this.#calls = new StoreCalls({ shared, breaker, seed, isOutage, failed: () => this.#watch.failed() });
    this.#arrears = new Arrears({
      calls: this.#calls,
      nowMs: () => this.#time.nowMs(),
      refused: (holdId, error) => report('error', 'window_store_refused', { request_id: holdId, error }),
    });
    this.#alone = new LoneDecisions(this.#shares, this.#holds, this.#arrears);
    this.#watch = new StoreWatch({
      clock,
      report,
      time: this.#time,
      breaker,
      ping: () => {
        this.#instances.look();
        return shared.ping();
      },
      tellAll: () => this.#tellAll(),
      tellOwed: () => (this.#arrears.size === 0 ? null : this.#arrears.payAll()),
      outage: (sinceMs) => parts.outage?.(sinceMs),
      admittedAlone: () => this.#alone.tally(),
    });
  }

  get state(): StoreState {
    return this.#watch.state;
  }

  get instances(): number {
    return this.#instances.look();
  }

  async hold(
    holdId: string,
    windows: readonly Window[],
    amounts: Amounts,
    nowMs: number,
    leaseMs: number,
    note?: string,
  ): Promise<HoldResult> {
    const { asOfNow = (same) => same } = this.#parts;
    const [first] = windows;
    if (first === undefined) return { granted: true, windows: [], heldAtMs: nowMs };
    const before = this.#holds.get(holdId);
    if (this.#holds.isSettled(holdId) || before?.actual != null) return this.#grantedBefore(windows, nowMs);
    if (this.#holds.isRefused(holdId)) throw refusedBefore();
    const all = withEarlier(before?.hold.windows ?? windows, windows);
    const kept = note ?? before?.hold.note ?? null;
    const ask = { holdId, windows: all, amounts, nowMs: this.#time.nowMs(), leaseMs, note: kept, before };
    if (this.#watch.isAway) return this.#decideAlone(ask, windows, false);
    const outageMs = this.#watch.lingeringAfterMs;
    const refusal = outageMs === null ? null : await this.#shares.reserveShare(ask, outageMs);
    if (refusal !== null) return ofWindows(windows, refusal);
    try {
      await this.#arrears.payFor(tagOf(first));
      return await this.#arrears.apart(holdId, async () => {
        let asked = windows;
        const result = await this.#calls.run((shared) => {
          asked = asOfNow(windows);
          return shared.hold(holdId, asked, amounts, nowMs, leaseMs, note);
        });
        await this.#decided(
          { ...ask, windows: withEarlier(before?.hold.windows ?? asked, asked) },
          result,
          outageMs !== null,
        );
        return ofWindows(windows, result);
      });
    } catch (error) {
      if (this.#calls.isOutage(error)) return this.#decideAlone(ask, windows, true);
      if (outageMs !== null) await this.#shares.giveBack(ask);
      throw error;
    }
  }

  async settle(holdId: string, actual: Amounts, nowMs: number, windows?: readonly Window[]): Promise<void> {
    const own = this.#holds.get(holdId);
    if (this.#holds.isSettled(holdId) || own?.actual != null) return;
    if (own === null) return this.#settleForeign(holdId, actual, nowMs, windows ?? []);
    await this.#shares.settle(own, actual, this.#time.nowMs());
    // Until the store has answered it stays among the open ones: should the store turn out to have lost it, it is told both.
    const { hold } = own;
    const settling = { ...own, actual };
    this.#holds.put(settling);
    await this.#tellOrOwe(
      holdId,
      () => this.#calls.once((shared) => shared.settle(holdId, actual, nowMs, windows ?? hold.windows)),
      () => this.#arrears.owe({ hold, actual, origin: 'made' }),
    );
    this.#holds.end(settling, this.#time.nowMs());
  }

  async adopt(hold: GrantedHold, nowMs: number): Promise<void> {
    await this.#tellOrOwe(
      hold.holdId,
      () => this.#calls.run((shared) => shared.adopt(hold, nowMs)),
      () => this.#arrears.owe({ hold, actual: null, origin: 'adopted' }),
    );
  }

  async record(windows: readonly Window[], amounts: Amounts, atMs: number): Promise<void> {
    await this.#tellOrOwe(
      null,
      () => this.#calls.run((shared) => shared.record(windows, amounts, atMs)),
      () => this.#arrears.oweCharge({ windows, amounts, atMs }),
    );
  }

  async states(windows: readonly Window[], nowMs: number): Promise<readonly WindowState[]> {
    if (windows.length === 0) return [];
    if (this.#watch.isAway) return this.#shares.states(windows, this.#time.nowMs());
    try {
      const states = await this.#calls.run((shared) => shared.states(windows, nowMs));
      this.#shares.saw(states, this.#time.nowMs());
      return states;
    } catch (error) {
      if (!this.#calls.isOutage(error)) throw error;
      return this.#shares.states(windows, this.#time.nowMs());
    }
  }

  /** While the store is away nobody's lease ends: it will name the holds when it is back. */
  async reap(nowMs: number): Promise<readonly ExpiredHold[]> {
    await this.#shares.sweep(this.#time.nowMs());
    this.#holds.sweep(this.#time.nowMs());
    if (this.#watch.isAway) return [];
    try {
      return await this.#calls.run((shared) => shared.reap(nowMs));
    } catch (error) {
      if (!this.#calls.isOutage(error)) throw error;
      return [];
    }
  }

  announce(tag: string): void {
    for (const own of this.#holds.all()) {
      const [window] = own.hold.windows;
      if (window !== undefined && tagOf(window) === tag) this.#alone.owe(own);
    }
    this.#watch.owes();
  }

  async close(): Promise<void> {
    const isAway = this.#watch.isAway;
    this.#watch.close();
    // What cannot be told now is in the ledger, and the holds end by their leases.
    if (!isAway) await this.#arrears.payAll().catch(() => {});
    await this.#parts.shared.close();
  }

  async #decided(ask: Ask, result: HoldResult, wasReserved: boolean): Promise<void> {
    const { holdId, windows, amounts, leaseMs, note, before } = ask;
    if (!result.granted) {
      this.#shares.saw(result.windows, before?.hold.heldAtMs ?? this.#time.nowMs());
      if (wasReserved) await this.#shares.giveBack(ask);
      return;
    }
    if (before === null) this.#time.told(result.heldAtMs);
    const nowMs = this.#time.nowMs();
    const heldAtMs = before?.hold.heldAtMs ?? result.heldAtMs;
    this.#shares.saw(result.windows, heldAtMs);
    const hold = { holdId, windows, amounts, heldAtMs, expiresAtMs: nowMs + leaseMs, note };
    const isAlone = before?.isAlone ?? false;
    const own = { hold, byStore: isAlone ? (before?.byStore ?? NOTHING) : amounts, isAlone, actual: null };
    this.#holds.put(own);
    // What is being told of it just now is older than this.
    if (this.#arrears.has(holdId)) this.#alone.owe(own);
    await this.#shares.grantedByStore({ ...ask, nowMs }, heldAtMs);
  }

  async #decideAlone(ask: Ask, windows: readonly Window[], wasSent: boolean): Promise<HoldResult> {
    try {
      const now = { ...ask, nowMs: this.#time.nowMs() };
      const result = await this.#alone.decide(now, this.#watch.awaySinceMs, wasSent);
      if (result.granted && ask.before === null)
        this.#parts.report('debug', 'degraded_admission', { request_id: ask.holdId, store: 'windows' });
      return ofWindows(windows, result);
    } finally {
      this.#watch.owes();
    }
  }

  async #settleForeign(holdId: string, actual: Amounts, nowMs: number, windows: readonly Window[]): Promise<void> {
    const hold = { holdId, windows, amounts: actual, heldAtMs: nowMs, expiresAtMs: nowMs, note: null };
    await this.#tellOrOwe(
      holdId,
      () => this.#calls.run((shared) => shared.settle(holdId, actual, nowMs, windows)),
      () => this.#arrears.owe({ hold, actual, origin: 'foreign' }),
    );
  }

  /** Never rejects for an outage. What is told of a hold comes after what is owed of it. */
  async #tellOrOwe(holdId: string | null, tell: () => Promise<void>, owe: () => void): Promise<void> {
    if (this.#watch.isAway) return owe();
    try {
      if (holdId === null || !this.#arrears.has(holdId)) return await tell();
      owe();
      await this.#arrears.pay(holdId);
    } catch (error) {
      if (!this.#calls.isForLater(error)) throw error;
      owe();
      this.#watch.owes();
    }
  }

  async #tellAll(): Promise<void> {
    for (const own of this.#holds.all()) this.#alone.owe(own);
    for (let round = 0; round < ROUNDS_MOST && this.#arrears.size > 0; round++) await this.#arrears.payAll();
  }

  async #grantedBefore(windows: readonly Window[], nowMs: number): Promise<HoldResult> {
    return { granted: true, windows: await this.states(windows, nowMs), heldAtMs: nowMs };
  }
}

/** Without those that nobody has asked for. */
function ofWindows(windows: readonly Window[], result: HoldResult): HoldResult {
  return { ...result, windows: result.windows.slice(0, windows.length) };
}
