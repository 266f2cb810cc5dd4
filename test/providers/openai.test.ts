// OpenAI's Chat Completions by written fixtures: a clone without recorded traffic tests it whole.

import { describe, expect, it } from 'vitest';
import type { FittedRequest } from '../../src/core/request.ts';
import { rulesOf } from '../../src/providers/openai/rules.ts';
import { createOpenAi, type OpenAiAccount, openAiKeyProblem } from '../../src/providers/openai.ts';
import { CANARY_KEY, codecOf, FULL_REQUEST, readFixtures, testProvider } from '../contract/provider.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';

testProvider('openai', {
  create: (apiKey) => createOpenAi({ apiKey }),
  // Of those that can do most it is the one that drops no knob but what reasoning forbids.
  model: 'gpt-4.1',
  fixtures: readFixtures(new URL('../fixtures/openai/', import.meta.url)),
});

const codec = codecOf(createOpenAi({ apiKey: CANARY_KEY }));

const QUESTION: FittedRequest = { ...EMPTY_REQUEST, messages: [{ role: 'user', content: 'Why?' }], maxTokens: 100 };
const SAMPLED: Partial<FittedRequest> = { temperature: 0.7, topP: 0.9 };
const WITH_TOOLS: Partial<FittedRequest> = { tools: FULL_REQUEST.tools };

const encode = (changes: Partial<FittedRequest>, model: string) =>
  codec.encode({ ...QUESTION, ...changes }, model, true);
const bodyOf = (changes: Partial<FittedRequest>, model = 'gpt-5.4-mini') => encode(changes, model).body;
const warningsOf = (changes: Partial<FittedRequest>, model = 'gpt-5.4-mini') =>
  encode(changes, model).warnings.map(({ message }) => message);

describe('a request to OpenAI', () => {
  it('holds what was asked and nothing that was not', () => {
    expect(encode({}, 'gpt-5.4-mini')).toEqual({
      url: 'https://api.openai.com/v1/chat/completions',
      headers: { authorization: `Bearer ${CANARY_KEY}` },
      body: {
        model: 'gpt-5.4-mini',
        messages: [{ role: 'user', content: 'Why?' }],
        max_completion_tokens: 100,
        stream: true,
        stream_options: { include_usage: true },
      },
      warnings: [],
    });
  });

  it.each([
    ['https://proxy.example', 'https://proxy.example/v1/chat/completions'],
    ['https://proxy.example/openai/v1/', 'https://proxy.example/openai/v1/chat/completions'],
    ['https://eu.api.openai.com/', 'https://eu.api.openai.com/v1/chat/completions'],
  ])('to the base URL %s goes to %s', (baseUrl, url) => {
    expect(codecOf(createOpenAi({ apiKey: CANARY_KEY, baseUrl })).encode(QUESTION, 'gpt-4o', true).url).toBe(url);
  });

  it('names the organisation and the project that pay, where there are several', () => {
    const headersOf = (account: Partial<OpenAiAccount>) =>
      codecOf(createOpenAi({ apiKey: CANARY_KEY, ...account })).encode(QUESTION, 'gpt-4o', true).headers;
    expect(headersOf({ organization: 'org-1', project: 'proj_2' })).toEqual({
      authorization: `Bearer ${CANARY_KEY}`,
      'openai-organization': 'org-1',
      'openai-project': 'proj_2',
    });
  });

  it('never sends reasoning back, which OpenAI takes by Responses alone', () => {
    expect(JSON.stringify(codec.encode(FULL_REQUEST, 'gpt-4.1', true).body)).not.toContain('text of a thought');
  });

  it('tells a model that reasons its instructions as the developer, another one as the system', () => {
    const rolesAt = (model: string) => codec.encode(FULL_REQUEST, model, true).body['messages'];
    expect(rolesAt('gpt-5.5')).toMatchObject([{ role: 'developer' }, { role: 'developer' }, {}, {}, {}, {}]);
    for (const model of ['gpt-4o', 'gpt-5-chat-latest', 'chat-latest'])
      expect(rolesAt(model)).toMatchObject([{ role: 'system' }, { role: 'system' }, {}, {}, {}, {}]);
  });
});

describe("the knobs of OpenAI's models", () => {
  it.each([
    ['gpt-4.1', null, true],
    ['gpt-4o-mini', null, true],
    ['ft:gpt-4o-mini-2024-07-18:acme::abc', null, true],
    ['chat-latest', null, true],
    ['o3', null, false],
    ['gpt-5', null, false],
    ['gpt-5-mini', 'minimal', false],
    ['gpt-5.1', null, false],
    ['gpt-5.1', 'none', true],
    ['gpt-5.4-mini', 'low', false],
    ['gpt-5.4-mini', 'none', true],
    ['gpt-6-sol', 'none', false],
    ['gpt-6-luna', null, false],
  ] as const)('%s at effort %s takes temperature and top_p: %s', (model, reasoningEffort, takes) => {
    const body = bodyOf({ ...SAMPLED, reasoningEffort }, model);
    expect([body['temperature'], body['top_p']]).toEqual(takes ? [0.7, 0.9] : [undefined, undefined]);
    expect(warningsOf({ ...SAMPLED, reasoningEffort }, model)).toHaveLength(takes ? 0 : 2);
  });

  it.each([
    ['gpt-5', 'none', 'minimal', 1],
    ['gpt-5', 'minimal', 'minimal', 0],
    ['gpt-5.1', 'none', 'none', 0],
    ['gpt-5.4-mini', 'minimal', 'low', 1],
    ['gpt-5.4-pro', 'low', 'medium', 1],
    ['gpt-6-astra', 'none', 'low', 1],
    ['gpt-6.1-sol', 'none', 'low', 1],
    ['gpt-6.1-terra', 'none', 'none', 0],
    ['o3', 'minimal', 'low', 1],
    ['o3', 'high', 'high', 0],
    ['gpt-4o', 'high', undefined, 1],
    ['chat-latest', 'low', undefined, 1],
  ] as const)('%s asked for effort %s gets %s, with %i warnings', (model, asked, sent, warnings) => {
    expect(bodyOf({ reasoningEffort: asked }, model)['reasoning_effort']).toBe(sent);
    expect(warningsOf({ reasoningEffort: asked }, model)).toHaveLength(warnings);
  });

  it.each([
    ['gpt-4.1', true],
    ['o3', false],
    ['o4-mini', false],
    ['gpt-5-mini', false],
    ['gpt-5.4-mini', false],
    ['gpt-5.5', true],
    ['gpt-6-sol', true],
  ])('%s takes stop: %s', (model, takes) => {
    expect(bodyOf({ stop: ['END'] }, model)['stop']).toEqual(takes ? ['END'] : undefined);
    expect(warningsOf({ stop: ['END'] }, model)).toHaveLength(takes ? 0 : 1);
  });

  it('hold no word on parallel calls for the o-series, which knows none', () => {
    const asked = { ...WITH_TOOLS, parallelToolCalls: false };
    expect(bodyOf(asked, 'o3')).not.toHaveProperty('parallel_tool_calls');
    expect(warningsOf(asked, 'o3')).toHaveLength(1);
    expect(warningsOf({ parallelToolCalls: false }, 'o3')).toEqual([]);
    expect(bodyOf(asked, 'gpt-5.5')).toHaveProperty('parallel_tool_calls', false);
  });

  it('hold no reasoning beside tools at GPT-5.6, which refuses both at once also where no effort is named', () => {
    for (const reasoningEffort of [null, 'high'] as const) {
      expect(bodyOf({ ...WITH_TOOLS, reasoningEffort }, 'gpt-5.6-terra')).toHaveProperty('reasoning_effort', 'none');
      expect(warningsOf({ ...WITH_TOOLS, reasoningEffort }, 'gpt-5.6-terra').join()).toContain('"responses"');
    }
    expect(warningsOf({ ...WITH_TOOLS, reasoningEffort: 'none' }, 'gpt-5.6-terra')).toEqual([]);
    expect(bodyOf({ ...WITH_TOOLS, reasoningEffort: 'high' }, 'gpt-5.5')).toHaveProperty('reasoning_effort', 'high');
    expect(bodyOf({ ...WITH_TOOLS, reasoningEffort: 'low' }, 'gpt-6-astra')).toHaveProperty('reasoning_effort', 'low');
  });

  it.each([
    ['flex', 'gpt-4.1', false],
    ['flex', 'o3', true],
    ['flex', 'gpt-5.4-nano', true],
    ['priority', 'gpt-4.1', false],
    ['fast', 'gpt-5.4-mini', false],
    ['ultrafast', 'gpt-5.6-sol', false],
    ['scale', 'gpt-5.4', true],
    ['default', 'gpt-4o', true],
    ['on_demand', 'gpt-5.5', false],
  ])('service tier %s for %s is sent: %s', (serviceTier, model, sent) => {
    expect(bodyOf({ serviceTier }, model)['service_tier']).toBe(sent ? serviceTier : undefined);
    expect(warningsOf({ serviceTier }, model)).toHaveLength(sent ? 0 : 1);
  });
});

describe('options for OpenAI alone', () => {
  it('stand over everything else', () => {
    const openai = { verbosity: 'low', reasoning_effort: 'xhigh', prompt_cache_key: 'lesson-7' };
    expect(bodyOf({ reasoningEffort: 'low', providerOptions: { openai } })).toMatchObject(openai);
  });

  it('cannot raise the bound of the bill, keep the answer there, or reach what the request says', () => {
    const openai = {
      n: 8,
      max_tokens: 9,
      max_completion_tokens: 9,
      model: 'x',
      messages: [],
      stream: false,
      store: true,
    };
    expect(bodyOf({ providerOptions: { openai } })).toEqual(bodyOf({}));
    expect(warningsOf({ providerOptions: { openai } })).toHaveLength(7);
  });
});

describe('the form of an OpenAI key', () => {
  it('is checked without repeating the key', () => {
    for (const key of ['sk-proj-abc', 'sk-abc', 'sk-svcacct-abc']) expect(openAiKeyProblem(key)).toBeNull();
    for (const wrong of ['', CANARY_KEY, 'sk-with space', 'sk-with\nbreak']) {
      const problem = openAiKeyProblem(wrong);
      expect(problem).not.toBeNull();
      if (wrong !== '') expect(problem).not.toContain(wrong);
    }
  });

  it('is anything that fits into a header, behind another address', () => {
    expect(openAiKeyProblem('anything', 'https://proxy.example')).toBeNull();
    expect(openAiKeyProblem('any thing', 'https://proxy.example')).not.toBeNull();
    expect(openAiKeyProblem('anything', 'https://eu.api.openai.com')).not.toBeNull();
  });
});

it('is not taken for a model that reasons by a name that only sounds like one', () => {
  for (const model of ['gpt-4o', 'gpt-4.1-mini', 'gpt-oss-120b', 'whatever', 'gpt-5.3-chat-latest'])
    expect(rulesOf(model).efforts).toEqual([]);
});
