// What one tenant gets depends on no other: the same history of one is run with and without all that others do (I11), and whether
// somebody else has asked before changes neither what is told nor how much work is done for it (I12). Public answers are shared on
// purpose and stand apart. PROPERTY_RUNS sets the number of histories; fast-check prints the seed of one that fails.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { llmError } from '../../src/core/errors.ts';
import type { CacheMode } from '../../src/core/request.ts';
import type { CacheStore } from '../../src/core/stores.ts';
import { createMemoryCache } from '../../src/stores/memory/cache.ts';
import { createTieredCache } from '../../src/stores/tiered-cache.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { type Started, type Turn, usage, World } from '../world.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 200);
const OURS = 'acme';
/** How long the vendor takes for an answer: long enough for others to ask the same meanwhile. */
const ANSWER_MS = 5_000;

const ask = fc.record({
  type: fc.constant('ask' as const),
  tenant: fc.constantFrom(OURS, OURS, 'other', 'acme/ann'),
  userId: fc.constantFrom('ann', 'bob'),
  question: fc.constantFrom('1', '2', 'fails', 'is cut'),
  mode: fc.constantFrom<CacheMode>('use', 'use', 'refresh', 'off'),
  stream: fc.boolean(),
});
const step = fc.oneof(
  { weight: 6, arbitrary: ask },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('invalidate' as const), tenant: fc.constantFrom(OURS, 'other') }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 8_000 }) }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

/** What it says and does depends on the question alone. */
function vendorOf(clock: SimulatedClock): Turn {
  return async (emit, { signal }, { messages }) => {
    const question = String(messages.at(-1)?.content);
    if (question === 'fails') throw llmError('provider_rejected', 'no', { providerStatus: 400 });
    emit({ type: 'text-delta', text: `To ${question}: ` });
    await new Promise<void>((resolve) => clock.after(ANSWER_MS, resolve));
    signal.throwIfAborted();
    emit({ type: 'text-delta', text: 'because.' });
    const finishReason = question === 'is cut' ? 'length' : 'stop';
    emit({ type: 'answer-end', finishReason, finishReasonRaw: null, usage: usage(3, 4), providerMetadata: {} });
  };
}

/** Ids are drawn from one lot for all; everything else has to be the same to the letter. */
function toText(value: unknown): string {
  const text = JSON.stringify(value, (_name, member: unknown) => (typeof member === 'bigint' ? `${member}n` : member));
  return text.replace(/\b(req|gen|att)_\d+/g, '$1');
}

/** All that our tenant is told and billed in this history; `alone`: nobody else does anything in it. */
async function outputsOf(steps: readonly Step[], cacheScope: 'tenant' | 'user', alone: boolean): Promise<string[]> {
  const clock = new SimulatedClock();
  const limits = { requests_per_minute: 12, tokens_per_day: 3_000, usd_per_day: 20_000_000 };
  const world = new World({ clock, always: vendorOf(clock), limits, policy: { cacheScope } });
  const ours: Started[] = [];
  for (const each of steps) {
    if (each.type === 'wait') await clock.advanceAsync(each.ms);
    else if (alone && each.tenant !== OURS) continue;
    else if (each.type === 'invalidate') {
      await world.parts.cache.invalidate({ by: 'tenant', tenant: each.tenant }, clock.nowMs());
    } else {
      const { tenant, userId, question, mode, stream } = each;
      const request = { messages: [{ role: 'user' as const, content: question }], cache: mode };
      const started = world.start(request, stream, { tenant, userId });
      if (tenant === OURS) ours.push(started);
      await clock.advanceAsync(0);
    }
  }
  await clock.advanceAsync(130_000);
  await Promise.all(ours.map(({ life }) => life));
  const rows = world.rowList().filter(({ tenant }) => tenant === OURS);
  return [...ours.map(({ events, generation }) => toText([events, generation.limits])), toText(rows)];
}

describe('what a tenant gets', () => {
  it('I11: is the same to the letter with and without all that others ask, spend and invalidate', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 40 }),
        fc.constantFrom('tenant' as const, 'user' as const),
        async (steps, scope) => {
          expect(await outputsOf(steps, scope, false)).toEqual(await outputsOf(steps, scope, true));
        },
      ),
      { numRuns: RUNS },
    );
  });
});

type Calls = Map<string, number>;

/** The same thing, each call of it counted. */
function counted<T extends object>(name: string, of: T, calls: Calls): T {
  return new Proxy(of, {
    get(target, member) {
      const value: unknown = Reflect.get(target, member);
      if (typeof value !== 'function') return value;
      return (...asked: unknown[]) => {
        const key = `${name}.${String(member)}`;
        calls.set(key, (calls.get(key) ?? 0) + 1);
        return Reflect.apply(value, target, asked);
      };
    },
  });
}

/** A process in which some have asked; what is then told to a prober, and all that is done for it. */
async function probed(
  before: readonly { tenant: string; userId: string; question: string }[],
  cacheScope: 'tenant' | 'user',
) {
  const clock = new SimulatedClock();
  const calls: Calls = new Map();
  const notices = { publish: async () => {}, subscribe: () => () => {} };
  const memory: CacheStore = counted('memory', createMemoryCache(), calls);
  const shared: CacheStore = counted('shared', createMemoryCache(), calls);
  const cache = createTieredCache({ memory, shared, notices });
  const world = new World({ clock, always: vendorOf(clock), cache, policy: { cacheScope } });
  Object.assign(world.parts, {
    windows: counted('windows', world.windows, calls),
    flights: counted('flights', world.parts.flights, calls),
  });
  const ask = async (tenant: string, userId: string, question: string) => {
    const started = world.start({ messages: [{ role: 'user', content: question }] }, true, { tenant, userId });
    await clock.advanceAsync(ANSWER_MS);
    await started.life;
    return started;
  };
  for (const { tenant, userId, question } of before) await ask(tenant, userId, question);
  calls.clear();
  const [asked, lines, startedAtMs] = [world.asked.length, world.lines.length, clock.nowMs()];
  const { events } = await ask(OURS, 'ann', '1');
  const done = {
    ...Object.fromEntries([...calls].sort()),
    vendor: world.asked.length - asked,
    lines: world.lines.length - lines,
    tookMs: clock.nowMs() - startedAtMs,
  };
  const end = events.at(-1);
  const cacheKey = end?.type === 'response-end' ? end.response.cacheKey : null;
  return {
    done,
    cacheKey,
    told: events.map(({ type }) => type),
    cached: events.map((event) => 'cached' in event && event.cached),
  };
}

describe('whoever asks', () => {
  it('I12, S27: cannot tell whether another tenant has asked the same: the work and the words are the same', async () => {
    const one = {
      tenant: fc.constantFrom('other', 'acme/ann', 'ACME'),
      userId: fc.constantFrom('ann', 'bob'),
      question: fc.constantFrom('1', '2'),
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record(one), { minLength: 1, maxLength: 6 }),
        fc.constantFrom('tenant' as const, 'user' as const),
        async (others, scope) => {
          const alone = await probed([], scope);
          expect(await probed(others, scope)).toEqual(alone);
          expect(alone.done).toMatchObject({ 'memory.get': 1, 'shared.get': 1, 'shared.set': 1, vendor: 1 });
        },
      ),
      { numRuns: RUNS },
    );
    // Of the own tenant it can be told, which shows that the counts see a difference.
    const ours = await probed([{ tenant: OURS, userId: 'bob', question: '1' }], 'tenant');
    expect(ours.done).not.toEqual((await probed([], 'tenant')).done);
  });
});
