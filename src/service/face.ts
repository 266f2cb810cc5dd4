// What createLLMService() gives: the library's whole face, as types. service.ts is what stands behind it.

import type { Config } from '../config.ts';
import type { Conversations } from '../conversations/conversations.ts';
import type { CacheSelector } from '../core/cache-invalidation.ts';
import type { ModelCard } from '../core/catalog.ts';
import type { Chance, Clock } from '../core/clock.ts';
import type { ChatRequest } from '../core/conversations.ts';
import type { EmbeddingRequest, EmbeddingResponse } from '../core/embeddings.ts';
import type { StreamEvent } from '../core/events.ts';
import type { ClientAddress, Identity, KeyQuery, StoredKey } from '../core/identity.ts';
import type { Price } from '../core/money.ts';
import type { OwnProvider } from '../core/own-provider.ts';
import type { Call, Caller, LLMRequest } from '../core/request.ts';
import type { LLMResponse } from '../core/response.ts';
import type { LedgerQuery, LedgerRow, UsageGroup, UsagePage, UsageQuery, UsageReport } from '../core/stores.ts';
import type { WindowState } from '../core/windows.ts';
import type { Generation } from '../generations/generation.ts';
import type { Owner } from '../generations/registry.ts';
import type { IssuedKey, NewKey } from '../identity/key-ring.ts';
import type { RepriceOptions, RepriceSummary } from '../ledger/reprice.ts';
import type { Logs } from '../observe/logs.ts';
import type { Metrics, Observed } from '../observe/metrics.ts';

import type { PromptFace, PromptOptions } from './prompt-face.ts';

export type { RepriceOptions, RepriceSummary } from '../ledger/reprice.ts';

/** Instead of a folder: a ledger that ends with the process. */
export const MEMORY = 'memory';

export interface ServiceOptions {
  /** Default: the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where codementor-llm.yaml and a relative DATA_DIR are looked for. Default: the working folder. */
  readonly cwd?: string;
  /** Instead of DATA_DIR: a folder, or `memory` for a ledger that ends with the process. */
  readonly dataDir?: string;
  /**
   * Beside those of the configuration, which may name them: a model of the AI SDK (`aiSdk(model, …)`), or one of the application's making.
   * In what order they stand in for one another: behind those of the configuration, as they are listed.
   */
  readonly providers?: readonly OwnProvider[];
  readonly logs?: Logs;
  readonly clock?: Clock;
  readonly chance?: Chance;
}

export interface CompletionOptions {
  /** Aborting it is leaving: the vendor is told to stop, what was used is booked. */
  readonly signal?: AbortSignal;
  /** Instead of `request.userId` in tenant `default`: for a gateway that knows its caller. */
  readonly caller?: Caller;
  /** `as-sent` keeps the library's defaults (temperature, max tokens, history window) off the request. Default `native`. */
  readonly defaults?: Call['defaults'];
  /** By which API the caller came: a vendor that has it too is asked by it, unless its configuration says otherwise. */
  readonly spokenApi?: 'responses';
  /**
   * How long the answer goes on when its last reader has left, who may come back to it by `service.generation(id)`; null: to its end.
   * Default 0: it is stopped at once.
   */
  readonly graceMs?: number | null;
  /**
   * Of the caller's making: a request that is sent again under the same key is answered by the first (`idempotency_mismatch` where it
   * is another request, `in_progress` while a whole answer is being made). The answer then goes on without its reader.
   */
  readonly idempotencyKey?: string;
}

export type ChatOptions = Pick<CompletionOptions, 'signal' | 'caller' | 'graceMs' | 'idempotencyKey'> &
  Pick<PromptOptions, 'names'>;

export type EmbeddingOptions = Pick<CompletionOptions, 'signal' | 'caller' | 'idempotencyKey'>;

/** A turn of a conversation whose answer is being made. */
export interface StartedChat {
  readonly conversationId: string;
  readonly generation: Generation;
}

export interface ChatResponse extends LLMResponse {
  readonly conversationId: string;
  readonly conversationVersion: number;
}

export interface ModelInfo extends ModelCard {
  /** The name to ask it by: its own, or `provider/model` where that leads elsewhere. */
  readonly id: string;
  /** In force now; null = unpriced. */
  readonly price: Price | null;
}

/** A name of the configuration's, behind which models stand. */
export interface RouteInfo {
  /** The name to ask it by. */
  readonly id: string;
  /** At least one, in the order in which they are asked; neighbours with a weight are equals. */
  readonly targets: readonly ModelInfo[];
}

export interface TokenCount {
  /** Of the whole prompt: estimated, as `context.estimatedTokens` of its answer is. */
  readonly inputTokens: number;
  /** Of the target that would be asked first. */
  readonly provider: string;
  readonly model: string;
}

export interface CacheInvalidation {
  readonly selector: CacheSelector;
  /** Answers to what was asked up to then are dead. */
  readonly askedUpToMs: number;
  /** `all`: in every instance on this Redis, within a minute where one could not be told. */
  readonly reach: 'process' | 'all';
}

export interface ServiceStatus extends Observed {
  /** It takes requests. Degraded is ready: what a degraded mode cannot answer it refuses by itself, call by call. */
  readonly ready: boolean;
  readonly draining: boolean;
  readonly provider: string;
  readonly defaultModel: string;
  /** What an operator should know though it is no fault. */
  readonly notes: readonly string[];
}

export interface ServiceMetrics extends Pick<Metrics, 'observe' | 'contentType'> {
  scrape(): Promise<string>;
}

export interface LLMService {
  /** As it was read last. */
  readonly config: Config;
  /** The whole answer. Rejects with an LLMError. */
  generateCompletion(request: LLMRequest, options?: CompletionOptions): Promise<LLMResponse>;
  /** The answer as it is made; ends after `response-end`. A failure is thrown as an LLMError. */
  streamCompletion(request: LLMRequest, options?: CompletionOptions): AsyncIterable<StreamEvent>;
  /** The same as a handle, for who needs more than one view of it. Rejects only with what is wrong with the request itself. */
  startCompletion(
    request: LLMRequest,
    options?: CompletionOptions & { readonly stream?: boolean },
  ): Promise<Generation>;
  /**
   * An answer under way, or one that ended less than five minutes ago and whose readers may come back; with Redis also one of another
   * process. Null: there is none, or it is not of this owner; what is left out of the owner may be any.
   */
  generation(id: string, owner?: Partial<Owner>): Promise<Generation | null>;
  /** Stops an answer, wherever it is made. False: it had ended; null: as above. */
  stopGeneration(id: string, owner?: Partial<Owner>): Promise<boolean | null>;
  /**
   * Vectors of texts, in the place of an answer: held, asked, kept and booked as one, so what was embedded before costs nothing. Rejects
   * with an LLMError; `invalid_request` also for a model that makes none.
   */
  embed(request: EmbeddingRequest, options?: EmbeddingOptions): Promise<EmbeddingResponse>;
  /**
   * The next turn of a conversation, or the first of a new one: its history is put before the message, and both message and answer
   * are kept. Also rejects with `not_found` for a conversation of others, and `conversation_changed` for a turn that came second.
   */
  chat(request: ChatRequest, options?: ChatOptions): Promise<ChatResponse>;
  /** The same as it is made; a turn that ends early keeps what was delivered. */
  streamChat(request: ChatRequest, options?: ChatOptions): AsyncIterable<StreamEvent>;
  startChat(request: ChatRequest, options?: ChatOptions & { readonly stream?: boolean }): Promise<StartedChat>;
  /** Templates as functions: variables in, data out that code has checked. */
  readonly prompts: PromptFace;
  readonly conversations: Pick<Conversations, 'list' | 'read' | 'rename' | 'delete' | 'export'>;
  /** All that can be asked; with a caller, what that one may ask: a model is listed when a request for it by its `id` is taken. */
  models(caller?: Caller): readonly ModelInfo[];
  /** The routes of the configuration, with those of their targets that this caller may ask; one without any is left out. */
  routes(caller?: Caller): readonly RouteInfo[];
  /** By any name that a request takes: a route's, a model's, `provider/model`. Null: there is none of it, or not for this caller. */
  model(name: string, caller?: Caller): ModelInfo | RouteInfo | null;
  /** Of the prompt as it stands, history and all. Asks nobody. Throws what is wrong with the request or its model. */
  countTokens(request: LLMRequest, caller?: Caller): TokenCount;
  limits(caller: Caller): Promise<readonly WindowState[]>;
  /** The name of the caller's tier; null: none, so the default windows apply. */
  tierOf(caller: Caller): string | null;
  readonly ledger: {
    /** Page by page where there are many groups; without `page` the first 100. */
    usage(query: UsageQuery, groupBy?: UsageGroup, page?: UsagePage): Promise<UsageReport>;
    rows(query: LedgerQuery): Promise<{ readonly rows: readonly LedgerRow[]; readonly nextCursor: string | null }>;
    /** Re-rates a period with the prices of now; corrections are rows of their own. `onRows` hears how many rows were read so far. */
    reprice(options: RepriceOptions, onRows?: (count: number) => void): Promise<RepriceSummary>;
  };
  readonly keys: {
    /** The key itself is in what comes back, and nowhere else ever again. From the first one on, the gateway wants a key. */
    create(key: NewKey): Promise<IssuedKey>;
    /** Newest first. */
    list(query?: KeyQuery): Promise<{ readonly keys: readonly StoredKey[]; readonly nextCursor: string | null }>;
    /** Takes effect at once in this process, elsewhere within 60 s. Throws `not_found`. */
    revoke(id: string): Promise<StoredKey>;
  };
  readonly identity: {
    /** Is a key wanted? Not as long as there is no admin key, no JWKS and no key was ever stored. Throws `auth_unavailable`. */
    required(): Promise<boolean>;
    /**
     * Whose key or token this is. Throws `unauthenticated`, `key_revoked`, `auth_unavailable`; told where it comes from, also
     * `rate_limited` when too many sign-ins from there have failed.
     */
    authenticate(token: string | null, from?: ClientAddress): Promise<Identity>;
  };
  readonly cache: {
    /**
     * What was asked up to now is given to nobody any more, also when its answer is under way. Rejects with `store_unavailable` when
     * that holds for this process alone, since the cache that others share could not be reached: it may be repeated.
     */
    invalidate(selector: CacheSelector): Promise<CacheInvalidation>;
  };
  /** By name: `default`, those of the configuration, and those that have or had a key. */
  tenants(): Promise<readonly string[]>;
  status(): ServiceStatus;
  /**
   * Reads environment and file again; providers, tiers, tenants, users, accounts, routes, prices and the other rules of requests hold from the
   * next request on. Rejects with a ConfigError and changes nothing when anything is wrong.
   */
  reload(): Promise<void>;
  readonly metrics: ServiceMetrics;
  /** Tells who finds the data folder held where to reach this process. */
  announce(url: string): void;
  /** Takes no more requests, lets those under way end (30 s), books everything, closes the stores. */
  close(): Promise<void>;
}
