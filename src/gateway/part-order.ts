// The parts of a streamed answer one after the other, for the dialects whose streams begin a part and end it before the next one. A
// vendor may tell of several calls at once: what is told of a later part waits until the one before has ended, so nothing is lost.

import type { AnswerPart, JsonObject, StreamEvent } from '../index.ts';

type PartType = AnswerPart['type'];

/** A part that has begun. */
export interface OpenPart {
  readonly type: PartType;
  /** Of a tool call; else empty. */
  readonly toolCallId: string;
  readonly name: string;
}

/** How one dialect writes a part. Called in the order of the answer, one part after the other. */
export interface PartWriter {
  begin(part: OpenPart): string;
  piece(part: OpenPart, text: string): string;
  end(part: OpenPart, state: JsonObject | undefined): string;
}

interface Known extends OpenPart {
  /** What came and is not written yet. */
  waiting: string;
  isBegun: boolean;
  state: JsonObject | undefined;
  isOver: boolean;
}

/** Makes the same parts of the events as the whole answer has: see Collector in core/events.ts. */
export class PartOrder {
  readonly #writer: PartWriter;
  /** The first is the one that is written; those before have ended. */
  readonly #parts: Known[] = [];

  constructor(writer: PartWriter) {
    this.#writer = writer;
  }

  event(event: StreamEvent): string {
    switch (event.type) {
      case 'text-delta':
        this.#open('text').waiting += event.text;
        break;
      case 'reasoning-delta':
        this.#open('reasoning').waiting += event.text;
        break;
      case 'reasoning-end':
        if (event.providerData !== undefined) endWith(this.#open('reasoning'), event.providerData);
        break;
      case 'tool-call-start':
        this.#push('tool-call', event.toolCallId, event.name);
        break;
      case 'tool-call-delta': {
        const call = this.#call(event.toolCallId);
        if (call !== undefined) call.waiting += event.argumentsText;
        break;
      }
      case 'tool-call-end': {
        const call = this.#call(event.toolCallId);
        if (call !== undefined) endWith(call, event.providerData);
        break;
      }
      default:
        return '';
    }
    return this.#write();
  }

  /** What is left, at the end of the answer. */
  rest(): string {
    for (const part of this.#parts) part.isOver = true;
    return this.#write();
  }

  #open(type: 'text' | 'reasoning'): Known {
    const last = this.#parts.at(-1);
    return last?.type === type && !last.isOver ? last : this.#push(type, '', '');
  }

  #push(type: PartType, toolCallId: string, name: string): Known {
    const last = this.#parts.at(-1);
    // Text and thoughts end with what comes next; a call ends when it is said to.
    if (last !== undefined && last.type !== 'tool-call') last.isOver = true;
    const part: Known = { type, toolCallId, name, waiting: '', isBegun: false, state: undefined, isOver: false };
    this.#parts.push(part);
    return part;
  }

  #call(toolCallId: string): Known | undefined {
    return this.#parts.findLast((part) => part.type === 'tool-call' && part.toolCallId === toolCallId);
  }

  #write(): string {
    let written = '';
    for (;;) {
      const [part] = this.#parts;
      if (part === undefined) return written;
      written += this.#writeOn(part);
      if (!part.isOver) return written;
      this.#parts.shift();
    }
  }

  #writeOn(part: Known): string {
    let written = '';
    // Clients may not send back a text without a character; so it is none.
    if (!part.isBegun && (part.type !== 'text' || part.waiting !== '')) {
      written += this.#writer.begin(part);
      part.isBegun = true;
    }
    if (part.waiting !== '') written += this.#writer.piece(part, part.waiting);
    part.waiting = '';
    if (part.isOver && part.isBegun) written += this.#writer.end(part, part.state);
    return written;
  }
}

function endWith(part: Known, state: JsonObject | undefined): void {
  part.isOver = true;
  if (state !== undefined) part.state = state;
}
