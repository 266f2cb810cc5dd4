// Short messages between the processes that share a Redis: "this key is revoked", "write down what you hold back". They are hints
// that something is due now rather than later: one that is sent while a process is away is lost to it, so nothing may depend on it.

import type { Clock } from '../../core/clock.ts';
import type { Report } from '../../core/parts.ts';
import type { RedisClient } from './client.ts';

/** A silent subscription may be a dead one; what is asked shows it, and the client then makes it anew. */
const LOOK_EVERY_MS = 5_000;
const AGAIN_AFTER_MS = 1_000;

export interface Notices {
  /**
   * Resolves with how many heard it, this process included; of a cluster those at one node alone. Never rejects; a message that
   * cannot be sent now is dropped.
   */
  publish(topic: string, text: string): Promise<number>;
  /** Calls the listener for each message from now on; what comes back ends that. */
  subscribe(topic: string, listener: (text: string) => void): () => void;
  close(): void;
}

export interface NoticesOptions {
  readonly clock: Clock;
  readonly report: Report;
  /** What the channels of those begin with who hear each other. */
  readonly name?: string;
}

export function openNotices(client: RedisClient, options: NoticesOptions): Notices {
  return new RedisNotices(client, options);
}

class RedisNotices implements Notices {
  readonly #client: RedisClient;
  readonly #clock: Clock;
  readonly #report: Report;
  readonly #name: string;
  /** A connection of its own: subscriptions stay with it, and a slow listener holds up no hold. */
  readonly #subscriber: RedisClient;
  readonly #listeners = new Map<string, Set<(text: string) => void>>();
  #cancel = () => {};
  #isClosed = false;

  constructor(client: RedisClient, { clock, report, name }: NoticesOptions) {
    this.#client = client;
    this.#clock = clock;
    this.#report = report;
    this.#name = name ?? 'notice';
    this.#subscriber = client.duplicate();
    this.#subscriber.connection.on('message', (channel: string, text: string) => this.#hear(channel, text));
    this.#subscriber.connection.on('ready', () => this.#look());
    this.#later(LOOK_EVERY_MS);
  }

  async publish(topic: string, text: string): Promise<number> {
    try {
      return await this.#client.ask((connection) => connection.publish(this.#channelOf(topic), text));
    } catch {
      // Whoever hears none finds out by itself, later.
      return 0;
    }
  }

  subscribe(topic: string, listener: (text: string) => void): () => void {
    const channel = this.#channelOf(topic);
    const listeners = this.#listeners.get(channel) ?? new Set();
    // A listener of its own for each call, so that the same function may listen twice.
    const own = (text: string) => listener(text);
    this.#listeners.set(channel, listeners.add(own));
    if (this.#subscriber.isReady) this.#look();
    return () => {
      listeners.delete(own);
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
    this.#listeners.clear();
    this.#subscriber.close();
  }

  #channelOf(topic: string): string {
    return `${this.#name}:${topic}`;
  }

  #hear(channel: string, text: string): void {
    for (const listener of this.#listeners.get(channel) ?? []) {
      try {
        listener(text);
      } catch (error) {
        // Thrown on, it would end the process from within the socket.
        this.#report('error', 'notice_failed', { channel, error });
      }
    }
  }

  /** Subscribes to every channel, which is harmless where that is so already, and shows whether the connection is alive. */
  #look(): void {
    if (this.#isClosed) return;
    const channels = [...this.#listeners.keys()];
    if (channels.length === 0) {
      this.#later(LOOK_EVERY_MS);
      return;
    }
    this.#subscriber
      .ask((connection) => connection.subscribe(...channels))
      .then(
        () => this.#later(LOOK_EVERY_MS),
        () => this.#later(AGAIN_AFTER_MS),
      );
  }

  #later(delayMs: number): void {
    this.#cancel();
    if (!this.#isClosed) this.#cancel = this.#clock.after(delayMs, () => this.#look());
  }
}
