// Instances that are killed beside others, or while PostgreSQL is frozen: what they held comes back, and every request that a vendor
// saw has its row, once.

import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterEach, expect, it } from 'vitest';
import { createLLMService, createLogs, type LLMService } from '../../src/index.ts';
import { describeWithOwnPostgres, type PrivatePostgres, startPostgres } from '../servers/postgres.ts';
import { describeWithOwnRedis, startRedis } from '../servers/redis.ts';
import { startTcpProxy, type TcpProxy } from '../servers/tcp-proxy.ts';
import { SkippingClock } from '../skipping-clock.ts';
import { startGroqMock } from '../vendor/groq-mock.ts';
import { CALL_NANO_USD, eventually, PATIENT, PEPPER, PRICE, startFaulty } from './gateways.ts';
import type { ServiceProcessOptions } from './service-process.ts';

const KEY = 'gsk_test_key_of_the_mock';
const YAML = 'users: { alice: { usd_per_month: "0.01", in_flight: 20 } }\n';

const children = new Set<ChildProcess>();
/** Also those of a test that failed. */
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

/** Resolves when it is up. */
async function startProcess(options: ServiceProcessOptions): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('./service-process.ts', import.meta.url));
  const child = fork(file, [JSON.stringify(options)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
  children.add(child);
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) => reject(new Error(`It ended with ${code}`)));
  });
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

function folderWith(yaml: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'codementor-killed-'));
  writeFileSync(join(folder, 'codementor-llm.yaml'), PRICE + yaml);
  return folder;
}

async function rowsIn(server: PrivatePostgres, url: string) {
  const rows = await server.query(url, 'SELECT attempt_id, state FROM ledger');
  return rows.map(({ attempt_id, state }) => ({ attemptId: String(attempt_id), state: String(state) }));
}

describeWithOwnRedis('two instances of which one is killed', () =>
  describeWithOwnPostgres('with their ledger in PostgreSQL', () => {
    it('F45: the other goes on under the same limits; what the dead one held is given back and written down once', async () => {
      const [redis, postgres, vendor] = [await startRedis(), await startPostgres(), await startGroqMock()];
      const url = await postgres.emptyDatabase();
      const shared = { REDIS_URL: redis.url, DATABASE_URL: url, LLM_KEY_PEPPER: PEPPER };
      const clock = new SkippingClock();
      const other = await startFaulty(YAML + PATIENT, { env: shared, clock });
      const folder = folderWith(YAML + PATIENT);
      const admin = new Redis(redis.port, '127.0.0.1');
      const usedIs = async (calls: number, inFlight: number) => {
        const expected = JSON.stringify({ nanoUsd: calls * CALL_NANO_USD, inFlight });
        await eventually(async () => JSON.stringify(await other.used('alice')) === expected, expected);
      };
      try {
        await eventually(async () => (await other.ask('alice')).status === 200, 'the windows are filled');
        vendor.script({ fault: { kind: 'stall-events', afterEvents: 3 } });
        const env = { ...shared, GROQ_API_KEY: KEY, GROQ_BASE_URL: vendor.url };
        const dead = await startProcess({ env, folder, streams: 8 });
        await eventually(() => vendor.requests.length === 8, 'the streams are under way');
        // What it decided alone while Redis was slow to answer it would take along.
        await usedIs(9, 8);
        await kill(dead);
        await usedIs(9, 8);
        await eventually(async () => (await other.ask('alice')).status === 200, 'the other goes on');
        // Three minutes that the test does not wait for: their leases are over by the server's own count.
        const [leases = ''] = await admin.keys('leases:{default}*');
        for (const holdId of await admin.zrange(leases, '0', '-1')) await admin.zadd(leases, 'XX', '1', holdId);
        const closed = async () => (await rowsIn(postgres, url)).filter(({ state }) => state === 'unknown');
        await eventually(async () => {
          clock.skip(30_000);
          return (await closed()).length === 8;
        }, 'the rows of the dead are closed');
        await usedIs(10, 0);
        const seen = [...vendor.requests, ...other.vendor.requests].map(({ attemptId }) => attemptId);
        await eventually(
          async () => (await rowsIn(postgres, url)).every(({ state }) => state !== 'open'),
          'no row is open',
        );
        expect((await rowsIn(postgres, url)).map(({ attemptId }) => attemptId).sort()).toEqual(seen.sort());
        // It comes back with its journal, and has nothing to add.
        const back = await startProcess({ env, folder, streams: 0 });
        await kill(back);
        expect((await closed()).length).toBe(8);
        expect((await other.used('alice')).inFlight).toBe(0);
      } finally {
        admin.disconnect();
        await other.close();
        await Promise.all([redis.stop(), postgres.stop(), vendor.close()]);
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }),
);

describeWithOwnRedis('an instance that is killed while Redis does not hear it', () =>
  describeWithOwnPostgres('with its ledger in PostgreSQL', () => {
    it.each([
      ['at any moment', (proxy: TcpProxy) => proxy.blackhole()],
      // The raise alone bears the row of the attempt that it covers.
      ['when it has admitted a call that is not raised yet', (proxy: TcpProxy) => proxy.blackholeFrom('attemptId')],
    ])(
      'F59: what it drew alone is in the windows once it is back, each call once, however many rows had left its journal (%s)',
      async (_moment, goAway) => {
        const [redis, postgres, vendor] = [await startRedis(), await startPostgres(), await startGroqMock()];
        const proxy = await startTcpProxy({ port: redis.port });
        const url = await postgres.emptyDatabase();
        const yaml = 'tenants: { default: { usd_per_month: 100, in_flight: 100 } }\n';
        const shared = { DATABASE_URL: url, LLM_KEY_PEPPER: PEPPER };
        const other = await startFaulty(yaml + PATIENT, { env: { ...shared, REDIS_URL: redis.url } });
        // A busy machine may be late with one answer, which is no outage yet, and of which nothing is noted.
        const folder = folderWith(`${yaml}redis: { timeout_ms: 1000 }\n`);
        const cut = `redis://127.0.0.1:${proxy.port}`;
        const env = { ...shared, REDIS_URL: cut, GROQ_API_KEY: KEY, GROQ_BASE_URL: vendor.url };
        const logs = createLogs({ level: 'silent', secrets: [] });
        // Each call is another user's.
        const used = async () => {
          const states = await other.service.limits({ tenant: 'default', userId: 'alice' });
          const of = (name: string) =>
            states.find(({ window }) => window.scope === 'tenant' && window.name === name)?.used ?? null;
          return { nanoUsd: of('usd_per_month'), inFlight: of('in_flight') };
        };
        let again: LLMService | null = null;
        try {
          await eventually(async () => (await other.ask('alice')).status === 200, 'the windows are filled');
          vendor.script({ says: { text: 'word '.repeat(200) } });
          const dead = await startProcess({ env, folder, streams: 0 });
          await eventually(() => vendor.requests.length >= 20, 'it is at work');
          goAway(proxy);
          const before = vendor.requests.length;
          await eventually(() => vendor.requests.length >= before + 100, 'it goes on without Redis');
          const rows = () => rowsIn(postgres, url);
          await eventually(async () => (await rows()).length >= before + 50, 'rows are in the ledger');
          await kill(dead);
          await proxy.pass();
          again = await createLLMService({ env, cwd: folder, dataDir: folder, logs });
          await eventually(() => again?.status().stores.ledger.unshipped === 0, 'all rows are in the ledger');
          const expected = { nanoUsd: (await rows()).length * CALL_NANO_USD, inFlight: 0 };
          const isSo = async () => JSON.stringify(await used()) === JSON.stringify(expected);
          await eventually(isSo, 'the windows are told').catch(() => {});
          expect(await used()).toEqual(expected);
        } finally {
          await again?.close();
          await other.close();
          await proxy.close();
          await Promise.all([redis.stop(), postgres.stop(), vendor.close()]);
          rmSync(folder, { recursive: true, force: true });
        }
      },
    );
  }),
);

describeWithOwnPostgres('an instance whose PostgreSQL is frozen', () => {
  it('F58: is killed: once both are back, every request that the vendor saw has its row, and none is open', async () => {
    const [postgres, vendor] = [await startPostgres(), await startGroqMock()];
    const url = await postgres.emptyDatabase();
    const folder = folderWith('');
    const env = { DATABASE_URL: url, LLM_KEY_PEPPER: PEPPER, GROQ_API_KEY: KEY, GROQ_BASE_URL: vendor.url };
    try {
      const dead = await startProcess({ env, folder, streams: 0 });
      await eventually(() => vendor.requests.length >= 20, 'it is at work');
      postgres.freeze();
      const before = vendor.requests.length;
      await eventually(() => vendor.requests.length >= before + 50, 'it goes on without PostgreSQL');
      await kill(dead);
      postgres.resume();
      const logs = createLogs({ level: 'silent', secrets: [] });
      const again = await createLLMService({ env, cwd: folder, dataDir: folder, logs });
      await eventually(() => again.status().stores.ledger.unshipped === 0, 'all rows are in the ledger');
      await again.close();
      const rows = new Map((await rowsIn(postgres, url)).map(({ attemptId, state }) => [attemptId, state]));
      expect(vendor.requests.filter(({ attemptId }) => !rows.has(attemptId ?? ''))).toEqual([]);
      expect([...rows.values()].filter((state) => state === 'open')).toEqual([]);
      // What was never sent was not billed: at most the one that was about to be.
      expect(rows.size - vendor.requests.length).toBeLessThanOrEqual(1);
    } finally {
      await Promise.all([postgres.stop(), vendor.close()]);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
