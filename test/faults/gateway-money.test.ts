// Budgets at the edges of periods and prices, and a disk that is full, as callers of a whole gateway meet them.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { errorShape } from '../../src/gateway/reply-schemas.ts';
import { createLLMService, createLogs } from '../../src/index.ts';
import { asks, COMPLETION } from '../gateway/start.ts';
import { describeWithOwnPostgres, startPostgres } from '../servers/postgres.ts';
import { SkippingClock } from '../skipping-clock.ts';
import { startGroqMock } from '../vendor/groq-mock.ts';
import { CALL_NANO_USD, eventually, type FaultyGateway, PEPPER, startFaulty } from './gateways.ts';

const open: FaultyGateway[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((gateway) => gateway.close()));
});
async function start(yaml: string, options: Parameters<typeof startFaulty>[1] = {}): Promise<FaultyGateway> {
  const gateway = await startFaulty(yaml, options);
  open.push(gateway);
  return gateway;
}

describe('a budget of a day in Warsaw', () => {
  // On 25 October 2026 clocks there go back: the day has 25 hours. On 28 March 2027 they go forward: 23 hours.
  it.each([
    ['of 25 hours', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'],
    ['of 24 hours', '2026-11-25T23:00:00Z', '2026-11-26T23:00:00Z'],
    ['of 23 hours', '2027-03-27T23:00:00Z', '2027-03-28T22:00:00Z'],
  ])('F51: %s begins and ends at midnight there, to the millisecond, and once', async (_what, begins, ends) => {
    const [startMs, endMs] = [Date.parse(begins), Date.parse(ends)];
    const clock = new SkippingClock();
    clock.standsAtMs = startMs - 1;
    const yaml = 'tenants: { default: { timezone: Europe/Warsaw } }\nusers: { alice: { usd_per_day: "0.0002" } }\n';
    const gateway = await start(yaml, { clock });
    const twice = async () => {
      const told = [await gateway.ask('alice'), await gateway.ask('alice'), await gateway.ask('alice')];
      return told.map(({ status }) => status);
    };
    expect(await twice()).toEqual([200, 200, 402]);
    clock.standsAtMs = startMs;
    expect(await twice()).toEqual([200, 200, 402]);
    clock.standsAtMs = endMs - 1;
    const refused = await gateway.post(COMPLETION, asks('more', { user_id: 'alice', cache: 'off' }));
    const { error } = errorShape.parse(await refused.json());
    const ends_at = new Date(endMs).toISOString();
    expect([refused.status, error.message]).toEqual([402, expect.stringContaining(ends_at)]);
    expect(error.limit).toMatchObject({ remaining: '0.00', resets_at: ends_at });
    clock.standsAtMs = endMs;
    expect(await twice()).toEqual([200, 200, 402]);
  });

  it('F51: that ends under a call charges the day in which the call began', async () => {
    const clock = new SkippingClock();
    const endMs = Date.parse('2026-10-25T23:00:00Z');
    clock.standsAtMs = endMs - 1;
    const yaml = 'tenants: { default: { timezone: Europe/Warsaw } }\nusers: { alice: { usd_per_day: "0.0001" } }\n';
    const gateway = await start(yaml, { clock });
    gateway.vendor.next({ says: { text: 'word '.repeat(100) }, headersAfterMs: 150 });
    const last = gateway.ask('alice');
    while (gateway.vendor.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    clock.standsAtMs = endMs;
    expect((await last).status).toBe(200);
    expect((await gateway.ask('alice')).status).toBe(200);
    expect((await gateway.ask('alice')).status).toBe(402);
  });
});

describe('a route whose second target is dearer', () => {
  // The cheap one holds 100 tokens for $0.0001, the dear one for $0.001.
  const yaml = (
    usd: string,
  ) => `  - { model: openai/gpt-oss-20b, from: 2026-01-01, input: "0", output: "10", source: contract }
routes: { tutor: { targets: [openai/gpt-oss-120b, openai/gpt-oss-20b] } }
retry: { max_retries: 0 }
users: { alice: { usd_per_day: "${usd}" } }
`;
  const askTutor = (gateway: FaultyGateway) =>
    gateway.post(COMPLETION, asks('help', { model: 'tutor', max_tokens: 100, user_id: 'alice', cache: 'off' }));

  it('F63: is held anew before it is asked, and refused with 402 where the budget lies between the prices', async () => {
    const gateway = await start(yaml('0.0005'));
    gateway.vendor.next({ fault: { kind: 'status', status: 503 } });
    const reply = await askTutor(gateway);
    const { error } = errorShape.parse(await reply.json());
    expect([reply.status, error.code]).toEqual([402, 'budget_exceeded']);
    expect(gateway.vendor.requests.map(({ model }) => model)).toEqual(['openai/gpt-oss-120b']);
    const [money] = await moneyOf(gateway);
    expect(money).toBe(0);
  });

  it('F63: is asked where the budget covers it, and charged with its own price', async () => {
    const gateway = await start(yaml('0.005'));
    gateway.vendor.next({ fault: { kind: 'status', status: 503 } });
    expect((await askTutor(gateway)).status).toBe(200);
    expect(gateway.vendor.requests.map(({ model }) => model)).toEqual(['openai/gpt-oss-120b', 'openai/gpt-oss-20b']);
    const [money] = await moneyOf(gateway);
    expect(money).toBe(10 * CALL_NANO_USD);
  });

  const moneyOf = async ({ service }: FaultyGateway) =>
    (await service.limits({ tenant: 'default', userId: 'alice' }))
      .filter(({ window }) => window.name === 'usd_per_day')
      .map(({ used }) => used);
});

describeWithOwnPostgres('an instance whose disk is full while PostgreSQL is away', () => {
  it('F36: refuses paid calls with 503, gives what it has in its cache, and has a row for all that it let out', async () => {
    const [postgres, vendor] = [await startPostgres(), await startGroqMock()];
    const url = await postgres.emptyDatabase();
    const folder = mkdtempSync(join(tmpdir(), 'codementor-full-'));
    let end = () => {};
    try {
      const env = {
        DATABASE_URL: url,
        LLM_KEY_PEPPER: PEPPER,
        GROQ_API_KEY: 'gsk_of_the_mock',
        GROQ_BASE_URL: vendor.url,
      };
      const file = fileURLToPath(new URL('./full-disk-process.ts', import.meta.url));
      // No file may grow beyond 2 MiB: what a full disk is to a journal. The shell counts in blocks of 512 bytes.
      const command = 'ulimit -f 4096; exec "$0" "$@"';
      const child = spawn('sh', ['-c', command, process.execPath, file, JSON.stringify({ env, folder })], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      const told = new Promise<unknown>((resolve, reject) => {
        child.once('message', (message) => {
          if (message !== 'ready') return reject(new Error(String(message)));
          postgres.freeze();
          child.once('message', resolve);
          child.send('go');
        });
        child.once('exit', (code) => reject(new Error(`It ended with ${code}`)));
      });
      end = () => void child.kill('SIGKILL');
      const gone = new Promise((resolve) => child.once('exit', resolve));
      const { answered, refusal, cached } = Object(await told);
      expect(refusal).toEqual({ code: 'ledger_unavailable', status: 503 });
      expect(cached).toBe(true);
      expect(answered).toBeGreaterThan(50);
      postgres.resume();
      child.send('end');
      await gone;
      // What it could not bring to the ledger before its end is brought by the next that has its folder.
      const logs = createLogs({ level: 'silent', secrets: [] });
      const again = await createLLMService({ env, cwd: folder, dataDir: folder, logs });
      await eventually(() => again.status().stores.ledger.unshipped === 0, 'all rows are in the ledger');
      await again.close();
      const rows = await postgres.query(url, 'SELECT attempt_id, state FROM ledger');
      const kept = new Map(rows.map(({ attempt_id: id, state }) => [id, state]));
      expect(vendor.requests.filter(({ attemptId }) => !kept.has(attemptId))).toEqual([]);
    } finally {
      end();
      await Promise.all([postgres.stop(), vendor.close()]);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
