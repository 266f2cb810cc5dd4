// What must be true of every stream, whatever the vendor sends: bytes go through transport, codec, lifecycle and both dialects,
// and come out as one well-formed answer or one error. PROPERTY_RUNS sets the number of histories.

import { AsyncLocalStorage } from 'node:async_hooks';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { Dispatcher } from 'undici';
import { describe, expect, it } from 'vitest';
import { checkRequest } from '../../src/core/check.ts';
import { LLMError } from '../../src/core/errors.ts';
import { Collector, contentOf, type StreamEvent } from '../../src/core/events.ts';
import type { Frame } from '../../src/core/provider.ts';
import { parseBody } from '../../src/gateway/body.ts';
import { fromNative, nativeRequest, nativeStream } from '../../src/gateway/native-wire.ts';
import { chatStream } from '../../src/gateway/openai-answer.ts';
import type { StreamEncoder } from '../../src/gateway/sse.ts';
import { createGroq } from '../../src/providers/groq.ts';
import { createAsk } from '../../src/transport/ask.ts';
import { FrameParser } from '../../src/transport/frames.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { type Turn, target, World } from '../world.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 200);
const timeout = 30_000 + RUNS * 50;
const here = dirname(fileURLToPath(import.meta.url));
const fixtures = join(here, '../fixtures/groq');
const streams = globSync('*.sse', { cwd: fixtures }).map((name) => readFileSync(join(fixtures, name)));
const groq = createGroq({ apiKey: 'gsk_0123456789', baseUrl: 'http://127.0.0.1:9' });

/** A vendor that sends exactly these pieces with status 200, and then ends, cleanly or not. */
function sends(pieces: readonly Buffer[], clean: boolean): Turn {
  return async (emit, options, request) => {
    const controller = {
      abort: () => {},
      pause: () => {},
      resume: () => {},
      aborted: false,
      paused: false,
      reason: null,
    };
    const dispatch = (_call: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) => {
      handler.onRequestStart?.(controller, {});
      handler.onResponseStart?.(controller, 200, { 'content-type': 'text/event-stream' }, 'OK');
      for (const piece of pieces) handler.onResponseData?.(controller, piece);
      if (clean) handler.onResponseEnd?.(controller, {});
      else handler.onResponseError?.(controller, new Error('other side closed'));
      return true;
    };
    const stub = Object.assign(Object.create(null), { dispatch });
    const { ask } = createAsk({ clock: new SimulatedClock(), dispatcher: stub });
    await ask(target({ provider: groq }), request, options, emit);
  };
}

async function eventsOf(bytes: Buffer, cuts: readonly number[], clean: boolean): Promise<readonly StreamEvent[]> {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
  const one = new World({
    turns: [sends(pieces, clean)],
    policy: { retry: { maxRetries: 0, baseMs: 0, factor: 1, jitter: 'none' } },
  });
  const { life, events } = one.start({ cache: 'off' });
  await life;
  expect(one.rowList().filter(({ state }) => state === 'open')).toEqual([]);
  return events;
}

/** `response-start`, content, then exactly one of `response-end` and `error`; an error alone when nobody began to answer. */
function expectGrammar(events: readonly StreamEvent[]): void {
  const types = events.map(({ type }) => type);
  const terminals = types.filter((type) => type === 'response-end' || type === 'error');
  expect(terminals).toEqual([types.at(-1)]);
  expect(types.indexOf('response-start')).toBe(types.length === 1 ? -1 : 0);
  expect(types.filter((type) => type === 'response-start').length).toBeLessThanOrEqual(1);
}

function textOf(events: readonly StreamEvent[]): string {
  const collector = new Collector();
  for (const event of events) {
    if (event.type !== 'response-start' && event.type !== 'response-end' && event.type !== 'error')
      collector.add(event);
  }
  return contentOf(collector.parts());
}

const ended = (events: readonly StreamEvent[]) => events.at(-1)?.type === 'response-end';
const stream = fc.constantFrom(...streams);
const cuts = fc.array(fc.nat(), { maxLength: 12 });
const damage = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(
      'data: [DONE]\n\n',
      'data: {}\n\n',
      'data: {"choices":[]}\n\n',
      ': ping\n\n',
      '\n',
      'event: error\n',
      'data: {"error":{}}\n\n',
      '\r',
    )
    .map((text) => Buffer.from(text)),
);

describe('any stream', () => {
  it('ends in exactly one terminal event, whatever bytes the vendor sends (I14, I17)', { timeout }, async () => {
    const splices = fc.array(fc.tuple(fc.nat(), fc.nat(60), damage), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(stream, splices, cuts, fc.boolean(), async (bytes, changes, pieces, clean) => {
        let damaged = bytes;
        for (const [at, length, piece] of changes) {
          const place = at % (damaged.length + 1);
          damaged = Buffer.concat([damaged.subarray(0, place), piece, damaged.subarray(place + length)]);
        }
        expectGrammar(await eventsOf(damaged, pieces, clean));
      }),
      { numRuns: RUNS },
    );
  });

  it('of bytes that are no stream at all ends in an error (I17)', { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), cuts, async (bytes, pieces) => {
        const events = await eventsOf(Buffer.from(bytes), pieces, true);
        expectGrammar(events);
        expect(events.at(-1)?.type).toBe('error');
      }),
      { numRuns: RUNS },
    );
  });

  it('says the same however its bytes were split, and whatever its line ends (I15)', { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(stream, cuts, fc.constantFrom('\n', '\r\n', '\r'), async (bytes, pieces, lineEnd) => {
        const rewritten = Buffer.from(bytes.toString().replaceAll('\n', lineEnd));
        const [split, whole] = [await eventsOf(rewritten, pieces, true), await eventsOf(bytes, [], true)];
        expect([textOf(split), split.map(({ type }) => type)]).toEqual([textOf(whole), whole.map(({ type }) => type)]);
      }),
      { numRuns: RUNS },
    );
  });

  it('that is cut delivers a beginning of the text, and all of it only when it is whole (I16)', {
    timeout,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(stream, fc.nat(), cuts, fc.boolean(), async (bytes, at, pieces, clean) => {
        const whole = await eventsOf(bytes, [], true);
        const events = await eventsOf(bytes.subarray(0, at % bytes.length), pieces, clean);
        expectGrammar(events);
        expect(textOf(whole).startsWith(textOf(events))).toBe(true);
        if (ended(events)) expect(textOf(events)).toBe(textOf(whole));
      }),
      { numRuns: RUNS },
    );
  });
});

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('a\nb', '\r\n\r\n', 'data: x\n\nevent: error\n', '\u2028', ': ping'),
);
const contentEvent: fc.Arbitrary<StreamEvent> = fc.oneof(
  text.map((delta) => ({ type: 'text-delta' as const, text: delta })),
  text.map((delta) => ({ type: 'reasoning-delta' as const, text: delta })),
  fc.tuple(text, text).map(([toolCallId, name]) => ({ type: 'tool-call-start' as const, toolCallId, name })),
  fc
    .tuple(text, text)
    .map(([toolCallId, argumentsText]) => ({ type: 'tool-call-delta' as const, toolCallId, argumentsText })),
);

function framesOf(written: string): Frame[] {
  const frames: Frame[] = [];
  new FrameParser((frame) => frames.push(frame)).push(Buffer.from(written));
  return frames;
}

describe('what goes out', () => {
  const encoders: readonly [string, () => StreamEncoder][] = [
    ['native', () => nativeStream('gen_1')],
    ['openai', () => chatStream({ generationId: 'gen_1', nowMs: 0, includeUsage: true })],
  ];
  it.each(encoders)('is one event each in the %s dialect, however odd its text (I17b)', (_dialect, encoder) => {
    fc.assert(
      fc.property(fc.array(contentEvent, { maxLength: 8 }), (events) => {
        const encode = encoder();
        const start = {
          id: 'req_1',
          generationId: 'gen_1',
          provider: 'groq',
          model: 'm',
          cached: false,
          shared: false,
          attempts: 1,
        };
        encode.event({ type: 'response-start', ...start, maxTokens: null }, 1);
        for (const [index, event] of events.entries()) {
          const written = encode.event(event, index + 2);
          if (written === '') continue;
          // A text of the vendor's can neither end an event nor begin one: what is written reads back as JSON, nothing between.
          const frames = framesOf(written);
          expect(frames.map(({ data }) => JSON.stringify(JSON.parse(data)))).toEqual(frames.map(({ data }) => data));
          expect(frames).toHaveLength(written.split('\n\n').length - 1);
          for (const frame of frames) expect(frame.event ?? 'text-delta').toMatch(/^[a-z-]+$/);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

const json = fc.jsonValue({ maxDepth: 6 });

describe('any body that is accepted', () => {
  it('comes back the same when it is written and read again (I30)', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), (body) => {
        let read: unknown;
        try {
          read = parseBody(Buffer.from(JSON.stringify(body)));
        } catch (error) {
          expect(error).toBeInstanceOf(LLMError);
          return;
        }
        const again = parseBody(Buffer.from(JSON.stringify(read)));
        expect(again).toEqual(read);
        expect(JSON.stringify(again)).toBe(JSON.stringify(read));
      }),
      { numRuns: RUNS },
    );
  });

  it('becomes a call to the vendor without a fault later on (I30)', () => {
    const content = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ud83d', '\0', '{{x}}'));
    const body = fc.record(
      {
        messages: fc.array(fc.record({ role: fc.constantFrom('system', 'user', 'assistant'), content }), {
          minLength: 1,
          maxLength: 5,
        }),
        system_prompt: content,
        temperature: fc.double({ min: 0, max: 2, noNaN: true }),
        max_tokens: fc.integer({ min: 1, max: 100_000 }),
        stop: fc.array(fc.string({ minLength: 1, maxLength: 9 }), { maxLength: 4 }),
        tags: fc.dictionary(fc.string({ minLength: 1, maxLength: 9 }), fc.string({ maxLength: 9 }), { maxKeys: 3 }),
        tools: fc.constant([
          { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } },
        ]),
      },
      { requiredKeys: ['messages'] },
    );
    fc.assert(
      fc.property(body, (wire) => {
        const { messages, tools = [] } = checkRequest(fromNative(nativeRequest.parse(wire), undefined));
        const { transport } = groq;
        if (transport.kind !== 'http') throw new Error('Groq speaks HTTP');
        const { body: sent } = transport.encode(
          { ...EMPTY_REQUEST, maxTokens: 1, messages, tools },
          'openai/gpt-oss-120b',
          false,
        );
        const text = JSON.stringify(sent);
        expect(JSON.parse(text)).toEqual(sent);
        expect(text.isWellFormed() && !/\\u0000|\\ud[89a-f]/i.test(text)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it('may be as deep as it likes inside an async context: the process lives (S32)', async () => {
    const deep = Buffer.from(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    const read = () => new AsyncLocalStorage<number>().run(1, async () => parseBody(deep));
    await expect(read()).rejects.toMatchObject({ code: 'too_deep' });
  });
});
