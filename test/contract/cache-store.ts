// What every CacheStore keeps.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CacheSelector } from '../../src/core/cache-invalidation.ts';
import type { CacheKey, CacheScope } from '../../src/core/cache-key.ts';
import type { Judged } from '../../src/core/judge.ts';
import { picoUsd } from '../../src/core/money.ts';
import type { Answer } from '../../src/core/response.ts';
import type { CacheStore, KeptAnswer } from '../../src/core/stores.ts';
import { keyPart } from '../../src/core/windows.ts';
import { NOON_MS } from './windows-at-hand.ts';

/** Long enough for a store that also forgets by a clock of its own. */
const LIFE_MS = 50_000;

const ANSWER: Answer = {
  id: 'chatcmpl-1',
  model: 'openai/gpt-oss-120b',
  parts: [
    { type: 'reasoning', text: 'A list is…', providerData: { signature: 'c2ln', nested: [1, null, { deep: true }] } },
    { type: 'text', text: 'Zażółć gęślą jaźń 🐍 \u0000 \ud800' },
    { type: 'tool-call', toolCallId: 'call_1', name: 'run', argumentsText: '{"broken": ' },
  ],
  vectors: ['AACAPwAAAEA=', 'AACAvwAAAMA='],
  finishReason: 'stop',
  finishReasonRaw: 'stop',
  usage: { inputTokens: 12, cacheReadTokens: null, cacheWriteTokens: 0, outputTokens: 34, reasoningTokens: null },
  providerMetadata: { queue_time: 0.01, system_fingerprint: 'fp_1' },
};

const JUDGED: Judged = {
  data: { say: 'Zażółć \ud800', lines: [1, { deep: null }] },
  verification: {
    status: 'partly',
    checks: [
      { id: 'R1', verdict: 'passed', evidence: null },
      { id: 'P2', verdict: 'skipped', evidence: 'nothing runs code here' },
    ],
    dropped: [{ path: '/comments/2', rule: 'R1', reason: 'no such line' }],
    repairs: 1,
    fallback: null,
  },
};

export const CACHED: KeptAnswer = {
  answer: ANSWER,
  provider: 'groq',
  model: 'openai/gpt-oss-120b',
  costPicoUsd: picoUsd(9_223_372_036_854_775_807n),
  storedAtMs: NOON_MS,
  askedAtMs: NOON_MS - 2_000,
  expiresAtMs: NOON_MS + LIFE_MS,
};

const ACME = { kind: 'tenant', tenant: 'acme' } as const;

/** As `cacheKeyOf` would make it for a request of this number. */
export function keyOf(request: number, scope: CacheScope = ACME, prompt: CacheKey['prompt'] = null): CacheKey {
  const hash = request.toString(16).padStart(64, '0');
  if (scope.kind === 'public') return { text: `llm_cache:public:${hash}`, scope, prompt };
  const tenant = keyPart(scope.tenant);
  const named = scope.kind === 'tenant' ? `tenant:${tenant}` : `user:${tenant}/${keyPart(scope.userId)}`;
  return { text: `llm_cache:${named}:${hash}`, scope, prompt };
}

export function testCacheStore(name: string, open: () => Promise<CacheStore>): void {
  describe(`the cache ${name}`, () => {
    let store: CacheStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());
    testKeeping(() => store);
    testInvalidation(() => store);
  });
}

function testKeeping(store: () => CacheStore): void {
  const KEY = keyOf(1);

  it('knows nothing at first', async () => {
    expect(await store().get(KEY, NOON_MS)).toBeNull();
  });

  it('gives back what it was given: text of any kind, vendor data, exact money', async () => {
    expect(await store().set(KEY, CACHED)).toBe('kept');
    expect(await store().get(KEY, NOON_MS)).toEqual(CACHED);
  });

  it('gives back what a judge made of it, and what was checked', async () => {
    const judged = { ...CACHED, answer: { ...ANSWER, judged: JUDGED } };
    expect(await store().set(KEY, judged)).toBe('kept');
    expect(await store().get(KEY, NOON_MS)).toEqual(judged);
  });

  it('keeps an answer without a price apart from one that was free', async () => {
    await store().set(keyOf(2), { ...CACHED, costPicoUsd: null });
    await store().set(keyOf(3), { ...CACHED, costPicoUsd: picoUsd(0n) });
    expect((await store().get(keyOf(2), NOON_MS))?.costPicoUsd).toBeNull();
    expect((await store().get(keyOf(3), NOON_MS))?.costPicoUsd).toBe(0n);
  });

  it('forgets to the millisecond', async () => {
    await store().set(KEY, CACHED);
    expect(await store().get(KEY, NOON_MS + LIFE_MS - 1)).not.toBeNull();
    expect(await store().get(KEY, NOON_MS + LIFE_MS)).toBeNull();
  });

  it('takes the newer answer, with its own time', async () => {
    await store().set(KEY, CACHED);
    await store().set(KEY, { ...CACHED, model: 'other', expiresAtMs: CACHED.expiresAtMs + 1_000 });
    expect((await store().get(KEY, NOON_MS + LIFE_MS + 500))?.model).toBe('other');
  });

  it('keeps no answer in place of one that was asked for later', async () => {
    await store().set(KEY, CACHED);
    const older = { ...CACHED, askedAtMs: CACHED.askedAtMs - 1, storedAtMs: NOON_MS + 1, model: 'older' };
    expect(await store().set(KEY, older)).toBe('outdated');
    expect(await store().get(KEY, NOON_MS)).toEqual(CACHED);
    const same = { ...CACHED, model: 'asked in the same millisecond' };
    expect(await store().set(KEY, same)).toBe('kept');
    expect(await store().get(KEY, NOON_MS)).toEqual(same);
  });

  it('gives each key its own answer, be it of another tenant, user or question', async () => {
    const user = (tenant: string, userId: string): CacheScope => ({ kind: 'user', tenant, userId });
    const keys = [
      ...[keyOf(1), keyOf(2), keyOf(1, { kind: 'tenant', tenant: 'ac:me' }), keyOf(1, { kind: 'public' })],
      ...[keyOf(1, user('acme', 'ann')), keyOf(1, user('acme/ann', 'bob')), keyOf(1, user('acme', 'ann/bob'))],
      ...[keyOf(1, { kind: 'tenant', tenant: 'public' }), keyOf(1, { kind: 'tenant', tenant: '{acme}' })],
    ];
    for (const [index, key] of keys.entries()) await store().set(key, { ...CACHED, model: `${index}` });
    const found = await Promise.all(keys.map((key) => store().get(key, NOON_MS)));
    expect(found.map((kept) => kept?.model)).toEqual(keys.map((_, index) => `${index}`));
  });

  it('is changed by nobody who changes what he gave or got', async () => {
    const given = structuredClone(CACHED);
    await store().set(KEY, given);
    Object.assign(given.answer, { finishReason: 'length' });
    const got = await store().get(KEY, NOON_MS);
    for (const part of got?.answer.parts ?? []) Object.assign(part, { text: 'changed' });
    expect(await store().get(KEY, NOON_MS)).toEqual(CACHED);
  });

  it('does not keep an answer of more than 1 MiB', async () => {
    const text = 'x'.repeat(1_048_577);
    const long = { ...CACHED, answer: { ...ANSWER, parts: [{ type: 'text' as const, text }] } };
    expect(await store().set(KEY, long)).toBe('no-room');
    expect(await store().get(KEY, NOON_MS)).toBeNull();
  });
}

const TUTOR = { name: 'tutor', version: '2', hash: 'b' };
const ANN = { kind: 'user', tenant: 'acme', userId: 'ann' } as const;
const PUBLIC = { kind: 'public' } as const;

function testInvalidation(store: () => CacheStore): void {
  const entries = {
    plain: keyOf(1),
    another: keyOf(2),
    ofAnn: keyOf(3, ANN),
    ofOthers: keyOf(4, { kind: 'tenant', tenant: 'other' }),
    // Named so that a careless pattern would take it for a part of acme.
    ofAcmes: keyOf(5, { kind: 'tenant', tenant: 'acme2' }),
    open: keyOf(6, PUBLIC),
    ofTutor: keyOf(7, ACME, TUTOR),
    ofOldTutor: keyOf(8, ACME, { name: 'tutor', version: '1', hash: 'a' }),
    ofOpenTutor: keyOf(9, PUBLIC, TUTOR),
    ofReview: keyOf(10, ACME, { name: 'review', version: '2', hash: 'c' }),
  };
  const names = Object.keys(entries);
  const keepAll = async (askedAtMs: number) => {
    for (const key of Object.values(entries)) await store().set(key, { ...CACHED, askedAtMs });
  };
  const alive = async () => {
    const found = await Promise.all(Object.values(entries).map((key) => store().get(key, NOON_MS + 10)));
    return names.filter((_, index) => found[index] !== null);
  };
  const without = (...dead: readonly string[]) => names.filter((each) => !dead.includes(each));

  const cases: readonly (readonly [string, CacheSelector, readonly string[]])[] = [
    ['a key', { by: 'key', key: keyOf(1).text }, without('plain')],
    ['a key of a user', { by: 'key', key: keyOf(3, ANN).text }, without('ofAnn')],
    ['a key that nobody has', { by: 'key', key: keyOf(99).text }, names],
    ['a tenant, with its users', { by: 'tenant', tenant: 'acme' }, ['ofOthers', 'ofAcmes', 'open', 'ofOpenTutor']],
    ['what is public', { by: 'public' }, without('open', 'ofOpenTutor')],
    ['a tenant that is called like it', { by: 'tenant', tenant: 'public' }, names],
    ['a prompt', { by: 'prompt', prompt: 'tutor' }, without('ofTutor', 'ofOldTutor', 'ofOpenTutor')],
    ['a version of a prompt', { by: 'prompt', prompt: 'tutor@2' }, without('ofTutor', 'ofOpenTutor')],
    ['a prompt that nobody has', { by: 'prompt', prompt: 'tut' }, names],
  ];

  it.each(cases)('invalidates by %s, and nothing else', async (_what, selector, left) => {
    await keepAll(NOON_MS);
    expect(await alive()).toEqual(names);
    await store().invalidate(selector, NOON_MS);
    expect(await alive()).toEqual(left);
  });

  it.each(cases)('gives by %s no answer that was under way, and those again that are asked later', async (...one) => {
    const [, selector, left] = one;
    await store().invalidate(selector, NOON_MS);
    await keepAll(NOON_MS);
    expect(await alive()).toEqual(left);
    await keepAll(NOON_MS + 1);
    expect(await alive()).toEqual(names);
  });

  it('takes no invalidation back for one that was made by a clock behind', async () => {
    await store().invalidate({ by: 'tenant', tenant: 'acme' }, NOON_MS + 1_000);
    await store().invalidate({ by: 'tenant', tenant: 'acme' }, NOON_MS);
    await store().set(keyOf(1), { ...CACHED, askedAtMs: NOON_MS + 1_000 });
    expect(await store().get(keyOf(1), NOON_MS)).toBeNull();
  });
}
