// A generation and its readers: none of them can hold up the answer, the others, or an application's signal.

import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../src/core/events.ts';
import { Generation } from '../src/generations/generation.ts';
import { answers, World } from './world.ts';

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
    const generation = new Generation(
      'gen_1',
      'req_1',
      () => {},
      (fault) => faults.push(fault),
    );
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

describe('a signal that outlives the answer', () => {
  it('keeps no listener of it', async () => {
    const application = new AbortController();
    const events = await finished();
    const listeners = () => getEventListeners(application.signal, 'abort').length;
    for (let turn = 0; turn < 3; turn++) {
      const generation = new Generation('gen_1', 'req_1', () => {});
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
