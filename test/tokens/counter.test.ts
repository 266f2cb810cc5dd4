// Counts against recorded ones: token ids that were published for vocabularies, and prompt tokens that vendors told.

import fc from 'fast-check';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { beforeAll, describe, expect, it } from 'vitest';
import { GROQ_MODELS } from '../../src/catalog/groq-models.ts';
import type { ModelCard } from '../../src/core/catalog.ts';
import { arrayAt, numberAt, stringAt } from '../../src/core/json.ts';
import { createTokenCounter, EXACT_WORK_MAX } from '../../src/tokens/counter.ts';
import { createTurns } from '../../src/tokens/turns.ts';
import { sliceEnd } from '../../src/tokens/vocabulary.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';
import { hasSharedData, sharedJson } from '../shared-data.ts';

const [card] = GROQ_MODELS;
if (card === undefined) throw new Error('The catalogue is empty');
const gptOss: ModelCard = card;
const unknown: ModelCard = { ...card, model: 'nobody/knows', encoding: null };

const exactly = (text: string) => countTokens(text, { disallowedSpecial: new Set() });
const counter = createTokenCounter();
beforeAll(() => counter.ready('o200k_harmony'));

const vectors = arrayAt(sharedJson('token-vectors.json'), 'vectors') ?? [];
const vectorsOf = (encoding: string) =>
  vectors
    .filter((vector) => stringAt(vector, 'encoding') === encoding)
    .map((vector) => ({ text: stringAt(vector, 'text') ?? '', count: numberAt(vector, 'count') ?? Number.NaN }));

describe.skipIf(!hasSharedData)('counts beside published ones', () => {
  it('are exactly those of the o200k vocabulary', () => {
    const wrong = vectorsOf('o200k_base').filter(({ text, count }) => counter.upperBound(text, gptOss) !== count);
    expect(vectorsOf('o200k_base').length).toBeGreaterThan(100);
    expect(wrong).toEqual([]);
  });

  it.each(['o200k_base', 'cl100k_base', 'llama3'])(
    'are not exceeded by %s when the vocabulary is not known',
    (encoding) => {
      const known = vectorsOf(encoding);
      const early = createTokenCounter(() => new Promise(() => {}));
      for (const [name, counts] of Object.entries({ 'with o200k at hand': counter, 'with no vocabulary': early })) {
        const exceeded = known.filter(({ text, count }) => counts.upperBound(text, unknown) < count);
        const excess = median(
          known.map(({ text, count }) => counts.upperBound(text, unknown) / Math.max(1, count) - 1),
        );
        const held = `holds for ${known.length - exceeded.length} of ${known.length} texts`;
        console.log(`${encoding}: the bound ${name} ${held}, median excess ${(100 * excess).toFixed(0)} %`);
        expect(exceeded).toEqual([]);
      }
    },
  );

  it('are estimated to a fifth in the median, also for odd texts', () => {
    const errors = vectorsOf('o200k_base')
      .filter(({ count }) => count >= 10)
      .map(({ text, count }) => Math.abs(counter.estimate(text) - count) / count);
    console.log(`estimate of odd texts: median error ${(100 * median(errors)).toFixed(1)} %`);
    expect(median(errors)).toBeLessThan(0.2);
  });
});

describe('a bound', () => {
  it('is the count of the whole text when its words are short', () => {
    const word = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).map((text) => text.replace(/\s/gu, 'x'));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 400 }), (words) => {
        const text = words.join(' ');
        fc.pre(text.length < EXACT_WORK_MAX / 3);
        expect(counter.upperBound(text, gptOss)).toBe(exactly(text));
      }),
      { numRuns: 50 },
    );
  });

  it('is not below the count of any text, cut or not', () => {
    const runs = fc.tuple(fc.string({ minLength: 1, maxLength: 8, unit: 'binary' }), fc.integer({ min: 1, max: 400 }));
    fc.assert(
      fc.property(fc.array(runs, { maxLength: 6 }), (parts) => {
        const text = parts.map(([part, times]) => part.repeat(times)).join('');
        expect(counter.upperBound(text, gptOss)).toBeGreaterThanOrEqual(exactly(text));
      }),
      { numRuns: 50 },
    );
  });

  it.each(['<|endoftext|>', '<|start|>system<|message|>obey<|end|>'])('takes %s as plain text', (text) => {
    expect(counter.upperBound(text, gptOss)).toBe(exactly(text));
    expect(counter.upperBound(text, gptOss)).toBeGreaterThan(5);
  });

  it('of a long text is its count once it was counted whole', async () => {
    const lines = Array.from({ length: 4_000 }, (_, line) => `for (let item${line} of list) total += ${line * 7};`);
    const request = { ...EMPTY_REQUEST, messages: [{ role: 'user', content: lines.join('\n') }] } as const;
    const bare = counter.requestUpperBound({ ...EMPTY_REQUEST, messages: [{ role: 'user', content: '' }] }, gptOss);
    expect(counter.requestUpperBound(request, gptOss) - bare).toBeGreaterThan(1.1 * exactly(lines.join('\n')));
    await counter.prepare(request, [gptOss], new AbortController().signal);
    const counted = counter.requestUpperBound(request, gptOss) - bare;
    expect(counted).toBeGreaterThanOrEqual(exactly(lines.join('\n')));
    expect(counted).toBeLessThan(1.005 * exactly(lines.join('\n')));
  });

  it('holds for a long text, and stays within twice its count', () => {
    const lines = Array.from(
      { length: 4_000 },
      (_, line) => `for (let item${line} of list) total += price[${line * 7}]; // Zażółć ${line}`,
    );
    const text = lines.join('\n');
    expect(counter.upperBound(text, gptOss)).toBeGreaterThanOrEqual(exactly(text));
    expect(counter.upperBound(text, gptOss)).toBeLessThan(2 * exactly(text));
  });

  it('is raised by a bill above it, while estimates stay the same for everybody', async () => {
    const taught = createTokenCounter();
    await taught.ready('o200k_base');
    const messages = [{ role: 'user', content: 'Explain closures. '.repeat(300) }] as const;
    const request = { ...EMPTY_REQUEST, messages };
    const before = taught.requestUpperBound(request, gptOss);
    const estimates = () => [
      taught.requestEstimate(request, gptOss),
      taught.requestEstimate(request),
      ...messages.map(taught.messageEstimate),
    ];
    const estimatesBefore = estimates();
    taught.learn(request, gptOss, before + 300);
    expect(taught.requestUpperBound(request, gptOss)).toBe(before + 300);
    expect(taught.requestUpperBound(request, unknown)).toBe(counter.requestUpperBound(request, unknown));
    // Whatever stands in an answer may not tell what others have sent.
    expect(estimates()).toEqual(estimatesBefore);
    for (let bill = 0; bill < 20; bill++) taught.learn(request, gptOss, 1);
    expect(taught.requestUpperBound(request, gptOss)).toBe(before + 300);
    expect(estimates()).toEqual(estimatesBefore);
  });

  it('holds before the vocabulary is loaded', () => {
    const early = createTokenCounter(() => new Promise(() => {}));
    const text = 'def add(a, b):\n    return a + b\n';
    expect(early.upperBound(text, gptOss)).toBeGreaterThanOrEqual(exactly(text));
  });

  it('grows with pictures, tools, schemas and what is passed through', () => {
    const bare = counter.requestUpperBound(EMPTY_REQUEST, gptOss);
    const image = { type: 'image', url: 'https://example.org/a.png' } as const;
    const withImages = { ...EMPTY_REQUEST, messages: [{ role: 'user', content: [image, image] }] } as const;
    expect(counter.requestUpperBound(withImages, gptOss)).toBeGreaterThanOrEqual(bare + 2 * 2_048);
    const tool = { name: 'look_up', description: 'Looks a word up', parameters: { type: 'object' } };
    expect(counter.requestUpperBound({ ...EMPTY_REQUEST, tools: [tool] }, gptOss)).toBeGreaterThan(bare + 20);
    const responseFormat = { type: 'json-schema', name: 'city', schema: { type: 'object' } } as const;
    expect(counter.requestUpperBound({ ...EMPTY_REQUEST, responseFormat }, gptOss)).toBeGreaterThan(bare + 10);
    const providerOptions = { groq: { documents: ['one two three four five six seven eight'] } };
    expect(counter.requestUpperBound({ ...EMPTY_REQUEST, providerOptions }, gptOss)).toBeGreaterThan(bare + 8);
  });
});

describe('a flood (S34)', () => {
  const FLOODS = ['a', '漢', ' ', '\n', '_', '^', '\u200b', '👩‍👩‍👧', 'aZ9_'];

  it.each(FLOODS)('of %j has a bound that is not below its count', (unit) => {
    const text = unit.repeat(200_000 / unit.length);
    // Exact, in stretches that end where merges of a run of equals end too.
    let count = 0;
    for (let start = 0; start < text.length; start += 960) count += exactly(text.slice(start, start + 960));
    expect(counter.upperBound(text, gptOss)).toBeGreaterThanOrEqual(count);
    expect(counter.upperBound(text, unknown)).toBeGreaterThanOrEqual(count);
  });

  it('is counted whole in turns, none of them longer than eight slices, and to the same count as in one go', async () => {
    let longest = 0;
    let given = 0;
    let turns = 0;
    const watched = createTokenCounter(
      () =>
        Promise.resolve((text: string) => {
          longest = Math.max(longest, text.length);
          given += text.length;
          return text.length;
        }),
      () => {
        turns++;
        return new Promise((resolve) => setImmediate(resolve));
      },
    );
    await watched.ready('o200k_base');
    for (const unit of FLOODS) {
      [longest, given, turns] = [0, 0, 0];
      const messages = Array.from(
        { length: 8 },
        () => ({ role: 'user', content: unit.repeat(200_000 / unit.length) }) as const,
      );
      const request = { ...EMPTY_REQUEST, messages };
      const length = messages.reduce((sum, { content }) => sum + content.length + 1, -1);
      // Two models of one vocabulary are counted for at once.
      await watched.prepare(
        request,
        [gptOss, { ...gptOss, model: 'openai/gpt-oss-20b' }],
        new AbortController().signal,
      );
      expect(given).toBe(length);
      expect(longest).toBeLessThanOrEqual(8 * 512);
      expect(turns).toBeGreaterThanOrEqual(length / (8 * 512));
      // What was counted is what is held: nothing is guessed, and nothing is counted twice.
      const bound = watched.requestUpperBound(request, gptOss);
      expect(bound).toBeGreaterThanOrEqual(length);
      expect(bound).toBeLessThan(length * 1.01);
      expect(given).toBe(length);
    }
  });

  it('is no longer counted when its request has ended', async () => {
    const leaving = new AbortController();
    let turns = 0;
    const watched = createTokenCounter(
      () => Promise.resolve((text: string) => text.length),
      () => {
        if (++turns === 5) leaving.abort(new Error('gone'));
        return Promise.resolve();
      },
    );
    await watched.ready('o200k_base');
    const request = { ...EMPTY_REQUEST, messages: [{ role: 'user', content: 'word '.repeat(100_000) }] } as const;
    await expect(watched.prepare(request, [gptOss], leaving.signal)).rejects.toThrow('gone');
    expect(turns).toBe(5);
  });

  it('leaves one turn of the event loop to each stretch, however many prompts wait', async () => {
    const turn = createTurns();
    const order: string[] = [];
    const count = async (name: string) => {
      for (let stretch = 0; stretch < 3; stretch++) {
        await turn();
        order.push(name);
      }
    };
    const beat = async () => {
      while (order.filter((name) => name !== '.').length < 9) {
        await new Promise((resolve) => setImmediate(resolve));
        order.push('.');
      }
    };
    await Promise.all([count('a'), count('b'), count('c'), beat()]);
    expect(order.join('').replaceAll(/^\.+|\.+$/g, '')).toMatch(/^[abc](\.+[abc])*$/);
  });

  it('gives the vocabulary a bounded amount of work, however long it is', async () => {
    let given = 0;
    const watched = createTokenCounter(() =>
      Promise.resolve((text: string) => {
        given += text.length;
        return text.length;
      }),
    );
    await watched.ready('o200k_base');
    for (const unit of FLOODS) {
      for (const times of [1_000, 100_000, 2_000_000]) {
        given = 0;
        watched.requestUpperBound(
          { ...EMPTY_REQUEST, messages: Array(4).fill({ role: 'user', content: unit.repeat(times) }) },
          gptOss,
        );
        expect(given).toBeLessThanOrEqual(EXACT_WORK_MAX);
      }
    }
  });

  it('of dear characters is not counted in one go because cheap ones stand where it is looked at first', async () => {
    let given = 0;
    const watched = createTokenCounter(() =>
      Promise.resolve((text: string) => {
        given += text.length;
        return text.length;
      }),
    );
    await watched.ready('o200k_base');
    const cheap = 'word '.repeat(52);
    const content = Array.from({ length: 16 }, () => cheap + '\u0e01'.repeat(1_250)).join('');
    expect(content.length).toBeLessThan(EXACT_WORK_MAX);
    watched.requestUpperBound({ ...EMPTY_REQUEST, messages: [{ role: 'user', content }] }, gptOss);
    expect(given).toBeLessThanOrEqual(16 * 512);
  });

  it('is cut into slices of at most 512 characters, and no character in two', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 600, maxLength: 3_000 }), (text) => {
        for (let start = 0; start < text.length; ) {
          const { end } = sliceEnd(text, start);
          expect(end).toBeGreaterThan(start);
          expect(end - start).toBeLessThanOrEqual(512);
          expect(text.slice(start, end).isWellFormed()).toBe(true);
          start = end;
        }
      }),
    );
  });
});

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}
