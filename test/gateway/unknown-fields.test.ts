// Misspelt fields and parameters: the refusal names the field, where it stands, and the one that was probably meant.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorShape } from '../../src/gateway/reply-schemas.ts';
import { asks, COMPLETION, type RunningGateway, startGateway } from './start.ts';

let here: RunningGateway;
beforeAll(async () => {
  here = await startGateway();
});
afterAll(() => here.close());

async function told(reply: Response): Promise<readonly [number, string | null, string]> {
  const { error } = errorShape.parse(await reply.json());
  expect(error.code).toBe('unknown_parameter');
  return [reply.status, error.param ?? null, error.message];
}

const [user, assistant] = [
  { role: 'user', content: 'a' },
  { role: 'assistant', content: 'b' },
];
const called = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };

describe('a field that is none', () => {
  it.each([
    [asks('hi', { max_token: 5 }), 'max_token', 'There is no field "max_token" here. Did you mean "max_tokens"?'],
    [asks('hi', { maxTokens: 5 }), 'maxTokens', 'There is no field "maxTokens" here. Did you mean "max_tokens"?'],
    [asks('hi', { user: 'ann' }), 'user', 'There is no field "user" here. Did you mean "user_id"?'],
    [asks('hi', { zzzzzzzz: 1 }), 'zzzzzzzz', 'There is no field "zzzzzzzz" here; leave it out'],
    [
      { messages: [{ ...assistant, tool_cals: [] }, user] },
      'messages[0].tool_cals',
      'There is no field "messages[0].tool_cals" here. Did you mean "tool_calls"?',
    ],
    // What another kind of message has is not meant here.
    [
      { messages: [user, { ...user, tool_calls: [] }] },
      'messages[1].tool_calls',
      'There is no field "messages[1].tool_calls" here; leave it out',
    ],
    [
      {
        messages: [user, { ...assistant, tool_calls: [{ ...called, function: { ...called.function, argument: '' } }] }],
      },
      'messages[1].tool_calls[0].function.argument',
      'There is no field "messages[1].tool_calls[0].function.argument" here. Did you mean "arguments"?',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'a', txt: 'b' }] }] },
      'messages[0].content[0].txt',
      'There is no field "messages[0].content[0].txt" here. Did you mean "text"?',
    ],
    [
      asks('hi', { response_format: { type: 'json_schema', json_schema: { name: 'n', schema: {}, strikt: true } } }),
      'response_format.json_schema.strikt',
      'There is no field "response_format.json_schema.strikt" here. Did you mean "strict"?',
    ],
    [
      asks('hi', { tool_choice: { type: 'function', function: { name: 'f' }, functions: {} } }),
      'tool_choice.functions',
      'There is no field "tool_choice.functions" here. Did you mean "function"?',
    ],
  ])('%j is answered with what was meant, if it is like anything', async (body, param, message) => {
    expect(await told(await here.post(COMPLETION, body))).toEqual([400, param, message]);
  });

  it.each([
    ['/api/v1/admin/ledger?user=ann', 'user', 'There is no parameter "user" here. Did you mean "user_id"?'],
    ['/api/v1/llm/usage/ann?groupby=day', 'groupby', 'There is no parameter "groupby" here. Did you mean "group_by"?'],
    ['/api/v1/llm/limits/ann?x=1', 'x', 'There is no parameter "x" here; leave it out'],
  ])('so is a parameter of the query: %s', async (path, param, message) => {
    expect(await told(await here.get(path))).toEqual([400, param, message]);
  });

  it('is compared in bounded time, however long or odd it is', async () => {
    for (const name of ['max_tokens'.repeat(20_000), '__x__', 'a\nb', '\u202e']) {
      const [status, param] = await told(await here.post(COMPLETION, asks('hi', { [name]: 1 })));
      expect([status, param?.length]).toEqual([400, Math.min(64, name.length)]);
    }
  });
});
