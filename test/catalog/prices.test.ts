// Prices: exact, dated, and unpriced rather than wrong. The recorded costs are those of an independent calculator.

import { calcPrice } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { priceFrom } from '../../src/catalog/price-overlay.ts';
import { createPriceBook } from '../../src/catalog/prices.ts';
import { arrayAt, type Json, numberAt, objectAt, stringAt } from '../../src/core/json.ts';
import { costOf, formatUsd, parseUsd, perToken, picoUsd, priceIdOf, worstCostOf } from '../../src/core/money.ts';
import { hasSharedData, sharedJson } from '../shared-data.ts';

const AT_MS = Date.parse('2026-11-01');
const priceOf = createPriceBook([]);
const usd = (provider: string, model: string, atMs = AT_MS) => {
  const price = priceOf(provider, model, atMs);
  return price && [price.input, price.cacheRead, price.output].map((figure) => formatUsd(picoUsd(figure * 1_000_000n)));
};

describe('the price of a model', () => {
  it.each([
    ['openai/gpt-oss-120b', '0.15', '0.075', '0.60'],
    ['openai/gpt-oss-20b', '0.075', '0.0375', '0.30'],
    ['openai/gpt-oss-safeguard-20b', '0.075', '0.0375', '0.30'],
    // No cached price is published: it counts in full.
    ['qwen/qwen3.8-27b', '0.80', '0.80', '4.00'],
  ])('%s is what Groq publishes', (model, ...figures) => {
    expect(usd('groq', model)).toEqual(figures);
  });

  it('is that of its day', () => {
    expect(usd('groq', 'llama-3.3-70b-versatile', Date.parse('2026-08-15T23:59:59.999Z'))).toEqual([
      '0.59',
      '0.59',
      '0.79',
    ]);
    expect(usd('groq', 'llama-3.3-70b-versatile', Date.parse('2026-08-16'))).toBeNull();
    expect(usd('openai', 'o3', Date.parse('2025-06-09'))).toEqual(['10.00', '0.50', '40.00']);
    expect(usd('openai', 'o3', Date.parse('2025-06-10'))).toEqual(['2.00', '0.50', '8.00']);
  });

  it('is null, and not 0, where nobody knows it or it cannot be said in one figure', () => {
    for (const [provider, model] of [
      ['groq', 'minimaxai/minimax-m2.7'],
      ['groq', 'nobody/knows'],
      ['nobody', 'nobody/knows'],
      ['groq', 'whisper-large-v3'],
    ] as const) {
      expect(priceOf(provider, model, AT_MS)).toBeNull();
    }
  });

  it('is the operator’s from the day that they say, over all others', () => {
    const price = priceFrom({ input: '0.10', output: '0.40' }, 'our contract', '2026-10-01');
    const free = priceFrom({ input: '0', output: '0' }, 'a gift', '2026-12-01');
    const of = { provider: 'groq', model: 'openai/gpt-oss-20b' };
    const book = createPriceBook([
      { ...of, from: '2026-12-01', price: free },
      { ...of, from: '2026-10-01', price },
    ]);
    const inputAt = (date: string) => book('groq', of.model, Date.parse(date))?.input;
    expect(inputAt('2026-09-30T23:59:59Z')).toBe(75_000n);
    expect(inputAt('2026-10-01')).toBe(100_000n);
    expect(inputAt('2026-12-02')).toBe(0n);
  });
});

interface Recorded {
  readonly provider: string;
  readonly model: string;
  readonly usage: Json;
  readonly costText: string;
}

function recordedCosts(): readonly Recorded[] {
  return (arrayAt(sharedJson('cost-vectors.json'), 'vectors') ?? []).flatMap((vector) => {
    const [provider, model] = [stringAt(vector, 'provider'), stringAt(vector, 'model')];
    const [input, output] = [stringAt(vector, 'input_price_usd'), stringAt(vector, 'output_price_usd')];
    if (provider === null || model === null || input === null || output === null) return [];
    const costText = formatUsd(picoUsd(parseUsd(plain(input)) + parseUsd(plain(output))));
    return [{ provider, model, usage: objectAt(vector, 'extracted_usage'), costText }];
  });
}

/** 7E-7 is written out, 0.0000007, and zeros at the end are dropped. */
function plain(decimal: string): string {
  const [digits = '', exponent = '0'] = decimal.toLowerCase().split('e-');
  const [whole = '', fraction = ''] = digits.split('.');
  const shifted = whole.padStart(Number(exponent) + 1, '0');
  const point = shifted.length - Number(exponent);
  const decimals = (shifted.slice(point) + fraction).replace(/0+$/, '');
  return decimals === '' ? shifted : `${shifted.slice(0, point)}.${decimals}`;
}

/** Why a recorded cost may be another than ours, by what was used: fees for what is never asked of a vendor here. */
const OTHERWISE_PRICED: readonly (readonly [used: RegExp, why: string])[] = [
  [/^input_audio_tokens$/, 'sound in the prompt has a price of its own'],
  [/^output_image_tokens$/, 'pictures in the answer have a price of their own'],
  [/^web_searches$/, 'the vendor’s own searches have a fee of their own'],
];

describe.skipIf(!hasSharedData)('a cost beside recorded ones', () => {
  // The recorded costs are of the prices in force on the day of the record.
  const RECORDED_MS = Date.parse('2026-08-01');

  function judged({ provider, model, usage, costText }: Recorded): string {
    const price = priceOf(provider === 'google' ? 'gemini' : provider, model, RECORDED_MS);
    if (price === null) return 'no price without an operator’s';
    const [inputTokens, outputTokens] = [numberAt(usage, 'input_tokens'), numberAt(usage, 'output_tokens')];
    const cached = {
      cacheReadTokens: numberAt(usage, 'cache_read_tokens'),
      cacheWriteTokens: numberAt(usage, 'cache_write_tokens'),
    };
    // What is left out is 0 in this record.
    const cost = costOf({ inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0, ...cached }, price);
    if (formatUsd(cost) === costText) return 'equal';
    const used = Object.keys(usage ?? {});
    const why = OTHERWISE_PRICED.find(([pattern]) => used.some((kind) => pattern.test(kind)))?.[1];
    return why ?? `${model} ${JSON.stringify(usage)}: ${formatUsd(cost)}, not ${costText}`;
  }

  it('is the same to the last digit, and every disagreement has a reason', () => {
    const tally: Record<string, Record<string, number>> = {};
    for (const recorded of recordedCosts()) {
      const [of = {}, judgement] = [tally[recorded.provider], judged(recorded)];
      tally[recorded.provider] = { ...of, [judgement]: (of[judgement] ?? 0) + 1 };
    }
    console.log(`recorded costs: ${JSON.stringify(tally, null, 1)}`);
    expect(tally).toEqual({
      groq: { equal: 69 },
      openai: { equal: 80 },
      anthropic: { equal: 78, 'the vendor’s own searches have a fee of their own': 2 },
      google: {
        equal: 71,
        'sound in the prompt has a price of its own': 5,
        'pictures in the answer have a price of their own': 4,
      },
      // Servers have the price that their operator gives them.
      openrouter: { 'no price without an operator’s': 42 },
      mistral: { 'no price without an operator’s': 38 },
      deepseek: { 'no price without an operator’s': 4 },
    });
  });
});

describe('a price by the length of the prompt', () => {
  const priced = (model: string) => priceOf('gemini', model, AT_MS);
  const answer = { cacheReadTokens: null, cacheWriteTokens: null, outputTokens: 1_000_000 };

  it('is that of the whole request, and the longest that may come is held', () => {
    const price = priced('gemini-2.5-pro');
    if (price === null) throw new Error('It has a price');
    const costAt = (inputTokens: number) => formatUsd(costOf({ inputTokens, ...answer }, price));
    expect(costAt(200_000)).toBe('10.25');
    expect(costAt(200_001)).toBe('15.5000025');
    expect(formatUsd(worstCostOf(200_000, 1_000_000, price))).toBe('10.25');
    expect(formatUsd(worstCostOf(200_001, 1_000_000, price))).toBe('15.5000025');
    expect(priceIdOf(price)).toMatch(/:1250000\/125000\/1250000\/10000000;>200000:2500000\/250000\/2500000\/15000000$/);
  });
});

describe('the figures that prices are built on', () => {
  it('are read as the decimals they were written as', () => {
    const found = calcPrice({}, 'openai/gpt-oss-20b', { providerId: 'groq' });
    expect(found?.model_price['cache_read_mtok']).toBe(0.0375);
    expect(priceOf('groq', 'openai/gpt-oss-20b', AT_MS)?.cacheRead).toBe(perToken('0.0375'));
  });
});
