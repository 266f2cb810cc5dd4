// A generation and its readers: none of them can hold up the answer, the others, or an application's signal.

import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { StreamEvent } from '../../src/core/events.ts';
import { Generation, type GenerationOptions } from '../../src/generations/generation.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { answers, type Turn, usage, World } from '../world.ts';

function aGeneration(options: Partial<GenerationOptions> = {}): Generation {
  return new Generation({ id: 'gen_1', requestId: 'req_1', clock: systemClock, abandon: () => {}, ...options });
}

async function finished(): Promise<StreamEvent[]> {
  const world = new World({ turns: [answers('one two')] });
  const { life, events } = world.start();
  await life;
  return [...events];
}

async function drain(events: AsyncIterable<StreamEvent>): Promise<void> {
  for await (const event of events) if (event.type === 'error') throw event.error;
}

describe('a reader that throws', () => {
  it.each(['response-start', 'text-delta', 'response-end'])('at %s has left; the others get everything', async (at) => {
    const faults: unknown[] = [];
    const generation = aGeneration({ onReaderFault: (fault) => faults.push(fault) });
    const seen: string[] = [];
    generation.subscribe((event) => {
      if (event.type === at) throw new Error('a fault of the reader');
    });
    generation.subscribe((event) => seen.push(event.type));
    const whole = generation.whole();
    for (const event of await finished()) generation.append(event);
    expect(seen).toEqual(['response-start', 'text-delta', 'text-delta', 'response-end']);
    expect((await whole).content).toBe('one two');
    expect(faults).toHaveLength(1);
  });
});

describe('a reader who comes while others are being told', () => {
  it('has each event once, also those that wait to be told', async () => {
    const [start, word, , end] = await finished();
    const generation = aGeneration();
    const seen: number[] = [];
    let isFirst = true;
    generation.subscribe(() => {
      if (!isFirst || word === undefined) return;
      isFirst = false;
      generation.append(word);
      generation.subscribe((_event, position) => seen.push(position));
    });
    for (const event of [start, end]) if (event !== undefined) generation.append(event);
    expect(seen).toEqual([1, 2, 3]);
  });
});

describe('a reader who has had more than there is', () => {
  it('gets what comes behind that, and nothing twice', async () => {
    const generation = aGeneration();
    const events = await finished();
    const seen: number[] = [];
    generation.subscribe((_event, position) => seen.push(position), 3);
    for (const event of events) generation.append(event);
    expect(seen).toEqual([4]);
  });

  it('that is no function is refused at once', () => {
    const generation = aGeneration();
    // @ts-expect-error JavaScript has no compiler to say so.
    expect(() => generation.subscribe({ event: () => {} })).toThrow('a reader is a function');
  });
});

describe('an answer whose last reader has left', () => {
  const begun = (graceMs: number | null) => {
    const clock = new SimulatedClock();
    const abandoned: string[] = [];
    const generation = aGeneration({ clock, graceMs, abandon: ({ code }) => abandoned.push(code) });
    return { clock, abandoned, generation };
  };

  it.each([
    ['is abandoned at once without a grace', 0, 0, ['cancelled']],
    ['goes on for its grace', 10_000, 9_999, []],
    ['is abandoned when the grace is over', 10_000, 10_000, ['cancelled']],
    ['goes on to its end where it is to be kept', null, 3_600_000, []],
  ])('%s', (_what, graceMs, afterMs, expected) => {
    const { clock, abandoned, generation } = begun(graceMs);
    generation.subscribe(() => {})();
    clock.advance(afterMs);
    expect(abandoned).toEqual(expected);
  });

  it('goes on when somebody has come back in time, who reads on where he was', async () => {
    const { clock, abandoned, generation } = begun(10_000);
    const events = await finished();
    const seen: number[] = [];
    const leave = generation.subscribe((_event, position) => seen.push(position));
    for (const event of events.slice(0, 2)) generation.append(event);
    leave();
    clock.advance(9_000);
    generation.subscribe((_event, position) => seen.push(position), 2);
    clock.advance(9_000);
    for (const event of events.slice(2)) generation.append(event);
    expect([seen, abandoned]).toEqual([events.map((_event, index) => index + 1), []]);
  });

  it('may be read again when it has ended, and nobody is abandoned by it', async () => {
    const { abandoned, generation } = begun(0);
    const leave = generation.subscribe(() => {});
    const events = await finished();
    for (const event of events) generation.append(event);
    leave();
    const seen: StreamEvent[] = [];
    generation.subscribe((event) => seen.push(event), events.length - 1)();
    expect([seen, abandoned]).toEqual([events.slice(-1), []]);
  });
});

describe('an answer that its owner stops', () => {
  it('ends as what has come, is charged by it, and says so to every reader', async () => {
    const words = Promise.withResolvers<void>();
    const turn: Turn = async (...told) => {
      const [emit] = told;
      emit({ type: 'text-delta', text: 'one two ' });
      await words.promise;
      return answers('three', usage(10, 5))(...told);
    };
    const world = new World({ turns: [turn], limits: { usd_per_day: 1_000_000 } });
    const { generation, life, events } = world.start({}, true, undefined, { graceMs: 10_000 });
    await world.clock.advanceAsync(7);
    expect(generation.stop()).toBe(true);
    expect(events.map(({ type }) => type)).toEqual(['response-start', 'text-delta', 'response-end']);
    const whole = await generation.whole();
    expect(whole).toMatchObject({ content: 'one two ', finishReason: 'stopped', usageSource: 'estimate' });
    expect(whole.attempts).toMatchObject([{ outcome: 'cancelled', durationMs: 7 }]);
    expect(generation.stop()).toBe(false);
    words.resolve();
    await life;
    expect(world.rowList()).toMatchObject([{ outcome: 'cancelled' }]);
    expect(generation.length).toBe(3);
  });

  it('before it began is a cancelled request', async () => {
    const world = new World({
      turns: [
        async (_emit, { signal }) =>
          new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      ],
    });
    const { generation, life, events } = world.start();
    await world.clock.advanceAsync(1);
    generation.stop();
    await life;
    expect(events).toMatchObject([{ type: 'error', error: { code: 'cancelled' } }]);
  });
});

describe('a stop, wherever it comes', () => {
  it('before it began ends the answer at once, though the vendor is heard out for its figures', async () => {
    const words = Promise.withResolvers<void>();
    const turn: Turn = async (...told) => {
      await words.promise;
      return answers('one two three', usage(10, 5))(...told);
    };
    const world = new World({ turns: [turn], policy: { onCancel: 'drain' } });
    const { generation, life, events } = world.start();
    await world.clock.advanceAsync(1);
    expect(generation.stop()).toBe(true);
    expect(events).toMatchObject([{ type: 'error', error: { code: 'cancelled' } }]);
    expect([generation.ended, generation.stop()]).toEqual([true, false]);
    words.resolve();
    await life;
    expect(events).toHaveLength(1);
    expect(world.rowList()).toMatchObject([{ outcome: 'cancelled', usageSource: 'provider' }]);
  });

  it('from one of its readers leaves the others every event, in order', async () => {
    const world = new World({ turns: [answers('one two three')] });
    const { generation, life, events, leave } = world.start();
    const positions: [number, string][] = [];
    generation.subscribe((event) => {
      if (event.type === 'text-delta') generation.stop();
    });
    generation.subscribe((event, position) => positions.push([position, event.type]));
    await life;
    leave();
    expect(positions).toEqual([
      [1, 'response-start'],
      [2, 'text-delta'],
      [3, 'response-end'],
    ]);
    expect(events).toHaveLength(3);
  });
});

describe('an answer that is kept', () => {
  it('keeps nothing of what was asked', async () => {
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    if (typeof collect !== 'function') throw new TypeError('This Node has no gc()');
    const world = new World({ turns: [answers('one two')] });
    const asked = () => {
      const messages = [{ role: 'user' as const, content: 'Why?' }];
      return { weak: new WeakRef(messages), ...world.start({ messages }, true, undefined, { graceMs: 10_000 }) };
    };
    const { weak, generation, life } = asked();
    await life;
    world.asked.length = 0;
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    expect([generation.length, weak.deref()]).toEqual([4, undefined]);
  });
});

describe('what ends within its grace', () => {
  it('waits for nothing any more, so that a process may end with it', async () => {
    const clock = new SimulatedClock();
    const abandoned: string[] = [];
    const generation = aGeneration({ clock, graceMs: 1_200_000, abandon: ({ code }) => abandoned.push(code) });
    generation.subscribe(() => {})();
    for (const event of await finished()) generation.append(event);
    expect(clock.pending).toBe(0);
    clock.advance(1_200_000);
    expect(abandoned).toEqual([]);
  });
});

describe('a reader that comes in the middle of an event', () => {
  it('gets each event once', async () => {
    const generation = aGeneration();
    const seen: number[] = [];
    generation.subscribe((event) => {
      if (event.type === 'response-start') generation.subscribe((_event, position) => seen.push(position));
    });
    for (const event of await finished()) generation.append(event);
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it('and throws while it is told what came before is one that has left', async () => {
    const clock = new SimulatedClock();
    const abandoned: string[] = [];
    const generation = aGeneration({ clock, graceMs: 10, abandon: ({ code }) => abandoned.push(code) });
    for (const event of (await finished()).slice(0, 1)) generation.append(event);
    generation.subscribe(() => {})();
    const reader = () => {
      throw new Error('a fault of the reader');
    };
    expect(() => generation.subscribe(reader)).toThrow('a fault of the reader');
    clock.advance(10);
    expect(abandoned).toEqual(['cancelled']);
  });
});

describe('a signal that outlives the answer', () => {
  it('keeps no listener of it', async () => {
    const application = new AbortController();
    const events = await finished();
    const listeners = () => getEventListeners(application.signal, 'abort').length;
    for (let turn = 0; turn < 3; turn++) {
      const generation = aGeneration();
      const whole = generation.whole(application.signal);
      const read = drain(generation.read(application.signal));
      await Promise.resolve();
      expect(listeners()).toBe(2);
      for (const event of events) generation.append(event);
      await Promise.all([whole, read]);
      expect(listeners()).toBe(0);
    }
  });
});
