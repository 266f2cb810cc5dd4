// The writer of streams under a clock that the test turns, against a client that reads slowly, not at all, or leaves.

import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isContent, replay } from '../../src/core/events.ts';
import { Flow } from '../../src/core/flow.ts';
import { EventStream, type StreamEncoder } from '../../src/gateway/sse.ts';
import { Generation } from '../../src/generations/generation.ts';
import { type LLMError, llmError, type StreamEvent } from '../../src/index.ts';
import { SimulatedClock } from '../simulated-clock.ts';

/** A response whose socket takes what the test lets it take. */
class SlowClient extends ServerResponse {
  readonly written: string[] = [];
  takes = true;

  constructor() {
    super(new IncomingMessage(new Socket()));
  }
  override write(chunk: unknown): boolean {
    this.written.push(String(chunk));
    return this.takes;
  }
  override end(chunk?: unknown): this {
    if (chunk !== undefined) this.written.push(String(chunk));
    this.written.push('<end>');
    return this;
  }
  override destroy(): this {
    this.written.push('<cut>');
    this.emit('close');
    return this;
  }
}

const encoder: StreamEncoder = {
  event: (event, position) =>
    event.type === 'text-delta' ? `${position}:${event.text}\n` : `${position}:${event.type}\n`,
  end: (response, position) => `${position}:end of ${response.content.length}\n`,
  error: (error, requestId, position) => `${position}:${error.code} of ${requestId}\n`,
};

const START: StreamEvent = {
  type: 'response-start',
  id: 'req_1',
  generationId: 'gen_1',
  provider: 'p',
  model: 'm',
  cached: false,
  shared: false,
  attempts: 1,
  maxTokens: null,
};
const text = (value: string): StreamEvent => ({ type: 'text-delta', text: value });
const END: StreamEvent = {
  type: 'response-end',
  response: {
    id: 'req_1',
    generationId: 'gen_1',
    provider: 'p',
    model: 'm',
    finishReason: 'stop',
    finishReasonRaw: 'stop',
    usage: null,
    usageSource: 'none',
    tokensUsed: null,
    costUsd: null,
    priced: false,
    cached: false,
    shared: false,
    cacheKey: null,
    responseTimeMs: 1,
    timestamp: '2026-01-01T00:00:00.000Z',
    attempts: [],
    context: { kept: 1, dropped: 0, estimatedTokens: 1, window: 1 },
    warnings: [],
    maxTokens: null,
    providerMetadata: {},
  },
};

function begin() {
  const clock = new SimulatedClock();
  const client = new SlowClient();
  const abandoned: LLMError[] = [];
  const flow = new Flow();
  const generation = new Generation({
    id: 'gen_1',
    requestId: 'req_1',
    clock,
    abandon: (reason) => void abandoned.push(reason),
    flow,
  });
  const opened: (string | null)[] = [];
  const stream = new EventStream({
    generation,
    response: client,
    encoder,
    clock,
    open: (start) => void opened.push(start === null ? null : start.provider),
  });
  const begun = stream.begin().then(
    () => 'begun',
    (error: LLMError) => error.code,
  );
  return { clock, client, abandoned, generation, opened, begun, flow };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a stream on its way to a client', () => {
  it('is written once for all that came in one turn', async () => {
    const { client, generation, opened, begun } = begin();
    for (const event of [START, text('a'), text('b')]) generation.append(event);
    expect([opened, client.written]).toEqual([['p'], []]);
    await turn();
    generation.append(END);
    await turn();
    expect(client.written).toEqual(['1:response-start\n2:a\n3:b\n', '4:end of 2\n', '<end>']);
    expect(await begun).toBe('begun');
  });

  it('keeps the failure of an answer that never began for its status', async () => {
    const { client, generation, opened, begun, clock } = begin();
    clock.advance(14_999);
    generation.append({ type: 'error', error: llmError('provider_timeout', 'late') });
    expect(await begun).toBe('provider_timeout');
    expect([opened, client.written, clock.pending]).toEqual([[], [], 0]);
  });

  it('lets the headers leave after 15 s of silence; what fails then is told in the stream', async () => {
    const { client, generation, opened, begun, clock } = begin();
    clock.advance(15_000);
    expect(await begun).toBe('begun');
    expect([opened, client.written]).toEqual([[null], [': keep-alive\n\n']]);
    generation.append({ type: 'error', error: llmError('provider_timeout', 'late') });
    await turn();
    expect(client.written.slice(1)).toEqual(['1:provider_timeout of req_1\n', '<end>']);
  });

  it('is kept alive between events only, every 15 s in which nothing else was written', async () => {
    const { client, generation, clock } = begin();
    for (const event of [START, text('a')]) generation.append(event);
    await turn();
    clock.advance(10_000);
    generation.append(text('b'));
    await turn();
    clock.advance(14_999);
    expect(client.written).toHaveLength(2);
    clock.advance(1);
    clock.advance(30_000);
    expect(client.written.slice(2)).toEqual([': keep-alive\n\n', ': keep-alive\n\n', ': keep-alive\n\n']);
  });

  it('waits for a client whose socket is full, and loses nothing', async () => {
    const { client, generation, clock } = begin();
    generation.append(START);
    client.takes = false;
    await turn();
    for (const letter of ['a', 'b', 'c']) generation.append(text(letter));
    await turn();
    clock.advance(59_999);
    expect(client.written).toEqual(['1:response-start\n']);
    client.takes = true;
    client.emit('drain');
    generation.append(END);
    await turn();
    await turn();
    expect(client.written).toEqual(['1:response-start\n', '2:a\n3:b\n4:c\n5:end of 3\n', '<end>']);
  });

  it('F42: that is full has nothing more read from the vendor, until it takes again or somebody else reads', async () => {
    const { client, generation, flow } = begin();
    generation.append(START);
    client.takes = false;
    await turn();
    for (let event = 1; event < 64; event++) generation.append(text('x'));
    expect(flow.isClosed).toBe(false);
    generation.append(text('x'));
    expect(flow.isClosed).toBe(true);
    const leave = generation.subscribe(() => {});
    expect(flow.isClosed).toBe(false);
    leave();
    expect(flow.isClosed).toBe(true);
    client.takes = true;
    client.emit('drain');
    await turn();
    expect(flow.isClosed).toBe(false);
    expect(client.written.join('').match(/x/g)).toHaveLength(64);
    client.takes = false;
    for (let event = 0; event < 200; event++) {
      generation.append(text('x'));
      await turn();
    }
    expect(flow.isClosed).toBe(true);
    client.emit('close');
    expect(flow.isClosed).toBe(false);
  });

  it('F42: has nothing more read from a vendor that pours, until what came within one turn is written', async () => {
    const { client, generation, flow } = begin();
    for (let event = 0; event < 255; event++) generation.append(event === 0 ? START : text('x'));
    expect(flow.isClosed).toBe(false);
    generation.append(text('x'));
    expect([flow.isClosed, client.written]).toEqual([true, []]);
    await turn();
    expect([flow.isClosed, client.written.join('').match(/x/g)?.length]).toEqual([false, 255]);
  });

  it('asks the socket in between when a long answer is replayed', async () => {
    const { client, generation } = begin();
    generation.append(START);
    for (let n = 0; n < 40; n++) generation.append(text('x'.repeat(10_000)));
    client.takes = false;
    await turn();
    expect(client.written.join('').length).toBeLessThan(80_000);
    for (let n = 0; n < 20; n++) {
      client.emit('drain');
      await turn();
    }
    expect(client.written.join('').match(/x{10000}/g)).toHaveLength(40);
  });

  it('F42: holds no second copy of an answer from the cache for a client that does not read it', async () => {
    const { client, generation } = begin();
    const content = 'x😀'.repeat(200_000);
    const answer = { id: null, model: null, parts: [{ type: 'text' as const, text: content }] };
    const end = { finishReason: 'stop' as const, finishReasonRaw: 'stop', usage: null, providerMetadata: {} };
    generation.append(START);
    client.takes = false;
    for (const event of replay({ ...answer, ...end })) if (isContent(event)) generation.append(event);
    await turn();
    expect(client.written.join('').length).toBeLessThan(100_000);
    client.takes = true;
    client.emit('drain');
    await turn();
    const texts = client.written.join('').split('\n').slice(1);
    expect(texts.every((line) => line.isWellFormed())).toBe(true);
    expect(texts.map((line) => line.replace(/^\d+:/, '')).join('') === content).toBe(true);
  });

  it('F42: cuts a client that reads nothing for 60 s, and stops the answer that nobody else reads', async () => {
    const { client, generation, abandoned, clock } = begin();
    generation.append(START);
    client.takes = false;
    await turn();
    clock.advance(60_000);
    expect(client.written).toEqual(['1:response-start\n', '<cut>']);
    expect(abandoned.map(({ code }) => code)).toEqual(['cancelled']);
    expect(clock.pending).toBe(0);
  });

  it('stops the answer at once when the client leaves, before it began as after', async () => {
    for (const events of [[], [START, text('a')]]) {
      const { client, generation, abandoned, clock, begun } = begin();
      for (const event of events) generation.append(event);
      client.emit('close');
      expect(abandoned.map(({ code }) => code)).toEqual(['cancelled']);
      expect([clock.pending, await begun]).toEqual([0, 'begun']);
      generation.append({ type: 'error', error: llmError('cancelled', 'left') });
      await turn();
      expect(client.written).toEqual([]);
    }
  });

  it('leaves no timer behind when it ends well', async () => {
    const { client, generation, clock } = begin();
    for (const event of [START, text('a'), END]) generation.append(event);
    await turn();
    await turn();
    client.emit('close');
    expect([client.written.at(-1), clock.pending]).toEqual(['<end>', 0]);
  });
});
