// One timer for a point in time that every byte pushes on.

import { expect, it } from 'vitest';
import { Deadline } from '../../src/transport/deadline.ts';
import { SimulatedClock } from '../simulated-clock.ts';

function deadlineAt(dueMonotonicMs: number) {
  const clock = new SimulatedClock();
  const passedAtMs: number[] = [];
  let timers = 0;
  const after = clock.after.bind(clock);
  clock.after = (delayMs, action) => {
    timers += 1;
    return after(delayMs, action);
  };
  const deadline = new Deadline(clock, () => passedAtMs.push(clock.monotonicMs()));
  deadline.moveTo(dueMonotonicMs);
  return { clock, deadline, passedAtMs, timers: () => timers };
}

it('passes once, at its time', () => {
  const { clock, passedAtMs } = deadlineAt(1000);
  clock.advance(999);
  expect(passedAtMs).toEqual([]);
  clock.advance(10_000);
  expect(passedAtMs).toEqual([1000]);
});

it('is pushed on a thousand times by one timer that looks now and then', () => {
  const { clock, deadline, passedAtMs, timers } = deadlineAt(1000);
  for (let i = 0; i < 1000; i += 1) {
    clock.advance(10);
    deadline.moveTo(clock.monotonicMs() + 1000);
  }
  expect(clock.pending).toBe(1);
  expect(timers()).toBeLessThan(15);
  clock.advance(20_000);
  expect(passedAtMs).toEqual([11_000]);
});

it('can be drawn nearer', () => {
  const { clock, deadline, passedAtMs } = deadlineAt(30_000);
  deadline.moveTo(3000);
  expect(clock.pending).toBe(1);
  clock.advance(60_000);
  expect(passedAtMs).toEqual([3000]);
});

it('is gone when cleared', () => {
  const { clock, deadline, passedAtMs } = deadlineAt(1000);
  deadline.clear();
  expect(clock.pending).toBe(0);
  clock.advance(2000);
  expect(passedAtMs).toEqual([]);
});

it('that is looked at late, because this process stood still, passes only after what lay there could be read', () => {
  const { clock, deadline, passedAtMs } = deadlineAt(1000);
  const fired: (() => void)[] = [];
  clock.after = (_delayMs, action) => {
    fired.push(action);
    return () => {};
  };
  deadline.moveTo(500);
  clock.advance(9_000);
  fired.shift()?.();
  expect(passedAtMs).toEqual([]);
  // Something lay there.
  deadline.moveTo(clock.monotonicMs() + 1000);
  clock.advance(9_000);
  fired.shift()?.();
  expect(passedAtMs).toEqual([]);
  // Nothing did.
  clock.advance(100);
  fired.shift()?.();
  expect(passedAtMs).toEqual([18_100]);
});
