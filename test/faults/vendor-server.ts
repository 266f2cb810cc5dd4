// A vendor on a real socket that does to each request what it is told, byte for byte, and keeps what it was asked.

import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { JsonObject } from '../../src/core/json.ts';
import { isObject } from '../../src/core/json.ts';
import type { Family, Said } from './families.ts';

export interface Heard {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: JsonObject;
  readonly isStream: boolean;
  readonly reply: ServerResponse;
}

export type Act = (heard: Heard) => void;

export interface VendorServer {
  readonly url: string;
  readonly port: number;
  readonly heard: readonly Heard[];
  /** With every request from now on. */
  does(act: Act): void;
  close(): Promise<void>;
}

export async function startVendor(first: Act = status(500)): Promise<VendorServer> {
  const heard: Heard[] = [];
  let act = first;
  const server = createServer(async (request, reply) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const read: unknown = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
    const body = isObject(read) ? read : {};
    const path = request.url ?? '';
    const isStream = body['stream'] === true || path.includes(':streamGenerateContent');
    const one = { path, headers: request.headers, body, isStream, reply };
    heard.push(one);
    act(one);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The vendor has no address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    heard,
    does: (next) => {
      act = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Headers = Readonly<Record<string, string>>;

export function status(code: number, body: JsonObject = {}, headers: Headers = {}): Act {
  return ({ reply }) => {
    reply.writeHead(code, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

export function page(code: number, body: string, type = 'text/html', headers: Headers = {}): Act {
  return ({ reply }) => void reply.writeHead(code, { 'content-type': type, ...headers }).end(body);
}

/** The request is heard and nothing is said. */
export const silence: Act = () => {};

/** An answer, streamed or whole as it was asked for. `sliceBytes`: it leaves in pieces of so many bytes. */
export function says(family: Family, said: Said, headers: Headers = {}, sliceBytes: number | null = null): Act {
  return ({ reply, isStream }) => {
    const text = isStream ? family.stream(said).join('') : JSON.stringify(family.whole(said));
    reply.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json', ...headers });
    if (sliceBytes === null) reply.end(text);
    else void inSlices(reply, Buffer.from(text), sliceBytes);
  };
}

async function inSlices(reply: ServerResponse, bytes: Buffer, sliceBytes: number): Promise<void> {
  reply.socket?.setNoDelay(true);
  for (let at = 0; at < bytes.length; at += sliceBytes) {
    reply.write(bytes.subarray(at, at + sliceBytes));
    await new Promise((resolve) => setImmediate(resolve));
  }
  reply.end();
}

/** A stream of these bytes that is left open. */
export function stalls(text: string): Act {
  return ({ reply }) => {
    reply.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.flushHeaders();
    if (text !== '') reply.write(text);
  };
}

export type End = 'fin' | 'rst' | 'clean' | 'close';

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n';

/**
 * A stream of these bytes and its end: within a chunk that is longer (`fin`, `rst`), as HTTP says it should (`clean`), or by the end of a
 * connection that was to be closed anyhow, where a cut looks like any other end (`close`).
 */
export function streams(bytes: Buffer, end: End): Act {
  return ({ reply }) => {
    const { socket } = reply;
    if (socket === null) throw new Error('The caller has left');
    socket.setNoDelay(true);
    if (end === 'close') socket.end(Buffer.concat([Buffer.from(`${HEAD}connection: close\r\n\r\n`), bytes]));
    else if (end === 'clean')
      socket.end(Buffer.concat([Buffer.from(`${HEAD}content-length: ${bytes.length}\r\n\r\n`), bytes]));
    else {
      const head = `${HEAD}transfer-encoding: chunked\r\n\r\n${(bytes.length + 9).toString(16)}\r\n`;
      socket.write(Buffer.concat([Buffer.from(head), bytes]));
      if (end === 'fin') socket.end();
      // A reset overtakes what the other side has not read yet.
      else setTimeout(() => socket.resetAndDestroy(), 3);
    }
  };
}

/** Bytes on the socket as they stand, and its end. */
export function raw(bytes: string): Act {
  return ({ reply }) => void reply.socket?.end(Buffer.from(bytes, 'latin1'));
}

/** A body that never ends, of this piece over and over. */
export function pours(type: string, first: string, piece: string): Act {
  return ({ reply }) => {
    reply.writeHead(200, { 'content-type': type });
    reply.write(first);
    const pour = () => {
      while (!reply.destroyed && reply.write(piece)) {}
    };
    reply.on('drain', pour);
    pour();
  };
}
