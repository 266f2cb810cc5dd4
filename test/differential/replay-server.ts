// A vendor that answers with what one was recorded to answer: status, headers, and the bytes of the body in pieces of any length. What
// it is asked is kept, and decides nothing: whoever asks has put the recording on before.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isObject, type Json, type JsonObject, parsedJson, stringAt } from '../../src/core/json.ts';
import { seededRandom } from '../faults/seeded-random.ts';
import type { Recording } from '../providers/recorded.ts';

export interface ReplayServer extends AsyncDisposable {
  readonly url: string;
  /** What all are answered with from now on. */
  play(recording: Recording): void;
  /** The bodies that it was asked with since then. */
  readonly asked: readonly JsonObject[];
}

/** Of how the bytes went over the wire, which they do anew. */
const OF_THE_WIRE = /^(connection|content-(encoding|length)|date|keep-alive|set-cookie|transfer-encoding)$/i;

export async function startReplayServer(): Promise<ReplayServer> {
  const random = seededRandom(20_261_126);
  let on: Recording | null = null;
  let asked: JsonObject[] = [];
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    if (isObject(body)) asked.push(body);
    if (on === null) throw new Error('No recording is on');
    answer(on, response, random);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The replay server has no address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    play(recording) {
      on = recording;
      asked = [];
    },
    get asked() {
      return asked;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return parsedJson(Buffer.concat(chunks).toString());
}

function answer(recording: Recording, response: ServerResponse, random: () => number): void {
  const { status, headers, stream, body } = recording;
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_WIRE.test(name) && !/^content-type$/i.test(name));
  const type = stream === null ? 'application/json' : 'text/event-stream';
  response.writeHead(status, { ...Object.fromEntries(kept), 'content-type': type });
  const bytes = Buffer.from(stream === null ? JSON.stringify(body) : withNames(stream));
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + Math.floor(random() * 4_000));
    response.write(bytes.subarray(at, end));
    at = end;
  }
  response.end();
}

/**
 * Anthropic's client reads only events with names, which a recording as a list of payloads has lost. On the wire each has its type for
 * a name.
 */
function withNames(stream: string): string {
  if (/^event:/m.test(stream)) return stream;
  return stream.replace(/^data: ?(\{.*)$/gm, (line, data: string) => {
    const type = stringAt(parsedJson(data), 'type');
    return type === null ? line : `event: ${type}\n${line}`;
  });
}
