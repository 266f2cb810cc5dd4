// What createLLMService() gives: the library's whole face, as types. service.ts is what stands behind it.

import type { Config } from '../config.ts';
import type { ModelCard } from '../core/catalog.ts';
import type { Chance, Clock } from '../core/clock.ts';
import type { StreamEvent } from '../core/events.ts';
import type { ClientAddress, Identity, KeyQuery, StoredKey } from '../core/identity.ts';
import type { Price } from '../core/money.ts';
import type { Call, Caller, LLMRequest } from '../core/request.ts';
import type { LLMResponse } from '../core/response.ts';
import type { LedgerQuery, LedgerRow, UsageGroup, UsageReport } from '../core/stores.ts';
import type { WindowState } from '../core/windows.ts';
import type { Generation } from '../generations/generation.ts';
import type { IssuedKey, NewKey } from '../identity/key-ring.ts';
import type { Logs } from '../observe/logs.ts';

export interface ServiceOptions {
  /** Default: the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where codementor-llm.yaml and a relative DATA_DIR are looked for. Default: the working folder. */
  readonly cwd?: string;
  /** Instead of DATA_DIR: a folder, or `memory` for a ledger that ends with the process. */
  readonly dataDir?: string;
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
}

export interface ModelInfo extends ModelCard {
  /** In force now; null = unpriced. */
  readonly price: Price | null;
}

export interface ServiceStatus {
  readonly ready: boolean;
  readonly draining: boolean;
  readonly inFlight: number;
  readonly provider: string;
  readonly defaultModel: string;
  /** What an operator should know though it is no fault. */
  readonly notes: readonly string[];
}

export interface LLMService {
  readonly config: Config;
  /** The whole answer. Rejects with an LLMError. */
  generateCompletion(request: LLMRequest, options?: CompletionOptions): Promise<LLMResponse>;
  /** The answer as it is made; ends after `response-end`. A failure is thrown as an LLMError. */
  streamCompletion(request: LLMRequest, options?: CompletionOptions): AsyncIterable<StreamEvent>;
  /** The same as a handle, for who needs more than one view of it. Throws only what is wrong with the request itself. */
  startCompletion(request: LLMRequest, options?: CompletionOptions & { readonly stream?: boolean }): Generation;
  models(): readonly ModelInfo[];
  limits(caller: Caller): Promise<readonly WindowState[]>;
  readonly ledger: {
    usage(query: LedgerQuery, groupBy?: UsageGroup): Promise<UsageReport>;
    rows(query: LedgerQuery): Promise<{ readonly rows: readonly LedgerRow[]; readonly nextCursor: string | null }>;
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
  status(): ServiceStatus;
  /** Tells who finds the data folder held where to reach this process. */
  announce(url: string): void;
  /** Takes no more requests, lets those under way end (30 s), books everything, closes the stores. */
  close(): Promise<void>;
}
