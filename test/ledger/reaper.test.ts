// A hold whose request hangs past every deadline: its windows are charged, its rows closed, without anybody's doing.

import { describe, expect, it } from 'vitest';
import { picoUsd } from '../../src/core/money.ts';
import { noteOf } from '../../src/core/note.ts';
import { createJournal } from '../../src/ledger/journal.ts';
import { rowOfNote } from '../../src/ledger/note.ts';
import { createReaper } from '../../src/ledger/reaper.ts';
import { asUnknown } from '../../src/ledger/unknown.ts';
import { createMemoryWindows } from '../../src/stores/memory/windows.ts';
import { openSqliteLedger } from '../../src/stores/sqlite/ledger.ts';
import { openRow, settledRow } from '../contract/ledger-rows.ts';
import { amounts, LEASE_MS, usedOf, userWindow } from '../contract/windows-at-hand.ts';
import { SimulatedClock } from '../simulated-clock.ts';

const WINDOWS = [userWindow('usd_per_month', 1_000_000), userWindow('in_flight', 5)];

async function setUp() {
  const clock = new SimulatedClock();
  const ledger = openSqliteLedger(':memory:', clock);
  const windows = createMemoryWindows();
  const told: string[] = [];
  const report = (_: string, event: string) => void told.push(event);
  const journal = createJournal({ ledger, clock, report });
  const fault = { readsFail: false };
  let reads = 0;
  const rows: typeof ledger.rows = (query) => {
    reads++;
    return fault.readsFail ? Promise.reject(new Error('away')) : ledger.rows(query);
  };
  const reading: typeof ledger = Object.create(ledger, { rows: { value: rows } });
  await windows.hold('req_1', WINDOWS, amounts({ nanoUsd: 900_000, inFlight: 1 }), clock.nowMs(), LEASE_MS);
  await ledger.write([openRow(1), settledRow(2, { requestId: 'req_1' }), openRow(3)]);
  const stop = createReaper({ windows, ledger: reading, journal, clock, report });
  const states = async () => (await ledger.rows({})).rows.map(({ state }) => state);
  return { clock, ledger, windows, states, stop, fault, told, reads: () => reads };
}

describe('the reaper', () => {
  it('charges an expired hold in full and closes its open rows as unknown, and no other', async () => {
    const { clock, windows, states, stop } = await setUp();
    await clock.advanceAsync(LEASE_MS - 1);
    expect(await states()).toEqual(['open', 'settled', 'open']);
    expect(await usedOf(windows, WINDOWS, clock.nowMs())).toEqual([900_000, 1]);
    await clock.advanceAsync(30_001);
    expect(await states()).toEqual(['unknown', 'settled', 'open']);
    expect(await usedOf(windows, WINDOWS, clock.nowMs())).toEqual([900_000, 0]);
    stop();
  });

  it('closes the rows in a later round when the ledger could not be read', async () => {
    const { clock, states, stop, fault } = await setUp();
    fault.readsFail = true;
    await clock.advanceAsync(LEASE_MS + 60_000);
    expect(await states()).toEqual(['open', 'settled', 'open']);
    fault.readsFail = false;
    await clock.advanceAsync(30_000);
    expect(await states()).toEqual(['unknown', 'settled', 'open']);
    stop();
  });

  it('is done with a hold once its rows are closed', async () => {
    const { clock, stop, reads } = await setUp();
    await clock.advanceAsync(LEASE_MS + 300_000);
    expect(reads()).toBe(1);
    stop();
  });

  it('ends its rounds when it is stopped', async () => {
    const { clock, stop } = await setUp();
    await clock.advanceAsync(65_000);
    expect(clock.pending).toBe(1);
    stop();
    expect(clock.pending).toBe(0);
    await clock.advanceAsync(120_000);
    expect(clock.pending).toBe(0);
  });

  it('writes the row of a hold of another process that the ledger never got, from the note of the hold', async () => {
    const { clock, ledger, windows, stop, told } = await setUp();
    const row = openRow(9, { tags: { course: 'python' } });
    await windows.hold('req_9', WINDOWS, amounts({ inFlight: 1 }), clock.nowMs(), LEASE_MS, noteOf(row));
    await clock.advanceAsync(LEASE_MS + 30_000);
    const { rows } = await ledger.rows({ requestId: 'req_9' });
    expect(rows).toEqual([asUnknown(row, rows[0]?.endedAtMs ?? 0)]);
    expect(told.filter((event) => event === 'hold_expired')).toHaveLength(2);
    stop();
  });

  it('writes no row twice: one that has arrived is closed as it is', async () => {
    const { clock, ledger, windows, stop } = await setUp();
    await windows.hold(
      'req_3',
      WINDOWS,
      amounts({}),
      clock.nowMs(),
      LEASE_MS,
      noteOf(openRow(3, { model: 'another' })),
    );
    await clock.advanceAsync(LEASE_MS + 30_000);
    expect((await ledger.rows({ requestId: 'req_3' })).rows).toMatchObject([
      { model: openRow(3).model, state: 'unknown' },
    ]);
    stop();
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{"attemptId":"att_9"}',
    noteOf(settledRow(9)),
    noteOf(openRow(8)),
    noteOf(openRow(9)).replace('"900000000"', '"-1"'),
  ])('writes nothing from a note that is none of an open row of that request: %s', async (note) => {
    const { clock, ledger, windows, stop, told } = await setUp();
    await windows.hold('req_9', WINDOWS, amounts({}), clock.nowMs(), LEASE_MS, note);
    await clock.advanceAsync(LEASE_MS + 30_000);
    expect((await ledger.rows({ requestId: 'req_9' })).rows).toEqual([]);
    expect(told).toContain('hold_note_unreadable');
    stop();
  });

  it('says nothing of a hold whose rows are all closed', async () => {
    const { clock, ledger, windows, stop, told } = await setUp();
    await ledger.write([settledRow(9)]);
    await windows.hold('req_9', WINDOWS, amounts({}), clock.nowMs(), LEASE_MS);
    await windows.settle('req_1', amounts({}), clock.nowMs());
    await clock.advanceAsync(LEASE_MS + 30_000);
    expect(told).toEqual([]);
    stop();
  });
});

describe('the note of a hold', () => {
  it('is the open row, to the letter', () => {
    const row = openRow(1, {
      tags: { 'ключ "x"': 'zażółć' },
      prompt: null,
      heldTokens: null,
      heldPicoUsd: picoUsd(10n ** 20n),
    });
    expect(rowOfNote(noteOf(row))).toEqual(row);
    expect(rowOfNote(noteOf(openRow(2)))).toEqual(openRow(2));
  });

  it('of a version that knew no hash of a template is still one', () => {
    const { prompt, ...row } = JSON.parse(noteOf(openRow(1)));
    const { hash, ...older } = prompt;
    expect(hash).not.toBe('');
    expect(rowOfNote(JSON.stringify({ ...row, prompt: older }))).toEqual(
      openRow(1, { prompt: { ...older, hash: '' } }),
    );
  });
});
