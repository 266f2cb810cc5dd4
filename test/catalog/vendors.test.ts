// The catalogue of several vendors and of servers that an operator describes: which of them a name means, and until when.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type CatalogOptions, createCatalog } from '../../src/catalog/catalog.ts';
import { endAhead, whyRetired } from '../../src/catalog/model-ends.ts';
import { whyNoModel } from '../../src/catalog/model-names.ts';
import { createPriceBook } from '../../src/catalog/prices.ts';
import { VENDOR_CARDS } from '../../src/catalog/vendor-cards.ts';
import { LLMError } from '../../src/core/errors.ts';
import type { LLMProvider } from '../../src/core/provider.ts';
import type { ServerSettings } from '../../src/core/provider-settings.ts';

const AT_MS = Date.parse('2026-11-26');
const provider = (id: string): LLMProvider => ({
  id,
  billAfterCancel: 'unknown',
  transport: { kind: 'direct', answer: () => Promise.resolve() },
});
const server = (id: string, models: readonly string[] = []): ServerSettings => ({
  moreApiKeys: [],
  kind: 'server',
  id,
  headers: new Map(),
  model: null,
  models: models.map((name) => ({ name })),
});

function catalogOf(ids: readonly string[], options: Partial<CatalogOptions> = {}) {
  const [primary = ''] = ids;
  return createCatalog({
    providers: ids.map(provider),
    servers: [],
    openAiApi: 'chat',
    primary,
    defaultModel: VENDOR_CARDS.groq[0]?.model ?? '',
    fallback: null,
    routes: new Map(),
    prices: [],
    ...options,
  });
}

type Asked = ReturnType<typeof catalogOf>;

function leadsTo(catalog: Asked, name: string | null, atMs = AT_MS): string[] {
  return catalog.targetsFor(name, atMs).map((target) => `${target.provider.id}: ${target.card.model}`);
}

function refusalOf(catalog: Asked, name: string | null, atMs = AT_MS): string {
  try {
    catalog.targetsFor(name, atMs);
  } catch (error) {
    if (error instanceof LLMError && error.code === 'model_not_found') return error.message;
  }
  throw new Error(`${name} was not refused`);
}

describe('a name', () => {
  const all = catalogOf(['groq', 'openai', 'anthropic', 'gemini']);

  it('means the primary provider’s model before another vendor’s prefix', () => {
    expect(leadsTo(all, 'openai/gpt-oss-120b')).toEqual(['groq: openai/gpt-oss-120b']);
    expect(leadsTo(all, 'openai/gpt-5.4-mini')).toEqual(['openai: gpt-5.4-mini']);
    const openAiFirst = catalogOf(['openai', 'groq'], { defaultModel: 'gpt-5.4-mini' });
    expect(leadsTo(openAiFirst, 'openai/gpt-oss-120b')).toEqual(['groq: openai/gpt-oss-120b']);
  });

  it('that one configured provider alone knows leads there', () => {
    expect(leadsTo(all, 'gpt-5.4-mini')).toEqual(['openai: gpt-5.4-mini']);
    expect(leadsTo(all, 'claude-opus-5-5')).toEqual(['anthropic: claude-opus-5-5']);
    expect(leadsTo(all, 'gemini-3.8-flash')).toEqual(['gemini: gemini-3.8-flash']);
  });

  it('that several know has to be said with its provider, and is listed so', () => {
    const servers = [server('one', ['llama', 'mine']), server('two', ['llama'])];
    const catalog = catalogOf(['groq', 'one', 'two'], { servers });
    expect(refusalOf(catalog, 'llama')).toContain('ask for "one/llama" or "two/llama"');
    expect(leadsTo(catalog, 'two/llama')).toEqual(['two: llama']);
    expect(leadsTo(catalog, 'mine')).toEqual(['one: mine']);
  });

  it('of a server’s model that makes embeddings alone leads to one that gives no answers', () => {
    const made = { name: 'nomic-embed-text', dimensions: 768, contextWindow: 2_048 };
    const catalog = catalogOf(['groq', 'local'], { servers: [{ ...server('local'), models: [made] }] });
    const [target] = catalog.targetsFor('nomic-embed-text', AT_MS);
    expect(target?.card).toMatchObject({ outputLimit: 0, contextWindow: 2_048, vectors: { dimensions: 768 } });
    expect([...(target?.card.features ?? [])]).toEqual(['embeddings']);
  });

  it('behind that of a server may be any, with careful figures; without it only a listed one', () => {
    const local = { ...server('local'), lacks: ['images', 'tool_choice'] };
    const catalog = catalogOf(['groq', 'local'], { servers: [local] });
    const [target] = catalog.targetsFor('local/some/where:latest', AT_MS);
    expect(target?.card).toMatchObject({ model: 'some/where:latest', contextWindow: 131_072, outputLimit: 16_384 });
    expect([...(target?.card.features ?? [])]).toEqual([
      'tools',
      'json_mode',
      'json_schema',
      'reasoning',
      'embeddings',
    ]);
    expect(target?.price).toBeNull();
    expect(refusalOf(catalog, 'some/where:latest')).toContain('There is no model');
    expect(refusalOf(catalog, 'local/')).toContain('There is no model');
    expect(catalog.models(AT_MS).some(({ provider: of }) => of === 'local')).toBe(false);
  });

  it('of a model that only Responses reach is told how', () => {
    expect(refusalOf(all, 'gpt-5.5-pro')).toContain('api: responses');
    const responses = catalogOf(['groq', 'openai'], { openAiApi: 'responses' });
    expect(leadsTo(responses, 'gpt-5.5-pro')).toEqual(['openai: gpt-5.5-pro']);
  });
});

describe('a server’s own price', () => {
  const price = { from: null, input: '0.10', cachedInput: '0.05', output: '0.40', source: null };

  it('is found for a name behind the server’s, and is the only one there is', () => {
    const catalog = catalogOf(['groq', 'local'], {
      servers: [server('local')],
      prices: [{ ...price, model: 'local/tiny' }],
    });
    expect(catalog.targetsFor('local/tiny', AT_MS)[0]?.price).toMatchObject({ input: 100_000n, cacheRead: 50_000n });
    expect(catalog.priceOf('local', 'other', AT_MS)).toBeNull();
    // Of a vendor by this name there are published prices; who stands behind the name here nobody knows.
    expect(createPriceBook([])('mistral', 'mistral-small-latest', AT_MS)).toBeNull();
  });
});

describe('a model with an end', () => {
  const DAY = Date.parse('2026-12-11');
  const catalog = catalogOf(['groq', 'openai'], {
    routes: new Map([
      ['tutor', ['gpt-5', 'gpt-5.4']],
      ['old', ['gpt-5']],
    ]),
    fallback: { provider: 'openai', model: 'gpt-5-mini' },
  });

  it('is asked until its day, and then names what replaces it', () => {
    expect(leadsTo(catalog, 'gpt-5', DAY - 1)).toEqual(['openai: gpt-5']);
    expect(refusalOf(catalog, 'gpt-5', DAY)).toBe('OpenAI shut "openai/gpt-5" down on 2026-12-11. Use "gpt-5.4"');
    expect(refusalOf(catalog, 'old', DAY)).toContain('Use "gpt-5.4"');
  });

  it('leaves routes, fallback and list on that day', () => {
    expect(leadsTo(catalog, 'tutor', DAY - 1)).toEqual(['openai: gpt-5', 'openai: gpt-5.4']);
    expect(leadsTo(catalog, 'tutor', DAY)).toEqual(['openai: gpt-5.4']);
    expect(leadsTo(catalog, null, DAY)).toEqual(['groq: openai/gpt-oss-120b']);
    const listed = (atMs: number) => catalog.models(atMs).some(({ model }) => model === 'gpt-5');
    expect([listed(DAY - 1), listed(DAY)]).toEqual([true, false]);
  });

  it.each([
    ['mixtral-8x7b-32768', 'Groq', 'openai/gpt-oss-120b'],
    ['o1', 'OpenAI', 'gpt-5.4'],
    ['claude-3-opus-20240229', 'Anthropic', 'claude-opus-5-5'],
    ['gemini-2.0-flash', 'Gemini', 'gemini-3.5-flash-lite'],
  ])('of any vendor is told, by its name alone and behind its vendor’s: %s', (name, vendor, replacement) => {
    const all = catalogOf(['groq', 'openai', 'anthropic', 'gemini']);
    for (const asked of [name, `${vendor.toLowerCase()}/${name}`]) {
      expect(refusalOf(all, asked)).toContain(`${vendor} shut "${asked}" down on 20`);
      expect(refusalOf(all, asked)).toContain(`Use "${replacement}"`);
    }
  });

  it('names a replacement that is known, be its vendor configured or not', () => {
    for (const { model } of Object.values(VENDOR_CARDS).flat()) {
      const told = endAhead(model, AT_MS);
      const [, replacement = ''] = /Use "(.*)"$/.exec(told ?? '') ?? [];
      if (told !== null) expect(whyNoModel(replacement, { servers: [] })).toBeNull();
      expect(whyRetired(model, AT_MS)).toBeNull();
    }
  });
});

describe('the prices of the vendors', () => {
  it('are unpriced where the page of the configuration says so', () => {
    const priceOf = createPriceBook([]);
    const unpriced = Object.values(VENDOR_CARDS)
      .flat()
      .filter(({ provider: of, model }) => priceOf(of, model, AT_MS) === null)
      .map(({ model }) => model);
    const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
    const [told = ''] = /^these have no price:[\s\S]*?\.$/m.exec(page) ?? [];
    expect([...told.matchAll(/`([^`]+)`/g)].map(([, model]) => model).sort()).toEqual([...new Set(unpriced)].sort());
  });

  it('are by the length of the prompt where their vendor has them so', () => {
    const priceOf = createPriceBook([]);
    for (const [vendor, model, aboveInputTokens] of [
      ['openai', 'gpt-5.4', 271_999],
      ['gemini', 'gemini-2.5-pro', 200_000],
      ['gemini', 'gemini-3.1-pro-preview', 200_000],
      ['anthropic', 'claude-haiku-5-5', 100_000],
    ] as const) {
      expect([model, priceOf(vendor, model, AT_MS)]).toMatchObject([model, { longPrompts: [{ aboveInputTokens }] }]);
    }
  });

  it.each([
    ['gemini-4-argon', 2_000_000n, 100_000n, 10_000_000n],
    ['gemma-4-31b-it', 0n, 0n, 0n],
  ])('hold %s', (model, input, cacheRead, output) => {
    expect(createPriceBook([])('gemini', model, AT_MS)).toMatchObject({ input, cacheRead, output });
  });
});
