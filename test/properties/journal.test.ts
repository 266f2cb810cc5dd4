// Whatever happens on the way from a call to the ledger (outages, silence, lost replies, rows that no ledger takes, deaths at any
// moment), in the end each attempt has exactly one row there, in the state that all that was written comes to.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { LedgerRow, RowState } from '../../src/core/stores.ts';
import { recoverJournal } from '../../src/ledger/journal-recovery.ts';
import { createShipper } from '../../src/ledger/shipper.ts';
import { asUnknown } from '../../src/ledger/unknown.ts';
import { createMemoryWindows } from '../../src/stores/memory/windows.ts';
import { openSqliteJournal } from '../../src/stores/sqlite/journal.ts';
import { openRow, settledRow } from '../contract/ledger-rows.ts';
import { isDataError, isOutage, SwitchedLedger } from '../ledger/switched-ledger.ts';
import { SimulatedClock } from '../simulated-clock.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 200);
const IDS = 12;
/** In memory where that can be had: a disk takes 15 times as long, most of it for making the file. */
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'journal-property-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Of one attempt each; the ledger refuses what the vendor told of the last but one, and the last one altogether. */
const refusesUsage = ({ attemptId, usage }: LedgerRow) => attemptId === `att_${IDS - 2}` && usage !== null;
const refusesAll = ({ attemptId }: LedgerRow) => attemptId === `att_${IDS - 1}`;

/** An attempt ends in one way, however often that is written; that nobody knows how may be written at any time, by others too. */
const state = fc.constantFrom('open', 'end', 'unknown');
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('write' as const),
      rows: fc.array(fc.record({ id: fc.nat(IDS - 1), state }), { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 3_000 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('ledger' as const),
      state: fc.constantFrom('up', 'away', 'silent', 'loses_replies'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('death' as const) }) },
);

/** What the ledger has to say in the end: the rule of states, on one map. */
class Oracle {
  readonly rows = new Map<string, LedgerRow>();

  write(row: LedgerRow): void {
    const known = this.rows.get(row.attemptId);
    const mayChange =
      known === undefined ||
      (known.state === 'open' && row.state !== 'open') ||
      (known.state === 'unknown' && row.state === 'settled');
    if (mayChange) this.rows.set(row.attemptId, row);
  }

  die(nowMs: number): void {
    for (const row of this.rows.values()) if (row.state === 'open') this.write(asUnknown(row, nowMs));
  }

  rowsLike(wanted: (row: LedgerRow) => boolean): LedgerRow[] {
    return [...this.rows.values()].filter(wanted).sort((a, b) => (a.attemptId < b.attemptId ? -1 : 1));
  }
}

function rowOf(id: number, written: 'open' | 'end' | 'unknown', endedAtMs: number): LedgerRow {
  const end: RowState = id % 2 === 0 ? 'settled' : 'released';
  const state = written === 'end' ? end : written;
  const isBare = state === 'open' || state === 'released';
  return isBare ? openRow(id, { state }) : settledRow(id, { state, endedAtMs });
}

describe('the way of rows to the ledger', () => {
  it('I5, I6: ends with each attempt once, in the state that all writes come to, whatever fails on the way, and no row costs another its place', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        const clock = new SimulatedClock();
        const ledger = new SwitchedLedger(clock);
        ledger.refuses = (row) => refusesUsage(row) || refusesAll(row);
        const file = join(folder, `${run++}.sqlite`);
        const oracle = new Oracle();
        const start = () => {
          const journal = openSqliteJournal(file);
          const report = () => {};
          const shipper = createShipper({ journal, ledger: ledger.store, clock, report, isOutage, isDataError });
          const windows = createMemoryWindows();
          const parts = { journal, shipper, ledger: ledger.store, windows, windowsOf: () => [], clock, report };
          const recovery = recoverJournal(parts);
          const die = () => {
            recovery.stop();
            shipper.stop();
            journal.close();
          };
          return { journal, shipper, die };
        };
        let life = start();
        for (const each of steps) {
          if (each.type === 'write') {
            const rows = each.rows.map(({ id, state }) => rowOf(id, state, clock.nowMs()));
            await life.shipper.write(rows);
            for (const row of rows) oracle.write(row);
          } else if (each.type === 'wait') await clock.advanceAsync(each.ms);
          else if (each.type === 'ledger') ledger.state = each.state;
          else {
            life.die();
            oracle.die(clock.nowMs());
            life = start();
          }
        }
        ledger.state = 'up';
        await clock.advanceAsync(20_000);
        const written = (await ledger.written()).sort((a, b) => (a.attemptId < b.attemptId ? -1 : 1));
        expect(written.filter((row) => row.attemptId !== `att_${IDS - 2}`)).toEqual(
          oracle.rowsLike((row) => row.attemptId !== `att_${IDS - 2}` && !refusesAll(row)),
        );
        const picky = oracle.rowsLike(({ attemptId }) => attemptId === `att_${IDS - 2}`);
        expect(written.filter(({ attemptId }) => attemptId === `att_${IDS - 2}`)).toMatchObject(
          picky.map((row) => (row.usage === null ? row : { attemptId: row.attemptId, state: 'unknown', usage: null })),
        );
        const refused = oracle.rowsLike(refusesAll);
        expect(life.journal.setAsideRows(`req_${IDS - 1}`)).toEqual(refused);
        expect(life.shipper.status()).toMatchObject({ unshipped: 0, setAside: refused.length, away: false });
        expect(life.journal.openRows()).toEqual(
          expect.arrayContaining(oracle.rowsLike((row) => row.state === 'open' && !refusesAll(row))),
        );
        life.die();
        expect(clock.pending).toBe(0);
        rmSync(file);
      }),
      { numRuns: RUNS },
    );
  });
});
