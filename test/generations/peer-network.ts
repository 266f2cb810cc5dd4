// Processes that share a store, in one: each is a `Peers`. One can die (it says nothing more, and what it asks has no answer), messages
// can be lost, and the store can be away.

import type { Clock } from '../../src/core/clock.ts';
import { llmError } from '../../src/core/errors.ts';
import type { Peers } from '../../src/core/peers.ts';

interface Log {
  readonly entries: readonly string[];
  /** How far they take it. */
  readonly upTo: number;
  readonly untilMs: number;
}

export class PeerNetwork {
  /** Messages are lost while this is so. */
  losesMessages = false;
  /** The store cannot be asked while this is so. */
  isAway = false;
  /** No logs are taken while this is so. */
  isFull = false;
  /** The next thing that is written is written, and whoever wrote it hears that it was not. */
  losesNextReply = false;
  /** The process whose claims stay, though it gives them up. */
  losesReleasesOf: string | null = null;
  readonly claims = new Map<string, { readonly text: string; readonly untilMs: number }>();
  readonly logs = new Map<string, Log>();
  /** In what was given for logs, whether or not it was added. */
  bytesSent = 0;
  /** How often the store was asked for a claim. */
  claimed = 0;
  /** How long the store takes for anything. */
  latencyMs = 0;
  readonly #clock: Pick<Clock, 'after' | 'monotonicMs'>;
  readonly #listeners = new Map<string, Set<(message: string) => void>>();

  constructor(clock: Pick<Clock, 'after' | 'monotonicMs'>) {
    this.#clock = clock;
  }

  join(id: string): Peers {
    this.#listeners.set(id, new Set());
    const within = async <T>(work: () => T): Promise<T> => {
      await this.#latency();
      // A dead process hears nothing.
      if (!this.#listeners.has(id)) return new Promise(() => {});
      if (this.isAway) throw llmError('store_unavailable', 'The store of this test is away');
      this.#forget();
      return work();
    };
    return {
      id,
      claim: (name, text, ttlMs) =>
        within(() => {
          this.claimed++;
          const holds = this.claims.get(name) ?? { text, untilMs: this.#clock.monotonicMs() + ttlMs };
          this.claims.set(name, holds);
          this.#reply();
          return holds.text;
        }),
      release: (name, claim) =>
        within(() => {
          if (this.losesReleasesOf === id) throw llmError('store_unavailable', 'The release was lost');
          if (this.claims.get(name)?.text === claim) this.claims.delete(name);
        }),
      append: (log, upTo, text, ttlMs) =>
        within(() => {
          this.bytesSent += Buffer.byteLength(text);
          const before = this.logs.get(log) ?? { entries: [], upTo: 0 };
          const now = upTo > before.upTo ? { entries: [...before.entries, text], upTo } : before;
          this.logs.set(log, { ...now, untilMs: this.#clock.monotonicMs() + ttlMs });
          this.#reply();
        }),
      // Two at a time, so that a reader has to come back.
      read: (log, after) =>
        within(() => {
          const from = after === null ? 0 : Number(after) + 1;
          const entries = (this.logs.get(log)?.entries ?? []).slice(from, from + 2);
          return entries.map((text, index) => ({ cursor: String(from + index), text }));
        }),
      hasRoom: () => within(() => !this.isFull),
      isAlive: (peer) => within(() => this.#listeners.has(peer)),
      send: (peer, message) => {
        if (!this.losesMessages && this.#listeners.has(id)) void this.#deliver(peer, message);
      },
      onMessage: (listener) => {
        this.#listeners.get(id)?.add(listener);
        return () => this.#listeners.get(id)?.delete(listener);
      },
    };
  }

  kill(id: string): void {
    this.#listeners.delete(id);
  }

  #reply(): void {
    const isLost = this.losesNextReply;
    this.losesNextReply = false;
    if (isLost) throw llmError('store_unavailable', 'The reply was lost');
  }

  #latency(): Promise<void> {
    if (this.latencyMs === 0) return Promise.resolve();
    return new Promise((resolve) => this.#clock.after(this.latencyMs, resolve));
  }

  #forget(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const kept of [this.claims, this.logs])
      for (const [name, { untilMs }] of kept) if (untilMs <= nowMs) kept.delete(name);
  }

  async #deliver(peer: string | null, message: string): Promise<void> {
    await Promise.resolve();
    for (const [id, listeners] of this.#listeners)
      if (peer === null || peer === id) for (const listener of listeners) listener(message);
  }
}
