// Vendors that cannot be reached, say nothing, or say no: each story by its number in the fault matrix (F01 to F09, F18, F19).

import { createServer as createTcpServer, type LookupFunction, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Agent } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../simulated-clock.ts';
import { startGroqMock } from '../vendor/groq-mock.ts';
import { askOnce, openTransport, until, useMock, VENDOR_BODY } from './asking.ts';
import { optionsOf, plainCodec, requestOf, targetOf } from './plain-codec.ts';
import { SELF_SIGNED_CERTIFICATE, SELF_SIGNED_KEY } from './self-signed.ts';

const vendor = useMock();

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port');
  return address.port;
}

describe('a vendor that cannot be reached', () => {
  it('F01: refuses the connection: nothing was sent', async () => {
    await vendor.mock.close();
    const { error } = await askOnce(openTransport().ask, vendor.mock.url);
    expect(error?.code).toBe('provider_unreachable');
    expect(error?.detail).toEqual({ provider: 'groq', model: 'openai/gpt-oss-120b', neverSent: true });
    expect(error?.message).toBe('Groq could not be reached (ECONNREFUSED)');
  });

  it('F03: has a name that nobody knows', async () => {
    const lookup: LookupFunction = (_name, _options, done) => {
      done(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), '');
    };
    const dispatcher = new Agent({ connect: { lookup } });
    const { error } = await askOnce(openTransport({ dispatcher }).ask, 'http://api.example.invalid');
    expect(error).toMatchObject({ code: 'provider_unreachable', detail: { neverSent: true } });
    await dispatcher.close();
  });

  it('F04: stalls in the handshake: given up after the connect time-out, and never in plain text', async () => {
    let bytes = '';
    const port = await listen(
      createTcpServer((socket) => socket.on('data', (data) => (bytes += data.toString('latin1')))),
    );
    const clock = new SimulatedClock();
    const outcome = askOnce(
      openTransport({ clock, dispatcher: new Agent({ connect: { timeout: 500 } }) }).ask,
      `https://localhost:${port}`,
    );
    await until(() => bytes.length > 0);
    clock.advance(3000);
    const { error } = await outcome;
    expect(error).toMatchObject({
      code: 'provider_unreachable',
      detail: { neverSent: true },
      message: 'No connection to Groq within 3 s',
    });
    expect(bytes).not.toContain('HTTP');
  });

  it('F04: shows a certificate that nobody vouches for: not asked again', async () => {
    const port = await listen(createTlsServer({ key: SELF_SIGNED_KEY, cert: SELF_SIGNED_CERTIFICATE }));
    const { error } = await askOnce(openTransport().ask, `https://localhost:${port}`);
    expect(error?.code).toBe('provider_unreachable');
    expect(error?.detail).toMatchObject({ neverSent: true, sameTargetAgain: false });
    expect(error?.message).toBe('The certificate of Groq was not accepted (DEPTH_ZERO_SELF_SIGNED_CERT)');
  });

  it('has an address that is no URL', async () => {
    const { error } = await askOnce(openTransport().ask, 'not a url');
    expect(error).toMatchObject({ code: 'provider_unreachable', detail: { neverSent: true, sameTargetAgain: false } });
  });
});

describe('a vendor that does not answer', () => {
  it.each([true, false])('F02: takes the request and says nothing (stream: %s)', async (stream) => {
    const { clock, outcome, ended } = vendor.askInSimulatedTime({ fault: { kind: 'silent' } }, { stream });
    await until(() => vendor.mock.requests.length === 1);
    await clock.advanceAsync(29_999);
    expect(ended()).toBe(false);
    clock.advance(1);
    const { error } = await outcome;
    expect(error).toMatchObject({ code: 'provider_timeout', name: 'TimeoutError', provider: 'groq' });
    expect(error?.message).toBe(`Groq did not ${stream ? 'begin to answer' : 'answer'} within 30 s`);
    expect(await vendor.mock.requests[0]?.ended).toMatchObject({ by: 'them' });
  });

  it('F18: goes silent after some content: the stream is broken, and the vendor is left', async () => {
    const { clock, outcome, received } = vendor.askInSimulatedTime({ fault: { kind: 'stall-events', afterEvents: 3 } });
    await until(() => received() === 3);
    clock.advance(30_000);
    const { error, text } = await outcome;
    expect(text).toBe('You said:');
    expect(error).toMatchObject({ code: 'stream_broken', message: 'The answer broke off: Groq went silent for 30 s' });
    expect(await vendor.mock.requests[0]?.ended).toMatchObject({ by: 'them' });
  });

  it('F18: goes silent after its first byte, before any content: it may be tried again', async () => {
    const { clock, outcome, received } = vendor.askInSimulatedTime(
      { fault: { kind: 'stall-events', afterEvents: 1 } },
      { idleTimeoutMs: 50_000 },
    );
    await until(() => received() === 1);
    await clock.advanceAsync(49_999);
    clock.advance(1);
    expect((await outcome).error).toMatchObject({ code: 'provider_timeout', message: 'Groq went silent for 50 s' });
  });

  it('F18: stalls in the middle of a whole answer', async () => {
    const { clock, outcome } = vendor.askInSimulatedTime(
      { fault: { kind: 'stall', afterBytes: 40 } },
      { stream: false, idleTimeoutMs: 50_000 },
    );
    await until(() => vendor.mock.requests.length === 1);
    // The first bytes arrive in real time; they move nothing.
    await new Promise((resolve) => setTimeout(resolve, 20));
    clock.advance(30_000);
    expect((await outcome).error).toMatchObject({
      code: 'provider_timeout',
      message: 'Groq did not answer within 30 s',
    });
  });

  it('F19: sends comments only: they move no deadline', async () => {
    const { clock, outcome } = vendor.askInSimulatedTime({ fault: { kind: 'comments-only', everyMs: 1 } });
    await until(() => vendor.mock.requests.length === 1);
    for (let i = 0; i < 3; i += 1) {
      // Comments arrive in real time between the turns of the clock.
      await new Promise((resolve) => setTimeout(resolve, 10));
      clock.advance(10_000);
    }
    expect((await outcome).error).toMatchObject({
      code: 'provider_timeout',
      message: 'Groq did not begin to answer within 30 s',
    });
  });

  it('F19: drips: each byte of data is a sign of life', async () => {
    const { clock, outcome, ended } = vendor.askInSimulatedTime({ sliceBytes: 16 });
    await until(() => {
      if (vendor.mock.requests.length === 1) clock.advance(100);
      return ended();
    });
    expect((await outcome).text).toBe('You said: Hello there');
  });
});

describe('a vendor that says no', () => {
  it('F05: tells when to come back', async () => {
    const { error } = await vendor.askWith({ fault: { kind: 'status', status: 429 }, headers: { 'Retry-After': '2' } });
    expect(error).toMatchObject({ code: 'provider_rate_limited', retryAfterMs: 2000, detail: { providerStatus: 429 } });
  });

  it('F06: tells it in any form: the codec gets the header as it came', async () => {
    const seen: unknown[] = [];
    const codec = plainCodec(vendor.mock.url);
    const target = targetOf({
      ...codec,
      decodeError: (reply) => {
        seen.push(reply.headers['retry-after']);
        return codec.decodeError(reply);
      },
    });
    for (const form of ['Wed, 21 Oct 2026 07:28:00 GMT', '6m0s', '-1', '1e9', 'soon']) {
      vendor.mock.next({ fault: { kind: 'status', status: 429 }, headers: { 'retry-after': form } });
      await expect(openTransport().ask(target, requestOf('Hi'), optionsOf(), () => {})).rejects.toMatchObject({
        code: 'provider_rate_limited',
      });
    }
    expect(seen).toEqual(['Wed, 21 Oct 2026 07:28:00 GMT', '6m0s', '-1', '1e9', 'soon']);
  });

  it.each([
    [413, 'request_too_large'],
    [498, 'provider_overloaded'],
    [503, 'provider_overloaded'],
    [529, 'provider_overloaded'],
    [424, 'provider_rejected'],
    [499, 'provider_rejected'],
    [401, 'provider_auth'],
    [400, 'provider_rejected'],
  ] as const)('F08, F09, F22: status %i is told by the codec as %s', async (status, code) => {
    const { error } = await vendor.askWith({
      fault: { kind: 'status', status, error: { message: VENDOR_BODY, code: 'tool_use_failed' } },
    });
    expect(error).toMatchObject({
      code,
      detail: { providerStatus: status, providerCode: 'tool_use_failed', provider: 'groq' },
    });
  });

  it('sends us elsewhere: nobody follows, so the key goes nowhere', async () => {
    const other = await startGroqMock();
    const { error } = await vendor.askWith({
      fault: { kind: 'reply', status: 307, type: 'text/html', body: '' },
      headers: { location: `${other.url}/openai/v1/chat/completions` },
    });
    expect(error).toMatchObject({ code: 'provider_bad_reply', detail: { providerStatus: 307 } });
    expect(error?.message).toContain('sent us elsewhere');
    expect(other.requests).toEqual([]);
    await other.close();
  });

  it('cuts or stalls the body of its error: the status says enough', async () => {
    const raw = (end: string) =>
      `HTTP/1.1 429 Too Many\r\nretry-after: 3\r\ncontent-length: 100\r\n\r\n{"error":${end}`;
    expect((await vendor.askWith({ fault: { kind: 'raw', bytes: raw('{') } })).error).toMatchObject({
      code: 'provider_rate_limited',
      retryAfterMs: 3000,
    });
  });
});
