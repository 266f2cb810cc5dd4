// A shared window store as a contract suite wants it: empty, though the server is not. Tenants are renamed to ones that nobody
// else has, and each is seeded with nothing when it is first used.

import { randomBytes } from 'node:crypto';
import {
  type ExpiredHold,
  type GrantedHold,
  type HoldResult,
  type SharedWindowStore,
  UnseededError,
  type WindowStore,
} from '../../../src/core/window-store.ts';
import type { Amounts, Window, WindowState } from '../../../src/core/windows.ts';

export function withOwnTenants(store: SharedWindowStore): WindowStore {
  return new OwnTenants(store);
}

class OwnTenants implements WindowStore {
  readonly #store: SharedWindowStore;
  readonly #suffix = `-${randomBytes(6).toString('hex')}`;

  constructor(store: SharedWindowStore) {
    this.#store = store;
  }

  async hold(
    holdId: string,
    windows: readonly Window[],
    amounts: Amounts,
    nowMs: number,
    leaseMs: number,
    note?: string,
  ): Promise<HoldResult> {
    const renamed = windows.map((window) => this.#renamed(window));
    const result = await this.#seeded(nowMs, () => this.#store.hold(holdId, renamed, amounts, nowMs, leaseMs, note));
    const states = result.windows.map((state) => this.#named(state));
    if (result.granted) return { ...result, windows: states };
    return { ...result, refused: this.#named(result.refused), windows: states };
  }

  settle(holdId: string, actual: Amounts, nowMs: number, windows?: readonly Window[]): Promise<void> {
    const renamed = windows?.map((window) => this.#renamed(window));
    return this.#seeded(nowMs, () => this.#store.settle(holdId, actual, nowMs, renamed));
  }

  adopt(hold: GrantedHold, nowMs: number): Promise<void> {
    const windows = hold.windows.map((window) => this.#renamed(window));
    return this.#seeded(nowMs, () => this.#store.adopt({ ...hold, windows }, nowMs));
  }

  record(windows: readonly Window[], amounts: Amounts, atMs: number): Promise<void> {
    const renamed = windows.map((window) => this.#renamed(window));
    return this.#seeded(atMs, () => this.#store.record(renamed, amounts, atMs));
  }

  async states(windows: readonly Window[], nowMs: number): Promise<readonly WindowState[]> {
    const renamed = windows.map((window) => this.#renamed(window));
    const states = await this.#seeded(nowMs, () => this.#store.states(renamed, nowMs));
    return states.map((state) => this.#named(state));
  }

  reap(nowMs: number): Promise<readonly ExpiredHold[]> {
    return this.#store.reap(nowMs);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #seeded<T>(nowMs: number, work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof UnseededError)) throw error;
        await this.#store.seed(error.tag, [], [], nowMs);
      }
    }
  }

  #renamed(window: Window): Window {
    const [tenant = '', ...user] = window.scopeKey.split('/');
    return { ...window, scopeKey: [tenant + this.#suffix, ...user].join('/') };
  }

  #named(state: WindowState): WindowState {
    return { ...state, window: { ...state.window, scopeKey: state.window.scopeKey.replace(this.#suffix, '') } };
  }
}
