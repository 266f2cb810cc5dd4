// A log between two processes, whatever happens on the way: a reader gets its entries in order, each once, and ends with the last of them
// or hears that it is lost. PROPERTY_RUNS sets the number of histories; fast-check prints the seed of one that fails.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SharedLogs } from '../../src/generations/shared-logs.ts';
import { PeerNetwork } from '../generations/peer-network.ts';
import { SimulatedClock } from '../simulated-clock.ts';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 200);

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('push' as const), count: fc.integer({ min: 1, max: 5 }) }) },
  // Less than the store takes: so that entries come while others are on their way.
  { weight: 6, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.nat(7_000) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('messages' as const), lost: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('store' as const), away: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reply lost' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('read' as const) }) },
);

class History {
  readonly clock = new SimulatedClock();
  readonly network = new PeerNetwork(this.clock);
  readonly #there = new SharedLogs(this.network.join('reader'), this.clock);
  readonly #writer;
  readonly readers: { readonly got: unknown[]; isLost: boolean; isDone: boolean }[] = [];
  pushed = 0;

  constructor() {
    const here = new SharedLogs(this.network.join('writer'), this.clock);
    this.network.latencyMs = 2;
    this.#writer = here.write('log', { keptMs: 300_000, cutWith: '"cut"' });
  }

  read(): void {
    const own = { got: [] as unknown[], isLost: false, isDone: false };
    this.readers.push(own);
    const reader = this.#there.read('log', 'writer', {
      entry(entry) {
        own.got.push(entry);
        if (entry !== 'end') return;
        own.isDone = true;
        reader.close();
      },
      lost() {
        own.isLost = true;
      },
    });
  }

  push(count: number): void {
    for (let index = 0; index < count; index++) this.#writer.push(String(this.pushed++));
  }

  end(): void {
    this.#writer.push('"end"');
    this.#writer.end();
  }
}

describe('a log between processes', () => {
  it('is read in order, each entry once, to its end or to a clear loss', {
    timeout: 30_000 + numRuns * 50,
  }, async () => {
    let [whole, lost] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const history = new History();
        history.read();
        for (const one of steps) {
          if (one.type === 'push') history.push(one.count);
          else if (one.type === 'wait') await history.clock.advanceAsync(one.ms);
          else if (one.type === 'messages') history.network.losesMessages = one.lost;
          else if (one.type === 'store') history.network.isAway = one.away;
          else if (one.type === 'reply lost') history.network.losesNextReply = true;
          else if (history.readers.length < 4) history.read();
        }
        history.end();
        history.network.isAway = false;
        // A log that was given up while all messages are lost for ever ends by the longest answer there may be; that is a story of its own.
        history.network.losesMessages = false;
        for (let second = 0; second < 20; second++) await history.clock.advanceAsync(1_000);
        const all = [...Array(history.pushed).keys(), 'end'];
        for (const { got, isLost, isDone } of history.readers) {
          expect(got).toEqual(all.slice(0, got.length));
          expect(isLost !== isDone).toBe(true);
          if (isDone) expect(got).toEqual(all);
          if (isLost) lost++;
          else whole++;
        }
        expect(history.clock.pending).toBe(0);
      }),
      { numRuns },
    );
    // A property in which nothing ever arrives, or nothing is ever lost, says little.
    expect([whole > 0, lost > 0 || numRuns < 200]).toEqual([true, true]);
  });
});
