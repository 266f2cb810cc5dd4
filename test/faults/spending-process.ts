// One process of a fleet (fleet.ts): a service that spends as it is told, and says of each call what became of it. A call that is
// refused because a store is away is asked again, as any caller would. Argument: a SpendingOptions in JSON.

import { setTimeout as wait } from 'node:timers/promises';
import { createLLMService, createLogs, LLMError, type LLMRequest } from '../../src/index.ts';

export interface SpendingOptions {
  readonly name: string;
  readonly dataDir: string;
  /** Where the configuration file lies. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** `burst`: so many calls at once. `load`: so many workers, each one call after the other, until `rest`. */
export type Order =
  | { readonly type: 'burst'; readonly calls: number; readonly tenant: string }
  | { readonly type: 'load'; readonly workers: number; readonly tenants: readonly string[] }
  | { readonly type: 'rest' }
  | { readonly type: 'close' };

/** `outcome`: `answered`, or the code of the refusal. */
export type Told =
  | { readonly type: 'ready' }
  | { readonly type: 'outcome'; readonly outcome: string }
  | { readonly type: 'rested' };

/** At most; at random, as good clients do, so that those who were refused together do not come back together. */
const AGAIN_AFTER_MS = 2_000;
const REFUSED_PAUSE_MS = 20;

/**
 * For one tenant always the same, so that the worst it can cost is; with fewer tokens than any clamp leaves, so that it is granted
 * whole or refused. The last word tells the vendor's journal whose it is.
 */
export function spendingRequest(tenant: string): LLMRequest {
  const content = `Spend what is left of the budget of ${tenant}`;
  return { messages: [{ role: 'user', content }], maxTokens: 50, cache: 'off' };
}

/** Of a budget that is ample: one call each has been made before the first order, so that all connections and scripts are there. */
export const WARM_UP_TENANT = 'warm-up';

async function spend({ name, dataDir, cwd, env }: SpendingOptions): Promise<void> {
  const logs = createLogs({ level: 'silent', secrets: [] });
  const service = await createLLMService({ dataDir, cwd, env, logs });
  const tell = (told: Told) => process.send?.(told);
  let isResting = false;
  const workers: Promise<void>[] = [];

  const outcomeOf = async (tenant: string): Promise<string> => {
    try {
      await service.generateCompletion(spendingRequest(tenant), { caller: { tenant, userId: name } });
      return 'answered';
    } catch (error) {
      if (error instanceof LLMError) return error.code;
      throw error;
    }
  };
  const untilDecided = async (tenant: string): Promise<string> => {
    let outcome = await outcomeOf(tenant);
    while (outcome === 'store_unavailable') {
      await wait(AGAIN_AFTER_MS * Math.random());
      outcome = await outcomeOf(tenant);
    }
    return outcome;
  };
  const work = async (worker: number, tenants: readonly string[]): Promise<void> => {
    for (let turn = worker; !isResting; turn++) {
      const outcome = await outcomeOf(tenants[turn % tenants.length] ?? '');
      tell({ type: 'outcome', outcome });
      if (outcome !== 'answered') await wait(REFUSED_PAUSE_MS);
    }
  };

  process.on('message', (order: Order) => {
    if (order.type === 'burst')
      for (let call = 0; call < order.calls; call++)
        workers.push(untilDecided(order.tenant).then((outcome) => void tell({ type: 'outcome', outcome })));
    if (order.type === 'load')
      for (let worker = 0; worker < order.workers; worker++) workers.push(work(worker, order.tenants));
    if (order.type === 'rest') {
      isResting = true;
      void Promise.all(workers).then(() => tell({ type: 'rested' }));
    }
    if (order.type === 'close') void service.close().then(() => process.exit());
  });
  // Nobody is left to end it.
  process.on('disconnect', () => process.exit());
  await untilDecided(WARM_UP_TENANT);
  tell({ type: 'ready' });
}

const [options] = process.argv.slice(2);
if (options !== undefined && process.send !== undefined) await spend(JSON.parse(options));
