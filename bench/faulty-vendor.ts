// A vendor that fails in the way its path names: `/overloaded/v1/…`, `/stalls/v1/…`, `/cuts/v1/…`, `/error-in-stream/v1/…`, `/cuts-stream/v1/…`.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tellParent } from './subject.ts';

const ROLE =
  'data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1,"model":"bench","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n';
const ERROR = 'data: {"error":{"message":"Overloaded","type":"server_error","code":null}}\n\n';

type Fail = (response: ServerResponse, request: IncomingMessage) => void;

const FAILURES: Readonly<Record<string, Fail>> = {
  overloaded: (response) => {
    response.writeHead(503, { 'content-type': 'application/json' }).end('{"error":{"message":"Overloaded"}}');
  },
  stalls: () => {},
  cuts: (_response, request) => request.socket.destroy(),
  'error-in-stream': (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(ROLE + ERROR);
  },
  'cuts-stream': (response, request) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(ROLE, () => request.socket.destroy());
  },
};

const server = createServer((request, response) => {
  const [, way = ''] = (request.url ?? '').split('/');
  request.resume();
  request.on('end', () => FAILURES[way]?.(response, request));
});
server.listen(0, '127.0.0.1', () => tellParent(server.address()));
