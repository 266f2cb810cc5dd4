// Anthropic's models against what is known of their families, and against each other.

import { describe, expect, it } from 'vitest';
import { ANTHROPIC_MODELS, RETIRED_ANTHROPIC_MODELS } from '../../src/catalog/anthropic-models.ts';
import { familyOf } from '../../src/providers/anthropic-families.ts';

const names = ANTHROPIC_MODELS.map(({ model }) => model);
const UNKNOWN = familyOf('a model of tomorrow');

describe("Anthropic's models", () => {
  it('have one card each, and none that is shut down has one', () => {
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => RETIRED_ANTHROPIC_MODELS.has(name))).toEqual([]);
  });

  it.each(names)('%s has a family whose refusals are known', (name) => {
    expect(familyOf(name)).not.toBe(UNKNOWN);
  });

  it('that are shut down name one that answers in their place', () => {
    for (const { replacement, shutDownOn } of RETIRED_ANTHROPIC_MODELS.values()) {
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
});
