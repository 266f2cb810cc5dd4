// A vendor that costs next to nothing: raw sockets, answers made once. Whole or 100 chunks, at once, in the wire form that its path is
// of; with arguments another number of chunks, and (of Chat Completions) one every so many milliseconds.

import { createServer, type Socket } from 'node:net';
import { tellParent } from './subject.ts';
import { saidIn, type Wire, wireOf } from './wires.ts';

const [CHUNKS = 100, EVERY_MS = 0] = process.argv.slice(2).map(Number);
/** Streams are served in turns, so that not all of them get their chunk in the same instant. */
const TURNS = 10;

interface Prepared {
  readonly whole: Buffer;
  readonly pieces: readonly Buffer[];
  readonly stream: Buffer;
}

function prepared(wire: Wire): Prepared {
  const said = saidIn(wire, CHUNKS);
  const body = JSON.stringify(said.whole);
  const pieces = [
    'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n',
    ...said.events.map((event) => `${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`),
    '0\r\n\r\n',
  ].map((piece) => Buffer.from(piece));
  return {
    whole: Buffer.from(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    ),
    pieces,
    stream: Buffer.concat(pieces),
  };
}

const answers: Readonly<Record<Wire, Prepared>> = {
  chat: prepared('chat'),
  responses: prepared('responses'),
  anthropic: prepared('anthropic'),
  gemini: prepared('gemini'),
};

/** Of each turn: the streams under way, and how many of their pieces have been sent. */
const paced = Array.from({ length: TURNS }, () => new Map<Socket, number>());
let turn = 0;
let begun = 0;

function pace(): void {
  const streams = paced[turn++ % TURNS] ?? new Map<Socket, number>();
  for (const [socket, sent] of streams) {
    const piece = answers.chat.pieces[sent];
    if (piece !== undefined && !socket.destroyed) socket.write(piece);
    if (sent + 1 < answers.chat.pieces.length && !socket.destroyed) streams.set(socket, sent + 1);
    else streams.delete(socket);
  }
}
if (EVERY_MS > 0) setInterval(pace, EVERY_MS / TURNS);

const HEADER_END = Buffer.from('\r\n\r\n');

function serve(socket: Socket): void {
  let pending = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes) => {
    pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
    for (;;) {
      const end = pending.indexOf(HEADER_END);
      if (end === -1) return;
      const head = pending.toString('latin1', 0, end);
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? '0');
      const total = end + HEADER_END.length + length;
      if (pending.length < total) return;
      const path = head.slice(0, head.indexOf('\r\n'));
      const wantsStream = path.includes(':stream') || pending.subarray(end, total).includes('"stream":true');
      const { whole, stream } = answers[wireOf(path)];
      pending = pending.subarray(total);
      if (wantsStream && EVERY_MS > 0) paced[begun++ % TURNS]?.set(socket, 0);
      else socket.write(wantsStream ? stream : whole);
    }
  });
}

const server = createServer({ noDelay: true }, serve);
server.listen(0, '127.0.0.1', () => tellParent(server.address()));
