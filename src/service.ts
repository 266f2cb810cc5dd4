// createLLMService(): puts the parts together, and nothing else does. What comes out is the library: gateway and command line
// are clients of it and see nothing behind it.

import type { Config } from './config.ts';
import { Conversations } from './conversations/conversations.ts';
import { systemChance, systemClock } from './core/clock.ts';
import { type EmbeddingRequest, type EmbeddingResponse, embeddingsOf, requestOfEmbedding } from './core/embeddings.ts';
import type { StreamEvent } from './core/events.ts';
import type { Parts, Report } from './core/parts.ts';
import type { Caller, LLMRequest } from './core/request.ts';
import type { LLMResponse } from './core/response.ts';
import type { LedgerStore } from './core/stores.ts';
import type { WindowState } from './core/windows.ts';
import { createFlights } from './generations/flights.ts';
import type { Generation } from './generations/generation.ts';
import type { Owner } from './generations/registry.ts';
import { createLogs } from './observe/logs.ts';
import { createMetrics, type Metrics } from './observe/metrics.ts';
import { cacheFace } from './service/cache.ts';
import { DEFAULT_TENANT } from './service/caller.ts';
import { chatFace } from './service/chats.ts';
import { countTokens } from './service/count-tokens.ts';
import {
  type CompletionOptions,
  type EmbeddingOptions,
  type LLMService,
  MEMORY,
  type ModelInfo,
  type RouteInfo,
  type ServiceOptions,
  type ServiceStatus,
  type TokenCount,
} from './service/face.ts';
import type { OpenedIdentity } from './service/identity.ts';
import { ledgerFace } from './service/ledger-face.ts';
import type { Counted } from './service/limits.ts';
import { findModel, listModels, listRoutes } from './service/models.ts';
import { assembleParts } from './service/parts.ts';
import { type OpenPrompts, openPrompts } from './service/prompt-library.ts';
import { Prompts } from './service/prompts.ts';
import { Requests, type StartOptions } from './service/requests.ts';
import { countsOthers, limitsTokensOrMoney, type Rules, readRules, whyNoName } from './service/rules.ts';
import { type Sharing, shareGenerations } from './service/sharing.ts';
import { openStores } from './service/stores.ts';

/** Puts the parts together and brings the ledger up to date; rejects with a ConfigError or LLMError that says what to mend. */
export async function createLLMService(options: ServiceOptions = {}): Promise<LLMService> {
  const { clock = systemClock, chance = systemChance } = options;
  let rules = readRules(options);
  const { config } = rules;
  const logs = options.logs ?? createLogs({ level: config.logLevel, secrets: secretsOf(config) });
  const metrics = createMetrics();
  const surroundings = { clock, chance, report: reportTo(logs.report, metrics.observe) };
  const dataDir = options.dataDir === MEMORY ? null : config.dataDir;
  const tiers = () => [...rules.config.tiers.keys()];
  const whyNone = (name: string) => whyNoName(name, rules.config);
  const counted = countedBy(() => rules);
  const stores = await openStores({ ...surroundings, config, dataDir, counted, tiers, whyNoModel: whyNone });
  const { storage, limits, cache, journal, identity } = stores;
  const prompts = await openPrompts(config, stores, surroundings.report, options.promptSecret);
  const sharing = stores.redis === null ? null : shareGenerations(stores.redis.peers, clock, config.totalTimeoutMs);
  const { parts, transport, accounts, prepareTokens } = assembleParts(
    rules,
    { windows: limits.windows, cache, journal, flights: sharing?.flights ?? createFlights() },
    surroundings,
  );
  if (limitsTokensOrMoney(config)) await prepareTokens();
  return new Service(config, parts, {
    ledger: storage.ledger,
    conversations: new Conversations({ ...surroundings, store: storage.conversations }),
    identity,
    prompts,
    cache: cacheFace(cache, stores.redis !== null, surroundings),
    metrics,
    isOverflowing: () => journal.isOverflowing,
    sharing,
    standing: stores.standing,
    rules: () => rules,
    async reload(adopt) {
      const read = readRules(options);
      logs.hide?.(secretsOf(read.config));
      const takePrompts = prompts.reread(read.config);
      if (limitsTokensOrMoney(read.config)) await prepareTokens();
      const before = rules;
      const take = (taken: Rules) => {
        rules = taken;
        adopt(taken);
      };
      take(read);
      accounts.reloaded();
      if (countsOthers(read, before))
        await limits.kindsChanged(countedBy(() => before)).catch((error: unknown) => {
          take(before);
          throw error;
        });
      takePrompts();
    },
    announce: storage.announce,
    async close() {
      await transport.close();
      await sharing?.close();
      await stores.close();
      await logs.flush();
    },
  });
}

function countedBy(of: () => Rules): Counted {
  return {
    windowsOf: (caller) => of().policy.countedOf(caller),
    kindsOf: (tenant) => of().policy.kindsOf(tenant),
  };
}

function secretsOf({ secrets }: Config): readonly string[] {
  return secrets.map((secret) => secret.reveal());
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
  readonly cache: LLMService['cache'];
  readonly prompts: LLMService['prompts'];
  readonly metrics: LLMService['metrics'];
  #config: Config;
  #parts: Parts;
  readonly #engine: Engine;
  readonly #requests: Requests;
  #closing: Promise<void> | null = null;
  /** One at a time: the next begins with what the one before has left. */
  #reloading: Promise<void> = Promise.resolve();

  constructor(config: Config, parts: Parts, engine: Engine) {
    this.#config = config;
    this.#parts = parts;
    this.#engine = engine;
    const { isOverflowing, sharing } = engine;
    this.#requests = new Requests({ parts: () => this.#parts, isOverflowing, shared: sharing });
    const { ledger, metrics, identity, conversations, cache } = engine;
    this.cache = cache;
    this.keys = identity.keys;
    this.conversations = conversations;
    const { prompts } = engine;
    const tierOf = (caller: Caller) => this.tierOf(caller);
    const promptFace = new Prompts({ library: () => prompts.library, requests: this.#requests, tierOf });
    this.prompts = promptFace;
    const chats = chatFace(conversations, this.#requests, promptFace);
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
    return this.#requests.start(request, { ...options, stream: false }).then((begun) => begun.whole(options.signal));
  }

  async *streamCompletion(
    request: LLMRequest,
    options: CompletionOptions = {},
  ): AsyncGenerator<StreamEvent, void, undefined> {
    yield* (await this.startCompletion(request, { ...options, stream: true })).read(options.signal);
  }

  startCompletion(request: LLMRequest, options: StartOptions = {}): Promise<Generation> {
    return this.#requests.start(request, options);
  }

  async embed(request: EmbeddingRequest, options: EmbeddingOptions = {}): Promise<EmbeddingResponse> {
    return embeddingsOf(await this.generateCompletion(requestOfEmbedding(request), options));
  }

  generation(id: string, owner: Partial<Owner> = {}): Promise<Generation | null> {
    return this.#requests.find(id, owner);
  }

  stopGeneration(id: string, owner: Partial<Owner> = {}): Promise<boolean | null> {
    return this.#requests.stop(id, owner);
  }

  models(caller?: Caller): readonly ModelInfo[] {
    return listModels(this.#parts, caller);
  }

  routes(caller?: Caller): readonly RouteInfo[] {
    return listRoutes(this.#parts, caller);
  }

  model(name: string, caller?: Caller): ModelInfo | RouteInfo | null {
    return findModel(name, this.#parts, caller);
  }

  countTokens(request: LLMRequest, caller?: Caller): TokenCount {
    return countTokens(request, caller, this.#parts);
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
    const { primaryProvider: provider, catalog, notes } = this.#config;
    const { defaultModel } = catalog;
    const { prompts, standing } = this.#engine;
    const draining = this.#closing !== null;
    const { inFlight } = this.#requests;
    const told = [...notes, ...prompts.notes];
    return { ready: !draining, draining, inFlight, provider, defaultModel, notes: told, ...standing() };
  }

  async reload(): Promise<void> {
    const reload = this.#reloading.then(() => this.#engine.reload((rules) => this.#adopt(rules)));
    this.#reloading = reload.catch(() => {});
    await reload;
    this.#parts.report('info', 'config_reloaded', { file: this.#config.file });
  }

  #adopt({ config, policy, catalog }: Rules): void {
    this.#config = config;
    this.#parts = { ...this.#parts, policy, catalog };
  }

  announce(url: string): void {
    this.#engine.announce(url);
  }

  close(): Promise<void> {
    this.#closing ??= this.#requests.close().then(() => this.#engine.close());
    return this.#closing;
  }
}

/** What the service only starts and stops. */
interface Engine {
  readonly ledger: LedgerStore;
  readonly conversations: Conversations;
  readonly identity: OpenedIdentity;
  readonly prompts: OpenPrompts;
  readonly cache: LLMService['cache'];
  readonly metrics: Metrics;
  isOverflowing(): boolean;
  /** Null: there is no other process. */
  readonly sharing: Sharing | null;
  standing(): Pick<ServiceStatus, 'stores' | 'degraded'>;
  rules(): Rules;
  /** Reads the rules anew; `adopt` is told them, and those of before where the windows could not follow. */
  reload(adopt: (rules: Rules) => void): Promise<void>;
  announce(url: string): void;
  close(): Promise<void>;
}
