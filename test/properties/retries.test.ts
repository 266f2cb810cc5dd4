// How often vendors are asked and how long anybody waits, whatever they say of when to come back and however they fail: bounded, for any
// header and any history. PROPERTY_RUNS sets the number of histories; fast-check prints the seed of one that fails.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/core/errors.ts';
import { isContent } from '../../src/core/events.ts';
import type { HttpCodec, LLMProvider } from '../../src/core/provider.ts';
import { createAnthropic } from '../../src/providers/anthropic.ts';
import { createCompatible } from '../../src/providers/compatible.ts';
import { createGemini } from '../../src/providers/gemini.ts';
import { createGroq } from '../../src/providers/groq.ts';
import { createOpenAi } from '../../src/providers/openai.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { answers, breaks, fails, hangs, type Turn, target, World } from '../world.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 200);
const timeout = 60_000 + RUNS * 100;
const DAY_MS = 86_400_000;
const TOTAL_MS = 120_000;
const account = { apiKey: 'canary', baseUrl: 'http://127.0.0.1:9' };

function codecOf({ transport }: LLMProvider): HttpCodec {
  if (transport.kind !== 'http') throw new Error('It speaks HTTP');
  return transport;
}
const CODECS = [
  createGroq(account),
  createOpenAi({ ...account, api: 'chat' }),
  createOpenAi({ ...account, api: 'responses' }),
  createAnthropic({ ...account, outputLimitOf: () => 4_096 }),
  createGemini(account),
  createCompatible({ id: 'local', ...account }),
].map(codecOf);

const NAMES = [
  'retry-after',
  'retry-after-ms',
  'date',
  'x-should-retry',
  'x-ratelimit-reset-requests',
  'x-ratelimit-reset-tokens',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-remaining-tokens',
  'anthropic-ratelimit-requests-remaining',
  'anthropic-ratelimit-requests-reset',
];
const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^-?[0-9.]{0,30}(ns|us|ms|s|m|h|d|e9)?$/),
  fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom('0', '-1', 'NaN', 'Infinity', '1e9', '6m0s', '1.57s', '9'.repeat(64)),
);
const headers = fc.dictionary(fc.constantFrom(...NAMES), value, { noNullPrototype: true });
const sentence = fc
  .tuple(value, fc.constantFrom('try again in ', 'retry in ', ''))
  .map(([wait, how]) => `Please ${how}${wait}.`);
const body = fc.oneof(
  fc.string(),
  fc.json(),
  fc.record({ message: sentence, code: value, type: value, status: value }).map((error) => JSON.stringify({ error })),
  value.map((retryDelay) =>
    JSON.stringify({
      error: { status: 'RESOURCE_EXHAUSTED', details: [{ '@type': 'x/google.rpc.RetryInfo', retryDelay }] },
    }),
  ),
);

describe('what a vendor says of when to come back', () => {
  it('I20: is nothing or a wait from 0 to 24 hours, in any header and any body of any vendor', { timeout }, () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CODECS),
        fc.constantFrom(400, 402, 408, 429, 498, 500, 503, 529),
        headers,
        body,
        (codec, status, told, text) => {
          const { retryAfterMs } = codec.decodeError({ status, headers: told, body: text });
          if (retryAfterMs !== null)
            expect([Number.isInteger(retryAfterMs), retryAfterMs >= 0, retryAfterMs <= DAY_MS]).toEqual([
              true,
              true,
              true,
            ]);
          const drainedMs = codec.drainedForMs?.(told) ?? null;
          if (drainedMs !== null) expect([drainedMs >= 0, drainedMs <= DAY_MS]).toEqual([true, true]);
        },
      ),
      { numRuns: RUNS * 5 },
    );
  });
});

const CODES: readonly ErrorCode[] = [
  'provider_overloaded',
  'provider_unreachable',
  'provider_timeout',
  'provider_bad_reply',
  'provider_rate_limited',
  'provider_rejected_answer',
  'provider_auth',
  'provider_quota',
  'provider_rejected',
];
const late =
  (afterMs: number, then: Turn, clock: SimulatedClock): Turn =>
  async (...asked) => {
    const [, { signal }] = asked;
    await new Promise<void>((resolve, reject) => {
      const cancel = clock.after(afterMs, resolve);
      signal.addEventListener('abort', () => {
        cancel();
        reject(signal.reason);
      });
    });
    await then(...asked);
  };
const turn = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('fails' as const),
      code: fc.constantFrom(...CODES),
      retryAfterMs: fc.option(fc.oneof(fc.nat(30_000), fc.nat(DAY_MS))),
      afterMs: fc.nat(40_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom('answers' as const, 'breaks' as const, 'hangs' as const, 'hangs-half' as const),
      afterMs: fc.nat(40_000),
    }),
  },
);
type Drawn = typeof turn extends fc.Arbitrary<infer T> ? T : never;

function played(drawn: Drawn, clock: SimulatedClock): Turn {
  if (drawn.type === 'fails') {
    const { code, retryAfterMs, afterMs } = drawn;
    return late(afterMs, fails(code, retryAfterMs === null ? {} : { retryAfterMs }), clock);
  }
  const then = { answers: answers('whole'), breaks: breaks('half'), hangs: hangs(), 'hangs-half': hangs('half') }[
    drawn.type
  ];
  return late(drawn.afterMs, then, clock);
}

describe('any history of vendors that fail', () => {
  it('I21, I23: asks at most three times again over all targets, never after content, and ends in time', {
    timeout,
  }, async () => {
    const history = fc.record({
      targets: fc.integer({ min: 1, max: 4 }),
      maxRetries: fc.nat(3),
      turns: fc.array(turn, { maxLength: 12 }),
      stream: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(history, async ({ targets: count, maxRetries, turns, stream }) => {
        const clock = new SimulatedClock();
        const targets = Array.from({ length: count }, (_, index) =>
          target({ model: `model-${index}`, provider: { ...target().provider, id: `vendor-${index}` } }),
        );
        let begun = 0;
        let askedAfterContent = 0;
        const watched =
          (drawn: Drawn): Turn =>
          (emit, ...rest) => {
            if (begun > 0) askedAfterContent += 1;
            return played(drawn, clock)(
              (event) => {
                if (isContent(event)) begun += 1;
                emit(event);
              },
              ...rest,
            );
          };
        const world = new World({
          clock,
          targets,
          turns: turns.map(watched),
          always: hangs(),
          policy: { retry: { maxRetries, baseMs: 1_000, factor: 2, jitter: 'none' } },
        });
        const startedMs = clock.monotonicMs();
        const { life, events, generation } = world.start({ cache: 'off' }, stream);
        // The service's own: one deadline over all attempts.
        const cancel = clock.after(TOTAL_MS, () => generation.stop());
        let isOver = false;
        const ended = life.then(() => {
          isOver = true;
        });
        while (!isOver && clock.monotonicMs() - startedMs <= TOTAL_MS + 1_000) await clock.advanceAsync(500);
        expect(isOver).toBe(true);
        cancel();
        await ended;
        expect(events.filter(({ type }) => type === 'response-end' || type === 'error')).toHaveLength(1);
        const asked = world.asked.map(({ model }) => model);
        expect(asked.length - new Set(asked).size).toBeLessThanOrEqual(maxRetries);
        expect(asked.length).toBeLessThanOrEqual(count + maxRetries);
        expect(askedAfterContent).toBe(0);
        expect(world.rowList()).toHaveLength(asked.length);
        expect(world.rowList().filter(({ state }) => state === 'open')).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('I21: a process asks again for at most 20 % of its requests, and ten more, within ten seconds', {
    timeout,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 120 }), async (requests) => {
        const world = new World({
          always: fails('provider_overloaded'),
          policy: {
            retry: { maxRetries: 3, baseMs: 10, factor: 1, jitter: 'none' },
            breaker: { failures: 1_000, windowMs: 30_000, openMs: 1 },
          },
        });
        const started = Array.from({ length: requests }, () => {
          world.parts.retryBudget.request();
          return world.start({ cache: 'off' });
        });
        await world.clock.advanceAsync(5_000);
        await Promise.all(started.map(({ life }) => life));
        expect(world.asked.length - requests).toBeLessThanOrEqual(requests * 0.2 + 10 + 1);
      }),
      { numRuns: Math.ceil(RUNS / 10) },
    );
  });
});
