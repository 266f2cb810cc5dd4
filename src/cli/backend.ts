// What a command needs of whoever answers it: the library in this process, or a running server. A command sees no difference.

import type { CacheSelector, JsonObject, LLMRequest, UsageGroup } from '../index.ts';
import type {
  CacheInvalidationAnswer,
  Completion,
  ConversationRow,
  KeyPage,
  KeyRow,
  LedgerPage,
  MadeKey,
  ModelRow,
  PromptAnswer,
  PromptRow,
  RenderedRow,
  RepriceAnswer,
  ShownEvent,
  UsageAnswer,
} from './native.ts';

/** What the command line asks: a part of the library's request that both sides can carry. */
export interface Question extends Omit<LLMRequest, 'messages'> {
  readonly messages: readonly Turn[];
}
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** The next turn of a stored conversation. */
export interface ChatQuestion extends Omit<Question, 'messages'> {
  readonly message: string;
  /** Null: a new one begins. */
  readonly conversationId: string | null;
}

export interface PromptQuestion extends Omit<Question, 'messages'> {
  readonly name: string;
  readonly variables: JsonObject;
}

export interface ChatAnswer {
  readonly conversationId: string;
  /** As those of `stream`. */
  readonly events: AsyncIterable<ShownEvent>;
}

export interface UsageQuestion {
  readonly tenant: string;
  /** Null: of all users of the tenant. */
  readonly userId: string | null;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly by: UsageGroup | null;
}

export interface LedgerQuestion {
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly userId: string | null;
  readonly tenant: string | null;
  readonly requestId: string | null;
}

export interface RepriceQuestion {
  readonly fromMs: number;
  readonly toMs: number;
  readonly tenant: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly dryRun: boolean;
}

/** As the HTTP API takes it. */
export interface KeyWish {
  readonly tenant: string;
  readonly role: string;
  readonly user_id?: string;
  readonly tier?: string;
  readonly allowed_models?: readonly string[];
  /** ISO 8601. */
  readonly expires_at?: string;
}

/** Who a command is, unless it names another. */
export interface Self {
  readonly tenant: string;
  readonly userId: string;
}

export interface Backend {
  /** Of the server that answers; null: this process does. */
  readonly url: string | null;
  self(): Promise<Self>;
  complete(question: Question, signal: AbortSignal): Promise<Completion>;
  /** Ends after `response-end`; a failure is thrown as an LLMError. */
  stream(question: Question, signal: AbortSignal): AsyncIterable<ShownEvent>;
  /** The turn is kept, as far as it came, by whoever answers. */
  chat(question: ChatQuestion, signal: AbortSignal): Promise<ChatAnswer>;
  /** Of this user (null: oneself); of this id (null: the latest). Null: there is none yet. Throws `not_found`. */
  conversation(userId: string | null, id: string | null): Promise<ConversationRow | null>;
  /** A page; `cursor` is the `next_cursor` of the one before. */
  usage(question: UsageQuestion, cursor: string | null): Promise<UsageAnswer>;
  ledgerPage(question: LedgerQuestion, cursor: string | null): Promise<LedgerPage>;
  /** `onRows` hears how many rows were read so far, where that can be known. */
  reprice(question: RepriceQuestion, onRows: (count: number) => void): Promise<RepriceAnswer>;
  models(): Promise<readonly ModelRow[]>;
  readonly prompts: {
    list(): Promise<readonly PromptRow[]>;
    /** Throws `not_found`; so do the others. */
    find(name: string): Promise<PromptRow>;
    render(name: string, variables: JsonObject): Promise<RenderedRow>;
    run(question: PromptQuestion, signal: AbortSignal): Promise<PromptAnswer>;
    stream(question: PromptQuestion, signal: AbortSignal): AsyncIterable<ShownEvent>;
  };
  readonly keys: {
    create(wish: KeyWish): Promise<MadeKey>;
    list(page: { readonly tenant?: string; readonly cursor?: string }): Promise<KeyPage>;
    revoke(id: string): Promise<KeyRow>;
  };
  invalidateCache(selector: CacheSelector): Promise<CacheInvalidationAnswer>;
  close(): Promise<void>;
}

/** Whose windows a command draws on, and whose usage it shows, unless it names another or its key is a user's. */
export const CLI_USER = 'cli';

/** Who asks without a key: in this process, or at a server that wants none. */
export const CLI_SELF: Self = { tenant: 'default', userId: CLI_USER };
