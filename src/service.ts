// createLLMService(): puts the parts together, and nothing else does. What comes out is the library: gateway and command line
// are clients of it and see nothing behind it.

import type { Config } from './config.ts';
import { Conversations } from './conversations/conversations.ts';
import { checkCaller, checkRequest } from './core/check.ts';
import { systemChance, systemClock } from './core/clock.ts';
import { Departure } from './core/departure.ts';
import { llmError } from './core/errors.ts';
import type { StreamEvent } from './core/events.ts';
import type { LogKeeper, Parts, Report } from './core/parts.ts';
import type { Call, Caller, LLMRequest } from './core/request.ts';
import type { LLMResponse } from './core/response.ts';
import type { LedgerStore } from './core/stores.ts';
import type { WindowState } from './core/windows.ts';
import { Generation } from './generations/generation.ts';
import { live } from './lifecycle.ts';
import { createLogs } from './observe/logs.ts';
import { createMetrics, type Metrics } from './observe/metrics.ts';
import { callerOf, DEFAULT_TENANT } from './service/caller.ts';
import { chatFace, type StartOptions } from './service/chats.ts';
import {
  type CompletionOptions,
  type LLMService,
  MEMORY,
  type ModelInfo,
  type ServiceOptions,
  type ServiceStatus,
} from './service/face.ts';
import type { OpenedIdentity } from './service/identity.ts';
import { ledgerFace } from './service/ledger-face.ts';
import { assembleParts } from './service/parts.ts';
import { limitsTokensOrMoney, type Rules, readRules } from './service/rules.ts';
import { openStores } from './service/stores.ts';
import { createMemoryCache } from './stores/memory/cache.ts';

/** More than this under way in one process is refused at once: a queue would only make everybody late. */
const MOST_IN_FLIGHT = 1_000;
/** How long close() lets answers end by themselves. */
const DRAIN_MS = 30_000;
/** Puts the parts together and brings the ledger up to date; rejects with a ConfigError or LLMError that says what to mend. */
export async function createLLMService(options: ServiceOptions = {}): Promise<LLMService> {
  const { clock = systemClock, chance = systemChance } = options;
  let rules = readRules(options);
  const { config } = rules;
  const secrets = config.secrets.map((secret) => secret.reveal());
  const logs = options.logs ?? createLogs({ level: config.logLevel, secrets });
  const metrics = createMetrics();
  const surroundings = { clock, chance, report: reportTo(logs.report, metrics.observe) };
  const dataDir = options.dataDir === MEMORY ? null : config.dataDir;
  const windowsOf = (caller: Caller) => rules.policy.everyWindowOf(caller);
  const tiers = () => [...rules.config.tiers.keys()];
  const stores = await openStores({ ...surroundings, config, dataDir, windowsOf, tiers });
  const { storage, limits, journal } = stores;
  const cache = createMemoryCache();
  const { parts, transport, prepareTokens } = assembleParts(
    rules,
    { windows: limits.windows, cache, journal },
    surroundings,
  );
  if (limitsTokensOrMoney(config)) await prepareTokens();
  return new Service(config, parts, {
    ledger: storage.ledger,
    conversations: new Conversations({ ...surroundings, store: storage.conversations }),
    identity: stores.identity,
    metrics,
    isOverflowing: () => journal.isOverflowing,
    standing: stores.standing,
    rules: () => rules,
    async reload() {
      const read = readRules(options);
      if (limitsTokensOrMoney(read.config)) await prepareTokens();
      rules = read;
      return read;
    },
    announce: storage.announce,
    async close() {
      await transport.close();
      await stores.close();
      await cache.close();
      await logs.flush();
    },
  });
}

function reportTo(...listeners: readonly Report[]): Report {
  return (level, event, fields) => {
    for (const listen of listeners) listen(level, event, fields);
  };
}

class Service implements LLMService {
  readonly ledger: LLMService['ledger'];
  readonly keys: LLMService['keys'];
  readonly chat: LLMService['chat'];
  readonly streamChat: LLMService['streamChat'];
  readonly startChat: LLMService['startChat'];
  readonly conversations: LLMService['conversations'];
  readonly identity: LLMService['identity'];
  readonly metrics: LLMService['metrics'];
  #config: Config;
  #parts: Parts;
  readonly #engine: Engine;
  readonly #running = new Map<Generation, { readonly life: Promise<void>; readonly abort: AbortController }>();
  #closing: Promise<void> | null = null;

  constructor(config: Config, parts: Parts, engine: Engine) {
    this.#config = config;
    this.#parts = parts;
    this.#engine = engine;
    const { ledger, metrics, identity, conversations } = engine;
    this.keys = identity.keys;
    this.conversations = conversations;
    const chats = chatFace({
      conversations,
      refuseWhenFull: () => this.#refuseWhenFull(),
      start: (...asked) => this.#start(...asked),
    });
    this.chat = chats.chat;
    this.streamChat = chats.streamChat;
    this.startChat = chats.startChat;
    this.identity = identity.identity;
    this.ledger = ledgerFace(ledger, (...asked) => this.#parts.catalog.priceOf(...asked), parts.clock);
    const { observe, contentType } = metrics;
    this.metrics = { observe, contentType, scrape: () => metrics.scrape(this.status()) };
  }

  get config(): Config {
    return this.#config;
  }

  generateCompletion(request: LLMRequest, options: CompletionOptions = {}): Promise<LLMResponse> {
    return attempted(() => this.startCompletion(request, { ...options, stream: false }).whole(options.signal));
  }

  async *streamCompletion(
    request: LLMRequest,
    options: CompletionOptions = {},
  ): AsyncGenerator<StreamEvent, void, undefined> {
    yield* this.startCompletion(request, { ...options, stream: true }).read(options.signal);
  }

  startCompletion(request: LLMRequest, options: StartOptions = {}): Generation {
    return this.#start(request, options, null);
  }

  /** `turn`: the request is one of a conversation. */
  #start(request: LLMRequest, options: StartOptions, turn: LogKeeper | null): Generation {
    const { clock, chance, policy, retryBudget, report } = this.#parts;
    this.#refuseWhenFull();
    const checked = checkRequest(request);
    if (options.caller !== undefined) checkCaller(options.caller);
    const abort = new AbortController();
    const departure = new Departure((reason) => abort.abort(reason));
    const requestId = turn?.requestId ?? chance.id('req');
    const generation = new Generation(
      chance.id('gen'),
      requestId,
      (reason) => {
        turn?.left();
        departure.leave(reason);
      },
      (error) => report('error', 'reader_failed', { request_id: requestId, error }),
    );
    const call: Call = {
      requestId,
      generationId: generation.id,
      caller: callerOf(request, options),
      stream: options.stream ?? true,
      defaults: options.defaults ?? 'native',
      ...(turn !== null && { cacheScope: 'user' }),
      startedAtMs: clock.nowMs(),
      deadlineMonotonicMs: clock.monotonicMs() + policy.totalTimeoutMs,
      prompt: null,
      signal: abort.signal,
      departure,
    };
    const seconds = policy.totalTimeoutMs / 1_000;
    // It keeps the process alive as long as the request is: while a retry waits, nothing else would.
    const cancelDeadline = clock.after(
      policy.totalTimeoutMs,
      () =>
        abort.abort(
          llmError('provider_timeout', `The answer was not whole within ${seconds} s, all attempts together`),
        ),
      true,
    );
    retryBudget.request();
    const life = live(checked, call, this.#parts, turn?.over(generation) ?? generation)
      .finally(cancelDeadline)
      .then(() => turn?.ended)
      .finally(() => this.#running.delete(generation));
    this.#running.set(generation, { life, abort });
    return generation;
  }

  models(): readonly ModelInfo[] {
    const { catalog, clock } = this.#parts;
    const nowMs = clock.nowMs();
    return catalog.models().map((card) => ({ ...card, price: catalog.priceOf(card.provider, card.model, nowMs) }));
  }

  limits(caller: Caller): Promise<readonly WindowState[]> {
    const { windows, policy, clock } = this.#parts;
    return windows.states(policy.windowsOf(caller), clock.nowMs());
  }

  tierOf(caller: Caller): string | null {
    return this.#engine.rules().policy.tierOf(caller);
  }

  async tenants(): Promise<readonly string[]> {
    const ofKeys = await this.#engine.identity.tenants();
    return [...new Set([DEFAULT_TENANT, ...this.config.tenants.keys(), ...ofKeys])].sort();
  }

  status(): ServiceStatus {
    const { primaryProvider: provider, groqModel: defaultModel, notes } = this.#config;
    const draining = this.#closing !== null;
    const inFlight = this.#running.size;
    return { ready: !draining, draining, inFlight, provider, defaultModel, notes, ...this.#engine.standing() };
  }

  async reload(): Promise<void> {
    const { config, policy, catalog } = await this.#engine.reload();
    this.#config = config;
    this.#parts = { ...this.#parts, policy, catalog };
    this.#parts.report('info', 'config_reloaded', { file: config.file });
  }

  announce(url: string): void {
    this.#engine.announce(url);
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  #refuseWhenFull(): void {
    if (this.#closing !== null)
      throw llmError('overloaded', 'The service is shutting down; ask another instance', { retryAfterMs: 1_000 });
    // Not even an answer that costs nothing: its row would only fill the memory.
    if (this.#engine.isOverflowing())
      throw llmError('ledger_unavailable', 'Too many rows wait to be written; ask again later', {
        retryAfterMs: 5_000,
      });
    if (this.#running.size < MOST_IN_FLIGHT) return;
    throw llmError('overloaded', `${MOST_IN_FLIGHT} answers are under way in this process; ask again in a second`, {
      retryAfterMs: 1_000,
    });
  }

  async #drain(): Promise<void> {
    const ended = () => Promise.allSettled([...this.#running.values()].map(({ life }) => life));
    await Promise.race([ended(), new Promise<void>((resolve) => this.#parts.clock.after(DRAIN_MS, resolve))]);
    for (const { abort } of this.#running.values())
      abort.abort(llmError('cancelled', 'The service shut down before the answer was whole'));
    await ended();
    await this.#engine.close();
  }
}

/** What the service only starts and stops. */
interface Engine {
  readonly ledger: LedgerStore;
  readonly conversations: Conversations;
  readonly identity: OpenedIdentity;
  readonly metrics: Metrics;
  isOverflowing(): boolean;
  standing(): Pick<ServiceStatus, 'stores' | 'degraded'>;
  rules(): Rules;
  reload(): Promise<Rules>;
  announce(url: string): void;
  close(): Promise<void>;
}

/** What is thrown at once becomes a rejection: a caller of a promise has one place to catch. */
async function attempted<T>(action: () => Promise<T>): Promise<T> {
  return action();
}
