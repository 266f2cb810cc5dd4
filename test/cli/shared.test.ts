// Several servers on one Redis and one PostgreSQL, as an operator starts them: what one knows, all know.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithOwnPostgres, type PrivatePostgres, startPostgres } from '../servers/postgres.ts';
import { describeWithOwnRedis, type PrivateRedis, startRedis } from '../servers/redis.ts';
import { Folder } from './command.ts';

const ADMIN_KEY = 'admin_key_of_the_tests_0123456789abcdef';
// A busy machine is no outage. Offline answers are priced, so that there is money to hold.
const YAML = `redis: { timeout_ms: 5000 }
tenants: { acme: { usd_per_day: 0.004 } }
prices: [{ model: offline/echo, from: 2026-01-01, input: "1", output: "1", source: "a test" }]`;

describeWithOwnRedis('servers that share a Redis', () => {
  describeWithOwnPostgres('and a PostgreSQL', () => {
    let redis: PrivateRedis;
    let postgres: PrivatePostgres;
    beforeAll(async () => {
      redis = await startRedis();
      postgres = await startPostgres();
    });
    afterAll(async () => {
      await redis.stop();
      await postgres.stop();
    });

    async function folderOn(databaseUrl: string): Promise<Folder> {
      const folder = new Folder({
        REDIS_URL: redis.url,
        DATABASE_URL: databaseUrl,
        LLM_KEY_PEPPER: 'pepper_of_the_tests_0123456789abcdef',
        LLM_ADMIN_KEY: ADMIN_KEY,
        GROQ_RATE_LIMIT_RPM: '100000',
        PATH: process.env['PATH'] ?? '',
      });
      writeFileSync(join(folder.path, 'codementor-llm.yaml'), YAML);
      return folder;
    }

    it('have one set of keys, one budget and one ledger, and end when they are told to', async () => {
      const databaseUrl = await postgres.emptyDatabase();
      await using here = await folderOn(databaseUrl);
      await using there = await folderOn(databaseUrl);
      const [first, second] = await Promise.all([here.serve(), there.serve()]);
      await first.sees('stderr', /limits and answers in Redis, ledger and keys in PostgreSQL/);

      const created = await here.run(['keys', 'create', '--tenant', 'acme', '--role', 'server', '--json'], {
        env: { LLM_API_KEY: ADMIN_KEY },
      });
      const { id, key } = JSON.parse(created.stdout);
      const ask = (url: string, content: string) =>
        fetch(`${url}/api/v1/llm/completion`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
          body: JSON.stringify({ messages: [{ role: 'user', content }], max_tokens: 1_000, cache: 'off' }),
        });

      // The budget holds for both together: each server alone would go on answering.
      const answered = { first: 0, second: 0 };
      let refused: Response | null = null;
      for (let turn = 0; refused === null && turn < 200; turn++) {
        for (const [name, { url }] of [
          ['first', first],
          ['second', second],
        ] as const) {
          const reply = await ask(url, `Question ${turn} of ${name}`);
          if (reply.status === 200) answered[name]++;
          else refused ??= reply;
        }
      }
      expect(refused?.status).toBe(402);
      expect(await refused?.json()).toMatchObject({
        error: { code: 'budget_exceeded', limit: { scope: 'tenant', window: 'usd_per_day', limit: '0.004' } },
      });
      expect(Math.abs(answered.first - answered.second)).toBeLessThanOrEqual(1);

      const usage = await there.run(['usage', '--tenant', 'acme', '--json'], { env: { LLM_API_KEY: ADMIN_KEY } });
      const { totals } = JSON.parse(usage.stdout);
      expect(totals.requests).toBe(answered.first + answered.second);
      expect(Number(totals.cost_usd)).toBeLessThanOrEqual(0.004);

      expect((await here.run(['keys', 'revoke', id], { env: { LLM_API_KEY: ADMIN_KEY } })).code).toBe(0);
      expect((await ask(second.url, 'Still there?')).status).toBe(401);

      for (const server of [first, second]) server.signal('SIGTERM');
      expect(await first.ended).toMatchObject({ code: 0 });
      expect(await second.ended).toMatchObject({ code: 0 });
    });

    it('are found by doctor, which says what does not answer', async () => {
      await using folder = await folderOn(await postgres.emptyDatabase());
      const found = await folder.run(['doctor'], { env: { LLM_PRIMARY_PROVIDER: 'offline' } });
      expect(found.stdout).toMatch(/✓ limits, in Redis: answers\n✓ ledger and keys, in PostgreSQL: answers/);
      const missing = await folder.run(['doctor'], {
        env: {
          LLM_PRIMARY_PROVIDER: 'offline',
          REDIS_URL: 'redis://:canary@127.0.0.1:9',
          DATABASE_URL: 'postgres://u:canary@127.0.0.1:9/d',
        },
      });
      expect(missing).toMatchObject({ code: 1, stderr: expect.stringMatching(/REDIS_URL.*DATABASE_URL/) });
      expect(missing.stdout + missing.stderr).not.toContain('canary');
    });
  });
});
