// Asks a provider over HTTP: undici's `dispatch` with a handler of our own, since `fetch` costs eight times as much. Events are
// emitted while undici hands us the bytes; there is no promise and no timer per chunk.

import type { Dispatcher } from 'undici';
import type { Target } from '../core/catalog.ts';
import type { Clock } from '../core/clock.ts';
import { type LLMError, llmError } from '../core/errors.ts';
import { isNeverAVendor } from '../core/network-address.ts';
import type { AskOptions } from '../core/parts.ts';
import type { HttpCall, HttpCodec, ReplyHeaders } from '../core/provider.ts';
import type { Warning } from '../core/response.ts';
import { type Asker, Exchange, type ExchangeHooks } from './exchange.ts';
import { networkFailure } from './network-failure.ts';
import { ErrorReader, isEncoded, isStream, type ReplyReader, StreamReader, WholeReader } from './reply.ts';

/** How long a connection may take to end a reply whose answer is whole, to be used again. Chosen: a round trip or two. */
const DRAIN_MS = 1000;

type RawHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface HttpWire {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly userAgent: string;
}

export class HttpAsk implements Dispatcher.DispatchHandler, ExchangeHooks {
  readonly #codec: HttpCodec;
  readonly #options: AskOptions;
  readonly #clock: Clock;
  readonly #exchange: Exchange;
  readonly #warnings: Warning[] = [];
  #controller: Dispatcher.DispatchController | null = null;
  #reader: ReplyReader | null = null;
  #replyEnded = false;
  #cancelDrain: (() => void) | null = null;

  constructor(target: Target, codec: HttpCodec, options: AskOptions, clock: Clock, asker: Asker) {
    this.#codec = codec;
    this.#options = options;
    this.#clock = clock;
    this.#exchange = new Exchange(target, options, clock, asker, this);
  }

  send(call: HttpCall, { dispatcher, userAgent }: HttpWire): void {
    this.#warnings.push(...call.warnings);
    const url = URL.parse(call.url);
    if (url === null || isNeverAVendor(url.hostname)) {
      const detail = { neverSent: true, sameTargetAgain: false };
      const why = url === null ? 'is no URL' : 'is none at which a vendor can be';
      const message = `The address of ${this.#exchange.name} ${why}`;
      this.#exchange.fail(llmError('provider_unreachable', message, detail));
      return;
    }
    const body = JSON.stringify(call.body);
    if (!this.#exchange.begin()) return;
    const headers = {
      ...call.headers,
      'content-type': 'application/json',
      accept: this.#options.stream ? 'text/event-stream' : 'application/json',
      'accept-encoding': 'identity',
      'user-agent': userAgent,
      'x-client-request-id': this.#options.attemptId,
    };
    dispatcher.dispatch({ origin: url.origin, path: url.pathname + url.search, method: 'POST', headers, body }, this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#exchange.over) controller.abort(new Error('No longer wanted'));
    else this.#exchange.sending();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, rawHeaders: RawHeaders): void {
    // They are parts of the bytes that came with them, up to 64 KiB, which would be kept as long as the answer lasts.
    controller.rawHeaders = null;
    if (status < 200 || this.#exchange.over) return;
    this.#exchange.status = status;
    try {
      const headers = oneValueEach(rawHeaders);
      // An error names its own time to come back.
      const drainedMs = status < 300 ? (this.#codec.drainedForMs?.(headers) ?? null) : null;
      if (drainedMs !== null) this.#options.onDrained?.(drainedMs);
      this.#reader = this.#readerFor(status, headers);
      this.#regulate();
    } catch (thrown) {
      this.#exchange.fail(thrown);
    }
  }

  /** Of a stream no more is read than somebody takes. */
  #regulate(): void {
    const { flow } = this.#options;
    if (flow === undefined || !(this.#reader instanceof StreamReader)) return;
    const obey = () => {
      if (this.#exchange.over || this.#replyEnded) return;
      if (flow.isClosed) this.#controller?.pause();
      else this.#controller?.resume();
      this.#exchange.waits(flow.isClosed);
    };
    flow.onChange(obey);
    if (flow.isClosed) obey();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#exchange.over || this.#reader === null) return;
    try {
      if (this.#reader.take(chunk)) this.#exchange.heard();
    } catch (thrown) {
      // What the rest of the chunk holds behind the answer's end is nobody's concern.
      if (!this.#exchange.answerEnded) this.#exchange.fail(thrown);
    }
    if (this.#exchange.answerEnded) {
      this.#exchange.finish(this.#warnings);
      this.#drain();
    }
  }

  onResponseEnd(): void {
    this.#replyEnded = true;
    this.#cancelDrain?.();
    if (this.#exchange.over || this.#reader === null) return;
    try {
      this.#reader.end();
      this.#exchange.finish(this.#warnings);
    } catch (thrown) {
      this.#exchange.fail(thrown);
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#replyEnded = true;
    this.#cancelDrain?.();
    if (!this.#exchange.over) this.#failBy(networkFailure(this.#exchange.name, error, this.#exchange.sent));
  }

  stop(error: LLMError): void {
    if (!this.#replyEnded) this.#controller?.abort(error);
  }

  timedOut(error: LLMError): void {
    this.#failBy(error);
  }

  /** Of an error that was told by its status the rest of the body is not missed. */
  #failBy(error: LLMError): void {
    try {
      this.#exchange.fail(this.#reader instanceof ErrorReader ? this.#reader.verdict() : error);
    } catch (thrown) {
      this.#exchange.fail(thrown);
    }
  }

  #readerFor(status: number, headers: ReplyHeaders): ReplyReader {
    const { name, emit } = this.#exchange;
    if (status >= 300 && status < 400) {
      throw llmError('provider_bad_reply', `${name} sent us elsewhere (status ${status}), where the key must not go`);
    }
    if (status >= 400) return new ErrorReader(this.#codec, status, headers);
    if (isEncoded(headers))
      throw llmError('provider_bad_reply', `${name} sent its answer in an encoding we had not asked for`);
    if (!this.#options.stream) return new WholeReader(name, this.#codec, headers, emit);
    if (isStream(headers)) return new StreamReader(name, this.#codec.decodeStream(), emit);
    // An error told with status 200, or a server that cannot stream and answered whole: paid for, so it is taken.
    this.#warnings.push({ code: 'not_streamed', message: `${name} answered in one piece` });
    return new WholeReader(name, this.#codec, headers, emit);
  }

  /** Lets the reply run out behind a whole answer, so that its connection can be used again; but not for long. */
  #drain(): void {
    this.#cancelDrain = this.#clock.after(DRAIN_MS, () => this.#controller?.abort(new Error('The reply had no end')));
  }
}

function oneValueEach(raw: RawHeaders): ReplyHeaders {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(raw)) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  return headers;
}
