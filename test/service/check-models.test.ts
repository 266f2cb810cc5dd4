// `checkModels()`: configuration and catalogue against what the vendors list of themselves. Each vendor is a real server that writes
// its list as that vendor does.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { GROQ_MODELS } from '../../src/catalog/groq-models.ts';
import { checkModels, type ModelCheck } from '../../src/index.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { until } from '../transport/asking.ts';

const NOW_MS = Date.parse('2026-11-26T12:00:00Z');
const CANARY = 'canary0key0that0must0stay0here';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

interface Vendor extends AsyncDisposable {
  readonly url: string;
  /** Paths and headers of what was asked. */
  readonly asked: { readonly path: string; readonly headers: IncomingMessage['headers'] }[];
}

async function startVendor(handler: Handler): Promise<Vendor> {
  const asked: Vendor['asked'] = [];
  const server = createServer((request, response) => {
    asked.push({ path: request.url ?? '', headers: request.headers });
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The vendor has no address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const json =
  (body: unknown): Handler =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
const status =
  (code: number): Handler =>
  (_request, response) => {
    response.writeHead(code).end(`{"error":"${CANARY}"}`);
  };

const groqRow = (id: string, told: object = {}) => ({
  id,
  object: 'model',
  created: 1,
  owned_by: 'x',
  active: true,
  ...told,
});
/** Every model of the catalogue, as it stands there. */
const GROQ_LIST = GROQ_MODELS.map(({ model, contextWindow, outputLimit }) =>
  groqRow(model, { context_window: contextWindow, max_completion_tokens: outputLimit }),
);

interface Asked {
  readonly env?: Readonly<Record<string, string>>;
  readonly file?: string;
  readonly clock?: SimulatedClock;
}

/** Whatever is reported is searched for keys and for what the vendors wrote into their failures. */
async function check({ env = {}, file = '', clock = new SimulatedClock(NOW_MS) }: Asked): Promise<ModelCheck> {
  const cwd = mkdtempSync(join(tmpdir(), 'codementor-llm-check-'));
  try {
    writeFileSync(join(cwd, 'codementor-llm.yaml'), file);
    const report = await checkModels({ env, cwd, clock });
    expect(inspect(report, { depth: 9 })).not.toContain('canary');
    return report;
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

const groqEnv = (url: string) => ({ GROQ_API_KEY: `gsk_${CANARY}`, GROQ_BASE_URL: url, LLM_FALLBACK_PROVIDER: 'none' });
const reportOf = (report: ModelCheck, provider: string) => {
  const found = report.providers.find((each) => each.provider === provider);
  if (found === undefined) throw new Error(`Nothing is reported of ${provider}`);
  return found;
};
const kindsOf = (report: ModelCheck, provider: string) =>
  reportOf(report, provider).findings.map(({ kind, level, model }) => `${level}: ${kind} ${model}`);

describe('a check of the models', () => {
  it('is content with a vendor that lists what is configured, and counts what it has beyond that', async () => {
    await using groq = await startVendor(json({ object: 'list', data: [...GROQ_LIST, groqRow('whisper-large-v3')] }));
    const report = await check({ env: groqEnv(groq.url) });
    expect(report).toEqual({
      ok: true,
      providers: [
        {
          ...{ provider: 'groq', listed: GROQ_LIST.length + 1, skipped: null, failure: null, findings: [] },
          unknown: ['whisper-large-v3'],
        },
      ],
    });
    expect(groq.asked).toMatchObject([
      { path: '/openai/v1/models', headers: { authorization: `Bearer gsk_${CANARY}`, accept: 'application/json' } },
    ]);
  });

  it('fails for a model in use that its vendor does not list, and says where it is named', async () => {
    await using groq = await startVendor(json({ data: GROQ_LIST.filter(({ id }) => !id.startsWith('openai/')) }));
    const file = `
routes: { tutor: { targets: [openai/gpt-oss-20b, qwen/qwen3.8-27b] } }
tenants: { acme: { allowed_models: [tutor, groq/openai/gpt-oss-20b] } }
prices: [{ model: openai/gpt-oss-safeguard-20b, input: '1', output: '1' }]`;
    const report = await check({ env: groqEnv(groq.url), file });
    expect(report.ok).toBe(false);
    expect(kindsOf(report, 'groq')).toEqual([
      'error: missing openai/gpt-oss-120b',
      'error: missing openai/gpt-oss-20b',
      'warning: missing openai/gpt-oss-safeguard-20b',
    ]);
    expect(reportOf(report, 'groq').findings.map(({ named }) => named)).toEqual([
      ['as the default model'],
      ['as target of the route "tutor"', 'in tenants.acme.allowed_models'],
      ['in prices'],
    ]);
  });

  it('tells of models that are in the catalogue and no longer at the vendor', async () => {
    await using groq = await startVendor(json({ data: GROQ_LIST.filter(({ id }) => id !== 'llama-3.1-8b-instant') }));
    const report = await check({ env: groqEnv(groq.url) });
    expect(report.ok).toBe(true);
    expect(kindsOf(report, 'groq')).toEqual(['warning: gone llama-3.1-8b-instant']);
  });

  it('tells where windows and limits differ, and fails for a model that is listed and not active', async () => {
    const rows = GROQ_LIST.map((row) => {
      if (row.id === 'openai/gpt-oss-120b') return { ...row, active: false };
      return row.id === 'openai/gpt-oss-20b' ? { ...row, context_window: 65_536, max_completion_tokens: 4_096 } : row;
    });
    await using groq = await startVendor(json({ data: rows }));
    const report = await check({ env: groqEnv(groq.url) });
    expect(reportOf(report, 'groq').findings).toMatchObject([
      { kind: 'ended', level: 'error', message: 'is listed by the vendor as not active' },
      { kind: 'context_window', message: 'takes 65536 tokens by the vendor, 131072 here', named: [] },
      { kind: 'output_limit', message: 'answers with 4096 tokens at most by the vendor, 65536 here' },
    ]);
  });

  it('tells of ends: by the catalogue, or by the vendor where it says another day', async () => {
    const list = (day: string | null) =>
      json({ data: ['gpt-5-mini', 'gpt-5.4-mini'].map((id) => ({ id, object: 'model', shutdown_date: day })) });
    const env = { OPENAI_API_KEY: `sk-${CANARY}`, LLM_PRIMARY_PROVIDER: 'openai', OPENAI_MODEL: 'gpt-5-mini' };
    const told = async (day: string | null) => {
      await using openai = await startVendor(list(day));
      const report = await check({ env: { ...env, OPENAI_BASE_URL: openai.url } });
      const [finding] = reportOf(report, 'openai').findings.filter(({ named }) => named.length > 0);
      return [report.ok, finding?.level, finding?.message];
    };
    expect(await told(null)).toEqual([
      ...[true, 'warning'],
      'has an end: OpenAI shuts "openai/gpt-5-mini" down on 2026-12-11. Use "gpt-5.4-mini"',
    ]);
    expect(await told('2026-12-01')).toEqual([true, 'warning', 'is shut down by the vendor on 2026-12-01']);
    expect(await told('2026-11-20T00:00:00Z')).toEqual([false, 'error', 'is shut down by the vendor on 2026-11-20']);
  });

  it('reads all pages of Anthropic’s list, with its version, and knows a name without its day', async () => {
    const rows = ['claude-sonnet-5-5', 'claude-haiku-4-5-20251001', 'claude-opus-6'].map((id) => ({
      ...{ type: 'model', id, display_name: id, lifecycle: 'active', deprecated_at: null, retires_at: null },
      ...{
        max_input_tokens: id.endsWith('1001') ? 200_000 : 1_000_000,
        max_tokens: id.endsWith('1001') ? 64_000 : 128_000,
      },
    }));
    await using anthropic = await startVendor((request, response) => {
      const after = new URL(request.url ?? '', 'http://x').searchParams.get('after_id');
      const at = rows.findIndex(({ id }) => id === after) + 1;
      const data = rows.slice(at, at + 1);
      json({ data, has_more: at < 2, first_id: data[0]?.id, last_id: data[0]?.id })(request, response);
    });
    const env = { ANTHROPIC_API_KEY: `sk-ant-${CANARY}`, ANTHROPIC_BASE_URL: anthropic.url };
    const file = 'routes: { quick: { targets: [claude-haiku-4-5] } }';
    const report = await check({ env: { ...env, ANTHROPIC_MODEL: 'claude-sonnet-5-5' }, file });
    expect(reportOf(report, 'anthropic')).toMatchObject({ listed: 3, failure: null, unknown: ['claude-opus-6'] });
    expect(report.ok).toBe(true);
    expect(anthropic.asked.map(({ path }) => path)).toEqual([
      '/v1/models?limit=1000',
      '/v1/models?limit=1000&after_id=claude-sonnet-5-5',
      '/v1/models?limit=1000&after_id=claude-haiku-4-5-20251001',
    ]);
    for (const { headers } of anthropic.asked)
      expect(headers).toMatchObject({ 'x-api-key': `sk-ant-${CANARY}`, 'anthropic-version': '2023-06-01' });
  });

  it('reads all pages of Gemini’s list, whose names stand behind "models/"', async () => {
    const row = (name: string, inputTokenLimit = 1_048_576) => ({
      ...{ name: `models/${name}`, displayName: name, inputTokenLimit, outputTokenLimit: 65_536 },
      supportedGenerationMethods: ['generateContent'],
    });
    await using gemini = await startVendor((request, response) => {
      const isSecond = (request.url ?? '').includes('pageToken=next%2Fone');
      const first = { models: [row('gemini-3.8-flash', 2_097_152)], nextPageToken: 'next/one' };
      json(isSecond ? { models: [row('gemini-9-krypton')] } : first)(request, response);
    });
    const env = { GEMINI_API_KEY: CANARY, GEMINI_BASE_URL: gemini.url, GEMINI_MODEL: 'gemini-3.8-flash' };
    const report = await check({ env });
    expect(reportOf(report, 'gemini')).toMatchObject({ listed: 2, unknown: ['gemini-9-krypton'] });
    expect(kindsOf(report, 'gemini')).toContain('warning: context_window gemini-3.8-flash');
    expect(report.ok).toBe(true);
    for (const { path, headers } of gemini.asked) {
      expect(path).toMatch(/^\/v1beta\/models\?pageSize=1000/);
      expect(headers['x-goog-api-key']).toBe(CANARY);
    }
  });

  it('compares prices where the vendor tells them: OpenRouter for a token, Together for a million', async () => {
    const pricing = { prompt: '0.0000005', completion: '0.0000015', input_cache_read: '0.00000005' };
    await using openrouter = await startVendor(
      json({
        data: [
          { id: 'vendor/a', context_length: 131_072, pricing },
          { id: 'vendor/b', pricing },
          { id: 'openrouter/auto', pricing: { prompt: '-1', completion: '-1' } },
        ],
      }),
    );
    await using together = await startVendor(
      json([{ id: 'vendor/c', type: 'chat', context_length: 131_072, pricing: { input: 0.88, output: 0.88 } }]),
    );
    const file = `
providers:
  openrouter: { type: compatible, base_url: ${openrouter.url}, api_key: ${CANARY}, models: [{ name: vendor/a }, { name: 'vendor/b:nitro' }, { name: openrouter/auto }] }
  together: { type: compatible, base_url: ${together.url}, api_key: ${CANARY}, model: vendor/c }
prices:
  - { model: openrouter/vendor/a, input: '0.5', cached_input: '0.05', output: '2' }
  - { model: together/vendor/c, input: '0.88', output: '0.88' }`;
    const report = await check({ file });
    expect(reportOf(report, 'openrouter').findings).toMatchObject([
      {
        ...{ kind: 'price', level: 'warning', model: 'vendor/a' },
        message:
          'costs 0.50 in, 1.50 out, 0.05 cached USD per million tokens by the vendor, 0.50 in, 2.00 out, 0.05 cached here',
      },
      { kind: 'price', model: 'vendor/b:nitro', message: expect.stringContaining('has no price here') },
    ]);
    expect(reportOf(report, 'together')).toMatchObject({ listed: 1, findings: [], failure: null });
    expect(report.ok).toBe(true);
  });

  it('takes Mistral’s word for ends, and what it names in the place of a model', async () => {
    const rows = [
      {
        id: 'mistral-old',
        aliases: ['mistral-elder'],
        max_context_length: 131_072,
        deprecation: '2026-12-20T12:00:00Z',
        deprecation_replacement_model: 'mistral-new',
      },
      {
        id: 'mistral-gone',
        max_context_length: 131_072,
        deprecation: '2026-11-01T00:00:00Z',
        deprecation_replacement_model: 'a\nb',
      },
    ];
    await using mistral = await startVendor(json({ object: 'list', data: rows }));
    const file = `providers: { mistral: { type: compatible, base_url: ${mistral.url}, api_key: ${CANARY}, models: [{ name: mistral-elder }, { name: mistral-gone }] } }`;
    const report = await check({ file });
    expect(reportOf(report, 'mistral').findings).toMatchObject([
      {
        kind: 'ended',
        level: 'error',
        message: 'is shut down by the vendor on 2026-11-01',
        named: ['in providers.mistral'],
      },
      { kind: 'ending', message: 'is shut down by the vendor on 2026-12-20, which names "mistral-new" in its place' },
    ]);
  });

  it('knows Ollama’s names with and without their tag, and that it may have none yet', async () => {
    await using ollama = await startVendor(json({ object: 'list', data: [{ id: 'llama4:latest', object: 'model' }] }));
    await using empty = await startVendor(json({ object: 'list', data: null }));
    const file = `
providers:
  ollama: { type: compatible, base_url: ${ollama.url}, model: llama4 }
  other: { type: compatible, preset: ollama, base_url: ${empty.url}, model: llama4 }`;
    const report = await check({ file });
    expect(kindsOf(report, 'ollama')).toEqual([]);
    expect(kindsOf(report, 'other')).toEqual(['error: missing llama4']);
  });

  it('fails nobody whose server may answer to names that it does not list, and asks nobody who lists other names', async () => {
    await using local = await startVendor(json({ object: 'list', data: [{ id: 'weights.gguf' }] }));
    await using listless = await startVendor(status(404));
    await using azure = await startVendor(json({ data: [] }));
    const file = `
providers:
  llamacpp: { type: compatible, base_url: ${local.url}, model: mine }
  listless: { type: compatible, base_url: ${listless.url}, model: mine }
  azure: { type: compatible, base_url: ${azure.url}, api_key: ${CANARY}, model: my-deployment }`;
    const report = await check({ file });
    expect(report.ok).toBe(true);
    expect(kindsOf(report, 'llamacpp')).toEqual(['warning: missing mine']);
    expect(reportOf(report, 'listless')).toMatchObject({ skipped: 'it has no list of models', listed: null });
    expect(reportOf(report, 'azure').skipped).toBe('it is asked by names that it does not list');
    expect(azure.asked).toEqual([]);
  });

  it('asks by each key, since each may see other models', async () => {
    await using groq = await startVendor((request, response) => {
      const isSecond = request.headers.authorization?.endsWith('second') === true;
      (isSecond ? status(401) : json({ data: GROQ_LIST }))(request, response);
    });
    const file = `providers: { groq: { more_api_keys: [gsk_${CANARY}_second] } }`;
    const report = await check({ env: groqEnv(groq.url), file });
    expect(report.providers.map(({ provider, listed, failure }) => [provider, listed, failure])).toEqual([
      ['groq#1', GROQ_LIST.length, null],
      ['groq#2', null, `${groq.url}/openai/v1/models answered with status 401: is the key right?`],
    ]);
    expect(report.ok).toBe(false);
  });

  it.each<[string, Handler, RegExp]>([
    ['a wrong key', status(401), /answered with status 401: is the key right\?$/],
    ['a failure of its own', status(500), /answered with status 500$/],
    [
      'a wrong path',
      status(404),
      /^http:\/\/127\.0\.0\.1:\d+\/openai\/v1\/models answered with status 404: is the base URL right\?$/,
    ],
    [
      'a page for people',
      (_request, response) => response.writeHead(200).end(`<html>${CANARY}</html>`),
      /something that is no list of models$/,
    ],
    ['JSON that is none', json({ models: CANARY }), /something that is no list of models$/],
    [
      'a redirect',
      (_request, response) => response.writeHead(302, { location: `http://127.0.0.1:1/${CANARY}` }).end(),
      /answered with status 302$/,
    ],
    [
      'more than 8 MiB',
      (_request, response) => response.writeHead(200).end('['.repeat(8 * 1_048_576 + 1)),
      /larger than 8388608 bytes$/,
    ],
    [
      'more models than anybody has',
      json({ object: 'list', data: Array.from({ length: 200_000 }, (_, index) => ({ id: `m${index}` })) }),
      /\/models lists more than 10000 models$/,
    ],
    ['a connection that breaks', (request) => request.socket.destroy(), /could not be reached \([A-Z_]+\)$/],
  ])('tells of %s, in its own words, and of the other vendors all the same', async (_what, handler, failure) => {
    await using groq = await startVendor(handler);
    await using ollama = await startVendor(json({ object: 'list', data: [{ id: 'llama4' }] }));
    const file = `providers: { ollama: { type: compatible, base_url: ${ollama.url}, model: llama4 } }`;
    const report = await check({ env: groqEnv(groq.url), file });
    expect(reportOf(report, 'groq')).toMatchObject({
      listed: null,
      findings: [],
      failure: expect.stringMatching(failure),
    });
    expect(reportOf(report, 'ollama')).toMatchObject({ listed: 1, failure: null });
    expect(report.ok).toBe(false);
  });

  it.each<[string, Handler]>([
    ['says nothing', () => {}],
    ['stops in the middle', (_request, response) => void response.writeHead(200).write('{"data":[')],
  ])('waits 15 s for a vendor that %s, and no longer', async (_what, handler) => {
    await using groq = await startVendor(handler);
    const clock = new SimulatedClock(NOW_MS);
    const report = check({ env: groqEnv(groq.url), clock });
    await until(() => groq.asked.length === 1);
    clock.advance(15_000);
    expect(reportOf(await report, 'groq').failure).toMatch(/^http:\S+\/models did not tell its models in time$/);
  });

  it('ends a list whose pages do not', async () => {
    await using gemini = await startVendor(json({ models: [], nextPageToken: 'again' }));
    const report = await check({ env: { GEMINI_API_KEY: CANARY, GEMINI_BASE_URL: gemini.url } });
    expect(reportOf(report, 'gemini').failure).toMatch(/^The list at http:\S+\/v1beta\/models has no end$/);
    expect(gemini.asked).toHaveLength(100);
  });

  it('has nothing to ask where answers are made offline', async () => {
    expect(await check({})).toMatchObject({
      ok: true,
      providers: [{ provider: 'offline', listed: null, skipped: 'it answers in this process' }],
    });
  });

  it('can be stopped', async () => {
    await using groq = await startVendor(() => {});
    const stop = new AbortController();
    const report = checkModels({ env: groqEnv(groq.url), cwd: tmpdir(), signal: stop.signal });
    await until(() => groq.asked.length === 1);
    stop.abort();
    await expect(report).rejects.toMatchObject({ code: 'cancelled' });
  });
});
