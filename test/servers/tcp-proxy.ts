// A network of the tests' own between a client and a server: it passes, delays, loses or cuts what goes through, each direction
// by itself, and is switched while it runs. A connection that has lost bytes is never passed on again: it is cut, since no TCP
// stream goes on after a gap, and a client must not take one answer for another.

import { createServer, connect as openSocket, type Server, type Socket } from 'node:net';

/**
 * What becomes of the bytes of one direction. `drop-from`: once they hold this text nothing goes through any more, in either
 * direction. `cut`: after so many more bytes both ends are reset.
 */
export type Treatment =
  | { readonly type: 'pass' }
  | { readonly type: 'drop' }
  | { readonly type: 'drop-from'; readonly text: string }
  | { readonly type: 'delay'; readonly delayMs: number }
  | { readonly type: 'cut'; readonly afterBytes: number };

export interface TcpProxy {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Connections that are open now, and all that were ever made. */
  readonly open: number;
  readonly made: number;
  /** Of what clients send. */
  requests(treatment: Treatment): void;
  /** Of what the server answers. */
  replies(treatment: Treatment): void;
  /** Everything goes through again, new connections too. */
  pass(): Promise<void>;
  /** The server hears what it is asked, and nobody hears its answer. */
  dropReplies(): void;
  /** Nothing goes through and nothing is closed; new connections are taken and not served. */
  blackhole(): void;
  /** A blackhole that begins with the first request that holds this text: the server hears nothing of it. */
  blackholeFrom(text: string): void;
  /** Each piece is late by so much, in either direction. */
  delay(delayMs: number): void;
  /** Passes so many more bytes of what the server answers, then resets. */
  cutAfterBytes(afterBytes: number): void;
  /** Resets every connection; new ones are served. */
  cut(): void;
  /** Resets every connection; new ones are refused, until `pass`. */
  refuse(): Promise<void>;
  close(): Promise<void>;
}

const PASS: Treatment = { type: 'pass' };
const DROP: Treatment = { type: 'drop' };

export async function startTcpProxy(target: { readonly host?: string; readonly port: number }): Promise<TcpProxy> {
  const proxy = new SwitchedProxy(target.host ?? '127.0.0.1', target.port);
  await proxy.listen();
  return proxy;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  hasLostBytes: boolean;
}

class SwitchedProxy implements TcpProxy {
  readonly host = '127.0.0.1';
  port = 0;
  made = 0;
  readonly #targetHost: string;
  readonly #targetPort: number;
  readonly #pairs = new Set<Pair>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #server: Server | null = null;
  #requests: Treatment = PASS;
  #replies: Treatment = PASS;

  constructor(targetHost: string, targetPort: number) {
    this.#targetHost = targetHost;
    this.#targetPort = targetPort;
  }

  get open(): number {
    return this.#pairs.size;
  }

  async listen(): Promise<void> {
    if (this.#server !== null) return;
    const server = createServer((client) => this.#accept(client));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, this.host, resolve);
    });
    const address = server.address();
    if (address !== null && typeof address === 'object') this.port = address.port;
  }

  requests(treatment: Treatment): void {
    this.#requests = treatment;
    this.#cutGaps();
  }

  replies(treatment: Treatment): void {
    this.#replies = treatment;
    this.#cutGaps();
  }

  async pass(): Promise<void> {
    this.requests(PASS);
    this.replies(PASS);
    await this.listen();
  }

  dropReplies(): void {
    this.requests(PASS);
    this.replies(DROP);
  }

  blackhole(): void {
    this.requests(DROP);
    this.replies(DROP);
  }

  blackholeFrom(text: string): void {
    this.requests({ type: 'drop-from', text });
  }

  delay(delayMs: number): void {
    this.requests({ type: 'delay', delayMs });
    this.replies({ type: 'delay', delayMs });
  }

  cutAfterBytes(afterBytes: number): void {
    this.replies({ type: 'cut', afterBytes });
  }

  cut(): void {
    for (const pair of this.#pairs) this.#reset(pair);
  }

  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    this.cut();
    await new Promise<void>((resolve) => (server === null ? resolve() : server.close(() => resolve())));
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    await this.refuse();
  }

  #accept(client: Socket): void {
    this.made++;
    const server = openSocket({ host: this.#targetHost, port: this.#targetPort, noDelay: true });
    client.setNoDelay(true);
    const pair: Pair = { client, server, hasLostBytes: false };
    this.#pairs.add(pair);
    client.on('data', (bytes) => this.#carry(pair, server, bytes, 'requests'));
    server.on('data', (bytes) => this.#carry(pair, client, bytes, 'replies'));
    for (const end of [client, server]) {
      end.on('error', () => this.#reset(pair));
      // While nothing goes through, the end of one side does not either.
      end.on('close', () => {
        if (end === client || this.#replies.type !== 'drop') this.#reset(pair);
      });
    }
  }

  #carry(pair: Pair, to: Socket, bytes: Buffer, direction: 'requests' | 'replies'): void {
    const treatment = direction === 'requests' ? this.#requests : this.#replies;
    switch (treatment.type) {
      case 'pass':
        if (!to.destroyed) to.write(bytes);
        return;
      case 'drop':
        pair.hasLostBytes = true;
        return;
      case 'drop-from':
        if (bytes.includes(treatment.text)) {
          this.blackhole();
          pair.hasLostBytes = true;
        } else if (!to.destroyed) to.write(bytes);
        return;
      case 'delay':
        this.#later(treatment.delayMs, () => {
          if (!to.destroyed) to.write(bytes);
        });
        return;
      case 'cut':
        this.#carryUntilCut(pair, to, bytes, direction, treatment.afterBytes);
    }
  }

  #carryUntilCut(pair: Pair, to: Socket, bytes: Buffer, direction: 'requests' | 'replies', afterBytes: number): void {
    if (bytes.length < afterBytes) {
      const rest: Treatment = { type: 'cut', afterBytes: afterBytes - bytes.length };
      if (direction === 'requests') this.#requests = rest;
      else this.#replies = rest;
      to.write(bytes);
      return;
    }
    if (direction === 'requests') this.#requests = PASS;
    else this.#replies = PASS;
    if (afterBytes === 0) this.#reset(pair);
    else to.write(bytes.subarray(0, afterBytes), () => this.#reset(pair));
  }

  #later(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer);
  }

  #cutGaps(): void {
    for (const pair of this.#pairs) if (pair.hasLostBytes) this.#reset(pair);
  }

  #reset(pair: Pair): void {
    this.#pairs.delete(pair);
    for (const end of [pair.client, pair.server]) if (!end.destroyed) end.resetAndDestroy();
  }
}
