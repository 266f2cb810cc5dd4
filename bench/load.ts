// A load from raw sockets: each connection sends the next request as soon as its answer is whole. The driver does as little as
// it can, so that what is measured is the server.

import { connect } from 'node:net';

export interface Load {
  readonly port: number;
  /** The same every time, or one for each number from 0. */
  readonly request: Buffer | ((serial: number) => Buffer);
  readonly connections: number;
  readonly requests: number;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers that weren't 200. */
  readonly failed: number;
}

const CHUNKED_END = Buffer.from('\r\n0\r\n\r\n');
const HEADER_END = Buffer.from('\r\n\r\n');

export function post(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Buffer {
  const text = JSON.stringify(body);
  const fields = {
    host: '127.0.0.1',
    'content-type': 'application/json',
    'content-length': `${Buffer.byteLength(text)}`,
    ...headers,
  };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n${text}`);
}

export async function drive({ port, request, connections, requests }: Load): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  let begun = 0;
  let failed = 0;
  const startedMs = performance.now();
  const next = () => {
    if (begun === requests) return null;
    const serial = begun++;
    return typeof request === 'function' ? request(serial) : request;
  };
  const workers = Array.from({ length: connections }, () =>
    work(port, next, (ms, ok) => {
      latenciesMs.push(ms);
      if (!ok) failed += 1;
    }),
  );
  await Promise.all(workers);
  const elapsedS = (performance.now() - startedMs) / 1_000;
  latenciesMs.sort((a, b) => a - b);
  const at = (share: number) =>
    latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * share))] ?? Number.NaN;
  return { requestsPerSecond: requests / elapsedS, p50Ms: at(0.5), p99Ms: at(0.99), failed };
}

function work(port: number, next: () => Buffer | null, done: (ms: number, ok: boolean) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    let sentMs = 0;
    const reply = new Reply();
    const send = () => {
      const request = next();
      if (request === null) {
        resolve();
        socket.destroy();
        return;
      }
      sentMs = performance.now();
      socket.write(request);
    };
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      const status = reply.push(chunk);
      if (status === null) return;
      done(performance.now() - sentMs, status === 200);
      send();
    });
    // Without effect once the worker has resolved.
    socket.on('close', () => reject(new Error(`The server on port ${port} closed a connection that was still in use`)));
  });
}

/** Finds the end of an HTTP answer: by content-length, or by the last chunk. */
class Reply {
  #head: Buffer | null = null;
  #status = 0;
  #bodyBytesLeft: number | null = null;
  #tail: Buffer = Buffer.alloc(0);

  /** The status once the answer is whole, else null. */
  push(chunk: Buffer): number | null {
    if (this.#bodyBytesLeft === null && this.#status === 0) {
      const head = this.#head === null ? chunk : Buffer.concat([this.#head, chunk]);
      const end = head.indexOf(HEADER_END);
      this.#head = head;
      if (end === -1) return null;
      const text = head.toString('latin1', 0, end);
      this.#status = Number(text.slice(9, 12));
      const length = /content-length: (\d+)/i.exec(text)?.[1];
      const body = head.subarray(end + HEADER_END.length);
      if (length !== undefined) this.#bodyBytesLeft = Number(length);
      return this.#body(body);
    }
    return this.#body(chunk);
  }

  #body(bytes: Buffer): number | null {
    if (this.#bodyBytesLeft !== null) {
      this.#bodyBytesLeft -= bytes.length;
      return this.#bodyBytesLeft <= 0 ? this.#finish() : null;
    }
    const tail = bytes.length >= CHUNKED_END.length ? bytes : Buffer.concat([this.#tail, bytes]);
    if (tail.subarray(-CHUNKED_END.length).equals(CHUNKED_END)) return this.#finish();
    this.#tail = tail.subarray(-CHUNKED_END.length);
    return null;
  }

  #finish(): number {
    const status = this.#status;
    this.#head = null;
    this.#status = 0;
    this.#bodyBytesLeft = null;
    this.#tail = Buffer.alloc(0);
    return status;
  }
}
