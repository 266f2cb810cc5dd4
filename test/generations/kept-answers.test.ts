// What is kept of answers that have ended, by id and by key: bounded by the bytes they take, whatever they are made of.

import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { llmError } from '../../src/core/errors.ts';
import type { StreamEvent } from '../../src/core/events.ts';
import { WithheldAnswer } from '../../src/core/withheld-answer.ts';
import { Generation } from '../../src/generations/generation.ts';
import { KeptAnswers } from '../../src/generations/kept-answers.ts';
import { Generations } from '../../src/generations/registry.ts';
import { OnceByKey } from '../../src/service/once.ts';
import { SimulatedClock } from '../simulated-clock.ts';

const MIB = 1_048_576;
const OWNER = { tenant: 'acme', userId: 'ann' };
const END: StreamEvent = { type: 'error', error: llmError('provider_timeout', 'It took too long') };

function answerOf(id: string, events: readonly StreamEvent[] = []): Generation {
  const generation = new Generation({ id, requestId: id, clock: systemClock, abandon: () => {} });
  for (const event of events) generation.append(event);
  return generation;
}

/** As large as a batch of embeddings is: 455 vectors of 3,072 values. */
function vectors(): StreamEvent[] {
  return Array.from({ length: 455 }, () => ({ type: 'embedding', vector: 'A'.repeat(16_384) }));
}

const withheld = new WithheldAnswer([{ type: 'text', text: 'x'.repeat(MIB) }], 'no JSON');

describe('what an answer takes of memory', () => {
  it.each<[string, readonly StreamEvent[], number]>([
    ['vectors', vectors(), 455 * 16_384],
    ['a text that came as a whole', [{ type: 'text-delta', text: 'x'.repeat(MIB) }], MIB],
    ['words', Array.from({ length: 100_000 }, () => ({ type: 'text-delta', text: 'a word ' })), 700_000],
    [
      'the state of a tool call',
      [{ type: 'tool-call-end', toolCallId: 'a', providerData: { signature: ['x'.repeat(MIB)] } }],
      MIB,
    ],
    ['an answer that was withheld', [{ type: 'error', error: llmError('internal', 'no', { cause: withheld }) }], MIB],
    [
      'words of two tools in turn, of which none can be packed with the next',
      Array.from({ length: 10_000 }, (_, at) => ({
        type: 'tool-call-delta',
        toolCallId: `${at % 2}`,
        argumentsText: 'x',
      })),
      1_000_000,
    ],
  ])('counts the bytes of %s, and no more than three times as many', (_what, events, bytes) => {
    const counted = answerOf('gen_1', events).bytes;
    expect(counted).toBeGreaterThanOrEqual(bytes);
    expect(counted).toBeLessThan(3 * bytes);
  });
});

describe('answers that have ended', () => {
  const names = Array.from({ length: 30 }, (_, index) => `gen_${index}`);
  const large = (id: string) => answerOf(id, [...vectors(), END]);

  it('are kept up to a number of bytes: the oldest go first, and whoever reads one has it to its end', async () => {
    const kept = new KeptAnswers();
    const answers = new Generations(systemClock, 300_000, kept);
    const find = (id: string) => answers.find(id, () => true);
    const first = large('gen_0');
    for (const id of names) {
      const answer = id === 'gen_0' ? first : large(id);
      answers.add(answer, OWNER);
      answers.end(answer, true);
      expect(kept.bytes).toBeLessThanOrEqual(64 * MIB);
    }
    expect(names.map((id) => find(id) !== null)).toEqual(names.map((id) => Number(id.slice(4)) >= 26));
    let seen = 0;
    first.subscribe(() => seen++)();
    expect(seen).toBe(456);
  });

  it('count once, by id and by key together, and are forgotten by both', async () => {
    const clock = new SimulatedClock();
    const kept = new KeptAnswers();
    const answers = new Generations(clock, 300_000, kept);
    const once = new OnceByKey({ clock, chance: { random: () => 0, id: () => 'gen' }, kept, claims: null });
    const made: string[] = [];
    const ask = async (key: string) =>
      once.run({
        ...{ owner: OWNER, key, asked: key, isStream: true },
        async begin() {
          made.push(key);
          const generation = answerOf(key, vectors());
          answers.add(generation, OWNER);
          queueMicrotask(() => {
            generation.append({ type: 'error', error: llmError('generation_lost', 'as it happens') });
            answers.end(generation, true);
          });
          return { generation, conversationId: null, isHere: true };
        },
      });
    const one = large('gen').bytes;
    await ask('a');
    await ask('b');
    await new Promise((resolve) => setImmediate(resolve));
    expect([kept.bytes > 1.9 * one, kept.bytes < 2.1 * one]).toEqual([true, true]);
    clock.advance(300_000);
    expect(answers.find('a', () => true)).toBeNull();
    // The key keeps it for a day.
    expect(kept.bytes).toBeGreaterThan(1.9 * one);
    await ask('a');
    expect(made).toEqual(['a', 'b']);
    for (const id of names) await ask(id);
    await new Promise((resolve) => setImmediate(resolve));
    expect(kept.bytes).toBeLessThanOrEqual(64 * MIB);
    await ask('a');
    await ask('gen_29');
    expect(made).toEqual(['a', 'b', ...names, 'a']);
    clock.advance(24 * 3_600_000);
    await ask('c');
    await new Promise((resolve) => setImmediate(resolve));
    answers.find('c', () => true);
    expect(kept.bytes).toBeLessThan(2.1 * one);
  });
});
