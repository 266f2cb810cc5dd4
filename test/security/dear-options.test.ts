// No caller's wish costs more than the price by which money was held, asks a server that the caller names, or keeps anything at a vendor:
// tiers of service, tools that vendors run, options of the one or the other.

import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/core/json.ts';
import type { FittedRequest } from '../../src/core/request.ts';
import { createAnthropic } from '../../src/providers/anthropic.ts';
import { createCompatible } from '../../src/providers/compatible.ts';
import { createGemini } from '../../src/providers/gemini.ts';
import { createGroq } from '../../src/providers/groq.ts';
import { createOpenAi } from '../../src/providers/openai.ts';
import { CANARY_KEY, codecOf, thrownBy } from '../contract/provider.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';

const apiKey = CANARY_KEY;
const azure = { id: 'azure', preset: 'azure', apiKey, baseUrl: 'https://a.openai.azure.com' } as const;
const local = { id: 'local', baseUrl: 'http://127.0.0.1:1/v1' };
const ASKED = [
  ['OpenAI, Chat Completions', createOpenAi({ apiKey, api: 'chat' }), 'gpt-5.4-mini'],
  ['OpenAI, Responses', createOpenAi({ apiKey, api: 'responses' }), 'gpt-5.4-mini'],
  ['Azure, by a name of its owner', createCompatible(azure), 'my-deployment'],
  ['Azure, Responses', createCompatible({ ...azure, api: 'responses' }), 'gpt-5.4-mini'],
  ['a server of its own', createCompatible(local), 'tiny'],
  ['a server of its own, Responses', createCompatible({ ...local, api: 'responses' }), 'tiny'],
  ['Groq', createGroq({ apiKey }), 'openai/gpt-oss-20b'],
  ['Anthropic', createAnthropic({ apiKey, outputLimitOf: () => 4_096 }), 'claude-sonnet-4-5'],
  ['Gemini', createGemini({ apiKey }), 'gemini-3-pro-preview'],
] as const;

describe.each(ASKED)('%s', (_name, provider, model) => {
  const encoded = (changes: Partial<FittedRequest>) =>
    codecOf(provider).encode(
      { ...EMPTY_REQUEST, messages: [{ role: 'user', content: 'Why?' }], maxTokens: 100, ...changes },
      model,
      false,
    );
  const withOptions = (options: JsonObject) => encoded({ providerOptions: { [provider.id]: options } });
  const plain = encoded({}).body;

  it.each(['priority', 'fast', 'ultrafast', 'performance', 'never-heard-of'])(
    'is asked for no tier %s, and the caller is told',
    (tier) => {
      for (const asked of [{ serviceTier: tier }, { providerOptions: { [provider.id]: { service_tier: tier } } }]) {
        const { body, warnings } = encoded(asked);
        expect(body).toEqual(plain);
        expect(warnings.map(({ param }) => param)).toEqual([expect.stringContaining('service_tier')]);
      }
    },
  );

  it.each<[string, Json]>([
    ['a search', [{ type: 'web_search' }]],
    [
      'a search of last year',
      [{ type: 'function', name: 'f', function: { name: 'f' } }, { type: 'web_search_preview' }],
    ],
    ['code that it runs', [{ type: 'code_interpreter', container: { type: 'auto' } }]],
    ['a server of tools', [{ type: 'mcp', server_label: 'x', server_url: 'https://foreign.example/mcp' }]],
    ['files', [{ type: 'file_search', vector_store_ids: ['vs_1'] }]],
    ['a browser', [{ type: 'browser_search' }]],
    ['one without a type and no list', { type: 'web_search' }],
  ])('is asked for no tool that it runs itself: %s', (_what, tools) => {
    const sent = () => withOptions({ tools }).body;
    if (provider.id === 'gemini' || (provider.id === 'anthropic' && !Array.isArray(tools))) return;
    expect(thrownBy(sent)).toMatchObject({ code: 'invalid_request', param: `providerOptions.${provider.id}.tools` });
  });

  it.each<[string, Json]>([
    ['web_search_options', { search_context_size: 'high' }],
    ['plugins', [{ id: 'web' }]],
    ['search_settings', { include_domains: ['foreign.example'] }],
    ['search_parameters', { mode: 'on' }],
    ['mcp_servers', [{ type: 'url', url: 'https://foreign.example', name: 'x' }]],
    ['container', 'container_1'],
    ['speed', 'fast'],
    ['inference_geo', 'us'],
    ['prediction', { type: 'content', content: 'x' }],
    ['moderation', { model: 'omni-moderation-latest' }],
    ['prompt_cache_options', { ttl: '12h', prewarm: true, comparison_response_id: 'resp_1' }],
    ['previous_response_id', 'resp_1'],
    ['conversation', 'conv_1'],
    ['prompt', { id: 'pmpt_1' }],
    ['background', true],
    ['store', true],
    ['include', ['web_search_call.results']],
    ['models', ['dear']],
    ['provider', { order: ['dear'] }],
    ['metadata_url', 'https://foreign.example'],
    ['cachedContent', 'cachedContents/x'],
  ])('is not sent %s, and the caller is told', (name, value) => {
    const { body, warnings } = withOptions({ [name]: value });
    expect(body).toEqual(plain);
    expect(warnings.map(({ param }) => param)).toEqual([`providerOptions.${provider.id}.${name}`]);
  });
});

it('thinks once for an answer by Responses, however a caller asks', () => {
  const request = { ...EMPTY_REQUEST, messages: [{ role: 'user' as const, content: 'Why?' }] };
  const reasoning = { effort: 'high', summary: 'auto', mode: 'pro' };
  const codec = codecOf(createOpenAi({ apiKey, api: 'responses' }));
  const { body, warnings } = codec.encode({ ...request, providerOptions: { openai: { reasoning } } }, 'gpt-5.4', false);
  expect(body).toMatchObject({ reasoning: { effort: 'high', summary: 'auto' } });
  expect(body).not.toHaveProperty('reasoning.mode');
  expect(warnings.map(({ param }) => param)).toEqual(['providerOptions.openai.reasoning.mode']);
});
