// What a caller asks. These are the library's own words (camelCase); the wire's snake_case is translated at the edge.

import type { CacheWish } from './cache-key.ts';
import type { Departure } from './departure.ts';
import type { Flow } from './flow.ts';
import type { JsonObject } from './json.ts';
import type { Judge } from './judge.ts';
import type { Warning } from './response.ts';

export interface LLMRequest {
  readonly messages: readonly Message[];
  /** Put before everything else and never trimmed. */
  readonly systemPrompt?: string;
  /** Whose windows are drawn on. Default `anonymous`. */
  readonly userId?: string;
  /** A route of ours, a model's whole name, or `provider/model`. Default: what the configuration says. */
  readonly model?: string;
  /** 0 to 2. Default LLM_TEMPERATURE. */
  readonly temperature?: number;
  /** Most tokens of the answer, reasoning included. Default LLM_MAX_TOKENS. */
  readonly maxTokens?: number;
  readonly topP?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  readonly tools?: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly responseFormat?: ResponseFormat;
  readonly reasoningEffort?: ReasoningEffort;
  readonly serviceTier?: string;
  /** Asks for a vector of each message's text in the place of an answer: `service.embed` asks so. */
  readonly embedding?: Embedding;
  /** `use` (default) may answer from the cache, `refresh` asks and stores, `off` does neither. */
  readonly cache?: CacheMode;
  /** At most 16, for usage reports. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Passed through to the provider so named, over everything else. */
  readonly providerOptions?: Readonly<Record<string, JsonObject>>;
}

export interface Embedding {
  /** How many values a vector shall have; null: as many as the model gives. */
  readonly dimensions: number | null;
}

export type CacheMode = 'use' | 'refresh' | 'off';
export type ReasoningEffort = 'none' | 'minimal' | 'low' | 'medium' | 'high';

export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage;
interface Pinnable {
  /** True: never trimmed, however old it is. No vendor sees it. */
  readonly pinned?: boolean;
}
export interface SystemMessage extends Pinnable {
  readonly role: 'system';
  readonly content: string;
}
export interface UserMessage extends Pinnable {
  readonly role: 'user';
  readonly content: string | readonly UserPart[];
}
export interface AssistantMessage extends Pinnable {
  readonly role: 'assistant';
  readonly content: string | readonly AnswerPart[];
}
export interface ToolMessage extends Pinnable {
  readonly role: 'tool';
  readonly toolCallId: string;
  readonly content: string | readonly ToolResultPart[];
  /** True: the tool failed, and the content says how. Vendors without a word for it are sent the content alone. */
  readonly isError?: boolean;
}

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}
export interface ImagePart {
  readonly type: 'image';
  /** `https:` or `data:`; fetched by nobody but the vendor, unless that takes bytes alone and the operator lets us fetch them. */
  readonly url: string;
  readonly detail?: 'auto' | 'low' | 'high';
}
export interface FilePart {
  readonly type: 'file';
  readonly mediaType: 'application/pdf';
  /** As that of an image. */
  readonly url: string;
  readonly filename?: string;
}
export interface AudioPart {
  readonly type: 'audio';
  readonly format: AudioFormat;
  /** Base64. */
  readonly data: string;
}
export type AudioFormat = 'wav' | 'mp3' | 'flac' | 'ogg' | 'aac' | 'aiff';
export type UserPart = TextPart | ImagePart | FilePart | AudioPart;
export type ToolResultPart = TextPart | ImagePart;
/** `providerData` is the vendor's own state (signatures) and goes back unchanged. */
export interface ReasoningPart {
  readonly type: 'reasoning';
  readonly text: string;
  readonly providerData?: JsonObject;
}
export interface ToolCallPart {
  readonly type: 'tool-call';
  readonly toolCallId: string;
  readonly name: string;
  /** As the model wrote it: it may be no valid JSON. */
  readonly argumentsText: string;
  readonly providerData?: JsonObject;
}
export type AnswerPart = TextPart | ReasoningPart | ToolCallPart;

export interface Tool {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments. */
  readonly parameters?: JsonObject;
  readonly strict?: boolean;
}
export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string };
export type ResponseFormat = { readonly type: 'text' } | { readonly type: 'json' } | SchemaFormat;
export interface SchemaFormat {
  readonly type: 'json-schema';
  readonly name: string;
  readonly schema: JsonObject;
  readonly description?: string;
  readonly strict?: boolean;
}

/** Who asks, as far as windows and rows are concerned. From identity, never from the body alone. */
export interface Caller {
  readonly tenant: string;
  readonly userId: string;
  /** The key or token that was presented, for the rows. */
  readonly keyId?: string | null;
  /** What the key or token says; the configuration's word for the user stands over it. */
  readonly tier?: string | null;
  /** The only models that this key may ask, as routes or `provider/model`; null or left out: all. */
  readonly allowedModels?: readonly string[] | null;
}

/** A prompt template as it was used. */
export interface PromptVersion {
  readonly name: string;
  readonly version: string;
  /** Of the whole template: two files may bear one version. Empty in rows that are older than this field. */
  readonly hash: string;
}

/** How it is asked, apart from what is asked. Made once, at the edge. */
export interface Call {
  /** In every log line, header and ledger row. */
  readonly requestId: string;
  readonly generationId: string;
  readonly caller: Caller;
  /** The template that made the request; null: none. */
  readonly prompt: PromptVersion | null;
  /** Decides about the answer before anybody reads it; null: whatever the model wrote is the answer. */
  readonly judge: Judge | null;
  /** What its caller should know beside the answer. Left out: nothing. */
  readonly warnings?: readonly Warning[];
  /** Whether to show what the model has written so far of an answer that is judged, before it is. */
  readonly drafts: boolean;
  /** True: the vendor is asked for a stream. */
  readonly stream: boolean;
  /** `native`: the library's and the native API's defaults (temperature, max tokens, history window). `as-sent`: what the
   * client sent, unchanged (spoken dialects). */
  readonly defaults: 'native' | 'as-sent';
  /** By which API its caller came, where a vendor may be asked by the same one; null: that is no matter. */
  readonly spokenApi: 'responses' | null;
  /** What its template or conversation decides; what is left out, the policy decides. */
  readonly cache: CacheWish;
  readonly startedAtMs: number;
  /** By the monotonic clock: when the request must have ended, all attempts together. The signal is aborted then too. */
  readonly deadlineMonotonicMs: number;
  /** Aborted when the request must end at once: its deadline, the end of the service, or a departure. */
  readonly signal: AbortSignal;
  readonly departure: Departure;
  readonly flow: Flow;
}

/** A request after step 3: the history fits, every number is set, nothing is left to default. */
export interface FittedRequest {
  readonly systemPrompt: string | null;
  readonly messages: readonly Message[];
  readonly temperature: number | null;
  /** null: the vendor's own limit applies (spoken dialects without a token or money window). */
  readonly maxTokens: number | null;
  readonly topP: number | null;
  readonly seed: number | null;
  readonly stop: readonly string[];
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice | null;
  readonly parallelToolCalls: boolean | null;
  readonly responseFormat: ResponseFormat;
  /** The schema of the format is told in words, and what is asked of the model in its place is this; left out: it takes schemas. */
  readonly emulated?: 'json' | 'text';
  readonly reasoningEffort: ReasoningEffort | null;
  readonly serviceTier: string | null;
  /** Null: an answer is wanted. Else the texts of the messages are to be embedded, and max tokens is 0. */
  readonly embedding: Embedding | null;
  readonly providerOptions: Readonly<Record<string, JsonObject>>;
}

/** All text of a message, for counting and for vendors that take text alone. */
export function textOf(message: Message): string {
  if (typeof message.content === 'string') return message.content;
  let text = '';
  for (const part of message.content) {
    if (part.type === 'text' || part.type === 'reasoning') text += part.text;
    else if (part.type === 'tool-call') text += part.name + part.argumentsText;
  }
  return text;
}

export function toolCallsOf(message: Message): readonly ToolCallPart[] {
  if (message.role !== 'assistant' || typeof message.content === 'string') return [];
  return message.content.filter((part) => part.type === 'tool-call');
}
