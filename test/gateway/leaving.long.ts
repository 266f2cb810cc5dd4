// How soon the vendor notices that a client has left: printed, not asserted, since a busy machine may be slow. The figure stands
// in docs/benchmarks.md.

import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { COMPLETION, MODEL, startGateway } from './start.ts';

const ROUNDS = 100;

it.each([true, false])('a client that leaves (stream: %s) is noticed by the vendor', async (stream) => {
  const gateway = await startGateway();
  const waitedMs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    gateway.vendor.next(
      stream
        ? { says: { text: 'word '.repeat(500) }, eventEveryMs: 20 }
        : { says: { text: 'x' }, headersAfterMs: 5_000 },
    );
    const body = JSON.stringify({
      model: MODEL,
      messages: [{ role: 'user', content: `${round}` }],
      stream,
      cache: 'off',
    });
    const socket = connect(gateway.port, '127.0.0.1');
    const head = `host: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`;
    socket.write(`POST ${COMPLETION} HTTP/1.1\r\n${head}\r\n\r\n${body}`);
    if (stream) await new Promise((resolve) => socket.once('data', resolve));
    while (gateway.vendor.requests.length <= round) await turn();
    const leftAtMs = performance.now();
    socket.destroy();
    while (gateway.vendor.requests[round]?.aborted !== true) await turn();
    waitedMs.push(performance.now() - leftAtMs);
  }
  waitedMs.sort((a, b) => a - b);
  console.info(
    `left, stream ${stream}: ${ROUNDS} times, median ${waitedMs[ROUNDS / 2]?.toFixed(1)} ms, most ${waitedMs.at(-1)?.toFixed(1)} ms`,
  );
  const rows = await gateway.rows();
  expect(rows.map(({ outcome }) => outcome)).toEqual(Array.from({ length: ROUNDS }, () => 'cancelled'));
  await gateway.close();
});
