// The arithmetic of reports, against figures from elsewhere and against what it is for.

import { describe, expect, it } from 'vitest';
import { seeded } from '../../src/eval/seeded.ts';
import { mcNemar, quantile, shareOf } from '../../src/eval/statistics.ts';

describe('a share', () => {
  it('has the interval that Wilson gives it', () => {
    // Of the literature: 26 of 27 is 0.82 to 0.99; 0 of 26 ends at 0.13.
    expect(shareOf(26, 27).low).toBeCloseTo(0.8172, 4);
    expect(shareOf(26, 27).high).toBeCloseTo(0.9934, 4);
    expect(shareOf(0, 26)).toMatchObject({ rate: 0, low: 0 });
    expect(shareOf(0, 26).high).toBeCloseTo(0.1287, 4);
    expect(shareOf(10, 10).high).toBe(1);
  });

  it('of nothing is no rate', () => {
    expect(shareOf(0, 0)).toEqual({ k: 0, n: 0, rate: null, low: 0, high: 1 });
  });

  it.each([0.05, 0.2, 0.5])(
    'of cases that fail with the chance %f has it in its interval for at least 93 % of 200 seeds',
    (rate) => {
      let held = 0;
      for (let seed = 1; seed <= 200; seed++) {
        const chance = seeded(seed, `planted ${rate}`);
        const k = Array.from({ length: 140 }, () => chance.random() < rate).filter(Boolean).length;
        const { low, high } = shareOf(k, 140);
        if (low <= rate && rate <= high) held++;
      }
      expect(held).toBeGreaterThanOrEqual(186);
    },
  );
});

describe('two models on the same cases', () => {
  it('are told apart by the exact test', () => {
    expect(mcNemar(0, 0)).toBe(1);
    expect(mcNemar(5, 5)).toBe(1);
    expect(mcNemar(0, 5)).toBeCloseTo(0.0625, 10);
    expect(mcNemar(1, 9)).toBeCloseTo(0.021484375, 10);
    expect(mcNemar(9, 1)).toBe(mcNemar(1, 9));
    expect(mcNemar(600, 400)).toBeLessThan(1e-9);
  });
});

describe('a quantile', () => {
  it('is the nearest rank', () => {
    expect(quantile([], 0.5)).toBeNull();
    expect(quantile([3, 1, 2], 0.5)).toBe(2);
    expect(quantile([3, 1, 2], 0.95)).toBe(3);
    expect(quantile([7], 0.05)).toBe(7);
  });
});

describe('chance of a seed', () => {
  it('draws the same again, and each suite draws its own', () => {
    const draw = (seed: number, name: string) => Array.from({ length: 5 }, seeded(seed, name).random);
    expect(draw(7, 'hints')).toEqual(draw(7, 'hints'));
    expect(draw(7, 'hints')).not.toEqual(draw(8, 'hints'));
    expect(draw(7, 'hints')).not.toEqual(draw(7, 'review'));
  });

  it('is even: each of ten is drawn about as often', () => {
    const chance = seeded(1, 'even');
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const at = chance.below(10);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});
