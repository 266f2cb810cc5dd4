// What must be true of every stream of every family of vendors, read in every dialect: bytes go through transport, codec, lifecycle and
// encoder, and come out as one well-formed answer or one error. PROPERTY_RUNS sets the number of histories; fast-check prints the seed.

import fc from 'fast-check';
import type { Dispatcher } from 'undici';
import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/core/events.ts';
import type { LLMProvider } from '../../src/core/provider.ts';
import type { LLMResponse } from '../../src/core/response.ts';
import { messageStream } from '../../src/gateway/anthropic-answer.ts';
import { nativeStream } from '../../src/gateway/native-wire.ts';
import { chatStream } from '../../src/gateway/openai-answer.ts';
import { responseStream } from '../../src/gateway/responses-answer.ts';
import type { StreamEncoder } from '../../src/gateway/sse.ts';
import { createAnthropic } from '../../src/providers/anthropic.ts';
import { createCompatible } from '../../src/providers/compatible.ts';
import { createGemini } from '../../src/providers/gemini.ts';
import { createGroq } from '../../src/providers/groq.ts';
import { createOpenAi } from '../../src/providers/openai.ts';
import { createAsk } from '../../src/transport/ask.ts';
import { DIALECTS, type Dialect, type Told } from '../faults/dialects.ts';
import { FAMILIES, type Family, type FamilyId, type Said } from '../faults/families.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { type Turn, target, World } from '../world.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 200);
const timeout = 60_000 + RUNS * 100;
const account = { apiKey: 'canary', baseUrl: 'http://127.0.0.1:9' };
const PROVIDERS: Readonly<Record<FamilyId, LLMProvider>> = {
  groq: createGroq(account),
  openai: createOpenAi({ ...account, api: 'chat' }),
  responses: createOpenAi({ ...account, api: 'responses' }),
  anthropic: createAnthropic({ ...account, outputLimitOf: () => 4_096 }),
  gemini: createGemini(account),
  compatible: createCompatible({ id: 'local', ...account }),
};
const ENCODERS: Readonly<Record<Dialect['id'], () => StreamEncoder>> = {
  native: () => nativeStream('gen_1'),
  openai: () => chatStream({ generationId: 'gen_1', nowMs: 0, includeUsage: true }),
  responses: () => responseStream({ generationId: 'gen_1', nowMs: 0, body: { model: 'm', input: 'x' } }),
  anthropic: () => messageStream({ generationId: 'gen_1', inputTokens: () => 1 }),
};

/** A vendor of this family that sends exactly these pieces with status 200, and then ends, cleanly or not. */
function sends(family: Family, pieces: readonly Buffer[], clean: boolean): Turn {
  return async (emit, options, request) => {
    const idle = { abort: () => {}, pause: () => {}, resume: () => {}, aborted: false, paused: false, reason: null };
    const dispatch = (_call: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) => {
      handler.onRequestStart?.(idle, {});
      handler.onResponseStart?.(idle, 200, { 'content-type': 'text/event-stream' }, 'OK');
      for (const piece of pieces) handler.onResponseData?.(idle, piece);
      if (clean) handler.onResponseEnd?.(idle, {});
      else handler.onResponseError?.(idle, new Error('other side closed'));
      return true;
    };
    const { ask } = createAsk({
      clock: new SimulatedClock(),
      dispatcher: Object.assign(Object.create(null), { dispatch }),
    });
    await ask(target({ provider: PROVIDERS[family.id] }), request, options, emit);
  };
}

interface Lived {
  readonly events: readonly StreamEvent[];
  /** Null: it ended in an error. */
  readonly response: LLMResponse | null;
}

async function lived(family: Family, bytes: Buffer, cuts: readonly number[], clean: boolean): Promise<Lived> {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
  const world = new World({
    turns: [sends(family, pieces, clean)],
    policy: { retry: { maxRetries: 0, baseMs: 0, factor: 1, jitter: 'none' } },
  });
  const { life, events, generation } = world.start({ cache: 'off' });
  await life;
  expect(world.rowList().filter(({ state }) => state === 'open')).toEqual([]);
  return { events, response: await generation.whole().catch(() => null) };
}

/** As a client of the dialect reads it, by its grammar; null: it failed before it began, and had no stream. */
function readIn(dialect: Dialect, { events, response }: Lived): Told | null {
  if (events[0]?.type === 'error') return null;
  const encoder = ENCODERS[dialect.id]();
  let text = '';
  for (const [index, event] of events.entries()) {
    if (event.type === 'error') text += encoder.error(event.error, 'req_1', index + 1);
    else if (event.type !== 'response-end') text += encoder.event(event, index + 1);
    else if (response !== null) text += encoder.end(response, index + 1);
  }
  expect(text).not.toContain('\r');
  return dialect.readStream(text);
}

function expectGrammar(one: Lived): void {
  const types = one.events.map(({ type }) => type);
  expect(types.filter((type) => type === 'response-end' || type === 'error')).toEqual([types.at(-1)]);
  expect(types.lastIndexOf('response-start')).toBe(types.length === 1 && types[0] === 'error' ? -1 : 0);
  const all = DIALECTS.map((dialect) => readIn(dialect, one));
  const [first] = all;
  for (const told of all) {
    expect([told?.isWhole, told?.text, told?.code]).toEqual([first?.isWhole, first?.text, first?.code]);
    expect(told?.isWhole ?? false).toBe(one.response !== null);
  }
}

const word = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('a\nb', '\r\n\r\n', 'data: x\n\nevent: error\n', '\u2028', '__proto__', '🧑‍🚀 é', ' : ping'),
);
const name = fc.oneof(
  fc.constantFrom('look', '__proto__', 'a\r\ndata: b\n\n'),
  fc.string({ minLength: 1, maxLength: 8 }),
);
const said: fc.Arbitrary<Said> = fc
  .record({
    text: fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => `x${words.join(' ')}`),
    calls: fc.array(fc.record({ name, argumentsText: fc.constantFrom('{}', '{"a":1}', '{"__proto__":{"b":2}}') }), {
      maxLength: 2,
    }),
    id: name,
    model: name,
  })
  .map(({ calls, ...rest }) => ({
    ...rest,
    ...(calls.length > 0 && { calls: calls.map((call, index) => ({ ...call, id: `call_${index}` })) }),
  }));
const family = fc.constantFrom(...FAMILIES);
const cuts = fc.array(fc.nat(), { maxLength: 12 });
const framesOf = (of: Family, one: Said) => Buffer.from(of.stream(one).join(''));
const damage = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(
      ...FAMILIES.flatMap(({ errorFrame, terminal }) => [errorFrame, `${terminal ?? ''}\n\n`]),
      'data: {}\n\n',
      'data: []\n\n',
      'data: null\n\n',
      '\n',
      '\r',
    )
    .map((text) => Buffer.from(text)),
);

describe('any stream of any vendor, in any dialect,', () => {
  it('I14, I17, I17b: is one answer or one error, whatever bytes come, and nothing stands after its end', {
    timeout,
  }, async () => {
    const splices = fc.array(fc.tuple(fc.nat(), fc.nat(60), damage), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(family, said, splices, cuts, fc.boolean(), async (of, one, changes, pieces, clean) => {
        let bytes = framesOf(of, one);
        for (const [at, length, piece] of changes) {
          const place = at % (bytes.length + 1);
          bytes = Buffer.concat([bytes.subarray(0, place), piece, bytes.subarray(place + length)]);
        }
        expectGrammar(await lived(of, bytes, pieces, clean));
      }),
      { numRuns: RUNS },
    );
  });

  it('I17: of bytes that are no stream at all ends in an error', { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(family, fc.uint8Array({ maxLength: 2_000 }), cuts, async (of, bytes, pieces) => {
        const one = await lived(of, Buffer.from(bytes), pieces, true);
        expectGrammar(one);
        expect(one.events.at(-1)?.type).toBe('error');
      }),
      { numRuns: RUNS },
    );
  });

  it('I15: says the same however its bytes were split, whatever its line ends, behind a mark of byte order', {
    timeout,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        family,
        said,
        cuts,
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.boolean(),
        async (of, one, pieces, lineEnd, hasMark) => {
          const whole = framesOf(of, one);
          const rewritten =
            (hasMark ? '\uFEFF' : '') +
            whole.toString().replaceAll('\n', lineEnd).replaceAll(`${lineEnd}data`, `${lineEnd}: c${lineEnd}data`);
          const [split, plain] = [
            await lived(of, Buffer.from(rewritten), pieces, true),
            await lived(of, whole, [], true),
          ];
          expect(split.events.map((event) => ('text' in event ? event.text : event.type))).toEqual(
            plain.events.map((event) => ('text' in event ? event.text : event.type)),
          );
          expect(plain.response?.content).toBe(one.text);
          expectGrammar(split);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('I16: that is cut delivers a beginning of the text, and all of it only where it is whole', {
    timeout,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(family, said, fc.nat(), cuts, fc.boolean(), async (of, one, at, pieces, clean) => {
        const bytes = framesOf(of, one);
        const kept = await lived(of, bytes.subarray(0, at % (bytes.length + 1)), pieces, clean);
        expectGrammar(kept);
        const delivered = kept.events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
        expect(one.text?.startsWith(delivered)).toBe(true);
        if (kept.response !== null) expect(delivered).toBe(one.text);
      }),
      { numRuns: RUNS },
    );
  });
});
