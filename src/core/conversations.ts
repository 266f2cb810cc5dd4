// Stored conversations: what is kept, and what a backend promises. A turn (what the user said and the answer to it) is written by
// one process at a time, which has claimed it; so two who write at once can never tear a conversation, whatever either does.

import type { ErrorCode } from './errors.ts';
import type { JsonObject } from './json.ts';
import type { PicoUsd } from './money.ts';
import type { AssistantMessage, Caller, LLMRequest, ToolMessage, UserMessage } from './request.ts';
import type { FinishReason, UsageSource } from './response.ts';

/** Whose a conversation is: nobody else sees that there is one. */
export type Owner = Pick<Caller, 'tenant' | 'userId'>;

export interface Conversation extends Owner {
  readonly id: string;
  readonly title: string;
  /** What the last turns brought; holds until a turn brings another. Null: none has. */
  readonly systemPrompt: string | null;
  /** As it was asked for; holds until a turn asks for another. Null: it was left to us. */
  readonly model: string | null;
  /** Counts the turns that were kept: whoever has seen this version has seen all of them. */
  readonly version: number;
  readonly messageCount: number;
  readonly createdAtMs: number;
  /** When the last turn was written. A new title is no activity. */
  readonly updatedAtMs: number;
  /** The turn under way; null: none is. One whose time is over has died with its process. */
  readonly turn: TurnClaim | null;
}

export interface TurnClaim {
  /** The request that makes the turn. */
  readonly requestId: string;
  readonly untilMs: number;
}

export interface ConversationMessage {
  /** In the conversation, from 1, without gaps. */
  readonly position: number;
  /** Of the turn that it belongs to. */
  readonly requestId: string;
  readonly message: UserMessage | AssistantMessage | ToolMessage;
  readonly atMs: number;
  /** Null: the user's side said it. */
  readonly answer: AnswerFacts | null;
}

/** How an answer came about. */
export interface AnswerFacts {
  readonly generationId: string;
  readonly provider: string | null;
  readonly model: string | null;
  /** Null: it is under way, or its process has died. */
  readonly ending: AnswerEnding | null;
  /** Of what broke it. */
  readonly code: ErrorCode | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly usageSource: UsageSource;
  /** Of all attempts together; null = unpriced, or not known. */
  readonly costPicoUsd: PicoUsd | null;
  readonly cached: boolean;
}

/** `cancelled`: its caller left. `broken`: it failed on the way, or its process died. */
export type AnswerEnding = FinishReason | 'cancelled' | 'broken';

/** These have part of an answer: what was delivered before its end. */
export const PARTIAL_ENDINGS: ReadonlySet<AnswerEnding | null> = new Set([null, 'stopped', 'cancelled', 'broken']);

/** What the user says next in a conversation. */
export interface ChatRequest extends Omit<LLMRequest, 'messages' | 'embedding'> {
  /** May be left out beside the results of tools. */
  readonly message?: UserMessage['content'];
  /** Of the tools that the last answer called: all of them. */
  readonly toolResults?: readonly Omit<ToolMessage, 'role'>[];
  /** Left out: a new one begins. */
  readonly conversationId?: string;
  /** The prompt that answers, which takes the conversation as its history; all but its settings is then the template's. */
  readonly prompt?: string;
  /** Of that prompt. */
  readonly variables?: JsonObject;
  /** What the caller has seen of it; another has come since: `conversation_changed`. Left out: whatever there is. */
  readonly conversationVersion?: number;
}

// --- the store -----------------------------------------------------------------------------------------------------

export type Claimed =
  | {
      readonly outcome: 'claimed';
      readonly conversation: Conversation;
      /** All of them. */
      readonly messages: readonly ConversationMessage[];
    }
  /** Another turn is under way. */
  | { readonly outcome: 'busy' }
  | { readonly outcome: 'changed'; readonly version: number }
  | { readonly outcome: 'unknown' };

/** The turn as it is to stand, or the part of it that changed. */
export interface TurnWrite {
  readonly conversationId: string;
  readonly requestId: string;
  /** Those of the conversation from now on: totals, so that repeating a write is harmless. */
  readonly version: number;
  readonly messageCount: number;
  readonly systemPrompt: string | null;
  readonly model: string | null;
  readonly messages: readonly ConversationMessage[];
  readonly atMs: number;
  /** Until when it is claimed; null: the turn has ended, and the claim with it. */
  readonly untilMs: number | null;
}

export interface ConversationPage {
  /** From the page before; anything else gives an empty page. */
  readonly cursor?: string;
  /** 1 to 100; default 100. */
  readonly limit?: number;
}

export interface MessagePage {
  /** The position of the last message of the page before. Default 0. */
  readonly after?: number;
  /** 1 to 100; default 100. */
  readonly limit?: number;
}

/** A conversation, and a page of what was said in it. */
export interface ReadConversation {
  readonly conversation: Conversation;
  readonly messages: readonly ConversationMessage[];
  /** The position after which the next page begins; null: this was the last. */
  readonly nextAfter: number | null;
}

/** Every call ends within a deadline; a store that cannot be reached rejects with `store_unavailable`, never with "no such thing". */
export interface ConversationStore {
  /** A new conversation, whose first turn is claimed. Takes away those of its owner that never got a message, and whose turn is over. */
  create(conversation: Conversation & { readonly turn: TurnClaim }): Promise<void>;
  /** Claims the next turn, unless somebody else has it until after `nowMs`, or the version is another. */
  claim(owner: Owner, id: string, claim: TurnClaim, nowMs: number, version: number | null): Promise<Claimed>;
  /** `changed`: somebody else has claimed the turn meanwhile. `gone`: there is no such conversation any more. Neither writes anything. */
  write(turn: TurnWrite): Promise<'kept' | 'changed' | 'gone'>;
  /** False: it is no longer this turn's. */
  renew(id: string, claim: TurnClaim): Promise<boolean>;
  /** Gives the claim back with nothing written by it; a conversation without any message goes with it. */
  release(id: string, requestId: string): Promise<void>;
  /** Newest activity first; of those that have a message. */
  list(
    owner: Owner,
    page?: ConversationPage,
  ): Promise<{ readonly conversations: readonly Conversation[]; readonly nextCursor: string | null }>;
  /** One moment of it, oldest message first; null: the owner has no such conversation. */
  read(owner: Owner, id: string, page?: MessagePage): Promise<ReadConversation | null>;
  /** Null: the owner has no such conversation. */
  rename(owner: Owner, id: string, title: string): Promise<Conversation | null>;
  /** With all that was said in it. False: the owner has no such conversation. */
  delete(owner: Owner, id: string): Promise<boolean>;
  close(): Promise<void>;
}
