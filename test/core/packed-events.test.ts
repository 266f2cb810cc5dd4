// The events of an answer as they are kept: what comes out is what was put in, and an answer of many words takes little more
// memory than its text.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContentEvent } from '../../src/core/events.ts';
import { PackedEvents } from '../../src/core/packed-events.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 300);

interface Mark {
  readonly type: 'mark';
  readonly serial: number;
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constant('word '),
  fc.constant('x'.repeat(70_000)),
);
const toolCallId = fc.constantFrom('a', 'b');
const event: fc.Arbitrary<ContentEvent | Mark> = fc.oneof(
  fc.record({ type: fc.constant('text-delta' as const), text }),
  fc.record({ type: fc.constant('reasoning-delta' as const), text }),
  fc.record({ type: fc.constant('tool-call-delta' as const), toolCallId, argumentsText: text }),
  fc.record(
    {
      type: fc.constant('tool-call-start' as const),
      toolCallId,
      name: fc.constant('run'),
      providerData: fc.constant({ signature: 'x' }),
    },
    { requiredKeys: ['type', 'toolCallId', 'name'] },
  ),
  fc.record({ type: fc.constant('reasoning-end' as const), providerData: fc.constant({ signature: 'x' }) }),
  fc.record({ type: fc.constant('embedding' as const), vector: fc.constantFrom('AACAPw==', 'AAAAQA==') }),
  fc.record({ type: fc.constant('mark' as const), serial: fc.nat() }),
);
/** Stretches of one event, as answers have them, so that blocks begin and end in every way. */
const answer = fc
  .array(fc.tuple(event, fc.integer({ min: 1, max: 200 })), { maxLength: 8 })
  .map((stretches) => stretches.flatMap(([one, times]) => Array<typeof one>(times).fill(one)));

describe('the events of an answer', () => {
  it('come out as they were put in, by their position, while others are added', () => {
    fc.assert(
      fc.property(answer, (events) => {
        const kept = new PackedEvents<Mark>();
        for (const [index, one] of events.entries()) {
          kept.push(one);
          expect(kept.length).toBe(index + 1);
          expect(kept.at(index + 1)).toEqual(one);
        }
        expect(events.map((_one, index) => kept.at(index + 1))).toEqual(events);
        expect([kept.at(0), kept.at(events.length + 1)]).toEqual([undefined, undefined]);
      }),
      { numRuns: RUNS },
    );
  });

  it('take 20 bytes a word at most', () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const usedBytes = () => {
      collect();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const words = 500_000;
    const before = usedBytes();
    const kept = new PackedEvents<Mark>();
    for (let word = 0; word < words; word++) kept.push({ type: 'text-delta', text: `${word % 1_000} `.padStart(5) });
    const bytes = usedBytes() - before;
    expect(kept.length).toBe(words);
    expect(bytes / words).toBeLessThan(20);
  });
});
