// Whatever is sent again, in whatever order, to whichever process, and however it ends: under one key of one user one request is asked,
// and all hear the same (I7). PROPERTY_RUNS sets the number of histories; fast-check prints the seed of one that fails.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LLMError, llmError } from '../../src/core/errors.ts';
import { Generation } from '../../src/generations/generation.ts';
import { KeptAnswers } from '../../src/generations/kept-answers.ts';
import { SharedGenerations } from '../../src/generations/shared-generations.ts';
import { SharedLogs } from '../../src/generations/shared-logs.ts';
import { type Begun, KeyClaims } from '../../src/service/key-claims.ts';
import { KEY_KEPT_MS, OnceByKey } from '../../src/service/once.ts';
import { PeerNetwork } from '../generations/peer-network.ts';
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
      process: fc.nat(2),
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
  readonly process: number;
  readonly generation: Generation;
  /** Of a chat, whose turn has to be claimed first. */
  readonly begins: PromiseWithResolvers<void> | null;
  readonly madeAtMs: number;
  state: 'beginning' | 'under way' | 'whole' | 'failed' | 'never asked';
}

interface Process {
  readonly once: OnceByKey;
  readonly shared: SharedGenerations | null;
}

/** Every promise that waits for no time has come to its end by then. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

class History {
  readonly clock = new SimulatedClock();
  readonly #network = new PeerNetwork(this.clock);
  readonly #processes: readonly Process[];
  readonly made: Made[] = [];
  #ids = 0;

  constructor(processes: number) {
    const chance = { random: () => 0.5, id: (prefix: string) => `${prefix}_${++this.#ids}` };
    this.#processes = Array.from({ length: processes }, (_, index): Process => {
      const { clock } = this;
      if (processes === 1)
        return { once: new OnceByKey({ clock, chance, kept: new KeptAnswers(), claims: null }), shared: null };
      const peers = this.#network.join(`p${index}`);
      const shared = new SharedGenerations(new SharedLogs(peers, clock), clock);
      const claims = new KeyClaims({ peers, generations: shared, keptMs: KEY_KEPT_MS, clock });
      return { once: new OnceByKey({ clock, chance, kept: new KeptAnswers(), claims }), shared };
    });
  }

  async send({ tenant, userId, key, body, stream: isStream, isChat, process }: Send): Promise<void> {
    const index = process % this.#processes.length;
    const here = this.#processes[index];
    if (here === undefined) throw new Error('There is no such process');
    const owner = { tenant, userId };
    const asked = { body, isStream, isChat };
    const name = `${tenant}/${userId}/${key}`;
    const lives = ({ madeAtMs }: Made) => this.clock.monotonicMs() - madeAtMs < 24 * 3_600_000;
    const first = this.made.findLast((one) => one.name === name && one.state !== 'never asked' && lives(one));
    const madeBefore = this.made.length;
    let told = 'beginning';
    const begin = (id: string) => this.#make(id, JSON.stringify(asked), name, isChat, index, owner);
    here.once.run({ owner, key, asked, isStream, begin }).then(
      ({ generation }) => {
        told = generation.id;
      },
      (error: unknown) => {
        told = error instanceof LLMError ? error.code : String(error);
      },
    );
    for (let turn = 0; turn < 20; turn++) await settled();
    const hasBegun = this.made.length > madeBefore;
    expect(hasBegun).toBe(first === undefined);
    if (first === undefined) return;
    if (first.asked !== JSON.stringify(asked)) return expect(told).toBe('idempotency_mismatch');
    const isUnderWay = first.state === 'beginning' || first.state === 'under way';
    // What another process has not begun yet cannot be read there.
    const isUnreadable = first.state === 'beginning' && first.process !== index;
    if ((isUnderWay && !isStream) || isUnreadable) return expect(told).toBe('in_progress');
    expect(told).toBe(first.state === 'beginning' ? 'beginning' : first.generation.id);
  }

  async #make(
    id: string,
    asked: string,
    name: string,
    isChat: boolean,
    process: number,
    owner: { readonly tenant: string; readonly userId: string },
  ): Promise<Begun> {
    const { clock } = this;
    let record: ReturnType<SharedGenerations['record']> | undefined;
    const onEvent: typeof record = (event) => record?.(event);
    const generation = new Generation({ id, requestId: `req_${id}`, clock, abandon: () => {}, onEvent });
    const begins = isChat ? Promise.withResolvers<void>() : null;
    const state = isChat ? 'beginning' : 'under way';
    this.made.push({ name, asked, process, generation, begins, madeAtMs: clock.monotonicMs(), state });
    await begins?.promise;
    const conversationId = isChat ? 'conv_1' : null;
    record = this.#processes[process]?.shared?.record(generation, { owner, conversationId, keptMs: KEY_KEPT_MS });
    return { generation, conversationId, isHere: true };
  }

  async begin(which: number, fails: boolean): Promise<void> {
    const one = this.made.filter(({ state }) => state === 'beginning')[which];
    if (one === undefined) return;
    if (fails) one.begins?.reject(llmError('conversation_changed', 'another tab'));
    else one.begins?.resolve();
    one.state = fails ? 'never asked' : 'under way';
    for (let turn = 0; turn < 5; turn++) await settled();
  }

  async end(which: number, how: 'whole' | 'failed' | 'never asked'): Promise<void> {
    const one = this.made.filter(({ state }) => state === 'under way')[which];
    if (one === undefined) return;
    one.state = how;
    const attempts = how === 'never asked' ? [{ ...ATTEMPT, outcome: 'skipped' as const }] : [ATTEMPT];
    if (how !== 'whole')
      one.generation.append({ type: 'error', error: llmError('provider_auth', 'failed', { attempts }) });
    else one.generation.append({ type: 'response-end', response: WHOLE });
    for (let turn = 0; turn < 5; turn++) await settled();
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
  it.each([
    ['one process', 1],
    ['three processes', 3],
  ])(
    'I7: stands in %s for one request, whatever becomes of it',
    { timeout: 30_000 + numRuns * 40 },
    async (...told) => {
      const [, processes] = told;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
          const history = new History(processes);
          for (const one of steps) {
            if (one.type === 'send') await history.send(one);
            else if (one.type === 'begin') await history.begin(one.which, one.fails);
            else if (one.type === 'end') await history.end(one.which, one.how);
            else await history.clock.advanceAsync(one.ms);
          }
        }),
        { numRuns },
      );
    },
  );
});
