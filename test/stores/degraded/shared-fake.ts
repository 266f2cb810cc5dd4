// A shared store for tests: the memory store behind a network that can do what networks do. Each instance has its own link to it.
// Time is the store's own (the simulated clock's), whatever an instance says it is; or, for the contract suite, the time handed in.

import { llmError } from '../../../src/core/errors.ts';
import {
  type GrantedHold,
  type SharedWindowStore,
  UnseededError,
  type WindowCharge,
} from '../../../src/core/window-store.ts';
import { type Amounts, tagOf, type Window } from '../../../src/core/windows.ts';
import { createMemoryWindows } from '../../../src/stores/memory/windows.ts';
import type { SimulatedClock } from '../../simulated-clock.ts';

const DEADLINE_MS = 50;

/** `refused`: at once. `silent`: nothing arrives. `lost`: it is done, the reply does not arrive. `frozen`: it is done when the store thaws. */
export type Fault = 'none' | 'refused' | 'silent' | 'lost' | 'frozen';

export const isOutage = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'store_unavailable';

export class SharedFake {
  readonly clock: SimulatedClock;
  readonly usesOwnTime: boolean;
  store = createMemoryWindows();
  readonly seeded = new Set<string>();
  readonly seededAtMs = new Map<string, number>();
  readonly tags = new Map<string, string>();
  #frozen: (() => Promise<unknown>)[] = [];

  constructor(clock: SimulatedClock, usesOwnTime = true) {
    this.clock = clock;
    this.usesOwnTime = usesOwnTime;
  }

  connect(): SharedLink {
    return new SharedLink(this);
  }

  /** It starts again with no data. */
  empty(): void {
    this.store = createMemoryWindows();
    this.seeded.clear();
    this.tags.clear();
    // What was sent before names an epoch that is no more: it has no effect, whenever it arrives.
    this.#frozen = [];
  }

  whenThawed(work: () => Promise<unknown>): void {
    this.#frozen.push(work);
  }

  async thaw(): Promise<void> {
    const late = this.#frozen;
    this.#frozen = [];
    for (const work of late) await work().catch(() => {});
  }

  timeOf(nowMs: number): number {
    return this.usesOwnTime ? this.clock.nowMs() : nowMs;
  }
}

export class SharedLink implements SharedWindowStore {
  fault: Fault = 'none';
  /** Until the reply. Longer than the deadline is a lost reply. */
  latencyMs = 0;
  /** Of so many replies one is lost; 0: none. */
  losesEvery = 0;
  calls = 0;
  readonly #fake: SharedFake;

  constructor(fake: SharedFake) {
    this.#fake = fake;
  }

  hold(holdId: string, windows: readonly Window[], amounts: Amounts, nowMs: number, leaseMs: number, note?: string) {
    const tag = tagOfAll(windows);
    return this.#call(tag, () => {
      if (tag !== null) this.#fake.tags.set(holdId, tag);
      return this.#fake.store.hold(holdId, windows, amounts, this.#fake.timeOf(nowMs), leaseMs, note);
    });
  }

  settle(holdId: string, actual: Amounts, nowMs: number, windows: readonly Window[] = []) {
    const tag = tagOfAll(windows) ?? this.#fake.tags.get(holdId) ?? null;
    return this.#call(tag, () => this.#fake.store.settle(holdId, actual, this.#fake.timeOf(nowMs)));
  }

  adopt(hold: GrantedHold, nowMs: number) {
    const tag = tagOfAll(hold.windows);
    return this.#call(tag, async () => {
      const seededAtMs = this.#fake.seededAtMs.get(tag ?? '') ?? 0;
      if (hold.isInLedger === true && hold.heldAtMs < seededAtMs) return;
      if (tag !== null) this.#fake.tags.set(hold.holdId, tag);
      await this.#fake.store.adopt(hold, this.#fake.timeOf(nowMs));
    });
  }

  record(windows: readonly Window[], amounts: Amounts, atMs: number) {
    return this.#call(tagOfAll(windows), () => this.#fake.store.record(windows, amounts, atMs));
  }

  states(windows: readonly Window[], nowMs: number) {
    return this.#call(tagOfAll(windows), () => this.#fake.store.states(windows, this.#fake.timeOf(nowMs)));
  }

  reap(nowMs: number) {
    return this.#call(null, () => this.#fake.store.reap(this.#fake.timeOf(nowMs)));
  }

  seed(tag: string, charges: readonly WindowCharge[], holds: readonly GrantedHold[], nowMs: number) {
    return this.#call(null, async () => {
      if (this.#fake.seeded.has(tag)) return false;
      this.#fake.seededAtMs.set(tag, this.#fake.timeOf(nowMs));
      this.#fake.seeded.add(tag);
      // One step: the memory store has done its part when the call returns, so nobody sees a half.
      const steps = charges.map(({ windows, amounts, atMs }) => this.#fake.store.record(windows, amounts, atMs));
      for (const hold of holds) {
        this.#fake.tags.set(hold.holdId, tag);
        steps.push(this.#fake.store.adopt(hold, this.#fake.timeOf(nowMs)));
      }
      await Promise.all(steps);
      return true;
    });
  }

  ping() {
    return this.#call(null, async () => {});
  }

  async close() {}

  async #call<T>(tag: string | null, work: () => Promise<T>): Promise<T> {
    this.calls++;
    const { fault } = this;
    const done = async () => {
      if (tag !== null && !this.#fake.seeded.has(tag)) throw new UnseededError(tag);
      return work();
    };
    if (fault === 'refused') throw away();
    if (fault === 'silent') return this.#noReply();
    if (fault === 'frozen') {
      this.#fake.whenThawed(done);
      return this.#noReply();
    }
    const isLost = fault === 'lost' || (this.losesEvery > 0 && this.calls % this.losesEvery === 0);
    const latencyMs = isLost ? DEADLINE_MS : this.latencyMs;
    if (latencyMs >= DEADLINE_MS) {
      await done().catch(() => {});
      return this.#noReply();
    }
    if (latencyMs > 0) await this.#wait(latencyMs);
    return done();
  }

  async #noReply(): Promise<never> {
    await this.#wait(DEADLINE_MS);
    throw away();
  }

  #wait(durationMs: number): Promise<void> {
    return new Promise((resolve) => this.#fake.clock.after(durationMs, resolve));
  }
}

function away(): Error {
  return llmError('store_unavailable', 'The store of the windows does not answer');
}

function tagOfAll([window]: readonly Window[]): string | null {
  return window === undefined ? null : tagOf(window);
}
