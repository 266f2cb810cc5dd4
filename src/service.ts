// createLLMService(): puts the parts together, and nothing else does. What comes out is the library: gateway and command line
// are clients of it and see nothing behind it.

import { createCatalog } from './catalog/catalog.ts';
import { whyNoModel } from './catalog/model-names.ts';
import { type Config, loadConfig, policyOf } from './config.ts';
import { checkCaller, checkRequest } from './core/check.ts';
import { systemChance, systemClock } from './core/clock.ts';
import { llmError } from './core/errors.ts';
import type { StreamEvent } from './core/events.ts';
import type { Parts } from './core/parts.ts';
import type { Call, Caller, LLMRequest } from './core/request.ts';
import type { LLMResponse } from './core/response.ts';
import type { LedgerStore } from './core/stores.ts';
import { VERSION } from './core/version.ts';
import type { WindowState } from './core/windows.ts';
import { Generation } from './generations/generation.ts';
import { createOverruns } from './health/overruns.ts';
import { createRetryBudget } from './health/retry-budget.ts';
import { createJournal } from './ledger/journal.ts';
import { createReaper } from './ledger/reaper.ts';
import { recover } from './ledger/recovery.ts';
import { live } from './lifecycle.ts';
import { createLogs } from './observe/logs.ts';
import { createProviders, groqKeyProblem } from './providers/index.ts';
import type { CompletionOptions, LLMService, ModelInfo, ServiceOptions, ServiceStatus } from './service/face.ts';
import { type OpenedIdentity, openIdentity } from './service/identity.ts';
import { openStorage, type Storage } from './service/storage.ts';
import { createMemoryCache } from './stores/memory-cache.ts';
import { createMemoryWindows } from './stores/memory-windows.ts';
import { createTokenCounter } from './tokens/counter.ts';
import { createAsk } from './transport/ask.ts';

/** More than this under way in one process is refused at once: a queue would only make everybody late. */
const MOST_IN_FLIGHT = 1_000;
/** How long close() lets answers end by themselves. */
const DRAIN_MS = 30_000;
/** Instead of a folder: a ledger that ends with the process. */
const MEMORY = 'memory';

/** Puts the parts together and brings the ledger up to date; rejects with a ConfigError or LLMError that says what to mend. */
export async function createLLMService(options: ServiceOptions = {}): Promise<LLMService> {
  const { clock = systemClock, chance = systemChance, env, cwd, dataDir } = options;
  const overrides = dataDir === undefined || dataDir === MEMORY ? {} : { dataDir };
  const config = loadConfig({
    overrides,
    whyNoModel,
    keyProblem: groqKeyProblem,
    ...(env && { env }),
    ...(cwd !== undefined && { cwd }),
  });
  const secrets = config.secrets.map((secret) => secret.reveal());
  const logs = options.logs ?? createLogs({ level: config.logLevel, secrets });
  const { report } = logs;
  const policy = policyOf(config);
  const tokens = createTokenCounter();
  const catalog = createCatalog({ providers: createProviders(config), ...config.catalog });
  const windows = createMemoryWindows();
  const cache = createMemoryCache();
  const storage = openStorage(dataDir === MEMORY ? null : config.dataDir, clock);
  const { ledger, keys, pepperFile } = storage;
  const identity = await orClose(storage, async () => {
    await recover({ ledger, windows, windowsOf: policy.windowsOf, nowMs: clock.nowMs() });
    if (limitsTokensOrMoney(config)) await tokens.ready('o200k_harmony');
    return openIdentity({ config, keys, pepperFile, isShared: false, notices: null, clock, chance, report });
  });
  const journal = createJournal({ ledger, clock, report });
  const transport = createAsk({ clock, version: VERSION });
  const stopReaper = createReaper({ ledger, windows, journal, clock, report });
  const retryBudget = createRetryBudget(clock);
  const overruns = createOverruns();
  const { ask } = transport;
  const parts: Parts = {
    clock,
    chance,
    catalog,
    tokens,
    windows,
    cache,
    journal,
    ask,
    retryBudget,
    overruns,
    policy,
    report,
  };
  return new Service(config, parts, {
    ledger,
    identity,
    announce: storage.announce,
    async close() {
      stopReaper();
      const lost = await journal.flush();
      if (lost > 0) report('error', 'ledger_rows_not_written', { rows: lost });
      await Promise.all([transport.close(), cache.close(), windows.close()]);
      await identity.close();
      await storage.close();
      await logs.flush();
    },
  });
}

/** What fails at the start leaves nothing open. */
async function orClose<T>(storage: Storage, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    await storage.close();
    throw error;
  }
}

/** Then tokens are counted exactly before each request: the vocabulary (65 MB) is loaded now, and not at all otherwise. */
function limitsTokensOrMoney({ tiers, tenants, users }: Config): boolean {
  const rows = [...tiers.values(), ...tenants.values(), ...users.values()];
  return rows.some((row) =>
    [row.tokens_per_minute, row.tokens_per_day, row.usd_per_day, row.usd_per_month].some(
      (limit) => limit !== undefined,
    ),
  );
}

class Service implements LLMService {
  readonly config: Config;
  readonly ledger: LLMService['ledger'];
  readonly keys: LLMService['keys'];
  readonly identity: LLMService['identity'];
  readonly #parts: Parts;
  readonly #engine: Engine;
  readonly #running = new Map<Generation, { readonly life: Promise<void>; readonly abort: AbortController }>();
  #closing: Promise<void> | null = null;

  constructor(config: Config, parts: Parts, engine: Engine) {
    this.config = config;
    this.#parts = parts;
    this.#engine = engine;
    const { ledger, identity } = engine;
    this.keys = identity.keys;
    this.identity = identity.identity;
    this.ledger = {
      usage: (query, groupBy) => ledger.usage(query, groupBy ?? null),
      rows: (query) => ledger.rows(query),
    };
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
    const { clock, chance, policy, retryBudget, report } = this.#parts;
    this.#refuseWhenFull();
    const checked = checkRequest(request);
    if (options.caller !== undefined) checkCaller(options.caller);
    const abort = new AbortController();
    const requestId = chance.id('req');
    const generation = new Generation(
      chance.id('gen'),
      requestId,
      (reason) => abort.abort(reason),
      (error) => report('error', 'reader_failed', { request_id: requestId, error }),
    );
    const call: Call = {
      requestId,
      generationId: generation.id,
      caller: options.caller ?? { tenant: 'default', userId: request.userId ?? 'anonymous' },
      stream: options.stream ?? true,
      defaults: options.defaults ?? 'native',
      startedAtMs: clock.nowMs(),
      deadlineMonotonicMs: clock.monotonicMs() + policy.totalTimeoutMs,
      prompt: null,
      signal: abort.signal,
      left: abort.signal,
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
    const life = live(checked, call, this.#parts, generation).finally(() => {
      cancelDeadline();
      this.#running.delete(generation);
    });
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

  status(): ServiceStatus {
    const { primaryProvider: provider, groqModel: defaultModel, notes } = this.config;
    const draining = this.#closing !== null;
    return { ready: !draining, draining, inFlight: this.#running.size, provider, defaultModel, notes };
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
  readonly identity: OpenedIdentity;
  announce(url: string): void;
  close(): Promise<void>;
}

type StartOptions = CompletionOptions & { readonly stream?: boolean };

/** What is thrown at once becomes a rejection: a caller of a promise has one place to catch. */
async function attempted<T>(action: () => Promise<T>): Promise<T> {
  return action();
}
