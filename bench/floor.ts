// The floor: the least that a gateway on Node can do. node:http, undici dispatch, the body parsed and written again both ways; every
// chunk of a stream parsed. No limits, no ledger, no cache, no routing, no errors.

import { createServer, type ServerResponse } from 'node:http';
import { Agent, type Dispatcher } from 'undici';
import { tellParent } from './subject.ts';

const vendor = `http://127.0.0.1:${process.argv[2]}`;
const agent = new Agent();

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const asked = JSON.parse(Buffer.concat(chunks).toString());
    const body = JSON.stringify({
      model: asked.model,
      messages: asked.messages,
      ...(asked.stream && { stream: true }),
    });
    const options = {
      origin: vendor,
      path: '/openai/v1/chat/completions',
      method: 'POST' as const,
      headers: { 'content-type': 'application/json' },
      body,
    };
    agent.dispatch(options, asked.stream ? streamed(response) : whole(response));
  });
});

function whole(response: ServerResponse): Dispatcher.DispatchHandler {
  const chunks: Buffer[] = [];
  return {
    onRequestStart: () => {},
    onResponseStart: () => {},
    onResponseData: (_controller, chunk) => {
      chunks.push(chunk);
    },
    onResponseEnd: () => {
      const answer = JSON.parse(Buffer.concat(chunks).toString());
      const body = JSON.stringify({ id: answer.id, content: answer.choices[0].message.content, usage: answer.usage });
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
      response.end(body);
    },
    onResponseError: () => response.destroy(),
  };
}

function streamed(response: ServerResponse): Dispatcher.DispatchHandler {
  let rest = '';
  return {
    onRequestStart: () => {},
    onResponseStart: () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
    },
    onResponseData: (_controller, chunk) => {
      const blocks = (rest + chunk.toString()).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = block.slice(6);
        if (data === '[DONE]') continue;
        const text = JSON.parse(data).choices[0]?.delta?.content;
        if (text) response.write(`data: ${JSON.stringify({ type: 'text-delta', text })}\n\n`);
      }
    },
    onResponseEnd: () => {
      response.end('data: [DONE]\n\n');
    },
    onResponseError: () => response.destroy(),
  };
}

server.listen(0, '127.0.0.1', () => tellParent(server.address()));
