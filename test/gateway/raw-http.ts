// Bytes on a socket, as no HTTP client would send them, and what comes back until the other side closes.

import { connect, type Socket } from 'node:net';

export interface RawReply {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** All bytes, when there is more than one reply. */
  readonly text: string;
}

export interface RawOptions {
  /** Sent one after the other, each after this pause. */
  readonly everyMs?: number;
  /** Nothing more is sent: the other side knows that it waits in vain. Default: the connection stays open. */
  readonly endAfter?: boolean;
}

export function sendRaw(
  port: number,
  pieces: readonly (string | Buffer)[],
  options: RawOptions = {},
): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    const text = () => Buffer.concat(chunks).toString('latin1');
    socket.on('data', (chunk) => chunks.push(chunk));
    // A server that refuses a body closes on what is still being sent.
    socket.on('error', () => {});
    socket.on('close', () => (chunks.length === 0 ? reject(new Error('No reply')) : resolve(replyOf(text()))));
    void send(socket, pieces, options);
  });
}

async function send(
  socket: Socket,
  pieces: readonly (string | Buffer)[],
  { everyMs = 0, endAfter = false }: RawOptions,
) {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    socket.write(piece);
    if (everyMs > 0) await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  if (endAfter) socket.end();
}

function replyOf(text: string): RawReply {
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const length = headers.get('content-length');
  const body = text.slice(end + 4, length === undefined ? undefined : end + 4 + Number(length));
  return { status: Number(statusLine.split(' ')[1]), headers, body, text };
}

export function request(line: string, headers: readonly string[], body = ''): string {
  return `${line} HTTP/1.1\r\n${['Host: 127.0.0.1', ...headers].join('\r\n')}\r\n\r\n${body}`;
}
