// The configuration: what wins over what, that every fault is told at once, that no secret is shown, and that the documents
// name what the program reads, no more and no less.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createCatalog } from '../src/catalog/catalog.ts';
import { documentKeys, UNBUILT_KEYS } from '../src/config/document.ts';
import { CONFIG_FILE, CONFIG_VARIABLE, SETTINGS } from '../src/config/settings.ts';
import { ConfigError, type LoadOptions, loadConfig, policyOf } from '../src/config.ts';
import { isUnlimited, windowId } from '../src/core/windows.ts';
import { KNOWN } from '../src/service/rules.ts';

const NOW_MS = Date.parse('2026-11-26');
const folder = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(folder, { recursive: true }));
let folders = 0;

function load(env: Record<string, string>, yaml?: string, more: LoadOptions = {}) {
  const cwd = join(mkdtempSync(join(folder, `${folders++}-`)));
  if (yaml !== undefined) writeFileSync(join(cwd, CONFIG_FILE), yaml);
  return loadConfig({ env, cwd, known: KNOWN, nowMs: NOW_MS, ...more });
}

/** What was told, one text a fault. */
function faultsOf(env: Record<string, string>, yaml?: string): string[] {
  try {
    load(env, yaml);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map(({ where, found, write }) => `${where} | ${found} | ${write}`);
  }
  return [];
}

const reference = (name: string) => `$\{${name}}`;

const KEY = 'gsk_0123456789';
const withKey = { GROQ_API_KEY: KEY };

describe('the environment', () => {
  it('may be empty: then the platform’s defaults hold and the offline provider answers', () => {
    const config = load({});
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 4000,
      groqModel: 'openai/gpt-oss-120b',
      groqTimeoutSeconds: 30,
    });
    expect(config).toMatchObject({ maxTokens: 2000, temperature: 0.7, cacheTtlSeconds: 3600, maxRetries: 3 });
    expect(config).toMatchObject({
      contextMaxMessages: 10,
      contextMaxTokens: 4000,
      primaryProvider: 'offline',
      file: null,
    });
    expect(config.dataDir).toMatch(/^\/.*data$/);
    expect(config.notes.join('\n')).toContain('GROQ_API_KEY');
    expect(config.notes.join('\n')).toContain('LLM_FALLBACK_PROVIDER=openai) is off: OPENAI_API_KEY is not set');
  });

  it('asks Groq as soon as there is a key', () => {
    expect(load(withKey).catalog).toMatchObject({
      primary: 'groq',
      defaultModel: 'openai/gpt-oss-120b',
      fallback: null,
    });
    expect(load({ ...withKey, LLM_PRIMARY_PROVIDER: 'offline' }).primaryProvider).toBe('offline');
  });

  it('takes an empty variable for one that is not set, and drops space around a value', () => {
    expect(load({ PORT: '', GROQ_MODEL: '  ', HOST: ' 0.0.0.0\r' })).toMatchObject({ port: 4000, host: '0.0.0.0' });
  });

  it.each([
    ['PORT', ['10abc', '-1', '1.5', '65536', '1e3', '0x10']],
    ['GROQ_TIMEOUT', ['0', '30s', 'Infinity', 'NaN', '1201']],
    ['LLM_TEMPERATURE', ['2.1', '-0.1', 'warm', '.5']],
    ['LLM_MAX_TOKENS', ['0', '10 000', '9007199254740993']],
    ['GROQ_BASE_URL', ['groq', 'ftp://example.org', 'https://example.org/?a=b', 'https://user:pw@example.org']],
    ['LOG_LEVEL', ['loud']],
    ['LLM_PRIMARY_PROVIDER', ['opnai', 'none']],
    ['LLM_FALLBACK_PROVIDER', ['antropic', 'offline']],
    ['LLM_ADMIN_KEY', ['too short', 'x'.repeat(31)]],
    ['GROQ_API_KEY', ['two words', 'line\nbreak', 'clé']],
    ['ANTHROPIC_BASE_URL', ['anthropic', 'https://example.org/#a']],
  ])('is strict about %s', (name, values) => {
    for (const value of values) {
      const [fault = '', ...more] = faultsOf({ ...withKey, [name]: value });
      expect(fault, value).toMatch(new RegExp(`^${name} \\| .* \\| write `));
      expect(more).toEqual([]);
    }
  });

  it('gives a base URL without a path the usual one', () => {
    const urlOf = (url: string) => load({ GROQ_BASE_URL: url }).groqBaseUrl;
    expect(urlOf('http://127.0.0.1:8080')).toBe('http://127.0.0.1:8080/openai/v1');
    expect(urlOf('https://proxy.example.org/groq/v1/')).toBe('https://proxy.example.org/groq/v1');
  });

  it('names the replacement of a retired model, and near names of an unknown one', () => {
    expect(faultsOf({ GROQ_MODEL: 'mixtral-8x7b-32768' })).toEqual([
      'GROQ_MODEL | "mixtral-8x7b-32768" | Groq shut "mixtral-8x7b-32768" down on 2025-03-20. Use "openai/gpt-oss-120b"',
    ]);
    expect(faultsOf({ GROQ_MODEL: 'gpt-oss-120' })[0]).toContain('Did you mean "openai/gpt-oss-120b"');
  });

  it('says what to set when production has no key, and when Groq is chosen without one', () => {
    expect(faultsOf({ NODE_ENV: 'production' })[0]).toMatch(/^GROQ_API_KEY .*NODE_ENV is production/);
    expect(faultsOf({ LLM_PRIMARY_PROVIDER: 'groq' })[0]).toMatch(/^GROQ_API_KEY .*LLM_PRIMARY_PROVIDER is groq/);
    expect(faultsOf({ NODE_ENV: 'production', LLM_PRIMARY_PROVIDER: 'offline' })).toEqual([]);
    expect(faultsOf({ NODE_ENV: 'production', ...withKey })).toEqual([]);
  });

  it('notes variables that look misspelt', () => {
    const { notes } = load({ ANTHROPIC_API_KEI: 'sk-ant-1', LLM_MAX_TOKEN: '5', GROQ_LOG: 'debug' });
    expect(notes.find((note) => note.startsWith('ANTHROPIC_API_KEI '))).toContain('"ANTHROPIC_API_KEY"');
    expect(notes.find((note) => note.startsWith('LLM_MAX_TOKEN '))).toContain('"LLM_MAX_TOKENS"');
    expect(notes.join()).not.toMatch(/sk-ant-1|GROQ_LOG/);
  });
});

describe('the YAML file', () => {
  it('is beaten by the environment and beats the default, and every value knows where it came from', () => {
    const yaml =
      'cache: { ttl_seconds: 60, scope: user }\nretry: { max_retries: 1 }\ntiers: { free: { usd_per_day: 0.50 } }';
    const config = load({ GROQ_MAX_RETRIES: '2' }, yaml, { overrides: { port: 0 } });
    expect(config).toMatchObject({ maxRetries: 2, cacheTtlSeconds: 60, cacheScope: 'user', retryFactor: 2, port: 0 });
    expect(config.origins.get('GROQ_MAX_RETRIES')).toEqual({ value: '2', origin: 'environment' });
    expect(config.origins.get('LLM_CACHE_TTL_SECONDS')).toEqual({ value: '60', origin: 'file' });
    expect(config.origins.get('retry.factor')).toEqual({ value: '2', origin: 'default' });
    expect(config.origins.get('tiers.free.usd_per_day')).toEqual({ value: '0.50', origin: 'file' });
    expect(config.origins.get('PORT')).toEqual({ value: '0', origin: 'option' });
    expect(config.origins.get('LLM_ADMIN_KEY')).toEqual({ value: 'not set', origin: 'default' });
  });

  it('may be empty, or have empty sections', () => {
    expect(load({}, '').file).toMatch(/codementor-llm\.yaml$/);
    expect(load({}, 'tiers:\nusers: ~\n# nothing else\n').tiers.size).toBe(0);
  });

  it('may be named, and must be there then', () => {
    const path = join(folder, 'other.yaml');
    writeFileSync(path, 'cache: { ttl_seconds: 7 }');
    expect(load({ [CONFIG_VARIABLE]: path })).toMatchObject({ cacheTtlSeconds: 7, file: path });
    expect(faultsOf({ [CONFIG_VARIABLE]: 'no.yaml' })).toEqual(['LLM_CONFIG | "no.yaml" | name a file that is there']);
    expect(faultsOf({ [CONFIG_VARIABLE]: folder })[0]).toContain('name a file that can be read');
  });

  it('reads amounts of money exactly, as numbers and as texts', () => {
    const limit = (written: string) =>
      load({}, `tiers: { t: { usd_per_day: ${written} } }`).tiers.get('t')?.usd_per_day;
    expect(limit('0.50')).toBe(500_000_000);
    expect(limit('"0.50"')).toBe(500_000_000);
    expect(limit('0.000000001')).toBe(1);
    expect(limit('4000000.123456789')).toBe(4_000_000_123_456_789);
    for (const wrong of ['0.0000000001', '-1', '1e3', '.inf', '0x10', '9000000.1', 'true', '[1]', '"1,50"']) {
      expect(faultsOf({}, `tiers: { t: { usd_per_day: ${wrong} } }`)[0], wrong).toContain('tiers.t.usd_per_day | ');
    }
  });

  it('names the path of an unknown key, and a near name', () => {
    expect(faultsOf({}, 'teirs: {}')[0]).toBe(
      `${CONFIG_FILE}: teirs | null | leave it out: there is no such key. Did you mean "tiers"?`,
    );
    expect(faultsOf({}, 'tiers: { free: { request_per_minute: 1 } }')[0]).toContain(
      'tiers.free.request_per_minute | null',
    );
    expect(faultsOf({}, 'tiers: { free: { request_per_minute: 1 } }')[0]).toContain('"requests_per_minute"');
    expect(faultsOf({}, 'retry: { base: 1 }')[0]).toContain('retry.base | null');
    expect(faultsOf({}, 'prices: [{ model: openai/gpt-oss-20b, input: 1, output: 1, cache: 1 }]')[0]).toContain(
      'prices[0].cache',
    );
  });

  it('looks for the near name of a key in its own section alone', () => {
    const meant = (yaml: string) => /Did you mean (.*)\?$/m.exec(faultsOf({}, yaml).join('\n'))?.[1];
    expect(meant('retry: { max: 3 }')).toBe('"max_retries"');
    expect(meant('cache: { idle_ms: 3 }')).toBeUndefined();
    expect(meant('providers: { local: { type: compatible, models: [{ nmae: x }] } }')).toBe('"name"');
    expect(meant('routes: { r: { targets: [{ model: offline/echo, min_contxt: 1 }] } }')).toBe('"min_context"');
  });

  it.each([
    `{ tier: ${reference('NOPE')} }`,
    `{\n  tier: ${reference('NOPE')}, usd_per_day: 5 }`,
    `{ list: [${reference('NOPE')}] }`,
  ])('says that a variable inside braces stands in quotes: %j', (alice) => {
    expect(faultsOf({ NOPE: 'x' }, `users: { alice: ${alice} }`)).toEqual([
      expect.stringMatching(
        /mend the YAML: .*\. Inside braces and brackets a variable stands in quotes: "\$\{NOPE\}"$/,
      ),
    ]);
  });

  it('tells a provider that is misspelt from a model that there is not, as whole sentences', () => {
    const providers = 'providers: { local: { type: compatible, base_url: "http://127.0.0.1:9", model: tiny } }\n';
    const told = (target: string) => {
      try {
        load({}, `${providers}routes: { tutor: { targets: [${target}] } }`);
      } catch (error) {
        return error instanceof Error ? error.message : null;
      }
      return null;
    };
    expect(told('locl/x')).toContain(
      'found "locl/x". This version knows no such model. No provider is called "locl". Did you mean "local"?',
    );
    expect(told('opnai/gpt-5.4-mini')).toContain('Did you mean "openai"?');
    expect(told('openai/gpt-9')).not.toContain('No provider');
    expect(told('zzzzzz/gpt-9')).not.toContain('No provider');
    expect(told('local/x')).toBeNull();
  });

  it.each(UNBUILT_KEYS)('says of %s that it is not in this version', (key) => {
    const path = key.replace('*', 'acme').split('.');
    const yaml = path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), {});
    expect(faultsOf({}, JSON.stringify(yaml))).toEqual([
      `${CONFIG_FILE}: ${path.join('.')} | null | not in this version: leave it out`,
    ]);
  });

  it('reads a reference from the environment, and names the one that is missing', () => {
    const yaml = `users: { alice: { tier: "${reference('TIER')}" } }\ntiers:\n  gold: { requests_per_minute: "${reference('RPM')}" }`;
    const config = load({ TIER: 'gold', RPM: '7' }, yaml);
    expect(config.users.get('alice')?.tier).toBe('gold');
    expect(config.tiers.get('gold')?.requests_per_minute).toBe(7);
    expect(faultsOf({ RPM: '7', TIER: '' }, yaml)[0]).toBe(
      `${CONFIG_FILE}: users.alice.tier | ${reference('TIER')}, which is not set | set the variable TIER, or write the value in place of it`,
    );
  });

  it('doesn’t show what came from a variable', () => {
    const told = faultsOf(
      { ZONE: 'hunter2' },
      `tenants: { acme: { timezone: "${reference('ZONE')}" } }\ncache: { scope: "${reference('ZONE')}" }`,
    ).join('\n');
    expect(told).toContain('tenants.acme.timezone');
    expect(told).toContain('cache.scope');
    expect(told).not.toContain('hunter2');
  });

  it.each([
    ['default_tier: gold\ntiers: { gould: {} }', 'default_tier | "gold"', '"gould"'],
    ['users: { alice: { tier: staf } }\ntiers: { staff: {} }', 'users.alice.tier | "staf"', '"staff"'],
    ['routes: { tutor: { targets: [openai/gpt-oss-120] } }', 'routes.tutor.targets[0]', '"openai/gpt-oss-120b"'],
    ['routes: { tutor: { targets: [qwen/qwen3-32b] } }', 'routes.tutor.targets[0]', 'Use "openai/gpt-oss-120b"'],
    ['tenants: { acme: { allowed_models: [openai/gpt-oss-120] } }', 'tenants.acme.allowed_models[0] | "', '-120b"'],
    [
      'tenants: { acme: { allowed_models: [offline/echo, tutr] } }\nroutes: { tutor: { targets: [openai/gpt-oss-20b] } }',
      'tenants.acme.allowed_models[1] | "tutr"',
      'Did you mean "tutor"?',
    ],
    [
      'tenants: { acme: { allowed_models: [groq/mixtral-8x7b-32768] } }',
      'allowed_models[0]',
      'Use "openai/gpt-oss-120b"',
    ],
    ['tenants: { acme: { allowed_models: [openai/gpt-9] } }', 'allowed_models[0]', 'no such model'],
    ['routes: { tutor: { targets: [] } }', 'routes.tutor.targets', 'at least one'],
    ['routes: { tutor: { targets: [7] } }', 'routes.tutor.targets[0].model', 'a text'],
    ['routes: { tutor: { targets: [{ weight: 1 }] } }', 'routes.tutor.targets[0].model', 'a text'],
    [
      'routes: { r: { targets: [{ model: openai/gpt-oss-12b }] } }',
      'routes.r.targets[0].model',
      '"openai/gpt-oss-120b"',
    ],
    ['routes: { r: { targets: [{ model: offline/echo, weigth: 1 }] } }', 'routes.r.targets[0].weigth', '"weight"'],
    ['routes: { r: { targets: [{ model: offline/echo, weight: 0 }] } }', 'routes.r.targets[0].weight', '1 to 1000'],
    ['routes: { r: { targets: [{ model: offline/echo, needs: [sight] }] } }', 'targets[0].needs[0]', 'images'],
    [
      'routes: { r: { targets: [{ model: offline/echo, max_usd_per_million_output: -1 }] } }',
      'targets[0].max_usd_per_million_output',
      'six places',
    ],
    ['breaker: { failures: 0 }', 'breaker.failures', '1 to 1000'],
    ['routes: { "tütor": { targets: [openai/gpt-oss-120b] } }', 'routes.tütor', 'printable ASCII'],
    ['prices: [{ model: local/tiny, input: "1", output: "1" }]', 'prices[0].model', 'no such model'],
    ['prices: [{ model: openai/gpt-oss-20b, input: 0.0000001, output: 1 }]', 'prices[0].input', 'six places'],
    ['prices: [{ model: openai/gpt-oss-20b, input: 1 }]', 'prices[0].output', 'six places'],
    [
      'prices: [{ model: openai/gpt-oss-20b, input: 1, output: 1, from: 2026-02-30 }]',
      'prices[0].from | "2026-02-30"',
      'a date',
    ],
    ['tenants: { acme: { timezone: Mars/Olympus } }', 'tenants.acme.timezone', 'IANA'],
    ['tenants: { acme: 5 }', 'tenants.acme | "5"', 'section'],
    ['prices: { a: 1 }', 'prices | a section', 'list'],
    ['- 1', `${CONFIG_FILE} | a list`, 'section'],
    ['a: [', `${CONFIG_FILE}:`, 'mend the YAML'],
    ['cache: {}\ncache: {}', `${CONFIG_FILE}:2:1`, 'unique'],
    ['cache: !!js/function x', `${CONFIG_FILE}:1:`, 'mend the YAML'],
  ])('that says %j is told %s', (yaml, place, remedy) => {
    const [fault = '', ...more] = faultsOf({}, yaml);
    expect(fault).toContain(place);
    expect(fault).toContain(remedy);
    expect(more).toEqual([]);
  });

  it('that would grow without end is refused', () => {
    const lines = Array.from({ length: 12 }, (_, n) => `a${n}: &a${n} [${n === 0 ? 1 : `*a${n - 1},`.repeat(10)}]`);
    expect(faultsOf({}, lines.join('\n'))[0]).toContain('mend the YAML');
  });

  it('may allow a tenant its routes, models, and models of a provider that is not configured', () => {
    const names = ['tutor', 'openai/gpt-oss-20b', 'groq/openai/gpt-oss-120b', 'offline/echo'];
    const yaml = `tenants: { acme: { allowed_models: [${names.join(', ')}] } }\nroutes: { tutor: { targets: [offline/echo] } }`;
    expect(load({}, yaml).tenants.get('acme')?.allowed_models).toEqual(names);
  });

  it('puts prices and routes into the catalogue', () => {
    const yaml = `routes: { tutor: { targets: [groq/openai/gpt-oss-20b, openai/gpt-oss-120b] } }
prices: [{ model: minimaxai/minimax-m2.7, from: 2026-01-01, input: 0.30, cached_input: "0.15", output: 1.20, source: contract }]`;
    const transport = { kind: 'direct', answer: () => Promise.resolve() } as const;
    const catalog = createCatalog({
      ...load(withKey, yaml).catalog,
      providers: [{ id: 'groq', billAfterCancel: 'unknown', transport }],
    });
    expect(catalog.targetsFor('tutor', 0).map(({ card }) => card.model)).toEqual([
      'openai/gpt-oss-20b',
      'openai/gpt-oss-120b',
    ]);
    const [target] = catalog.targetsFor('minimaxai/minimax-m2.7', Date.parse('2026-01-01'));
    expect(target?.price).toMatchObject({
      input: 300_000n,
      cacheRead: 150_000n,
      output: 1_200_000n,
      source: 'contract',
    });
  });
});

describe('a route in the file', () => {
  it('takes a target by its name, or with terms; a name alone has none', () => {
    const yaml = `routes:
  tutor:
    targets:
      - { model: openai/gpt-oss-20b, weight: 3, needs: [tools, json_schema], min_context: 100000, max_usd_per_million_output: "0.30" }
      - openai/gpt-oss-120b`;
    const transport = { kind: 'direct', answer: () => Promise.resolve() } as const;
    const providers = [{ id: 'groq', billAfterCancel: 'unknown', transport } as const];
    const catalog = createCatalog({ providers, ...load(withKey, yaml).catalog });
    const [first, second] = catalog.targetsFor('tutor', 0);
    const terms = { weight: 3, needs: ['tools', 'json_schema'], minContext: 100_000, maxOutputPicoUsd: 300_000n };
    expect([first?.card.model, first?.terms]).toEqual(['openai/gpt-oss-20b', terms]);
    expect([second?.card.model, second?.terms]).toEqual(['openai/gpt-oss-120b', {}]);
  });
});

describe('faults', () => {
  it('are told all at once', () => {
    const env = { PORT: 'x', GROQ_MODEL: 'mixtral-8x7b-32768', REDIS_URL: 'http://:secret@x', NODE_ENV: 'production' };
    const yaml = `tires: {}\ndefault_tier: gold\ncache: { scope: world }\nroutes: { r: { targets: [nope/nope] } }\ntenants: { a: { timezone: "${reference('NO')}" } }`;
    const told = faultsOf(env, yaml);
    for (const where of ['PORT', 'GROQ_MODEL', 'REDIS_URL', 'GROQ_API_KEY', `${CONFIG_FILE}: tires`]) {
      expect(
        told.some((fault) => fault.startsWith(`${where} |`)),
        where,
      ).toBe(true);
    }
    for (const where of ['default_tier', 'cache.scope', 'routes.r.targets[0]', 'tenants.a.timezone']) {
      expect(
        told.some((fault) => fault.startsWith(`${CONFIG_FILE}: ${where} |`)),
        where,
      ).toBe(true);
    }
  });

  it('are all in the message', () => {
    expect(() => load({ PORT: 'x', HOST: 'a', LOG_LEVEL: 'y' })).toThrow(
      /2 faults:\n {2}PORT: found "x"; write .*\n {2}LOG_LEVEL: found "y"; write /,
    );
  });

  it('never show a secret, wherever it was put', () => {
    const secret = `${KEY}abcdefghij`;
    const env = { GROQ_API_KEY: `${secret} x`, LLM_ADMIN_KEY: secret, GROQ_MODEL: secret, PORT: secret, HOST: 'h' };
    const told = faultsOf(env, `users: { alice: { tier: ${secret} } }\ncache: { scope: ${secret} }`).join('\n');
    expect(told).toContain('GROQ_API_KEY');
    expect(told).not.toContain(secret);
  });
});

describe('a loaded configuration', () => {
  it('shows its secrets to nobody who doesn’t ask for them', () => {
    const admin = 'a'.repeat(40);
    const config = load({ ...withKey, LLM_ADMIN_KEY: admin });
    const printed = [
      inspect(config, { depth: 9, showHidden: true }),
      JSON.stringify(config),
      `${config.groqApiKey}`,
      inspect(config.origins),
    ];
    for (const text of printed) {
      expect(text).not.toContain(KEY);
      expect(text).not.toContain(admin);
    }
    expect(config.groqApiKey?.reveal()).toBe(KEY);
    expect(config.secrets.map((secret) => secret.reveal())).toEqual([KEY, admin]);
  });
});

describe('the windows of a caller', () => {
  const limits = (yaml: string, userId: string, tenant = 'default', env = {}) =>
    policyOf(load(env, yaml))
      .windowsOf({ tenant, userId })
      .map(({ scope, name, limit, timezone }) => `${scope} ${name} ${limit} ${timezone}`);

  it('are 30 a minute, 14,400 a day and 32 in flight, when nobody says otherwise', () => {
    expect(limits('', 'alice')).toEqual([
      'user requests_per_minute 30 UTC',
      'user requests_per_day 14400 UTC',
      'user in_flight 32 UTC',
    ]);
    expect(limits('', 'alice', 'default', { GROQ_RATE_LIMIT_RPM: '5', GROQ_RATE_LIMIT_RPD: '6' })).toContain(
      'user requests_per_day 6 UTC',
    );
  });

  it('are the user’s own, else the tier’s, else the environment’s; then the tenant’s', () => {
    const yaml = `default_tier: free
tiers: { free: { requests_per_minute: 3, usd_per_day: 0.50, max_tokens: 400 }, staff: { in_flight: 9 } }
tenants: { acme: { usd_per_month: 200, timezone: Europe/Warsaw } }
users: { alice: { tier: staff, usd_per_day: 7 }, bob: { max_tokens: 50 } }`;
    const env = { GROQ_RATE_LIMIT_RPM: '1000' };
    expect(limits(yaml, 'carol', 'acme', env)).toEqual([
      'user requests_per_minute 3 Europe/Warsaw',
      'user requests_per_day 14400 Europe/Warsaw',
      'user in_flight 32 Europe/Warsaw',
      'user usd_per_day 500000000 Europe/Warsaw',
      'tenant usd_per_month 200000000000 Europe/Warsaw',
    ]);
    expect(limits(yaml, 'alice', 'default', env)).toEqual([
      'user requests_per_minute 1000 UTC',
      'user requests_per_day 14400 UTC',
      'user in_flight 9 UTC',
      'user usd_per_day 7000000000 UTC',
    ]);
    const policy = policyOf(load(env, yaml));
    const of = (userId: string) => ({ tenant: 'acme', userId });
    expect(['alice', 'bob', 'carol'].map((userId) => policy.maxTokensOf(of(userId)))).toEqual([null, 50, 400]);
    expect(['alice', 'bob'].map((userId) => policy.tierOf(of(userId)))).toEqual(['staff', 'free']);
  });

  it('are counted for all of a tenant that any of them has, with a limit or without', () => {
    const yaml = `
default_tier: free
tiers:
  free: { requests_per_minute: 5 }
  staff: { usd_per_month: 50 }
users: { bob: { tokens_per_day: 100 } }
tenants: { acme: { usd_per_day: 7, timezone: Europe/Warsaw } }`;
    const policy = policyOf(load({}, yaml));
    const counted = (userId: string, tier?: string) => {
      const caller = { tenant: 'acme', userId, ...(tier !== undefined && { tier }) };
      expect(policy.countedOf(caller).slice(0, policy.windowsOf(caller).length)).toEqual(policy.windowsOf(caller));
      return policy.countedOf(caller).map((w) => `${w.scope} ${w.name} ${isUnlimited(w) ? 'counted' : w.limit}`);
    };
    expect(counted('alice')).toEqual([
      'user requests_per_minute 5',
      'user requests_per_day 14400',
      'user in_flight 32',
      'tenant usd_per_day 7000000000',
      'user tokens_per_day counted',
      'user usd_per_month counted',
    ]);
    expect(counted('bob')).toContain('user tokens_per_day 100');
    expect(counted('alice', 'staff')).toContain('user usd_per_month 50000000000');
    expect(policy.kindsOf('acme')).toEqual([
      'tenant usd_per_day Europe/Warsaw',
      'user in_flight',
      'user requests_per_day',
      'user requests_per_minute',
      'user tokens_per_day',
      'user usd_per_month Europe/Warsaw',
    ]);
    expect(policy.kindsOf('else')).toEqual(expect.arrayContaining(['user usd_per_month UTC']));
    expect(policy.kindsOf('else')).not.toEqual(expect.arrayContaining(['tenant usd_per_day UTC']));
  });

  it('of `tenant/user` are that user’s alone, whatever slashes another one’s name or tenant has', () => {
    const policy = policyOf(
      load({}, 'users: { acme/vip: { in_flight: 999, max_tokens: 9 }, a/b/c: { in_flight: 998 } }'),
    );
    const inFlight = (tenant: string, userId: string) =>
      policy.windowsOf({ tenant, userId }).find(({ name }) => name === 'in_flight')?.limit;
    expect(inFlight('acme', 'vip')).toBe(999);
    expect(inFlight('a', 'b/c')).toBe(998);
    expect([inFlight('evil', 'acme/vip'), inFlight('a/b', 'c')]).toEqual([32, 32]);
    expect(policy.maxTokensOf({ tenant: 'evil', userId: 'acme/vip' })).toBeNull();
  });

  it('belong to one caller alone, whatever ids people have', () => {
    const policy = policyOf(load({}, 'tenants: { a: { in_flight: 1 }, "a/b": { in_flight: 1 } }'));
    const id = fc.string({
      unit: fc.constantFrom('a', 'b', '/', ':', '%', '2', ';', '{', '}', '\u0000', 'ż', '\ud800', '\ufffd'),
    });
    const caller = fc.record({ tenant: id, userId: id });
    const keysOf = (of: { tenant: string; userId: string }) => policy.windowsOf(of).map(windowId);
    fc.assert(
      fc.property(caller, caller, (one, other) => {
        const shared = keysOf(one).filter(
          (key) => keysOf(other).includes(key) && !key.startsWith('a:') && !key.startsWith('a%2f;b:'),
        );
        expect(shared.length > 0).toBe(one.tenant === other.tenant && one.userId === other.userId);
        for (const { scopeKey } of policy.windowsOf(one)) expect(scopeKey).toMatch(/^[\w.@%;-]*(\/[\w.@%;-]*)?$/);
      }),
    );
  });

  it('are made once for a caller, and for any number of callers in bounded room', () => {
    const policy = policyOf(load({}));
    const caller = { tenant: 'default', userId: 'alice' };
    expect(policy.windowsOf(caller)).toBe(policy.windowsOf({ ...caller }));
    const before = policy.windowsOf(caller);
    for (let user = 0; user < 10_001; user++) policy.windowsOf({ tenant: 'default', userId: `u${user}` });
    expect(policy.windowsOf(caller)).not.toBe(before);
    expect(policy.windowsOf(caller)).toEqual(before);
  });

  it('come with times in milliseconds', () => {
    const policy = policyOf(
      load({ GROQ_TIMEOUT: '0.25', LLM_CACHE_TTL_SECONDS: '2' }, 'timeouts: { total_ms: 1200000 }'),
    );
    expect(policy).toMatchObject({
      attemptTimeoutMs: 250,
      cacheTtlMs: 2_000,
      connectTimeoutMs: 3_000,
      idleTimeoutMs: 30_000,
    });
    expect(policy).toMatchObject({
      totalTimeoutMs: 1_200_000,
      retry: { maxRetries: 3, baseMs: 1_000, factor: 2, jitter: 'full' },
      breaker: { failures: 10, windowMs: 30_000, openMs: 10_000 },
    });
    const { breaker } = policyOf(load({}, 'breaker: { failures: 3, window_ms: 5000, open_ms: 100 }'));
    expect(breaker).toEqual({ failures: 3, windowMs: 5_000, openMs: 100 });
  });
});

describe('the documents', () => {
  const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
  const page = read('docs/configuration.md');
  const rows = new Map(
    [...page.matchAll(/^\| `([^`]+)` \| (?:`([^`]+)`|([^|]*)) \|/gm)].map(([, name = '', value]) => [
      name,
      value ?? null,
    ]),
  );
  const settings = Object.values(SETTINGS);
  const variables = settings.flatMap((setting) => (setting.variable === null ? [] : [setting.variable]));

  it('name every variable and every key, and no other', () => {
    const known = [...variables, CONFIG_VARIABLE, ...documentKeys()];
    expect([...rows.keys()].sort()).toEqual([...known].sort());
    for (const key of UNBUILT_KEYS) expect(page).toContain(`\`${key}\``);
  });

  it('name every default', () => {
    for (const { variable, key, default: standard } of settings) {
      for (const name of [variable, key]) if (name !== null) expect([name, rows.get(name)]).toEqual([name, standard]);
    }
    expect(rows.get(CONFIG_VARIABLE)).toBe(CONFIG_FILE);
  });

  it('hold an example that loads', () => {
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    const config = load(withKey, yaml);
    expect(config.users.get('alice')).toMatchObject({ tier: 'staff', usd_per_day: 5_000_000_000 });
  });

  it('include an example of the environment with every variable and its default', () => {
    const lines = new Map(
      [...read('.env.example').matchAll(/^# ([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
    );
    const expected = settings.flatMap(({ variable, default: standard }): [string, string][] =>
      variable === null ? [] : [[variable, standard ?? '']],
    );
    expect([...lines].sort()).toEqual([...expected, [CONFIG_VARIABLE, CONFIG_FILE]].sort());
  });
});

describe('what a newcomer gets wrong', () => {
  it('one port for requests and metrics is a fault that says so; a free port for each is none', () => {
    for (const env of [{ PORT: '4100', METRICS_PORT: '4100' }, { METRICS_PORT: '4000' }])
      expect(faultsOf(env)).toEqual([expect.stringMatching(/^METRICS_PORT \| .*another port than PORT/)]);
    expect(faultsOf({ PORT: '0', METRICS_PORT: '0' })).toEqual([]);
    expect(faultsOf({ PORT: '4100', METRICS_PORT: '4101' })).toEqual([]);
  });

  it('a URL of another store is told by its scheme, never by its password', () => {
    const [fault = ''] = faultsOf({ DATABASE_URL: 'mysql://root:canary_pass@db/x' });
    expect(fault).toMatch(/^DATABASE_URL \| a URL with mysql:\/\/ \| write a URL such as postgres:/);
    expect(fault).not.toMatch(/canary|root/);
    expect(faultsOf({ LLM_ADMIN_KEY: 'canary://' })).toEqual([
      expect.stringMatching(/^LLM_ADMIN_KEY \| null \| write the key alone of at least 32 characters/),
    ]);
    expect(faultsOf({ DATABASE_URL: 'canary_pass' })).toEqual([expect.stringContaining('| what is no URL |')]);
  });
});
