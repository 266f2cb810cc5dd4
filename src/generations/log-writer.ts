// A log that other processes read, as its one writer sees it. Nobody waits for it: what comes while a batch is on its way is the next
// batch, so entries stand in order and a batch that may have been written already is written again (readers know it by its number).

import type { Clock } from '../core/clock.ts';
import type { Peers } from '../core/peers.ts';

/** Who reads says so each second. */
export const SILENT_AFTER_MS = 5_000;
const LOOK_EVERY_MS = 1_000;
const AGAIN_AFTER_MS = 300;
/** With a store away for so long the log is given up: what waits for it is memory, and its readers have given up as well. */
const GIVEN_UP_AFTER_MS = 5_000;

export interface LogWriterOptions {
  readonly peers: Peers;
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>;
  readonly log: string;
  /** How long it is kept when nothing is added any more. */
  readonly keptMs: number;
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
  #written = 0;
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
    this.#waiting.push(entry);
    this.#schedule();
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
    // What comes while it is on its way is the next one.
    const batch = this.#waiting;
    this.#waiting = [];
    if (batch.length > 0) {
      try {
        await peers.append(log, `{"from":${this.#written},"entries":[${batch.join(',')}]}`, keptMs);
      } catch {
        this.#waiting = [...batch, ...this.#waiting];
        this.#failed(clock.monotonicMs());
        return;
      }
      this.#failingSinceMs = null;
      this.#written += batch.length;
      for (const peer of this.#followers.keys()) tell(peer);
    }
    this.#isScheduled = false;
    if (this.#waiting.length > 0) this.#schedule();
    else if (this.#isEnded) this.#close();
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
