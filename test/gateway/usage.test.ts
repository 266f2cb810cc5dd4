// Usage over HTTP: in pages, by group, as CSV, for users and for tenants.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenantsReply, tenantUsageReply, usageReply } from '../../src/gateway/reply-schemas.ts';
import { llmError, type UsageReport } from '../../src/index.ts';
import { csvRecords } from '../core/read-csv.ts';
import { asks, type RunningGateway, startGateway } from './start.ts';

const USAGE = '/api/v1/llm/usage/ann';
const COURSES = 120;

let folder: string;
let running: RunningGateway;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  writeFileSync(
    join(folder, 'codementor-llm.yaml'),
    'tenants:\n  acme: { timezone: Europe/Warsaw }\n  beta: { usd_per_month: 5 }\n',
  );
  running = await startGateway({ cwd: folder, env: { LLM_CACHE_TTL_SECONDS: '0' } });
  const { service } = running;
  const ask = (tenant: string, userId: string, course: string) =>
    service.generateCompletion(
      { messages: [{ role: 'user', content: 'hi' }], tags: { course } },
      { caller: { tenant, userId } },
    );
  for (let n = 0; n < COURSES; n++) await ask('default', 'ann', `c${String(n).padStart(3, '0')}`);
  await ask('default', 'bob', '=cmd|"/c calc"!A1');
  await ask('acme', 'ann', 'c000');
  await ask('acme', 'zoe', 'c000');
});
afterAll(async () => {
  await running.close();
  rmSync(folder, { recursive: true });
});

async function usage(path: string) {
  return usageReply.parse(await (await running.get(path)).json());
}

describe('the usage of a user', () => {
  it('comes in pages of 100 groups at most, each once and in order, and the totals on every page are those of all', async () => {
    const first = await usage(`${USAGE}?group_by=tag:course`);
    expect([first.groups.length, first.totals.requests]).toEqual([100, COURSES]);
    const second = await usage(`${USAGE}?group_by=tag:course&cursor=${first.next_cursor}`);
    expect(second.next_cursor).toBeNull();
    expect(second.totals).toEqual(first.totals);
    const keys = [...first.groups, ...second.groups].map(({ key }) => key);
    expect(keys).toEqual(Array.from({ length: COURSES }, (_, n) => `c${String(n).padStart(3, '0')}`));
  });

  it('comes in pages as small as asked', async () => {
    const keys: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await usage(`${USAGE}?group_by=tag:course&limit=50${cursor}`);
      keys.push(...page.groups.map(({ key }) => key));
      if (page.next_cursor === null) break;
      cursor = `&cursor=${page.next_cursor}`;
    }
    expect([keys.length, new Set(keys).size]).toEqual([COURSES, COURSES]);
  });

  it.each(['day', 'model', 'provider', 'prompt'])('is grouped by %s', async (group) => {
    const { groups, totals } = await usage(`${USAGE}?group_by=${group}`);
    expect(groups.map(({ requests }) => requests)).toEqual([totals.requests]);
  });

  it('B66: has no page for a cursor that nobody gave, of another grouping or of another making', async () => {
    const { next_cursor } = await usage(`${USAGE}?group_by=tag:course`);
    for (const query of [
      `group_by=model&cursor=${next_cursor}`,
      `cursor=${next_cursor}`,
      `group_by=tag:course&cursor=${next_cursor?.slice(0, -4)}zzzz`,
      'group_by=tag:course&cursor=AAAA',
    ]) {
      const reply = await running.get(`${USAGE}?${query}`);
      expect([query, reply.status]).toEqual([query, 400]);
    }
  });
});

describe('usage as CSV', () => {
  it.each([
    ['format=csv', {}],
    ['', { accept: 'text/html;q=0.5, Text/CSV' }],
  ])('has all groups, with exact decimals (%s %j)', async (query, headers) => {
    const reply = await running.get(`${USAGE}?group_by=tag:course&${query}`, headers);
    expect(reply.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(reply.headers.get('vary')).toBe('Authorization, Accept');
    const records = csvRecords(await reply.text());
    expect(records).toHaveLength(COURSES);
    const { groups } = await usage(`${USAGE}?group_by=tag:course&limit=1`);
    const [first] = groups;
    expect(records[0]).toEqual(
      Object.fromEntries(Object.entries(first ?? {}).map(([name, value]) => [name, String(value)])),
    );
  });

  it('is JSON for who says so, whatever the client accepts', async () => {
    const reply = await running.get(`${USAGE}?format=json`, { accept: 'text/csv' });
    expect(reply.headers.get('content-type')).toContain('application/json');
  });

  it('has one line of totals where no group is asked for', async () => {
    const [line, ...more] = csvRecords(await (await running.get(`${USAGE}?format=csv`)).text());
    expect(more).toEqual([]);
    expect(line).toMatchObject({ key: 'total', requests: String(COURSES) });
  });

  it('has no cell that a spreadsheet would run', async () => {
    const reply = await running.get('/api/v1/llm/usage/bob?group_by=tag:course&format=csv');
    const text = await reply.text();
    expect(csvRecords(text)).toMatchObject([{ key: '\'=cmd|"/c calc"!A1', requests: '1' }]);
  });
});

describe('usage as CSV, from a store with many pages', () => {
  const totals = {
    ...{ requests: 1, attempts: 1, cached: 0, promptTokens: 0, completionTokens: 0, totalTokens: 0, savedTokens: 0 },
    ...{ unpriced: 0 },
  };
  const emptyReport = async (): Promise<UsageReport> => running.service.ledger.usage({ userId: 'nobody' });

  async function withPages(
    read: (page: number) => Promise<UsageReport>,
    use: (url: string, read: () => number) => Promise<void>,
  ) {
    let pages = 0;
    const many = await startGateway({
      instead: ({ ledger }) => ({ ledger: { ...ledger, usage: () => read(pages++) } }),
    });
    try {
      await use(
        `${many.url}${USAGE}?group_by=user&format=csv`.replace('llm/usage/ann', 'admin/tenants/x/usage'),
        () => pages,
      );
    } finally {
      await many.close();
    }
  }

  async function pageOf(page: number, groups: number): Promise<UsageReport> {
    const { totals: none } = await emptyReport();
    return {
      totals: none,
      groups: Array.from({ length: groups }, (_, n) => ({ ...none, ...totals, key: `user ${page} ${n}` })),
      nextCursor: 'more',
    };
  }

  it('stops asking when the client has left: the pages of a CSV are read as they are wanted', async () => {
    await withPages(
      (page) => pageOf(page, 1_000),
      async (url, read) => {
        const leave = new AbortController();
        const reply = await fetch(url, { signal: leave.signal });
        const reader = reply.body?.getReader();
        await reader?.read();
        leave.abort();
        await reader?.closed.catch(() => {});
        // An endless answer: whoever did not stop would go on for ever.
        let before = -1;
        while (before !== read()) {
          before = read();
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        expect(read()).toBeLessThan(200);
      },
    );
  });

  it('keeps the status of a failure of the first page, and breaks off at one of a later page', async () => {
    const away = () => Promise.reject(llmError('store_unavailable', 'The ledger is away'));
    await withPages(away, async (url) => {
      const reply = await fetch(url);
      expect([reply.status, await reply.json()]).toMatchObject([503, { error: { code: 'store_unavailable' } }]);
    });
    await withPages(
      (page) => (page === 0 ? pageOf(page, 10) : away()),
      async (url) => {
        const reply = await fetch(url);
        await expect(reply.text()).rejects.toThrow();
      },
    );
  });
});

describe('the usage of a tenant', () => {
  it('is that of all its users, and of no other tenant', async () => {
    const reply = await running.get('/api/v1/admin/tenants/acme/usage?group_by=user');
    const report = tenantUsageReply.parse(await reply.json());
    expect(report).toMatchObject({ tenant: 'acme', totals: { requests: 2 } });
    expect(report.groups.map(({ key, requests }) => [key, requests])).toEqual([
      ['ann', 1],
      ['zoe', 1],
    ]);
    const csv = await running.get('/api/v1/admin/tenants/acme/usage?group_by=user&format=csv');
    expect(csvRecords(await csv.text()).map(({ key }) => key)).toEqual(['ann', 'zoe']);
  });

  it('is empty for a tenant that asked nothing', async () => {
    const report = tenantUsageReply.parse(await (await running.get('/api/v1/admin/tenants/nobody/usage')).json());
    expect(report).toMatchObject({ tenant: 'nobody', totals: { requests: 0 }, groups: [] });
  });
});

describe('the tenants', () => {
  it('are those of the configuration, and the one of who names none', async () => {
    const { tenants } = tenantsReply.parse(await (await running.get('/api/v1/admin/tenants')).json());
    expect(tenants).toEqual([
      { tenant: 'acme', configured: true, timezone: 'Europe/Warsaw' },
      { tenant: 'beta', configured: true, timezone: 'UTC' },
      { tenant: 'default', configured: false, timezone: 'UTC' },
    ]);
  });
});

describe('the tenants, where keys were made', () => {
  it('are those of the keys too', async () => {
    const own = await startGateway();
    try {
      const { key } = await own.service.keys.create({ tenant: 'keyed', role: 'admin' });
      const reply = await own.get('/api/v1/admin/tenants', { authorization: `Bearer ${key}` });
      const { tenants } = tenantsReply.parse(await reply.json());
      expect(tenants.map(({ tenant }) => tenant)).toEqual(['default', 'keyed']);
    } finally {
      await own.close();
    }
  });
});

describe('the ledger', () => {
  const rowsOf = async (query: string) => {
    const answer: { rows: { tenant: string; user_id: string }[] } = JSON.parse(
      await (await running.get(`/api/v1/admin/ledger?${query}`)).text(),
    );
    return answer.rows.map(({ tenant, user_id }) => `${tenant}/${user_id}`);
  };

  it('is shown for a tenant or a key alone', async () => {
    expect(await rowsOf('tenant=acme')).toEqual(['acme/ann', 'acme/zoe']);
    expect(await rowsOf('tenant=acme&user_id=zoe')).toEqual(['acme/zoe']);
    expect(await rowsOf('key_id=key_1')).toEqual([]);
    await running.service.generateCompletion(
      { messages: [{ role: 'user', content: 'by key' }] },
      { caller: { tenant: 'beta', userId: 'kim', keyId: 'key_1' } },
    );
    expect(await rowsOf('key_id=key_1')).toEqual(['beta/kim']);
    await running.post('/api/v1/llm/completion', asks('x', { user_id: 'dan' }));
    expect(await rowsOf('tenant=default&user_id=dan')).toEqual(['default/dan']);
  });
});
