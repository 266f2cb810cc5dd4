// The ledger on the command line: exports that others read, and repricing, which shows before it writes.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/index.ts';
import { openSqliteLedger } from '../../src/stores/sqlite/ledger.ts';
import { settledRow } from '../contract/ledger-rows.ts';
import { NOON_MS } from '../contract/windows-at-hand.ts';
import { csvRecords } from '../core/read-csv.ts';
import { Folder } from './command.ts';

const START = fileURLToPath(new URL('../../start.mjs', import.meta.url));
const DAY_MS = 86_400_000;
const day = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);
const THAT_DAY = ['--from', day(NOON_MS), '--to', day(NOON_MS + DAY_MS)];
const DOUBLE = 'prices:\n  - { model: openai/gpt-oss-120b, input: "0.30", cached_input: "0.15", output: "1.20" }\n';

/** As if a service had written them: `count` rows, one a second. */
async function withRows(folder: Folder, count: number): Promise<void> {
  mkdirSync(join(folder.path, 'data'), { recursive: true });
  const ledger = openSqliteLedger(join(folder.path, 'data', 'ledger.sqlite'), systemClock);
  const rows = Array.from({ length: count }, (_, n) =>
    settledRow(n, {
      tenant: n % 2 === 0 ? 'acme' : 'beta',
      userId: n === 0 ? '=ann' : 'bob',
      tags: { course: 'a "b", c' },
      heldAtMs: NOON_MS + n,
    }),
  );
  await ledger.write(rows);
  await ledger.close();
}

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '');

describe('ledger export', () => {
  it('writes every row as a line of JSON, in the shape of the HTTP API, alone and beside a server', async () => {
    await using folder = new Folder();
    await withRows(folder, 1_201);
    const alone = await folder.run(['ledger', 'export']);
    const rows = linesOf(alone.stdout).map((line) => JSON.parse(line));
    expect(rows.map(({ attempt_id }) => attempt_id)).toEqual(Array.from({ length: 1_201 }, (_, n) => `att_${n}`));
    expect(rows[0]).toMatchObject({ tenant: 'acme', cost_usd: '0.000027', usage: { input_tokens: 100 } });
    const { url } = await folder.serve();
    const answer = await (await fetch(`${url}/api/v1/admin/ledger`)).json();
    expect(answer).toMatchObject({ rows: rows.slice(0, 100) });
    expect(await folder.run(['ledger', 'export'])).toEqual(alone);
  });

  it('writes CSV with figures that add up, and no cell that a spreadsheet would run', async () => {
    await using folder = new Folder();
    await withRows(folder, 3);
    const { stdout } = await folder.run(['ledger', 'export', '--format', 'csv']);
    const records = csvRecords(stdout);
    expect(records).toHaveLength(3);
    expect(records[0]).toMatchObject({
      attempt_id: 'att_0',
      user_id: "'=ann",
      prompt: 'code_review@1.2.0',
      prompt_hash: '0a1b2c3d4e5f',
      input_tokens: '100',
      cache_read_tokens: '',
      cost_usd: '0.000027',
      tags: '{"course":"a \\"b\\", c"}',
    });
  });

  it('writes what was asked for alone', async () => {
    await using folder = new Folder();
    await withRows(folder, 10);
    const count = async (...args: string[]) => linesOf((await folder.run(['ledger', 'export', ...args])).stdout).length;
    expect(await count('--tenant', 'acme')).toBe(5);
    expect(await count('--user', '=ann')).toBe(1);
    expect(await count('--request', 'req_7')).toBe(1);
    expect(await count('--from', new Date(NOON_MS + 8).toISOString())).toBe(2);
    expect(await count('--to', day(NOON_MS))).toBe(0);
  });

  it('ends in order when its reader has gone', async () => {
    await using folder = new Folder();
    await withRows(folder, 5_000);
    for (const format of ['jsonl', 'csv']) {
      const child = spawn(process.execPath, [START, 'ledger', 'export', '--format', format], {
        cwd: folder.path,
        env: {},
      });
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      const ended = once(child, 'exit');
      await once(child.stdout, 'data');
      child.stdout.destroy();
      expect([...(await ended), said]).toEqual([0, null, '']);
    }
    // The folder is free again: nothing was left open.
    expect((await folder.run(['usage', '--json'])).code).toBe(0);
  });
});

describe('ledger reprice', () => {
  it('shows what it would change, writes it when told to, and has nothing left to do then', async () => {
    await using folder = new Folder();
    await withRows(folder, 4);
    writeFileSync(join(folder.path, 'codementor-llm.yaml'), DOUBLE);
    const reprice = async (...args: string[]) =>
      JSON.parse((await folder.run(['ledger', 'reprice', ...THAT_DAY, '--json', ...args])).stdout);
    const doubled = { attempts: 4, corrected: 4, unpriced: 0, before_usd: '0.000108', after_usd: '0.000216' };
    expect(await reprice('--dry-run')).toMatchObject({ dry_run: true, ...doubled });
    expect(linesOf((await folder.run(['ledger', 'export'])).stdout)).toHaveLength(4);
    expect(await reprice('--yes')).toMatchObject({ dry_run: false, ...doubled });
    const rows = linesOf((await folder.run(['ledger', 'export'])).stdout).map((line) => JSON.parse(line));
    expect(rows.filter(({ corrects }) => corrects !== null)).toHaveLength(4);
    expect(rows.find(({ corrects }) => corrects === 'att_0')).toMatchObject({ cost_usd: '0.000027', state: 'settled' });
    expect(await reprice('--yes')).toMatchObject({ corrected: 0, before_usd: '0.000216', after_usd: '0.000216' });
    const { totals } = JSON.parse((await folder.run(['usage', '--tenant', 'acme', '--json'])).stdout);
    expect(totals.cost_usd).toBe('0.000108');
  });

  it('re-rates one tenant through the running server, and prints a table', async () => {
    await using folder = new Folder();
    await withRows(folder, 4);
    writeFileSync(join(folder.path, 'codementor-llm.yaml'), DOUBLE);
    await folder.serve();
    const { code, stdout, stderr } = await folder.run(['ledger', 'reprice', ...THAT_DAY, '--tenant', 'beta', '--yes']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ATTEMPTS +CORRECTED +UNPRICED +BEFORE USD +AFTER USD\n +2 +2 +0 +0\.000054 +0\.000108\n$/);
    const of = async (tenant: string) =>
      JSON.parse((await folder.run(['usage', '--tenant', tenant, '--json'])).stdout).totals.cost_usd;
    expect([await of('acme'), await of('beta')]).toEqual(['0.000054', '0.000108']);
  });

  it.each([
    [[...THAT_DAY], '--dry-run'],
    [['--from', '2026-01-01'], '--to'],
    [['--from', '2026-01-02', '--to', '2026-01-01', '--yes'], 'later than --from'],
  ])('refuses %j where nobody can be asked, or the period is none, and says %s', async (args, says) => {
    await using folder = new Folder();
    const { code, stdout, stderr } = await folder.run(['ledger', 'reprice', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
  });
});

describe('usage', () => {
  it('of a tenant is that of its users, one line each', async () => {
    await using folder = new Folder();
    await withRows(folder, 10);
    const { stdout } = await folder.run(['usage', '--tenant', 'acme', '--by', 'user']);
    expect(stdout).toMatch(/^USER .*\n=ann +1 .*\nbob +4 .*\ntotal +5 /);
  });

  it('as CSV has one line for each group, alone and beside a server, however many there are', async () => {
    await using folder = new Folder();
    mkdirSync(join(folder.path, 'data'));
    const ledger = openSqliteLedger(join(folder.path, 'data', 'ledger.sqlite'), systemClock);
    const users = Array.from({ length: 1_200 }, (_, n) => `user ${String(n).padStart(4, '0')}`);
    await ledger.write(users.map((userId, n) => settledRow(n, { userId })));
    await ledger.close();
    const args = ['usage', '--tenant', 'acme', '--by', 'user'];
    const alone = await folder.run([...args, '--csv']);
    expect(csvRecords(alone.stdout).map(({ key }) => key)).toEqual(users);
    const json = JSON.parse((await folder.run([...args, '--json'])).stdout);
    expect([json.groups.length, json.next_cursor, json.totals.requests]).toEqual([1_200, null, 1_200]);
    await folder.serve();
    expect(await folder.run([...args, '--csv'])).toEqual(alone);
    expect(JSON.parse((await folder.run([...args, '--json'])).stdout).groups).toHaveLength(1_200);
  });

  it('says whose it is, which its answer for programs does not need', async () => {
    await using folder = new Folder();
    await withRows(folder, 10);
    const heading = async (...args: string[]) => (await folder.run(['usage', ...args])).stderr;
    expect(await heading('--by', 'day')).toContain('usage of user cli of tenant default');
    expect(await heading('--tenant', 'acme')).toContain('usage of tenant acme');
    expect(await heading('--by', 'day', '--csv')).toBe('');
    const ofBob = await folder.run(['usage', '--tenant', 'acme', '--user', 'bob']);
    expect(ofBob.stderr).toContain('usage of user bob of tenant acme');
    expect(ofBob.stdout).toMatch(/^total +4 /m);
  });

  it('by user is that of a tenant, the default one where none is named', async () => {
    await using folder = new Folder();
    await folder.run(['complete', '--user', 'ann', 'Hello']);
    const { stderr, stdout } = await folder.run(['usage', '--by', 'user']);
    expect(stderr).toContain('usage of tenant default');
    expect(stdout).toMatch(/^ann +1 /m);
    expect((await folder.run(['usage', '--by', 'user', '--user', 'ann'])).code).toBe(2);
  });

  it('is as JSON or as CSV, and never both', async () => {
    await using folder = new Folder();
    expect((await folder.run(['usage', '--csv', '--json'])).code).toBe(2);
  });
});
