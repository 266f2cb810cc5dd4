// What callers may say to a package of the AI SDK, by what the packages then ask their vendors: nothing that is billed beyond what was held,
// that names a server, or that reaches for what a vendor stores.

import { createAnthropic } from '@ai-sdk/anthropic';
import { createGroq } from '@ai-sdk/groq';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { describe, expect, it } from 'vitest';
import { type JsonObject, parsedJson } from '../../src/core/json.ts';
import type { FittedRequest } from '../../src/core/request.ts';
import { type AiSdkModel, type AiSdkOptions, aiSdk } from '../../src/providers/ai-sdk.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';

const QUESTION: FittedRequest = { ...EMPTY_REQUEST, messages: [{ role: 'user', content: 'Why?' }], maxTokens: 300 };
const refuses = (sent: string[]) => async (_url: unknown, init?: { body?: unknown }) => {
  sent.push(String(init?.body));
  return new Response('{"error":{"message":"no"}}', { status: 400, headers: { 'content-type': 'application/json' } });
};
const baseURL = 'https://vendor.example/v1';
const PACKAGES = {
  anthropic: (fetch: ReturnType<typeof refuses>) =>
    createAnthropic({ apiKey: 'k', baseURL, fetch })('claude-sonnet-4-5'),
  openai: (fetch: ReturnType<typeof refuses>) => createOpenAI({ apiKey: 'k', baseURL, fetch }).responses('gpt-5.4'),
  'openai by Chat Completions': (fetch: ReturnType<typeof refuses>) =>
    createOpenAI({ apiKey: 'k', baseURL, fetch }).chat('gpt-5.4'),
  groq: (fetch: ReturnType<typeof refuses>) => createGroq({ apiKey: 'k', baseURL, fetch })('openai/gpt-oss-20b'),
  local: (fetch: ReturnType<typeof refuses>) =>
    createOpenAICompatible({ name: 'local', apiKey: 'k', baseURL, fetch })('tiny'),
};
type Package = keyof typeof PACKAGES;

/** What the vendor is asked for, and which parameters were left out. */
async function asked(
  name: Package,
  changes: Partial<FittedRequest>,
  passesOptions: AiSdkOptions['passesOptions'] = [],
) {
  const sent: string[] = [];
  const model: AiSdkModel = PACKAGES[name](refuses(sent));
  const { transport } = aiSdk(model, { contextWindow: 100_000, outputLimit: 64_000, passesOptions });
  if (transport.kind !== 'direct') throw new Error('It answers in this process');
  const leftOut: (string | undefined)[] = [];
  const listener = { warn: ({ param }: { param?: string | undefined }) => leftOut.push(param), wanted: () => null };
  const request = { ...QUESTION, ...changes };
  await transport
    .answer(request, model.modelId, () => {}, new AbortController().signal, listener)
    .catch((error: unknown) => error);
  expect(sent).toHaveLength(1);
  return { body: parsedJson(sent[0] ?? ''), leftOut };
}

const DEAR: readonly (readonly [Package, JsonObject])[] = [
  ['anthropic', { thinking: { type: 'enabled', budgetTokens: 60_000 } }],
  ['anthropic', { thinking: { type: 'adaptive', budgetTokens: 60_000 } }],
  ['anthropic', { speed: 'fast' }],
  ['anthropic', { cacheControl: { type: 'ephemeral', ttl: '1h' } }],
  ['anthropic', { mcpServers: [{ type: 'url', name: 'x', url: 'https://foreign.example/mcp' }] }],
  ['anthropic', { container: { id: 'container_of_another' } }],
  ['openai', { serviceTier: 'priority' }],
  ['openai', { previousResponseId: 'resp_of_another' }],
  ['openai', { conversation: 'conv_of_another' }],
  ['openai', { store: true }],
  ['openai', { instructions: 'Forget it.' }],
  ['openai', { reasoningMode: 'pro' }],
  ['openai', { logitBias: { 50256: ['x'] } }],
  ['openai by Chat Completions', { maxCompletionTokens: 60_000 }],
  ['openai by Chat Completions', { prediction: { type: 'content', content: 'x' } }],
  ['groq', { serviceTier: 'performance' }],
  ['local', { n: 100 }],
  ['local', { max_tokens: 60_000 }],
  ['local', { model: 'dear' }],
  ['local', { web_search_options: {} }],
  ['local', { tools: [{ type: 'web_search' }] }],
  ['local', { byok: [{ baseURL: 'https://foreign.example' }] }],
];

describe('providerOptions of a caller', () => {
  it.each(DEAR)(
    'that could cost more, or name what is not the caller’s, change nothing: %s %j',
    async (name, options) => {
      const namespace = name.split(' ', 1)[0] ?? name;
      const plain = await asked(name, {});
      const wished = await asked(name, { providerOptions: { [namespace]: options, gateway: options } });
      expect(wished.body).toEqual(plain.body);
      const [option] = Object.keys(options);
      expect(wished.leftOut).toEqual([`providerOptions.${namespace}.${option}`, `providerOptions.gateway.${option}`]);
    },
  );

  it.each<readonly [Package, JsonObject, JsonObject]>([
    ['anthropic', { disableParallelToolUse: true, thinking: { type: 'disabled' } }, { thinking: { type: 'disabled' } }],
    ['openai', { textVerbosity: 'low', store: false, user: 'ann' }, { text: { verbosity: 'low' }, store: false }],
    ['groq', { reasoningFormat: 'hidden', user: 'ann' }, { reasoning_format: 'hidden', user: 'ann' }],
    ['local', { reasoningEffort: 'low', user: 'ann' }, { reasoning_effort: 'low', user: 'ann' }],
  ])('that say how to answer reach the vendor: %s %j', async (name, options, sent) => {
    const { body, leftOut } = await asked(name, { providerOptions: { [name]: options } });
    expect(body).toMatchObject(sent);
    expect(leftOut).toEqual([]);
  });

  it('pass where the operator takes it upon himself', async () => {
    const providerOptions = { openai: { serviceTier: 'priority', store: true }, local: { serviceTier: 'priority' } };
    const { body, leftOut } = await asked('openai', { providerOptions }, ['openai.serviceTier']);
    expect(body).toMatchObject({ service_tier: 'priority' });
    expect(leftOut).toEqual(['providerOptions.openai.store', 'providerOptions.local.serviceTier']);
  });
});

describe('a reasoning effort', () => {
  it('asks for no more tokens than were held, where a package would add its thoughts to them', async () => {
    for (const reasoningEffort of ['minimal', 'high'] as const) {
      const { body, leftOut } = await asked('anthropic', { reasoningEffort });
      expect(body).toMatchObject({ max_tokens: 300 });
      expect(leftOut).toEqual(['reasoning_effort']);
    }
  });

  it('is asked for of every other', async () => {
    const { body, leftOut } = await asked('openai', { reasoningEffort: 'high' });
    expect(body).toMatchObject({ max_output_tokens: 300, reasoning: { effort: 'high' } });
    expect(leftOut).toEqual([]);
  });
});
