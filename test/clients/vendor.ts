// A vendor of any family, on a port of its own: it says what it is told to say, in its family's wire, and keeps what it was asked.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isObject, type JsonObject, stringAt } from '../../src/core/json.ts';
import type { Failing, Said, Seen, Wire } from './speech.ts';

/** How one request is answered; `ends`, of an answer that is no whole one: after half of its events. */
export type Turn = { readonly says: Said; readonly ends?: 'cut' | 'never' } | { readonly fails: Failing };

export interface VendorRequest {
  readonly seen: Seen;
  readonly body: JsonObject;
  /** Whoever asked has left before the answer was over. */
  readonly left: Promise<void>;
}

export interface Vendor {
  readonly url: string;
  readonly requests: readonly VendorRequest[];
  /** For the next requests, one each. */
  next(...turns: readonly Turn[]): void;
  close(): Promise<void>;
}

export async function startVendor(wire: Wire): Promise<Vendor> {
  const requests: VendorRequest[] = [];
  const turns: Turn[] = [];
  const server = createServer(async (incoming, response) => {
    const body = await bodyOf(incoming);
    const left = new Promise<void>((resolve) => {
      response.on('close', () => {
        if (!response.writableFinished) resolve();
      });
    });
    requests.push({ body, seen: wire.seen(body), left });
    const turn = turns.shift() ?? { says: { text: 'Nobody has told me what to say.' } };
    play(turn, wire, { isStream: isStream(incoming, body), model: stringAt(body, 'model') ?? 'a-model' }, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The vendor has no address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    next: (...more) => void turns.push(...more),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
  return isObject(body) ? body : {};
}

/** Gemini says it in the address. */
function isStream({ url }: IncomingMessage, body: JsonObject): boolean {
  return body['stream'] === true || url?.includes(':streamGenerateContent') === true;
}

function play(
  turn: Turn,
  wire: Wire,
  asked: { readonly isStream: boolean; readonly model: string },
  response: ServerResponse,
): void {
  if ('fails' in turn) {
    const { status, headers, body } = wire.failures[turn.fails];
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
    return;
  }
  const { says, ends } = turn;
  if (!asked.isStream) {
    // Of a whole answer nothing comes before all of it.
    if (ends === 'never') return;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(wire.whole(says, asked.model)));
    return;
  }
  const events = wire.events(says, asked.model);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of ends === undefined ? events : events.slice(0, Math.ceil(events.length / 2)))
    response.write(event);
  // It ends as HTTP ends, without the word that it is whole.
  if (ends !== 'never') response.end();
}
