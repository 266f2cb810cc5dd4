// How the mock vendor answers one request, and how it fails to. The reply is made whole first and then played, so that it can be
// cut or stopped at any byte of it.

import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { JsonObject } from '../../src/core/json.ts';
import { type GroqAnswer, type Says, sseEvent } from './groq-answer.ts';

/** How one request is answered. An empty one: a plain answer that echoes. */
export interface Behaviour {
  readonly says?: Says;
  readonly fault?: Fault;
  readonly headersAfterMs?: number;
  /** Nothing is answered before this resolves. */
  readonly heldUntil?: Promise<void>;
  readonly eventEveryMs?: number;
  /** The body leaves in pieces of this many bytes, each on its own. */
  readonly sliceBytes?: number;
  /** How the body's end is known. `close`: by the end of the connection alone, so that a cut looks like an end. */
  readonly framing?: 'chunked' | 'length' | 'close';
  readonly headers?: Readonly<Record<string, string>>;
}

export type Fault =
  /** Takes the request and says nothing, not even headers. */
  | { readonly kind: 'silent' }
  /** The body stops, the connection stays. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  | { readonly kind: 'stall-events'; readonly afterEvents: number }
  | { readonly kind: 'cut'; readonly afterBytes: number; readonly by: 'fin' | 'rst' }
  /** `event: error` inside the stream of status 200, and its end. */
  | { readonly kind: 'error-event'; readonly afterEvents: number; readonly error: JsonObject }
  | { readonly kind: 'comments-only'; readonly everyMs: number }
  /** Ends cleanly without `[DONE]`; with `afterEvents` before its finish reason. */
  | { readonly kind: 'no-done'; readonly afterEvents?: number }
  /** A body that never ends: one line, or many events. */
  | { readonly kind: 'endless'; readonly what: 'line' | 'events' | 'error-body' }
  | { readonly kind: 'gzip' }
  | { readonly kind: 'status'; readonly status: number; readonly error?: JsonObject }
  | { readonly kind: 'reply'; readonly status: number; readonly type: string; readonly body: string }
  /** Bytes on the socket, as they stand. */
  | { readonly kind: 'raw'; readonly bytes: string };

/** Replies that the mock itself broke off. */
export const brokenOff = new WeakSet<ServerResponse>();

export function sendJson(
  res: ServerResponse,
  status: number,
  body: JsonObject,
  headers: Readonly<Record<string, string>> = {},
): void {
  res.writeHead(status, { 'content-type': 'application/json', ...headers });
  res.end(JSON.stringify(body));
}

/** The limits of the free plan, as the live headers look. */
const RATE_LIMIT_HEADERS = {
  'x-ratelimit-limit-requests': '1000',
  'x-ratelimit-limit-tokens': '8000',
  'x-ratelimit-remaining-requests': '999',
  'x-ratelimit-remaining-tokens': '7927',
  'x-ratelimit-reset-requests': '1m26.4s',
  'x-ratelimit-reset-tokens': '547.5ms',
};

/** Plays one behaviour. */
export class Reply {
  readonly #res: ServerResponse;
  readonly #stream: boolean;
  readonly #behaviour: Behaviour;
  readonly #answer: GroqAnswer;

  constructor(res: ServerResponse, stream: boolean, behaviour: Behaviour, answer: GroqAnswer) {
    this.#res = res;
    this.#stream = stream;
    this.#behaviour = behaviour;
    this.#answer = answer;
  }

  play(): void {
    const { fault, headers } = this.#behaviour;
    switch (fault?.kind) {
      case 'silent':
        return;
      case 'status': {
        const error = fault.error ?? { message: `The mock answers ${fault.status}`, type: 'invalid_request_error' };
        sendJson(this.#res, fault.status, { error }, { ...RATE_LIMIT_HEADERS, ...headers });
        return;
      }
      case 'reply':
        this.#res.writeHead(fault.status, { 'content-type': fault.type, ...headers });
        this.#res.end(fault.body);
        return;
      case 'raw':
        brokenOff.add(this.#res);
        this.#res.socket?.end(fault.bytes);
        return;
      case 'comments-only':
        this.#comments(fault.everyMs);
        return;
      case 'endless':
        this.#endless(fault.what);
        return;
      default:
        void this.#body(fault);
    }
  }

  async #body(fault: Fault | undefined): Promise<void> {
    const events = this.#events(fault);
    const bytes = Buffer.from(events.join(''));
    const whole = fault?.kind === 'gzip' ? gzipSync(bytes) : bytes;
    const kept = fault?.kind === 'stall' || fault?.kind === 'cut' ? whole.subarray(0, fault.afterBytes) : whole;
    this.#head(whole.length, fault?.kind === 'gzip' ? { 'content-encoding': 'gzip' } : {});
    const { eventEveryMs, sliceBytes } = this.#behaviour;
    if (eventEveryMs !== undefined)
      await this.#write(
        events.map((event) => Buffer.from(event)),
        eventEveryMs,
      );
    else if (sliceBytes !== undefined) await this.#write(slices(kept, sliceBytes), 0);
    else if (whole === bytes && kept === whole) for (const event of events) this.#res.write(event);
    else if (kept.length > 0) this.#res.write(kept);
    if (fault?.kind === 'stall' || fault?.kind === 'stall-events') return;
    if (fault?.kind === 'cut') this.#cut(fault.by);
    else this.#res.end();
  }

  #events(fault: Fault | undefined): readonly string[] {
    if (!this.#stream) return [JSON.stringify(this.#answer.whole)];
    const { events } = this.#answer;
    if (fault?.kind === 'error-event')
      return [...events.slice(0, fault.afterEvents), sseEvent({ error: fault.error }, 'error')];
    if (fault?.kind === 'stall-events') return events.slice(0, fault.afterEvents);
    if (fault?.kind === 'no-done') return events.slice(0, fault.afterEvents ?? -1);
    return events;
  }

  #head(bodyBytes: number, more: Readonly<Record<string, string>> = {}): void {
    const { framing, headers } = this.#behaviour;
    const res = this.#res;
    if (framing === 'close') {
      res.shouldKeepAlive = false;
      res.useChunkedEncodingByDefault = false;
    }
    res.writeHead(200, {
      'content-type': this.#stream ? 'text/event-stream' : 'application/json',
      'cache-control': 'no-cache',
      ...RATE_LIMIT_HEADERS,
      ...(framing === 'length' && { 'content-length': String(bodyBytes) }),
      ...more,
      ...headers,
    });
    res.flushHeaders();
  }

  async #write(pieces: readonly Buffer[], everyMs: number): Promise<void> {
    this.#res.socket?.setNoDelay(true);
    for (const piece of pieces) {
      if (this.#res.destroyed) return;
      this.#res.write(piece);
      await new Promise((resolve) => (everyMs > 0 ? setTimeout(resolve, everyMs).unref() : setImmediate(resolve)));
    }
  }

  #cut(by: 'fin' | 'rst'): void {
    brokenOff.add(this.#res);
    const { socket } = this.#res;
    if (by === 'fin') socket?.end();
    // A reset overtakes what the other side has not read yet.
    else setTimeout(() => socket?.resetAndDestroy(), 5);
  }

  #comments(everyMs: number): void {
    this.#head(0);
    const timer = setInterval(() => this.#res.write(': still here\n\n'), everyMs);
    this.#res.on('close', () => clearInterval(timer));
  }

  #endless(what: 'line' | 'events' | 'error-body'): void {
    if (what === 'error-body') this.#res.writeHead(500, { 'content-type': 'text/html' });
    else this.#head(0);
    const chunk = what === 'events' ? (this.#answer.events[1] ?? '').repeat(200) : 'x'.repeat(65_536);
    if (what === 'line') this.#res.write(this.#stream ? 'data: ' : '{"a":"');
    const pour = () => {
      while (!this.#res.destroyed && this.#res.write(chunk)) {}
    };
    this.#res.on('drain', pour);
    pour();
  }
}

function slices(bytes: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}
