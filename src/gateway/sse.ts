// An answer as server-sent events: what a generation's log says is written as it comes, one write per turn of the event loop.
// Headers leave with the first content, or after 15 s; until then a failure keeps its HTTP status. A client that does not read
// is not written to: a few events wait, then the vendor is not read either, and after 60 s the client is cut off.

import type { ServerResponse } from 'node:http';
import type { Clock, Generation, LLMError, LLMResponse, StreamEvent } from '../index.ts';

/** Official clients wait for headers and proxies for bytes; 15 s is below the shortest of them (WHATWG's advice). */
const KEEP_ALIVE_MS = 15_000;
/** Whoever takes nothing for so long is cut off. */
export const LONGEST_BLOCK_MS = 60_000;
/** A replayed answer of 8 MiB is not one write: the socket is asked in between. */
const WRITE_CHARACTERS = 16_384;
/** So many events wait for a client that does not read, as long as nobody else does; chosen: some kilobytes. */
const WAITING_MOST = 64;
/** So many come at most before what came is written: a vendor that pours can send megabytes within one turn. Chosen: what one read brings. */
const UNWRITTEN_MOST = 256;

export type ResponseStart = Extract<StreamEvent, { type: 'response-start' }>;

/** How one dialect writes events; what it gives ends in a blank line, or is empty for what it does not tell. */
export interface StreamEncoder {
  event(event: StreamEvent, position: number): string;
  end(response: LLMResponse, position: number): string;
  error(error: LLMError, requestId: string, position: number): string;
}

export interface EventStreamOptions {
  readonly generation: Generation;
  readonly response: ServerResponse;
  readonly encoder: StreamEncoder;
  readonly clock: Clock;
  /** Writes status and headers; `start` is null when they have to leave before anybody began to answer. */
  readonly open: (start: ResponseStart | null) => void;
  /** The client has the events up to this position, and the headers have left. Default: it has none. */
  readonly after?: number;
}

export class EventStream {
  readonly #options: EventStreamOptions;
  /** Of the last event that was written, and of the last one that came. What is between them waits in the generation's log. */
  #position: number;
  #told: number;
  #state: 'held' | 'open' | 'ending' | 'closed' = 'held';
  #isScheduled = false;
  #isBlocked = false;
  #isSlow = false;
  #wroteAtMs: number;
  #leave: () => void = () => {};
  #cancelBeat: () => void = () => {};
  #cancelCut: () => void = () => {};
  #begun: () => void = () => {};
  #failed: (error: LLMError) => void = () => {};

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#wroteAtMs = options.clock.monotonicMs();
    this.#position = options.after ?? 0;
    this.#told = this.#position;
    if (options.after !== undefined) this.#state = 'open';
  }

  /** Resolves when the headers have left, or the client has; rejects with a failure that still has its HTTP status. */
  begin(): Promise<void> {
    return new Promise((resolve, reject) => {
      const { generation, response } = this.#options;
      this.#begun = resolve;
      this.#failed = reject;
      response.on('close', this.#close);
      response.on('drain', this.#onDrain);
      this.#beatAfter(KEEP_ALIVE_MS);
      this.#leave = generation.subscribe(this.#take, this.#position);
      if (this.#state === 'open') resolve();
      if (response.destroyed) this.#close();
    });
  }

  #take = (event: StreamEvent, position: number): void => {
    if (this.#state === 'closed') return;
    if (this.#state === 'held') {
      if (event.type === 'error') {
        this.#failed(event.error);
        this.#close();
        return;
      }
      this.#open(event.type === 'response-start' ? event : null);
    }
    this.#told = position;
    this.#tellPace();
    this.#schedule();
  };

  #open(start: ResponseStart | null): void {
    this.#state = 'open';
    this.#options.open(start);
    this.#begun();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isBlocked) return;
    this.#isScheduled = true;
    setImmediate(this.#flush);
  }

  #flush = (): void => {
    this.#isScheduled = false;
    if (this.#state !== 'open' || this.#isBlocked) return;
    const { encoder, generation } = this.#options;
    let text = '';
    while (this.#position < this.#told && !this.#isBlocked) {
      const event = generation.at(++this.#position);
      if (event === undefined) break;
      if (event.type === 'response-end' || event.type === 'error') {
        this.#last(text, event);
        return;
      }
      text += encoder.event(event, this.#position);
      if (text.length < WRITE_CHARACTERS) continue;
      this.#write(text);
      text = '';
    }
    if (text !== '') this.#write(text);
    this.#tellPace();
  };

  #tellPace(): void {
    const waiting = this.#told - this.#position;
    const isSlow = waiting >= (this.#isBlocked ? WAITING_MOST : UNWRITTEN_MOST);
    if (isSlow === this.#isSlow) return;
    this.#isSlow = isSlow;
    this.#options.generation.slow(this.#take, isSlow);
  }

  #write(text: string): void {
    const { response, clock } = this.#options;
    this.#wroteAtMs = clock.monotonicMs();
    if (response.write(text)) return;
    this.#isBlocked = true;
    this.#cutAfterBlock();
  }

  #onDrain = (): void => {
    this.#isBlocked = false;
    this.#cancelCut();
    this.#tellPace();
    if (this.#position < this.#told) this.#schedule();
  };

  /** The whole answer is put together from the log once, for what the last event tells of it. */
  #last(text: string, event: Extract<StreamEvent, { type: 'response-end' | 'error' }>): void {
    this.#state = 'ending';
    const { generation, encoder } = this.#options;
    if (event.type === 'error') {
      this.#end(text + encoder.error(event.error, generation.requestId, this.#position));
      return;
    }
    generation
      .whole()
      .then((response) => this.#end(text + encoder.end(response, this.#position)))
      // A fault of ours in one answer may not end the process, and all others with it.
      .catch(() => this.#options.response.destroy());
  }

  #end(text: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'ending';
    this.#cutAfterBlock();
    this.#options.response.end(text);
  }

  #cutAfterBlock(): void {
    const { clock, response } = this.#options;
    this.#cancelCut();
    this.#cancelCut = clock.after(LONGEST_BLOCK_MS, () => response.destroy());
  }

  #beatAfter(waitMs: number): void {
    this.#cancelBeat = this.#options.clock.after(waitMs, () => this.#beat());
  }

  /** Comments stand between events only, and only when nothing else was written for so long. */
  #beat(): void {
    if (this.#state !== 'held' && this.#state !== 'open') return;
    const quietMs = this.#options.clock.monotonicMs() - this.#wroteAtMs;
    const isQuiet = quietMs >= KEEP_ALIVE_MS;
    if (isQuiet && this.#state === 'held') this.#open(null);
    if (isQuiet && !this.#isBlocked) this.#write(': keep-alive\n\n');
    this.#beatAfter(isQuiet ? KEEP_ALIVE_MS : KEEP_ALIVE_MS - quietMs);
  }

  /** The connection is over, by whomever; a generation whose last reader this was is stopped. */
  #close = (): void => {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#cancelBeat();
    this.#cancelCut();
    this.#leave();
    this.#begun();
  };
}
