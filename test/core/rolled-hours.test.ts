// A stretch of time cut into rolled hours and the rest: every moment is read once, whatever the stretch and whatever is rolled up.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR_MS, wholeHours, withoutHours } from '../../src/core/rolled-hours.ts';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 200);
const NOON_MS = Date.UTC(2026, 10, 18, 12);
const hour = (count: number) => NOON_MS + count * HOUR_MS;

describe('the whole hours of a stretch', () => {
  it('are those that begin and end inside it', () => {
    expect(wholeHours({ fromMs: hour(0), toMs: hour(2) })).toEqual({ fromMs: hour(0), toMs: hour(2) });
    expect(wholeHours({ fromMs: hour(0) + 1, toMs: hour(3) - 1 })).toEqual({ fromMs: hour(1), toMs: hour(2) });
  });

  it('are none within one hour, or where it ends before it begins', () => {
    for (const stretch of [
      { fromMs: hour(0) + 1, toMs: hour(1) - 1 },
      { fromMs: hour(0), toMs: hour(0) },
      { fromMs: hour(1), toMs: hour(0) },
    ]) {
      const { fromMs, toMs } = wholeHours(stretch);
      expect(fromMs).toBeGreaterThanOrEqual(toMs);
    }
  });
});

describe('the rest beside the rolled hours', () => {
  it('is the whole stretch where none is rolled up, and nothing where all are', () => {
    const stretch = { fromMs: hour(0), toMs: hour(2) };
    expect(withoutHours(stretch, [])).toEqual([stretch]);
    expect(withoutHours(stretch, [hour(0), hour(1)])).toEqual([]);
  });

  it('is the part before, between and after them', () => {
    expect(withoutHours({ fromMs: hour(0) + 5, toMs: hour(5) + 7 }, [hour(1), hour(2), hour(4)])).toEqual([
      { fromMs: hour(0) + 5, toMs: hour(1) },
      { fromMs: hour(3), toMs: hour(4) },
      { fromMs: hour(5), toMs: hour(5) + 7 },
    ]);
  });

  it('is nothing where the stretch ends before it begins', () => {
    expect(withoutHours({ fromMs: hour(2), toMs: hour(1) }, [])).toEqual([]);
  });

  it('and the rolled hours hold each moment of the stretch once, and no other (I8b)', () => {
    const moment = fc.integer({ min: -3 * HOUR_MS, max: 9 * HOUR_MS }).map((ms) => NOON_MS + ms);
    const edge = fc.oneof(
      moment,
      fc.integer({ min: -3, max: 9 }).map(hour),
      fc.constantFrom(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    );
    fc.assert(
      fc.property(
        edge,
        edge,
        fc.uniqueArray(fc.integer({ min: -3, max: 9 })),
        fc.array(fc.oneof(moment, edge)),
        (fromMs, toMs, counts, moments) => {
          const whole = wholeHours({ fromMs, toMs });
          const hours = counts
            .sort((a, b) => a - b)
            .map(hour)
            .filter((startMs) => startMs >= whole.fromMs && startMs < whole.toMs);
          const rest = withoutHours({ fromMs, toMs }, hours);
          const parts = [...rest, ...hours.map((startMs) => ({ fromMs: startMs, toMs: startMs + HOUR_MS }))];
          for (const atMs of [fromMs, toMs, ...hours, ...moments]) {
            const times = parts.filter((part) => part.fromMs <= atMs && atMs < part.toMs).length;
            expect(times).toBe(fromMs <= atMs && atMs < toMs ? 1 : 0);
          }
        },
      ),
      { numRuns },
    );
  });
});
