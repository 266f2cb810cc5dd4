// Whatever is sent again, in whatever order and however it ends: under one key of one user one request is asked, and all hear the same
// (I7). PROPERTY_RUNS sets the number of histories; fast-check prints the seed of one that fails.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LLMError, llmError } from '../../src/core/errors.ts';
import { Generation } from '../../src/generations/generation.ts';
import { OnceByKey, type OnceUnderKey } from '../../src/service/once.ts';
import { SimulatedClock } from '../simulated-clock.ts';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 200);
const ATTEMPT = {
  ...{ provider: 'p', model: 'm', outcome: 'failed' as const, code: 'provider_auth' as const },
  ...{ status: 401, durationMs: 1, costUsd: '0.00', reason: '' },
};

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('send' as const),
      tenant: fc.constantFrom('acme', 'other'),
      userId: fc.constantFrom('alice', 'bob'),
      key: fc.constantFrom('a', 'b'),
      body: fc.constantFrom('one', 'two'),
      stream: fc.boolean(),
      isChat: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('end' as const),
      which: fc.nat(9),
      how: fc.constantFrom('whole' as const, 'failed' as const, 'never asked' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('begin' as const), which: fc.nat(9), fails: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.nat(30 * 3_600_000) }) },
);
type Send = Extract<typeof step extends fc.Arbitrary<infer One> ? One : never, { type: 'send' }>;

interface Made {
  readonly name: string;
  readonly asked: string;
  readonly generation: Generation;
  /** Of a chat, whose turn has to be claimed first. */
  readonly begins: PromiseWithResolvers<void> | null;
  readonly madeAtMs: number;
  state: 'beginning' | 'under way' | 'whole' | 'failed' | 'never asked';
}

class History {
  readonly clock = new SimulatedClock();
  readonly #once = new OnceByKey(this.clock);
  readonly made: Made[] = [];

  async send({ tenant, userId, key, body, stream, isChat }: Send): Promise<void> {
    const owner = { tenant, userId };
    const asked = { body, stream, isChat };
    const name = `${tenant}/${userId}/${key}`;
    const lives = ({ madeAtMs }: Made) => this.clock.monotonicMs() - madeAtMs < 24 * 3_600_000;
    const first = this.made.findLast((one) => one.name === name && one.state !== 'never asked' && lives(one));
    let told: string;
    try {
      const once = this.#once.under(owner, key, asked);
      const found = once.find(stream);
      if (found === null) {
        told = 'begun';
        this.#make(once, asked, name, isChat);
      } else told = found instanceof Promise ? 'beginning' : found.generation.id;
    } catch (error) {
      told = error instanceof LLMError ? error.code : String(error);
    }
    if (first === undefined) return expect(told).toBe('begun');
    if (first.asked !== JSON.stringify(asked)) return expect(told).toBe('idempotency_mismatch');
    const isUnderWay = first.state === 'beginning' || first.state === 'under way';
    if (isUnderWay && !stream) return expect(told).toBe('in_progress');
    expect(told).toBe(first.state === 'beginning' ? 'beginning' : first.generation.id);
  }

  #make(once: OnceUnderKey, asked: object, name: string, isChat: boolean): void {
    const id = `gen_${this.made.length}`;
    const generation = new Generation({ id, requestId: `req_${id}`, clock: this.clock, abandon: () => {} });
    const begins = isChat ? Promise.withResolvers<void>() : null;
    const begun = { generation, conversationId: isChat ? 'conv_1' : null };
    once.keep(begins === null ? begun : begins.promise.then(() => begun));
    const state = isChat ? 'beginning' : 'under way';
    this.made.push({
      name,
      asked: JSON.stringify(asked),
      generation,
      begins,
      madeAtMs: this.clock.monotonicMs(),
      state,
    });
  }

  async begin(which: number, fails: boolean): Promise<void> {
    const one = this.made.filter(({ state }) => state === 'beginning')[which];
    if (one === undefined) return;
    if (fails) one.begins?.reject(llmError('conversation_changed', 'another tab'));
    else one.begins?.resolve();
    one.state = fails ? 'never asked' : 'under way';
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }

  end(which: number, how: 'whole' | 'failed' | 'never asked'): void {
    const one = this.made.filter(({ state }) => state === 'under way')[which];
    if (one === undefined) return;
    one.state = how;
    const attempts = how === 'never asked' ? [{ ...ATTEMPT, outcome: 'skipped' as const }] : [ATTEMPT];
    if (how !== 'whole')
      one.generation.append({ type: 'error', error: llmError('provider_auth', 'failed', { attempts }) });
    else one.generation.append({ type: 'response-end', response: WHOLE });
  }
}

const WHOLE = {
  ...{ id: 'req_1', generationId: 'gen_1', provider: 'p', model: 'm', finishReason: 'stop' as const },
  ...{ finishReasonRaw: 'stop', usage: null, usageSource: 'none' as const, tokensUsed: null, costUsd: null },
  ...{
    priced: false,
    cached: false,
    shared: false,
    cacheKey: null,
    responseTimeMs: 1,
    timestamp: '2026-01-01T00:00:00.000Z',
  },
  ...{ attempts: [], context: { kept: 1, dropped: 0, estimatedTokens: 1, window: 1 }, warnings: [], maxTokens: null },
  providerMetadata: {},
};

describe('a key', () => {
  it('I7: stands for one request, whatever becomes of it', { timeout: 30_000 + numRuns * 20 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const history = new History();
        for (const one of steps) {
          if (one.type === 'send') await history.send(one);
          else if (one.type === 'begin') await history.begin(one.which, one.fails);
          else if (one.type === 'end') history.end(one.which, one.how);
          else history.clock.advance(one.ms);
        }
      }),
      { numRuns },
    );
  });
});
