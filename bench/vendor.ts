// A vendor that costs next to nothing: raw sockets, answers made once. Whole or 100 chunks, in Groq's wire form, at once.

import { createServer, type Socket } from 'node:net';
import { tellParent } from './subject.ts';

const CHUNKS = 100;
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
const stream = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n${events
    .map((event) => `${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`)
    .join('')}0\r\n\r\n`,
);

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
      socket.write(wantsStream ? stream : whole);
    }
  });
}

const server = createServer({ noDelay: true }, serve);
server.listen(0, '127.0.0.1', () => tellParent(server.address()));
