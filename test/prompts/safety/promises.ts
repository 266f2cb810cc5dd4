// What has to hold of the figures, at whatever size they were made.

import { expect } from 'vitest';
import type { Figures } from './table.ts';

/** Of a hundred faults of a kind. */
const LEAST_CAUGHT = 0.95;
/** Of honest answers in words. */
const MOST_ALARMS = 0.02;

export function holdTrue({ classes, clean, twins, benign }: Figures): void {
  for (const { fault, caught, deliveredAtLast, missed, ends } of classes) {
    const name = `${fault.area}: ${fault.name}`;
    if (fault.demand === 'measured') continue;
    const least = fault.demand === 'none' ? 1 : LEAST_CAUGHT;
    expect([name, (caught.rate ?? 0) >= least, missed.slice(0, 2)]).toEqual([name, true, missed.slice(0, 2)]);
    if (fault.demand === 'none') expect([name, ends.delivered, deliveredAtLast]).toEqual([name, 0, 0]);
  }
  const samples = clean.filter(({ area }) => !area.endsWith('worded'));
  expect(samples.filter(({ alarms }) => alarms.k > 0)).toEqual([]);
  const worded = clean.filter(({ area }) => area.endsWith('worded'));
  const [alarms, answers] = [sum(worded.map((each) => each.alarms.k)), sum(worded.map((each) => each.alarms.n))];
  expect(alarms / answers).toBeLessThanOrEqual(MOST_ALARMS);
  for (const { prompt, place, alike, alikeFollowed, delivered, differing } of twins)
    expect([prompt, place, alike.k, alikeFollowed.k, delivered.k, differing]).toEqual([
      ...[prompt, place, alike.n, alikeFollowed.n, 0, []],
    ]);
  expect(benign.filter(({ blocked }) => blocked.k > 0)).toEqual([]);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
