// One process in a box, for the stories: a clock that the test turns, a vendor that does what it is told, real memory stores, a
// journal that keeps its rows. What happens here happens to `live()` as it does behind the service.

import type { ModelCard, Target, TokenCounter } from '../src/core/catalog.ts';
import { Departure } from '../src/core/departure.ts';
import { type ErrorCode, type LLMError, llmError } from '../src/core/errors.ts';
import type { AnswerEvent, StreamEvent } from '../src/core/events.ts';
import type { Flights } from '../src/core/flight.ts';
import { Flow } from '../src/core/flow.ts';
import { perToken } from '../src/core/money.ts';
import type { AskOptions, Journal, LogKeeper, Parts, Policy } from '../src/core/parts.ts';
import type { Call, Caller, FittedRequest, LLMRequest } from '../src/core/request.ts';
import type { LLMResponse, Usage } from '../src/core/response.ts';
import type { CacheStore, LedgerRow } from '../src/core/stores.ts';
import type { WindowStore } from '../src/core/window-store.ts';
import type { Window, WindowName } from '../src/core/windows.ts';
import { createFlights } from '../src/generations/flights.ts';
import { Generation } from '../src/generations/generation.ts';
import { createDrains } from '../src/health/drains.ts';
import { createOverruns } from '../src/health/overruns.ts';
import { createRetryBudget } from '../src/health/retry-budget.ts';
import { createVendorAccounts } from '../src/health/vendor-accounts.ts';
import { live } from '../src/lifecycle.ts';
import { holdingAnswers } from '../src/providers/held-answer.ts';
import { createMemoryCache } from '../src/stores/memory/cache.ts';
import { createMemoryWindows } from '../src/stores/memory/windows.ts';
import { SimulatedClock } from './simulated-clock.ts';

/** What the vendor does at one attempt. */
export type Turn = (emit: (event: AnswerEvent) => void, options: AskOptions, request: FittedRequest) => Promise<void>;

export interface WorldOptions {
  readonly turns?: readonly Turn[];
  /** What it does when the turns are over; left out: the story is wrong. */
  readonly always?: Turn;
  readonly limits?: Partial<Record<WindowName, number>>;
  readonly policy?: Partial<Policy>;
  readonly targets?: readonly Target[];
  /** In place of the one that keeps its rows in the world. */
  readonly journal?: Journal;
  /** Left out: always in the middle. */
  readonly random?: () => number;
  readonly clock?: SimulatedClock;
  /** In place of the world's own, which then stay empty. */
  readonly windows?: WindowStore;
  /** Of a process that shares these with others: its name stands in every id. */
  readonly process?: string;
  readonly flights?: Flights;
  readonly cache?: CacheStore;
  /** In place of four characters a token. */
  readonly tokens?: TokenCounter;
}

const card: ModelCard = {
  provider: 'vendor',
  model: 'large',
  contextWindow: 131_072,
  outputLimit: 65_536,
  features: new Set(['tools', 'json_mode', 'json_schema', 'images', 'reasoning']),
  encoding: null,
  thinksSilently: false,
  source: 'the stories',
  readOn: '2026-01-01',
};

/** One pico-dollar figure that is easy to add up: 1,000 nano-dollars a token in, 2,000 out. */
export const price = {
  input: perToken('1'),
  cacheRead: perToken('0.5'),
  cacheWrite: perToken('1'),
  output: perToken('2'),
  source: 'the stories',
  from: null,
};

export function target(
  overrides: Partial<Target> & { readonly model?: string; readonly provider?: Target['provider'] } = {},
): Target {
  const { model = 'large', ...rest } = overrides;
  const provider = {
    id: 'vendor',
    billAfterCancel: 'unknown' as const,
    transport: { kind: 'direct' as const, answer: () => Promise.resolve() },
  };
  return { provider, card: { ...card, model }, price, reason: 'named by the caller', ...rest };
}

export function usage(inputTokens: number, outputTokens: number): Usage {
  return { inputTokens, outputTokens, cacheReadTokens: null, cacheWriteTokens: null, reasoningTokens: null };
}

export function answers(
  text: string,
  told: Usage | null = usage(10, 5),
  finishReason: 'stop' | 'length' = 'stop',
): Turn {
  return (emit) => {
    emit({ type: 'answer-start', id: 'chatcmpl-1', model: 'large' });
    for (const word of text.split(/(?<= )/)) emit({ type: 'text-delta', text: word });
    emit({ type: 'answer-end', finishReason, finishReasonRaw: finishReason, usage: told, providerMetadata: {} });
    return Promise.resolve();
  };
}

export function fails(code: ErrorCode, detail: ConstructorParameters<typeof LLMError>[2] = {}): Turn {
  return () => Promise.reject(llmError(code, `the vendor failed: ${code}`, detail));
}

export function breaks(text: string): Turn {
  return (emit) => {
    emit({ type: 'text-delta', text });
    return Promise.reject(llmError('stream_broken', 'the stream just stopped'));
  };
}

/** Says the text, then nothing until the caller leaves or time runs out. */
export function hangs(text = ''): Turn {
  return (emit, { signal }) => {
    if (text !== '') emit({ type: 'text-delta', text });
    return new Promise((_resolve, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  };
}

function promptTokens({ systemPrompt, messages }: Pick<FittedRequest, 'systemPrompt' | 'messages'>): number {
  const system = Math.ceil((systemPrompt ?? '').length / 4);
  return messages.reduce((sum, { content }) => sum + Math.ceil(JSON.stringify(content).length / 4), system);
}

export interface StartOptions extends Partial<Pick<Call, 'cache' | 'prompt' | 'judge' | 'drafts' | 'spokenApi'>> {
  readonly graceMs?: number;
  readonly turn?: LogKeeper;
}

export interface Started {
  readonly generation: Generation;
  readonly life: Promise<void>;
  readonly events: readonly StreamEvent[];
  readonly leave: () => void;
}

export class World {
  readonly clock: SimulatedClock;
  readonly rows = new Map<string, LedgerRow>();
  readonly journal: string[] = [];
  /** As an operator sees them, who reads no debugging. */
  readonly lines: { event: string; fields: Readonly<Record<string, unknown>> }[] = [];
  readonly asked: { request: FittedRequest; options: AskOptions; model: string }[] = [];
  readonly windows = createMemoryWindows();
  readonly parts: Parts;
  readonly #turns: Turn[];
  readonly #limits: Partial<Record<WindowName, number>>;
  #ids = 0;

  constructor(options: WorldOptions = {}) {
    const {
      turns = [],
      always,
      limits = {},
      policy = {},
      targets = [target()],
      process = '',
      random = () => 0.5,
    } = options;
    this.clock = options.clock ?? new SimulatedClock();
    this.#turns = [...turns];
    this.#limits = limits;
    const report: Parts['report'] = (level, event, fields) => {
      if (level !== 'debug') this.lines.push({ event, fields });
    };
    this.parts = {
      clock: this.clock,
      chance: { random, id: (prefix) => `${prefix}_${process}${++this.#ids}` },
      catalog: {
        targetsFor: () => targets,
        routes: [],
        models: () => targets.map((each) => each.card),
        priceOf: () => price,
      },
      // Four characters a token, exactly: so the stories' figures can be reckoned by hand.
      tokens: options.tokens ?? {
        estimate: (text) => Math.ceil(text.length / 4),
        upperBound: (text) => Math.ceil(text.length / 4),
        messageEstimate: (message) => Math.ceil(JSON.stringify(message.content).length / 4),
        requestEstimate: promptTokens,
        requestUpperBound: promptTokens,
        likely: (estimated) => Math.ceil(estimated * 1.1),
        prepare: () => Promise.resolve(),
        learn: () => {},
      },
      windows: options.windows ?? this.windows,
      cache: options.cache ?? createMemoryCache(),
      journal: options.journal ?? {
        open: (row) => {
          this.journal.push(`open ${row.attemptId}`);
          this.rows.set(row.attemptId, row);
          return Promise.resolve();
        },
        close: (row) => {
          this.journal.push(`close ${row.attemptId}`);
          this.rows.set(row.attemptId, row);
        },
      },
      ask: holdingAnswers(async (asked, request, options, emit) => {
        this.journal.push(`ask ${options.attemptId}`);
        this.asked.push({ request, options, model: asked.card.model });
        const turn = this.#turns.shift() ?? always;
        if (turn === undefined) throw new Error('The story has no turn for this attempt');
        await turn(emit, options, request);
        return { warnings: [] };
      }),
      health: createVendorAccounts(this.clock, report),
      retryBudget: createRetryBudget(this.clock),
      overruns: createOverruns(),
      flights: options.flights ?? createFlights(),
      drains: createDrains(this.clock, { most: 2, longestMs: 30_000 }),
      policy: { ...this.#policy(), ...policy },
      report,
    };
  }

  #policy(): Policy {
    return {
      temperature: 0.7,
      maxTokens: 100,
      contextMaxMessages: 10,
      contextMaxTokens: 4_000,
      cacheTtlMs: 3_600_000,
      cacheScope: 'tenant',
      retry: { maxRetries: 3, baseMs: 1_000, factor: 2, jitter: 'none' },
      breaker: { failures: 10, windowMs: 30_000, openMs: 10_000 },
      attemptTimeoutMs: 30_000,
      connectTimeoutMs: 3_000,
      idleTimeoutMs: 30_000,
      totalTimeoutMs: 120_000,
      windowsOf: (caller) =>
        Object.entries(this.#limits).map(
          ([name, limit]): Window => ({
            scope: 'user',
            scopeKey: `${caller.tenant}/${caller.userId}`,
            name: name as WindowName,
            limit,
            timezone: 'UTC',
          }),
        ),
      countedOf: (caller) => this.parts.policy.windowsOf(caller),
      onCancel: 'auto',
      fetchesMedia: false,
      accountWindowsOf: () => [],
      allowedModelsOf: () => null,
      maxTokensOf: () => null,
    };
  }

  /** Starts a request and leaves the turning of the clock to the story. */
  start(
    request: Partial<LLMRequest> = {},
    stream = true,
    caller?: Caller,
    { graceMs = 0, turn, cache = {}, prompt = null, judge = null, drafts = false, spokenApi = null }: StartOptions = {},
  ): Started {
    const abort = new AbortController();
    const requestId = turn?.requestId ?? this.parts.chance.id('req');
    const departure = new Departure((reason) => abort.abort(reason));
    const generation = new Generation({
      id: this.parts.chance.id('gen'),
      requestId,
      clock: this.clock,
      abandon(reason) {
        turn?.left();
        departure.leave(reason);
      },
      stop: (reason) => departure.stop(reason),
      graceMs,
    });
    turn?.endsBy(() => generation.giveUp());
    const events: StreamEvent[] = [];
    const leave = generation.subscribe((event) => events.push(event));
    const call = {
      requestId,
      generationId: generation.id,
      caller: caller ?? { tenant: 'default', userId: request.userId ?? 'ann' },
      stream,
      defaults: 'native' as const,
      spokenApi,
      startedAtMs: this.clock.nowMs(),
      deadlineMonotonicMs: this.clock.monotonicMs() + 120_000,
      prompt,
      judge,
      drafts,
      signal: abort.signal,
      departure,
      flow: new Flow(),
      cache: turn === undefined ? cache : { scope: 'user' as const },
    };
    const log = turn?.over(generation) ?? generation;
    const asked = { messages: [{ role: 'user' as const, content: 'Why?' }], ...request };
    const life = live(asked, call, this.parts, log).then(() => turn?.ended);
    return { generation, life, events, leave };
  }

  /** The whole answer; time flies while it waits. */
  async complete(request: Partial<LLMRequest> = {}, caller?: Caller, how: StartOptions = {}): Promise<LLMResponse> {
    const { generation, life } = this.start(request, false, caller, how);
    const answer = generation.whole();
    answer.catch(() => {});
    while (!generation.ended) await this.clock.advanceAsync(500);
    await life;
    return answer;
  }

  rowList(): LedgerRow[] {
    return [...this.rows.values()];
  }

  async used(name: WindowName): Promise<number> {
    const windows = this.parts.policy
      .windowsOf({ tenant: 'default', userId: 'ann' })
      .filter((window) => window.name === name);
    const [state] = await this.windows.states(windows, this.clock.nowMs());
    if (state === undefined) throw new Error(`No window ${name} in this world`);
    return state.used;
  }
}
