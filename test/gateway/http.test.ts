// HTTP itself, as no well-behaved client speaks it: broken framing, slow senders, headers without end, strange hosts and paths.
// Whatever it is, there is one answer with the envelope and a request id, and the next request is served.

import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorShape } from '../../src/gateway/reply-schemas.ts';
import { type RawReply, request, sendRaw } from './raw-http.ts';
import { asks, COMPLETION, type RunningGateway, startGateway, until } from './start.ts';

let running: RunningGateway;
beforeAll(async () => {
  running = await startGateway();
});
afterAll(() => running.close());

const POST = `POST ${COMPLETION}`;
const JSON_TYPE = 'Content-Type: application/json';
const CLOSE = 'Connection: close';

function failure(reply: RawReply) {
  const { error } = errorShape.parse(JSON.parse(reply.body));
  expect(reply.headers.get('x-request-id')).toBe(error.request_id);
  expect(reply.headers.get('request-id')).toBe(error.request_id);
  return { status: reply.status, code: error.code };
}

describe('broken HTTP', () => {
  it.each([
    [
      'B18: a body above 8 MiB without a length',
      [
        request(POST, [JSON_TYPE, 'Transfer-Encoding: chunked']),
        ...Array.from({ length: 10 }, () => `100000\r\n${'x'.repeat(1_048_576)}\r\n`),
      ],
      413,
      'request_too_large',
    ],
    [
      'B17: a length above 8 MiB, of which nothing is sent',
      [request(POST, [JSON_TYPE, 'Content-Length: 8388609'])],
      413,
      'request_too_large',
    ],
    [
      'B19: a length and chunks',
      [request(POST, [JSON_TYPE, 'Content-Length: 5', 'Transfer-Encoding: chunked'], '0\r\n\r\n')],
      400,
      'invalid_request',
    ],
    [
      'B19: two lengths',
      [request(POST, [JSON_TYPE, 'Content-Length: 2', 'Content-Length: 3'], '{} ')],
      400,
      'invalid_request',
    ],
    ['B19: a negative length', [request(POST, [JSON_TYPE, 'Content-Length: -1'], '{}')], 400, 'invalid_request'],
    [
      'B19: a chunk of no size',
      [request(POST, [JSON_TYPE, 'Transfer-Encoding: chunked'], 'zz\r\n')],
      400,
      'invalid_request',
    ],
    ['B38: a header of 20 KiB', [request('GET /healthz', [`X-Long: ${'x'.repeat(20_480)}`])], 431, 'headers_too_large'],
    [
      'B38: 200 headers',
      [request('GET /healthz', [...Array.from({ length: 200 }, (_, n) => `X-${n}: 1`), CLOSE])],
      431,
      'headers_too_large',
    ],
    ['B39: a NUL in a header', [request('GET /healthz', ['X-A: a\0b'])], 400, 'invalid_request'],
    ['B39: a bare CR in a header', [request('GET /healthz', ['X-A: a\rb'])], 400, 'invalid_request'],
    ['B39: a header beyond ASCII', [request('GET /healthz', ['X-A: \u00e9', CLOSE])], 400, 'invalid_request'],
    ['B39: a header name with a space', [request('GET /healthz', ['X A: 1'])], 400, 'invalid_request'],
    ['no HTTP at all', ['hello there\r\n\r\n'], 400, 'invalid_request'],
    ['no Host', [`GET /healthz HTTP/1.1\r\n${CLOSE}\r\n\r\n`], 400, 'invalid_request'],
    ['two Hosts', [request('GET /healthz', ['Host: localhost', CLOSE])], 400, 'invalid_request'],
    ['a Host that is none', [`GET /healthz HTTP/1.1\r\nHost: a b\r\n${CLOSE}\r\n\r\n`], 400, 'invalid_request'],
    [
      'B02: two Authorizations',
      [request('GET /v1/models', ['Authorization: Bearer a', 'Authorization: Bearer b', CLOSE])],
      401,
      'unauthenticated',
    ],
    ['B16: dots in the path', [request('GET /v1/%2e%2e/v1/models', [CLOSE])], 404, 'not_found'],
    ['B16: dots as they are', [request('GET /v1/./models', [CLOSE])], 404, 'not_found'],
    ['B16: a NUL in the path', [request('GET /v1/models%00', [CLOSE])], 404, 'not_found'],
    ['B16: a space in the path', [request('GET /v1/mo dels', [CLOSE])], 400, 'invalid_request'],
    ['a method of no route', [request('PROPFIND /v1/models', [CLOSE])], 405, 'method_not_allowed'],
    ['OPTIONS', [request('OPTIONS /v1/models', [CLOSE])], 405, 'method_not_allowed'],
  ])('%s', async (_what, pieces, status, code) => {
    const reply = await sendRaw(running.port, pieces);
    expect(failure(reply)).toEqual({ status, code });
    expect((await running.get('/healthz')).status).toBe(200);
  });

  it('lets an expectation that it does not know be', async () => {
    const reply = await sendRaw(running.port, [request('GET /healthz', ['Expect: the-unexpected', CLOSE])]);
    expect(reply.status).toBe(200);
  });

  it('takes what stands behind a body for no second request of it', async () => {
    const body = JSON.stringify(asks('one'));
    const reply = await sendRaw(running.port, [request(POST, [JSON_TYPE, `Content-Length: ${body.length - 5}`], body)]);
    expect(reply.status).toBe(400);
    expect(reply.text).not.toContain('HTTP/1.1 200');
  });

  it('writes nothing into an answer that is running, whatever stands behind it and behind the next request', async () => {
    const { requests } = running.vendor;
    const asked = requests.length;
    running.vendor.next({ fault: { kind: 'stall-events', afterEvents: 4 } }, { fault: { kind: 'silent' } });
    const socket = connect(running.port, '127.0.0.1');
    const closed = once(socket, 'close');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    const ask = (body: string) => request(POST, [JSON_TYPE, `Content-Length: ${body.length}`], body);
    socket.write(ask(JSON.stringify(asks('one', { stream: true }))));
    await until(() => text.includes('text-delta'), 'the beginning of the first answer');
    socket.write(ask(JSON.stringify(asks('two'))));
    await until(() => requests.length === asked + 2, 'the second request to be asked');
    socket.write('GARBAGE\r\n\r\n');
    await closed;
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
    expect(text).not.toContain('invalid_request');
  });

  it('says nothing of garbage while two answers are still owed: it would be taken for the first of them', async () => {
    const { requests } = running.vendor;
    const asked = requests.length;
    running.vendor.next({ fault: { kind: 'silent' } }, { fault: { kind: 'silent' } });
    const socket = connect(running.port, '127.0.0.1');
    const closed = once(socket, 'close');
    let bytes = 0;
    socket.on('data', (chunk) => {
      bytes += chunk.length;
    });
    for (const text of ['three', 'four']) {
      const body = JSON.stringify(asks(text));
      socket.write(request(POST, [JSON_TYPE, `Content-Length: ${body.length}`], body));
    }
    await until(() => requests.length === asked + 2, 'both requests to be asked');
    socket.write('GARBAGE\r\n\r\n');
    await closed;
    expect(bytes).toBe(0);
  });

  it.each([
    ['/chat/completions', '/v1/chat/completions'],
    ['/openai/chat/completions', '/openai/v1/chat/completions'],
    ['/v1/openai/v1/chat/completions', '/openai/v1/chat/completions'],
    ['/openai/v1/openai/v1/models', '/openai/v1/models'],
    ['/v1/v1/messages', '/v1/messages'],
    ['/messages', '/v1/messages'],
    ['/responses?a=b', '/v1/responses'],
    ['/embeddings', '/v1/embeddings'],
    ['/v1/api/v1/llm/completion', COMPLETION],
    ['/v1/healthz', '/healthz'],
  ])('a client whose base URL ends at the wrong place, at %s, is told of %s', async (path, meant) => {
    const reply = await running.post(path, asks('hi'));
    const told = `Did you mean ${meant}? The base URL of OpenAI`;
    expect([reply.status, await reply.text()]).toEqual([404, expect.stringContaining(told)]);
  });

  it.each(['/v1/secret', '/v1', '/v1/', '/v1/v1', '/openai/openai'])('guesses nothing at %s', async (path) => {
    const reply = await running.get(path);
    expect([reply.status, await reply.text()]).toEqual([404, expect.not.stringContaining('Did you mean')]);
  });

  it('names the methods of a path', async () => {
    const reply = await running.get(COMPLETION);
    expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('answers HEAD where GET is answered', async () => {
    const reply = await fetch(`${running.url}/v1/models`, { method: 'HEAD' });
    expect([reply.status, await reply.text()]).toEqual([200, '']);
  });

  it('refuses a large body to a client that is still sending, as an answer and not as a broken connection', async () => {
    const reply = await running.post(COMPLETION, asks('x'.repeat(9 * 1024 * 1024)));
    expect(reply.status).toBe(413);
  });

  it('waits 10 s for a slow header or a slow body, and no longer', async () => {
    const drops = Array.from({ length: 40 }, () => '1\r\nx\r\n');
    const [headers, body] = await Promise.all([
      sendRaw(running.port, ['GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ']),
      sendRaw(running.port, [request(POST, [JSON_TYPE, 'Transfer-Encoding: chunked']), ...drops], { everyMs: 500 }),
    ]);
    expect([failure(headers), failure(body)]).toEqual(Array(2).fill({ status: 408, code: 'request_timeout' }));
  }, 30_000);
});
