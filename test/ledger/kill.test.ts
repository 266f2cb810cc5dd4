// A process that dies at any instant (SIGKILL) has written down every attempt that it was allowed to make.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { LedgerRow, LedgerStore } from '../../src/core/stores.ts';
import { recover } from '../../src/ledger/recovery.ts';
import { createMemoryWindows } from '../../src/stores/memory/windows.ts';
import { openSqliteLedger } from '../../src/stores/sqlite/ledger.ts';
import { NOON_MS } from '../contract/windows-at-hand.ts';

const folder = mkdtempSync(join(tmpdir(), 'journal-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Kills the writer once it has said so many rows are safe, at whatever it is doing then; what it has said by its death. */
async function killAfter(rows: number, file: string): Promise<Set<string>> {
  const writer = fileURLToPath(new URL('./journal-writer.ts', import.meta.url));
  const child = spawn(process.execPath, [writer, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (said.split('\n').length > rows) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return new Set(said.split('\n').slice(0, -1));
}

async function everyRow(ledger: LedgerStore): Promise<LedgerRow[]> {
  const rows: LedgerRow[] = [];
  let cursor: string | null = null;
  do {
    const page = await ledger.rows({ limit: 1_000, ...(cursor !== null && { cursor }) });
    rows.push(...page.rows);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return rows;
}

describe('a process killed with SIGKILL', () => {
  it('has lost no row whose open() had resolved, and leaves none open after the next start', {
    timeout: 60_000,
  }, async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5_000 }), async (rows) => {
        const file = join(folder, `round-${round++}.sqlite`);
        const said = await killAfter(rows, file);
        const ledger = openSqliteLedger(file, systemClock);
        const before = await everyRow(ledger);
        const kept = new Set(before.map(({ attemptId }) => attemptId));
        expect([...said].filter((attemptId) => !kept.has(attemptId))).toEqual([]);
        expect(said.size).toBeGreaterThanOrEqual(rows);
        const open = before.filter(({ state }) => state === 'open').length;
        expect(open).toBeGreaterThan(0);
        const recovered = await recover({
          ledger,
          windows: createMemoryWindows(),
          windowsOf: () => [],
          nowMs: NOON_MS,
        });
        expect(recovered).toEqual({ closed: open });
        const states = new Set((await everyRow(ledger)).map(({ state }) => state));
        expect(states).not.toContain('open');
        await ledger.close();
      }),
      { numRuns: 5, endOnFailure: true },
    );
  });
});
