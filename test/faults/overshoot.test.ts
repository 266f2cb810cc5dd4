// The first claim, by real processes on a real Redis: a thousand calls at once against a budget that fits exactly so many let
// exactly so many out. The vendor holds its answers back until every call is decided, so that nothing settles meanwhile.

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LLMError } from '../../src/index.ts';
import { describeWithOwnPostgres, startPostgres } from '../servers/postgres.ts';
import { describeWithOwnRedis, startRedis } from '../servers/redis.ts';
import { openBystander, rowsOf, spentIn } from './bystander.ts';
import { Member, nanoUsdOfOneHold, Scene, tenantIn } from './fleet.ts';
import { spendingRequest } from './spending-process.ts';

const CALLS = 1_000;
const PROCESSES = 4;
/**
 * One hold is more than the 5 % that processes may draw without Redis, so what a busy machine makes of Redis' deadline decides
 * nothing here: who gets no answer is refused, and asks again.
 */
const FIT = 19;
const TENANT = 'acme';
/** Some seconds; a machine that is busy with four processes may take its time. */
const WITHIN = { timeout: 300_000 };

/** What came of a burst, to be compared with what had to come of it. */
interface Burst {
  readonly outcomes: ReadonlyMap<string, number>;
  readonly reachedVendor: number;
}
const EXACTLY = {
  outcomes: new Map([
    ['answered', FIT],
    ['budget_exceeded', CALLS - FIT],
  ]),
  reachedVendor: FIT,
};

/** A budget in which the holds of exactly so many calls fit, and half of another. */
async function withBudget(test: (scene: Scene, limitNanoUsd: number) => Promise<void>): Promise<void> {
  const scene = await Scene.open();
  try {
    const heldNanoUsd = await nanoUsdOfOneHold(TENANT);
    const limitNanoUsd = Math.floor((FIT + 0.5) * heldNanoUsd);
    scene.budgets(new Map([[TENANT, limitNanoUsd]]));
    await test(scene, limitNanoUsd);
  } finally {
    await scene.close();
  }
}

async function burstOf(scene: Scene, begin: (onOutcome: (outcome: string) => void) => Promise<void>): Promise<Burst> {
  const outcomes = new Map<string, number>();
  const reached = () => scene.seen(TENANT);
  const decided = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const look = () => {
    const told = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
    if (told - (outcomes.get('answered') ?? 0) + reached() >= CALLS) decided.resolve();
    if (told >= CALLS) ended.resolve();
  };
  scene.vendor.script(({ body }) => {
    if (tenantIn(body) !== TENANT) return {};
    setImmediate(look);
    return { heldUntil: decided.promise };
  });
  await begin((outcome) => {
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    look();
  });
  await ended.promise;
  return { outcomes, reachedVendor: reached() };
}

it(
  `I1: of ${CALLS} calls at once in one process exactly the ${FIT} that the budget fits reach the vendor`,
  WITHIN,
  async () => {
    await withBudget(async (scene, limitNanoUsd) => {
      const folder = join(scene.folder, 'data');
      const service = await scene.service({}, folder);
      const caller = { tenant: TENANT, userId: 'u' };
      const burst = await burstOf(scene, async (onOutcome) => {
        for (let call = 0; call < CALLS; call++)
          service.generateCompletion(spendingRequest(TENANT), { caller }).then(
            () => onOutcome('answered'),
            (error: unknown) => onOutcome(error instanceof LLMError ? error.code : String(error)),
          );
      });
      expect(burst).toEqual(EXACTLY);
      const states = await service.limits(caller);
      const used = (name: string) => states.find(({ window }) => window.name === name)?.used;
      await service.close();
      const billed = scene.billedNanoUsd(TENANT);
      const rows = await rowsOf([folder], null);
      expect([spentIn(rows), used('usd_per_day'), used('in_flight')]).toEqual([billed, billed, 0]);
      expect(billed).toBeLessThanOrEqual(limitNanoUsd);
    });
  },
);

async function burstOfAFleet(databaseUrl: string | null): Promise<void> {
  const redis = await startRedis();
  const fleet: Member[] = [];
  try {
    await withBudget(async (scene, limitNanoUsd) => {
      const stores = { redisUrl: redis.url, databaseUrl };
      const burst = await burstOf(scene, async (onOutcome) => {
        for (let index = 0; index < PROCESSES; index++) fleet.push(new Member(`p${index}`, scene, stores, onOutcome));
        await Promise.all(fleet.map((member) => member.start()));
        for (const member of fleet) member.order({ type: 'burst', calls: CALLS / PROCESSES, tenant: TENANT });
      });
      expect(burst).toEqual(EXACTLY);
      await Promise.all(fleet.map((member) => member.close()));
      const billed = scene.billedNanoUsd(TENANT);
      const folders = fleet.map(({ dataDir }) => dataDir);
      const rows = (await rowsOf(folders, databaseUrl)).filter(({ tenant }) => tenant === TENANT);
      const bystander = await openBystander(redis.url);
      const spent = (await bystander.spentNanoUsd([TENANT])).get(TENANT);
      expect(rows.map(({ state }) => state)).toEqual(Array(FIT).fill('settled'));
      expect([spentIn(rows), spent]).toEqual([billed, billed]);
      expect(billed).toBeLessThanOrEqual(limitNanoUsd);
      const users = fleet.map(({ name }) => name);
      expect([await bystander.inFlight([TENANT], users), await bystander.reapWhenLeasesAreOver()]).toEqual([0, []]);
      await bystander.close();
    });
  } finally {
    await Promise.all(fleet.map((member) => member.kill()));
    await redis.stop();
  }
}

const what = `I1: of ${CALLS} calls at once from ${PROCESSES} processes exactly the ${FIT} that the budget fits reach the vendor`;

describeWithOwnRedis('a fleet on one Redis, each with its own ledger', () => {
  it(what, WITHIN, () => burstOfAFleet(null));

  describeWithOwnPostgres('with the ledger in PostgreSQL', () => {
    it(what, WITHIN, async () => {
      const postgres = await startPostgres();
      try {
        await burstOfAFleet(await postgres.emptyDatabase());
      } finally {
        await postgres.stop();
      }
    });
  });
});
