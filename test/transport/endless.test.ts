// F25: replies that never end. The answer is 8 MiB at most, one event 1 MiB, an error's body 64 KiB; memory stays where it was.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { type GroqMock, startGroqMock } from '../vendor/groq-mock.ts';
import { askOnce, closeTransports, openTransport } from './asking.ts';

let mock: GroqMock;
beforeEach(async () => {
  mock = await startGroqMock();
});
afterEach(async () => {
  await mock.close();
  await closeTransports();
});

const MIB = 1024 * 1024;

it.each([
  ['a stream of one line', 'line', true, 'provider_bad_reply', 'One event'],
  ['a stream of many events', 'events', true, 'stream_broken', 'is larger than 8388608 bytes'],
  ['a whole answer', 'line', false, 'provider_bad_reply', 'is larger than 8388608 bytes'],
  ['the body of an error', 'error-body', true, 'provider_overloaded', 'Status 500'],
] as const)('F25: %s that never ends is cut off', async (_, what, stream, code, message) => {
  const { ask } = openTransport();
  mock.script({ fault: { kind: 'endless', what } });
  const beforeBytes = process.memoryUsage().rss;
  for (let i = 0; i < 5; i += 1) {
    const { error } = await askOnce(ask, mock.url, { stream });
    expect(error?.code).toBe(code);
    expect(error?.message).toContain(message);
    expect(await mock.requests[i]?.ended).toMatchObject({ by: 'them' });
  }
  // Five endless replies, and the vendor that sends them, live in this process.
  expect(process.memoryUsage().rss - beforeBytes).toBeLessThan(100 * MIB);
});

it('F25: an answer that announces 1 GiB is not even begun', async () => {
  mock.next({
    fault: {
      kind: 'raw',
      bytes: `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${1024 * MIB}\r\n\r\n{`,
    },
  });
  const { error } = await askOnce(openTransport().ask, mock.url, { stream: false });
  expect(error).toMatchObject({ code: 'provider_bad_reply', detail: { providerStatus: 200 } });
});

it('F25: a thousand encodings are as good as one', async () => {
  const encodings = Array.from({ length: 1000 }, () => 'gzip').join(', ');
  mock.next({ headers: { 'content-encoding': encodings } });
  expect((await askOnce(openTransport().ask, mock.url)).error?.code).toBe('provider_bad_reply');
});
