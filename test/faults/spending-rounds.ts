// A fleet spends the budgets of many tenants while its processes are killed and Redis' replies are lost, at moments drawn from a
// seed. Afterwards the killed have started again, every lease has run out, and what is left is compared: the vendor's own journal
// with the budgets, the windows and the ledger.

import { setTimeout as wait } from 'node:timers/promises';
import type { LedgerRow } from '../../src/core/stores.ts';
import { type PrivateRedis, startRedis } from '../servers/redis.ts';
import { startTcpProxy, type TcpProxy } from '../servers/tcp-proxy.ts';
import { openBystander, rowsOf, spentIn } from './bystander.ts';
import { Member, nanoUsdOfOneHold, Scene } from './fleet.ts';
import { seededRandom } from './seeded-random.ts';

const PROCESSES = 4;
const WORKERS = 4;
const LONGEST_PAUSE_MS = 250;
const LONGEST_DROP_MS = 400;
/** Long enough for a machine that is busy with four processes and their starts, short enough for lost replies to be many. */
const REDIS_TIMEOUT_MS = 150;

export interface SpendingOptions {
  readonly seed: number;
  /** Each is either a kill or a moment in which one process hears nothing from Redis. */
  readonly rounds: number;
  readonly tenants: number;
  /** How many of the dearest calls each budget fits. */
  readonly fit: number;
  /** Null: each process has its ledger in a file. */
  readonly databaseUrl: string | null;
}

export interface SpendingResult {
  readonly kills: number;
  readonly drops: number;
  /** Calls that the vendor saw. */
  readonly seen: number;
  /** Holds that nobody had ended when all leases were over: of the dead, and those that stand for rows after an empty start. */
  readonly reaped: number;
  readonly tenants: readonly Spent[];
  /** What is still held or open after all that. */
  readonly left: { readonly inFlight: number; readonly holds: number; readonly openRows: number };
}

export interface Spent {
  readonly tenant: string;
  readonly limitNanoUsd: number;
  readonly billedNanoUsd: number;
  readonly windowsNanoUsd: number;
  readonly ledgerNanoUsd: number;
}

export async function spendingRounds(options: SpendingOptions): Promise<SpendingResult> {
  const redis = await startRedis();
  const scene = await Scene.open();
  const fleet: FleetMember[] = [];
  try {
    const random = seededRandom(options.seed);
    const limits = await budgetsOf(options);
    scene.budgets(limits, { redisTimeoutMs: REDIS_TIMEOUT_MS });
    scene.vendor.script(() => ({
      headersAfterMs: random() * 30,
      says: { text: 'word '.repeat(Math.ceil(random() * 60)) },
    }));
    for (let index = 0; index < PROCESSES; index++) {
      const proxy = await startTcpProxy({ port: redis.port });
      const stores = { redisUrl: `redis://127.0.0.1:${proxy.port}`, databaseUrl: options.databaseUrl };
      fleet.push({ proxy, member: new Member(`p${index}`, scene, stores, () => {}) });
    }
    const load = { type: 'load', workers: WORKERS, tenants: [...limits.keys()] } as const;
    await Promise.all(
      fleet.map(async ({ member }) => {
        await member.start();
        member.order(load);
      }),
    );
    const done = { kills: 0, drops: 0 };
    for (let round = 0; round < options.rounds; round++) {
      await wait(random() * LONGEST_PAUSE_MS);
      const one = fleet[Math.floor(random() * PROCESSES)];
      if (one === undefined) continue;
      if (random() < 0.5) {
        await one.member.kill();
        await one.member.start();
        one.member.order(load);
        done.kills++;
      } else {
        one.proxy.dropReplies();
        await wait(random() * LONGEST_DROP_MS);
        await one.proxy.pass();
        done.drops++;
      }
    }
    await Promise.all(fleet.map(({ member }) => member.rest()));
    await Promise.all(fleet.map(({ member }) => member.close()));
    const members = fleet.map(({ member }) => member);
    return { ...done, ...(await whatIsLeft(scene, members, redis, limits, options.databaseUrl)) };
  } finally {
    await Promise.all(fleet.map(({ member }) => member.kill()));
    await Promise.all(fleet.map(({ proxy }) => proxy.close()));
    await scene.close();
    await redis.stop();
  }
}

interface FleetMember {
  readonly member: Member;
  readonly proxy: TcpProxy;
}

async function budgetsOf({ tenants, fit }: SpendingOptions): Promise<ReadonlyMap<string, number>> {
  const heldNanoUsd = await nanoUsdOfOneHold('tenant-10');
  const limitNanoUsd = Math.floor((fit + 0.5) * heldNanoUsd);
  return new Map(Array.from({ length: tenants }, (_, index) => [`tenant-${10 + index}`, limitNanoUsd]));
}

/** Nobody of the fleet lives any more. */
export async function whatIsLeft(
  scene: Scene,
  members: readonly Member[],
  redis: PrivateRedis,
  limits: ReadonlyMap<string, number>,
  databaseUrl: string | null,
): Promise<Omit<SpendingResult, 'kills' | 'drops'>> {
  const folders = members.map(({ dataDir }) => dataDir);
  const users = members.map(({ name }) => name);
  const names = [...limits.keys()];
  const bystander = await openBystander(redis.url);
  try {
    const reaped = await bystander.reapWhenLeasesAreOver();
    const holds = (await bystander.reapWhenLeasesAreOver()).length;
    const inFlight = await bystander.inFlight(names, users);
    const spent = await bystander.spentNanoUsd(names);
    const rows = await rowsOf(folders, databaseUrl);
    const byTenant = Map.groupBy(rows, ({ tenant }: LedgerRow) => tenant);
    const tenants = Array.from(limits, ([tenant, limitNanoUsd]) => ({
      tenant,
      limitNanoUsd,
      billedNanoUsd: scene.billedNanoUsd(tenant),
      windowsNanoUsd: spent.get(tenant) ?? 0,
      ledgerNanoUsd: spentIn(byTenant.get(tenant) ?? []),
    }));
    const openRows = rows.filter(({ state }) => state === 'open').length;
    const seen = names.reduce((sum, tenant) => sum + scene.seen(tenant), 0);
    return { seen, reaped: reaped.length, tenants, left: { inFlight, holds, openRows } };
  } finally {
    await bystander.close();
  }
}

/** Shares of a budget, as docs/operations.md states them. */
export interface Allowance {
  /** May be spent beyond it. */
  readonly beyond: number;
  /** May be missing in the windows: what the dead had drawn without Redis and not told. */
  readonly untold: number;
}

const NOTHING: Allowance = { beyond: 0, untold: 0 };

/** What must be so in every run, in words that name the tenant where it is not. */
export function faultsOf(
  { tenants, left }: Omit<SpendingResult, 'kills' | 'drops'>,
  { beyond, untold }: Allowance = NOTHING,
): readonly string[] {
  const faults = tenants.flatMap(({ tenant, limitNanoUsd, billedNanoUsd, windowsNanoUsd, ledgerNanoUsd }) => {
    const of = (what: string) => `${tenant}: ${what} (billed ${billedNanoUsd}, limit ${limitNanoUsd})`;
    const most = (1 + beyond) * limitNanoUsd;
    const told = billedNanoUsd - untold * limitNanoUsd;
    return [
      ...(billedNanoUsd > most ? [of('more was billed than may be spent')] : []),
      ...(ledgerNanoUsd > most ? [of(`the ledger says that ${ledgerNanoUsd} was spent`)] : []),
      ...(ledgerNanoUsd < billedNanoUsd ? [of(`the ledger has only ${ledgerNanoUsd}`)] : []),
      ...(windowsNanoUsd < told ? [of(`the windows count only ${windowsNanoUsd}`)] : []),
    ];
  });
  const remains = Object.entries(left).filter(([, count]) => count > 0);
  return [...faults, ...remains.map(([what, count]) => `${count} ${what} are left`)];
}

export function figuresOf({ seen, reaped, tenants }: Omit<SpendingResult, 'kills' | 'drops'>): string {
  const shares = tenants.map(({ billedNanoUsd, limitNanoUsd }) => billedNanoUsd / limitNanoUsd);
  const share = (value: number) => `${(100 * value).toFixed(1)} %`;
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  return `${seen} calls, ${reaped} holds whose lease ran out; billed ${share(least)} to ${share(most)} of ${tenants.length} budgets`;
}
