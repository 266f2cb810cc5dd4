// What a model name leads to, in the order that callers are promised, and that names cannot be used to mislead.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CatalogOptions, createCatalog } from '../../src/catalog/catalog.ts';
import { GROQ_ENDS, GROQ_MODELS } from '../../src/catalog/groq-models.ts';
import { whyNoModel } from '../../src/catalog/model-names.ts';
import { LLMError } from '../../src/core/errors.ts';
import type { LLMProvider } from '../../src/core/provider.ts';

const AT_MS = Date.parse('2026-11-01');
const provider = (id: string): LLMProvider => ({
  id,
  billAfterCancel: 'unknown',
  transport: { kind: 'direct', answer: () => Promise.resolve() },
});

function catalogOf(options: Partial<CatalogOptions> = {}) {
  return createCatalog({
    providers: [provider('groq')],
    primary: 'groq',
    defaultModel: 'openai/gpt-oss-120b',
    fallback: null,
    routes: new Map(),
    prices: [],
    servers: [],
    openAiApi: 'chat',
    ...options,
  });
}

const offline = () => catalogOf({ providers: [provider('offline')], primary: 'offline' });

function leadsTo(catalog: ReturnType<typeof catalogOf>, name: string | null): string[] {
  return catalog.targetsFor(name, AT_MS).map((target) => `${target.provider.id}: ${target.card.model}`);
}

function refusalOf(name: string, catalog = catalogOf()): LLMError {
  try {
    catalog.targetsFor(name, AT_MS);
  } catch (error) {
    if (error instanceof LLMError) return error;
  }
  throw new Error(`${name} was not refused`);
}

describe('a model name', () => {
  it('that is left out leads to the default model, then to the fallback', () => {
    expect(leadsTo(catalogOf(), null)).toEqual(['groq: openai/gpt-oss-120b']);
    const withFallback = catalogOf({
      providers: [provider('groq'), provider('offline')],
      fallback: { provider: 'offline', model: 'offline/echo' },
    });
    expect(leadsTo(withFallback, null)).toEqual(['groq: openai/gpt-oss-120b', 'offline: offline/echo']);
    expect(leadsTo(withFallback, 'openai/gpt-oss-20b')).toEqual(['groq: openai/gpt-oss-20b']);
  });

  it('that is a whole name of the primary provider leads to its model, with price and reason', () => {
    const [target] = catalogOf().targetsFor('openai/gpt-oss-20b', AT_MS);
    expect(target).toMatchObject({
      reason: 'named by the caller',
      card: { outputLimit: 65_536 },
      price: { output: 300_000n },
    });
  });

  it('that is a route of ours leads to its targets in order, also when a model has the same name', () => {
    const targets = ['groq/openai/gpt-oss-120b', 'openai/gpt-oss-20b'];
    const routes = new Map([
      ['tutor', targets],
      ['openai/gpt-oss-20b', ['qwen/qwen3.8-27b']],
      ['mixtral-8x7b-32768', targets],
    ]);
    const catalog = catalogOf({ routes });
    expect(leadsTo(catalog, 'tutor')).toEqual(['groq: openai/gpt-oss-120b', 'groq: openai/gpt-oss-20b']);
    expect(leadsTo(catalog, 'openai/gpt-oss-20b')).toEqual(['groq: qwen/qwen3.8-27b']);
    expect(leadsTo(catalog, 'mixtral-8x7b-32768')).toHaveLength(2);
    expect(catalog.targetsFor('tutor', AT_MS)[0]?.reason).toContain('"tutor"');
  });

  it('that only another configured provider knows leads there', () => {
    const catalog = catalogOf({ providers: [provider('groq'), provider('offline')] });
    expect(leadsTo(catalog, 'offline/echo')).toEqual(['offline: offline/echo']);
  });

  it('may have its provider before it', () => {
    expect(leadsTo(catalogOf(), 'groq/openai/gpt-oss-120b')).toEqual(['groq: openai/gpt-oss-120b']);
  });

  it('that nobody knows is told near names', () => {
    expect(refusalOf('openai/gpt-oss-12b')).toMatchObject({ code: 'model_not_found', status: 404, param: 'model' });
    expect(refusalOf('openai/gpt-oss-12b').message).toContain('Did you mean "openai/gpt-oss-120b"');
    expect(refusalOf('gpt-oss-20b').message).toContain('"openai/gpt-oss-20b"');
    expect(refusalOf('claude-opus-50').message).not.toContain('Did you mean');
    expect(refusalOf('/').code).toBe('model_not_found');
  });

  it.each([...GROQ_ENDS])('%s is told to be shut down, when, and what to use', (name, retired) => {
    for (const asked of [name, `groq/${name}`]) {
      expect(refusalOf(asked).code).toBe('model_not_found');
      expect(refusalOf(asked).message).toContain(retired.shutDownOn);
      if (retired.replacement !== null) expect(refusalOf(asked).message).toContain(`"${retired.replacement}"`);
    }
  });

  it('is not repeated when it could be misread, and never more than 256 characters long', () => {
    for (const name of [
      '',
      'openai/gpt‑oss‑120b',
      'оpenai/gpt-oss-120b',
      'a\u202eb',
      'a\nb',
      'a b',
      '\u0000',
      'x'.repeat(10_000),
    ]) {
      expect(refusalOf(name).code).toBe('model_not_found');
      if (name !== '') expect(refusalOf(name).message).not.toContain(name);
      expect(refusalOf(name).message.length).toBeLessThan(200);
    }
  });

  it('of any kind leads to a model or to model_not_found, and a message of printable ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        expect(refusalOf(`?${name}`).message).toMatch(/^[\x20-\x7e]+$/);
      }),
    );
  });
});

describe('without a key', () => {
  it('every name of Groq leads to the offline provider, and the provider says so', () => {
    for (const { model } of GROQ_MODELS) {
      expect(leadsTo(offline(), model)).toEqual(['offline: offline/echo']);
      expect(leadsTo(offline(), `groq/${model}`)).toEqual(['offline: offline/echo']);
    }
    expect(leadsTo(offline(), null)).toEqual(['offline: offline/echo']);
    expect(leadsTo(offline(), 'offline/echo')).toEqual(['offline: offline/echo']);
  });

  it('a stand-in has the limits and features of the model it stands in for, and is known to be free', () => {
    const [target] = offline().targetsFor('llama-3.3-70b-versatile', AT_MS);
    expect(target?.card.outputLimit).toBe(32_768);
    expect(target?.card.features.has('json_schema')).toBe(false);
    expect(target?.price).toMatchObject({ input: 0n, output: 0n });
  });

  it('only what there is stands in the list of models', () => {
    expect(
      offline()
        .models(AT_MS)
        .map(({ model }) => model),
    ).toEqual(['offline/echo']);
    expect(catalogOf().models(AT_MS)).toEqual(GROQ_MODELS);
  });
});

describe('the catalogue', () => {
  it('refuses at the start what leads nowhere', () => {
    expect(() => catalogOf({ defaultModel: 'mixtral-8x7b-32768' })).toThrow('Use "openai/gpt-oss-120b"');
    expect(() => catalogOf({ routes: new Map([['tutor', ['openai/gpt-9']]]) })).toThrow('openai/gpt-9');
    const price = { model: 'local/tiny', from: null, input: '1', cachedInput: null, output: '1', source: null };
    expect(() => catalogOf({ prices: [price] })).toThrow('local/tiny');
  });

  it('names no replacement that it doesn’t have itself', () => {
    for (const { replacement } of GROQ_ENDS.values()) {
      if (replacement !== null) expect(whyNoModel(replacement, { servers: [] })).toBeNull();
    }
  });
});
