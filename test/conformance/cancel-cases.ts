// A caller who leaves in the middle of a stream: the vendor, a server that writes its dialect and then holds still, sees its connection
// closed.

import { deepStrictEqual as equal, rejects } from 'node:assert/strict';
import { once as onceEvent } from 'node:events';
import { createServer } from 'node:http';
import { systemClock } from '../../src/core/clock.ts';
import { isContent } from '../../src/core/events.ts';
import { createAsk } from '../../src/transport/ask.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';
import { optionsOf, targetOf } from '../transport/plain-codec.ts';
import type { Case } from './case.ts';
import { DIALECTS } from './dialects.ts';
import { VENDORS, type Vendor } from './vendors.ts';
import { textStreamOf } from './written-cases.ts';

/** Nothing here lasts; a connection that stays open is a failure, not a hang. */
const LONGEST_MS = 5_000;

export function cancelCases(): readonly Case[] {
  return VENDORS.flatMap((vendor): Case[] => {
    const stream = textStreamOf(vendor) ?? recordedStreamOf(vendor);
    if (stream === null) return [];
    const of = { vendor: vendor.id, feature: 'cancel', source: 'mock' } as const;
    return [{ ...of, name: 'leaving in the middle of a stream', run: () => judgeLeaving(vendor, stream) }];
  });
}

function recordedStreamOf({ id }: Vendor): string | null {
  for (const dialect of DIALECTS)
    for (const recording of dialect.recordings)
      if (dialect.vendorOf(recording) === id && dialect.isRead(recording) && dialect.streamErrorOf(recording) === null)
        if (recording.status === 200 && recording.stream !== null) return recording.stream;
  return null;
}

async function judgeLeaving(vendor: Vendor, stream: string): Promise<void> {
  // Closed by us, or ended by the vendor, which never ends here.
  const closed = Promise.withResolvers<boolean>();
  const events = stream.split(/(?<=\n\n|\r\n\r\n)/);
  const server = createServer((request, response) => {
    request.resume();
    response.on('close', () => closed.resolve(response.writableFinished));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    // All but its end: there is content, and there is more to come.
    for (const event of events.slice(0, -1)) response.write(event);
  });
  server.listen(0, '127.0.0.1');
  await onceEvent(server, 'listening');
  const transport = createAsk({ clock: systemClock });
  try {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The vendor has no address');
    const { transport: codec } = vendor.create(`http://127.0.0.1:${address.port}`);
    const leaving = new AbortController();
    const messages = [{ role: 'user' as const, content: 'Why?' }];
    const asked = transport.ask(
      targetOf(codec),
      { ...EMPTY_REQUEST, messages, maxTokens: 100 },
      optionsOf({ signal: leaving.signal }),
      (event) => {
        if (isContent(event)) leaving.abort(new Error('left'));
      },
    );
    await rejects(asked);
    const late = AbortSignal.timeout(LONGEST_MS);
    const isFinished = await Promise.race([
      closed.promise,
      onceEvent(late, 'abort').then(() => 'the connection stays open'),
    ]);
    equal(isFinished, false);
    equal(leaving.signal.aborted, true);
  } finally {
    server.closeAllConnections();
    server.close();
    await transport.close();
  }
}
