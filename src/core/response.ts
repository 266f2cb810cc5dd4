// What comes back: the answer as the vendor made it (Answer), and the response a caller gets (LLMResponse), which also
// says how the answer came about. Wherever a figure may be unknown it is null; null is never 0.

import type { ErrorCode } from './error-table.ts';
import type { JsonObject } from './json.ts';
import type { Judged, Verification } from './judge.ts';
import type { AnswerPart, PromptVersion } from './request.ts';

/** `stopped`: ended by DELETE. `other`: the vendor said something that has no name here; see finishReasonRaw. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'stopped' | 'other';

/** Tokens as the vendor tells them; null = not told. */
export interface Usage {
  /** The whole prompt, cached parts included. */
  readonly inputTokens: number | null;
  /** Part of inputTokens. */
  readonly cacheReadTokens: number | null;
  /** Part of inputTokens. */
  readonly cacheWriteTokens: number | null;
  /** The whole answer, reasoning included. */
  readonly outputTokens: number | null;
  /** Part of outputTokens. */
  readonly reasoningTokens: number | null;
}

/** Where a usage comes from: the vendor's own figures, our estimate of what went over the wire, or nothing was used. */
export type UsageSource = 'provider' | 'estimate' | 'none';

/** One embedding: base64 of its values as little-endian float32, as vendors send it and clients take it. */
export type Vector = string;

/** One whole answer of a vendor. Codecs make it, the cache keeps it, `replay` turns it into events again. */
export interface Answer {
  /** The vendor's id for it; null when it gave none. */
  readonly id: string | null;
  /** The model as the vendor named it; null when it didn't. */
  readonly model: string | null;
  readonly parts: readonly AnswerPart[];
  /** Of a request for embeddings, in the place of parts. Left out: it is an answer. */
  readonly vectors?: readonly Vector[];
  readonly finishReason: FinishReason;
  readonly finishReasonRaw: string | null;
  readonly usage: Usage | null;
  /** What only this vendor tells (queue times, its request id, fingerprint), by field name. Shown, never relied on. */
  readonly providerMetadata: Readonly<Record<string, string | number>>;
  /** What its judge made of it. Left out: it had none. */
  readonly judged?: Judged;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** As the model wrote it. */
  readonly argumentsText: string;
}

export type Outcome = 'completed' | 'failed' | 'cancelled' | 'cut' | 'cached' | 'joined';

/** One target asked (or skipped) on the way to the answer. */
export interface AttemptReport {
  readonly provider: string;
  readonly model: string;
  /** Of several keys at this provider which one: `groq#2`. Left out: there is one. */
  readonly account?: string | undefined;
  readonly outcome: Outcome | 'skipped';
  readonly code: ErrorCode | null;
  /** The vendor's HTTP status; null when there was none. */
  readonly status: number | null;
  readonly durationMs: number;
  /** Decimal string, exact; null = unpriced or not asked. */
  readonly costUsd: string | null;
  /** Why this target was taken or skipped. */
  readonly reason: string;
}

/** What the context window kept. Messages are counted without the system prompt. */
export interface ContextReport {
  readonly kept: number;
  readonly dropped: number;
  /** Of what was kept, the system prompt and the tools included. */
  readonly estimatedTokens: number;
  /** Input tokens that the model allows beside the answer. */
  readonly window: number;
}

export interface Warning {
  readonly code: string;
  readonly message: string;
  /** The field of the request that it is about, as on the wire; left out: none. */
  readonly param?: string | undefined;
}

/** All of a response but its text, reasoning and tool calls: what `response-end` carries. */
export interface ResponseSummary {
  readonly id: string;
  readonly generationId: string;
  readonly provider: string;
  readonly model: string;
  readonly finishReason: FinishReason;
  readonly finishReasonRaw: string | null;
  readonly usage: Usage | null;
  readonly usageSource: UsageSource;
  /** Input and output tokens together; null = not told. */
  readonly tokensUsed: number | null;
  /** Of all attempts together: a decimal string, exact; null = unpriced. */
  readonly costUsd: string | null;
  readonly priced: boolean;
  readonly cached: boolean;
  /** Read along with another request, who asked the same and pays. */
  readonly shared: boolean;
  /** Under which the answer is kept, and can be invalidated; null: it was neither kept nor recalled. */
  readonly cacheKey: string | null;
  readonly responseTimeMs: number;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly attempts: readonly AttemptReport[];
  readonly context: ContextReport;
  readonly warnings: readonly Warning[];
  /** The max tokens that was sent, when it is not what was asked. */
  readonly maxTokens: { readonly asked: number | null; readonly sent: number; readonly reason: string } | null;
  readonly providerMetadata: Readonly<Record<string, string | number>>;
  /** Of a chat: where the turn is kept, and the version that has it. */
  readonly conversationId?: string;
  readonly conversationVersion?: number;
  /** The template that made the request. Left out: none did. */
  readonly prompt?: PromptVersion;
  /** Of an answer that was judged: what is delivered, and what was checked of it. Left out: it was not, or never came to its end. */
  readonly data?: JsonObject;
  readonly verification?: Verification;
}

export interface LLMResponse extends ResponseSummary {
  readonly content: string;
  readonly reasoning: string | null;
  readonly toolCalls: readonly ToolCall[];
  /** The answer in order, with the vendor's own state: what to send back as the assistant's message. */
  readonly parts: readonly AnswerPart[];
  /** Of a request for embeddings: one for each text, in order. */
  readonly vectors?: readonly Vector[];
}
