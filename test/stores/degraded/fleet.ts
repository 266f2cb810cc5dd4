// Several instances on one shared store, each with its own link and its own clock, which may be wrong and may jump; and a ledger
// that gets every row at once. For tests whose histories are drawn by chance.

import type { Clock } from '../../../src/core/clock.ts';
import { fromNanoUsd } from '../../../src/core/money.ts';
import type { LedgerRow } from '../../../src/core/stores.ts';
import {
  type Amounts,
  amountsBeyond,
  NOTHING,
  WINDOWS,
  type Window,
  type WindowMeasure,
  type WindowState,
} from '../../../src/core/windows.ts';
import { createSeeder } from '../../../src/ledger/seeding.ts';
import { createDegradedWindows, type DegradedWindows } from '../../../src/stores/degraded/windows.ts';
import { openRow, settledRow } from '../../contract/ledger-rows.ts';
import { amounts, LEASE_MS, NOON_MS } from '../../contract/windows-at-hand.ts';
import { LedgerModel } from '../../properties/ledger-model.ts';
import { SimulatedClock } from '../../simulated-clock.ts';
import { type Fault, isOutage, SharedFake, type SharedLink } from './shared-fake.ts';

/** Wall time that is wrong; its timers and durations are right. */
export class SkewedClock implements Clock {
  readonly #clock: SimulatedClock;
  skewMs: number;

  constructor(clock: SimulatedClock, skewMs: number) {
    this.#clock = clock;
    this.skewMs = skewMs;
  }

  nowMs(): number {
    return this.#clock.nowMs() + this.skewMs;
  }
  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }
  after(delayMs: number, action: () => void): () => void {
    return this.#clock.after(delayMs, action);
  }
}

export interface FleetRequest {
  readonly id: string;
  readonly instance: Instance;
  held: Amounts;
  actual: Amounts | null;
  /** What was granted when, by the true time; what came back is gone from the end. */
  readonly draws: { readonly atMs: number; amount: Amounts }[];
  heldAtMs: number;
}

export interface Instance {
  readonly number: number;
  readonly windows: DegradedWindows;
  readonly link: SharedLink;
  readonly clock: SkewedClock;
}

export class Fleet {
  readonly clock = new SimulatedClock(NOON_MS);
  readonly fake = new SharedFake(this.clock);
  readonly ledger = new LedgerModel();
  readonly instances: Instance[] = [];
  readonly requests: FleetRequest[] = [];
  /** Instances that there have been, the dead included. */
  born = 0;
  #lastId = 0;
  readonly #windows: readonly Window[];
  readonly #size: number;
  readonly #leaseMs: number;

  constructor(windows: readonly Window[], skewsMs: readonly number[], leaseMs: number = LEASE_MS) {
    this.#leaseMs = leaseMs;
    this.#windows = windows;
    this.#size = skewsMs.length;
    for (const [number, skewMs] of skewsMs.entries()) this.instances[number] = this.#instance(number, skewMs);
  }

  /** Each has reached the store once: until then an instance has its own clock alone to go by. */
  async start(): Promise<void> {
    const calls = this.instances.map(({ windows, number }) =>
      windows.hold(`hello_${number}`, this.#windows, NOTHING, 0, this.#leaseMs),
    );
    await this.all(calls);
  }

  #instance(number: number, skewMs: number): Instance {
    const link = this.fake.connect();
    const clock = new SkewedClock(this.clock, skewMs);
    const seed = createSeeder({
      shared: link,
      ledger: {
        charges: async (query) => this.ledger.charges(query),
        openRows: async (tenant) => this.#rows({ tenant }).filter(({ state }) => state === 'open'),
        rows: async (query) => ({ rows: this.#rows(query), nextCursor: null }),
      },
      windowsOf: () => this.#windows,
      kindsOf: () => [],
      clock,
      flushJournals: async () => {},
      leaseMs: this.#leaseMs,
    });
    const report = () => {};
    const windows = createDegradedWindows({ shared: link, instances: () => this.#size, clock, report, seed, isOutage });
    this.born++;
    return { number, windows, link, clock };
  }

  /** The process dies, and another takes its place. */
  crash(number: number): void {
    const dead = this.#at(number);
    this.instances[number] = this.#instance(number, 0);
    for (const request of this.requests)
      if (request.instance === dead && request.actual === null) request.actual = request.held;
    // Its timers go on in this process; nothing that it says is heard.
    dead.link.fault = 'refused';
    dead.windows.close().catch(() => {});
  }

  async fault(numbers: readonly number[], fault: Fault): Promise<void> {
    for (const number of numbers) this.#at(number).link.fault = fault;
    if (this.instances.every(({ link }) => link.fault !== 'frozen')) await this.fake.thaw();
  }

  /** Every call waits for one deadline at most, three with the debts of the hold, so all have ended by then. */
  async all(calls: readonly Promise<unknown>[]): Promise<void> {
    let ended = 0;
    for (const call of calls) void call.finally(() => ended++);
    for (let waitedMs = 0; ended < calls.length; waitedMs += 10) {
      if (waitedMs > 2_500) throw new Error('A call waits for ever');
      await this.clock.advanceAsync(waitedMs === 0 ? 0 : 10);
    }
  }

  async ask(number: number, wanted: Amounts): Promise<FleetRequest | null> {
    const instance = this.#at(number);
    const id = `req_${this.#lastId++}`;
    const request: FleetRequest = { id, instance, held: NOTHING, actual: null, draws: [], heldAtMs: 0 };
    return (await this.raise(request, wanted)) ? request : null;
  }

  async raise(request: FleetRequest, wanted: Amounts): Promise<boolean> {
    const { id, instance, held } = request;
    const { windows, clock } = instance;
    try {
      const result = await windows.hold(id, this.#windows, wanted, clock.nowMs(), this.#leaseMs);
      if (!result.granted && result.unavailable !== undefined)
        return this.#raiseByLess(request, wanted, result.windows);
      if (!result.granted || this.#isDead(instance)) return false;
      if (held === NOTHING) {
        request.heldAtMs = result.heldAtMs;
        this.requests.push(request);
      }
      request.held = wanted;
      request.draws.push({ atMs: this.clock.nowMs(), amount: amountsBeyond(wanted, held) });
      this.#book(request);
      return true;
    } catch (error) {
      if (!isOutage(error)) throw error;
      return false;
    }
  }

  /** What its own share refuses an instance it asks for again, as far as that goes. */
  #raiseByLess(request: FleetRequest, wanted: Amounts, states: readonly WindowState[]): Promise<boolean> {
    const { held } = request;
    const leftOf = (measure: WindowMeasure) =>
      Math.min(...states.flatMap((state) => (WINDOWS[state.window.name].measure === measure ? state.remaining : [])));
    const tokens = Math.min(
      held.tokens + leftOf('tokens'),
      held.tokens + Math.floor(leftOf('nano_usd') / 10),
      wanted.tokens - 1,
    );
    if (tokens <= held.tokens || leftOf('in_flight') < wanted.inFlight - held.inFlight) return Promise.resolve(false);
    return this.raise(request, { ...wanted, tokens, nanoUsd: tokens * 10 });
  }

  async settle(request: FleetRequest, actual: Amounts): Promise<void> {
    if (request.actual !== null) return;
    request.actual = actual;
    giveBack(request, actual);
    this.#book(request);
    await request.instance.windows.settle(request.id, actual, request.instance.clock.nowMs());
  }

  /** All that was granted and did not come back, since this moment. */
  drawnSince(fromMs: number, untilMs = Number.POSITIVE_INFINITY): Amounts {
    const draws = this.requests.flatMap((request) => request.draws);
    const counted = draws.filter(({ atMs }) => atMs >= fromMs && atMs <= untilMs);
    const sum = (of: keyof Amounts) => counted.reduce((total, { amount }) => total + amount[of], 0);
    return { requests: sum('requests'), tokens: sum('tokens'), nanoUsd: sum('nanoUsd'), inFlight: 0 };
  }

  /** Everything works again; every request has ended; every debt is paid. */
  async end(): Promise<void> {
    await this.fault([...this.instances.keys()], 'none');
    for (const { link } of this.instances) Object.assign(link, { latencyMs: 0, losesEvery: 0 });
    await this.clock.advanceAsync(10_000);
    await this.all(
      this.requests.filter(({ actual }) => actual === null).map((request) => this.settle(request, request.held)),
    );
    await this.clock.advanceAsync(10_000);
  }

  async close(): Promise<void> {
    await this.all(this.instances.map(({ windows }) => windows.close()));
  }

  #at(number: number): Instance {
    const instance = this.instances[number % this.instances.length];
    if (instance === undefined) throw new Error('There is no instance');
    return instance;
  }

  #isDead(instance: Instance): boolean {
    return this.instances[instance.number] !== instance;
  }

  #rows({ tenant, fromMs }: { readonly tenant?: string | undefined; readonly fromMs?: number }): LedgerRow[] {
    return [...this.ledger.rows.values()].filter(
      (row) => row.tenant === tenant && row.heldAtMs >= (fromMs ?? Number.NEGATIVE_INFINITY),
    );
  }

  /** The row of a request as it stands: written before it is asked for, closed before it is settled. */
  #book({ id, held, actual, heldAtMs }: FleetRequest): void {
    const { tokens, nanoUsd } = actual ?? held;
    const about = {
      attemptId: id,
      requestId: id,
      userId: 'alice',
      heldAtMs,
      heldTokens: tokens,
      heldPicoUsd: fromNanoUsd(nanoUsd),
    };
    const usage = {
      inputTokens: tokens,
      outputTokens: 0,
      cacheReadTokens: null,
      cacheWriteTokens: null,
      reasoningTokens: null,
    };
    this.ledger.rows.set(
      id,
      actual === null ? openRow(id, about) : settledRow(id, { ...about, usage, costPicoUsd: fromNanoUsd(nanoUsd) }),
    );
  }
}

function giveBack(request: FleetRequest, actual: Amounts): void {
  let over = amountsBeyond(request.held, { ...actual, inFlight: 0 });
  for (const draw of [...request.draws].reverse()) {
    const left = amountsBeyond(draw.amount, over);
    over = amountsBeyond(over, draw.amount);
    draw.amount = left;
  }
}

export function call(many: { readonly tokens: number; readonly nanoUsd: number }): Amounts {
  return amounts({ requests: 1, inFlight: 1, ...many });
}
