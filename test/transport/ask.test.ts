// Calls that go well, and what goes out with them; calls that are aborted; faults that are our own.

import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { llmError } from '../../src/core/errors.ts';
import { Flow } from '../../src/core/flow.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { askOnce, openTransport, until, useMock } from './asking.ts';
import { CANARY_KEY, optionsOf, plainCodec, requestOf, targetOf } from './plain-codec.ts';

const vendor = useMock();

describe('a call that goes well', () => {
  it('gives the same answer as a stream and as a whole', async () => {
    const streamed = await vendor.askWith({});
    const whole = await vendor.askWith({}, { stream: false });
    expect(streamed.text).toBe('You said: Hello there');
    expect(whole.text).toBe(streamed.text);
    for (const { events } of [streamed, whole]) {
      expect(events.at(0)?.type).toBe('answer-start');
      expect(events.at(-1)).toMatchObject({ type: 'answer-end', usage: { inputTokens: 5, outputTokens: 4 } });
    }
  });

  it('sends the key, the attempt id and what it will take', async () => {
    await vendor.askWith({}, { attemptId: 'att_1' });
    await vendor.askWith({}, { attemptId: 'att_2', stream: false });
    expect(vendor.mock.requests.map(({ attemptId }) => attemptId)).toEqual(['att_1', 'att_2']);
    const [streamed, whole] = vendor.mock.requests;
    expect(streamed?.headers).toMatchObject({
      authorization: `Bearer ${CANARY_KEY}`,
      'content-type': 'application/json',
      accept: 'text/event-stream',
      'accept-encoding': 'identity',
      'user-agent': 'codementor-llm/0.1.0',
    });
    expect(whole?.headers.accept).toBe('application/json');
  });

  it('tells what its headers say is used up, and an error does not', async () => {
    const codec = { ...plainCodec(vendor.mock.url), drainedForMs: () => 86_400 };
    const told: number[] = [];
    const ask = (stream: boolean) => {
      const options = optionsOf({ stream, onDrained: (forMs) => told.push(forMs) });
      return openTransport().ask(targetOf(codec), requestOf('Hi'), options, () => {});
    };
    await Promise.all([ask(true), ask(false)]);
    expect(told).toEqual([86_400, 86_400]);
    vendor.mock.next({ fault: { kind: 'status', status: 429 } });
    await expect(ask(true)).rejects.toMatchObject({ code: 'provider_rate_limited' });
    expect(told).toHaveLength(2);
  });

  it('F42: is not read on while nobody takes what came, however long that is, and then to its end', async () => {
    const flow = new Flow();
    const text = 'word '.repeat(20_000);
    const clock = new SimulatedClock();
    vendor.mock.next({ says: { text } });
    let heard = 0;
    const outcome = askOnce(openTransport({ clock }).ask, vendor.mock.url, { flow }, () => {
      heard++;
      if (heard === 1_000) flow.isClosed = true;
    });
    await until(() => heard >= 1_000);
    const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
    await pause();
    const before = heard;
    // Our own pause is no silence of the vendor's.
    clock.advance(3_600_000);
    await pause();
    expect(heard).toBe(before);
    expect(before).toBeLessThan(10_000);
    flow.isClosed = false;
    expect(await outcome).toMatchObject({ error: null });
    expect((await outcome).text).toBe(text);
  });

  it('F42: goes silent by its own fault when we read again and nothing comes', async () => {
    const flow = new Flow();
    const clock = new SimulatedClock();
    vendor.mock.next({ says: { text: 'one two three' }, fault: { kind: 'stall-events', afterEvents: 3 } });
    let heard = 0;
    const outcome = askOnce(openTransport({ clock }).ask, vendor.mock.url, { flow }, () => {
      heard++;
    });
    await until(() => heard > 0);
    flow.isClosed = true;
    clock.advance(3_600_000);
    flow.isClosed = false;
    clock.advance(optionsOf().idleTimeoutMs);
    expect((await outcome).error).toMatchObject({ code: 'stream_broken' });
  });

  it('leaves its connection to the next one', async () => {
    const { ask } = openTransport();
    for (let i = 0; i < 5; i += 1) {
      await askOnce(ask, vendor.mock.url);
      // Undici frees a connection one turn after its reply.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(new Set(vendor.mock.requests.map(({ clientPort }) => clientPort)).size).toBe(1);
  });

  it('hands on the warnings of the codec', async () => {
    const codec = plainCodec(vendor.mock.url);
    const warning = { code: 'left_out', message: 'top_k was left out' };
    const target = targetOf({ ...codec, encode: (...args) => ({ ...codec.encode(...args), warnings: [warning] }) });
    expect(await openTransport().ask(target, requestOf('Hi'), optionsOf(), () => {})).toEqual({ warnings: [warning] });
  });

  it('leaves no timer and no listener behind', async () => {
    const { signal } = new AbortController();
    const { clock, outcome } = vendor.askInSimulatedTime({}, { signal });
    expect((await outcome).error).toBeNull();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    await until(() => clock.pending === 0);
  });

  it('is not disturbed by early hints', async () => {
    const body = 'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\ndata: [DONE]\n\n';
    const bytes = `HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${body}`;
    expect(await vendor.askWith({ fault: { kind: 'raw', bytes } })).toMatchObject({ text: 'Hi', error: null });
  });

  it('takes a whole answer from a server that cannot stream, and says so', async () => {
    const body = JSON.stringify({ id: 'x', choices: [{ message: { content: 'All at once' }, finish_reason: 'stop' }] });
    const { text, result } = await vendor.askWith({
      fault: { kind: 'reply', status: 200, type: 'application/json', body },
    });
    expect(text).toBe('All at once');
    expect(result?.warnings).toMatchObject([{ code: 'not_streamed' }]);
  });
});

describe('an abort', () => {
  it('before anything was sent rejects with the reason, and says that nothing was sent', async () => {
    const { error } = await vendor.askWith(
      {},
      { signal: AbortSignal.abort(llmError('provider_timeout', 'Out of time')) },
    );
    expect(error).toMatchObject({ code: 'provider_timeout', message: 'Out of time', detail: { neverSent: true } });
    expect(vendor.mock.requests).toEqual([]);
  });

  it('while connecting says that nothing was sent either', async () => {
    const controller = new AbortController();
    const outcome = vendor.askWith({}, { signal: controller.signal });
    controller.abort();
    expect((await outcome).error).toMatchObject({ code: 'cancelled', detail: { neverSent: true } });
    // Long enough for a request that was sent all the same to arrive.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(vendor.mock.requests).toEqual([]);
  });

  it.each([
    ['before the headers', { fault: { kind: 'silent' } }],
    ['in the middle of the stream', { fault: { kind: 'stall-events', afterEvents: 2 } }],
  ] as const)('%s reaches the vendor', async (_, behaviour) => {
    const controller = new AbortController();
    const { outcome, received } = vendor.askInSimulatedTime(behaviour, { signal: controller.signal });
    await until(() => vendor.mock.requests.length === 1 && (behaviour.fault.kind === 'silent' || received() === 2));
    controller.abort();
    const { error } = await outcome;
    expect(error).toMatchObject({ code: 'cancelled', provider: 'groq', model: 'openai/gpt-oss-120b' });
    expect(error?.detail.neverSent).toBeUndefined();
    expect(await vendor.mock.requests[0]?.ended).toMatchObject({ by: 'them' });
    expect(vendor.mock.requests[0]?.aborted).toBe(true);
  });

  it('rejects with the very reason, when that is an error of ours', async () => {
    const controller = new AbortController();
    const reason = llmError('cancelled', 'The last reader left');
    const { outcome, received } = vendor.askInSimulatedTime(
      { fault: { kind: 'stall-events', afterEvents: 2 } },
      { signal: controller.signal },
    );
    await until(() => received() === 2);
    controller.abort(reason);
    expect((await outcome).error).toBe(reason);
  });

  it('by the listener, in the middle of a chunk, ends the events at once', async () => {
    const controller = new AbortController();
    vendor.mock.next({});
    const { events, error } = await askOnce(
      openTransport().ask,
      vendor.mock.url,
      { signal: controller.signal },
      (event) => {
        if (event.type === 'text-delta') controller.abort();
      },
    );
    expect(error?.code).toBe('cancelled');
    expect(events.map(({ type }) => type)).toEqual(['answer-start', 'text-delta']);
  });
});

describe('a fault of our own', () => {
  it('in what listens is not told as the vendor’s', async () => {
    const fault = new RangeError('a bug of ours');
    const throwing = openTransport().ask(targetOf(plainCodec(vendor.mock.url)), requestOf('Hi'), optionsOf(), () => {
      throw fault;
    });
    await expect(throwing).rejects.toMatchObject({ code: 'internal', cause: fault });
  });

  it('in a codec’s encode is told as ours, and nothing was sent', async () => {
    const encode = () => {
      throw new TypeError('a bug of ours');
    };
    const asked = openTransport().ask(
      targetOf({ ...plainCodec(vendor.mock.url), encode }),
      requestOf('Hi'),
      optionsOf(),
      () => {},
    );
    await expect(asked).rejects.toMatchObject({ code: 'internal', detail: { neverSent: true } });
  });

  it('that a codec refuses to encode keeps its name', async () => {
    const encode = () => {
      throw llmError('invalid_request', 'groq takes no such thing', { param: 'tools' });
    };
    const asked = openTransport().ask(
      targetOf({ ...plainCodec(vendor.mock.url), encode }),
      requestOf('Hi'),
      optionsOf(),
      () => {},
    );
    await expect(asked).rejects.toMatchObject({ code: 'invalid_request', param: 'tools', provider: 'groq' });
  });
});
