// Providers by description: each preset by written fixtures, and what a description can say.

import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { collect, replay } from '../../src/core/events.ts';
import type { FittedRequest } from '../../src/core/request.ts';
import { KNOB_NAMES } from '../../src/providers/compatible/knobs.ts';
import { PRESETS, type PresetName } from '../../src/providers/compatible/presets.ts';
import { type CompatibleProvider, compatibleProblem, createCompatible } from '../../src/providers/compatible.ts';
import {
  answerOf,
  CANARY_KEY,
  codecOf,
  eventsOf,
  FULL_REQUEST,
  readFixtures,
  replyOf,
  SCHEMA_REQUEST,
  testProvider,
  thrownBy,
} from '../contract/provider.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';

const FIXTURES = new URL('../fixtures/compatible/', import.meta.url);
const PRESET_NAMES = Object.keys(PRESETS).filter((name): name is PresetName => Object.hasOwn(PRESETS, name));
const BASE_URL = 'https://vendor.example';

for (const preset of PRESET_NAMES) {
  testProvider(preset, {
    // What Ollama lacks is tested below: the suite demands a tool.
    create: (apiKey) => createCompatible({ id: preset, preset, baseUrl: BASE_URL, apiKey, lacks: [] }),
    model: 'grok-4.3',
    fixtures: readFixtures(new URL(`${preset}/`, FIXTURES)),
  });
}

const QUESTION: FittedRequest = { ...EMPTY_REQUEST, messages: [{ role: 'user', content: 'Why?' }], maxTokens: 100 };

const encode = (described: Partial<CompatibleProvider>, changes: Partial<FittedRequest> = {}, model = 'model-1') =>
  codecOf(createCompatible({ id: 'own', baseUrl: BASE_URL, apiKey: CANARY_KEY, ...described })).encode(
    { ...QUESTION, ...changes },
    model,
    true,
  );
const bodyOf = (...args: Parameters<typeof encode>) => encode(...args).body;
const warningsOf = (...args: Parameters<typeof encode>) => encode(...args).warnings.map(({ message }) => message);
const IMAGE: Partial<FittedRequest> = {
  messages: [{ role: 'user', content: [{ type: 'image', url: 'https://pictures.example/1.png', detail: 'low' }] }],
};

it('has fixtures for each preset and for nothing else', () => {
  expect(readdirSync(FIXTURES).sort()).toEqual([...PRESET_NAMES].sort());
});

describe('a server of which only the address is known', () => {
  it('is asked in the plain dialect, without a key where there is none', () => {
    const codec = codecOf(createCompatible({ id: 'own', baseUrl: 'http://127.0.0.1:9000' }));
    expect(codec.encode(QUESTION, 'model-1', true)).toEqual({
      url: 'http://127.0.0.1:9000/v1/chat/completions',
      headers: {},
      body: {
        model: 'model-1',
        messages: [{ role: 'user', content: 'Why?' }],
        max_tokens: 100,
        stream: true,
        stream_options: { include_usage: true },
      },
      warnings: [],
    });
  });

  it('gets the headers and fields that its operator sets, but none that reaches for the bill or the request', () => {
    const { headers, body } = encode({
      headers: { 'http-referer': 'https://school.example' },
      fields: { provider: { data_collection: 'deny' }, max_tokens: 9_999, n: 4, model: 'dearer', stream: false },
    });
    expect(headers).toEqual({ authorization: `Bearer ${CANARY_KEY}`, 'http-referer': 'https://school.example' });
    expect(body).toEqual({ ...bodyOf({}), provider: { data_collection: 'deny' } });
  });

  it('gets what its operator sets, but for what the request itself says', () => {
    const fields = {
      temperature: 1.5,
      seed: 7,
      reasoning_effort: 'low',
      response_format: { type: 'json_object' },
      store: true,
    };
    expect(bodyOf({ fields })).toEqual({ ...bodyOf({}), ...fields });
    const said = { temperature: 0.1, reasoningEffort: 'high' } as const;
    const heeded = { ...fields, temperature: 0.1, reasoning_effort: 'high' };
    expect(bodyOf({ fields }, said)).toEqual({ ...bodyOf({}), ...heeded });
    expect(bodyOf({ fields, api: 'responses' }, { temperature: 0.1 })).toMatchObject({ temperature: 0.1, store: true });
    // To have it whatever is asked, it is left out of the request.
    expect(bodyOf({ fields, leavesOut: ['temperature'] }, said)).toHaveProperty('temperature', 1.5);
    const options = { providerOptions: { own: { temperature: 0.3 } } };
    expect(bodyOf({ fields }, { ...said, ...options })).toHaveProperty('temperature', 0.3);
  });

  it('keeps what its operator sets of the reasoning beside the effort that is asked', () => {
    const fields = { reasoning: { exclude: true, effort: 'low' } };
    const body = bodyOf({ preset: 'openrouter', fields }, { reasoningEffort: 'high' });
    expect(body).toHaveProperty('reasoning', { exclude: true, effort: 'high' });
  });

  it('takes the options under its own name', () => {
    expect(bodyOf({}, { providerOptions: { own: { logit_bias: { 1: 2 } }, openai: { seed: 1 } } })).toEqual({
      ...bodyOf({}),
      logit_bias: { 1: 2 },
    });
    expect(warningsOf({}, { providerOptions: { own: { n: 8, models: ['dearer'] } } })).toHaveLength(2);
  });

  it('has its own words for max tokens and reasoning', () => {
    const described = { maxTokensField: 'max_completion_tokens', reasoningField: 'thoughts' } as const;
    const { body } = encode(described, { messages: FULL_REQUEST.messages });
    expect(body).toHaveProperty('max_completion_tokens', 100);
    expect(JSON.stringify(body)).toContain('"thoughts":"text of a thought"');
  });
});

describe('what a server lacks', () => {
  const refused: readonly [Parameters<typeof encode>[0]['lacks'], Partial<FittedRequest>, string][] = [
    [['tools'], { tools: FULL_REQUEST.tools }, 'tools'],
    [['tools'], { toolChoice: 'required' }, 'tools'],
    [['tool_choice'], { tools: FULL_REQUEST.tools, toolChoice: 'required' }, 'toolChoice'],
    [['tool_choice'], { tools: FULL_REQUEST.tools, toolChoice: { name: 'run_code' } }, 'toolChoice'],
    [['images'], IMAGE, 'messages'],
    [['image_urls'], IMAGE, 'messages'],
    [['json_schema'], { responseFormat: SCHEMA_REQUEST.responseFormat }, 'responseFormat'],
    [['json_mode'], { responseFormat: { type: 'json' } }, 'responseFormat'],
  ];

  it.each(refused)('%j is refused, with the field and what to do', (lacks, request, param) => {
    const error = thrownBy(() => encode({ lacks: lacks ?? [], vendor: 'Acme' }, request));
    expect(error).toMatchObject({ code: 'invalid_request', detail: { param, provider: 'own', model: 'model-1' } });
    expect(String(error)).toContain('Acme');
    expect(encode({ lacks: [] }, request).body).toBeDefined();
  });

  it('is not refused where it is not asked for', () => {
    const lacks = ['tools', 'tool_choice', 'images', 'image_urls', 'json_schema', 'json_mode'] as const;
    expect(bodyOf({ lacks }, { toolChoice: 'auto' })).toEqual(bodyOf({}));
    const { tools } = FULL_REQUEST;
    expect(bodyOf({ lacks: ['tool_choice'] }, { tools, toolChoice: 'auto' })).toHaveProperty('tool_choice', 'auto');
    const data = {
      messages: [{ role: 'user', content: [{ type: 'image', url: 'data:image/png;base64,AA==' }] }],
    } as const;
    expect(bodyOf({ lacks: ['image_urls'] }, data)).toEqual(bodyOf({}, data));
  });

  it('that is only the usage in a stream is not asked for, and the answer is read all the same', () => {
    expect(bodyOf({ lacks: ['stream_usage'] })).not.toHaveProperty('stream_options');
  });

  it('as a knob is left out with a warning, and the rest is sent as it was', () => {
    for (const knob of KNOB_NAMES) {
      const { body, warnings } = encode({ leavesOut: [knob] }, FULL_REQUEST);
      expect(warnings.map(({ message }) => message)).toEqual([`${knob} is not known to own and was left out`]);
      const { [knob === 'image_detail' ? 'messages' : knob]: _left, ...rest } = bodyOf({}, FULL_REQUEST);
      expect(body).toMatchObject(rest);
      expect(JSON.stringify(body)).not.toContain(knob === 'image_detail' ? '"detail"' : `"${knob}":`);
      expect(warningsOf({ leavesOut: [knob] })).toEqual([]);
    }
  });
});

describe('the errors of a server of which nothing is known', () => {
  const codec = codecOf(createCompatible({ id: 'own', baseUrl: BASE_URL }));

  it.each([
    ['a list of one', 400, [{ error: { message: 'x', code: 'model_not_found' } }], 'model_not_found'],
    ['a word of its own', 400, { detail: 'Invalid API Key' }, 'provider_auth'],
    ['no envelope', 400, { message: 'x', code: 'context_length_exceeded' }, 'context_length_exceeded'],
    ['an error in words', 400, { error: 'Incorrect API key provided' }, 'provider_auth'],
    ['a list of nothing', 500, [], 'provider_overloaded'],
  ])('are read where they stand: %s', (_what, status, body, code) => {
    expect(codec.decodeError(replyOf(status, body)).code).toBe(code);
  });

  it('are errors where no status says so only in an envelope', () => {
    const choices = [{ message: { content: 'Fine.' }, finish_reason: 'stop' }];
    expect(codec.decode({ choices, detail: 'x', message: 'y' }, {}).parts).toEqual([{ type: 'text', text: 'Fine.' }]);
  });
});

describe('where a preset is asked', () => {
  it.each([
    ['openrouter', 'https://openrouter.ai/api/v1/chat/completions'],
    ['together', 'https://api.together.ai/v1/chat/completions'],
    ['fireworks', 'https://api.fireworks.ai/inference/v1/chat/completions'],
    ['deepseek', 'https://api.deepseek.com/chat/completions'],
    ['mistral', 'https://api.mistral.ai/v1/chat/completions'],
    ['xai', 'https://api.x.ai/v1/chat/completions'],
    ['cerebras', 'https://api.cerebras.ai/v1/chat/completions'],
    ['ollama', 'http://localhost:11434/v1/chat/completions'],
    ['vllm', 'http://localhost:8000/v1/chat/completions'],
    ['lmstudio', 'http://localhost:1234/v1/chat/completions'],
    ['llamacpp', 'http://127.0.0.1:8080/v1/chat/completions'],
  ] as const)('%s at %s', (preset, url) => {
    const codec = codecOf(createCompatible({ id: preset, preset, apiKey: CANARY_KEY }));
    expect(codec.encode(QUESTION, 'm', false)).toMatchObject({
      url,
      headers: { authorization: `Bearer ${CANARY_KEY}` },
    });
  });

  it('Azure at the address of the resource, with its own header', () => {
    expect(encode({ preset: 'azure', baseUrl: 'https://school.openai.azure.com' })).toMatchObject({
      url: 'https://school.openai.azure.com/openai/v1/chat/completions',
      headers: { 'api-key': CANARY_KEY },
    });
    const dated = { preset: 'azure', baseUrl: 'https://school.openai.azure.com/', apiVersion: '2024-10-21' } as const;
    expect(encode(dated, {}, 'our gpt').url).toBe(
      'https://school.openai.azure.com/openai/deployments/our%20gpt/chat/completions?api-version=2024-10-21',
    );
  });

  it.each([
    [{ id: 'own' }, 'base URL'],
    [{ id: 'own', baseUrl: 'nowhere' }, 'no URL'],
    [{ id: 'Own Server', baseUrl: BASE_URL }, 'id'],
    [{ id: 'azure', preset: 'azure', apiKey: 'k' }, 'base URL'],
    [{ id: 'xai', preset: 'xai' }, 'key'],
    [{ id: 'own', baseUrl: BASE_URL, apiKey: 'with\nbreak' }, 'line break'],
  ] as const)('is told where the description does not say it: %j', (described, word) => {
    expect(compatibleProblem(described)).toContain(word);
    expect(thrownBy(() => createCompatible(described))).toMatchObject({ code: 'invalid_request' });
  });

  it('is nobody’s business where it is told', () => {
    expect(compatibleProblem({ id: 'ollama', preset: 'ollama' })).toBeNull();
    expect(compatibleProblem({ id: 'azure', preset: 'azure', baseUrl: BASE_URL, apiKey: 'k' })).toBeNull();
  });
});

describe('the quirks of a preset', () => {
  const TOOLS: Partial<FittedRequest> = { tools: FULL_REQUEST.tools, toolChoice: 'required' };

  it.each(PRESET_NAMES)('%s bounds the answer in the field that it heeds', (preset) => {
    const fields = ['max_tokens', 'max_completion_tokens'].filter((field) => field in bodyOf({ preset, apiKey: 'k' }));
    const wanted = ['azure', 'cerebras', 'xai'].includes(preset) ? 'max_completion_tokens' : 'max_tokens';
    expect(fields).toEqual([wanted]);
  });

  it('Mistral has its own words, and is sent nothing that it would refuse', () => {
    const body = bodyOf({ preset: 'mistral' }, { ...FULL_REQUEST, ...TOOLS });
    expect(body).toMatchObject({ random_seed: 987_654, tool_choice: 'any' });
    for (const field of ['seed', 'stream_options', 'service_tier', 'reasoning_effort'])
      expect(body).not.toHaveProperty(field);
  });

  it('DeepSeek gets the reasoning back beside every tool call, also where there was none', () => {
    const call = { type: 'tool-call', toolCallId: 'a', name: 'f', argumentsText: '{}' } as const;
    const messagesOf = (preset: PresetName) =>
      bodyOf(
        { preset },
        {
          messages: [
            { role: 'assistant', content: [{ type: 'reasoning', text: 'Hm.' }, call] },
            { role: 'tool', toolCallId: 'a', content: '1' },
            { role: 'assistant', content: [{ ...call, toolCallId: 'b' }] },
            { role: 'tool', toolCallId: 'b', content: '2' },
            { role: 'assistant', content: 'Done.' },
          ],
        },
      )['messages'];
    const [first, , second, , last] = [messagesOf('deepseek')].flat();
    expect([first, second]).toMatchObject([{ reasoning_content: 'Hm.' }, { reasoning_content: '' }]);
    expect(last).toEqual({ role: 'assistant', content: 'Done.' });
    expect(JSON.stringify(messagesOf('mistral'))).not.toContain('Hm.');
    expect(JSON.stringify(messagesOf('fireworks')).match(/reasoning_content/g)).toHaveLength(1);
  });

  it.each([
    ['openrouter', 'high', { reasoning: { effort: 'high' } }],
    ['deepseek', 'none', { thinking: { type: 'disabled' } }],
    ['deepseek', 'high', { reasoning_effort: 'high' }],
    ['cerebras', 'none', { disable_reasoning: true }],
    ['ollama', 'none', { reasoning_effort: 'none' }],
    ['ollama', 'minimal', { reasoning_effort: 'low' }],
    ['vllm', 'low', { reasoning_effort: 'low' }],
  ] as const)('%s is told the effort %s in its own way', (preset, reasoningEffort, fields) => {
    expect(bodyOf({ preset }, { reasoningEffort })).toEqual({ ...bodyOf({ preset }), ...fields });
    expect(warningsOf({ preset }, { reasoningEffort })).toHaveLength(reasoningEffort === 'minimal' ? 1 : 0);
  });

  it('xAI takes stop from models that do not reason', () => {
    for (const model of ['grok-4.3', 'grok-3-mini'])
      expect(bodyOf({ preset: 'xai' }, { stop: ['END'] }, model)).not.toHaveProperty('stop');
    for (const model of ['grok-4-1-fast-non-reasoning', 'grok-3', 'grok-2'])
      expect(bodyOf({ preset: 'xai' }, { stop: ['END'] }, model)).toHaveProperty('stop');
  });

  it('Azure is sent what OpenAI’s model takes where the deployment has its name, else what was asked', () => {
    const asked: Partial<FittedRequest> = { temperature: 0.5, reasoningEffort: 'minimal' };
    expect(bodyOf({ preset: 'azure' }, asked, 'gpt-5.4-mini')).toMatchObject({ reasoning_effort: 'low' });
    expect(bodyOf({ preset: 'azure' }, asked, 'gpt-5.4-mini')).not.toHaveProperty('temperature');
    expect(bodyOf({ preset: 'azure' }, asked, 'school-tutor')).toMatchObject({
      temperature: 0.5,
      reasoning_effort: 'minimal',
    });
  });

  it('Ollama is asked for no call that it cannot be made to do, and fetches no pictures', () => {
    expect(thrownBy(() => encode({ preset: 'ollama' }, TOOLS))).toMatchObject({ code: 'invalid_request' });
    expect(thrownBy(() => encode({ preset: 'ollama' }, IMAGE))).toMatchObject({ code: 'invalid_request' });
    expect(bodyOf({ preset: 'ollama' }, { tools: FULL_REQUEST.tools })).toHaveProperty('tools');
  });

  it('llama.cpp may leave out its marker, which is noted', () => {
    const { decodeStream } = codecOf(createCompatible({ id: 'own', preset: 'llamacpp' }));
    const decoder = decodeStream();
    const ends: unknown[] = [];
    decoder.frame({ event: null, data: '{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}' }, () => {});
    decoder.end((event) => ends.push(event));
    expect(ends).toMatchObject([{ type: 'answer-end', providerMetadata: { missing_terminal: 1 } }]);
  });

  it('OpenRouter gets the state of a reasoning back as it came, whole or in pieces, and nobody else does', () => {
    const codec = codecOf(createCompatible({ id: 'own', preset: 'openrouter', apiKey: 'k' }));
    const text = { type: 'reasoning.text', format: 'anthropic-claude-v1', index: 0 };
    const sealed = { type: 'reasoning.encrypted', data: 'abc', id: 'rs_1', index: 1 };
    const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } };
    const chunk = (delta: object, finish: string | null = null) => ({
      event: null,
      data: JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] }),
    });
    const streamed = answerOf(
      eventsOf(codec, [
        chunk({ reasoning: 'I must', reasoning_details: [{ ...text, text: 'I must' }] }),
        chunk({ reasoning: ' look.', reasoning_details: [{ ...text, text: ' look.' }] }),
        chunk({ reasoning_details: [{ ...text, signature: 'sig' }] }),
        chunk({ tool_calls: [call] }),
        chunk({ reasoning_details: [sealed] }, 'tool_calls'),
        { event: null, data: '[DONE]' },
      ]),
    );
    const details = [{ ...text, text: 'I must look.', signature: 'sig' }, sealed];
    const message = { reasoning: 'I must look.', reasoning_details: details, tool_calls: [call] };
    const whole = codec.decode({ choices: [{ index: 0, message, finish_reason: 'tool_calls' }] }, {});
    expect(streamed.parts).toEqual(whole.parts);
    expect(collect(replay(whole))).toEqual(whole);

    const messages = [{ role: 'assistant', content: whole.parts }] as const;
    const [back] = [codec.encode({ ...QUESTION, messages }, 'm', true).body['messages']].flat();
    expect(back).toMatchObject({ role: 'assistant', reasoning_details: details });
    expect(back).not.toHaveProperty('reasoning');
    expect(JSON.stringify(bodyOf({ id: 'other', preset: 'openrouter' }, { messages }))).not.toContain('sig');
  });

  it('OpenRouter tells what it cost', () => {
    const codec = codecOf(createCompatible({ id: 'own', preset: 'openrouter', apiKey: 'k' }));
    const usage = { prompt_tokens: 1, completion_tokens: 1, cost: 0.25 };
    expect(codec.decode({ provider: 'X', choices: [{ message: { content: 'a' } }], usage }, {})).toMatchObject({
      providerMetadata: { provider: 'X', cost: 0.25 },
    });
  });
});
