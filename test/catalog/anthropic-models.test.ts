// Anthropic's models against what is known of their families, and against each other.

import { describe, expect, it } from 'vitest';
import { ANTHROPIC_ENDS, ANTHROPIC_MODELS } from '../../src/catalog/anthropic-models.ts';
import { createPriceBook } from '../../src/catalog/prices.ts';
import { formatUsd, picoUsd } from '../../src/core/money.ts';
import { familyOf } from '../../src/providers/anthropic/families.ts';

const names = ANTHROPIC_MODELS.map(({ model }) => model);
const priceOf = createPriceBook([]);
const UNKNOWN = familyOf('a model of tomorrow');

describe("Anthropic's models", () => {
  it('have one card each, and none that is shut down has one', () => {
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => ANTHROPIC_ENDS.has(name))).toEqual([]);
  });

  it.each(names)('%s has a family whose refusals are known', (name) => {
    expect(familyOf(name)).not.toBe(UNKNOWN);
  });

  it('that are shut down name one that answers in their place', () => {
    for (const { replacement, shutDownOn } of ANTHROPIC_ENDS.values()) {
      expect(names).toContain(replacement);
      expect(shutDownOn).toMatch(/^20\d\d-\d\d-\d\d$/);
    }
  });

  it('are told from those with a date behind their name', () => {
    expect(familyOf('claude-opus-5-20260724')).toBe(familyOf('claude-opus-5'));
    expect(familyOf('claude-fable-5-20260609')).toBe(familyOf('claude-fable-5'));
    expect(familyOf('claude-opus-5-5-20260922')).toBe(familyOf('claude-opus-5-5'));
    expect(familyOf('claude-opus-5-5')).not.toBe(familyOf('claude-opus-5'));
    expect(familyOf('anthropic.claude-haiku-4-5-20251001-v1:0')).toBe(familyOf('claude-haiku-4-5'));
  });

  it.each([
    ['claude-fable-5-2', '8.00', '0.20', '10.00', '40.00'],
    ['claude-fable-5-1', '10.00', '0.25', '12.50', '50.00'],
    ['claude-fable-5', '10.00', '1.00', '12.50', '50.00'],
    ['claude-opus-5-5', '4.00', '0.20', '5.00', '20.00'],
    ['claude-opus-5', '5.00', '0.50', '6.25', '25.00'],
    ['claude-opus-4-8', '5.00', '0.50', '6.25', '25.00'],
    ['claude-opus-4-7', '5.00', '0.50', '6.25', '25.00'],
    ['claude-opus-4-6', '5.00', '0.50', '6.25', '25.00'],
    ['claude-opus-4-5', '5.00', '0.50', '6.25', '25.00'],
    ['claude-sonnet-5-5', '2.00', '0.10', '2.50', '10.00'],
    ['claude-sonnet-5', '2.00', '0.20', '2.50', '10.00'],
    ['claude-sonnet-4-6', '3.00', '0.30', '3.75', '15.00'],
    ['claude-sonnet-4-5', '3.00', '0.30', '3.75', '15.00'],
    ['claude-haiku-4-5', '1.00', '0.10', '1.25', '5.00'],
  ])('%s costs what Anthropic publishes', (model, ...figures) => {
    for (const name of names.filter((each) => each === model || each.startsWith(`${model}-20`))) {
      const price = priceOf('anthropic', name, Date.parse('2026-11-22'));
      const perMillion = price && [price.input, price.cacheRead, price.cacheWrite, price.output];
      expect(perMillion?.map((figure) => formatUsd(picoUsd(figure * 1_000_000n)))).toEqual(figures);
    }
  });

  it('have a price by the length of the prompt where the page has one, and that of their day', () => {
    expect(priceOf('anthropic', 'claude-haiku-5-5', Date.parse('2026-11-22'))).toMatchObject({
      input: 100_000n,
      output: 500_000n,
      longPrompts: [{ aboveInputTokens: 100_000, input: 500_000n, cacheRead: 50_000n, output: 2_500_000n }],
    });
    const sonnet = priceOf('anthropic', 'claude-sonnet-5-5', Date.parse('2026-10-01'));
    expect(sonnet?.cacheRead).toBe(200_000n);
  });
});
