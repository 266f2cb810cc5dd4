// A vendor that takes data alone is sent the data; the addresses are fetched before it is asked, from a real HTTPS server. Nothing
// is fetched for a vendor that fetches itself, nor where nobody may fetch.

import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { Target } from '../../src/core/catalog.ts';
import { systemClock } from '../../src/core/clock.ts';
import { LLMError } from '../../src/core/errors.ts';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import type { FittedRequest, UserPart } from '../../src/core/request.ts';
import { createCompatible } from '../../src/providers/compatible.ts';
import { createMediaFetch } from '../../src/transport/media-fetch.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';
import { closeTransports, openTransport } from './asking.ts';
import {
  PICTURE_CERTIFICATE,
  PICTURE_HOST,
  type PictureHost,
  PNG,
  PUBLIC_ADDRESS,
  sendPicture,
  startPictureHost,
} from './picture-host.ts';
import { optionsOf, targetOf } from './plain-codec.ts';

const DATA = `data:image/png;base64,${PNG.toString('base64')}`;
const ADDRESS = `https://${PICTURE_HOST}/cat.png`;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await closeTransports();
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** A server of OpenAI's dialect that keeps what it is asked. */
async function startServer() {
  const bodies: JsonObject[] = [];
  const server = createServer(async (request, reply) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    if (isObject(body)) bodies.push(body);
    reply.writeHead(200, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        choices: [{ index: 0, message: { role: 'assistant', content: 'A cat.' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 },
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  closing.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, bodies };
}

async function startPictures(): Promise<PictureHost> {
  const host = await startPictureHost((reply, path) => {
    if (path.startsWith('/cat')) sendPicture(reply);
    else reply.writeHead(404).end();
  });
  closing.push(() => host.close());
  return host;
}

function fetchingFrom(host: PictureHost) {
  return createMediaFetch({
    clock: systemClock,
    userAgent: 'test',
    ca: PICTURE_CERTIFICATE,
    resolve: async () => [PUBLIC_ADDRESS],
    dial: () => ({ host: '127.0.0.1', port: host.port }),
  });
}

function targetAt(baseUrl: string, preset: 'ollama' | 'vllm' = 'ollama'): Target {
  const provider = createCompatible({ id: preset, preset, baseUrl, apiKey: 'canary0key', takes: ['pdf'] });
  return { ...targetOf(provider.transport), provider };
}

const image = (url: string): UserPart => ({ type: 'image', url, detail: 'low' });
const asked = (...content: UserPart[]): FittedRequest => ({ ...EMPTY_REQUEST, messages: [{ role: 'user', content }] });

async function ask(transport: ReturnType<typeof openTransport>, target: Target, request: FittedRequest) {
  return transport
    .ask(target, request, optionsOf({ stream: false }), () => {})
    .then(
      () => null,
      (error: unknown) => {
        if (error instanceof LLMError) return error;
        throw error;
      },
    );
}

describe('a vendor that takes data alone', () => {
  it('is sent what stands behind an address, fetched once and without its key; a tool’s too', async () => {
    const [host, server] = [await startPictures(), await startServer()];
    const transport = openTransport({ fetchMedia: fetchingFrom(host) });
    const request: FittedRequest = {
      ...EMPTY_REQUEST,
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Look:' }, image(ADDRESS), image(DATA)] },
        { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'a', name: 'see', argumentsText: '{}' }] },
        { role: 'tool', toolCallId: 'a', content: [image(ADDRESS), image(`${ADDRESS}?2`)].filter(isImage) },
      ],
    };
    expect(await ask(transport, targetAt(server.url), request)).toBeNull();
    expect(host.asked.map(({ path }) => path)).toEqual(['/cat.png', '/cat.png?2']);
    expect(JSON.stringify(host.asked)).not.toContain('canary0key');
    const sent = JSON.stringify(server.bodies);
    expect([sent.includes(PICTURE_HOST), sent.split(DATA).length - 1]).toEqual([false, 4]);
    // What was asked is left as it was.
    expect(JSON.stringify(request)).toContain(ADDRESS);
  });

  it('is not asked when what stands there cannot be had, and the attempt has cost nothing', async () => {
    const [host, server] = [await startPictures(), await startServer()];
    const transport = openTransport({ fetchMedia: fetchingFrom(host) });
    const error = await ask(transport, targetAt(server.url), asked(image(`https://${PICTURE_HOST}/none.png`)));
    expect([error?.code, error?.param, error?.detail.neverSent]).toEqual(['invalid_request', 'messages', true]);
    expect(server.bodies).toEqual([]);
  });

  it('is not asked where more would have to be fetched than may be', async () => {
    const [host, server] = [await startPictures(), await startServer()];
    const transport = openTransport({ fetchMedia: fetchingFrom(host) });
    const request = asked(...Array.from({ length: 9 }, (_, index) => image(`${ADDRESS}?${index}`)));
    const error = await ask(transport, targetAt(server.url), request);
    expect([error?.code, error?.message]).toEqual(['invalid_request', expect.stringContaining('at most 8')]);
    expect([host.asked, server.bodies]).toEqual([[], []]);
  });

  it('is not asked where the one address stands so often that its data would be too much together', async () => {
    const host = await startPictureHost((reply) =>
      sendPicture(reply, 'image/png', Buffer.concat([PNG, Buffer.alloc(1_000_000)])),
    );
    closing.push(() => host.close());
    const server = await startServer();
    const transport = openTransport({ fetchMedia: fetchingFrom(host) });
    const often = (times: number) => asked(...Array.from({ length: times }, () => image(ADDRESS)));
    expect(await ask(transport, targetAt(server.url), often(2))).toBeNull();
    const error = await ask(transport, targetAt(server.url), often(100));
    expect([error?.code, error?.message]).toEqual(['invalid_request', expect.stringContaining('too large together')]);
    expect(server.bodies).toHaveLength(1);
  });

  it('is not sent as a picture what was fetched as a document', async () => {
    const pdf = Buffer.from('%PDF-1.7\n%%EOF\n');
    const host = await startPictureHost((reply) => sendPicture(reply, 'application/pdf', pdf));
    closing.push(() => host.close());
    const server = await startServer();
    const transport = openTransport({ fetchMedia: fetchingFrom(host) });
    const file: UserPart = { type: 'file', mediaType: 'application/pdf', url: ADDRESS };
    const error = await ask(transport, targetAt(server.url), asked(image(ADDRESS), file));
    expect(error?.code).toBe('invalid_request');
    expect(server.bodies).toEqual([]);
  });

  it('is not asked, and nothing is fetched, where nobody may fetch', async () => {
    const [host, server] = [await startPictures(), await startServer()];
    const error = await ask(openTransport(), targetAt(server.url), asked(image(ADDRESS)));
    expect([error?.code, error?.message]).toEqual(['invalid_request', expect.stringContaining('data: URLs')]);
    expect([host.asked, server.bodies]).toEqual([[], []]);
  });

  it('gives up with the request', async () => {
    const host = await startPictureHost(() => {});
    closing.push(() => host.close());
    const server = await startServer();
    const leaving = new AbortController();
    const transport = openTransport({ fetchMedia: fetchingFrom(host) });
    const asking = transport
      .ask(targetAt(server.url), asked(image(ADDRESS)), optionsOf({ stream: false, signal: leaving.signal }), () => {})
      .catch((error: unknown) => error);
    while (host.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    leaving.abort(new LLMError('cancelled', 'The caller left'));
    expect(await asking).toMatchObject({ code: 'cancelled', detail: { neverSent: true } });
    expect(server.bodies).toEqual([]);
  });
});

it('a vendor that fetches itself is sent the address, and nothing is fetched here', async () => {
  const [host, server] = [await startPictures(), await startServer()];
  const transport = openTransport({ fetchMedia: fetchingFrom(host) });
  expect(await ask(transport, targetAt(server.url, 'vllm'), asked(image(ADDRESS)))).toBeNull();
  expect(host.asked).toEqual([]);
  expect(JSON.stringify(server.bodies)).toContain(ADDRESS);
});

function isImage(part: UserPart) {
  return part.type === 'image';
}
