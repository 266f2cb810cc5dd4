// A vendor that answers whatever it is asked with one recorded reply, whole or as a stream, and keeps what it was asked.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { isObject, type JsonObject } from '../../src/core/json.ts';

export interface RecordedVendor extends AsyncDisposable {
  readonly url: string;
  readonly bodies: readonly JsonObject[];
  /** Where, in the same order. */
  readonly paths: readonly string[];
}

/** `fixture`: the path of `<name>.json` and `<name>.sse` under test/fixtures, without their endings. */
export async function startRecordedVendor(fixture: string): Promise<RecordedVendor> {
  const read = (ending: string) => readFileSync(new URL(`../fixtures/${fixture}${ending}`, import.meta.url), 'utf8');
  const recorded: unknown = JSON.parse(read('.json'));
  const whole = isObject(recorded) ? recorded['whole'] : null;
  const stream = read('.sse');
  const bodies: JsonObject[] = [];
  const paths: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    if (isObject(body)) bodies.push(body);
    paths.push(request.url ?? '');
    const isStream = isObject(body) && body['stream'] === true;
    response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
    response.end(isStream ? stream : JSON.stringify(whole));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The vendor has no address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    bodies,
    paths,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
