// The stories of kept answers: what a template decides for its requests, how long they live, and what an invalidation does to an answer
// that is being made.

import { describe, expect, it } from 'vitest';
import type { CacheWish } from '../src/core/cache-key.ts';
import type { PromptVersion } from '../src/core/request.ts';
import { answers, type Turn, World } from './world.ts';

const TUTOR: PromptVersion = { name: 'tutor', version: '2', hash: 'b' };

/** Asked as a template's request would be; in what stands before the last event is what the vendor was asked for. */
async function asked(
  world: World,
  {
    cache = {},
    prompt = null,
    tenant = 'acme',
    userId = 'ann',
  }: {
    readonly cache?: CacheWish;
    readonly prompt?: PromptVersion | null;
    readonly tenant?: string;
    readonly userId?: string;
  } = {},
) {
  const { generation, life } = world.start({}, false, { tenant, userId }, { cache, prompt });
  const answer = generation.whole();
  await world.clock.advanceAsync(1);
  await life;
  return answer;
}
const always: Turn = (...asking) => answers('Because.')(...asking);

describe('a template', () => {
  it.each([
    ['public', [true, true]],
    ['tenant', [true, false]],
    ['user', [false, false]],
  ] as const)('with the scope %s has it, whatever the configuration says', async (scope, [bob, other]) => {
    for (const cacheScope of ['public', 'tenant', 'user'] as const) {
      const world = new World({ always, policy: { cacheScope } });
      const of = { cache: { scope }, prompt: TUTOR };
      expect((await asked(world, of)).cached).toBe(false);
      expect((await asked(world, of)).cached).toBe(true);
      expect((await asked(world, { ...of, userId: 'bob' })).cached).toBe(bob);
      expect((await asked(world, { ...of, tenant: 'other' })).cached).toBe(other);
    }
  });

  it('of another version, or none, has answers of its own', async () => {
    const world = new World({ always });
    const prompts = [TUTOR, { ...TUTOR, version: '3' }, { ...TUTOR, name: 'review' }, null];
    for (const prompt of prompts) expect((await asked(world, { prompt })).cached).toBe(false);
    for (const prompt of prompts) expect((await asked(world, { prompt })).cached).toBe(true);
  });

  it('says how long its answers live; 0 keeps none', async () => {
    const world = new World({ always });
    const brief = { cache: { ttlMs: 1_000 }, prompt: TUTOR };
    expect([(await asked(world, brief)).cached, (await asked(world, brief)).cached]).toEqual([false, true]);
    await world.clock.advanceAsync(1_000);
    expect((await asked(world, brief)).cached).toBe(false);
    const never = { cache: { ttlMs: 0 }, prompt: { ...TUTOR, name: 'never' } };
    expect([(await asked(world, never)).cacheKey, (await asked(world, never)).cached]).toEqual([null, false]);
  });
});

describe('a shorter time to live', () => {
  it('holds at once, also for what was kept before', async () => {
    const world = new World({ always });
    await asked(world);
    await world.clock.advanceAsync(10_000);
    expect((await asked(world)).cached).toBe(true);
    Object.assign(world.parts, { policy: { ...world.parts.policy, cacheTtlMs: 10_000 } });
    expect((await asked(world)).cached).toBe(false);
    expect((await asked(world)).cached).toBe(true);
  });
});

describe('an answer that is being made', () => {
  it('is told to whoever asked for it when it is invalidated meanwhile, and kept for nobody', async () => {
    const vendor = Promise.withResolvers<void>();
    const slow: Turn = async (...asking) => {
      await vendor.promise;
      await always(...asking);
    };
    const world = new World({ turns: [slow], always });
    const { generation, life } = world.start({}, false, { tenant: 'acme', userId: 'ann' });
    const answer = generation.whole();
    await world.clock.advanceAsync(1_000);
    await world.parts.cache.invalidate({ by: 'tenant', tenant: 'acme' }, world.clock.nowMs());
    await world.clock.advanceAsync(1_000);
    vendor.resolve();
    await world.clock.advanceAsync(1);
    await life;
    expect(await answer).toMatchObject({ content: 'Because.', cacheKey: null });
    expect((await asked(world)).cached).toBe(false);
    expect((await asked(world)).cached).toBe(true);
  });
});

describe('a cache that fails', () => {
  it('is a miss, whatever it fails at', async () => {
    const away = () => Promise.reject(new Error('away'));
    const world = new World({ always, cache: { get: away, set: away, invalidate: away, close: async () => {} } });
    expect(await asked(world)).toMatchObject({ content: 'Because.', cached: false, cacheKey: null });
    expect(await asked(world)).toMatchObject({ content: 'Because.', cached: false, cacheKey: null });
  });
});
