// The cache as properties: its key is another for whatever can change the answer, no answer crosses its scope or outlives its
// invalidation in any history of several processes (I9), and nothing is kept but whole answers that ended by themselves (I10).
// PROPERTY_RUNS sets the number of histories; fast-check prints the seed of one that fails.

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CacheSelector } from '../../src/core/cache-invalidation.ts';
import { type CacheScope, cacheKeyOf, scopeInKey } from '../../src/core/cache-key.ts';
import { llmError } from '../../src/core/errors.ts';
import type { FittedRequest, PromptVersion } from '../../src/core/request.ts';
import type { FinishReason, LLMResponse } from '../../src/core/response.ts';
import type { CacheStore } from '../../src/core/stores.ts';
import { createMemoryCache } from '../../src/stores/memory/cache.ts';
import { createTieredCache } from '../../src/stores/tiered-cache.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { type Turn, target, usage, World } from '../world.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 200);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Every field has something in it, so that every one of them can be changed; a new field does not compile until it stands here. */
const FULL: FittedRequest = {
  systemPrompt: 'Be brief.',
  messages: [
    { role: 'system', content: 'You teach.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Look:' },
        { type: 'image', url: 'https://example.org/a.png', detail: 'low' },
        { type: 'file', mediaType: 'application/pdf', url: 'https://example.org/a.pdf', filename: 'a.pdf' },
        { type: 'audio', format: 'wav', data: 'UklGRg==' },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'Hm.', providerData: { signature: 'c2ln' } },
        { type: 'text', text: 'I look.' },
        { type: 'tool-call', toolCallId: 'call_1', name: 'look', argumentsText: '{"at": 1}', providerData: { s: 1 } },
      ],
    },
    {
      role: 'tool',
      toolCallId: 'call_1',
      content: [
        { type: 'text', text: 'a tree' },
        { type: 'image', url: 'data:image/png;base64,AAAA' },
      ],
    },
  ],
  temperature: 0.7,
  maxTokens: 100,
  topP: 0.9,
  seed: 7,
  stop: ['END', ''],
  tools: [{ name: 'look', description: 'looks', parameters: { type: 'object', required: ['at'] }, strict: true }],
  toolChoice: { name: 'look' },
  parallelToolCalls: false,
  responseFormat: { type: 'json-schema', name: 'tree', schema: { type: 'object' }, description: 'one', strict: false },
  reasoningEffort: 'low',
  serviceTier: 'flex',
  embedding: { dimensions: 256 },
  providerOptions: { groq: { x: [1, null, { y: 'z' }] } },
};
const TUTOR: PromptVersion = { name: 'tutor', version: '2', hash: 'b' };
const ACME = { kind: 'tenant', tenant: 'acme' } as const;

const keyText = (request: FittedRequest, scope: CacheScope = ACME, prompt: PromptVersion | null = TUTOR) =>
  cacheKeyOf(scope, request, target(), { prompt, judge: null }, sha256).text;

const asRequest = (value: unknown): FittedRequest => JSON.parse(JSON.stringify(value));

/** The same value with one thing in it changed, in every way there is: a leaf is another, a member or an element is gone or more. */
function* changed(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    yield [...value, null];
    for (const [index, item] of value.entries()) {
      yield value.toSpliced(index, 1);
      for (const other of changed(item)) yield value.with(index, other);
    }
  } else if (typeof value === 'object' && value !== null) {
    yield { ...value, more: null };
    for (const [name, member] of Object.entries(value)) {
      const { [name]: _gone, ...rest } = Object.fromEntries(Object.entries(value));
      yield rest;
      yield { ...rest, [`${name}_`]: member };
      for (const other of changed(member)) yield { ...value, [name]: other };
    }
  } else yield* othersOf(value);
}

function* othersOf(leaf: unknown): Generator<unknown> {
  if (leaf !== null) yield null;
  if (typeof leaf === 'number')
    yield* [leaf + 1, -leaf, leaf * 1.000001, String(leaf)].filter((other) => other !== leaf);
  else if (typeof leaf === 'string') yield* [`${leaf} `, `${leaf}\ud800`, `${leaf}\u0000`, `"${leaf}"`, [leaf]];
  else if (typeof leaf === 'boolean') yield* [!leaf, String(leaf)];
  else yield* ['null', 0, false, ''];
}

/** The same data, the members of every object in another order. */
function shuffled(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, random));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [name, shuffled(member, random)] as const);
  return Object.fromEntries(
    members
      .map((member) => [random(), member] as const)
      .sort(([a], [b]) => a - b)
      .map(([, member]) => member),
  );
}

const name = fc.string({
  unit: fc.constantFrom(
    'a',
    'A',
    '/',
    ':',
    '%',
    '2',
    'f',
    ';',
    '{',
    '}',
    '@',
    '*',
    '?',
    '\\',
    ' ',
    'é',
    '🐍',
    '\ud800',
    '\udc0d',
    '\u0000',
  ),
  maxLength: 6,
});
const scope: fc.Arbitrary<CacheScope> = fc.oneof(
  fc.constant({ kind: 'public' as const }),
  name.map((tenant) => ({ kind: 'tenant' as const, tenant })),
  fc.record({ kind: fc.constant('user' as const), tenant: name, userId: name }),
);

describe('the key of a kept answer', () => {
  it('I9: is another for every field of the request, and for every part of every field', () => {
    const keys = new Set([keyText(FULL)]);
    let made = 1;
    for (const other of changed(FULL)) {
      keys.add(keyText(asRequest(other)));
      made++;
    }
    expect(made).toBeGreaterThan(250);
    expect(keys.size).toBe(made);
    for (const field of Object.keys(FULL)) {
      const without = Object.fromEntries(Object.entries(FULL).filter(([other]) => other !== field));
      expect(keyText(Object.assign({}, FULL, { [field]: undefined }))).toBe(keyText(asRequest(without)));
      expect(keyText(asRequest(without))).not.toBe(keyText(FULL));
    }
  });

  it('I9: is another for another provider, model, prompt, version, hash or judge, and none of them can pass for a field of the request', () => {
    const of = (provider: string, model: string, prompt: PromptVersion | null, judge: string | null = null) => {
      const asked = target({ model, provider: { ...target().provider, id: provider } });
      return cacheKeyOf(ACME, FULL, asked, { prompt, judge: judge === null ? null : { key: judge } }, sha256).text;
    };
    const keys = [
      of('groq', 'large', TUTOR),
      of('groq', 'large', null),
      of('groq', 'large', { ...TUTOR, version: '3' }),
      of('groq', 'large', { ...TUTOR, name: 'review' }),
      of('groq', 'large', { ...TUTOR, hash: 'c' }),
      of('groq', 'large', { name: 'tutor@2', version: '', hash: 'b' }),
      of('groq', 'large', { name: '', version: 'tutor2', hash: 'b' }),
      of('groq', 'large', { name: 'tutor', version: '', hash: '2b' }),
      of('groq', 'large', TUTOR, 'one'),
      of('groq', 'large', TUTOR, 'another'),
      of('groq', 'large', null, 'one'),
      of('groq', 'larger', TUTOR),
      of('groq/large', '', TUTOR),
      of('openai', 'large', TUTOR),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('I9: is the same in whatever order members stand', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (stream) => {
        const random = () => stream.next().value ?? 0;
        expect(keyText(asRequest(shuffled(FULL, random)))).toBe(keyText(FULL));
      }),
      { numRuns: RUNS },
    );
  });

  it('I9, S26: is another for another scope, however tenants and users are called, and says which', () => {
    fc.assert(
      fc.property(scope, scope, (one, other) => {
        const [first, second] = [keyText(FULL, one), keyText(FULL, other)];
        expect(first === second).toBe(JSON.stringify(one) === JSON.stringify(other));
        expect(scopeInKey(first)).toEqual(one);
        expect(first).toMatch(/^llm_cache:[\x21-\x7e]+:[0-9a-f]{64}$/);
      }),
      { numRuns: RUNS * 5 },
    );
  });

  it.each([
    '',
    'llm_cache:',
    `llm_cache:acme:${sha256('')}`,
    `llm_cache:tenant:acme:${sha256('').slice(1)}`,
    `llm_cache:tenant:ac/me:${sha256('')}`,
    `llm_cache:tenant:{acme}:${sha256('')}`,
    `llm_cache:user:acme:${sha256('')}`,
    `llm_cache:tenant:%61;cme:${sha256('')}`,
    `rate_limit:minute:${sha256('')}`,
    `llm_cache:public:${sha256('')}\n`,
  ])('is not read out of %j', (text) => {
    expect(scopeInKey(text)).toBeNull();
  });
});

type Kind = CacheScope['kind'];
const kind = fc.constantFrom<Kind>('public', 'tenant', 'user');
const TENANTS = ['acme', 'acme/ann', 'beta'] as const;
const USERS = ['ann', 'bob'] as const;
const PROMPTS: readonly (PromptVersion | null)[] = [
  null,
  null,
  TUTOR,
  TUTOR,
  { name: 'tutor', version: '1', hash: 'a' },
];

const ask = fc.record({
  type: fc.constant('ask' as const),
  process: fc.nat(1),
  tenant: fc.constantFrom(...TENANTS),
  userId: fc.constantFrom(...USERS),
  question: fc.constantFrom('1', '1', '1', '2'),
  prompt: fc.constantFrom(...PROMPTS),
  template: fc.option(kind, { nil: null, freq: 2 }),
  mode: fc.constantFrom('use' as const, 'use' as const, 'use' as const, 'refresh' as const, 'off' as const),
  stream: fc.boolean(),
});
const step = fc.oneof(
  { weight: 8, arbitrary: ask },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('invalidate' as const),
      process: fc.nat(1),
      what: fc.oneof(
        fc.constantFrom(...TENANTS).map((tenant): Selection => ({ by: 'tenant', tenant })),
        fc.constantFrom('tutor', 'tutor@1', 'tutor@2').map((prompt): Selection => ({ by: 'prompt', prompt })),
        fc.constant<Selection>({ by: 'public' }),
        fc.constant<Selection>({ by: 'last key' }),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.nat(70_000) }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;
type Ask = Extract<Step, { type: 'ask' }>;
type Selection = Exclude<CacheSelector, { by: 'key' }> | { readonly by: 'last key' };

const TTL_MS = 60_000;

/** Two processes before one shared cache, whose notices arrive; and what has to hold of each answer that they give from it. */
class History {
  readonly #clock = new SimulatedClock();
  readonly #heard = new Set<(text: string) => void>();
  readonly #worlds: readonly World[];
  /** What the vendor said: who asked for it, and when. */
  readonly #said: { readonly asked: Ask; readonly kind: Kind; readonly atMs: number }[] = [];
  readonly #marks: { readonly selector: CacheSelector; readonly atMs: number }[] = [];
  readonly #policy: Kind;
  #now: Ask | null = null;
  #lastKey: string | null = null;
  hits = 0;

  constructor(policy: Kind) {
    this.#policy = policy;
    const shared = createMemoryCache();
    this.#worlds = [0, 1].map(() => {
      const cache = createTieredCache({
        memory: createMemoryCache(),
        shared,
        notices: {
          publish: async (text) => {
            for (const hear of this.#heard) hear(text);
          },
          subscribe: (heard) => {
            this.#heard.add(heard);
            return () => this.#heard.delete(heard);
          },
        },
      });
      const always: Turn = (emit) => {
        if (this.#now === null) throw new Error('Nobody asks');
        this.#said.push({ asked: this.#now, kind: this.#kindOf(this.#now), atMs: this.#clock.nowMs() });
        emit({ type: 'text-delta', text: String(this.#said.length - 1) });
        const end = {
          finishReason: 'stop',
          finishReasonRaw: 'stop',
          usage: usage(1, 1),
          providerMetadata: {},
        } as const;
        emit({ type: 'answer-end', ...end });
        return Promise.resolve();
      };
      return new World({ clock: this.#clock, cache, always, policy: { cacheScope: policy, cacheTtlMs: TTL_MS } });
    });
  }

  async take(each: Step): Promise<void> {
    if (each.type === 'wait') return this.#clock.advanceAsync(each.ms);
    await this.#clock.advanceAsync(1);
    const world = this.#worlds[each.process];
    if (world === undefined) return;
    if (each.type === 'invalidate') return this.#invalidate(each.what, world.parts.cache);
    const response = await this.#answerTo(each, world);
    this.#lastKey = response.cacheKey ?? this.#lastKey;
    if (response.cached) this.#check(each, Number(response.content));
    expect(response.cached && each.mode !== 'use').toBe(false);
  }

  async #answerTo(each: Ask, world: World): Promise<LLMResponse> {
    this.#now = each;
    const { tenant, userId, question, prompt, template, mode, stream } = each;
    const request = { messages: [{ role: 'user' as const, content: question }], cache: mode };
    const cache = template === null ? {} : { scope: template };
    const { generation, life } = world.start(request, stream, { tenant, userId }, { prompt, cache });
    const answer = generation.whole();
    await this.#clock.advanceAsync(0);
    await life;
    return answer;
  }

  async #invalidate(what: Selection, cache: CacheStore): Promise<void> {
    if (what.by === 'last key' && this.#lastKey === null) return;
    const selector: CacheSelector = what.by === 'last key' ? { by: 'key', key: this.#lastKey ?? '' } : what;
    const atMs = this.#clock.nowMs();
    this.#marks.push({ selector, atMs });
    await cache.invalidate(selector, atMs);
  }

  #kindOf({ template }: Ask): Kind {
    return template ?? this.#policy;
  }

  #check(asked: Ask, number: number): void {
    const said = this.#said[number];
    if (said === undefined) throw new Error('A hit with an answer that nobody gave');
    this.hits++;
    expect(said.kind).toBe(this.#kindOf(asked));
    expect([said.asked.question, said.asked.prompt]).toEqual([asked.question, asked.prompt]);
    if (said.kind !== 'public') expect(said.asked.tenant).toBe(asked.tenant);
    if (said.kind === 'user') expect(said.asked.userId).toBe(asked.userId);
    expect(this.#clock.nowMs() - said.atMs).toBeLessThan(TTL_MS);
    const dead = this.#marks.filter((mark) => mark.atMs >= said.atMs && this.#isOf(mark.selector, said));
    expect(dead).toEqual([]);
  }

  #isOf(selector: CacheSelector, { asked, kind: of }: { readonly asked: Ask; readonly kind: Kind }): boolean {
    if (selector.by === 'public') return of === 'public';
    if (selector.by === 'tenant') return of !== 'public' && selector.tenant === asked.tenant;
    // The hash in a key says nothing here; that keys are invalidated is the contract's matter.
    if (selector.by === 'key' || asked.prompt === null) return false;
    return [asked.prompt.name, `${asked.prompt.name}@${asked.prompt.version}`].includes(selector.prompt);
  }
}

describe('an answer from the cache', () => {
  it('I9: was made for the same scope, question and prompt, is not too old and was not invalidated since', async () => {
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(kind, fc.array(step, { minLength: 10, maxLength: 60 }), async (policy, steps) => {
        const history = new History(policy);
        for (const each of steps) await history.take(each);
        hits += history.hits;
      }),
      { numRuns: RUNS },
    );
    expect(hits).toBeGreaterThan(RUNS / 4);
  });
});

const ending = fc.record({
  finishReason: fc.constantFrom<FinishReason>(
    'stop',
    'stop',
    'length',
    'tool_calls',
    'content_filter',
    'stopped',
    'other',
  ),
  calls: fc.boolean(),
  breaks: fc.constantFrom('not' as const, 'not' as const, 'before' as const, 'after the text' as const),
  leaves: fc.boolean(),
  clamped: fc.boolean(),
  mode: fc.constantFrom('use' as const, 'refresh' as const, 'off' as const),
  stream: fc.boolean(),
});
type Ending = typeof ending extends fc.Arbitrary<infer One> ? One : never;

function endsSo({ finishReason, calls, breaks }: Ending, whole: () => void): Turn {
  return async (emit, { signal }) => {
    if (breaks === 'before') throw llmError('provider_rejected', 'no', { providerStatus: 400 });
    emit({ type: 'text-delta', text: 'Because' });
    await Promise.resolve();
    signal.throwIfAborted();
    if (breaks !== 'not') throw llmError('stream_broken', 'the stream just stopped');
    if (calls) {
      emit({ type: 'tool-call-start', toolCallId: 'call_1', name: 'run' });
      emit({ type: 'tool-call-end', toolCallId: 'call_1' });
    }
    emit({ type: 'answer-end', finishReason, finishReasonRaw: null, usage: usage(1, 1), providerMetadata: {} });
    whole();
  };
}

describe('what is kept', () => {
  it('I10: is a whole answer that ended by itself, calls no tool, and was not cut short for money; nothing else is', async () => {
    let kept = 0;
    await fc.assert(
      fc.asyncProperty(ending, async (each) => {
        const set: unknown[] = [];
        const memory = createMemoryCache();
        const cache: CacheStore = {
          get: (...asked) => memory.get(...asked),
          set: (key, answer) => {
            set.push(answer);
            return memory.set(key, answer);
          },
          invalidate: (...asked) => memory.invalidate(...asked),
          close: () => memory.close(),
        };
        const limits = each.clamped ? { usd_per_day: 700_000 } : {};
        let isWhole = false;
        const always = endsSo(each, () => {
          isWhole = true;
        });
        const world = new World({ always, cache, limits });
        const { generation, life, leave, events } = world.start({ cache: each.mode, maxTokens: 2_000 }, each.stream);
        if (each.leaves) leave();
        while (!generation.ended) await world.clock.advanceAsync(500);
        await life;
        const isWorthIt = isWhole && each.finishReason === 'stop' && !each.calls;
        const isKept = isWorthIt && !each.clamped && each.mode !== 'off';
        if (isKept) kept++;
        expect(set).toHaveLength(isKept ? 1 : 0);
        const end = events.at(-1);
        const told = end?.type === 'response-end' ? end.response.cacheKey : null;
        if (!each.leaves) expect(told !== null).toBe(isKept);
      }),
      { numRuns: RUNS },
    );
    expect(kept).toBeGreaterThan(0);
  });
});
