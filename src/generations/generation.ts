// An answer under way, as a thing on the server: an id, a log of events in order, and its readers. The life of a request writes
// the log; readers only read, and none of them can hold it up. When the last reader leaves before the end, the answer goes on for
// its grace, in case he comes back for the rest; then it is abandoned. A stop is another matter: it ends the log at once.

import type { Clock } from '../core/clock.ts';
import { type LLMError, llmError } from '../core/errors.ts';
import { Collector, contentOf, reasoningOf, type StreamEvent } from '../core/events.ts';
import type { Flow } from '../core/flow.ts';
import { PackedEvents } from '../core/packed-events.ts';
import type { EventLog } from '../core/parts.ts';
import type { AnswerPart } from '../core/request.ts';
import type { LLMResponse, ResponseSummary, Vector } from '../core/response.ts';
import type { WindowState } from '../core/windows.ts';

/** `position` counts from 1. Called in order, without gaps, synchronously; what it throws is the reader's own matter. */
export type Reader = (event: StreamEvent, position: number) => void;

export interface GenerationOptions {
  readonly id: string;
  readonly requestId: string;
  readonly clock: Pick<Clock, 'after'>;
  /** Nobody reads any more, and nobody will. */
  readonly abandon: (reason: LLMError) => void;
  /** Its owner wants no more of it. Default: it is abandoned. */
  readonly stop?: (reason: LLMError) => void;
  /** How long it goes on when the last reader has left; null: to its end. Default: not at all. */
  readonly graceMs?: number | null;
  readonly onReaderFault?: (fault: unknown) => void;
  /** Closed while each of its readers is slow. Default: the answer comes as it comes. */
  readonly flow?: Flow;
  /** Called with each event when its readers have it; it holds up nobody and keeps nothing going. */
  readonly onEvent?: (event: StreamEvent) => void;
}

export class Generation implements EventLog {
  readonly id: string;
  readonly requestId: string;
  readonly #options: GenerationOptions;
  readonly #events = new PackedEvents<StreamEvent>();
  /** Each with the position behind which it is told: it has had what stood in the log when it came, and more if it says so. */
  readonly #readers = new Map<Reader, number>();
  readonly #slow = new Set<Reader>();
  #windows: readonly WindowState[] = [];
  #ended = false;
  #isStopped = false;
  #isTelling = false;
  #told = 0;
  /** Called when there is more. */
  readonly #watchers = new Set<() => void>();
  #cancelGrace: () => void = () => {};

  constructor(options: GenerationOptions) {
    this.id = options.id;
    this.requestId = options.requestId;
    this.#options = options;
  }

  get ended(): boolean {
    return this.#ended;
  }
  /** What it ended with; null: it has not ended, or well. */
  get failure(): LLMError | null {
    const last = this.#events.at(this.#events.length);
    return last?.type === 'error' ? last.error : null;
  }
  /** How many events there are so far: the position of the last one. */
  get length(): number {
    return this.#events.length;
  }
  /** What they take of memory; when it has ended this changes no more. */
  get bytes(): number {
    return this.#events.bytes;
  }
  /** Counted from 1; undefined: it has not come yet. */
  at(position: number): StreamEvent | undefined {
    return this.#events.at(position);
  }
  /** The caller's windows, as they stood when the request was admitted, refused or held. */
  get limits(): readonly WindowState[] {
    return this.#windows;
  }

  windows(states: readonly WindowState[]): void {
    this.#windows = states;
  }

  append(event: StreamEvent): void {
    // The answer may go on for its figures, or for others; to this log nothing is added any more.
    if (this.#ended && this.#isStopped) return;
    if (this.#ended) throw new Error(`Generation ${this.id} has ended; nothing comes after its last event`);
    this.#events.push(event);
    this.#ended = event.type === 'response-end' || event.type === 'error';
    // Nobody has to come back any more, and a process need not wait for it.
    if (this.#ended) this.#cancelGrace();
    // A reader that stops the answer makes an event: it is told when everybody has the one before.
    if (this.#isTelling) return;
    this.#isTelling = true;
    while (this.#told < this.#events.length) this.#tellNext();
    this.#isTelling = false;
    // Who keeps the generation keeps its log, but not its readers.
    if (this.#ended) this.#readers.clear();
    for (const look of this.#watchers) look();
  }

  /** At once, if it has ended already. */
  whenEnded(action: () => void): void {
    const look = () => {
      if (!this.#ended) return;
      this.#watchers.delete(look);
      action();
    };
    this.#watchers.add(look);
    look();
  }

  /** Ends the answer as far as it has come, for all its readers. False: it has ended already. */
  stop(): boolean {
    if (this.#ended || this.#isStopped) return false;
    this.#isStopped = true;
    this.#cancelGrace();
    const { abandon, stop = abandon } = this.#options;
    stop(llmError('cancelled', 'The answer was stopped by its owner'));
    return true;
  }

  /** Nobody reads it any more, and the owner goes on without: its grace is over. False: somebody reads it, or it is over. */
  giveUp(): boolean {
    if (this.#ended || this.#isStopped || this.#readers.size > 0) return false;
    this.#cancelGrace();
    this.#options.abandon(left());
    return true;
  }

  /** Reads from the first event on, or from the one behind `after`, then live. What comes back stops reading. */
  subscribe(reader: Reader, after = 0): () => void {
    if (typeof reader !== 'function') throw new TypeError('subscribe: a reader is a function, (event, position) => …');
    this.#cancelGrace();
    try {
      this.#replay(reader, after);
    } catch (fault) {
      // It has come and left.
      this.#readers.set(reader, after);
      this.#leave(reader);
      throw fault;
    }
    if (!this.#ended) this.#readers.set(reader, Math.max(after, this.#events.length));
    this.#regulate();
    return () => this.#leave(reader);
  }

  /** Whether it has so many events, or comes to have them within the time. Asking is not reading. */
  reaches(position: number, clock: Pick<Clock, 'after'>, withinMs: number): Promise<boolean> {
    const isThere = () => this.#events.length >= position;
    if (isThere() || this.#ended) return Promise.resolve(isThere());
    return new Promise((resolve) => {
      const look = () => {
        if (!isThere() && !this.#ended) return;
        cancel();
        this.#watchers.delete(look);
        resolve(isThere());
      };
      const cancel = clock.after(withinMs, () => {
        this.#watchers.delete(look);
        resolve(false);
      });
      this.#watchers.add(look);
    });
  }

  /** A reader has more than it can take; or has caught up. While all of them are slow no more is read from the vendor. */
  slow(reader: Reader, isSlow: boolean): void {
    if (isSlow && this.#readers.has(reader)) this.#slow.add(reader);
    else this.#slow.delete(reader);
    this.#regulate();
  }

  #regulate(): void {
    const { flow } = this.#options;
    if (flow !== undefined) flow.isClosed = this.#slow.size > 0 && this.#slow.size === this.#readers.size;
  }

  /** The whole answer; rejects with the error that ended it. Aborting the signal is leaving. */
  whole(signal?: AbortSignal): Promise<LLMResponse> {
    let forget = () => {};
    const answer = new Promise<LLMResponse>((resolve, reject) => {
      const collector = new Collector();
      const leave = this.subscribe((event) => {
        if (event.type === 'response-end') {
          const { parts, vectors } = collector.content();
          resolve(responseOf(event.response, parts, vectors));
        } else if (event.type === 'error') reject(event.error);
        else if (event.type !== 'response-start') collector.add(event);
      });
      forget = onAbort(signal, () => {
        leave();
        reject(left());
      });
    });
    return answer.finally(() => forget());
  }

  /** Events as an async iterable; leaving the loop is leaving. An `error` event is thrown. */
  async *read(signal?: AbortSignal): AsyncGenerator<StreamEvent, void, undefined> {
    let waiting: StreamEvent[] = [];
    let wake: () => void = () => {};
    const leave = this.subscribe((event) => {
      waiting.push(event);
      wake();
    });
    const forget = onAbort(signal, () => wake());
    try {
      for (;;) {
        const events = waiting;
        waiting = [];
        for (const event of events) {
          if (event.type === 'error') throw event.error;
          yield event;
          if (event.type === 'response-end') return;
        }
        if (signal?.aborted) throw left();
        if (waiting.length > 0) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      forget();
      leave();
    }
  }

  #replay(reader: Reader, after: number): void {
    for (let position = after + 1; position <= this.#events.length; position++) {
      const event = this.#events.at(position);
      if (event !== undefined) reader(event, position);
    }
  }

  #tellNext(): void {
    const position = ++this.#told;
    const event = this.#events.at(position);
    if (event === undefined) return;
    // Whoever comes meanwhile has had this one among those of before; whoever leaves meanwhile gets no more.
    for (const [reader, behind] of this.#readers) if (position > behind) this.#tell(reader, event, position);
    this.#options.onEvent?.(event);
  }

  /** What a reader throws is its own matter: it has left, and neither the others nor the answer notice. */
  #tell(reader: Reader, event: StreamEvent, position: number): void {
    try {
      reader(event, position);
    } catch (fault) {
      this.#options.onReaderFault?.(fault);
      this.#leave(reader);
    }
  }

  #leave(reader: Reader): void {
    const wasReading = this.#readers.delete(reader);
    this.slow(reader, false);
    if (!wasReading || this.#readers.size > 0 || this.#ended || this.#isStopped) return;
    const { graceMs = 0, clock, abandon } = this.#options;
    if (graceMs === null) return;
    if (graceMs === 0) abandon(left());
    // It keeps the process alive as long as the answer goes on.
    else this.#cancelGrace = clock.after(graceMs, () => abandon(left()), true);
  }
}

function left(): LLMError {
  return llmError('cancelled', 'The caller left before the answer was whole');
}

/** What comes back forgets it: a signal may live as long as the application. */
function onAbort(signal: AbortSignal | undefined, action: () => void): () => void {
  if (signal?.aborted) action();
  else signal?.addEventListener('abort', action, { once: true });
  return () => signal?.removeEventListener('abort', action);
}

export function responseOf(
  summary: ResponseSummary,
  parts: readonly AnswerPart[],
  vectors?: readonly Vector[],
): LLMResponse {
  const toolCalls = parts
    .filter((part) => part.type === 'tool-call')
    .map(({ toolCallId, name, argumentsText }) => ({ id: toolCallId, name, argumentsText }));
  const answer = { ...summary, content: contentOf(parts), reasoning: reasoningOf(parts), toolCalls, parts };
  return vectors === undefined ? answer : { ...answer, vectors };
}
