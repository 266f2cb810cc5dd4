// A provider is a codec: pure translation between our words and one vendor's wire. It does no I/O and has no clock; the
// transport does that for all. So a provider is one file, tested from recorded traffic alone.

import type { LLMError } from './errors.ts';
import type { AnswerEvent } from './events.ts';
import type { Json, JsonObject } from './json.ts';
import type { ModelList } from './model-list.ts';
import type { FilePart, FittedRequest, ImagePart } from './request.ts';
import type { Answer, Warning } from './response.ts';

/** What is sent to the vendor. `headers` holds the key: this object is never logged. */
export interface HttpCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
  /** Knobs that this vendor lacks and that were left out. */
  readonly warnings: readonly Warning[];
}

/** One server-sent event. */
export interface Frame {
  /** Null when the event has no name. */
  readonly event: string | null;
  readonly data: string;
}

/** An answer that is no success. The body is read up to a bound and never shown to a caller. */
export interface ErrorReply {
  readonly status: number;
  readonly headers: ReplyHeaders;
  readonly body: string;
}

/** Header names in lower case. */
export type ReplyHeaders = Readonly<Record<string, string | undefined>>;

export type Emit = (event: AnswerEvent) => void;

/** Translates one stream; its state is the stream's. What it throws ends the attempt. */
export interface StreamDecoder {
  /** One frame of the stream, in order. Throws an LLMError where the vendor tells one. */
  frame(frame: Frame, emit: Emit): void;
  /** The bytes have ended. Emits `answer-end` if it is still owed; throws `stream_broken` when the answer isn't whole. */
  end(emit: Emit): void;
}

/** What a provider's models can do, for all of them alike; the catalogue knows better where a model differs. */
export interface LLMProvider {
  /** `groq`: the name in routes, rows, headers and logs. */
  readonly id: string;
  /** Of several at this vendor which one answers: `groq#2`, never the key. Left out: there is one, called by the id. */
  readonly account?: string;
  /** The same vendor by each of our keys, this one among them; left out: there is one key. */
  readonly pool?: readonly LLMProvider[];
  /**
   * Whether cancelling a request stops its bill. `goes-on`: the vendor bills the whole answer all the same, so hearing it out costs
   * nothing more and tells the true usage. `unknown` is treated as `stops`.
   */
  readonly billAfterCancel: 'stops' | 'goes-on' | 'unknown';
  readonly transport: HttpCodec | Direct;
  /** The same account by OpenAI's Responses, for callers who came by it themselves; left out: it is asked in one way. */
  readonly responses?: LLMProvider['transport'];
  /** Said of one that is asked by Responses: its answers bear other state, so they are kept apart. */
  readonly api?: 'responses';
  /** Left out: there is none by whose names it is asked. */
  readonly modelList?: ModelList;
}

/** Speaks over HTTP: the provider translates, the transport asks. */
export interface HttpCodec {
  readonly kind: 'http';
  /** Throws `invalid_request` for a FEATURE that the vendor lacks; leaves out a knob with a warning. */
  encode(request: FittedRequest, model: string, stream: boolean): HttpCall;
  /** Whether what stands behind this part's address must be sent as data, since the vendor does not fetch it. Left out: it fetches all. */
  needsBytes?(part: ImagePart | FilePart): boolean;
  /** A whole answer. Throws an LLMError for an error that came with status 200, `provider_bad_reply` for what is no answer. */
  decode(body: Json, headers: ReplyHeaders): Answer;
  decodeStream(): StreamDecoder;
  /** Total: any status and any body give an error. */
  decodeError(reply: ErrorReply): LLMError;
  /** How long, by the headers of an answer, nothing more is left for its model; null: something is, or nobody says. Total. */
  drainedForMs?(headers: ReplyHeaders): number | null;
  /** True: its answers are as long as the request makes them, so one that is too long says nothing of the vendor. Left out: they are not. */
  readonly isAsLongAsAsked?: boolean;
  /** Left out: this vendor makes none. */
  readonly embeddings?: EmbeddingsCodec;
}

/** No answer of a vendor may be longer: far above the longest text that any model gives. */
export const ANSWER_BYTES_MOST = 8 * 1024 * 1024;

/** How a vendor is asked for embeddings: always for all of them in one answer. */
export interface EmbeddingsCodec {
  /** Most texts of one request. */
  readonly textsMost: number;
  /** Most bytes of the vendor's answer that one value of a vector takes. */
  readonly valueBytes: number;
  encode(request: FittedRequest, model: string): HttpCall;
  /**
   * One vector for each text, in order. `modelDimensions`: how long they are where nothing else was asked; null: nobody has said. Throws
   * as `decode` of the provider does, also for vectors that are not what was asked.
   */
  decode(body: Json, request: FittedRequest, modelDimensions: number | null): Answer;
}

/** Answers in this process (offline, or a model that brings its own I/O). */
export interface Direct {
  readonly kind: 'direct';
  /** Resolves behind its `answer-end`. The signal's abort ends it: nobody listens any more. */
  answer(request: FittedRequest, model: string, emit: Emit, signal: AbortSignal, listener: Listener): Promise<void>;
}

/** Whoever hears the answer of a provider in this process, beyond its events. */
export interface Listener {
  /** A knob was left out. */
  warn(warning: Warning): void;
  /** Null: more is wanted now. Else it resolves when it is, or when nothing is wanted any more; until then silence is no fault. */
  wanted(): Promise<void> | null;
}
