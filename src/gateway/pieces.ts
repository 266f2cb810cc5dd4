// A long body in pieces, each made when the client has taken the one before it: so no reply stands whole in memory, and a client that
// takes nothing holds one piece for a minute.

import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Clock } from '../index.ts';
import { LONGEST_BLOCK_MS } from './sse.ts';

export function jsonInPieces(pieces: AsyncIterable<string>, reply: FastifyReply, clock: Clock): Readable {
  reply.type('application/json; charset=utf-8');
  return Readable.from(taken(pieces, reply.raw, clock), { highWaterMark: 1 });
}

async function* taken(pieces: AsyncIterable<string>, client: ServerResponse, clock: Clock): AsyncGenerator<string> {
  for await (const piece of pieces) {
    const cancelCut = clock.after(LONGEST_BLOCK_MS, () => client.destroy());
    try {
      yield piece;
    } finally {
      cancelCut();
    }
  }
}
