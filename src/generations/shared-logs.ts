// The logs of this process that others may read, and those of others that are read here; and the post between them. What an entry
// means is the matter of whoever writes it.

import type { Clock } from '../core/clock.ts';
import type { Peers } from '../core/peers.ts';
import { type LogListener, LogReader } from './log-reader.ts';
import { LogWriter, type LogWriterOptions } from './log-writer.ts';
import { messageFrom, type PeerMessage, type Unsigned } from './peer-messages.ts';

/** The last words of the last answers are on their way; who reads them elsewhere waits no longer than this for a dead process. */
const CLOSED_WITHIN_MS = 2_000;

export type WriteOptions = Pick<LogWriterOptions, 'keptMs' | 'cutWith' | 'onFollowed' | 'onDeserted'>;

export class SharedLogs {
  readonly peers: Peers;
  readonly #clock: Pick<Clock, 'after' | 'monotonicMs'>;
  readonly #writers = new Map<string, LogWriter>();
  readonly #readers = new Map<string, Set<LogReader>>();
  readonly #openers: ((log: string) => void)[] = [];
  readonly #listeners = new Set<(message: PeerMessage) => void>();
  readonly #unsubscribe: () => void;

  constructor(peers: Peers, clock: Pick<Clock, 'after' | 'monotonicMs'>) {
    this.peers = peers;
    this.#clock = clock;
    this.#unsubscribe = peers.onMessage((text) => {
      const message = messageFrom(text);
      if (message !== null) this.#hear(message);
    });
  }

  /** Begins a log, which ends with `end()`. */
  write(log: string, options: WriteOptions): LogWriter {
    const writer = new LogWriter({
      ...options,
      peers: this.peers,
      clock: this.#clock,
      log,
      tell: (peer) => this.send(peer, { kind: 'told', log }),
      onClosed: () => {
        if (this.#writers.get(log) === writer) this.#writers.delete(log);
      },
    });
    this.#writers.set(log, writer);
    return writer;
  }

  /** Called for a log that another process asks for and nobody writes yet: it may be begun then. */
  onAsked(open: (log: string) => void): void {
    this.#openers.push(open);
  }

  read(log: string, writer: string, listener: LogListener): LogReader {
    const readers = this.#readers.get(log) ?? new Set();
    this.#readers.set(log, readers);
    const reader = new LogReader({
      peers: this.peers,
      clock: this.#clock,
      log,
      writer,
      listener,
      send: (kind) => this.send(writer, { kind, log }),
      onClosed: () => {
        readers.delete(reader);
        if (readers.size === 0 && this.#readers.get(log) === readers) this.#readers.delete(log);
      },
    });
    readers.add(reader);
    return reader;
  }

  /** Null: to every process that hears it, this one too. */
  send(peer: string | null, message: Unsigned): void {
    this.peers.send(peer, JSON.stringify({ ...message, from: this.peers.id }));
  }

  /** Messages that are about no log. */
  onMessage(listener: (message: PeerMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when all that was written is there, or was given up. Whoever still reads here hears that it ends. */
  async close(): Promise<void> {
    for (const readers of this.#readers.values()) for (const reader of readers) reader.lose();
    await Promise.race([
      Promise.all([...this.#writers.values()].map(({ closed }) => closed)),
      new Promise<void>((resolve) => this.#clock.after(CLOSED_WITHIN_MS, resolve)),
    ]);
    this.#unsubscribe();
  }

  #hear(message: PeerMessage): void {
    const { kind, log, from } = message;
    if (kind === 'follow') this.#follow(log, from);
    else if (kind === 'leave') this.#writers.get(log)?.leftBy(from);
    else if (kind === 'told' || kind === 'gone')
      for (const reader of this.#readers.get(log) ?? []) {
        if (kind === 'gone') reader.gone();
        else void reader.pull();
      }
    else for (const listener of this.#listeners) listener(message);
  }

  #follow(log: string, from: string): void {
    if (!this.#writers.has(log)) for (const open of this.#openers) open(log);
    const writer = this.#writers.get(log);
    if (writer === undefined) this.send(from, { kind: 'gone', log });
    else writer.followedBy(from);
  }
}
