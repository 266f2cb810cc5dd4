// The three kinds of reply, each read by its own reader: an error with its body, a whole answer, a stream. A reader is fed the
// bytes, throws what ends the exchange, and holds a bounded amount of them.

import { type LLMError, llmError } from '../core/errors.ts';
import { replay } from '../core/events.ts';
import { isObject } from '../core/json.ts';
import {
  ANSWER_BYTES_MOST,
  type Emit,
  type Frame,
  type HttpCodec,
  type ReplyHeaders,
  type StreamDecoder,
} from '../core/provider.ts';
import { FrameParser } from './frames.ts';

/** An error says in its first lines what is wrong. */
const MAX_ERROR_BYTES = 64 * 1024;

export interface ReplyReader {
  /** Takes bytes; true when data was among them, for the clocks. */
  take(chunk: Buffer): boolean;
  /** The bytes have ended as HTTP says they should. */
  end(): void;
}

/** A status that is no success. Whatever of the body came, the status alone is enough for an error. */
export class ErrorReader implements ReplyReader {
  readonly #codec: HttpCodec;
  readonly #status: number;
  readonly #headers: ReplyHeaders;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(codec: HttpCodec, status: number, headers: ReplyHeaders) {
    this.#codec = codec;
    this.#status = status;
    this.#headers = headers;
  }

  take(chunk: Buffer): boolean {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= MAX_ERROR_BYTES) throw this.verdict();
    return false;
  }

  end(): void {
    throw this.verdict();
  }

  /** The error, by the status and what came of the body so far. */
  verdict(): LLMError {
    const readable = !isEncoded(this.#headers);
    const body = readable ? Buffer.concat(this.#chunks).toString('utf8', 0, MAX_ERROR_BYTES) : '';
    return this.#codec.decodeError({ status: this.#status, headers: this.#headers, body });
  }
}

/** One JSON object. Nothing is emitted before all of it is there and understood. */
export class WholeReader implements ReplyReader {
  readonly #provider: string;
  readonly #codec: HttpCodec;
  readonly #headers: ReplyHeaders;
  readonly #emit: Emit;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(provider: string, codec: HttpCodec, headers: ReplyHeaders, emit: Emit) {
    this.#provider = provider;
    this.#codec = codec;
    this.#headers = headers;
    this.#emit = emit;
    if (Number(headers['content-length']) > ANSWER_BYTES_MOST) throw tooLarge(provider, codec.isAsLongAsAsked);
  }

  take(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes > ANSWER_BYTES_MOST) throw tooLarge(this.#provider, this.#codec.isAsLongAsAsked);
    this.#chunks.push(chunk);
    return true;
  }

  end(): void {
    const answer = this.#codec.decode(this.#object(), this.#headers);
    for (const event of replay(answer)) this.#emit(event);
  }

  #object() {
    let body: unknown;
    try {
      body = JSON.parse(Buffer.concat(this.#chunks).toString());
    } catch {
      throw this.#noJson();
    }
    if (isObject(body)) return body;
    throw llmError('provider_bad_reply', `${this.#provider} answered with JSON that is no object`);
  }

  #noJson(): LLMError {
    const { 'content-length': length, 'transfer-encoding': encoding, 'content-type': type } = this.#headers;
    // Only the connection's end ended this body, so a cut looks like any other end.
    if (length === undefined && encoding === undefined && isJson(type)) {
      return llmError(
        'provider_unreachable',
        `The connection to ${this.#provider} was lost in the middle of its answer`,
      );
    }
    return llmError('provider_bad_reply', `${this.#provider} answered with something that is no JSON`);
  }
}

export class StreamReader implements ReplyReader {
  readonly #provider: string;
  readonly #decoder: StreamDecoder;
  readonly #emit: Emit;
  readonly #parser = new FrameParser((frame) => this.#frame(frame));
  #bytes = 0;
  #dataCame = false;

  constructor(provider: string, decoder: StreamDecoder, emit: Emit) {
    this.#provider = provider;
    this.#decoder = decoder;
    this.#emit = emit;
  }

  take(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes > ANSWER_BYTES_MOST) throw tooLarge(this.#provider);
    const unfinishedBytes = this.#parser.unfinishedDataBytes;
    this.#dataCame = false;
    this.#parser.push(chunk);
    return this.#dataCame || this.#parser.unfinishedDataBytes > unfinishedBytes;
  }

  end(): void {
    this.#parser.end();
    this.#decoder.end(this.#emit);
  }

  #frame(frame: Frame): void {
    // Anthropic's keep-alive is an event with data, and says no more than a comment.
    if (frame.data === '' || frame.event === 'ping') return;
    this.#dataCame = true;
    this.#decoder.frame(frame, this.#emit);
  }
}

/** We ask for none: what comes encoded all the same could grow without bound when it is unpacked. */
export function isEncoded(headers: ReplyHeaders): boolean {
  const encoding = headers['content-encoding'];
  return encoding !== undefined && encoding.toLowerCase() !== 'identity' && encoding !== '';
}

/** A stream, or at least nothing that says it is something else. */
export function isStream(headers: ReplyHeaders): boolean {
  const type = headers['content-type'];
  return type === undefined || type.toLowerCase().startsWith('text/event-stream');
}

function isJson(type: string | undefined): boolean {
  return type?.toLowerCase().includes('json') === true;
}

function tooLarge(provider: string, isAsLongAsAsked = false): LLMError {
  const message = `The answer of ${provider} is larger than ${ANSWER_BYTES_MOST} bytes`;
  if (!isAsLongAsAsked) return llmError('provider_bad_reply', message);
  // Paid for, and it would be as long again.
  const again = { sameTargetAgain: false } as const;
  return llmError('provider_rejected_answer', `${message}; ask for fewer texts at once`, { param: 'input', ...again });
}
