// `codementor-llm eval` as a user runs it: offline, where it shows that the harness runs, and against files that are none.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Folder } from './command.ts';

describe('eval', () => {
  it('plays the suites that are named, writes the report, and shows it', async () => {
    await using folder = new Folder({});
    const { code, stdout, stderr } = await folder.run(['eval', '--suite', 'hints,feedback', '--n', '2']);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('| hints | first_pass | 100.0 % |');
    expect(stdout).toContain('| feedback | 2 of 2 |');
    expect(stdout).not.toContain('| review |');
    expect(stderr).toContain('written: report.json, report.md');
    expect(readFileSync(join(folder.path, 'report.md'), 'utf8')).toBe(stdout);
    expect(JSON.parse(readFileSync(join(folder.path, 'report.json'), 'utf8'))).toMatchObject({ seed: 1, n: 2 });
  });

  it('judges a recording again, asks nobody, and shows an earlier report beside', async () => {
    await using folder = new Folder({});
    const first = await folder.run(['eval', '--suite', 'review', '--n', '2', '--record', 'out.jsonl']);
    expect(first.code, first.stderr).toBe(0);
    const args = ['eval', '--suite', 'review', '--n', '2', '--replay', 'out.jsonl', '--baseline', 'report.json'];
    const { code, stdout, stderr } = await folder.run([...args, '--report', 'again']);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('| before |');
    expect(stdout).toContain('Judged again from a recording: nobody was asked');
    expect(stdout).toContain('| review | anchors_valid | 100.0 % | 34.2 % – 100.0 % | 2 of 2 | 100.0 % |');
  });

  it('ends with 100 where a bound does not hold, and says which', async () => {
    await using folder = new Folder({});
    writeFileSync(join(folder.path, 'gates.json'), '{"review.found": {"min": 0.9}, "delivered": {"min": 1}}');
    const { code, stderr, stdout } = await folder.run([
      'eval',
      '--suite',
      'review',
      '--n',
      '2',
      '--fail-under',
      'gates.json',
    ]);
    expect(code).toBe(100);
    expect(stderr).toContain('error: Not all bounds hold: review.found of default');
    expect(stdout).toContain('| review.found | default | 0.0 % | ≥ 90.0 % | **no** |');
  });

  it('says what is wrong with what it was given, before anybody is asked', { timeout: 240_000 }, async () => {
    await using folder = new Folder({});
    writeFileSync(join(folder.path, 'odd.json'), '{"a": 1}');
    const wrong = async (...args: readonly string[]) => {
      const { code, stderr } = await folder.run(['eval', ...args]);
      return `${code} ${stderr}`;
    };
    expect(await wrong('--suite', 'hints,hnts')).toContain('There is no suite hnts: exercises, hints,');
    expect(await wrong('--n', '0')).toMatch(/^2 .*whole number from 1/s);
    expect(await wrong('--budget-usd', 'much')).toMatch(/^2 .*amount of USD/s);
    expect(await wrong('--fail-under', 'odd.json')).toMatch(/^1 error: The gates cannot be read/);
    expect(await wrong('--replay', 'odd.json')).toMatch(/^1 error: Line 1 of the recording cannot be read/);
    expect(await wrong('--baseline', 'odd.json')).toMatch(/^1 error: odd.json is no report of an evaluation/);
    expect(await wrong('--record', 'odd.json')).toMatch(/^1 error: odd.json is there already: name another file/);
    expect(await wrong('--record', 'none/out.jsonl')).toMatch(/^1 error: none\/out.jsonl cannot be written/);
    expect(await wrong('--replay', 'none.jsonl')).toMatch(/^1 error: none.jsonl cannot be read/);
  });
});
