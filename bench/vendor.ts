// A vendor that costs next to nothing: raw sockets, answers made once. Whole or 100 chunks, in Groq's wire form, at once; with
// arguments another number of chunks, and one every so many milliseconds.

import { createServer, type Socket } from 'node:net';
import { tellParent } from './subject.ts';

const [CHUNKS = 100, EVERY_MS = 0] = process.argv.slice(2).map(Number);
/** Streams are served in turns, so that not all of them get their chunk in the same instant. */
const TURNS = 10;
const usage = { prompt_tokens: 40, completion_tokens: CHUNKS, total_tokens: 40 + CHUNKS };
const head = { id: 'chatcmpl-bench', created: 1, model: 'openai/gpt-oss-120b' };

const wholeBody = JSON.stringify({
  ...head,
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'word '.repeat(CHUNKS) }, finish_reason: 'stop' }],
  usage,
});
const whole = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(wholeBody)}\r\n\r\n${wholeBody}`,
);

function chunk(delta: object, finishReason: string | null, more: object = {}): string {
  const data = {
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finishReason }],
    ...more,
  };
  return `data: ${JSON.stringify(data)}\n\n`;
}

const events = [
  chunk({ role: 'assistant', content: '' }, null),
  ...Array.from({ length: CHUNKS }, () => chunk({ content: 'word ' }, null)),
  chunk({}, 'stop', { usage, x_groq: { id: 'req_bench', usage } }),
  'data: [DONE]\n\n',
];
const pieces = [
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n',
  ...events.map((event) => `${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`),
  '0\r\n\r\n',
].map((piece) => Buffer.from(piece));
const stream = Buffer.concat(pieces);

/** Of each turn: the streams under way, and how many of their pieces have been sent. */
const paced = Array.from({ length: TURNS }, () => new Map<Socket, number>());
let turn = 0;
let begun = 0;

function pace(): void {
  const streams = paced[turn++ % TURNS] ?? new Map<Socket, number>();
  for (const [socket, sent] of streams) {
    const piece = pieces[sent];
    if (piece !== undefined && !socket.destroyed) socket.write(piece);
    if (sent + 1 < pieces.length && !socket.destroyed) streams.set(socket, sent + 1);
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
      const length = Number(/content-length: (\d+)/i.exec(pending.toString('latin1', 0, end))?.[1] ?? '0');
      const total = end + HEADER_END.length + length;
      if (pending.length < total) return;
      const wantsStream = pending.subarray(end, total).includes('"stream":true');
      pending = pending.subarray(total);
      if (wantsStream && EVERY_MS > 0) paced[begun++ % TURNS]?.set(socket, 0);
      else socket.write(wantsStream ? stream : whole);
    }
  });
}

const server = createServer({ noDelay: true }, serve);
server.listen(0, '127.0.0.1', () => tellParent(server.address()));
