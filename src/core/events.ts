// An answer as it is made. Stream and whole are one path: a whole answer is a collected stream, a cached one a replayed one,
// and the law `collect(replay(answer)) = answer` is held by tests.

import type { LLMError } from './errors.ts';
import type { JsonObject } from './json.ts';
import type { Judged } from './judge.ts';
import type { AnswerPart } from './request.ts';
import type { Answer, FinishReason, ResponseSummary, Usage, Vector } from './response.ts';

/** What a codec makes of a vendor's bytes. Ends in exactly one `answer-end`; a failure is thrown, never an event. */
export type AnswerEvent =
  | { readonly type: 'answer-start'; readonly id: string | null; readonly model: string | null }
  /** Usage as soon as the vendor tells it, so that an answer that breaks after it is still charged by it. The last one counts. */
  | { readonly type: 'usage-told'; readonly usage: Usage }
  | ContentEvent
  | AnswerEnd;

/** Content: what a listener gets word for word. The first of these commits the attempt. */
export type ContentEvent =
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'reasoning-delta'; readonly text: string }
  | { readonly type: 'reasoning-end'; readonly providerData?: JsonObject }
  /** `providerData` only where it is known this early, for clients that look for it nowhere else. */
  | {
      readonly type: 'tool-call-start';
      readonly toolCallId: string;
      readonly name: string;
      readonly providerData?: JsonObject;
    }
  | { readonly type: 'tool-call-delta'; readonly toolCallId: string; readonly argumentsText: string }
  /** All that there is of the state, whether or not the start told it. */
  | { readonly type: 'tool-call-end'; readonly toolCallId: string; readonly providerData?: JsonObject }
  /** The next text that was to be embedded. */
  | { readonly type: 'embedding'; readonly vector: Vector };

export interface AnswerEnd {
  readonly type: 'answer-end';
  readonly finishReason: FinishReason;
  readonly finishReasonRaw: string | null;
  readonly usage: Usage | null;
  readonly providerMetadata: Readonly<Record<string, string | number>>;
  /** What its judge made of it. Left out: it had none. */
  readonly judged?: Judged;
}

/** What a model has written so far of an answer that is judged: all of it, in the place of what was shown before. No part of the answer. */
export interface DataDraft {
  readonly type: 'data-draft';
  readonly data: JsonObject;
}

/** What a caller reads. `response-start`, any content, then exactly one of `response-end` and `error`. Drafts come before all of it. */
export type StreamEvent =
  | {
      readonly type: 'response-start';
      readonly id: string;
      readonly generationId: string;
      readonly provider: string;
      readonly model: string;
      readonly cached: boolean;
      /** Read along with another request, who asked the same and pays. */
      readonly shared: boolean;
      /** How many upstream attempts it took until the first content. */
      readonly attempts: number;
      /** As in the summary: what was sent, when it is not what was asked. */
      readonly maxTokens: ResponseSummary['maxTokens'];
    }
  | DataDraft
  | ContentEvent
  | { readonly type: 'response-end'; readonly response: ResponseSummary }
  | { readonly type: 'error'; readonly error: LLMError };

export function isContent(event: AnswerEvent): event is ContentEvent {
  return event.type !== 'answer-start' && event.type !== 'usage-told' && event.type !== 'answer-end';
}

export function* replay(answer: Answer): Generator<AnswerEvent> {
  yield { type: 'answer-start', id: answer.id, model: answer.model };
  for (const part of answer.parts) {
    if (part.type === 'text') for (const text of piecesOf(part.text)) yield { type: 'text-delta', text };
    else if (part.type === 'reasoning') {
      for (const text of piecesOf(part.text)) yield { type: 'reasoning-delta', text };
      yield { type: 'reasoning-end', ...(part.providerData && { providerData: part.providerData }) };
    } else {
      const { toolCallId, name } = part;
      const state = part.providerData && { providerData: part.providerData };
      yield { type: 'tool-call-start', toolCallId, name, ...state };
      for (const argumentsText of piecesOf(part.argumentsText))
        yield { type: 'tool-call-delta', toolCallId, argumentsText };
      yield { type: 'tool-call-end', toolCallId, ...state };
    }
  }
  for (const vector of answer.vectors ?? []) yield { type: 'embedding', vector };
  const { finishReason, finishReasonRaw, usage, providerMetadata, judged } = answer;
  yield { type: 'answer-end', finishReason, finishReasonRaw, usage, providerMetadata, ...(judged && { judged }) };
}

/** Of one event. A text of megabytes in one would be written at once, to a client that reads nothing too. */
const PIECE_CHARACTERS = 16_384;

/** At least one, so that a part without text stays a part. */
function* piecesOf(text: string): Generator<string> {
  let start = 0;
  do {
    const end = start + PIECE_CHARACTERS;
    const cutsACharacter = (text.codePointAt(end - 1) ?? 0) > 0xffff;
    const next = cutsACharacter ? end + 1 : end;
    yield text.slice(start, next);
    start = next;
  } while (start < text.length);
}

interface OpenPart {
  readonly type: AnswerPart['type'];
  readonly toolCallId: string;
  readonly name: string;
  text: string;
  /** Behind `text`, not joined to it yet. */
  texts: string[];
  providerData: JsonObject | null;
}

/** A string for each word of a long answer is several times the answer; joining at every word would be as many strings again. */
const JOINED_TEXTS = 128;

/** Puts an answer together from its events, one by one. */
export class Collector {
  #id: string | null = null;
  #model: string | null = null;
  #end: AnswerEnd | null = null;
  #usage: Usage | null = null;
  readonly #parts: OpenPart[] = [];
  readonly #vectors: Vector[] = [];

  add(event: AnswerEvent | DataDraft): void {
    switch (event.type) {
      case 'answer-start':
        this.#id = event.id;
        this.#model = event.model;
        break;
      case 'usage-told':
        this.#usage = event.usage;
        break;
      case 'text-delta':
        addText(this.#open('text'), event.text);
        break;
      case 'reasoning-delta':
        addText(this.#open('reasoning'), event.text);
        break;
      case 'reasoning-end':
        this.#close('reasoning', event.providerData);
        break;
      case 'tool-call-start':
        this.#push('tool-call', event.toolCallId, event.name);
        break;
      case 'tool-call-delta':
        addText(this.#toolCall(event.toolCallId), event.argumentsText);
        break;
      case 'tool-call-end': {
        const call = this.#toolCall(event.toolCallId);
        if (call !== undefined && event.providerData !== undefined) call.providerData = event.providerData;
        break;
      }
      case 'embedding':
        this.#vectors.push(event.vector);
        break;
      case 'answer-end':
        this.#end = event;
        break;
      case 'data-draft':
        break;
    }
  }

  /** Null as long as no `answer-end` came: what there is then is not an answer. */
  answer(): Answer | null {
    if (this.#end === null) return null;
    const { type: _type, ...end } = this.#end;
    return { id: this.#id, model: this.#model, ...this.content(), ...end };
  }

  /** What the vendor told so far, also of an answer that never ended. */
  get usage(): Usage | null {
    return this.#end?.usage ?? this.#usage;
  }

  /** All that was delivered so far, as an answer has it. */
  content(): Pick<Answer, 'parts' | 'vectors'> {
    return { parts: this.parts(), ...(this.#vectors.length > 0 && { vectors: [...this.#vectors] }) };
  }

  /** What the model wrote so far. */
  parts(): AnswerPart[] {
    return this.#parts.map((part) => {
      const text = part.text + part.texts.join('');
      const more = part.providerData !== null ? { providerData: part.providerData } : {};
      if (part.type === 'text') return { type: 'text', text };
      if (part.type === 'reasoning') return { type: 'reasoning', text, ...more };
      return { type: 'tool-call', toolCallId: part.toolCallId, name: part.name, argumentsText: text, ...more };
    });
  }

  #open(type: 'text' | 'reasoning'): OpenPart {
    const last = this.#parts.at(-1);
    // A reasoning part that was closed with vendor data is complete: text after it begins another.
    if (last?.type === type && last.providerData === null) return last;
    return this.#push(type, '', '');
  }

  #close(type: 'reasoning', providerData: JsonObject | undefined): void {
    if (providerData !== undefined) this.#open(type).providerData = providerData;
  }

  #push(type: AnswerPart['type'], toolCallId: string, name: string): OpenPart {
    const part: OpenPart = { type, toolCallId, name, text: '', texts: [], providerData: null };
    this.#parts.push(part);
    return part;
  }

  #toolCall(toolCallId: string): OpenPart | undefined {
    return this.#parts.findLast((part) => part.type === 'tool-call' && part.toolCallId === toolCallId);
  }
}

function addText(part: OpenPart | undefined, text: string): void {
  if (part === undefined) return;
  part.texts.push(text);
  if (part.texts.length < JOINED_TEXTS) return;
  part.text += part.texts.join('');
  part.texts = [];
}

export function collect(events: Iterable<AnswerEvent>): Answer | null {
  const collector = new Collector();
  for (const event of events) collector.add(event);
  return collector.answer();
}

export function contentOf(parts: readonly AnswerPart[]): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

/** Null when the model gave no reasoning (an empty one is told as empty). */
export function reasoningOf(parts: readonly AnswerPart[]): string | null {
  const reasoning = parts.filter((part) => part.type === 'reasoning');
  return reasoning.length === 0 ? null : reasoning.map((part) => part.text).join('');
}
