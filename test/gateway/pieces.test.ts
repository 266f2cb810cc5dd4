// A body that is made in pieces, to a client that stops reading: it is made no further, and after a minute the client is cut off.

import { once } from 'node:events';
import { connect } from 'node:net';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { jsonInPieces } from '../../src/gateway/pieces.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { until } from './start.ts';

const PIECES = 600;
const PIECE = `"${'x'.repeat(99_997)}",`;

async function started() {
  const clock = new SimulatedClock();
  const made = { pieces: 0, isOver: false };
  async function* pieces() {
    try {
      yield '[';
      for (; made.pieces < PIECES; made.pieces++) yield PIECE;
      yield 'null]';
    } finally {
      made.isOver = true;
    }
  }
  const app = Fastify();
  app.get('/', async (_request, reply) => jsonInPieces(pieces(), reply, clock));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { app, clock, made, url, port: Number(new URL(url).port) };
}

it('is made no further than it is read, and a client that reads nothing is cut off after a minute', async () => {
  const { app, clock, made, port } = await started();
  const client = connect(port, '127.0.0.1').on('error', () => {});
  client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(client, 'readable');
  let before = -1;
  await until(async () => {
    before = made.pieces;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return before === made.pieces;
  }, 'the body to wait');
  // What the kernel takes is some megabytes; all of it is 60.
  expect([made.pieces < PIECES / 2, made.isOver]).toEqual([true, false]);
  clock.advance(59_999);
  await new Promise((resolve) => setImmediate(resolve));
  expect(made.isOver).toBe(false);
  clock.advance(1);
  await until(() => made.isOver, 'the cut');
  expect(clock.pending).toBe(0);
  client.destroy();
  await app.close();
});

it('comes whole to a client that reads, and leaves nothing behind', async () => {
  const { app, clock, made, url } = await started();
  const reply = await fetch(url);
  expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(await reply.json()).toHaveLength(PIECES + 1);
  expect([made.isOver, clock.pending]).toEqual([true, 0]);
  await app.close();
});
