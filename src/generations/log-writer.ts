// A log that other processes read, as its one writer sees it. Nobody waits for it: what comes while a batch is on its way is the next
// batch, so entries stand in order; a batch of which nobody knows whether it was written is given again as it is, and stands there once.

import type { Clock } from '../core/clock.ts';
import type { Peers } from '../core/peers.ts';
import { ANSWER_BYTES_MOST } from '../core/provider.ts';

/** Who reads says so each second. */
export const SILENT_AFTER_MS = 5_000;
const LOOK_EVERY_MS = 1_000;
const AGAIN_AFTER_MS = 300;
/** With a store away for so long the log is given up: what waits for it is memory, and its readers have given up as well. */
const GIVEN_UP_AFTER_MS = 5_000;
/** Of one write, unless a single entry is longer: far below what the store takes in the time of a call, also beside others. */
const BATCH_BYTES_MOST = 65_536;
/** Of one log, as long as any answer of a vendor may be. The store is everybody's, and budgets are counted there too. */
const LOG_BYTES_MOST = ANSWER_BYTES_MOST;

export interface LogWriterOptions {
  readonly peers: Peers;
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>;
  readonly log: string;
  /** How long it is kept when nothing is added any more. */
  readonly keptMs: number;
  /** The last entry of a log that would become too long. */
  readonly cutWith: string;
  /** More stands in the log: those who read it are told. */
  readonly tell: (peer: string) => void;
  /** The first other process reads it; the last one has left. */
  readonly onFollowed?: () => void;
  readonly onDeserted?: () => void;
  /** All is written, or it was given up. */
  readonly onClosed: () => void;
}

export class LogWriter {
  /** Resolves when all is written after the end, or it was given up. */
  readonly closed: Promise<void>;
  readonly #options: LogWriterOptions;
  #whenClosed: () => void = () => {};
  #waiting: string[] = [];
  /** On its way, as it will be given again. */
  #batch: readonly string[] = [];
  #written = 0;
  #bytes = 0;
  #isScheduled = false;
  #isEnded = false;
  #isClosed = false;
  #failingSinceMs: number | null = null;
  readonly #followers = new Map<string, number>();
  #cancelLook: () => void = () => {};

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.closed = new Promise((resolve) => {
      this.#whenClosed = resolve;
    });
  }

  /** One entry, as JSON. */
  push(entry: string): void {
    if (this.#isClosed || this.#isEnded) return;
    this.#bytes += Buffer.byteLength(entry);
    const isTooLong = this.#bytes > LOG_BYTES_MOST;
    this.#waiting.push(isTooLong ? this.#options.cutWith : entry);
    if (isTooLong) this.end();
    else this.#schedule();
  }

  /** Nothing comes any more. */
  end(): void {
    this.#isEnded = true;
    this.#schedule();
  }

  followedBy(peer: string): void {
    const isFirst = this.#followers.size === 0;
    this.#followers.set(peer, this.#options.clock.monotonicMs());
    if (!isFirst) return;
    this.#options.onFollowed?.();
    this.#lookLater();
  }

  leftBy(peer: string): void {
    if (!this.#followers.delete(peer) || this.#followers.size > 0) return;
    this.#cancelLook();
    this.#options.onDeserted?.();
  }

  /** Once a turn of the event loop: what comes in one goes out in one. */
  #schedule(): void {
    if (this.#isScheduled || this.#isClosed) return;
    this.#isScheduled = true;
    setImmediate(() => void this.#write());
  }

  async #write(): Promise<void> {
    const { peers, log, keptMs, tell, clock } = this.#options;
    if (this.#batch.length === 0) this.#batch = this.#waiting.splice(0, this.#fitting());
    const batch = this.#batch;
    if (batch.length > 0) {
      const upTo = this.#written + batch.length;
      try {
        await peers.append(log, upTo, `{"from":${this.#written},"entries":[${batch.join(',')}]}`, keptMs);
      } catch {
        this.#failed(clock.monotonicMs());
        return;
      }
      this.#failingSinceMs = null;
      this.#batch = [];
      this.#written = upTo;
      for (const peer of this.#followers.keys()) tell(peer);
    }
    this.#isScheduled = false;
    if (this.#waiting.length > 0) this.#schedule();
    else if (this.#isEnded) this.#close();
  }

  /** How many of those that wait go in one write: one at least. */
  #fitting(): number {
    let bytes = 0;
    const isOver = (entry: string) => {
      bytes += Buffer.byteLength(entry);
      return bytes > BATCH_BYTES_MOST;
    };
    const most = this.#waiting.findIndex(isOver);
    return most === -1 ? this.#waiting.length : Math.max(1, most);
  }

  #failed(nowMs: number): void {
    this.#failingSinceMs ??= nowMs;
    if (nowMs - this.#failingSinceMs >= GIVEN_UP_AFTER_MS) this.#close();
    else this.#options.clock.after(AGAIN_AFTER_MS, () => void this.#write());
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#waiting = [];
    this.#batch = [];
    this.#cancelLook();
    const wasFollowed = this.#followers.size > 0;
    this.#followers.clear();
    this.#options.onClosed();
    this.#whenClosed();
    if (wasFollowed) this.#options.onDeserted?.();
  }

  #lookLater(): void {
    const { clock } = this.#options;
    this.#cancelLook = clock.after(LOOK_EVERY_MS, () => {
      const silentSinceMs = clock.monotonicMs() - SILENT_AFTER_MS;
      for (const [peer, heardAtMs] of this.#followers) if (heardAtMs <= silentSinceMs) this.leftBy(peer);
      if (this.#followers.size > 0) this.#lookLater();
    });
  }
}
