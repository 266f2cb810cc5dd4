// Single calls at the edge of a budget that a real Redis counts: a failover to a dearer target, and room for 300 tokens.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { nanoUsdCeil } from '../../src/core/money.ts';
import type { LLMService } from '../../src/index.ts';
import { describeWithOwnRedis, type PrivateRedis, startRedis } from '../servers/redis.ts';
import { DEARER_MODEL, MODEL, nanoUsdOfOneHold, OUTPUT, Scene } from './fleet.ts';
import { spendingRequest } from './spending-process.ts';

const TENANT = 'acme';
const CALLER = { tenant: TENANT, userId: 'alice' };
const OUTPUT_NANO_USD = nanoUsdCeil(OUTPUT);
const ROUTE = { routes: { spend: { targets: [`groq/${MODEL}`, `groq/${DEARER_MODEL}`] } } };

describeWithOwnRedis('a budget in Redis', () => {
  let redis: PrivateRedis;
  let scene: Scene;
  let service: LLMService | null;
  let heldNanoUsd: number;

  beforeEach(async () => {
    redis = await startRedis();
    scene = await Scene.open();
    service = null;
    heldNanoUsd = await nanoUsdOfOneHold(TENANT);
  });
  afterEach(async () => {
    await service?.close();
    await scene.close();
    await redis.stop();
  });

  const withBudget = async (nanoUsd: number): Promise<LLMService> => {
    scene.budgets(new Map([[TENANT, nanoUsd]]), { more: ROUTE });
    service = await scene.service({ redisUrl: redis.url });
    return service;
  };
  const used = async () => {
    const states = (await service?.limits(CALLER)) ?? [];
    return states.find(({ window }) => window.name === 'usd_per_day')?.used;
  };
  const modelsAsked = () => scene.vendor.requests.map(({ model }) => model);

  it('F63: a dearer target that it does not cover is not asked, and the first one’s failure costs nothing', async () => {
    const budget = await withBudget(9 * heldNanoUsd);
    scene.vendor.next({ fault: { kind: 'status', status: 503 } });
    const refused = budget.generateCompletion({ ...spendingRequest(TENANT), model: 'spend' }, { caller: CALLER });
    await expect(refused).rejects.toMatchObject({ code: 'budget_exceeded', status: 402 });
    expect(modelsAsked()).toEqual([MODEL]);
    await expect.poll(used).toBe(0);
  });

  it('F63: a dearer target that it covers is held for anew before it is asked', async () => {
    const budget = await withBudget(11 * heldNanoUsd);
    const whileAsked: (number | undefined)[] = [];
    const answered = Promise.withResolvers<void>();
    scene.vendor.next({ fault: { kind: 'status', status: 503 } }, { heldUntil: answered.promise });
    const answer = budget.generateCompletion({ ...spendingRequest(TENANT), model: 'spend' }, { caller: CALLER });
    await expect.poll(modelsAsked).toEqual([MODEL, DEARER_MODEL]);
    whileAsked.push(await used());
    answered.resolve();
    const { costUsd } = await answer;
    expect(whileAsked).toEqual([10 * heldNanoUsd]);
    await expect.poll(used).toBe(Math.round(Number(costUsd) * 1e9));
  });

  it('with room for 300 tokens gives an answer of 300, and says so', async () => {
    const inputNanoUsd = heldNanoUsd - 50 * OUTPUT_NANO_USD;
    const budget = await withBudget(inputNanoUsd + 300 * OUTPUT_NANO_USD);
    scene.vendor.script({ says: { text: 'word '.repeat(1_000) } });
    const request = { ...spendingRequest(TENANT), maxTokens: 2_000 };
    const answer = await budget.generateCompletion(request, { caller: CALLER });
    expect(answer.maxTokens).toMatchObject({ asked: 2_000, sent: 300 });
    expect(scene.vendor.requests[0]?.body['max_completion_tokens']).toBe(300);
    expect(scene.vendor.requests[0]?.billed?.completionTokens).toBe(300);
    expect(scene.billedNanoUsd(TENANT)).toBeLessThanOrEqual(inputNanoUsd + 300 * OUTPUT_NANO_USD);
  });

  it('with room for 255 tokens refuses, and nobody is asked', async () => {
    const inputNanoUsd = heldNanoUsd - 50 * OUTPUT_NANO_USD;
    const budget = await withBudget(inputNanoUsd + 256 * OUTPUT_NANO_USD - 1);
    const request = { ...spendingRequest(TENANT), maxTokens: 2_000 };
    await expect(budget.generateCompletion(request, { caller: CALLER })).rejects.toMatchObject({
      code: 'budget_exceeded',
    });
    expect(scene.vendor.requests).toHaveLength(0);
    await expect.poll(used).toBe(0);
  });
});
