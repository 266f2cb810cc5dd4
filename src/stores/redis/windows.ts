// Windows and holds in Redis, for any number of processes. Each operation is one script: one round trip, atomic, and dated by the
// clock of the server, so that the clocks of the processes do not matter. The semantics are those of memory/windows.ts.
//
// Each tag (a tenant or a vendor account) has an epoch: without it nothing is counted (UnseededError), and all keys bear it. New
// windows are filled under an epoch that nobody knows yet and then put in force in one step, if nobody was earlier.

import type { Chance, Clock } from '../../core/clock.ts';
import {
  type ExpiredHold,
  type GrantedHold,
  type HoldResult,
  type SharedWindowStore,
  UnseededError,
  type WindowCharge,
} from '../../core/window-store.ts';
import { type Amounts, tagOf, type Window, type WindowState } from '../../core/windows.ts';
import { checkAmounts, withEarlier } from '../hold-arguments.ts';
import { isRedisOutage, type RedisClient } from './client.ts';
import { RedisEpochs } from './epochs.ts';
import { RedisFilling } from './filling.ts';
import { RedisTags } from './tags.ts';
import {
  adoption,
  amountArgs,
  commonTag,
  countKey,
  EPOCH_TTL_MS,
  holdKeyPrefix,
  holdKeys,
  kindsKeyOf,
  leasesKey,
  noteArgs,
  windowArg,
} from './window-keys.ts';
import { expiredHoldIn, numberIn, SCRIPTS, type ScriptReply, stateIn, statesIn } from './window-scripts.ts';

/** Holds of this process whose windows are remembered, so that they can be found again: every request under way, many times over. */
const OWN_HOLDS_MOST = 100_000;
const REAPED_AT_ONCE = 100;
const TAGS_AT_ONCE = 50;

export interface RedisWindowsOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  /** `caller`: the time that is handed in, for tests under simulated time. Default: the server's own. */
  readonly timeFrom?: 'server' | 'caller';
  /** Stores of one registry reap each other's holds. */
  readonly registry?: string;
  /** The windows of this tag are not those that this process knew: what it holds open there has to be announced. */
  readonly onNewEpoch?: (tag: string) => void;
  /** What this process counts for a tag; may change. A tag where something of it was not counted so far is unseeded. Default: nothing. */
  readonly kindsOf?: (tag: string) => readonly string[];
  /** Rejects where a tag could not be filled now: then none is ended for what was not counted in it. Default: it always can. */
  readonly mayFill?: () => Promise<unknown>;
}

export interface RedisWindowStore extends SharedWindowStore {
  /** What `kindsOf` says has changed. */
  kindsChanged(): void;
  /** The kinds of windows that any process has counted for a tag. */
  kindsMet(tag: string): Promise<readonly string[]>;
}

export function openRedisWindows(client: RedisClient, options: RedisWindowsOptions): RedisWindowStore {
  return new RedisWindows(client, options);
}

class RedisWindows implements RedisWindowStore {
  readonly #client: RedisClient;
  readonly #tags: RedisTags;
  readonly #epochs: RedisEpochs;
  readonly #filling: RedisFilling;
  // A map, since a cache of this size that is emptied wipes all its places: half a millisecond after each hold that was alone.
  readonly #own = new Map<string, readonly Window[]>();

  constructor(client: RedisClient, options: RedisWindowsOptions) {
    const { clock, chance, timeFrom, registry, onNewEpoch, kindsOf = () => [], mayFill = async () => {} } = options;
    this.#client = client;
    this.#tags = new RedisTags(client, clock, registry ?? 'window_tags');
    // The registry may have been lost with the windows of before.
    const onNew = (tag: string) => {
      this.#tags.touchAgain(tag);
      onNewEpoch?.(tag);
    };
    const isServerTime = timeFrom !== 'caller';
    this.#epochs = new RedisEpochs(client, { isServerTime, kindsOf, mayFill, onNewEpoch: onNew });
    this.#filling = new RedisFilling(client, chance, this.#epochs);
  }

  kindsChanged(): void {
    this.#epochs.forgetAll();
  }

  async hold(
    holdId: string,
    windows: readonly Window[],
    amounts: Amounts,
    nowMs: number,
    leaseMs: number,
    note?: string,
  ): Promise<HoldResult> {
    checkAmounts(amounts);
    const earlier = this.#own.get(holdId);
    const all = earlier === undefined ? windows : withEarlier(earlier, windows);
    const tag = commonTag(all);
    if (tag === null) return { granted: true, windows: [], heldAtMs: nowMs };
    // Before it is asked: a hold whose answer is lost has to be found by its settle.
    this.#remember(holdId, all);
    this.#tags.touch(tag);
    const { word, values } = await this.#epochs.run(tag, SCRIPTS.hold, nowMs, (place, atMs) => ({
      keys: [...holdKeys(place, holdId), ...all.map((window) => countKey(place, window))],
      args: [
        EPOCH_TTL_MS,
        holdId,
        leaseMs,
        ...noteArgs(note ?? null),
        ...amountArgs(amounts),
        windows.length,
        ...all.map((window) => windowArg(window, atMs)),
      ],
    }));
    if (word === 'granted')
      return { granted: true, windows: statesIn(values, 1, windows), heldAtMs: numberIn(values, 0) };
    if (earlier === undefined) this.#own.delete(holdId);
    else this.#remember(holdId, earlier);
    const refusing = all[numberIn(values, 0)];
    if (refusing === undefined) throw new TypeError('A window refused that nobody asked for');
    return { granted: false, refused: stateIn(values, 1, refusing), windows: statesIn(values, 3, windows) };
  }

  async settle(holdId: string, actual: Amounts, nowMs: number, windows?: readonly Window[]): Promise<void> {
    checkAmounts(actual);
    const tag = commonTag(this.#own.get(holdId) ?? windows ?? []);
    if (tag === null) return;
    await this.#epochs.run(tag, SCRIPTS.settle, nowMs, (place) => ({
      keys: holdKeys(place, holdId),
      args: [holdId, ...amountArgs(actual)],
    }));
    this.#own.delete(holdId);
  }

  async adopt(hold: GrantedHold, nowMs: number): Promise<void> {
    checkAmounts(hold.amounts);
    const tag = commonTag(hold.windows);
    if (tag === null) return;
    this.#tags.touch(tag);
    const { word } = await this.#epochs.run(tag, SCRIPTS.adopt, nowMs, (place) => adoption(place, hold));
    if (word === 'adopted') this.#remember(hold.holdId, hold.windows);
  }

  async record(windows: readonly Window[], amounts: Amounts, atMs: number): Promise<void> {
    checkAmounts(amounts);
    for (const [tag, ofTag] of byTag(windows)) {
      await this.#epochs.in(tag, (place) => this.#filling.record(place, [{ windows: ofTag, amounts, atMs }]));
    }
  }

  async states(windows: readonly Window[], nowMs: number): Promise<readonly WindowState[]> {
    const states = new Map<Window, WindowState>();
    const parts = [...byTag(windows)].map(async ([tag, ofTag]) => {
      const { values } = await this.#epochs.run(tag, SCRIPTS.states, nowMs, (place, atMs) => ({
        keys: ofTag.map((window) => countKey(place, window)),
        args: ofTag.map((window) => windowArg(window, atMs)),
      }));
      for (const state of statesIn(values, 0, ofTag)) states.set(state.window, state);
    });
    await Promise.all(parts);
    return windows.flatMap((window) => states.get(window) ?? []);
  }

  async reap(nowMs: number): Promise<readonly ExpiredHold[]> {
    const reaped: ExpiredHold[] = [];
    const quiet: string[] = [];
    const tags = await this.#tags.list();
    try {
      for (let from = 0; from < tags.length; from += TAGS_AT_ONCE) {
        const some = tags.slice(from, from + TAGS_AT_ONCE).map(async (tag) => {
          if ((await this.#reapTag(tag, nowMs, reaped)) === 0) quiet.push(tag);
        });
        // All of them are awaited: what one of them named must not be lost with another's failure.
        const failed = (await Promise.allSettled(some)).find((part) => part.status === 'rejected');
        if (failed !== undefined) throw failed.reason;
      }
      await this.#tags.forget(quiet);
    } catch (error) {
      // Each hold is named once, so what is known by now is handed on; the rest is named next time.
      if (reaped.length === 0 || !isRedisOutage(error)) throw error;
    }
    return reaped;
  }

  seed(
    tag: string,
    charges: readonly WindowCharge[],
    holds: readonly GrantedHold[],
    nowMs: number,
    kinds: readonly string[] = [],
    othersKinds: readonly string[] = [],
  ): Promise<boolean> {
    return this.#filling.seed({ tag, charges, holds, kinds, othersKinds }, nowMs);
  }

  kindsMet(tag: string): Promise<readonly string[]> {
    return this.#client.ask((connection) => connection.hkeys(kindsKeyOf(tag)));
  }

  async ping(): Promise<void> {
    await this.#client.ask((connection) => connection.ping());
  }

  /** The client is closed by whoever opened it. */
  async close(): Promise<void> {
    this.#own.clear();
    this.#epochs.close();
  }

  #remember(holdId: string, windows: readonly Window[]): void {
    this.#own.set(holdId, windows);
    if (this.#own.size <= OWN_HOLDS_MOST) return;
    for (const oldest of this.#own.keys()) {
      this.#own.delete(oldest);
      break;
    }
  }

  /** Appends what it reaps; resolves with how many leases are still open. */
  async #reapTag(tag: string, nowMs: number, reaped: ExpiredHold[]): Promise<number> {
    for (;;) {
      let reply: ScriptReply;
      try {
        reply = await this.#epochs.run(tag, SCRIPTS.reap, nowMs, (place) => ({
          keys: [leasesKey(place)],
          args: [holdKeyPrefix(place), REAPED_AT_ONCE],
        }));
      } catch (error) {
        if (error instanceof UnseededError) return 0;
        throw error;
      }
      const [left, ...holds] = reply.values;
      for (const hold of holds) reaped.push(expiredHoldIn(hold));
      if (holds.length < REAPED_AT_ONCE) return Number(left);
    }
  }
}

function byTag(windows: readonly Window[]): ReadonlyMap<string, readonly Window[]> {
  return Map.groupBy(windows, tagOf);
}
