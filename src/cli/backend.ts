// What a command needs of whoever answers it: the library in this process, or a running server. A command sees no difference.

import type { LLMRequest, UsageGroup } from '../index.ts';
import type { Completion, KeyPage, KeyRow, MadeKey, ModelRow, ShownEvent, UsageAnswer } from './native.ts';

/** What the command line asks: a part of the library's request that both sides can carry. */
export interface Question extends Omit<LLMRequest, 'messages'> {
  readonly messages: readonly Turn[];
}
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

export interface UsageQuestion {
  /** Null: whoever asks. */
  readonly userId: string | null;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly by: UsageGroup | null;
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

export interface Backend {
  complete(question: Question, signal: AbortSignal): Promise<Completion>;
  /** Ends after `response-end`; a failure is thrown as an LLMError. */
  stream(question: Question, signal: AbortSignal): AsyncIterable<ShownEvent>;
  usage(question: UsageQuestion): Promise<UsageAnswer>;
  models(): Promise<readonly ModelRow[]>;
  readonly keys: {
    create(wish: KeyWish): Promise<MadeKey>;
    list(page: { readonly tenant?: string; readonly cursor?: string }): Promise<KeyPage>;
    revoke(id: string): Promise<KeyRow>;
  };
  close(): Promise<void>;
}

/** Whose windows a command draws on, and whose usage it shows, unless it names another or its key is a user's. */
export const CLI_USER = 'cli';
