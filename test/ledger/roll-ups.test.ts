// The rounds that keep the roll-ups up with the rows: on time, to the end, quiet about a ledger that is away, and over when told.

import { describe, expect, it } from 'vitest';
import { createRollUps } from '../../src/ledger/roll-ups.ts';
import { HOUR_MS } from '../contract/windows-at-hand.ts';
import { SimulatedClock } from '../simulated-clock.ts';

/** A ledger of which a test says how many hours each call rolls up, or that it fails. */
function setUp(answer: (call: number) => number | Error) {
  const clock = new SimulatedClock();
  const calls: number[] = [];
  const reported: string[] = [];
  const stop = createRollUps({
    ledger: {
      rollUp: async (beforeMs) => {
        calls.push(beforeMs);
        const given = answer(calls.length);
        if (given instanceof Error) throw given;
        return given;
      },
    },
    clock,
    report: (level, event) => reported.push(`${level} ${event}`),
  });
  return { clock, calls, reported, stop };
}

describe('the rounds of the roll-ups', () => {
  it('leave an hour that has been over for less than five minutes, by the clock on the wall', async () => {
    const { clock, calls, stop } = setUp(() => 0);
    await clock.advanceAsync(60_000);
    expect(calls).toEqual([clock.nowMs() - 300_000]);
    clock.jumpWall(HOUR_MS);
    await clock.advanceAsync(60_000);
    expect(calls[1]).toBe(clock.nowMs() - 300_000);
    stop();
  });

  it('go on until nothing is left, then wait for a minute', async () => {
    const { clock, calls, stop } = setUp((call) => (call < 4 ? 24 : 0));
    await clock.advanceAsync(59_999);
    expect(calls).toHaveLength(0);
    await clock.advanceAsync(1);
    expect(calls).toHaveLength(4);
    await clock.advanceAsync(59_999);
    expect(calls).toHaveLength(4);
    await clock.advanceAsync(1);
    expect(calls).toHaveLength(5);
    stop();
  });

  it('say once that the ledger is away, and again when it is away again', async () => {
    const { clock, calls, reported, stop } = setUp((call) => (call === 4 ? 0 : new Error('away')));
    await clock.advanceAsync(3 * 60_000);
    expect(reported).toEqual(['warn roll_up_failed']);
    await clock.advanceAsync(60_000);
    expect(calls).toHaveLength(4);
    await clock.advanceAsync(120_000);
    expect(calls).toHaveLength(6);
    expect(reported).toEqual(['warn roll_up_failed', 'warn roll_up_failed']);
    stop();
  });

  it('end when they are stopped, also in the middle', async () => {
    const { clock, calls, reported, stop } = setUp((call) => {
      if (call === 2) stop();
      return call < 2 ? 1 : new Error('closed');
    });
    await clock.advanceAsync(10 * 60_000);
    expect(calls).toHaveLength(2);
    expect(reported).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
