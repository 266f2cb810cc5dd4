// Pictures, documents and sound through the gateway: by each dialect, to each vendor, which is a mock that keeps what it was sent.
// What a model cannot read is refused before anybody is asked, and what it can cost is held.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { RecordedVendor } from '../vendor/recorded-vendor.ts';
import { startRecordedVendor } from '../vendor/recorded-vendor.ts';
import { CHAT, COMPLETION, type RunningGateway, startGateway, until } from './start.ts';

const RESPONSES = '/v1/responses';
const MESSAGES = '/v1/messages';
const PNG = 'iVBORw0KGgo=';
const PDF = 'JVBERi0xLjc=';
const IMAGE_URL = `data:image/png;base64,${PNG}`;
const PDF_URL = `data:application/pdf;base64,${PDF}`;
const OPENAI_MODEL = 'gpt-5.4-mini';
const CLAUDE = 'claude-haiku-4-5';
const GEMINI = 'gemini-3.8-flash';

const folder = mkdtempSync(join(tmpdir(), 'codementor-media-'));
const running: RunningGateway[] = [];
const vendors: RecordedVendor[] = [];
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.close();
  for (const vendor of vendors.splice(0)) await vendor[Symbol.asyncDispose]();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function vendorOf(fixture: string): Promise<RecordedVendor> {
  const vendor = await startRecordedVendor(fixture);
  vendors.push(vendor);
  return vendor;
}

async function start(yaml = '', more: Readonly<Record<string, string>> = {}) {
  const cwd = mkdtempSync(join(folder, 'cwd-'));
  const openai = await vendorOf('openai/text');
  const anthropic = await vendorOf('anthropic/text');
  const gemini = await vendorOf('gemini/text');
  const local = await vendorOf('openai/text');
  const server = `providers: { openai: { api: chat }, local: { type: compatible, preset: ollama, base_url: "${local.url}", model: tiny, takes: [pdf], models: [{ name: deaf, lacks: [images] }, { name: hears, takes: [audio] }] } }`;
  writeFileSync(join(cwd, 'codementor-llm.yaml'), `retry: { base_ms: 0 }\n${server}\n${yaml}`);
  const env = {
    OPENAI_API_KEY: 'k',
    OPENAI_BASE_URL: openai.url,
    ANTHROPIC_API_KEY: 'k',
    ANTHROPIC_BASE_URL: anthropic.url,
    GEMINI_API_KEY: 'k',
    GEMINI_BASE_URL: gemini.url,
    ...more,
  };
  const gateway = await startGateway({ env, cwd });
  running.push(gateway);
  const asked = () => [...openai.bodies, ...anthropic.bodies, ...gemini.bodies, ...local.bodies];
  return { gateway, asked };
}

/** What each dialect says: look at a picture and a document, and at a picture that a tool returned. */
const LOOK: Readonly<Record<string, (model: string) => object>> = {
  [COMPLETION]: (model) => ({ model, messages: chatMessages }),
  [CHAT]: (model) => ({ model, messages: chatMessages }),
  [RESPONSES]: (model) => ({
    model,
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'Look:' },
          { type: 'input_image', image_url: IMAGE_URL },
          { type: 'input_file', file_data: PDF_URL, filename: 'a.pdf' },
        ],
      },
      { type: 'function_call', call_id: 'a', name: 'see', arguments: '{}' },
      {
        type: 'function_call_output',
        call_id: 'a',
        output: [
          { type: 'input_text', text: 'Seen:' },
          { type: 'input_image', image_url: IMAGE_URL },
        ],
      },
    ],
  }),
  [MESSAGES]: (model) => ({
    model,
    max_tokens: 100,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look:' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
          { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: PDF }, title: 'a.pdf' },
        ],
      },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'see', input: {} }] },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 'a',
            content: [
              { type: 'text', text: 'Seen:' },
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
            ],
          },
        ],
      },
    ],
  }),
};
const chatMessages = [
  {
    role: 'user',
    content: [
      { type: 'text', text: 'Look:' },
      { type: 'image_url', image_url: { url: IMAGE_URL } },
      { type: 'file', file: { file_data: PDF_URL, filename: 'a.pdf' } },
    ],
  },
  { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'see', arguments: '{}' } }] },
  {
    role: 'tool',
    tool_call_id: 'a',
    content: [
      { type: 'text', text: 'Seen:' },
      { type: 'image_url', image_url: { url: IMAGE_URL } },
    ],
  },
];

const inAnthropicsWords = [
  { type: 'text', text: 'Look:' },
  { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
  { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: PDF }, title: 'a.pdf' },
];
const inlineImage = { inlineData: { mimeType: 'image/png', data: PNG } };
/** What of it each vendor is sent. */
const SENT: Readonly<Record<string, object>> = {
  [OPENAI_MODEL]: {
    messages: [
      chatMessages[0],
      expect.objectContaining({ role: 'assistant' }),
      { role: 'tool', tool_call_id: 'a', content: 'Seen:' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What the call a returned:' },
          { type: 'image_url', image_url: { url: IMAGE_URL } },
        ],
      },
    ],
  },
  [CLAUDE]: {
    messages: [
      { role: 'user', content: inAnthropicsWords },
      expect.objectContaining({ role: 'assistant' }),
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 'a',
            content: [{ type: 'text', text: 'Seen:' }, inAnthropicsWords[1]],
          },
        ],
      },
    ],
  },
  [GEMINI]: {
    contents: [
      {
        role: 'user',
        parts: [{ text: 'Look:' }, inlineImage, { inlineData: { mimeType: 'application/pdf', data: PDF } }],
      },
      expect.objectContaining({ role: 'model' }),
      {
        role: 'user',
        parts: [{ functionResponse: { id: 'a', name: 'see', response: { output: 'Seen:' }, parts: [inlineImage] } }],
      },
    ],
  },
};

describe('a picture, a document, and a picture that a tool returned', () => {
  it.each(Object.keys(LOOK).flatMap((path) => Object.keys(SENT).map((model) => [path, model] as const)))(
    'by %s reach %s whole',
    async (path, model) => {
      const { gateway, asked } = await start();
      const reply = await gateway.post(path, LOOK[path]?.(model));
      expect([reply.status, reply.headers.get('x-ignored-params')]).toEqual([200, null]);
      expect(asked()).toEqual([expect.objectContaining(SENT[model])]);
    },
  );

  it('are answered once for all dialects: the others get it from the cache', async () => {
    const { gateway, asked } = await start();
    const caches = [];
    for (const [path, body] of Object.entries(LOOK)) {
      const reply = await gateway.post(path, {
        ...body(CLAUDE),
        temperature: 0.5,
        ...(path !== RESPONSES && { max_tokens: 100 }),
        ...(path === RESPONSES && { max_output_tokens: 100 }),
      });
      await reply.text();
      caches.push(reply.headers.get('x-cache'));
    }
    expect([caches, asked().length]).toEqual([['miss', 'hit', 'hit', 'hit'], 1]);
  });
});

const errorReply = z.object({
  error: z.looseObject({ code: z.string(), param: z.string().nullable(), message: z.string() }),
});
const sound = { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } };
const saying = (model: string, ...content: object[]) => ({ model, messages: [{ role: 'user', content }] });
const addressed = { type: 'file', file: { file_data: 'https://example.org/a.pdf' } };
const document = { type: 'file', file: { file_data: PDF_URL } };
const picture = (url: string) => ({ type: 'image_url', image_url: { url } });

describe('what a model does not read', () => {
  it.each<[string, object, RegExp]>([
    ['openai/gpt-oss-120b', document, /does not take pdf/],
    ['qwen/qwen3.8-27b', document, /does not take pdf/],
    ['openai/gpt-oss-120b', picture(IMAGE_URL), /does not take images/],
    ['gpt-4o-mini', document, /does not take pdf/],
    [OPENAI_MODEL, sound, /does not take audio/],
    [CLAUDE, sound, /does not take audio/],
    ['local/tiny', sound, /does not take audio/],
    ['local/deaf', picture(IMAGE_URL), /does not take images/],
    ['local/tiny', picture('https://example.org/a.png'), /send them as data: URLs/],
    ['local/tiny', { type: 'file', file: { file_data: 'https://example.org/a.pdf' } }, /send the PDF as a data: URL/],
    [OPENAI_MODEL, { type: 'file', file: { file_data: 'https://example.org/a.pdf' } }, /send the PDF as a data: URL/],
  ])('is refused, and nobody is asked nor billed: %s', async (model, part, message) => {
    const { gateway, asked } = await start();
    for (const path of [COMPLETION, CHAT]) {
      const reply = await gateway.post(path, saying(model, part));
      const { error } = errorReply.parse(await reply.json());
      expect([reply.status, error.code, error.param]).toEqual([400, 'invalid_request', 'messages']);
      expect(error.message).toMatch(message);
    }
    expect(asked()).toEqual([]);
    // What was tried and never left this machine is written down as such.
    const areReleased = async () => (await gateway.rows()).every(({ state }) => state === 'released');
    await until(areReleased, 'rows that cost nothing');
  });

  it.each<[string, string, object, string]>([
    ['a picture by its address, after Ollama', 'local/tiny', picture('https://example.org/a.png'), OPENAI_MODEL],
    ['a document by its address, after Chat Completions', OPENAI_MODEL, addressed, CLAUDE],
    ['a GIF, after Gemini', GEMINI, picture('data:image/gif;base64,R0lGODlh'), CLAUDE],
    ['an address that does not say of what kind it is, after Gemini', GEMINI, picture('https://example.org/a'), CLAUDE],
  ])('is answered by the next target of a route that does: %s', async (_what, first, part, second) => {
    const { gateway, asked } = await start(`routes: { pics: { targets: [${first}, ${second}] } }`);
    const reply = await gateway.post(COMPLETION, saying('pics', part));
    expect([reply.status, await reply.json()]).toMatchObject([
      200,
      {
        model: second,
        attempts: [
          { outcome: 'skipped', code: 'invalid_request', reason: expect.stringContaining('send'), status: null },
          { model: second, outcome: 'completed' },
        ],
      },
    ]);
    expect(asked()).toHaveLength(1);
    expect(await gateway.rows()).toHaveLength(1);
  });

  it('by no target of a route is told in the words of the first, and nobody is asked', async () => {
    const { gateway, asked } = await start(`routes: { pics: { targets: [local/tiny, ${GEMINI}] } }`);
    const reply = await gateway.post(CHAT, saying('pics', picture('https://example.org/a')));
    const { error } = errorReply.parse(await reply.json());
    expect([reply.status, error.code, error.param]).toEqual([400, 'invalid_request', 'messages']);
    expect(error.message).toContain('Ollama fetches no pictures');
    expect([asked(), await gateway.rows()]).toEqual([[], []]);
  });

  it('passes where it does: a server whose operator says so, and Gemini', async () => {
    const { gateway, asked } = await start();
    for (const [model, part] of [
      ['local/tiny', document],
      ['local/hears', sound],
      [GEMINI, sound],
    ] as const) {
      expect([model, (await gateway.post(CHAT, saying(model, part))).status]).toEqual([model, 200]);
    }
    expect(
      asked()
        .map((body) => JSON.stringify(body))
        .join(),
    ).toContain('"mimeType":"audio/wav"');
  });

  it('is not fetched by us even where we may fetch, when it is not in the public network (S04)', async () => {
    const { gateway, asked } = await start('media: { fetch: "on" }');
    for (const url of ['https://127.0.0.1/a.png', 'https://localhost/a.png', 'https://169.254.169.254/a.png']) {
      const reply = await gateway.post(CHAT, saying('local/tiny', picture(url)));
      const { error } = errorReply.parse(await reply.json());
      expect([reply.status, error.code, error.param]).toEqual([400, 'invalid_request', 'messages']);
      expect(error.message).toContain('must name its host');
    }
    expect(asked()).toEqual([]);
  });
});

describe('under a budget', () => {
  it('a document is held for as all that its model takes, and what it did not come to is given back', async () => {
    const { gateway, asked } = await start('tiers: { free: { usd_per_day: 0.50 } }\ndefault_tier: free');
    // 200,000 tokens, at most at a dollar and a quarter for a million.
    const small = await gateway.post(CHAT, { ...saying(CLAUDE, document), max_tokens: 300 });
    expect(small.status).toBe(200);
    // A million at three dollars.
    const large = await gateway.post(CHAT, { ...saying('claude-sonnet-4-6', document), max_tokens: 300 });
    expect([large.status, errorReply.parse(await large.json()).error.code]).toEqual([402, 'budget_exceeded']);
    expect(asked()).toHaveLength(1);
    await until(async () => (await gateway.rows()).every(({ state }) => state === 'settled'), 'the settled row');
    const [row] = await gateway.rows();
    expect([row?.overHold, Number(row?.heldTokens)]).toEqual([false, expect.closeTo(200_300, -3)]);
    // Two of them, one after the other, have more room than two of them at once.
    expect((await gateway.post(CHAT, { ...saying(CLAUDE, document, document), max_tokens: 300 })).status).toBe(200);
  });

  it('sound whose price nobody can say here is refused, and answered without a cost where no budget applies', async () => {
    const budget = await start('tiers: { free: { usd_per_day: 50 } }\ndefault_tier: free');
    const apart = 'gemini-2.5-flash';
    const refused = await budget.gateway.post(CHAT, saying(apart, sound));
    expect([refused.status, errorReply.parse(await refused.json()).error.code]).toEqual([403, 'model_unpriced']);
    expect((await budget.gateway.post(CHAT, saying(apart, document))).status).toBe(200);
    expect((await budget.gateway.post(CHAT, saying(GEMINI, sound))).status).toBe(200);
    const free = await start();
    const answered = await free.gateway.post(COMPLETION, saying(apart, sound));
    expect(await answered.json()).toMatchObject({ priced: false, cost_usd: null });
  });
});

describe('a stored chat', () => {
  it('keeps what was shown, shows it again, and sends it with the next turn', async () => {
    const { gateway, asked } = await start('', { LLM_CONTEXT_MAX_TOKENS: '20000' });
    const said = [{ type: 'text', text: 'Look:' }, picture(IMAGE_URL), document];
    const first = z
      .object({ conversation_id: z.string() })
      .parse(await (await gateway.post('/api/v1/llm/chat', { model: CLAUDE, message: said })).json());
    const { conversation_id } = first;
    const next = await gateway.post('/api/v1/llm/chat', { conversation_id, message: 'And now?' });
    expect(next.status).toBe(200);
    expect(JSON.stringify(asked().at(-1))).toContain(`"data":"${PDF}"`);
    const kept = await (await gateway.get(`/api/v1/llm/conversations/${conversation_id}`)).json();
    expect(kept).toMatchObject({ messages: [{ role: 'user', content: said }, {}, {}, {}] });
    const page = await (
      await gateway.get(`/api/v1/llm/conversations/${conversation_id}/export?format=markdown`)
    ).text();
    expect([page.includes('*(an image)*'), page.includes('*(a PDF)*'), page.includes(PDF)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('takes a picture alone for something said, and refuses what no part may be', async () => {
    const { gateway } = await start();
    expect((await gateway.post('/api/v1/llm/chat', { model: CLAUDE, message: [document] })).status).toBe(200);
    const refused = await gateway.post('/api/v1/llm/chat', { model: CLAUDE, message: [picture('file:///etc/passwd')] });
    expect([refused.status, errorReply.parse(await refused.json()).error.param]).toEqual([
      400,
      'message[0].image_url.url',
    ]);
  });
});
