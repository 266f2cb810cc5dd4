import { describe, expect, it } from 'vitest';
import { OPENAI_ENDS, OPENAI_MODELS, OPENAI_RESPONSES_MODELS } from '../../src/catalog/openai-models.ts';
import { rulesOf } from '../../src/providers/openai/rules.ts';

const ALL = [...OPENAI_MODELS, ...OPENAI_RESPONSES_MODELS];
const READ_ON = '2026-11-22';

describe("OpenAI's models", () => {
  it('are each listed once, with a window that holds an answer', () => {
    expect(new Set(ALL.map(({ model }) => model)).size).toBe(ALL.length);
    for (const { contextWindow, outputLimit } of ALL) expect(outputLimit).toBeLessThan(contextWindow);
  });

  it('hold the fallback that the environment names', () => {
    expect(OPENAI_MODELS.find(({ model }) => model === 'gpt-5.4-mini')).toMatchObject({
      contextWindow: 400_000,
      outputLimit: 128_000,
    });
  });

  it('are said to reason exactly where the codec knows them to', () => {
    for (const { model, features, thinksSilently } of ALL) {
      expect(features.has('reasoning'), model).toBe(rulesOf(model).efforts.length > 0);
      expect(thinksSilently, model).toBe(features.has('reasoning'));
    }
  });

  it('are not listed after their end, nor put in the place of one that ends earlier', () => {
    for (const [model, { shutDownOn, replacement }] of OPENAI_ENDS) {
      const isListed = ALL.some((card) => card.model === model);
      expect(isListed, model).toBe(shutDownOn > READ_ON);
      if (replacement === null) continue;
      expect(
        ALL.some((card) => card.model === replacement),
        replacement,
      ).toBe(true);
      expect((OPENAI_ENDS.get(replacement)?.shutDownOn ?? '9999') > shutDownOn, `${model} -> ${replacement}`).toBe(
        true,
      );
    }
  });
});
