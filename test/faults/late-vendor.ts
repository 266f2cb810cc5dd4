// A vendor in a thread of its own, which goes on while the loop of the tests stands still: it keeps every request waiting, and answers all
// of them at once when it is told to.

import { createServer, type ServerResponse } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

interface Given {
  readonly body: string;
  readonly type: string;
  /** Becomes 1 when all answers are written. */
  readonly isWritten: SharedArrayBuffer;
}

const { body, type, isWritten }: Given = workerData;
const waiting: ServerResponse[] = [];
const server = createServer((request, reply) => {
  request.resume().on('end', () => {
    waiting.push(reply);
    parentPort?.postMessage({ waiting: waiting.length });
  });
});
server.listen(0, '127.0.0.1', () => parentPort?.postMessage({ address: server.address() }));

parentPort?.on('message', () => {
  const written = waiting.splice(0).map(
    (reply) =>
      new Promise<void>((resolve) => {
        reply.writeHead(200, { 'content-type': type });
        reply.end(body, resolve);
      }),
  );
  void Promise.all(written).then(() => {
    const flag = new Int32Array(isWritten);
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
  });
});
