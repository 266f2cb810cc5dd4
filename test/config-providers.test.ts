// Who is asked: the vendors by their variables, servers by the file, and what is told of one that cannot be asked. No key is shown.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { CONFIG_FILE } from '../src/config/settings.ts';
import { ConfigError, loadConfig } from '../src/config.ts';
import { KNOB_NAMES } from '../src/providers/compatible/knobs.ts';
import { LACKS } from '../src/providers/compatible/lacks.ts';
import { PRESETS } from '../src/providers/compatible/presets.ts';
import { createProviders } from '../src/providers/index.ts';
import { KNOWN } from '../src/service/rules.ts';

const NOW_MS = Date.parse('2026-11-26');
const folder = mkdtempSync(join(tmpdir(), 'config-providers-'));
afterAll(() => rmSync(folder, { recursive: true }));

function load(env: Readonly<Record<string, string>>, yaml = '', nowMs = NOW_MS) {
  const cwd = mkdtempSync(join(folder, 'cwd-'));
  writeFileSync(join(cwd, CONFIG_FILE), yaml);
  return loadConfig({ env, cwd, known: KNOWN, nowMs });
}

function faultsOf(env: Readonly<Record<string, string>>, yaml?: string): readonly string[] {
  try {
    load(env, yaml);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map(({ where, found, write }) => `${where} | ${found} | ${write}`);
  }
  return [];
}

const GROQ = { GROQ_API_KEY: 'gsk_canary_0123456789' };
const OPENAI = { OPENAI_API_KEY: 'sk-canary_0123456789' };
const ANTHROPIC = { ANTHROPIC_API_KEY: 'sk-ant-canary_0123456789' };
const GEMINI = { GEMINI_API_KEY: 'AIza_canary_0123456789' };
const LOCAL = 'providers: { local: { type: compatible, base_url: "http://127.0.0.1:9", model: tiny } }';
const reference = (name: string) => `$\{${name}}`;

function standing(env: Readonly<Record<string, string>>, yaml?: string) {
  const { primary, defaultModel, fallback } = load(env, yaml).catalog;
  return [`${primary} ${defaultModel}`, fallback && `${fallback.provider} ${fallback.model}`];
}

describe('who answers callers that name no model', () => {
  it.each([
    [{ ...GROQ }, ['groq openai/gpt-oss-120b', null]],
    [{ ...GROQ, ...OPENAI }, ['groq openai/gpt-oss-120b', 'openai gpt-5.4-mini']],
    [{ ...GROQ, ...OPENAI, OPENAI_MODEL: 'gpt-5.2' }, ['groq openai/gpt-oss-120b', 'openai gpt-5.2']],
    [{ ...GROQ, ...OPENAI, LLM_FALLBACK_PROVIDER: 'none' }, ['groq openai/gpt-oss-120b', null]],
    [{ ...OPENAI, ...ANTHROPIC, ...GEMINI }, ['openai gpt-5.4-mini', null]],
    [{ ...ANTHROPIC, ...GEMINI }, ['anthropic claude-sonnet-5-5', null]],
    [{ ...GEMINI, LLM_FALLBACK_PROVIDER: 'groq' }, ['gemini gemini-3.8-flash', null]],
    [
      { ...GROQ, ...ANTHROPIC, LLM_PRIMARY_PROVIDER: 'anthropic', LLM_FALLBACK_PROVIDER: 'groq' },
      ['anthropic claude-sonnet-5-5', 'groq openai/gpt-oss-120b'],
    ],
    [{ ...GROQ, ...OPENAI, LLM_PRIMARY_PROVIDER: 'offline' }, ['offline openai/gpt-oss-120b', null]],
    [{}, ['offline openai/gpt-oss-120b', null]],
  ])('with %j', (env, expected) => {
    expect(standing(env)).toEqual(expected);
  });

  it('may be a server of the file, which stands behind the vendors', () => {
    expect(standing({}, LOCAL)).toEqual(['local tiny', null]);
    expect(standing({ ...GEMINI, LLM_FALLBACK_PROVIDER: 'local' }, LOCAL)).toEqual([
      'gemini gemini-3.8-flash',
      'local tiny',
    ]);
    expect(standing({ ...GROQ, LLM_PRIMARY_PROVIDER: 'local' }, LOCAL)).toEqual(['local tiny', null]);
  });

  it('is told in notes: who stands in for Groq, and why there is no fallback', () => {
    const notes = (env: Readonly<Record<string, string>>, yaml?: string) => load(env, yaml).notes.join('\n');
    expect(notes(OPENAI)).toContain('GROQ_API_KEY is not set: openai answers, with gpt-5.4-mini');
    expect(notes(OPENAI)).toContain('(LLM_FALLBACK_PROVIDER=openai) is off: it is the primary provider');
    expect(notes(GROQ)).toContain('(LLM_FALLBACK_PROVIDER=openai) is off: OPENAI_API_KEY is not set');
    expect(notes({ ...GROQ, ...OPENAI })).toBe('');
    const nameless = 'providers: { local: { type: compatible, base_url: "http://127.0.0.1:9" } }';
    expect(notes({ ...GROQ, LLM_FALLBACK_PROVIDER: 'local' }, nameless)).toContain(
      'off: providers.local.model is not set',
    );
    // It can be asked by name all the same.
    expect(load({}, nameless).providers).toMatchObject([{ id: 'local' }]);
  });

  it('is told when a vendor will end the model', () => {
    const { notes } = load({ ...GROQ, ...OPENAI, OPENAI_MODEL: 'gpt-5-mini' }, 'routes: { t: { targets: [gpt-4o] } }');
    expect(notes).toEqual([
      'OpenAI shuts "openai/gpt-5-mini" down on 2026-12-11. Use "gpt-5.4-mini". It is named as the fallback',
      'OpenAI shuts "gpt-4o" down on 2027-01-14. Use "gpt-5.4". It is named in routes.t',
    ]);
  });

  it('is told of wherever it is named, once, also when its end has come', () => {
    const named = `
tenants: { acme: { allowed_models: [t, gpt-5] }, other: { allowed_models: [gpt-5] } }
prices: [{ model: gpt-5, input: '1', output: '1' }, { model: gpt-5, from: 2026-10-01, input: '2', output: '2' }]
routes: { t: { targets: [openai/gpt-oss-120b`;
    const endsIn = (yaml: string, day: string) =>
      load(GROQ, yaml, Date.parse(day)).notes.filter((note) => note.includes('down on'));
    const places = 'in tenants.acme.allowed_models, in tenants.other.allowed_models, in prices';
    expect(endsIn(`${named}, gpt-5] } }`, '2026-12-10')).toEqual([
      `OpenAI shuts "gpt-5" down on 2026-12-11. Use "gpt-5.4". It is named in routes.t, ${places}`,
    ]);
    expect(endsIn(`${named}] } }`, '2026-12-11')).toEqual([
      `OpenAI shut "gpt-5" down on 2026-12-11. Use "gpt-5.4". It is named ${places}`,
    ]);
  });

  it.each([
    [{ LLM_PRIMARY_PROVIDER: 'openai' }, /^OPENAI_API_KEY .*platform\.openai\.com.*LLM_PRIMARY_PROVIDER is openai/],
    [{ ...GROQ, LLM_PRIMARY_PROVIDER: 'antropic' }, /^LLM_PRIMARY_PROVIDER \| "antropic" .*"anthropic"/],
    [{ ...GROQ, LLM_FALLBACK_PROVIDER: 'locl' }, /^LLM_FALLBACK_PROVIDER \| "locl" .*"local"/],
    [
      { OPENAI_MODEL: 'o1', ...OPENAI },
      /^OPENAI_MODEL \| "o1" \| OpenAI shut "o1" down on 2026-10-23\. Use "gpt-5\.4"/,
    ],
    [{ OPENAI_MODEL: 'claude-sonnet-5-5' }, /^OPENAI_MODEL .*a model of OpenAI; this one is a model of Anthropic/],
    [{ GEMINI_MODEL: 'gemini-3.8-flsh' }, /^GEMINI_MODEL .*"gemini-3\.8-flash"/],
    [{ OPENAI_MODEL: 'text-embedding-3-small' }, /^OPENAI_MODEL .*makes embeddings alone/],
    [{ OPENAI_MODEL: 'gpt-5.5-pro' }, /^OPENAI_MODEL .*api: responses/],
  ])('is a fault where it leads nowhere: %j', (env, fault) => {
    expect(faultsOf(env, LOCAL)).toEqual([expect.stringMatching(fault)]);
  });

  it('needs no key of Groq’s in production where another vendor has one', () => {
    expect(faultsOf({ NODE_ENV: 'production' })).toEqual([expect.stringMatching(/^GROQ_API_KEY/)]);
    expect(faultsOf({ NODE_ENV: 'production', ...GEMINI })).toEqual([]);
    expect(faultsOf({ NODE_ENV: 'production' }, LOCAL)).toEqual([]);
  });
});

describe('a key', () => {
  it.each([
    ['GROQ_API_KEY', 'sk-canary'],
    ['OPENAI_API_KEY', 'gsk_canary'],
    ['ANTHROPIC_API_KEY', 'sk-canary'],
    ['GEMINI_API_KEY', 'gsk_canary'],
  ])('of another vendor in %s is told, and not shown', (name, key) => {
    const [fault = '', ...more] = faultsOf({ ...GROQ, [name]: key });
    expect(fault).toMatch(new RegExp(`^${name} \\| null \\| it (does not begin|begins)`));
    expect(more).toEqual([]);
    expect(fault).not.toContain('canary');
  });

  it('I25: of a vendor or of a server, named or literal, is a secret everywhere', () => {
    const yaml = `providers:
  one: { type: compatible, base_url: "http://127.0.0.1:9", api_key: literal_canary_1, headers: { X-Token: header_canary_1 } }
  two: { type: compatible, base_url: "http://127.0.0.1:9", api_key: "${reference('TWO_KEY')}" }`;
    const config = load({ ...GROQ, ...OPENAI, ...ANTHROPIC, ...GEMINI, TWO_KEY: 'named_canary_2' }, yaml);
    const printed = [inspect(config, { depth: 12, showHidden: true }), JSON.stringify(config), inspect(config.origins)];
    for (const text of printed) expect(text).not.toContain('canary');
    const hidden = config.secrets.map((secret) => secret.reveal());
    for (const key of ['literal_canary_1', 'header_canary_1', 'named_canary_2', ...Object.values(GEMINI)])
      expect(hidden).toContain(key);
    expect(config.origins.get('providers.one.api_key')).toEqual({ value: '[secret]', origin: 'file' });
    expect(config.origins.get('providers.one.base_url')?.value).toBe('http://127.0.0.1:9');
  });

  it('I25: of several that take turns, each is one: of the right form, and a secret', () => {
    const yaml = (key: string) => `providers:
  groq: { more_api_keys: ["${key}", "${reference('SECOND')}"] }
  one: { type: compatible, base_url: "http://127.0.0.1:9", api_key: canary_1, more_api_keys: [canary_2] }`;
    const config = load({ ...GROQ, SECOND: 'gsk_canary_second' }, yaml('gsk_canary_first'));
    expect(config.providers.map(({ id, moreApiKeys }) => [id, moreApiKeys.map((key) => key.reveal())])).toEqual([
      ['groq', ['gsk_canary_first', 'gsk_canary_second']],
      ['one', ['canary_2']],
    ]);
    const hidden = config.secrets.map((secret) => secret.reveal());
    for (const key of ['gsk_canary_first', 'gsk_canary_second', 'canary_2']) expect(hidden).toContain(key);
    expect(inspect(config, { depth: 12, showHidden: true }) + inspect(config.origins)).not.toContain('canary');
    const [fault = '', ...more] = faultsOf({ ...GROQ, SECOND: 'gsk_ok' }, yaml('sk-canary'));
    expect(fault).toMatch(/: providers\.groq\.more_api_keys\[0\] \| null \| it does not begin with gsk_/);
    expect([more, fault.includes('canary')]).toEqual([[], false]);
  });

  it('I25: that stands in the wrong place or form is not shown either', () => {
    const wrong = [
      'providers: { one: canary_in_place }',
      'providers: { one: { type: compatible, base_url: "http://127.0.0.1:9", api_key: "canary with spaces" } }',
      'providers: { one: { type: compatible, base_url: "http://127.0.0.1:9", api_key: [canary] } }',
      'providers: { one: { type: compatible, base_url: "http://user:canary@127.0.0.1:9" } }',
      'providers: { one: { type: compatible, base_url: "http://127.0.0.1:9", headers: { X: "canary\\nbreak" } } }',
      'providers: { openai: { api_key: canary } }',
    ];
    for (const yaml of wrong) {
      const told = faultsOf({}, yaml).join('\n');
      expect(told, yaml).toContain('providers.');
      expect(told, yaml).not.toContain('canary');
    }
  });
});

describe('a server of the file', () => {
  it('with several faults has all of them told, along with those of everything else', () => {
    const yaml = `providers:
  one: { type: compatible, base_url: "http://127.0.0.1:9", takes: [video], lacks: [vision, images, sight], leaves_out: [top] }
  two: { type: compatible, lacks: [vision], api: talk }
users: { ann: { tier: gold } }
routes: { tutor: { targets: [one/x, openai/gpt-oss-120] } }`;
    expect(faultsOf({ PORT: 'x' }, yaml).map((fault) => fault.replace(/^.*?: |( \| .*)$/g, ''))).toEqual([
      'PORT',
      'providers.one.takes[0]',
      'providers.two.api',
      'users.ann.tier',
      'routes.tutor.targets[1]',
      'providers.one.lacks',
      'providers.one.lacks',
      'providers.one.leaves_out',
      'providers.two.lacks',
      'providers.two',
    ]);
  });

  it('whose address cannot be read is told that, and not that it has none', () => {
    const yaml = 'providers: { one: { type: compatible, base_url: nowhere, lacks: [vision], models: [{ nmae: x }] } }';
    const told = faultsOf({}, yaml).join('\n');
    expect(told).toContain('providers.one.base_url | "nowhere"');
    expect(told).toContain('providers.one.models[0].nmae');
    expect(told).toContain('providers.one.lacks | "vision"');
    expect(told).not.toContain('needs a base URL');
  });

  it.each([
    ['model', 'request says it itself'],
    ['stream', 'request says it itself'],
    ['max_tokens', 'bounds the bill'],
    ['n', 'bounds the bill'],
  ])('sets no field that it cannot: %s', (field, why) => {
    const yaml = `providers: { one: { type: compatible, base_url: "http://127.0.0.1:9", fields: { ${field}: 1, user: x } } }`;
    expect(faultsOf({}, yaml)).toEqual([expect.stringMatching(`providers\\.one\\.fields\\.${field} .*${why}`)]);
  });

  it('may have all of its words', () => {
    const yaml = `providers:
  gate:
    type: compatible
    preset: azure
    base_url: "https://gate.example.org"
    api_key: canary
    api: responses
    lacks: [images, stream_usage]
    leaves_out: [seed]
    max_tokens_field: max_tokens
    reasoning_field: reasoning
    api_version: "2024-10-21"
    headers: { HTTP-Referer: "https://example.org" }
    fields: { store: false, route: { order: [a, b] } }
    models: [{ name: big, context_window: 200000, max_output_tokens: 32000, lacks: [tools] }]`;
    const config = load({}, yaml);
    expect(config.providers).toMatchObject([
      {
        kind: 'server',
        id: 'gate',
        preset: 'azure',
        baseUrl: 'https://gate.example.org',
        leavesOut: ['seed'],
        apiVersion: '2024-10-21',
        fields: { store: false, route: { order: ['a', 'b'] } },
        model: 'big',
        models: [{ name: 'big', contextWindow: 200_000, outputLimit: 32_000, lacks: ['tools'] }],
      },
    ]);
    expect(createProviders(config, () => null).map(({ id }) => id)).toEqual(['gate']);
  });

  it('may have models that make embeddings alone, and none of them is asked when nobody names one', () => {
    const yaml = (models: string) =>
      `providers: { own: { type: compatible, base_url: "http://127.0.0.1:9", models: ${models} } }`;
    const made = '{ name: nomic-embed-text, context_window: 2048, dimensions: 768 }';
    const { providers } = load({}, yaml(`[${made}, { name: qwen }]`));
    expect(providers).toMatchObject([
      { model: 'qwen', models: [{ dimensions: 768, contextWindow: 2_048 }, { name: 'qwen' }] },
    ]);
    expect(load({}, yaml(`[${made}]`)).providers).toMatchObject([{ model: null }]);
    expect(faultsOf({}, yaml('[{ name: x, dimensions: 0 }]'))[0]).toContain('dimensions');
  });

  it('that is called like a preset has it', () => {
    const config = load(
      { MISTRAL_API_KEY: 'canary' },
      `providers: { mistral: { type: compatible, api_key: "${reference('MISTRAL_API_KEY')}" } }`,
    );
    expect(createProviders(config, () => null).map(({ id }) => id)).toEqual(['offline', 'mistral']);
    expect(faultsOf({}, 'providers: { mistral: { type: compatible } }')).toEqual([
      `${CONFIG_FILE}: providers.mistral | null | mend this provider: Mistral answers nobody without a key`,
    ]);
  });

  it.each([
    ['{ local: { type: compatible } }', 'providers.local | null', 'it needs a base URL or a preset'],
    ['{ local: { base_url: "http://x.example" } }', 'providers.local.type', 'compatible'],
    ['{ opnai: { api: responses } }', 'providers.opnai.type', '"openai"'],
    ['{ local: { type: compatible, preset: olama } }', 'providers.local.preset | "olama"', '"ollama"'],
    ['{ ollama: { type: compatible, lacks: [image] } }', 'providers.ollama.lacks | "image"', '"images"'],
    ['{ ollama: { type: compatible, leaves_out: [temprature] } }', 'providers.ollama.leaves_out', '"temperature"'],
    ['{ ollama: { type: compatible, base_ulr: x } }', 'providers.ollama.base_ulr | null', '"base_url"'],
    ['{ ollama: { type: compatible, models: [{ nmae: x }] } }', 'providers.ollama.models[0].', 'write'],
    ['{ ollama: { type: compatible, api: rest } }', 'providers.ollama.api | "rest"', 'chat, responses'],
    ['{ ollama: { type: compatible, models: [{ name: a b }] } }', 'providers.ollama.models[0].name', 'without spaces'],
    ['{ Local: { type: compatible, base_url: "http://x.example" } }', 'providers.Local | null', 'its id'],
    ['{ groq: { api: chat } }', 'providers.groq.api | null', 'GROQ_API_KEY and GROQ_BASE_URL'],
    [
      '{ openai: { base_url: "http://x.example" } }',
      'providers.openai.base_url | null',
      'by `api` and `more_api_keys` here',
    ],
    [
      '{ offline: { type: compatible, base_url: "http://x.example" } }',
      'providers.offline | null',
      'call it otherwise',
    ],
  ])('that says %s is told what to mend', (providers, place, remedy) => {
    const told = faultsOf({}, `providers: ${providers}`).filter((fault) => fault.includes(place));
    expect(told.join('\n')).toContain(remedy);
  });

  it('is known to routes, prices and lists of models: those it lists alone, any behind its name', () => {
    const more = (name: string) => `routes: { r: { targets: [${name}] } }
prices: [{ model: ${name}, input: "1", output: "1" }]
tenants: { t: { allowed_models: [${name}] } }`;
    for (const name of ['tiny', 'local/tiny', 'local/any']) expect(faultsOf({}, `${LOCAL}\n${more(name)}`)).toEqual([]);
    expect(faultsOf({}, `${LOCAL}\n${more('any')}`)).toHaveLength(3);
  });

  it('may have an account with limits, and nobody else may', () => {
    expect(faultsOf({}, `${LOCAL}\naccounts: { local: { in_flight: 1 }, openai: { in_flight: 1 } }`)).toEqual([]);
    expect(faultsOf({}, 'accounts: { opnai: { in_flight: 1 } }')).toEqual([
      `${CONFIG_FILE}: accounts.opnai | null | name a provider. Did you mean "openai"?`,
    ]);
  });

  it('lets OpenAI be asked by its other API', () => {
    const api = (yaml: string) => load(OPENAI, yaml).providers.map((provider) => provider.api);
    const said = (word: string) => api(`providers: { openai: { api: ${word} } }`);
    expect([api(''), said('chat'), said('responses')]).toEqual([[null], ['chat'], ['responses']]);
  });
});

describe('the page of the configuration', () => {
  const page = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8');

  it('names every preset, and every word of what a server lacks and leaves out', () => {
    for (const name of [...Object.keys(PRESETS), ...LACKS, ...KNOB_NAMES]) expect(page).toContain(`\`${name}\``);
  });

  it('has examples of servers that load', () => {
    const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']) => yaml);
    expect(examples.length).toBeGreaterThan(1);
    for (const yaml of examples) expect(faultsOf({ ...GROQ, ...OPENAI, MISTRAL_API_KEY: 'canary' }, yaml)).toEqual([]);
  });
});
