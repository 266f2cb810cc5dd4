// Replies that are no answer, errors inside a stream, what comes after the end (F10 to F13, F21, F24, F25).

import { describe, expect, it } from 'vitest';
import { useMock, VENDOR_BODY } from './asking.ts';

const vendor = useMock();

describe('a reply that is no answer', () => {
  const page = `<!DOCTYPE html><html><body>${VENDOR_BODY}</body></html>`;

  it.each([true, false])('F10: a page with status 200 (stream: %s)', async (stream) => {
    const { error } = await vendor.askWith(
      { fault: { kind: 'reply', status: 200, type: 'text/html', body: page } },
      { stream },
    );
    expect(error).toMatchObject({
      code: 'provider_bad_reply',
      message: 'Groq answered with something that is no JSON',
    });
  });

  it('F10: a page with status 502', async () => {
    const { error } = await vendor.askWith({ fault: { kind: 'reply', status: 502, type: 'text/html', body: page } });
    expect(error).toMatchObject({ code: 'provider_overloaded', detail: { providerStatus: 502 } });
  });

  it.each([
    ['null', 'JSON that is no object'],
    ['[]', 'JSON that is no object'],
    ['', 'something that is no JSON'],
    [`{"${VENDOR_BODY}"`, 'something that is no JSON'],
  ])('F10: %s', async (body, message) => {
    const { error } = await vendor.askWith(
      { fault: { kind: 'reply', status: 200, type: 'application/json', body } },
      { stream: false },
    );
    expect(error?.code).toBe('provider_bad_reply');
    expect(error?.message).toContain(message);
  });

  it('F10: an object that the codec can make nothing of', async () => {
    const { error } = await vendor.askWith(
      { fault: { kind: 'reply', status: 200, type: 'application/json', body: '{}' } },
      { stream: false },
    );
    expect(error?.code).toBe('provider_bad_reply');
  });

  it('F10: a frame that is no JSON', async () => {
    const body = `data: <${VENDOR_BODY}>\n\n`;
    const { error } = await vendor.askWith({ fault: { kind: 'reply', status: 200, type: 'text/event-stream', body } });
    expect(error).toMatchObject({
      code: 'provider_bad_reply',
      message: 'Groq answered with something that is no answer',
    });
  });

  it('no HTTP at all', async () => {
    const { error } = await vendor.askWith({ fault: { kind: 'raw', bytes: `${VENDOR_BODY}\r\n\r\n` } });
    expect(error?.code).toBe('provider_bad_reply');
  });

  it.each([true, false])('F11: an error with status 200 (stream: %s)', async (stream) => {
    const body = JSON.stringify({ error: { message: VENDOR_BODY, status_code: 503 } });
    const { error } = await vendor.askWith(
      { fault: { kind: 'reply', status: 200, type: 'application/json', body } },
      { stream },
    );
    expect(error).toMatchObject({ code: 'provider_overloaded', detail: { providerStatus: 503 } });
  });

  it.each([true, false])('F25: one that is packed, though we take nothing packed (stream: %s)', async (stream) => {
    const { error } = await vendor.askWith({ fault: { kind: 'gzip' } }, { stream });
    expect(error?.code).toBe('provider_bad_reply');
    expect(error?.message).toContain('encoding');
  });
});

describe('an error in the stream', () => {
  const error = { message: VENDOR_BODY, code: 'tool_use_failed', status_code: 400 };

  it('F12: as its first event keeps its name, so that the next target may be asked', async () => {
    const outcome = await vendor.askWith({ fault: { kind: 'error-event', afterEvents: 0, error } });
    expect(outcome.error).toMatchObject({ code: 'provider_overloaded', detail: { providerStatus: 400 } });
    expect(outcome.events).toEqual([]);
  });

  it('F12: after the role and before any content keeps it too', async () => {
    const outcome = await vendor.askWith({ fault: { kind: 'error-event', afterEvents: 1, error } });
    expect(outcome.error?.code).toBe('provider_overloaded');
  });

  it('F13: after content breaks the stream, and says why', async () => {
    const outcome = await vendor.askWith({ fault: { kind: 'error-event', afterEvents: 3, error } });
    expect(outcome.text).toBe('You said:');
    expect(outcome.error).toMatchObject({
      code: 'stream_broken',
      message: 'The answer broke off: The vendor told an error in its answer',
    });
  });
});

describe('what comes after the end', () => {
  const stream = (tail: string) =>
    `data: {"id":"x","choices":[{"delta":{"role":"assistant"}}]}\n\ndata: {"choices":[{"delta":{"content":"Hi"}}]}\n\ndata: [DONE]\n\n${tail}`;

  it.each([
    ['more content', 'data: {"choices":[{"delta":{"content":"!"}}]}\n\n'],
    ['another end', 'data: [DONE]\n\n'],
    ['an error', 'event: error\ndata: {"error":{}}\n\n'],
    ['nonsense', 'data: {{{\n\n'],
    ['an event without end', `data: ${'x'.repeat(3_000_000)}`],
  ])('F21: %s changes nothing', async (_, tail) => {
    const { events, text, error } = await vendor.askWith({
      fault: { kind: 'reply', status: 200, type: 'text/event-stream', body: stream(tail) },
    });
    expect(error).toBeNull();
    expect(text).toBe('Hi');
    expect(events.map(({ type }) => type)).toEqual(['answer-start', 'text-delta', 'answer-end']);
  });

  it('F21: a reset changes nothing', async () => {
    const { text, error } = await vendor.askWith({ fault: { kind: 'cut', afterBytes: 1e9, by: 'rst' } });
    expect(error).toBeNull();
    expect(text).toBe('You said: Hello there');
  });

  it('F21: an abort changes nothing', async () => {
    const controller = new AbortController();
    const outcome = await vendor.askWith({}, { signal: controller.signal });
    controller.abort();
    expect(outcome.error).toBeNull();
  });

  it('holds its connection for a second at most', async () => {
    const { clock, outcome } = vendor.askInSimulatedTime({ fault: { kind: 'stall', afterBytes: 1e9 } });
    expect((await outcome).error).toBeNull();
    expect(vendor.mock.requests[0]?.aborted).toBe(false);
    clock.advance(1000);
    expect(await vendor.mock.requests[0]?.ended).toMatchObject({ by: 'them' });
  });

  it('F21: events without choices and unknown fields change nothing', async () => {
    const body = stream('').replace(
      'data: [DONE]',
      'data: {"choices":[]}\n\ndata: {"new_field":1}\n\ndata:\n\ndata: [DONE]',
    );
    const { text, error } = await vendor.askWith({
      fault: { kind: 'reply', status: 200, type: 'text/event-stream', body },
    });
    expect([text, error]).toEqual(['Hi', null]);
  });
});

describe('usage', () => {
  it.each([
    ['missing', null, null],
    ['zero', { prompt_tokens: 0, completion_tokens: 0 }, { inputTokens: 0, outputTokens: 0 }],
    ['huge', { prompt_tokens: 1e15 }, { inputTokens: 1e15, outputTokens: 4 }],
    ['negative', { prompt_tokens: -1 }, { inputTokens: -1, outputTokens: 4 }],
  ] as const)('F24: %s is handed on as it was told', async (_, usage, expected) => {
    for (const isStream of [true, false]) {
      const { events } = await vendor.askWith({ says: { usage } }, { stream: isStream });
      const end = events.at(-1);
      const told = end?.type === 'answer-end' ? end.usage : undefined;
      if (expected === null) expect(told).toBeNull();
      else expect(told).toMatchObject(expected);
    }
  });
});
