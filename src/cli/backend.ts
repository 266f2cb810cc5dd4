// What a command needs of whoever answers it: the library in this process, or a running server. A command sees no difference.

import type { LLMRequest, UsageGroup } from '../index.ts';
import type { Completion, ModelRow, ShownEvent, UsageAnswer } from './native.ts';

/** What the command line asks: a part of the library's request that both sides can carry. */
export interface Question extends Omit<LLMRequest, 'messages'> {
  readonly messages: readonly Turn[];
}
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

export interface UsageQuestion {
  readonly userId: string;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly by: UsageGroup | null;
}

export interface Backend {
  complete(question: Question, signal: AbortSignal): Promise<Completion>;
  /** Ends after `response-end`; a failure is thrown as an LLMError. */
  stream(question: Question, signal: AbortSignal): AsyncIterable<ShownEvent>;
  usage(question: UsageQuestion): Promise<UsageAnswer>;
  models(): Promise<readonly ModelRow[]>;
  close(): Promise<void>;
}

/** Whose windows a command draws on, and whose usage it shows, unless it names another. */
export const CLI_USER = 'cli';
