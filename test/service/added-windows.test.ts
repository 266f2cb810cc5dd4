// A limit that nobody had before: by a reload, by a restart, by another tier. What was spent before it counts, since it is known.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLLMService, createLogs, type LLMService } from '../../src/index.ts';
import { until } from '../gateway/start.ts';
import { type AnyPostgres, describeWithPostgres, usePostgres } from '../servers/postgres.ts';
import { type AnyRedis, describeWithRedis, useRedis } from '../servers/redis.ts';
import { startTcpProxy } from '../servers/tcp-proxy.ts';
import { type GroqMock, startGroqMock } from '../vendor/groq-mock.ts';

const KEY = `gsk_${'s'.repeat(52)}`;
/** Exactly what one answer of the vendor costs: a dollar a token, in and out. */
const PRICE =
  'prices: [{ model: openai/gpt-oss-120b, from: 2026-01-01, input: "1", output: "1", source: contract }]\nredis: { timeout_ms: 5000 }\n';

let folder: string;
let vendor: GroqMock;
let tenant: string;
let redis: AnyRedis | null = null;
let databaseUrl: string | null = null;
const open: LLMService[] = [];

const caller = (tier?: string) => ({ tenant, userId: 'alice', ...(tier !== undefined && { tier }) });
const ask = { messages: [{ role: 'user' as const, content: 'Why?' }], maxTokens: 300, cache: 'off' as const };

function change(yaml: string): void {
  writeFileSync(join(folder, 'codementor-llm.yaml'), PRICE + yaml);
}

async function start(name: string): Promise<LLMService> {
  const env = {
    GROQ_API_KEY: KEY,
    GROQ_BASE_URL: vendor.url,
    ...(redis !== null && { REDIS_URL: redis.url }),
    ...(databaseUrl !== null && { DATABASE_URL: databaseUrl, LLM_KEY_PEPPER: 'p'.repeat(40) }),
  };
  const logs = createLogs({ level: 'silent', secrets: [] });
  const service = await createLLMService({ cwd: folder, dataDir: join(folder, name), logs, env });
  open.push(service);
  return service;
}

async function used(service: LLMService, window: string, tier?: string): Promise<number | undefined> {
  const states = await service.limits(caller(tier));
  return states.find((state) => `${state.window.scope} ${state.window.name}` === window)?.used;
}

/** What the ledger says was spent, in the nano-dollars of windows. */
async function spent(service: LLMService): Promise<number> {
  await until(async () => (await service.ledger.rows({ tenant, state: 'open' })).rows.length === 0, 'all rows closed');
  const { rows } = await service.ledger.rows({ tenant });
  const nano = rows.map(({ costPicoUsd }) => Number(((costPicoUsd ?? 0n) + 999n) / 1_000n));
  return nano.reduce((sum, one) => sum + one, 0);
}

function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

function proxied(url: string, port: number): string {
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String(port);
  return through.href;
}

/** Each story has a vendor and a folder of its own. */
function begun(): void {
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'codementor-added-'));
    vendor = await startGroqMock();
    tenant = `t${Math.random().toString(36).slice(2)}`;
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((service) => service.close()));
    await vendor.close();
    rmSync(folder, { recursive: true, force: true });
    databaseUrl = null;
  });
}

function stories(): void {
  begun();

  it('that a reload brings counts what was spent before it, of the user and of the tenant', async () => {
    change('');
    const service = await start('one');
    await service.generateCompletion(ask, { caller: caller() });
    await service.generateCompletion(ask, { caller: { tenant, userId: 'bob' } });
    const before = await spent(service);
    change(`users: { alice: { usd_per_day: 10 } }\ntenants: { ${tenant}: { usd_per_month: 50 } }`);
    await service.reload();
    expect(await used(service, 'user usd_per_day')).toBe(before / 2);
    expect(await used(service, 'tenant usd_per_month')).toBe(before);
    expect(before).toBeGreaterThan(0);
  });

  it('refuses at once who has spent it already', async () => {
    change('');
    const service = await start('one');
    // A fresh budget of this size affords one more.
    const budget = 'users: { alice: { usd_per_month: 0.0005 } }';
    vendor.next({ says: { text: 'word '.repeat(600) } });
    await service.generateCompletion(ask, { caller: caller() });
    change(budget);
    await service.reload();
    const refused = service.generateCompletion(ask, { caller: caller() });
    await expect(refused).rejects.toMatchObject({ code: 'budget_exceeded' });
    expect(vendor.requests).toHaveLength(1);
  });

  it('counts what was under way at the reload, and what that came to', async () => {
    change('');
    const service = await start('one');
    await service.generateCompletion(ask, { caller: caller() });
    vendor.next({ says: { text: 'one two three' }, eventEveryMs: 50 });
    const events = service.streamCompletion(ask, { caller: caller() });
    await events[Symbol.asyncIterator]().next();
    change('users: { alice: { usd_per_month: 50 } }');
    await service.reload();
    await service.generateCompletion(ask, { caller: caller() });
    for await (const _event of events);
    await until(
      async () => (await used(service, 'user usd_per_month')) === (await spent(service)),
      'the sum to be right',
    );
    expect(vendor.requests).toHaveLength(3);
  });

  it('counts what was spent while it was taken away for a time', async () => {
    const budget = 'users: { alice: { usd_per_month: 50 } }';
    change(budget);
    const service = await start('one');
    await service.generateCompletion(ask, { caller: caller() });
    change('');
    await service.reload();
    await service.generateCompletion(ask, { caller: caller() });
    change(budget);
    await service.reload();
    expect(await used(service, 'user usd_per_month')).toBe(await spent(service));
  });

  it('of another time zone counts what was spent in its own day', async () => {
    change(`tenants: { ${tenant}: { usd_per_day: 50 } }`);
    const service = await start('one');
    await service.generateCompletion(ask, { caller: caller() });
    // One that has the same date as UTC now, and another midnight.
    const zone = new Date().getUTCHours() < 12 ? 'Etc/GMT-6' : 'Etc/GMT+6';
    change(`tenants: { ${tenant}: { usd_per_day: 50, timezone: ${zone} } }`);
    await service.reload();
    expect(await used(service, 'tenant usd_per_day')).toBe(await spent(service));
  });

  it('of another tier counts what was spent in the one before', async () => {
    change('tiers: { free: { usd_per_day: 10 }, staff: { usd_per_month: 50, tokens_per_day: 5000 } }');
    const service = await start('one');
    await service.generateCompletion(ask, { caller: caller('free') });
    await service.generateCompletion(ask, { caller: caller() });
    expect(await used(service, 'user usd_per_month', 'staff')).toBe(await spent(service));
    expect(await used(service, 'user tokens_per_day', 'staff')).toBeGreaterThan(0);
  });
}

describe('a window counted in memory', stories);

describeWithPostgres('a window counted in Redis by two instances', () => {
  let postgres: AnyPostgres;
  beforeAll(async () => {
    postgres = await usePostgres();
    redis = await useRedis();
  });
  afterAll(async () => {
    await Promise.all([postgres.stop(), redis?.stop()]);
    redis = null;
  });
  begun();

  it('counts what each has spent before it read the new file, once both have read it', async () => {
    change('');
    databaseUrl = await postgres.emptyDatabase();
    const [first, second] = [await start('one'), await start('two')];
    await first.generateCompletion(ask, { caller: caller() });
    await second.generateCompletion(ask, { caller: caller() });
    change('users: { alice: { usd_per_month: 50 } }');
    await first.reload();
    await first.generateCompletion(ask, { caller: caller() });
    await second.generateCompletion(ask, { caller: caller() });
    await second.reload();
    await second.generateCompletion(ask, { caller: caller() });
    await until(
      async () => (await second.ledger.rows({ tenant, state: 'settled' })).rows.length === 5,
      'all rows shipped',
    );
    const sums = async () => [await used(first, 'user usd_per_month'), await used(second, 'user usd_per_month')];
    const all = await spent(first);
    await until(async () => (await sums()).every((sum) => sum === all), `both to have counted ${all}`);
  });

  it('counts for each of two with other days what was spent before, and is not filled in turns', async () => {
    const connection = new Redis(redis?.url ?? '');
    const epochs = new Set<string | null>();
    databaseUrl = await postgres.emptyDatabase();
    change(`tenants: { ${tenant}: { usd_per_day: 50 } }`);
    const first = await start('one');
    await first.generateCompletion(ask, { caller: caller() });
    const before = await spent(first);
    // One that has the same date as UTC now, and another midnight.
    const zone = new Date().getUTCHours() < 12 ? 'Etc/GMT-6' : 'Etc/GMT+6';
    change(`tenants: { ${tenant}: { usd_per_day: 50, timezone: ${zone} } }`);
    const second = await start('two');
    for (let round = 0; round < 5; round++)
      for (const service of [second, first]) {
        await service.generateCompletion(ask, { caller: caller() });
        epochs.add(await connection.get(`epoch:{${tenant}}`));
      }
    connection.disconnect();
    expect(epochs.size).toBeLessThanOrEqual(2);
    // Each misses at most what the other has drawn since the last filling.
    for (const service of [first, second])
      expect(await used(service, 'tenant usd_per_day')).toBeGreaterThanOrEqual(before * 6);
  });

  it('is not there while the ledger is away: a reload is refused, a new instance alone refuses calls', async () => {
    const proxy = await startTcpProxy(addressOf(await postgres.emptyDatabase()));
    databaseUrl = proxied(await postgres.emptyDatabase(), proxy.port);
    change('');
    const first = await start('one');
    await first.generateCompletion(ask, { caller: caller() });
    await proxy.refuse();
    change('users: { alice: { usd_per_month: 50 } }');
    await expect(first.reload()).rejects.toMatchObject({ code: 'store_unavailable' });
    await first.generateCompletion(ask, { caller: caller() });
    const second = await start('two');
    const refused = second.generateCompletion(ask, { caller: caller() });
    await expect(refused).rejects.toMatchObject({ code: 'store_unavailable' });
    await first.generateCompletion(ask, { caller: caller() });
    await proxy.pass();
    await until(
      () =>
        first.reload().then(
          () => true,
          () => false,
        ),
      'the ledger to be back',
    );
    await until(
      async () => (await spent(first)) > 0 && (await first.ledger.rows({ tenant })).rows.length === 3,
      'all rows shipped',
    );
    await until(async () => (await used(second, 'user usd_per_month')) === (await spent(first)), 'all to be counted');
    await proxy.close();
  });
});

describeWithRedis('a window counted in Redis', () => {
  beforeEach(async () => {
    redis = await useRedis();
  });
  afterEach(async () => {
    await redis?.stop();
    redis = null;
  });

  stories();

  it('counts what was spent before a restart with a new file, which Redis outlived', async () => {
    change('');
    const before = await start('one');
    await before.generateCompletion(ask, { caller: caller() });
    await before.close();
    change('users: { alice: { usd_per_month: 50 } }');
    const after = await start('one');
    expect(await used(after, 'user usd_per_month')).toBe(await spent(after));
  });
});
