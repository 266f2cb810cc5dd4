// A fleet that has spent nine tenths of a budget when Redis is killed and comes back with nothing, amid 200 calls at once.

import { setTimeout as wait } from 'node:timers/promises';
import { startRedis } from '../servers/redis.ts';
import { Member, nanoUsdOfOneHold, Scene } from './fleet.ts';
import { seededRandom } from './seeded-random.ts';
import { type SpendingResult, whatIsLeft } from './spending-rounds.ts';

const TENANT = 'acme';
const PROCESSES = 4;
/** So many of the dearest calls fit: 5 % are ten of them, so that what is drawn without Redis is not nothing. */
const FIT = 200;
const BEFORE = 180;
const BURST = 200;
const REDIS_TIMEOUT_MS = 150;

export type EmptiedResult = Omit<SpendingResult, 'kills' | 'drops'> & {
  /** Calls that the vendor had seen when Redis was killed, at least. */
  readonly seenBefore: number;
};

export async function emptiedUnderABurst(seed: number, databaseUrl: string): Promise<EmptiedResult> {
  const random = seededRandom(seed);
  const redis = await startRedis();
  const scene = await Scene.open();
  const fleet: Member[] = [];
  try {
    const limits = new Map([[TENANT, Math.floor((FIT + 0.5) * (await nanoUsdOfOneHold(TENANT)))]]);
    scene.budgets(limits, { redisTimeoutMs: REDIS_TIMEOUT_MS });
    // As dear as it can get: so what is billed is close to what was held.
    scene.vendor.script({ says: { text: 'word '.repeat(60) } });
    const told = new Counter();
    for (let index = 0; index < PROCESSES; index++)
      fleet.push(new Member(`p${index}`, scene, { redisUrl: redis.url, databaseUrl }, () => told.add()));
    await Promise.all(fleet.map((member) => member.start()));
    const burst = (calls: number) => {
      for (const member of fleet) member.order({ type: 'burst', calls: calls / PROCESSES, tenant: TENANT });
    };
    burst(BEFORE);
    await told.reaches(BEFORE);
    const seenBefore = scene.seen(TENANT);
    burst(BURST);
    await wait(random() * 300);
    await redis.kill();
    await wait(random() * 1_500);
    await redis.start();
    burst(BURST);
    // Those who were refused for want of Redis ask again until they are decided.
    await told.reaches(BEFORE + 2 * BURST);
    await Promise.all(fleet.map((member) => member.close()));
    return { seenBefore, ...(await whatIsLeft(scene, fleet, redis, limits, databaseUrl)) };
  } finally {
    await Promise.all(fleet.map((member) => member.kill()));
    await scene.close();
    await redis.stop();
  }
}

class Counter {
  #count = 0;
  #look = () => {};

  add(): void {
    this.#count++;
    this.#look();
  }

  reaches(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (this.#count >= count) resolve();
      };
      this.#look();
    });
  }
}
