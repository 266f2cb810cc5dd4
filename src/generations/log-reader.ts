// A log that another process writes, as one reader sees it: its entries in order, each once. It is pulled when its writer says that
// there is more, and each second anyhow, since messages may be lost. A writer that is dead, does not know the log, or says nothing at
// all is `lost`; so nobody waits for ever.

import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import type { Peers } from '../core/peers.ts';
import { SILENT_AFTER_MS } from './log-writer.ts';

const PULL_EVERY_MS = 1_000;
/** No answer takes longer (`timeouts.total_ms` is 20 minutes at most), so a writer that lives and says nothing more has lost its log. */
const LONGEST_MS = 1_800_000;

export interface LogListener {
  /** An entry, as it was read from JSON. */
  entry(entry: unknown): void;
  /** No more comes, though the log has no end. */
  lost(): void;
}

export interface LogReaderOptions {
  readonly peers: Peers;
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>;
  readonly log: string;
  readonly writer: string;
  readonly listener: LogListener;
  readonly send: (kind: 'follow' | 'leave') => void;
  readonly onClosed: () => void;
}

const batch = z.object({ from: z.int().min(0), entries: z.array(z.unknown()) });

export class LogReader {
  /** Resolves when nothing more is read of it. */
  readonly closed: Promise<void>;
  #whenClosed: () => void = () => {};
  readonly #options: LogReaderOptions;
  #cursor: string | null = null;
  #taken = 0;
  #isClosed = false;
  #isGone = false;
  #pulling: Promise<void> | null = null;
  #isWanted = false;
  #readAtMs: number;
  readonly #begunAtMs: number;
  #cancelTick: () => void = () => {};

  constructor(options: LogReaderOptions) {
    this.#options = options;
    this.#begunAtMs = options.clock.monotonicMs();
    this.#readAtMs = this.#begunAtMs;
    this.closed = new Promise((resolve) => {
      this.#whenClosed = resolve;
    });
    options.send('follow');
    void this.pull();
    this.#tickLater();
  }

  /** There may be more. Resolves when what is in the log by now was read, or nothing could be. */
  pull(): Promise<void> {
    this.#isWanted = true;
    this.#pulling ??= this.#pull().finally(() => {
      this.#pulling = null;
    });
    return this.#pulling;
  }

  /** Its writer does not know it: what is in the log is all there ever will be. */
  gone(): void {
    this.#isGone = true;
    void this.pull();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelTick();
    this.#options.send('leave');
    this.#options.onClosed();
    this.#whenClosed();
  }

  /** Whatever may still come is not read here. */
  lose(): void {
    if (this.#isClosed) return;
    this.close();
    this.#options.listener.lost();
  }

  async #pull(): Promise<void> {
    const { peers, log, clock } = this.#options;
    while (this.#isWanted && !this.#isClosed) {
      this.#isWanted = false;
      const wasGone = this.#isGone;
      try {
        const entries = await peers.read(log, this.#cursor);
        this.#readAtMs = clock.monotonicMs();
        for (const { cursor, text } of entries) this.#take(cursor, text);
        // One answer need not be all.
        if (entries.length > 0) this.#isWanted = true;
        else if (wasGone) this.lose();
      } catch {
        // The store is away: asked again, but not for ever.
        if (clock.monotonicMs() - this.#readAtMs >= SILENT_AFTER_MS) this.lose();
      }
    }
  }

  #take(cursor: string, text: string): void {
    const read = batchFrom(text);
    // What no writer of ours wrote, or what is behind a part that is lost.
    if (read === null || read.from > this.#taken) {
      this.lose();
      return;
    }
    const { from, entries } = read;
    this.#cursor = cursor;
    // A batch that was written twice.
    const known = this.#taken - from;
    for (const entry of entries.slice(known)) {
      if (this.#isClosed) return;
      this.#taken++;
      this.#options.listener.entry(entry);
    }
  }

  #tickLater(): void {
    this.#cancelTick = this.#options.clock.after(PULL_EVERY_MS, () => void this.#tick());
  }

  async #tick(): Promise<void> {
    const { peers, writer, send, clock } = this.#options;
    send('follow');
    const takenBefore = this.#taken;
    await this.pull();
    if (this.#isClosed) return;
    const isQuiet = this.#taken === takenBefore;
    const readingMs = clock.monotonicMs() - this.#begunAtMs;
    const isSilent = readingMs >= (this.#taken === 0 ? SILENT_AFTER_MS : LONGEST_MS);
    const isAlive = !isQuiet || (await peers.isAlive(writer).catch(() => true));
    // Whoever is dead may have written its last words meanwhile.
    if (isSilent || !isAlive) this.gone();
    if (!this.#isClosed) this.#tickLater();
  }
}

function batchFrom(text: string): z.output<typeof batch> | null {
  try {
    return batch.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
