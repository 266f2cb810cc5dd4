// Server-sent events out of bytes, by the WHATWG rules. Lines are cut in the BYTES and only whole lines are decoded: CR and LF
// are never part of a longer UTF-8 character, so no split of the bytes can change what comes out, not even one between the
// bytes of a character or between CR and LF. What is held of an unfinished event never exceeds the bound.

import { llmError } from '../core/errors.ts';
import type { Frame } from '../core/provider.ts';

interface FrameParserOptions {
  /** Bytes of one event's lines. Default 1 MiB. */
  readonly maxEventBytes?: number;
}

const MAX_EVENT_BYTES = 1024 * 1024;

const LF = 10;
const CR = 13;
const SPACE = 32;
const BYTE_ORDER_MARK = '\uFEFF';
const DATA = Buffer.from('data');

export class FrameParser {
  readonly #onFrame: (frame: Frame) => void;
  readonly #maxEventBytes: number;
  /** The line that has no end yet: the first #restBytes of a buffer that grows by doubling. */
  #rest: Buffer = Buffer.alloc(0);
  #restBytes = 0;
  #event = '';
  /** Null: the event has no data line so far, so its end dispatches nothing. */
  #data: string | null = null;
  #dataBytes = 0;
  #atStart = true;
  /** The last chunk ended in CR: an LF that comes next belongs to it. */
  #skipLf = false;

  constructor(onFrame: (frame: Frame) => void, options: FrameParserOptions = {}) {
    this.#onFrame = onFrame;
    this.#maxEventBytes = options.maxEventBytes ?? MAX_EVENT_BYTES;
  }

  /** Bytes of data held of the event that is not finished yet. It grows when data comes, not when comments do. */
  get unfinishedDataBytes(): number {
    const restIsData = this.#restBytes > DATA.length && this.#rest.compare(DATA, 0, DATA.length, 0, DATA.length) === 0;
    return this.#dataBytes + (restIsData ? this.#restBytes : 0);
  }

  /** Throws `provider_bad_reply` for an event above the bound, and what `onFrame` throws. Takes no more after that. */
  push(bytes: Uint8Array): void {
    const chunk = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (this.#isWholeEvents(chunk)) this.#pushEvents(chunk.toString());
    else this.#pushLines(chunk);
  }

  /** The bytes have ended: a block that no empty line closed is discarded. */
  end(): void {
    this.#restBytes = 0;
    this.#startEvent();
  }

  /** The usual case, which leaves nothing over: the chunk ends with an event, no line of it ends in CR, no event can be too large. */
  #isWholeEvents(chunk: Buffer): boolean {
    const { length } = chunk;
    if (length < 2 || chunk[length - 1] !== LF || chunk[length - 2] !== LF) return false;
    if (this.#restBytes > 0 || this.#atStart || this.#skipLf || this.#dataBytes + length > this.#maxEventBytes)
      return false;
    return !chunk.includes(CR);
  }

  // One decoding for all lines instead of one for each. Measured on Node 24.21 with 270-byte frames: a frame costs 0.14 µs (one
  // a chunk) or 0.05 µs (twenty a chunk); line by line 0.24 and 0.18; the JSON.parse of the frame 1.0.
  #pushEvents(text: string): void {
    let at = 0;
    while (at < text.length) {
      const end = text.indexOf('\n', at);
      if (
        text.charCodeAt(end + 1) === LF &&
        text.startsWith('data: ', at) &&
        this.#data === null &&
        this.#event === ''
      ) {
        this.#onFrame({ event: null, data: text.slice(at + 6, end) });
        at = end + 2;
      } else {
        this.#line(text.slice(at, end), 0);
        at = end + 1;
      }
    }
  }

  #pushLines(chunk: Buffer): void {
    let at = this.#skipLf && chunk[0] === LF ? 1 : 0;
    if (chunk.length > 0) this.#skipLf = false;
    let lf = chunk.indexOf(LF, at);
    let cr = chunk.indexOf(CR, at);
    while (lf !== -1 || cr !== -1) {
      const endsInCr = cr !== -1 && (lf === -1 || cr < lf);
      const end = endsInCr ? cr : lf;
      this.#endLine(chunk, at, end);
      at = end + 1;
      if (endsInCr && at === chunk.length) this.#skipLf = true;
      if (endsInCr && lf === at) at += 1;
      if (lf !== -1 && lf < at) lf = chunk.indexOf(LF, at);
      if (cr !== -1 && cr < at) cr = chunk.indexOf(CR, at);
    }
    if (at < chunk.length) this.#keep(chunk, at, chunk.length);
  }

  #endLine(chunk: Buffer, start: number, end: number): void {
    let line: string;
    let lineBytes = end - start;
    if (this.#restBytes === 0) {
      this.#guard(lineBytes);
      line = chunk.toString('utf8', start, end);
    } else {
      this.#keep(chunk, start, end);
      lineBytes = this.#restBytes;
      line = this.#rest.toString('utf8', 0, lineBytes);
      this.#restBytes = 0;
    }
    if (this.#atStart && line.startsWith(BYTE_ORDER_MARK)) line = line.slice(1);
    this.#atStart = false;
    this.#line(line, lineBytes);
  }

  #line(line: string, lineBytes: number): void {
    if (line === '') {
      this.#dispatch();
      return;
    }
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    if (name === 'data') {
      const value = fieldValue(line, colon);
      this.#data = this.#data === null ? value : `${this.#data}\n${value}`;
      this.#dataBytes += lineBytes;
    } else if (name === 'event') {
      this.#event = fieldValue(line, colon);
    }
  }

  #dispatch(): void {
    const data = this.#data;
    const event = this.#event === '' ? null : this.#event;
    this.#startEvent();
    if (data !== null) this.#onFrame({ event, data });
  }

  #startEvent(): void {
    this.#data = null;
    this.#event = '';
    this.#dataBytes = 0;
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    const needed = this.#restBytes + end - start;
    this.#guard(needed);
    if (needed > this.#rest.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#rest.length, 1024));
      this.#rest.copy(larger, 0, 0, this.#restBytes);
      this.#rest = larger;
    }
    chunk.copy(this.#rest, this.#restBytes, start, end);
    this.#restBytes = needed;
  }

  #guard(lineBytes: number): void {
    if (this.#dataBytes + lineBytes <= this.#maxEventBytes) return;
    throw llmError(
      'provider_bad_reply',
      `One event of the provider's stream is larger than ${this.#maxEventBytes} bytes`,
    );
  }
}

/** What stands after the colon, without one leading space; empty for a line that has no colon. */
function fieldValue(line: string, colon: number): string {
  if (colon === -1) return '';
  return line.slice(line.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1);
}
