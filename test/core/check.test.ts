// What a caller without a compiler may get wrong: whatever no vendor would understand is refused here, with the path of it and the
// word that was probably meant.

import { describe, expect, it } from 'vitest';
import { checkRequest } from '../../src/core/check.ts';
import { requestOfEmbedding } from '../../src/core/embeddings.ts';
import { LLMError } from '../../src/core/errors.ts';
import type { LLMRequest } from '../../src/core/request.ts';

function refusalOf(run: (request: never) => unknown, request: unknown): LLMError {
  try {
    Reflect.apply(run, undefined, [request]);
  } catch (error) {
    if (error instanceof LLMError) return error;
    throw error;
  }
  throw new Error('It was taken');
}

const hi = { messages: [{ role: 'user', content: 'hi' }] };
const part = (role: string, content: object, more: object = {}) => ({
  messages: [{ role, content: [content], ...more }],
});

describe('a request of a caller without a compiler', () => {
  it('takes everything that there is', () => {
    const request: LLMRequest = {
      messages: [
        { role: 'system', content: 'Be brief.', pinned: true },
        { role: 'user', content: [{ type: 'text', text: 'Why?' }] },
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'Hm', providerData: { groq: 1 } },
            { type: 'text', text: 'So:' },
            { type: 'tool-call', toolCallId: 'a', name: 'look', argumentsText: '{}', providerData: {} },
          ],
        },
        { role: 'tool', toolCallId: 'a', content: 'no', isError: true },
      ],
      tools: [{ name: 'look', description: 'Looks', parameters: { type: 'object' }, strict: true }, { name: 'go' }],
      toolChoice: { name: 'look' },
      responseFormat: { type: 'json-schema', name: 'x', schema: {}, description: 'y', strict: false },
      parallelToolCalls: true,
      reasoningEffort: 'minimal',
      serviceTier: 'flex',
      cache: 'refresh',
      tags: { course: 'js' },
      providerOptions: { groq: { user: 'x' } },
      systemPrompt: 'You teach.',
    };
    expect(checkRequest(request)).toEqual(request);
    expect(checkRequest({ ...request, toolChoice: 'required', responseFormat: { type: 'json' } })).toBeTruthy();
  });

  it.each<[string, unknown, string | null, string]>([
    ['nothing at all', undefined, null, 'must be an object'],
    ['a text in its place', 'hi', null, 'must be an object'],
    [
      'the wire’s word for a schema',
      { responseFormat: { type: 'json_schema' } },
      'responseFormat.type',
      '"json-schema"',
    ],
    ['the wire’s word for JSON', { responseFormat: { type: 'json_object' } }, 'responseFormat.type', 'mean "json"'],
    [
      'a format of nobody’s',
      { responseFormat: { type: 'bogus' } },
      'responseFormat.type',
      '"text", "json", "json-schema"',
    ],
    ['a format that is a word', { responseFormat: 'json' }, 'responseFormat', "{ type: 'json' }"],
    [
      'a schema’s format without one',
      { responseFormat: { type: 'json-schema', name: 'x' } },
      'responseFormat.schema',
      'a JSON Schema',
    ],
    [
      'a schema that is a text',
      { responseFormat: { type: 'json-schema', name: 'x', schema: '{}' } },
      'responseFormat.schema',
      'a JSON Schema',
    ],
    [
      'a schema’s format without a name',
      { responseFormat: { type: 'json-schema', schema: {} } },
      'responseFormat.name',
      '1 to 64',
    ],
    [
      'a schema in the words of the wire',
      { responseFormat: { type: 'json-schema', json_schema: {} } },
      'responseFormat.json_schema',
      '"schema"',
    ],
    [
      'a schema beside plain JSON',
      { responseFormat: { type: 'json', schema: {} } },
      'responseFormat.schema',
      '"schema"',
    ],
    [
      'a strictness that is a word',
      { responseFormat: { type: 'json-schema', name: 'x', schema: {}, strict: 'yes' } },
      'responseFormat.strict',
      'true or false',
    ],
    [
      'a tool in the words of the wire',
      { tools: [{ type: 'function', function: { name: 'f' } }] },
      'tools[0].type',
      '"type"',
    ],
    ['a tool that is a text', { tools: ['f'] }, 'tools[0]', 'an object'],
    ['a tool without a name', { tools: [{ description: 'x' }] }, 'tools[0].name', '1 to 64'],
    ['tools that are no list', { tools: { name: 'f' } }, 'tools', 'a list'],
    ['a misspelt field of a tool', { tools: [{ name: 'f', params: {} }] }, 'tools[0].params', '"params"'],
    ['parameters that are a list', { tools: [{ name: 'f', parameters: [] }] }, 'tools[0].parameters', 'a JSON Schema'],
    ['a choice of nobody’s', { toolChoice: 'bogus' }, 'toolChoice', '"auto", "none", "required"'],
    ['Anthropic’s choice', { toolChoice: { type: 'tool', name: 'f' } }, 'toolChoice.type', '"type"'],
    ['a choice without a name', { toolChoice: {} }, 'toolChoice.name', 'name of a tool'],
    ['an effort of nobody’s', { reasoningEffort: 'mega' }, 'reasoningEffort', '"high"'],
    ['a misspelt cache', { cache: 'offf' }, 'cache', 'mean "off"'],
    ['a cache that is no word', { cache: false }, 'cache', '"use"'],
    ['tags that are a text', { tags: 'x' }, 'tags', 'an object'],
    ['tags that are null', { tags: null }, 'tags', 'an object'],
    ['calls at once by a word', { parallelToolCalls: 'no' }, 'parallelToolCalls', 'true or false'],
    ['a tier that is a number', { serviceTier: 5 }, 'serviceTier', 'a text'],
    ['a system prompt that is a list', { systemPrompt: ['x'] }, 'systemPrompt', 'a text'],
    ['options that are of no provider', { providerOptions: { user: 'x' } }, 'providerOptions', 'name of a provider'],
    [
      'the wire’s picture',
      part('user', { type: 'image_url', image_url: {} }),
      'messages[0].content[0].type',
      'mean "image"',
    ],
    ['a part without a kind', part('user', { text: 'x' }), 'messages[0].content[0].type', '"text"'],
    ['a call among what a user says', part('user', { type: 'tool-call' }), 'messages[0].content[0].type', '"text"'],
    [
      'the wire’s call',
      part('assistant', { type: 'tool_call', name: 'f' }),
      'messages[0].content[0].type',
      'mean "tool-call"',
    ],
    [
      'a call without arguments',
      part('assistant', { type: 'tool-call', toolCallId: 'a', name: 'f' }),
      'messages[0].content[0].argumentsText',
      'a text',
    ],
    ['a text that is none', part('user', { type: 'text', text: 5 }), 'messages[0].content[0].text', 'a text'],
    [
      'sound that a tool returned',
      part('tool', { type: 'audio' }, { toolCallId: 'a' }),
      'messages[0].content[0].type',
      '"image"',
    ],
    ['a result of no call', { messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].toolCallId', 'a text'],
    [
      'a result in the words of the wire',
      { messages: [{ role: 'tool', tool_call_id: 'a', content: 'x' }] },
      'messages[0].tool_call_id',
      'mean "toolCallId"',
    ],
    [
      'calls beside the content',
      { messages: [{ role: 'assistant', content: '', tool_calls: [] }] },
      'messages[0].tool_calls',
      '"tool_calls"',
    ],
    ['a role of an object’s', { messages: [{ role: 'toString', content: 'x' }] }, 'messages[0]', 'a role'],
  ])('is refused with its path, and told what there is: %s', (_what, wrong, param, told) => {
    const request = typeof wrong === 'object' && wrong !== null ? { ...hi, ...wrong } : wrong;
    const { code, status, param: named, message } = refusalOf(checkRequest, request);
    expect([code, status]).toEqual([expect.stringMatching(/^(invalid_request|unknown_parameter)$/), 400]);
    expect(named).toBe(param);
    expect(message).toContain(told);
  });

  it.each<[string, unknown, string | null, string]>([
    ['nothing at all', undefined, null, 'must be an object'],
    ['no model', { input: 'x' }, 'model', 'no default'],
    ['no text', { model: 'x' }, 'input', 'must be a text'],
    ['a misspelt text', { model: 'x', inputs: 'x' }, 'inputs', '"input"'],
    ['a knob of answers', { model: 'x', input: 'x', temperature: 1 }, 'temperature', 'of answers'],
  ])('for embeddings is refused with its path: %s', (_what, request, param, told) => {
    const error = refusalOf((asked) => checkRequest(requestOfEmbedding(asked)), request);
    expect([error.status, error.param]).toEqual([400, param]);
    expect(error.message).toContain(told);
  });
});
